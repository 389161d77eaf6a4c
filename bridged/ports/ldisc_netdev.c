/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Making a netdev of the kernel's slcan line discipline. See ldisc_netdev.h.
 */
#include "ports/ldisc_netdev.h"
#include "ports/ldisc_text.h"
#include "ports/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

static bool is_rate(uint32_t bitrate)
{
	for (size_t i = 0; i < LDISC_RATES; i++)
		if (ldisc_rates[i] == bitrate)
			return true;
	return false;
}

/* What such a netdev cannot have. Return: 0 or -EINVAL. */
static int check_settings(const struct bridged_settings *settings, char *reason)
{
	int n;

	if (settings->ctrlmode.flags & CAN_CTRLMODE_FD) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "fd on: port ldisc has classic CAN only; leave it out, or take another "
			 "port");
		return -EINVAL;
	}
	if (settings->nominal.tq && !settings->nominal.bitrate) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "tq: on port ldisc the netdev sets the bit rate; give it with `bitrate`");
		return -EINVAL;
	}
	if (!settings->nominal.bitrate || is_rate(settings->nominal.bitrate))
		return 0;
	n = snprintf(reason, BRIDGED_REASON_SIZE,
		     "bitrate %u: port ldisc has these only, choose one or another port:",
		     settings->nominal.bitrate);
	for (size_t i = 0; i < LDISC_RATES; i++)
		n += snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " %u", ldisc_rates[i]);
	return -EINVAL;
}

/* Before that slcan had no bit rates, and its netdev was of no link type. */
bool ldisc_is_available(void)
{
	struct utsname kernel;

	return !uname(&kernel) && strtol(kernel.release, NULL, 10) >= 6;
}

/* A pseudo terminal that changes nothing on the way. */
static int make_terminal(struct ldisc_netdev *n)
{
	struct termios raw;
	char path[64];

	n->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (n->master < 0 || grantpt(n->master) || unlockpt(n->master))
		return -errno;
	if (ptsname_r(n->master, path, sizeof(path)))
		return -errno;
	n->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (n->slave < 0 || tcgetattr(n->slave, &raw))
		return -errno;
	cfmakeraw(&raw);
	return tcsetattr(n->slave, TCSANOW, &raw) ? -errno : 0;
}

static bool is_among(const struct if_nameindex *links, int ifindex)
{
	for (; links && links->if_index; links++)
		if ((int)links->if_index == ifindex)
			return true;
	return false;
}

static int attach(struct ldisc_netdev *n, char *reason)
{
	const int slcan = N_SLCAN;

	if (!ioctl(n->slave, TIOCSETD, &slcan))
		return 0;
	if (errno == EPERM)
		return netdev_refused(n->name, "slcan", -EPERM, reason);
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "%s: the kernel's line discipline slcan is not there (%s): `modprobe slcan` says "
		 "why",
		 n->name, strerror(errno));
	return -EOPNOTSUPP;
}

/*
 * It appears in the initial network namespace, under the first free name. In another one there
 * may be something else of that name, which was there before.
 */
static int find_netdev(struct ldisc_netdev *n, char *reason)
{
	struct if_nameindex *before = if_nameindex();
	struct anycan_link link = {0};
	char name[IFNAMSIZ];
	int ret = attach(n, reason);

	if (ret)
		goto out_free;
	ret = ioctl(n->slave, SIOCGIFNAME, name) ? -errno : anycan_link_get(n->rtnl, name, &link);
	if (ret || is_among(before, link.ifindex)) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: port ldisc makes it in the initial network namespace only; start "
			 "bridged there, then: ip link set %s netns ...",
			 n->name, n->name);
		ret = -ENODEV;
		goto out_free;
	}
	n->ifindex = link.ifindex;
	if (strcmp(name, n->name))
		ret = anycan_link_set_name(n->rtnl, n->ifindex, n->name);
	if (ret)
		netdev_refused(n->name, "slcan", ret, reason);
out_free:
	if_freenameindex(before);
	return ret;
}

/* What was configured is there from the start. */
static int configure(struct ldisc_netdev *n, const struct bridged_port_config *config, char *reason)
{
	const struct bridged_settings *settings = config->settings;
	const struct can_bittiming rate = {.bitrate = settings->nominal.bitrate};
	const struct anycan_link_can can = {
		.nominal = rate.bitrate ? &rate : NULL,
		.ctrlmode = {.mask = settings->ctrlmode.mask & CAN_CTRLMODE_LISTENONLY,
			     .flags = settings->ctrlmode.flags},
	};
	int ret = anycan_link_set_can(n->rtnl, n->ifindex, &can);

	if (!ret)
		ret = netdev_label(n->rtnl, n->ifindex, config);
	if (ret)
		netdev_refused(n->name, "slcan", ret, reason);
	return ret;
}

int ldisc_netdev_open(struct ldisc_netdev *n, const struct bridged_port_config *config,
		      char *reason)
{
	struct anycan_link link;
	int ret;

	snprintf(n->name, sizeof(n->name), "%s", config->netdev);
	n->master = n->slave = -1;
	ret = check_settings(config->settings, reason);
	if (ret)
		return ret;
	if (!ldisc_is_available()) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "port ldisc needs Linux 6.0 or later; take port vxcan");
		return -EOPNOTSUPP;
	}
	ret = anycan_rtnl_new(&n->rtnl);
	if (!ret && !anycan_link_get(n->rtnl, n->name, &link))
		return netdev_taken(&link, reason);
	if (!ret)
		ret = make_terminal(n);
	if (ret)
		return netdev_refused(n->name, "slcan", ret, reason);
	ret = find_netdev(n, reason);
	return ret ? ret : configure(n, config, reason);
}

void ldisc_netdev_close(struct ldisc_netdev *n)
{
	/* The netdev goes with the terminal. */
	if (n->slave >= 0)
		close(n->slave);
	if (n->master >= 0)
		close(n->master);
	anycan_rtnl_free(n->rtnl);
}
