// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan doctor: what is wrong with the CAN of this machine, and what to do about it.
 */
#include "doctor.h"
#include "args.h"
#include "tools.h"

#include <anycan/clock.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "anycan doctor"

enum {
	OPT_LISTEN = 256,
};

struct doctor {
	struct doctor_options options;
	struct doctor_facts facts;
	bool json, quiet;
	unsigned int problems;
};

static void print_help(void)
{
	printf("Usage: " PROGRAM " [OPTION]... [NETDEV | ADAPTER]\n"
	       "Looks at kernel, permissions, adapters and netdevs, or at one of these; says what "
	       "is "
	       "wrong\n"
	       "and what to do. Changes nothing; sends nothing.\n\n"
	       "  --listen TIME   how long to listen on what is up, in s; default 1\n"
	       "  -j, --json      one object for each finding\n"
	       "  -q, --quiet     problems only\n"
	       "  -h, --help      show this\n\n"
	       "Exit status: 0 if there is no problem, 1 if there is, 2 for wrong arguments.\n\n"
	       "Examples:\n"
	       "  sudo anycan doctor\n"
	       "  anycan doctor can0\n"
	       "  anycan doctor slcan:/dev/ttyACM0\n"
	       "  anycan doctor --json | jq -r 'select(.level == \"problem\").next'\n");
}

/* ---- Findings */

static const char *const levels[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_NOTE] = "note",
	[DOCTOR_PROBLEM] = "problem",
};

static void print_json(const char *check, const char *subject, const struct doctor_verdict *v)
{
	struct json_object *line = json_object_new_object();

	json_object_object_add(line, "check", json_object_new_string(check));
	json_object_object_add(line, "level", json_object_new_string(levels[v->level]));
	if (subject)
		json_object_object_add(line, "subject", json_object_new_string(subject));
	json_object_object_add(line, "text", json_object_new_string(v->text));
	if (v->next[0])
		json_object_object_add(line, "next", json_object_new_string(v->next));
	puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(line);
}

static void tell(struct doctor *d, const char *check, const char *subject,
		 const struct doctor_verdict *v)
{
	if (v->level == DOCTOR_SILENT || (d->quiet && v->level != DOCTOR_PROBLEM))
		return;
	d->problems += v->level == DOCTOR_PROBLEM;
	if (d->json) {
		print_json(check, subject, v);
		return;
	}
	printf("%-8s %s%s%s\n", levels[v->level], subject ? subject : "", subject ? ": " : "",
	       v->text);
	if (v->next[0])
		printf("         -> %s\n", v->next);
}

static void judge(struct doctor *d, const struct doctor_check *checks, unsigned int index,
		  const char *subject)
{
	for (; checks->name; checks++) {
		struct doctor_verdict verdict = {.level = DOCTOR_SILENT};

		checks->judge(&d->facts, index, &verdict);
		tell(d, checks->name, subject, &verdict);
	}
}

static int examine(struct doctor *d)
{
	struct doctor_facts *facts = &d->facts;

	doctor_collect_host(facts, d->options.root);
	doctor_collect_devices(facts, &d->options);
	doctor_collect_links(facts, &d->options);
	judge(d, doctor_host_checks, 0, NULL);
	for (unsigned int i = 0; i < facts->n_devices; i++)
		judge(d, doctor_device_checks, i, facts->devices[i].address);
	for (unsigned int i = 0; i < facts->n_links; i++)
		judge(d, doctor_link_checks, i, facts->links[i].name);
	if (!d->json && !d->quiet && !facts->n_links && !facts->n_devices)
		printf("note     there is neither an adapter nor a CAN netdev\n");
	return d->problems ? STATUS_FAILED : STATUS_OK;
}

/* ---- The command line */

/* Return: -1 to go on, or the exit status. */
static int parse(struct doctor *d, int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},
		{"json", no_argument, NULL, 'j'},
		{"quiet", no_argument, NULL, 'q'},
		{"listen", required_argument, NULL, OPT_LISTEN},
		{NULL, 0, NULL, 0},
	};
	int option;

	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "hjq", options, NULL)) >= 0) {
		if (option == 'h') {
			print_help();
			return STATUS_OK;
		} else if (option == 'j') {
			d->json = true;
		} else if (option == 'q') {
			d->quiet = true;
		} else if (option == '?' ||
			   !args_duration(optarg, ANYCAN_NS_PER_S, &d->options.listen_ns)) {
			return args_error(PROGRAM,
					  option == '?' ? "unknown option or missing value"
							: "no value that fits",
					  argv[optind - 1]);
		}
	}
	if (argc - optind > 1)
		return args_error(PROGRAM, "one netdev or adapter at a time", argv[optind + 1]);
	d->options.only = argv[optind];
	return -1;
}

int tool_doctor(int argc, char **argv)
{
	struct doctor *d = calloc(1, sizeof(*d));
	const char *root = getenv("ANYCAN_ROOT");
	int status;

	if (!d)
		return STATUS_FAILED;
	d->options =
		(struct doctor_options){.root = root ? root : "", .listen_ns = ANYCAN_NS_PER_S};
	status = parse(d, argc, argv);
	if (status < 0)
		status = examine(d);
	free(d);
	return status;
}
