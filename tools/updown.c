// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan up, down and restart: what `ip link set` does, and then what became of it. Who may not do
 * that asks the bridge, which does it for members of group `can`; so does everybody where the
 * settings are the bridge's own.
 */
#include "args.h"
#include "daemon.h"
#include "outcome.h"
#include "tools.h"

#include <anycan/controller.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The bridge asks the kernel, and for one kind of netdev the kernel asks back. */
#define REQUEST_PATIENCE_S 10

/* Most words behind the netdev. */
#define WORDS_MAX 64

/* ip link's keys for `type can`, and the one for every link, each with a value. */
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
	"txqueuelen",
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* ---- Through the bridge */

/* What to do where no bridge is asked. */
static int explain_no_bridge(const struct task *task, bool has_settings)
{
	if (has_settings)
		return task_fail(task, "no bridge serves it, and a netdev of this kind has no "
				       "settings of its own; leave them out, or start a bridge: "
				       "anycan attach ADAPTER");
	return task_fail(
		task, "no bridge serves it, so only root, or who has CAP_NET_ADMIN, may do that; "
		      "use sudo, or have it set up at every start: systemd.network(5), "
		      "section [CAN], or interfaces(5)");
}

static int by_bridge(const struct task *task, int n, char **words)
{
	struct json_object *request = daemon_new_request(task->verb, task->netdev, n / 2, words);
	struct json_object *answer;
	int ret = daemon_request(task->netdev, request, REQUEST_PATIENCE_S, &answer);

	json_object_put(request);
	if (ret == -ENOENT)
		return explain_no_bridge(task, n);
	if (ret)
		return task_fail(task,
				 "its bridge does not answer: %s; `anycan status %s` shows "
				 "whether it is alive",
				 strerror(-ret), task->netdev);
	if (!daemon_agrees(answer))
		ret = task_fail(task, "%s", daemon_text(answer, "error", "the bridge refused"));
	json_object_put(answer);
	return ret;
}

static bool has_bridge(const struct task *task)
{
	struct json_object *status;

	if (daemon_status(task->netdev, &status))
		return false;
	json_object_put(status);
	return true;
}

/* Whether this program may change it: the kernel says so when it is set to what it is. */
static bool is_allowed(const struct task *task, const struct anycan_link *link)
{
	int ret = anycan_link_set_up(task->rtnl, link->ifindex, link->up);

	return ret != -EPERM && ret != -EACCES;
}

/* ---- Directly */

/* A hub is no netdev; its bridge does all. */
static int find(const struct task *task, struct anycan_link *link)
{
	int ret = anycan_link_get(task->rtnl, task->netdev, link);

	if (ret == -ENODEV && has_bridge(task)) {
		*link = (struct anycan_link){0};
		return 0;
	}
	if (ret == -ENODEV)
		return task_fail(task,
				 "there is no such netdev; `anycan list` shows what there is");
	if (ret)
		return task_fail(task, "%s", strerror(-ret));
	return link->is_can ? 0 : task_fail(task, "it is no CAN netdev");
}

static int switch_link(const struct task *task, const struct anycan_link *link, bool up)
{
	int ret = anycan_link_set_up(task->rtnl, link->ifindex, up);

	if (!ret)
		return 0;
	if (ret == -EINVAL && up && !strcmp(link->kind, "can"))
		return task_fail(task, "it has no bit rate; give one: anycan up %s bitrate 500000",
				 task->netdev);
	return task_fail(task, "%s", strerror(-ret));
}

static int take_down(const struct task *task, const struct anycan_link *link)
{
	int ret = switch_link(task, link, false);

	return ret ? ret : outcome_off_bus(task);
}

static int unknown_key(const struct task *task, const char *word)
{
	char list[512];
	size_t n = 0;

	for (size_t i = 0; i < KEYS && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %s", keys[i]);
	task_fail(task, "unknown key '%s'; there are:%s", word, list);
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
			task_fail(task, "key '%s': give its value behind it", words[i]);
			return 2;
		}
	}
	return 0;
}

/* ip does not know `500k`. Return: what it is to be told, perhaps in @text. */
static const char *plain_value(const char *key, const char *value, char text[12])
{
	uint32_t rate;

	if ((strcmp(key, "bitrate") && strcmp(key, "dbitrate")) || !args_rate(value, &rate))
		return value;
	snprintf(text, 12, "%u", rate);
	return text;
}

/* ip itself, whose words these are; it says what the kernel says. */
static int set_by_ip(const struct task *task, int n, char **words)
{
	const char *const head[] = {"ip", "link", "set", "dev", task->netdev, "type", "can"};
	const char *argv[sizeof(head) / sizeof(head[0]) + WORDS_MAX + 1] = {0};
	const char **at = argv + sizeof(head) / sizeof(head[0]);
	char texts[WORDS_MAX / 2][12];
	int status, ret;
	pid_t pid;

	memcpy(argv, head, sizeof(head));
	for (int i = 0; i + 1 < n; i += 2) {
		*at++ = words[i];
		*at++ = plain_value(words[i], words[i + 1], texts[i / 2]);
	}
	ret = posix_spawnp(&pid, "ip", NULL, NULL, (char *const *)argv, environ);
	if (ret)
		return task_fail(task, "cannot run ip (%s): install the package iproute2",
				 strerror(ret));
	if (waitpid(pid, &status, 0) < 0)
		return task_fail(task, "%s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return task_fail(task,
				 "these settings are refused, for the reason above; it is down");
	return 0;
}

