/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Bit timing: from a bit rate and a sample point to a controller's segments, by the rules of the
 * kernel, so that an adapter here samples where the kernel's driver would let it. Sources: the
 * behaviour of `ip link set type can bitrate` on Linux 6.12, CiA 601-3 (sample points).
 */
#ifndef ANYCAN_BITTIMING_H
#define ANYCAN_BITTIMING_H

#include <anycan/export.h>
#include <linux/can/netlink.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * anycan_bittiming_sample_point() - the usual sample point of a bit rate
 *
 * Return: in 1/1000: 875; above 500 kbit/s 800; above 800 kbit/s 750.
 */
ANYCAN_API uint32_t anycan_bittiming_sample_point(uint32_t bitrate);

/**
 * anycan_bittiming_calc() - complete a bit timing
 * @limits: what the controller can; .name does not matter
 * @clock_hz: its clock
 * @timing: in: .bitrate in bit/s with .sample_point in 1/1000 (0 = the usual one), or .tq in ns
 *	with .prop_seg, .phase_seg1 and .phase_seg2; .sjw (0 = half of phase_seg2); or .brp with the
 *	segments, which are then only compared with the limits; out: every member as it will be,
 *	.bitrate and .sample_point as reached
 *
 * Of all solutions the one with the smallest error of the bit rate is taken, of these the one
 * whose sample point is nearest and not later, of these the one with the most quanta.
 *
 * Return: 0; -ERANGE: no solution within 5 % of the bit rate, or segments outside the limits;
 *	-EINVAL: neither bit rate nor quantum is given.
 */
ANYCAN_API int anycan_bittiming_calc(const struct can_bittiming_const *limits, uint32_t clock_hz,
				     struct can_bittiming *timing);

#ifdef __cplusplus
}
#endif

#endif
