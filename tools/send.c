// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan send: frames of the command line or of standard input, once, several times or
 * periodically, and whether they were acknowledged.
 */
#include "args.h"
#include "buses.h"
#include "cyclic.h"
#include "pace.h"
#include "sending.h"
#include "stop.h"
#include "tools.h"

#include <anycan/clock.h>
#include <anycan/text.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT_NS ANYCAN_NS_PER_S

static const char program[] = "anycan send";

enum {
	OPT_WAIT_ACK = 256,
	OPT_HELP,
};

static const struct option long_options[] = {
	BUS_LONG_OPTIONS,
	{"count", required_argument, NULL, 'n'},
	{"gap", required_argument, NULL, 'g'},
	{"help", no_argument, NULL, OPT_HELP},
	{"period", required_argument, NULL, 'p'},
	{"timeout", required_argument, NULL, 'T'},
	{"verbose", no_argument, NULL, 'v'},
	{"wait-ack", no_argument, NULL, OPT_WAIT_ACK},
	{NULL, 0, NULL, 0},
};

struct sender {
	struct bus_args args;
	struct buses buses;
	struct anycan_bus *bus;
	const char *name;
	char **words; /* frames; none: standard input */
	int n_words;
	struct anycan_frame *frames;
	uint64_t count; /* 0: not given */
	int64_t gap_ns, period_ns, timeout_ns;
	bool wait_ack, verbose;
	struct sending_ack ack;
	struct cyclic cyclic;
	int stop_fd;
	struct anycan_error error;
};

static void print_help(void)
{
	fputs("Usage: anycan send [OPTION]... BUS FRAME...\n"
	      "Sends frames, written as for cansend; - or none reads them from standard input,\n"
	      "one on a line. With -i or -c there is no BUS.\n"
	      "  123#DEADBEEF, 123#DE.AD.BE.EF  11 bits; 00000123#DEADBEEF  29 bits\n"
	      "  123#R, 123#R5                  remote frame, with a length\n"
	      "  123#1122334455667788_B         raw DLC of 9 to F\n"
	      "  123##0DEADBEEF                 CAN FD; 1 for BRS, 2 for ESI, 3 for both\n"
	      "  -n, --count N         send all of them N times\n"
	      "  -g, --gap MS          wait between two frames (10, 500us, 0.1s)\n"
	      "  -p, --period MS       send each of them periodically, until -n or a signal\n"
	      "                        ends it; by the kernel where the bus is a netdev\n"
	      "  --wait-ack            wait for each frame until another node acknowledges it\n"
	      "  -T, --timeout MS      how long to wait for that, and for room (1000)\n"
	      "  -x                    hide frames from other programs of this machine\n"
	      "  -v, --verbose         print what was sent\n" BUS_OPTIONS_HELP
	      "Exit status: 0 sent, 1 error, 2 wrong arguments, 3 no such bus, 5 no ACK,\n"
	      "6 bus-off, 7 queue full, 8 netdev down, 77 not permitted.\n"
	      "Examples:\n"
	      "  anycan send can0 123#DEADBEEF 12345678#\n"
	      "  anycan send --wait-ack can0 7DF#0209020000000000\n"
	      "  anycan send -p 10 can0 123##1112233\n",
	      stdout);
}

static int complain(const struct sender *s, int status)
{
	fprintf(stderr, "%s: %s\n", program, s->error.text);
	return status;
}

/* ---- Sending */

static int parse_frame(const char *text, struct anycan_frame *frame)
{
	if (!anycan_frame_parse(text, strlen(text), frame))
		return 0;
	fprintf(stderr,
		"%s: '%s' is no frame; write 123#DEADBEEF, 12345678#, 123#R or 123##1DEADBEEF\n",
		program, text);
	return STATUS_USAGE;
}

static void print_frame(const struct sender *s, const struct anycan_frame *frame, int64_t took_ns)
{
	char text[ANYCAN_TEXT_SIZE];

	if (!s->verbose || anycan_frame_print(frame, text, sizeof(text)) < 0)
		return;
	printf("%s %s", s->name, text);
	if (s->wait_ack)
		printf(" acknowledged after %.3f ms", (double)took_ns / 1e6);
	putchar('\n');
	fflush(stdout);
}

/* Return: STATUS_OK or another exit status, with words in .error. */
static int send_one(struct sender *s, const struct anycan_frame *frame)
{
	int status = sending_check_state(s->bus, s->name, &s->error);
	int64_t began_ns = pace_now();

	if (status)
		return status;
	if ((frame->can_id & CAN_ERR_FLAG) && sending_check_errors(s->bus, s->name, &s->error))
		return STATUS_FAILED;
	if (s->wait_ack)
		sending_ack_begin(&s->ack);
	if (anycan_bus_send(s->bus, frame, s->timeout_ns, &s->error))
		return sending_status(s->bus, s->name, &s->error);
	if (s->wait_ack)
		status = sending_ack_wait(&s->ack, frame, s->timeout_ns, &s->error);
	if (!status)
		print_frame(s, frame, pace_now() - began_ns);
	return status;
}

static void pause_for(int64_t ns)
{
	const struct timespec pause = {ns / ANYCAN_NS_PER_S, ns % ANYCAN_NS_PER_S};

	if (ns)
		nanosleep(&pause, NULL);
}

static int send_words(struct sender *s)
{
	uint64_t times = s->count ? s->count : 1;
	int status;

	for (uint64_t i = 0; i < times; i++)
		for (int k = 0; k < s->n_words; k++) {
			if (i || k)
				pause_for(s->gap_ns);
			status = send_one(s, &s->frames[k]);
			if (status)
				return complain(s, status);
		}
	return STATUS_OK;
}

