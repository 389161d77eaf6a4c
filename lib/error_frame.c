// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Error frames in words. The words are those that candump shows.
 */
#include <anycan/error_frame.h>

#include <anycan/string.h>
#include <errno.h>
#include <linux/can/error.h>
#include <string.h>

#ifndef CAN_ERR_CNT
#define CAN_ERR_CNT 0x00000200U
#endif

/* A bit and its word. */
struct error_word {
	uint32_t bit;
	const char *word;
};

static const struct error_word classes[] = {
	{CAN_ERR_TX_TIMEOUT, "tx-timeout"},
	{CAN_ERR_LOSTARB, "lost-arbitration"},
	{CAN_ERR_CRTL, "controller-problem"},
	{CAN_ERR_PROT, "protocol-violation"},
	{CAN_ERR_TRX, "transceiver-status"},
	{CAN_ERR_ACK, "no-acknowledgement-on-tx"},
	{CAN_ERR_BUSOFF, "bus-off"},
	{CAN_ERR_BUSERROR, "bus-error"},
	{CAN_ERR_RESTARTED, "restarted-after-bus-off"},
	{CAN_ERR_CNT, "error-counter-tx-rx"},
};

static const struct error_word problems[] = {
	{CAN_ERR_CRTL_RX_OVERFLOW, "rx-overflow"},
	{CAN_ERR_CRTL_TX_OVERFLOW, "tx-overflow"},
	{CAN_ERR_CRTL_RX_WARNING, "rx-error-warning"},
	{CAN_ERR_CRTL_TX_WARNING, "tx-error-warning"},
	{CAN_ERR_CRTL_RX_PASSIVE, "rx-error-passive"},
	{CAN_ERR_CRTL_TX_PASSIVE, "tx-error-passive"},
	{CAN_ERR_CRTL_ACTIVE, "back-to-error-active"},
};

static const struct error_word violations[] = {
	{CAN_ERR_PROT_BIT, "single-bit-error"},	       {CAN_ERR_PROT_FORM, "frame-format-error"},
	{CAN_ERR_PROT_STUFF, "bit-stuffing-error"},    {CAN_ERR_PROT_BIT0, "tx-dominant-bit-error"},
	{CAN_ERR_PROT_BIT1, "tx-recessive-bit-error"}, {CAN_ERR_PROT_OVERLOAD, "bus-overload"},
	{CAN_ERR_PROT_ACTIVE, "active-error"},	       {CAN_ERR_PROT_TX, "error-on-tx"},
};

/* By the code that the SJA1000 captures. */
static const char *const places[32] = {
	[CAN_ERR_PROT_LOC_ID28_21] = "id.28-to-id.21",
	[CAN_ERR_PROT_LOC_SOF] = "start-of-frame",
	[CAN_ERR_PROT_LOC_SRTR] = "bit-srtr",
	[CAN_ERR_PROT_LOC_IDE] = "bit-ide",
	[CAN_ERR_PROT_LOC_ID20_18] = "id.20-to-id.18",
	[CAN_ERR_PROT_LOC_ID17_13] = "id.17-to-id.13",
	[CAN_ERR_PROT_LOC_CRC_SEQ] = "crc-sequence",
	[CAN_ERR_PROT_LOC_RES0] = "reserved-bit-0",
	[CAN_ERR_PROT_LOC_DATA] = "data-field",
	[CAN_ERR_PROT_LOC_DLC] = "data-length-code",
	[CAN_ERR_PROT_LOC_RTR] = "bit-rtr",
	[CAN_ERR_PROT_LOC_RES1] = "reserved-bit-1",
	[CAN_ERR_PROT_LOC_ID04_00] = "id.4-to-id.0",
	[CAN_ERR_PROT_LOC_ID12_05] = "id.12-to-id.5",
	[17] = "active-error-flag",
	[CAN_ERR_PROT_LOC_INTERM] = "intermission",
	[19] = "tolerate-dominant-bits",
	[22] = "passive-error-flag",
	[23] = "error-delimiter",
	[CAN_ERR_PROT_LOC_CRC_DEL] = "crc-delimiter",
	[CAN_ERR_PROT_LOC_ACK] = "acknowledge-slot",
	[CAN_ERR_PROT_LOC_EOF] = "end-of-frame",
	[CAN_ERR_PROT_LOC_ACK_DEL] = "acknowledge-delimiter",
	[28] = "overload-flag",
};

