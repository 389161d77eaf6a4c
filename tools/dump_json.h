/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Frames as JSON, one object a line; documented in anycan-log(1).
 */
#ifndef TOOLS_DUMP_JSON_H
#define TOOLS_DUMP_JSON_H

#include <anycan/frame.h>

/** dump_json_escape() - a text as it stands between quotes; what does not fit is cut off */
void dump_json_escape(const char *text, char *out, size_t size);

/**
 * dump_json_frame() - the line of a frame
 * @name: of the channel, escaped
 * @out: room for DUMP_LINE_MAX characters
 *
 * Return: behind the line's end.
 */
char *dump_json_frame(const struct anycan_frame *frame, const char *name, char *out);

/** dump_json_dropped() - the line that tells of frames lost at a bus */
char *dump_json_dropped(const char *name, uint64_t frames, uint64_t total, char *out);

#endif
