/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libcanlog: CAN log files, read and written. One reader and one writer for every format, frames
 * in batches, time stamps in integer nanoseconds; what a format cannot hold is counted by kind.
 *
 * Thread rule: one log belongs to one thread at a time; different logs are independent.
 */
#ifndef CANLOG_H
#define CANLOG_H

#include <anycan/frame.h>
#include <canlog-report.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct canlog;
struct canlog_channels;
struct canlog_format;

/** struct canlog_error - why something failed, in words for the user */
struct canlog_error {
	char text[384];
};

/** Abilities of a format. */
enum canlog_ability {
	CANLOG_READS = 1 << 0,
	CANLOG_WRITES = 1 << 1,
	CANLOG_APPENDS = 1 << 2,
	CANLOG_TEXT = 1 << 3,	    /**< lines; may be compressed with gzip */
	CANLOG_GZIP = 1 << 4,	    /**< may be compressed with gzip */
	CANLOG_NEEDS_PATH = 1 << 5, /**< cannot come from or go to a pipe */
	CANLOG_EVENTS = 1 << 6,	    /**< canlog_event() is kept */
};

/** struct canlog_format_info - a format for people and programs to choose from */
struct canlog_format_info {
	const char *name;
	const char *summary;
	const char *const *extensions; /**< NULL-terminated, with dot; the first is the usual one */
	const char *const *settings;   /**< NULL-terminated names of what may be set */
	unsigned int abilities;	       /**< enum canlog_ability */
	uint64_t loses;		       /**< bit 1 << enum canlog_note for what is lost */
	uint32_t time_ns;	       /**< resolution of time stamps */
};

/**
 * struct canlog_options - how to open a log; all zero is a good start
 * @format: name or extension, or NULL: reading by content, then suffix; writing by suffix
 * @settings: NULL, or "key=value" texts ended by NULL; see canlog_format_info.settings
 * @any_settings: pass over settings that this format does not have
 * @channels: names of channels shared with other logs, or NULL for a table of its own
 * @flush_ns: writing: nothing stays in memory longer than this; 0 = until the buffer is full
 * @flush_bytes: writing: no more than this stays in memory; 0 = until the buffer is full
 * @sync: writing: every flush also waits for the disk
 * @repair: reading: look for the next whole object behind damage instead of failing
 * @threads: helpers for compression; 0 = one for each processor, negative = none
 */
struct canlog_options {
	const char *format;
	const char *const *settings;
	bool any_settings;
	struct canlog_channels *channels;
	int64_t flush_ns;
	size_t flush_bytes;
	bool sync;
	bool repair;
	int threads;
};

/**
 * canlog_open_reader() - open a log to read
 * @log: set on success; to be freed with canlog_close()
 * @path: file, or "-" for standard input
 * @options: or NULL
 * @error: or NULL; gets a sentence that names the file and the cause
 *
 * Return: 0; -ENOENT and the like from the system; -EINVAL for options; -EMEDIUMTYPE if no format
 * fits; -EBADMSG if the file's head is damaged; -EINTR if a signal came while a pipe was waited
 * for.
 */
int canlog_open_reader(struct canlog **log, const char *path, const struct canlog_options *options,
		       struct canlog_error *error);

/**
 * canlog_open_writer() - open a log to write
 * @log: set on success; to be freed with canlog_close()
 * @path: file, or "-" for standard output; a suffix ".gz" compresses
 * @options: or NULL
 * @error: or NULL; gets a sentence that names the file and the cause
 *
 * Return: as canlog_open_reader().
 */
int canlog_open_writer(struct canlog **log, const char *path, const struct canlog_options *options,
		       struct canlog_error *error);

/**
 * canlog_read() - next frames
 * @log: a reader
 * @frames: gets them
 * @n: room in @frames, at least 1
 *
 * Return: number of frames, 0 at the end, or a negative errno with words in canlog_error_text();
 * -EINTR if a signal came while a pipe was waited for: call again to go on.
 */
ssize_t canlog_read(struct canlog *log, struct anycan_frame *frames, size_t n);

/**
 * canlog_seek() - pass over the frames before a time
 * @log: a reader
 * @ts_ns: canlog_read() goes on with the first frame from here on that is not before it
 *
 * Forward only, from a pipe and from packed files as well. The frames passed over are read like
 * others, several million a second; they are not in the report, what was wrong with them is.
 */
void canlog_seek(struct canlog *log, int64_t ts_ns);

