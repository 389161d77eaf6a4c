// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the tests of drivers share. See rig_check.h.
 */
#include "rig_check.h"

#include <anycan/hex.h>
#include <anycan/text.h>
#include <string.h>

struct rig *rig_check_new(const char *driver, const char *words, rig_answer answer)
{
	struct contract_setup setup = {.driver = driver, .words = words, .answer = answer};

	return rig_new(&setup);
}

struct rig *rig_check_open(const char *driver, const char *words, rig_answer answer)
{
	struct rig *rig = rig_check_new(driver, words, answer);

	rig_open(rig);
	if (rig->fault)
		fail_msg("%s: %s (%s)", words, rig->fault, rig->reason);
	rig->notes = 0;
	return rig;
}

int rig_check_send(struct rig *rig, const char *frame)
{
	struct anycan_frame parsed;

	if (anycan_frame_parse(frame, strlen(frame), &parsed))
		fail_msg("no frame: %s", frame);
	return rig_encode(rig, &parsed);
}

void rig_check_got(struct rig *rig, size_t index, const char *frame)
{
	char text[ANYCAN_TEXT_SIZE];

	if (index >= rig->n_frames)
		fail_msg("only %zu frames, no %s", rig->n_frames, frame);
	assert_true(anycan_frame_print(&rig->frames[index], text, sizeof(text)) > 0);
	assert_string_equal(text, frame);
}

void rig_check_ms(struct rig *rig, int64_t ms)
{
	rig_pass(rig, ms * ANYCAN_NS_PER_MS);
	if (rig->fault)
		fail_msg("%s", rig->fault);
}

size_t rig_check_hex(const char *hex, uint8_t *bytes, size_t room)
{
	size_t n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(n < room);
		assert_true(anycan_hex_bytes(hex, 1, &bytes[n++]));
		hex++;
	}
	return n;
}

void rig_check_feed(struct rig *rig, const char *hex)
{
	uint8_t bytes[4096];

	rig_feed(rig, bytes, rig_check_hex(hex, bytes, sizeof(bytes)));
	if (rig->fault)
		fail_msg("%s", rig->fault);
}

void rig_check_sent(struct rig *rig, const char *hex)
{
	uint8_t wanted[4096];
	char got_text[8193], wanted_text[8193];
	const uint8_t *got;
	size_t len = rig_take(rig, &got), n = rig_check_hex(hex, wanted, sizeof(wanted));

	assert_true(len <= sizeof(wanted));
	*anycan_hex_put_bytes(got_text, got, len) = '\0';
	*anycan_hex_put_bytes(wanted_text, wanted, n) = '\0';
	assert_string_equal(got_text, wanted_text);
}

void rig_check_both_ways(struct rig *rig, const char *frame, const char *hex)
{
	size_t before = rig->n_frames;
	uint64_t bad = rig->bad_units;

	assert_true(rig_check_send(rig, frame) >= 0);
	rig_check_sent(rig, hex);
	rig_check_feed(rig, hex);
	rig_check_got(rig, before, frame);
	assert_int_equal(rig->n_frames, before + 1);
	assert_int_equal(rig->bad_units, bad);
	assert_int_equal(rig->unread_len, 0);
}

void rig_check_refusals(const char *driver, const struct rig_refusal *rows)
{
	struct rig *rig;

	for (; rows->words; rows++) {
		rig = rig_check_new(driver, rows->words, NULL);
		if (!rig->fault)
			fail_msg("%s was not refused", rows->words);
		assert_string_equal(rig->fault, "init() refused");
		assert_string_equal(rig->reason, rows->reason);
		rig_free(rig);
	}
}
