// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The kinds of bus: those of this library, one line each, and those that programs register.
 */
#include "bus_internal.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define REGISTERED_MAX 32

/* Sorted. */
static const struct anycan_interface *const built_in[] = {
	&anycan_hub_interface,
	&anycan_socketcan_interface,
	&anycan_virtual_interface,
};

#define BUILT_IN (sizeof(built_in) / sizeof(built_in[0]))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct anycan_interface *registered[REGISTERED_MAX];
static size_t n_registered;

static const struct anycan_interface *find_registered(const char *name)
{
	for (size_t i = 0; i < n_registered; i++)
		if (!strcmp(registered[i]->name, name))
			return registered[i];
	return NULL;
}

int anycan_interface_register(const struct anycan_interface *interface)
{
	int ret = 0;

	if (!interface->name || !*interface->name || !interface->open || !interface->close ||
	    !interface->recv || !interface->send)
		return -EINVAL;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n_registered; i++) {
		if (!strcmp(registered[i]->name, interface->name)) {
			registered[i] = interface;
			goto out;
		}
	}
	if (n_registered < REGISTERED_MAX)
		registered[n_registered++] = interface;
	else
		ret = -ENOSPC;
out:
	pthread_mutex_unlock(&lock);
	return ret;
}

const struct anycan_interface *anycan_interface_find(const char *name)
{
	const struct anycan_interface *found;

	pthread_mutex_lock(&lock);
	found = find_registered(name);
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; !found && i < BUILT_IN; i++)
		if (!strcmp(built_in[i]->name, name))
			found = built_in[i];
	return found;
}

int anycan_interface_each(int (*each)(const struct anycan_interface *interface, void *arg),
			  void *arg)
{
	const struct anycan_interface *all[REGISTERED_MAX + BUILT_IN];
	size_t n = 0;
	int ret = 0;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < BUILT_IN; i++)
		if (!find_registered(built_in[i]->name))
			all[n++] = built_in[i];
	for (size_t i = 0; i < n_registered; i++)
		all[n++] = registered[i];
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < n && !ret; i++)
		ret = each(all[i], arg);
	return ret;
}
