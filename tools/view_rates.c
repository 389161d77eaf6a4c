// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The bit rates of a channel: its controller's, or those of the bridge that serves it.
 */
#include "view_rates.h"
#include "args.h"
#include "daemon.h"

#include <anycan/controller.h>
#include <errno.h>
#include <string.h>

static bool of_controller(const char *name, uint32_t *bitrate, uint32_t *dbitrate)
{
	struct anycan_controller controller;
	struct anycan_rtnl *rtnl;
	struct anycan_link link;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		return false;
	ret = anycan_link_get(rtnl, name, &link);
	if (!ret)
		ret = anycan_link_get_can(rtnl, link.ifindex, &controller);
	anycan_rtnl_free(rtnl);
	if (ret || !controller.nominal.bitrate)
		return false;
	*bitrate = controller.nominal.bitrate;
	*dbitrate = controller.data.bitrate;
	return true;
}

static void of_bridge(const char *name, uint32_t *bitrate, uint32_t *dbitrate)
{
	struct json_object *status, *links;

	if (daemon_status(name, &status))
		return;
	if (json_object_object_get_ex(status, "links", &links))
		for (size_t i = 0; i < json_object_array_length(links); i++) {
			struct json_object *link = json_object_array_get_idx(links, i);

			if (strcmp(daemon_text(link, "netdev", ""), name))
				continue;
			args_rate(daemon_text(link, "bitrate", ""), bitrate);
			args_rate(daemon_text(link, "dbitrate", ""), dbitrate);
		}
	json_object_put(status);
}

void view_rates_find(const char *name, uint32_t *bitrate, uint32_t *dbitrate)
{
	*bitrate = *dbitrate = 0;
	if (!of_controller(name, bitrate, dbitrate))
		of_bridge(name, bitrate, dbitrate);
}
