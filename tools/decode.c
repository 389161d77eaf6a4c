// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Payload to values: the text of decode strings read, payloads taken apart.
 */
#include "decode.h"

#include "decode_number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One value of a format; padding is none. */
struct item {
	char type;
	uint8_t offset, size;
};

struct entry {
	uint32_t id;
	bool big_endian;
	bool fits; /* some payload is as long as .size */
	uint64_t size;
	unsigned int n_items, n_scales;
	struct item items[DECODE_VALUES_MAX];
	struct decode_scale scales[DECODE_VALUES_MAX];
};

struct decode {
	struct entry **list; /* in order of identifier */
	size_t n;
};

struct decode *decode_new(void)
{
	return calloc(1, sizeof(struct decode));
}

void decode_free(struct decode *decode)
{
	if (!decode)
		return;
	for (size_t i = 0; i < decode->n; i++)
		free(decode->list[i]);
	free(decode->list);
	free(decode);
}

size_t decode_count(const struct decode *decode)
{
	return decode->n;
}

/* ---- FORMAT */

struct kind {
	char type;
	uint8_t standard;	   /* bytes with < > = !; 0: not there */
	uint8_t native, alignment; /* with @ or nothing */
};

#define NATIVE(c_type) sizeof(c_type), _Alignof(c_type)

static const struct kind kinds[] = {
	{'x', 1, NATIVE(char)},
	{'c', 1, NATIVE(char)},
	{'b', 1, NATIVE(char)},
	{'B', 1, NATIVE(char)},
	{'?', 1, NATIVE(bool)},
	{'s', 1, NATIVE(char)},
	{'p', 1, NATIVE(char)},
	{'h', 2, NATIVE(short)},
	{'H', 2, NATIVE(short)},
	{'i', 4, NATIVE(int)},
	{'I', 4, NATIVE(int)},
	{'l', 4, NATIVE(long)},
	{'L', 4, NATIVE(long)},
	{'q', 8, NATIVE(long long)},
	{'Q', 8, NATIVE(long long)},
	{'n', 0, NATIVE(ptrdiff_t)},
	{'N', 0, NATIVE(size_t)},
	{'P', 0, NATIVE(void *)},
	{'e', 2, NATIVE(unsigned short)},
	{'f', 4, NATIVE(float)},
	{'d', 8, NATIVE(double)},
};

/* A format on the way from text to items. */
struct reading {
	const char *text, *end;
	struct entry *entry;
	bool native;
	const char *reason;
};

static bool fail(struct reading *r, const char *reason)
{
	r->reason = reason;
	return false;
}

static void take_byte_order(struct reading *r)
{
	char order = r->text < r->end ? *r->text : '\0';

	r->native = !strchr("=<>!", order) || !order;
	r->entry->big_endian = order == '>' || order == '!';
	if (order != '<' && !r->entry->big_endian)
		r->entry->big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	if (!r->native || order == '@')
		r->text++;
}

static bool take_repeat(struct reading *r, uint64_t *repeat)
{
	*repeat = 1;
	if (!isdigit((unsigned char)*r->text))
		return true;
	for (*repeat = 0; r->text < r->end && isdigit((unsigned char)*r->text); r->text++)
		if (__builtin_mul_overflow(*repeat, 10, repeat) ||
		    __builtin_add_overflow(*repeat, *r->text - '0', repeat) || *repeat > INT64_MAX)
			return fail(r, "a count in the format is too large");
	return r->text < r->end || fail(r, "a count at the end of the format counts nothing");
}

static const struct kind *find_kind(const struct reading *r)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == *r->text && (r->native || kinds[i].standard))
			return &kinds[i];
	return NULL;
}

/* Once the format is longer than any payload, its values will never be asked for. */
static bool add_item(struct entry *entry, char type, uint64_t size)
{
	if (entry->size + size > CANFD_MAX_DLEN)
		return true;
	if (entry->n_items == DECODE_VALUES_MAX)
		return false;
	entry->items[entry->n_items++] = (struct item){type, (uint8_t)entry->size, (uint8_t)size};
	return true;
}

static bool take_values(struct reading *r, const struct kind *kind, uint64_t repeat)
{
	uint64_t one = r->native ? kind->native : kind->standard, size, total;
	bool whole = kind->type == 's' || kind->type == 'p';

	if (r->native)
		r->entry->size += -r->entry->size & (kind->alignment - 1U);
	if (__builtin_mul_overflow(repeat, one, &size) ||
	    __builtin_add_overflow(r->entry->size, size, &total) || total > INT64_MAX)
		return fail(r, "the format is too long");
	if (whole && !add_item(r->entry, kind->type, size))
		return fail(r, "the format has more than 128 values");
	for (uint64_t i = 0; i < repeat && !whole && kind->type != 'x'; i++) {
		if (r->entry->size > CANFD_MAX_DLEN)
			break;
		if (!add_item(r->entry, kind->type, one))
			return fail(r, "the format has more than 128 values");
		r->entry->size += one;
	}
	r->entry->size = total;
	return true;
}

