// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Lets a script load a configuration: config_tool [-p PATH] [-c CONTEXT] [-r KEY=VALUE]...
 * [KEY=VALUE|KEY]...; -r is for the process-wide dictionary, KEY alone for an argument of null.
 * Prints the configuration as JSON, a tab, and the timing as seven numbers or `-`; or `error`, its
 * category and its text. With -t instead what it means.
 */
#include <anycan/config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

/* A word at its `=` taken apart. */
static struct anycan_config_item item_of(char *word)
{
	char *equals = strchr(word, '=');

	if (equals)
		*equals = 0;
	return (struct anycan_config_item){word, equals ? equals + 1 : NULL};
}

static void print(const struct anycan_config *config)
{
	static char text[1 << 20];
	const struct anycan_timing *t = anycan_config_timing(config);

	anycan_config_print(config, text, sizeof(text));
	printf("%s\t", text);
	if (t)
		printf("%u %u %u %u %u %u %u\n", t->clock_hz, t->bitrate, t->brp, t->tseg1,
		       t->tseg2, t->sjw, t->samples);
	else
		printf("-\n");
}

static int print_error(const struct anycan_error *error)
{
	printf("error %s: %s\n", anycan_error_name(error->category), error->text);
	return EXIT_SUCCESS;
}

static void print_target(const struct anycan_config *config)
{
	struct anycan_config_target target;
	struct anycan_error error = {0};

	if (anycan_config_resolve(config, &target, &error)) {
		print_error(&error);
		return;
	}
	printf("'%s'", target.address);
	if (target.bitrate)
		printf(" bitrate %u", target.bitrate);
	if (target.data_bitrate)
		printf(" dbitrate %u", target.data_bitrate);
	printf("%s%s%s\n", target.fd ? " fd on" : "", target.settings[0] ? " " : "",
	       target.settings);
	anycan_config_target_clear(&target);
}

int main(int argc, char **argv)
{
	struct anycan_config_item arguments[ARGUMENTS_MAX + 1] = {{0}}, item;
	struct anycan_config_source source = {.arguments = arguments};
	struct anycan_error error = {0};
	struct anycan_config *config;
	int option, means = 0;

	while ((option = getopt(argc, argv, "p:c:r:t")) != -1) {
		if (option == 'p')
			source.path = optarg;
		else if (option == 'c')
			source.context = optarg;
		else if (option == 't')
			means = 1;
		else if (option == 'r' && (item = item_of(optarg)).value)
			anycan_config_set_rc(item.key, item.value);
		else
			return 2;
	}
	for (int i = 0; optind + i < argc && i < ARGUMENTS_MAX; i++)
		arguments[i] = item_of(argv[optind + i]);
	if (anycan_config_load(&config, &source, &error))
		return print_error(&error);
	if (means)
		print_target(config);
	else
		print(config);
	anycan_config_free(config);
	return EXIT_SUCCESS;
}
