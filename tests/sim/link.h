/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The host's side of an adapter that speaks over a byte stream: a pseudo terminal behind a
 * symbolic link, or a TCP port on the loopback address.
 *
 * Bytes for the host wait in a buffer of the firmware's size. Frames in it are counted one by one:
 * as delivered when their last byte has gone out, as cut when the buffer is thrown away.
 */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include "sim.h"

#define SIM_LINK_INPUT 4096

struct sim_link;

struct sim_link_ops {
	/** Bytes from the host. Return: how many were used; fewer = try again at the next flush */
	size_t (*input)(struct sim_link *link, const char *data, size_t len);
};

/** struct sim_pace - holds one direction to a number of bytes a second */
struct sim_pace {
	int64_t next_ns; /* when the next byte may move */
};

/** struct sim_link - the stream; the owner sets ops and owner, and reads the third group */
struct sim_link {
	const struct sim_link_ops *ops;
	void *owner;
	struct sim *sim;

	char *path;    /**< the symbolic link of a pty, or NULL */
	uint16_t port; /**< the TCP port, or 0 */
	bool keep_pty; /**< one pty for all hosts, not a new one for each */
	bool cooked;   /**< leave a new pty in the kernel's default mode, with echo */
	uint32_t rate; /**< bytes a second that the line itself carries; 0 = any */

	bool plugged;
	bool host; /**< a host has it open */
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t frames_out; /**< frames that went out whole */
	uint64_t frames_cut; /**< frames in thrown-away output */
	uint64_t hangups;

	struct sim_watch stream; /* pty master, or TCP connection */
	struct sim_watch door;	 /* inotify on the pty, or TCP listener */
	char slave[64];		 /* /dev/pts/N */
	int door_wd;		 /* inotify's number for it */
	struct sim_timer retry;
	bool stuck;
	bool blocked_out; /* the kernel's buffer was full */
	uint32_t slow;	  /* bytes a second by fault; 0 = not slow */
	struct sim_pace pace_in;
	struct sim_pace pace_out;
	char input[SIM_LINK_INPUT];
	size_t input_len;
	char *output; /* a ring */
	size_t output_size;
	uint64_t put;	  /* bytes ever put into the ring */
	uint64_t written; /* bytes ever taken out */
	uint64_t *marks;  /* a ring: where each waiting frame ends, as a value of put */
	size_t marks_size;
	size_t marks_head;
	size_t marks_len;
};

/**
 * sim_link_open() - make the pty or the port
 * @link: with ops, owner, sim, and path or port set
 * @output_size: bytes that wait for the host at most
 * @frames: frames that wait for the host at most
 * @why: filled on failure
 *
 * Return: 0, or a negative errno.
 */
int sim_link_open(struct sim_link *link, size_t output_size, size_t frames, struct sim_why *why);

/**
 * sim_link_options() - take the keys of the host's side: pty=, tcp=, baud=, keep, cooked
 *
 * Return: 0, or a negative errno with @why.
 */
int sim_link_options(struct sim_link *link, struct sim_args *args, struct sim_why *why);

/** sim_link_address() - pty or TCP address as text, for stats */
void sim_link_address(const struct sim_link *link, char *text, size_t size);

/** sim_link_plug() - make pty or port appear again; Return: 0, or a negative errno with @why */
int sim_link_plug(struct sim_link *link, struct sim_why *why);

/** sim_link_unplug() - let it vanish; what waits for the host is lost and counted */
void sim_link_unplug(struct sim_link *link);

/** sim_link_close() - unplug and free */
void sim_link_close(struct sim_link *link);

/** sim_link_room() - bytes that can be put now */
size_t sim_link_room(const struct sim_link *link);

/** sim_link_put() - give bytes to the host; Return: false if they do not fit, then none is taken */
bool sim_link_put(struct sim_link *link, const char *data, size_t len, bool is_frame);

/** sim_link_cut() - throw away what waits for the host; Return: frames in it */
uint64_t sim_link_cut(struct sim_link *link);

/** sim_link_waiting() - frames that wait for the host */
static inline size_t sim_link_waiting(const struct sim_link *link)
{
	return link->marks_len;
}

/** sim_link_flush() - move bytes both ways as far as possible now */
void sim_link_flush(struct sim_link *link);

/** sim_link_fault() - slow, stuck, resume, garbage; Return: 0, or a negative errno */
int sim_link_fault(struct sim_link *link, const struct sim_fault *fault);

/* ---- between link.c and pty.c, tcp.c */

/** sim_link_read() - take what the host sent; Return: false if the host is gone */
bool sim_link_read(struct sim_link *link);

/** sim_link_host() - a host opened or closed the stream */
void sim_link_host(struct sim_link *link, bool present);

/** sim_link_update() - watch the stream for what is wanted now */
void sim_link_update(struct sim_link *link);

int sim_pty_plug(struct sim_link *link, struct sim_why *why);
void sim_pty_unplug(struct sim_link *link);
int sim_tcp_plug(struct sim_link *link, struct sim_why *why);
void sim_tcp_unplug(struct sim_link *link);

#endif
