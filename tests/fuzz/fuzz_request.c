/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: every input is a line that somebody sends to a bridge, or to whoever starts them. What
 * becomes the words of a command line is printable, and stands behind the end of its options; the
 * settings of a link are what they say, or are refused with a reason.
 */
#include <attach.h>
#include <errno.h>
#include <json-c/json.h>
#include <option.h>
#include <request.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static void fuzz_attach(const char *line, size_t len)
{
	struct bridged_attach attach = {0};

	if (bridged_attach_parse(&attach, line, len)) {
		int end = strcmp(attach.argv[1], "--port") ? 1 : 3;

		demand(attach.argc > end + 1 && attach.argc <= end + 1 + BRIDGED_WORDS_MAX);
		demand(!strcmp(attach.argv[end], "--") && !attach.argv[attach.argc]);
		for (int i = 0; i < attach.argc; i++)
			demand(is_printable(attach.argv[i]));
	}
	bridged_attach_free(&attach);
}

static void fuzz_pair(struct json_object *pair)
{
	struct bridged_settings settings = {0};
	char reason[BRIDGED_REASON_SIZE] = "";
	const char *key, *value;
	int ret;

	if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2)
		return;
	key = bridged_request_text(json_object_array_get_idx(pair, 0));
	value = bridged_request_text(json_object_array_get_idx(pair, 1));
	if (!key || !value)
		return;
	ret = bridged_settings_set(&settings, key, value, reason, sizeof(reason));
	demand(ret == 0 || ret == -ENOENT || ret == -EINVAL);
	demand((ret == -EINVAL) == (*reason != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *request, *list;

	fuzz_attach((const char *)data, size);
	request = bridged_request_parse((const char *)data, size);
	if (json_object_object_get_ex(request, "settings", &list) &&
	    json_object_is_type(list, json_type_array))
		for (size_t i = 0; i < json_object_array_length(list); i++)
			fuzz_pair(json_object_array_get_idx(list, i));
	json_object_put(request);
	return 0;
}