static int send_lines(struct sender *s)
{
	struct anycan_frame frame;
	char line[2 * ANYCAN_TEXT_SIZE];
	bool first = true;
	int status = 0;

	while (!status && fgets(line, sizeof(line), stdin)) {
		char *text = line + strspn(line, " \t");

		text[strcspn(text, " \t\r\n")] = '\0';
		if (!*text)
			continue;
		status = parse_frame(text, &frame);
		if (status)
			return status;
		if (!first)
			pause_for(s->gap_ns);
		first = false;
		status = send_one(s, &frame);
	}
	return status ? complain(s, status) : STATUS_OK;
}

static int send_periodically(struct sender *s)
{
	int status = sending_check_state(s->bus, s->name, &s->error), ret = 0;

	if (status)
		return complain(s, status);
	for (int i = 0; i < s->n_words && !ret; i++) {
		ret = cyclic_add(&s->cyclic, s->bus, &s->frames[i], s->period_ns, s->count,
				 &s->error);
		if (!ret)
			print_frame(s, &s->frames[i], 0);
	}
	if (!ret)
		ret = cyclic_wait(&s->cyclic, s->stop_fd, -1, &s->error);
	cyclic_end(&s->cyclic);
	if (atomic_load(&s->cyclic.missed))
		fprintf(stderr, "%s: %s had no room %u times; those frames were not sent\n",
			program, s->name, atomic_load(&s->cyclic.missed));
	if (!ret || ret == -EINTR)
		return atomic_load(&s->cyclic.missed) ? STATUS_QUEUE_FULL : STATUS_OK;
	return complain(s, sending_status(s->bus, s->name, &s->error));
}

/* ---- Command line */

static bool take(struct sender *s, int option, const char *value)
{
	switch (option) {
	case 'n':
		return args_count(value, UINT32_MAX, &s->count) && s->count;
	case 'g':
		return args_duration(value, ANYCAN_NS_PER_MS, &s->gap_ns);
	case 'p':
		return args_duration(value, ANYCAN_NS_PER_MS, &s->period_ns) && s->period_ns;
	case 'T':
		return args_duration(value, ANYCAN_NS_PER_MS, &s->timeout_ns);
	case 'v':
		s->verbose = true;
		return true;
	case 'x':
		s->args.options.no_local_loopback = true;
		return true;
	case OPT_WAIT_ACK:
		s->wait_ack = true;
		return true;
	default:
		return bus_args_take(&s->args, option, value);
	}
}

static int take_words(struct sender *s, int argc, char **argv)
{
	int status = 0;

	if (!bus_args_names_bus(&s->args)) {
		if (optind == argc)
			return args_error(program, "which bus? BUS is missing", NULL);
		bus_args_target(&s->args, argv[optind++]);
	}
	s->words = argv + optind;
	s->n_words = argc - optind;
	if (s->n_words == 1 && !strcmp(s->words[0], "-"))
		s->n_words = 0;
	else if (!s->n_words && isatty(STDIN_FILENO))
		return args_error(program, "which frame? FRAME is missing", NULL);
	if (!s->n_words && (s->count || s->period_ns))
		return args_error(program, "-n and -p need frames on the command line", NULL);
	if (s->wait_ack && s->period_ns)
		return args_error(program, "--wait-ack and --period exclude each other", NULL);
	s->frames = calloc((size_t)s->n_words + 1, sizeof(*s->frames));
	for (int i = 0; i < s->n_words && !status; i++)
		status = parse_frame(s->words[i], &s->frames[i]);
	return status ? status : -1;
}

static int parse(struct sender *s, int argc, char **argv)
{
	int option;

	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "b:c:g:hi:n:p:T:vx", long_options, NULL)) >= 0) {
		const char *word = argv[optind - 1];

		if (option == 'h' || option == OPT_HELP) {
			print_help();
			return STATUS_OK;
		}
		if (option == '?') {
			if (!bus_args_key(&s->args, word))
				return args_error(program, "unknown option or missing value", word);
			continue;
		}
		if (!take(s, option, optarg))
			return args_error(program, "no value that fits", optarg ? optarg : word);
	}
	return take_words(s, argc, argv);
}

/* ---- All of it */

static int open_bus(struct sender *s)
{
	int ret;

	s->args.options.receive_own_messages = s->wait_ack;
	if (!s->wait_ack)
		bus_args_send_only(&s->args);
	ret = buses_open(&s->buses, &s->args, &s->error);
	if (ret)
		return complain(s, status_of(ret));
	s->bus = s->buses.list[0];
	s->name = s->buses.names[0];
	if (s->buses.n != 1 || !s->name || !strcmp(s->name, "any")) {
		anycan_error_set(&s->error, ANYCAN_ERROR_VALUE, -EINVAL,
				 "frames are sent to one bus; name it");
		return complain(s, STATUS_USAGE);
	}
	if (s->wait_ack && sending_ack_init(&s->ack, s->bus, s->name, &s->error))
		return complain(s, STATUS_FAILED);
	return STATUS_OK;
}

static int run(struct sender *s)
{
	int status = open_bus(s);

	if (status)
		return status;
	if (!s->period_ns)
		return s->n_words ? send_words(s) : send_lines(s);
	s->stop_fd = stop_open();
	return s->stop_fd < 0 ? STATUS_FAILED : send_periodically(s);
}

int tool_send(int argc, char **argv)
{
	struct sender s = {.timeout_ns = DEFAULT_TIMEOUT_NS, .buses.stop_fd = -1};
	int status = parse(&s, argc, argv);

	if (status < 0)
		status = run(&s);
	buses_close(&s.buses);
	bus_args_clear(&s.args);
	free(s.frames);
	return status;
}
