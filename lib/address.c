/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Adapter and serial line addresses. Source of the serial forms: the manual of python-can 4.0,
 * slcan interface, and pyserial's URL handlers.
 */
#include <anycan/address.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BAUD_MAX 100000000U

/* A piece of the caller's text. */
struct address_part {
	const char *at;
	size_t len;
};

static int address_fault(const char **reason, const char *fault)
{
	if (reason)
		*reason = fault;
	return -EINVAL;
}

static bool address_is_graphic(struct address_part part)
{
	size_t i;

	for (i = 0; i < part.len; i++)
		if ((unsigned char)part.at[i] <= ' ' || part.at[i] == 0x7f)
			return false;
	return true;
}

static void address_copy(char *out, struct address_part part)
{
	memcpy(out, part.at, part.len);
	out[part.len] = '\0';
}

/* The first character of a driver's name is a letter; then also digits, `_` and `-`. */
static bool address_is_driver(struct address_part part)
{
	size_t i;

	for (i = 0; i < part.len; i++) {
		char c = part.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_' || c == '-')))
			return false;
	}
	return part.len > 0;
}

/* A name without a colon is a netdev; the kernel forbids `/` and blanks in one. */
static int address_parse_netdev(struct address_part name, struct anycan_address *address,
				const char **reason)
{
	if (name.len >= IFNAMSIZ)
		return address_fault(reason, "a netdev's name has at most 15 characters; "
					     "an adapter's address is DRIVER:ADDRESS");
	if (!address_is_graphic(name) || memchr(name.at, '/', name.len))
		return address_fault(reason, "neither DRIVER:ADDRESS nor the name of a netdev");
	address->driver[0] = '\0';
	address_copy(address->rest, name);
	return 0;
}

int anycan_address_parse(const char *text, struct anycan_address *address, const char **reason)
{
	const char *colon = strchr(text, ':');
	struct address_part driver = {text, colon ? (size_t)(colon - text) : 0};
	struct address_part rest = {colon ? colon + 1 : text, 0};

	rest.len = strlen(rest.at);
	if (!*text)
		return address_fault(reason, "the address is empty");
	if (!colon)
		return address_parse_netdev(rest, address, reason);
	if (driver.len >= sizeof(address->driver))
		return address_fault(reason, "the driver's name is too long");
	if (!address_is_driver(driver))
		return address_fault(reason, "the part before the colon is no driver's name");
	if (rest.len >= sizeof(address->rest))
		return address_fault(reason, "the address is too long");
	address_copy(address->driver, driver);
	address_copy(address->rest, rest);
	return 0;
}

/* Digits only, at most @max. Return: whether; @value is set then. */
static bool address_number(struct address_part digits, uint32_t max, uint32_t *value)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < digits.len; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(digits.at[i] - '0');
		if (number > max)
			return false;
	}
	*value = (uint32_t)number;
	return digits.len > 0;
}

static bool address_take_prefix(struct address_part *part, const char *prefix)
{
	size_t len = strlen(prefix);

	if (part->len < len || strncmp(part->at, prefix, len) != 0)
		return false;
	part->at += len;
	part->len -= len;
	return true;
}

/* Cut `@baud` off the end. */
static int address_take_baud(struct address_part *part, uint32_t *baud, const char **reason)
{
	const char *at = memrchr(part->at, '@', part->len);
	struct address_part digits;

	*baud = 0;
	if (!at)
		return 0;
	digits = (struct address_part){at + 1, (size_t)(part->at + part->len - (at + 1))};
	if (!address_number(digits, BAUD_MAX, baud) || *baud == 0)
		return address_fault(reason, "behind @ stands no baud rate: 1 to 100000000");
	part->len = (size_t)(at - part->at);
	return 0;
}

/* `host:port`, `[v6]:port` */
static int address_parse_host(struct address_part part, struct anycan_serial_target *target,
			      const char **reason)
{
	const char *colon = memrchr(part.at, ':', part.len);
	struct address_part host = part;
	struct address_part digits;
	uint32_t port;

	if (!colon)
		return address_fault(reason, "the port is missing: HOST:PORT or [V6]:PORT");
	host.len = (size_t)(colon - part.at);
	digits = (struct address_part){colon + 1, part.len - host.len - 1};
	if (!address_number(digits, UINT16_MAX, &port) || port == 0)
		return address_fault(reason, "the port is no number from 1 to 65535");
	if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']') {
		host.at++;
		host.len -= 2;
	} else if (memchr(host.at, ':', host.len)) {
		return address_fault(reason, "an IPv6 address needs brackets: [V6]:PORT");
	}
	if (host.len == 0)
		return address_fault(reason, "the host is missing: HOST:PORT or [V6]:PORT");
	if (memchr(host.at, '[', host.len) || memchr(host.at, ']', host.len) ||
	    memchr(host.at, '/', host.len))
		return address_fault(reason, "the host is no name and no address");
	target->port = (uint16_t)port;
	address_copy(target->name, host);
	return 0;
}

static int address_parse_tty(struct address_part part, struct anycan_serial_target *target,
			     const char **reason)
{
	if (part.len == 0)
		return address_fault(reason, "the serial port is missing");
	if (memmem(part.at, part.len, "://", 3))
		return address_fault(reason, "the URL is none of socket:// rfc2217:// loop://");
	target->scheme = ANYCAN_SERIAL_TTY;
	address_copy(target->name, part);
	return 0;
}

int anycan_serial_target_parse(const char *text, struct anycan_serial_target *target,
			       const char **reason)
{
	struct address_part part = {text, strlen(text)};
	struct anycan_serial_target parsed = {0};
	int err;

	if (part.len == 0)
		return address_fault(reason, "the channel is empty: name a serial port or a URL");
	if (part.len >= sizeof(parsed.name))
		return address_fault(reason, "the address is too long");
	if (!address_is_graphic(part))
		return address_fault(reason, "a blank or control character in the address");
	err = address_take_baud(&part, &parsed.baud, reason);
	if (err)
		return err;
	if (address_take_prefix(&part, "socket://")) {
		parsed.scheme = ANYCAN_SERIAL_SOCKET;
		err = address_parse_host(part, &parsed, reason);
	} else if (address_take_prefix(&part, "rfc2217://")) {
		parsed.scheme = ANYCAN_SERIAL_RFC2217;
		err = address_parse_host(part, &parsed, reason);
	} else if (address_take_prefix(&part, "loop://")) {
		parsed.scheme = ANYCAN_SERIAL_LOOP;
		if (part.len)
			err = address_fault(reason, "nothing may stand behind loop:// but @BAUD");
	} else {
		err = address_parse_tty(part, &parsed, reason);
	}
	if (!err)
		*target = parsed;
	return err;
}
