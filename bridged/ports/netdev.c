/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the ports for vxcan and vcan share: the netdev that applications see.
 */
#include "ports/netdev.h"
#include "ports/netns.h"

#include <anycan/log.h>
#include <errno.h>
#include <linux/can.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

/* What the alias of a netdev that we made begins with; the adapter's address follows. */
#define ALIAS_PREFIX "anycan "

/*
 * What may wait for one processor. Of the kernel's 1000 a loaded machine with a few full buses
 * sees the end: CAN frames are small, many, and not sent again by anybody.
 */
#define BACKLOG_FRAMES 10000

static const char *next_step(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return "run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN";
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return "this kernel has no module for it: `modprobe vxcan` says why; cloud kernels "
		       "have no CAN, Ubuntu's is in linux-modules-extra";
	case EEXIST:
		return "the name is taken";
	default:
		return strerror(error);
	}
}

int netdev_refused(const char *name, const char *kind, int error, char *reason)
{
	snprintf(reason, BRIDGED_REASON_SIZE, "cannot make %s as %s: %s", name, kind,
		 next_step(-error));
	return error;
}

int netdev_taken(const struct anycan_link *link, char *reason)
{
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "%s: there is a netdev of that name (%s%s%s); choose another%s%s", link->name,
		 link->kind[0] ? link->kind : "a device", link->alias[0] ? ", " : "", link->alias,
		 link->is_can ? ", or remove it: ip link del " : "",
		 link->is_can ? link->name : "");
	return -EEXIST;
}

static void print_alias(char alias[ANYCAN_ALIAS_SIZE], const struct bridged_port_config *config)
{
	snprintf(alias, ANYCAN_ALIAS_SIZE, ALIAS_PREFIX "%.200s", config->adapter);
}

int netdev_label(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config)
{
	char alias[ANYCAN_ALIAS_SIZE];

	print_alias(alias, config);
	return anycan_link_set_alias(rtnl, ifindex, alias);
}

int netdev_dress(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config)
{
	int ret = anycan_link_set_mtu(rtnl, ifindex, config->fd ? CANFD_MTU : CAN_MTU);

	return ret ? ret : netdev_label(rtnl, ifindex, config);
}

int netdev_redress(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config)
{
	int ret = anycan_link_set_mtu(rtnl, ifindex, config->fd ? CANFD_MTU : CAN_MTU);

	if (ret == -EBUSY) {
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s is up, so that `fd %s` cannot take effect; set it down, and restart "
			   "this bridge",
			   config->netdev, config->fd ? "on" : "off");
		ret = 0;
	}
	return ret ? ret : netdev_label(rtnl, ifindex, config);
}

/* As sysfs wants it: hexadecimal, in words of 32 bits. */
static void print_cpu_mask(unsigned int cpu, char *mask, size_t size)
{
	int n = snprintf(mask, size, "%x", 1U << (cpu % 32));

	for (cpu /= 32; cpu && (size_t)n < size; cpu--)
		n += snprintf(mask + n, size - (size_t)n, ",00000000");
}

int netdev_steer(const char *name, int netns)
{
	char path[64 + IFNAMSIZ], mask[512];
	int cpu = sched_getcpu();

	if (cpu < 0)
		return -errno;
	print_cpu_mask((unsigned int)cpu, mask, sizeof(mask));
	snprintf(path, sizeof(path), "/sys/class/net/%s/queues/rx-0/rps_cpus", name);
	return netns_write_sysfs(netns, path, mask);
}

int netdev_deepen_backlog(void)
{
	FILE *limit = fopen("/proc/sys/net/core/netdev_max_backlog", "r+e");
	long now;
	int ret = 0;

	if (!limit)
		return -errno;
	if (fscanf(limit, "%ld", &now) != 1)
		ret = -EIO;
	rewind(limit);
	if (!ret && now < BACKLOG_FRAMES && fprintf(limit, "%d\n", BACKLOG_FRAMES) < 0)
		ret = -errno;
	return fclose(limit) && !ret ? -errno : ret;
}

bool netdev_is_ours(const struct anycan_link *link, const struct bridged_port_config *config)
{
	char alias[ANYCAN_ALIAS_SIZE];

	print_alias(alias, config);
	return !strcmp(link->alias, alias);
}
