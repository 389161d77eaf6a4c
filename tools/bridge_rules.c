// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Rewriting identifiers on the way from one bus to another.
 */
#include "bridge.h"
#include "filter_args.h"

#include <stdlib.h>
#include <string.h>

static canid_t largest(canid_t can_id)
{
	return can_id & CAN_EFF_FLAG ? CAN_EFF_MASK : CAN_SFF_MASK;
}

/* `FIRST[-LAST]=TO` */
static bool parse_map(const char *text, size_t len, struct bridge_rule *rule)
{
	const char *equals = memchr(text, '=', len);

	rule->kind = BRIDGE_RULE_MAP;
	return equals &&
	       filter_args_range(text, (size_t)(equals - text), &rule->first, &rule->last) &&
	       filter_args_id(equals + 1, (size_t)(text + len - equals - 1), &rule->to) &&
	       (rule->to & CAN_EFF_MASK) + (rule->last - rule->first) <= largest(rule->to);
}

/* `and:7F0`, `set:123`; the operand of all but `set` is a plain number. */
static bool parse_operation(const char *text, size_t len, struct bridge_rule *rule)
{
	static const struct {
		const char *word;
		enum bridge_rule_kind kind;
	} operations[] = {
		{"and:", BRIDGE_RULE_AND},
		{"or:", BRIDGE_RULE_OR},
		{"xor:", BRIDGE_RULE_XOR},
		{"set:", BRIDGE_RULE_SET},
	};

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		size_t n = strlen(operations[i].word);
		char digits[9] = "";

		if (len <= n || strncmp(text, operations[i].word, n) || len - n > 8)
			continue;
		rule->kind = operations[i].kind;
		if (rule->kind == BRIDGE_RULE_SET)
			return filter_args_id(text + n, len - n, &rule->to);
		memcpy(digits, text + n, len - n);
		rule->to = (canid_t)strtoul(digits, NULL, 16);
		return strspn(digits, "0123456789abcdefABCDEF") == len - n &&
		       rule->to <= CAN_EFF_MASK;
	}
	return false;
}

bool bridge_rules_parse(const char *text, struct bridge_rules *rules)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		struct bridge_rule *rule = &rules->list[rules->n];

		if (rules->n == BRIDGE_RULES_MAX ||
		    !(parse_map(text, len, rule) || parse_operation(text, len, rule)))
			return false;
		rules->n++;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

static canid_t apply(const struct bridge_rule *rule, canid_t id)
{
	switch (rule->kind) {
	case BRIDGE_RULE_MAP:
		return id >= rule->first && id <= rule->last ? rule->to + (id - rule->first) : id;
	case BRIDGE_RULE_AND:
		return id & (rule->to | CAN_EFF_FLAG);
	case BRIDGE_RULE_OR:
		return id | rule->to;
	case BRIDGE_RULE_XOR:
		return id ^ rule->to;
	default:
		return rule->to;
	}
}

bool bridge_rules_apply(const struct bridge_rules *rules, canid_t *can_id)
{
	const canid_t kept = *can_id & CAN_RTR_FLAG;
	canid_t id = *can_id & ~CAN_RTR_FLAG;

	for (unsigned int i = 0; i < rules->n; i++) {
		id = apply(&rules->list[i], id);
		if ((id & CAN_EFF_MASK) > largest(id))
			return false;
	}
	*can_id = id | kept;
	return true;
}
