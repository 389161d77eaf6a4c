// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * From a configuration to an open bus.
 */
#include <anycan/config.h>

int anycan_bus_open_config(struct anycan_bus **out, const struct anycan_config_source *source,
			   struct anycan_error *error)
{
	struct anycan_config_target target;
	struct anycan_bus_options options;
	struct anycan_config *config;
	int ret = anycan_config_load(&config, source, error);

	if (ret)
		return ret;
	ret = anycan_config_resolve(config, &target, error);
	anycan_config_free(config);
	if (ret)
		return ret;
	options = (struct anycan_bus_options){
		.receive_own_messages = target.receive_own_messages,
		.no_local_loopback = target.no_local_loopback,
		.fd = target.fd,
		.ignore_rx_error_frames = target.ignore_rx_error_frames,
		.preserve_timestamps = target.preserve_timestamps,
		.state = target.passive ? ANYCAN_BUS_PASSIVE : ANYCAN_BUS_ACTIVE,
		.filters = target.filters,
		.n_filters = target.n_filters,
		.bitrate = target.bitrate,
		.data_bitrate = target.data_bitrate,
		.rx_queue_size = target.rx_queue_size,
		.settings = target.settings[0] ? target.settings : NULL,
	};
	ret = anycan_bus_open(out, target.address, &options, error);
	anycan_config_target_clear(&target);
	return ret;
}