/* Of CANH in the lower four bits, of CANL in the upper ones. */
static const char *const wire_faults[16] = {
	[0x4] = "no-wire",	[0x5] = "short-to-bat",	 [0x6] = "short-to-vcc",
	[0x7] = "short-to-gnd", [0x8] = "short-to-canh",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void add_bits(struct anycan_string *s, uint32_t bits, const struct error_word *words,
		     size_t n)
{
	bool behind = false;

	for (size_t i = 0; i < n; i++) {
		if (!(bits & words[i].bit))
			continue;
		anycan_string_add(s, behind ? "," : "");
		anycan_string_add(s, words[i].word);
		behind = true;
	}
}

static void add_counters(struct anycan_string *s, const uint8_t *data)
{
	anycan_string_add(s, "{{");
	anycan_string_add_uint(s, data[6]);
	anycan_string_add(s, "}{");
	anycan_string_add_uint(s, data[7]);
	anycan_string_add(s, "}}");
}

static void add_wires(struct anycan_string *s, uint8_t status)
{
	const char *high = wire_faults[status & 0x0f], *low = wire_faults[status >> 4];

	if (!high && !low)
		return;
	anycan_string_add(s, high ? "{canh-" : "{");
	anycan_string_add(s, high ? high : "");
	anycan_string_add(s, high && low ? "," : "");
	anycan_string_add(s, low ? "canl-" : "");
	anycan_string_add(s, low ? low : "");
	anycan_string_add(s, "}");
}

/* What an error class tells besides. */
static void add_details(struct anycan_string *s, uint32_t bit, const uint8_t *data)
{
	const char *place = data[3] < COUNT(places) ? places[data[3]] : NULL;

	switch (bit) {
	case CAN_ERR_LOSTARB:
		anycan_string_add(s, "{at bit ");
		anycan_string_add_uint(s, data[0]);
		anycan_string_add(s, "}");
		break;
	case CAN_ERR_CRTL:
		anycan_string_add(s, "{");
		add_bits(s, data[1], problems, COUNT(problems));
		anycan_string_add(s, "}");
		break;
	case CAN_ERR_PROT:
		anycan_string_add(s, "{{");
		add_bits(s, data[2], violations, COUNT(violations));
		anycan_string_add(s, "}{");
		if (data[3] && data[3] < COUNT(places))
			anycan_string_add(s, place ? place : "unspecified");
		anycan_string_add(s, "}}");
		break;
	case CAN_ERR_TRX:
		add_wires(s, data[4]);
		break;
	case CAN_ERR_CNT:
		add_counters(s, data);
		break;
	default:
		break;
	}
}

int anycan_error_frame_print(const struct anycan_frame *frame, const char *separator, char *buf,
			     size_t size)
{
	char text[2 * ANYCAN_ERROR_FRAME_SIZE];
	struct anycan_string s;
	uint8_t data[CAN_ERR_DLC] = {0};

	anycan_string_init(&s, text, sizeof(text));
	if (!(frame->can_id & CAN_ERR_FLAG))
		goto out;
	memcpy(data, frame->data, frame->len < sizeof(data) ? frame->len : sizeof(data));
	for (size_t i = 0; i < COUNT(classes); i++) {
		if (!(frame->can_id & classes[i].bit))
			continue;
		anycan_string_add(&s, s.len ? separator : "");
		anycan_string_add(&s, classes[i].word);
		add_details(&s, classes[i].bit, data);
	}
	/* Kernels before 6.0 told the counters without saying so. */
	if (!(frame->can_id & CAN_ERR_CNT) && (data[6] || data[7])) {
		anycan_string_add(&s, s.len ? separator : "");
		anycan_string_add(&s, "error-counter-tx-rx");
		add_counters(&s, data);
	}
out:
	if (size) {
		size_t fits = s.len < size ? s.len : size - 1;

		memcpy(buf, text, fits);
		buf[fits] = 0;
	}
	return (int)s.len;
}

static const struct {
	const char *name, *advice;
} troubles[] = {
	[ANYCAN_TROUBLE_NONE] = {"none", "there is nothing to be done"},
	[ANYCAN_TROUBLE_RECOVERED] = {"recovered", "the controller is error-active again"},
	[ANYCAN_TROUBLE_RESTARTED] = {"restarted",
				      "the controller is on the bus again after bus-off"},
	[ANYCAN_TROUBLE_LOST_ARBITRATION] =
		{"lost arbitration",
		 "another node was first with a lower identifier; the frame will be sent again"},
	[ANYCAN_TROUBLE_BUS_ERROR] =
		{"bus error", "something was wrong on the bus: if it comes often, check bit "
			      "rate, termination (60 ohms between the wires) and wiring"},
	[ANYCAN_TROUBLE_PROTOCOL] = {"protocol violation",
				     "a frame broke the rules: if it comes often, check bit rate, "
				     "sample point, termination and wiring"},
	[ANYCAN_TROUBLE_WARNING] = {"error warning",
				    "many errors: check bit rate, termination and wiring"},
	[ANYCAN_TROUBLE_PASSIVE] = {"error passive",
				    "very many errors: check bit rate, termination, wiring, and "
				    "whether another node is on the bus"},
	[ANYCAN_TROUBLE_TRANSCEIVER] = {"transceiver",
					"the transceiver sees a broken or shorted wire: check the "
					"wiring"},
	[ANYCAN_TROUBLE_OVERFLOW] = {"overflow",
				     "a queue was full and frames were lost: read faster, filter, "
				     "or send more slowly"},
	[ANYCAN_TROUBLE_TX_TIMEOUT] = {"transmit time-out",
				       "a frame could not be sent in time: is the bus free, and "
				       "another node on it?"},
	[ANYCAN_TROUBLE_NO_ACK] =
		{"no acknowledgement",
		 "no node has acknowledged a frame: is another one on the bus, "
		 "with the same bit rate, not listen-only, and the bus terminated?"},
	[ANYCAN_TROUBLE_BUS_OFF] =
		{"bus-off", "the controller has left the bus after too many errors: mend the "
			    "cause, then restart it (ip link set canX type can restart), or "
			    "let it restart by itself (restart-ms)"},
};

/* Of a controller's problem; the worse one counts. */
static enum anycan_trouble trouble_of_problem(uint8_t problem)
{
	if (problem & (CAN_ERR_CRTL_RX_OVERFLOW | CAN_ERR_CRTL_TX_OVERFLOW))
		return ANYCAN_TROUBLE_OVERFLOW;
	if (problem & (CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE))
		return ANYCAN_TROUBLE_PASSIVE;
	if (problem & (CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING))
		return ANYCAN_TROUBLE_WARNING;
	return problem & CAN_ERR_CRTL_ACTIVE ? ANYCAN_TROUBLE_RECOVERED : ANYCAN_TROUBLE_NONE;
}

static bool is_no_ack(const struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_ACK)
		return true;
	return frame->can_id & CAN_ERR_PROT && frame->len > 3 &&
	       (frame->data[3] == CAN_ERR_PROT_LOC_ACK ||
		frame->data[3] == CAN_ERR_PROT_LOC_ACK_DEL);
}

