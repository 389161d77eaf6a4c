/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: every input is a record that comes to a hub or to a program. What is understood must
 * be valid, and mean the same after it was written and read again.
 */
#include <anycan/hub.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_frames(const uint8_t *data, size_t size, const struct anycan_hub_header *header)
{
	struct anycan_frame frames[ANYCAN_HUB_BATCH], again;
	struct anycan_hub_reader reader;
	struct anycan_hub_record record;
	struct anycan_hub_header own;
	unsigned int n = 0;
	int ret;

	anycan_hub_begin(&record, header);
	anycan_hub_read(&reader, data, size, header);
	while ((ret = anycan_hub_next(&reader, &again)) > 0) {
		demand(n < header->count && !anycan_frame_check(&again, NULL));
		frames[n++] = again;
		demand(anycan_hub_put(&record, &again));
	}
	demand(ret < 0 || n == header->count);
	demand(!anycan_hub_parse(record.bytes, record.len, &own) && own.count == n);
	anycan_hub_read(&reader, record.bytes, record.len, &own);
	for (unsigned int i = 0; i < n; i++) {
		demand(anycan_hub_next(&reader, &again) == 1);
		demand(!memcmp(&again, &frames[i], sizeof(again)));
	}
}

static void fuzz_filters(const uint8_t *data, const struct anycan_hub_header *header)
{
	struct can_filter list[CAN_RAW_FILTER_MAX];
	size_t n = anycan_hub_filters(data, header, list);

	demand(n == header->count);
	for (size_t i = 0; i < n; i++)
		anycan_filter_match(list, n, header->flags & ANYCAN_HUB_JOINED, list[i].can_id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct anycan_hub_header header;

	if (anycan_hub_parse(data, size, &header))
		return 0;
	if (header.type == ANYCAN_HUB_FRAMES)
		fuzz_frames(data, size, &header);
	else if (header.type == ANYCAN_HUB_FILTERS)
		fuzz_filters(data, &header);
	return 0;
}
