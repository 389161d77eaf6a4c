// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#include "../../tools/view_model.h"

#include "../unit/check.h"

#include <anycan/wire.h>
#include <string.h>

#define MS 1000000LL
#define START (INT64_C(1700000000000) * MS)

static struct anycan_frame frame(canid_t id, int64_t ms, unsigned int len, uint8_t byte)
{
	struct anycan_frame f = {.ts_ns = START + ms * MS, .can_id = id, .len = (uint16_t)len};

	memset(f.data, byte, len);
	return f;
}

static void add(struct view_model *model, canid_t id, int64_t ms, unsigned int len, uint8_t byte)
{
	struct anycan_frame f = frame(id, ms, len, byte);

	view_model_add(model, &f);
}

static void test_periods(void **state)
{
	struct view_model model = {0};
	const struct view_row *row;

	(void)state;
	add(&model, 0x123, 0, 8, 1);
	assert_int_equal(model.n_rows, 1);
	assert_int_equal(model.rows[0].dt_ns, 0);
	add(&model, 0x123, 10, 8, 1);
	add(&model, 0x123, 15, 8, 2);
	add(&model, 0x123, 40, 4, 2);
	row = &model.rows[0];
	assert_int_equal(row->count, 4);
	assert_int_equal(row->dt_ns, 25 * MS);
	assert_int_equal(row->min_ns, 5 * MS);
	assert_int_equal(row->max_ns, 25 * MS);
	assert_int_equal(row->frame.ts_ns - row->first_ns, 40 * MS);
	assert_int_equal(row->changed, 0);
	/* A clock that was set back. */
	add(&model, 0x123, 39, 8, 2);
	assert_int_equal(row->min_ns, -1 * MS);
	assert_int_equal(model.start_ns, START);
	view_model_free(&model);
}

static void test_changed_bytes(void **state)
{
	struct view_model model = {0};
	struct anycan_frame f = frame(0x1, 0, 64, 0);

	(void)state;
	view_model_add(&model, &f);
	f.data[0] = f.data[63] = 1;
	view_model_add(&model, &f);
	assert_true(model.rows[0].changed == (1 | UINT64_C(1) << 63));
	/* Bytes that were not there have not changed; a remote frame has none. */
	add(&model, 0x2, 0, 2, 7);
	add(&model, 0x2, 1, 8, 8);
	assert_int_equal(model.rows[1].changed, 3);
	add(&model, 0x3 | CAN_RTR_FLAG, 0, 8, 0);
	add(&model, 0x3 | CAN_RTR_FLAG, 1, 8, 0xFF);
	assert_int_equal(model.rows[2].changed, 0);
	view_model_free(&model);
}

static const canid_t kinds[] = {0x4, 0x4 | CAN_EFF_FLAG, 0x4 | CAN_RTR_FLAG, 0x4 | CAN_ERR_FLAG,
				0x4 | CAN_EFF_FLAG | CAN_RTR_FLAG};

static void test_what_makes_a_row(void **state)
{
	struct view_model model = {0};
	struct anycan_frame f;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		add(&model, kinds[i], 0, 0, 0);
	f = frame(0x4, 0, 0, 0);
	f.channel = 1;
	view_model_add(&model, &f);
	assert_int_equal(model.n_rows, 6);
	assert_int_equal(model.errors, 1);
	view_model_clear(&model);
	assert_int_equal(model.n_rows + model.frames + model.errors, 0);
	add(&model, 0x4, 7, 0, 0);
	assert_int_equal(model.n_rows, 1);
	assert_int_equal(model.start_ns, START + 7 * MS);
	view_model_free(&model);
}

/* By identifier and format; another length begins anew. */
static void test_rows_of_python_can(void **state)
{
	struct view_model model = {.by_python = true};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		add(&model, kinds[i], 0, 0, 0);
	assert_int_equal(model.n_rows, 2);
	assert_int_equal(model.rows[0].count, 3);
	assert_true(model.rows[0].key < model.rows[1].key);
	add(&model, 0x4, 5, 3, 0);
	assert_int_equal(model.rows[0].count, 1);
	assert_int_equal(model.rows[0].dt_ns, 0);
	add(&model, 0x4, 9, 3, 0);
	assert_int_equal(model.rows[0].count, 2);
	assert_int_equal(model.rows[0].dt_ns, 4 * MS);
	view_model_free(&model);
}

static void test_trace(void **state)
{
	struct view_model model = {.trace_size = 100}, copy = {0};

	(void)state;
	assert_null(view_model_traced(&model, 0));
	for (unsigned int i = 0; i < 250; i++)
		add(&model, i, i, 0, 0);
	assert_int_equal(view_model_oldest(&model), 150);
	assert_null(view_model_traced(&model, 149));
	assert_null(view_model_traced(&model, 250));
	for (unsigned int i = 150; i < 250; i++)
		assert_int_equal(view_model_traced(&model, i)->can_id, i);
	assert_int_equal(view_model_copy(&copy, &model), 0);
	view_model_clear(&model);
	assert_int_equal(copy.n_rows, 250);
	assert_int_equal(view_model_traced(&copy, 200)->can_id, 200);
	assert_int_equal(view_model_oldest(&model), 0);
	view_model_free(&copy);
	view_model_free(&model);
}

/* What has no row is counted; rows are found among many. */
static void test_many_rows(void **state)
{
	struct view_model model = {0};

	(void)state;
	for (int round = 0; round < 2; round++)
		for (unsigned int i = 0; i < VIEW_ROWS_MAX + 10; i++)
			add(&model, i * 7919 | CAN_EFF_FLAG, round, 0, 0);
	assert_int_equal(model.n_rows, VIEW_ROWS_MAX);
	assert_int_equal(model.unlisted, 20);
	assert_int_equal(model.frames, 2 * (VIEW_ROWS_MAX + 10));
	for (unsigned int i = 0; i < VIEW_ROWS_MAX; i++)
		assert_int_equal(model.rows[i].count, 2);
	view_model_free(&model);
}

static void test_load(void **state)
{
	struct view_model model = {0};
	struct anycan_frame f = frame(0x555, 0, 8, 0x55);
	struct anycan_wire_bits bits = anycan_frame_bits(&f, ANYCAN_STUFF_EXACT);

	(void)state;
	model.channels[0].bitrate = 500000;
	for (int i = 0; i < 100; i++)
		view_model_add(&model, &f);
	f.channel = 1;
	view_model_add(&model, &f);
	f.channel = ANYCAN_CHANNEL_NONE;
	view_model_add(&model, &f);
	view_model_tick(&model, 500 * MS);
	assert_float_equal(model.channels[0].frames_s, 200, 1e-6);
	assert_float_equal(model.channels[0].bits_s, 200.0 * bits.nominal, 1e-6);
	assert_float_equal(model.channels[0].load, 200.0 * bits.nominal / 500000, 1e-6);
	assert_float_equal(model.channels[1].frames_s, 2, 1e-6);
	assert_true(model.channels[1].load < 0);
	view_model_tick(&model, 1000 * MS);
	assert_float_equal(model.channels[0].load, 0, 1e-6);
	view_model_free(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_periods),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_what_makes_a_row),
		cmocka_unit_test(test_rows_of_python_can),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
