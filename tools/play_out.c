// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Where the frames of a log go: to the buses of the command line or, without any, to those that
 * are called as the log's channels. Frames for one bus that are due together are sent together.
 */
#include "play.h"
#include "sending.h"

#include <anycan/text.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 64

struct destination {
	char *name;	    /* NULL: that of the bus that -i and -c name */
	struct buses buses; /* of one bus; none: standard output */
	uint64_t sent;
};

/* Which channel of the log goes where. */
struct lane {
	uint16_t channel;
	unsigned int n;
	uint8_t to[PLAY_ROUTES_MAX];
};

struct play_out {
	const struct play_args *args;
	struct canlog_channels *channels;
	struct pace *pace;
	struct destination destinations[PLAY_ROUTES_MAX];
	unsigned int n_destinations;
	struct lane *lanes;
	unsigned int n_lanes, last_lane;

	struct anycan_frame batch[BATCH];
	int64_t due_ns[BATCH];
	unsigned int n_batch, to; /* frames that wait, all for one destination */

	int decimals; /* of lines on standard output */
	struct lateness lateness;
	uint64_t unmapped, unsent;
};

/* ---- Opening */

static bool is_stdout(const struct destination *to)
{
	return !to->buses.n;
}

static const char *name_of(const struct destination *to)
{
	if (to->name)
		return to->name;
	return is_stdout(to) ? "stdout" : to->buses.names[0];
}

/* The bus @target alone, with the options of all. */
static struct bus_args args_for(const struct bus_args *from, const char *target)
{
	struct bus_args args = *from;

	args.n_targets = 0;
	if (target)
		bus_args_target(&args, target);
	bus_args_send_only(&args);
	return args;
}

/* Return: the number of a new destination, or a negative errno. */
static int add_destination(struct play_out *out, const char *name, struct anycan_error *error)
{
	struct destination *to = &out->destinations[out->n_destinations];
	struct bus_args args;
	int ret = 0;

	if (out->n_destinations == PLAY_ROUTES_MAX)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"more than %d channels; map those that count with DST=SRC",
					PLAY_ROUTES_MAX);
	*to = (struct destination){.name = name ? strdup(name) : NULL, .buses.stop_fd = -1};
	if (name && !to->name)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, -ENOMEM, "no memory");
	if (name && !strcmp(name, "stdout"))
		return (int)out->n_destinations++;
	args = args_for(&out->args->bus, name);
	ret = buses_open(&to->buses, &args, error);
	if (!ret && out->args->error_frames)
		ret = sending_check_errors(to->buses.list[0], name_of(to), error);
	if (ret) {
		buses_close(&to->buses);
		free(to->name);
		to->name = NULL;
		return ret;
	}
	return (int)out->n_destinations++;
}

static int find_destination(struct play_out *out, const char *name, struct anycan_error *error)
{
	for (unsigned int i = 0; i < out->n_destinations; i++) {
		const char *other = out->destinations[i].name;

		if (name && other ? !strcmp(name, other) : name == other)
			return (int)i;
	}
	return add_destination(out, name, error);
}

int play_out_new(struct play_out **result, const struct play_args *args,
		 struct canlog_channels *channels, struct pace *pace, struct anycan_error *error)
{
	struct play_out *out = calloc(1, sizeof(*out));
	int ret = 0;

	if (!out)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, -ENOMEM, "no memory");
	out->args = args;
	out->channels = channels;
	out->pace = pace;
	out->decimals = 6;
	for (unsigned int i = 0; i < args->n_routes && ret >= 0; i++)
		ret = find_destination(out, args->routes[i].dst, error);
	if (ret < 0) {
		play_out_free(out);
		return ret;
	}
	*result = out;
	return 0;
}

void play_out_free(struct play_out *out)
{
	if (!out)
		return;
	for (unsigned int i = 0; i < out->n_destinations; i++) {
		buses_close(&out->destinations[i].buses);
		free(out->destinations[i].name);
	}
	free(out->lanes);
	free(out);
}

