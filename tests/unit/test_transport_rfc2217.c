// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/transports/rfc2217.c against servers of a few lines: how the connection comes about,
 * every way in which it does not, and bytes through a connection that is full.
 */
#include "check.h"

#include <anycan/log.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <transport.h>
#include <unistd.h>

extern const struct bridged_transport_class rfc2217_transport;

#define CLASS (&rfc2217_transport)

/* Longer than anything here takes, however slow the machine. */
#define PATIENCE_MS 20000

#define IAC "\xff"
#define SB IAC "\xfa\x2c"
#define SE IAC "\xf0"
#define AGREED IAC "\xfd\x00" IAC "\xfb\x00" IAC "\xfd\x2c"
#define BAUD_115200 SB "\x65\x00\x01\xc2\x00" SE
#define BAUD_9600 SB "\x65\x00\x00\x25\x80" SE
#define FORMAT SB "\x66\x08" SE SB "\x67\x01" SE SB "\x68\x01" SE
#define NO_FLOW SB "\x69\x01" SE
#define SET BAUD_115200 FORMAT NO_FLOW

/* A literal with its length. */
#define BYTES(literal) (literal), sizeof(literal) - 1

/* ---- A clock that can be put forward */

static time_t clock_ahead_s;

int clock_gettime(clockid_t id, struct timespec *now)
{
	int ret = (int)syscall(SYS_clock_gettime, id, now);

	now->tv_sec += clock_ahead_s;
	return ret;
}

struct fixture {
	int listener, peer;
	unsigned int port;
	void *options;
	struct bridged_transport *t;
	char reason[BRIDGED_REASON_SIZE];
};

static void listen_again(struct fixture *f)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)f->port)};
	socklen_t len = sizeof(address);
	const int one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(f->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(f->listener, 5), 0);
	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&address, &len), 0);
	f->port = ntohs(address.sin_port);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	listen_again(f);
	f->peer = -1;
	f->options = calloc(1, CLASS->options_size);
	bridged_option_defaults(CLASS->options, f->options);
	anycan_log_init("bridged", ANYCAN_LOG_CRITICAL);
	clock_ahead_s = 0;
	*state = f;
	return 0;
}

static void hang_up(struct fixture *f)
{
	if (f->peer >= 0)
		close(f->peer);
	f->peer = -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	CLASS->free(f->t);
	hang_up(f);
	if (f->listener >= 0)
		close(f->listener);
	free(f->options);
	free(f);
	return 0;
}

static void create(struct fixture *f, const char *suffix)
{
	char address[64];

	snprintf(address, sizeof(address), "rfc2217://127.0.0.1:%u%s", f->port, suffix);
	assert_int_equal(CLASS->create(&f->t, address, f->options, f->reason), 0);
	f->t->class = CLASS;
	assert_int_equal(CLASS->fd(f->t), -1);
}

static bool is_ready(int fd, short events, int ms)
{
	struct pollfd waiting = {.fd = fd, .events = events};

	return poll(&waiting, 1, ms) == 1;
}

static int begin(struct fixture *f)
{
	int ret = CLASS->open(f->t, f->reason);

	if (ret < 0)
		return ret;
	f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(f->peer >= 0);
	if (ret == BRIDGED_OPEN_WRITABLE) {
		assert_true(is_ready(CLASS->fd(f->t), POLLOUT, PATIENCE_MS));
		ret = CLASS->opened(f->t, f->reason);
	}
	assert_int_equal(ret, BRIDGED_OPEN_READABLE);
	return ret;
}

/* The server says @bytes. Return: what the transport makes of it. */
static int say(struct fixture *f, const char *bytes, size_t len)
{
	assert_int_equal(send(f->peer, bytes, len, 0), len);
	assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
	return CLASS->opened(f->t, f->reason);
}

static size_t heard(struct fixture *f, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (is_ready(f->peer, POLLIN, 50) && (n = recv(f->peer, text + len, size - len, 0)) > 0)
		len += (size_t)n;
	return len;
}

