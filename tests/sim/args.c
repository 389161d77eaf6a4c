// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * An adapter's description on the command line: `TYPE:key=value,flag,...`.
 */
#include "args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sim_why(struct sim_why *why, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return error;
}

bool sim_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;
	unsigned long long number;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, text[1] == 'x' ? 16 : 10);
	if (errno || *end || number > max)
		return false;
	*value = number;
	return true;
}

int sim_args_parse(struct sim_args *args, const char *text, struct sim_why *why)
{
	char *rest, *word;

	*args = (struct sim_args){.text = strdup(text)};
	if (!args->text)
		return sim_why(why, -ENOMEM, "out of memory");
	args->type = args->text;
	rest = strchr(args->text, ':');
	if (!rest)
		return 0;
	*rest++ = '\0';
	while ((word = strsep(&rest, ","))) {
		char *equals = strchr(word, '=');

		if (!*word)
			continue;
		if (args->count == SIM_ARGS_MAX)
			return sim_why(why, -E2BIG, "%s: too many keys", args->type);
		if (equals)
			*equals++ = '\0';
		args->list[args->count++] = (struct sim_arg){.key = word, .value = equals};
	}
	return 0;
}

void sim_args_free(struct sim_args *args)
{
	free(args->text);
	args->text = NULL;
}

static struct sim_arg *args_find(struct sim_args *args, const char *key)
{
	for (unsigned int i = 0; i < args->count; i++) {
		if (!strcmp(args->list[i].key, key)) {
			args->list[i].used = true;
			return &args->list[i];
		}
	}
	return NULL;
}

const char *sim_args_text(struct sim_args *args, const char *key)
{
	struct sim_arg *arg = args_find(args, key);

	return arg ? arg->value : NULL;
}

int sim_args_flag(struct sim_args *args, const char *key, bool *flag, struct sim_why *why)
{
	struct sim_arg *arg = args_find(args, key);

	if (!arg)
		return 0;
	if (arg->value && strcmp(arg->value, "on") && strcmp(arg->value, "off"))
		return sim_why(why, -EINVAL, "%s: %s is on or off, not %s", args->type, key,
			       arg->value);
	*flag = !arg->value || !strcmp(arg->value, "on");
	return 0;
}

int sim_args_number(struct sim_args *args, const char *key, uint64_t max, uint64_t *value,
		    struct sim_why *why)
{
	struct sim_arg *arg = args_find(args, key);

	if (!arg)
		return 0;
	if (!arg->value || !sim_number(arg->value, max, value))
		return sim_why(why, -EINVAL, "%s: %s needs a number up to %llu", args->type, key,
			       (unsigned long long)max);
	return 0;
}

const char *sim_args_unused(const struct sim_args *args)
{
	for (unsigned int i = 0; i < args->count; i++) {
		if (!args->list[i].used)
			return args->list[i].key;
	}
	return NULL;
}
