// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What every bus must do, whatever is behind it. The environment says where: BUS_A and BUS_B are
 * addresses whose buses hear each other, BUS_FD=1 if they carry CAN FD, BUS_LOCAL=1 if both are one
 * netdev, hub or channel, so that error frames pass and loopback can be switched off, BUS_RTR0=1 if
 * remote frames must have length 0: QEMU's SJA1000 leaves others half read.
 */
#include "../unit/check.h"

#include "../unit/buses.h"
#include "../unit/random.h"

#include <anycan/clock.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE (20 * ANYCAN_NS_PER_S)

/* Frames that may be under way: below what the shortest queue between the two holds. */
#define WINDOW 24

static const char *address_a, *address_b;
static bool has_fd, is_local, short_remotes;

#define OPEN_HERE(address, ...) OPEN(address, .fd = has_fd, __VA_ARGS__)

static struct anycan_frame any_frame(struct test_random *random)
{
	struct anycan_frame frame;

	do {
		frame = test_random_frame(random);
	} while ((anycan_frame_is_fd(&frame) && !has_fd) ||
		 ((frame.can_id & CAN_ERR_FLAG) && !is_local) || frame.len8_dlc);
	/* Whether a node is error passive is for its controller to say. */
	if (!is_local)
		frame.flags &= (uint8_t)~CANFD_ESI;
	if (short_remotes && (frame.can_id & CAN_RTR_FLAG))
		frame.len = 0;
	return frame;
}

static void send_all(struct anycan_bus *bus, const struct anycan_frame *frames, unsigned int n)
{
	struct anycan_error error = {0};

	if (anycan_bus_send_many(bus, frames, n, PATIENCE, &error) != (int)n)
		fail_msg("%s", error.text);
}

static void recv_all(struct anycan_bus *bus, struct anycan_frame *frames, unsigned int n)
{
	struct anycan_error error = {0};

	for (unsigned int got = 0; got < n;) {
		int ret = anycan_bus_recv_many(bus, frames + got, n - got, PATIENCE, &error);

		if (ret <= 0)
			fail_msg("%u of %u frames came; %d %s", got, n, ret, error.text);
		got += (unsigned int)ret;
	}
}

static bool same(const struct anycan_frame *sent, const struct anycan_frame *got)
{
	return anycan_frame_equal(sent, got, ANYCAN_ANY_TIME, false);
}

static bool is_quiet(struct anycan_bus *bus)
{
	struct anycan_frame frame;

	return anycan_bus_recv(bus, &frame, 50 * ANYCAN_NS_PER_MS, NULL) == 0;
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

/* Every kind of frame, in batches of any size, both ways, as it was sent and in order. */
static void pass_frames(struct anycan_bus *from, struct anycan_bus *to, uint64_t seed)
{
	struct anycan_frame sent[WINDOW], got[WINDOW];
	struct test_random random = {seed};

	for (unsigned int round = 0; round < 40; round++) {
		unsigned int n = 1 + test_random_below(&random, WINDOW);

		for (unsigned int i = 0; i < n; i++)
			sent[i] = any_frame(&random);
		send_all(from, sent, n);
		recv_all(to, got, n);
		for (unsigned int i = 0; i < n; i++)
			assert_true(same(&sent[i], &got[i]));
	}
}

static void test_frames(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);

	(void)state;
	pass_frames(a, b, 3);
	pass_frames(b, a, 4);
	assert_true(is_quiet(a) && is_quiet(b));
	anycan_bus_close(a);
	anycan_bus_close(b);
}

/* The time is that of the machine, and does not run backwards. */
static void test_time(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);
	const struct anycan_frame frame = {.can_id = 0x123};
	struct anycan_frame got[3];
	int64_t before = now_ns(CLOCK_REALTIME) - ANYCAN_NS_PER_S / 2;

	(void)state;
	for (int i = 0; i < 3; i++)
		send_all(a, &frame, 1);
	recv_all(b, got, 3);
	assert_true(got[0].ts_ns > before && got[0].ts_ns <= got[1].ts_ns);
	assert_true(got[1].ts_ns <= got[2].ts_ns);
	assert_true(got[2].ts_ns <= now_ns(CLOCK_REALTIME) + ANYCAN_NS_PER_S / 2);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

