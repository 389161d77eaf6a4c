// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Keys of a configuration that are more than text, with the meaning that they have for python-can:
 * numbers as Python's int() reads them, truth as it has it.
 */
#include "config.h"

#include <anycan/string.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int wrong_value(struct anycan_error *error, const char *key, struct json_object *value,
		       const char *wanted)
{
	return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL, "%s is %.60s, but must be %s",
				key, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN),
				wanted);
}

static int digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isalpha((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 99;
}

/* Digits with an underscore between two of them. Return: whether it is a number of 32 bits. */
static bool parse_digits(const char *text, const char *end, int base, uint32_t *number)
{
	uint64_t sum = 0;
	bool after_digit = false;

	for (; text < end; text++) {
		if (*text == '_' && after_digit) {
			after_digit = false;
			continue;
		}
		if (digit_of(*text) >= base || sum > UINT32_MAX)
			return false;
		sum = sum * (unsigned int)base + (unsigned int)digit_of(*text);
		after_digit = true;
	}
	*number = (uint32_t)sum;
	return after_digit && sum <= UINT32_MAX;
}

/* The base that a prefix tells, and what is behind it. Return: 0 for a decimal with a leading 0. */
static int take_prefix(const char **text, const char *end)
{
	static const char letters[] = "xob";
	static const int bases[] = {16, 8, 2};
	const char *letter, *at = *text;

	if (at == end || *at != '0')
		return 10;
	letter = end - at > 1 ? strchr(letters, tolower((unsigned char)at[1])) : NULL;
	if (letter && *letter) {
		*text += 2;
		if (*text < end && **text == '_')
			(*text)++;
		return bases[letter - letters];
	}
	while (at < end && (*at == '0' || *at == '_'))
		at++;
	return at == end ? 10 : 0;
}

/* As int(text, base), from 0 to 2^32 - 1; @base: 10, or 0 for any with its prefix. */
static bool parse_number(const char *text, int base, uint32_t *number)
{
	const char *end = text + strlen(text);

	while (isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	if (text < end && *text == '+')
		text++;
	if (!base)
		base = take_prefix(&text, end);
	return base && parse_digits(text, end, base, number);
}

static bool to_number(struct json_object *value, int base, uint32_t *number)
{
	int64_t whole = json_object_get_int64(value);
	double real = json_object_get_double(value);

	switch (json_object_get_type(value)) {
	case json_type_string:
		return parse_number(json_object_get_string(value), base, number);
	case json_type_double:
		if (!base || !(real > -1 && real < UINT32_MAX + 1.))
			return false;
		*number = (uint32_t)real;
		return true;
	case json_type_boolean:
		*number = (uint32_t)json_object_get_boolean(value);
		return base;
	case json_type_int:
		*number = (uint32_t)whole;
		return whole >= 0 && whole <= UINT32_MAX;
	default:
		return false;
	}
}

/* A key that is a number from then on, if it is there. */
static int normalize_number(struct anycan_config *config, const char *key,
			    struct anycan_error *error)
{
	struct json_object *value;
	uint32_t number;

	if (!json_object_object_get_ex(config->values, key, &value))
		return 0;
	if (!to_number(value, 10, &number))
		return wrong_value(error, key, value, "a number such as 500000");
	json_object_object_add(config->values, key, json_object_new_int64(number));
	return 0;
}

static int normalize_port(struct anycan_config *config, struct anycan_error *error)
{
	struct json_object *value;
	uint32_t port = 0;
	const char *text;

	if (!json_object_object_get_ex(config->values, "port", &value))
		return 0;
	text = json_object_get_string(value);
	if (json_object_is_type(value, json_type_string))
		parse_digits(text, text + strspn(text, "0123456789"), 10, &port);
	else if (!json_object_is_type(value, json_type_double))
		to_number(value, 10, &port);
	if (!port || port >= UINT16_MAX ||
	    (json_object_is_type(value, json_type_string) && text[strspn(text, "0123456789")]))
		return wrong_value(error, "port", value, "a number from 1 to 65534");
	json_object_object_add(config->values, "port", json_object_new_int64(port));
	return 0;
}

static void normalize_fd(struct anycan_config *config)
{
	struct json_object *value;
	const char *text;
	bool fd = true;

	if (!json_object_object_get_ex(config->values, "fd", &value))
		return;
	text = json_object_get_string(value);
	if (json_object_is_type(value, json_type_string))
		fd = strcmp(text, "0") && strcmp(text, "False") && strcmp(text, "false");
	else if (!json_object_is_type(value, json_type_null) &&
		 !json_object_is_type(value, json_type_array) &&
		 !json_object_is_type(value, json_type_object))
		fd = json_object_get_boolean(value);
	json_object_object_add(config->values, "fd", json_object_new_boolean(fd));
}

static int set_registers(struct anycan_timing *timing, const char *key, uint32_t number,
			 struct json_object *value, struct anycan_error *error)
{
	if (number > UINT8_MAX)
		return wrong_value(error, key, value, "a register of 8 bits, 0 to 255");
	if (!strcmp(key, "btr0"))
		anycan_timing_set_btr0(timing, (uint8_t)number);
	else
		anycan_timing_set_btr1(timing, (uint8_t)number);
	return 0;
}

/* One key of the bit timing, which leaves the configuration for it. */
static int take_timing(struct anycan_config *config, const char *key, uint32_t *member,
		       struct anycan_error *error)
{
	struct json_object *value;
	uint32_t number;
	int ret = 0;

	if (!json_object_object_get_ex(config->values, key, &value))
		return 0;
	if (!to_number(value, 0, &number))
		return wrong_value(error, key, value, "a number such as 20 or 0x14");
	if (!member)
		ret = set_registers(&config->timing, key, number, value, error);
	else if (member == &config->timing.samples && number != 1 && number != 3)
		ret = wrong_value(error, key, value, "1 or 3");
	else
		*member = number;
	config->has_timing = true;
	json_object_object_del(config->values, key);
	return ret;
}

static int normalize_timing(struct anycan_config *config, struct anycan_error *error)
{
	struct anycan_timing *timing = &config->timing;
	const struct {
		const char *key;
		uint32_t *member;
	} keys[] = {
		{"f_clock", &timing->clock_hz},
		{"brp", &timing->brp},
		{"tseg1", &timing->tseg1},
		{"tseg2", &timing->tseg2},
		{"sjw", &timing->sjw},
		{"nof_samples", &timing->samples},
		{"btr0", NULL},
		{"btr1", NULL},
	};
	struct json_object *bitrate;
	int ret = 0;

	timing->samples = 1;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !ret; i++)
		ret = take_timing(config, keys[i].key, keys[i].member, error);
	if (json_object_object_get_ex(config->values, "bitrate", &bitrate))
		timing->bitrate = (uint32_t)json_object_get_int64(bitrate);
	return ret;
}

static int unknown_interface(struct json_object *interface, struct anycan_error *error)
{
	const struct anycan_config_interface *known;
	char names[ANYCAN_ERROR_SIZE];
	struct anycan_string list;
	size_t count;

	if (!interface)
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EPROTONOSUPPORT,
					"no interface is configured: set CAN_INTERFACE, or write "
					"'interface = socketcan' below [default] in ~/.canrc");
	anycan_string_init(&list, names, sizeof(names));
	known = anycan_config_interfaces(&count);
	for (size_t i = 0; i < count; i++) {
		anycan_string_add(&list, " ");
		anycan_string_add(&list, known[i].name);
	}
	return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EPROTONOSUPPORT,
				"there is no interface %.60s; there are:%s",
				json_object_to_json_string_ext(interface, JSON_C_TO_STRING_PLAIN),
				names);
}

static int check_interface(struct anycan_config *config, struct anycan_error *error)
{
	struct json_object *interface = NULL, *channel;

	if (!json_object_object_get_ex(config->values, "channel", &channel))
		json_object_object_add(config->values, "channel", NULL);
	if (!json_object_object_get_ex(config->values, "interface", &interface))
		json_object_object_add(config->values, "interface", NULL);
	if (json_object_is_type(interface, json_type_string) &&
	    anycan_config_find_interface(json_object_get_string(interface)))
		return 0;
	return unknown_interface(interface, error);
}

int anycan_config_normalize(struct anycan_config *config, struct anycan_error *error)
{
	int ret = check_interface(config, error);

	if (!ret)
		ret = normalize_port(config, error);
	if (!ret)
		ret = normalize_number(config, "bitrate", error);
	normalize_fd(config);
	if (!ret)
		ret = normalize_number(config, "data_bitrate", error);
	if (!ret)
		ret = normalize_timing(config, error);
	return ret;
}
