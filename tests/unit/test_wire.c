/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/wire.c: frame lengths. Three witnesses: frames measured on real buses with a logic
 * analyser, the tables of frame rates at full bus load, and a second implementation that writes
 * every bit of the frame down.
 */
#include "check.h"
#include "random.h"
#include <anycan/text.h>
#include <anycan/wire.h>
#include <stdlib.h>
#include <string.h>

/*
 * Bits from the edge of SOF to the end of ACK in the captures of sigrok-dumps (can/), and the 11
 * bits that follow without an edge. The FD frames are from a PCAN-USB Pro FD, ISO mode, 1 and 2
 * Mbit/s; the others from an MCP2515 at 125 kbit/s and an NMEA 2000 bus. A data bit takes half as
 * long as a nominal one, so the time of a frame is given in halves of a nominal bit.
 */
static const struct {
	const char *text;
	unsigned int half_bits;
} measured[] = {
	{"110#0011", 2 * 67},
	{"550#AABBCCDDEEFF0A0B", 2 * 115},
	{"222#0011223344", 2 * 90},
	{"14611234#00010203", 2 * 107},
	{"11223344#00112233445566", 2 * 126},
	{"09F80100#AAB0C513A02D44C6", 2 * 136},
	{"19FA0400#012215970E1C0000", 2 * 141},
	{"1DFF1601#217C7CF963FFFFFF", 2 * 143},
	{"09F20101#601AFFFFFFFFFFFF", 2 * 145},
	{"042##00001020304050607", 2 * 136},
	{"042##0000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728"
	 "292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
	 2 * 605},
	{"042##10001020304050607", 2 * 83},
	{"042##1000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728"
	 "292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
	 635},
	{"00000042##00001020304050607", 2 * 158},
	{"00000042##0000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425"
	 "262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
	 2 * 627},
	{"00000042##10001020304050607", 2 * 105},
	{"00000042##1000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425"
	 "262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
	 679},
};

static void test_measured(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(measured); i++) {
		struct anycan_wire_bits bits;
		struct anycan_frame frame;
		const char *text = measured[i].text;

		assert_int_equal(anycan_frame_parse(text, strlen(text), &frame), 0);
		bits = anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT);
		if (2 * bits.nominal + bits.data != measured[i].half_bits)
			fail_msg("%s: %u + %u bits", text, bits.nominal, bits.data);
	}
}

/* A frame written out bit by bit, with the phase of every bit. */
struct bit_list {
	uint8_t bit[1000];
	bool data_phase[1000];
	unsigned int len;
};

static void put_bits(struct bit_list *list, uint32_t value, unsigned int count, bool data_phase)
{
	while (count--) {
		list->bit[list->len] = value >> count & 1;
		list->data_phase[list->len++] = data_phase;
	}
}

/* The polynomial division as the CAN 2.0 specification of 1991 gives it. */
static uint32_t crc15(const struct bit_list *list)
{
	uint32_t crc = 0;
	unsigned int i;

	for (i = 0; i < list->len; i++) {
		bool next = list->bit[i] ^ (crc >> 14 & 1);

		crc = crc << 1 & 0x7fff;
		if (next)
			crc ^= 0x4599;
	}
	return crc;
}

static void put_id(struct bit_list *list, const struct anycan_frame *frame)
{
	bool remote = frame->can_id & CAN_RTR_FLAG;

	put_bits(list, 0, 1, false); /* SOF */
	if (frame->can_id & CAN_EFF_FLAG) {
		put_bits(list, (frame->can_id & CAN_EFF_MASK) >> 18, 11, false);
		put_bits(list, 1, 1, false); /* SRR */
		put_bits(list, 1, 1, false); /* IDE */
		put_bits(list, frame->can_id & 0x3ffff, 18, false);
		put_bits(list, remote, 1, false); /* RTR, RRS */
	} else {
		put_bits(list, frame->can_id & CAN_SFF_MASK, 11, false);
		put_bits(list, remote, 1, false); /* RTR, RRS */
		put_bits(list, 0, 1, false);	  /* IDE */
	}
}

static void put_data(struct bit_list *list, const struct anycan_frame *frame, bool data_phase)
{
	unsigned int i;

	for (i = 0; i < anycan_frame_data_len(frame); i++)
		put_bits(list, frame->data[i], 8, data_phase);
}

