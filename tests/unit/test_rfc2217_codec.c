// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/transports/rfc2217_codec.c: byte strings by RFC 854 and RFC 2217 in both directions,
 * whatever way they are split.
 */
#include "check.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>
#include <transports/rfc2217_codec.h>

/* Telnet's bytes, as string literals that can be joined. */
#define IAC "\xff"
#define WILL IAC "\xfb"
#define WONT IAC "\xfc"
#define DO IAC "\xfd"
#define DONT IAC "\xfe"
#define SB IAC "\xfa"
#define SE IAC "\xf0"
#define BINARY "\x00"
#define ECHO "\x01"
#define SGA "\x03"
#define COM "\x2c"

/* From the server: everything agreed to, everything set as asked (115200, 8N1, no handshake). */
#define AGREED DO BINARY WILL BINARY DO SGA WILL SGA DO COM
#define SET_REST                                                                                   \
	SB COM "\x66\x08" SE SB COM "\x67\x01" SE SB COM "\x68\x01" SE SB COM "\x69\x01" SE SB COM \
	       "\x69\x08" SE SB COM "\x69\x0b" SE SB COM "\x70\x03" SE
#define SET SB COM "\x65\x00\x01\xc2\x00" SE SET_REST

/* A literal with its length; \0 is a byte like any other. */
#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static void begin(struct rfc2217 *r)
{
	rfc2217_init(r, 115200, false);
	r->reply_len = 0;
}

static size_t receive(struct rfc2217 *r, const uint8_t *in, size_t len, uint8_t *data)
{
	return rfc2217_receive(r, in, len, data);
}

static void open_line(struct rfc2217 *r)
{
	uint8_t data[256];

	begin(r);
	assert_int_equal(receive(r, BYTES(AGREED SET), data), 0);
	assert_int_equal(r->phase, RFC2217_READY);
	r->reply_len = 0;
}

static void check_reply(const struct rfc2217 *r, const uint8_t *wanted, size_t len)
{
	assert_int_equal(r->reply_len, len);
	assert_memory_equal(r->reply, wanted, len);
}

/* ---- Opening */

static void test_offer(void **state)
{
	struct rfc2217 r;

	(void)state;
	rfc2217_init(&r, 115200, false);
	assert_int_equal(r.phase, RFC2217_OFFERING);
	check_reply(&r, BYTES(WILL BINARY WILL SGA WILL COM DO BINARY DO SGA));
}

static void test_settings(void **state)
{
	struct rfc2217 r;
	uint8_t data[64];

	(void)state;
	begin(&r);
	assert_int_equal(receive(&r, BYTES(AGREED), data), 0);
	assert_int_equal(r.phase, RFC2217_SETTING);
	check_reply(&r, BYTES(SB COM "\x01\x00\x01\xc2\x00" SE SB COM "\x02\x08" SE SB COM
				     "\x03\x01" SE SB COM "\x04\x01" SE SB COM "\x05\x01" SE SB COM
				     "\x05\x06" SE SB COM "\x05\x08" SE SB COM "\x05\x0b" SE SB COM
				     "\x0a\x1e" SE SB COM "\x0b\x00" SE SB COM "\x0c\x03" SE));
	/* 65535 has IACs in its number; with a handshake RTS is not ours. */
	rfc2217_init(&r, 65535, true);
	r.reply_len = 0;
	receive(&r, BYTES(AGREED), data);
	check_reply(&r, BYTES(SB COM "\x01\x00\x00" IAC IAC IAC IAC SE SB COM "\x02\x08" SE SB COM
				     "\x03\x01" SE SB COM "\x04\x01" SE SB COM "\x05\x03" SE SB COM
				     "\x05\x06" SE SB COM "\x05\x08" SE SB COM "\x0a\x1e" SE SB COM
				     "\x0b\x00" SE SB COM "\x0c\x03" SE));
	receive(&r, BYTES(SB COM "\x65\x00\x00" IAC IAC IAC IAC SE), data);
	assert_int_equal(r.unconfirmed & 1U << RFC2217_BAUD, 0);
}

