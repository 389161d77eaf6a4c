/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One program at a hub. It is not trusted: what is no record ends the connection.
 */
#include "ports/hub_client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Frames that may wait for a program, unless it asks for another number; and at most. */
#define QUEUE_DEFAULT 1024
#define QUEUE_MAX 65536

struct hub_client *hub_client_new(int fd)
{
	struct hub_client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->filters.list = calloc(CAN_RAW_FILTER_MAX, sizeof(*client->filters.list));
	if (!client->filters.list) {
		free(client);
		return NULL;
	}
	client->fd = fd;
	return client;
}

void hub_client_free(struct hub_client *client)
{
	if (!client)
		return;
	close(client->fd);
	anycan_filters_free(&client->filters);
	free(client->queue);
	free(client);
}

/* ---- From the program */

static void hello(struct hub_client *client, const struct anycan_hub_header *header, bool fd)
{
	unsigned int room = header->queue ? header->queue : QUEUE_DEFAULT;

	if (client->greeted) {
		client->gone = true;
		return;
	}
	client->room = room < QUEUE_MAX ? room : QUEUE_MAX;
	client->queue = malloc(client->room * sizeof(*client->queue));
	if (!client->queue) {
		client->gone = true;
		return;
	}
	client->flags = header->flags;
	client->filters.error_mask = (can_err_mask_t)header->value & CAN_ERR_MASK;
	client->greeted = true;
	client->answer = ANYCAN_HUB_WELCOME;
	client->answer_flags = fd ? ANYCAN_HUB_FD : 0;
}

static void set_filters(struct hub_client *client, const struct anycan_hub_header *header)
{
	client->filters.n = anycan_hub_filters(client->record.bytes, header, client->filters.list);
	client->filters.joined = header->flags & ANYCAN_HUB_JOINED;
	client->answer = ANYCAN_HUB_FILTERED;
	client->answer_flags = 0;
	client->answer_value = header->value;
}

static void obey(struct hub_client *client, const struct anycan_hub_header *header, bool fd)
{
	if (header->type == ANYCAN_HUB_HELLO)
		hello(client, header, fd);
	else if (!client->greeted)
		client->gone = true;
	else if (header->type == ANYCAN_HUB_FILTERS)
		set_filters(client, header);
	else if (header->type == ANYCAN_HUB_FRAMES)
		anycan_hub_read(&client->reader, client->record.bytes, client->record.len, header);
	else
		client->gone = true;
}

/* Return: whether there was a record. */
static bool read_record(struct hub_client *client, bool fd)
{
	struct anycan_hub_header header;
	ssize_t n = recv(client->fd, client->record.bytes, sizeof(client->record.bytes),
			 MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0 || anycan_hub_parse(client->record.bytes, (size_t)n, &header)) {
		client->gone = true;
		return false;
	}
	client->record.len = (size_t)n;
	obey(client, &header, fd);
	return !client->gone;
}

void hub_client_hear(struct hub_client *client, bool fd)
{
	while (!client->reader.frames && !client->gone && read_record(client, fd))
		;
}

bool hub_client_take(struct hub_client *client, bool fd, struct anycan_frame *frame,
		     uint64_t *invalid)
{
	for (;;) {
		int ret = anycan_hub_next(&client->reader, frame);

		if (ret > 0)
			return true;
		if (ret < 0)
			(*invalid)++;
		else if (client->gone || !read_record(client, fd))
			return false;
	}
}

/* ---- To the program */

static bool wants(const struct hub_client *client, const struct anycan_frame *frame)
{
	if (!client->greeted || client->gone)
		return false;
	if (anycan_frame_is_fd(frame) && !(client->flags & ANYCAN_HUB_FD))
		return false;
	return anycan_filters_match(&client->filters, frame->can_id);
}

void hub_client_offer(struct hub_client *client, const struct anycan_frame *frame)
{
	if (!wants(client, frame))
		return;
	if (client->queued == client->room) {
		client->dropped++;
		return;
	}
	client->queue[(client->head + client->queued) % client->room] = *frame;
	client->queued++;
}

/* As many frames as a record holds. Return: how many. */
static unsigned int fill_record(const struct hub_client *client, struct anycan_hub_record *record)
{
	struct anycan_hub_header header = {.type = ANYCAN_HUB_FRAMES, .value = client->dropped};
	unsigned int n = 0;

	anycan_hub_begin(record, &header);
	while (n < client->queued &&
	       anycan_hub_put(record, &client->queue[(client->head + n) % client->room]))
		n++;
	return n;
}

/* Return: 1, 0 if it must wait for room, or -EPIPE if nobody will read it. */
static int pass(const struct hub_client *client, const struct anycan_hub_record *record)
{
	if (send(client->fd, record->bytes, record->len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 1;
	return errno == EAGAIN || errno == ENOBUFS ? 0 : -EPIPE;
}

static int pass_frames(struct hub_client *client)
{
	struct anycan_hub_record record;
	int ret = 1;

	while (client->queued && ret > 0) {
		unsigned int n = fill_record(client, &record);

		ret = pass(client, &record);
		if (ret > 0) {
			client->head = (client->head + n) % client->room;
			client->queued -= n;
		}
	}
	return ret;
}

static int pass_answer(struct hub_client *client)
{
	const struct anycan_hub_header header = {
		.type = client->answer,
		.flags = client->answer_flags,
		.value = client->answer_value,
	};
	struct anycan_hub_record record;
	int ret;

	if (!client->answer)
		return 1;
	anycan_hub_begin(&record, &header);
	ret = pass(client, &record);
	if (ret > 0)
		client->answer = 0;
	return ret;
}

bool hub_client_flush(struct hub_client *client)
{
	/* Frames that passed the old filters go before the word that there are new ones. */
	int ret = pass_frames(client);

	if (ret > 0)
		ret = pass_answer(client);
	if (ret < 0) {
		/* What it has sent is still to be taken; reading finds the end. */
		client->queued = 0;
		client->answer = 0;
	}
	return ret == 0;
}

bool hub_client_waits(const struct hub_client *client)
{
	return client->queued || client->answer;
}
