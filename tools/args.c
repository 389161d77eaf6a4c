// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What command lines have in common.
 */
#include "args.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int status_of(int err)
{
	switch (err) {
	case 0:
		return STATUS_OK;
	case -EPERM:
	case -EACCES:
		return STATUS_PERMISSION;
	case -ENODEV:
	case -ENETDOWN:
		return STATUS_GONE;
	default:
		return STATUS_FAILED;
	}
}

void args_unify(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		for (char *p = argv[i] + 2; !strncmp(argv[i], "--", 2) && *p && *p != '='; p++)
			if (*p == '_')
				*p = '-';
}

int args_error(const char *program, const char *what, const char *value)
{
	fprintf(stderr, "%s: %s%s%s (--help lists the options)\n", program, what, value ? ": " : "",
		value ? value : "");
	return STATUS_USAGE;
}

bool args_count(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && !*end && *value <= max;
}

/* A number in decimal notation that is not negative, and what stands behind it. */
static bool take_number(const char *text, double *value, const char **behind)
{
	char *end;

	if ((*text < '0' || *text > '9') && *text != '.')
		return false;
	*value = strtod(text, &end);
	*behind = end;
	return end != text && isfinite(*value);
}

struct unit {
	const char *name;
	double factor;
};

/* The factor of @name in @units, which end with a row without name; 0 if it is not there. */
static double find_unit(const struct unit *units, const char *name)
{
	while (units->name && strcasecmp(units->name, name))
		units++;
	return units->name ? units->factor : 0;
}

bool args_size(const char *text, uint64_t *value)
{
	static const struct unit units[] = {
		{"", 1e6},	   {"k", 1024.0},	{"kb", 1024.0},	      {"m", 1048576.0},
		{"mb", 1048576.0}, {"g", 1073741824.0}, {"gb", 1073741824.0}, {NULL, 0},
	};
	const char *unit;
	double number;

	if (!take_number(text, &number, &unit))
		return false;
	number *= find_unit(units, unit);
	if (number < 1 || number > 9e18)
		return false;
	*value = (uint64_t)number;
	return true;
}

bool args_duration(const char *text, int64_t unit_ns, int64_t *ns)
{
	const struct unit units[] = {
		{"", (double)unit_ns}, {"ns", 1},	  {"us", 1e3}, {"ms", 1e6}, {"s", 1e9},
		{"m", 60 * 1e9},       {"h", 3600 * 1e9}, {NULL, 0},
	};
	const char *unit;
	double number, factor;

	if (!take_number(text, &number, &unit))
		return false;
	factor = find_unit(units, unit);
	if (factor == 0 || number * factor > 9e18)
		return false;
	*ns = (int64_t)(number * factor + 0.5);
	return true;
}

bool args_rate(const char *text, uint32_t *value)
{
	static const struct unit units[] = {{"", 1}, {"k", 1e3}, {"M", 1e6}, {NULL, 0}};
	const char *unit;
	double number;

	if (!take_number(text, &number, &unit))
		return false;
	number = number * find_unit(units, unit) + 0.5;
	if (number < 1 || number > UINT32_MAX)
		return false;
	*value = (uint32_t)number;
	return true;
}