/* Who sends hears itself only if it wants to; everybody else on the netdev does. */
static void test_own(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a, .receive_own_messages = true);
	struct anycan_bus *deaf = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);
	const struct anycan_frame frame = {.can_id = 0x321, .len = 2, .data = {1, 2}};
	struct anycan_frame got;

	(void)state;
	send_all(a, &frame, 1);
	recv_all(a, &got, 1);
	assert_true(same(&frame, &got));
	assert_int_equal(got.own, 1);
	assert_int_equal(got.dir, ANYCAN_TX);
	recv_all(deaf, &got, 1);
	assert_true(same(&frame, &got));
	assert_int_equal(got.own, 0);
	recv_all(b, &got, 1);
	assert_int_equal(got.own, 0);
	if (!is_local)
		assert_int_equal(got.dir, ANYCAN_RX);
	send_all(deaf, &frame, 1);
	recv_all(a, &got, 1);
	recv_all(b, &got, 1);
	assert_true(is_quiet(deaf) && is_quiet(a) && is_quiet(b));
	anycan_bus_close(a);
	anycan_bus_close(deaf);
	anycan_bus_close(b);
}

static bool is_virtual(void)
{
	return !strncmp(address_a, "virtual:", strlen("virtual:"));
}

/* Hidden from this machine, not from the bus. */
static void test_no_loopback(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a, .no_local_loopback = true);
	struct anycan_bus *near = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);
	const struct anycan_frame frame = {.can_id = 0x321};
	struct anycan_frame got;

	(void)state;
	if (!is_virtual()) {
		send_all(a, &frame, 1);
		if (!is_local)
			recv_all(b, &got, 1);
		assert_true(is_quiet(near));
		assert_true(is_quiet(b));
	}
	anycan_bus_close(a);
	anycan_bus_close(near);
	anycan_bus_close(b);
}

static void test_timeouts(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);
	const struct anycan_frame frame = {.can_id = 1};
	int64_t began = now_ns(CLOCK_MONOTONIC);
	struct anycan_frame got;

	(void)state;
	assert_int_equal(anycan_bus_recv(b, &got, 0, NULL), 0);
	assert_int_equal(anycan_bus_recv(b, &got, 80 * ANYCAN_NS_PER_MS, NULL), 0);
	assert_true(now_ns(CLOCK_MONOTONIC) - began >= 80 * ANYCAN_NS_PER_MS);
	send_all(a, &frame, 1);
	assert_int_equal(anycan_bus_recv(b, &got, ANYCAN_FOREVER, NULL), 1);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

static void test_descriptor(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);
	struct pollfd poller = {.fd = anycan_bus_fd(b), .events = POLLIN};
	const struct anycan_frame frames[3] = {{.can_id = 1}, {.can_id = 2}, {.can_id = 3}};
	struct anycan_frame got;

	(void)state;
	assert_true(poller.fd >= 0);
	assert_int_equal(poll(&poller, 1, 0), 0);
	send_all(a, frames, 3);
	for (canid_t id = 1; id <= 3;) {
		assert_int_equal(poll(&poller, 1, 20000), 1);
		while (anycan_bus_recv(b, &got, 0, NULL) == 1)
			assert_int_equal(got.can_id, id++);
	}
	assert_int_equal(poll(&poller, 1, 0), 0);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

/* ---- Filters */

static struct can_filter any_filter(struct test_random *random, bool errors_too)
{
	struct can_filter filter = anycan_filter(
		test_random_below(random, CAN_EFF_MASK + 1) >> (test_random_below(random, 2) * 18),
		test_random_below(random, CAN_EFF_MASK + 1) &
			test_random_below(random, CAN_EFF_MASK + 1),
		(enum anycan_filter_format)test_random_below(random, 3));

	if (test_random_below(random, 4) == 0)
		filter.can_mask |= CAN_RTR_FLAG;
	if (test_random_below(random, 4) == 0)
		filter.can_id |= CAN_RTR_FLAG;
	if (test_random_below(random, 4) == 0)
		filter = anycan_filter_invert(filter);
	if (errors_too && test_random_below(random, 8) == 0)
		filter.can_mask |= CAN_ERR_FLAG;
	return filter;
}

