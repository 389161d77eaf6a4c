// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Failures in words.
 */
#include <anycan/error.h>
#include <stdarg.h>
#include <stdio.h>

int anycan_error_set(struct anycan_error *error, enum anycan_error_category category, int code,
		     const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	error->category = category;
	error->code = code;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

const char *anycan_error_name(enum anycan_error_category category)
{
	switch (category) {
	case ANYCAN_ERROR_NOT_IMPLEMENTED:
		return "not implemented";
	case ANYCAN_ERROR_INITIALIZATION:
		return "initialization";
	case ANYCAN_ERROR_OPERATION:
		return "operation";
	case ANYCAN_ERROR_TIMEOUT:
		return "timeout";
	case ANYCAN_ERROR_VALUE:
		return "value";
	case ANYCAN_ERROR_NONE:
		break;
	}
	return "none";
}

int anycan_error_print(const struct anycan_error *error, char *buf, size_t size)
{
	if (!error->code)
		return snprintf(buf, size, "%s", error->text);
	return snprintf(buf, size, "%s [Error Code %d]", error->text, -error->code);
}
