/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The command line of bridged: options, adapter, netdevs, settings.
 */
#ifndef BRIDGED_CONFIG_H
#define BRIDGED_CONFIG_H

#include "driver.h"
#include "port.h"
#include "transport.h"

#include <net/if.h>

/** Exit status of wrong arguments. */
#define BRIDGED_EXIT_USAGE 2

struct plug_run;

struct bridged_config {
	const char *adapter; /**< the address as the user wrote it */
	const char *address; /**< what follows the driver's name */
	const struct bridged_driver *driver;
	const struct bridged_transport_class *transport;
	const struct bridged_port_class *port; /**< NULL: the best that the kernel has */
	char netdevs[BRIDGED_CHANNELS_MAX][IFNAMSIZ];
	unsigned int n_netdevs; /**< 0: the first free canN */
	struct bridged_settings settings[BRIDGED_CHANNELS_MAX];
	unsigned int n_values; /**< most values in a list, such as 2 of 500000,125000 */
	void *driver_options;
	void *transport_options;
	void *port_options;    /**< of .port; NULL = nothing was set */
	const char *identity;  /**< of --plugged */
	struct plug_run *plug; /**< of --plugged, otherwise NULL */
	int exit_status;       /**< when bridged_config_parse() returns 1 */
	const char *user;      /**< NULL: anycan if there is such a user, otherwise nobody */
	int log_level;
	bool until_eof;	 /**< end when standard input does */
	bool background; /**< go on there once the bridge is ready */
	bool attach;	 /**< standard input says what to bridge */
	bool listen;	 /**< bridge what others ask for */
};

/**
 * bridged_config_parse() - understand the command line
 * @config: filled; bridged_config_free() when done
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0; 1 if what was asked for is done, such as --help; -EINVAL if it is wrong; or another
 * negative errno.
 */
int bridged_config_parse(struct bridged_config *config, int argc, char **argv, char *reason);
void bridged_config_free(struct bridged_config *config);

/** bridged_usage() - print the help text, examples last */
void bridged_usage(void);

#endif
