// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/transports/socket.c over the loopback: servers that accept, refuse, stay silent, close;
 * names that have several addresses.
 */
#include "check.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <transport.h>
#include <unistd.h>

extern const struct bridged_transport_class socket_transport;

#define CLASS (&socket_transport)

/* Longer than anything here takes, however slow the machine. */
#define PATIENCE_MS 20000

/* ---- A name service: `both` is at 127.0.0.2, then at 127.0.0.1; `nobody` is nowhere. */

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
		struct addrinfo **found)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	struct addrinfo *last;
	int ret;

	if (!strcmp(host, "nobody"))
		return EAI_NONAME;
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (strcmp(host, "both"))
		return real(host, port, hints, found);
	ret = real("127.0.0.2", port, hints, found);
	if (ret)
		return ret;
	for (last = *found; last->ai_next; last = last->ai_next)
		;
	return real("127.0.0.1", port, hints, &last->ai_next);
}

struct fixture {
	int listener, peer;
	unsigned int port;
	void *options;
	struct bridged_transport *t;
	char reason[BRIDGED_REASON_SIZE];
};

/* A server at @host, any port; or at @port. */
static int listen_at(const char *host, unsigned int port, int backlog)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const int one = 1;

	inet_pton(AF_INET, host, &address.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static unsigned int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->listener = listen_at("127.0.0.1", 0, 5);
	f->port = port_of(f->listener);
	f->peer = -1;
	f->options = calloc(1, CLASS->options_size);
	bridged_option_defaults(CLASS->options, f->options);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	CLASS->free(f->t);
	if (f->peer >= 0)
		close(f->peer);
	if (f->listener >= 0)
		close(f->listener);
	free(f->options);
	free(f);
	return 0;
}

static void create(struct fixture *f, const char *host)
{
	char address[64];

	snprintf(address, sizeof(address), "socket://%s:%u", host, f->port);
	assert_int_equal(CLASS->create(&f->t, address, f->options, f->reason), 0);
	f->t->class = CLASS;
	assert_int_equal(CLASS->fd(f->t), -1);
}

/* What the engine does: open(), then opened() whenever the descriptor is ready. */
static int connect_it(struct fixture *f)
{
	int ret = CLASS->open(f->t, f->reason);

	while (ret == 1) {
		struct pollfd fd = {.fd = CLASS->fd(f->t), .events = POLLOUT};

		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		ret = CLASS->opened(f->t, f->reason);
	}
	assert_true((CLASS->fd(f->t) >= 0) == !ret);
	return ret;
}

static void connect_to(struct fixture *f, const char *host)
{
	create(f, host);
	assert_int_equal(connect_it(f), 0);
	f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(f->peer >= 0);
}

static void wait_readable(struct fixture *f)
{
	struct pollfd fd = {.fd = CLASS->fd(f->t), .events = POLLIN};

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
}

/* ---- Connections */

static void test_bytes(void **state)
{
	struct fixture *f = *state;
	uint8_t all[256], got[512];

	for (unsigned int i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	connect_to(f, "127.0.0.1");
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), -EAGAIN);
	assert_int_equal(send(f->peer, all, sizeof(all), 0), sizeof(all));
	wait_readable(f);
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), sizeof(all));
	assert_memory_equal(got, all, sizeof(all));
	assert_int_equal(CLASS->write(f->t, all, sizeof(all)), sizeof(all));
	assert_int_equal(recv(f->peer, got, sizeof(all), MSG_WAITALL), sizeof(all));
	assert_memory_equal(got, all, sizeof(all));
}

static int number_of(struct fixture *f, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(CLASS->fd(f->t), level, option, &value, &len), 0);
	return value;
}

