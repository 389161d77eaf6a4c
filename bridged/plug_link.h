/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * [Link] on a netdev that is there.
 */
#ifndef BRIDGED_PLUG_LINK_H
#define BRIDGED_PLUG_LINK_H

#include "plug_config.h"

/**
 * plug_link_settings() - what [Link] has of the settings of every CAN link
 * @file: one without errors
 * @channel: of the adapter
 * @settings: what the file has is put into it
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int plug_link_settings(const struct plug_file *file, unsigned int channel,
		       struct bridged_settings *settings, char *reason);

/**
 * plug_link_finish() - set queue length, and the netdev up if it is to be; needs CAP_NET_ADMIN
 * @file: whose [Link] is for it; NULL: none, the defaults
 * @channel: of the adapter
 * @netdev: its name; nothing is done to a hub, which is none
 * @has_bitrate: whether its bit rate is known, or needs not be
 *
 * What fails is said in the log.
 *
 * Return: 0 or a negative errno.
 */
int plug_link_finish(const struct plug_file *file, unsigned int channel, const char *netdev,
		     bool has_bitrate);

#endif
