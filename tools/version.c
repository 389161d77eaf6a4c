// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What this program is, and which of the libraries that it can do without it was built with.
 */
#include "verbs.h"

#include <canlog.h>
#include <stdio.h>

static const struct {
	const char *library;
	const char *use;
	int present;
} optional[] = {
#ifdef HAVE_LIBDEFLATE
	{"libdeflate", "compresses BLF faster", 1},
#else
	{"libdeflate", "would compress BLF faster; zlib does it", 0},
#endif
};

void print_version(void)
{
	const struct canlog_format *format;

	printf("anycan %s\nlog formats:", ANYCAN_VERSION);
	for (size_t i = 0; (format = canlog_format_at(i)); i++) {
		struct canlog_format_info info;

		canlog_format_get_info(format, &info);
		printf(" %s", info.name);
	}
	printf("\noptional libraries:\n");
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		printf("  %-14s %-3s  %s\n", optional[i].library,
		       optional[i].present ? "yes" : "no", optional[i].use);
}
