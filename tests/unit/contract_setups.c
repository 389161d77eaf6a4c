// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Ways to bring each driver into service for its contract: a row for every kind of adapter that
 * behaves in a way of its own.
 */
#include "contract.h"
#include "robotell_peer.h"
#include "slcan_peer.h"
#include "usb_peer.h"

/* Answers nothing. What is sent to it does not come back as it was: some of it gets lost. */
static size_t lossy(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	(void)sent;
	(void)len;
	(void)reply;
	(void)room;
	return 0;
}

const struct contract_setup contract_setups[] = {
	{"canalystii", "bitrate 500000", &usb_peer_canalystii_device, usb_peer_canalystii},
	{"canalystii", "btr 001C", &usb_peer_canalystii_device, usb_peer_canalystii},
	{"gs_usb", "bitrate 500000", &usb_peer_candlelight_device, usb_peer_candlelight},
	{"gs_usb", "bitrate 500000 dbitrate 2000000 fd on restart-ms 20 poll-status 50",
	 &usb_peer_fd_device, usb_peer_fd},
	{"gs_usb", "bitrate 1000000 dbitrate 5000000 fd on tx-window 3", &usb_peer_cantact_device,
	 usb_peer_cantact},
	{"robotell", "", NULL, NULL},
	{"robotell",
	 "bitrate 250000 auto-retransmit on auto-bus-management off filter 1=123:7FF,2=off", NULL,
	 robotell_peer},
	{"seeedstudio", "bitrate 1000000", NULL, NULL},
	{"seeedstudio", "bitrate 500000 protocol fixed id-order big one-shot on poll-status 5",
	 NULL, NULL},
	{"seeedstudio", "bitrate 5000 rtr filled poll-status 0", NULL, NULL},
	{"serial", "", NULL, NULL},
	{"serial", "rtr empty timestamp-unit us bitrate 1000000", NULL, NULL},
	{"serial", "dialect 4.0 timestamp-unit none", NULL, lossy},
	{"slcan", "bitrate 1000000", NULL, NULL},
	{"slcan", "dialect canable2 bitrate 500000 fd on dbitrate 5000000", NULL, NULL},
	{"slcan", "bitrate 250000 timestamp on restart-ms 100 poll-status 100", NULL,
	 slcan_peer_lawicel},
	{"slcan", "bitrate 500000 fd on dbitrate 2000000 restart-ms 50", NULL,
	 slcan_peer_canable25},
	{"slcan", "bitrate 500000 fd on dbitrate 4000000 berr-reporting on", NULL,
	 slcan_peer_weact},
	{"slcan", "bitrate 125000 one-shot on", NULL, slcan_peer_weact},
	{"slcan", "dialect candapter bitrate 500000 tx-window 8", NULL, slcan_peer_candapter},
	{"slcan", "filter 100:700,00000000:0FFFFFFF", NULL, slcan_peer_lawicel},
	{NULL, NULL, NULL, NULL},
};
