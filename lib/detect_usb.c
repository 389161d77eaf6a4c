// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Adapters on USB: bridged knows which devices its drivers are for, sysfs what the kernel's drivers
 * made of the others.
 */
#include "detect.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX (1 << 20)

extern char **environ;

static int64_t time_left_ms(int64_t deadline_ns)
{
	struct timespec now;
	int64_t left_ns;

	if (deadline_ns == ANYCAN_NEVER.ns)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	left_ns = deadline_ns - (now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec);
	return left_ns > 0 ? left_ns / ANYCAN_NS_PER_MS + 1 : 0;
}

/* Read until the end. Return: whether it came in time */
static bool read_all(int fd, FILE *answer, int64_t deadline_ns)
{
	char buf[4096];
	ssize_t n;

	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		int64_t left = time_left_ms(deadline_ns);
		int ready = poll(&wait, 1, left > INT_MAX ? INT_MAX : (int)left);

		if (ready < 0 && errno == EINTR)
			continue;
		n = ready > 0 ? read(fd, buf, sizeof(buf)) : -1;
		if (n <= 0)
			return !n;
		if (ftell(answer) > ANSWER_MAX)
			return false;
		fwrite(buf, 1, (size_t)n, answer);
	}
}

/* Return: the process, or a negative errno */
static pid_t spawn(int output)
{
	const char *program = getenv("ANYCAN_BRIDGED");
	char *const args[] = {(char *)(program && *program ? program : "bridged"),
			      (char *)"--adapters", NULL};
	posix_spawn_file_actions_t files;
	int ret = posix_spawn_file_actions_init(&files);
	pid_t pid = -1;

	if (ret)
		return -ret;
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	ret = posix_spawnp(&pid, args[0], &files, NULL, args, environ);
	posix_spawn_file_actions_destroy(&files);
	return ret ? -ret : pid;
}

/* What bridged says. Return: NULL if it cannot be asked, or says nothing in time */
static struct json_object *ask_bridged(int64_t deadline_ns)
{
	struct json_object *array = NULL;
	FILE *answer = NULL;
	bool whole = false;
	char *text = NULL;
	int pipes[2], status;
	size_t size;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return NULL;
	pid = spawn(pipes[1]);
	if (pid > 0) {
		close(pipes[1]);
		pipes[1] = -1;
		answer = open_memstream(&text, &size);
		whole = answer && read_all(pipes[0], answer, deadline_ns);
		if (!whole)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(pipes[0]);
	if (pipes[1] >= 0)
		close(pipes[1]);
	if (answer && !fclose(answer) && whole)
		array = json_tokener_parse(text);
	free(text);
	return array;
}

static void take_text(struct json_object *from, const char *key, char *text, size_t size)
{
	struct json_object *value;

	if (json_object_object_get_ex(from, key, &value) && value)
		snprintf(text, size, "%s", json_object_get_string(value));
}

static uint16_t take_hex(struct json_object *from, const char *key)
{
	char text[8] = "";

	take_text(from, key, text, sizeof(text));
	return (uint16_t)strtoul(text, NULL, 16);
}

static void take_adapter(struct detect_search *search, struct json_object *from)
{
	struct anycan_detected found = {.certain = true};

	take_text(from, "driver", found.interface, sizeof(found.interface));
	take_text(from, "address", found.address, sizeof(found.address));
	take_text(from, "name", found.model, sizeof(found.model));
	take_text(from, "product", found.model, sizeof(found.model));
	take_text(from, "serial", found.serial, sizeof(found.serial));
	take_text(from, "node", found.node, sizeof(found.node));
	take_text(from, "used_by", found.driver, sizeof(found.driver));
	take_text(from, "netdevs", found.netdevs, sizeof(found.netdevs));
	found.vid = take_hex(from, "vid");
	found.pid = take_hex(from, "pid");
	if (found.address[0] && detect_wants(search, found.interface))
		detect_add(search, &found);
}

void detect_usb(struct detect_search *search)
{
	struct json_object *array = ask_bridged(detect_deadline(search));

	if (json_object_is_type(array, json_type_array))
		for (size_t i = 0; i < json_object_array_length(array); i++)
			take_adapter(search, json_object_array_get_idx(array, i));
	json_object_put(array);
}

/* ---- What the kernel made of a device */

static void read_attribute(const char *folder, const char *name, char *text, size_t size)
{
	char path[PATH_MAX + 32];
	FILE *file;

	text[0] = 0;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(text, (int)size, file))
		text[strcspn(text, "\n")] = 0;
	fclose(file);
}

void anycan_detected_netdev(const char *netdev, struct anycan_detected *found)
{
	char path[PATH_MAX], device[PATH_MAX], target[PATH_MAX], number[8];
	char *interface;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", netdev);
	if (!realpath(path, device))
		return; /* vcan and the like */
	snprintf(found->netdevs, sizeof(found->netdevs), "%s", netdev);
	strcat(path, "/driver");
	if (realpath(path, target))
		snprintf(found->driver, sizeof(found->driver), "%s", strrchr(target, '/') + 1);
	interface = strrchr(device, '/');
	if (!strchr(interface, ':'))
		return; /* not on USB */
	*interface = 0;
	read_attribute(device, "idVendor", number, sizeof(number));
	found->vid = (uint16_t)strtoul(number, NULL, 16);
	read_attribute(device, "idProduct", number, sizeof(number));
	found->pid = (uint16_t)strtoul(number, NULL, 16);
	read_attribute(device, "serial", found->serial, sizeof(found->serial));
	read_attribute(device, "product", found->model, sizeof(found->model));
	snprintf(found->node, sizeof(found->node), "%s", strrchr(device, '/') + 1);
}
