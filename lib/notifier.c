// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading buses for many listeners.
 */
#include <anycan/notifier.h>

#include "wait.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH 64

/* A bus without a descriptor is asked again after so long whether the reading is to end. */
#define BLIND_NS (100 * ANYCAN_NS_PER_MS)

/* An error that somebody has dealt with may come again at once. */
#define PAUSE_NS (100 * ANYCAN_NS_PER_MS)

/* One bus; with threads it has one. */
struct reading {
	struct reading *next;
	struct anycan_notifier *notifier;
	struct anycan_bus *bus;
	pthread_t thread;
	bool joined;
	struct anycan_frame frames[BATCH];
};

struct anycan_notifier {
	pthread_mutex_t lock;			  /* recursive: listeners may add and remove some */
	const struct anycan_listener **listeners; /* NULL: removed while they were called */
	size_t n_listeners;
	unsigned int calling; /* loops over them under way, by one thread */
	bool own_threads;
	int epoll; /* without threads */
	int wake;  /* readable for ever once the reading is to end */
	struct reading *readings;
	pthread_mutex_t end_lock; /* not held by anybody for long */
	pthread_cond_t ended;
	unsigned int running, waiting; /* threads, under end_lock */
	atomic_bool stopped;
	bool told_listeners;
	struct anycan_error failure; /* .code 0: none */
};

int anycan_notifier_new(struct anycan_notifier **out, bool own_threads)
{
	struct anycan_notifier *notifier = calloc(1, sizeof(*notifier));
	pthread_mutexattr_t attr;
	int ret;

	if (!notifier)
		return -ENOMEM;
	notifier->own_threads = own_threads;
	notifier->epoll = own_threads ? -1 : epoll_create1(EPOLL_CLOEXEC);
	notifier->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (notifier->wake < 0 || (!own_threads && notifier->epoll < 0)) {
		ret = -errno;
		if (notifier->wake >= 0)
			close(notifier->wake);
		free(notifier);
		return ret;
	}
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&notifier->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_mutex_init(&notifier->end_lock, NULL);
	pthread_cond_init(&notifier->ended, NULL);
	*out = notifier;
	return 0;
}

/* ---- Listeners; all of it under the lock */

static void drop_removed(struct anycan_notifier *notifier)
{
	size_t kept = 0;

	if (notifier->calling)
		return;
	for (size_t i = 0; i < notifier->n_listeners; i++)
		if (notifier->listeners[i])
			notifier->listeners[kept++] = notifier->listeners[i];
	notifier->n_listeners = kept;
}

/* Return: whether one of them has dealt with it */
static bool tell_error(struct anycan_notifier *notifier, struct anycan_bus *bus,
		       const struct anycan_error *error)
{
	bool handled = false;

	notifier->calling++;
	for (size_t i = 0; i < notifier->n_listeners; i++) {
		const struct anycan_listener *listener = notifier->listeners[i];

		if (listener && listener->on_error)
			handled |= listener->on_error(listener->arg, bus, error);
	}
	notifier->calling--;
	drop_removed(notifier);
	return handled;
}

/* Return: 0, or the first error of a listener */
static int tell_frame(struct anycan_notifier *notifier, struct anycan_bus *bus,
		      const struct anycan_frame *frame)
{
	/* Who is added by one of them hears the next frame. */
	size_t n = notifier->n_listeners;
	int ret = 0;

	notifier->calling++;
	for (size_t i = 0; i < n; i++) {
		const struct anycan_listener *listener = notifier->listeners[i];
		int result = 0;

		if (!listener ||
		    (listener->filters && !anycan_filters_match(listener->filters, frame->can_id)))
			continue;
		result = listener->on_message(listener->arg, bus, frame);
		ret = ret ? ret : result;
	}
	notifier->calling--;
	drop_removed(notifier);
	return ret;
}

int anycan_notifier_add_listener(struct anycan_notifier *notifier,
				 const struct anycan_listener *listener)
{
	const struct anycan_listener **more;
	int ret = 0;

	pthread_mutex_lock(&notifier->lock);
	more = reallocarray(notifier->listeners, notifier->n_listeners + 1, sizeof(void *));
	if (more) {
		notifier->listeners = more;
		notifier->listeners[notifier->n_listeners++] = listener;
	} else {
		ret = -ENOMEM;
	}
	pthread_mutex_unlock(&notifier->lock);
	return ret;
}

