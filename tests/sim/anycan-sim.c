// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan-sim: a simulated CAN bus with simulated adapters on it. See README.md.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "control.h"

struct main_signals {
	struct sim_watch watch;
	struct sim *sim;
};

static void main_usage(FILE *to)
{
	fprintf(to, "usage: anycan-sim [options] ADAPTER...\n"
		    "       anycan-sim ctl SOCKET COMMAND...\n"
		    "  --bitrate N      bit rate of the built-in nodes (500000)\n"
		    "  --dbitrate N     their data bit rate (2000000)\n"
		    "  --speed WORD     realtime (default), or max: as fast as the hosts read\n"
		    "  --lossless       the bus waits for adapters whose host does not read\n"
		    "  --control PATH   Unix socket for commands\n"
		    "  --help\n"
		    "Prints `ready` when all adapters are there. An ADAPTER is TYPE:key=value,...\n"
		    "and every kind takes name=TEXT:\n");
	for (unsigned int i = 0; sim_adapter_types[i]; i++) {
		const char *text = sim_adapter_types[i]->summary;

		fprintf(to, "  %-6s ", sim_adapter_types[i]->type);
		for (; *text; text++) {
			if (*text == '\n')
				fprintf(to, "\n         ");
			else
				fputc(*text, to);
		}
		fputc('\n', to);
	}
	fprintf(to, "Commands (N is an adapter's name or number, from 0):\n%s", sim_control_help());
}

static void main_signalled(struct sim_watch *watch, uint32_t events)
{
	struct main_signals *signals = (struct main_signals *)watch;

	(void)events;
	signals->sim->quit = true;
}

static int main_catch_signals(struct sim *sim, struct main_signals *signals)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	signals->watch.ready = main_signalled;
	signals->sim = sim;
	return sim_loop_watch(&sim->loop, &signals->watch, fd, EPOLLIN);
}

static int main_rate(const char *text, uint32_t *rate)
{
	uint64_t number;

	if (!sim_number(text, 10000000, &number) || !number) {
		fprintf(stderr, "anycan-sim: %s is no bit rate\n", text);
		return -EINVAL;
	}
	*rate = (uint32_t)number;
	return 0;
}

static int main_speed(struct sim *sim, const char *word)
{
	sim->max_speed = !strcmp(word, "max");
	sim->lossless |= sim->max_speed;
	if (sim->max_speed || !strcmp(word, "realtime"))
		return 0;
	fprintf(stderr, "anycan-sim: speed is realtime or max, not %s\n", word);
	return -EINVAL;
}

/* Returns -1 to go on, otherwise the exit status. */
static int main_options(struct sim *sim, int argc, char **argv, const char **control)
{
	static const struct option options[] = {
		{"bitrate", required_argument, NULL, 'b'},
		{"dbitrate", required_argument, NULL, 'd'},
		{"speed", required_argument, NULL, 's'},
		{"lossless", no_argument, NULL, 'l'},
		{"control", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option, err = 0;

	while (!err && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			err = main_rate(optarg, &sim->bitrate);
			break;
		case 'd':
			err = main_rate(optarg, &sim->dbitrate);
			break;
		case 's':
			err = main_speed(sim, optarg);
			break;
		case 'l':
			sim->lossless = true;
			break;
		case 'c':
			*control = optarg;
			break;
		case 'h':
			main_usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (!err && optind == argc) {
		main_usage(stderr);
		return 2;
	}
	return err ? 2 : -1;
}

/* Everything between the first adapter and the last; returns the exit status. */
static int main_simulate(struct sim *sim, int count, char **adapters, const char *control_path)
{
	struct sim_control *control = NULL;
	struct main_signals signals = {0};
	struct sim_why why;
	int err = 0;

	for (int i = 0; !err && i < count; i++)
		err = sim_add_adapter(sim, adapters[i], &why);
	if (!err && control_path)
		err = sim_control_open(sim, control_path, &control, &why);
	if (!err && main_catch_signals(sim, &signals))
		err = sim_why(&why, -errno, "signals: %s", strerror(errno));
	if (err) {
		fprintf(stderr, "anycan-sim: %s\n", why.text);
		goto out;
	}
	puts("ready");
	fflush(stdout);
	err = sim_run(sim);
	if (err)
		fprintf(stderr, "anycan-sim: %s\n", strerror(-err));
out:
	sim_control_close(control);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sim *sim;
	const char *control = NULL;
	int status;

	if (argc > 1 && !strcmp(argv[1], "ctl"))
		return sim_ctl(argc - 2, argv + 2);
	sim = calloc(1, sizeof(*sim));
	if (!sim || sim_init(sim)) {
		fprintf(stderr, "anycan-sim: %s\n", strerror(errno));
		return 1;
	}
	sim->bitrate = 500000;
	sim->dbitrate = 2000000;
	/* Frames last some tens of microseconds; the kernel's usual slack is of that size. */
	prctl(PR_SET_TIMERSLACK, 1000);
	status = main_options(sim, argc, argv, &control);
	if (status < 0)
		status = main_simulate(sim, argc - optind, argv + optind, control);
	sim_exit(sim);
	free(sim);
	return status;
}
