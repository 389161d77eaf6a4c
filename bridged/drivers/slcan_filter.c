// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Acceptance filters. Sources: SJA1000 data sheet (PeliCAN dual filter, codes and masks where 1
 * means do not care), WeAct and CANable 2.5 firmware.
 */
#include "slcan_filter.h"

#include <anycan/hex.h>
#include <string.h>

#define SLCAN_EFF_DIGITS 8
#define SLCAN_SFF_DIGITS 3

bool slcan_filters_parse(struct slcan_filters *filters, const char *text)
{
	struct slcan_filters parsed = {.n = 0};

	for (;;) {
		if (parsed.n == SLCAN_FILTERS_MAX)
			return false;
		if (!filter_parse(&parsed.list[parsed.n++], &text))
			return false;
		if (!*text)
			break;
		if (*text != ',' && *text != ';' && *text != ' ')
			return false;
		text++;
	}
	*filters = parsed;
	return true;
}

bool slcan_filters_pass(const struct slcan_filters *filters, canid_t can_id)
{
	const struct filter *filter;
	unsigned int i;

	for (i = 0; i < filters->n; i++) {
		filter = &filters->list[i];
		if ((can_id & CAN_EFF_FLAG) == (filter->id & CAN_EFF_FLAG) &&
		    ((can_id ^ filter->id) & filter->mask) == 0)
			return true;
	}
	return filters->n == 0;
}

static void slcan_add_hex(struct anycan_string *script, unsigned int digits, uint32_t value)
{
	char text[SLCAN_EFF_DIGITS];

	anycan_hex_put_number(text, digits, value);
	anycan_string_add_n(script, text, digits);
}

/*
 * One half of the dual filter: the 11 bits of a standard identifier, or the upper 16 of an
 * extended one. Mask bits are those to be ignored, RTR and data always among them.
 */
static void slcan_sja1000_half(const struct filter *filter, uint32_t *code, uint32_t *ignore)
{
	if (filter->id & CAN_EFF_FLAG) {
		*code = (filter->id & CAN_EFF_MASK) >> 13;
		*ignore = ~(filter->mask >> 13) & 0xffff;
	} else {
		*code = filter->id << 5;
		*ignore = ~(filter->mask << 5) & 0xffff;
	}
}

static const char *slcan_filters_sja1000(const struct slcan_filters *filters, const char *flag,
					 struct anycan_string *script)
{
	const struct filter *first = &filters->list[0], *second = &filters->list[1];
	uint32_t code = 0, ignore = UINT32_MAX, half_code, half_ignore;

	if (filters->n > 2)
		return "it has two filters";
	if (filters->n) {
		/* The first filter compares the data of 11-bit frames with bits of the second. */
		if (filters->n == 1) {
			second = first;
		} else if (second->id & CAN_EFF_FLAG) {
			first = &filters->list[1];
			second = &filters->list[0];
		}
		slcan_sja1000_half(first, &code, &ignore);
		slcan_sja1000_half(second, &half_code, &half_ignore);
		code = code << 16 | half_code;
		ignore = ignore << 16 | half_ignore;
		anycan_string_add(script, "?W0\r");
	}
	anycan_string_add(script, flag);
	anycan_string_add(script, "M");
	slcan_add_hex(script, 8, code);
	anycan_string_add(script, "\r");
	anycan_string_add(script, flag);
	anycan_string_add(script, "m");
	slcan_add_hex(script, 8, ignore);
	anycan_string_add(script, "\r");
	return NULL;
}

static const char *slcan_filters_hex(const struct slcan_filters *filters, const char *flag,
				     struct anycan_string *script)
{
	/* Where one kind of identifier is not wanted at all, only its highest one passes. */
	struct filter sff = {CAN_SFF_MASK, CAN_SFF_MASK};
	struct filter eff = {CAN_EFF_MASK, CAN_EFF_MASK};
	unsigned int sffs = 0, effs = 0, i;

	for (i = 0; i < filters->n; i++) {
		if (filters->list[i].id & CAN_EFF_FLAG) {
			eff = filters->list[i];
			effs++;
		} else {
			sff = filters->list[i];
			sffs++;
		}
	}
	if (sffs > 1 || effs > 1)
		return "it has one filter for 11-bit and one for 29-bit identifiers";
	if (!filters->n)
		sff = eff = (struct filter){0, 0};
	anycan_string_add(script, flag);
	anycan_string_add(script, "f");
	slcan_add_hex(script, SLCAN_SFF_DIGITS, sff.id);
	slcan_add_hex(script, SLCAN_SFF_DIGITS, sff.mask);
	anycan_string_add(script, "\r");
	anycan_string_add(script, flag);
	anycan_string_add(script, "F");
	slcan_add_hex(script, SLCAN_EFF_DIGITS, eff.id & CAN_EFF_MASK);
	slcan_add_hex(script, SLCAN_EFF_DIGITS, eff.mask);
	anycan_string_add(script, "\r");
	return NULL;
}

static const char *slcan_filters_list(const struct slcan_filters *filters, const char *flag,
				      struct anycan_string *script)
{
	unsigned int digits, i;

	/* Closing has removed all filters. */
	if (!filters->n)
		return NULL;
	anycan_string_add(script, flag);
	for (i = 0; i < filters->n; i++) {
		digits = filters->list[i].id & CAN_EFF_FLAG ? SLCAN_EFF_DIGITS : SLCAN_SFF_DIGITS;
		anycan_string_add(script, i ? ";" : "F");
		slcan_add_hex(script, digits, filters->list[i].id & CAN_EFF_MASK);
		anycan_string_add(script, ",");
		slcan_add_hex(script, digits, filters->list[i].mask);
	}
	anycan_string_add(script, "\r");
	return NULL;
}

const char *slcan_filters_commands(const struct slcan_dialect *dialect,
				   const struct slcan_filters *filters, const char *flag,
				   struct anycan_string *script)
{
	switch (dialect->filters) {
	case SLCAN_FILTER_SJA1000:
		return slcan_filters_sja1000(filters, flag, script);
	case SLCAN_FILTER_HEX:
		return slcan_filters_hex(filters, flag, script);
	case SLCAN_FILTER_LIST:
		return slcan_filters_list(filters, flag, script);
	case SLCAN_FILTER_NONE:
		break;
	}
	return filters->n ? "it has no filters" : NULL;
}
