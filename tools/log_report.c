// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What `anycan log` tells at its end: frames in are frames out, and what was lost.
 */
#include "log.h"

#include "convert.h"

#include <anycan/link.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static int add_drops(const struct anycan_link *link, void *sum)
{
	*(uint64_t *)sum += link->rx_dropped;
	return 0;
}

uint64_t log_netdev_drops(const struct buses *buses)
{
	struct anycan_rtnl *rtnl;
	uint64_t sum = 0;

	if (anycan_rtnl_new(&rtnl))
		return 0;
	for (unsigned int i = 0; i < buses->n; i++) {
		struct anycan_link link;
		char name[IFNAMSIZ];

		if (strcmp(anycan_bus_interface(buses->list[i]), "socketcan"))
			continue;
		if (!strcmp(buses->names[i], "any"))
			anycan_link_each(rtnl, add_drops, &sum);
		else if (!anycan_bus_channel_name(buses->list[i], 0, name, sizeof(name)) &&
			 !anycan_link_get(rtnl, name, &link))
			sum += link.rx_dropped;
	}
	anycan_rtnl_free(rtnl);
	return sum;
}

static void print_lost(const struct log_args *args, const char *where, uint64_t frames)
{
	if (frames)
		fprintf(stderr, "%s: %" PRIu64 " frames lost: %s\n", args->program, frames, where);
}

/* Frames that are missing are told always, what can be seen in the file itself on request. */
static void print_notes(const struct log_args *args, const struct canlog_report *report)
{
	static const enum canlog_note seen[] = {CANLOG_LOST_CHANNEL, CANLOG_LOST_NAME,
						CANLOG_LOST_DIRECTION, CANLOG_LOST_TIME_DIGITS};
	struct canlog_report some = *report;

	for (size_t i = 0; !args->verbose && i < sizeof(seen) / sizeof(seen[0]); i++)
		some.notes[seen[i]].count = 0;
	for (int i = 0; args->python && !args->verbose && i < CANLOG_DROPPED_FD; i++)
		some.notes[i].count = 0;
	convert_print_notes(stderr, args->out.path, &some);
}

void log_summary(const struct log_args *args, const struct buses *buses,
		 const struct log_loss *loss, const struct canlog_report *report, double seconds)
{
	struct anycan_bus_stats stats;
	uint64_t netdevs = log_netdev_drops(buses);

	buses_stats(buses, &stats);
	if (!args->python && (args->verbose || (report && isatty(STDERR_FILENO))))
		fprintf(stderr,
			"%s: %" PRIu64 " frames in %.1f s, %" PRIu64 " of them error frames\n",
			args->program, stats.rx_frames, seconds, stats.rx_errors);
	print_lost(args, "the receive queue was full (-r makes it longer)", stats.rx_dropped);
	print_lost(args, "what came was no CAN frame", stats.rx_invalid);
	/* A netdev that was made anew counts from 0. */
	print_lost(args, "the kernel had no room for them (rx dropped of `ip -s link`)",
		   netdevs > loss->netdevs ? netdevs - loss->netdevs : 0);
	if (report)
		print_notes(args, report);
}
