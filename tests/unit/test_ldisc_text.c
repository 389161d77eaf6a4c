// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/ports/ldisc_text.c. That the kernel understands it is seen in the virtual machine
 * (tests/vm/guest/ldisc).
 */
#include "check.h"

#include <anycan/text.h>
#include <linux/can/error.h>
#include <ports/ldisc_text.h>
#include <string.h>

static void prints(const struct anycan_frame *frame, const char *wanted)
{
	char line[LDISC_LINE_ROOM];

	*ldisc_print_frame(line, frame) = 0;
	assert_string_equal(line, wanted);
}

static void test_frames(void **state)
{
	static const struct {
		const char *frame, *line;
	} rows[] = {
		{"123#", "t1230"},
		{"7FF#1122334455667788", "t7FF81122334455667788"},
		{"12ABCDEF#AA55", "T12ABCDEF2AA55"},
		{"001#R3", "r0013"},
		{"1FFFFFFF#R", "R1FFFFFFF0"},
		/* A length beyond 8 is that of 8 bytes. */
		{"123#1122334455667788_E", "t12381122334455667788"},
		/* No words for CAN FD. */
		{"123##01122", ""},
	};
	struct anycan_frame frame;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal(anycan_frame_parse(rows[i].frame, strlen(rows[i].frame), &frame),
				 0);
		prints(&frame, rows[i].line);
	}
}

static void test_errors(void **state)
{
	static const struct {
		uint32_t class;
		uint8_t data[4];
		const char *line;
		bool about_state;
	} rows[] = {
		{CAN_ERR_ACK, {0}, "e3aaa", false},
		{CAN_ERR_PROT, {0, 0, CAN_ERR_PROT_BIT0 | CAN_ERR_PROT_STUFF}, "e3bsb", false},
		{CAN_ERR_PROT, {0, 0, CAN_ERR_PROT_FORM, CAN_ERR_PROT_LOC_CRC_SEQ}, "e3cfc", false},
		{CAN_ERR_CRTL, {0, CAN_ERR_CRTL_TX_OVERFLOW}, "e3OOO", false},
		{CAN_ERR_ACK | CAN_ERR_PROT | CAN_ERR_CRTL,
		 {0, CAN_ERR_CRTL_RX_OVERFLOW | CAN_ERR_CRTL_TX_OVERFLOW,
		  CAN_ERR_PROT_BIT0 | CAN_ERR_PROT_BIT1 | CAN_ERR_PROT_FORM | CAN_ERR_PROT_STUFF,
		  CAN_ERR_PROT_LOC_CRC_DEL},
		 "e8abBcfoOs",
		 false},
		/* The netdev makes these by itself. */
		{CAN_ERR_CRTL, {0, CAN_ERR_CRTL_TX_WARNING}, "", true},
		{CAN_ERR_CRTL, {0, CAN_ERR_CRTL_ACTIVE}, "", true},
		{CAN_ERR_BUSOFF, {0}, "", true},
		{CAN_ERR_RESTARTED, {0}, "", true},
		/* And of these nobody hears. */
		{CAN_ERR_LOSTARB, {0}, "", false},
		{CAN_ERR_TRX, {0}, "", false},
		{CAN_ERR_PROT, {0, 0, 0, CAN_ERR_PROT_LOC_ID28_21}, "", false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct anycan_frame frame = {.can_id = CAN_ERR_FLAG | rows[i].class, .len = 8};

		memcpy(frame.data, rows[i].data, sizeof(rows[i].data));
		prints(&frame, rows[i].line);
		if (!rows[i].line[0])
			assert_int_equal(ldisc_is_about_state(&frame), rows[i].about_state);
	}
}

static void test_states(void **state)
{
	static const struct {
		enum can_state state;
		struct can_berr_counter berr;
		const char *line;
	} rows[] = {
		{CAN_STATE_ERROR_ACTIVE, {.txerr = 33, .rxerr = 57}, "sa057033"},
		{CAN_STATE_ERROR_WARNING, {.txerr = 96}, "sw000096"},
		{CAN_STATE_ERROR_PASSIVE, {.rxerr = 255, .txerr = 1}, "sp255001"},
		{CAN_STATE_BUS_OFF, {.rxerr = UINT16_MAX, .txerr = 256}, "sb256256"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char line[LDISC_LINE_ROOM];

		*ldisc_print_state(line, rows[i].state, rows[i].berr) = 0;
		assert_string_equal(line, rows[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
