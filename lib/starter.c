// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Starting `bridged` for a bus, or having it started, and ending it. It ends, too, when this
 * process does: its standard input ends then, or the connection.
 */
#include "starter.h"
#include "wait.h"

#include <anycan/link.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <linux/can/raw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* An adapter that needs its time to start is given it; see sleep-after-open. */
#define READY_NS (20 * ANYCAN_NS_PER_S)
#define END_NS (3 * ANYCAN_NS_PER_S)

#define ARGS_MAX 64
#define WORDS_SIZE 512

extern char **environ;

struct anycan_started {
	pid_t pid; /* 0: somebody else started it */
	int input; /* the bridge lives while this is open */
	char netdev[IFNAMSIZ];
};

/* What the bridge is started with, and what it says. */
struct launch {
	char *args[ARGS_MAX];
	unsigned int n_args, first_word; /* the adapter, behind the options */
	char words[WORDS_SIZE];		 /* of the settings, cut up */
	char rates[2][16];
	char run_dir[ANYCAN_BRIDGE_PATH_SIZE + 16]; /* NAME=VALUE, or empty */
	char **environment;
	int input[2], output[2];
	int errors; /* a file without a name */
};

/* ---- The command line */

static bool add(struct launch *launch, const char *word)
{
	if (launch->n_args + 1 >= ARGS_MAX)
		return false;
	launch->args[launch->n_args++] = (char *)word;
	return true;
}

static void add_rate(struct launch *launch, unsigned int index, const char *key, uint32_t rate)
{
	if (!rate)
		return;
	snprintf(launch->rates[index], sizeof(launch->rates[index]), "%u", rate);
	add(launch, key);
	add(launch, launch->rates[index]);
}

/* Return: 0 or -E2BIG. */
static int add_settings(struct launch *launch, const char *settings)
{
	char *rest = launch->words, *word;

	if (!settings)
		return 0;
	if (strlen(settings) >= sizeof(launch->words))
		return -E2BIG;
	strcpy(launch->words, settings);
	while ((word = strtok_r(rest, " \t", &rest)))
		if (!add(launch, word))
			return -E2BIG;
	return 0;
}

static bool kernel_has_can(void)
{
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int compose(struct launch *launch, const char *address,
		   const struct anycan_bus_options *options)
{
	const char *program = getenv("ANYCAN_BRIDGED");

	add(launch, program && *program ? program : "bridged");
	add(launch, "--until-eof");
	if (geteuid() || !kernel_has_can()) {
		add(launch, "--port");
		add(launch, "hub");
		/* Nobody is to be told that there is no netdev: this program can do without. */
		add(launch, "--quiet");
	}
	launch->first_word = launch->n_args;
	add(launch, address);
	add_rate(launch, 0, "bitrate", options->bitrate);
	add_rate(launch, 1, "dbitrate", options->data_bitrate);
	if (options->fd && options->data_bitrate) {
		add(launch, "fd");
		add(launch, "on");
	}
	if (options->state == ANYCAN_BUS_PASSIVE) {
		add(launch, "listen-only");
		add(launch, "on");
	}
	return add_settings(launch, options->settings);
}

/* Who may not write to /run/anycan has a folder of one's own. Return: 0 or a negative errno. */
static int choose_run_dir(struct launch *launch)
{
	char dir[ANYCAN_BRIDGE_PATH_SIZE];
	struct stat st;
	size_t n = 0;

	if (geteuid() == 0 || !anycan_bridge_dir(1, dir))
		return 0;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return -EACCES;
	snprintf(launch->run_dir, sizeof(launch->run_dir), "ANYCAN_RUN_DIR=%s", dir);
	while (environ[n])
		n++;
	launch->environment = calloc(n + 2, sizeof(*launch->environment));
	if (!launch->environment)
		return -ENOMEM;
	memcpy(launch->environment, environ, n * sizeof(*environ));
	launch->environment[n] = launch->run_dir;
	return 0;
}

/* ---- The process */

static int open_pipes(struct launch *launch)
{
	launch->errors = memfd_create("bridged", MFD_CLOEXEC);
	if (launch->errors < 0 || pipe2(launch->input, O_CLOEXEC) ||
	    pipe2(launch->output, O_CLOEXEC))
		return -errno;
	return 0;
}

static void close_pipe(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void clean_up(struct launch *launch)
{
	close_pipe(&launch->input[0]);
	close_pipe(&launch->input[1]);
	close_pipe(&launch->output[0]);
	close_pipe(&launch->output[1]);
	close_pipe(&launch->errors);
	free(launch->environment);
}

/* A group of its own: Ctrl-C is for the program, which closes its bus in its own time. */
static int spawn(struct launch *launch, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int ret;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, launch->input[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, launch->output[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, launch->errors, STDERR_FILENO);
	ret = posix_spawnp(pid, launch->args[0], &files, &attributes, launch->args,
			   launch->environment ? launch->environment : environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	close_pipe(&launch->output[1]);
	close_pipe(&launch->input[0]);
	return -ret;
}

/* Return: 0 once the bridge has said `ready NETDEV...`, or a negative errno. */
static int await_ready(struct launch *launch, char netdev[IFNAMSIZ])
{
	struct anycan_mono deadline = wait_until(READY_NS);
	char line[512] = "";
	size_t len = 0;

	while (!strchr(line, '\n')) {
		int ret = wait_for_fd(launch->output[0], POLLIN, deadline);
		ssize_t n;

		if (ret <= 0)
			return ret ? ret : -ETIMEDOUT;
		n = read(launch->output[0], line + len, sizeof(line) - 1 - len);
		if (n <= 0)
			return -EIO;
		len += (size_t)n;
		line[len] = 0;
	}
	return sscanf(line, "ready %15s", netdev) == 1 ? 0 : -EIO;
}

static void pause_a_little(void)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 2 * ANYCAN_NS_PER_MS},
			NULL);
}

static void wait_for_process(pid_t pid, struct anycan_mono deadline)
{
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (!wait_left(deadline))
			kill(pid, SIGKILL);
		pause_a_little();
	}
}

