// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A CAN bus between netdevs of cantap, for tests and measurements: what one of them sends is
 * received by the others. At a bit rate, one frame at a time, or as fast as it goes.
 */
#include "../../kmod/cantap.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NODES_MAX 8
#define BUF_SIZE 65536

/* Frames that one read gives at most, and what they become. */
struct node {
	int fd;
	char name[16];
	uint8_t in[BUF_SIZE] __attribute__((aligned(8)));
	size_t at, len; /* what of it is not dealt with */
	uint8_t out[BUF_SIZE] __attribute__((aligned(8)));
	size_t out_len;
};

static struct node nodes[NODES_MAX];
static unsigned int n_nodes;
static uint32_t bitrate; /* 0: no limit */
static struct timespec free_at;
static uint64_t frames;
static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

static void flush(struct node *node)
{
	/* A netdev that was deleted takes nothing; its turn to fail comes with read. */
	if (node->out_len && write(node->fd, node->out, node->out_len) < 0 && errno != ENODEV)
		err(1, "write to %s", node->name);
	node->out_len = 0;
}

static void put(struct node *node, uint8_t type, uint32_t id, const void *payload, size_t len)
{
	struct cantap_record head = {.type = type, .id = id, .len = (uint16_t)(sizeof(head) + len)};

	if (node->out_len + head.len > sizeof(node->out))
		flush(node);
	memcpy(node->out + node->out_len, &head, sizeof(head));
	if (len)
		memcpy(node->out + node->out_len + sizeof(head), payload, len);
	node->out_len += head.len;
}

/* The time that a frame takes, stuff bits guessed. */
static void occupy(const struct can_frame *frame)
{
	uint64_t bits = 55 + frame->len * 9U + (frame->can_id & CAN_EFF_FLAG ? 24U : 0);
	uint64_t ns = bits * 1000000000 / bitrate;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > free_at.tv_sec ||
	    (now.tv_sec == free_at.tv_sec && now.tv_nsec > free_at.tv_nsec))
		free_at = now;
	free_at.tv_nsec += (long)ns;
	while (free_at.tv_nsec >= 1000000000) {
		free_at.tv_nsec -= 1000000000;
		free_at.tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &free_at, NULL);
}

/* The next record of a node. Return: whether it was a frame. */
static bool handle(struct node *node)
{
	const struct cantap_record *record = (const void *)(node->in + node->at);
	size_t len = record->len - sizeof(*record);
	bool is_frame = record->type == CANTAP_TX;

	node->at += record->len;
	if (record->type == CANTAP_OPEN || record->type == CANTAP_RESTART)
		put(node, CANTAP_OPENED, record->id, NULL, 0);
	if (!is_frame)
		return false;
	if (bitrate)
		occupy((const void *)(record + 1));
	for (unsigned int i = 0; i < n_nodes; i++)
		if (&nodes[i] != node)
			put(&nodes[i], CANTAP_RX, 0, record + 1, len);
	put(node, CANTAP_TX_DONE, record->id, NULL, 0);
	frames++;
	return true;
}

static void fill(struct node *node)
{
	ssize_t n = read(node->fd, node->in, sizeof(node->in));

	if (n < 0 && errno != EAGAIN)
		err(1, "read from %s", node->name);
	node->at = 0;
	node->len = n < 0 ? 0 : (size_t)n;
}

static void wait_for_records(void)
{
	struct pollfd fds[NODES_MAX];

	for (unsigned int i = 0; i < n_nodes; i++)
		fds[i] = (struct pollfd){.fd = nodes[i].fd, .events = POLLIN};
	poll(fds, n_nodes, 1000);
}

/* At a bit rate the nodes take turns, frame by frame. */
static void run_bus(void)
{
	while (!stop) {
		bool idle = true;

		for (unsigned int i = 0; i < n_nodes; i++) {
			struct node *node = &nodes[i];

			if (node->at == node->len)
				fill(node);
			while (node->at < node->len) {
				idle = false;
				if (handle(node) && bitrate)
					break;
			}
		}
		for (unsigned int i = 0; i < n_nodes; i++)
			flush(&nodes[i]);
		if (idle)
			wait_for_records();
	}
}

static void add(const char *name, unsigned int depth, bool fd, uint32_t flags)
{
	struct node *node = &nodes[n_nodes++];
	struct cantap_create create = {
		.echo_depth = depth,
		.flags = flags,
		.ctrlmode_supported = CAN_CTRLMODE_LISTENONLY | (fd ? CAN_CTRLMODE_FD : 0U),
		.clock_hz = 80000000,
		.bittiming_const = {"bus", 2, 256, 2, 128, 128, 1, 512, 1},
		.dbittiming_const = {"bus", 1, 32, 1, 16, 16, 1, 32, 1},
		.driver = "cantap_bus",
	};

	snprintf(node->name, sizeof(node->name), "%s", name);
	snprintf(create.name, sizeof(create.name), "%s", name);
	node->fd = open("/dev/cantap", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (node->fd < 0 || ioctl(node->fd, CANTAP_CREATE, &create))
		err(1, "/dev/cantap: %s", name);
}

static unsigned int number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 0);
}

int main(int argc, char *argv[])
{
	unsigned int depth = 64;
	uint32_t flags = CANTAP_ADOPT;
	bool fd = true;
	int option;

	while ((option = getopt(argc, argv, "b:d:cp")) != -1) {
		if (option == 'b')
			bitrate = number(optarg);
		else if (option == 'd')
			depth = number(optarg);
		else if (option == 'c')
			fd = false;
		else if (option == 'p')
			flags |= CANTAP_PERSISTENT;
		else
			errx(2, "usage: cantap_bus [-b BITRATE] [-d DEPTH] [-c] [-p] NETDEV...");
	}
	if (optind == argc || argc - optind > NODES_MAX)
		errx(2, "one to %d netdevs", NODES_MAX);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	for (; optind < argc; optind++)
		add(argv[optind], depth, fd, flags);
	printf("ready\n");
	fflush(stdout);
	run_bus();
	printf("frames %llu\n", (unsigned long long)frames);
	return 0;
}
