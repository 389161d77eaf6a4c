// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Sets a CAN netdev as a program does that uses libsocketcan, and prints what that library reads
 * back: by_libsocketcan NETDEV BITRATE SAMPLE-POINT(1/1000) RESTART-MS
 */
#include <linux/can/netlink.h>
#include <linux/if_link.h>

/* It needs those before it. */
#include <libsocketcan.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what)
{
	fprintf(stderr, "by_libsocketcan: %s failed\n", what);
	return EXIT_FAILURE;
}

static int set(const char *netdev, char **values)
{
	struct can_ctrlmode one_shot = {.mask = CAN_CTRLMODE_ONE_SHOT,
					.flags = CAN_CTRLMODE_ONE_SHOT};

	if (can_do_stop(netdev))
		return failed("can_do_stop");
	if (can_set_bitrate_samplepoint(netdev, (uint32_t)atoi(values[0]),
					(uint32_t)atoi(values[1])))
		return failed("can_set_bitrate_samplepoint");
	if (can_set_restart_ms(netdev, (uint32_t)atoi(values[2])))
		return failed("can_set_restart_ms");
	if (can_set_ctrlmode(netdev, &one_shot))
		return failed("can_set_ctrlmode");
	return can_do_start(netdev) ? failed("can_do_start") : 0;
}

int main(int argc, char **argv)
{
	struct can_bittiming timing;
	struct can_ctrlmode modes;
	struct can_berr_counter berr;
	uint32_t restart_ms;
	int state;

	if (argc != 5)
		return 2;
	if (set(argv[1], argv + 2))
		return EXIT_FAILURE;
	if (can_get_bittiming(argv[1], &timing))
		return failed("can_get_bittiming");
	if (can_get_restart_ms(argv[1], &restart_ms))
		return failed("can_get_restart_ms");
	if (can_get_ctrlmode(argv[1], &modes))
		return failed("can_get_ctrlmode");
	if (can_get_state(argv[1], &state))
		return failed("can_get_state");
	if (can_get_berr_counter(argv[1], &berr))
		return failed("can_get_berr_counter");
	printf("bitrate %u sample-point %u restart-ms %u modes %x state %d berr %u %u\n",
	       timing.bitrate, timing.sample_point, restart_ms, modes.flags, state, berr.txerr,
	       berr.rxerr);
	return EXIT_SUCCESS;
}
