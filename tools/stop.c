// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Signals as a descriptor: so they are seen also by a program that never waits because there is
 * always a frame, and no call is interrupted half-way.
 */
#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int descriptor = -1;
static int caught;

static void fill(sigset_t *set)
{
	struct sigaction hangup;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	/* The terminal is closed; nohup ignores that. */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
}

int stop_open(void)
{
	sigset_t set;

	fill(&set);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return descriptor < 0 ? -errno : descriptor;
}

int stop_requested(void)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (caught || descriptor < 0 || read(descriptor, &info, sizeof(info)) != sizeof(info))
		return caught;
	caught = (int)info.ssi_signo;
	fill(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return caught;
}
