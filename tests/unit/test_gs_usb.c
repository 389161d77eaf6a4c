// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/drivers/gs_usb*.c: bytes as the kernel's driver and python-can send them, states,
 * confirmations, refusals.
 */
#include "usb_test.h"

#include <anycan/bytes.h>
#include <errno.h>
#include <linux/can/error.h>
#include <stdio.h>
#include <string.h>

#define CANDLELIGHT(words)                                                                         \
	{                                                                                          \
		"gs_usb", words, &usb_peer_candlelight_device, usb_peer_candlelight                \
	}
#define FD(words)                                                                                  \
	{                                                                                          \
		"gs_usb", words, &usb_peer_fd_device, usb_peer_fd                                  \
	}
#define CANTACT(words)                                                                             \
	{                                                                                          \
		"gs_usb", words, &usb_peer_cantact_device, usb_peer_cantact                        \
	}

#define FD_WORDS "bitrate 500000 dbitrate 2000000 fd on"

/* Eight looks at the device's clock. */
#define TIME "control c1 6 0 0 4\n"
#define TIMES TIME TIME TIME TIME TIME TIME TIME TIME

static void receive(struct rig *rig, const char *hex)
{
	usb_feed(rig, BRIDGED_USB_LISTEN, 0, 0, hex);
}

static void test_opening_classic(void **state)
{
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000 sample-point 0.875");
	struct rig *rig = usb_open(&setup);

	(void)state;
	/* As the kernel's driver asks, and bit timing and mode as python-can sends them. */
	assert_string_equal(usb_requests((uint8_t *)rig->said, rig->said_len),
			    "control 41 0 1 0 EFBE0000\n"
			    "control c1 5 1 0 12\n"
			    "control 41 2 0 0 0000000000000000\n"
			    "control c1 4 0 0 40\n"
			    "listen 81 128 x 30\n"
			    "control 41 1 0 0 010000000C000000020000000100000006000000\n" TIMES
			    "control 41 2 0 0 0100000010000000\n");
	rig_stop(rig);
	usb_sent(rig, "control 41 2 0 0 0000000000000000\n");
	rig_free(rig);
}

static void test_opening_fd(void **state)
{
	const struct contract_setup setup =
		FD(FD_WORDS " berr-reporting on one-shot on listen-only on loopback on "
			    "triple-sampling on termination 120 identify on poll-status 0");
	struct rig *rig = usb_open(&setup);
	const char *said = usb_requests((uint8_t *)rig->said, rig->said_len);

	(void)state;
	said = strstr(said, "listen");
	assert_non_null(said);
	assert_string_equal(said, "listen 81 128 x 30\n"
				  "control 41 1 0 0 010000008A000000140000000A00000001000000\n"
				  "control 41 10 0 0 010000001C0000000A0000000500000001000000\n"
				  "control 41 12 0 0 01000000\n"
				  "control 41 7 0 0 01000000\n" TIMES
				  "control 41 2 0 0 010000001F110000\n");
	rig_free(rig);
}

/* Bit timing that the kernel has worked out, within the limits that the driver tells. */
static void test_limits(void **state)
{
	const struct can_bittiming done = {.bitrate = 250000,
					   .prop_seg = 29,
					   .phase_seg1 = 30,
					   .phase_seg2 = 20,
					   .sjw = 3,
					   .brp = 2};
	const struct can_bittiming fast = {.bitrate = 2000000,
					   .prop_seg = 7,
					   .phase_seg1 = 8,
					   .phase_seg2 = 4,
					   .sjw = 1,
					   .brp = 2};
	const struct contract_setup setup = FD(FD_WORDS " poll-status 0");
	struct rig *rig = usb_open(&setup);
	struct bridged_description desc;

	(void)state;
	rig->driver->describe(rig->state, &desc);
	assert_int_equal(desc.limits.clock_hz, 80000000);
	assert_int_equal(desc.limits.nominal->tseg1_max, 256);
	assert_int_equal(desc.limits.data->tseg1_max, 32);
	assert_int_equal(desc.limits.terminations[0], 120);
	assert_int_equal(desc.limits.terminations[1], 0);
	rig_stop(rig);
	usb_converse(rig);
	rig->settings[0].nominal = done;
	rig->settings[0].data = fast;
	rig->said_len = 0;
	rig_start(rig);
	usb_converse(rig);
	assert_string_equal(usb_requests((uint8_t *)rig->said, rig->said_len),
			    "control 41 1 0 0 1D0000001E000000140000000300000002000000\n"
			    "control 41 10 0 0 0700000008000000040000000100000002000000\n" TIMES
			    "control 41 2 0 0 0100000010010000\n");
	rig_free(rig);
}

