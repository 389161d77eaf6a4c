/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Changing a netdev. A process for each change: it ends with the outcome in a pipe.
 */
#include "link_change.h"

#include <anycan/controller.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The process's end of the pipe: the first descriptor behind standard error. */
#define OUTCOME_FD 3

static int find(struct anycan_rtnl *rtnl, int ifindex, struct anycan_link *link)
{
	char name[IFNAMSIZ];

	if (!if_indextoname((unsigned int)ifindex, name))
		return -ENODEV;
	return anycan_link_get(rtnl, name, link);
}

void bridged_link_known(int ifindex, struct anycan_link *link)
{
	struct anycan_rtnl *rtnl = NULL;
	int ret = anycan_rtnl_new(&rtnl);

	if (!ret)
		ret = find(rtnl, ifindex, link);
	if (ret)
		*link = (struct anycan_link){0};
	anycan_rtnl_free(rtnl);
}

/* Once a netdev is gone, or in another network namespace, the kernel may use its number again. */
static bool is_same(const struct anycan_link *link, const struct anycan_link *known)
{
	return link->ifindex == known->ifindex && link->is_can &&
	       !strcmp(link->kind, known->kind) && !strcmp(link->alias, known->alias);
}

static int set_can(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_settings *settings)
{
	struct anycan_link_can can = {.ctrlmode = settings->ctrlmode};

	if (settings->nominal.bitrate || settings->nominal.tq)
		can.nominal = &settings->nominal;
	if (settings->data.bitrate || settings->data.tq)
		can.data = &settings->data;
	if (settings->has_restart_ms)
		can.restart_ms = &settings->restart_ms;
	if (settings->has_termination)
		can.termination = &settings->termination;
	return anycan_link_set_can(rtnl, ifindex, &can);
}

static int do_step(struct anycan_rtnl *rtnl, const struct bridged_link_change *change,
		   enum bridged_link_step step)
{
	switch (step) {
	case BRIDGED_LINK_FOUND:
		return 0;
	case BRIDGED_LINK_DOWN:
		return change->down ? anycan_link_set_up(rtnl, change->ifindex, false) : 0;
	case BRIDGED_LINK_MTU:
		return change->mtu ? anycan_link_set_mtu(rtnl, change->ifindex, change->mtu) : 0;
	case BRIDGED_LINK_TXQUEUELEN:
		return change->txqueuelen ? anycan_link_set_txqueuelen(rtnl, change->ifindex,
								       change->txqueuelen)
					  : 0;
	case BRIDGED_LINK_SET:
		return change->set ? set_can(rtnl, change->ifindex, &change->settings) : 0;
	case BRIDGED_LINK_RESTART:
		return change->restart ? anycan_link_restart(rtnl, change->ifindex) : 0;
	case BRIDGED_LINK_UP:
		return change->up ? anycan_link_set_up(rtnl, change->ifindex, true) : 0;
	}
	return -EINVAL;
}

/* Values that no daemon of ours asks for are refused here, where the privilege is. */
static bool is_sound(const struct bridged_link_change *change)
{
	return (!change->mtu || change->mtu == CAN_MTU || change->mtu == CANFD_MTU) &&
	       change->txqueuelen <= BRIDGED_TXQUEUELEN_MAX;
}

static struct bridged_link_outcome make_change(const struct bridged_link_change *change,
					       const struct anycan_link *known)
{
	struct bridged_link_outcome outcome = {0};
	struct anycan_rtnl *rtnl = NULL;
	struct anycan_link link;

	outcome.error = is_sound(change) ? anycan_rtnl_new(&rtnl) : -EINVAL;
	if (!outcome.error)
		outcome.error = find(rtnl, change->ifindex, &link);
	if (!outcome.error && !is_same(&link, known))
		outcome.error = -ENODEV;
	while (!outcome.error && outcome.step < BRIDGED_LINK_UP)
		outcome.error = do_step(rtnl, change, ++outcome.step);
	anycan_rtnl_free(rtnl);
	return outcome;
}

/* In a process that nobody has to wait for. */
static void change_and_tell(const struct bridged_link_change *change,
			    const struct anycan_link *known, int pipe_end)
{
	struct bridged_link_outcome outcome;
	pid_t pid = fork();

	if (pid)
		_exit(pid < 0);
	/* An unplugged tty must not stay open here. */
	dup2(pipe_end, OUTCOME_FD);
	close_range(OUTCOME_FD + 1, ~0U, 0);
	outcome = make_change(change, known);
	_exit(write(OUTCOME_FD, &outcome, sizeof(outcome)) != sizeof(outcome));
}

int bridged_link_change_begin(const struct bridged_link_change *change,
			      const struct anycan_link *known)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	pid = fork();
	if (!pid)
		change_and_tell(change, known, ends[1]);
	close(ends[1]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (pid > 0 && !status)
		return ends[0];
	close(ends[0]);
	return -EAGAIN;
}