int anycan_notifier_remove_listener(struct anycan_notifier *notifier,
				    const struct anycan_listener *listener)
{
	int ret = -EINVAL;

	pthread_mutex_lock(&notifier->lock);
	for (size_t i = 0; ret && i < notifier->n_listeners; i++) {
		if (notifier->listeners[i] != listener)
			continue;
		notifier->listeners[i] = NULL;
		ret = 0;
	}
	drop_removed(notifier);
	pthread_mutex_unlock(&notifier->lock);
	return ret;
}

/* ---- Reading */

/* Say what is wrong. Return: 0 if somebody has dealt with it, otherwise its code */
static int fail(struct reading *reading, const struct anycan_error *error)
{
	struct anycan_notifier *notifier = reading->notifier;
	bool handled;

	pthread_mutex_lock(&notifier->lock);
	handled = tell_error(notifier, reading->bus, error);
	if (!handled && !notifier->failure.code)
		notifier->failure = *error;
	pthread_mutex_unlock(&notifier->lock);
	return handled ? 0 : error->code;
}

static int tell_frames(struct reading *reading, int n)
{
	struct anycan_notifier *notifier = reading->notifier;
	struct anycan_error error;
	int ret = 0;

	pthread_mutex_lock(&notifier->lock);
	for (int i = 0; i < n && !ret; i++) {
		ret = tell_frame(notifier, reading->bus, &reading->frames[i]);
		if (!ret)
			continue;
		anycan_error_set(&error, ANYCAN_ERROR_OPERATION, ret,
				 "a listener could not take a frame: %s", strerror(-ret));
		ret = fail(reading, &error);
	}
	pthread_mutex_unlock(&notifier->lock);
	return ret;
}

/* Receive and tell. Return: how many frames, or what nobody has dealt with */
static int read_once(struct reading *reading, int64_t timeout_ns)
{
	struct anycan_error error = {0};
	int n = anycan_bus_recv_many(reading->bus, reading->frames, BATCH, timeout_ns, &error);
	int ret;

	if (n < 0) {
		ret = fail(reading, &error);
		if (!ret && reading->notifier->own_threads)
			wait_for_fd(reading->notifier->wake, POLLIN, wait_until(PAUSE_NS));
		return ret;
	}
	ret = tell_frames(reading, n);
	return ret ? ret : n;
}

/* Return: whether the reading is to end */
static bool wait_for_frames(int bus_fd, int wake_fd)
{
	struct pollfd fds[] = {{.fd = bus_fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};

	while (poll(fds, 2, bus_fd < 0 ? 0 : -1) < 0 && errno == EINTR)
		;
	return fds[1].revents;
}

static void *read_bus(void *arg)
{
	struct reading *reading = arg;
	int fd = anycan_bus_fd(reading->bus);

	while (!wait_for_frames(fd, reading->notifier->wake))
		if (read_once(reading, fd < 0 ? BLIND_NS : 0) < 0)
			break;
	pthread_mutex_lock(&reading->notifier->end_lock);
	reading->notifier->running--;
	pthread_cond_signal(&reading->notifier->ended);
	pthread_mutex_unlock(&reading->notifier->end_lock);
	return NULL;
}

static int start_thread(struct anycan_notifier *notifier, struct reading *reading)
{
	int ret;

	pthread_mutex_lock(&notifier->end_lock);
	ret = -pthread_create(&reading->thread, NULL, read_bus, reading);
	notifier->running += !ret;
	pthread_mutex_unlock(&notifier->end_lock);
	return ret;
}

/* Without threads: its descriptor among the others. */
static int watch_bus(struct anycan_notifier *notifier, struct reading *reading)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = reading};
	int fd = anycan_bus_fd(reading->bus);

	if (fd < 0)
		return -EOPNOTSUPP;
	return epoll_ctl(notifier->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int anycan_notifier_add_bus(struct anycan_notifier *notifier, struct anycan_bus *bus)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int ret = -ESHUTDOWN;

	if (!reading)
		return -ENOMEM;
	reading->notifier = notifier;
	reading->bus = bus;
	pthread_mutex_lock(&notifier->lock);
	if (!notifier->stopped && notifier->own_threads)
		ret = start_thread(notifier, reading);
	else if (!notifier->stopped)
		ret = watch_bus(notifier, reading);
	if (!ret) {
		reading->next = notifier->readings;
		notifier->readings = reading;
	}
	pthread_mutex_unlock(&notifier->lock);
	if (ret)
		free(reading);
	return ret;
}

