// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Starting bridges. Where systemd or `bridged --listen` serves /run/anycan/attach it is asked:
 * then the bridge is a unit of its own, and members of group `can` may do it as well as root.
 * Elsewhere root starts it in the background; others get a hub, where the kernel has no CAN.
 */
#include "attach.h"
#include "bridged.h"
#include "daemon.h"

#include <anycan/bridge.h>
#include <errno.h>
#include <linux/can/raw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* An adapter that needs its time to start is given it. */
#define PATIENCE_MS 30000

#define WORDS_MAX 64

static int fail(const struct attachment *attachment, const char *words)
{
	fprintf(stderr, "%s: %s: %s\n", attachment->verb, attachment->words[0], words);
	return EXIT_FAILURE;
}

/* ---- Asking for it */

static char *new_request(const struct attachment *attachment, bool hold)
{
	struct json_object *request = json_object_new_object(), *words = json_object_new_array();
	char *text;

	for (int i = 0; i < attachment->n_words; i++)
		json_object_array_add(words, json_object_new_string(attachment->words[i]));
	json_object_object_add(request, "request", json_object_new_string("attach"));
	json_object_object_add(request, "words", words);
	if (attachment->port)
		json_object_object_add(request, "port", json_object_new_string(attachment->port));
	if (hold)
		json_object_object_add(request, "hold", json_object_new_boolean(true));
	text = strdup(json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN));
	json_object_put(request);
	return text;
}

static void take_netdevs(struct json_object *answer, char *text, size_t size)
{
	struct json_object *list;
	size_t len = 0;

	*text = 0;
	if (!json_object_object_get_ex(answer, "netdevs", &list))
		return;
	for (size_t i = 0; i < json_object_array_length(list) && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? " " : "",
					json_object_get_string(json_object_array_get_idx(list, i)));
}

/* Return: 0 once it is there; -ENOENT if nobody can be asked; 1 if it was refused, and told. */
static int ask(const struct attachment *attachment, int *held, char *netdevs, size_t size)
{
	char *request = new_request(attachment, held), *line;
	struct json_object *answer;
	int ret = anycan_bridge_attach(request, PATIENCE_MS, &line, held);

	free(request);
	if (ret == -ENOENT)
		return ret;
	if (ret == -EACCES) {
		fail(attachment, "only root and members of group can may attach adapters; use "
				 "sudo, or join that group (adduser NAME can)");
		return 1;
	}
	if (ret) {
		fail(attachment, strerror(-ret));
		return 1;
	}
	answer = json_tokener_parse(line);
	free(line);
	take_netdevs(answer, netdevs, size);
	if (!daemon_agrees(answer)) {
		fail(attachment, daemon_text(answer, "error", "nothing was understood"));
		ret = 1;
	}
	json_object_put(answer);
	return ret;
}

/* ---- Starting it */

bool attach_has_can(void)
{
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || (errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT);
}

/* Who may not write to /run/anycan has a folder of one's own. */
static void choose_run_dir(void)
{
	char dir[ANYCAN_BRIDGE_PATH_SIZE];

	if (!geteuid() || !anycan_bridge_dir(1, dir))
		return;
	mkdir(dir, 0700);
	setenv("ANYCAN_RUN_DIR", dir, 1);
}

static int explain_nobody(const struct attachment *attachment)
{
	return fail(attachment,
		    "nobody serves /run/anycan/attach, so only root may: use sudo, or have root "
		    "run: systemctl enable --now anycan-attach.socket (without systemd: bridged "
		    "--listen); --port hub needs no privilege");
}

static bool may_start(const struct attachment *attachment)
{
	return !geteuid() || !attach_has_can() ||
	       (attachment->port && !strcmp(attachment->port, "hub"));
}

static const char *compose(const struct attachment *attachment, const char *mode,
			   char *argv[WORDS_MAX + 6])
{
	const char *program;
	int n = 0;

	argv[n++] = (char *)(attachment->name ? attachment->name : "bridged");
	if (mode)
		argv[n++] = (char *)mode;
	if (attachment->port) {
		argv[n++] = (char *)"--port";
		argv[n++] = (char *)attachment->port;
	}
	argv[n++] = (char *)"--";
	for (int i = 0; i < attachment->n_words && i < WORDS_MAX; i++)
		argv[n++] = attachment->words[i];
	argv[n] = NULL;
	bridged_find();
	program = getenv("ANYCAN_BRIDGED");
	return program && *program ? program : "bridged";
}

static int cannot_run(const struct attachment *attachment, int error)
{
	char words[200];

	snprintf(words, sizeof(words), "cannot run bridged (%s): install the package anycan",
		 strerror(error));
	return fail(attachment, words);
}

/* `ready NETDEV... ADAPTER` */
static void parse_ready(struct attachment *attachment, const char *line)
{
	size_t len;

	if (strncmp(line, "ready ", 6))
		return;
	line += 6;
	len = strcspn(line, "\n");
	while (len && line[len - 1] != ' ')
		len--;
	if (len)
		snprintf(attachment->netdevs, sizeof(attachment->netdevs), "%.*s", (int)len - 1,
			 line);
}

/* Return: exit status; what bridged said on standard error stands there. */
static int start_here(struct attachment *attachment)
{
	char *argv[WORDS_MAX + 6], line[512] = "";
	const char *program = compose(attachment, "--daemon", argv);
	posix_spawn_file_actions_t files;
	size_t len = 0;
	int out[2], status, ret;
	ssize_t n;
	pid_t pid;

	if (pipe(out))
		return fail(attachment, strerror(errno));
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&files, out[0]);
	posix_spawn_file_actions_addclose(&files, out[1]);
	ret = posix_spawnp(&pid, program, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(out[1]);
	while (!ret && len < sizeof(line) - 1 &&
	       (n = read(out[0], line + len, sizeof(line) - 1 - len)) > 0)
		len += (size_t)n;
	close(out[0]);
	if (ret)
		return cannot_run(attachment, ret);
	line[len] = 0;
	parse_ready(attachment, line);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return EXIT_FAILURE;
	return WEXITSTATUS(status);
}

int attach_start(struct attachment *attachment)
{
	int ret = -ENOENT;

	if (attachment->n_words > WORDS_MAX)
		return fail(attachment, "too many words behind it");
	if (!attachment->here || geteuid())
		ret = ask(attachment, NULL, attachment->netdevs, sizeof(attachment->netdevs));
	if (ret != -ENOENT)
		return ret ? EXIT_FAILURE : EXIT_SUCCESS;
	if (!may_start(attachment))
		return explain_nobody(attachment);
	choose_run_dir();
	return start_here(attachment);
}

int attach_run(const struct attachment *attachment)
{
	char *argv[WORDS_MAX + 6], netdevs[256], end;
	int held, ret = -ENOENT;
	const char *program;

	if (attachment->n_words > WORDS_MAX)
		return fail(attachment, "too many words behind it");
	if (geteuid())
		ret = ask(attachment, &held, netdevs, sizeof(netdevs));
	if (!ret) {
		/* It ends with this process, or this one with it. */
		printf("ready %s %s\n", netdevs, attachment->words[0]);
		fflush(stdout);
		while (read(held, &end, 1) > 0)
			;
		return EXIT_SUCCESS;
	}
	if (ret != -ENOENT)
		return EXIT_FAILURE;
	if (!may_start(attachment))
		return explain_nobody(attachment);
	choose_run_dir();
	program = compose(attachment, NULL, argv);
	execvp(program, argv);
	return cannot_run(attachment, errno);
}
