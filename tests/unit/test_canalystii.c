// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/drivers/canalystii*.c: bytes as python-canalystii sends them, polling, the order of two
 * channels, confirmations, refusals.
 */
#include "usb_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SETUP(words)                                                                               \
	{                                                                                          \
		"canalystii", words, &usb_peer_canalystii_device, usb_peer_canalystii              \
	}

/* A message without data: identifier and time, little endian. */
#define MESSAGE(id, stamp) id stamp "01000000000000000000000000"

/* 64 bytes: some, then zeros. */
static const char *padded(const char *hex)
{
	static char text[129];

	snprintf(text, sizeof(text), "%s%0*d", hex, (int)(128 - strlen(hex)), 0);
	return text;
}

/* Whether exactly this request was sent; the rest of its 64 bytes is 0. */
static void sent_padded(struct rig *rig, const char *endpoint, const char *hex)
{
	char wanted[160];

	snprintf(wanted, sizeof(wanted), "out %s %s\n", endpoint, padded(hex));
	usb_sent(rig, wanted);
}

/* The tag of the request that reads @endpoint, of those not yet looked at. */
static uint32_t tag_of_read(struct rig *rig, uint8_t endpoint, uint16_t wanted)
{
	struct bridged_usb_record request;
	const uint8_t *sent, *data;
	size_t len = rig_take(rig, &sent), done = 0;
	int used;

	while ((used = bridged_usb_answer(sent + done, len - done, &request, &data)) > 0) {
		if (request.type == BRIDGED_USB_IN && request.endpoint == endpoint) {
			assert_int_equal(request.wanted, wanted);
			return request.tag;
		}
		done += (size_t)used;
	}
	fail_msg("nobody reads endpoint %02x", endpoint);
	return 0;
}

static void open_second(struct rig *rig)
{
	struct bridged_io io;
	uint8_t out[2048];
	struct bridged_usb_record request;
	const uint8_t *data;
	int used;

	io = rig->io;
	io.n_frames = io.n_events = 0;
	io.out = out;
	io.out_len = 0;
	io.out_max = sizeof(out);
	rig->driver->start(rig->state, 1, &rig->settings[1], &io);
	used = bridged_usb_answer(out, io.out_len, &request, &data);
	assert_int_equal(request.endpoint, 0x04);
	used += bridged_usb_answer(out + used, io.out_len - (size_t)used, &request, &data);
	assert_int_equal(used, io.out_len);
	usb_feed(rig, BRIDGED_USB_OUT, request.tag, 0, "");
	assert_int_equal(rig->opened, 2);
}

/* Let time pass until the next poll, and answer it: so many messages wait here, so many there. */
static void poll_and_answer(struct rig *rig, const char *status)
{
	rig->sent_len = 0;
	rig_pass(rig, 10 * ANYCAN_NS_PER_MS);
	usb_feed(rig, BRIDGED_USB_IN, tag_of_read(rig, 0x82, 64), 0, padded(status));
}

static void test_opening(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000");
	struct rig *rig = usb_open(&setup);
	const char *said = usb_requests((uint8_t *)rig->said, rig->said_len);
	char wanted[400];
	int n;

	(void)state;
	n = snprintf(wanted, sizeof(wanted), "out 02 %s\n",
		     padded("0100000001000000FFFFFFFF000000000100000000000000000000001C000000000000"
			    "0001"));
	snprintf(wanted + n, sizeof(wanted) - (size_t)n, "out 02 %s\n", padded("02"));
	assert_memory_equal(said, wanted, strlen(wanted));
	rig->sent_len = 0;
	rig_stop(rig);
	sent_padded(rig, "02", "03");
	rig_free(rig);
}

