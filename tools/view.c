// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan view: what is on buses, in a terminal.
 */
#include "view.h"

#include "status_codes.h"
#include "stop.h"
#include "tools.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *text)
{
	fprintf(stderr, "anycan view: %s\n", text);
	return STATUS_FAILED;
}

static int open_record(struct view_reader *reader, const struct view_args *args)
{
	struct canlog_options options = {
		.format = args->record_format,
		.channels = reader->buses->channels,
		.flush_ns = 1000000000,
	};
	struct canlog_error error;

	if (!args->record)
		return STATUS_OK;
	return canlog_open_writer(&reader->record, args->record, &options, &error)
		       ? complain(error.text)
		       : STATUS_OK;
}

/* What a screen can no longer say. */
static int report(const struct view_reader *reader, const struct view_args *args, int status)
{
	struct canlog_error error = {0};
	uint64_t lost = view_reader_lost(reader);

	if (reader->error.text[0] && reader->status)
		complain(reader->error.text);
	if (lost)
		fprintf(stderr,
			"anycan view: %" PRIu64 " frames were lost: no queue had room for "
			"them\n",
			lost);
	if (reader->record_status)
		complain(canlog_error_text(reader->record));
	if (canlog_close(reader->record, &error))
		status = complain(error.text);
	else if (args->record && !args->snapshot)
		fprintf(stderr, "anycan view: %" PRIu64 " frames are in %s\n", reader->model.frames,
			args->record);
	return status;
}

static int show(struct view_loop *loop, const struct view_args *args)
{
	char reason[256];
	int status;

	if (args->snapshot) {
		if (screen_resize(&loop->screen, args->rows, args->cols))
			return complain("no memory");
	} else if (view_term_open(args->color, reason, sizeof(reason))) {
		return complain(reason);
	}
	if (view_reader_start(loop->reader)) {
		if (!args->snapshot)
			view_term_close();
		return complain("no memory for a thread");
	}
	if (args->snapshot) {
		status = view_loop_picture(loop, args->time_ns, args->color);
	} else {
		status = view_loop_run(loop);
		view_term_close();
	}
	view_reader_stop(loop->reader);
	return status;
}

static int view_buses(struct buses *buses, const struct view_args *args)
{
	struct view_reader reader = {
		.buses = buses,
		.limit = args->count,
		.model = {.trace_size = args->trace_size},
	};
	struct view_ui ui = {
		.decode = args->decode,
		.buses = args->bus_text,
		.record = args->record,
		.page = args->trace ? VIEW_TRACE : VIEW_BY_ID,
	};
	struct view_loop loop = {
		.reader = &reader,
		.stop_fd = stop_open(),
		.viewer = &ui,
		.draw = view_draw,
		.key = view_key,
	};
	int status = open_record(&reader, args);

	if (!status)
		status = report(&reader, args, show(&loop, args));
	screen_free(&loop.screen);
	view_model_free(&loop.frozen);
	view_model_free(&reader.model);
	view_ui_free(&ui);
	return status;
}

int view_run(struct view_args *args)
{
	struct anycan_error error;
	struct buses buses;
	int status, ret;

	args->buses.options.rx_queue_size = VIEW_QUEUE;
	ret = buses_open(&buses, &args->buses, &error);
	if (ret) {
		complain(error.text);
		return status_of(ret);
	}
	status = view_buses(&buses, args);
	buses_close(&buses);
	return status;
}

int tool_view(int argc, char **argv)
{
	struct view_args args;
	int status = view_args_parse(&args, argc, argv);

	if (status < 0)
		status = view_run(&args);
	view_args_clear(&args);
	return status;
}
