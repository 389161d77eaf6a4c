// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan play: replays a log with its own timing. Also what can_player does, which brings other
 * arguments and prints other things.
 */
#include "play.h"
#include "args.h"
#include "progress.h"
#include "stop.h"
#include "tools.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The bar is drawn when there is so much time until the next frame, or late anyway. */
#define DRAW_NS (2 * ANYCAN_NS_PER_MS)

struct player {
	struct play_args *args;
	struct canlog_channels *channels;
	struct play_reader *reader;
	struct play_out *out;
	struct play_schedule schedule;
	struct canlog *printer; /* -v of can_player */
	struct progress bar;
	struct pace pace;
	int64_t now_ns; /* some time ago */
	int64_t begun_ns;
	uint64_t loop, read, outside, filtered, wrong_way, errors, played;
	uint64_t played_before; /* this time round */
	bool has_first, read_failed;
	int64_t first_ns; /* of the log, for the bar */
	double part;
	struct anycan_error error;
};

static void draw(struct player *p, int64_t ts_ns)
{
	char words[48];
	int64_t last_ns;

	if (p->args->loops != 1)
		snprintf(words, sizeof(words), "%" PRIu64 " frames, round %" PRIu64,
			 play_out_sent(p->out), p->loop + 1);
	else
		snprintf(words, sizeof(words), "%" PRIu64 " frames", play_out_sent(p->out));
	if (play_reader_span(p->reader, &last_ns) && last_ns > p->first_ns)
		p->part = (double)(ts_ns - p->first_ns) / (double)(last_ns - p->first_ns);
	if (p->part > 0 && p->part <= 1)
		progress_draw(&p->bar, p->part, words);
}

/* What was put together goes out, and what was printed is seen. */
static int flush(struct player *p)
{
	int ret = play_out_flush(p->out, &p->error);

	if (ret)
		return ret;
	if (p->printer && canlog_flush(p->printer))
		return anycan_error_set(&p->error, ANYCAN_ERROR_OPERATION, -EPIPE, "%s",
					canlog_error_text(p->printer));
	if (fflush(stdout))
		return anycan_error_set(&p->error, ANYCAN_ERROR_OPERATION, -errno,
					"standard output: %s", strerror(errno));
	return 0;
}

/* Return: 0, or a negative errno. */
static int wait_until(struct player *p, int64_t due_ns, int64_t ts_ns)
{
	int ret = flush(p);

	p->now_ns = pace_now();
	if (ret || due_ns <= p->now_ns)
		return ret;
	if (due_ns - p->now_ns > DRAW_NS && progress_is_due(&p->bar))
		draw(p, ts_ns);
	ret = pace_wait_until(&p->pace, due_ns);
	p->now_ns = pace_now();
	return ret;
}

/* ---- Frames */

static bool is_wanted(struct player *p, const struct anycan_frame *frame)
{
	const struct play_args *args = p->args;

	if ((frame->can_id & CAN_ERR_FLAG) && !args->error_frames) {
		p->errors++;
		return false;
	}
	if (frame->dir == ANYCAN_TX ? args->skip_tx : args->skip_rx) {
		p->wrong_way++;
		return false;
	}
	if (args->filters.n && !(frame->can_id & CAN_ERR_FLAG) &&
	    !anycan_filters_match(&args->filters, frame->can_id)) {
		p->filtered++;
		return false;
	}
	return true;
}

/* The first frame takes longer than others: times are counted from when it was sent. */
static int begin_with_first(struct player *p, int64_t due_ns)
{
	int ret = flush(p);

	if (!p->args->python)
		play_schedule_shift(&p->schedule, pace_now() - due_ns);
	return ret;
}

/* Send a frame that is due. Return: 0, or a negative errno. */
static int send_frame(struct player *p, const struct anycan_frame *frame, int64_t due_ns)
{
	int ret;

	if (p->printer && canlog_write(p->printer, frame, 1))
		return anycan_error_set(&p->error, ANYCAN_ERROR_OPERATION, -EPIPE, "%s",
					canlog_error_text(p->printer));
	ret = play_out_put(p->out, frame, due_ns, &p->error);
	if (ret > 0 && !p->played++)
		ret = begin_with_first(p, due_ns);
	return ret < 0 ? ret : 0;
}

