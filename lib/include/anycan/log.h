/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Messages for people: standard error, with the priorities that the journal reads when standard
 * error is its stream. The levels are python-can's words, and one more that shows every frame.
 */
#ifndef ANYCAN_LOG_H
#define ANYCAN_LOG_H

#include <anycan/export.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How much is said; each level includes those before it. */
enum anycan_log_level {
	ANYCAN_LOG_CRITICAL,
	ANYCAN_LOG_ERROR,
	ANYCAN_LOG_WARNING,
	ANYCAN_LOG_INFO,
	ANYCAN_LOG_DEBUG,
	ANYCAN_LOG_SUBDEBUG,
	ANYCAN_LOG_FRAMES, /**< every frame that passes */
};

/**
 * anycan_log_init() - choose how messages look
 * @program: put before each message on a terminal; lives as long as the process
 * @level: what to say; the level before any call is ANYCAN_LOG_WARNING
 */
ANYCAN_API void anycan_log_init(const char *program, enum anycan_log_level level);

/** anycan_log_to_syslog() - say everything to syslog(3) from now on, in place of standard error */
ANYCAN_API void anycan_log_to_syslog(void);

/**
 * anycan_log_level_parse() - the level of a name
 * @name: critical, error, warning, info, debug, subdebug or frames, in any case
 *
 * Return: enum anycan_log_level, or -EINVAL.
 */
ANYCAN_API int anycan_log_level_parse(const char *name);

/** anycan_log_set_level() - change the level alone; any thread may, the next message shows it */
ANYCAN_API void anycan_log_set_level(enum anycan_log_level level);

/** anycan_log_enabled() - whether a message of @level would be shown */
ANYCAN_API bool anycan_log_enabled(enum anycan_log_level level);

/** anycan_log() - say something, printf's way, without a line end; keeps errno */
ANYCAN_API void anycan_log(enum anycan_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif

#endif