static void connect_it(struct fixture *f, const char *suffix)
{
	char text[512];

	if (!f->t)
		create(f, suffix);
	begin(f);
	assert_int_equal(say(f, BYTES(AGREED SET)), 0);
	heard(f, text, sizeof(text));
}

static void check_failed(struct fixture *f, int ret, const char *words)
{
	assert_true(ret < 0);
	assert_int_equal(CLASS->fd(f->t), -1);
	if (!strstr(f->reason, words) || !strstr(f->reason, "rfc2217://127.0.0.1:"))
		fail_msg("'%s' is not in: %s", words, f->reason);
	hang_up(f);
}

/* ---- Opening */

/* The server answers bit by bit; what the line says meanwhile is nobody's. */
static void test_open(void **state)
{
	static const char settings[] = SB "\x01\x00\x00\x25\x80" SE;
	struct fixture *f = *state;
	char text[512];
	uint8_t got[16];
	size_t len;

	create(f, "@9600");
	begin(f);
	len = heard(f, text, sizeof(text));
	assert_non_null(memmem(text, len, BYTES(IAC "\xfb\x2c")));
	assert_int_equal(say(f, BYTES("login: " IAC)), BRIDGED_OPEN_READABLE);
	assert_int_equal(say(f, AGREED + 1, sizeof(AGREED) - 2), BRIDGED_OPEN_READABLE);
	len = heard(f, text, sizeof(text));
	assert_non_null(memmem(text, len, BYTES(settings)));
	assert_int_equal(say(f, BYTES(BAUD_9600 FORMAT)), BRIDGED_OPEN_READABLE);
	assert_int_equal(say(f, BYTES("junk" NO_FLOW)), 0);
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), -EAGAIN);
	assert_false(CLASS->held(f->t));
}

static void test_options(void **state)
{
	struct fixture *f = *state;
	char text[512];
	size_t len;

	assert_int_equal(bridged_option_set(bridged_option_find(CLASS->options, "rtscts"), "on",
					    f->options, f->reason, sizeof(f->reason)),
			 0);
	assert_int_equal(bridged_option_set(bridged_option_find(CLASS->options, "ttyBaudrate"),
					    "2M", f->options, f->reason, sizeof(f->reason)),
			 0);
	create(f, "");
	begin(f);
	say(f, BYTES(AGREED));
	len = heard(f, text, sizeof(text));
	assert_non_null(memmem(text, len, BYTES(SB "\x01\x00\x1e\x84\x80" SE)));
	assert_non_null(memmem(text, len, BYTES(SB "\x05\x03" SE)));
	assert_int_equal(say(f, BYTES(SB "\x65\x00\x1e\x84\x80" SE FORMAT SB "\x69\x03" SE)), 0);
}

/* ---- Failing to open */

static void test_refused(void **state)
{
	struct fixture *f = *state;

	create(f, "");
	begin(f);
	check_failed(f, say(f, BYTES(IAC "\xfe\x2c")), "use socket://127.0.0.1:");
	begin(f);
	check_failed(f, say(f, BYTES(IAC "\xfe\x00")), "refuses binary transmission");
	close(f->listener);
	f->listener = -1;
	assert_int_equal(CLASS->open(f->t, f->reason), BRIDGED_OPEN_WRITABLE);
	assert_true(is_ready(CLASS->fd(f->t), POLLOUT, PATIENCE_MS));
	check_failed(f, CLASS->opened(f->t, f->reason), "Connection refused");
}