static int set_txqueuelen(const struct task *task, const struct anycan_link *link,
			  const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);
	int ret = -EINVAL;

	if (*value && !*end && n && n <= INT32_MAX)
		ret = anycan_link_set_txqueuelen(task->rtnl, link->ifindex, (uint32_t)n);
	return ret ? task_fail(task, "txqueuelen '%s': %s", value,
			       ret == -EINVAL ? "give a number of frames" : strerror(-ret))
		   : 0;
}

/* All words but those for every link. Return: how many. */
static int words_for_can(int n, char **words, char *others[WORDS_MAX])
{
	int m = 0;

	for (int i = 0; i + 1 < n; i += 2) {
		if (!strcmp(words[i], "txqueuelen"))
			continue;
		others[m++] = words[i];
		others[m++] = words[i + 1];
	}
	return m;
}

static int apply(const struct task *task, const struct anycan_link *link, int n, char **words)
{
	char *others[WORDS_MAX];
	int m = words_for_can(n, words, others), ret = 0;

	for (int i = 0; i < n && !ret; i += 2)
		if (!strcmp(words[i], "txqueuelen"))
			ret = set_txqueuelen(task, link, words[i + 1]);
	if (!m || ret)
		return ret;
	ret = take_down(task, link);
	return ret ? ret : set_by_ip(task, m, others);
}

/* ---- One netdev */

static bool is_for_bridge(const struct task *task, const struct anycan_link *link, int n,
			  char **words)
{
	char *others[WORDS_MAX];

	if (!link->ifindex || (words_for_can(n, words, others) && strcmp(link->kind, "can")))
		return true;
	return !is_allowed(task, link);
}

static int up(const struct task *task, int n, char **words)
{
	struct anycan_link link;
	int ret = check_words(task, n, words);

	if (!ret)
		ret = find(task, &link);
	if (ret)
		return ret;
	if (is_for_bridge(task, &link, n, words)) {
		ret = by_bridge(task, n, words);
	} else {
		ret = apply(task, &link, n, words);
		if (!ret)
			ret = switch_link(task, &link, true);
	}
	return ret ? ret : outcome_on_bus(task);
}

static int down(const struct task *task)
{
	struct anycan_link link;
	int ret = find(task, &link);

	if (ret)
		return ret;
	ret = is_for_bridge(task, &link, 0, NULL) ? by_bridge(task, 0, NULL)
						  : switch_link(task, &link, false);
	if (!ret)
		ret = outcome_off_bus(task);
	if (!ret)
		printf("%s: off the bus\n", task->netdev);
	return ret;
}

static int restart_link(const struct task *task, const struct anycan_link *link)
{
	int ret = anycan_link_restart(task->rtnl, link->ifindex);

	switch (ret) {
	case 0:
		return 0;
	case -EPERM:
	case -EACCES:
		return explain_no_bridge(task, false);
	case -EBUSY:
		return task_fail(task, "it is not bus-off");
	case -EINVAL:
		return task_fail(task, "it is down, or restarts by itself (restart-ms)");
	case -EOPNOTSUPP:
		return task_fail(task, "it has no restart; anycan down and up do the same");
	default:
		return task_fail(task, "%s", strerror(-ret));
	}
}

static int restart(const struct task *task)
{
	struct anycan_link link;
	int ret = find(task, &link);

	if (ret)
		return ret;
	/* Its bridge knows a way on every kind of netdev. */
	ret = has_bridge(task) ? by_bridge(task, 0, NULL) : restart_link(task, &link);
	return ret ? ret : outcome_on_bus(task);
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

	return ret ? task_fail(task, "rtnetlink: %s", strerror(-ret)) : 0;
}

int tool_up(int argc, char **argv)
{
	int ret = answer_help(
		argc, argv, "Usage: anycan up NETDEV [KEY VALUE]...\n",
		"Set a netdev up, with the settings of `ip link set type can` and txqueuelen, and\n"
		"wait until its adapter is on the bus or refuses. Who is not root is served by "
		"the\n"
		"bridge, if a member of group can.\n"
		"\n"
		"Examples:\n"
		"  anycan up can0\n"
		"  anycan up can0 bitrate 500000 restart-ms 100\n"
		"  anycan up can0 bitrate 500k dbitrate 2M fd on txqueuelen 1000\n");
	struct task task = {.verb = "up", .netdev = ret ? "" : argv[1]};

	if (ret)
		return ret - 1;
	if (argc - 2 > WORDS_MAX) {
		task_fail(&task, "too many words behind it");
		return 2;
	}
	ret = connect_rtnl(&task);
	if (!ret)
		ret = up(&task, argc - 2, argv + 2);
	anycan_rtnl_free(task.rtnl);
	return ret;
}

/* Do the same to every netdev that is named. */
static int do_each(const char *verb, int argc, char **argv, int (*one)(const struct task *task))
{
	struct task task = {.verb = verb, .netdev = argv[1]};
	int ret = connect_rtnl(&task);

	for (int i = 1; i < argc && task.rtnl; i++) {
		task.netdev = argv[i];
		ret |= one(&task);
	}
	anycan_rtnl_free(task.rtnl);
	return ret;
}

int tool_down(int argc, char **argv)
{
	int ret = answer_help(argc, argv, "Usage: anycan down NETDEV...\n",
			      "Set netdevs down, and wait until their adapters have left the "
			      "bus.\n"
			      "\n"
			      "Examples:\n"
			      "  anycan down can0\n");

	return ret ? ret - 1 : do_each("down", argc, argv, down);
}

int tool_restart(int argc, char **argv)
{
	int ret = answer_help(argc, argv, "Usage: anycan restart NETDEV...\n",
			      "Have netdevs that are bus-off begin anew, and wait until their "
			      "adapters are on the bus.\n"
			      "\n"
			      "Examples:\n"
			      "  anycan restart can0\n");

	return ret ? ret - 1 : do_each("restart", argc, argv, restart);
}
