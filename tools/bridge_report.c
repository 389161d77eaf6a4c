// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The counters of a bridge, for people and as JSON.
 */
#include "bridge.h"

#include <inttypes.h>
#include <time.h>

/* In order of enum bridge_drop. */
static const struct {
	const char *key, *words;
} drops[BRIDGE_DROPS] = {
	{"filtered", "filtered"},	    {"error_frames", "error frames"},
	{"fd", "CAN FD for a classic bus"}, {"id", "identifier too large"},
	{"queue_full", "queue full"},	    {"late", "waited too long"},
	{"refused", "refused by the bus"},  {"away", "bus away"},
	{"unsent", "unsent at the end"},
};

static void print_text(FILE *to, const struct bridge_way *way, const char *from, const char *target)
{
	const char *before = "; dropped: ";

	fprintf(to, "%s -> %s: %" PRIu64 " received, %" PRIu64 " sent", from, target, way->received,
		way->sent);
	if (way->converted)
		fprintf(to, ", %" PRIu64 " made classic", way->converted);
	if (way->split)
		fprintf(to, " (%" PRIu64 " more by splitting)", way->split);
	if (way->rewritten)
		fprintf(to, ", %" PRIu64 " rewritten", way->rewritten);
	if (way->tail != way->head)
		fprintf(to, ", %" PRIu64 " waiting", way->tail - way->head);
	for (unsigned int i = 0; i < BRIDGE_DROPS; i++) {
		if (!way->dropped[i])
			continue;
		fprintf(to, "%s%" PRIu64 " %s", before, way->dropped[i], drops[i].words);
		before = ", ";
	}
	if (way->lost)
		fprintf(to, "; %" PRIu64 " lost before: the bridge was too slow", way->lost);
	fputc('\n', to);
}

static void print_name(FILE *to, const char *key, const char *name)
{
	fprintf(to, "\"%s\":\"", key);
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			fputc('\\', to);
		if ((unsigned char)*name >= ' ')
			fputc(*name, to);
	}
	fputs("\",", to);
}

static void print_json(FILE *to, const struct bridge_way *way, const char *from, const char *target)
{
	fputc('{', to);
	print_name(to, "from", from);
	print_name(to, "to", target);
	fprintf(to,
		"\"received\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"waiting\":%" PRIu64
		",\"split\":%" PRIu64 ",\"converted\":%" PRIu64 ",\"rewritten\":%" PRIu64
		",\"lost\":%" PRIu64 ",\"dropped\":{",
		way->received, way->sent, way->tail - way->head, way->split, way->converted,
		way->rewritten, way->lost);
	for (unsigned int i = 0; i < BRIDGE_DROPS; i++)
		fprintf(to, "%s\"%s\":%" PRIu64, i ? "," : "", drops[i].key, way->dropped[i]);
	fputs("}}", to);
}

void bridge_report(FILE *to, const struct bridge_args *args, const struct bridge_way ways[2])
{
	unsigned int n = args->one_way ? 1 : 2;
	struct timespec now;

	if (args->json) {
		clock_gettime(CLOCK_REALTIME, &now);
		fprintf(to, "{\"time\":%lld.%06ld,\"ways\":[", (long long)now.tv_sec,
			now.tv_nsec / 1000);
	}
	for (unsigned int i = 0; i < n; i++) {
		const char *from = args->names[i], *target = args->names[!i];

		if (args->json && i)
			fputc(',', to);
		if (args->json)
			print_json(to, &ways[i], from, target);
		else
			print_text(to, &ways[i], from, target);
	}
	if (args->json)
		fputs("]}\n", to);
	fflush(to);
}
