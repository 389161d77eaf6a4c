/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Lets a script put questions to the library: one per line on standard input, one answer per
 * line on standard output. A FRAME is eight words, of any values, also impossible ones:
 * TS_NS CAN_ID FLAGS LEN8_DLC CHANNEL DIR LEN DATA, numbers in decimal, DATA in hex or `-`.
 *
 *	parse TEXT             FRAME or `bad`
 *	parse-log LINE         NETDEV FRAME or `bad`
 *	print FRAME            TEXT
 *	print-log 6|9 NETDEV FRAME  LINE
 *	check FRAME            `ok` or `bad` and the reason
 *	equal DELTA_NS|any DIR FRAME FRAME  `yes` or `no`
 *	error FRAME            words of an error frame
 *	bits FRAME             nominal and data bits: none, exact, worst
 */
#include <anycan/error_frame.h>
#include <anycan/hex.h>
#include <anycan/text.h>
#include <anycan/wire.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 1024

static void die(const char *what, const char *line)
{
	fprintf(stderr, "frame_tool: %s: %s\n", what, line);
	exit(1);
}

static const char *next_word(char **rest)
{
	char *word = strtok_r(NULL, " ", rest);

	if (!word)
		die("a word is missing", "");
	return word;
}

static int64_t next_number(char **rest)
{
	const char *word = next_word(rest);
	int64_t number;
	char *end;

	errno = 0;
	number = strtoll(word, &end, 10);
	if (errno || *end)
		die("not a number", word);
	return number;
}

static struct anycan_frame next_frame(char **rest)
{
	struct anycan_frame frame = {0};
	const char *data;

	frame.ts_ns = next_number(rest);
	frame.can_id = (canid_t)next_number(rest);
	frame.flags = (uint8_t)next_number(rest);
	frame.len8_dlc = (uint8_t)next_number(rest);
	frame.channel = (uint16_t)next_number(rest);
	frame.dir = (uint8_t)next_number(rest);
	frame.len = (uint16_t)next_number(rest);
	data = next_word(rest);
	if (strcmp(data, "-") == 0)
		return frame;
	if (strlen(data) % 2 || strlen(data) > 2 * sizeof(frame.data) ||
	    !anycan_hex_bytes(data, strlen(data) / 2, frame.data))
		die("not data", data);
	return frame;
}

static void answer_frame(const struct anycan_frame *frame)
{
	char data[2 * ANYCAN_DATA_MAX + 1];
	size_t len = anycan_frame_data_len(frame);

	*anycan_hex_put_bytes(data, frame->data, len) = '\0';
	printf("%" PRId64 " %" PRIu32 " %u %u %u %u %u %s\n", frame->ts_ns, frame->can_id,
	       frame->flags, frame->len8_dlc, frame->channel, frame->dir, frame->len,
	       len ? data : "-");
}

static void answer_parse(const char *text)
{
	struct anycan_frame frame;

	if (anycan_frame_parse(text, strlen(text), &frame))
		puts("bad");
	else
		answer_frame(&frame);
}

static void answer_parse_log(const char *line)
{
	struct anycan_frame frame;
	char netdev[IFNAMSIZ];

	if (anycan_log_line_parse(line, strlen(line), &frame, netdev)) {
		puts("bad");
		return;
	}
	printf("%s ", netdev);
	answer_frame(&frame);
}

static void answer_print(char **rest)
{
	struct anycan_frame frame = next_frame(rest);
	char text[ANYCAN_TEXT_SIZE];

	if (anycan_frame_print(&frame, text, sizeof(text)) < 0)
		die("cannot print", "");
	puts(text);
}

static void answer_print_log(char **rest)
{
	int decimals = (int)next_number(rest);
	const char *netdev = next_word(rest);
	struct anycan_frame frame = next_frame(rest);
	char line[ANYCAN_LOG_LINE_SIZE];

	if (anycan_log_line_print(&frame, netdev, decimals, line, sizeof(line)) < 0)
		die("cannot print", netdev);
	puts(line);
}

static void answer_check(char **rest)
{
	struct anycan_frame frame = next_frame(rest);
	const char *reason = "";

	if (anycan_frame_check(&frame, &reason))
		printf("bad %s\n", reason);
	else
		puts("ok");
}

static void answer_equal(char **rest)
{
	char *word = strtok_r(NULL, " ", rest);
	bool any = word && strcmp(word, "any") == 0;
	int64_t delta_ns = any || !word ? ANYCAN_ANY_TIME : strtoll(word, NULL, 10);
	bool check_dir = next_number(rest);
	struct anycan_frame a = next_frame(rest);
	struct anycan_frame b = next_frame(rest);

	puts(anycan_frame_equal(&a, &b, delta_ns, check_dir) ? "yes" : "no");
}

static void answer_error(char **rest)
{
	struct anycan_frame frame = next_frame(rest);
	char text[ANYCAN_ERROR_FRAME_SIZE];

	anycan_error_frame_print(&frame, ",", text, sizeof(text));
	puts(text);
}

static void answer_bits(char **rest)
{
	struct anycan_frame frame = next_frame(rest);
	struct anycan_wire_bits none = anycan_frame_bits(&frame, ANYCAN_STUFF_NONE);
	struct anycan_wire_bits exact = anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT);
	struct anycan_wire_bits worst = anycan_frame_bits(&frame, ANYCAN_STUFF_WORST);

	printf("%u %u %u %u %u %u\n", none.nominal, none.data, exact.nominal, exact.data,
	       worst.nominal, worst.data);
}

static void answer(char *line)
{
	char *rest = NULL;
	const char *question = strtok_r(line, " ", &rest);

	if (!question)
		die("an empty line", "");
	else if (strcmp(question, "parse") == 0)
		answer_parse(rest);
	else if (strcmp(question, "parse-log") == 0)
		answer_parse_log(rest);
	else if (strcmp(question, "print") == 0)
		answer_print(&rest);
	else if (strcmp(question, "print-log") == 0)
		answer_print_log(&rest);
	else if (strcmp(question, "check") == 0)
		answer_check(&rest);
	else if (strcmp(question, "equal") == 0)
		answer_equal(&rest);
	else if (strcmp(question, "error") == 0)
		answer_error(&rest);
	else if (strcmp(question, "bits") == 0)
		answer_bits(&rest);
	else
		die("unknown question", question);
}

int main(void)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		answer(line);
		fflush(stdout);
	}
	return 0;
}
