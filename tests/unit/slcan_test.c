// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the tests of the slcan driver share. See slcan_test.h.
 */
#include "slcan_test.h"

#include <anycan/hex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rig *slcan_new(const char *words, slcan_answer answer)
{
	return rig_check_new("slcan", words, answer);
}

struct rig *slcan_open(const char *words, slcan_answer answer)
{
	return rig_check_open("slcan", words, answer);
}

void slcan_feed(struct rig *rig, const char *text)
{
	rig_feed(rig, (const uint8_t *)text, strlen(text));
	if (rig->fault)
		fail_msg("%s", rig->fault);
}

void slcan_sent(struct rig *rig, const char *text)
{
	const uint8_t *bytes;
	size_t len = rig_take(rig, &bytes);
	char got[8192];

	assert_true(len < sizeof(got));
	memcpy(got, len ? (const char *)bytes : "", len);
	got[len] = '\0';
	assert_string_equal(got, text);
}

int slcan_send(struct rig *rig, const char *frame)
{
	return rig_check_send(rig, frame);
}

void slcan_got(struct rig *rig, size_t index, const char *frame)
{
	rig_check_got(rig, index, frame);
}

void slcan_ms(struct rig *rig, int64_t ms)
{
	rig_check_ms(rig, ms);
}

static char escaped(char **at)
{
	static const char letters[] = "r\rn\na\at\ts ";
	const char *letter;
	uint32_t value;

	if (**at == 'x' && anycan_hex_number(*at + 1, 2, &value)) {
		*at += 3;
		return (char)value;
	}
	letter = strchr(letters, *(*at)++);
	return letter ? letter[1] : '\\';
}

size_t slcan_unescape(char *text)
{
	char *from = text, *to = text;

	while (*from) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		*to++ = escaped(&from);
	}
	return (size_t)(to - text);
}

bool slcan_data_open(struct slcan_data *data, const char *name)
{
	const char *top = getenv("ANYCAN_TOP");
	char path[512];

	memset(data, 0, sizeof(*data));
	snprintf(path, sizeof(path), "%s/tests/data/slcan/%s", top ? top : "../..", name);
	data->file = fopen(path, "r");
	return data->file != NULL;
}

bool slcan_data_next(struct slcan_data *data)
{
	char *save = NULL, *word;

	while (fgets(data->line, sizeof(data->line), data->file)) {
		data->number++;
		data->line[strcspn(data->line, "\n")] = '\0';
		if (data->line[0] == '#')
			continue;
		data->n = 0;
		for (word = strtok_r(data->line, " \t", &save); word && data->n < 16;
		     word = strtok_r(NULL, " \t", &save))
			data->words[data->n++] = word;
		if (data->n)
			return true;
	}
	fclose(data->file);
	return false;
}
