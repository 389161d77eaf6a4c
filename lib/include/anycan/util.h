/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What python-can keeps in can.util, as far as it has no place of its own here.
 */
#ifndef ANYCAN_UTIL_H
#define ANYCAN_UTIL_H

#include <anycan/clock.h>
#include <anycan/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * anycan_channel2int() - the number at the end of a channel's name
 * @channel: `can0`, `CAN1`, `7`; NULL is no name
 *
 * Return: the number; -EINVAL if there is none; -ERANGE if it is larger than INT_MAX.
 */
ANYCAN_API int anycan_channel2int(const char *channel);

/**
 * anycan_set_logging_level() - how much the library and the program say on standard error
 * @name: as anycan_log_level_parse() takes it; anything else, and NULL, is `debug`
 */
ANYCAN_API void anycan_set_logging_level(const char *name);

/** struct anycan_correlation - the same moment on two clocks */
struct anycan_correlation {
	int64_t epoch_ns;	 /**< nanoseconds since the Unix epoch */
	struct anycan_mono mono; /**< CLOCK_MONOTONIC */
	int64_t error_ns;	 /**< how far apart the two may really be */
};

/** anycan_correlate() - read both clocks at the same moment, as nearly as can be */
ANYCAN_API void anycan_correlate(struct anycan_correlation *correlation);

/** anycan_correlated_epoch() - nanoseconds since the epoch of a moment of CLOCK_MONOTONIC */
static inline int64_t anycan_correlated_epoch(const struct anycan_correlation *correlation,
					      struct anycan_mono mono)
{
	return correlation->epoch_ns + (mono.ns - correlation->mono.ns);
}

#ifdef __cplusplus
}
#endif

#endif
