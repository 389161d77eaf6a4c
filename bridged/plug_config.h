/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * /etc/anycan/NAME.conf: what an adapter that was plugged in becomes. Files in the manner of
 * systemd.link(5): sections [Match], [Adapter] and [Link]; of those that match, the first in order
 * of name counts.
 */
#ifndef BRIDGED_PLUG_CONFIG_H
#define BRIDGED_PLUG_CONFIG_H

#include "option.h"
#include "plug_device.h"
#include "transport.h"

#include <net/if.h>
#include <stddef.h>

/** Where the files are, unless ANYCAN_CONF_DIR says otherwise. */
#define PLUG_CONF_DIR "/etc/anycan"

enum plug_section {
	PLUG_MATCH,
	PLUG_ADAPTER,
	PLUG_LINK,
};

/** struct plug_pair - a line of a file */
struct plug_pair {
	enum plug_section section;
	char *key; /**< as the tables spell it: sample-point, not SamplePoint */
	char *value;
	unsigned int line;
};

/** struct plug_file - a file */
struct plug_file {
	char path[PATH_MAX];
	struct plug_pair *pairs;
	unsigned int n_pairs;
	unsigned int errors;
	bool match_broken;		 /**< one of them is in [Match]: it matches nobody */
	char error[BRIDGED_REASON_SIZE]; /**< the first of them */
};

/** struct plug_config - all files, in order of name */
struct plug_config {
	struct plug_file *files;
	unsigned int n_files;
};

/**
 * struct plug_judge - who knows the keys of [Adapter] and hears of errors
 *
 * All NULL: every key there is fine, and nobody hears.
 */
struct plug_judge {
	/**
	 * adapter() - check a line of [Adapter] other than Driver= and Port=
	 * @driver: the driver's name, NULL if the file does not name one
	 * @pair: the line; its key is corrected to the spelling of the tables
	 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
	 *
	 * Return: 0 or -EINVAL.
	 */
	int (*adapter)(const char *driver, struct plug_pair *pair, char *reason);

	/** error() - hear of one: `FILE:LINE: what; what to write instead` */
	void (*error)(const char *text, void *arg);
	void *arg;
};

/**
 * plug_file_parse() - understand the text of a file
 * @file: its path is set, the rest cleared; plug_file_clear() when done, however it ended
 * @text: what is in it
 * @len: how much
 *
 * Return: 0; -EINVAL with .errors counted; -ENOMEM.
 */
int plug_file_parse(struct plug_file *file, const char *text, size_t len,
		    const struct plug_judge *judge);
void plug_file_clear(struct plug_file *file);

/** plug_file_read() - the same for the file at @path; one that cannot be read is an error in it */
int plug_file_read(struct plug_file *file, const char *path, const struct plug_judge *judge);

/**
 * plug_config_read() - read all files
 * @config: filled; plug_config_clear() when done
 *
 * Files with errors are in @config, too, and whoever matches one must not go on.
 *
 * Return: 0 or -ENOMEM.
 */
int plug_config_read(struct plug_config *config, const struct plug_judge *judge);
void plug_config_clear(struct plug_config *config);

/** plug_conf_dir() - the folder that plug_config_read() reads */
const char *plug_conf_dir(void);

/** plug_file_get() - the line with a key, or NULL */
const struct plug_pair *plug_file_get(const struct plug_file *file, enum plug_section section,
				      const char *key);

/**
 * plug_file_value() - the value of a key of [Link] that is meant for a channel
 * @file: a file without errors
 * @key: as the tables spell it
 * @channel: of the adapter
 * @value: room for @size characters
 *
 * Return: whether there is one.
 */
bool plug_file_value(const struct plug_file *file, const char *key, unsigned int channel,
		     char *value, size_t size);

/** plug_file_items() - values in the lists of [Link], 1 if there are no lists */
unsigned int plug_file_items(const struct plug_file *file);

/** Matches a file whatever channel it is for. */
#define PLUG_ANY_CHANNEL (-1)

/** plug_file_matches() - whether [Match] of @file means @device, and this channel of it */
bool plug_file_matches(const struct plug_file *file, const struct plug_device *device, int channel);

/** plug_config_link() - the file whose [Link] is for this channel of @device, or NULL */
const struct plug_file *plug_config_link(const struct plug_config *config,
					 const struct plug_device *device, unsigned int channel);

/** plug_config_adapter() - the file whose [Adapter] is for @device, or NULL */
const struct plug_file *plug_config_adapter(const struct plug_config *config,
					    const struct plug_device *device);

/** plug_config_names() - whether a file has @name for one of its netdevs */
bool plug_config_names(const struct plug_config *config, const char *name);

#endif
