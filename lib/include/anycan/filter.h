/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which frames pass: the kernel's struct can_filter with the kernel's meaning, in user space, and
 * its text forms. Sources: Documentation/networking/can.rst, linux/can.h, candump's manual,
 * python-can 4.1's manual.
 *
 * A filter lets a frame pass if `received id & can_mask == can_id & can_mask`, the flags
 * CAN_EFF_FLAG and CAN_RTR_FLAG counting as bits of the identifier; with CAN_INV_FILTER in can_id,
 * if they differ. A mask with CAN_EFF_FLAG beside an identifier without it is cut to 11 bits, as
 * the kernel does. Error frames pass by the bus's error mask alone, or by a filter with
 * CAN_ERR_FLAG in its mask that has one of the frame's error classes.
 */
#ifndef ANYCAN_FILTER_H
#define ANYCAN_FILTER_H

#include <anycan/export.h>
#include <anycan/frame.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for any filter in text form with its final NUL. */
#define ANYCAN_FILTER_TEXT_SIZE 24

/** Which frame formats a filter lets pass. */
enum anycan_filter_format {
	ANYCAN_FILTER_ANY,	/**< both; python-can's filter without `extended` */
	ANYCAN_FILTER_STANDARD, /**< 11 bits; `extended: False` */
	ANYCAN_FILTER_EXTENDED, /**< 29 bits; `extended: True` */
};

/** Ways to write filters. */
enum anycan_filter_syntax {
	/**
	 * `ID:MASK`, or `ID~MASK` inverted, in hexadecimal, separated by blanks or commas. The
	 * format of the frame does not count, however many digits there are.
	 */
	ANYCAN_FILTER_PYTHON_CAN,
	/**
	 * The same, where an identifier of exactly eight digits has CAN_EFF_FLAG, which counts if
	 * the mask has it too; and in a list `#MASK` for the error mask and `j` to join.
	 */
	ANYCAN_FILTER_CANDUMP,
};

/**
 * struct anycan_filters - a list of filters and what goes with it
 * @list: filters; an empty list lets everything pass
 * @n: how many
 * @joined: whether all must let a frame pass, not any
 * @error_mask: error classes that pass besides; 0 also if the text named none
 */
struct anycan_filters {
	struct can_filter *list;
	size_t n;
	bool joined;
	can_err_mask_t error_mask;
};

/** anycan_filter() - the filter of an identifier, a mask and a format, as python-can has them */
static inline struct can_filter anycan_filter(uint32_t can_id, uint32_t can_mask,
					      enum anycan_filter_format format)
{
	struct can_filter filter = {can_id, can_mask};

	if (format != ANYCAN_FILTER_ANY)
		filter.can_mask |= CAN_EFF_FLAG;
	if (format == ANYCAN_FILTER_EXTENDED)
		filter.can_id |= CAN_EFF_FLAG;
	return filter;
}

/** anycan_filter_invert() - a filter that passes what @filter stops */
static inline struct can_filter anycan_filter_invert(struct can_filter filter)
{
	filter.can_id ^= CAN_INV_FILTER;
	return filter;
}

/**
 * anycan_filter_match() - whether a frame passes
 * @list: filters; NULL if @n is 0
 * @n: how many; 0 lets everything pass
 * @joined: whether all filters must let it pass, not any
 * @can_id: the frame's identifier with its flags
 *
 * No allocation, any thread.
 */
ANYCAN_API bool anycan_filter_match(const struct can_filter *list, size_t n, bool joined,
				    canid_t can_id);

/**
 * anycan_filters_match() - whether a frame passes a list of filters, or the error mask
 * @filters: the list
 * @can_id: the frame's identifier with its flags
 */
static inline bool anycan_filters_match(const struct anycan_filters *filters, canid_t can_id)
{
	if (can_id & CAN_ERR_FLAG)
		return (can_id & filters->error_mask) ||
		       (filters->n &&
			anycan_filter_match(filters->list, filters->n, filters->joined, can_id));
	return anycan_filter_match(filters->list, filters->n, filters->joined, can_id);
}

/**
 * anycan_filter_parse() - read one filter
 * @text: `123:7FF`, `123~7FF`
 * @len: characters of @text; all of them must belong to the filter
 * @syntax: how it is written
 * @filter: set on success, otherwise left alone
 *
 * Return: 0, or -EINVAL.
 */
ANYCAN_API int anycan_filter_parse(const char *text, size_t len, enum anycan_filter_syntax syntax,
				   struct can_filter *filter);

/**
 * anycan_filters_parse() - read a list of filters
 * @text: `123:7FF,400:700`, `100:7FC 200:7F0`, `0~0,#FFFFFFFF`, `92345678:DFFFFFFF,j`
 * @syntax: how they are written
 * @filters: set on success, to be given to anycan_filters_free(); otherwise left alone
 * @reason: NULL, or where a static sentence that names the fault is put
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
ANYCAN_API int anycan_filters_parse(const char *text, enum anycan_filter_syntax syntax,
				    struct anycan_filters *filters, const char **reason);

/** anycan_filters_free() - let the list go and make @filters empty */
ANYCAN_API void anycan_filters_free(struct anycan_filters *filters);

/**
 * anycan_filter_print() - write one filter in candump's form
 * @filter: any filter
 * @buf: gets the text and a NUL; ANYCAN_FILTER_TEXT_SIZE is always enough
 * @size: bytes in @buf
 *
 * anycan_filter_parse() with ANYCAN_FILTER_CANDUMP reads the same filter back, less CAN_ERR_FLAG
 * in the mask, for which candump has no form.
 *
 * Return: characters without the NUL, or -ENOSPC (then @buf holds an empty string).
 */
ANYCAN_API int anycan_filter_print(const struct can_filter *filter, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