/* The resistor, beside whatever else is going on. */
static void test_termination(void **state)
{
	const struct contract_setup setup = FD(FD_WORDS " poll-status 0");
	const struct contract_setup without = CANDLELIGHT("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	assert_null(strstr(usb_requests((uint8_t *)rig->said, rig->said_len), "control 41 12 "));
	usb_converse(rig);
	rig_terminate(rig, 120);
	assert_string_equal(usb_requests(rig->sent, rig->sent_len), "control 41 12 0 0 01000000\n");
	usb_feed(rig, BRIDGED_USB_CONTROL, usb_last_tag(rig), 0, "");
	assert_int_equal(rig->notes, 0);
	usb_converse(rig);
	rig_terminate(rig, 0);
	usb_feed(rig, BRIDGED_USB_CONTROL, usb_last_tag(rig), -EPIPE, "");
	assert_int_equal(rig->notes, 1);
	assert_string_equal(rig->reason, "the adapter refuses to switch its termination");
	usb_sent(rig, "control 41 12 0 0 00000000\n");
	rig_free(rig);

	rig = usb_open(&without);
	usb_converse(rig);
	rig_terminate(rig, 120);
	usb_sent(rig, "");
	rig_free(rig);
}

/* Bit rates and what python's gs_usb package sends for them, with its sample point. */
static const struct preset {
	uint32_t clock_hz, bitrate;
	const char *timing;
} presets[] = {
	{48000000, 10000, "010000000C00000002000000010000002C010000"},
	{48000000, 20000, "010000000C000000020000000100000096000000"},
	{48000000, 50000, "010000000C00000002000000010000003C000000"},
	{48000000, 83333, "010000000C000000020000000100000024000000"},
	{48000000, 100000, "010000000C00000002000000010000001E000000"},
	{48000000, 125000, "010000000C000000020000000100000018000000"},
	{48000000, 250000, "010000000C00000002000000010000000C000000"},
	{48000000, 500000, "010000000C000000020000000100000006000000"},
	{48000000, 800000, "010000000B000000020000000100000004000000"},
	{48000000, 1000000, "010000000C000000020000000100000003000000"},
};

static void test_presets(void **state)
{
	char words[80], wanted[120];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(presets); i++) {
		const struct contract_setup setup = CANDLELIGHT(words);
		struct rig *rig;

		snprintf(words, sizeof(words), "bitrate %u sample-point 0.875", presets[i].bitrate);
		snprintf(wanted, sizeof(wanted), "control 41 1 0 0 %s\n", presets[i].timing);
		rig = usb_open(&setup);
		if (!strstr(usb_requests((uint8_t *)rig->said, rig->said_len), wanted))
			fail_msg("%s: not as python-can sets it", words);
		rig_free(rig);
	}
}

/* CANtact Pro: one byte more at the end of a frame, another request for the data phase. */
static void test_cantact_pro(void **state)
{
	const struct contract_setup setup = CANTACT("bitrate 1000000 dbitrate 5000000 fd on");
	struct rig *rig = usb_open(&setup);
	const char *said = usb_requests((uint8_t *)rig->said, rig->said_len);

	(void)state;
	assert_non_null(strstr(said, "control 41 8 0 0 "));
	assert_null(strstr(said, "control 41 10 "));
	assert_non_null(strstr(said, "control 41 2 0 0 0100000000010000\n"));
	assert_non_null(strstr(said, "listen 81 512 x 30\n"));
	assert_int_equal(usb_send(rig, 0, "123#"), BRIDGED_TAKEN);
	assert_int_equal(rig->sent_len, sizeof(struct bridged_usb_record) + 77);
	rig_free(rig);
}

