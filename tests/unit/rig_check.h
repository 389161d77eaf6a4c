/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the tests of drivers share: a driver in its rig, spoken to in frames of cansend's form and
 * in bytes as hex, with blanks anywhere. The test fails where something is not as it is said.
 */
#ifndef TESTS_UNIT_RIG_CHECK_H
#define TESTS_UNIT_RIG_CHECK_H

#include "check.h"
#include "contract_rig.h"

typedef size_t (*rig_answer)(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

/** rig_check_new() - a driver with settings, not yet attached */
struct rig *rig_check_new(const char *driver, const char *words, rig_answer answer);

/** rig_check_open() - the same, open; the test fails if it does not open */
struct rig *rig_check_open(const char *driver, const char *words, rig_answer answer);

/** rig_check_send() - offer a frame in cansend's form. Return: as encode() */
int rig_check_send(struct rig *rig, const char *frame);

/** rig_check_got() - frame @index of those received, in cansend's form */
void rig_check_got(struct rig *rig, size_t index, const char *frame);

/** rig_check_ms() - let milliseconds pass */
void rig_check_ms(struct rig *rig, int64_t ms);

/** rig_check_hex() - bytes of a text. Return: how many */
size_t rig_check_hex(const char *hex, uint8_t *bytes, size_t room);

/** rig_check_feed() - input as hex */
void rig_check_feed(struct rig *rig, const char *hex);

/** rig_check_sent() - the driver has sent exactly these bytes since the last call */
void rig_check_sent(struct rig *rig, const char *hex);

/**
 * rig_check_both_ways() - a frame is these bytes when it is sent, and these bytes are the frame
 * @rig: open, with nothing unread
 */
void rig_check_both_ways(struct rig *rig, const char *frame, const char *hex);

/** struct rig_refusal - what init() says to settings that no such adapter can have */
struct rig_refusal {
	const char *words;
	const char *reason;
};

/** rig_check_refusals() - the driver refuses each row, ended by one without words, as it says */
void rig_check_refusals(const char *driver, const struct rig_refusal *rows);

#endif
