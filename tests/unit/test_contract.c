// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The contract of bridged/driver.h for every driver in every setup, on input made of lines, of
 * packets, of noise and of all.
 */
#include "check.h"
#include "contract_rig.h"
#include "random.h"
#include "usb_peer.h"
#include <anycan/hex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 4096
#define ROUNDS 60

/* Pieces that a driver may take for something, for every driver that there is. */
static const char *const pieces[] = {
	"t1230\r",
	"t12381122334455667788\r",
	"T1ABCDEF02AABB\r",
	"r1234\r",
	"R1FFFFFFF8\r",
	"\r",
	"\a",
	"z\r",
	"Z\r",
	"F00\r",
	"FAD\r",
	"V1013\r",
	"N1234\r",
	"sa057033\r",
	"sw100010\r",
	"sb256256\r",
	"e1a\r",
	"e3bcO\r",
	"d1239112233445566778899AABBCC\r",
	"b7E081122334455667788S\r",
	"E2310800C\r",
	"E3000FFFF\r",
	"M3C\r",
	"M01\r",
	"#\r",
	"#7\r",
	"#8\r",
	"L27\r",
	">hello\r",
	"\n",
	"t12321122EA5F\r",
	"t1230FFFF\r",
	"+Board: x\tChannels: 3\r",
	"&t1230\r",
	"$t1230\r",
	"&#\r",
	"\x06",
	"x1234567811A\r",
	"t12391122334455667788\r",
	"b158aa7 github.com/normaldotcom/canable2-fw\r",
	"WeAct Studio V1.0.0.6_20250708\r",
};

/* The same of protocols without lines, in hex. */
static const char *const binary_pieces[] = {
	"AAAA230100001122330000000000030000008D5555",
	"AAAAEFCDAB12A5AAA555000000000000020001007B5555",
	"AAAA00000000540000000000000001000000A5555555",
	"AAAAFF0700000000000000000000040000010B5555",
	"AAAAC0FEFF01000000000000000008FF0100C65555",
	"AAAAD0FEFF0120A107000000000004FF01009A5555",
	"AAAAF0FFFF01000000000000000008FF0101F85555",
	"AA000000000323010000112233BB",
	"AA0000000002EFCDAB92AA55BB",
	"AA0000000004FF070040BB",
	"AA0000000004FF07004011223344BB",
	"AA0000000004FF070040BBBB3344BB",
	"AA0000000008FFFFFFDFBB",
	"AA0000000002000000B00102BB",
	"AADC050000010100000011BB",
	"AAC3230111223355",
	"AAE2EFCDAB12AA5555",
	"AAD4FF0755",
	"AAD4FF071122334455",
	"AAF8FFFFFF1F55",
	"AAC0000055",
	"AAC82301112233445566778855",
	"AA55040000000000000000000000000000000004",
	"AA550460800000000000000000000000000000E4",
	"AA55010101230100000311223300000000000090",
	"AAAA",
	"A5",
	"AA55",
	"5555",
	"BB",
};

static size_t copy_piece(struct test_random *random, uint8_t *input)
{
	unsigned int number =
		test_random_below(random, TEST_COUNT(pieces) + TEST_COUNT(binary_pieces));
	const char *piece;
	size_t n;

	if (number >= TEST_COUNT(pieces)) {
		piece = binary_pieces[number - TEST_COUNT(pieces)];
		n = strlen(piece) / 2;
		assert_true(anycan_hex_bytes(piece, n, input));
	} else {
		piece = pieces[number];
		n = strlen(piece);
		memcpy(input, piece, n);
	}
	return n;
}

static size_t add_piece(struct test_random *random, uint8_t *input, size_t len)
{
	size_t n = copy_piece(random, input + len);

	switch (test_random_below(random, 8)) {
	case 0: /* cut off */
		n = test_random_below(random, (uint32_t)n + 1);
		break;
	case 1: /* one bit wrong */
		input[len + test_random_below(random, (uint32_t)n)] ^=
			(uint8_t)(1U << test_random_below(random, 8));
		break;
	}
	return len + n;
}

/* What a gs_usb frame or a buffer of a CANalyst-II may look like. */
static void fill_transfer(struct test_random *random, uint8_t *data, size_t len)
{
	static const uint8_t lengths[] = {0, 2, 8, 9, 15, 16};

	for (size_t i = 0; i < len; i++)
		data[i] = test_random_below(random, 4) ? 0 : (uint8_t)test_random_next(random);
	if (len < 20)
		return;
	if (test_random_below(random, 2))
		memset(data, 0xff, 4);
	else
		data[0] = (uint8_t)test_random_below(random, 12);
	data[7] &= test_random_below(random, 3) ? 0 : 0xe1;
	data[8] = lengths[test_random_below(random, TEST_COUNT(lengths))];
	data[9] = (uint8_t)test_random_below(random, 4);
}

