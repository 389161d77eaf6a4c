// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What simple adapters refuse of a link's settings. See refusal.h.
 */
#include "refusal.h"

#include <anycan/string.h>

/* Of the sample point that the kernel chooses, in 1/1000: its rounding. */
#define REFUSAL_SAMPLE_POINT_SLACK 10

/* Control modes in the words of ip link. */
static const struct {
	uint32_t ctrlmode;
	const char *word;
	const char *step;
} refusal_modes[] = {
	{CAN_CTRLMODE_FD, "fd", "leave out fd and dbitrate, it has classic CAN only"},
	{CAN_CTRLMODE_LISTENONLY, "listen-only", "leave it out or use an adapter that can"},
	{CAN_CTRLMODE_LOOPBACK, "loopback", "leave it out, netdevs loop back without it"},
	{CAN_CTRLMODE_ONE_SHOT, "one-shot", "leave it out"},
	{CAN_CTRLMODE_3_SAMPLES, "triple-sampling", "leave it out"},
	{CAN_CTRLMODE_BERR_REPORTING, "berr-reporting", "leave it out"},
	{CAN_CTRLMODE_PRESUME_ACK, "presume-ack", "leave it out"},
	{CAN_CTRLMODE_FD_NON_ISO, "fd-non-iso", "leave it out, it has classic CAN only"},
	{CAN_CTRLMODE_CC_LEN8_DLC, "cc-len8-dlc", "leave it out"},
};

/* "KEY VALUE: ADAPTER " */
static void refusal_begin(struct anycan_string *text, const char *key, const char *value,
			  const struct refusal_limits *limits)
{
	anycan_string_add(text, key);
	anycan_string_add(text, value);
	anycan_string_add(text, ": ");
	anycan_string_add(text, limits->adapter);
	anycan_string_add(text, " ");
}

static const char *refusal_step(const struct refusal_limits *limits, uint32_t ctrlmode,
				const char *usual)
{
	for (size_t i = 0; i < sizeof(limits->hint) / sizeof(limits->hint[0]); i++)
		if (limits->hint[i].ctrlmode == ctrlmode && limits->hint[i].step)
			return limits->hint[i].step;
	return usual;
}

static const char *refusal_mode(const struct refusal_limits *limits, uint32_t lacking,
				struct anycan_string *text)
{
	for (size_t i = 0; i < sizeof(refusal_modes) / sizeof(refusal_modes[0]); i++) {
		if (!(lacking & refusal_modes[i].ctrlmode))
			continue;
		refusal_begin(text, refusal_modes[i].word, " on", limits);
		anycan_string_add(text, "cannot do that; ");
		anycan_string_add(text, refusal_step(limits, refusal_modes[i].ctrlmode,
						     refusal_modes[i].step));
		return text->buf;
	}
	return NULL;
}

static const char *refusal_plain(const struct refusal_limits *limits, const char *key,
				 const char *why, struct anycan_string *text)
{
	refusal_begin(text, key, "", limits);
	anycan_string_add(text, why);
	return text->buf;
}

/* What CiA recommends and the kernel takes where nothing is asked for. */
static uint32_t refusal_usual_sample_point(uint32_t bitrate)
{
	if (bitrate > 800000)
		return 750;
	return bitrate > 500000 ? 800 : 875;
}

static bool refusal_is_usual(const struct can_bittiming *timing)
{
	uint32_t usual = refusal_usual_sample_point(timing->bitrate);

	return timing->sample_point <= usual + REFUSAL_SAMPLE_POINT_SLACK &&
	       timing->sample_point + REFUSAL_SAMPLE_POINT_SLACK >= usual;
}

static const char *refusal_timing(const struct refusal_limits *limits,
				  const struct bridged_settings *settings,
				  struct anycan_string *text)
{
	const struct can_bittiming *timing = &settings->nominal;

	if (settings->data.bitrate || settings->data.tq)
		return refusal_plain(limits, "dbitrate",
				     "has classic CAN only; leave out fd and dbitrate", text);
	if (timing->tq || timing->prop_seg || timing->phase_seg1 || timing->phase_seg2)
		return refusal_plain(limits, "tq",
				     "cannot be told segments; give a bit rate instead", text);
	if (timing->sjw || (timing->sample_point && !refusal_is_usual(timing)))
		return refusal_plain(limits, timing->sjw ? "sjw" : "sample-point",
				     "has a sample point of its own; leave it out", text);
	return NULL;
}

static bool refusal_has_rate(const struct refusal_limits *limits, uint32_t bitrate)
{
	if (!bitrate)
		return true;
	if (limits->bitrate_max && bitrate > limits->bitrate_max)
		return false;
	for (const uint32_t *rate = limits->bitrates; rate; rate++) {
		if (*rate == bitrate)
			return true;
		if (!*rate)
			return false;
	}
	return true;
}

static const char *refusal_rate(const struct refusal_limits *limits, uint32_t bitrate,
				struct anycan_string *text)
{
	if (refusal_has_rate(limits, bitrate))
		return NULL;
	anycan_string_add(text, "bitrate ");
	anycan_string_add_uint(text, bitrate);
	anycan_string_add(text, ": ");
	anycan_string_add(text, limits->adapter);
	if (!limits->bitrates) {
		anycan_string_add(text, " can do at most ");
		anycan_string_add_uint(text, limits->bitrate_max);
		anycan_string_add(text, "; choose a lower one");
		return text->buf;
	}
	anycan_string_add(text, " has only ");
	for (const uint32_t *rate = limits->bitrates; *rate; rate++) {
		anycan_string_add(text, rate == limits->bitrates ? "" : ", ");
		anycan_string_add_uint(text, *rate);
	}
	anycan_string_add(text, "; choose one of these");
	return text->buf;
}

const char *refusal_of(const struct refusal_limits *limits, const struct bridged_settings *settings,
		       char *buffer, size_t size)
{
	struct anycan_string text;
	const char *reason;

	anycan_string_init(&text, buffer, size);
	reason = refusal_mode(limits, settings->ctrlmode.flags & ~limits->ctrlmodes, &text);
	if (!reason)
		reason = refusal_timing(limits, settings, &text);
	if (!reason && settings->has_termination)
		reason = refusal_plain(limits, "termination",
				       "cannot switch a resistor; leave it out", &text);
	if (!reason && settings->restart_ms) {
		refusal_begin(&text, "restart-ms", "", limits);
		anycan_string_add(&text, "does not say when it is off the bus; ");
		anycan_string_add(&text, limits->restart_step);
		reason = text.buf;
	}
	return reason ? reason : refusal_rate(limits, settings->nominal.bitrate, &text);
}

bool refusal_can_send(const struct anycan_frame *frame)
{
	/* Nobody's protocol has room for a raw DLC of 9 to 15; 8 would be another frame. */
	return !anycan_frame_is_fd(frame) && !(frame->can_id & CAN_ERR_FLAG) && !frame->len8_dlc &&
	       frame->len <= CAN_MAX_DLEN;
}
