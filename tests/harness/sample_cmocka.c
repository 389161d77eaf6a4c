// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A cmocka program that behaves as its argument says, for test_harness.py: what a wrapper has to
 * bring in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void passes(void **state)
{
	(void)state;
	print_message("a message of a test that passes\n");
}

static void fails(void **state)
{
	(void)state;
	printf("no line end");
	assert_string_equal("expected", "got");
}

static void skips(void **state)
{
	(void)state;
	print_message("no such device\n");
	skip();
}

static void crashes(void **state)
{
	volatile char *memory = malloc(3);

	(void)state;
	memory[strlen("abc")] = 1;
	free((void *)memory);
}

static void leaks(void **state)
{
	(void)state;
	*state = malloc(3);
	assert_non_null(*state);
	*state = NULL;
}

static int broken_fixture(void **state)
{
	(void)state;
	return -1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "passes";
	const struct CMUnitTest calm[] = {cmocka_unit_test(passes), cmocka_unit_test(skips)};
	const struct CMUnitTest failing[] = {cmocka_unit_test(fails), cmocka_unit_test(passes)};
	const struct CMUnitTest crashing[] = {cmocka_unit_test(passes), cmocka_unit_test(crashes),
					      cmocka_unit_test(passes)};
	const struct CMUnitTest leaking[] = {cmocka_unit_test(leaks)};
	const struct CMUnitTest skipping[] = {cmocka_unit_test(skips)};

	if (!strcmp(what, "groups"))
		return cmocka_run_group_tests(calm, NULL, NULL) +
		       cmocka_run_group_tests(failing, NULL, NULL);
	if (!strcmp(what, "fixture"))
		return cmocka_run_group_tests(failing, broken_fixture, NULL);
	if (!strcmp(what, "crashes"))
		return cmocka_run_group_tests(crashing, NULL, NULL);
	if (!strcmp(what, "leaks"))
		return cmocka_run_group_tests(leaking, NULL, NULL);
	if (!strcmp(what, "skips"))
		return cmocka_run_group_tests(skipping, NULL, NULL);
	return cmocka_run_group_tests(calm, NULL, NULL);
}
