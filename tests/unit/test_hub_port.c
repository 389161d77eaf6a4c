// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/ports/hub.c with programs at its socket, good ones, bad ones and slow ones.
 */
#include "check.h"
#include "random.h"

#include <anycan/hub.h>
#include <errno.h>
#include <poll.h>
#include <port.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

extern const struct bridged_port_class hub_port;

struct fixture {
	char dir[64], path[96];
	struct bridged_port *port;
	int fds[BRIDGED_PORT_FDS];
};

static int open_port(struct fixture *f, const char *netdev, char *reason)
{
	const struct bridged_port_config config = {
		.netdev = netdev,
		.adapter = "slcan:x",
		.fd = true,
		.uid = getuid(),
	};

	return hub_port.open(&f->port, &config, reason);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char reason[BRIDGED_REASON_SIZE];

	strcpy(f->dir, "/tmp/anycan-hub.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/h0.hub", f->dir);
	setenv("ANYCAN_RUN_DIR", f->dir, 1);
	assert_int_equal(open_port(f, "h0", reason), 0);
	f->port->class = &hub_port;
	hub_port.fds(f->port, f->fds);
	hub_port.set_carrier(f->port, true);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	hub_port.close(f->port);
	unsetenv("ANYCAN_RUN_DIR");
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* As the daemon's loop does it, until nothing is to be done. Return: frames from programs. */
static unsigned int turn(struct fixture *f, struct anycan_frame *frames, unsigned int max)
{
	struct pollfd pollers[BRIDGED_PORT_FDS];
	uint32_t tokens[256];
	unsigned int n = 0, rounds = 0;

	for (int i = 0; i < BRIDGED_PORT_FDS; i++)
		pollers[i] = (struct pollfd){.fd = f->fds[i], .events = POLLIN};
	while (poll(pollers, BRIDGED_PORT_FDS, 0) > 0) {
		assert_true(++rounds < 10000); /* it must not be woken for nothing */
		for (int i = 0; i < BRIDGED_PORT_FDS; i++) {
			if (!pollers[i].revents)
				continue;
			if (hub_port.handle(f->port, i) & BRIDGED_PORT_FRAMES)
				n += hub_port.recv(f->port, frames + n, tokens, max - n);
		}
		if (max && n == max)
			break;
	}
	return n;
}

static void idle(struct fixture *f)
{
	struct anycan_frame frames[16];

	assert_int_equal(turn(f, frames, 16), 0);
}

static int connect_to(const struct fixture *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void put_record(int fd, const struct anycan_hub_record *record)
{
	assert_int_equal(send(fd, record->bytes, record->len, MSG_NOSIGNAL), record->len);
}

static void say(int fd, uint8_t type, uint32_t flags, uint32_t queue)
{
	struct anycan_hub_header header = {
		.type = type, .flags = flags, .queue = queue, .value = CAN_ERR_MASK};
	struct anycan_hub_record record;

	anycan_hub_begin(&record, &header);
	put_record(fd, &record);
}

/* Return: the header's type, 0 if there is no record, -1 if the connection has ended. */
static int hear(int fd, struct anycan_hub_record *record, struct anycan_hub_header *header)
{
	ssize_t n = recv(fd, record->bytes, sizeof(record->bytes), 0);

	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (!n)
		return -1;
	record->len = (size_t)n;
	assert_int_equal(anycan_hub_parse(record->bytes, record->len, header), 0);
	return header->type;
}

static int join(struct fixture *f, uint32_t flags, uint32_t queue)
{
	struct anycan_hub_record record;
	struct anycan_hub_header header;
	int fd = connect_to(f);

	say(fd, ANYCAN_HUB_HELLO, flags, queue);
	idle(f);
	assert_int_equal(hear(fd, &record, &header), ANYCAN_HUB_WELCOME);
	assert_int_equal(header.flags, ANYCAN_HUB_FD);
	return fd;
}

static void send_ids(int fd, canid_t first, unsigned int n)
{
	struct anycan_hub_header header = {.type = ANYCAN_HUB_FRAMES};
	struct anycan_hub_record record;

	anycan_hub_begin(&record, &header);
	for (canid_t id = first; id < first + n; id++)
		assert_true(anycan_hub_put(&record, &(struct anycan_frame){.can_id = id}));
	put_record(fd, &record);
}

/* Return: how many frames came; they are numbered from @first on. @dropped as they tell. */
static unsigned int hear_ids(int fd, canid_t first, uint64_t *dropped)
{
	struct anycan_hub_record record;
	struct anycan_hub_header header;
	struct anycan_hub_reader reader;
	struct anycan_frame frame;
	unsigned int n = 0;

	while (hear(fd, &record, &header) == ANYCAN_HUB_FRAMES) {
		anycan_hub_read(&reader, record.bytes, record.len, &header);
		if (dropped)
			*dropped = header.value;
		while (anycan_hub_next(&reader, &frame) == 1)
			assert_int_equal(frame.can_id, first + n++);
	}
	return n;
}

static void test_exchange(void **state)
{
	struct fixture *f = *state;
	int a = join(f, 0, 0), b = join(f, ANYCAN_HUB_OWN, 0);
	struct anycan_frame frames[16];

	send_ids(a, 1, 3);
	assert_int_equal(turn(f, frames, 16), 3);
	assert_int_equal(frames[2].can_id, 3);
	assert_int_equal(hear_ids(a, 0, NULL), 0);
	assert_int_equal(hear_ids(b, 1, NULL), 3);
	send_ids(b, 7, 1);
	assert_int_equal(turn(f, frames, 16), 1);
	assert_int_equal(hear_ids(a, 7, NULL), 1);
	assert_int_equal(hear_ids(b, 7, NULL), 1);
	/* From the bus, to all. */
	hub_port.send(f->port, frames, 1);
	assert_int_equal(hear_ids(a, 7, NULL), 1);
	assert_int_equal(hear_ids(b, 7, NULL), 1);
	/* Without an adapter nobody hears what cannot be sent. */
	hub_port.set_carrier(f->port, false);
	send_ids(a, 9, 1);
	assert_int_equal(turn(f, frames, 16), 1);
	assert_int_equal(hear_ids(b, 9, NULL), 0);
	close(a);
	close(b);
	idle(f);
}

/* Frames of a record that the daemon has no room for yet are not forgotten. */
static void test_little_room(void **state)
{
	struct fixture *f = *state;
	int a = join(f, 0, 0);
	struct anycan_frame frames[64];
	unsigned int n = 0;

	send_ids(a, 0, 50);
	/* Also those of a program that has gone meanwhile. */
	close(a);
	while (n < 50) {
		unsigned int got = turn(f, frames + n, 50 - n < 7 ? 50 - n : 7);

		assert_true(got > 0);
		n += got;
	}
	for (canid_t id = 0; id < 50; id++)
		assert_int_equal(frames[id].can_id, id);
	idle(f);
}

/* A program that does not read loses frames, is told, and harms nobody. */
static void test_slow(void **state)
{
	struct fixture *f = *state;
	int slow = join(f, 0, 10), quick = join(f, 0, 0);
	struct bridged_port_drops drops;
	struct anycan_frame frame = {0};
	uint64_t dropped = 0;
	unsigned int n = 0;

	for (unsigned int i = 0; i < 2000; i++) {
		frame.can_id = i % 2000;
		hub_port.send(f->port, &frame, 1);
		assert_int_equal(hear_ids(quick, frame.can_id, NULL), 1);
	}
	n = hear_ids(slow, 0, NULL);
	assert_true(n > 0);
	idle(f);
	/* What waited in the hub comes once there is room. */
	n += hear_ids(slow, n, &dropped);
	assert_int_equal(n + dropped, 2000);
	assert_true(dropped > 0);
	hub_port.drops(f->port, &drops);
	assert_int_equal(drops.rx_refused, dropped);
	close(slow);
	idle(f);
	hub_port.drops(f->port, &drops);
	assert_int_equal(drops.rx_refused, dropped);
	close(quick);
	idle(f);
}

/* While senders are held back nobody is woken for nothing; who asks is answered. */
static void test_hold(void **state)
{
	const struct anycan_hub_header filters = {.type = ANYCAN_HUB_FILTERS, .value = 9};
	struct fixture *f = *state;
	int a = join(f, 0, 0), b;
	struct anycan_hub_record record;
	struct anycan_hub_header header;
	struct anycan_frame frames[64];
	unsigned int sent = 0;

	send_ids(a, 0, 64);
	assert_int_equal(turn(f, frames, 10), 10);
	hub_port.hold(f->port, true);
	idle(f);
	b = join(f, 0, 0);
	anycan_hub_begin(&record, &filters);
	put_record(b, &record);
	idle(f);
	assert_int_equal(hear(b, &record, &header), ANYCAN_HUB_FILTERED);
	assert_int_equal(header.value, 9);
	send_ids(b, 500, 1);
	idle(f);
	/* Who leaves makes room for others. */
	for (int i = 0; i < 200; i++)
		close(join(f, 0, 0));
	idle(f);
	/* The socket's buffer fills: its owner waits. */
	while (send(a, "", 1, MSG_NOSIGNAL) == 1 && sent < 100000)
		sent++;
	assert_int_equal(errno, EAGAIN);
	hub_port.hold(f->port, false);
	assert_int_equal(turn(f, frames, 55), 55);
	/* What a sent was no record. */
	idle(f);
	assert_int_equal(hear(a, &record, &header), -1);
	close(a);
	close(b);
	idle(f);
}

/* Filters work from the answer on, in order with the frames. */
static void test_filters(void **state)
{
	struct fixture *f = *state;
	int a = join(f, 0, 0);
	struct anycan_hub_header header = {.type = ANYCAN_HUB_FILTERS, .value = 77};
	const struct can_filter filter = {2, CAN_SFF_MASK};
	struct anycan_frame frames[3] = {
		{.can_id = 1}, {.can_id = 2}, {.can_id = CAN_ERR_FLAG | CAN_ERR_ACK, .len = 8}};
	struct anycan_hub_record record;

	hub_port.send(f->port, frames, 1);
	anycan_hub_begin(&record, &header);
	assert_int_equal(anycan_hub_put_filters(&record, &filter, 1), 0);
	put_record(a, &record);
	idle(f);
	hub_port.send(f->port, frames, 3);
	assert_int_equal(hear(a, &record, &header), ANYCAN_HUB_FRAMES);
	assert_int_equal(header.count, 1);
	assert_int_equal(hear(a, &record, &header), ANYCAN_HUB_FILTERED);
	assert_int_equal(header.value, 77);
	assert_int_equal(hear(a, &record, &header), ANYCAN_HUB_FRAMES);
	assert_int_equal(header.count, 2);
	close(a);
	idle(f);
}

/* Who breaks the rules is out; the others do not notice. */
static void test_bad_programs(void **state)
{
	static const uint8_t garbage[ANYCAN_HUB_RECORD_MAX + 100] = {ANYCAN_HUB_FRAMES, 1, 255};
	struct fixture *f = *state;
	int good = join(f, 0, 0), bad[6];
	struct bridged_port_drops drops;
	struct anycan_frame frame = {.can_id = 0x801};
	struct anycan_hub_record record;
	struct anycan_hub_header header = {.type = ANYCAN_HUB_FRAMES};

	for (int i = 0; i < 6; i++)
		bad[i] = i < 3 ? connect_to(f) : join(f, 0, 0);
	assert_int_equal(send(bad[0], garbage, 10, 0), 10);
	say(bad[1], ANYCAN_HUB_FILTERS, 0, 0);
	send_ids(bad[2], 1, 1);
	say(bad[3], ANYCAN_HUB_HELLO, 0, 0);
	assert_int_equal(send(bad[4], garbage, sizeof(garbage), 0), sizeof(garbage));
	say(bad[5], ANYCAN_HUB_WELCOME, 0, 0);
	idle(f);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(hear(bad[i], &record, &header), -1);
		close(bad[i]);
	}
	/* A frame that is none is counted, no more. */
	header = (struct anycan_hub_header){.type = ANYCAN_HUB_FRAMES};
	anycan_hub_begin(&record, &header);
	anycan_hub_put(&record, &frame);
	put_record(good, &record);
	idle(f);
	hub_port.drops(f->port, &drops);
	assert_int_equal(drops.tx_invalid, 1);
	frame.can_id = 5;
	hub_port.send(f->port, &frame, 1);
	assert_int_equal(hear_ids(good, 5, NULL), 1);
	close(good);
	idle(f);
}

/* Whatever is sent, what comes out is valid, and the hub lives. */
static void test_noise(void **state)
{
	struct fixture *f = *state;
	struct test_random random = {41};
	struct anycan_frame frames[64];
	struct anycan_hub_record record;

	for (int round = 0; round < 2000; round++) {
		struct anycan_hub_header header = {
			.type = (uint8_t)test_random_below(&random, 7),
			.flags = (uint32_t)test_random_next(&random),
			.queue = test_random_below(&random, 100),
		};
		int fd = round % 2 ? join(f, 3, 0) : connect_to(f);
		unsigned int n;

		anycan_hub_begin(&record, &header);
		record.bytes[2] = (uint8_t)test_random_below(&random, 70);
		record.len += test_random_below(&random, 300);
		for (size_t i = sizeof(header); i < record.len; i++)
			record.bytes[i] = test_random_below(&random, 3)
						  ? 0
						  : (uint8_t)test_random_next(&random);
		put_record(fd, &record);
		n = turn(f, frames, 64);
		for (unsigned int i = 0; i < n; i++)
			assert_int_equal(anycan_frame_check(&frames[i], NULL), 0);
		close(fd);
		turn(f, frames, 64);
	}
}

static void test_many_programs(void **state)
{
	struct fixture *f = *state;
	struct anycan_hub_record record;
	struct anycan_hub_header header;
	int fds[130];

	for (int i = 0; i < 128; i++)
		fds[i] = join(f, 0, 0);
	for (int i = 128; i < 130; i++) {
		fds[i] = connect_to(f);
		idle(f);
		assert_int_equal(hear(fds[i], &record, &header), -1);
	}
	for (int i = 0; i < 130; i++)
		close(fds[i]);
	idle(f);
	close(join(f, 0, 0));
	idle(f);
}

static void test_names(void **state)
{
	struct fixture *f = *state, other = {0};
	char reason[BRIDGED_REASON_SIZE];
	struct stat st;

	assert_int_equal(open_port(&other, "h0", reason), -EEXIST);
	assert_non_null(strstr(reason, "h0"));
	assert_int_equal(open_port(&other, "lo", reason), -EEXIST);
	assert_non_null(strstr(reason, "netdev"));
	/* Left behind by one that was killed. */
	assert_int_equal(stat(f->path, &st), 0);
	close(f->fds[0]);
	assert_int_equal(open_port(&other, "h0", reason), 0);
	assert_string_equal(other.port->leftover, f->path);
	hub_port.close(other.port);
	assert_int_equal(stat(f->path, &st), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_exchange, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_little_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_programs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_noise, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_programs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