static void test_rates(void **state)
{
	static const struct {
		const char *words, *registers;
	} rows[] = {
		{"bitrate 5000", "BF000000FF"},
		{"bitrate 10000", "310000001C"},
		{"bitrate 20000", "180000001C"},
		{"bitrate 33330", "090000006F"},
		{"bitrate 40000", "87000000FF"},
		{"bitrate 50000", "090000001C"},
		{"bitrate 66660", "040000006F"},
		{"bitrate 80000", "83000000FF"},
		{"bitrate 83330", "030000006F"},
		{"bitrate 100000", "040000001C"},
		{"bitrate 125000", "030000001C"},
		{"bitrate 200000", "81000000FA"},
		{"bitrate 250000", "010000001C"},
		{"bitrate 400000", "80000000FA"},
		{"bitrate 500000", "000000001C"},
		{"bitrate 666000", "80000000B6"},
		{"bitrate 800000", "0000000016"},
		{"bitrate 1000000", "0000000014"},
		{"btr 031C", "030000001C"},
		/* 8 MHz / (4 * 16) with a sample point of 75 %, three samples */
		{"bitrate 125000 sample-point 0.75 triple-sampling on", "43000000BA"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const struct contract_setup setup = SETUP(rows[i].words);
		struct rig *rig = usb_open(&setup);
		const char *said = usb_requests((uint8_t *)rig->said, rig->said_len);

		/* BTR0 stands at byte 24, BTR1 at byte 28. */
		if (memcmp(said + strlen("out 02 ") + 48, rows[i].registers, 10))
			fail_msg("%s: sent %.58s", rows[i].words, said + strlen("out 02 "));
		rig_free(rig);
	}
}

/* Bit timing that the kernel has worked out goes into the registers as it is. */
static void test_limits(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000");
	struct rig *rig = usb_open(&setup);
	struct bridged_description desc;
	const uint8_t *sent;
	size_t len;

	(void)state;
	rig->driver->describe(rig->state, &desc);
	assert_int_equal(desc.limits.clock_hz, 8000000);
	assert_int_equal(desc.limits.nominal->tseg1_max, 16);
	assert_null(desc.limits.terminations);
	rig_stop(rig);
	usb_converse(rig);
	rig->settings[0].nominal = (struct can_bittiming){.bitrate = 500000,
							  .sample_point = 687,
							  .prop_seg = 5,
							  .phase_seg1 = 5,
							  .phase_seg2 = 5,
							  .sjw = 2,
							  .brp = 1};
	rig_start(rig);
	len = rig_take(rig, &sent);
	assert_memory_equal(usb_requests(sent, len) + strlen("out 02 ") + 48, "4000000049", 10);
	rig_free(rig);
}

static void test_send(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	rig->sent_len = 0;
	assert_int_equal(usb_send(rig, 0, "123#112233"), BRIDGED_TAKEN);
	sent_padded(rig, "01", "0123010000000000000100000003112233");
	assert_int_equal(usb_send(rig, 0, "12ABCDEF#R8"), BRIDGED_TAKEN);
	sent_padded(rig, "01", "01EFCDAB1200000000010001010800");
	assert_int_equal(usb_send(rig, 0, "123##11122"), -EOPNOTSUPP);
	rig_free(rig);
}

/* Frames that are offered together share a buffer, three to each. */
static void test_send_together(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000 one-shot on");
	struct rig *rig = usb_open(&setup);
	struct anycan_frame frame = {.can_id = 0x7ff};
	struct bridged_io io = rig->io;
	uint8_t out[1024];

	(void)state;
	io.out = out;
	io.out_len = io.n_events = 0;
	io.out_max = sizeof(out);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(rig->driver->encode(rig->state, &frame, i, &io), BRIDGED_TAKEN);
	assert_int_equal(io.out_len, 2 * (sizeof(struct bridged_usb_record) + 64));
	assert_int_equal(out[sizeof(struct bridged_usb_record)], 3);
	/* send type 1: once, whatever becomes of it */
	assert_int_equal(out[sizeof(struct bridged_usb_record) + 1 + 9], 1);
	assert_int_equal(out[2 * sizeof(struct bridged_usb_record) + 64], 1);
	rig_free(rig);
}

static void test_receive(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000");
	struct rig *rig = usb_open(&setup);
	uint32_t tag;
	char text[257];

	(void)state;
	poll_and_answer(rig, "0A00000001");
	tag = tag_of_read(rig, 0x81, 128);
	usb_feed(rig, BRIDGED_USB_IN, tag, 0,
		 padded("01FF0700003930000001000000"
			"02AABB"));
	usb_got(rig, 0, "7FF#AABB");
	/* It came one buffer late, the first one is empty; a remote frame's data is nothing. */
	poll_and_answer(rig, "0A00000004");
	tag = tag_of_read(rig, 0x81, 192);
	snprintf(text, sizeof(text), "%s", padded("00"));
	snprintf(text + 128, sizeof(text) - 128, "%s",
		 padded("02EFCDAB124930000001000101"
			"08FFFFFFFFFFFFFFFF2301000059300000010000"
			"0000"));
	usb_feed(rig, BRIDGED_USB_IN, tag, -ETIMEDOUT, text);
	usb_got(rig, 1, "12ABCDEF#R8");
	usb_got(rig, 2, "123#");
	/* 16 units of 100 us later */
	assert_int_equal(rig->frames[2].ts_ns - rig->frames[1].ts_ns, 16 * 100000);
	assert_int_equal(rig->bad_units, 0);
	rig_free(rig);
}

/* What two channels received between two polls is passed on by time, also across a wrap. */
static void test_order(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000");
	struct rig *rig = usb_open(&setup);
	uint32_t tags[2];
	const uint8_t *sent;

	(void)state;
	open_second(rig);
	usb_converse(rig);
	rig_pass(rig, 10 * ANYCAN_NS_PER_MS);
	{
		struct rig copy = *rig;

		tags[0] = tag_of_read(&copy, 0x82, 64);
		tags[1] = tag_of_read(rig, 0x84, 64);
	}
	usb_feed(rig, BRIDGED_USB_IN, tags[0], 0, padded("0A00000002"));
	tags[0] = tag_of_read(rig, 0x81, 128);
	usb_feed(rig, BRIDGED_USB_IN, tags[0], 0,
		 padded("02" MESSAGE("00010000", "FEFFFFFF") MESSAGE("01010000", "02000000")));
	/* The other one may have earlier ones. */
	assert_int_equal(rig->n_frames, 0);
	usb_feed(rig, BRIDGED_USB_IN, tags[1], 0, padded("0A00000001"));
	tags[1] = tag_of_read(rig, 0x83, 128);
	usb_feed(rig, BRIDGED_USB_IN, tags[1], 0, padded("01" MESSAGE("00020000", "FFFFFFFF")));
	assert_int_equal(rig->n_frames, 3);
	usb_got(rig, 0, "100#");
	usb_got(rig, 1, "200#");
	usb_got(rig, 2, "101#");
	assert_int_equal(rig->frames[1].channel, 1);
	rig_take(rig, &sent);
	rig_free(rig);
}

/* What was in the adapter when it was asked, and is no longer, was sent. */
static void test_confirmation(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000");
	struct rig *rig = usb_open(&setup);
	uint32_t tags[3];

	(void)state;
	usb_converse(rig);
	for (int i = 0; i < 3; i++) {
		rig->sent_len = 0;
		assert_int_equal(usb_send(rig, 0, "123#"), BRIDGED_TAKEN);
		tags[i] = usb_last_tag(rig);
	}
	/* Only two of them have reached the adapter when it is asked. */
	usb_feed(rig, BRIDGED_USB_OUT, tags[0], 0, "");
	usb_feed(rig, BRIDGED_USB_OUT, tags[1], 0, "");
	poll_and_answer(rig, "0A000000000000000100");
	assert_int_equal(rig->echo[0], 2);
	assert_int_equal(rig->echo[1], 1);
	/* The third could not be written. */
	usb_feed(rig, BRIDGED_USB_OUT, tags[2], -EPIPE, "");
	assert_int_equal(rig->echo[2], 3);
	poll_and_answer(rig, "0A000000000000000000");
	assert_int_equal(rig->echo[1], 2);
	rig_free(rig);
}

/* A quiet bus is asked ever less often, a busy one every millisecond. */
static void test_pace(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000 poll-interval 8ms");
	struct rig *rig = usb_open(&setup);
	unsigned int polls = 0;

	(void)state;
	for (int ms = 0; ms < 40; ms++) {
		usb_converse(rig);
		rig_pass(rig, ANYCAN_NS_PER_MS);
	}
	for (int ms = 0; ms < 80; ms++) {
		usb_converse(rig);
		rig_pass(rig, ANYCAN_NS_PER_MS);
		polls += rig->sent_len > 0;
	}
	assert_in_range(polls, 9, 11);
	rig_free(rig);
}

static void test_no_answer(void **state)
{
	const struct contract_setup setup = SETUP("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	usb_converse(rig);
	rig->bad_units = 0;
	for (unsigned int i = 1; i <= 12; i++) {
		rig_pass(rig, 10 * ANYCAN_NS_PER_MS);
		usb_feed(rig, BRIDGED_USB_IN, tag_of_read(rig, 0x82, 64), -ETIMEDOUT, "");
		assert_int_equal(rig->bad_units, i);
		assert_int_equal(rig->notes, i >= 10);
	}
	assert_string_equal(rig->reason,
			    "the adapter does not answer; if that lasts, plug it in again");
	rig_free(rig);
}

static void test_refusals(void **state)
{
	static const struct {
		struct contract_setup setup;
		const char *reason;
	} refused[] = {
		{SETUP("bitrate 500000 listen-only on"),
		 "listen-only on: how a CANalyst-II is told that is not known; leave it out"},
		{SETUP("bitrate 500000 fd on dbitrate 2000000"),
		 "fd on, dbitrate: the CANalyst-II has classic CAN only; leave them out"},
		{SETUP("bitrate 500000 termination 120"),
		 "termination: the CANalyst-II has jumpers for that; leave it out"},
		{SETUP("bitrate 500000 restart-ms 100"),
		 "restart-ms: the CANalyst-II does not say when it is off the bus; leave it out"},
		{SETUP("bitrate 500000 btr 001C"),
		 "btr and bitrate are both given; leave out one of them"},
		{SETUP("btr 1C"),
		 "btr must be the registers BTR0 and BTR1 as 4 hex digits, as in 001C"},
		{SETUP("bitrate 3000000"),
		 "bitrate 3000000: the CANalyst-II cannot reach that with its clock of 8000000 Hz; "
		 "choose another rate, sample-point or sjw"},
		{SETUP(""), "the bit rate is missing; give it with `bitrate`, for example 500000"},
		{{"canalystii", "bitrate 500000", &usb_peer_candlelight_device, usb_peer_silent},
		 "the device does not have the endpoints of a CANalyst-II: is it one?"},
		{{"canalystii", "bitrate 500000", &usb_peer_canalystii_device, usb_peer_silent},
		 "the adapter does not take commands; plug it in again"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(refused); i++)
		assert_string_equal(usb_refusal(&refused[i].setup), refused[i].reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening),	      cmocka_unit_test(test_rates),
		cmocka_unit_test(test_limits),	      cmocka_unit_test(test_send),
		cmocka_unit_test(test_send_together), cmocka_unit_test(test_receive),
		cmocka_unit_test(test_order),	      cmocka_unit_test(test_confirmation),
		cmocka_unit_test(test_pace),	      cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
