// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Looking for everything that can be opened: each kind in a thread of its own, all for a limited
 * time.
 */
#include "detect.h"

#include <anycan/interface.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KINDS_MAX 48
#define NAMES_MAX 32

struct detect_search {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char names[NAMES_MAX][ANYCAN_DRIVER_SIZE]; /* the caller's list may be gone one day */
	unsigned int n_names;
	bool all;
	int64_t deadline_ns;
	/* Under the lock: */
	struct anycan_detected *found;
	unsigned int n_found;
	unsigned int running; /* threads */
	unsigned int holders; /* and the caller */
	bool over;
	int ret;
};

/* One kind: an interface of the registry, or a function. */
struct kind {
	struct detect_search *search;
	const struct anycan_interface *interface;
	void (*look)(struct detect_search *search);
};

bool detect_wants_all(const struct detect_search *search)
{
	return search->all;
}

bool detect_wants(const struct detect_search *search, const char *interface)
{
	for (unsigned int i = 0; i < search->n_names; i++)
		if (!strcmp(search->names[i], interface))
			return true;
	return search->all;
}

int64_t detect_deadline(const struct detect_search *search)
{
	return search->deadline_ns;
}

void detect_add(struct detect_search *search, const struct anycan_detected *found)
{
	struct anycan_detected *more;

	pthread_mutex_lock(&search->lock);
	if (!search->over) {
		more = realloc(search->found, (search->n_found + 1) * sizeof(*more));
		if (more) {
			search->found = more;
			search->found[search->n_found++] = *found;
		} else {
			search->ret = -ENOMEM;
		}
	}
	pthread_mutex_unlock(&search->lock);
}

/* A thread begins or ends; it holds the search on its own account. */
static void count_thread(struct detect_search *search, bool begins)
{
	pthread_mutex_lock(&search->lock);
	search->running += begins ? 1 : -1U;
	search->holders += begins;
	pthread_cond_signal(&search->changed);
	pthread_mutex_unlock(&search->lock);
}

/* Let go of it; the last holder frees it. */
static void release(struct detect_search *search)
{
	bool last;

	pthread_mutex_lock(&search->lock);
	last = !--search->holders;
	pthread_mutex_unlock(&search->lock);
	if (!last)
		return;
	pthread_cond_destroy(&search->changed);
	pthread_mutex_destroy(&search->lock);
	free(search->found);
	free(search);
}

static int add_channel(const char *channel, void *arg)
{
	const struct kind *kind = arg;
	struct anycan_detected found = {.certain = true};
	bool is_netdev = !strcmp(kind->interface->name, "socketcan");

	snprintf(found.interface, sizeof(found.interface), "%s", kind->interface->name);
	snprintf(found.address, sizeof(found.address), "%s%s%s",
		 is_netdev ? "" : kind->interface->name, is_netdev ? "" : ":", channel);
	if (is_netdev)
		anycan_detected_netdev(channel, &found);
	detect_add(kind->search, &found);
	return 0;
}

static void *run_kind(void *arg)
{
	struct kind *kind = arg;

	if (kind->interface)
		kind->interface->detect(add_channel, kind);
	else
		kind->look(kind->search);
	count_thread(kind->search, false);
	release(kind->search);
	free(kind);
	return NULL;
}

/* Without a thread there is no such kind. */
static void start(struct detect_search *search, struct kind wanted)
{
	struct kind *kind = malloc(sizeof(*kind));
	pthread_attr_t detached;
	pthread_t thread;
	int ret = ENOMEM;

	if (!kind)
		return;
	*kind = wanted;
	kind->search = search;
	count_thread(search, true);
	if (!pthread_attr_init(&detached)) {
		pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
		ret = pthread_create(&thread, &detached, run_kind, kind);
		pthread_attr_destroy(&detached);
	}
	if (ret) {
		/* The caller holds it, too, so this is not the last one. */
		count_thread(search, false);
		pthread_mutex_lock(&search->lock);
		search->holders--;
		pthread_mutex_unlock(&search->lock);
		free(kind);
	}
}

static int start_interface(const struct anycan_interface *interface, void *arg)
{
	struct detect_search *search = arg;

	if (interface->detect && detect_wants(search, interface->name))
		start(search, (struct kind){.interface = interface});
	return 0;
}

static int order(const void *left, const void *right)
{
	const struct anycan_detected *a = left, *b = right;

	if (a->certain != b->certain)
		return a->certain ? -1 : 1;
	return strcmp(a->interface, b->interface) ? strcmp(a->interface, b->interface)
						  : strverscmp(a->address, b->address);
}

/* Wait until all threads have ended or the time is up. Return: how many were found */
static int gather(struct detect_search *search, struct anycan_detected **list)
{
	struct timespec until = {
		.tv_sec = search->deadline_ns / ANYCAN_NS_PER_S,
		.tv_nsec = search->deadline_ns % ANYCAN_NS_PER_S,
	};
	int ret = 0;

	pthread_mutex_lock(&search->lock);
	while (search->running && !ret) {
		if (search->deadline_ns == ANYCAN_NEVER.ns)
			ret = pthread_cond_wait(&search->changed, &search->lock);
		else
			ret = pthread_cond_timedwait(&search->changed, &search->lock, &until);
	}
	search->over = true;
	ret = search->ret ? search->ret : (int)search->n_found;
	*list = search->found;
	search->found = NULL;
	pthread_mutex_unlock(&search->lock);
	return ret;
}

static struct detect_search *new_search(const char *const *interfaces, int64_t timeout_ns)
{
	struct detect_search *search = calloc(1, sizeof(*search));
	pthread_condattr_t attr;
	struct timespec now;

	if (!search)
		return NULL;
	search->all = !interfaces;
	for (; interfaces && interfaces[search->n_names] && search->n_names < NAMES_MAX;
	     search->n_names++)
		snprintf(search->names[search->n_names], ANYCAN_DRIVER_SIZE, "%s",
			 interfaces[search->n_names]);
	clock_gettime(CLOCK_MONOTONIC, &now);
	search->deadline_ns = timeout_ns < 0
				      ? ANYCAN_NEVER.ns
				      : now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec + timeout_ns;
	pthread_mutex_init(&search->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&search->changed, &attr);
	pthread_condattr_destroy(&attr);
	search->holders = 1;
	return search;
}

int anycan_detect(struct anycan_detected **list, const char *const *interfaces, int64_t timeout_ns)
{
	struct detect_search *search = new_search(interfaces, timeout_ns);
	int ret;

	*list = NULL;
	if (!search)
		return -ENOMEM;
	anycan_interface_each(start_interface, search);
	start(search, (struct kind){.look = detect_usb});
	start(search, (struct kind){.look = detect_serial});
	ret = gather(search, list);
	release(search);
	if (ret > 1)
		qsort(*list, (size_t)ret, sizeof(**list), order);
	if (ret < 0) {
		anycan_detected_free(*list);
		*list = NULL;
	}
	return ret;
}

void anycan_detected_free(struct anycan_detected *list)
{
	free(list);
}
