// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The parts of anycan bridge: filters with ranges, rewriting, loops, and one way on a virtual bus
 * with a clock of the test's own.
 */
#include "../unit/check.h"

#include "../../tools/bridge.h"
#include "../../tools/filter_args.h"
#include "../unit/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000LL

/* ---- Ranges */

static void test_ranges(void **state)
{
	static const struct {
		const char *text;
		canid_t first, last;
	} cases[] = {
		{"100-1FF", 0x100, 0x1FF},
		{"0-7FF", 0, 0x7FF},
		{"101-3fe", 0x101, 0x3FE},
		{"7FF-7FF", 0x7FF, 0x7FF},
		{"00000000-1FFFFFFF", CAN_EFF_FLAG, CAN_EFF_FLAG | CAN_EFF_MASK},
		{"18DA0001-18DAFFFE", CAN_EFF_FLAG | 0x18DA0001, CAN_EFF_FLAG | 0x18DAFFFE},
	};
	struct test_random random = {3};
	const char *reason;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct anycan_filters filters = {0};
		canid_t other = cases[i].first ^ CAN_EFF_FLAG;

		assert_int_equal(filter_args_parse(cases[i].text, &filters, &reason), 0);
		for (int n = 0; n < 3000; n++) {
			canid_t id =
				(canid_t)test_random_next(&random) & (CAN_EFF_MASK | CAN_EFF_FLAG);

			if (!(id & CAN_EFF_FLAG))
				id &= CAN_SFF_MASK;
			assert_int_equal(anycan_filters_match(&filters, id),
					 id >= cases[i].first && id <= cases[i].last);
		}
		assert_true(anycan_filters_match(&filters, cases[i].first));
		assert_true(anycan_filters_match(&filters, cases[i].last));
		assert_false(anycan_filters_match(&filters, other));
		anycan_filters_free(&filters);
	}
}

static void test_filters_beside_ranges(void **state)
{
	static const char *const wrong[] = {"200-100", "1-00000002", "100-",	  "-1",
					    "800-900", "x",	     "1000-2000", "100-1FF-2FF"};
	struct anycan_filters filters = {0};
	const char *reason;

	(void)state;
	assert_int_equal(filter_args_parse("123:7FF, 400-4FF,#1", &filters, &reason), 0);
	assert_true(anycan_filters_match(&filters, 0x123));
	assert_true(anycan_filters_match(&filters, 0x4FF));
	assert_false(anycan_filters_match(&filters, 0x500));
	assert_int_equal(filters.error_mask, 1);
	anycan_filters_free(&filters);
	for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
		filters = (struct anycan_filters){0};
		reason = NULL;
		assert_int_equal(filter_args_parse(wrong[i], &filters, &reason), -EINVAL);
		assert_non_null(reason);
		anycan_filters_free(&filters);
	}
}

/* ---- Identifiers */

static void test_rules(void **state)
{
	static const struct {
		const char *rules;
		canid_t from, to; /* CAN_ERR_FLAG: dropped */
	} cases[] = {
		{"123=456", 0x123, 0x456},
		{"123=456", 0x124, 0x124},
		{"123=456", CAN_EFF_FLAG | 0x123, CAN_EFF_FLAG | 0x123},
		{"100-1FF=500", 0x1FF, 0x5FF},
		{"100-1FF=500", 0x200, 0x200},
		{"123=18DA0001", 0x123, CAN_EFF_FLAG | 0x18DA0001},
		{"18DA0000-18DAFFFF=00000000", CAN_EFF_FLAG | 0x18DA1234, CAN_EFF_FLAG | 0x1234},
		{"and:7F0", 0x123, 0x120},
		{"and:7F0", CAN_EFF_FLAG | 0x12345678, CAN_EFF_FLAG | 0x670},
		{"or:400", 0x123, 0x523},
		{"or:800", 0x123, CAN_ERR_FLAG},
		{"or:800", CAN_EFF_FLAG | 0x123, CAN_EFF_FLAG | 0x923},
		{"xor:1", 0x123, 0x122},
		{"set:7ff", 0x123, 0x7FF},
		{"set:00000001", 0x123, CAN_EFF_FLAG | 1},
		{"123=200,or:1", 0x123, 0x201},
		{"or:1,123=200", 0x122, 0x200},
		{"123=456", 0x123 | CAN_RTR_FLAG, 0x456 | CAN_RTR_FLAG},
	};
	static const char *const wrong[] = {
		"",	"123",	  "123=",	   "=123",   "700-7FF=701", "add:1",   "and:",
		"or:g", "123=1,", "and:123456789", "1000=1", "200-100=1",   "set:1000"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct bridge_rules rules = {0};
		canid_t id = cases[i].from;

		assert_true(bridge_rules_parse(cases[i].rules, &rules));
		if (!bridge_rules_apply(&rules, &id))
			id = CAN_ERR_FLAG;
		if (id != cases[i].to)
			fail_msg("%s: %08X became %08X", cases[i].rules, cases[i].from, id);
	}
	for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
		struct bridge_rules rules = {0};

		if (bridge_rules_parse(wrong[i], &rules))
			fail_msg("'%s' is taken", wrong[i]);
	}
}

