// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The options with which a command line names buses.
 */
#include "args.h"
#include "buses.h"

#include <stdlib.h>
#include <string.h>

static bool add_item(struct bus_args *args, const char *key, const char *value)
{
	if (args->n_items == BUSES_ITEMS_MAX)
		return false;
	args->items[args->n_items++] = (struct anycan_config_item){key, value};
	return true;
}

static bool add_rate(struct bus_args *args, const char *key, const char *value, uint32_t *rate)
{
	char *text = args->texts[args->n_items % BUSES_ITEMS_MAX];

	if (!args_rate(value, rate))
		return false;
	snprintf(text, sizeof(args->texts[0]), "%u", *rate);
	return add_item(args, key, text);
}

bool bus_args_take(struct bus_args *args, int option, const char *value)
{
	switch (option) {
	case BUS_OPT_CHANNEL:
		return add_item(args, "channel", value);
	case BUS_OPT_INTERFACE:
		return add_item(args, "interface", value);
	case BUS_OPT_BITRATE:
		return add_rate(args, "bitrate", value, &args->bitrate);
	case BUS_OPT_DATA_BITRATE:
		return add_rate(args, "data_bitrate", value, &args->data_bitrate);
	case BUS_OPT_FD:
		args->fd = true;
		return add_item(args, "fd", "true");
	case BUS_OPT_LISTEN_ONLY:
		args->listen_only = true;
		return true;
	default:
		return false;
	}
}

bool bus_args_pair(struct bus_args *args, const char *word)
{
	const char *equals = strchr(word, '=');
	char *key;

	if (!equals || equals == word || args->n_keys == BUSES_ITEMS_MAX)
		return false;
	key = strndup(word, (size_t)(equals - word));
	if (!key)
		return false;
	/* As python-can's scripts: a key is a name in Python. */
	for (char *p = key; *p; p++)
		if (*p == '-')
			*p = '_';
	args->keys[args->n_keys++] = key;
	return add_item(args, key, equals + 1);
}

bool bus_args_key(struct bus_args *args, const char *word)
{
	return !strncmp(word, "--", 2) && bus_args_pair(args, word + 2);
}

bool bus_args_filter(struct bus_args *args, const char *word)
{
	if (args->n_filters == BUSES_FILTERS_MAX ||
	    anycan_filter_parse(word, strlen(word), ANYCAN_FILTER_PYTHON_CAN,
				&args->filters[args->n_filters]))
		return false;
	args->filter_words[args->n_filters++] = word;
	return true;
}

bool bus_args_filters(struct bus_args *args, int argc, char **argv)
{
	if (!bus_args_filter(args, optarg))
		return false;
	while (optind < argc && bus_args_filter(args, argv[optind]))
		optind++;
	return true;
}

void bus_args_send_only(struct bus_args *args)
{
	args->n_filters = 0;
	bus_args_filter(args, "0~0");
	args->options.ignore_rx_error_frames = true;
}

void bus_args_print_filters(const struct bus_args *args)
{
	if (!args->n_filters)
		return;
	printf("Adding filter(s): [");
	for (size_t i = 0; i < args->n_filters; i++)
		printf("%s'%s'", i ? ", " : "", args->filter_words[i]);
	puts("]");
}

bool bus_args_target(struct bus_args *args, const char *word)
{
	if (args->n_targets == BUSES_MAX)
		return false;
	args->targets[args->n_targets++] = word;
	return true;
}

bool bus_args_names_bus(const struct bus_args *args)
{
	for (unsigned int i = 0; i < args->n_items; i++)
		if (!strcmp(args->items[i].key, "channel") ||
		    !strcmp(args->items[i].key, "interface"))
			return true;
	return false;
}

void bus_args_clear(struct bus_args *args)
{
	for (unsigned int i = 0; i < args->n_keys; i++)
		free(args->keys[i]);
	args->n_keys = 0;
}
