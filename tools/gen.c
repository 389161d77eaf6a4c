// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan gen: made-up and periodic traffic for tests.
 */
#include "gen.h"
#include "args.h"
#include "cyclic.h"
#include "pace.h"
#include "sending.h"
#include "stop.h"
#include "tools.h"

#include <anycan/controller.h>
#include <anycan/text.h>
#include <anycan/wire.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 64

static const char program[] = "anycan gen";

struct generator {
	struct gen_args args;
	struct buses buses;
	struct anycan_bus *bus;
	const char *name;
	struct pace pace;
	struct cyclic cyclic;
	struct gen_frames frames;
	struct anycan_frame batch[BATCH];
	unsigned int n_batch;
	uint32_t bitrate, dbitrate; /* for the load */
	uint64_t sent, refused;
	double wire_ns; /* how long the frames take on the wire */
	int64_t begun_ns, end_ns, due_ns, now_ns;
	struct anycan_error error;
};

static int complain(const struct generator *g, int status)
{
	fprintf(stderr, "%s: %s\n", program, g->error.text);
	return status;
}

/* ---- Sending */

static void print_frames(const struct generator *g, unsigned int n)
{
	char text[ANYCAN_TEXT_SIZE];

	for (unsigned int i = 0; i < n && g->args.verbose; i++) {
		anycan_frame_print(&g->batch[i], text, sizeof(text));
		printf("  %s  %s\n", g->name, text);
	}
}

/* Without waiting: what finds no room is not sent. Return: 0 or a negative errno. */
static int send_or_drop(struct generator *g)
{
	int n = anycan_bus_send_many(g->bus, g->batch, g->n_batch, 0, &g->error);

	if (n < 0 && n != -ENOBUFS)
		return n;
	n = n > 0 ? n : 0;
	g->sent += (unsigned int)n;
	g->refused += g->n_batch - (unsigned int)n;
	print_frames(g, (unsigned int)n);
	return 0;
}

static int flush(struct generator *g)
{
	struct pace_batch batch = {g->bus, g->name, g->batch, g->n_batch, 0};
	int ret = 0;

	if (g->args.drop && g->n_batch) {
		ret = send_or_drop(g);
	} else if (g->n_batch) {
		ret = pace_send(&g->pace, &batch, &g->error);
		g->sent += batch.sent;
		print_frames(g, batch.sent);
	}
	g->n_batch = 0;
	return ret;
}

/* Return: 0, or -EINTR if that is to end, or another negative errno. */
static int wait_until_due(struct generator *g)
{
	int ret;

	if (g->due_ns <= g->now_ns && g->n_batch < BATCH)
		return 0;
	ret = flush(g);
	g->now_ns = pace_now();
	if (ret)
		return ret;
	if (g->due_ns >= g->end_ns || g->now_ns >= g->end_ns)
		return -ETIME;
	if (g->due_ns <= g->now_ns)
		return stop_requested() ? -EINTR : 0;
	if (fflush(stdout))
		return anycan_error_set(&g->error, ANYCAN_ERROR_OPERATION, -errno,
					"standard output: %s", strerror(errno));
	ret = pace_wait_until(&g->pace, g->due_ns);
	g->now_ns = pace_now();
	return ret;
}

/* When the frame behind this one is due. */
static void plan_next(struct generator *g, const struct anycan_frame *frame)
{
	uint64_t wire_ns = 0;

	if (g->bitrate)
		wire_ns = anycan_wire_time_ns(anycan_frame_bits(frame, ANYCAN_STUFF_EXACT),
					      g->bitrate, g->dbitrate);
	g->wire_ns += (double)wire_ns;
	if (g->args.load > 0)
		g->due_ns = g->begun_ns + (int64_t)(g->wire_ns / g->args.load);
	else if (g->frames.n % g->args.burst == 0)
		g->due_ns += g->args.gap_ns;
}

static int generate(struct generator *g)
{
	int ret = 0;

	while (!ret && g->frames.n < g->args.count) {
		ret = wait_until_due(g);
		if (ret)
			break;
		gen_next(&g->frames, &g->batch[g->n_batch]);
		plan_next(g, &g->batch[g->n_batch++]);
	}
	if (!ret)
		ret = flush(g);
	return ret == -ETIME ? 0 : ret;
}

/* ---- Both kinds of traffic */

static int start_periodic(struct generator *g)
{
	int ret = 0;

	for (unsigned int i = 0; i < g->args.n_periodic && !ret; i++) {
		const struct gen_periodic *periodic = &g->args.periodic[i];
		/* Made-up frames are what -n counts, if there are any. */
		bool counts = !g->args.made_up && g->args.count != GEN_FOREVER;

		ret = cyclic_add(&g->cyclic, g->bus, &periodic->frame, periodic->period_ns,
				 counts ? g->args.count : 0, &g->error);
	}
	return ret;
}

