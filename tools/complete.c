// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan --complete WORD...: what may stand in the place of the last word. The files in
 * tools/completion/ hand this to bash, zsh and fish. Options are those that the verb's own --help
 * lists, so that there is no second list of them.
 */
#include "bridged.h"
#include "verbs.h"

#include <anycan/clock.h>
#include <anycan/config.h>
#include <anycan/detect.h>
#include <canlog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who presses a key waits for what is found by then. */
#define PATIENCE_NS (5 * ANYCAN_NS_PER_S)

static void offer(const char *word, const char *typed)
{
	if (!strncmp(word, typed, strlen(typed)))
		puts(word);
}

/* ---- Options */

/* What the verb prints for --help. Return: text to be freed, or NULL. */
static char *read_help(const struct verb *verb)
{
	char option[] = "--help", *name = strdup(verb->name), *args[] = {name, option, NULL};
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);
	char *text = NULL;
	long size;

	fflush(stdout);
	if (name && file && saved >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0) {
		verb->run(2, args);
		fflush(stdout);
		size = lseek(STDOUT_FILENO, 0, SEEK_END);
		dup2(saved, STDOUT_FILENO);
		text = size >= 0 ? calloc(1, (size_t)size + 1) : NULL;
		if (text && pread(fileno(file), text, (size_t)size, 0) != size)
			text[0] = '\0';
	}
	if (saved >= 0)
		close(saved);
	if (file)
		fclose(file);
	free(name);
	return text;
}

/* An option of a line of --help; @takes is whether a value follows it. */
struct option_word {
	char name[40];
	bool takes;
};

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '?';
}

/*
 * The next option of a line such as `  -s, --file-size N   text   -x   text`: behind two blanks
 * stands a text, or an option with its own.
 * Return: what is behind it, or NULL.
 */
static const char *next_option(const char *at, struct option_word *option)
{
	bool in_text = false;
	size_t n = 0;

	while (*at && *at != '\n' && (in_text || *at != '-' || at[-1] != ' ')) {
		if (at[0] == ' ' && at[1] == ' ') {
			at += strspn(at, " ");
			in_text = *at != '-';
		} else {
			at++;
		}
	}
	if (*at != '-')
		return NULL;
	while (n < sizeof(option->name) - 1 && is_name(at[n]))
		n++;
	snprintf(option->name, sizeof(option->name), "%.*s", (int)n, at);
	at += n;
	option->takes =
		(at[0] == ' ' && at[1] != ' ' && at[1] != '-' && at[1]) || *at == '=' || *at == '[';
	/* A value behind the last of several names belongs to all of them. */
	if (*at == ',') {
		const char *line_end = at + strcspn(at, "\n");
		const char *gap = strstr(at + 2, "  ");
		const char *end = gap && gap < line_end ? gap : line_end;
		const char *name = at + 2 + strcspn(at + 2, " ");

		option->takes = name < end;
	}
	return at;
}

static bool has_prefixes(const char *help)
{
	return strstr(help, "--bus1- or --bus2-") != NULL;
}

static void offer_options(const char *help, const char *typed)
{
	bool of_bus = false;

	for (const char *line = help; line && *line; line = strchr(line, '\n')) {
		struct option_word option;
		const char *at;

		line += *line == '\n';
		of_bus = of_bus || !strncmp(line, "Of both buses", strlen("Of both buses"));
		if (strspn(line, " ") < 2 || line[strspn(line, " ")] != '-')
			continue;
		for (at = line + strspn(line, " "); (at = next_option(at, &option));) {
			char with[64];

			/* Those that are settings of the interface are not listed. */
			if (strlen(option.name) < 2 || !strncmp(option.name, "--KEY", 5))
				continue;
			offer(option.name, typed);
			for (int bus = 1; of_bus && has_prefixes(help) && bus <= 2; bus++) {
				snprintf(with, sizeof(with), "--bus%d-%s", bus, option.name + 2);
				if (!strncmp(option.name, "--", 2))
					offer(with, typed);
			}
		}
	}
}

static bool takes_value(const char *help, const char *word)
{
	char plain[64];

	/* --bus1-rate stands there as --rate. */
	if (has_prefixes(help) && !strncmp(word, "--bus", 5) && strlen(word) > 7) {
		snprintf(plain, sizeof(plain), "--%s", word + 7);
		word = plain;
	}
	for (const char *line = help; line && *line; line = strchr(line, '\n')) {
		struct option_word option;
		const char *at;

		line += *line == '\n';
		if (strspn(line, " ") < 2 || line[strspn(line, " ")] != '-')
			continue;
		for (at = line + strspn(line, " "); (at = next_option(at, &option));)
			if (!strcmp(option.name, word))
				return option.takes;
	}
	return false;
}