/* Frames are small, and peers die without a word. */
static void test_tuning(void **state)
{
	struct fixture *f = *state;

	connect_to(f, "127.0.0.1");
	assert_int_equal(number_of(f, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(number_of(f, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_in_range(number_of(f, IPPROTO_TCP, TCP_KEEPIDLE) +
				number_of(f, IPPROTO_TCP, TCP_KEEPINTVL) *
					number_of(f, IPPROTO_TCP, TCP_KEEPCNT),
			1, 15);
	assert_in_range(number_of(f, IPPROTO_TCP, TCP_USER_TIMEOUT), 1000, 15000);
	assert_int_equal(fcntl(CLASS->fd(f->t), F_GETFD), FD_CLOEXEC);
}

static void test_ipv6(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		puts("no IPv6 here");
		skip();
	}
	close(f->listener);
	f->listener = fd;
	assert_int_equal(listen(fd, 5), 0);
	f->port = port_of(fd); /* at the same place in both kinds of address */
	connect_to(f, "[::1]");
}

/* The peer does not read: the connection fills up, nobody waits, nothing is lost. */
static void test_full(void **state)
{
	struct fixture *f = *state;
	uint8_t block[4096], wanted = 0;
	size_t written = 0, got = 0;
	ssize_t n;

	connect_to(f, "127.0.0.1");
	for (;;) {
		for (size_t i = 0; i < sizeof(block); i++)
			block[i] = (uint8_t)((written + i) * 7 % 251);
		n = CLASS->write(f->t, block, sizeof(block));
		if (n < 0)
			break;
		written += (size_t)n;
	}
	assert_int_equal(n, -EAGAIN);
	CLASS->drain(f->t, 0);
	CLASS->close(f->t);
	while ((n = recv(f->peer, block, sizeof(block), 0)) > 0)
		for (ssize_t i = 0; i < n; i++, got++) {
			wanted = (uint8_t)(got * 7 % 251);
			assert_int_equal(block[i], wanted);
		}
	assert_int_equal(n, 0);
	assert_int_equal(got, written);
}

/* ---- The peer goes away */

static void check_gone(struct fixture *f)
{
	uint8_t got[16];
	ssize_t n;

	wait_readable(f);
	n = CLASS->read(f->t, got, sizeof(got));
	assert_true(n < 0 && n != -EAGAIN && n != -EINTR);
	CLASS->close(f->t);
	assert_int_equal(CLASS->fd(f->t), -1);
	CLASS->close(f->t);
}

/* What it said before it closed is still read. */
static void test_peer_closes(void **state)
{
	struct fixture *f = *state;
	uint8_t got[16];

	connect_to(f, "127.0.0.1");
	assert_int_equal(send(f->peer, "last", 4, 0), 4);
	close(f->peer);
	f->peer = -1;
	wait_readable(f);
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), 4);
	check_gone(f);
}

static void test_peer_resets(void **state)
{
	const struct linger at_once = {1, 0};
	struct fixture *f = *state;
	ssize_t n;

	connect_to(f, "127.0.0.1");
	setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(f->peer);
	f->peer = -1;
	check_gone(f);
	/* And when it is noticed in writing. */
	assert_int_equal(connect_it(f), 0);
	f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(f->peer);
	f->peer = -1;
	wait_readable(f);
	n = CLASS->write(f->t, (const uint8_t *)"x", 1);
	assert_true(n == -ECONNRESET || n == -EPIPE);
}

/* The server is started again: the same transport reaches it. */
static void test_reconnect(void **state)
{
	struct fixture *f = *state;

	connect_to(f, "127.0.0.1");
	for (int i = 0; i < 3; i++) {
		close(f->peer);
		close(f->listener);
		f->peer = f->listener = -1;
		check_gone(f);
		assert_int_equal(connect_it(f), -ENODEV);
		f->listener = listen_at("127.0.0.1", f->port, 5);
		assert_int_equal(connect_it(f), 0);
		f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
		assert_true(f->peer >= 0);
	}
}

/* ---- Nobody to connect to */

static void test_refused(void **state)
{
	struct fixture *f = *state;
	char wanted[64];

	close(f->listener);
	f->listener = -1;
	create(f, "127.0.0.1");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(connect_it(f), -ENODEV);
		snprintf(wanted, sizeof(wanted), "socket://127.0.0.1:%u: Connection refused (",
			 f->port);
		assert_int_equal(strncmp(f->reason, wanted, strlen(wanted)), 0);
		assert_non_null(strstr(f->reason, "server running"));
	}
}

static void test_unknown_host(void **state)
{
	struct fixture *f = *state;

	create(f, "nobody");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(CLASS->open(f->t, f->reason), -ENODEV);
		assert_int_equal(strncmp(f->reason, "socket://nobody:", 16), 0);
		assert_int_equal(CLASS->fd(f->t), -1);
	}
}

