// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan view: what is on buses, in a terminal.
 */
#include "view.h"

#include "status_codes.h"
#include "stop.h"
#include "tools.h"

#include <anycan/clock.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *text)
{
	fprintf(stderr, "anycan view: %s\n", text);
	return STATUS_FAILED;
}

/* Return: a status, with words for it in @reason. */
static int open_record(struct view_reader *reader, const struct view_args *args,
		       struct canlog_error *reason)
{
	struct canlog_options options = {
		.format = args->record_format,
		.channels = reader->buses->channels,
		.flush_ns = ANYCAN_NS_PER_S,
	};

	if (!args->record)
		return STATUS_OK;
	return status_of(canlog_open_writer(&reader->record, args->record, &options, reason));
}

static int close_record(struct view_reader *reader, const struct view_args *args)
{
	uint64_t written = canlog_get_report(reader->record)->frames;
	uint64_t received = reader->stats.rx_frames;
	struct canlog_error error;

	if (reader->record_status)
		complain(canlog_error_text(reader->record));
	if (canlog_close(reader->record, &error))
		return complain(error.text);
	if (written < received)
		fprintf(stderr, "anycan view: %" PRIu64 " frames are in %s, %" PRIu64 " are not\n",
			written, args->record, received - written);
	else if (!args->snapshot)
		fprintf(stderr, "anycan view: %" PRIu64 " frames are in %s\n", written,
			args->record);
	return reader->record_status ? STATUS_FAILED : STATUS_OK;
}

/* What a screen can no longer say. */
static int report(struct view_reader *reader, const struct view_args *args, int status)
{
	uint64_t lost = view_reader_lost(reader);
	int record_status = STATUS_OK;

	if (reader->error.text[0] && reader->status)
		complain(reader->error.text);
	if (lost)
		fprintf(stderr,
			"anycan view: %" PRIu64 " frames were lost: no queue had room for "
			"them\n",
			lost);
	if (reader->record)
		record_status = close_record(reader, args);
	return status ? status : record_status;
}

/* A screen: the terminal's, or one in memory. Return: a status, with words in @reason. */
static int open_screen(struct view_loop *loop, const struct view_args *args,
		       struct canlog_error *reason)
{
	if (!args->snapshot)
		return status_of(view_term_open(args->color, reason->text, sizeof(reason->text)));
	strcpy(reason->text, "no memory");
	return status_of(screen_resize(&loop->screen, args->rows, args->cols));
}

static int show(struct view_loop *loop, const struct view_args *args)
{
	struct canlog_error reason = {0};
	bool started = false;
	int status = open_screen(loop, args, &reason);

	if (status) {
		complain(reason.text);
		return status;
	}
	status = open_record(loop->reader, args, &reason);
	if (!status) {
		status = status_of(view_reader_start(loop->reader));
		started = !status;
		strcpy(reason.text, started ? "" : "no memory for a thread");
	}
	if (started && args->snapshot)
		status = view_loop_picture(loop, args->time_ns, args->color);
	else if (started)
		status = view_loop_run(loop);
	if (!args->snapshot)
		view_term_close();
	if (started)
		view_reader_stop(loop->reader);
	if (reason.text[0] && status)
		complain(reason.text);
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
	int status = report(&reader, args, show(&loop, args));

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