/* ---- Values */

static void offer_formats(const char *typed)
{
	const struct canlog_format *format;

	for (size_t i = 0; (format = canlog_format_at(i)); i++) {
		struct canlog_format_info info;

		canlog_format_get_info(format, &info);
		offer(info.name, typed);
	}
}

static void offer_interfaces(const char *typed)
{
	size_t n;
	const struct anycan_config_interface *list = anycan_config_interfaces(&n);

	for (size_t i = 0; i < n; i++)
		offer(list[i].name, typed);
}

/* Buses by the names that the command line has for them. */
static void offer_buses(const char *typed, bool adapters)
{
	struct anycan_detected *list;
	int n;

	/* Adapters are those that it knows. */
	bridged_find();
	n = anycan_detect(&list, NULL, PATIENCE_NS);

	for (int i = 0; i < n; i++) {
		const char *address = list[i].address;
		bool netdev = !strcmp(list[i].interface, "socketcan");

		if (!netdev && (!adapters || !strcmp(list[i].interface, "virtual")))
			continue;
		offer(netdev && strchr(address, ':') ? strchr(address, ':') + 1 : address, typed);
	}
	if (n >= 0)
		anycan_detected_free(list);
}

static bool is_one_of(const char *word, const char *list)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at++)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

/* The value of an option. Return: false if its values are not known here, such as files. */
static bool offer_values(const struct verb *verb, const char *option, const char *typed)
{
	const char *name = !strncmp(option, "--bus", 5) && strlen(option) > 7 ? option + 7 : option;

	if (is_one_of(option, "--from --to --format --file-format") ||
	    (!strcmp(verb->name, "convert") && !strcmp(option, "-f")))
		offer_formats(typed);
	else if (is_one_of(name, "-i --interface interface"))
		offer_interfaces(typed);
	else if (is_one_of(name, "-c --channel channel"))
		offer_buses(typed, false);
	else
		return false;
	return true;
}

/* What the words of a verb name that are no options: buses, but for these. */
static const struct {
	const char *verb;
	enum {
		NOTHING,
		FILES,
		NETDEVS
	} words;
} other_words[] = {
	{"apply", NETDEVS},	 {"can_bridge", NOTHING}, {"can_logconvert", FILES},
	{"can_logger", NOTHING}, {"can_player", FILES},	  {"can_viewer", NOTHING},
	{"config", NETDEVS},	 {"convert", FILES},	  {"detach", NETDEVS},
	{"down", NETDEVS},	 {"list", NOTHING},	  {"play", FILES},
	{"restart", NETDEVS},	 {"set", NETDEVS},	  {"slcand", FILES},
	{"status", NETDEVS},	 {"up", NETDEVS},
};

static void offer_words(const struct verb *verb, int n, const char *typed)
{
	bool buses = true, adapters = true;

	if (!strcmp(verb->name, "config") && n == 1) {
		offer("check", typed);
		offer("show", typed);
		return;
	}

	for (size_t i = 0; i < sizeof(other_words) / sizeof(other_words[0]); i++) {
		if (strcmp(other_words[i].verb, verb->name))
			continue;
		buses = other_words[i].words == NETDEVS;
		adapters = false;
	}
	if (buses)
		offer_buses(typed, adapters);
}

static int complete_verb(const struct verb *verb, int n, char **words)
{
	const char *typed = words[n - 1];
	char *help = read_help(verb);

	if (!help)
		return 1;
	if (n > 1 && takes_value(help, words[n - 2]))
		offer_values(verb, words[n - 2], typed);
	else if (typed[0] == '-')
		offer_options(help, typed);
	else
		offer_words(verb, n, typed);
	free(help);
	return 0;
}

int complete(int n, char **words)
{
	const char *typed = n ? words[n - 1] : "";
	const struct verb *verb;
	bool verb_wanted = n < 2 || (n == 2 && !strcmp(words[0], "help"));

	if (!verb_wanted) {
		verb = verb_find(words[0]);
		return verb ? complete_verb(verb, n - 1, words + 1) : 0;
	}
	for (size_t i = 0; (verb = verb_at(i)); i++)
		offer(verb->name, typed);
	if (n < 2) {
		offer("help", typed);
		offer("--help", typed);
		offer("--version", typed);
	}
	return 0;
}