/* The first address refuses, the second one takes us. */
static void test_second_address(void **state)
{
	struct fixture *f = *state;

	connect_to(f, "both");
	CLASS->close(f->t);
	close(f->peer);
	/* And the first one, when it is there. */
	close(f->listener);
	f->listener = listen_at("127.0.0.2", f->port, 5);
	assert_int_equal(connect_it(f), 0);
	f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(f->peer >= 0);
}

/* Connections that nobody accepts, until the kernel lets further ones wait without an answer. */
static int fill_up(const char *host, unsigned int port, int *clients, int max)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct pollfd fd = {.events = POLLOUT};

	inet_pton(AF_INET, host, &address.sin_addr);
	for (int n = 0; n < max; n++) {
		fd.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		clients[n] = fd.fd;
		if (connect(fd.fd, (struct sockaddr *)&address, sizeof(address)) &&
		    poll(&fd, 1, 100) == 0)
			return n + 1;
	}
	return max;
}

/* The first address says nothing at all: when the engine has waited enough, the second one. */
static void test_silent_address(void **state)
{
	struct fixture *f = *state;
	int silent = listen_at("127.0.0.2", f->port, 0);
	int clients[64], n = fill_up("127.0.0.2", f->port, clients, 64);

	assert_true(n < 64);
	create(f, "both");
	assert_int_equal(CLASS->open(f->t, f->reason), 1);
	assert_int_equal(CLASS->opened(f->t, f->reason), 1);
	while (n)
		close(clients[--n]);
	close(silent);
	for (int ret = 1; ret;) {
		struct pollfd fd = {.fd = CLASS->fd(f->t), .events = POLLOUT};

		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		ret = CLASS->opened(f->t, f->reason);
		assert_true(ret >= 0);
	}
	f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(f->peer >= 0);
}

/* No address answers: that is said, and nothing stays open. */
static void test_all_silent(void **state)
{
	struct fixture *f = *state;
	int silent = listen_at("127.0.0.3", 0, 0);
	int clients[64], n;

	f->port = port_of(silent);
	n = fill_up("127.0.0.3", f->port, clients, 64);
	assert_true(n < 64);
	create(f, "127.0.0.3");
	assert_int_equal(CLASS->open(f->t, f->reason), 1);
	assert_int_equal(CLASS->opened(f->t, f->reason), -ENODEV);
	assert_non_null(strstr(f->reason, "Connection timed out"));
	assert_int_equal(CLASS->fd(f->t), -1);
	/* Given up by the engine while it is under way. */
	assert_int_equal(CLASS->open(f->t, f->reason), 1);
	CLASS->close(f->t);
	assert_int_equal(CLASS->fd(f->t), -1);
	while (n)
		close(clients[--n]);
	close(silent);
}

/* ---- Addresses */

static void test_addresses(void **state)
{
	static const struct {
		const char *address, *fault;
	} wrong[] = {
		{"socket://", "port is missing"},
		{"socket://host", "port is missing"},
		{"socket://host:", "port is no number"},
		{"socket://host:0", "port is no number"},
		{"socket://host:65536", "port is no number"},
		{"socket://host:http", "port is no number"},
		{"socket://:5", "host is missing"},
		{"socket://::1:5", "brackets"},
		{"socket://host/path:5", "no name"},
		{"socket://ho st:5", "blank"},
	};
	struct fixture *f = *state;
	struct bridged_transport *t = NULL;

	for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
		assert_int_equal(CLASS->create(&t, wrong[i].address, f->options, f->reason),
				 -EINVAL);
		assert_non_null(strstr(f->reason, wrong[i].fault));
		assert_non_null(strstr(f->reason, wrong[i].address));
		assert_null(t);
	}
	assert_true(CLASS->match("socket://host:1"));
	assert_false(CLASS->match("/dev/ttyUSB0"));
	assert_false(CLASS->match("rfc2217://host:1"));
	CLASS->free(NULL);
}

int main(void)
{
#define SOCKET_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(test_bytes),	  SOCKET_TEST(test_tuning),
		SOCKET_TEST(test_ipv6),		  SOCKET_TEST(test_full),
		SOCKET_TEST(test_peer_closes),	  SOCKET_TEST(test_peer_resets),
		SOCKET_TEST(test_reconnect),	  SOCKET_TEST(test_refused),
		SOCKET_TEST(test_unknown_host),	  SOCKET_TEST(test_second_address),
		SOCKET_TEST(test_silent_address), SOCKET_TEST(test_all_silent),
		SOCKET_TEST(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
