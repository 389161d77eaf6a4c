// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan log: from any bus to a log or to the terminal. Frames go through in batches; what is
 * printed goes out when nothing more waits.
 */
#include "log.h"

#include "args.h"
#include "convert.h"
#include "stop.h"
#include "tools.h"

#include <anycan/clock.h>
#include <anycan/log.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Frames of one round; of several buses they are put in the order of time. */
#define BATCH 1024
/* Room that must be left in it to ask another bus. */
#define WORTH_ASKING 64
#define TEXT_SIZE 65536

/* Frames that may wait while a disk or a terminal is slow. */
#define QUEUE 32768

/* However busy the bus is, look for a signal now and then. */
#define BATCHES_PER_LOOK 16

/* How long a file may go without a look at its flush time, and how often progress is shown. */
#define TICK_NS ANYCAN_NS_PER_S
#define PROGRESS_NS (ANYCAN_NS_PER_S / 2)

struct logger {
	struct log_args *args;
	struct buses buses;
	struct output out;
	struct dump dump;
	struct log_loss loss;
	char *text; /* lines that are not written yet */
	size_t used;
	uint64_t frames;
	unsigned int turn; /* of the animation */
	int64_t began_ns, last_ns, shown_ns;
	bool progress;
	struct anycan_frame batch[BATCH];
	struct anycan_frame sorted[BATCH];
	uint16_t order[BATCH];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

static int complain(const struct logger *l, const char *text)
{
	fprintf(stderr, "%s: %s\n", l->args->program, text);
	return STATUS_FAILED;
}

/* ---- Lines */

/* A terminal that others have made non-blocking is waited for all the same. */
static ssize_t write_some(const char *text, size_t len)
{
	struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
	ssize_t n = write(STDOUT_FILENO, text, len);

	if (n >= 0 || (errno != EINTR && errno != EAGAIN))
		return n;
	poll(&out, 1, -1);
	return 0;
}

static int write_text(struct logger *l)
{
	size_t done = 0;

	while (done < l->used) {
		ssize_t n = write_some(l->text + done, l->used - done);

		if (n < 0) {
			l->used = 0;
			/* EPIPE: who reads has seen enough. */
			if (errno != EPIPE)
				complain(l, strerror(errno));
			return STATUS_FAILED;
		}
		done += (size_t)n;
	}
	l->used = 0;
	return 0;
}

static int print_lines(struct logger *l, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		char *out = l->text + l->used;

		if (l->args->lines == LOG_LINES) {
			out = dump_frame(&l->dump, &l->batch[i], out);
		} else {
			*out++ = "|/-\\"[l->turn++ % 4];
			*out++ = '\b';
		}
		l->used = (size_t)(out - l->text);
		if (l->used > TEXT_SIZE - DUMP_LINE_MAX && write_text(l))
			return STATUS_FAILED;
	}
	return 0;
}

/* ---- Frames that were lost */

static int tell_dropped(struct logger *l, unsigned int index, int64_t ts_ns, uint64_t frames)
{
	const struct log_args *args = l->args;
	const char *name = l->buses.names[index];
	uint64_t total = l->loss.last[index];
	bool in_lines = args->drops || args->dump.form == DUMP_JSON;
	char event[160];

	if (args->out.path) {
		snprintf(event, sizeof(event),
			 "%" PRIu64 " CAN frames of %s were lost here (in all %" PRIu64 ")", frames,
			 name, total);
		output_event(&l->out, ts_ns, event);
	}
	if (args->lines != LOG_SILENT && in_lines) {
		char *out = dump_dropped(&l->dump, name, frames, total, l->text + l->used);

		l->used = (size_t)(out - l->text);
		return l->used > TEXT_SIZE - DUMP_LINE_MAX ? write_text(l) : 0;
	}
	if (!args->quiet && !l->loss.told)
		fprintf(stderr,
			"%s: %s: %" PRIu64
			" frames were lost, there was no room for them; -r makes "
			"more, -d shows where\n",
			args->program, name, frames);
	l->loss.told = true;
	return 0;
}

/* Whether more were lost before or among the frames of which @first is the first. */
static int check_dropped(struct logger *l, unsigned int index, const struct anycan_frame *first)
{
	struct anycan_bus_stats stats;
	uint64_t more;

	anycan_bus_get_stats(l->buses.list[index], &stats);
	more = stats.rx_dropped - l->loss.last[index];
	l->loss.last[index] = stats.rx_dropped;
	return more ? tell_dropped(l, index, first->ts_ns, more) : 0;
}

/* ---- The order of frames of several buses */