static void test_send(void **state)
{
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	assert_int_equal(usb_send(rig, 0, "123#112233"), BRIDGED_TAKEN);
	usb_sent(rig, "out 02 0000000023010000030000001122330000000000\n");
	assert_int_equal(usb_send(rig, 0, "12ABCDEF#R8"), BRIDGED_TAKEN);
	usb_sent(rig, "out 02 01000000EFCDABD2080000000000000000000000\n");
	assert_int_equal(usb_send(rig, 0, "123#1122334455667788_C"), BRIDGED_TAKEN);
	usb_sent(rig, "out 02 02000000230100000C0000001122334455667788\n");
	assert_int_equal(usb_send(rig, 0, "123##11122"), -EOPNOTSUPP);
	rig_free(rig);
}

static void test_send_fd(void **state)
{
	const struct contract_setup setup = FD(FD_WORDS);
	struct rig *rig = usb_open(&setup);
	const char *out;

	(void)state;
	assert_int_equal(usb_send(rig, 0, "123#"), BRIDGED_TAKEN);
	rig_take(rig, &(const uint8_t *){NULL});
	assert_int_equal(usb_send(rig, 0, "12ABCDEF##1000102030405060708090A0B"), BRIDGED_TAKEN);
	out = usb_requests(rig->sent, rig->sent_len);
	/* Also classic frames have the longer form on a channel that was opened for FD. */
	assert_int_equal(strlen(out), strlen("out 02 \n") + 2 * 76);
	assert_memory_equal(out, "out 02 01000000EFCDAB9209000600000102030405060708090A0B00", 57);
	rig_free(rig);
}

static void test_receive(void **state)
{
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	receive(rig, "FFFFFFFF2301000002000000AABB00000000000040420F00");
	usb_got(rig, 0, "123#AABB");
	/* Whole packets of the USB may be filled up; what is behind the frame means nothing. */
	receive(rig, "FFFFFFFFEFCDAB920800000001020304050607080000000099");
	usb_got(rig, 1, "12ABCDEF#0102030405060708");
	receive(rig, "FFFFFFFF2301004008000000FFFFFFFFFFFFFFFF");
	usb_got(rig, 2, "123#R8");
	receive(rig, "FFFFFFFF2301000009000000010203040506070800000000");
	usb_got(rig, 3, "123#0102030405060708_9");
	/* An end of transfer of its own, after whole packets, is nothing. */
	receive(rig, "");
	assert_int_equal(rig->bad_units, 0);
	rig_free(rig);
}

/* The adapter's clock decides about distances, also across its wrap after 71.6 minutes. */
static void test_time(void **state)
{
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	receive(rig, "FFFFFFFF230100000000000000000000000000000000FFFF");
	rig_pass(rig, 250 * ANYCAN_NS_PER_MS);
	/* 65,536 us later by its clock, 250 ms by ours. */
	receive(rig, "FFFFFFFF23010000000000000000000000000000"
		     "00000000");
	assert_int_equal(rig->frames[1].ts_ns - rig->frames[0].ts_ns, 65536 * ANYCAN_NS_PER_US);
	rig_free(rig);
}

