/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The command line of bridged.
 */
#include "config.h"
#include "adapters.h"
#include "hwdb.h"
#include "plug.h"
#include "plug_apply.h"
#include "plug_run.h"
#include "plug_show.h"

#include <anycan/address.h>
#include <anycan/log.h>
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options without a letter. */
enum {
	OPT_HWDB = 256,
	OPT_IDENTIFY,
	OPT_PLUGGED,
	OPT_APPLY,
	OPT_CHECK,
	OPT_SHOW,
};

static const struct option long_options[] = {
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{"verbose", no_argument, NULL, 'v'},
	{"quiet", no_argument, NULL, 'q'},
	{"log", required_argument, NULL, 'l'},
	{"port", required_argument, NULL, 'p'},
	{"user", required_argument, NULL, 'u'},
	{"adapters", no_argument, NULL, 'a'},
	{"until-eof", no_argument, NULL, 'e'},
	{"hwdb", no_argument, NULL, OPT_HWDB},
	{"identify", required_argument, NULL, OPT_IDENTIFY},
	{"plugged", required_argument, NULL, OPT_PLUGGED},
	{"apply", required_argument, NULL, OPT_APPLY},
	{"config-check", no_argument, NULL, OPT_CHECK},
	{"config-show", no_argument, NULL, OPT_SHOW},
	{"daemon", no_argument, NULL, 'd'},
	{"attach", no_argument, NULL, 'A'},
	{"listen", no_argument, NULL, 'L'},
	{0},
};

static int choose_port(struct bridged_config *config, const char *name, char *reason)
{
	int n;

	for (int i = 0; bridged_ports[i]; i++) {
		if (!strcmp(bridged_ports[i]->name, name)) {
			config->port = bridged_ports[i];
			return 0;
		}
	}
	n = snprintf(reason, BRIDGED_REASON_SIZE, "unknown port '%.40s'; there are:", name);
	for (int i = 0; bridged_ports[i]; i++)
		n += snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " %s",
			      bridged_ports[i]->name);
	return -EINVAL;
}

static int choose_log_level(struct bridged_config *config, const char *name, char *reason)
{
	config->log_level = anycan_log_level_parse(name);
	if (config->log_level >= 0)
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "unknown log level '%.40s'; there are: critical error warning info debug "
		 "subdebug frames",
		 name);
	return -EINVAL;
}

/* @word: the last one that getopt looked at; of several letters in it, optopt is the wrong one. */
static int wrong_option(const char *word, bool value_missing, char *reason)
{
	const char letter[] = {'-', (char)optopt, 0};

	if (value_missing)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "option %.40s: its value is missing; see bridged --help", word);
	else
		snprintf(reason, BRIDGED_REASON_SIZE, "unknown option %.40s; see bridged --help",
			 optopt && !strchr("adehVvqlpuAL", optopt) ? letter : word);
	return -EINVAL;
}

/* @rest: the words behind it. Return: 0, 1 for "answered, leave", or -EINVAL. */
static int parse_option(struct bridged_config *config, int option, char **rest, char *reason)
{
	switch (option) {
	case 'h':
		bridged_usage();
		return 1;
	case 'V':
		printf("bridged (anycan) " ANYCAN_VERSION "\n");
		return 1;
	case 'a':
		bridged_print_adapters();
		return 1;
	case OPT_HWDB:
		bridged_print_hwdb();
		return 1;
	case OPT_IDENTIFY:
		config->exit_status = plug_identify(optarg);
		return 1;
	case OPT_APPLY:
		config->exit_status = plug_apply(optarg);
		return 1;
	case OPT_CHECK:
		config->exit_status = plug_check(rest);
		return 1;
	case OPT_SHOW:
		config->exit_status = plug_show(rest[0]);
		return 1;
	case OPT_PLUGGED:
		config->identity = optarg;
		return 0;
	case 'e':
		config->until_eof = true;
		return 0;
	case 'd':
		config->background = true;
		return 0;
	case 'A':
		config->attach = true;
		return 0;
	case 'L':
		config->listen = true;
		return 0;
	case 'v':
		if (config->log_level < ANYCAN_LOG_FRAMES)
			config->log_level++;
		return 0;
	case 'q':
		config->log_level = ANYCAN_LOG_ERROR;
		return 0;
	case 'l':
		return choose_log_level(config, optarg, reason);
	case 'p':
		return choose_port(config, optarg, reason);
	case 'u':
		config->user = optarg;
		return 0;
	default:
		return wrong_option(rest[-1], option == ':', reason);
	}
}