static void put_classic(struct bit_list *list, const struct anycan_frame *frame)
{
	put_id(list, frame);
	put_bits(list, 0, frame->can_id & CAN_EFF_FLAG ? 2 : 1, false); /* r1, r0 */
	put_bits(list, frame->len8_dlc ? frame->len8_dlc : frame->len, 4, false);
	put_data(list, frame, false);
	put_bits(list, crc15(list), 15, false);
}

/* Return: bits behind the part with dynamic stuffing that are sent at the data bit rate. */
static unsigned int put_fd(struct bit_list *list, const struct anycan_frame *frame)
{
	bool brs = frame->flags & CANFD_BRS;

	put_id(list, frame);
	put_bits(list, 1, 1, false); /* FDF */
	put_bits(list, 0, 1, false); /* res */
	put_bits(list, brs, 1, false);
	put_bits(list, !!(frame->flags & CANFD_ESI), 1, brs);
	put_bits(list, anycan_len2dlc(frame->len), 4, brs);
	put_data(list, frame, brs);
	/*
	 * Stuff count and CRC with a fixed stuff bit before each group of four and before the rest,
	 * and the CRC delimiter.
	 */
	return frame->len <= 16 ? (4 + 17) + 6 + 1 : (4 + 21) + 7 + 1;
}

/* Stuff bits after each bit but, in FD frames, the last: there a fixed one stands. */
static void count_stuffed(const struct bit_list *list, bool fd, struct anycan_wire_bits *bits)
{
	unsigned int last = 2;
	unsigned int run = 0;
	unsigned int i;

	for (i = 0; i < list->len; i++) {
		uint32_t *phase = list->data_phase[i] ? &bits->data : &bits->nominal;

		run = list->bit[i] == last ? run + 1 : 1;
		last = list->bit[i];
		++*phase;
		if (run == 5 && !(fd && i + 1 == list->len)) {
			++*phase;
			last = !last;
			run = 1;
		}
	}
}

/* CRC delimiter, ACK, ACK delimiter, EOF, intermission. */
static struct anycan_wire_bits reference_bits(const struct anycan_frame *frame)
{
	bool fd = anycan_frame_is_fd(frame);
	struct anycan_wire_bits bits = {1 + 1 + 7 + 3, 0};
	struct bit_list list = {.len = 0};
	unsigned int fixed;

	if (fd) {
		fixed = put_fd(&list, frame);
	} else {
		put_classic(&list, frame);
		fixed = 1;
	}
	count_stuffed(&list, fd, &bits);
	if (fd && frame->flags & CANFD_BRS)
		bits.data += fixed;
	else
		bits.nominal += fixed;
	return bits;
}

/* The reference's own CRC against the catalogue's check value of CRC-15/CAN. */
static void test_reference_crc(void **state)
{
	struct bit_list list = {.len = 0};
	const char *digit;

	(void)state;
	for (digit = "123456789"; *digit; digit++)
		put_bits(&list, (uint8_t)*digit, 8, false);
	assert_int_equal(crc15(&list), 0x059e);
}

static void test_against_reference(void **state)
{
	struct test_random random = {5};
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		struct anycan_frame frame = test_random_frame(&random);
		struct anycan_wire_bits none = anycan_frame_bits(&frame, ANYCAN_STUFF_NONE);
		struct anycan_wire_bits exact = anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT);
		struct anycan_wire_bits worst = anycan_frame_bits(&frame, ANYCAN_STUFF_WORST);
		struct anycan_wire_bits reference;

		assert_true(none.nominal <= exact.nominal && none.data <= exact.data);
		assert_true(exact.nominal <= worst.nominal && exact.data <= worst.data);
		assert_true(frame.flags & CANFD_BRS || worst.data == 0);
		if (frame.can_id & CAN_ERR_FLAG)
			continue;
		reference = reference_bits(&frame);
		assert_int_equal(exact.nominal, reference.nominal);
		assert_int_equal(exact.data, reference.data);
	}
}

