/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is left with the service manager is named CHANNEL-NETDEV, `0-can0`. Source: sd_notify(3),
 * sd_listen_fds(3).
 */
#include "parked.h"
#include "notify.h"

#include <anycan/log.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FD 3

/* Names that systemd takes have no other characters. */
static bool is_storable(const char *netdev)
{
	for (; *netdev; netdev++)
		if (*netdev < ' ' || *netdev > '~' || *netdev == ':')
			return false;
	return true;
}

static void forget(const char *name)
{
	char state[320];

	snprintf(state, sizeof(state), "FDSTOREREMOVE=1\nFDNAME=%.255s", name);
	bridged_notify(state);
}

/* Take @fd, called @name. Return: false if it is nothing of ours. */
static bool take(struct bridged_parked *parked, const char *name, int fd)
{
	char *netdev;
	unsigned long index = strtoul(name, &netdev, 10);

	if (netdev == name || *netdev++ != '-' || index >= BRIDGED_CHANNELS_MAX || !*netdev ||
	    strlen(netdev) >= IFNAMSIZ || parked[index].fd >= 0)
		return false;
	parked[index].fd = fd;
	strcpy(parked[index].netdev, netdev);
	return true;
}

static unsigned int count_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	return pid && fds && strtol(pid, NULL, 10) == getpid() ? strtoul(fds, NULL, 10) : 0;
}

void bridged_parked_take(struct bridged_parked *parked)
{
	const char *given = getenv("LISTEN_FDNAMES");
	char *names = strdup(given ? given : ""), *rest = names;
	unsigned int n = names ? count_fds() : 0;

	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
		parked[i] = (struct bridged_parked){.fd = -1, .index = i};
	for (unsigned int i = 0; i < n; i++) {
		const char *name = strsep(&rest, ":");
		int fd = FIRST_FD + (int)i;

		if (fcntl(fd, F_SETFD, FD_CLOEXEC))
			break; /* there are not so many */
		if (name && take(parked, name, fd))
			continue;
		anycan_log(ANYCAN_LOG_WARNING,
			   "the service manager hands over '%.40s', which is no netdev that a "
			   "bridge left; it is closed",
			   name ? name : "");
		close(fd);
		if (name)
			forget(name);
	}
	free(names);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

static void print_name(char *name, size_t size, unsigned int index, const char *netdev)
{
	snprintf(name, size, "%u-%s", index, netdev);
}

void bridged_parked_adopt(struct bridged_parked *parked)
{
	close(parked->fd);
	parked->fd = -1;
	parked->kept = true;
}

void bridged_parked_forget(struct bridged_parked *parked)
{
	char name[IFNAMSIZ + 16];

	if (parked->fd < 0)
		return;
	print_name(name, sizeof(name), parked->index, parked->netdev);
	close(parked->fd);
	parked->fd = -1;
	forget(name);
	/* Only when its copy is gone, too, the netdev is free. */
	bridged_notify_barrier();
}

int bridged_park(unsigned int index, const char *netdev, int fd)
{
	char name[IFNAMSIZ + 16], state[sizeof(name) + 64];

	if (!is_storable(netdev))
		return -EINVAL;
	print_name(name, sizeof(name), index, netdev);
	/* A socket without a carrier has an error pending: no reason to forget it. */
	snprintf(state, sizeof(state), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
	return bridged_notify_fd(state, fd);
}