/* Return: 0, or a negative errno. */
static int play_frame(struct player *p, const struct anycan_frame *frame)
{
	bool wanted = is_wanted(p, frame);
	int64_t due_ns;
	int ret = wanted ? play_out_reach(p->out, frame->channel, &p->error) : 0;

	if (ret < 0)
		return ret;
	/* What is not sent has its time in python-can only. */
	if (!ret && !p->args->python) {
		p->read++;
		return 0;
	}
	if (!p->has_first) {
		p->has_first = true;
		p->first_ns = frame->ts_ns;
	}
	if (!p->schedule.begun && !p->loop)
		play_schedule_begin(&p->schedule, p->now_ns = pace_now());
	due_ns = play_schedule_due(&p->schedule, frame->ts_ns);
	ret = due_ns > p->now_ns ? wait_until(p, due_ns, frame->ts_ns) : 0;
	if (ret)
		return ret;
	p->read++;
	return wanted ? send_frame(p, frame, due_ns) : 0;
}

static void print_banner(const struct player *p)
{
	time_t now;
	struct timespec at;
	struct tm tm;
	char date[32], loop[64] = "";

	if (!p->args->python)
		return;
	clock_gettime(CLOCK_REALTIME, &at);
	now = at.tv_sec;
	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	if (p->args->loops == PLAY_FOREVER)
		snprintf(loop, sizeof(loop), " [loop %" PRIu64 "/\u221e]", p->loop + 1);
	else if (p->args->loops > 1)
		snprintf(loop, sizeof(loop), " [loop %" PRIu64 "/%" PRIu64 "]", p->loop + 1,
			 p->args->loops);
	printf("Can LogReader (Started on %s.%06ld)%s\n", date, at.tv_nsec / 1000, loop);
	fflush(stdout);
}

/* Once more from the top: its first frame follows the last one at once. */
static int next_loop(struct player *p, uint64_t loop)
{
	int64_t due_ns = p->schedule.due_ns;
	int ret = flush(p);

	if (!ret && p->played == p->played_before && !p->args->python)
		return anycan_error_set(&p->error, ANYCAN_ERROR_VALUE, -ENODATA,
					"no frame of %s is to be sent, so there is nothing to "
					"repeat",
					p->args->file);
	p->played_before = p->played;
	p->loop = loop;
	print_banner(p);
	play_schedule_begin(&p->schedule, due_ns);
	return ret;
}

/* Return: 1 to go on, 0 at the end, or a negative errno. */
static int play_chunk(struct player *p)
{
	const struct play_chunk *chunk = play_reader_next(p->reader);
	int ret = 0;

	if (!chunk) {
		ret = flush(p);
		if (!ret)
			ret = pace_wait_fd(&p->pace, play_reader_fd(p->reader));
		return ret ? ret : 1;
	}
	p->outside += chunk->outside;
	p->part = chunk->part;
	/* The reader's own words are fetched when it has ended. */
	p->read_failed = chunk->got < 0;
	if (chunk->got <= 0)
		return (int)chunk->got;
	if (chunk->loop != p->loop)
		ret = next_loop(p, chunk->loop);
	for (ssize_t i = 0; i < chunk->got && !ret; i++) {
		ret = play_frame(p, &chunk->frames[i]);
		if (!ret && p->played >= p->args->count)
			return 0;
	}
	if (!ret && progress_is_due(&p->bar))
		draw(p, chunk->frames[chunk->got - 1].ts_ns);
	return ret ? ret : stop_requested() ? -EINTR : 1;
}

static int play_all(struct player *p)
{
	int ret;

	p->schedule.args = p->args;
	p->begun_ns = pace_now();
	print_banner(p);
	do
		ret = play_chunk(p);
	while (ret > 0);
	return ret ? ret : flush(p);
}

/* ---- Telling */

static void print_lateness(const struct player *p)
{
	const struct lateness *lateness = play_out_lateness(p->out);

	if (!lateness->n || (p->args->ignore_timestamps && !p->args->gap_ns))
		return;
	fprintf(stderr, "late by p50 %.0f us, p99 %.0f us, max %.0f us\n",
		(double)lateness_percentile(lateness, 0.5) / 1e3,
		(double)lateness_percentile(lateness, 0.99) / 1e3, (double)lateness->max_ns / 1e3);
}

static void print_left_out(uint64_t count, const char *why)
{
	if (count)
		fprintf(stderr, "%" PRIu64 " %s\n", count, why);
}