static int make_traffic(struct generator *g)
{
	int ret = start_periodic(g);

	if (!ret && g->args.made_up)
		ret = generate(g);
	else if (!ret)
		ret = cyclic_wait(&g->cyclic, g->pace.stop_fd, g->args.duration_ns, &g->error);
	cyclic_end(&g->cyclic);
	return ret;
}

static void print_summary(struct generator *g)
{
	int64_t now_ns = pace_now();
	double seconds = (double)(now_ns - g->begun_ns) / 1e9;
	/* The last frame of a load still has its time on the wire. */
	double end_ns = (double)(g->args.load > 0 && g->due_ns > now_ns ? g->due_ns : now_ns);
	double share = g->wire_ns / (end_ns - (double)g->begun_ns);
	unsigned int missed = atomic_load(&g->cyclic.missed);

	if (g->args.made_up) {
		fprintf(stderr, "%s: %" PRIu64 " frames sent in %.3f s, %.0f frames/s", g->name,
			g->sent, seconds, (double)g->sent / seconds);
		/* Queues take more than the bus carries meanwhile. */
		if (g->bitrate && share <= 1)
			fprintf(stderr, ", load %.1f %%", share * 100);
		fputc('\n', stderr);
	}
	if (g->pace.blocked)
		fprintf(stderr, "waited for room %" PRIu64 " times, %.3f s in all\n",
			g->pace.blocked, (double)g->pace.blocked_ns / 1e9);
	if (g->refused)
		fprintf(stderr, "%" PRIu64 " frames found no room and were not sent (-i)\n",
			g->refused);
	if (missed)
		fprintf(stderr, "%u periodic frames found no room and were not sent\n", missed);
	if (g->cyclic.by_kernel)
		fprintf(stderr, "periodic frames were sent by the kernel, which tells no numbers "
				"(`ip -s link` does)\n");
}

/* ---- Beginning */

/* The bit rates that the load is reckoned with. Return: 0 or a negative errno. */
static int find_rates(struct generator *g)
{
	if (g->args.bitrate) {
		g->bitrate = g->args.bitrate;
		g->dbitrate = g->args.dbitrate;
		return 0;
	}
	sending_rates(g->bus, &g->bitrate, &g->dbitrate);
	if (g->bitrate || !(g->args.load > 0))
		return 0;
	return anycan_error_set(&g->error, ANYCAN_ERROR_VALUE, -EINVAL,
				"%s tells no bit rate for --load; write it behind: --load "
				"%.0f%%@500000",
				g->name, g->args.load * 100);
}

static int open_bus(struct generator *g)
{
	int ret;

	bus_args_send_only(&g->args.bus);
	ret = buses_open(&g->buses, &g->args.bus, &g->error);
	if (ret)
		return status_of(ret);
	g->bus = g->buses.list[0];
	g->name = g->buses.names[0];
	if (g->buses.n > 1 || !strcmp(g->name, "any")) {
		anycan_error_set(&g->error, ANYCAN_ERROR_VALUE, -EINVAL,
				 "frames go to one bus; name it");
		return STATUS_USAGE;
	}
	ret = sending_check_state(g->bus, g->name, &g->error);
	if (ret)
		return ret;
	return find_rates(g) ? STATUS_USAGE : STATUS_OK;
}

static int begin(struct generator *g)
{
	int ret = open_bus(g);

	if (ret)
		return ret;
	ret = pace_open(&g->pace, program);
	if (!ret) {
		g->pace.stop_fd = stop_open();
		ret = g->pace.stop_fd < 0 ? g->pace.stop_fd : 0;
	}
	if (ret) {
		anycan_error_set(&g->error, ANYCAN_ERROR_OPERATION, ret, "%s", strerror(-ret));
		return STATUS_FAILED;
	}
	g->pace.room_ns = g->args.room_ns;
	g->args.rules.mix_fd = sending_has_fd(g->bus);
	g->frames = (struct gen_frames){.rules = &g->args.rules, .random = g->args.seed};
	g->begun_ns = g->now_ns = g->due_ns = pace_now();
	g->end_ns = g->args.duration_ns < 0 ? INT64_MAX : g->begun_ns + g->args.duration_ns;
	return STATUS_OK;
}

static int run(struct generator *g)
{
	int status = begin(g), ret;

	if (status)
		return complain(g, status);
	ret = make_traffic(g);
	print_summary(g);
	if (!ret || ret == -EINTR)
		return STATUS_OK;
	return complain(g, sending_status(g->bus, g->name, &g->error));
}

int tool_gen(int argc, char **argv)
{
	struct generator *g = calloc(1, sizeof(*g));
	int status;

	if (!g)
		return STATUS_FAILED;
	g->pace.timer_fd = -1;
	g->buses.stop_fd = -1;
	status = gen_args_parse(&g->args, argc, argv);
	if (status < 0)
		status = run(g);
	pace_close(&g->pace);
	buses_close(&g->buses);
	bus_args_clear(&g->args.bus);
	free(g);
	return status;
}
