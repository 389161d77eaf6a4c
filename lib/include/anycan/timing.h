/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Bit timing as applications give it: any of python-can's combinations of bit rate, clock,
 * prescaler, segments and registers; what follows from them; all solutions for a sample point; and
 * the two phases of CAN FD. Sources: python-can's manual of BitTiming, the SJA1000's data sheet
 * (BTR0, BTR1), the behaviour of `ip link` on Linux 6.12 (choice of solutions, see
 * anycan/bittiming.h; transmitter delay compensation).
 */
#ifndef ANYCAN_TIMING_H
#define ANYCAN_TIMING_H

#include <anycan/error.h>
#include <anycan/export.h>
#include <linux/can/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for the text form of any timing with its NUL. */
#define ANYCAN_TIMING_SIZE 192

/**
 * struct anycan_timing - the timing of one phase; what is 0 was not given
 */
struct anycan_timing {
	uint32_t clock_hz; /**< the controller's clock, often half its oscillator */
	uint32_t bitrate;  /**< wanted, in bit/s */
	uint32_t brp;	   /**< prescaler: clock periods of a quantum */
	uint32_t tseg1;	   /**< quanta between the first one and the sample point */
	uint32_t tseg2;	   /**< quanta behind the sample point */
	uint32_t sjw;	   /**< quanta by which a bit may be made longer or shorter */
	uint32_t samples;  /**< how often a bit is sampled: 1 or 3; 0 counts as 1 */
};

/** anycan_timing_sja1000() - limits of the SJA1000 and its many heirs, which BTR0 and BTR1 express
 */
ANYCAN_API const struct can_bittiming_const *anycan_timing_sja1000(void);

/** anycan_timing_set_btr0() - take jump width and prescaler from the register */
ANYCAN_API void anycan_timing_set_btr0(struct anycan_timing *timing, uint8_t btr0);

/** anycan_timing_set_btr1() - take samples and segments from the register */
ANYCAN_API void anycan_timing_set_btr1(struct anycan_timing *timing, uint8_t btr1);

/**
 * anycan_timing_btr() - the same as registers
 * @timing: with segments, jump width, and the prescaler or what it follows from
 * @btr: BTR0 in the upper byte, BTR1 in the lower one
 * @error: NULL or the reason
 *
 * Return: 0, or -EINVAL if a member is missing or does not fit.
 */
ANYCAN_API int anycan_timing_btr(const struct anycan_timing *timing, uint16_t *btr,
				 struct anycan_error *error);

/** anycan_timing_quanta() - quanta of a bit (nbt). Return: 0 if a segment is missing */
ANYCAN_API uint32_t anycan_timing_quanta(const struct anycan_timing *timing);

/** anycan_timing_sample_point() - in percent. Return: 0 if a segment is missing */
ANYCAN_API double anycan_timing_sample_point(const struct anycan_timing *timing);

/**
 * anycan_timing_brp() - the prescaler: the given one, or the nearest for bit rate and clock
 *
 * Return: 0 if it cannot be known.
 */
ANYCAN_API uint32_t anycan_timing_brp(const struct anycan_timing *timing);

/**
 * anycan_timing_reached() - the bit rate that a controller will really have
 *
 * Return: bit/s; without a clock the wanted one; 0 if it cannot be known.
 */
ANYCAN_API double anycan_timing_reached(const struct anycan_timing *timing);

/**
 * anycan_timing_error() - how far the reached bit rate is from the wanted one
 *
 * Return: in percent, negative if it is too low; 0 if either is not known.
 */
ANYCAN_API double anycan_timing_error(const struct anycan_timing *timing);

/**
 * anycan_timing_print() - the text form of python-can 4.0 and 4.1
 * @timing: what is not known is left out
 * @buf: room for @size bytes with the NUL; ANYCAN_TIMING_SIZE is always enough
 *
 * `1000000 bits/s, sample point: 75.00%, BRP: 1, TSEG1: 5, TSEG2: 2, SJW: 1, BTR: 0014h`. The bit
 * rate is the wanted one if it was given.
 *
 * Return: length of the whole text, as snprintf().
 */
ANYCAN_API int anycan_timing_print(const struct anycan_timing *timing, char *buf, size_t size);

/**
 * anycan_timing_check() - whether a controller can have a timing
 * @timing: all of its members but @clock_hz are needed, or follow from others
 * @limits: of the controller; NULL = anycan_timing_sja1000()
 * @error: NULL or the reason, with the member, its value and what it may be
 *
 * Besides the limits: the sample point is not before the middle of the bit, the jump width not
 * longer than tseg2, and where the bit rate is known it is not further than 1/256 from the wanted
 * one.
 *
 * Return: 0 or -EINVAL.
 */
ANYCAN_API int anycan_timing_check(const struct anycan_timing *timing,
				   const struct can_bittiming_const *limits,
				   struct anycan_error *error);

/**
 * anycan_timing_check_iso() - whether every controller by ISO 11898 must be able to have a timing
 * @timing: with a clock
 * @error: NULL or the reason
 *
 * As anycan_timing_check() with anycan_timing_sja1000(), and 8 to 25 quanta, a prescaler up to 32,
 * 5000 to 1000000 bit/s.
 *
 * Return: 0 or -EINVAL.
 */
ANYCAN_API int anycan_timing_check_iso(const struct anycan_timing *timing,
				       struct anycan_error *error);