/* ---- Loops */

static struct anycan_frame numbered(uint32_t number)
{
	struct anycan_frame frame = {.can_id = 0x100, .len = 4};

	memcpy(frame.data, &number, sizeof(number));
	return frame;
}

static bool see(struct bridge_guard *guard, unsigned int end, uint32_t first, unsigned int n,
		int64_t now_ns)
{
	bool found = false;

	for (unsigned int i = 0; i < n; i++) {
		struct anycan_frame frame = numbered(first + i);

		found |= bridge_guard_see(guard, end, &frame, now_ns);
	}
	return found;
}

/* Each end hears the same, whole batches later. */
static void test_one_wire_is_found(void **state)
{
	struct bridge_guard *guard = calloc(1, sizeof(*guard));
	bool found = false;
	unsigned int i;

	(void)state;
	for (i = 0; i < 10 && !found; i++) {
		found = see(guard, 0, i * 64, 64, i * 10 * MS);
		found |= see(guard, 1, i * 64, 64, i * 10 * MS + MS);
	}
	assert_true(found);
	free(guard);
}

/* One way: one end hears what goes round, the other one the little that others send. */
static void test_one_wire_is_found_one_way(void **state)
{
	struct bridge_guard *guard = calloc(1, sizeof(*guard));
	bool found = false;

	(void)state;
	for (unsigned int i = 0; i < 200 && !found; i++) {
		for (unsigned int round = 0; round < 5; round++)
			found |= see(guard, 0, i, 1, i * 10 * MS + round);
		found |= see(guard, 1, i, 1, i * 10 * MS + 1);
	}
	assert_true(found);
	free(guard);
}

static void test_two_wires_are_no_loop(void **state)
{
	struct bridge_guard *guard = calloc(1, sizeof(*guard));

	(void)state;
	/* The same over and over again on one side, other things on the other one. */
	for (unsigned int i = 0; i < 2000; i++) {
		assert_false(see(guard, 0, 1, 1, i * MS));
		assert_false(see(guard, 0, i + 1000, 1, i * MS));
		assert_false(see(guard, 1, i + 1000000, 1, i * MS));
	}
	/* The same at both ends, but not at the same time. */
	for (unsigned int i = 0; i < 2000; i++) {
		assert_false(see(guard, 0, i, 1, i * MS));
		assert_false(see(guard, 1, i, 1, 10000 * MS + i * MS));
	}
	/* One in eight is the same. */
	for (unsigned int i = 0; i < 2000; i++) {
		assert_false(see(guard, 0, 5000000 + i, 1, 20000 * MS + i * MS));
		assert_false(
			see(guard, 1, 5000000 + i + (i % 8 != 0) * 10000, 1, 20000 * MS + i * MS));
	}
	free(guard);
}

/* ---- A way */

struct rig {
	struct bridge_args args;
	struct bridge_way way;
	struct anycan_bus *to, *far;
};

static void open_rig(struct rig *rig, bool fd, unsigned int room)
{
	struct anycan_bus_options options = {.fd = fd};
	struct anycan_error error;

	*rig = (struct rig){.args = {.patience_ns = 1000 * MS}};
	assert_int_equal(bridge_way_init(&rig->way, &rig->args, 0), 0);
	assert_int_equal(anycan_bus_open(&rig->to, "virtual:way", &options, &error), 0);
	options.fd = true;
	options.rx_queue_size = room;
	assert_int_equal(anycan_bus_open(&rig->far, "virtual:way", &options, &error), 0);
	rig->way.to = rig->to;
}

