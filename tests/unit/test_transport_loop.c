// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/transports/loop.c: what is written comes back, and the descriptor tells when.
 */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <transport.h>

extern const struct bridged_transport_class loop_transport;

#define CLASS (&loop_transport)

static bool is_readable(const struct bridged_transport *t)
{
	struct pollfd fd = {.fd = CLASS->fd(t), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static void test_bytes(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	struct bridged_transport *t;
	uint8_t in[1000], out[700];
	size_t written = 0, read = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(CLASS->create(&t, "loop://", NULL, reason), 0);
	assert_int_equal(CLASS->fd(t), -1);
	assert_int_equal(CLASS->open(t, reason), 0);
	for (int round = 0; round < 300; round++) {
		assert_true(is_readable(t) == (written > read));
		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)((written + i) % 251);
		n = CLASS->write(t, in, sizeof(in));
		assert_true(n > 0 || (n == -EAGAIN && written - read > 32768));
		written += n > 0 ? (size_t)n : 0;
		assert_true(is_readable(t));
		n = CLASS->read(t, out, sizeof(out));
		assert_int_equal(n, sizeof(out));
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(out[i], (read + (size_t)i) % 251);
		read += (size_t)n;
	}
	assert_true(written < 300 * sizeof(in)); /* it was full at times */
	while ((n = CLASS->read(t, out, sizeof(out))) > 0)
		read += (size_t)n;
	assert_int_equal(n, -EAGAIN);
	assert_int_equal(read, written);
	assert_false(is_readable(t));
	/* What is left when it is closed is gone. */
	assert_int_equal(CLASS->write(t, in, 5), 5);
	CLASS->drain(t, 0);
	CLASS->close(t);
	CLASS->close(t);
	assert_int_equal(CLASS->fd(t), -1);
	assert_int_equal(CLASS->open(t, reason), 0);
	assert_int_equal(CLASS->read(t, out, sizeof(out)), -EAGAIN);
	CLASS->free(t);
	CLASS->free(NULL);
}

static void test_addresses(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	struct bridged_transport *t = NULL;

	(void)state;
	assert_int_equal(CLASS->create(&t, "loop://x", NULL, reason), -EINVAL);
	assert_non_null(strstr(reason, "loop://x: nothing may stand behind"));
	assert_null(t);
	assert_true(CLASS->match("loop://"));
	assert_false(CLASS->match("socket://host:1"));
	assert_false(CLASS->match("/dev/ttyUSB0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