/**
 * struct anycan_timing_search - for which bit rate and sample point there shall be solutions
 */
struct anycan_timing_search {
	const struct can_bittiming_const *limits; /**< NULL = anycan_timing_sja1000() */
	uint32_t clock_hz;
	uint32_t bitrate;      /**< in bit/s */
	uint32_t sample_point; /**< in 1/1000; 0 = that of anycan_bittiming_calc() */
	uint32_t min_quanta;   /**< of a bit; 0 = 8 */
	uint32_t max_error;    /**< of the bit rate in 1/1000000; 0 = 1/256 */
};

/**
 * anycan_timing_each() - call @each for every solution, by rising prescaler
 * @search: what to look for
 * @each: returns 0 to go on, anything else to end; the solution has every member
 * @arg: handed to @each
 *
 * A solution is a prescaler with the nearest number of quanta; of each, the split nearest to the
 * sample point, and the longest jump width that is allowed.
 *
 * Return: 0, what @each ended with, or -EINVAL if clock or bit rate is 0.
 */
ANYCAN_API int anycan_timing_each(const struct anycan_timing_search *search,
				  int (*each)(const struct anycan_timing *timing, void *arg),
				  void *arg);

/**
 * anycan_timing_calc() - the timing that the kernel would choose
 * @limits: NULL = anycan_timing_sja1000()
 * @timing: in: clock_hz, bitrate, and sjw or 0; out: all members
 * @sample_point: in 1/1000; 0 = as `ip link` without one
 * @error: NULL or the reason
 *
 * Return: 0, or -ERANGE if there is no solution within 5 % of the bit rate.
 */
ANYCAN_API int anycan_timing_calc(const struct can_bittiming_const *limits,
				  struct anycan_timing *timing, uint32_t sample_point,
				  struct anycan_error *error);

/**
 * anycan_timing_to_kernel() - as `ip link` and anycan_link_set_can() take it
 * @timing: complete, with a clock
 * @kernel: filled on success; tseg1 is divided between prop_seg and phase_seg1 as the kernel does
 * @error: NULL or the reason
 *
 * Return: 0, or -EINVAL if a member is missing.
 */
ANYCAN_API int anycan_timing_to_kernel(const struct anycan_timing *timing,
				       struct can_bittiming *kernel, struct anycan_error *error);

/**
 * anycan_timing_from_kernel() - what a controller has
 * @timing: filled
 * @kernel: as anycan_link_can_info() gives it
 * @clock_hz: of the controller
 */
ANYCAN_API void anycan_timing_from_kernel(struct anycan_timing *timing,
					  const struct can_bittiming *kernel, uint32_t clock_hz);

/** struct anycan_timing_fd - the two phases of CAN FD, of one clock */
struct anycan_timing_fd {
	struct anycan_timing nominal;
	struct anycan_timing data;
	/** Delay of the second sample point in clock periods; 0 = no delay compensation. */
	uint32_t tdco;
};

/** struct anycan_timing_fd_limits - of an FD controller */
struct anycan_timing_fd_limits {
	const struct can_bittiming_const *nominal;
	const struct can_bittiming_const *data;
	uint32_t tdco_min;
	uint32_t tdco_max; /**< 0: the controller has no delay compensation */
};

/**
 * anycan_timing_fd_calc() - the two timings that the kernel would choose
 * @limits: of the controller
 * @timing: in: clock_hz and bitrate of both phases, sjw or 0; out: all members, and the delay that
 *	the kernel's tdc-mode auto takes: the data phase's sample point, if its prescaler is 1 or 2
 * @nominal_point: sample point in 1/1000; 0 = as `ip link` without one
 * @data_point: the same of the data phase
 * @error: NULL or the reason
 *
 * Return: 0, -ERANGE if there is no solution within 5 % of a bit rate, or -EINVAL if the data phase
 * is slower than the other.
 */
ANYCAN_API int anycan_timing_fd_calc(const struct anycan_timing_fd_limits *limits,
				     struct anycan_timing_fd *timing, uint32_t nominal_point,
				     uint32_t data_point, struct anycan_error *error);

/** anycan_timing_fd_check() - as anycan_timing_check(), for both phases and the delay */
ANYCAN_API int anycan_timing_fd_check(const struct anycan_timing_fd *timing,
				      const struct anycan_timing_fd_limits *limits,
				      struct anycan_error *error);

/** struct anycan_timing_preset - a bit rate with the registers that everybody uses for it */
struct anycan_timing_preset {
	const char *name; /**< `500k` */
	uint32_t bitrate; /**< as it is called; 95k and 83k are really 95238 and 83333 */
	uint16_t btr;	  /**< BTR0 and BTR1 for a clock of 8 MHz (an oscillator of 16 MHz) */
};

/**
 * anycan_timing_presets() - the usual bit rates, from the fastest
 * @count: how many there are
 */
ANYCAN_API const struct anycan_timing_preset *anycan_timing_presets(size_t *count);

/**
 * anycan_timing_find_preset() - one of them by its name (`500k`, `1M`) or its bit rate (`500000`)
 * @timing: set on success, for a clock of 8 MHz
 *
 * Return: 0, or -ENOENT.
 */
ANYCAN_API int anycan_timing_find_preset(const char *name, struct anycan_timing *timing);

#ifdef __cplusplus
}
#endif

#endif