/* In = out + dropped + waiting. */
static void check_books(const struct rig *rig)
{
	const struct bridge_way *way = &rig->way;
	uint64_t out = way->sent + way->tail - way->head;

	for (int i = 0; i < BRIDGE_DROPS; i++)
		out += way->dropped[i];
	assert_int_equal(way->received + way->split, out);
}

static void close_rig(struct rig *rig)
{
	check_books(rig);
	anycan_filters_free(&rig->args.ways[0].filters);
	anycan_bus_close(rig->to);
	anycan_bus_close(rig->far);
	bridge_way_clear(&rig->way);
}

static void flush(struct rig *rig, int64_t now_ns)
{
	struct anycan_error error;

	assert_int_equal(bridge_way_flush(&rig->way, now_ns, &error), 0);
	check_books(rig);
}

static unsigned int arrived(struct rig *rig, struct anycan_frame *last)
{
	unsigned int n = 0;

	while (anycan_bus_recv(rig->far, last, 0, NULL) == 1)
		n++;
	return n;
}

static void put(struct rig *rig, unsigned int n, int64_t now_ns)
{
	for (unsigned int i = 0; i < n; i++) {
		struct anycan_frame frame = numbered(i);

		bridge_way_put(&rig->way, &frame, 1, now_ns);
	}
}

static void test_filters_rules_and_errors(void **state)
{
	const struct anycan_frame frames[] = {
		{.can_id = 0x100, .len = 1},
		{.can_id = 0x200, .len = 1},
		{.can_id = 0x300, .len = 1},
		{.can_id = CAN_ERR_FLAG | CAN_ERR_BUSOFF, .len = 8},
	};
	struct anycan_frame last;
	const char *reason;
	struct rig rig;

	(void)state;
	open_rig(&rig, true, 0);
	filter_args_parse("100-2FF", &rig.args.ways[0].filters, &reason);
	bridge_rules_parse("100=7FF,200=100,or:400", &rig.args.ways[0].rules);
	bridge_way_put(&rig.way, frames, 4, 0);
	flush(&rig, 0);
	assert_int_equal(arrived(&rig, &last), 2);
	assert_int_equal(last.can_id, 0x500);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_FILTERED], 1);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_ERROR_FRAME], 1);
	assert_int_equal(rig.way.rewritten, 2);
	rig.args.error_frames = true;
	bridge_way_put(&rig.way, frames, 4, 0);
	flush(&rig, 0);
	assert_int_equal(arrived(&rig, &last), 3);
	assert_int_equal(last.can_id, frames[3].can_id);
	/* A controller sends none. */
	rig.way.to_controller = true;
	bridge_way_put(&rig.way, frames, 4, 0);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_ERROR_FRAME], 2);
	/* Bits that a standard identifier does not have. */
	bridge_rules_parse("or:800", &rig.args.ways[0].rules);
	bridge_way_put(&rig.way, frames, 1, 0);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_ID], 1);
	flush(&rig, 0);
	close_rig(&rig);
}

static void check_fd_to_classic(bool known)
{
	static const struct {
		enum bridge_fd_policy policy;
		unsigned int len, frames, dropped;
	} cases[] = {
		{BRIDGE_FD_DROP, 4, 0, 1},    {BRIDGE_FD_CONVERT, 8, 1, 0},
		{BRIDGE_FD_CONVERT, 0, 1, 0}, {BRIDGE_FD_CONVERT, 12, 0, 1},
		{BRIDGE_FD_SPLIT, 8, 1, 0},   {BRIDGE_FD_SPLIT, 20, 3, 0},
		{BRIDGE_FD_SPLIT, 64, 8, 0},  {BRIDGE_FD_SPLIT, 0, 1, 0},
	};

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct anycan_frame frame = {.can_id = 0x12, .flags = CANFD_FDF | CANFD_BRS};
		struct anycan_frame got;
		struct rig rig;
		unsigned int bytes = 0, n = 0;

		open_rig(&rig, false, 0);
		/* Known from the beginning, or found out when it refuses. */
		rig.way.to_classic = known;
		rig.args.fd_policy = cases[i].policy;
		frame.len = (uint16_t)cases[i].len;
		for (unsigned int k = 0; k < frame.len; k++)
			frame.data[k] = (uint8_t)(k + 1);
		bridge_way_put(&rig.way, &frame, 1, 0);
		flush(&rig, 0);
		for (; anycan_bus_recv(rig.far, &got, 0, NULL) == 1; n++) {
			assert_int_equal(got.flags, 0);
			assert_memory_equal(got.data, frame.data + bytes, got.len);
			bytes += got.len;
		}
		assert_int_equal(n, cases[i].frames);
		assert_int_equal(bytes, n ? cases[i].len : 0);
		assert_int_equal(rig.way.dropped[BRIDGE_DROP_FD], cases[i].dropped);
		close_rig(&rig);
		/* A bus with FD takes it as it is. */
		open_rig(&rig, true, 0);
		bridge_way_put(&rig.way, &frame, 1, 0);
		flush(&rig, 0);
		assert_int_equal(arrived(&rig, &got), 1);
		assert_true(anycan_frame_equal(&got, &frame, ANYCAN_ANY_TIME, false));
		close_rig(&rig);
	}
}