/* READY comes with the last of the answers, in whatever order they come. */
static void test_ready(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} answers[RFC2217_SETTINGS] = {
		{SB COM "\x65\x00\x01\xc2\x00" SE, 10},
		{SB COM "\x66\x08" SE, 7},
		{SB COM "\x67\x01" SE, 7},
		{SB COM "\x68\x01" SE, 7},
		{SB COM "\x69\x01" SE, 7},
	};
	struct rfc2217 r;
	uint8_t data[64];

	(void)state;
	for (size_t last = 0; last < TEST_COUNT(answers); last++) {
		begin(&r);
		receive(&r, BYTES(AGREED), data);
		for (size_t i = 1; i <= TEST_COUNT(answers); i++) {
			size_t at = (last + i) % TEST_COUNT(answers);

			assert_int_equal(r.phase, RFC2217_SETTING);
			receive(&r, (const uint8_t *)answers[at].bytes, answers[at].len, data);
		}
		assert_int_equal(r.phase, RFC2217_READY);
	}
}

/* What the server says of the line before it was asked is no answer. */
static void test_early_answers(void **state)
{
	struct rfc2217 r;
	uint8_t data[128];

	(void)state;
	begin(&r);
	receive(&r, BYTES(SET SB COM "\x65\x00\x00\x25\x80" SE AGREED), data);
	assert_int_equal(r.phase, RFC2217_SETTING);
	receive(&r, BYTES(SET), data);
	assert_int_equal(r.phase, RFC2217_READY);
}

/* ---- What fails */

static void check_fault(const uint8_t *bytes, size_t len, enum rfc2217_fault fault)
{
	uint8_t data[512];
	struct rfc2217 r;

	begin(&r);
	assert_true(len < sizeof(data));
	receive(&r, bytes, len, data);
	assert_int_equal(r.phase, RFC2217_FAILED);
	assert_int_equal(r.fault, fault);
	/* And so it stays. */
	assert_int_equal(receive(&r, BYTES(AGREED SET "x"), data), 0);
	assert_int_equal(r.fault, fault);
}

static void test_refusals(void **state)
{
	(void)state;
	check_fault(BYTES(DONT COM), RFC2217_FAULT_NO_COM_PORT);
	check_fault(BYTES(DO BINARY WILL BINARY DONT COM), RFC2217_FAULT_NO_COM_PORT);
	check_fault(BYTES(DONT BINARY), RFC2217_FAULT_NO_BINARY);
	check_fault(BYTES(DO COM WONT BINARY), RFC2217_FAULT_NO_BINARY);
	/* Taken back later. */
	check_fault(BYTES(AGREED SET DONT COM), RFC2217_FAULT_NO_COM_PORT);
	check_fault(BYTES(AGREED SET WONT BINARY), RFC2217_FAULT_NO_BINARY);
}

static void test_other_settings(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum rfc2217_setting setting;
		uint32_t asked, got;
	} others[] = {
		{SB COM "\x65\x00\x00\x25\x80" SE, 10, RFC2217_BAUD, 115200, 9600},
		{SB COM "\x65\x00\x00\x00\x00" SE, 10, RFC2217_BAUD, 115200, 0},
		{SB COM "\x66\x07" SE, 7, RFC2217_DATA_BITS, 8, 7},
		{SB COM "\x67\x03" SE, 7, RFC2217_PARITY, 1, 3},
		{SB COM "\x68\x02" SE, 7, RFC2217_STOP_BITS, 1, 2},
		{SB COM "\x69\x02" SE, 7, RFC2217_FLOW, 1, 2},
		{SB COM "\x69\x03" SE, 7, RFC2217_FLOW, 1, 3},
	};
	struct rfc2217 r;
	uint8_t data[128];

	(void)state;
	for (size_t i = 0; i < 2 * TEST_COUNT(others); i++) {
		size_t at = i / 2;

		begin(&r);
		receive(&r, BYTES(AGREED), data);
		if (i % 2)
			receive(&r, BYTES(SET), data);
		receive(&r, (const uint8_t *)others[at].bytes, others[at].len, data);
		assert_int_equal(r.phase, RFC2217_FAILED);
		assert_int_equal(r.fault, RFC2217_FAULT_SETTING);
		assert_int_equal(r.setting, others[at].setting);
		assert_int_equal(r.asked, others[at].asked);
		assert_int_equal(r.got, others[at].got);
	}
}

