// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * From the words of a command line to open buses.
 */
#include "bridged.h"
#include "buses.h"

#include <anycan/detect.h>
#include <errno.h>
#include <fnmatch.h>
#include <linux/can.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct opening {
	struct buses *buses;
	const struct bus_args *args;
	struct anycan_error *error;
};

/* What all buses of the command line are opened with. */
static struct anycan_bus_options common_options(const struct bus_args *args)
{
	struct anycan_bus_options options = args->options;

	options.fd = args->fd || !args->python_can;
	if (args->listen_only)
		options.state = ANYCAN_BUS_PASSIVE;
	return options;
}

/* Set python-can's filters and candump's on @options; @filters is to be freed when it is open. */
static int add_filters(struct opening *o, const char *candump, struct anycan_filters *filters,
		       struct anycan_bus_options *options)
{
	const struct bus_args *args = o->args;
	const char *reason = "no memory";

	*filters = (struct anycan_filters){0};
	if (candump && anycan_filters_parse(candump, ANYCAN_FILTER_CANDUMP, filters, &reason))
		return anycan_error_set(o->error, ANYCAN_ERROR_VALUE, -EINVAL,
					"filter '%s': %s; write 123:7FF, 12345678~DFFFFFFF or "
					"#FFFFFFFF",
					candump, reason);
	if (args->n_filters) {
		struct can_filter *list =
			realloc(filters->list, (filters->n + args->n_filters) * sizeof(*list));

		if (!list)
			return anycan_error_set(o->error, ANYCAN_ERROR_OPERATION, -ENOMEM,
						"no memory");
		memcpy(list + filters->n, args->filters, args->n_filters * sizeof(*list));
		filters->list = list;
		filters->n += args->n_filters;
	}
	options->filters = filters->list;
	options->n_filters = filters->n;
	options->join_filters = filters->joined;
	if (filters->error_mask) {
		options->error_mask = filters->error_mask;
		options->ignore_rx_error_frames = false;
	}
	return 0;
}

/* Keep an open bus. */
static int keep(struct opening *o, struct anycan_bus *bus, const char *name)
{
	struct buses *buses = o->buses;

	if (buses->n == BUSES_MAX) {
		anycan_bus_close(bus);
		return anycan_error_set(o->error, ANYCAN_ERROR_VALUE, -EINVAL,
					"more than %d buses; name fewer", BUSES_MAX);
	}
	buses->names[buses->n] = strdup(name);
	if (!buses->names[buses->n]) {
		anycan_bus_close(bus);
		return anycan_error_set(o->error, ANYCAN_ERROR_OPERATION, -ENOMEM, "no memory");
	}
	buses->list[buses->n++] = bus;
	return 0;
}

static int open_address(struct opening *o, const char *address, const char *name,
			const char *filter_text, const struct anycan_bus_options *base)
{
	struct anycan_bus_options options = *base;
	struct anycan_filters filters;
	struct anycan_bus *bus;
	int ret = add_filters(o, filter_text, &filters, &options);

	if (!ret)
		ret = anycan_bus_open(&bus, address, &options, o->error);
	anycan_filters_free(&filters);
	return ret ? ret : keep(o, bus, name);
}

/* ---- By python-can's names */

static int open_config(struct opening *o, const char *channel)
{
	const struct bus_args *args = o->args;
	struct anycan_config_item items[BUSES_ITEMS_MAX + 2];
	struct anycan_config_source source = {.arguments = items};
	struct anycan_bus_options options = common_options(args);
	struct anycan_config_target target;
	struct anycan_config *config;
	int ret;

	memcpy(items, args->items, sizeof(args->items));
	if (channel) {
		items[args->n_items] = (struct anycan_config_item){"channel", channel};
		items[args->n_items + 1] = (struct anycan_config_item){0};
	}
	ret = anycan_config_load(&config, &source, o->error);
	if (ret)
		return ret;
	ret = anycan_config_resolve(config, &target, o->error);
	anycan_config_free(config);
	if (ret)
		return ret;
	options.receive_own_messages |= target.receive_own_messages;
	options.no_local_loopback |= target.no_local_loopback;
	options.ignore_rx_error_frames |= target.ignore_rx_error_frames;
	options.preserve_timestamps |= target.preserve_timestamps;
	options.fd |= target.fd;
	if (target.passive)
		options.state = ANYCAN_BUS_PASSIVE;
	options.bitrate = target.bitrate;
	options.data_bitrate = target.data_bitrate;
	if (target.rx_queue_size)
		options.rx_queue_size = target.rx_queue_size;
	options.settings = target.settings[0] ? target.settings : NULL;
	ret = open_address(o, target.address, target.address, NULL, &options);
	anycan_config_target_clear(&target);
	return ret;
}

