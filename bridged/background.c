/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Going to the background. See background.h.
 */
#include "background.h"

#include <anycan/log.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Hand on what there is. Return: how much; 0 = its end. */
static ssize_t hand_on(int from, int to, bool *line_end)
{
	char text[4096];
	ssize_t n = read(from, text, sizeof(text));

	if (n <= 0)
		return n;
	*line_end |= memchr(text, '\n', (size_t)n) != NULL;
	if (write(to, text, (size_t)n) < 0) {
		/* Nobody listens. */
	}
	return n;
}

/* Until the ready line has come, or the bridge has ended. Return: whether it is ready. */
static bool watch(int out, int err)
{
	struct pollfd fds[] = {{.fd = err, .events = POLLIN}, {.fd = out, .events = POLLIN}};
	bool ready = false, ignored;

	while (!ready && (fds[0].fd >= 0 || fds[1].fd >= 0)) {
		if (poll(fds, 2, -1) < 0)
			continue;
		/* Errors first: what comes before the line is shown before it. */
		if (fds[0].revents && hand_on(err, STDERR_FILENO, &ignored) <= 0)
			fds[0].fd = -1;
		if (fds[1].revents && hand_on(out, STDOUT_FILENO, &ready) <= 0)
			fds[1].fd = -1;
	}
	return ready;
}

static void wait_and_leave(pid_t pid, int out, int err)
{
	int status;

	if (watch(out, err))
		_exit(EXIT_SUCCESS);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		_exit(EXIT_FAILURE);
	_exit(WEXITSTATUS(status));
}

static void replace(int target, int flags)
{
	int fd = open("/dev/null", flags | O_CLOEXEC);

	if (fd < 0)
		return;
	dup2(fd, target);
	close(fd);
}

int bridged_background_begin(void)
{
	int out[2], err[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid) {
		close(out[1]);
		close(err[1]);
		wait_and_leave(pid, out[0], err[0]);
	}
	setsid();
	replace(STDIN_FILENO, O_RDONLY);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	for (int i = 0; i < 2; i++) {
		close(out[i]);
		close(err[i]);
	}
	return chdir("/") ? -errno : 0;
}

void bridged_background_ready(void)
{
	anycan_log_to_syslog();
	replace(STDOUT_FILENO, O_WRONLY);
	replace(STDERR_FILENO, O_WRONLY);
}
