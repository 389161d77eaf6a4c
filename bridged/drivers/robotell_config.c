// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Robotell USB-CAN: what the adapter stores and tells of itself, question by question. Sources:
 * see robotell_codec.h.
 */
#include "filter.h"
#include "robotell.h"

#include <anycan/bytes.h>
#include <anycan/hex.h>
#include <string.h>

/* How often a first question is asked until the adapter counts as mute. */
#define ROBOTELL_TRIES 2

static const char robotell_filter_help[] = "filter must be a list of N=ID:MASK or N=off with N "
					   "from 1 to 14, and ID and MASK in hex, 3 "
					   "or 8 digits, as in 1=123:7FF,2=18FF0000:1FFF0000,3=off";

/* ---- What is wanted */

/* Return: whether @text begins with the number of a filter and `=`, which are passed over. */
static bool robotell_filter_number(const char **text, unsigned int *number)
{
	unsigned int digits = 0;

	for (*number = 0; **text >= '0' && **text <= '9' && digits < 2; digits++, (*text)++)
		*number = *number * 10 + (unsigned int)(**text - '0');
	if (!*number || *number > ROBOTELL_FILTERS || **text != '=')
		return false;
	(*text)++;
	return true;
}

static bool robotell_filter_parse(const char **text, struct robotell_job *job)
{
	/* What the maker stores where a filter is not used: nothing passes, and it is disabled. */
	struct filter filter = {CAN_EFF_MASK | CAN_EFF_FLAG, CAN_EFF_MASK};
	unsigned int number;
	bool off;
	uint32_t id;

	if (!robotell_filter_number(text, &number))
		return false;
	off = !strncmp(*text, "off", 3);
	if (off)
		*text += 3;
	else if (!filter_parse(&filter, text))
		return false;
	id = filter.id & CAN_EFF_MASK;
	if (filter.id & CAN_EFF_FLAG)
		id |= ROBOTELL_FILTER_EXTENDED;
	if (!off)
		id |= ROBOTELL_FILTER_ENABLE;
	*job = (struct robotell_job){.id = ROBOTELL_FILTER + number - 1, .len = 8};
	job->work = ROBOTELL_SET;
	anycan_put_le32(job->value, id);
	anycan_put_le32(&job->value[4], filter.mask);
	return true;
}

/* A list of filters. Return: how many, 0 if it is none or too long */
static unsigned int robotell_filters_parse(const char *text, struct robotell_job *jobs)
{
	unsigned int n = 0;

	while (n < ROBOTELL_FILTERS && robotell_filter_parse(&text, &jobs[n])) {
		n++;
		if (!*text)
			return n;
		if (*text++ != ',')
			break;
	}
	return 0;
}

const char *robotell_config_parse(struct robotell *st)
{
	st->n_filters = 0;
	if (!st->options.filter)
		return NULL;
	st->n_filters = robotell_filters_parse(st->options.filter, st->filters);
	return st->n_filters ? NULL : robotell_filter_help;
}

/* ---- The queue of jobs */

static struct robotell_job *robotell_job(struct robotell *st)
{
	return &st->jobs[st->first];
}

/* The queue is long enough for all that is ever put into it at a time. */
static void robotell_add(struct robotell *st, const struct robotell_job *job)
{
	if (st->count < ROBOTELL_JOBS)
		st->jobs[(st->first + st->count++) % ROBOTELL_JOBS] = *job;
}

static void robotell_add_number(struct robotell *st, uint32_t id, uint8_t len, uint32_t number)
{
	struct robotell_job job = {.id = id, .len = len, .work = ROBOTELL_SET};

	anycan_put_le32(job.value, number);
	robotell_add(st, &job);
}

static void robotell_add_read(struct robotell *st, uint32_t id, uint8_t len)
{
	struct robotell_job job = {.id = id, .len = len, .work = ROBOTELL_READ};

	robotell_add(st, &job);
}

static void robotell_send(const struct robotell_job *job, bool read, struct bridged_io *io)
{
	struct robotell_packet packet = {
		.id = job->id,
		.len = job->len,
		.channel = ROBOTELL_CONFIG_CHANNEL,
		.format = 1,
		.type = read,
	};

	if (!read)
		memcpy(packet.data, job->value, sizeof(packet.data));
	if (io->out_max - io->out_len >= ROBOTELL_PACKET_MAX)
		io->out_len += robotell_packet_put(&packet, io->out + io->out_len);
}

static void robotell_wait_for(struct robotell *st, enum robotell_wait wait, struct bridged_io *io)
{
	st->wait = wait;
	st->deadline = anycan_mono_after(io->now, ROBOTELL_ANSWER_NS);
}

static void robotell_write(struct robotell *st, struct bridged_io *io)
{
	robotell_send(robotell_job(st), false, io);
	robotell_wait_for(st, ROBOTELL_WRITTEN, io);
}

/* The first job is over. */
static void robotell_end_job(struct robotell *st, struct bridged_io *io)
{
	if (robotell_job(st)->last)
		bridged_io_event(io, BRIDGED_SET_DONE, 0);
	st->first = (st->first + 1) % ROBOTELL_JOBS;
	st->count--;
}

