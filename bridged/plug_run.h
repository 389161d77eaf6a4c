/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * bridged --plugged: the daemon for an adapter that is known by its identity.
 */
#ifndef BRIDGED_PLUG_RUN_H
#define BRIDGED_PLUG_RUN_H

#include <stdbool.h>

struct bridged_config;
struct plug_run;

/**
 * plug_run_new() - find the adapter, waiting until it is there, and what is configured for it
 * @out: set on success; plug_run_free() when done
 * @id: the identity that bridged --identify printed
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0; -EINVAL: no such identity, or a file that is meant is wrong; -ENOMEM; or another
 * negative errno.
 */
int plug_run_new(struct plug_run **out, const char *id, char *reason);
void plug_run_free(struct plug_run *run);

/** plug_run_words() - ADAPTER [KEY VALUE]... as for the command line. Return: how many */
int plug_run_words(const struct plug_run *run, char ***words);

/** plug_run_port() - the port that is configured, or NULL */
const char *plug_run_port(const struct plug_run *run);

/**
 * plug_run_settings() - put what is configured for its channels into @config
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int plug_run_settings(const struct plug_run *run, struct bridged_config *config, char *reason);

/**
 * plug_run_name() - the name of a channel's netdev; needs to be who may write the record
 * @name: room for IFNAMSIZ characters
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 1: a file names it so; 0: it is a default; or a negative errno.
 */
int plug_run_name(const struct plug_run *run, unsigned int channel, char *name, char *reason);

/** plug_run_spare() - a name that is nobody's, if the one that it should have is taken */
int plug_run_spare(const struct plug_run *run, char *name, char *reason);

/**
 * plug_run_finish() - queue length and state of a netdev that was made; needs CAP_NET_ADMIN
 * @netdev: its name
 * @has_bitrate: whether its bit rate is known, or needs not be
 *
 * What fails is said in the log.
 */
void plug_run_finish(const struct plug_run *run, unsigned int channel, const char *netdev,
		     bool has_bitrate);

/** plug_run_stays() - whether the adapter is told by its place too, as the record says now */
bool plug_run_stays(const void *run);

#endif
