/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a log format supplies: data and hooks. A text format supplies parse_line and print_line
 * and is pumped by formats/text.c; a binary one supplies read and write. Guide:
 * Documentation/formats.md, "Add a format".
 */
#ifndef CANLOG_FORMAT_H
#define CANLOG_FORMAT_H

#include <canlog.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** What parse_line() answers besides 1 (a frame) and 0 (nothing to tell, such as a comment). */
#define CANLOG_LINE_NOTE(note) (-1 - (int)(note))

/** Most a line may have; longer ones are skipped as malformed. */
#define CANLOG_LINE_MAX 65536

/**
 * struct canlog_format - one format, constant
 * @name: what users say; also the object's prefix
 * @summary: one line for the list of formats
 * @extensions: NULL-terminated, with dot
 * @settings: NULL-terminated names of settings that mean something here
 * @abilities: enum canlog_ability
 * @loses: bits 1 << enum canlog_note of what a written frame loses, CANLOG_LOST_FD and later
 * @time_ns: resolution of time stamps in nanoseconds
 * @state_size: bytes of the format's own state, zeroed before open()
 * @line_max: text: bytes that print_line() writes at most
 * @probe: how sure 0..100 that a file beginning with @head is of this format; pure
 * @open: begin reading (head) or writing (head, unless appending); 0 or negative errno
 * @close: finish; called once after a successful open()
 * @read: frames read, 0 at the end, negative errno
 * @write: 0 or negative errno; frames come filtered: none that @loses drops
 * @flush: write out what only the format holds; the stream is flushed behind it
 * @event: write a remark
 * @parse_line: text: 1, 0 or CANLOG_LINE_NOTE(); @line has no line end and len < CANLOG_LINE_MAX
 * @print_line: text: writes a line with its end, returns the byte behind
 */
struct canlog_format {
	const char *name;
	const char *summary;
	const char *const *extensions;
	const char *const *settings;
	unsigned int abilities;
	uint64_t loses;
	uint32_t time_ns;
	size_t state_size;
	size_t line_max;
	int (*probe)(const uint8_t *head, size_t len);
	int (*open)(struct canlog *log);
	int (*close)(struct canlog *log);
	ssize_t (*read)(struct canlog *log, struct anycan_frame *frames, size_t n);
	int (*write)(struct canlog *log, const struct anycan_frame *frames, size_t n);
	int (*flush)(struct canlog *log);
	int (*event)(struct canlog *log, int64_t ts_ns, const char *text);
	int (*parse_line)(struct canlog *log, const char *line, size_t len,
			  struct anycan_frame *frame);
	char *(*print_line)(struct canlog *log, const struct anycan_frame *frame, char *out);
};

/** canlog_state() - the format's own state */
void *canlog_state(struct canlog *log);

/** canlog_writing() - whether @log is a writer */
bool canlog_writing(const struct canlog *log);

/** canlog_note_add() - count something in the report; the current line or frame is noted */
void canlog_note_add(struct canlog *log, enum canlog_note note);

/** canlog_put_text() - write text through the stream's buffer; 0 or negative errno */
int canlog_put_text(struct canlog *log, const char *text, size_t len);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
