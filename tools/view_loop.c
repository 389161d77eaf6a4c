// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The main thread of the viewers. The lock is held while the screen is drawn in memory, never
 * while the terminal takes it.
 */
#include "view_loop.h"

#include "status_codes.h"
#include "stop.h"

#include <anycan/clock.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

struct view_model *view_loop_lock(struct view_loop *loop)
{
	pthread_mutex_lock(&loop->reader->lock);
	return loop->paused ? &loop->frozen : &loop->reader->model;
}

void view_loop_unlock(struct view_loop *loop)
{
	pthread_mutex_unlock(&loop->reader->lock);
}

void view_loop_pause(struct view_loop *loop)
{
	struct view_model *shown = view_loop_lock(loop);

	if (loop->paused) {
		view_model_free(shown);
		loop->paused = false;
	} else {
		loop->paused = !view_model_copy(&loop->frozen, shown);
	}
	view_loop_unlock(loop);
}

void view_loop_clear(struct view_loop *loop)
{
	struct view_model *shown = view_loop_lock(loop);

	view_model_clear(shown);
	view_model_clear(&loop->reader->model);
	view_loop_unlock(loop);
}

/* ---- Drawing */

struct pace {
	int64_t drawn_ns;
	uint64_t frames; /* that the last picture knew of */
	bool wanted;	 /* draw even if nothing came */
};

static void draw(struct view_loop *loop, struct pace *pace, int64_t now)
{
	const struct view_model *shown = view_loop_lock(loop);

	if (now - loop->reader->model.tick_ns >= ANYCAN_NS_PER_S) {
		view_model_tick(&loop->reader->model, now);
		pace->wanted = true;
	}
	if (!pace->wanted && loop->reader->model.frames == pace->frames) {
		view_loop_unlock(loop);
		return;
	}
	pace->frames = loop->reader->model.frames;
	screen_clear(&loop->screen);
	loop->draw(loop, shown);
	view_loop_unlock(loop);
	view_term_show(&loop->screen);
	pace->drawn_ns = now;
	pace->wanted = false;
}

/* All keys that were pressed. Return: false to end. */
static bool take_keys(struct view_loop *loop, struct pace *pace)
{
	int key;

	while ((key = view_term_key()) != VIEW_KEY_NONE) {
		pace->wanted = true;
		if (key == VIEW_KEY_RESIZE) {
			if (view_term_fit(&loop->screen))
				return false;
		} else if (!loop->key(loop, key)) {
			return false;
		}
	}
	return true;
}

static int status_now(struct view_loop *loop)
{
	int ret;

	view_loop_lock(loop);
	ret = loop->reader->status ? loop->reader->status : loop->reader->record_status;
	view_loop_unlock(loop);
	return status_of(ret);
}

int view_loop_run(struct view_loop *loop)
{
	const int64_t period_ns = ANYCAN_NS_PER_S / VIEW_DRAWS_S;
	struct pace pace = {.wanted = true};
	struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {loop->stop_fd, POLLIN, 0}};

	if (view_term_fit(&loop->screen))
		return STATUS_FAILED;
	loop->reader->model.tick_ns = now_ns();
	do {
		int64_t now = now_ns(), left_ns = pace.drawn_ns + period_ns - now;

		if (left_ns <= 0 || pace.wanted) {
			draw(loop, &pace, now);
			left_ns = period_ns;
		}
		poll(fds, 2, (int)(left_ns / ANYCAN_NS_PER_MS) + 1);
		/* A terminal that is gone is readable for ever. */
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			break;
	} while (take_keys(loop, &pace) && !stop_requested() &&
		 !(loop->end_with_reader && loop->reader->ended));
	return status_now(loop);
}

int view_loop_picture(struct view_loop *loop, int64_t time_ns, bool color)
{
	int64_t begin = now_ns(), end = begin + time_ns;
	struct pollfd fd = {loop->stop_fd, POLLIN, 0};
	const struct view_model *shown;

	loop->reader->model.tick_ns = begin;
	while (!loop->reader->ended && !stop_requested() && (time_ns < 0 || now_ns() < end))
		poll(&fd, 1, 10);
	shown = view_loop_lock(loop);
	view_model_tick(&loop->reader->model, now_ns());
	screen_clear(&loop->screen);
	loop->draw(loop, shown);
	view_loop_unlock(loop);
	screen_print(&loop->screen, stdout, color);
	return status_now(loop);
}