static int compare(const void *a, const void *b, void *frames)
{
	uint16_t i = *(const uint16_t *)a, k = *(const uint16_t *)b;
	int64_t at_i = ((const struct anycan_frame *)frames)[i].ts_ns;
	int64_t at_k = ((const struct anycan_frame *)frames)[k].ts_ns;

	if (at_i != at_k)
		return at_i < at_k ? -1 : 1;
	return i - k;
}

static void sort(struct logger *l, unsigned int n)
{
	bool sorted = true;

	for (unsigned int i = 1; i < n && sorted; i++)
		sorted = l->batch[i - 1].ts_ns <= l->batch[i].ts_ns;
	if (sorted)
		return;
	for (unsigned int i = 0; i < n; i++)
		l->order[i] = (uint16_t)i;
	qsort_r(l->order, n, sizeof(l->order[0]), compare, l->batch);
	for (unsigned int i = 0; i < n; i++)
		l->sorted[i] = l->batch[l->order[i]];
	memcpy(l->batch, l->sorted, n * sizeof(l->batch[0]));
}

/* ---- The loop */

static int take(struct logger *l, unsigned int n)
{
	int status = 0;

	if (l->buses.n > 1)
		sort(l, n);
	l->frames += n;
	if (l->args->lines != LOG_SILENT)
		status = print_lines(l, n);
	if (!status && l->args->out.path && output_write(&l->out, l->batch, n))
		status = complain(l, output_error_text(&l->out));
	return status;
}

/* Nothing more waits: let others see what there is. */
static int flush(struct logger *l)
{
	const struct log_args *args = l->args;

	if (l->used && write_text(l))
		return STATUS_FAILED;
	if (args->out.path &&
	    (strcmp(args->out.path, "-") ? output_tick(&l->out) : output_flush(&l->out)))
		return complain(l, output_error_text(&l->out));
	return 0;
}

static void show_progress(struct logger *l, int64_t now)
{
	double seconds = (double)(now - l->began_ns) / 1e9;

	if (!l->progress || now - l->shown_ns < PROGRESS_NS)
		return;
	l->shown_ns = now;
	fprintf(stderr, "\r%" PRIu64 " frames, %.0f/s   ", l->frames, (double)l->frames / seconds);
	fflush(stderr);
}

/* A netdev that went down is no end with -D. Return: an exit status. */
static int handle_failure(struct logger *l, unsigned int index, int code, const char *text)
{
	if (code == -ENETDOWN && l->args->stay) {
		fprintf(stderr, "%s: interface down\n", l->buses.names[index]);
		return 0;
	}
	complain(l, text);
	/* Of python-can's script it is an exception. */
	if (l->args->python)
		return STATUS_FAILED;
	return code == -ECONNRESET ? STATUS_GONE : status_of(code);
}

/* How long to wait for a frame; 0 when the time without one is over. */
static int64_t patience(const struct logger *l, int64_t now)
{
	int64_t left = l->args->timeout_ns ? l->last_ns + l->args->timeout_ns - now : INT64_MAX;
	int64_t tick = l->args->out.path || l->progress ? TICK_NS : INT64_MAX;

	if (left <= 0)
		return 0;
	left = left < tick ? left : tick;
	return left == INT64_MAX ? ANYCAN_FOREVER : left;
}

static bool is_enough(const struct logger *l)
{
	return l->args->count && l->frames >= l->args->count;
}

static unsigned int room(const struct logger *l)
{
	uint64_t left = l->args->count ? l->args->count - l->frames : BATCH;

	return left < BATCH ? (unsigned int)left : BATCH;
}

/*
 * What waits now, of one bus or of several.
 *
 * @n: set to how many
 *
 * Return: 0, or the exit status.
 */
static int gather(struct logger *l, int64_t wait_ns, unsigned int *n)
{
	struct anycan_error error;
	unsigned int index = 0, max = room(l);
	int got, status = 0;

	*n = 0;
	do {
		got = buses_recv(&l->buses, l->batch + *n, max - *n, &index, wait_ns, &error);
		if (got < 0)
			return handle_failure(l, index, got, error.text);
		if (got > 0)
			status = check_dropped(l, index, &l->batch[*n]);
		*n += (unsigned int)got;
		wait_ns = 0;
	} while (!status && l->buses.n > 1 && buses_more(&l->buses) && *n + WORTH_ASKING <= max);
	return status;
}

static int loop(struct logger *l)
{
	unsigned int turns = 0, n = 0;
	int status = 0;

	l->last_ns = now_ns();
	while (!status && !is_enough(l)) {
		int64_t now = now_ns(), wait;

		if (n)
			l->last_ns = now;
		wait = patience(l, now);
		show_progress(l, now);
		if (!wait || ((!n || !(++turns % BATCHES_PER_LOOK)) && stop_requested()))
			break;
		/* What was taken in must not wait for what comes next. */
		status = gather(l, buses_more(&l->buses) ? 0 : wait, &n);
		if (n && take(l, n))
			status = STATUS_FAILED;
		if (!status && !buses_more(&l->buses))
			status = flush(l);
	}
	return status;
}