/* A transfer that ended, as the USB drivers see it. */
static size_t add_transfer(struct test_random *random, uint8_t *input, size_t len)
{
	static const uint16_t sizes[] = {0, 4, 12, 20, 24, 40, 64, 72, 76, 80, 128, 192};
	struct bridged_usb_record record = {
		.type = (uint8_t)(1 + test_random_below(random, 5)),
		.tag = test_random_below(random, 3) << 24 | test_random_below(random, 4) << 16 |
		       test_random_below(random, 14) << 8 | test_random_below(random, 3),
		.len = sizes[test_random_below(random, TEST_COUNT(sizes))],
	};

	if (test_random_below(random, 3))
		record.type = BRIDGED_USB_LISTEN;
	if (!test_random_below(random, 8))
		record.status = (int16_t)-test_random_below(random, 100);
	memcpy(input + len, &record, sizeof(record));
	fill_transfer(random, input + len + sizeof(record), record.len);
	return len + sizeof(record) + record.len;
}

static size_t add_noise(struct test_random *random, uint8_t *input, size_t len)
{
	size_t n = test_random_below(random, 30);

	while (n--)
		input[len++] = (uint8_t)test_random_next(random);
	return len;
}

static size_t make_input(struct test_random *random, uint8_t *input)
{
	size_t len = 0, n;

	while (len < INPUT_MAX - 700 && test_random_below(random, 40)) {
		n = test_random_below(random, 20);
		if (n < 8) {
			len = add_transfer(random, input, len);
		} else if (n < 16) {
			len = add_piece(random, input, len);
		} else if (n < 19) {
			len = add_noise(random, input, len);
		} else {
			/* more than a unit of any driver may be */
			n = test_random_below(random, 600);
			memset(input + len, 'y', n);
			len += n;
		}
	}
	return len;
}

static void test_input(void **state)
{
	const struct contract_setup *setup;
	uint8_t *input = malloc(INPUT_MAX);
	struct test_random random = {1};
	const char *fault;
	unsigned int i;
	size_t len;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		for (setup = contract_setups; setup->driver; setup++) {
			len = make_input(&random, input);
			fault = contract_check(setup, input, len, test_random_next(&random) | 1);
			if (fault)
				fail_msg("%s %s, round %u: %s", setup->driver, setup->words, i,
					 fault);
		}
	}
	free(input);
}

static void test_frames(void **state)
{
	const struct contract_setup *setup;
	struct anycan_frame frames[64];
	struct test_random random = {2};
	const char *fault;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		for (setup = contract_setups; setup->driver; setup++) {
			for (k = 0; k < TEST_COUNT(frames); k++)
				frames[k] = test_random_frame(&random);
			fault = contract_round_trip(setup, frames, TEST_COUNT(frames));
			if (fault)
				fail_msg("%s %s, round %u: %s", setup->driver, setup->words, i,
					 fault);
		}
	}
}

static void test_life(void **state)
{
	const struct contract_setup *setup;
	uint8_t *script = malloc(INPUT_MAX);
	struct test_random random = {3};
	const char *fault;
	unsigned int i, k;
	size_t len;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		for (setup = contract_setups; setup->driver; setup++) {
			len = make_input(&random, script);
			/* noise has more steps, and fewer that mean something to an adapter */
			for (k = 0; i % 2 && k < len; k++)
				script[k] = (uint8_t)(test_random_next(&random) >> 32);
			fault = contract_live(setup, script, len);
			if (fault)
				fail_msg("%s %s, round %u: %s", setup->driver, setup->words, i,
					 fault);
		}
	}
	free(script);
}

/* Every driver of the list has a setup, and the list is sorted. */
static void test_all_drivers(void **state)
{
	const struct contract_setup *setup;
	unsigned int i, found;

	(void)state;
	for (i = 0; bridged_drivers[i]; i++) {
		for (setup = contract_setups, found = 0; setup->driver; setup++)
			found += !strcmp(setup->driver, bridged_drivers[i]->name);
		assert_true(found > 0);
		assert_true(i == 0 ||
			    strcmp(bridged_drivers[i - 1]->name, bridged_drivers[i]->name) < 0);
		assert_true(bridged_drivers[i]->unit_max > 0 &&
			    bridged_drivers[i]->unit_max <= 4096);
	}
}

/* A million pieces of noise in a row into one driver: nothing but counts. */
static void test_million(void **state)
{
	const struct contract_setup *setup;
	struct test_random random = {4};
	uint8_t input[64];
	struct rig *rig;
	unsigned int i, k;
	size_t len;

	(void)state;
	for (setup = contract_setups; setup->driver; setup++) {
		rig = rig_new(setup);
		rig_open(rig);
		for (i = 0; i < 125000 && !rig->fault; i++) {
			len = test_random_below(&random, sizeof(input) / 2);
			for (k = 0; k < len; k++)
				input[k] = (uint8_t)test_random_next(&random);
			/* half of it with a line's end, so that there are lines */
			if (len && i % 2)
				input[len - 1] = i % 32 == 1 ? '\a' : '\r';
			if (i % 4 == 3)
				len = add_piece(&random, input, 0);
			rig_feed(rig, input, len);
			if (i % 1000 == 0) {
				rig_stop(rig);
				rig_pass(rig, ANYCAN_NS_PER_S);
				rig_start(rig);
			}
			rig->n_frames = rig->sent_len = rig->said_len = 0;
		}
		assert_string_equal(rig->fault ? rig->fault : "", "");
		/* Where there are no lines, all that lies between two frames is one. */
		assert_true(rig->bad_units > 1000);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_drivers), cmocka_unit_test(test_input),
		cmocka_unit_test(test_frames),	    cmocka_unit_test(test_life),
		cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