static void print_summary(const struct player *p)
{
	double seconds = (double)(pace_now() - p->begun_ns) / 1e9;

	fprintf(stderr, "%" PRIu64 " frames of %s, %" PRIu64 " sent in %.3f s\n", p->read,
		strcmp(p->args->file, "-") ? p->args->file : "standard input",
		play_out_sent(p->out), seconds);
	print_lateness(p);
	print_left_out(p->errors, "error frames passed over (--error-frames sends them)");
	print_left_out(p->filtered, "frames stopped by --filter");
	print_left_out(p->wrong_way, "frames of the other direction");
	print_left_out(p->outside, "frames before --start");
	play_out_print(p->out, stderr);
}

static void print_notes(const struct player *p, const struct canlog_report *report)
{
	for (int i = 0; i < CANLOG_NOTES; i++)
		if (report->notes[i].count)
			fprintf(stderr, "%s: %" PRIu64 " %s (first: %s %" PRIu64 ")\n",
				p->args->file, report->notes[i].count,
				canlog_note_text((enum canlog_note)i), report->where,
				report->notes[i].first);
}

static int complain(const struct player *p, const char *text)
{
	fprintf(stderr, "%s: %s\n", p->args->program, text);
	return STATUS_FAILED;
}

/* What has the suffix of a format and none of its lines must not pass for an empty log. */
static bool is_no_log(const struct canlog_report *report)
{
	return !report->frames && report->notes[CANLOG_SKIPPED_UNKNOWN].count +
					  report->notes[CANLOG_SKIPPED_MALFORMED].count;
}

/* Return: the exit status. */
static int finish(struct player *p, int ret)
{
	struct canlog_report report;
	struct canlog_error error;
	int signal = stop_requested();

	progress_end(&p->bar);
	play_reader_end(p->reader, &report, &error);
	if (!p->args->quiet && !p->args->python)
		print_summary(p);
	if (!p->args->quiet)
		print_notes(p, &report);
	if (ret == -EINTR)
		return p->args->python ? STATUS_OK : 128 + signal;
	if (p->read_failed)
		return complain(p, error.text);
	if (ret) {
		complain(p, p->error.code ? p->error.text : strerror(-ret));
		return status_of(ret);
	}
	return is_no_log(&report) ? complain(p, "there is no frame in it; --format names another "
						"format")
				  : STATUS_OK;
}

/* ---- Beginning */

static bool prints_frames(const struct play_args *args)
{
	for (unsigned int i = 0; i < args->n_routes; i++)
		if (args->routes[i].dst && !strcmp(args->routes[i].dst, "stdout"))
			return true;
	return args->verbose;
}

static int open_printer(struct player *p)
{
	const struct canlog_options options = {.format = "txt", .channels = p->channels};
	struct canlog_error error;

	if (!p->args->python || !p->args->verbose)
		return 0;
	return canlog_open_writer(&p->printer, "-", &options, &error) ? complain(p, error.text) : 0;
}

/* Return: 0 or the exit status. */
static int begin(struct player *p)
{
	struct canlog_error error;
	int ret;

	p->channels = canlog_channels_new();
	ret = pace_open(&p->pace, p->args->program);
	if (!p->channels || ret)
		return complain(p, strerror(ret ? -ret : ENOMEM));
	ret = play_out_new(&p->out, p->args, p->channels, &p->pace, &p->error);
	if (ret) {
		complain(p, p->error.text);
		return status_of(ret);
	}
	if (open_printer(p))
		return STATUS_FAILED;
	if (play_reader_new(&p->reader, p->args, p->channels, &error))
		return complain(p, error.text);
	p->pace.stop_fd = stop_open();
	if (p->pace.stop_fd < 0)
		return complain(p, strerror(-p->pace.stop_fd));
	progress_start(&p->bar, !p->args->quiet && !p->args->python && !prints_frames(p->args));
	return 0;
}

int play_run(struct play_args *args)
{
	struct player p = {.args = args, .pace.timer_fd = -1};
	int status = begin(&p);

	if (!status)
		status = finish(&p, play_all(&p));
	else if (p.reader)
		play_reader_end(p.reader, &(struct canlog_report){0}, &(struct canlog_error){0});
	canlog_close(p.printer, NULL);
	play_out_free(p.out);
	canlog_channels_free(p.channels);
	pace_close(&p.pace);
	play_args_clear(args);
	return status;
}

int tool_play(int argc, char **argv)
{
	struct play_args args = {0};
	int status = play_args_parse(&args, argc, argv);

	if (status >= 0) {
		play_args_clear(&args);
		return status;
	}
	return play_run(&args);
}
