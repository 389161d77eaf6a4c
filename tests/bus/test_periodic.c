// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/periodic.c and lib/scheduler.c on a virtual bus; the same under TSan, and in tests/vm with
 * BUS_PERIODIC=vcan0, where the kernel sends (lib/bcm.c).
 */
#include "../unit/check.h"

#include <anycan/clock.h>
#include <anycan/periodic.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS ANYCAN_NS_PER_MS
#define PATIENCE_NS (5 * ANYCAN_NS_PER_S)

static struct anycan_bus *sender, *receiver;

static const char *address(void)
{
	const char *name = getenv("BUS_PERIODIC");

	return name ? name : "virtual:periodic";
}

static bool by_kernel(void)
{
	return getenv("BUS_PERIODIC");
}

static int set_up(void **state)
{
	const struct anycan_bus_options options = {.fd = true};
	struct anycan_error error;

	(void)state;
	if (anycan_bus_open(&sender, address(), &options, &error) ||
	    anycan_bus_open(&receiver, address(), &options, &error)) {
		print_message("# %s\n", error.text);
		return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	anycan_bus_close(sender);
	anycan_bus_close(receiver);
	return 0;
}

static struct anycan_frame make(uint8_t value)
{
	return (struct anycan_frame){.can_id = 0x123, .len = 2, .data = {value, 0x55}};
}

static struct anycan_task *send_every(const struct anycan_frame *frames, unsigned int n,
				      const struct anycan_periodic *how)
{
	struct anycan_error error;
	struct anycan_task *task;

	if (anycan_send_periodic(&task, sender, frames, n, how, &error))
		fail_msg("%s", error.text);
	return task;
}

static void expect(uint8_t value)
{
	struct anycan_frame frame;

	assert_int_equal(anycan_bus_recv(receiver, &frame, PATIENCE_NS, NULL), 1);
	assert_int_equal(frame.can_id, 0x123);
	assert_int_equal(frame.data[0], value);
}

/* What comes in this time, other than what waits already. */
static int count_during(int64_t ns)
{
	struct anycan_frame frame;
	int n = 0;

	anycan_bus_flush(receiver, NULL);
	usleep((useconds_t)(ns / 1000));
	while (anycan_bus_recv(receiver, &frame, 0, NULL) == 1)
		n++;
	return n;
}

static void test_one_frame(void **state)
{
	const struct anycan_periodic how = {.period_ns = 20 * MS};
	const struct anycan_frame frame = make(1);
	struct anycan_task_state told;
	struct anycan_frame back;
	struct anycan_task *task = send_every(&frame, 1, &how);

	(void)state;
	for (int i = 0; i < 5; i++)
		expect(1);
	assert_int_equal(anycan_task_read(task, &told, &back, 1, NULL), 1);
	assert_true(told.running);
	assert_int_equal(told.by_kernel, by_kernel());
	assert_int_equal(told.period_ns, 20 * MS);
	assert_int_equal(told.left, 0);
	assert_int_equal(back.can_id, 0x123);
	assert_memory_equal(back.data, frame.data, 2);
	assert_int_equal(anycan_task_start(task, NULL), -EALREADY);
	assert_int_equal(anycan_task_stop(task, NULL), 0);
	assert_int_equal(count_during(100 * MS), 0);
	assert_int_equal(anycan_task_stop(task, NULL), -EALREADY);
	anycan_task_read(task, &told, NULL, 0, NULL);
	assert_false(told.running);
	assert_int_equal(anycan_task_start(task, NULL), 0);
	expect(1);
	expect(1);
	anycan_task_free(task);
	assert_int_equal(count_during(60 * MS), 0);
}

static void test_sequence_and_modify(void **state)
{
	const struct anycan_periodic how = {.period_ns = 20 * MS};
	const struct anycan_frame frames[] = {make(1), make(2), make(3)};
	struct anycan_frame changed[] = {make(11), make(12), make(13)};
	struct anycan_task *task = send_every(frames, 3, &how);
	struct anycan_error error;
	struct anycan_frame frame;

	(void)state;
	for (int i = 0; i < 7; i++)
		expect((uint8_t)(1 + i % 3));
	assert_int_equal(anycan_task_modify(task, changed, 3, &error), 0);
	do {
		assert_int_equal(anycan_bus_recv(receiver, &frame, PATIENCE_NS, NULL), 1);
	} while (frame.data[0] < 10);
	for (int i = 1; i < 6; i++)
		expect((uint8_t)(11 + (frame.data[0] - 11 + i) % 3));
	assert_int_equal(anycan_task_modify(task, changed, 2, &error), -EINVAL);
	assert_string_equal(error.text, "periodic sending: the number of frames cannot be changed");
	changed[0].can_id = changed[1].can_id = changed[2].can_id = 0x124;
	assert_int_equal(anycan_task_modify(task, changed, 3, &error), -EINVAL);
	assert_string_equal(error.text,
			    "periodic sending: identifier, channel and kind cannot be changed");
	/* What is changed while it is stopped counts from the next start. */
	assert_int_equal(anycan_task_stop(task, NULL), 0);
	assert_int_equal(anycan_task_modify(task, frames, 3, NULL), 0);
	anycan_bus_flush(receiver, NULL);
	assert_int_equal(anycan_task_start(task, NULL), 0);
	for (int i = 0; i < 4; i++)
		expect((uint8_t)(1 + i % 3));
	anycan_task_free(task);
}

static void test_duration(void **state)
{
	const struct anycan_periodic how = {.period_ns = 10 * MS, .duration_ns = 95 * MS};
	const struct anycan_frame frame = make(4);
	struct anycan_task *task = send_every(&frame, 1, &how);
	struct anycan_task_state told;

	(void)state;
	for (int i = 0; i < 10; i++)
		expect(4);
	assert_int_equal(count_during(50 * MS), 0);
	anycan_task_read(task, &told, NULL, 0, NULL);
	assert_false(told.running);
	assert_int_equal(anycan_task_stop(task, NULL), -EALREADY);
	/* All of it once more. */
	assert_int_equal(anycan_task_start(task, NULL), 0);
	for (int i = 0; i < 10; i++)
		expect(4);
	assert_int_equal(count_during(50 * MS), 0);
	anycan_task_free(task);
}

/* Ten frames quickly, then slowly. */
static void test_multi_rate(void **state)
{
	const struct anycan_periodic how = {
		.period_ns = 300 * MS, .count = 10, .initial_period_ns = 2 * MS};
	const struct anycan_frame frame = make(5);
	struct anycan_task *task = send_every(&frame, 1, &how);
	struct anycan_task_state told;

	(void)state;
	for (int i = 0; i < 10; i++)
		expect(5);
	assert_int_equal(count_during(100 * MS), 0);
	anycan_task_read(task, &told, NULL, 0, NULL);
	assert_true(told.running);
	assert_int_equal(told.left, 0);
	assert_int_equal(told.period_ns, 300 * MS);
	expect(5);
	anycan_task_free(task);
}

static void test_fd_and_many_tasks(void **state)
{
	const struct anycan_periodic how = {.period_ns = 10 * MS};
	struct anycan_frame fd = {
		.can_id = 0x18daf110 | CAN_EFF_FLAG, .len = 64, .flags = CANFD_FDF | CANFD_BRS};
	const struct anycan_frame same = make(6);
	struct anycan_task *tasks[20];
	struct anycan_frame frame;
	int n_fd = 0, n_classic = 0;

	(void)state;
	memset(fd.data, 0xa5, 64);
	tasks[0] = send_every(&fd, 1, &how);
	/* Several with one identifier. */
	for (int i = 1; i < 20; i++)
		tasks[i] = send_every(&same, 1, &how);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(anycan_bus_recv(receiver, &frame, PATIENCE_NS, NULL), 1);
		n_fd += anycan_frame_is_fd(&frame);
		n_classic += !anycan_frame_is_fd(&frame);
		if (!anycan_frame_is_fd(&frame))
			continue;
		assert_int_equal(frame.len, 64);
		assert_memory_equal(frame.data, fd.data, 64);
	}
	assert_in_range(n_fd, 5, 15);
	assert_in_range(n_classic, 185, 195);
	assert_int_equal(anycan_bus_stop_tasks(sender), 20);
	assert_int_equal(anycan_bus_stop_tasks(sender), 0);
	assert_int_equal(count_during(50 * MS), 0);
	for (int i = 0; i < 20; i++)
		anycan_task_free(tasks[i]);
}

