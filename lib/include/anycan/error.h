/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What went wrong, for programs and for people: a negative errno, a category and a sentence.
 *
 * Functions that can fail for a reason that a user should read take a struct anycan_error as
 * their last parameter. It may be NULL. They return the same code that they put into it, and
 * leave it alone when they succeed.
 */
#ifndef ANYCAN_ERROR_H
#define ANYCAN_ERROR_H

#include <anycan/export.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for the sentence with its NUL. */
#define ANYCAN_ERROR_SIZE 512

/** Kinds of failure; the names are those of python-can's exceptions. */
enum anycan_error_category {
	ANYCAN_ERROR_NONE,
	ANYCAN_ERROR_NOT_IMPLEMENTED, /**< no such interface or function, or no driver for it */
	ANYCAN_ERROR_INITIALIZATION,  /**< no such device, in use, or a setting it cannot have */
	ANYCAN_ERROR_OPERATION,	      /**< an open bus failed: queue full, no ACK, bus-off ... */
	ANYCAN_ERROR_TIMEOUT,	      /**< it took longer than allowed */
	ANYCAN_ERROR_VALUE,	      /**< an argument that is never right */
};

/** struct anycan_error - one failure */
struct anycan_error {
	enum anycan_error_category category;
	int code;		      /**< negative errno, as returned */
	char text[ANYCAN_ERROR_SIZE]; /**< names the thing and the next step, no final newline */
};

/**
 * anycan_error_set() - describe a failure
 * @error: NULL or where to
 * @category: kind of failure
 * @code: negative errno
 * @format: as printf()'s; what does not fit is cut off
 *
 * Return: @code.
 */
ANYCAN_API int anycan_error_set(struct anycan_error *error, enum anycan_error_category category,
				int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * anycan_error_name() - a category in words
 *
 * Return: static text: `not implemented`, `initialization`, `operation`, `timeout`, `value`, or
 * `none`.
 */
ANYCAN_API const char *anycan_error_name(enum anycan_error_category category);

/**
 * anycan_error_print() - the sentence, and ` [Error Code N]` behind it as python-can does
 * @error: a failure
 * @buf: room for @size bytes with the NUL; what does not fit is cut off
 *
 * Return: length of the whole text, as snprintf().
 */
ANYCAN_API int anycan_error_print(const struct anycan_error *error, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
