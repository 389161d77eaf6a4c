// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * From a configuration to an address, to settings in bridged's words, and to a bus's options.
 */
#include "config.h"

#include <anycan/string.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct resolver {
	const struct anycan_config *config;
	const struct anycan_config_interface *interface;
	struct anycan_config_target *target;
	struct anycan_string address, settings;
	struct anycan_error *error;
};

/* Whether a list of words, each perhaps with `=value`, has the key. */
static bool knows(const char *words, const char *key)
{
	size_t len = strlen(key);

	while (*words) {
		size_t word = strcspn(words, " ");

		if (strcspn(words, "= ") == len && !strncmp(words, key, len))
			return true;
		words += word + (words[word] == ' ');
	}
	return false;
}

static int check_key(const char *key, const char *value, void *arg)
{
	struct resolver *r = arg;

	(void)value;
	if (knows(ANYCAN_CONFIG_COMMON_KEYS, key) || knows(r->interface->keys, key))
		return 0;
	return anycan_error_set(r->error, ANYCAN_ERROR_VALUE, -EINVAL,
				"%s has no key '%.60s'; it has: " ANYCAN_CONFIG_COMMON_KEYS
				" f_clock brp tseg1 tseg2 sjw nof_samples btr0 btr1%s%s",
				r->interface->name, key, *r->interface->keys ? " " : "",
				r->interface->keys);
}

static int wrong(struct resolver *r, const char *key, const char *value, const char *wanted)
{
	return anycan_error_set(r->error, ANYCAN_ERROR_VALUE, -EINVAL,
				"%s: %s is %.60s, but must "
				"be %s",
				r->interface->name, key, value ? value : "missing", wanted);
}

static bool is_true(const struct anycan_config *config, const char *key)
{
	static const char *const no[] = {"0", "false", "no", "off", "none", ""};
	const char *value = anycan_config_get(config, key);

	if (!value)
		return false;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (!strcasecmp(value, no[i]))
			return false;
	return true;
}

static int get_number(struct resolver *r, const char *key, uint32_t *number)
{
	const char *value = anycan_config_get(r->config, key);
	unsigned long long parsed;
	char *end;

	if (!value)
		return 0;
	errno = 0;
	parsed = strtoull(value, &end, 0);
	if (errno || end == value || *end || *value == '-' || parsed > UINT32_MAX)
		return wrong(r, key, value, "a number");
	*number = (uint32_t)parsed;
	return 0;
}

static void set_word(struct resolver *r, const char *key, const char *value)
{
	anycan_string_add(&r->settings, r->settings.len ? " " : "");
	anycan_string_add(&r->settings, key);
	anycan_string_add(&r->settings, " ");
	anycan_string_add(&r->settings, value);
}

/* ---- The bit timing */

static int set_registers(struct resolver *r, const struct anycan_timing *timing)
{
	char text[8];
	uint16_t btr;
	int ret = anycan_timing_btr(timing, &btr, r->error);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%04x", btr);
	set_word(r, "btr", text);
	return 0;
}

/* By rate and sample point, which the adapter's own clock is then divided for. */
static int set_rate(struct resolver *r, const struct anycan_timing *timing)
{
	double reached = anycan_timing_reached(timing), point = anycan_timing_sample_point(timing);
	char text[16];

	if (reached <= 0)
		return wrong(r, "f_clock", NULL, "given beside brp, or bitrate");
	r->target->bitrate = (uint32_t)(reached + 0.5);
	if (point > 0) {
		snprintf(text, sizeof(text), "%.3f", point / 100);
		set_word(r, "sample-point", text);
	}
	if (timing->samples == 3)
		set_word(r, "triple-sampling", "on");
	return 0;
}

static bool has_registers(const struct resolver *r)
{
	return !strcmp(r->interface->driver, "slcan") ||
	       !strcmp(r->interface->driver, "canalystii");
}

static int resolve_timing(struct resolver *r)
{
	const struct anycan_timing *timing = anycan_config_timing(r->config);
	struct anycan_config_target *target = r->target;
	int ret = get_number(r, "bitrate", &target->bitrate);

	if (!ret)
		ret = get_number(r, "data_bitrate", &target->data_bitrate);
	if (ret)
		return ret;
	/* Registers are for a clock of 8 MHz; without one that is the only thing they can mean. */
	if (timing && has_registers(r) && !timing->clock_hz && !timing->bitrate)
		ret = set_registers(r, timing);
	else if (timing)
		ret = set_rate(r, timing);
	return ret;
}

/* ---- Addresses */

static int needs_channel(struct resolver *r, const char **channel, const char *wanted)
{
	*channel = anycan_config_get(r->config, "channel");
	return *channel && **channel ? 0 : wrong(r, "channel", *channel, wanted);
}

