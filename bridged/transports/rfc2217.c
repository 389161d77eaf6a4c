// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * rfc2217://HOST:PORT: a serial line behind a server that lets us set it (ser2net, terminal
 * servers, pyserial), by RFC 2217. It is open when the server has confirmed every setting.
 */
#include "transport.h"
#include "transports/rfc2217_codec.h"
#include "transports/target.h"
#include "transports/tcp.h"

#include <anycan/address.h>
#include <anycan/clock.h>
#include <anycan/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCHEME "rfc2217"

/* A server that has not agreed to everything by then will not; the engine asks after 10 s. */
#define NEGOTIATION_LIMIT_NS (9 * ANYCAN_NS_PER_S)

/* Reads at a time that may bring nothing but Telnet. */
#define READS_MAX 4

/* Bytes that are escaped at a time, twice as many at most behind it. */
#define CHUNK 2048

/* What a server says instead: `Port already in use` and the like. */
#define GREETING_MAX 80

struct rfc2217_options {
	uint32_t baud;
	uint32_t settle_ms;
	bool rtscts;
};

static const struct bridged_option rfc2217_options[] = {
	{.name = "baud",
	 .alias = "ttyBaudrate",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct rfc2217_options, baud),
	 .min = 50,
	 .max = 12000000,
	 .fallback = "115200",
	 .help = "rate of the server's line in bit/s (115200); URL@BAUD wins"},
	{.name = "rtscts",
	 .type = BRIDGED_OPT_FLAG,
	 .offset = offsetof(struct rfc2217_options, rtscts),
	 .fallback = "off",
	 .help = "RTS/CTS handshake at the server's line (off)"},
	{.name = "sleep-after-open",
	 .type = BRIDGED_OPT_MS,
	 .offset = offsetof(struct rfc2217_options, settle_ms),
	 .max = 60000,
	 .fallback = "0",
	 .help = "seconds until the adapter listens; 2 for boards that reset when opened (0)"},
	{0},
};

struct rfc2217_transport {
	struct bridged_transport base;
	const struct rfc2217_options *options;
	uint32_t baud;
	struct tcp tcp;
	bool negotiating;
	int64_t limit_ns; /* on the monotonic clock: the end of its time for that */
	struct rfc2217 telnet;
	char greeting[GREETING_MAX];
	size_t greeting_len;
	bool half_written; /* of the next byte, an IAC, one of two is on its way */
	bool told;	   /* that the line loses bytes */
};

static struct rfc2217_transport *self(struct bridged_transport *t)
{
	return (struct rfc2217_transport *)t;
}

static bool rfc2217_match(const char *address)
{
	return !strncmp(address, SCHEME "://", strlen(SCHEME "://"));
}

static int rfc2217_create(struct bridged_transport **out, const char *address, const void *options,
			  char *reason)
{
	struct anycan_serial_target target;
	struct rfc2217_transport *s;

	if (target_parse(&target, address, reason))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->options = options;
	s->base.settle_ms = s->options->settle_ms;
	s->baud = target.baud ? target.baud : s->options->baud;
	tcp_init(&s->tcp, SCHEME, &target);
	*out = &s->base;
	return 0;
}

static void rfc2217_close(struct bridged_transport *t)
{
	tcp_close(&self(t)->tcp);
	self(t)->negotiating = false;
}

static void rfc2217_free(struct bridged_transport *t)
{
	if (!t)
		return;
	rfc2217_close(t);
	free(t);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

/* ---- What is said when it fails */

static const char *parity_word(uint32_t value)
{
	static const char *const words[] = {"?", "none", "odd", "even", "mark", "space"};

	return words[value < sizeof(words) / sizeof(words[0]) ? value : 0];
}

static const char *flow_word(uint32_t value)
{
	static const char *const words[] = {"?", "no handshake", "XON/XOFF", "RTS/CTS"};

	return words[value < sizeof(words) / sizeof(words[0]) ? value : 0];
}

static void explain_setting(const struct rfc2217_transport *s, char *reason)
{
	const struct rfc2217 *r = &s->telnet;
	const char *name = s->tcp.name;

	switch (r->setting) {
	case RFC2217_BAUD:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the server set its line to %u bit/s where %u were asked for; choose "
			 "a rate that its port can do (URL@RATE)",
			 name, r->got, r->asked);
		break;
	case RFC2217_PARITY:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the server set its line to parity %s where %s was asked for; see "
			 "its configuration",
			 name, parity_word(r->got), parity_word(r->asked));
		break;
	case RFC2217_FLOW:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the server set its line to %s where %s was asked for; choose "
			 "rtscts on or off, or see its configuration",
			 name, flow_word(r->got), flow_word(r->asked));
		break;
	default:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the server set its line to %u %s where %u was asked for; see its "
			 "configuration",
			 name, r->got,
			 r->setting == RFC2217_DATA_BITS ? "data bits"
							 : "stop bits (in RFC 2217's numbers)",
			 r->asked);
	}
}