static bool take_format(struct reading *r)
{
	take_byte_order(r);
	for (; r->text < r->end; r->text++) {
		const struct kind *kind;
		uint64_t repeat;

		if (isspace((unsigned char)*r->text))
			continue;
		if (!take_repeat(r, &repeat))
			return false;
		kind = find_kind(r);
		if (!kind)
			return fail(r, "the format has a letter that is none of xcbB?hHiIlLqQfde "
				       "with < or > before them");
		if (!take_values(r, kind, repeat))
			return false;
	}
	r->entry->fits = r->entry->size <= CANFD_MAX_DLEN;
	return true;
}

/* ---- The whole string */

static bool take_scale(struct reading *r, const char *text, size_t len)
{
	struct entry *entry = r->entry;

	if (entry->n_scales == DECODE_VALUES_MAX)
		return fail(r, "there are more than 128 scales");
	if (!decode_scale_parse(text, len, &entry->scales[entry->n_scales]))
		return fail(r, "a scale is no number, or 0");
	if (entry->n_scales < entry->n_items && strchr("csp", entry->items[entry->n_scales].type))
		return fail(r, "c, s and p give text, which has no scale");
	entry->n_scales++;
	return true;
}

static bool take_string(struct reading *r, const char *text, size_t len)
{
	const char *end = text + len, *colon = memchr(text, ':', len);

	if (!colon)
		return fail(r, "write ID:FORMAT, such as 100:<BHL");
	if (!decode_id_parse(text, (size_t)(colon - text), &r->entry->id))
		return fail(r, "the identifier is no hexadecimal number up to 1FFFFFFF");
	text = colon + 1;
	colon = memchr(text, ':', (size_t)(end - text));
	r->text = text;
	r->end = colon ? colon : end;
	if (!take_format(r))
		return false;
	while (colon) {
		text = colon + 1;
		colon = memchr(text, ':', (size_t)(end - text));
		if (!take_scale(r, text, (size_t)((colon ? colon : end) - text)))
			return false;
	}
	return true;
}

/* The first entry that is not before @id. */
static size_t find(const struct decode *decode, uint32_t id)
{
	size_t low = 0, high = decode->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (decode->list[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int insert(struct decode *decode, struct entry *entry)
{
	size_t at = find(decode, entry->id);
	struct entry **more;

	if (at < decode->n && decode->list[at]->id == entry->id) {
		free(decode->list[at]);
		decode->list[at] = entry;
		return 0;
	}
	more = realloc(decode->list, (decode->n + 1) * sizeof(struct entry *));
	if (!more)
		return -ENOMEM;
	decode->list = more;
	memmove(more + at + 1, more + at, (decode->n - at) * sizeof(struct entry *));
	more[at] = entry;
	decode->n++;
	return 0;
}

int decode_add(struct decode *decode, const char *text, size_t len, const char **reason)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	struct reading r = {.entry = entry};
	int ret = 0;

	*reason = "no memory";
	if (!entry)
		return -ENOMEM;
	if (!take_string(&r, text, len)) {
		*reason = r.reason;
		ret = -EINVAL;
	}
	if (!ret)
		ret = insert(decode, entry);
	if (ret)
		free(entry);
	return ret;
}

/* ---- Payload to text */

static struct decode_value take_value(const struct entry *entry, const struct item *item,
				      const uint8_t *data)
{
	struct decode_value value = {.type = item->type, .bytes = data + item->offset};
	uint64_t bits = 0;

	value.len = item->size;
	if (item->type == 'p' && item->size) {
		value.bytes++;
		value.len = value.bytes[-1] < item->size ? value.bytes[-1] : item->size - 1U;
	}
	if (strchr("csp", item->type))
		return value;
	for (unsigned int i = 0; i < item->size; i++)
		bits = bits << 8 | value.bytes[entry->big_endian ? i : item->size - 1U - i];
	decode_value_set(&value, bits, item->size);
	return value;
}

int decode_print(const struct decode *decode, canid_t can_id, const uint8_t *data, size_t len,
		 char *buf, size_t size)
{
	size_t at = find(decode, can_id & CAN_EFF_MASK), used = 0;
	const struct entry *entry = at < decode->n ? decode->list[at] : NULL;
	unsigned int shown;

	if (size)
		*buf = '\0';
	if (!len)
		return 0;
	if (!entry || entry->id != (can_id & CAN_EFF_MASK))
		return -ENOENT;
	if (!entry->fits || entry->size != len)
		return -EMSGSIZE;
	shown = entry->n_scales && entry->n_scales < entry->n_items ? entry->n_scales
								    : entry->n_items;
	for (unsigned int i = 0; i < shown; i++) {
		struct decode_value value = take_value(entry, &entry->items[i], data);
		char *to = used < size ? buf + used : NULL;

		if (entry->n_scales)
			decode_value_scale(&value, &entry->scales[i]);
		used += decode_value_print(&value, i ? " " : "", to, to ? size - used : 0);
	}
	return (int)used;
}
