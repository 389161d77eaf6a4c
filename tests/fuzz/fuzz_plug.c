/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: every input is a file of /etc/anycan up to a NUL, and lines of the record of names
 * behind it. What is understood must be settings that a bridge takes, and names that a netdev can
 * have.
 */
#include <plug_config.h>
#include <plug_record.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static void hear(const char *text, void *arg)
{
	demand(!strncmp(text, "fuzz.conf:", 10));
	++*(unsigned int *)arg;
}

static void check_channel(const struct plug_file *file, unsigned int channel)
{
	struct bridged_settings settings = {0};
	char value[256], reason[BRIDGED_REASON_SIZE];
	const char *key;

	for (unsigned int i = 0; (key = bridged_settings_key(i)); i++)
		if (plug_file_value(file, key, channel, value, sizeof(value)))
			demand(!bridged_settings_set(&settings, key, value, reason,
						     sizeof(reason)));
	if (plug_file_value(file, "name", channel, value, sizeof(value)))
		demand(bridged_is_netdev_name(value, strlen(value)));
	demand(plug_file_items(file) <= BRIDGED_CHANNELS_MAX);
}

static void check_file(const char *text, size_t len)
{
	static const struct plug_device device = {
		.driver = "slcan",
		.kernel = "cdc_acm",
		.serial = "A1",
		.path = "pci-0000:00:14.0-usb-0:2.3",
		.usb = "1-2.3",
		.vid = 0x0403,
		.pid = 0xffa8,
	};
	unsigned int heard = 0;
	const struct plug_judge judge = {.error = hear, .arg = &heard};
	struct plug_file *file = calloc(1, sizeof(*file));
	int ret;

	demand(file);
	strcpy(file->path, "fuzz.conf");
	ret = plug_file_parse(file, text, len, &judge);
	demand(!ret == !heard && file->errors == heard);
	plug_file_matches(file, &device, PLUG_ANY_CHANNEL);
	for (unsigned int channel = 0; !ret && channel < BRIDGED_CHANNELS_MAX; channel++)
		check_channel(file, channel);
	plug_file_clear(file);
	free(file);
}

static void check_record(const char *text, size_t len)
{
	char *lines = strndup(text, len), *rest = lines, *line;
	struct plug_entry entry;

	demand(lines);
	while ((line = strsep(&rest, "\n"))) {
		if (plug_record_parse(line, &entry))
			continue;
		demand(strchr(entry.id, ':'));
		for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
			demand(!entry.names[i][0] ||
			       bridged_is_netdev_name(entry.names[i], strlen(entry.names[i])));
	}
	free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;

	check_file((const char *)data, len);
	if (nul)
		check_record((const char *)nul + 1, size - len - 1);
	return 0;
}
