/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The settings that every CAN link has, under the names of ip-link(8), "ip link set type can".
 */
#include "number.h"
#include "option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum key_type {
	KEY_UINT,
	KEY_PERMILLE,
	KEY_MODE,
	KEY_RESTART,
	KEY_TERMINATION,
};

struct key {
	const char *name;
	enum key_type type;
	size_t offset; /* KEY_UINT, KEY_PERMILLE: of the uint32_t in struct bridged_settings */
	uint32_t mode; /* KEY_MODE: CAN_CTRLMODE_* */
};

#define TIMING(phase, field) offsetof(struct bridged_settings, phase.field)

static const struct key keys[] = {
	{"bitrate", KEY_UINT, TIMING(nominal, bitrate), 0},
	{"sample-point", KEY_PERMILLE, TIMING(nominal, sample_point), 0},
	{"tq", KEY_UINT, TIMING(nominal, tq), 0},
	{"prop-seg", KEY_UINT, TIMING(nominal, prop_seg), 0},
	{"phase-seg1", KEY_UINT, TIMING(nominal, phase_seg1), 0},
	{"phase-seg2", KEY_UINT, TIMING(nominal, phase_seg2), 0},
	{"sjw", KEY_UINT, TIMING(nominal, sjw), 0},
	{"dbitrate", KEY_UINT, TIMING(data, bitrate), 0},
	{"dsample-point", KEY_PERMILLE, TIMING(data, sample_point), 0},
	{"dtq", KEY_UINT, TIMING(data, tq), 0},
	{"dprop-seg", KEY_UINT, TIMING(data, prop_seg), 0},
	{"dphase-seg1", KEY_UINT, TIMING(data, phase_seg1), 0},
	{"dphase-seg2", KEY_UINT, TIMING(data, phase_seg2), 0},
	{"dsjw", KEY_UINT, TIMING(data, sjw), 0},
	{"loopback", KEY_MODE, 0, CAN_CTRLMODE_LOOPBACK},
	{"listen-only", KEY_MODE, 0, CAN_CTRLMODE_LISTENONLY},
	{"triple-sampling", KEY_MODE, 0, CAN_CTRLMODE_3_SAMPLES},
	{"one-shot", KEY_MODE, 0, CAN_CTRLMODE_ONE_SHOT},
	{"berr-reporting", KEY_MODE, 0, CAN_CTRLMODE_BERR_REPORTING},
	{"fd", KEY_MODE, 0, CAN_CTRLMODE_FD},
	{"fd-non-iso", KEY_MODE, 0, CAN_CTRLMODE_FD_NON_ISO},
	{"presume-ack", KEY_MODE, 0, CAN_CTRLMODE_PRESUME_ACK},
	{"cc-len8-dlc", KEY_MODE, 0, CAN_CTRLMODE_CC_LEN8_DLC},
	{"restart-ms", KEY_RESTART, 0, 0},
	{"termination", KEY_TERMINATION, 0, 0},
};

const char *bridged_settings_key(unsigned int i)
{
	return i < sizeof(keys) / sizeof(keys[0]) ? keys[i].name : NULL;
}

static int set_mode(struct can_ctrlmode *ctrlmode, uint32_t mode, const char *value)
{
	bool on;

	if (bridged_parse_flag(value, &on))
		return -EINVAL;
	ctrlmode->mask |= mode;
	ctrlmode->flags = on ? ctrlmode->flags | mode : ctrlmode->flags & ~mode;
	return 0;
}

static int set_termination(struct bridged_settings *settings, const char *value)
{
	uint32_t ohms;

	if (bridged_parse_uint(value, &ohms) || ohms > UINT16_MAX)
		return -EINVAL;
	settings->termination = (uint16_t)ohms;
	settings->has_termination = 1;
	return 0;
}

static int set_key(struct bridged_settings *settings, const struct key *key, const char *value)
{
	uint32_t *at = (uint32_t *)((char *)settings + key->offset);

	switch (key->type) {
	case KEY_UINT:
		return bridged_parse_uint(value, at);
	case KEY_PERMILLE:
		return bridged_parse_permille(value, at);
	case KEY_MODE:
		return set_mode(&settings->ctrlmode, key->mode, value);
	case KEY_RESTART:
		settings->has_restart_ms = 1;
		return bridged_parse_uint(value, &settings->restart_ms);
	case KEY_TERMINATION:
		return set_termination(settings, value);
	}
	return -EINVAL;
}

static const char *wanted(enum key_type type)
{
	switch (type) {
	case KEY_MODE:
		return "say on or off";
	case KEY_PERMILLE:
		return "give a fraction such as 0.875";
	case KEY_RESTART:
		return "give milliseconds such as 100";
	case KEY_TERMINATION:
		return "give ohms such as 120";
	default:
		return "give a number such as 500000 or 500k";
	}
}

int bridged_settings_set(struct bridged_settings *settings, const char *key, const char *value,
			 char *reason, size_t size)
{
	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, key))
			continue;
		if (!set_key(settings, &keys[i], value))
			return 0;
		snprintf(reason, size, "%s '%s': %s", key, value, wanted(keys[i].type));
		return -EINVAL;
	}
	return -ENOENT;
}
