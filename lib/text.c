/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * cansend's text form of a frame and the log line of candump -L. Source: can-utils 2020.11 and
 * 2025.01, their usage texts and what they read and write. Stricter than can-utils in one
 * point: the whole text must be the frame, and the frame must be able to exist.
 */
#include <anycan/text.h>

#include <anycan/clock.h>
#include <anycan/hex.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#define STD_ID_DIGITS 3
#define EXT_ID_DIGITS 8
#define SECONDS_DIGITS_MIN 10
/* Seconds whose nanoseconds fit into 64 bits: up to the year 2262. */
#define SECONDS_MAX (INT64_MAX / ANYCAN_NS_PER_S)
#define DECIMALS_MAX 9

/* What is left of a text that is being read. */
struct text_rest {
	const char *at;
	const char *end;
};

static size_t text_left(const struct text_rest *rest)
{
	return (size_t)(rest->end - rest->at);
}

static bool text_take(struct text_rest *rest, char wanted)
{
	if (rest->at == rest->end || *rest->at != wanted)
		return false;
	rest->at++;
	return true;
}

/* The value of the next character, which must be a hex digit; 0xff if it is none. */
static uint8_t text_take_nibble(struct text_rest *rest)
{
	if (rest->at == rest->end)
		return 0xff;
	return anycan_hex_value[(uint8_t)*rest->at++];
}

static bool text_take_id(struct text_rest *rest, canid_t *can_id)
{
	unsigned int digits = STD_ID_DIGITS;

	if (text_left(rest) > STD_ID_DIGITS && rest->at[STD_ID_DIGITS] != '#')
		digits = EXT_ID_DIGITS;
	if (text_left(rest) <= digits || rest->at[digits] != '#' ||
	    !anycan_hex_number(rest->at, digits, can_id))
		return false;
	rest->at += digits + 1;
	if (digits == STD_ID_DIGITS)
		return *can_id <= CAN_SFF_MASK;
	if (*can_id & CAN_ERR_FLAG)
		return *can_id <= (CAN_ERR_FLAG | CAN_ERR_MASK);
	if (*can_id > CAN_EFF_MASK)
		return false;
	*can_id |= CAN_EFF_FLAG;
	return true;
}

/* `_9` to `_F` behind a classic frame of 8 bytes. */
static bool text_take_raw_dlc(struct text_rest *rest, struct anycan_frame *frame)
{
	uint8_t dlc;

	if (frame->len != CAN_MAX_DLEN || !text_take(rest, '_'))
		return true;
	dlc = text_take_nibble(rest);
	if (dlc <= CAN_MAX_DLC || dlc > CAN_MAX_RAW_DLC)
		return false;
	frame->len8_dlc = dlc;
	return true;
}

/* What follows the `R` of a remote frame. */
static bool text_take_remote(struct text_rest *rest, struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_FLAG)
		return false;
	frame->can_id |= CAN_RTR_FLAG;
	if (rest->at == rest->end)
		return true;
	frame->len = text_take_nibble(rest);
	return frame->len <= CAN_MAX_DLEN && text_take_raw_dlc(rest, frame);
}

/* Nothing but pairs of digits up to the end, as programs print them. */
static bool text_take_plain_data(struct text_rest *rest, struct anycan_frame *frame,
				 unsigned int max)
{
	size_t digits = text_left(rest);

	if (digits % 2 || digits > 2 * max)
		return false;
	if (!anycan_hex_bytes(rest->at, digits / 2, frame->data)) {
		memset(frame->data, 0, digits / 2);
		return false;
	}
	frame->len = (uint16_t)(digits / 2);
	rest->at = rest->end;
	return true;
}

/* Pairs of digits, each with or without a dot before it, and perhaps a last dot. */
static bool text_take_data(struct text_rest *rest, struct anycan_frame *frame, unsigned int max)
{
	if (text_take_plain_data(rest, frame, max))
		return true;
	for (;;) {
		text_take(rest, '.');
		if (rest->at == rest->end || *rest->at == '_')
			return true;
		if (frame->len == max || text_left(rest) < 2 ||
		    !anycan_hex_bytes(rest->at, 1, &frame->data[frame->len]))
			return false;
		frame->len++;
		rest->at += 2;
	}
}