/* Let the first job begin; those that wait for nothing end at once. */
static void robotell_run(struct robotell *st, struct bridged_io *io)
{
	st->wait = ROBOTELL_NOTHING;
	st->tries = 0;
	while (st->count) {
		const struct robotell_job *job = robotell_job(st);

		if (!st->mute && job->work == ROBOTELL_COMMAND) {
			robotell_write(st, io);
			return;
		}
		if (!st->mute) {
			robotell_send(job, true, io);
			robotell_wait_for(st, ROBOTELL_ASKED, io);
			return;
		}
		if (job->work != ROBOTELL_READ)
			robotell_send(job, false, io);
		if (job->id == ROBOTELL_BITRATE && job->work == ROBOTELL_SET)
			st->bitrate = anycan_get_le32(job->value);
		robotell_end_job(st, io);
	}
	robotell_settled(st, NULL, io);
}

static void robotell_done(struct robotell *st, struct bridged_io *io)
{
	robotell_end_job(st, io);
	robotell_run(st, io);
}

void robotell_config_forget(struct robotell *st)
{
	st->first = st->count = st->tries = 0;
	st->wait = ROBOTELL_NOTHING;
}

void robotell_config_probe(struct robotell *st, struct bridged_io *io)
{
	const struct robotell_job reset = {
		.id = ROBOTELL_RESET, .len = 8, .work = ROBOTELL_COMMAND};

	robotell_add(st, &reset);
	robotell_add_read(st, ROBOTELL_NUMBER_1, 8);
	robotell_add_read(st, ROBOTELL_NUMBER_2, 8);
	robotell_add_read(st, ROBOTELL_VERSION, 8);
	robotell_add_read(st, ROBOTELL_BITRATE, 4);
	robotell_run(st, io);
}

/* What an opening that was given up has left, but for the question that is under way. */
static void robotell_trim(struct robotell *st)
{
	unsigned int keep = st->wait == ROBOTELL_NOTHING ? 0 : 1;

	for (unsigned int i = 0; i < st->count; i++)
		if (st->jobs[(st->first + i) % ROBOTELL_JOBS].last)
			keep = i + 1;
	st->count = keep;
}

void robotell_config_open(struct robotell *st, struct bridged_io *io)
{
	bool idle = !st->count;

	robotell_trim(st);
	if (st->options.auto_retransmit)
		robotell_add_number(st, ROBOTELL_AUTO_RETRANSMIT, 1,
				    st->options.auto_retransmit == ROBOTELL_ON);
	if (st->options.auto_bus)
		robotell_add_number(st, ROBOTELL_AUTO_BUS, 1, st->options.auto_bus == ROBOTELL_ON);
	for (unsigned int i = 0; i < st->n_filters; i++)
		robotell_add(st, &st->filters[i]);
	if (st->wanted)
		robotell_add_number(st, ROBOTELL_BITRATE, 4, st->wanted);
	if (idle)
		robotell_run(st, io);
}

/* ---- Changes while it runs */

/* What the adapter was told of the bus is told again, for it has forgotten that. */
static void robotell_add_factory(struct robotell *st)
{
	const struct robotell_job reset = {
		.id = ROBOTELL_FACTORY, .len = 4, .work = ROBOTELL_COMMAND};

	robotell_add(st, &reset);
	if (st->wanted && st->phase > ROBOTELL_CLOSED)
		robotell_add_number(st, ROBOTELL_BITRATE, 4, st->wanted);
	else
		robotell_add_read(st, ROBOTELL_BITRATE, 4);
}

static bool robotell_add_filters(struct robotell *st, const char *text)
{
	struct robotell_job jobs[ROBOTELL_FILTERS];
	unsigned int n = robotell_filters_parse(text, jobs), i;

	for (i = 0; i < n; i++)
		robotell_add(st, &jobs[i]);
	return n > 0;
}

/* Return: NULL, or what is wrong */
static const char *robotell_add_change(struct robotell *st, enum robotell_live_key key,
				       const struct robotell_live *values)
{
	switch (key) {
	case ROBOTELL_LIVE_AUTO_BUS:
		robotell_add_number(st, ROBOTELL_AUTO_BUS, 1, values->auto_bus);
		break;
	case ROBOTELL_LIVE_AUTO_RETRANSMIT:
		robotell_add_number(st, ROBOTELL_AUTO_RETRANSMIT, 1, values->auto_retransmit);
		break;
	case ROBOTELL_LIVE_FACTORY:
		robotell_add_factory(st);
		break;
	case ROBOTELL_LIVE_FILTER:
		return robotell_add_filters(st, values->filter) ? NULL : robotell_filter_help;
	case ROBOTELL_LIVE_SERIAL_RATE:
		robotell_add_number(st, ROBOTELL_SERIAL_RATE, 4, values->serial_rate);
		break;
	}
	return NULL;
}