static int choose_driver(struct bridged_config *config, char *reason)
{
	struct anycan_address address;
	const char *why;
	int n;

	if (anycan_address_parse(config->adapter, &address, &why)) {
		snprintf(reason, BRIDGED_REASON_SIZE, "%.200s: %s", config->adapter, why);
		return -EINVAL;
	}
	if (!address.driver[0]) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%.200s: an adapter's address begins with its driver, for example "
			 "slcan:/dev/ttyACM0",
			 config->adapter);
		return -EINVAL;
	}
	for (int i = 0; bridged_drivers[i]; i++) {
		const char *alias = bridged_drivers[i]->alias;

		if (!strcmp(bridged_drivers[i]->name, address.driver) ||
		    (alias && !strcmp(alias, address.driver))) {
			config->driver = bridged_drivers[i];
			config->address = strchr(config->adapter, ':') + 1;
			return 0;
		}
	}
	n = snprintf(reason, BRIDGED_REASON_SIZE,
		     "unknown driver '%s'; there are:", address.driver);
	for (int i = 0; bridged_drivers[i]; i++)
		n += snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " %s",
			      bridged_drivers[i]->name);
	return -EINVAL;
}

static int choose_transport(struct bridged_config *config, char *reason)
{
	for (int i = 0; bridged_transports[i]; i++) {
		if (bridged_transports[i]->kind == config->driver->transport &&
		    bridged_transports[i]->match(config->address)) {
			config->transport = bridged_transports[i];
			return 0;
		}
	}
	snprintf(reason, BRIDGED_REASON_SIZE, "%.200s: no transport knows such an address",
		 config->address);
	return -EINVAL;
}

static int take_netdevs(struct bridged_config *config, const char *names, char *reason)
{
	size_t len;

	for (const char *name = names;; name += len + 1) {
		len = strcspn(name, ",");
		if (config->n_netdevs == BRIDGED_CHANNELS_MAX) {
			snprintf(reason, BRIDGED_REASON_SIZE,
				 "netdevs '%.200s': no adapter has more than %d channels, name "
				 "fewer",
				 names, BRIDGED_CHANNELS_MAX);
			return -EINVAL;
		}
		if (!bridged_is_netdev_name(name, len)) {
			snprintf(reason, BRIDGED_REASON_SIZE,
				 "netdev '%.*s': choose a name of 1 to %d characters, none of them "
				 "'/', ':', '%%' or a space",
				 (int)(len > 200 ? 200 : len), name, IFNAMSIZ - 1);
			return -EINVAL;
		}
		memcpy(config->netdevs[config->n_netdevs++], name, len);
		if (!name[len])
			return 0;
	}
}

static int append_keys(const struct bridged_option *table, char *reason, int n)
{
	for (; table && table->name && n < BRIDGED_REASON_SIZE; table++)
		n += snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " %s", table->name);
	return n;
}

static int unknown_key(const struct bridged_config *config, const char *key, char *reason)
{
	int n = snprintf(reason, BRIDGED_REASON_SIZE, "unknown key '%.40s'; there are:", key);

	for (unsigned int i = 0; bridged_settings_key(i); i++)
		n += snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " %s",
			      bridged_settings_key(i));
	n = append_keys(config->driver->options, reason, n);
	n = append_keys(config->transport->options, reason, n);
	for (int i = 0; bridged_ports[i]; i++)
		n = append_keys(bridged_ports[i]->options, reason, n);
	return -EINVAL;
}

