// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/error_frame.c: what error frames mean. That the words are candump's is seen in tests/vm.
 */
#include "check.h"
#include "random.h"

#include <anycan/error_frame.h>
#include <string.h>

struct row {
	canid_t class;
	uint8_t data[8];
	const char *words;
	enum anycan_trouble trouble;
	int state; /* -1: none */
};

static const struct row rows[] = {
	{0x004, {0, 1}, "controller-problem{rx-overflow}", ANYCAN_TROUBLE_OVERFLOW, -1},
	{0x004,
	 {0, 8},
	 "controller-problem{tx-error-warning}",
	 ANYCAN_TROUBLE_WARNING,
	 CAN_STATE_ERROR_WARNING},
	{0x204,
	 {0, 0x30, 0, 0, 0, 0, 128, 130},
	 "controller-problem{rx-error-passive,tx-error-passive},error-counter-tx-rx{{128}{130}}",
	 ANYCAN_TROUBLE_PASSIVE,
	 CAN_STATE_ERROR_PASSIVE},
	{0x004,
	 {0, 0x40},
	 "controller-problem{back-to-error-active}",
	 ANYCAN_TROUBLE_RECOVERED,
	 CAN_STATE_ERROR_ACTIVE},
	{0x040, {0}, "bus-off", ANYCAN_TROUBLE_BUS_OFF, CAN_STATE_BUS_OFF},
	{0x100, {0}, "restarted-after-bus-off", ANYCAN_TROUBLE_RESTARTED, CAN_STATE_ERROR_ACTIVE},
	{0x020, {0}, "no-acknowledgement-on-tx", ANYCAN_TROUBLE_NO_ACK, -1},
	{0x088,
	 {0, 0, 0x80, 0x19},
	 "protocol-violation{{error-on-tx}{acknowledge-slot}},bus-error",
	 ANYCAN_TROUBLE_NO_ACK,
	 -1},
	{0x008,
	 {0, 0, 4, 0x0a},
	 "protocol-violation{{bit-stuffing-error}{data-field}}",
	 ANYCAN_TROUBLE_PROTOCOL,
	 -1},
	{0x002, {17}, "lost-arbitration{at bit 17}", ANYCAN_TROUBLE_LOST_ARBITRATION, -1},
	{0x010,
	 {0, 0, 0, 0, 0x74},
	 "transceiver-status{canh-no-wire,canl-short-to-gnd}",
	 ANYCAN_TROUBLE_TRANSCEIVER,
	 -1},
	{0x001, {0}, "tx-timeout", ANYCAN_TROUBLE_TX_TIMEOUT, -1},
	{0x000, {0, 0, 0, 0, 0, 0, 3, 0}, "error-counter-tx-rx{{3}{0}}", ANYCAN_TROUBLE_NONE, -1},
	{0x000, {0}, "", ANYCAN_TROUBLE_NONE, -1},
};

static void test_rows(void **state)
{
	struct anycan_error_report report;
	char text[ANYCAN_ERROR_FRAME_SIZE];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct anycan_frame frame = {.can_id = CAN_ERR_FLAG | rows[i].class, .len = 8};

		memcpy(frame.data, rows[i].data, 8);
		assert_int_equal(anycan_error_frame_print(&frame, ",", text, sizeof(text)),
				 strlen(rows[i].words));
		assert_string_equal(text, rows[i].words);
		anycan_error_frame_report(&frame, &report);
		assert_int_equal(report.trouble, rows[i].trouble);
		assert_int_equal(report.has_state, rows[i].state >= 0);
		if (report.has_state)
			assert_int_equal(report.state, rows[i].state);
		assert_non_null(report.advice);
	}
}

static void test_no_error_frame(void **state)
{
	const struct anycan_frame frame = {.can_id = 0x40, .len = 8};
	struct anycan_error_report report;
	char text[8] = "x";

	(void)state;
	assert_int_equal(anycan_error_frame_print(&frame, ",", text, sizeof(text)), 0);
	assert_string_equal(text, "");
	anycan_error_frame_report(&frame, &report);
	assert_int_equal(report.trouble, ANYCAN_TROUBLE_NONE);
	assert_false(report.has_state || report.has_counters);
}

/* Whatever stands in it, and however short it is: nothing behind its length counts. */
static void test_any(void **state)
{
	struct test_random random = {9};
	struct anycan_error_report report;
	char text[ANYCAN_ERROR_FRAME_SIZE], little[9];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct anycan_frame frame = {0};
		int len;

		frame.can_id = CAN_ERR_FLAG | test_random_below(&random, CAN_ERR_MASK + 1);
		frame.len = (uint16_t)test_random_below(&random, 9);
		test_random_data(&random, frame.data, 8);
		memset(frame.data + frame.len, 0, sizeof(frame.data) - frame.len);
		len = anycan_error_frame_print(&frame, "\n\t", text, sizeof(text));
		assert_in_range(len, 0, sizeof(text) - 1);
		assert_int_equal(strlen(text), len);
		assert_int_equal(anycan_error_frame_print(&frame, "\n\t", little, sizeof(little)),
				 len);
		assert_memory_equal(little, text, len < 8 ? len : 8);
		anycan_error_frame_report(&frame, &report);
		assert_string_not_equal(anycan_trouble_name(report.trouble), "unknown");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_error_frame),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