/* What had come before the signal belongs to the log. */
static int drain(struct logger *l)
{
	struct timespec now;
	unsigned int n;
	int status;

	clock_gettime(CLOCK_REALTIME, &now);
	do {
		status = gather(l, 0, &n);
		if (n && take(l, n))
			status = STATUS_FAILED;
	} while (!status && n && !is_enough(l) &&
		 l->batch[0].ts_ns < now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec);
	return status;
}

/* ---- Beginning and end */

static int open_buses(struct logger *l)
{
	struct anycan_error error;
	struct log_args *args = l->args;
	int ret;

	if (!args->buses.options.rx_queue_size)
		args->buses.options.rx_queue_size = QUEUE;
	ret = buses_open(&l->buses, &args->buses, &error);
	if (!ret)
		return 0;
	complain(l, error.text);
	if (args->python)
		return STATUS_FAILED;
	if (!args->buses.n_targets && !args->buses.n_items)
		complain(l, "or name a bus: anycan log can0 (`anycan list` shows those there are)");
	return error.category == ANYCAN_ERROR_VALUE ? STATUS_USAGE : status_of(ret);
}

static int open_output(struct logger *l)
{
	const struct log_args *args = l->args;
	struct canlog_error error;

	if (!args->out.path)
		return 0;
	if (output_open(&l->out, &args->out, l->buses.channels, args->program, &error))
		return complain(l, error.text);
	if (args->auto_name[0] && !args->quiet)
		fprintf(stderr, "%s: writing %s\n", args->program, args->out.path);
	l->progress =
		!args->quiet && !args->python && args->lines == LOG_SILENT && isatty(STDERR_FILENO);
	return 0;
}

static int open_all(struct logger *l)
{
	int status = open_buses(l);

	if (status)
		return status;
	status = open_output(l);
	l->buses.stop_fd = status ? -1 : stop_open();
	if (status || l->buses.stop_fd < 0)
		return status ? status : complain(l, strerror(-l->buses.stop_fd));
	l->began_ns = now_ns();
	l->loss.netdevs = log_netdev_drops(&l->buses);
	dump_init(&l->dump, &l->args->dump, &l->buses);
	l->text = malloc(TEXT_SIZE);
	return l->text ? 0 : complain(l, "no memory");
}

static int finish(struct logger *l, int status)
{
	struct canlog_report report;
	struct canlog_error error;
	bool has_output = l->out.log || l->out.rotation;

	if (l->used && write_text(l))
		status = STATUS_FAILED;
	if (output_close(&l->out, &report, &error) && !status)
		status = complain(l, error.text);
	if (l->progress)
		fputc('\n', stderr);
	if (l->began_ns && !l->args->quiet)
		log_summary(l->args, &l->buses, &l->loss, has_output ? &report : NULL,
			    (double)(now_ns() - l->began_ns) / 1e9);
	if (!status && l->args->timeout_ns && !l->frames && !stop_requested())
		status = STATUS_TIMEOUT;
	buses_close(&l->buses);
	free(l->text);
	free(l);
	return status;
}

/* The words that python-can's script begins with. */
static void print_banner(const struct buses *buses)
{
	const char *interface = anycan_bus_interface(buses->list[0]);
	char now[64];
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(now, sizeof(now), "%Y-%m-%d %H:%M:%S", &tm);
	printf("Connected to %c%sBus: %s\n", interface[0] - 'a' + 'A', interface + 1,
	       anycan_bus_info(buses->list[0]));
	printf("Can Logger (Started on %s.%06ld)\n", now, ts.tv_nsec / 1000);
	fflush(stdout);
}

int log_run(struct log_args *args)
{
	struct logger *l = calloc(1, sizeof(*l));
	int status;

	if (!l)
		return STATUS_FAILED;
	l->args = args;
	anycan_log_init(args->program, (enum anycan_log_level)(ANYCAN_LOG_WARNING + args->verbose));
	status = open_all(l);
	if (!status && args->python)
		print_banner(&l->buses);
	if (!status)
		status = loop(l);
	if (!status && stop_requested())
		status = drain(l);
	return finish(l, status);
}

int tool_log(int argc, char **argv)
{
	struct log_args args = {.program = "anycan log"};
	int status = log_args_parse(&args, argc, argv);

	if (status < 0)
		status = log_run(&args);
	bus_args_clear(&args.buses);
	return status;
}