static void test_other_line(void **state)
{
	static const struct {
		const char *said;
		size_t len;
		const char *words;
	} others[] = {
		{BYTES(AGREED BAUD_9600), "to 9600 bit/s where 115200 were asked for"},
		{BYTES(AGREED SB "\x66\x07" SE), "to 7 data bits where 8"},
		{BYTES(AGREED SB "\x67\x03" SE), "parity even where none"},
		{BYTES(AGREED SB "\x67\xee" SE), "parity ? where none"},
		{BYTES(AGREED SB "\x68\x02" SE), "to 2 stop bits (in RFC 2217's numbers) where 1"},
		{BYTES(AGREED SB "\x69\x02" SE), "XON/XOFF where no handshake"},
	};
	struct fixture *f = *state;

	create(f, "");
	for (size_t i = 0; i < TEST_COUNT(others); i++) {
		begin(f);
		say(f, BYTES(IAC "\xf1"));
		check_failed(f, say(f, others[i].said, others[i].len), others[i].words);
	}
}

static void test_server_closes(void **state)
{
	struct fixture *f = *state;

	create(f, "");
	begin(f);
	say(f, BYTES("Port already in use\r\n"));
	hang_up(f);
	assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
	check_failed(f, CLASS->opened(f->t, f->reason), "(it said: Port already in use)");
	begin(f);
	say(f, BYTES(AGREED));
	hang_up(f);
	assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
	check_failed(f, CLASS->opened(f->t, f->reason), "while it was to set its line");
}

/* A raw port, and one that goes on trickling. */
static void test_too_slow(void **state)
{
	struct fixture *f = *state;

	create(f, "");
	begin(f);
	assert_int_equal(say(f, BYTES("t1230\r")), BRIDGED_OPEN_READABLE);
	clock_ahead_s += 10;
	check_failed(f, CLASS->opened(f->t, f->reason), "use socket://127.0.0.1:");
	assert_non_null(strstr(f->reason, "(it said: t1230)"));
	begin(f);
	for (int s = 0; s < 8; s++, clock_ahead_s++)
		assert_int_equal(say(f, BYTES(IAC "\xf1")), BRIDGED_OPEN_READABLE);
	clock_ahead_s += 2;
	check_failed(f, say(f, BYTES(IAC "\xf1")), "took too long");
	/* Given up by the engine. */
	begin(f);
	CLASS->close(f->t);
	assert_int_equal(CLASS->fd(f->t), -1);
	CLASS->close(f->t);
}

/* ---- Open */

static void test_bytes(void **state)
{
	struct fixture *f = *state;
	uint8_t all[256], got[512], wire[512];
	size_t len = 0;

	connect_it(f, "");
	for (unsigned int i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	assert_int_equal(CLASS->write(f->t, all, sizeof(all)), sizeof(all));
	assert_int_equal(heard(f, (char *)wire, sizeof(wire)), 257);
	assert_memory_equal(wire, all, 256);
	assert_int_equal(wire[256], 255);
	assert_int_equal(send(f->peer, wire, 257, 0), 257);
	while (len < sizeof(all)) {
		ssize_t n;

		assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
		n = CLASS->read(f->t, got + len, sizeof(got) - len);
		assert_true(n > 0 || n == -EAGAIN);
		len += n > 0 ? (size_t)n : 0;
	}
	assert_int_equal(len, sizeof(all));
	assert_memory_equal(got, all, len);
}

/* A full connection of IACs: nothing is lost or doubled, wherever the socket cuts a pair. */
static void test_full(void **state)
{
	static uint8_t block[4096], in[1 << 16];
	struct fixture *f = *state;
	size_t written = 0, got = 0, escaped = 0, reads = 0;
	bool half = false;
	ssize_t n;

	connect_it(f, "");
	memset(block, 0xff, sizeof(block));
	block[0] = 'x';
	while (written < 40 << 20) {
		n = CLASS->write(f->t, block + written % sizeof(block),
				 sizeof(block) - written % sizeof(block));
		if (n > 0) {
			written += (size_t)n;
			continue;
		}
		assert_int_equal(n, -EAGAIN);
		/* An odd number of bytes makes room where a pair does not fit. */
		n = recv(f->peer, in, 1 + 2 * (reads++ % 1000), MSG_DONTWAIT);
		for (ssize_t i = 0; i < n; i++, half = !half && in[i - 1] == 0xff) {
			if (!half)
				assert_int_equal(in[i], block[got++ % sizeof(block)]);
			else
				assert_int_equal(in[i], 0xff);
		}
		if (reads > 20000)
			break;
	}
	CLASS->drain(f->t, 0);
	CLASS->close(f->t);
	while ((n = recv(f->peer, in, sizeof(in), 0)) > 0)
		for (ssize_t i = 0; i < n; i++, half = !half && in[i - 1] == 0xff) {
			escaped += half;
			if (!half)
				assert_int_equal(in[i], block[got++ % sizeof(block)]);
		}
	assert_true(escaped > 0);
	assert_true(got == written || (half && got == written + 1));
}

static void test_held(void **state)
{
	struct fixture *f = *state;
	uint8_t got[16];

	connect_it(f, "");
	assert_int_equal(send(f->peer, BYTES("a" SB "\x6c" SE), 0), 7);
	assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), 1);
	assert_true(CLASS->held(f->t));
	assert_int_equal(CLASS->write(f->t, (const uint8_t *)"x", 1), -EAGAIN);
	assert_int_equal(send(f->peer, BYTES(SB "\x6d" SE), 0), 6);
	assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), -EAGAIN);
	assert_false(CLASS->held(f->t));
	assert_int_equal(CLASS->write(f->t, (const uint8_t *)"x", 1), 1);
}