static void explain_fault(const struct rfc2217_transport *s, char *reason)
{
	const char *name = s->tcp.name;
	const char *place = name + strlen(SCHEME);

	switch (s->telnet.fault) {
	case RFC2217_FAULT_NO_COM_PORT:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the server refuses the COM-PORT-OPTION of RFC 2217; set the line "
			 "there, and use socket%s",
			 name, place);
		break;
	case RFC2217_FAULT_NO_BINARY:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the server refuses binary transmission, which would change bytes; "
			 "give it a raw TCP port, and use socket%s",
			 name, place);
		break;
	case RFC2217_FAULT_SETTING:
		explain_setting(s, reason);
		break;
	default:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the server asks without end and reads nothing; is it a Telnet "
			 "server for serial lines?",
			 name);
	}
}

/* @what: it has taken too long, or the server has closed. */
static void explain_silence(const struct rfc2217_transport *s, const char *what, char *reason)
{
	const char *name = s->tcp.name;
	int n;

	if (s->telnet.phase == RFC2217_SETTING)
		n = snprintf(reason, BRIDGED_REASON_SIZE,
			     "%s: %s while it was to set its line; see its log and configuration",
			     name, what);
	else
		n = snprintf(reason, BRIDGED_REASON_SIZE,
			     "%s: %s before it agreed to the COM-PORT-OPTION of RFC 2217; if its "
			     "port is a raw one, use socket%s",
			     name, what, name + strlen(SCHEME));
	if (s->greeting_len && n < BRIDGED_REASON_SIZE)
		snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " (it said: %.*s)",
			 (int)s->greeting_len, s->greeting);
}

/* ---- Opening */

static void keep_greeting(struct rfc2217_transport *s, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] >= ' ' && bytes[i] < 0x7f && s->greeting_len < GREETING_MAX)
			s->greeting[s->greeting_len++] = (char)bytes[i];
}

/* Send what the server is owed. Return: 0 or a negative errno; what does not fit waits. */
static int send_reply(struct rfc2217_transport *s)
{
	struct rfc2217 *r = &s->telnet;
	ssize_t n;

	if (!r->reply_len || s->half_written)
		return 0;
	n = tcp_write(&s->tcp, r->reply, r->reply_len);
	if (n < 0)
		return n == -EAGAIN || n == -EINTR ? 0 : (int)n;
	r->reply_len -= (size_t)n;
	memmove(r->reply, r->reply + n, r->reply_len);
	return 0;
}

static int give_up(struct rfc2217_transport *s)
{
	rfc2217_close(&s->base);
	return -EPROTO;
}

/* Take the negotiation as far as it goes. Return: as open(). */
static int negotiate(struct rfc2217_transport *s, char *reason)
{
	struct rfc2217 *r = &s->telnet;
	uint8_t buf[256];
	ssize_t n = 0;

	for (int i = 0; i < READS_MAX && r->phase < RFC2217_READY; i++) {
		n = tcp_read(&s->tcp, buf, sizeof(buf));
		if (n <= 0)
			break;
		/* Nothing of it is for the driver: the line was only being set. */
		keep_greeting(s, buf, rfc2217_receive(r, buf, (size_t)n, buf));
	}
	if (r->phase == RFC2217_FAILED) {
		explain_fault(s, reason);
		return give_up(s);
	}
	if (send_reply(s) || (n < 0 && n != -EAGAIN && n != -EINTR)) {
		explain_silence(s, "the server closed the connection", reason);
		return give_up(s);
	}
	if (r->phase == RFC2217_READY) {
		s->negotiating = false;
		return 0;
	}
	if (now_ns() < s->limit_ns)
		return BRIDGED_OPEN_READABLE;
	explain_silence(s, "it took too long", reason);
	return give_up(s);
}

/* @ret: what the connection says. Return: as open(). */
static int connected(struct rfc2217_transport *s, int ret, char *reason)
{
	if (ret)
		return ret;
	rfc2217_init(&s->telnet, s->baud, s->options->rtscts);
	s->negotiating = true;
	s->limit_ns = now_ns() + NEGOTIATION_LIMIT_NS;
	s->greeting_len = 0;
	s->half_written = s->told = false;
	return negotiate(s, reason);
}

