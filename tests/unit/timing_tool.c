// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Lets a script put questions about bit timing to the library: one per line on standard input, one
 * answer per line on standard output. Numbers are decimal, 0 = not given.
 *
 *	derive CLOCK BITRATE BRP TSEG1 TSEG2 SJW SAMPLES BTR0|- BTR1|-
 *		QUANTA SAMPLE-POINT BRP BTR|- CHECK|ok ISO|ok TEXT, apart by tabs
 *	each CLOCK BITRATE SAMPLE-POINT		solutions BRP/TSEG1/TSEG2/SJW, apart by blanks
 *	preset NAME				BTR, or `none`
 */
#include <anycan/timing.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t number(const char *word)
{
	return (uint32_t)strtoul(word, NULL, 10);
}

static void derive(char words[][32])
{
	struct anycan_timing t = {number(words[1]), number(words[2]), number(words[3]),
				  number(words[4]), number(words[5]), number(words[6]),
				  number(words[7])};
	struct anycan_error check = {.text = "ok"}, iso = {.text = "ok"};
	char text[ANYCAN_TIMING_SIZE], registers[8] = "-";
	uint16_t btr;

	if (words[8][0] != '-')
		anycan_timing_set_btr0(&t, (uint8_t)number(words[8]));
	if (words[9][0] != '-')
		anycan_timing_set_btr1(&t, (uint8_t)number(words[9]));
	if (!anycan_timing_btr(&t, &btr, NULL))
		snprintf(registers, sizeof(registers), "%04X", btr);
	anycan_timing_check(&t, NULL, &check);
	anycan_timing_check_iso(&t, &iso);
	anycan_timing_print(&t, text, sizeof(text));
	printf("%" PRIu32 "\t%.6f\t%" PRIu32 "\t%s\t%s\t%s\t%s\n", anycan_timing_quanta(&t),
	       anycan_timing_sample_point(&t), anycan_timing_brp(&t), registers, check.text,
	       iso.text, text);
}

static int print_solution(const struct anycan_timing *t, void *arg)
{
	(void)arg;
	if (!anycan_timing_check_iso(t, NULL))
		printf("%" PRIu32 "/%" PRIu32 "/%" PRIu32 "/%" PRIu32 " ", t->brp, t->tseg1,
		       t->tseg2, t->sjw);
	return 0;
}

static void each(char words[][32])
{
	const struct anycan_timing_search search = {
		.clock_hz = number(words[1]),
		.bitrate = number(words[2]),
		.sample_point = number(words[3]),
	};

	anycan_timing_each(&search, print_solution, NULL);
	printf("\n");
}

static void preset(const char *name)
{
	struct anycan_timing timing;
	uint16_t btr;

	if (anycan_timing_find_preset(name, &timing) || anycan_timing_btr(&timing, &btr, NULL))
		printf("none\n");
	else
		printf("%04X %.0f\n", btr, anycan_timing_reached(&timing));
}

int main(void)
{
	char line[320], words[10][32];

	while (fgets(line, sizeof(line), stdin)) {
		memset(words, 0, sizeof(words));
		sscanf(line, "%31s %31s %31s %31s %31s %31s %31s %31s %31s %31s", words[0],
		       words[1], words[2], words[3], words[4], words[5], words[6], words[7],
		       words[8], words[9]);
		if (!strcmp(words[0], "derive"))
			derive(words);
		else if (!strcmp(words[0], "each"))
			each(words);
		else if (!strcmp(words[0], "preset"))
			preset(words[1]);
		else
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