/* What the server asks is answered, whether or not there is anything to write. */
static void test_answers(void **state)
{
	struct fixture *f = *state;
	uint8_t got[16];
	char text[64];

	connect_it(f, "");
	assert_int_equal(send(f->peer, BYTES(IAC "\xfd\x63"), 0), 3);
	assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), -EAGAIN);
	assert_int_equal(heard(f, text, sizeof(text)), 3);
	assert_memory_equal(text, IAC "\xfc\x63", 3);
}

static void check_gone(struct fixture *f)
{
	uint8_t got[16];
	ssize_t n;

	assert_true(is_ready(CLASS->fd(f->t), POLLIN, PATIENCE_MS));
	n = CLASS->read(f->t, got, sizeof(got));
	assert_true(n < 0 && n != -EAGAIN && n != -EINTR);
	CLASS->close(f->t);
	hang_up(f);
}

/* The server closes, changes the line behind our back, or is started again. */
static void test_gone(void **state)
{
	struct fixture *f = *state;

	connect_it(f, "");
	assert_int_equal(send(f->peer, BYTES(BAUD_9600), 0), 10);
	check_gone(f);
	for (int i = 0; i < 3; i++) {
		connect_it(f, "");
		hang_up(f);
		check_gone(f);
	}
	close(f->listener);
	listen_again(f);
	connect_it(f, "");
}

static void test_addresses(void **state)
{
	struct fixture *f = *state;
	struct bridged_transport *t = NULL;

	assert_int_equal(CLASS->create(&t, "rfc2217://host", f->options, f->reason), -EINVAL);
	assert_non_null(strstr(f->reason, "port is missing"));
	assert_null(t);
	assert_true(CLASS->match("rfc2217://host:1"));
	assert_false(CLASS->match("socket://host:1"));
	assert_false(CLASS->match("/dev/ttyUSB0"));
	CLASS->free(NULL);
}

int main(void)
{
#define RFC2217_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RFC2217_TEST(test_open),	  RFC2217_TEST(test_options),
		RFC2217_TEST(test_refused),	  RFC2217_TEST(test_other_line),
		RFC2217_TEST(test_server_closes), RFC2217_TEST(test_too_slow),
		RFC2217_TEST(test_bytes),	  RFC2217_TEST(test_full),
		RFC2217_TEST(test_held),	  RFC2217_TEST(test_answers),
		RFC2217_TEST(test_gone),	  RFC2217_TEST(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
