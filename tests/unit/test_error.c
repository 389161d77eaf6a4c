/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/error.c: what a failure holds, and what is printed of it.
 */
#include "check.h"
#include <anycan/error.h>
#include <errno.h>
#include <string.h>

static void test_set(void **state)
{
	struct anycan_error error = {0};

	(void)state;
	assert_int_equal(anycan_error_set(&error, ANYCAN_ERROR_VALUE, -EINVAL, "id %x", 0x800u),
			 -EINVAL);
	assert_int_equal(error.category, ANYCAN_ERROR_VALUE);
	assert_int_equal(error.code, -EINVAL);
	assert_string_equal(error.text, "id 800");
	assert_int_equal(anycan_error_set(NULL, ANYCAN_ERROR_VALUE, -ERANGE, "nobody asks"),
			 -ERANGE);
}

static void test_too_long(void **state)
{
	struct anycan_error error;
	char text[2 * ANYCAN_ERROR_SIZE];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	anycan_error_set(&error, ANYCAN_ERROR_OPERATION, -EIO, "%s", text);
	assert_int_equal(strlen(error.text), ANYCAN_ERROR_SIZE - 1);
}

static void test_print(void **state)
{
	struct anycan_error error = {.text = "closed"};
	char buf[64];

	(void)state;
	assert_int_equal(anycan_error_print(&error, buf, sizeof(buf)), 6);
	assert_string_equal(buf, "closed");
	error.code = -5;
	anycan_error_print(&error, buf, sizeof(buf));
	assert_string_equal(buf, "closed [Error Code 5]");
	assert_int_equal(anycan_error_print(&error, buf, 4), 21);
	assert_string_equal(buf, "clo");
}

static void test_name(void **state)
{
	(void)state;
	assert_string_equal(anycan_error_name(ANYCAN_ERROR_NONE), "none");
	assert_string_equal(anycan_error_name(ANYCAN_ERROR_NOT_IMPLEMENTED), "not implemented");
	assert_string_equal(anycan_error_name(ANYCAN_ERROR_INITIALIZATION), "initialization");
	assert_string_equal(anycan_error_name(ANYCAN_ERROR_OPERATION), "operation");
	assert_string_equal(anycan_error_name(ANYCAN_ERROR_TIMEOUT), "timeout");
	assert_string_equal(anycan_error_name(ANYCAN_ERROR_VALUE), "value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