static int resolve_tty(struct resolver *r, const char *baud_key)
{
	const char *channel, *btr = NULL;
	uint32_t baud = 0;
	int ret = needs_channel(r, &channel, "a tty such as /dev/ttyUSB0");

	if (!ret)
		ret = get_number(r, baud_key, &baud);
	if (!ret && !baud && !strcmp(baud_key, "ttyBaudrate"))
		ret = get_number(r, "tty_baudrate", &baud);
	if (ret)
		return ret;
	anycan_string_add(&r->address, channel);
	if (baud && !strchr(channel, '@') && !strstr(channel, "://")) {
		anycan_string_add(&r->address, "@");
		anycan_string_add_uint(&r->address, baud);
	}
	if (knows(r->interface->keys, "btr"))
		btr = anycan_config_get(r->config, "btr");
	if (btr && r->target->bitrate)
		return wrong(r, "btr", btr, "given without bitrate");
	if (btr)
		set_word(r, "btr", btr);
	if (anycan_config_get(r->config, "sleep_after_open"))
		set_word(r, "sleep-after-open", anycan_config_get(r->config, "sleep_after_open"));
	if (is_true(r->config, "rtscts"))
		set_word(r, "rtscts", "on");
	return 0;
}

static int resolve_seeedstudio(struct resolver *r)
{
	const char *mode = anycan_config_get(r->config, "operation_mode");
	int ret = resolve_tty(r, "baudrate");
	bool loopback, silent;

	if (ret || !mode)
		return ret;
	loopback = !strncmp(mode, "loopback", 8);
	silent = !strcmp(mode, "silent") || !strcmp(mode, "loopback_and_silent");
	if (strcmp(mode, "normal") && strcmp(mode, "loopback") && !silent)
		return wrong(r, "operation_mode", mode,
			     "normal, loopback, silent or loopback_and_silent");
	if (loopback)
		set_word(r, "loopback", "on");
	r->target->passive |= silent;
	return 0;
}

static int resolve_usb(struct resolver *r, const char *index_key)
{
	uint32_t bus = 0, address = 0, index = 0;
	int ret = get_number(r, "bus", &bus);

	if (!ret)
		ret = get_number(r, "address", &address);
	if (!ret && index_key)
		ret = get_number(r, index_key, &index);
	if (ret)
		return ret;
	if (bus && address) {
		anycan_string_add(&r->address, "bus=");
		anycan_string_add_uint(&r->address, bus);
		anycan_string_add(&r->address, ",address=");
		anycan_string_add_uint(&r->address, address);
	} else if (bus || address) {
		return wrong(r, bus ? "address" : "bus", NULL, "given beside the other");
	} else if (index_key && anycan_config_get(r->config, index_key)) {
		anycan_string_add(&r->address, "index=");
		anycan_string_add_uint(&r->address, index);
	}
	return 0;
}

static void add_host(struct resolver *r, const char *host)
{
	bool v6 = strchr(host, ':') && host[0] != '[';

	anycan_string_add(&r->address, v6 ? "[" : "");
	anycan_string_add(&r->address, host);
	anycan_string_add(&r->address, v6 ? "]" : "");
}

static void add_port(struct resolver *r)
{
	const char *port = anycan_config_get(r->config, "port");

	if (!port)
		return;
	anycan_string_add(&r->address, ":");
	anycan_string_add(&r->address, port);
}

static int resolve_multicast(struct resolver *r)
{
	const char *group = anycan_config_get(r->config, "channel");

	if (!group)
		group = anycan_config_get(r->config, "multicast_ip");
	if (!group && anycan_config_get(r->config, "port"))
		return wrong(r, "channel", NULL, "a multicast group where a port is given");
	if (group) {
		add_host(r, group);
		add_port(r);
	}
	if (anycan_config_get(r->config, "hop_limit"))
		set_word(r, "hop-limit", anycan_config_get(r->config, "hop_limit"));
	return 0;
}

static int resolve_socketcand(struct resolver *r)
{
	const char *host = anycan_config_get(r->config, "host");
	const char *channel;
	int ret = needs_channel(r, &channel, "the name of a netdev over there");

	if (ret || !host)
		return ret ? ret : wrong(r, "host", host, "the name of a machine");
	add_host(r, host);
	add_port(r);
	anycan_string_add(&r->address, "/");
	anycan_string_add(&r->address, channel);
	return 0;
}

static int resolve_address(struct resolver *r)
{
	const char *driver = r->interface->driver;
	const char *channel = anycan_config_get(r->config, "channel");

	if (!strcmp(driver, "socketcan")) {
		anycan_string_add(&r->address, channel ? channel : "");
		return 0;
	}
	anycan_string_add(&r->address, driver);
	anycan_string_add(&r->address, ":");
	if (!strcmp(driver, "virtual")) {
		anycan_string_add(&r->address, channel ? channel : "");
		return 0;
	}
	if (!strcmp(driver, "canalystii"))
		return resolve_usb(r, "device");
	if (!strcmp(driver, "gs_usb"))
		return resolve_usb(r, "index");
	if (!strcmp(driver, "udp_multicast"))
		return resolve_multicast(r);
	if (!strcmp(driver, "socketcand"))
		return resolve_socketcand(r);
	if (!strcmp(driver, "seeedstudio"))
		return resolve_seeedstudio(r);
	return resolve_tty(r, strcmp(driver, "serial") ? "ttyBaudrate" : "baudrate");
}