/* Return: whether somebody waited for what set() was to do */
static bool robotell_nobody_waits(struct robotell *st)
{
	bool waited = false;

	for (unsigned int i = 0; i < st->count; i++) {
		struct robotell_job *job = &st->jobs[(st->first + i) % ROBOTELL_JOBS];

		waited |= job->last;
		job->last = false;
	}
	return waited;
}

void robotell_config_set(struct robotell *st, enum robotell_live_key key,
			 const struct robotell_live *values, struct bridged_io *io)
{
	const char *reason = "the adapter is busy with settings; try again";

	robotell_nobody_waits(st);
	if (!st->count)
		reason = robotell_add_change(st, key, values);
	if (reason) {
		robotell_say(io, BRIDGED_SET_REFUSED, reason);
		return;
	}
	st->jobs[(st->first + st->count - 1) % ROBOTELL_JOBS].last = true;
	robotell_run(st, io);
}

/* ---- Answers */

static const char *robotell_name(uint32_t id)
{
	switch (id) {
	case ROBOTELL_AUTO_RETRANSMIT:
		return "auto-retransmit";
	case ROBOTELL_AUTO_BUS:
		return "auto-bus-management";
	case ROBOTELL_BITRATE:
		return "bitrate";
	case ROBOTELL_SERIAL_RATE:
		return "serial-rate";
	}
	return "filter";
}

static void robotell_fail(struct robotell *st, const char *what, struct bridged_io *io)
{
	struct anycan_string text;

	anycan_string_init(&text, st->text, sizeof(st->text));
	anycan_string_add(&text, robotell_name(robotell_job(st)->id));
	anycan_string_add(&text, ": the adapter ");
	anycan_string_add(&text, what);
	anycan_string_add(&text, "; unplug it and plug it in again");
	if (robotell_nobody_waits(st))
		robotell_say(io, BRIDGED_SET_REFUSED, st->text);
	robotell_config_forget(st);
	robotell_settled(st, st->text, io);
}

/* Serial numbers are shown as python-can does: groups of four digits. */
static void robotell_learn_number(struct robotell *st, unsigned int at, const uint8_t *data,
				  unsigned int groups)
{
	char *text = st->number + 5 * at;

	for (unsigned int i = 0; i < groups; i++, data += 2) {
		if (at + i)
			text[-1] = '-';
		anycan_hex_put_bytes(text, data, 2);
		text[4] = '\0';
		text += 5;
	}
}

static void robotell_learn(struct robotell *st, const struct robotell_packet *packet)
{
	struct anycan_string text;
	uint32_t bitrate;

	switch (packet->id) {
	case ROBOTELL_NUMBER_1:
		robotell_learn_number(st, 0, packet->data, 4);
		break;
	case ROBOTELL_NUMBER_2:
		if (st->number[0])
			robotell_learn_number(st, 4, packet->data, 2);
		break;
	case ROBOTELL_VERSION:
		anycan_string_init(&text, st->version, sizeof(st->version));
		anycan_string_add_uint(&text, packet->data[0]);
		break;
	case ROBOTELL_BITRATE:
		bitrate = anycan_get_le32(packet->data);
		st->bitrate = bitrate <= 1000000 ? bitrate : 0;
		break;
	}
}

void robotell_config_answer(struct robotell *st, const struct robotell_packet *packet,
			    struct bridged_io *io)
{
	const struct robotell_job *job = robotell_job(st);
	bool equal;

	st->heard = true;
	robotell_learn(st, packet);
	if (st->wait == ROBOTELL_NOTHING || packet->id != job->id)
		return;
	equal = !memcmp(packet->data, job->value, job->len);
	if (job->work != ROBOTELL_SET || equal)
		robotell_done(st, io);
	else if (st->wait == ROBOTELL_ASKED)
		robotell_write(st, io);
	else
		robotell_fail(st, "keeps another value than the one that it was given", io);
}

/* An answer is missing. */
static void robotell_late(struct robotell *st, struct bridged_io *io)
{
	const struct robotell_job *job = robotell_job(st);

	/* The answer to another rate of the line may come at that rate already. */
	if (job->work == ROBOTELL_COMMAND ||
	    (job->id == ROBOTELL_SERIAL_RATE && st->wait == ROBOTELL_WRITTEN)) {
		robotell_done(st, io);
	} else if (st->wait == ROBOTELL_ASKED && ++st->tries < ROBOTELL_TRIES) {
		robotell_send(job, true, io);
		robotell_wait_for(st, ROBOTELL_ASKED, io);
	} else if (!st->heard) {
		st->mute = true;
		robotell_run(st, io);
	} else if (job->work == ROBOTELL_READ) {
		robotell_done(st, io);
	} else if (st->wait == ROBOTELL_ASKED) {
		robotell_write(st, io);
	} else {
		robotell_fail(st, "did not confirm the new value", io);
	}
}

struct anycan_mono robotell_config_tick(struct robotell *st, struct bridged_io *io)
{
	if (st->wait != ROBOTELL_NOTHING && io->now.ns >= st->deadline.ns)
		robotell_late(st, io);
	return st->wait == ROBOTELL_NOTHING ? ANYCAN_NEVER : st->deadline;
}
