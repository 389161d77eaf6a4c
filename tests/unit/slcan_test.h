/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the tests of the slcan driver share: a driver in its rig, spoken to in text.
 */
#ifndef TESTS_UNIT_SLCAN_TEST_H
#define TESTS_UNIT_SLCAN_TEST_H

#include "rig_check.h"
#include "slcan_peer.h"

typedef rig_answer slcan_answer;

/** slcan_new() - a driver with settings, not yet attached */
struct rig *slcan_new(const char *words, slcan_answer answer);

/** slcan_open() - the same, open; the test fails if it does not open */
struct rig *slcan_open(const char *words, slcan_answer answer);

/** slcan_feed() - input as text */
void slcan_feed(struct rig *rig, const char *text);

/** slcan_sent() - the driver has sent exactly @text since the last call */
void slcan_sent(struct rig *rig, const char *text);

/** slcan_send() - offer a frame in cansend's form. Return: as encode() */
int slcan_send(struct rig *rig, const char *frame);

/** slcan_got() - frame @index of those received, in cansend's form */
void slcan_got(struct rig *rig, size_t index, const char *frame);

/** slcan_ms() - let milliseconds pass */
void slcan_ms(struct rig *rig, int64_t ms);

/** slcan_unescape() - \r \n \a \t \s \xHH become bytes, in place. Return: how many */
size_t slcan_unescape(char *text);

/**
 * struct slcan_data - a file of tests/data/slcan, line by line, in words between blanks
 */
struct slcan_data {
	void *file;
	unsigned int number; /**< of the line */
	char line[1024];
	char *words[16];
	unsigned int n;
};

bool slcan_data_open(struct slcan_data *data, const char *name);
/** slcan_data_next() - the next line that is not empty; closes the file at its end */
bool slcan_data_next(struct slcan_data *data);

#endif
