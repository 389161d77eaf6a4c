// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * RFC 2217, "Telnet Com Port Control Option", client side; Telnet itself by RFC 854 and 855,
 * binary transmission by RFC 856, suppress go ahead by RFC 858.
 */
#include "transports/rfc2217_codec.h"

#include <string.h>

enum telnet {
	TELNET_SE = 240,
	TELNET_SB = 250,
	TELNET_WILL = 251,
	TELNET_WONT = 252,
	TELNET_DO = 253,
	TELNET_DONT = 254,
	TELNET_IAC = 255,
};

/* Numbers of enum rfc2217_option_index. */
static const uint8_t option_codes[RFC2217_OPTIONS] = {
	[RFC2217_OPT_BINARY] = 0,
	[RFC2217_OPT_SGA] = 3,
	[RFC2217_OPT_COM_PORT] = 44,
};

#define COM_PORT 44

/* What a client may ask; the server answers with the same and 100 more. */
enum com_port {
	CPO_SIGNATURE = 0,
	CPO_SET_BAUDRATE = 1,
	CPO_SET_DATASIZE = 2,
	CPO_SET_PARITY = 3,
	CPO_SET_STOPSIZE = 4,
	CPO_SET_CONTROL = 5,
	CPO_NOTIFY_LINESTATE = 6,
	CPO_NOTIFY_MODEMSTATE = 7,
	CPO_FLOWCONTROL_SUSPEND = 8,
	CPO_FLOWCONTROL_RESUME = 9,
	CPO_SET_LINESTATE_MASK = 10,
	CPO_SET_MODEMSTATE_MASK = 11,
	CPO_PURGE_DATA = 12,
	CPO_SERVER = 100,
};

enum cpo_control {
	CONTROL_NO_FLOW = 1, /* of 1 to 3: the handshake */
	CONTROL_HARDWARE_FLOW = 3,
	CONTROL_BREAK_OFF = 6,
	CONTROL_DTR_ON = 8,
	CONTROL_RTS_ON = 11,
};

#define DATA_BITS_8 8
#define PARITY_NONE 1
#define STOP_BITS_1 1
#define PURGE_BOTH 3

enum scan {
	SCAN_DATA,
	SCAN_IAC,    /* an IAC was read */
	SCAN_OPTION, /* WILL, WONT, DO or DONT was read */
	SCAN_SUB,    /* within a subnegotiation */
	SCAN_SUB_IAC,
};

/* ---- What goes to the server */

static void fail(struct rfc2217 *r, enum rfc2217_fault fault)
{
	if (r->phase == RFC2217_FAILED)
		return;
	r->phase = RFC2217_FAILED;
	r->fault = fault;
}

static void reply(struct rfc2217 *r, const uint8_t *bytes, size_t len)
{
	if (len > sizeof(r->reply) - r->reply_len) {
		fail(r, RFC2217_FAULT_FLOOD);
		return;
	}
	memcpy(r->reply + r->reply_len, bytes, len);
	r->reply_len += len;
}

static void send_verb(struct rfc2217 *r, uint8_t verb, uint8_t option)
{
	const uint8_t bytes[] = {TELNET_IAC, verb, option};

	reply(r, bytes, sizeof(bytes));
}

static void send_command(struct rfc2217 *r, uint8_t command, const uint8_t *value, size_t len)
{
	const uint8_t head[] = {TELNET_IAC, TELNET_SB, COM_PORT, command};
	const uint8_t end[] = {TELNET_IAC, TELNET_SE};
	uint8_t escaped[2 * RFC2217_SUB_MAX] = {0};
	size_t used, n = rfc2217_escape(value, len, escaped, sizeof(escaped), &used);

	reply(r, head, sizeof(head));
	reply(r, escaped, n);
	reply(r, end, sizeof(end));
}

static void send_byte(struct rfc2217 *r, uint8_t command, uint8_t value)
{
	send_command(r, command, &value, 1);
}

static void send_baud(struct rfc2217 *r)
{
	uint32_t baud = r->wanted[RFC2217_BAUD];
	const uint8_t value[] = {(uint8_t)(baud >> 24), (uint8_t)(baud >> 16), (uint8_t)(baud >> 8),
				 (uint8_t)baud};

	send_command(r, CPO_SET_BAUDRATE, value, sizeof(value));
}

