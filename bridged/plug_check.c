// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan config check.
 */
#include "plug.h"
#include "plug_link.h"
#include "plug_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_error(const char *text, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static const struct plug_judge judge = {.adapter = plug_judge_adapter, .error = print_error};

/* ---- What the driver says to it */

static const struct bridged_driver *driver_of(const struct plug_file *file)
{
	const struct plug_pair *pair = plug_file_get(file, PLUG_ADAPTER, "Driver");

	if (!pair)
		pair = plug_file_get(file, PLUG_MATCH, "Driver");
	return pair ? plug_driver_named(pair->value) : NULL;
}

static void fill_options(const struct plug_file *file, const struct bridged_driver *driver,
			 void *options)
{
	char reason[BRIDGED_REASON_SIZE];

	bridged_option_defaults(driver->options, options);
	for (unsigned int i = 0; i < file->n_pairs; i++) {
		const struct plug_pair *pair = &file->pairs[i];
		const struct bridged_option *option = NULL;

		if (pair->section == PLUG_ADAPTER)
			option = bridged_option_find(driver->options, pair->key);
		if (option)
			bridged_option_set(option, pair->value, options, reason, sizeof(reason));
	}
}

/* Return: whether no adapter of the driver can do what the file says. */
static bool is_refused(const struct plug_file *file)
{
	struct bridged_settings settings[BRIDGED_CHANNELS_MAX] = {0};
	const struct bridged_driver *driver = driver_of(file);
	char reason[BRIDGED_REASON_SIZE];
	const char *why = NULL;
	void *options, *state;
	int ret = 0;

	if (!driver)
		return false;
	options = calloc(1, driver->options_size + 1);
	state = calloc(1, driver->state_size);
	if (!options || !state)
		abort();
	fill_options(file, driver, options);
	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
		plug_link_settings(file, i, &settings[i], reason);
	ret = driver->init(state, settings, options, &why);
	if (ret)
		fprintf(stderr, "%s: driver %s: %s\n", file->path, driver->name, why);
	free(state);
	free(options);
	return ret;
}

/* ---- What the files say together */

static bool has_name(const struct plug_file *file, const char *name)
{
	char other[IFNAMSIZ];

	for (unsigned int channel = 0; channel < BRIDGED_CHANNELS_MAX; channel++)
		if (plug_file_value(file, "name", channel, other, sizeof(other)) &&
		    !strcmp(other, name))
			return true;
	return false;
}

/* Return: whether a name of @file is in one of those before it. */
static bool is_taken(const struct plug_config *config, unsigned int index)
{
	const struct plug_file *file = &config->files[index];
	const struct plug_pair *line = plug_file_get(file, PLUG_LINK, "name");
	char name[IFNAMSIZ];

	for (unsigned int i = 0; line && i < index * BRIDGED_CHANNELS_MAX; i++) {
		const struct plug_file *before = &config->files[i / BRIDGED_CHANNELS_MAX];

		if (!plug_file_value(file, "name", i % BRIDGED_CHANNELS_MAX, name, sizeof(name)) ||
		    !has_name(before, name))
			continue;
		fprintf(stderr,
			"%s:%u: name '%s' is in %s:%u, too: choose another, or put both adapters "
			"into one [Match]\n",
			file->path, line->line, name, before->path,
			plug_file_get(before, PLUG_LINK, "name")->line);
		return true;
	}
	return false;
}

/* A file for everybody, with others behind it that nobody reads. */
static void warn_of_shadow(const struct plug_config *config)
{
	for (unsigned int i = 0; i + 1 < config->n_files; i++) {
		const struct plug_file *file = &config->files[i];
		const struct plug_pair *pair = plug_file_get(file, PLUG_MATCH, "Driver");
		unsigned int matches = 0;

		for (unsigned int line = 0; line < file->n_pairs; line++)
			matches += file->pairs[line].section == PLUG_MATCH;
		if (matches != 1 || !pair || strcmp(pair->value, "*"))
			continue;
		fprintf(stderr,
			"%s:%u: warning: it matches every adapter, so that %s and what follows is "
			"not read; let its name sort last\n",
			file->path, pair->line, config->files[i + 1].path);
		return;
	}
}

static int read_files(struct plug_config *config, char **paths)
{
	unsigned int n = 0;

	if (!paths[0])
		return plug_config_read(config, &judge);
	while (paths[n])
		n++;
	*config = (struct plug_config){.files = calloc(n, sizeof(*config->files))};
	for (; config->files && config->n_files < n; config->n_files++)
		plug_file_read(&config->files[config->n_files], paths[config->n_files], &judge);
	return config->files ? 0 : -1;
}

int plug_check(char **paths)
{
	struct plug_config config;
	bool failed = false;

	if (read_files(&config, paths)) {
		fprintf(stderr, "bridged: out of memory\n");
		return EXIT_FAILURE;
	}
	for (unsigned int i = 0; i < config.n_files; i++) {
		const struct plug_file *file = &config.files[i];
		bool bad = file->errors || is_refused(file) || is_taken(&config, i);

		failed |= bad;
		if (!bad)
			printf("%s: fine\n", file->path);
	}
	if (!config.n_files)
		printf("there is no file NAME.conf in %s: every adapter is set up by default\n",
		       plug_conf_dir());
	warn_of_shadow(&config);
	plug_config_clear(&config);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
