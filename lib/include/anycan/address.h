/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The address of an adapter as people write it, everywhere the same: `DRIVER:ADDRESS`, or the
 * name of a CAN netdev. And the address of a serial line, as python-can and pyserial write it.
 */
#ifndef ANYCAN_ADDRESS_H
#define ANYCAN_ADDRESS_H

#include <anycan/export.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for a driver's name with its NUL. */
#define ANYCAN_DRIVER_SIZE 32

/** Room for what stands behind the driver, or for the path or host of a serial line. */
#define ANYCAN_ADDRESS_SIZE 256

/** struct anycan_address - an adapter */
struct anycan_address {
	char driver[ANYCAN_DRIVER_SIZE]; /**< `slcan`; empty: a SocketCAN netdev */
	char rest[ANYCAN_ADDRESS_SIZE];	 /**< for the driver's transport; or the netdev's name */
};

/** How a serial line is reached. */
enum anycan_serial_scheme {
	ANYCAN_SERIAL_TTY,     /**< a device of this machine */
	ANYCAN_SERIAL_SOCKET,  /**< `socket://`: bytes over TCP */
	ANYCAN_SERIAL_RFC2217, /**< `rfc2217://`: TCP with line settings */
	ANYCAN_SERIAL_LOOP,    /**< `loop://`: what is written is read */
};

/** struct anycan_serial_target - a serial line */
struct anycan_serial_target {
	enum anycan_serial_scheme scheme;
	char name[ANYCAN_ADDRESS_SIZE]; /**< device, or host without brackets; empty for a loop */
	uint16_t port;			/**< TCP port; 0 where the scheme has none */
	uint32_t baud;			/**< bit/s; 0 = not given */
};

/**
 * anycan_address_parse() - read the address of an adapter
 * @text: `slcan:/dev/ttyUSB0@115200`, `canalystii:`, `can0`
 * @address: set on success, otherwise left alone
 * @reason: NULL, or where a static sentence that names the fault is put
 *
 * Return: 0, or -EINVAL.
 */
ANYCAN_API int anycan_address_parse(const char *text, struct anycan_address *address,
				    const char **reason);

/**
 * anycan_serial_target_parse() - read the address of a serial line
 * @text: `/dev/ttyUSB0@115200`, `COM4@9600`, `socket://192.0.2.7:5000`, `socket://[::1]:3333`,
 *	`rfc2217://host:port`, `loop://`; each may end in `@` and a baud rate
 * @target: set on success, otherwise left alone
 * @reason: NULL, or where a static sentence that names the fault is put
 *
 * Return: 0, or -EINVAL.
 */
ANYCAN_API int anycan_serial_target_parse(const char *text, struct anycan_serial_target *target,
					  const char **reason);

#ifdef __cplusplus
}
#endif

#endif
