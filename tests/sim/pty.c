// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * An adapter as a serial port: a pseudo terminal behind a symbolic link.
 *
 * A real serial port forgets its last user when it is closed: exclusive use, line discipline,
 * unread input. A pseudo terminal only does when its master is closed as well, so each user gets a
 * new one, and the symbolic link is moved over to it. The opening of a terminal is no event for
 * its master; inotify tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "link.h"

static struct sim_link *pty_of_stream(struct sim_watch *watch)
{
	return (struct sim_link *)((char *)watch - offsetof(struct sim_link, stream));
}

static struct sim_link *pty_of_door(struct sim_watch *watch)
{
	return (struct sim_link *)((char *)watch - offsetof(struct sim_link, door));
}

static bool pty_is_closed(int master)
{
	struct pollfd poll_fd = {.fd = master};

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLHUP;
}

/* Points the symbolic link at @target; nobody ever sees it missing. */
static int pty_point(const struct sim_link *link, const char *target)
{
	struct stat info;
	char *temporary;
	int err = 0;

	if (!lstat(link->path, &info) && !S_ISLNK(info.st_mode))
		return -EEXIST;
	if (asprintf(&temporary, "%s.new", link->path) < 0)
		return -ENOMEM;
	unlink(temporary);
	if (symlink(target, temporary) || rename(temporary, link->path)) {
		err = -errno;
		unlink(temporary);
	}
	free(temporary);
	return err;
}

static int pty_new_master(const struct sim_link *link, char *slave, size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios mode;
	int err;

	if (master < 0)
		return -errno;
	if (grantpt(master) || unlockpt(master) || ptsname_r(master, slave, size))
		goto err_close;
	if (!link->cooked) {
		if (tcgetattr(master, &mode))
			goto err_close;
		cfmakeraw(&mode);
		if (tcsetattr(master, TCSANOW, &mode))
			goto err_close;
	}
	return master;

err_close:
	err = -errno;
	close(master);
	return err;
}

static void pty_hangup(struct sim_link *link);

static void pty_ready(struct sim_watch *watch, uint32_t events)
{
	struct sim_link *link = pty_of_stream(watch);

	if (events & EPOLLOUT)
		link->blocked_out = false;
	if (events & EPOLLIN && !sim_link_read(link))
		events |= EPOLLHUP;
	if (events & EPOLLHUP)
		pty_hangup(link);
	else
		sim_link_update(link);
}

/* inotify: somebody opened the terminal. Of terminals that are gone only late news comes. */
static void pty_opened(struct sim_watch *watch, uint32_t events)
{
	struct sim_link *link = pty_of_door(watch);
	struct inotify_event news[64];
	bool opened = false;
	ssize_t n;

	(void)events;
	while ((n = read(watch->fd, news, sizeof(news))) > 0) {
		/* Events of a watched file carry no name, so they are of one size. */
		for (size_t i = 0; i < (size_t)n / sizeof(news[0]); i++)
			opened |= news[i].wd == link->door_wd && news[i].mask & IN_OPEN;
	}
	if (!opened || link->host)
		return;
	sim_link_host(link, true);
	sim_link_update(link);
}

static int pty_use(struct sim_link *link, int master, const char *slave)
{
	int err = sim_loop_watch(&link->sim->loop, &link->stream, master, 0);

	if (err)
		return err;
	link->stream.ready = pty_ready;
	snprintf(link->slave, sizeof(link->slave), "%s", slave);
	link->door_wd = inotify_add_watch(link->door.fd, slave, IN_OPEN);
	return link->door_wd < 0 ? -errno : 0;
}

/* A new terminal for the next user; keeps the old one if somebody was quick to open it again. */
static void pty_renew(struct sim_link *link)
{
	int old = link->stream.fd;
	char slave[sizeof(link->slave)];
	int master = pty_new_master(link, slave, sizeof(slave));

	if (master < 0)
		return;
	if (pty_point(link, slave))
		goto err_close;
	if (!pty_is_closed(old)) {
		pty_point(link, link->slave);
		goto err_close;
	}
	sim_loop_forget(&link->sim->loop, &link->stream);
	if (pty_use(link, master, slave))
		fprintf(stderr, "anycan-sim: %s cannot be opened again\n", link->path);
	close(old);
	return;

err_close:
	close(master);
}

static void pty_hangup(struct sim_link *link)
{
	sim_link_read(link);
	if (!pty_is_closed(link->stream.fd))
		return;
	sim_link_host(link, false);
	sim_loop_change(&link->sim->loop, &link->stream, 0);
	if (!link->keep_pty)
		pty_renew(link);
}

int sim_pty_plug(struct sim_link *link, struct sim_why *why)
{
	char slave[sizeof(link->slave)];
	int master, err;

	link->door.ready = pty_opened;
	err = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (err < 0)
		return sim_why(why, -errno, "inotify: %s", strerror(errno));
	err = sim_loop_watch(&link->sim->loop, &link->door, err, EPOLLIN);
	if (err)
		return sim_why(why, err, "epoll: %s", strerror(-err));
	master = pty_new_master(link, slave, sizeof(slave));
	if (master < 0) {
		err = sim_why(why, master, "no pseudo terminal: %s", strerror(-master));
		goto err_door;
	}
	err = pty_use(link, master, slave);
	if (err) {
		sim_why(why, err, "%s: %s", slave, strerror(-err));
		goto err_master;
	}
	err = pty_point(link, slave);
	if (err) {
		sim_why(why, err, "%s: %s", link->path,
			err == -EEXIST ? "exists and is no symbolic link" : strerror(-err));
		goto err_master;
	}
	return 0;

err_master:
	sim_loop_forget(&link->sim->loop, &link->stream);
	close(master);
err_door:
	master = link->door.fd;
	sim_loop_forget(&link->sim->loop, &link->door);
	close(master);
	return err;
}

void sim_pty_unplug(struct sim_link *link)
{
	char target[sizeof(link->slave)] = "";
	int master = link->stream.fd, door = link->door.fd;

	/* Only if it is still ours: another simulator may have taken the name over. */
	if (readlink(link->path, target, sizeof(target) - 1) > 0 && !strcmp(target, link->slave))
		unlink(link->path);
	sim_loop_forget(&link->sim->loop, &link->stream);
	sim_loop_forget(&link->sim->loop, &link->door);
	close(master);
	close(door);
}