/* Everything at once; the answers come in the same order. */
static void send_settings(struct rfc2217 *r)
{
	r->phase = RFC2217_SETTING;
	r->unconfirmed = (1U << RFC2217_SETTINGS) - 1;
	send_baud(r);
	send_byte(r, CPO_SET_DATASIZE, (uint8_t)r->wanted[RFC2217_DATA_BITS]);
	send_byte(r, CPO_SET_PARITY, (uint8_t)r->wanted[RFC2217_PARITY]);
	send_byte(r, CPO_SET_STOPSIZE, (uint8_t)r->wanted[RFC2217_STOP_BITS]);
	send_byte(r, CPO_SET_CONTROL, (uint8_t)r->wanted[RFC2217_FLOW]);
	send_byte(r, CPO_SET_CONTROL, CONTROL_BREAK_OFF);
	send_byte(r, CPO_SET_CONTROL, CONTROL_DTR_ON);
	/* With a handshake RTS is the server's. */
	if (r->wanted[RFC2217_FLOW] == CONTROL_NO_FLOW)
		send_byte(r, CPO_SET_CONTROL, CONTROL_RTS_ON);
	send_byte(r, CPO_SET_LINESTATE_MASK, RFC2217_LINE_ERRORS);
	send_byte(r, CPO_SET_MODEMSTATE_MASK, 0);
	send_byte(r, CPO_PURGE_DATA, PURGE_BOTH);
}

void rfc2217_init(struct rfc2217 *r, uint32_t baud, bool rtscts)
{
	*r = (struct rfc2217){
		.wanted = {
			[RFC2217_BAUD] = baud,
			[RFC2217_DATA_BITS] = DATA_BITS_8,
			[RFC2217_PARITY] = PARITY_NONE,
			[RFC2217_STOP_BITS] = STOP_BITS_1,
			[RFC2217_FLOW] = rtscts ? CONTROL_HARDWARE_FLOW : CONTROL_NO_FLOW,
		}};
	for (unsigned int i = 0; i < RFC2217_OPTIONS; i++) {
		r->options[i].us.asked = true;
		send_verb(r, TELNET_WILL, option_codes[i]);
	}
	for (unsigned int i = 0; i < RFC2217_OPT_COM_PORT; i++) {
		r->options[i].them.asked = true;
		send_verb(r, TELNET_DO, option_codes[i]);
	}
}

/* ---- Options: only a change is answered, so that no two peers answer each other for ever. */

static bool is_refused(const struct rfc2217_side *side)
{
	return !side->has && !side->asked;
}

static void check_options(struct rfc2217 *r)
{
	const struct rfc2217_option *binary = &r->options[RFC2217_OPT_BINARY];
	const struct rfc2217_option *com_port = &r->options[RFC2217_OPT_COM_PORT];

	if (is_refused(&com_port->us))
		fail(r, RFC2217_FAULT_NO_COM_PORT);
	else if (is_refused(&binary->us) || is_refused(&binary->them))
		fail(r, RFC2217_FAULT_NO_BINARY);
	else if (r->phase == RFC2217_OFFERING && com_port->us.has && binary->us.has &&
		 binary->them.has)
		send_settings(r);
}

/* The server's DO, WILL (@want) or DONT, WONT about a side of an option that we know. */
static void agree(struct rfc2217 *r, struct rfc2217_side *side, uint8_t answer, bool want)
{
	bool is_news = side->has != want && !side->asked;

	side->has = want;
	side->asked = false;
	if (is_news)
		send_verb(r, answer, r->option);
}

static void take_option(struct rfc2217 *r)
{
	bool ours = r->verb == TELNET_DO || r->verb == TELNET_DONT;
	bool want = r->verb == TELNET_DO || r->verb == TELNET_WILL;
	uint8_t no = ours ? TELNET_WONT : TELNET_DONT;
	uint8_t yes = ours ? TELNET_WILL : TELNET_DO;

	for (unsigned int i = 0; i < RFC2217_OPTIONS; i++) {
		struct rfc2217_option *option = &r->options[i];

		if (option_codes[i] != r->option)
			continue;
		agree(r, ours ? &option->us : &option->them, want ? yes : no, want);
		check_options(r);
		return;
	}
	if (want)
		send_verb(r, no, r->option);
}

/* ---- The COM-PORT-OPTION */

static void confirm(struct rfc2217 *r, enum rfc2217_setting setting, uint32_t got)
{
	/* What nobody has asked for yet tells how the line was. */
	if (r->phase != RFC2217_SETTING && r->phase != RFC2217_READY)
		return;
	if (got != r->wanted[setting]) {
		r->setting = setting;
		r->asked = r->wanted[setting];
		r->got = got;
		fail(r, RFC2217_FAULT_SETTING);
		return;
	}
	r->unconfirmed &= ~(1U << setting);
	if (!r->unconfirmed)
		r->phase = RFC2217_READY;
}

static void take_signature(struct rfc2217 *r)
{
	static const uint8_t name[] = {'a', 'n', 'y', 'c', 'a', 'n'};

	/* Without a text it is a question. */
	if (r->sub_len == 2)
		send_command(r, CPO_SIGNATURE, name, sizeof(name));
}

static uint32_t sub_baud(const struct rfc2217 *r)
{
	return (uint32_t)r->sub[2] << 24 | (uint32_t)r->sub[3] << 16 | (uint32_t)r->sub[4] << 8 |
	       r->sub[5];
}

