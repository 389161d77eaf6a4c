/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Rotation: a writer that begins a new file by size, time or count. Included by canlog.h.
 */
#ifndef CANLOG_ROTATION_H
#define CANLOG_ROTATION_H

#include <canlog.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct canlog_rotation;

/**
 * struct canlog_rotation_options - when to begin a new file and how to call the old one
 * @max_bytes: close the file at this size; 0 = never
 * @max_ns: close the file after this much of the frames' time; 0 = never
 * @max_frames: close the file after this many frames; 0 = never
 * @keep: finished files to keep, the oldest are removed; 0 = all
 * @first_number: number of the first finished file (python-can's rollover_count); without a
 *	namer, numbers whose file is there already are passed over
 * @namer: or NULL: called with the name of the finished file, writes the one to use instead
 *	into @name of @size bytes and returns 0, or a negative errno
 * @rotator: or NULL: moves the finished file @source to @dest; otherwise it is renamed
 * @finished: or NULL: told of each finished file after it was moved
 * @arg: handed to the hooks
 *
 * A path with `%` in it is a strftime name: every file is opened under its own name, made from
 * its first frame's time, and not renamed; a name met again gets `_NNN` before its suffix.
 * Otherwise the path is always the current file, and finished ones are called
 * STEM_YYYY-MM-DDTHHMMSS_#NNN.EXT as by python-can.
 */
struct canlog_rotation_options {
	uint64_t max_bytes;
	int64_t max_ns;
	uint64_t max_frames;
	unsigned int keep;
	unsigned int first_number;
	int (*namer)(void *arg, const char *standard, char *name, size_t size);
	int (*rotator)(void *arg, const char *source, const char *dest);
	void (*finished)(void *arg, const char *path);
	void *arg;
};

/**
 * canlog_rotation_new() - a writer that begins new files by size, time or count
 * @rotation: set on success; to be freed with canlog_rotation_close()
 * @path: see struct canlog_rotation_options
 * @options: as for canlog_open_writer(); copied, what it points to must stay valid
 * @when: copied
 * @error: or NULL
 *
 * Return: 0 or a negative errno; -EOPNOTSUPP for formats that cannot be rotated.
 */
int canlog_rotation_new(struct canlog_rotation **rotation, const char *path,
			const struct canlog_options *options,
			const struct canlog_rotation_options *when, struct canlog_error *error);

/** canlog_rotation_write() - as canlog_write(); no frame is lost at a switch */
int canlog_rotation_write(struct canlog_rotation *rotation, const struct anycan_frame *frames,
			  size_t n);

/** canlog_rotation_get_report() - what went into all files so far */
const struct canlog_report *canlog_rotation_get_report(struct canlog_rotation *rotation);

/** canlog_rotation_get_log() - the file being written, or NULL before the first frame */
struct canlog *canlog_rotation_get_log(struct canlog_rotation *rotation);

/** canlog_rotation_count() - files finished so far */
unsigned int canlog_rotation_count(const struct canlog_rotation *rotation);

/** canlog_rotation_error_text() - the sentence for the last failure */
const char *canlog_rotation_error_text(const struct canlog_rotation *rotation);

/** canlog_rotation_close() - finish the current file, which keeps its name, and free */
int canlog_rotation_close(struct canlog_rotation *rotation, struct canlog_error *error);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
