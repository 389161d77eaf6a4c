/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What adapters with classic CAN, their own sample point and no word about bus-off refuse of a
 * link's settings: one sentence that names the setting, the adapter and the next step.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "driver.h"

/** struct refusal_hint - what to do instead of a control mode, where that is a special thing */
struct refusal_hint {
	uint32_t ctrlmode;
	const char *step;
};

/** struct refusal_limits - what a family of adapters can */
struct refusal_limits {
	const char *adapter;	     /**< for people, as in "a robotell adapter" */
	uint32_t ctrlmodes;	     /**< CAN_CTRLMODE_* that it has */
	uint32_t bitrate_max;	     /**< 0: any */
	const uint32_t *bitrates;    /**< NULL, or the only ones, ended by 0 */
	const char *restart_step;    /**< what to do instead of `restart-ms` */
	struct refusal_hint hint[2]; /**< unused ones are 0 */
};

/**
 * refusal_of() - whether such an adapter can do @settings
 * @text: room for @size characters
 *
 * A sample point that is the one which the kernel chooses by itself does not count as set: a
 * netdev of link type `can` always has one.
 *
 * Return: NULL, or why not; static or in @text.
 */
const char *refusal_of(const struct refusal_limits *limits, const struct bridged_settings *settings,
		       char *text, size_t size);

/** refusal_can_send() - whether @frame is one that such adapters can send: classic data, remote */
bool refusal_can_send(const struct anycan_frame *frame);

#endif