/* Identifiers of the filters are more frequent among the frames than chance would have them. */
static struct anycan_frame related_frame(struct test_random *random, const struct can_filter *list,
					 unsigned int n)
{
	struct anycan_frame frame = any_frame(random);
	canid_t id = n ? list[test_random_below(random, n)].can_id : 0;

	if (n && !(frame.can_id & CAN_ERR_FLAG) && test_random_below(random, 2))
		frame.can_id = (frame.can_id & (CAN_EFF_FLAG | CAN_RTR_FLAG)) |
			       (id & (frame.can_id & CAN_EFF_FLAG ? CAN_EFF_MASK : CAN_SFF_MASK));
	return frame;
}

/*
 * @a sends; @b must receive what the filters let pass, as anycan_filters_match() tells, and @all
 * everything.
 */
static void pass_filtered(struct anycan_bus *a, struct anycan_bus *b, struct anycan_bus *all,
			  const struct anycan_filters *filters, struct test_random *random)
{
	struct anycan_frame sent[WINDOW], wanted[WINDOW], got[WINDOW];
	unsigned int n_wanted = 0;

	for (unsigned int i = 0; i < WINDOW; i++) {
		sent[i] = related_frame(random, filters->list, (unsigned int)filters->n);
		if (anycan_filters_match(filters, sent[i].can_id))
			wanted[n_wanted++] = sent[i];
	}
	send_all(a, sent, WINDOW);
	recv_all(all, got, WINDOW);
	recv_all(b, got, n_wanted);
	for (unsigned int i = 0; i < n_wanted; i++)
		assert_true(same(&wanted[i], &got[i]));
	assert_int_equal(anycan_bus_recv(b, got, 0, NULL), 0);
}

static void test_filters(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b),
			  *all = OPEN_HERE(address_b);
	struct anycan_filters filters = {.error_mask = CAN_ERR_MASK};
	struct can_filter list[6], back[6];
	struct test_random random = {21};

	(void)state;
	filters.list = list;
	for (int set = 0; set < 200; set++) {
		bool joined = true;

		filters.n = test_random_below(&random, 7);
		filters.joined = test_random_below(&random, 3) == 0;
		for (size_t i = 0; i < filters.n; i++)
			list[i] = any_filter(&random, false);
		assert_int_equal(anycan_bus_set_filters(b, list, filters.n, filters.joined, NULL),
				 0);
		pass_filtered(a, b, all, &filters, &random);
		assert_int_equal(anycan_bus_get_filters(b, back, 6, &joined), filters.n);
		assert_memory_equal(back, list, filters.n * sizeof(*list));
		assert_int_equal(joined, filters.joined);
	}
	anycan_bus_close(a);
	anycan_bus_close(b);
	anycan_bus_close(all);
}

/* Without error frames, and with those that filters ask for. */
static void test_error_filters(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a), *all = OPEN_HERE(address_b);
	struct anycan_bus *b = OPEN_HERE(address_b, .ignore_rx_error_frames = true);
	struct anycan_filters filters = {0};
	struct can_filter list[4];
	struct test_random random = {22};

	(void)state;
	filters.list = list;
	for (int set = 0; set < 50; set++) {
		filters.n = 1 + test_random_below(&random, 4);
		for (size_t i = 0; i < filters.n; i++)
			list[i] = any_filter(&random, true);
		assert_int_equal(anycan_bus_set_filters(b, list, filters.n, false, NULL), 0);
		pass_filtered(a, b, all, &filters, &random);
	}
	anycan_bus_close(a);
	anycan_bus_close(b);
	anycan_bus_close(all);
}

/* More than the kernel takes: the result is the same. */
static void test_many_filters(void **state)
{
	static struct can_filter list[CAN_RAW_FILTER_MAX + 1];
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b),
			  *all = OPEN_HERE(address_b);
	struct anycan_filters filters = {.list = list, .error_mask = CAN_ERR_MASK};
	struct test_random random = {23};
	bool below[2];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(list); i++)
		list[i] = anycan_filter((uint32_t)i, CAN_SFF_MASK, ANYCAN_FILTER_STANDARD);
	for (size_t i = 0; i < 2; i++) {
		filters.n = TEST_COUNT(list) - i;
		assert_int_equal(anycan_bus_set_filters(b, list, filters.n, false, NULL), 0);
		below[i] = anycan_bus_filters_in_kernel(b);
		for (int round = 0; round < 5; round++)
			pass_filtered(a, b, all, &filters, &random);
	}
	assert_false(below[0]);
	assert_int_equal(below[1], !is_virtual());
	anycan_bus_close(a);
	anycan_bus_close(b);
	anycan_bus_close(all);
}

