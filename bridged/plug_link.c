// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What is configured for a netdev, done to it.
 */
#include "plug_link.h"
#include "number.h"

#include <anycan/link.h>
#include <anycan/log.h>
#include <errno.h>
#include <string.h>

int plug_link_settings(const struct plug_file *file, unsigned int channel,
		       struct bridged_settings *settings, char *reason)
{
	char value[256];
	const char *key;
	int ret = 0;

	for (unsigned int i = 0; !ret && (key = bridged_settings_key(i)); i++)
		if (plug_file_value(file, key, channel, value, sizeof(value)))
			ret = bridged_settings_set(settings, key, value, reason,
						   BRIDGED_REASON_SIZE);
	return ret;
}

/* Whether the file wants it up; without a word, whether it can be. */
static bool wants_up(const struct plug_file *file, unsigned int channel, const char *netdev,
		     bool has_bitrate)
{
	char value[16];
	bool up;

	if (!file || !plug_file_value(file, "up", channel, value, sizeof(value)) ||
	    bridged_parse_flag(value, &up))
		return has_bitrate;
	if (up && !has_bitrate)
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s: it is to be up, but has no bit rate and stays down; give it one: "
			   "bitrate=500000 in [Link] of %s",
			   netdev, file->path);
	return up && has_bitrate;
}

static int set_queue(struct anycan_rtnl *rtnl, const struct plug_file *file, unsigned int channel,
		     const struct anycan_link *link)
{
	uint32_t len;
	char value[16];

	if (!file || !plug_file_value(file, "txqueuelen", channel, value, sizeof(value)) ||
	    bridged_parse_uint(value, &len))
		return 0;
	return anycan_link_set_txqueuelen(rtnl, link->ifindex, len);
}

int plug_link_finish(const struct plug_file *file, unsigned int channel, const char *netdev,
		     bool has_bitrate)
{
	struct anycan_rtnl *rtnl = NULL;
	struct anycan_link link;
	int ret = anycan_rtnl_new(&rtnl);

	if (!ret)
		ret = anycan_link_get(rtnl, netdev, &link);
	if (ret == -ENODEV) {
		anycan_rtnl_free(rtnl);
		return 0;
	}
	if (!ret)
		ret = set_queue(rtnl, file, channel, &link);
	if (ret)
		anycan_log(ANYCAN_LOG_WARNING, "%s: its queue: %s", netdev, strerror(-ret));
	if (!ret && !link.up && wants_up(file, channel, netdev, has_bitrate)) {
		ret = anycan_link_set_up(rtnl, link.ifindex, true);
		if (ret)
			anycan_log(ANYCAN_LOG_WARNING, "%s: setting it up: %s", netdev,
				   strerror(-ret));
	}
	anycan_rtnl_free(rtnl);
	return ret;
}