void anycan_started_end(struct anycan_started *started)
{
	struct anycan_mono deadline = wait_until(END_NS);
	struct bridge bridge;

	if (!started)
		return;
	close(started->input);
	if (started->pid)
		wait_for_process(started->pid, deadline);
	while (!started->pid && !anycan_bridge_get(started->netdev, &bridge) && wait_left(deadline))
		pause_a_little();
	free(started);
}

/* ---- In words */

/* The last line that the bridge said, without its name. */
static void last_words(const struct launch *launch, char *text, size_t size)
{
	ssize_t n = pread(launch->errors, text, size - 1, 0);
	char *line;

	text[n > 0 ? n : 0] = 0;
	while ((line = strchr(text, '\n')) && line[1])
		memmove(text, line + 1, strlen(line + 1) + 1);
	if (line)
		*line = 0;
	if (!strncmp(text, "bridged: ", strlen("bridged: ")))
		memmove(text, text + strlen("bridged: "), strlen(text + strlen("bridged: ")) + 1);
}

static int failed(const struct launch *launch, const char *address, int code,
		  struct anycan_error *error)
{
	char words[400];

	if (code == -ENOENT)
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, code,
					"%s: cannot start %s, which is not installed; install "
					"anycan, or bridge the adapter with: bridged %s",
					address, launch->args[0], address);
	last_words(launch, words, sizeof(words));
	if (code == -EIO && strstr(words, "unknown driver"))
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EPROTONOSUPPORT,
					"%s: %s", address, words);
	if (code == -ETIMEDOUT)
		return anycan_error_set(error, ANYCAN_ERROR_TIMEOUT, code,
					"%s: the bridge is not ready after %d s%s%s", address,
					(int)(READY_NS / ANYCAN_NS_PER_S), *words ? ": " : "",
					words);
	return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, code, "%s: %s", address,
				*words ? words : strerror(-code));
}

/* ---- All of it */

/* A netdev is made down. */
static int set_up(const char *netdev)
{
	struct anycan_rtnl *rtnl;
	struct anycan_link link;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		return ret;
	ret = anycan_link_get(rtnl, netdev, &link);
	if (!ret && !link.up)
		ret = anycan_link_set_up(rtnl, link.ifindex, true);
	anycan_rtnl_free(rtnl);
	return ret;
}

/* From a process to a bus that can be used. */
static int meet(struct launch *launch, struct bridge *bridge)
{
	char netdev[IFNAMSIZ];
	int ret = await_ready(launch, netdev);

	if (!ret)
		ret = anycan_bridge_get(netdev, bridge);
	if (!ret && !bridge->hub)
		ret = set_up(netdev);
	return ret;
}

