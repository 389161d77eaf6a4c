/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * An adapter's description on the command line: `TYPE:key=value,flag,...`.
 */
#ifndef SIM_ARGS_H
#define SIM_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_ARGS_MAX 32

/** struct sim_why - a sentence for the user */
struct sim_why {
	char text[256];
};

/** sim_why() - say why; Return: @error, to return it at once */
int sim_why(struct sim_why *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

struct sim_arg {
	const char *key;
	const char *value; /**< NULL: a bare word */
	bool used;
};

/** struct sim_args - the parsed description; the strings live as long as it does */
struct sim_args {
	char *text;
	const char *type;
	struct sim_arg list[SIM_ARGS_MAX];
	unsigned int count;
};

/** sim_args_parse() - split @text; Return: 0, or a negative errno with @why */
int sim_args_parse(struct sim_args *args, const char *text, struct sim_why *why);

/** sim_args_free() - release what sim_args_parse() took */
void sim_args_free(struct sim_args *args);

/** sim_args_text() - value of @key, or NULL */
const char *sim_args_text(struct sim_args *args, const char *key);

/** sim_args_flag() - @key alone or `=on` is true, `=off` false, otherwise @absent */
int sim_args_flag(struct sim_args *args, const char *key, bool *flag, struct sim_why *why);

/** sim_args_number() - @value stays as it is if @key is absent */
int sim_args_number(struct sim_args *args, const char *key, uint64_t max, uint64_t *value,
		    struct sim_why *why);

/** sim_args_unused() - a key that nobody asked for, or NULL */
const char *sim_args_unused(const struct sim_args *args);

/** sim_number() - decimal, or hexadecimal with 0x; Return: whether all of @text was one */
bool sim_number(const char *text, uint64_t max, uint64_t *value);

#endif
