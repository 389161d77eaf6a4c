// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Lines of `anycan load`, in the columns of canbusload (2025.01).
 */
#include "load.h"

#include "daemon.h"
#include "dump_json.h"

#include <anycan/controller.h>
#include <anycan/link.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BAR_COLUMNS 20

/* ---- Rates */

static struct load_rates controller_rates(const char *netdev)
{
	struct load_rates rates = {0};
	struct anycan_controller controller;
	struct anycan_rtnl *rtnl;
	struct anycan_link link;

	if (anycan_rtnl_new(&rtnl))
		return rates;
	if (!anycan_link_get(rtnl, netdev, &link) &&
	    !anycan_link_get_can(rtnl, link.ifindex, &controller))
		rates = (struct load_rates){controller.nominal.bitrate, controller.data.bitrate};
	anycan_rtnl_free(rtnl);
	return rates;
}

struct search {
	const char *netdev;
	struct load_rates rates;
};

/* Where a daemon serves several netdevs only the first names its socket. */
static int match_link(struct json_object *status, void *arg)
{
	struct search *search = arg;
	struct json_object *links;

	if (!json_object_object_get_ex(status, "links", &links))
		return 0;
	for (size_t i = 0; i < json_object_array_length(links); i++) {
		struct json_object *link = json_object_array_get_idx(links, i);

		if (strcmp(daemon_text(link, "netdev", ""), search->netdev))
			continue;
		search->rates.nominal = (uint32_t)atol(daemon_text(link, "bitrate", "0"));
		search->rates.data = (uint32_t)atol(daemon_text(link, "dbitrate", "0"));
	}
	return 0;
}

struct load_rates load_rates_of(const char *netdev)
{
	struct search search = {.netdev = netdev, .rates = controller_rates(netdev)};

	if (!search.rates.nominal)
		daemon_each(match_link, &search);
	return search.rates;
}

double load_part(const struct load_report *report)
{
	const struct load_channel *c = report->channel;
	uint32_t data_rate = c->rates.data ? c->rates.data : c->rates.nominal;

	if (!c->rates.nominal)
		return -1;
	return ((double)c->nominal_bits / c->rates.nominal + (double)c->data_bits / data_rate) /
	       report->seconds;
}

/* ---- Lines */

static int put_rate(char *out, size_t size, uint32_t rate)
{
	if (rate && rate % 1000000 == 0)
		return snprintf(out, size, "%" PRIu32 "M", rate / 1000000);
	if (rate && rate % 1000 == 0)
		return snprintf(out, size, "%" PRIu32 "k", rate / 1000);
	return snprintf(out, size, "%" PRIu32, rate);
}

static void put_rates(char *out, size_t size, const struct load_rates *rates)
{
	int len;

	if (!rates->nominal) {
		snprintf(out, size, "?");
		return;
	}
	len = put_rate(out, size, rates->nominal);
	if (!rates->data || rates->data == rates->nominal || (size_t)len + 1 >= size)
		return;
	out[len] = '/';
	put_rate(out + len + 1, size - (size_t)len - 1, rates->data);
}

static void print_bar(double part)
{
	char bar[BAR_COLUMNS + 1];

	for (int i = 0; i < BAR_COLUMNS; i++)
		bar[i] = i < (int)(part * BAR_COLUMNS) ? 'X' : '.';
	bar[BAR_COLUMNS] = '\0';
	printf(" |%s|", bar);
}

void load_print(const struct load_args *args, const struct load_report *report, int width,
		int color)
{
	const struct load_channel *c = report->channel;
	double part = load_part(report);
	char rates[32];

	put_rates(rates, sizeof(rates), &c->rates);
	printf("%s%s %*s@%-9s %6" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64,
	       args->redraw ? "\33[K" : "",
	       color < 0   ? ""
	       : color % 2 ? "\33[31m"
			   : "\33[34m",
	       width, report->name, rates, c->frames, c->nominal_bits + c->data_bits,
	       c->payload_bits, c->data_bits);
	if (part < 0)
		printf("      ?");
	else
		printf(" %5.1f%%", part * 100);
	if (args->bar)
		print_bar(part);
	if (c->errors)
		printf(" %" PRIu64 " error frames", c->errors);
	if (c->dropped)
		printf(" %" PRIu64 " lost", c->dropped);
	printf("%s\n", color < 0 ? "" : "\33[0m");
}

void load_print_json(const struct load_report *report)
{
	const struct load_channel *c = report->channel;
	double part = load_part(report);
	struct timespec now;
	char name[64];

	clock_gettime(CLOCK_REALTIME, &now);
	dump_json_escape(report->name, name, sizeof(name));
	printf("{\"time\":%lld.%06ld,\"channel\":\"%s\",\"bitrate\":%" PRIu32
	       ",\"data_bitrate\":%" PRIu32 ",\"seconds\":%.6f,\"frames\":%" PRIu64
	       ",\"error_frames\":%" PRIu64 ",\"bits\":%" PRIu64 ",\"data_phase_bits\":%" PRIu64
	       ",\"payload_bits\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"load\":",
	       (long long)now.tv_sec, now.tv_nsec / 1000, name, c->rates.nominal, c->rates.data,
	       report->seconds, c->frames, c->errors, c->nominal_bits + c->data_bits, c->data_bits,
	       c->payload_bits, c->dropped);
	if (part < 0)
		printf("null}\n");
	else
		printf("%.6f}\n", part);
}
