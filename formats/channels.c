// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Names of channels. A name that ends in a number gets that number while it is free, so that
 * can0 and vcan1 are channels 0 and 1 in formats that know numbers only.
 */
#include "format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 256

struct canlog_channels {
	char name[CHANNELS][CANLOG_NAME_SIZE];
	bool unusual[CHANNELS]; /* neither canN nor N for number N */
};

struct canlog_channels *canlog_channels_new(void)
{
	return calloc(1, sizeof(struct canlog_channels));
}

void canlog_channels_free(struct canlog_channels *channels)
{
	free(channels);
}

const char *canlog_channels_name(const struct canlog_channels *channels, uint16_t channel)
{
	if (channel >= CHANNELS || !channels->name[channel][0])
		return NULL;
	return channels->name[channel];
}

static unsigned int trailing_number(const char *name, size_t len)
{
	unsigned int value = 0, scale = 1;

	while (len && name[len - 1] >= '0' && name[len - 1] <= '9' && scale <= 1000) {
		value += scale * (unsigned int)(name[len - 1] - '0');
		scale *= 10;
		len--;
	}
	return scale > 1 ? value : CHANNELS;
}

static uint16_t take(struct canlog_channels *channels, unsigned int i, const char *name, size_t len)
{
	char usual[CANLOG_NAME_SIZE];

	memcpy(channels->name[i], name, len);
	channels->name[i][len] = '\0';
	/* Every reader knows channel 3 as can3 anyway. */
	snprintf(usual, sizeof(usual), "can%u", i);
	channels->unusual[i] =
		strcmp(usual, channels->name[i]) != 0 && strcmp(usual + 3, channels->name[i]) != 0;
	return (uint16_t)i;
}

uint16_t canlog_channels_number(struct canlog_channels *channels, const char *name, size_t len)
{
	unsigned int want;

	if (len >= CANLOG_NAME_SIZE)
		len = CANLOG_NAME_SIZE - 1;
	want = trailing_number(name, len);
	if (want < CHANNELS && !channels->name[want][0])
		return take(channels, want, name, len);
	if (want < CHANNELS && !memcmp(channels->name[want], name, len) &&
	    !channels->name[want][len])
		return (uint16_t)want;
	for (unsigned int i = 0; i < CHANNELS; i++)
		if (!strncmp(channels->name[i], name, len) && !channels->name[i][len])
			return (uint16_t)i;
	for (unsigned int i = 0; i < CHANNELS; i++)
		if (!channels->name[i][0])
			return take(channels, i, name, len);
	return ANYCAN_CHANNEL_NONE;
}

bool canlog_channel_is_named(const struct canlog *log, uint16_t channel)
{
	return channel < CHANNELS && log->channels->unusual[channel];
}

const char *canlog_channel_text(const struct canlog *log, uint16_t channel, char *buf)
{
	const char *name;

	if (channel == ANYCAN_CHANNEL_NONE) {
		if (!log->set.channel[0])
			return "vcan0";
		if (strspn(log->set.channel, "0123456789") < strlen(log->set.channel))
			return log->set.channel;
		channel = (uint16_t)strtoul(log->set.channel, NULL, 10);
	}
	name = canlog_channels_name(log->channels, channel);
	if (name && strspn(name, "0123456789") < strlen(name))
		return name;
	snprintf(buf, CANLOG_NAME_SIZE, "can%u", channel);
	return buf;
}

unsigned int canlog_channel_plus_1(const struct canlog *log, const struct anycan_frame *frame)
{
	unsigned int number;

	if (frame->channel != ANYCAN_CHANNEL_NONE)
		return frame->channel + 1u;
	if (!log->set.channel[0])
		return 1;
	number = trailing_number(log->set.channel, strlen(log->set.channel));
	return number < CHANNELS ? number : 1;
}