static int rfc2217_open(struct bridged_transport *t, char *reason)
{
	return connected(self(t), tcp_open(&self(t)->tcp, reason), reason);
}

static int rfc2217_opened(struct bridged_transport *t, char *reason)
{
	struct rfc2217_transport *s = self(t);

	if (s->negotiating)
		return negotiate(s, reason);
	return connected(s, tcp_opened(&s->tcp, reason), reason);
}

/* ---- Bytes */

static int rfc2217_fd(const struct bridged_transport *t)
{
	return ((const struct rfc2217_transport *)t)->tcp.fd;
}

static bool rfc2217_held(const struct bridged_transport *t)
{
	return ((const struct rfc2217_transport *)t)->telnet.suspended;
}

static void tell_line_errors(struct rfc2217_transport *s)
{
	if (s->telnet.line_errors && !s->told) {
		s->told = true;
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s: the server's serial line has errors (LINESTATE %02x): is the rate "
			   "right, and the server fast enough?",
			   s->tcp.name, s->telnet.line_errors);
	}
	s->telnet.line_errors = 0;
}

/* After each read. Return: 0 or a negative errno. */
static int follow(struct rfc2217_transport *s)
{
	char reason[BRIDGED_REASON_SIZE];

	tell_line_errors(s);
	if (s->telnet.phase != RFC2217_FAILED)
		return send_reply(s);
	explain_fault(s, reason);
	anycan_log(ANYCAN_LOG_WARNING, "%s", reason);
	return -EPROTO;
}

static ssize_t rfc2217_read(struct bridged_transport *t, uint8_t *buf, size_t size)
{
	struct rfc2217_transport *s = self(t);
	ssize_t n = 0, got;
	int ret;

	for (int i = 0; i < READS_MAX && !n; i++) {
		got = tcp_read(&s->tcp, buf, size);
		if (got < 0)
			return got;
		n = (ssize_t)rfc2217_receive(&s->telnet, buf, (size_t)got, buf);
		ret = follow(s);
		if (ret)
			return ret;
	}
	return n ? n : -EAGAIN;
}

/* How many of the bytes at @buf the first @sent of their escaped form cover. */
static size_t covered(struct rfc2217_transport *s, const uint8_t *buf, size_t sent)
{
	size_t n = 0;

	while (sent) {
		size_t need = buf[n] == 0xFF ? 2 : 1;

		if (need > sent) {
			s->half_written = true;
			break;
		}
		sent -= need;
		n++;
	}
	return n;
}

/*
 * A byte counts as taken when all of it is on its way: of an IAC whose second half does not fit,
 * that half is sent when it is offered again.
 */
static ssize_t rfc2217_write(struct bridged_transport *t, const uint8_t *buf, size_t len)
{
	struct rfc2217_transport *s = self(t);
	uint8_t escaped[2 * CHUNK];
	size_t used, n, skip = s->half_written;
	ssize_t sent;
	int ret = send_reply(s);

	if (ret)
		return ret;
	if (s->telnet.suspended || (s->telnet.reply_len && !s->half_written))
		return -EAGAIN;
	n = rfc2217_escape(buf, len, escaped, sizeof(escaped), &used);
	sent = tcp_write(&s->tcp, escaped + skip, n - skip);
	if (sent < 0)
		return sent;
	s->half_written = false;
	n = covered(s, buf, (size_t)sent + skip);
	return n ? (ssize_t)n : -EAGAIN;
}

static void rfc2217_drain(struct bridged_transport *t, int timeout_ms)
{
	(void)timeout_ms;
	tcp_finish(&self(t)->tcp);
}

const struct bridged_transport_class rfc2217_transport = {
	.name = SCHEME,
	.summary = "rfc2217://HOST:PORT[@BAUD]: a serial line behind a server that sets it, 8N1",
	.options = rfc2217_options,
	.options_size = sizeof(struct rfc2217_options),
	.match = rfc2217_match,
	.create = rfc2217_create,
	.free = rfc2217_free,
	.open = rfc2217_open,
	.opened = rfc2217_opened,
	.close = rfc2217_close,
	.fd = rfc2217_fd,
	.held = rfc2217_held,
	.read = rfc2217_read,
	.write = rfc2217_write,
	.drain = rfc2217_drain,
};