/* ---- By somebody else: systemd, or `bridged --listen` */

static char *new_request(const struct launch *launch)
{
	struct json_object *request = json_object_new_object(), *words = json_object_new_array();
	char *text;

	for (unsigned int i = launch->first_word; i < launch->n_args; i++)
		json_object_array_add(words, json_object_new_string(launch->args[i]));
	json_object_object_add(request, "request", json_object_new_string("attach"));
	json_object_object_add(request, "words", words);
	json_object_object_add(request, "hold", json_object_new_boolean(true));
	text = strdup(json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN));
	json_object_put(request);
	return text;
}

static const char *first_netdev(struct json_object *answer)
{
	struct json_object *list;

	return json_object_object_get_ex(answer, "netdevs", &list) &&
			       json_object_is_type(list, json_type_array) &&
			       json_object_array_length(list)
		       ? json_object_get_string(json_object_array_get_idx(list, 0))
		       : NULL;
}

/* A netdev is made down; its bridge sets it up for those who may not. */
static int have_set_up(const char *netdev)
{
	char *answer;
	int ret = anycan_bridge_request(netdev, "{\"request\":\"up\"}",
					(int)(END_NS / ANYCAN_NS_PER_MS), &answer);

	if (ret)
		return ret;
	ret = strstr(answer, "true") ? 0 : -EPERM;
	free(answer);
	return ret;
}

/* Return: 0; -ENOENT if nobody does that for this user; or another negative errno, told. */
static int take_attached(struct anycan_started *started, const char *line, const char *address,
			 struct bridge *bridge, struct anycan_error *error)
{
	struct json_object *answer = json_tokener_parse(line), *why;
	const char *netdev = first_netdev(answer);
	int ret = 0;

	if (netdev) {
		snprintf(started->netdev, sizeof(started->netdev), "%s", netdev);
		ret = have_set_up(netdev);
		if (!ret)
			ret = anycan_bridge_get(netdev, bridge);
		if (ret)
			anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, ret,
					 "%s: it was attached as %s, which is gone", address,
					 netdev);
	} else {
		ret = anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -EIO, "%s: %s", address,
				       json_object_object_get_ex(answer, "error", &why)
					       ? json_object_get_string(why)
					       : "nothing was understood");
	}
	json_object_put(answer);
	return ret;
}

/*
 * Without privilege a netdev can still be had from those who attach adapters for others; the bridge
 * ends with the connection. Return: as take_attached().
 */
static int attach(struct anycan_started **out, const struct launch *launch, const char *address,
		  struct bridge *bridge, struct anycan_error *error)
{
	struct anycan_started *started;
	char *request, *line;
	int ret;

	if (!geteuid() || !kernel_has_can())
		return -ENOENT;
	started = calloc(1, sizeof(*started));
	request = new_request(launch);
	ret = started && request ? anycan_bridge_attach(request, (int)(READY_NS / ANYCAN_NS_PER_MS),
							&line, &started->input)
				 : -ENOMEM;
	free(request);
	if (ret) {
		free(started);
		return -ENOENT;
	}
	ret = take_attached(started, line, address, bridge, error);
	free(line);
	if (ret)
		anycan_started_end(started);
	else
		*out = started;
	return ret;
}

int anycan_started_new(struct anycan_started **out, const char *address,
		       const struct anycan_bus_options *options, struct bridge *bridge,
		       struct anycan_error *error)
{
	struct launch launch = {.input = {-1, -1}, .output = {-1, -1}, .errors = -1};
	struct anycan_started *started = NULL;
	int ret = compose(&launch, address, options);

	if (!ret) {
		ret = attach(out, &launch, address, bridge, error);
		if (ret != -ENOENT)
			return ret;
		started = calloc(1, sizeof(*started));
		ret = started ? choose_run_dir(&launch) : -ENOMEM;
	}
	if (!ret)
		ret = open_pipes(&launch);
	if (!ret)
		ret = spawn(&launch, &started->pid);
	if (ret) {
		free(started);
		started = NULL;
	} else {
		started->input = launch.input[1];
		launch.input[1] = -1;
		ret = meet(&launch, bridge);
	}
	if (ret) {
		ret = failed(&launch, address, ret, error);
		anycan_started_end(started);
	} else {
		*out = started;
	}
	clean_up(&launch);
	return ret;
}