/* ---- Filters: [{"can_id": 291, "can_mask": 2047, "extended": false}] */

static bool resolve_filter(struct json_object *item, struct can_filter *filter)
{
	struct json_object *id, *mask, *extended;

	if (!json_object_is_type(item, json_type_object) ||
	    !json_object_object_get_ex(item, "can_id", &id) ||
	    !json_object_object_get_ex(item, "can_mask", &mask) ||
	    !json_object_is_type(id, json_type_int) || !json_object_is_type(mask, json_type_int))
		return false;
	filter->can_id = (canid_t)json_object_get_int64(id);
	filter->can_mask = (canid_t)json_object_get_int64(mask);
	if (!json_object_object_get_ex(item, "extended", &extended))
		return true;
	/* Only then the format counts. */
	filter->can_mask |= CAN_EFF_FLAG;
	if (json_object_get_boolean(extended))
		filter->can_id |= CAN_EFF_FLAG;
	return true;
}

static int resolve_filters(struct resolver *r)
{
	static const char wanted[] = "a list such as [{\"can_id\": 256, \"can_mask\": 2044}]";
	const char *text = anycan_config_get(r->config, "can_filters");
	struct json_object *list;
	bool is_list;
	size_t n;

	if (!text)
		return 0;
	list = json_tokener_parse(text);
	is_list = json_object_is_type(list, json_type_array);
	n = is_list ? json_object_array_length(list) : 0;
	if (n)
		r->target->filters = calloc(n, sizeof(*r->target->filters));
	for (size_t i = 0; r->target->filters && i < n; i++)
		r->target->n_filters +=
			resolve_filter(json_object_array_get_idx(list, i), &r->target->filters[i]);
	json_object_put(list);
	if (n && !r->target->filters)
		return -ENOMEM;
	return is_list && r->target->n_filters == n ? 0 : wrong(r, "can_filters", text, wanted);
}

/* ---- The rest */

static int resolve_state(struct resolver *r)
{
	const char *state = anycan_config_get(r->config, "state");
	const char *dot;

	if (!state)
		return 0;
	dot = strrchr(state, '.');
	if (!strcasecmp(dot ? dot + 1 : state, "PASSIVE"))
		r->target->passive = true;
	else if (strcasecmp(dot ? dot + 1 : state, "ACTIVE"))
		return wrong(r, "state", state, "ACTIVE or PASSIVE");
	return 0;
}

static int resolve_options(struct resolver *r)
{
	struct anycan_config_target *target = r->target;
	const struct anycan_config *config = r->config;
	int ret = resolve_state(r);

	target->receive_own_messages = is_true(config, "receive_own_messages");
	target->no_local_loopback =
		anycan_config_get(config, "local_loopback") && !is_true(config, "local_loopback");
	target->ignore_rx_error_frames = is_true(config, "ignore_rx_error_frames");
	target->preserve_timestamps = is_true(config, "preserve_timestamps");
	target->fd = is_true(config, "fd");
	if (is_true(config, "monitor"))
		target->passive = true;
	if (!ret)
		ret = get_number(r, "rx_queue_size", &target->rx_queue_size);
	return ret ? ret : resolve_filters(r);
}

int anycan_config_resolve(const struct anycan_config *config, struct anycan_config_target *target,
			  struct anycan_error *error)
{
	struct resolver r = {.config = config, .target = target, .error = error};
	int ret;

	memset(target, 0, sizeof(*target));
	anycan_string_init(&r.address, target->address, sizeof(target->address));
	anycan_string_init(&r.settings, target->settings, sizeof(target->settings));
	r.interface = anycan_config_find_interface(anycan_config_get(config, "interface"));
	if (!r.interface->driver)
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EPROTONOSUPPORT,
					"interface %s needs %s", r.interface->name,
					r.interface->needs);
	ret = anycan_config_each(config, check_key, &r);
	if (!ret)
		ret = resolve_options(&r);
	if (!ret)
		ret = resolve_timing(&r);
	if (!ret)
		ret = resolve_address(&r);
	if (!ret && (r.address.len + 1 == r.address.size || r.settings.len + 1 == r.settings.size))
		ret = anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				       "%s: the address or the settings are too long: %.80s",
				       r.interface->name, target->address);
	if (ret)
		anycan_config_target_clear(target);
	return ret;
}

void anycan_config_target_clear(struct anycan_config_target *target)
{
	free(target->filters);
	target->filters = NULL;
	target->n_filters = 0;
}
