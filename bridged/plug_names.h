/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The record of adapters that were plugged in, so that netdevs keep their names: a text file, one
 * line an adapter,
 *
 *	IDENTITY VENDOR:PRODUCT PLACE moves|stays NAME,NAME,...
 *
 * An adapter is told by driver and serial number and may be plugged in anywhere (`moves`), or else
 * by driver and place, with two colons between. When two have one serial number, whoever has the
 * line of that number `stays` at its place, and all others are told by place.
 */
#ifndef BRIDGED_PLUG_NAMES_H
#define BRIDGED_PLUG_NAMES_H

#include "driver.h"
#include "plug_config.h"
#include "plug_device.h"

#include <net/if.h>

/** Where the record is, unless ANYCAN_STATE_DIR says otherwise. */
#define PLUG_STATE_DIR "/var/lib/anycan"

/** Room for an identity with its NUL; it is part of the name of a unit. */
#define PLUG_ID_SIZE 160

/** struct plug_entry - an adapter that was seen */
struct plug_entry {
	char id[PLUG_ID_SIZE];
	uint16_t vid, pid;			    /**< 0: it is not on USB */
	char path[PLUG_WORD_SIZE];		    /**< where it was seen last; empty: nowhere */
	bool stays;				    /**< it is told by this place, too */
	char names[BRIDGED_CHANNELS_MAX][IFNAMSIZ]; /**< of its channels; empty: not yet named */
};

/** struct plug_names - the record while it is read or changed */
struct plug_names {
	struct plug_entry *entries;
	unsigned int n;
	int lock;	 /**< descriptor; -1: what is changed cannot be kept */
	bool changed;	 /**< and to be written */
	bool is_damaged; /**< not all of the file was understood; a copy is kept */
	char path[PATH_MAX];
};

/** Why an identity is asked for. */
enum plug_purpose {
	PLUG_LOOK,     /**< only to know it */
	PLUG_REMEMBER, /**< the adapter is there: keep what is learnt of it */
};

/**
 * plug_names_open() - read the record
 * @names: filled; plug_names_close() when done
 * @purpose: PLUG_REMEMBER: wait for whoever else changes it, and keep them out
 *
 * What cannot be read or understood is said in the log and left out.
 *
 * Return: 0 or -ENOMEM.
 */
int plug_names_open(struct plug_names *names, enum plug_purpose purpose);

/**
 * plug_names_close() - write what was changed, whole or not at all, and let go of it
 *
 * Return: 0, or a negative errno if it could not be written; the log says so.
 */
int plug_names_close(struct plug_names *names);

/** plug_names_find() - the line of an adapter, or NULL */
struct plug_entry *plug_names_find(const struct plug_names *names, const char *id);

/**
 * plug_names_identify() - the identity of an adapter
 * @root: of sysfs, where twins are looked for
 * @device: with its driver
 * @id: room for PLUG_ID_SIZE characters, of [A-Za-z0-9:_.-] only
 *
 * Changes the record; it is the caller's who opened it for PLUG_LOOK not to keep that.
 *
 * Return: 0 or -ENOMEM.
 */
int plug_names_identify(struct plug_names *names, const char *root,
			const struct plug_device *device, char *id);

/** struct plug_wish - a netdev that wants a name */
struct plug_wish {
	const char *id; /**< an adapter that is in the record */
	unsigned int channel;
	const char *own; /**< its present name, which is free to it; NULL: it is still to be made */
};

/**
 * plug_names_default() - the name of a netdev that no file has a name for
 * @root: of sysfs, where the names are that netdevs have
 * @config: names that stand in there are for others
 * @name: room for IFNAMSIZ characters
 *
 * The one that it had before; or the first canN that neither a netdev has nor the record or
 * a file has for another.
 *
 * Return: 0; -ENFILE: there is no free name.
 */
int plug_names_default(struct plug_names *names, const char *root, const struct plug_config *config,
		       const struct plug_wish *wish, char *name);

/** plug_names_spare() - a canN that is nobody's, for now; result as plug_names_default() */
int plug_names_spare(const struct plug_names *names, const char *root,
		     const struct plug_config *config, char *name);

#endif
