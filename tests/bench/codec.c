// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What a driver costs by itself: nanoseconds to decode and to encode a frame, the best of many
 * rounds on one core. Goal: 40 to decode, 20 to encode.
 */
#include <driver.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 200
#define FRAMES 2000
#define SINK 64

struct bench {
	const struct bridged_driver *driver;
	void *state;
	void *options;
	struct anycan_frame frames[SINK];
	struct bridged_event events[64];
	uint8_t out[65536];
	struct bridged_io io;
};

struct traffic {
	const char *name;
	struct anycan_frame frame;
};

static const struct traffic traffic[] = {
	{"11 bit, 8 bytes", {.can_id = 0x123, .len = 8, .data = {1, 2, 3, 4, 5, 6, 7, 8}}},
	{"11 bit, 0 bytes", {.can_id = 0x123}},
	{"29 bit, 8 bytes", {.can_id = 0x12345678 | CAN_EFF_FLAG, .len = 8}},
	{"FD, 64 bytes", {.can_id = 0x123, .len = 64, .flags = CANFD_FDF | CANFD_BRS}},
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Sinks are emptied, the driver's own time goes on. */
static void begin(struct bench *bench)
{
	struct anycan_mono now = bench->io.now;
	int64_t wall_ns = bench->io.wall_ns;

	bench->io = (struct bridged_io){
		.now = now,
		.wall_ns = wall_ns,
		.frames = bench->frames,
		.max_frames = SINK,
		.events = bench->events,
		.max_events = 64,
		.out = bench->out,
		.out_max = sizeof(bench->out),
	};
}

static void set(struct bench *bench, struct bridged_settings *settings, const char *key,
		const char *value)
{
	const struct bridged_option *option = bridged_option_find(bench->driver->options, key);
	char reason[256] = "no such key";
	int ret;

	if (option)
		ret = bridged_option_set(option, value, bench->options, reason, sizeof(reason));
	else
		ret = bridged_settings_set(settings, key, value, reason, sizeof(reason));
	if (ret) {
		fprintf(stderr, "codec: %s %s: %s\n", key, value, reason);
		exit(1);
	}
}

static bool tick_until(struct bench *bench, enum bridged_event_type type)
{
	unsigned int i;

	for (;;) {
		for (i = 0; i < bench->io.n_events; i++)
			if (bench->io.events[i].type == type)
				return true;
		begin(bench);
		bench->io.now.ns += 100 * ANYCAN_NS_PER_MS;
		if (bench->io.now.ns > 60 * ANYCAN_NS_PER_S)
			return false;
		bench->driver->tick(bench->state, &bench->io);
	}
}

static void free_bench(struct bench *bench)
{
	free(bench->state);
	free(bench->options);
	free(bench);
}

/*
 * Without a bit rate a driver has no reason to hold frames back. NULL if it waits for a device's
 * answers, which nobody gives here.
 */
static struct bench *open_driver(const struct bridged_driver *driver)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct bridged_settings settings[BRIDGED_CHANNELS_MAX];
	const char *reason;

	memset(settings, 0, sizeof(settings));
	bench->driver = driver;
	bench->state = calloc(1, driver->state_size);
	bench->options = calloc(1, driver->options_size + 1);
	bench->io.now.ns = ANYCAN_NS_PER_S;
	bench->io.wall_ns = INT64_C(1700000000000000000);
	if (driver->options)
		bridged_option_defaults(driver->options, bench->options);
	if (!strcmp(driver->name, "slcan")) {
		set(bench, settings, "dialect", "canable2");
		set(bench, settings, "fd", "on");
		set(bench, settings, "dbitrate", "2000000");
		for (unsigned int i = 1; i < BRIDGED_CHANNELS_MAX; i++)
			settings[i] = settings[0];
	}
	if (driver->init(bench->state, settings, bench->options, &reason)) {
		fprintf(stderr, "codec: %s: %s\n", driver->name, reason);
		exit(1);
	}
	begin(bench);
	driver->attach(bench->state, &bench->io);
	if (!tick_until(bench, BRIDGED_READY))
		goto err_no_device;
	begin(bench);
	driver->start(bench->state, 0, settings, &bench->io);
	if (tick_until(bench, BRIDGED_OPENED))
		return bench;

err_no_device:
	free_bench(bench);
	return NULL;
}

/* Return: bytes of FRAMES frames, in @wire; 0 = the driver cannot send such frames */
static size_t encode(struct bench *bench, const struct anycan_frame *frame, uint8_t *wire,
		     int64_t *spent)
{
	size_t len = 0;
	unsigned int i;

	*spent = 0;
	for (i = 0; i < FRAMES; i++) {
		if (i % SINK == 0) {
			begin(bench);
			*spent -= now_ns();
		}
		if (bench->driver->encode(bench->state, frame, i, &bench->io) < 0)
			return 0;
		if (i % SINK == SINK - 1 || i == FRAMES - 1) {
			*spent += now_ns();
			memcpy(wire + len, bench->io.out, bench->io.out_len);
			len += bench->io.out_len;
		}
	}
	return len;
}

/* Return: nanoseconds for @len bytes that are FRAMES frames */
static int64_t decode(struct bench *bench, const uint8_t *wire, size_t len)
{
	unsigned int frames = 0;
	int64_t spent = 0;
	size_t at = 0, used;

	while (at < len) {
		begin(bench);
		spent -= now_ns();
		used = bench->driver->decode(bench->state, wire + at, len - at, &bench->io);
		spent += now_ns();
		at += used;
		frames += bench->io.n_frames;
		if (!used)
			break;
	}
	if (frames != FRAMES) {
		fprintf(stderr, "codec: %u of %u frames came back\n", frames, FRAMES);
		exit(1);
	}
	return spent;
}

static void measure(struct bench *bench, const struct traffic *t)
{
	uint8_t *wire = malloc(FRAMES * 200);
	int64_t best_encode = INT64_MAX, best_decode = INT64_MAX, spent;
	unsigned int round;
	size_t len = 0;

	for (round = 0; round < ROUNDS; round++) {
		len = encode(bench, &t->frame, wire, &spent);
		if (!len)
			break;
		if (spent < best_encode)
			best_encode = spent;
		spent = decode(bench, wire, len);
		if (spent < best_decode)
			best_decode = spent;
	}
	if (len)
		printf("%-10s %-16s decode %5.1f ns  encode %5.1f ns\n", bench->driver->name,
		       t->name, (double)best_decode / FRAMES, (double)best_encode / FRAMES);
	free(wire);
}

int main(void)
{
	struct bench *bench;
	unsigned int i, k;

	for (i = 0; bridged_drivers[i]; i++) {
		bench = open_driver(bridged_drivers[i]);
		if (!bench) {
			printf("%s: needs a device to open\n", bridged_drivers[i]->name);
			continue;
		}
		for (k = 0; k < sizeof(traffic) / sizeof(traffic[0]); k++)
			measure(bench, &traffic[k]);
		free_bench(bench);
	}
	return 0;
}