/* Five equal bits at the end of the data of an FD frame, six, and five before the last. */
static void test_fd_end_of_data(void **state)
{
	static const struct {
		const char *text;
		unsigned int stuffed;
	} ends[] = {{"555##2DF", 0}, {"555##2BF", 1}, {"555##2BE", 1}, {"555##2A0", 0}};
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(ends); i++) {
		struct anycan_frame frame;
		struct anycan_wire_bits none;
		struct anycan_wire_bits exact;

		assert_int_equal(anycan_frame_parse(ends[i].text, 8, &frame), 0);
		none = anycan_frame_bits(&frame, ANYCAN_STUFF_NONE);
		exact = anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT);
		assert_int_equal(exact.nominal - none.nominal, ends[i].stuffed);
	}
}

/* Bits without and with all stuff bits, with the intermission, for 0 to 8 bytes. */
static const struct {
	unsigned int std_none, std_worst, ext_none, ext_worst;
} classic[] = {
	{47, 55, 67, 80},    {55, 65, 75, 90},	   {63, 75, 83, 100},
	{71, 85, 91, 110},   {79, 95, 99, 120},	   {87, 105, 107, 130},
	{95, 115, 115, 140}, {103, 125, 123, 150}, {111, 135, 131, 160},
};

static void test_classic_table(void **state)
{
	unsigned int len;

	(void)state;
	for (len = 0; len <= 8; len++) {
		struct anycan_frame std = {.can_id = 0x123, .len = (uint16_t)len};
		struct anycan_frame ext = {.can_id = CAN_EFF_FLAG | 0x123, .len = (uint16_t)len};
		struct anycan_frame remote = {.can_id = CAN_RTR_FLAG, .len = (uint16_t)len};

		assert_int_equal(anycan_frame_bits(&std, ANYCAN_STUFF_NONE).nominal,
				 classic[len].std_none);
		assert_int_equal(anycan_frame_bits(&std, ANYCAN_STUFF_WORST).nominal,
				 classic[len].std_worst);
		assert_int_equal(anycan_frame_bits(&ext, ANYCAN_STUFF_NONE).nominal,
				 classic[len].ext_none);
		assert_int_equal(anycan_frame_bits(&ext, ANYCAN_STUFF_WORST).nominal,
				 classic[len].ext_worst);
		assert_int_equal(anycan_frame_bits(&remote, ANYCAN_STUFF_NONE).nominal, 47);
		assert_int_equal(anycan_frame_bits(&remote, ANYCAN_STUFF_WORST).nominal, 55);
	}
}

/* Frames a second at full load, 11 bit identifiers, BRS, without and with all stuff bits. */
static const struct {
	uint32_t bitrate, dbitrate;
	uint16_t len;
	unsigned int none, worst;
} fd_rates[] = {
	{500000, 2000000, 0, 13423, 12048},   {500000, 2000000, 8, 9390, 8130},
	{500000, 2000000, 16, 7220, 6135},    {500000, 2000000, 32, 4878, 4073},
	{500000, 2000000, 64, 3003, 2466},    {500000, 5000000, 0, 15480, 13736},
	{500000, 5000000, 8, 12920, 11261},   {500000, 5000000, 16, 11086, 9542},
	{500000, 5000000, 32, 8562, 7257},    {500000, 5000000, 64, 5952, 4955},
	{1000000, 5000000, 0, 28090, 25126},  {1000000, 5000000, 8, 20661, 17921},
	{1000000, 5000000, 16, 16340, 13928}, {1000000, 5000000, 32, 11390, 9542},
	{1000000, 5000000, 64, 7194, 5924},   {1000000, 8000000, 0, 30189, 26846},
	{1000000, 8000000, 8, 24316, 21164},  {1000000, 8000000, 16, 20356, 17467},
	{1000000, 8000000, 32, 15209, 12841}, {1000000, 8000000, 64, 10230, 8484},
};

static unsigned int frames_per_s(struct anycan_wire_bits bits, uint32_t bitrate, uint32_t dbitrate)
{
	uint64_t ns = anycan_wire_time_ns(bits, bitrate, dbitrate);

	return (unsigned int)((UINT64_C(1000000000) + ns / 2) / ns);
}

