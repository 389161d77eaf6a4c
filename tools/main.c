// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan VERB ...: one program, a verb for each task; called by the name of a verb in the table
 * it is that verb.
 */
#include "tools.h"

#include <stdio.h>
#include <string.h>

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/* In order of name. */
static const struct verb verbs[] = {
	{"apply", tool_apply, "name and set up netdevs that the kernel made of adapters"},
	{"attach", tool_attach, "make an adapter a netdev, without a terminal to keep open"},
	{"can_logconvert", tool_can_logconvert, "as python-can's script of that name"},
	{"can_player", tool_can_player, "as python-can's script of that name"},
	{"config", tool_config, "check and show the configuration in /etc/anycan"},
	{"can_logger", tool_can_logger, "as python-can's script of that name"},
	{"can_viewer", tool_can_viewer, "as python-can's script of that name"},
	{"convert", tool_convert, "convert between log formats"},
	{"detach", tool_detach, "end the bridges of netdevs"},
	{"down", tool_down, "set netdevs down, and wait until they are off the bus"},
	{"gen", tool_gen, "send made-up and periodic frames"},
	{"list", tool_list, "list CAN netdevs and adapters"},
	{"play", tool_play, "replay a log with its own timing"},
	{"restart", tool_restart, "have netdevs that are bus-off begin anew"},
	{"load", tool_load, "show how busy buses are"},
	{"log", tool_log, "print what buses carry, or write it to a file"},
	{"send", tool_send, "send frames"},
	{"set", tool_set, "change settings that live in an adapter"},
	{"status", tool_status, "show what running bridges do"},
	{"up", tool_up, "set a netdev up, and wait until it is on the bus"},
	{"view", tool_view, "show what is on buses, in a terminal"},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
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
	return status;
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const struct verb *verb = argc ? find_verb(slash ? slash + 1 : argv[0]) : NULL;

	if (verb)
		return verb->run(argc, argv);
	if (argc < 2)
		return print_usage(stderr, 2);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_usage(stdout, 0);
	if (!strcmp(argv[1], "--version")) {
		printf("anycan %s\n", ANYCAN_VERSION);
		return 0;
	}
	verb = find_verb(argv[1]);
	if (!verb) {
		fprintf(stderr, "anycan: unknown verb '%s'\n", argv[1]);
		return print_usage(stderr, 2);
	}
	return verb->run(argc - 1, argv + 1);
}
