/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What every unit test includes: cmocka, behind the headers that it wants to stand before it.
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST_COUNT(table) (sizeof(table) / sizeof((table)[0]))

#endif
