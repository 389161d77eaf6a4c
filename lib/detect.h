/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the files of lib/detect*.c share.
 */
#ifndef ANYCAN_DETECT_INTERNAL_H
#define ANYCAN_DETECT_INTERNAL_H

#include <anycan/clock.h>
#include <anycan/detect.h>

/** struct detect_search - a search under way; each of its threads holds it */
struct detect_search;

/** detect_wants() - whether an interface is looked for */
bool detect_wants(const struct detect_search *search, const char *interface);

/** detect_wants_all() - whether no names were given */
bool detect_wants_all(const struct detect_search *search);

/** detect_deadline() - CLOCK_MONOTONIC; ANYCAN_NEVER.ns without one */
int64_t detect_deadline(const struct detect_search *search);

/** detect_add() - a thing that was found; nothing is done once the time is up */
void detect_add(struct detect_search *search, const struct anycan_detected *found);

/** detect_usb() - adapters that bridged knows */
void detect_usb(struct detect_search *search);

/** detect_serial() - serial ports on USB */
void detect_serial(struct detect_search *search);

#endif