/**
 * canlog_write() - append frames
 * @log: a writer
 * @frames: valid frames in the order of time
 * @n: how many
 *
 * Frames that the format cannot hold are counted in the report and are no error.
 *
 * Return: 0, or a negative errno with words in canlog_error_text().
 */
int canlog_write(struct canlog *log, const struct anycan_frame *frames, size_t n);

/**
 * canlog_event() - write a remark between the frames
 * @log: a writer
 * @ts_ns: when; 0 = along with the last frame
 * @text: one line
 *
 * Return: 0, -EOPNOTSUPP if the format has no place for it, or another negative errno.
 */
int canlog_event(struct canlog *log, int64_t ts_ns, const char *text);

/**
 * canlog_flush() - hand everything to the system so that the file can be opened as it is
 * @log: a writer
 *
 * Return: 0 or a negative errno.
 */
int canlog_flush(struct canlog *log);

/**
 * canlog_tick() - flush if options.flush_ns has passed since the last flush
 * @log: a writer; to be called now and then where no frames may come for long
 *
 * Return: 0 or a negative errno.
 */
int canlog_tick(struct canlog *log);

/**
 * canlog_close() - finish the file and free the log
 * @log: or NULL
 * @error: or NULL; gets words if finishing fails
 *
 * Return: 0, or a negative errno if the file is not complete. The log is gone in any case.
 */
int canlog_close(struct canlog *log, struct canlog_error *error);

/** canlog_get_report() - what went through @log so far; valid until it is closed */
const struct canlog_report *canlog_get_report(const struct canlog *log);

/** canlog_error_text() - the sentence for the last failure of @log */
const char *canlog_error_text(const struct canlog *log);

/** canlog_get_format() - the format of @log */
const struct canlog_format *canlog_get_format(const struct canlog *log);

/** canlog_get_channels() - the table of channel names of @log */
struct canlog_channels *canlog_get_channels(const struct canlog *log);

/**
 * canlog_get_position() - how far a reader has come, for a progress bar
 * @log: a reader
 * @size: set to the file's size in bytes, 0 if it has none (a pipe)
 *
 * Return: bytes read from the file.
 */
uint64_t canlog_get_position(const struct canlog *log, uint64_t *size);

/** canlog_get_size() - bytes a writer has made so far, with those still in memory */
uint64_t canlog_get_size(const struct canlog *log);

/** canlog_format_at() - the format number @index, from 0; NULL behind the last one */
const struct canlog_format *canlog_format_at(size_t index);

/** canlog_format_get_info() - describe a format */
void canlog_format_get_info(const struct canlog_format *format, struct canlog_format_info *info);

/**
 * canlog_format_find() - a format by its name ("asc") or an extension ("asc", ".asc")
 *
 * Return: the format, or NULL.
 */
const struct canlog_format *canlog_format_find(const char *name);

/**
 * canlog_format_for_path() - the format that a file's name tells
 * @path: the file's name
 * @gzip: set to whether ".gz" stands behind the format's suffix
 *
 * Return: the format, or NULL.
 */
const struct canlog_format *canlog_format_for_path(const char *path, bool *gzip);

/** canlog_format_has_setting() - whether "key=value" means something to reader or writer */
bool canlog_format_has_setting(const struct canlog_format *format, const char *setting,
			       bool writing);

/**
 * canlog_format_register() - add a format of one's own for this process
 * @format: as canlog-format.h describes it; must stay valid
 *
 * Not to be called while logs are being opened in other threads.
 *
 * Return: 0, -EEXIST if the name is taken, -ENOSPC if there are too many.
 */
int canlog_format_register(const struct canlog_format *format);

/** canlog_channels_new() - a table of channel names to share; NULL without memory */
struct canlog_channels *canlog_channels_new(void);

/** canlog_channels_free() - free a table after the logs that use it; NULL is fine */
void canlog_channels_free(struct canlog_channels *channels);

/** canlog_channels_name() - the name of a channel number, or NULL if none was given */
const char *canlog_channels_name(const struct canlog_channels *channels, uint16_t channel);

/**
 * canlog_channels_number() - the channel number of a name, made if it is new
 * @channels: the table
 * @name: `can3` and other names ending in a number get that number while it is free
 * @len: characters in @name, cut off at 31
 *
 * Return: the number, or ANYCAN_CHANNEL_NONE if the table is full.
 */
uint16_t canlog_channels_number(struct canlog_channels *channels, const char *name, size_t len);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#include <canlog-rotation.h>

#endif
