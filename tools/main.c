// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan VERB ...: one program, a verb for each task; called by the name of a verb in the table
 * it is that verb.
 */
#include "status_codes.h"
#include "tools.h"
#include "verbs.h"

#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In order of name. */
static const struct verb verbs[] = {
	{"apply", tool_apply, "name and set up netdevs that the kernel made of adapters"},
	{"attach", tool_attach, "make an adapter a netdev, without a terminal to keep open"},
	{"bridge", tool_bridge, "pass on what is received on one bus to another"},
	{"can_bridge", tool_can_bridge, "as python-can's script of that name"},
	{"can_logconvert", tool_can_logconvert, "as python-can's script of that name"},
	{"can_logger", tool_can_logger, "as python-can's script of that name"},
	{"can_player", tool_can_player, "as python-can's script of that name"},
	{"can_viewer", tool_can_viewer, "as python-can's script of that name"},
	{"config", tool_config, "check and show the configuration in /etc/anycan"},
	{"convert", tool_convert, "convert between log formats"},
	{"detach", tool_detach, "end the bridges of netdevs"},
	{"doctor", tool_doctor, "say what is wrong with the CAN of this machine, and what to do"},
	{"down", tool_down, "set netdevs down, and wait until they are off the bus"},
	{"gen", tool_gen, "send made-up and periodic frames"},
	{"list", tool_list, "list CAN netdevs and adapters"},
	{"load", tool_load, "show how busy buses are"},
	{"log", tool_log, "print what buses carry, or write it to a file"},
	{"play", tool_play, "replay a log with its own timing"},
	{"restart", tool_restart, "have netdevs that are bus-off begin anew"},
	{"send", tool_send, "send frames"},
	{"set", tool_set, "change settings that live in an adapter"},
	{"slcand", tool_slcand, "as the program of that name in can-utils"},
	{"status", tool_status, "show what running bridges do"},
	{"up", tool_up, "set a netdev up, and wait until it is on the bus"},
	{"view", tool_view, "show what is on buses, in a terminal"},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

const struct verb *verb_at(size_t i)
{
	return i < VERBS ? &verbs[i] : NULL;
}

const struct verb *verb_find(const char *name)
{
	size_t len = strlen(name);

	/* python-can 4.0 installs its scripts with their suffix. */
	if (len > 3 && !strcmp(name + len - 3, ".py"))
		len -= 3;
	for (size_t i = 0; i < VERBS; i++)
		if (strlen(verbs[i].name) == len && !strncmp(verbs[i].name, name, len))
			return &verbs[i];
	return NULL;
}

static int print_usage(FILE *to, int status)
{
	fprintf(to, "Usage: anycan VERB [options] ...   (anycan VERB --help tells more)\n");
	for (size_t i = 0; i < VERBS; i++)
		fprintf(to, "  %-16s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(to, "  %-16s %s\n", "help VERB", "show the verb's manual page");
	fprintf(to, "anycan --version tells what it was built with.\n");
	return status;
}

/* ---- A word that is no verb */

#define WORD_MAX 31

static unsigned int smallest(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many letters are to be changed, added or left out. Words are no longer than WORD_MAX. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[WORD_MAX + 1], m = (unsigned int)strlen(b);

	for (unsigned int j = 0; j <= m; j++)
		row[j] = j;
	for (unsigned int i = 1; a[i - 1]; i++) {
		unsigned int corner = row[0];

		row[0] = i;
		for (unsigned int j = 1; j <= m; j++) {
			unsigned int above = row[j];

			row[j] = smallest(above + 1, row[j - 1] + 1,
					  corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[m];
}

static const char *nearest(const char *word)
{
	unsigned int best = 3;
	const char *name = NULL;

	for (size_t i = 0; i < VERBS && strlen(word) <= WORD_MAX; i++) {
		unsigned int d = distance(word, verbs[i].name);

		/* Of a short word not every letter may be wrong. */
		if (d < best && d < strlen(verbs[i].name)) {
			best = d;
			name = verbs[i].name;
		}
	}
	return name;
}

static int unknown_verb(const char *word)
{
	const char *name = nearest(word);

	if (name) {
		fprintf(stderr, "anycan: unknown verb '%s'; did you mean '%s'?\n", word, name);
		return STATUS_USAGE;
	}
	fprintf(stderr, "anycan: unknown verb '%s'\n", word);
	return print_usage(stderr, STATUS_USAGE);
}

/* ---- anycan help VERB */

/* Return: the exit status of man(1), or -1 if it could not be started. */
static int run_man(const char *option, const char *page)
{
	char man[] = "man", *args[] = {man, (char *)option, (char *)page, NULL};
	posix_spawn_file_actions_t files;
	int status = -1;
	pid_t pid;

	if (!option) {
		args[1] = args[2];
		args[2] = NULL;
	}
	posix_spawn_file_actions_init(&files);
	if (option) {
		posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", 1, 0);
		posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	}
	if (!posix_spawnp(&pid, "man", &files, NULL, args, environ))
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&files);
	return status;
}

/* The manual page where it is installed and somebody can read it, what --help prints otherwise. */
static int help(const char *word)
{
	const struct verb *verb = word ? verb_find(word) : NULL;
	char option[] = "--help", *args[] = {(char *)word, option, NULL};
	char page[64];

	if (!word)
		return print_usage(stdout, STATUS_OK);
	if (!verb)
		return unknown_verb(word);
	/* Names of other projects' programs have pages of that name. */
	snprintf(page, sizeof(page), "%s%s",
		 strncmp(verb->name, "can_", 4) && strcmp(verb->name, "slcand") ? "anycan-" : "",
		 verb->name);
	if (isatty(STDOUT_FILENO) && !run_man("-w", page))
		return run_man(NULL, page) ? STATUS_FAILED : STATUS_OK;
	return verb->run(2, args);
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const struct verb *verb = argc ? verb_find(slash ? slash + 1 : argv[0]) : NULL;

	if (verb)
		return verb->run(argc, argv);
	if (argc < 2)
		return print_usage(stderr, STATUS_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_usage(stdout, STATUS_OK);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		print_version();
		return STATUS_OK;
	}
	if (!strcmp(argv[1], "--complete"))
		return complete(argc - 2, argv + 2);
	if (!strcmp(argv[1], "help"))
		return help(argv[2]);
	verb = verb_find(argv[1]);
	return verb ? verb->run(argc - 1, argv + 1) : unknown_verb(argv[1]);
}