int anycan_notifier_fd(struct anycan_notifier *notifier)
{
	return notifier->own_threads ? -EOPNOTSUPP : notifier->epoll;
}

int anycan_notifier_dispatch(struct anycan_notifier *notifier, struct anycan_error *error)
{
	struct epoll_event events[16];
	int ready, frames = 0;

	if (notifier->own_threads)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EOPNOTSUPP,
					"this notifier has threads of its own");
	do {
		ready = epoll_wait(notifier->epoll, events, 16, 0);
	} while (ready < 0 && errno == EINTR);
	for (int i = 0; i < ready; i++) {
		int n = read_once(events[i].data.ptr, 0);

		if (n < 0) {
			anycan_notifier_failure(notifier, error);
			return n;
		}
		frames += n;
	}
	return frames;
}

int anycan_notifier_failure(struct anycan_notifier *notifier, struct anycan_error *error)
{
	int code;

	pthread_mutex_lock(&notifier->lock);
	code = notifier->failure.code;
	if (code && error)
		*error = notifier->failure;
	pthread_mutex_unlock(&notifier->lock);
	return code;
}

/* ---- The end */

/* Return: 0 once all threads have ended, otherwise -ETIMEDOUT */
static int join_all(struct anycan_notifier *notifier, int64_t timeout_ns)
{
	struct anycan_mono deadline = wait_until(timeout_ns);
	unsigned int running;

	pthread_mutex_lock(&notifier->end_lock);
	while (notifier->running &&
	       wait_for_cond(&notifier->ended, &notifier->end_lock, &notifier->waiting, deadline))
		;
	running = notifier->running;
	pthread_mutex_unlock(&notifier->end_lock);
	if (running)
		return -ETIMEDOUT;
	for (struct reading *reading = notifier->readings; reading; reading = reading->next) {
		if (notifier->own_threads && !reading->joined)
			pthread_join(reading->thread, NULL);
		reading->joined = true;
	}
	return 0;
}

static void stop_listeners(struct anycan_notifier *notifier)
{
	pthread_mutex_lock(&notifier->lock);
	for (size_t i = 0; i < notifier->n_listeners && !notifier->told_listeners; i++)
		if (notifier->listeners[i] && notifier->listeners[i]->stop)
			notifier->listeners[i]->stop(notifier->listeners[i]->arg);
	notifier->told_listeners = true;
	pthread_mutex_unlock(&notifier->lock);
}

int anycan_notifier_stop(struct anycan_notifier *notifier, int64_t timeout_ns)
{
	int ret;

	/* Not under the lock, which a busy listener may hold for long. */
	atomic_store(&notifier->stopped, true);
	eventfd_write(notifier->wake, 1);
	ret = join_all(notifier, timeout_ns);
	if (!ret)
		stop_listeners(notifier);
	return ret;
}

void anycan_notifier_free(struct anycan_notifier *notifier)
{
	struct reading *next;

	if (!notifier)
		return;
	anycan_notifier_stop(notifier, ANYCAN_FOREVER);
	for (struct reading *reading = notifier->readings; reading; reading = next) {
		next = reading->next;
		free(reading);
	}
	if (notifier->epoll >= 0)
		close(notifier->epoll);
	close(notifier->wake);
	pthread_cond_destroy(&notifier->ended);
	pthread_mutex_destroy(&notifier->end_lock);
	pthread_mutex_destroy(&notifier->lock);
	free(notifier->listeners);
	free(notifier);
}