/* What follows the `##` of an FD frame. */
static bool text_take_fd(struct text_rest *rest, struct anycan_frame *frame)
{
	uint8_t flags = text_take_nibble(rest);

	if (flags > 0xf || frame->can_id & CAN_ERR_FLAG ||
	    !text_take_data(rest, frame, CANFD_MAX_DLEN))
		return false;
	frame->flags = CANFD_FDF | (flags & (CANFD_BRS | CANFD_ESI));
	/* As cansend does: the bytes up to the next length that a DLC can express are 0. */
	frame->len = anycan_dlc2len(anycan_len2dlc(frame->len));
	return true;
}

static bool text_take_frame(struct text_rest *rest, struct anycan_frame *frame)
{
	if (!text_take_id(rest, &frame->can_id))
		return false;
	if (text_take(rest, '#'))
		return text_take_fd(rest, frame);
	if (text_take(rest, 'R') || text_take(rest, 'r'))
		return text_take_remote(rest, frame);
	return text_take_data(rest, frame, CAN_MAX_DLEN) && text_take_raw_dlc(rest, frame);
}

int anycan_frame_parse(const char *text, size_t len, struct anycan_frame *frame)
{
	struct text_rest rest = {text, text + len};
	struct anycan_frame parsed = {0};

	if (!text_take_frame(&rest, &parsed) || rest.at != rest.end)
		return -EINVAL;
	*frame = parsed;
	return 0;
}

static char *text_put_id(char *at, canid_t can_id)
{
	if (can_id & CAN_ERR_FLAG)
		return anycan_hex_put_number(at, EXT_ID_DIGITS,
					     can_id & (CAN_ERR_FLAG | CAN_ERR_MASK));
	if (can_id & CAN_EFF_FLAG)
		return anycan_hex_put_number(at, EXT_ID_DIGITS, can_id & CAN_EFF_MASK);
	return anycan_hex_put_number(at, STD_ID_DIGITS, can_id & CAN_SFF_MASK);
}

static char *text_put_raw_dlc(char *at, const struct anycan_frame *frame)
{
	if (frame->len == CAN_MAX_DLEN && frame->len8_dlc) {
		*at++ = '_';
		at = anycan_hex_put_number(at, 1, frame->len8_dlc);
	}
	return at;
}

/* @at: room for ANYCAN_TEXT_SIZE. Return: behind the last character, which is no NUL. */
static char *text_put_frame(char *at, const struct anycan_frame *frame)
{
	at = text_put_id(at, frame->can_id);
	*at++ = '#';
	if (anycan_frame_is_fd(frame)) {
		*at++ = '#';
		at = anycan_hex_put_number(at, 1, frame->flags & (CANFD_BRS | CANFD_ESI));
		return anycan_hex_put_bytes(at, frame->data, frame->len);
	}
	if (frame->can_id & CAN_RTR_FLAG) {
		*at++ = 'R';
		if (frame->len)
			at = anycan_hex_put_number(at, 1, frame->len);
	} else {
		at = anycan_hex_put_bytes(at, frame->data, frame->len);
	}
	return text_put_raw_dlc(at, frame);
}

/* Move finished text to the caller. */
static int text_hand_over(const char *text, size_t len, char *buf, size_t size)
{
	if (len >= size) {
		if (size)
			buf[0] = '\0';
		return -ENOSPC;
	}
	memcpy(buf, text, len);
	buf[len] = '\0';
	return (int)len;
}

int anycan_frame_print(const struct anycan_frame *frame, char *buf, size_t size)
{
	char text[ANYCAN_TEXT_SIZE];
	char *end;

	if (!anycan_frame_fits(frame))
		return -EINVAL;
	end = text_put_frame(text, frame);
	return text_hand_over(text, (size_t)(end - text), buf, size);
}

/* Decimal digits up to another character. Return: how many; 0 also for a number too large. */
static unsigned int text_take_decimal(struct text_rest *rest, int64_t max, int64_t *value)
{
	unsigned int digits = 0;
	int64_t number = 0;

	for (; rest->at < rest->end && *rest->at >= '0' && *rest->at <= '9'; rest->at++) {
		number = number * 10 + (*rest->at - '0');
		if (number > max)
			return 0;
		digits++;
	}
	*value = number;
	return digits;
}