static void test_garbage(void **state)
{
	static const char *const garbage[] = {
		"FF",
		"FFFFFFFF23010000020000AABB000000000000",		    /* a byte short */
		"FFFFFFFF2301000010000000000000000000000000000000",	    /* DLC 16 */
		"FFFFFFFF2301000000010000000000000000000000000000",	    /* channel 1 of 1 */
		"FFFFFFFF2301000009000200000000000000000000000000",	    /* FD, cut off */
		"0B000000230100000000000000000000000000000000000000000000", /* no such echo */
	};
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(garbage); i++) {
		receive(rig, garbage[i]);
		assert_int_equal(rig->bad_units, i + 1);
	}
	usb_feed(rig, BRIDGED_USB_LISTEN, 0, -EOVERFLOW, "");
	assert_int_equal(rig->bad_units, TEST_COUNT(garbage) + 1);
	assert_int_equal(rig->n_frames, 0);
	receive(rig, "FFFFFFFF2301000002000000AABB00000000000040420F00");
	usb_got(rig, 0, "123#AABB");
	rig_free(rig);
}

static void test_confirmation(void **state)
{
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000 tx-window 2");
	struct rig *rig = usb_open(&setup);

	(void)state;
	assert_int_equal(usb_send(rig, 0, "001#"), BRIDGED_TAKEN);
	assert_int_equal(usb_send(rig, 0, "002#"), BRIDGED_TAKEN);
	assert_int_equal(usb_send(rig, 0, "003#"), -EAGAIN);
	receive(rig, "010000000200000000000000000000000000000000000000");
	assert_int_equal(rig->echo[0], 1);
	assert_int_equal(rig->echo[1], 2);
	/* The same one twice is once too often. */
	receive(rig, "010000000200000000000000000000000000000000000000");
	assert_int_equal(rig->bad_units, 1);
	rig->sent_len = 0;
	assert_int_equal(usb_send(rig, 0, "003#"), BRIDGED_TAKEN);
	/* A frame that could not be written will not be sent. */
	usb_feed(rig, BRIDGED_USB_OUT, usb_last_tag(rig), -EPIPE, "");
	assert_int_equal(rig->echo[2], 3);
	assert_int_equal(usb_send(rig, 0, "004#"), BRIDGED_TAKEN);
	rig_stop(rig);
	assert_int_equal(rig->echo[0], 3);
	assert_int_equal(rig->echo[3], 3);
	/* Echoes of what was stopped are nothing. */
	receive(rig, "000000000100000000000000000000000000000000000000");
	assert_int_equal(rig->bad_units, 1);
	assert_string_equal(rig->fault ? rig->fault : "", "");
	rig_free(rig);
}

/* Error frames as candleLight sends them: class, data[1] why, data[6] and [7] the counters. */
static void test_states(void **state)
{
	static const struct {
		const char *frame;
		enum can_state state;
	} steps[] = {
		{"FFFFFFFF040000200800000000080000000060000000000000", CAN_STATE_ERROR_WARNING},
		{"FFFFFFFF040000200800000000200000000080000000000000", CAN_STATE_ERROR_PASSIVE},
		{"FFFFFFFF400000200800000000000000000000000000000000", CAN_STATE_BUS_OFF},
		{"FFFFFFFF000100200800000000000000000000000000000000", CAN_STATE_ERROR_ACTIVE},
	};
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(steps); i++) {
		receive(rig, steps[i].frame);
		assert_int_equal(rig->states, i + 1);
		assert_int_equal(rig->state_told, steps[i].state);
		assert_int_equal(rig->n_frames, i + 1);
	}
	/* The same again is no news, but a frame. */
	receive(rig, steps[3].frame);
	assert_int_equal(rig->states, TEST_COUNT(steps));
	assert_int_equal(rig->n_frames, TEST_COUNT(steps) + 1);
	rig_free(rig);
}

static void test_overflow(void **state)
{
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000");
	struct rig *rig = usb_open(&setup);

	(void)state;
	rig->max_frames = 1;
	receive(rig, "FFFFFFFF2301000002000100AABB00000000000040420F00");
	usb_got(rig, 0, "123#AABB");
	assert_int_equal(rig->overruns, 1);
	rig_tick(rig);
	assert_int_equal(rig->n_frames, 2);
	assert_int_equal(rig->frames[1].can_id, CAN_ERR_FLAG | CAN_ERR_CRTL);
	assert_int_equal(rig->frames[1].data[1], CAN_ERR_CRTL_RX_OVERFLOW);
	rig_free(rig);
}