/* A server that asks and asks does not fill our memory. */
static void test_flood(void **state)
{
	struct rfc2217 r;
	uint8_t data[8];

	(void)state;
	begin(&r);
	for (int i = 0; i < RFC2217_REPLY_MAX / 3; i++)
		receive(&r, BYTES(DO "\x63"), data);
	assert_int_equal(r.phase, RFC2217_OFFERING);
	receive(&r, BYTES(DO "\x63"), data);
	assert_int_equal(r.phase, RFC2217_FAILED);
	assert_int_equal(r.fault, RFC2217_FAULT_FLOOD);
	assert_true(r.reply_len <= RFC2217_REPLY_MAX);
}

/* ---- Telnet */

static void test_options(void **state)
{
	struct rfc2217 r;
	uint8_t data[8];

	(void)state;
	open_line(&r);
	/* Others are refused, each time; refusals of others need no answer. */
	receive(&r, BYTES(DO ECHO), data);
	receive(&r, BYTES(WILL ECHO), data);
	receive(&r, BYTES(DONT ECHO WONT ECHO), data);
	check_reply(&r, BYTES(WONT ECHO DONT ECHO));
	/* What is so already is not answered; a change is, once. */
	r.reply_len = 0;
	receive(&r, BYTES(DO COM WILL BINARY DO SGA), data);
	assert_int_equal(r.reply_len, 0);
	receive(&r, BYTES(WONT SGA WONT SGA), data);
	check_reply(&r, BYTES(DONT SGA));
	r.reply_len = 0;
	receive(&r, BYTES(WILL SGA WILL SGA WILL COM), data);
	check_reply(&r, BYTES(DO SGA DO COM));
	assert_int_equal(r.phase, RFC2217_READY);
}

static void test_data(void **state)
{
	struct rfc2217 r;
	uint8_t data[64];

	(void)state;
	open_line(&r);
	assert_int_equal(receive(&r, BYTES("a" IAC IAC "\r\n\0\r" IAC "\xf1" IAC "\xf6z"), data),
			 7);
	assert_memory_equal(data, "a\xff\r\n\0\rz", 7);
	assert_int_equal(
		receive(&r, BYTES("x" SB COM "\x6b\xb0" SE "y" SB COM "\x6a\x03" SE), data), 2);
	assert_memory_equal(data, "xy", 2);
	assert_int_equal(r.modem_state, 0xb0);
	assert_int_equal(r.line_errors, RFC2217_LINE_OVERRUN);
	assert_int_equal(receive(&r, BYTES("1" SB COM "\x6c" SE "2"), data), 2);
	assert_true(r.suspended);
	assert_int_equal(receive(&r, BYTES("3" SB COM "\x6d" SE "4"), data), 2);
	assert_false(r.suspended);
	assert_int_equal(r.phase, RFC2217_READY);
	assert_int_equal(r.reply_len, 0);
}

static void test_odd_subs(void **state)
{
	static const char *const ignored[] = {"\x66",	  "\x66\x08\x08", "\x65\x08", "\x69\x0e",
					      "\x01\x07", "\x7f\x01",	  "\xfe\x01"};
	struct rfc2217 r;
	uint8_t data[600], sub[600];
	size_t len;

	(void)state;
	open_line(&r);
	for (size_t i = 0; i < TEST_COUNT(ignored); i++) {
		receive(&r, BYTES(SB COM), data);
		receive(&r, (const uint8_t *)ignored[i], strlen(ignored[i]), data);
		assert_int_equal(receive(&r, BYTES(SE "x"), data), 1);
	}
	/* Of another option, none, endless, cut off by another command. */
	assert_int_equal(receive(&r, BYTES(SB "\x18\x01" SE SB SE SB COM SE "y"), data), 1);
	for (len = 0; len < sizeof(sub); len++)
		sub[len] = (uint8_t)(len % 200);
	receive(&r, BYTES(SB COM), data);
	assert_int_equal(receive(&r, sub, sizeof(sub), data), 0);
	assert_int_equal(receive(&r, BYTES(SE "z"), data), 1);
	assert_int_equal(receive(&r, BYTES(SB COM "\x66" SB COM "\x67\x01" SE "w"), data), 1);
	assert_int_equal(receive(&r, BYTES(SB COM "\x66" DO ECHO "v"), data), 1);
	check_reply(&r, BYTES(WONT ECHO));
	assert_int_equal(r.phase, RFC2217_READY);
}