static void test_fd_rates(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(fd_rates); i++) {
		struct anycan_frame frame = {.len = fd_rates[i].len,
					     .flags = CANFD_FDF | CANFD_BRS};
		struct anycan_wire_bits none = anycan_frame_bits(&frame, ANYCAN_STUFF_NONE);
		struct anycan_wire_bits worst = anycan_frame_bits(&frame, ANYCAN_STUFF_WORST);
		uint32_t bitrate = fd_rates[i].bitrate;
		uint32_t dbitrate = fd_rates[i].dbitrate;

		assert_int_equal(frames_per_s(none, bitrate, dbitrate), fd_rates[i].none);
		assert_int_equal(frames_per_s(worst, bitrate, dbitrate), fd_rates[i].worst);
	}
}

/* Identifiers of 29 bits, with and without BRS; without, the runs cross its place. */
static void test_fd_extended(void **state)
{
	struct anycan_frame frame = {
		.can_id = CAN_EFF_FLAG,
		.len = 64,
		.flags = CANFD_FDF | CANFD_BRS,
	};
	struct anycan_wire_bits worst = anycan_frame_bits(&frame, ANYCAN_STUFF_WORST);

	(void)state;
	assert_int_equal(worst.nominal, 36 + 35 / 4 + 12);
	assert_int_equal(worst.data, 517 + 517 / 4 + 32 + 1);
	frame.flags = CANFD_FDF;
	worst = anycan_frame_bits(&frame, ANYCAN_STUFF_WORST);
	assert_int_equal(worst.nominal, 36 + 517 + 552 / 4 + 32 + 1 + 12);
	assert_int_equal(worst.data, 0);
}

/* Frames may be built unchecked: a length that fits nowhere is not followed. */
static void test_impossible_length(void **state)
{
	struct anycan_frame frame = {.len = UINT16_MAX};
	struct anycan_frame longest = {.len = 8};
	int stuffing;

	(void)state;
	for (stuffing = ANYCAN_STUFF_NONE; stuffing <= ANYCAN_STUFF_WORST; stuffing++) {
		struct anycan_wire_bits bits = anycan_frame_bits(&frame, stuffing);

		assert_in_range(bits.nominal, anycan_frame_bits(&longest, stuffing).nominal - 16,
				anycan_frame_bits(&longest, stuffing).nominal + 16);
	}
	frame.flags = longest.flags = CANFD_FDF;
	longest.len = 64;
	for (stuffing = ANYCAN_STUFF_NONE; stuffing <= ANYCAN_STUFF_WORST; stuffing++)
		assert_int_equal(anycan_frame_bits(&frame, stuffing).nominal,
				 anycan_frame_bits(&longest, stuffing).nominal);
}

static void test_time(void **state)
{
	(void)state;
	assert_int_equal(anycan_wire_time_ns((struct anycan_wire_bits){47, 0}, 1000000, 0), 47000);
	assert_int_equal(anycan_wire_time_ns((struct anycan_wire_bits){1, 0}, 300000, 0), 3334);
	assert_int_equal(anycan_wire_time_ns((struct anycan_wire_bits){30, 100}, 1000000, 2000000),
			 80000);
	assert_int_equal(anycan_wire_time_ns((struct anycan_wire_bits){30, 100}, 1000000, 0),
			 130000);
	assert_int_equal(anycan_wire_time_ns((struct anycan_wire_bits){0, 0}, 1, 1), 0);
	assert_true(anycan_wire_time_ns((struct anycan_wire_bits){UINT32_MAX, UINT32_MAX}, 1, 1) ==
		    UINT64_C(8589934590000000000));
}

static void test_error_frame(void **state)
{
	struct anycan_frame frame = {.can_id = CAN_ERR_FLAG | 0x80, .len = 8};
	int stuffing;

	(void)state;
	for (stuffing = ANYCAN_STUFF_NONE; stuffing <= ANYCAN_STUFF_WORST; stuffing++)
		assert_int_equal(anycan_frame_bits(&frame, stuffing).nominal, 6 + 8 + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measured),
		cmocka_unit_test(test_reference_crc),
		cmocka_unit_test(test_against_reference),
		cmocka_unit_test(test_fd_end_of_data),
		cmocka_unit_test(test_classic_table),
		cmocka_unit_test(test_fd_rates),
		cmocka_unit_test(test_fd_extended),
		cmocka_unit_test(test_impossible_length),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_error_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
