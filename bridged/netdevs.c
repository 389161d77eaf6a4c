// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The netdevs of a bridge: which port they are on, which names they have, and those that an
 * earlier bridge has left.
 */
#include "daemon.h"

#include <anycan/log.h>
#include <anycan/wire.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Names that are tried when the user gives none. */
#define NETDEV_NUMBERS 100

/* How long a name may be in use. */
#define NAME_PATIENCE_MS 3000
#define NAME_PAUSE_MS 50

bool daemon_lacks_bitrate(struct daemon *daemon)
{
	const struct bridged_driver *driver = daemon->config.driver;

	if (!driver->needs_bitrate || !driver->needs_bitrate(daemon->adapter.state))
		return false;
	snprintf(daemon->reason, sizeof(daemon->reason),
		 "%s adapters need a bit rate; give it, for example: bitrate 500000", driver->name);
	return true;
}

/* What the bus can carry at most: the shortest frames, at the nominal rate. */
static uint32_t tx_frames_per_s(const struct bridged_settings *settings)
{
	static const struct anycan_frame shortest;
	struct anycan_wire_bits bits = anycan_frame_bits(&shortest, ANYCAN_STUFF_NONE);

	return settings->nominal.bitrate / bits.nominal;
}

/* What the user wants, and where he does not care what the adapter has stored. */
static struct bridged_settings settings_of(const struct daemon *daemon,
					   const struct bridged_channel *channel)
{
	struct bridged_settings settings = daemon->config.settings[channel->index];

	if (!settings.nominal.bitrate && !settings.nominal.tq)
		settings.nominal.bitrate = daemon->adapter.description.bitrate;
	return settings;
}

static int open_port_of(struct daemon *daemon, struct bridged_channel *channel,
			const struct bridged_port_class *class, struct bridged_parked *parked)
{
	const struct bridged_settings settings = settings_of(daemon, channel);
	const struct bridged_description *adapter = &daemon->adapter.description;
	const struct bridged_port_config config = {
		.netdev = channel->netdev,
		.adapter = daemon->config.adapter,
		.fd = settings.ctrlmode.flags & CAN_CTRLMODE_FD,
		.tx_frames_per_s = tx_frames_per_s(&settings),
		.options = class == daemon->config.port ? daemon->config.port_options : NULL,
		.uid = daemon->identity.uid,
		.gid = daemon->identity.gid,
		.parked = parked,
		.settings = &settings,
		.driver = daemon->config.driver->name,
		.firmware = adapter->firmware,
		.ctrlmodes = adapter->ctrlmodes,
		.no_bitrate = adapter->no_bitrate,
		.bitrates = adapter->bitrates,
		.dbitrates = adapter->dbitrates,
		.limits = adapter->limits,
		.timestamps = adapter->timestamps,
	};
	int ret;

	/* What was plugged in appears; it can be told later. */
	if (!daemon->config.plug && !class->controller && daemon_lacks_bitrate(daemon))
		return -EINVAL;
	ret = class->open(&channel->port, &config, daemon->reason);
	if (ret)
		return ret;
	channel->port->class = class;
	daemon->status.port = class->name;
	daemon->status.shared = class->shared;
	return bridged_channel_listen(channel);
}

/* Asking for a socket loads the module, if there is one. */
static bool kernel_has_can(void)
{
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || (errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT);
}

/* Nobody asked what was plugged in to share somebody's vcan. */
static bool would_intrude(struct daemon *daemon, const struct bridged_channel *channel,
			  const struct bridged_port_class *class)
{
	if (!daemon->config.plug || !class->shared || !if_nametoindex(channel->netdev))
		return false;
	snprintf(daemon->reason, sizeof(daemon->reason),
		 "%s: there is a netdev of that name; choose another", channel->netdev);
	return true;
}

/* The best port that this kernel has, or the one that was asked for. */
static int open_named(struct daemon *daemon, struct bridged_channel *channel)
{
	bool has_can = kernel_has_can();
	enum bridged_port_choice wanted =
		has_can ? BRIDGED_PORT_WITH_CAN : BRIDGED_PORT_WITHOUT_CAN;
	int ret = -EOPNOTSUPP;

	if (daemon->config.port)
		return open_port_of(daemon, channel, daemon->config.port, NULL);
	/* A netdev of that name may be one that another kind of port can adopt. */
	for (int i = 0; bridged_ports[i] && (ret == -EOPNOTSUPP || ret == -EEXIST); i++) {
		if (bridged_ports[i]->choice != wanted)
			continue;
		ret = would_intrude(daemon, channel, bridged_ports[i])
			      ? -EEXIST
			      : open_port_of(daemon, channel, bridged_ports[i], NULL);
	}
	if (!ret && !has_can)
		anycan_log(ANYCAN_LOG_WARNING,
			   "this kernel has no CAN (`modprobe can-raw` says why): %s is a hub, for "
			   "programs that use libanycan",
			   channel->netdev);
	return ret;
}

/* A name in use may be that of a netdev of the kernel's that udev is about to name anew. */
static int open_patiently(struct daemon *daemon, struct bridged_channel *channel)
{
	const struct timespec pause = {.tv_nsec = NAME_PAUSE_MS * 1000000L};
	int ret = open_named(daemon, channel);

	for (int ms = 0; ret == -EEXIST && ms < NAME_PATIENCE_MS; ms += NAME_PAUSE_MS) {
		nanosleep(&pause, NULL);
		ret = open_named(daemon, channel);
	}
	return ret;
}

