/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The client's half of RFC 2217 as a state machine without I/O: Telnet options (RFC 854, 856,
 * 858), the COM-PORT-OPTION, and the bytes of the serial line between them.
 */
#ifndef BRIDGED_TRANSPORTS_RFC2217_CODEC_H
#define BRIDGED_TRANSPORTS_RFC2217_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Telnet bytes for the server that may wait; one that asks for more without reading is hostile. */
#define RFC2217_REPLY_MAX 1024

/** Longest subnegotiation that is understood; the rest of a longer one is ignored. */
#define RFC2217_SUB_MAX 16

enum rfc2217_phase {
	RFC2217_OFFERING, /**< the server has not agreed to every option yet */
	RFC2217_SETTING,  /**< it has not confirmed every setting of the line yet */
	RFC2217_READY,	  /**< bytes are those of the line */
	RFC2217_FAILED,	  /**< see .fault */
};

enum rfc2217_fault {
	RFC2217_FAULT_NONE,
	RFC2217_FAULT_NO_COM_PORT, /**< the server refuses or takes back the COM-PORT-OPTION */
	RFC2217_FAULT_NO_BINARY,   /**< it would change some of the bytes on the way */
	RFC2217_FAULT_SETTING,	   /**< it chose .got where .asked was asked for, of .setting */
	RFC2217_FAULT_FLOOD,	   /**< it asks without end */
};

/** The settings that the server has to confirm. */
enum rfc2217_setting {
	RFC2217_BAUD,
	RFC2217_DATA_BITS,
	RFC2217_PARITY,
	RFC2217_STOP_BITS,
	RFC2217_FLOW,
	RFC2217_SETTINGS,
};

/** Bits of NOTIFY-LINESTATE that mean lost or changed bytes. */
enum rfc2217_line {
	RFC2217_LINE_OVERRUN = 0x02,
	RFC2217_LINE_PARITY = 0x04,
	RFC2217_LINE_FRAMING = 0x08,
	RFC2217_LINE_BREAK = 0x10,
};

#define RFC2217_LINE_ERRORS                                                                        \
	(RFC2217_LINE_OVERRUN | RFC2217_LINE_PARITY | RFC2217_LINE_FRAMING | RFC2217_LINE_BREAK)

/** One side of a Telnet option, by RFC 1143. */
struct rfc2217_side {
	bool has;   /**< it is agreed on */
	bool asked; /**< we have asked, and there is no answer yet */
};

struct rfc2217_option {
	struct rfc2217_side us, them;
};

/** The options that are agreed to; all others are refused. */
enum rfc2217_option_index {
	RFC2217_OPT_BINARY,
	RFC2217_OPT_SGA,
	RFC2217_OPT_COM_PORT,
	RFC2217_OPTIONS,
};

struct rfc2217 {
	enum rfc2217_phase phase;
	enum rfc2217_fault fault;
	enum rfc2217_setting setting; /**< of FAULT_SETTING */
	uint32_t asked, got;	      /**< of FAULT_SETTING */

	uint32_t wanted[RFC2217_SETTINGS];
	unsigned int unconfirmed; /**< bits of enum rfc2217_setting */
	struct rfc2217_option options[RFC2217_OPTIONS];
	bool suspended;	      /**< the server wants to be sent nothing now */
	uint8_t line_errors;  /**< enum rfc2217_line, collected; cleared by the owner */
	uint8_t modem_state;  /**< as the server told last: CTS 0x10, DSR 0x20, RI 0x40, DCD 0x80 */
	unsigned int scan;    /**< where in Telnet's grammar the input is */
	uint8_t verb, option; /**< the last of WILL, WONT, DO, DONT, and about what */
	uint8_t sub[RFC2217_SUB_MAX];
	size_t sub_len; /**< counted beyond what fits */

	uint8_t reply[RFC2217_REPLY_MAX]; /**< for the server; the owner takes them */
	size_t reply_len;
};

/**
 * rfc2217_init() - begin to negotiate a line of 8N1
 * @baud: bit/s
 * @rtscts: with RTS/CTS handshake
 *
 * What the server is to be offered is in .reply.
 */
void rfc2217_init(struct rfc2217 *r, uint32_t baud, bool rtscts);

/**
 * rfc2217_receive() - what the server has sent
 * @in: its bytes, split anywhere
 * @data: room for @len bytes of the line, may be @in; before READY the line was only being set
 *
 * Return: how many bytes of the line there were.
 */
size_t rfc2217_receive(struct rfc2217 *r, const uint8_t *in, size_t len, uint8_t *data);

/**
 * rfc2217_escape() - bytes for the line as Telnet carries them
 * @out: room for @room bytes
 * @used: filled with how many of @len are in there
 *
 * Return: bytes in @out.
 */
size_t rfc2217_escape(const uint8_t *in, size_t len, uint8_t *out, size_t room, size_t *used);

#endif
