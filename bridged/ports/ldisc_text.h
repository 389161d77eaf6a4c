/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What an slcan adapter says to the kernel's line discipline. Pure functions. Source: behaviour
 * of drivers/net/can/slcan in Linux 6.1 and 6.12.
 */
#ifndef BRIDGED_LDISC_TEXT_H
#define BRIDGED_LDISC_TEXT_H

#include <anycan/frame.h>
#include <linux/can/netlink.h>

/** Room for the longest line, with CR and NUL. */
#define LDISC_LINE_ROOM 40

/** ldisc_rates - the bit rates of slcan, S0 to S8 */
#define LDISC_RATES 9
extern const uint32_t ldisc_rates[LDISC_RATES];

/**
 * ldisc_print_frame() - a received frame, or an error frame, without CR
 * @at: room for LDISC_LINE_ROOM characters
 *
 * Return: one past the last character; @at if slcan has no words for it.
 */
char *ldisc_print_frame(char *at, const struct anycan_frame *frame);

/** ldisc_is_about_state() - whether the netdev makes such an error frame when it hears the state */
bool ldisc_is_about_state(const struct anycan_frame *frame);

/**
 * ldisc_print_state() - the controller's state and error counters, without CR
 * @at: room for LDISC_LINE_ROOM characters
 *
 * Return: one past the last character.
 */
char *ldisc_print_state(char *at, enum can_state state, struct can_berr_counter berr);

#endif
