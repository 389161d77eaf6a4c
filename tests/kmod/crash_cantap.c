// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Kills the process behind two netdevs at random moments, while frames go both ways as fast as
 * they can: crash_cantap ROUNDS SEED NETDEV NETDEV. Fails if a netdev stays behind.
 */
#include "../../kmod/cantap.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUF_SIZE 16384

static char names[2][IFNAMSIZ];

/* No bit timing: it can be set up as it is. */
static int make_tap(const char *name)
{
	struct cantap_create create = {.echo_depth = 32, .driver = "crash"};
	int fd = open("/dev/cantap", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	memcpy(create.name, name, sizeof(create.name));
	if (fd < 0 || ioctl(fd, CANTAP_CREATE, &create))
		err(1, "/dev/cantap: %s", name);
	return fd;
}

/* Answer what comes from @fd, pass its frames on to @other. */
static void relay(int fd, int other)
{
	static uint8_t in[BUF_SIZE] __attribute__((aligned(8)));
	static uint8_t answers[BUF_SIZE], frames[BUF_SIZE];
	ssize_t n = read(fd, in, sizeof(in));
	size_t n_answers = 0, n_frames = 0;

	for (ssize_t at = 0; at < n;) {
		struct cantap_record *record = (void *)(in + at);
		struct cantap_record answer = {.len = sizeof(answer), .id = record->id};

		at += record->len;
		if (record->type == CANTAP_TX) {
			answer.type = CANTAP_TX_DONE;
			record->type = CANTAP_RX;
			record->id = 0;
			memcpy(frames + n_frames, record, record->len);
			n_frames += record->len;
		} else if (record->type == CANTAP_OPEN) {
			answer.type = CANTAP_OPENED;
		} else {
			continue;
		}
		memcpy(answers + n_answers, &answer, sizeof(answer));
		n_answers += sizeof(answer);
	}
	if ((n_frames && write(other, frames, n_frames) < 0) ||
	    (n_answers && write(fd, answers, n_answers) < 0))
		err(1, "write");
}

static void serve(int ready)
{
	struct pollfd fds[2];

	for (int i = 0; i < 2; i++)
		fds[i] = (struct pollfd){.fd = make_tap(names[i]), .events = POLLIN};
	if (write(ready, "", 1) != 1)
		err(1, "pipe");
	for (;;) {
		poll(fds, 2, -1);
		relay(fds[0].fd, fds[1].fd);
		relay(fds[1].fd, fds[0].fd);
	}
}

static void set_up(int control, const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_UP};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(control, SIOCSIFFLAGS, &ifr))
		err(1, "cannot set %s up", name);
}

/* A process that sends on both and receives whatever comes, until it is killed. */
static pid_t start_load(void)
{
	struct sockaddr_can to[2] = {0};
	struct can_frame frame = {.can_id = 0x123, .len = 8};
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	fd = socket(AF_CAN, SOCK_RAW | SOCK_NONBLOCK, 1);
	to[0].can_family = to[1].can_family = AF_CAN;
	if (bind(fd, (void *)&to[0], sizeof(to[0])))
		err(1, "CAN socket");
	to[0].can_ifindex = (int)if_nametoindex(names[0]);
	to[1].can_ifindex = (int)if_nametoindex(names[1]);
	for (;;) {
		struct can_frame got;

		for (int i = 0; i < 20; i++)
			sendto(fd, &frame, sizeof(frame), 0, (void *)&to[i % 2], sizeof(*to));
		while (read(fd, &got, sizeof(got)) > 0)
			;
		/* Others want to run, too, on a machine of one or two emulated processors. */
		usleep(200);
	}
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static unsigned long one_round(int control)
{
	unsigned long frames = 0;
	char byte, path[64];
	int ready[2];
	FILE *file;
	pid_t server, load;

	if (pipe(ready))
		err(1, "pipe");
	server = fork();
	if (!server)
		serve(ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(1, "no netdevs");
	close(ready[0]);
	set_up(control, names[0]);
	set_up(control, names[1]);
	load = start_load();
	usleep((useconds_t)(random() % 40000));
	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_packets", names[1]);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lu", &frames) != 1)
		err(1, "%s", path);
	fclose(file);
	end(server);
	/* The kernel closes the file before it reports the end of the process. */
	for (int i = 0; i < 2; i++)
		if (if_nametoindex(names[i]))
			errx(1, "%s has stayed", names[i]);
	end(load);
	return frames;
}

int main(int argc, char *argv[])
{
	int control = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned long frames = 0;
	int rounds;

	if (argc != 5)
		errx(2, "usage: crash_cantap ROUNDS SEED NETDEV NETDEV");
	rounds = atoi(argv[1]);
	srandom((unsigned int)atoi(argv[2]));
	for (int i = 0; i < 2; i++)
		snprintf(names[i], sizeof(names[i]), "%s", argv[3 + i]);
	for (int i = 0; i < rounds; i++)
		frames += one_round(control);
	printf("%d rounds, %lu frames\n", rounds, frames);
	return frames ? 0 : 1;
}