static void test_restart(void **state)
{
	const struct contract_setup setup = CANDLELIGHT("bitrate 500000 restart-ms 100");
	struct rig *rig = usb_open(&setup);

	(void)state;
	assert_int_equal(usb_send(rig, 0, "001#"), BRIDGED_TAKEN);
	receive(rig, "FFFFFFFF400000200800000000000000000000000000000000");
	rig->sent_len = 0;
	rig_pass(rig, 99 * ANYCAN_NS_PER_MS);
	usb_sent(rig, "");
	rig_pass(rig, 2 * ANYCAN_NS_PER_MS);
	assert_non_null(strstr(usb_requests(rig->sent, rig->sent_len),
			       "control 41 2 0 0 0000000000000000\ncontrol 41 1 "));
	/* What was in the controller is gone, and nothing goes there until it is back. */
	assert_int_equal(rig->echo[0], 3);
	assert_int_equal(usb_send(rig, 0, "002#"), -EAGAIN);
	usb_converse(rig);
	assert_int_equal(rig->frames[rig->n_frames - 1].can_id, CAN_ERR_FLAG | CAN_ERR_RESTARTED);
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_ACTIVE);
	assert_int_equal(usb_send(rig, 0, "002#"), BRIDGED_TAKEN);
	rig_free(rig);
}

/* A device that says nothing of frames that were lost does not stop the others for ever. */
static void test_lost_frames(void **state)
{
	const struct contract_setup one_shot =
		FD(FD_WORDS " one-shot on tx-window 2 poll-status 0");
	const struct contract_setup normal = CANDLELIGHT("bitrate 500000 poll-status 0");
	struct rig *rig = usb_open(&one_shot);

	(void)state;
	assert_int_equal(usb_send(rig, 0, "001#"), BRIDGED_TAKEN);
	rig_pass(rig, 500 * ANYCAN_NS_PER_MS);
	assert_int_equal(usb_send(rig, 0, "002#"), BRIDGED_TAKEN);
	/* CANnectivity's echo: echo id, channel and nothing else. */
	receive(rig, "010000000000000000000000");
	assert_int_equal(rig->echo[1], 2);
	rig_pass(rig, 499 * ANYCAN_NS_PER_MS);
	assert_int_equal(rig->echo[0], 1);
	rig_pass(rig, 2 * ANYCAN_NS_PER_MS);
	assert_int_equal(rig->echo[0], 3);
	assert_int_equal(usb_send(rig, 0, "003#"), BRIDGED_TAKEN);
	rig_free(rig);

	/* Otherwise a frame has all the time that the bus needs, until there was a bus-off. */
	rig = usb_open(&normal);
	assert_int_equal(usb_send(rig, 0, "001#"), BRIDGED_TAKEN);
	rig_pass(rig, 60 * ANYCAN_NS_PER_S);
	assert_int_equal(rig->echo[0], 1);
	receive(rig, "FFFFFFFF400000200800000000000000000000000000000000");
	rig_pass(rig, 60 * ANYCAN_NS_PER_S);
	assert_int_equal(rig->echo[0], 1);
	receive(rig, "FFFFFFFF000100200800000000000000000000000000000000");
	rig_pass(rig, 999 * ANYCAN_NS_PER_MS);
	assert_int_equal(rig->echo[0], 1);
	rig_pass(rig, 2 * ANYCAN_NS_PER_MS);
	assert_int_equal(rig->echo[0], 3);
	rig_free(rig);
}

