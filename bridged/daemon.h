/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * All that one bridge consists of, and the part of its beginning that makes the netdevs.
 */
#ifndef BRIDGED_DAEMON_H
#define BRIDGED_DAEMON_H

#include "adapter.h"
#include "attach.h"
#include "config.h"
#include "control.h"
#include "keeper.h"
#include "parked.h"
#include "plug_run.h"
#include "privileges.h"
#include "status.h"

struct daemon {
	struct bridged_config config;
	struct bridged_identity identity;
	struct bridged_loop loop;
	struct bridged_adapter adapter;
	struct bridged_status status;
	struct bridged_control control;
	struct bridged_keeper *keeper;
	struct bridged_source input;
	struct bridged_attach attach;
	struct bridged_parked parked[BRIDGED_CHANNELS_MAX];
	char reason[BRIDGED_REASON_SIZE];
};

/** daemon_lacks_bitrate() - whether the adapter needs a bit rate that nobody gave; says so */
bool daemon_lacks_bitrate(struct daemon *daemon);

/**
 * daemon_open_netdevs() - make the netdevs and the sockets, all that needs privilege
 *
 * The adapter must have said what it is.
 *
 * Return: 0, or a negative errno with the reason in @daemon.
 */
int daemon_open_netdevs(struct daemon *daemon);

/** daemon_finish_links() - what is configured for netdevs beside the adapter's settings */
void daemon_finish_links(struct daemon *daemon);

#endif
