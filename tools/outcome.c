// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What becomes of a netdev. On one with a controller the kernel is done long before the adapter
 * has opened its channel, or refused; the status of its bridges tells.
 */
#include "outcome.h"
#include "daemon.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long an adapter may take to open its channel, or to leave the bus. */
#define UP_LIMIT_MS 10000
#define DOWN_LIMIT_MS 3000
#define PAUSE_MS 20

int task_fail(const struct task *task, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "anycan %s: %s: ", task->verb, task->netdev);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	return EXIT_FAILURE;
}

struct outcome {
	const char *netdev;
	unsigned int bridges, open;
	struct json_object *status; /* of one that is not open, if there is such */
	struct json_object *link;   /* in there */
};

static void forget(struct outcome *outcome)
{
	json_object_put(outcome->status);
	*outcome = (struct outcome){.netdev = outcome->netdev};
}

static int look(struct json_object *status, void *arg)
{
	struct outcome *outcome = arg;
	struct json_object *links, *link;
	bool open;

	if (!json_object_object_get_ex(status, "links", &links))
		return 0;
	for (size_t i = 0; i < json_object_array_length(links); i++) {
		link = json_object_array_get_idx(links, i);
		if (strcmp(daemon_text(link, "netdev", ""), outcome->netdev))
			continue;
		open = !strcmp(daemon_text(link, "channel", ""), "open");
		outcome->bridges++;
		outcome->open += open;
		if (outcome->status && open)
			continue;
		json_object_put(outcome->status);
		outcome->status = json_object_get(status);
		outcome->link = link;
	}
	return 0;
}

static const char *channel_of(const struct outcome *outcome)
{
	return daemon_text(outcome->link, "channel", "");
}

static bool is_phase(const struct outcome *outcome, const char *phase)
{
	struct json_object *adapter;

	return json_object_object_get_ex(outcome->status, "adapter", &adapter) &&
	       !strcmp(daemon_text(adapter, "phase", ""), phase);
}

static void pause_a_little(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

	nanosleep(&pause, NULL);
}

static void say_open(const struct task *task, const struct outcome *outcome)
{
	static const char *const words[] = {"bitrate", "sample_point", "dbitrate"};

	printf("%s: on the bus, %s", task->netdev, daemon_text(outcome->link, "state", "?"));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (daemon_text(outcome->link, words[i], NULL))
			printf(", %s %s", words[i], daemon_text(outcome->link, words[i], ""));
	printf("\n");
}

/* Return: EXIT_SUCCESS, EXIT_FAILURE, or -1 if it is to be seen yet. */
static int judge(const struct task *task, const struct anycan_link *link,
		 const struct outcome *outcome)
{
	bool refused = !strcmp(channel_of(outcome), "refused");

	if (!outcome->bridges && !link->ifindex)
		return task_fail(task, "it is gone");
	if (!outcome->bridges) {
		printf("%s: up; no bridge serves it\n", task->netdev);
		return EXIT_SUCCESS;
	}
	/* With a controller a refusal is an old one as long as the netdev is up. */
	if (!link->up || (refused && strcmp(link->kind, "can")))
		return task_fail(
			task, "%s",
			daemon_text(outcome->link, "refusal", "somebody has set it down again"));
	/* A restart is not done yet. */
	if (!strcmp(task->verb, "restart") &&
	    !strcmp(daemon_text(outcome->link, "state", ""), "BUS-OFF"))
		return -1;
	if (outcome->open == outcome->bridges) {
		say_open(task, outcome);
		return EXIT_SUCCESS;
	}
	if (is_phase(outcome, "absent"))
		return task_fail(task,
				 "it is up, but its adapter is away; it goes on the bus when that "
				 "is plugged in");
	return -1;
}

int outcome_on_bus(const struct task *task)
{
	struct outcome outcome = {.netdev = task->netdev};
	struct anycan_link link;
	int ret = -1;

	for (int ms = 0; ret < 0 && ms < UP_LIMIT_MS; ms += PAUSE_MS) {
		if (ms)
			pause_a_little();
		/* In this order: who sets it down has said why before. */
		ret = anycan_link_get(task->rtnl, task->netdev, &link);
		if (ret == -ENODEV)
			link = (struct anycan_link){.kind = "hub", .up = true};
		else if (ret)
			return task_fail(task, "%s", strerror(-ret));
		forget(&outcome);
		daemon_each(look, &outcome);
		ret = judge(task, &link, &outcome);
	}
	if (ret < 0)
		ret = task_fail(task,
				"not on the bus after %d s (channel %s); `anycan status %s` and "
				"the log of its bridge may tell why",
				UP_LIMIT_MS / 1000, channel_of(&outcome), task->netdev);
	forget(&outcome);
	return ret;
}

int outcome_off_bus(const struct task *task)
{
	struct outcome outcome = {.netdev = task->netdev};
	bool closed = false;

	for (int ms = 0; !closed && ms < DOWN_LIMIT_MS; ms += PAUSE_MS) {
		daemon_each(look, &outcome);
		closed = !outcome.bridges || !strcmp(channel_of(&outcome), "closed") ||
			 !strcmp(channel_of(&outcome), "refused");
		forget(&outcome);
		if (!closed)
			pause_a_little();
	}
	return closed ? 0
		      : task_fail(task, "it is down, but its bridge does not answer within %d s",
				  DOWN_LIMIT_MS / 1000);
}