/* A classic bus among FD ones neither receives nor sends FD frames. */
static void test_classic(void **state)
{
	const struct anycan_bus_options options = {0};
	struct anycan_bus *a = OPEN_HERE(address_a), *b;
	const struct anycan_frame frames[3] = {
		{.can_id = 1}, {.can_id = 2, .len = 12, .flags = CANFD_FDF}, {.can_id = 3}};
	struct anycan_frame got[3];

	(void)state;
	assert_int_equal(anycan_bus_open(&b, address_b, &options, NULL), 0);
	assert_int_equal(anycan_bus_protocol(b), ANYCAN_PROTOCOL_CAN_20);
	assert_int_equal(anycan_bus_send(b, &frames[1], 0, NULL), -EINVAL);
	if (has_fd && !is_virtual()) {
		send_all(a, frames, 3);
		recv_all(b, got, 2);
		assert_int_equal(got[0].can_id, 1);
		assert_int_equal(got[1].can_id, 3);
		assert_true(is_quiet(b));
	}
	anycan_bus_close(a);
	anycan_bus_close(b);
}

/* Frames in = frames received + counted, for one that does not read; and it reads on. */
static void test_counts(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);
	struct anycan_frame frames[WINDOW] = {{0}}, got[WINDOW];
	struct anycan_bus_stats stats;

	(void)state;
	send_all(a, frames, WINDOW);
	recv_all(b, got, WINDOW);
	anycan_bus_get_stats(a, &stats);
	assert_int_equal(stats.tx_frames, WINDOW);
	assert_int_equal(stats.tx_refused, 0);
	anycan_bus_get_stats(b, &stats);
	assert_int_equal(stats.rx_frames, WINDOW);
	assert_int_equal(stats.rx_errors + stats.rx_dropped + stats.rx_invalid, 0);
	send_all(a, frames, 5);
	while (!is_quiet(b))
		;
	send_all(a, frames, 5);
	nanosleep(&(struct timespec){.tv_nsec = 300 * ANYCAN_NS_PER_MS}, NULL);
	assert_int_equal(anycan_bus_flush(b, NULL), 5);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

/* A slow reader with a short queue loses frames, and knows how many. */
static void test_overflow(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a, .receive_own_messages = false);
	struct anycan_bus *b = OPEN_HERE(address_b, .rx_queue_size = 16);
	struct anycan_frame frame = {0}, got;
	struct anycan_bus_stats stats;
	unsigned int n = 3000, received = 0;

	(void)state;
	if (is_virtual() || !is_local)
		n = 0; /* nothing is lost there; a wire is too slow for it */
	for (unsigned int i = 0; i < n; i++)
		send_all(a, &frame, 1);
	while (n && anycan_bus_recv(b, &got, 300 * ANYCAN_NS_PER_MS, NULL) == 1)
		received++;
	/* The count comes with the next frame. */
	send_all(a, &frame, n ? 1 : 0);
	received += n ? (unsigned int)anycan_bus_recv(b, &got, PATIENCE, NULL) : 0;
	anycan_bus_get_stats(b, &stats);
	assert_int_equal(received + stats.rx_dropped, n ? n + 1 : 0);
	assert_true(!n || stats.rx_dropped);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

static void test_state(void **state)
{
	struct anycan_bus *a = OPEN_HERE(address_a);
	enum anycan_bus_state bus_state;
	struct anycan_error error;
	char name[IFNAMSIZ];

	(void)state;
	if (anycan_bus_get_state(a, &bus_state, &error))
		fail_msg("%s", error.text);
	assert_int_equal(bus_state, ANYCAN_BUS_ACTIVE);
	assert_int_equal(anycan_bus_channel_name(a, 0, name, sizeof(name)), 0);
	assert_int_equal(anycan_bus_channel(a, name, NULL), 0);
	assert_int_equal(anycan_bus_channel(a, "nonsense", NULL), -ENODEV);
	assert_true(strlen(anycan_bus_info(a)) > 0);
	anycan_bus_close(a);
}