static int open_plugged(struct daemon *daemon, struct bridged_channel *channel)
{
	const struct plug_run *plug = daemon->config.plug;
	char taken[IFNAMSIZ];
	int is_configured = plug_run_name(plug, channel->index, channel->netdev, daemon->reason);
	int ret;

	if (is_configured < 0)
		return is_configured;
	ret = open_patiently(daemon, channel);
	if (ret != -EEXIST || is_configured)
		return ret;
	memcpy(taken, channel->netdev, sizeof(taken));
	ret = plug_run_spare(plug, channel->netdev, daemon->reason);
	if (ret)
		return ret;
	anycan_log(ANYCAN_LOG_WARNING,
		   "%s: this name is another netdev's (`ip -details link show %s` shows whose): "
		   "%s is %s until that is gone",
		   taken, taken, daemon->config.adapter, channel->netdev);
	return open_named(daemon, channel);
}

/* The name that the netdev must have. Return: 1; 0 if any will do; or a negative errno. */
static int demanded_name(struct daemon *daemon, unsigned int index, char *name)
{
	const struct bridged_config *config = &daemon->config;

	if (config->plug)
		return plug_run_name(config->plug, index, name, daemon->reason);
	if (index >= config->n_netdevs)
		return 0;
	memcpy(name, config->netdevs[index], IFNAMSIZ);
	return 1;
}

/* The netdev that an earlier daemon left for @channel. Return: 0 or a negative errno. */
static int adopt_parked(struct daemon *daemon, struct bridged_channel *channel)
{
	struct bridged_parked *parked = &daemon->parked[channel->index];
	const struct bridged_port_class *port = daemon->config.port;
	char name[IFNAMSIZ];
	int ret = demanded_name(daemon, channel->index, name);

	if (ret < 0)
		return ret;
	if (ret && strcmp(name, parked->netdev)) {
		snprintf(daemon->reason, sizeof(daemon->reason), "the name is to be %s now", name);
		return -ESTALE;
	}
	memcpy(channel->netdev, parked->netdev, IFNAMSIZ);
	for (int i = 0; bridged_ports[i]; i++) {
		const struct bridged_port_class *class = bridged_ports[i];

		if ((!port || port == class) && class->claims && class->claims(parked->fd))
			return open_port_of(daemon, channel, class, parked);
	}
	snprintf(daemon->reason, sizeof(daemon->reason), "it is of another kind");
	return -ESTALE;
}

static bool open_parked(struct daemon *daemon, struct bridged_channel *channel)
{
	struct bridged_parked *parked = &daemon->parked[channel->index];

	if (parked->fd < 0)
		return false;
	if (!adopt_parked(daemon, channel)) {
		bridged_adapter_inherit(channel);
		return true;
	}
	anycan_log(ANYCAN_LOG_WARNING, "%s, which an earlier bridge has left, is given up: %s",
		   parked->netdev, daemon->reason);
	bridged_parked_forget(parked);
	return false;
}

static int open_channel(struct daemon *daemon, unsigned int index)
{
	struct bridged_channel *channel = &daemon->adapter.channels[index];
	int ret = -EEXIST;

	channel->adapter = &daemon->adapter;
	channel->index = index;
	channel->can_state = CAN_STATE_STOPPED;
	if (open_parked(daemon, channel))
		return 0;
	if (daemon->config.plug)
		return open_plugged(daemon, channel);
	if (index < daemon->config.n_netdevs) {
		memcpy(channel->netdev, daemon->config.netdevs[index], IFNAMSIZ);
		return open_named(daemon, channel);
	}
	for (int number = 0; number < NETDEV_NUMBERS && ret == -EEXIST; number++) {
		snprintf(channel->netdev, IFNAMSIZ, "can%d", number);
		ret = if_nametoindex(channel->netdev) ? -EEXIST : open_named(daemon, channel);
	}
	return ret;
}

static int open_sockets(struct daemon *daemon)
{
	int ret;

	daemon->status.adapter = &daemon->adapter;
	daemon->control.adapter = &daemon->adapter;
	ret = bridged_status_open(&daemon->status, daemon->identity.uid, daemon->reason);
	if (!ret)
		ret = bridged_control_open(&daemon->control, daemon->status.path,
					   daemon->identity.uid, daemon->reason);
	return ret;
}

int daemon_open_netdevs(struct daemon *daemon)
{
	struct bridged_adapter *adapter = &daemon->adapter;
	unsigned int wanted = daemon->config.n_netdevs;
	int ret;

	if (wanted > adapter->description.channels) {
		snprintf(daemon->reason, sizeof(daemon->reason),
			 "%u netdevs are named, but the adapter has %u channel(s); name fewer",
			 wanted, adapter->description.channels);
		return -EINVAL;
	}
	if (!wanted)
		wanted = adapter->description.channels;
	if (daemon->config.n_values > 1 && daemon->config.n_values != wanted) {
		snprintf(daemon->reason, sizeof(daemon->reason),
			 "there are lists of %u values for %u channel(s); give one value for each, "
			 "or one for all",
			 daemon->config.n_values, wanted);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < wanted; i++) {
		ret = open_channel(daemon, i);
		if (ret)
			return ret;
		adapter->n_channels = i + 1;
	}
	for (unsigned int i = wanted; i < BRIDGED_CHANNELS_MAX; i++)
		bridged_parked_forget(&daemon->parked[i]);
	return open_sockets(daemon);
}

void daemon_finish_links(struct daemon *daemon)
{
	const struct bridged_adapter *adapter = &daemon->adapter;

	for (unsigned int i = 0; daemon->config.plug && i < adapter->n_channels; i++) {
		const struct bridged_channel *channel = &adapter->channels[i];
		const struct bridged_settings settings = settings_of(daemon, channel);

		plug_run_finish(daemon->config.plug, i, channel->netdev,
				settings.nominal.bitrate || settings.nominal.tq ||
					adapter->description.no_bitrate);
	}
}
