/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/hex.c, against what the C library makes of the same digits.
 */
#include "check.h"
#include "random.h"
#include <anycan/hex.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void test_values(void **state)
{
	unsigned int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		char digit[2] = {(char)c, '\0'};
		unsigned int wanted = 0xff;

		if (c < 128 && isxdigit((int)c))
			wanted = (unsigned int)strtoul(digit, NULL, 16);
		assert_int_equal(anycan_hex_value[c], wanted);
	}
}

static void test_pairs(void **state)
{
	unsigned int byte;

	(void)state;
	for (byte = 0; byte < 256; byte++) {
		char wanted[3];

		snprintf(wanted, sizeof(wanted), "%02X", byte);
		assert_memory_equal(anycan_hex_pair[byte], wanted, 2);
	}
}

static void test_number(void **state)
{
	struct test_random random = {6};
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		unsigned int digits = 1 + test_random_below(&random, 8);
		uint32_t number = (uint32_t)test_random_next(&random) >> (32 - 4 * digits);
		char wanted[9];
		char text[9] = "xxxxxxxx";
		uint32_t back;

		snprintf(wanted, sizeof(wanted), test_random_below(&random, 2) ? "%0*X" : "%0*x",
			 (int)digits, number);
		assert_true(anycan_hex_number(wanted, digits, &back));
		assert_int_equal(back, number);
		assert_ptr_equal(anycan_hex_put_number(text, digits, number), text + digits);
		assert_int_equal(strncasecmp(text, wanted, digits), 0);
		assert_true(text[digits] == (digits < 8 ? 'x' : '\0'));
	}
}

/* Every byte that is no digit is noticed, at every place. */
static void test_number_refuses(void **state)
{
	unsigned int place;
	unsigned int c;

	(void)state;
	for (place = 0; place < 8; place++) {
		for (c = 0; c < 256; c++) {
			char text[8] = {'1', '2', 'a', 'b', 'C', 'D', '7', '8'};
			uint32_t value = 42;
			bool digit = c < 128 && isxdigit((int)c);

			text[place] = (char)c;
			assert_int_equal(anycan_hex_number(text, 8, &value), digit);
			assert_true(digit || value == 42);
		}
	}
}

static void test_number_is_cut(void **state)
{
	char text[3];

	(void)state;
	anycan_hex_put_number(text, 3, 0xabcdef12);
	assert_memory_equal(text, "F12", 3);
}

/* Exact buffers, so that ASan sees one byte too many. */
static void test_bytes(void **state)
{
	struct test_random random = {7};
	unsigned int i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		size_t len = test_random_below(&random, 65);
		char *text = malloc(2 * len + 1);
		uint8_t *back = malloc(len + 1);
		uint8_t bytes[64];
		size_t k;

		assert_non_null(text);
		assert_non_null(back);
		test_random_data(&random, bytes, len);
		text[2 * len] = back[len] = '!';
		assert_ptr_equal(anycan_hex_put_bytes(text, bytes, len), text + 2 * len);
		assert_int_equal(text[2 * len], '!');
		assert_true(anycan_hex_bytes(text, len, back));
		assert_memory_equal(bytes, back, len);
		assert_int_equal(back[len], '!');
		for (k = 0; k < 2 * len; k++)
			text[k] = (char)tolower(text[k]);
		assert_true(anycan_hex_bytes(text, len, back));
		assert_memory_equal(bytes, back, len);
		if (len) {
			text[test_random_below(&random, (uint32_t)(2 * len))] = 'g';
			assert_false(anycan_hex_bytes(text, len, back));
		}
		free(text);
		free(back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	      cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_number),	      cmocka_unit_test(test_number_refuses),
		cmocka_unit_test(test_number_is_cut), cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