/* The port that has such a key, or NULL. */
static const struct bridged_port_class *port_of_key(const char *key)
{
	for (int i = 0; bridged_ports[i]; i++)
		if (bridged_option_find(bridged_ports[i]->options, key))
			return bridged_ports[i];
	return NULL;
}

static bool is_key(const struct bridged_config *config, const char *word)
{
	for (unsigned int i = 0; bridged_settings_key(i); i++)
		if (!strcmp(bridged_settings_key(i), word))
			return true;
	return bridged_option_find(config->driver->options, word) ||
	       bridged_option_find(config->transport->options, word) || port_of_key(word);
}

/* One value for all channels, or a list with one for each. */
static int set_link_key(struct bridged_config *config, const char *key, const char *value,
			char *reason)
{
	char list[256], *save = NULL, *item;
	unsigned int n = 0;
	int ret = 0;

	if (!strchr(value, ',') || strlen(value) >= sizeof(list)) {
		for (; n < BRIDGED_CHANNELS_MAX && !ret; n++)
			ret = bridged_settings_set(&config->settings[n], key, value, reason,
						   BRIDGED_REASON_SIZE);
		return ret;
	}
	strcpy(list, value);
	for (item = strtok_r(list, ",", &save); item && !ret; item = strtok_r(NULL, ",", &save)) {
		if (n == BRIDGED_CHANNELS_MAX) {
			snprintf(reason, BRIDGED_REASON_SIZE,
				 "%.40s '%.100s': no adapter has more than %d channels, give fewer "
				 "values",
				 key, value, BRIDGED_CHANNELS_MAX);
			return -EINVAL;
		}
		ret = bridged_settings_set(&config->settings[n++], key, item, reason,
					   BRIDGED_REASON_SIZE);
	}
	if (!ret && config->n_values > 1 && n != config->n_values) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%.40s '%.100s': give as many values as for the other keys, or one", key,
			 value);
		return -EINVAL;
	}
	config->n_values = n;
	return ret;
}

/* A key of a port asks for that port. */
static int set_port_key(struct bridged_config *config, const struct bridged_port_class *port,
			const char *key, const char *value, char *reason)
{
	if (config->port && config->port != port) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%.40s: port %s has no such key; leave it out, or take --port %s", key,
			 config->port->name, port->name);
		return -EINVAL;
	}
	config->port = port;
	if (!config->port_options) {
		config->port_options = calloc(1, port->options_size);
		if (!config->port_options)
			return -ENOMEM;
		bridged_option_defaults(port->options, config->port_options);
	}
	return bridged_option_set(bridged_option_find(port->options, key), value,
				  config->port_options, reason, BRIDGED_REASON_SIZE);
}

static int set_key(struct bridged_config *config, const char *key, const char *value, char *reason)
{
	const struct bridged_option *option;
	int ret;

	ret = set_link_key(config, key, value, reason);
	if (ret != -ENOENT)
		return ret;
	option = bridged_option_find(config->driver->options, key);
	if (option)
		return bridged_option_set(option, value, config->driver_options, reason,
					  BRIDGED_REASON_SIZE);
	option = bridged_option_find(config->transport->options, key);
	if (option)
		return bridged_option_set(option, value, config->transport_options, reason,
					  BRIDGED_REASON_SIZE);
	if (port_of_key(key))
		return set_port_key(config, port_of_key(key), key, value, reason);
	return unknown_key(config, key, reason);
}

/* What the driver's adapters need, as far as this transport has it. */
static void set_transport_defaults(struct bridged_config *config)
{
	const char *const *pair = config->driver->transport_defaults;
	const struct bridged_option *option;
	char reason[BRIDGED_REASON_SIZE];
	int ret;

	for (; pair && *pair; pair += 2) {
		option = bridged_option_find(config->transport->options, pair[0]);
		ret = option ? bridged_option_set(option, pair[1], config->transport_options,
						  reason, sizeof(reason))
			     : 0;
		assert(!ret);
		(void)ret;
	}
}