/* ---- By candump's names and addresses of adapters */

/* bridged's words for the --KEY=VALUE of adapters that are named by address. */
static int print_settings(struct opening *o, char *text, size_t size)
{
	const struct bus_args *args = o->args;
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < args->n_items && used < size; i++) {
		const struct anycan_config_item *item = &args->items[i];
		char *key = text + used + (used > 0);

		if (!strcmp(item->key, "bitrate") || !strcmp(item->key, "data_bitrate"))
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s %s", used ? " " : "",
					 item->key,
					 strcmp(item->value, "true") ? item->value : "on");
		for (; key < text + size && *key && *key != ' '; key++)
			if (*key == '_')
				*key = '-';
	}
	return used < size ? 0
			   : anycan_error_set(o->error, ANYCAN_ERROR_VALUE, -EINVAL,
					      "too many settings");
}

static int open_one(struct opening *o, const char *address, const char *name, const char *filters)
{
	struct anycan_bus_options options = common_options(o->args);
	char settings[ANYCAN_CONFIG_SETTINGS_SIZE];
	int ret = print_settings(o, settings, sizeof(settings));

	if (ret)
		return ret;
	options.bitrate = o->args->bitrate;
	options.data_bitrate = o->args->data_bitrate;
	options.settings = settings[0] ? settings : NULL;
	return open_address(o, address, name, filters, &options);
}

/* Netdevs whose names match; hubs where the kernel has no CAN. */
static int open_matching(struct opening *o, const char *pattern, const char *filters)
{
	static const char *const interfaces[] = {"socketcan", "hub", NULL};
	struct anycan_detected *list;
	unsigned int before = o->buses->n;
	int n = anycan_detect(&list, interfaces, ANYCAN_FOREVER), ret = 0;

	for (int i = 0; i < n && !ret; i++) {
		const char *colon = strchr(list[i].address, ':');
		const char *name = colon ? colon + 1 : list[i].address;

		if (!fnmatch(pattern, name, 0))
			ret = open_one(o, list[i].address, name, filters);
	}
	if (n >= 0)
		anycan_detected_free(list);
	if (ret || n < 0)
		return ret ? ret
			   : anycan_error_set(o->error, ANYCAN_ERROR_OPERATION, n, "%s",
					      strerror(-n));
	return o->buses->n > before
		       ? 0
		       : anycan_error_set(o->error, ANYCAN_ERROR_INITIALIZATION, -ENODEV,
					  "no bus is called '%s' (`anycan list` shows those there "
					  "are)",
					  pattern);
}

static bool kernel_has_can(void)
{
	int fd = socket(AF_CAN, SOCK_RAW, CAN_RAW);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EAFNOSUPPORT;
}

/* `can0`, `can0,123:7FF`, `any`, `can*`, `slcan:/dev/ttyACM0`. */
static int open_target(struct opening *o, const char *word)
{
	size_t len = strcspn(word, ",:");
	char name[IFNAMSIZ];

	if (word[len] == ':' || len >= sizeof(name))
		return open_one(o, word, word, NULL);
	memcpy(name, word, len);
	name[len] = '\0';
	word = word[len] ? word + len + 1 : NULL;
	if (!strcmp(name, "any"))
		return kernel_has_can() ? open_one(o, "", "any", word)
					: open_matching(o, "*", word);
	if (strpbrk(name, "*?["))
		return open_matching(o, name, word);
	return open_one(o, name, name, word);
}

/* ---- All of them */

static bool has_item(const struct bus_args *args, const char *key)
{
	for (unsigned int i = 0; i < args->n_items; i++)
		if (!strcmp(args->items[i].key, key))
			return true;
	return false;
}

static int open_all(struct opening *o)
{
	const struct bus_args *args = o->args;
	bool by_interface = has_item(args, "interface");
	int ret = 0;

	if (!args->n_targets)
		return open_config(o, NULL);
	for (unsigned int i = 0; i < args->n_targets && !ret; i++)
		ret = by_interface ? open_config(o, args->targets[i])
				   : open_target(o, args->targets[i]);
	return ret;
}

int buses_open(struct buses *buses, const struct bus_args *args, struct anycan_error *error)
{
	struct opening o = {buses, args, error};
	int ret;

	*buses = (struct buses){.stop_fd = -1, .ready = ~0U, .channels = canlog_channels_new()};
	if (!buses->channels)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, -ENOMEM, "no memory");
	/* For adapters that nothing serves yet. */
	bridged_find();
	ret = open_all(&o);
	if (ret)
		buses_close(buses);
	return ret;
}