static void test_fd_to_classic(void **state)
{
	(void)state;
	check_fd_to_classic(true);
	check_fd_to_classic(false);
}

/* The bus has room for ten: the others wait, in order, and not for ever. */
static void test_no_room(void **state)
{
	struct anycan_frame last;
	struct rig rig;

	(void)state;
	open_rig(&rig, true, 10);
	put(&rig, 30, 0);
	flush(&rig, 0);
	assert_int_equal(rig.way.sent, 10);
	assert_true(bridge_way_next(&rig.way, 0) > 0);
	assert_true(bridge_way_next(&rig.way, 0) <= MS);
	assert_int_equal(arrived(&rig, &last), 10);
	flush(&rig, MS);
	assert_int_equal(arrived(&rig, &last), 10);
	assert_int_equal(last.data[0], 19);
	flush(&rig, 1001 * MS);
	assert_int_equal(arrived(&rig, &last), 0);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_LATE], 10);
	assert_true(bridge_way_next(&rig.way, 0) == INT64_MAX);
	put(&rig, BRIDGE_QUEUE + 7, 1001 * MS);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_QUEUE_FULL], 7);
	check_books(&rig);
	bridge_way_drop_queue(&rig.way, BRIDGE_DROP_UNSENT);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_UNSENT], BRIDGE_QUEUE);
	close_rig(&rig);
}

/* Through the end of the ring, again and again. */
static void test_ring(void **state)
{
	struct test_random random = {5};
	struct anycan_frame last;
	uint64_t got = 0, put_in = 0;
	struct rig rig;

	(void)state;
	open_rig(&rig, true, 100);
	for (int i = 0; i < 2000; i++) {
		unsigned int n = test_random_below(&random, 40);

		for (unsigned int k = 0; k < n; k++) {
			struct anycan_frame frame = numbered((uint32_t)put_in++);

			bridge_way_put(&rig.way, &frame, 1, 0);
		}
		flush(&rig, 0);
		while (anycan_bus_recv(rig.far, &last, 0, NULL) == 1) {
			uint32_t number;

			memcpy(&number, last.data, sizeof(number));
			assert_int_equal(number, got++);
		}
	}
	assert_int_equal(got, rig.way.sent);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_QUEUE_FULL], 0);
	close_rig(&rig);
}

static void test_rate(void **state)
{
	struct anycan_frame last;
	unsigned int total = 0;
	struct rig rig;

	(void)state;
	open_rig(&rig, true, 0);
	rig.args.ways[0].rate = 1000;
	rig.args.patience_ns = 10000 * MS;
	put(&rig, 2000, 0);
	/* It is called when it says that it wants to be. */
	for (int64_t now = 0; now < 1000 * MS; now = bridge_way_next(&rig.way, now)) {
		unsigned int n;

		flush(&rig, now);
		n = arrived(&rig, &last);
		assert_true(n <= 11);
		total += n;
	}
	assert_in_range(total, 990, 1012);
	close_rig(&rig);
}

static void test_away(void **state)
{
	struct rig rig;

	(void)state;
	open_rig(&rig, true, 0);
	rig.way.to = NULL;
	put(&rig, 5, 0);
	flush(&rig, 0);
	assert_int_equal(rig.way.dropped[BRIDGE_DROP_AWAY], 5);
	close_rig(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_filters_beside_ranges),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_one_wire_is_found),
		cmocka_unit_test(test_one_wire_is_found_one_way),
		cmocka_unit_test(test_two_wires_are_no_loop),
		cmocka_unit_test(test_filters_rules_and_errors),
		cmocka_unit_test(test_fd_to_classic),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