/* ---- From channels to destinations */

/* A channel without a name is called as candump's logs call it. */
static void channel_name(const struct play_out *out, uint16_t channel, char *name, size_t size)
{
	const char *given = channel == ANYCAN_CHANNEL_NONE
				    ? NULL
				    : canlog_channels_name(out->channels, channel);

	if (given)
		snprintf(name, size, "%s", given);
	else
		snprintf(name, size, "can%u", channel == ANYCAN_CHANNEL_NONE ? 0U : channel);
}

static int fill_by_name(struct play_out *out, struct lane *lane, const char *name,
			struct anycan_error *error)
{
	int ret = add_destination(out, name, error);

	if (ret < 0) {
		size_t used = strlen(error->text);

		snprintf(error->text + used, sizeof(error->text) - used,
			 "; '%s' is a channel of the log: name a bus for all of it, or map it with "
			 "BUS=%s",
			 name, name);
		return ret;
	}
	lane->to[lane->n++] = (uint8_t)ret;
	return 0;
}

static int fill_lane(struct play_out *out, struct lane *lane, struct anycan_error *error)
{
	const struct play_args *args = out->args;
	char name[64];
	int ret;

	channel_name(out, lane->channel, name, sizeof(name));
	if (!args->n_routes)
		return fill_by_name(out, lane, name, error);
	for (unsigned int i = 0; i < args->n_routes; i++) {
		if (args->routes[i].src && strcmp(args->routes[i].src, name))
			continue;
		ret = find_destination(out, args->routes[i].dst, error);
		if (ret < 0)
			return ret;
		lane->to[lane->n++] = (uint8_t)ret;
	}
	return 0;
}

static const struct lane *find_lane(struct play_out *out, uint16_t channel,
				    struct anycan_error *error)
{
	struct lane *more;

	if (out->n_lanes && out->lanes[out->last_lane].channel == channel)
		return &out->lanes[out->last_lane];
	for (unsigned int i = 0; i < out->n_lanes; i++) {
		if (out->lanes[i].channel != channel)
			continue;
		out->last_lane = i;
		return &out->lanes[i];
	}
	more = realloc(out->lanes, (out->n_lanes + 1) * sizeof(*more));
	if (!more) {
		anycan_error_set(error, ANYCAN_ERROR_OPERATION, -ENOMEM, "no memory");
		return NULL;
	}
	out->lanes = more;
	more[out->n_lanes] = (struct lane){.channel = channel};
	if (fill_lane(out, &more[out->n_lanes], error))
		return NULL;
	out->last_lane = out->n_lanes++;
	return &out->lanes[out->last_lane];
}

/* ---- Sending */

/* A line as the log has it. */
static void print_line(struct play_out *out, const struct anycan_frame *frame, const char *name)
{
	char text[ANYCAN_TEXT_SIZE];

	if (anycan_frame_print(frame, text, sizeof(text)) < 0)
		return;
	if (frame->ts_ns % 1000)
		out->decimals = 9;
	printf("(%" PRId64 ".%0*" PRId64 ") %s %s\n", frame->ts_ns / ANYCAN_NS_PER_S, out->decimals,
	       frame->ts_ns % ANYCAN_NS_PER_S / (out->decimals == 9 ? 1 : ANYCAN_NS_PER_US), name,
	       text);
}

static void print_batch(struct play_out *out, const struct destination *to)
{
	for (unsigned int i = 0; i < out->n_batch; i++) {
		char name[64];

		channel_name(out, out->batch[i].channel, name, sizeof(name));
		print_line(out, &out->batch[i], is_stdout(to) ? name : name_of(to));
	}
}

