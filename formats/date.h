/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Dates in the heads of text logs, without regard to the host's locale.
 */
#ifndef FORMATS_DATE_H
#define FORMATS_DATE_H

#include "number.h"

/*
 * Reads a local date such as "Sat Sep 30 15:06:13.191 2017", "Thu Apr 28 10:44:52.480 am 2022",
 * "Mär 1 ..." or "30.09.2017 22:06:13.191": words in any order, months in English or German,
 * 12 or 24 hours. Return: whether day, month, year and time are all there.
 */
bool canlog_date_parse(struct text t, int64_t *ns);

/* "Sat Sep 30 15:06:13.191 2017", local time, always in English; at most 40 characters. */
char *canlog_date_print(char *out, int64_t ts_ns);

#endif