/* ---- Threads */

#define THREAD_FRAMES 200

struct worker {
	pthread_t thread;
	struct anycan_bus *bus;
	unsigned int number;
	unsigned int *seen; /* of all readers, under the lock */
	unsigned int *left; /* frames that are still to come */
	pthread_mutex_t *lock;
};

static void *send_some(void *arg)
{
	const struct worker *worker = arg;

	for (unsigned int i = 0; i < THREAD_FRAMES; i++) {
		const struct anycan_frame frame = {
			.can_id = worker->number * THREAD_FRAMES + i,
		};

		send_all(worker->bus, &frame, 1);
		/* Slower than the slowest queue. */
		if (i % 8 == 7)
			nanosleep(&(struct timespec){.tv_nsec = 4 * ANYCAN_NS_PER_MS}, NULL);
	}
	return NULL;
}

static void *recv_some(void *arg)
{
	const struct worker *worker = arg;
	int64_t deadline = now_ns(CLOCK_MONOTONIC) + PATIENCE;
	struct anycan_frame frames[4];
	unsigned int left = 1;

	while (left && now_ns(CLOCK_MONOTONIC) < deadline) {
		int n = anycan_bus_recv_many(worker->bus, frames, 4, 20 * ANYCAN_NS_PER_MS, NULL);

		pthread_mutex_lock(worker->lock);
		for (int i = 0; i < n; i++)
			worker->seen[frames[i].can_id]++;
		*worker->left -= n > 0 ? (unsigned int)n : 0;
		left = *worker->left;
		pthread_mutex_unlock(worker->lock);
	}
	return NULL;
}

/* While others send and receive, one asks and sets. */
static void *meddle(void *arg)
{
	const struct worker *worker = arg;
	enum anycan_bus_state bus_state;
	struct anycan_bus_stats stats;

	for (int i = 0; i < 50; i++) {
		anycan_bus_get_stats(worker->bus, &stats);
		anycan_bus_get_filters(worker->bus, NULL, 0, NULL);
		anycan_bus_set_filters(worker->bus, NULL, 0, false, NULL);
		anycan_bus_get_state(worker->bus, &bus_state, NULL);
		nanosleep(&(struct timespec){.tv_nsec = ANYCAN_NS_PER_MS}, NULL);
	}
	return NULL;
}

/* Two threads send on one bus, two receive on another: each frame is received once. */
static void test_threads(void **state)
{
	static unsigned int seen[2 * THREAD_FRAMES];
	struct anycan_bus *a = OPEN_HERE(address_a), *b = OPEN_HERE(address_b);
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	unsigned int left = 2 * THREAD_FRAMES;
	void *(*const work[])(void *) = {recv_some, recv_some, meddle,
					 meddle,    send_some, send_some};
	struct worker workers[TEST_COUNT(work)];

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < TEST_COUNT(work); i++) {
		workers[i] = (struct worker){
			.bus = i == 0 || i == 1 || i == 2 ? b : a,
			.number = i % 2,
			.seen = seen,
			.left = &left,
			.lock = &lock,
		};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work[i], &workers[i]), 0);
	}
	for (unsigned int i = 0; i < TEST_COUNT(work); i++)
		pthread_join(workers[i].thread, NULL);
	for (unsigned int i = 0; i < TEST_COUNT(seen); i++)
		assert_int_equal(seen[i], 1);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),	     cmocka_unit_test(test_time),
		cmocka_unit_test(test_own),	     cmocka_unit_test(test_no_loopback),
		cmocka_unit_test(test_timeouts),     cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_filters),	     cmocka_unit_test(test_error_filters),
		cmocka_unit_test(test_many_filters), cmocka_unit_test(test_classic),
		cmocka_unit_test(test_counts),	     cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_state),	     cmocka_unit_test(test_threads),
	};

	address_a = getenv("BUS_A");
	address_b = getenv("BUS_B");
	if (!address_a || !address_b)
		return 2;
	has_fd = getenv("BUS_FD") != NULL;
	is_local = getenv("BUS_LOCAL") != NULL;
	short_remotes = getenv("BUS_RTR0") != NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