int play_out_flush(struct play_out *out, struct anycan_error *error)
{
	struct destination *to = &out->destinations[out->to];
	struct pace_batch batch = {.frames = out->batch, .n = out->n_batch};
	int64_t at_ns;
	int ret = 0;

	if (!out->n_batch)
		return 0;
	if (is_stdout(to)) {
		batch.sent = batch.n;
	} else {
		batch.bus = to->buses.list[0];
		batch.name = name_of(to);
		ret = pace_send(out->pace, &batch, error);
	}
	at_ns = pace_now();
	for (unsigned int i = 0; i < batch.sent; i++)
		lateness_add(&out->lateness, at_ns - out->due_ns[i]);
	to->sent += batch.sent;
	out->unsent += batch.n - batch.sent;
	out->n_batch = batch.sent;
	if (is_stdout(to) || (out->args->verbose && !out->args->python))
		print_batch(out, to);
	out->n_batch = 0;
	return ret;
}

int play_out_reach(struct play_out *out, uint16_t channel, struct anycan_error *error)
{
	const struct lane *lane = find_lane(out, channel, error);

	if (!lane)
		return error->code;
	out->unmapped += !lane->n;
	return (int)lane->n;
}

int play_out_put(struct play_out *out, const struct anycan_frame *frame, int64_t due_ns,
		 struct anycan_error *error)
{
	const struct lane *lane = find_lane(out, frame->channel, error);
	int ret;

	if (!lane)
		return error->code;
	for (unsigned int i = 0; i < lane->n; i++) {
		if (out->n_batch == BATCH || (out->n_batch && out->to != lane->to[i])) {
			ret = play_out_flush(out, error);
			if (ret) {
				out->unsent += lane->n - i;
				return ret;
			}
		}
		out->to = lane->to[i];
		out->due_ns[out->n_batch] = due_ns;
		out->batch[out->n_batch++] = *frame;
	}
	return (int)lane->n;
}

/* ---- Telling */

uint64_t play_out_sent(const struct play_out *out)
{
	uint64_t sent = 0;

	for (unsigned int i = 0; i < out->n_destinations; i++)
		sent += out->destinations[i].sent;
	return sent;
}

const struct lateness *play_out_lateness(const struct play_out *out)
{
	return &out->lateness;
}

static bool has_channel(const struct play_out *out, const char *wanted)
{
	char name[64];

	for (unsigned int i = 0; i < out->n_lanes; i++) {
		channel_name(out, out->lanes[i].channel, name, sizeof(name));
		if (!strcmp(name, wanted))
			return true;
	}
	return false;
}

/* A mapping that met no frame is likely to be a slip. */
static void print_unused(const struct play_out *out, FILE *to)
{
	const struct play_args *args = out->args;

	for (unsigned int i = 0; i < args->n_routes; i++)
		if (args->routes[i].src && !has_channel(out, args->routes[i].src))
			fprintf(to, "%s=%s: no frame was of channel %s\n", args->routes[i].dst,
				args->routes[i].src, args->routes[i].src);
}

void play_out_print(const struct play_out *out, FILE *to)
{
	char name[64];

	for (unsigned int i = 0; i < out->n_destinations; i++)
		fprintf(to, "%s: %" PRIu64 " frames\n", name_of(&out->destinations[i]),
			out->destinations[i].sent);
	if (out->pace->blocked)
		fprintf(to, "waited for room %" PRIu64 " times, %.3f s in all\n",
			out->pace->blocked, (double)out->pace->blocked_ns / 1e9);
	if (out->unsent)
		fprintf(to, "%" PRIu64 " frames were due and were not sent\n", out->unsent);
	if (out->unmapped) {
		fprintf(to, "%" PRIu64 " frames of channels that no DST=SRC names:", out->unmapped);
		for (unsigned int i = 0; i < out->n_lanes; i++) {
			channel_name(out, out->lanes[i].channel, name, sizeof(name));
			if (!out->lanes[i].n)
				fprintf(to, " %s", name);
		}
		fputc('\n', to);
	}
	print_unused(out, to);
}
