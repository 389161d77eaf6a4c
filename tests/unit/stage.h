/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The engine on a stage: with the fakes around it, every round of the daemon's loop is played by
 * hand, so that nothing depends on time.
 */
#ifndef TESTS_UNIT_STAGE_H
#define TESTS_UNIT_STAGE_H

#include "fakes.h"

struct stage {
	struct bridged_loop loop;
	struct bridged_settings settings[FAKE_CHANNELS];
	struct bridged_adapter adapter;
	struct fake_driver_state driver;
	struct fake_transport line;
	struct fake_port ports[FAKE_CHANNELS];
};

/** stage_new() - an adapter that is not connected, its ports in place and down */
struct stage *stage_new(void);
void stage_free(struct stage *s);

/** stage_present() - connect; the adapter says READY, and its netdevs appear */
void stage_present(struct stage *s);

/** stage_open() - stage_present(), then set every netdev up; the adapter opens its channels */
void stage_open(struct stage *s);

/** stage_say() - the adapter sends a unit */
void stage_say(struct stage *s, enum unit_type type, unsigned int channel, uint32_t number);

/** stage_say_frames() - the adapter sends @n frames of @channel, numbered on */
void stage_say_frames(struct stage *s, unsigned int channel, unsigned int n);

/** stage_end_frames() - the adapter says DONE or FAILED of up to @n frames that it has got */
void stage_end_frames(struct stage *s, enum unit_type type, unsigned int channel, unsigned int n);

/** stage_send_frames() - an application sends @n frames on @channel */
void stage_send_frames(struct stage *s, unsigned int channel, unsigned int n);

/** stage_set_up() - an administrator sets the netdev of @channel up or down */
void stage_set_up(struct stage *s, unsigned int channel, bool up);

/** stage_unplug() - the adapter is pulled out; what the engine has not read is lost with it */
void stage_unplug(struct stage *s);

/** stage_replug() - it is back; the next try finds it, and it says READY */
void stage_replug(struct stage *s);

/** stage_round() - one round of the daemon's loop: what epoll would report, then what is due */
void stage_round(struct stage *s);

/** stage_settle() - rounds until nothing moves any more */
void stage_settle(struct stage *s);

/**
 * stage_check() - every frame that came in went out or was counted
 *
 * To be called between rounds, at any time.
 */
void stage_check(const struct stage *s);

#endif