/* ---- By the thread */

static void count_up(void *arg, struct anycan_frame *frame)
{
	(void)arg;
	frame->data[0]++;
}

static void test_modify_hook(void **state)
{
	const struct anycan_periodic how = {.period_ns = 5 * MS, .modify = count_up};
	const struct anycan_frame frame = make(9);
	struct anycan_frame changed = make(99);
	struct anycan_task *task = send_every(&frame, 1, &how);
	struct anycan_task_state told;
	struct anycan_frame next;

	(void)state;
	for (uint8_t i = 10; i < 20; i++)
		expect(i);
	anycan_task_read(task, &told, NULL, 0, NULL);
	assert_false(told.by_kernel);
	assert_int_equal(anycan_task_modify(task, &changed, 1, NULL), 0);
	do {
		assert_int_equal(anycan_bus_recv(receiver, &next, PATIENCE_NS, NULL), 1);
	} while (next.data[0] < 100);
	assert_int_equal(next.data[0], 100);
	expect(101);
	anycan_task_free(task);
}

struct failures {
	atomic_uint n;
	unsigned int bear;
};

static bool bear(void *arg, const struct anycan_error *error)
{
	struct failures *failures = arg;

	assert_true(error->code < 0);
	return ++failures->n < failures->bear;
}

/* FD frames on a bus of classic CAN cannot be sent. */
static void test_on_error(void **state)
{
	const struct anycan_frame fd = {.can_id = 1, .len = 12, .flags = CANFD_FDF};
	struct failures failures = {.bear = 3};
	struct anycan_periodic how = {
		.period_ns = 2 * MS, .by_thread = true, .on_error = bear, .arg = &failures};
	struct anycan_task_state told;
	struct anycan_task *task;
	struct anycan_bus *bus;

	(void)state;
	assert_int_equal(anycan_bus_open(&bus, address(), NULL, NULL), 0);
	assert_int_equal(anycan_send_periodic(&task, bus, &fd, 1, &how, NULL), 0);
	for (int i = 0; i < 2000 && failures.n < 3; i++)
		usleep(1000);
	usleep(20000);
	assert_int_equal(failures.n, 3);
	anycan_task_read(task, &told, NULL, 0, NULL);
	assert_false(told.running);
	anycan_task_free(task);
	/* Without on_error the first one ends it. */
	how.on_error = NULL;
	assert_int_equal(anycan_send_periodic(&task, bus, &fd, 1, &how, NULL), 0);
	do {
		anycan_task_read(task, &told, NULL, 0, NULL);
	} while (told.running);
	/* The bus ends its tasks; they are freed afterwards. */
	anycan_bus_close(bus);
	assert_int_equal(anycan_task_start(task, NULL), -ESHUTDOWN);
	anycan_task_free(task);
}

