// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Ways to bring each driver into service for its contract: a row for every kind of adapter that
 * behaves in a way of its own.
 */
#include "contract.h"
#include "slcan_peer.h"

const struct contract_setup contract_setups[] = {
	{"slcan", "bitrate 1000000", NULL},
	{"slcan", "dialect canable2 bitrate 500000 fd on dbitrate 5000000", NULL},
	{"slcan", "bitrate 250000 timestamp on restart-ms 100 poll-status 100", slcan_peer_lawicel},
	{"slcan", "bitrate 500000 fd on dbitrate 2000000 restart-ms 50", slcan_peer_canable25},
	{"slcan", "bitrate 500000 fd on dbitrate 4000000 berr-reporting on", slcan_peer_weact},
	{"slcan", "bitrate 125000 one-shot on", slcan_peer_weact},
	{"slcan", "dialect candapter bitrate 500000 tx-window 8", slcan_peer_candapter},
	{"slcan", "filter 100:700,00000000:0FFFFFFF", slcan_peer_lawicel},
	{NULL, NULL, NULL},
};