/* The server's name for itself, and its question for ours. */
static void test_signature(void **state)
{
	struct rfc2217 r;
	uint8_t data[64];

	(void)state;
	open_line(&r);
	receive(&r, BYTES(SB COM "\x64ser2net, or another long name" SE), data);
	assert_int_equal(r.reply_len, 0);
	receive(&r, BYTES(SB COM "\x64" SE), data);
	check_reply(&r, BYTES(SB COM "\x00"
				     "anycan" SE));
}

/* ---- Any bytes, any split */

/* As bytes come one by one or in pieces, in place or not: the same data, replies and state. */
static void test_splits(void **state)
{
	static const char stream[] =
		AGREED SET "plain" IAC IAC "text" SB COM "\x6b\x30" SE "\r\0" WILL ECHO
			   "more" SB COM "\x65\x00\x01\xc2\x00" SE IAC IAC IAC IAC "end";
	uint8_t whole[sizeof(stream)], pieces[sizeof(stream)];
	struct rfc2217 a, b;
	size_t n, m;

	(void)state;
	begin(&a);
	n = receive(&a, BYTES(stream), whole);
	assert_int_equal(n, 21);
	for (size_t first = 0; first < sizeof(stream); first++) {
		begin(&b);
		memcpy(pieces, stream, sizeof(stream) - 1);
		m = receive(&b, pieces, first, pieces);
		m += receive(&b, pieces + first, sizeof(stream) - 1 - first, pieces + m);
		assert_int_equal(m, n);
		assert_memory_equal(pieces, whole, n);
		assert_int_equal(a.reply_len, b.reply_len);
		assert_memory_equal(a.reply, b.reply, a.reply_len);
		assert_int_equal(a.phase, b.phase);
	}
	begin(&b);
	for (m = 0, n = 0; n < sizeof(stream) - 1; n++)
		m += receive(&b, (const uint8_t *)stream + n, 1, pieces + m);
	assert_int_equal(m, 21);
	assert_memory_equal(pieces, whole, m);
}

/* What one side escapes the other side reads, all bytes in all company; no room is overrun. */
static void test_escape(void **state)
{
	uint8_t in[1000], out[2000], back[2000];
	struct test_random random = {1};
	struct rfc2217 r;
	size_t used, n, done;

	(void)state;
	open_line(&r);
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = test_random_below(&random, 3)
					? 0xff
					: (uint8_t)test_random_below(&random, 256);
		for (done = 0; done < sizeof(in); done += used) {
			size_t room = 2 + test_random_below(&random, 40);

			n = rfc2217_escape(in + done, sizeof(in) - done, out, room, &used);
			assert_true(used > 0 && n <= room);
			assert_int_equal(receive(&r, out, n, back), used);
			assert_memory_equal(back, in + done, used);
		}
	}
	/* Half a byte is none. */
	assert_int_equal(rfc2217_escape((const uint8_t *)"a\xff", 2, out, 2, &used), 1);
	assert_int_equal(used, 1);
	assert_int_equal(rfc2217_escape((const uint8_t *)"\xff", 1, out, 1, &used), 0);
	assert_int_equal(used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offer),	  cmocka_unit_test(test_settings),
		cmocka_unit_test(test_ready),	  cmocka_unit_test(test_early_answers),
		cmocka_unit_test(test_refusals),  cmocka_unit_test(test_other_settings),
		cmocka_unit_test(test_flood),	  cmocka_unit_test(test_options),
		cmocka_unit_test(test_data),	  cmocka_unit_test(test_odd_subs),
		cmocka_unit_test(test_signature), cmocka_unit_test(test_splits),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