/* What has one byte of value. */
static void take_value(struct rfc2217 *r, uint8_t command, uint8_t value)
{
	switch (command) {
	case CPO_SET_DATASIZE:
		confirm(r, RFC2217_DATA_BITS, value);
		break;
	case CPO_SET_PARITY:
		confirm(r, RFC2217_PARITY, value);
		break;
	case CPO_SET_STOPSIZE:
		confirm(r, RFC2217_STOP_BITS, value);
		break;
	case CPO_SET_CONTROL:
		if (value >= CONTROL_NO_FLOW && value <= CONTROL_HARDWARE_FLOW)
			confirm(r, RFC2217_FLOW, value);
		break;
	case CPO_NOTIFY_LINESTATE:
		r->line_errors |= value & RFC2217_LINE_ERRORS;
		break;
	case CPO_NOTIFY_MODEMSTATE:
		r->modem_state = value & 0xF0;
		break;
	default:
		break;
	}
}

static void take_sub(struct rfc2217 *r)
{
	uint8_t command;

	if (r->sub_len < 2 || r->sub[0] != COM_PORT || r->sub[1] < CPO_SERVER)
		return;
	command = (uint8_t)(r->sub[1] - CPO_SERVER);
	if (command == CPO_SIGNATURE)
		take_signature(r);
	else if (command == CPO_FLOWCONTROL_SUSPEND || command == CPO_FLOWCONTROL_RESUME)
		r->suspended = command == CPO_FLOWCONTROL_SUSPEND;
	else if (command == CPO_SET_BAUDRATE && r->sub_len == 6)
		confirm(r, RFC2217_BAUD, sub_baud(r));
	else if (command != CPO_SET_BAUDRATE && r->sub_len == 3)
		take_value(r, command, r->sub[2]);
}

/* ---- Telnet's grammar */

/* A byte behind IAC, outside of a subnegotiation or cutting one off. */
static void take_command(struct rfc2217 *r, uint8_t byte)
{
	switch (byte) {
	case TELNET_WILL:
	case TELNET_WONT:
	case TELNET_DO:
	case TELNET_DONT:
		r->verb = byte;
		r->scan = SCAN_OPTION;
		break;
	case TELNET_SB:
		r->sub_len = 0;
		r->scan = SCAN_SUB;
		break;
	default: /* no-operation, are-you-there and the like ask for nothing */
		r->scan = SCAN_DATA;
	}
}

static void take_sub_byte(struct rfc2217 *r, uint8_t byte)
{
	if (r->sub_len < sizeof(r->sub))
		r->sub[r->sub_len] = byte;
	/* Longer than any that counts; only that matters. */
	if (r->sub_len <= sizeof(r->sub))
		r->sub_len++;
	r->scan = SCAN_SUB;
}

/* A byte of Telnet's. Return: whether it stands for one of the line. */
static bool take_byte(struct rfc2217 *r, uint8_t byte)
{
	switch (r->scan) {
	case SCAN_IAC:
		if (byte == TELNET_IAC) {
			r->scan = SCAN_DATA;
			return true;
		}
		take_command(r, byte);
		return false;
	case SCAN_OPTION:
		r->scan = SCAN_DATA;
		r->option = byte;
		take_option(r);
		return false;
	case SCAN_SUB:
		if (byte == TELNET_IAC)
			r->scan = SCAN_SUB_IAC;
		else
			take_sub_byte(r, byte);
		return false;
	default: /* SCAN_SUB_IAC */
		if (byte == TELNET_IAC) {
			take_sub_byte(r, byte);
		} else if (byte == TELNET_SE) {
			r->scan = SCAN_DATA;
			take_sub(r);
		} else {
			take_command(r, byte);
		}
		return false;
	}
}

size_t rfc2217_receive(struct rfc2217 *r, const uint8_t *in, size_t len, uint8_t *data)
{
	size_t n = 0, i = 0;

	while (i < len && r->phase != RFC2217_FAILED) {
		const uint8_t *iac;
		size_t run;

		if (r->scan != SCAN_DATA) {
			uint8_t byte = in[i++];

			if (take_byte(r, byte))
				data[n++] = byte;
			continue;
		}
		/* Plain bytes, as nearly all are, in one go. */
		iac = memchr(in + i, TELNET_IAC, len - i);
		run = iac ? (size_t)(iac - (in + i)) : len - i;
		memmove(data + n, in + i, run);
		n += run;
		i += run;
		if (iac) {
			r->scan = SCAN_IAC;
			i++;
		}
	}
	return n;
}

size_t rfc2217_escape(const uint8_t *in, size_t len, uint8_t *out, size_t room, size_t *used)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++) {
		size_t need = in[i] == TELNET_IAC ? 2 : 1;

		if (need > room - n)
			break;
		out[n++] = in[i];
		if (need == 2)
			out[n++] = TELNET_IAC;
	}
	*used = i;
	return n;
}