/* GET_STATE, once in a while: counters without an error frame. */
static void test_poll(void **state)
{
	const struct contract_setup setup = FD(FD_WORDS " poll-status 100");
	struct rig *rig = usb_open(&setup);

	(void)state;
	usb_converse(rig);
	rig_pass(rig, 100 * ANYCAN_NS_PER_MS);
	assert_string_equal(usb_requests(rig->sent, rig->sent_len), "control c1 14 0 0 12\n");
	usb_feed(rig, BRIDGED_USB_CONTROL, usb_last_tag(rig), 0, "020000000700000081000000");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_PASSIVE);
	assert_int_equal(rig->states, 1);
	rig_free(rig);
}

static void test_refusals(void **state)
{
	static const struct {
		struct contract_setup setup;
		const char *reason;
	} refused[] = {
		{CANDLELIGHT("bitrate 500000 fd on dbitrate 2000000"),
		 "fd on: candleLight USB to CAN adapter cannot do that; leave it out"},
		{CANDLELIGHT("bitrate 500000 fd on"),
		 "fd on needs the bit rate of the data phase; give it with `dbitrate`"},
		{CANDLELIGHT("bitrate 500000 dbitrate 2000000"),
		 "dbitrate is for CAN FD only; add `fd on` or leave it out"},
		{CANDLELIGHT("bitrate 500000 berr-reporting on"),
		 "berr-reporting on: candleLight USB to CAN adapter cannot do that; leave it out"},
		{CANDLELIGHT("bitrate 500000 termination 120"),
		 "termination 120: candleLight USB to CAN adapter has none that can be switched; "
		 "leave it out"},
		{CANDLELIGHT("bitrate 500000 termination 60"),
		 "termination: gs_usb adapters have 120 ohms or none (0)"},
		{CANDLELIGHT("bitrate 20000000"),
		 "bitrate 20000000: candleLight USB to CAN adapter cannot reach that with its "
		 "clock; choose another rate, sample-point or sjw"},
		{CANDLELIGHT("bitrate 500000 presume-ack on"),
		 "presume-ack on: no gs_usb adapter can do that; leave it out"},
		{CANDLELIGHT(""),
		 "the bit rate is missing; give it with `bitrate`, for example 500000"},
		{{"gs_usb", "bitrate 500000", &usb_peer_canalystii_device, usb_peer_silent},
		 "the device does not answer as a gs_usb adapter does: is it one, with a firmware "
		 "that works?"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(refused); i++)
		assert_string_equal(usb_refusal(&refused[i].setup), refused[i].reason);
}

/* Whatever of the opening the adapter refuses: the reason is said, and it can be tried again. */
static void test_refused_requests(void **state)
{
	static const struct {
		uint8_t request;
		const char *reason;
	} refused[] = {
		{1, "the adapter refuses this bit timing; choose another bitrate"},
		{10, "the adapter refuses this data bit timing; choose another dbitrate"},
		{12, "the adapter refuses to switch its termination; leave that out"},
		{2, "the adapter refuses to go on the bus; plug it in again"},
	};
	const struct contract_setup setup = FD(FD_WORDS " termination 120 poll-status 0");
	struct rig *rig = usb_open(&setup);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(refused); i++) {
		struct bridged_usb_record request;
		const uint8_t *sent;

		rig_stop(rig);
		usb_converse(rig);
		rig_start(rig);
		for (;;) {
			assert_true(rig_take(rig, &sent) >= sizeof(request));
			memcpy(&request, sent, sizeof(request));
			if (request.request == refused[i].request)
				break;
			usb_feed(rig, BRIDGED_USB_CONTROL, request.tag, 0, "");
		}
		usb_feed(rig, BRIDGED_USB_CONTROL, request.tag, -EPIPE, "");
		assert_int_equal(rig->refused, i + 1);
		assert_string_equal(rig->reason, refused[i].reason);
	}
	rig_stop(rig);
	usb_converse(rig);
	rig_start(rig);
	usb_converse(rig);
	assert_int_equal(rig->opened, 2);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening_classic),
		cmocka_unit_test(test_opening_fd),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_termination),
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_cantact_pro),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_send_fd),
		cmocka_unit_test(test_receive),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_confirmation),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_lost_frames),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refused_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