/* `(1436509052.249713)` */
static bool text_take_time(struct text_rest *rest, int64_t *ts_ns)
{
	unsigned int decimals;
	int64_t seconds;
	int64_t fraction;

	if (!text_take(rest, '(') || !text_take_decimal(rest, SECONDS_MAX, &seconds) ||
	    !text_take(rest, '.'))
		return false;
	decimals = text_take_decimal(rest, ANYCAN_NS_PER_S - 1, &fraction);
	if (!decimals || decimals > DECIMALS_MAX || !text_take(rest, ')'))
		return false;
	for (; decimals < DECIMALS_MAX; decimals++)
		fraction *= 10;
	return !__builtin_add_overflow(seconds * ANYCAN_NS_PER_S, fraction, ts_ns);
}

/* One word with the blanks before it. */
static bool text_take_word(struct text_rest *rest, struct text_rest *word)
{
	if (!text_take(rest, ' '))
		return false;
	while (text_take(rest, ' '))
		;
	word->at = rest->at;
	while (rest->at < rest->end && *rest->at != ' ')
		rest->at++;
	word->end = rest->at;
	return word->at < word->end;
}

/* The ` R` or ` T` of candump -x, if there is one. */
static bool text_take_dir(struct text_rest *rest, uint8_t *dir)
{
	struct text_rest word;

	*dir = ANYCAN_RX;
	if (rest->at == rest->end)
		return true;
	if (!text_take_word(rest, &word) || text_left(&word) != 1 || rest->at != rest->end)
		return false;
	*dir = *word.at == 'T' ? ANYCAN_TX : ANYCAN_RX;
	return *word.at == 'T' || *word.at == 'R';
}

int anycan_log_line_parse(const char *line, size_t len, struct anycan_frame *frame, char *netdev)
{
	struct text_rest rest = {line, line + len};
	struct anycan_frame parsed;
	struct text_rest name;
	struct text_rest text;
	int64_t ts_ns;
	uint8_t dir;

	if (!text_take_time(&rest, &ts_ns) || !text_take_word(&rest, &name) ||
	    text_left(&name) >= IFNAMSIZ || memchr(name.at, '\0', text_left(&name)) ||
	    !text_take_word(&rest, &text) || !text_take_dir(&rest, &dir) ||
	    anycan_frame_parse(text.at, text_left(&text), &parsed))
		return -EINVAL;
	parsed.ts_ns = ts_ns;
	parsed.dir = dir;
	*frame = parsed;
	if (netdev) {
		memcpy(netdev, name.at, text_left(&name));
		netdev[text_left(&name)] = '\0';
	}
	return 0;
}

/* The low @digits decimal digits of @value. */
static char *text_put_decimal(char *at, int64_t value, unsigned int digits)
{
	unsigned int i;

	for (i = digits; i > 0; i--) {
		at[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	return at + digits;
}

/* Seconds have ten digits or, before 2001, leading zeros; INT64_MAX nanoseconds still fit. */
static char *text_put_time(char *at, int64_t ts_ns, int decimals)
{
	int64_t fraction = ts_ns % ANYCAN_NS_PER_S;

	*at++ = '(';
	at = text_put_decimal(at, ts_ns / ANYCAN_NS_PER_S, SECONDS_DIGITS_MIN);
	*at++ = '.';
	at = text_put_decimal(at, decimals == 6 ? fraction / ANYCAN_NS_PER_US : fraction,
			      (unsigned int)decimals);
	*at++ = ')';
	return at;
}

int anycan_log_line_print(const struct anycan_frame *frame, const char *netdev, int decimals,
			  char *buf, size_t size)
{
	char line[ANYCAN_LOG_LINE_SIZE];
	size_t name_len = strnlen(netdev, IFNAMSIZ);
	char *at = line;

	if ((decimals != 6 && decimals != 9) || name_len == 0 || name_len == IFNAMSIZ ||
	    !anycan_frame_fits(frame))
		return -EINVAL;
	at = text_put_time(at, frame->ts_ns, decimals);
	*at++ = ' ';
	memcpy(at, netdev, name_len);
	at += name_len;
	*at++ = ' ';
	at = text_put_frame(at, frame);
	return text_hand_over(line, (size_t)(at - line), buf, size);
}
