/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: every input is read as a frame, a log line, filters, an adapter's and a serial
 * line's address. What is understood must be valid, and mean the same after it was printed and read
 * again.
 */
#include <anycan/address.h>
#include <anycan/filter.h>
#include <anycan/text.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_frame(const char *text, size_t len)
{
	struct anycan_frame frame;
	struct anycan_frame again;
	char printed[ANYCAN_TEXT_SIZE];
	int printed_len;

	if (anycan_frame_parse(text, len, &frame))
		return;
	demand(anycan_frame_check(&frame, NULL) == 0);
	printed_len = anycan_frame_print(&frame, printed, sizeof(printed));
	demand(printed_len > 0 && strlen(printed) == (size_t)printed_len);
	demand(anycan_frame_parse(printed, (size_t)printed_len, &again) == 0);
	demand(memcmp(&frame, &again, sizeof(frame)) == 0);
}

static void fuzz_log_line(const char *text, size_t len)
{
	struct anycan_frame frame;
	struct anycan_frame again;
	char line[ANYCAN_LOG_LINE_SIZE];
	char netdev[IFNAMSIZ];
	char netdev_again[IFNAMSIZ];
	int line_len;

	if (anycan_log_line_parse(text, len, &frame, netdev))
		return;
	demand(anycan_frame_check(&frame, NULL) == 0);
	line_len = anycan_log_line_print(&frame, netdev, 9, line, sizeof(line));
	demand(line_len > 0);
	demand(anycan_log_line_parse(line, (size_t)line_len, &again, netdev_again) == 0);
	/* The line as candump -L prints it says no direction. */
	again.dir = frame.dir;
	demand(memcmp(&frame, &again, sizeof(frame)) == 0 && strcmp(netdev, netdev_again) == 0);
}

static void fuzz_filters(const char *text, enum anycan_filter_syntax syntax)
{
	char printed[ANYCAN_FILTER_TEXT_SIZE];
	struct anycan_filters filters;
	struct can_filter again;
	const char *reason = NULL;

	if (anycan_filters_parse(text, syntax, &filters, &reason)) {
		demand(reason);
		return;
	}
	for (size_t i = 0; i < filters.n; i++) {
		int len = anycan_filter_print(&filters.list[i], printed, sizeof(printed));

		demand(len > 0);
		demand(!anycan_filter_parse(printed, (size_t)len, ANYCAN_FILTER_CANDUMP, &again));
		demand(!memcmp(&again, &filters.list[i], sizeof(again)));
	}
	anycan_filters_free(&filters);
}

static void fuzz_address(const char *text)
{
	char again[ANYCAN_DRIVER_SIZE + ANYCAN_ADDRESS_SIZE];
	struct anycan_address address;
	const char *reason = NULL;

	if (anycan_address_parse(text, &address, &reason)) {
		demand(reason);
		return;
	}
	snprintf(again, sizeof(again), "%s%s%s", address.driver, *address.driver ? ":" : "",
		 address.rest);
	demand(strcmp(again, text) == 0);
}

static void print_target(const struct anycan_serial_target *target, char *text, size_t size)
{
	static const char *const schemes[] = {"", "socket://", "rfc2217://", "loop://"};
	bool is_tcp = target->port != 0;
	bool is_v6 = is_tcp && strchr(target->name, ':');
	int len = snprintf(text, size, "%s%s%s%s", schemes[target->scheme], is_v6 ? "[" : "",
			   target->name, is_v6 ? "]" : "");

	if (is_tcp)
		len += snprintf(text + len, size - (size_t)len, ":%u", target->port);
	if (target->baud)
		snprintf(text + len, size - (size_t)len, "@%u", target->baud);
}

static void fuzz_serial_target(const char *text)
{
	struct anycan_serial_target target;
	struct anycan_serial_target again;
	char printed[ANYCAN_ADDRESS_SIZE + 64];
	const char *reason = NULL;

	if (anycan_serial_target_parse(text, &target, &reason)) {
		demand(reason);
		return;
	}
	print_target(&target, printed, sizeof(printed));
	demand(anycan_serial_target_parse(printed, &again, NULL) == 0);
	demand(memcmp(&target, &again, sizeof(target)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	demand(text);
	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_filters(text, ANYCAN_FILTER_PYTHON_CAN);
	fuzz_filters(text, ANYCAN_FILTER_CANDUMP);
	fuzz_address(text);
	fuzz_serial_target(text);
	free(text);
	/* These two take a length and must not read beyond it. */
	fuzz_frame((const char *)data, size);
	fuzz_log_line((const char *)data, size);
	return 0;
}
