// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading ahead, so that neither the disk nor unpacking makes a frame late. Two semaphores count
 * the chunks that are full and those that are empty.
 */
#include "play.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHUNKS 16
#define WAKE_SIGNAL SIGUSR1
#define WAKE_INTERVAL_US 1000

struct play_reader {
	const struct play_args *args;
	struct canlog_options options;
	struct canlog *log;
	bool is_pipe;
	struct canlog_error error;
	struct canlog_report report;
	int64_t first_ns; /* of this time round */
	bool has_first, ended;
	uint64_t loop, in_loop, outside;

	pthread_t thread;
	bool threaded, holding; /* holding: the caller has the chunk at .taken */
	atomic_bool stop, finished, all_read;
	int64_t last_ns;
	int full_fd, empty_fd;
	unsigned int filled, taken;
	struct play_chunk chunks[CHUNKS];
};

/* ---- In the thread */

static int64_t moment_ns(const struct play_reader *r, const struct play_moment *moment)
{
	return moment->since_first ? r->first_ns + moment->ns : moment->ns;
}

/* Leave out what is before --start, and all behind --end. Return: how many are left */
static size_t cut(struct play_reader *r, struct anycan_frame *frames, size_t n)
{
	const struct play_args *args = r->args;
	size_t kept = 0;

	if (n && !r->has_first) {
		r->has_first = true;
		r->first_ns = frames[0].ts_ns;
	}
	for (size_t i = 0; i < n && !r->ended; i++) {
		r->ended = args->end.given && frames[i].ts_ns > moment_ns(r, &args->end);
		if (r->ended)
			break;
		if (args->start.given && frames[i].ts_ns < moment_ns(r, &args->start)) {
			r->outside++;
			continue;
		}
		frames[kept++] = frames[i];
	}
	return kept;
}

static double part_read(const struct play_reader *r)
{
	uint64_t size, position = canlog_get_position(r->log, &size);

	return size && position < size ? (double)position / (double)size : size ? 1 : 0;
}

/* The next time round. Return: 0 or a negative errno. */
static int begin_again(struct play_reader *r)
{
	if (!r->loop)
		r->report = *canlog_get_report(r->log);
	canlog_close(r->log, NULL);
	r->log = NULL;
	r->loop++;
	r->in_loop = 0;
	r->has_first = r->ended = false;
	return canlog_open_reader(&r->log, r->args->file, &r->options, &r->error);
}

static bool is_last_loop(const struct play_reader *r)
{
	/* A log without a frame would go round and round for nothing. */
	return !r->in_loop || (r->args->loops != PLAY_FOREVER && r->loop + 1 >= r->args->loops);
}

/* Return: frames, 0 at the end of everything, or a negative errno. */
static ssize_t read_some(struct play_reader *r, struct anycan_frame *frames)
{
	/* What comes through a pipe is not to wait for more. */
	size_t want = r->is_pipe ? 1 : PLAY_BATCH, kept = 0;
	ssize_t got = 0;
	int err;

	while (!kept && !atomic_load(&r->stop)) {
		got = r->ended ? 0 : canlog_read(r->log, frames, want);
		if (got == -EINTR)
			continue;
		if (got < 0) {
			snprintf(r->error.text, sizeof(r->error.text), "%s",
				 canlog_error_text(r->log));
			return got;
		}
		if (!got && is_last_loop(r))
			return 0;
		err = got ? 0 : begin_again(r);
		if (err)
			return err;
		kept = cut(r, frames, (size_t)got);
	}
	r->in_loop += kept;
	return (ssize_t)kept;
}

static void fill(struct play_reader *r, struct play_chunk *chunk)
{
	chunk->got = read_some(r, chunk->frames);
	chunk->loop = r->loop;
	chunk->outside = r->outside;
	chunk->part = r->log ? part_read(r) : 1;
	r->outside = 0;
	if (chunk->got > 0)
		r->last_ns = chunk->frames[chunk->got - 1].ts_ns;
	else
		atomic_store(&r->all_read, true);
}

static void *read_ahead(void *arg)
{
	struct play_reader *r = arg;
	ssize_t got = 1;
	uint64_t one;

	while (got > 0 && read(r->empty_fd, &one, sizeof(one)) == sizeof(one) &&
	       !atomic_load(&r->stop)) {
		struct play_chunk *chunk = &r->chunks[r->filled++ % CHUNKS];

		fill(r, chunk);
		got = chunk->got;
		eventfd_write(r->full_fd, 1);
	}
	atomic_store(&r->finished, true);
	return NULL;
}

/* ---- Beside it */

static void on_wake(int signal)
{
	(void)signal;
}

/* All signals but the one that interrupts a read() of a pipe go to the main thread. */
static int start(struct play_reader *r)
{
	struct sigaction action = {.sa_handler = on_wake};
	sigset_t others, before;
	int err;

	sigaction(WAKE_SIGNAL, &action, NULL);
	sigfillset(&others);
	sigdelset(&others, WAKE_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &others, &before);
	err = pthread_create(&r->thread, NULL, read_ahead, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	r->threaded = !err;
	return -err;
}

int play_reader_new(struct play_reader **out, const struct play_args *args,
		    struct canlog_channels *channels, struct canlog_error *error)
{
	struct play_reader *r = calloc(1, sizeof(*r));
	uint64_t size;
	int ret = -ENOMEM;

	snprintf(error->text, sizeof(error->text), "no memory");
	if (!r)
		return ret;
	r->args = args;
	r->options = (struct canlog_options){
		.format = args->format,
		.settings = args->settings,
		.any_settings = args->python,
		.channels = channels,
	};
	r->full_fd = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
	r->empty_fd = eventfd(CHUNKS, EFD_SEMAPHORE | EFD_CLOEXEC);
	if (r->full_fd >= 0 && r->empty_fd >= 0)
		ret = canlog_open_reader(&r->log, args->file, &r->options, error);
	if (!ret) {
		canlog_get_position(r->log, &size);
		r->is_pipe = !size;
		ret = start(r);
	}
	if (ret) {
		play_reader_end(r, &r->report, &r->error);
		return ret;
	}
	*out = r;
	return 0;
}

int play_reader_fd(const struct play_reader *reader)
{
	return reader->full_fd;
}

const struct play_chunk *play_reader_next(struct play_reader *r)
{
	uint64_t one;

	if (r->holding) {
		r->holding = false;
		r->taken++;
		eventfd_write(r->empty_fd, 1);
	}
	if (read(r->full_fd, &one, sizeof(one)) != sizeof(one))
		return NULL;
	r->holding = true;
	return &r->chunks[r->taken % CHUNKS];
}

bool play_reader_span(struct play_reader *reader, int64_t *last_ns)
{
	if (!atomic_load(&reader->all_read))
		return false;
	*last_ns = reader->last_ns;
	return true;
}

void play_reader_end(struct play_reader *r, struct canlog_report *report,
		     struct canlog_error *error)
{
	atomic_store(&r->stop, true);
	if (r->threaded) {
		eventfd_write(r->empty_fd, 1);
		while (!atomic_load(&r->finished)) {
			pthread_kill(r->thread, WAKE_SIGNAL);
			usleep(WAKE_INTERVAL_US);
		}
		pthread_join(r->thread, NULL);
	}
	if (r->log && !r->loop)
		r->report = *canlog_get_report(r->log);
	*report = r->report;
	*error = r->error;
	canlog_close(r->log, NULL);
	close(r->full_fd);
	close(r->empty_fd);
	free(r);
}