static enum anycan_trouble trouble_of(const struct anycan_frame *frame)
{
	static const struct {
		uint32_t class;
		enum anycan_trouble trouble;
	} simple[] = {
		{CAN_ERR_TX_TIMEOUT, ANYCAN_TROUBLE_TX_TIMEOUT},
		{CAN_ERR_TRX, ANYCAN_TROUBLE_TRANSCEIVER},
		{CAN_ERR_PROT, ANYCAN_TROUBLE_PROTOCOL},
		{CAN_ERR_BUSERROR, ANYCAN_TROUBLE_BUS_ERROR},
		{CAN_ERR_LOSTARB, ANYCAN_TROUBLE_LOST_ARBITRATION},
		{CAN_ERR_RESTARTED, ANYCAN_TROUBLE_RESTARTED},
	};
	enum anycan_trouble worst = ANYCAN_TROUBLE_NONE;

	if (frame->can_id & CAN_ERR_BUSOFF)
		return ANYCAN_TROUBLE_BUS_OFF;
	if (is_no_ack(frame))
		return ANYCAN_TROUBLE_NO_ACK;
	if (frame->can_id & CAN_ERR_CRTL && frame->len > 1)
		worst = trouble_of_problem(frame->data[1]);
	for (size_t i = 0; i < COUNT(simple); i++)
		if (frame->can_id & simple[i].class && simple[i].trouble > worst)
			worst = simple[i].trouble;
	return worst;
}

/* The state that it tells of, if any. */
static void report_state(const struct anycan_frame *frame, struct anycan_error_report *report)
{
	uint8_t problem = frame->can_id & CAN_ERR_CRTL && frame->len > 1 ? frame->data[1] : 0;

	report->has_state = true;
	if (frame->can_id & CAN_ERR_BUSOFF)
		report->state = CAN_STATE_BUS_OFF;
	else if (problem & (CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE))
		report->state = CAN_STATE_ERROR_PASSIVE;
	else if (problem & (CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING))
		report->state = CAN_STATE_ERROR_WARNING;
	else if (problem & CAN_ERR_CRTL_ACTIVE || frame->can_id & CAN_ERR_RESTARTED)
		report->state = CAN_STATE_ERROR_ACTIVE;
	else
		report->has_state = false;
}

void anycan_error_frame_report(const struct anycan_frame *frame, struct anycan_error_report *report)
{
	*report = (struct anycan_error_report){0};
	if (frame->can_id & CAN_ERR_FLAG) {
		report->trouble = trouble_of(frame);
		report_state(frame, report);
		if (frame->len >= CAN_ERR_DLC &&
		    (frame->can_id & CAN_ERR_CNT || frame->data[6] || frame->data[7])) {
			report->has_counters = true;
			report->txerr = frame->data[6];
			report->rxerr = frame->data[7];
		}
	}
	report->advice = troubles[report->trouble].advice;
}

const char *anycan_trouble_name(enum anycan_trouble trouble)
{
	return (unsigned int)trouble < COUNT(troubles) ? troubles[trouble].name : "unknown";
}