static int make_options(struct bridged_config *config)
{
	config->driver_options = calloc(1, config->driver->options_size + 1);
	config->transport_options = calloc(1, config->transport->options_size + 1);
	if (!config->driver_options || !config->transport_options)
		return -ENOMEM;
	bridged_option_defaults(config->driver->options, config->driver_options);
	bridged_option_defaults(config->transport->options, config->transport_options);
	set_transport_defaults(config);
	return 0;
}

/*
 * Keys come in pairs, so an odd word more is the netdevs. A key in their place, or netdevs in the
 * place of a key, shift the pairs: it is the last key that lacks its value.
 */
static int check_pairs(const struct bridged_config *config, int argc, char **argv, char *reason)
{
	bool shifted = argc > 1 && is_key(config, argv[1]) == (argc % 2 == 0);

	if (!shifted || !is_key(config, argv[argc - 1]))
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE, "key '%s': give its value behind it", argv[argc - 1]);
	return -EINVAL;
}

/* ADAPTER [NETDEVS] [KEY VALUE]... */
static int parse_words(struct bridged_config *config, int argc, char **argv, char *reason)
{
	int ret, i = 1;

	config->adapter = argv[0];
	ret = choose_driver(config, reason);
	if (!ret)
		ret = choose_transport(config, reason);
	if (!ret)
		ret = make_options(config);
	if (!ret)
		ret = check_pairs(config, argc, argv, reason);
	if (!ret && argc % 2 == 0)
		ret = take_netdevs(config, argv[i++], reason);
	for (; i < argc && !ret; i += 2)
		ret = set_key(config, argv[i], argv[i + 1], reason);
	return ret;
}

/* The adapter that has this identity, and what is configured for it. */
static int take_plugged(struct bridged_config *config, char *reason)
{
	char **words;
	int n, ret;

	anycan_log_set_level((enum anycan_log_level)config->log_level);
	ret = plug_run_new(&config->plug, config->identity, reason);

	if (!ret && !config->port && plug_run_port(config->plug))
		ret = choose_port(config, plug_run_port(config->plug), reason);
	if (ret)
		return ret;
	n = plug_run_words(config->plug, &words);
	ret = parse_words(config, n, words, reason);
	return ret ? ret : plug_run_settings(config->plug, config, reason);
}

/* What goes with a mode that takes its words from elsewhere. */
static int check_mode(const struct bridged_config *config, const char *word, char *reason)
{
	if (config->background && config->until_eof) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "in the background there is no standard input: leave out --daemon or "
			 "--until-eof");
		return -EINVAL;
	}
	if (config->identity && word) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "--plugged takes everything else from %s: leave out '%.40s'",
			 plug_conf_dir(), word);
		return -EINVAL;
	}
	if ((config->attach || config->listen) && word) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "with --attach and --listen others say what to bridge: leave out '%.40s'",
			 word);
		return -EINVAL;
	}
	return 0;
}

int bridged_config_parse(struct bridged_config *config, int argc, char **argv, char *reason)
{
	int option, ret;

	*config = (struct bridged_config){.log_level = ANYCAN_LOG_WARNING};
	/* Options end where the adapter begins, so that no value is taken for one. */
	while ((option = getopt_long(argc, argv, "+:adehVvql:p:u:", long_options, NULL)) != -1) {
		ret = parse_option(config, option, &argv[optind], reason);
		if (ret)
			return ret;
	}
	ret = check_mode(config, argv[optind], reason);
	if (ret || config->attach || config->listen)
		return ret;
	if (config->identity)
		return take_plugged(config, reason);
	if (optind == argc) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "no adapter given, for example slcan:/dev/ttyACM0; see bridged --help");
		return -EINVAL;
	}
	return parse_words(config, argc - optind, argv + optind, reason);
}

void bridged_config_free(struct bridged_config *config)
{
	free(config->driver_options);
	free(config->transport_options);
	free(config->port_options);
	plug_run_free(config->plug);
}
