// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan up and anycan down: what `ip link set` does, and then what became of it. On a netdev with
 * a controller `ip link` returns long before the adapter has opened its channel, or refused.
 */
#include "daemon.h"
#include "tools.h"

#include <anycan/link.h>
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* How long an adapter may take to open its channel, or to leave the bus. */
#define UP_LIMIT_MS 10000
#define DOWN_LIMIT_MS 3000
#define PAUSE_MS 20

/* Most words behind the netdev. */
#define WORDS_MAX 64

/* ip link's keys for `type can`, each with a value. */
static const char *const keys[] = {
	"berr-reporting",
	"bitrate",
	"cc-len8-dlc",
	"dbitrate",
	"dphase-seg1",
	"dphase-seg2",
	"dprop-seg",
	"dsample-point",
	"dsjw",
	"dtq",
	"fd",
	"fd-non-iso",
	"listen-only",
	"loopback",
	"one-shot",
	"phase-seg1",
	"phase-seg2",
	"presume-ack",
	"prop-seg",
	"restart-ms",
	"sample-point",
	"sjw",
	"tdc-mode",
	"tdcf",
	"tdco",
	"tdcv",
	"termination",
	"tq",
	"triple-sampling",
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* Said in front of every message. */
struct task {
	const char *verb;
	const char *netdev;
	struct anycan_rtnl *rtnl;
};

__attribute__((format(printf, 2, 3))) static int fail(const struct task *task, const char *format,
						      ...)
{
	va_list args;

	fprintf(stderr, "anycan %s: %s: ", task->verb, task->netdev);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	return EXIT_FAILURE;
}

/* ---- What the bridges of a netdev say */

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

/* ---- Down */

static int switch_link(const struct task *task, const struct anycan_link *link, bool up)
{
	int ret = anycan_link_set_up(task->rtnl, link->ifindex, up);

	if (!ret)
		return 0;
	if (ret == -EPERM || ret == -EACCES)
		return fail(task, "only root, or who has CAP_NET_ADMIN, may do that; use sudo");
	if (ret == -EINVAL && up && !strcmp(link->kind, "can"))
		return fail(task, "it has no bit rate; give one: anycan up %s bitrate 500000",
			    task->netdev);
	return fail(task, "%s", strerror(-ret));
}

/* Whoever serves it has seen that it is down. */
static int take_down(const struct task *task, const struct anycan_link *link)
{
	struct outcome outcome = {.netdev = task->netdev};
	int ret = switch_link(task, link, false);
	bool closed = false;

	for (int ms = 0; !ret && !closed && ms < DOWN_LIMIT_MS; ms += PAUSE_MS) {
		daemon_each(look, &outcome);
		closed = !outcome.bridges || !strcmp(channel_of(&outcome), "closed") ||
			 !strcmp(channel_of(&outcome), "refused");
		forget(&outcome);
		if (!closed)
			pause_a_little();
	}
	if (!ret && !closed)
		ret = fail(task, "it is down, but its bridge does not answer within %d s",
			   DOWN_LIMIT_MS / 1000);
	return ret;
}

/* ---- Settings */

static int unknown_key(const struct task *task, const char *word)
{
	char list[512];
	size_t n = 0;

	for (size_t i = 0; i < KEYS && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %s", keys[i]);
	fail(task, "unknown key '%s'; there are:%s", word, list);
	return 2;
}

static int check_words(const struct task *task, int n, char **words)
{
	for (int i = 0; i < n; i += 2) {
		size_t key = 0;

		while (key < KEYS && strcmp(keys[key], words[i]))
			key++;
		if (key == KEYS)
			return unknown_key(task, words[i]);
		if (i + 1 == n) {
			fail(task, "key '%s': give its value behind it", words[i]);
			return 2;
		}
	}
	return 0;
}

/* ip itself, whose words these are; it says what the kernel says. */
static int set_by_ip(const struct task *task, int n, char **words)
{
	const char *const head[] = {"ip", "link", "set", "dev", task->netdev, "type", "can"};
	const char *argv[sizeof(head) / sizeof(head[0]) + WORDS_MAX + 1] = {0};
	int status, ret;
	pid_t pid;

	memcpy(argv, head, sizeof(head));
	memcpy(argv + sizeof(head) / sizeof(head[0]), words, (size_t)n * sizeof(*words));
	ret = posix_spawnp(&pid, "ip", NULL, NULL, (char *const *)argv, environ);
	if (ret)
		return fail(task, "cannot run ip (%s): install the package iproute2",
			    strerror(ret));
	if (waitpid(pid, &status, 0) < 0)
		return fail(task, "%s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return fail(task, "these settings are refused, for the reason above; it is down");
	return 0;
}

static int apply(const struct task *task, const struct anycan_link *link, int n, char **words)
{
	int ret;

	if (!n)
		return 0;
	if (strcmp(link->kind, "can"))
		return fail(task,
			    "a netdev of kind %s has no settings; give them to bridged when it is "
			    "started, or use port cantap or ldisc",
			    link->kind[0] ? link->kind : "unknown");
	ret = take_down(task, link);
	return ret ? ret : set_by_ip(task, n, words);
}

/* ---- Up */

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

	if (!outcome->bridges) {
		printf("%s: up; no bridge serves it\n", task->netdev);
		return EXIT_SUCCESS;
	}
	/* With a controller a refusal is an old one as long as the netdev is up. */
	if (!link->up || (refused && strcmp(link->kind, "can")))
		return fail(
			task, "%s",
			daemon_text(outcome->link, "refusal", "somebody has set it down again"));
	if (outcome->open == outcome->bridges) {
		say_open(task, outcome);
		return EXIT_SUCCESS;
	}
	if (is_phase(outcome, "absent"))
		return fail(task, "it is up, but its adapter is away; it goes on the bus when that "
				  "is plugged in");
	return -1;
}

static int wait_for_bus(const struct task *task)
{
	struct outcome outcome = {.netdev = task->netdev};
	struct anycan_link link;
	int ret = -1;

	for (int ms = 0; ret < 0 && ms < UP_LIMIT_MS; ms += PAUSE_MS) {
		if (ms)
			pause_a_little();
		/* In this order: who sets it down has said why before. */
		if (anycan_link_get(task->rtnl, task->netdev, &link))
			return fail(task, "it is gone");
		forget(&outcome);
		daemon_each(look, &outcome);
		ret = judge(task, &link, &outcome);
	}
	if (ret < 0)
		ret = fail(task,
			   "not on the bus after %d s (channel %s); `anycan status %s` and "
			   "the log of its bridge may tell why",
			   UP_LIMIT_MS / 1000, channel_of(&outcome), task->netdev);
	forget(&outcome);
	return ret;
}

static int find(const struct task *task, struct anycan_link *link)
{
	int ret = anycan_link_get(task->rtnl, task->netdev, link);

	if (ret == -ENODEV)
		return fail(task, "there is no such netdev; `anycan list` shows what there is");
	if (ret)
		return fail(task, "%s", strerror(-ret));
	return link->is_can ? 0 : fail(task, "it is no CAN netdev");
}

static int up(const struct task *task, int n, char **words)
{
	struct anycan_link link;
	int ret = check_words(task, n, words);

	if (!ret)
		ret = find(task, &link);
	if (!ret)
		ret = apply(task, &link, n, words);
	if (!ret)
		ret = switch_link(task, &link, true);
	return ret ? ret : wait_for_bus(task);
}

static int down(const struct task *task)
{
	struct anycan_link link;
	int ret = find(task, &link);

	if (!ret)
		ret = take_down(task, &link);
	if (!ret)
		printf("%s: off the bus\n", task->netdev);
	return ret;
}

/* ---- The verbs */

/* Return: 0 to go on, or an exit status + 1. */
static int answer_help(int argc, char **argv, const char *usage, const char *help)
{
	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		printf("%s%s", usage, help);
		return EXIT_SUCCESS + 1;
	}
	if (argc > 1 && argv[1][0] != '-')
		return 0;
	fprintf(stderr, "%s", usage);
	return 2 + 1;
}

static int connect_rtnl(struct task *task)
{
	int ret = anycan_rtnl_new(&task->rtnl);

	return ret ? fail(task, "rtnetlink: %s", strerror(-ret)) : 0;
}

int tool_up(int argc, char **argv)
{
	int ret = answer_help(argc, argv, "Usage: anycan up NETDEV [KEY VALUE]...\n",
			      "Set a netdev up, with the settings of `ip link set type can`, and "
			      "wait until its adapter\nis on the bus or refuses.\n"
			      "  anycan up can0 bitrate 500000 restart-ms 100\n");
	struct task task = {.verb = "up", .netdev = ret ? "" : argv[1]};

	if (ret)
		return ret - 1;
	if (argc - 2 > WORDS_MAX) {
		fail(&task, "too many words behind it");
		return 2;
	}
	ret = connect_rtnl(&task);
	if (!ret)
		ret = up(&task, argc - 2, argv + 2);
	anycan_rtnl_free(task.rtnl);
	return ret;
}

int tool_down(int argc, char **argv)
{
	int ret = answer_help(argc, argv, "Usage: anycan down NETDEV...\n",
			      "Set netdevs down, and wait until their adapters have left the "
			      "bus.\n");
	struct task task = {.verb = "down", .netdev = ret ? "" : argv[1]};

	if (ret)
		return ret - 1;
	ret = connect_rtnl(&task);
	for (int i = 1; i < argc && task.rtnl; i++) {
		task.netdev = argv[i];
		ret |= down(&task);
	}
	anycan_rtnl_free(task.rtnl);
	return ret;
}