static void test_bus_closes(void **state)
{
	const struct anycan_periodic how = {.period_ns = 2 * MS};
	const struct anycan_frame frame = make(7);
	struct anycan_task *task = send_every(&frame, 1, &how);

	(void)state;
	expect(7);
	anycan_bus_close(sender);
	sender = NULL;
	assert_int_equal(count_during(50 * MS), 0);
	assert_int_equal(anycan_task_stop(task, NULL), -ESHUTDOWN);
	anycan_task_free(task);
}

/* ---- What cannot be */

static void refuse(const struct anycan_frame *frames, unsigned int n,
		   const struct anycan_periodic *how, const char *words)
{
	struct anycan_error error;
	struct anycan_task *task;

	assert_int_equal(anycan_send_periodic(&task, sender, frames, n, how, &error), -EINVAL);
	assert_int_equal(error.category, ANYCAN_ERROR_VALUE);
	assert_non_null(strstr(error.text, words));
}

static void test_refusals(void **state)
{
	const struct anycan_periodic good = {.period_ns = MS}, none = {0};
	const struct anycan_periodic both = {
		.period_ns = MS, .duration_ns = MS, .count = 1, .initial_period_ns = MS};
	const struct anycan_periodic no_initial = {.period_ns = MS, .count = 1};
	struct anycan_frame frames[] = {make(1), make(2)};

	(void)state;
	refuse(frames, 0, &good, "there is no frame");
	refuse(frames, 1, &none, "the period must be 1 us");
	refuse(frames, 1, &both, "a count and a duration exclude each other");
	refuse(frames, 1, &no_initial, "the initial period must be 1 us");
	frames[1].can_id++;
	refuse(frames, 2, &good, "the same identifier");
	frames[1].can_id--;
	frames[1].channel++;
	refuse(frames, 2, &good, "the same channel");
	frames[1].channel--;
	frames[1].flags = CANFD_FDF;
	refuse(frames, 2, &good, "classic and FD");
	frames[0].len = 9;
	refuse(frames, 1, &good, "periodic sending: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_frame, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sequence_and_modify, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_duration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_multi_rate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fd_and_many_tasks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_modify_hook, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_on_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bus_closes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
