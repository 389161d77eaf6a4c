/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * For the tests of cantap.ko: the process behind a netdev, CAN sockets and `ip`. What cannot
 * fail in a test that makes sense ends the test program with a message.
 */
#ifndef TESTS_KMOD_TAP_H
#define TESTS_KMOD_TAP_H

#include "../../kmod/cantap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What setup() of every test starts with. */
#define NETDEV "tap0"

/* A process' side of one netdev. */
struct tap {
	int fd;
	struct cantap_create create;
	uint8_t buf[65536] __attribute__((aligned(8)));
	size_t at, len;
	uint32_t session; /* of the latest OPEN or RESTART that was read */
	struct cantap_settings settings;
};

/* tap_limits() - an adapter that can do everything: 80 MHz, CAN FD, 16 frames in flight */
void tap_limits(struct cantap_create *create, const char *name);

/* tap_open() - the file alone, non-blocking */
void tap_open(struct tap *tap);

/* tap_make() - make the netdev of .create. Return: 0 or a negative errno */
int tap_make(struct tap *tap);

/* tap_new() - both, with tap_limits() and these flags */
void tap_new(struct tap *tap, const char *name, uint32_t flags);

/* tap_close() - let go of it, and wait for nothing */
void tap_close(struct tap *tap);

/* tap_next() - the next record, NULL if none comes within @timeout_ms */
const struct cantap_record *tap_next(struct tap *tap, int timeout_ms);

/* tap_expect() - the next record, which must be of that type */
const struct cantap_record *tap_expect(struct tap *tap, uint8_t type);

/* tap_idle() - no record comes within 50 ms */
void tap_idle(struct tap *tap);

/* tap_write() - one record. Return: 0 or a negative errno */
int tap_write(struct tap *tap, struct cantap_record head, const void *payload, size_t len);

/* tap_say() - one without payload and flags, which must be taken */
void tap_say(struct tap *tap, uint8_t type, uint32_t id);

/* tap_state() - tell a state and error counters */
void tap_state(struct tap *tap, unsigned int tx, unsigned int rx, unsigned int txerr,
	       unsigned int rxerr);

/* tap_rx() - a classic frame. Return: 0 or a negative errno */
int tap_rx(struct tap *tap, const struct can_frame *frame);

/* tap_up() - set the netdev up at 500 kbit/s, and answer its OPEN */
void tap_up(struct tap *tap);

/* tap_send() - a frame that a socket has sent reaches the process. Return: its echo number */
uint32_t tap_sent(struct tap *tap, const struct can_frame *frame);

/* can_open() - a CAN_RAW socket with FD and error frames, non-blocking */
int can_open(const char *netdev);

/* can_get() - the next frame. Return: its bytes, 0 if none comes within @timeout_ms */
int can_get(int fd, struct canfd_frame *frame, int timeout_ms);

/* can_expect_error() - an error frame of that class comes; its data is put in @data */
void can_expect_error(int fd, uint32_t class, uint8_t data[8]);

/* can_put() - send a frame. Return: 0 or a negative errno */
int can_put(int fd, const void *frame, size_t size);

/* make_frame() - 8 bytes of data that count from @seed */
struct can_frame make_frame(uint32_t id, uint8_t seed);

/* run() - a shell command. Return: its exit status */
int run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* contains() - whether what a shell command prints contains @text */
bool contains(const char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* shows() - the same; if it does not, what it prints is shown */
bool shows(const char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* statistic() - a counter of sysfs */
unsigned long statistic(const char *netdev, const char *name);

/* exists() - whether there is such a netdev here */
bool exists(const char *netdev);

/* within() - whether the condition comes true within some seconds */
#define within(condition)                                                                          \
	({                                                                                         \
		int tries_ = 300;                                                                  \
		while (!(condition) && --tries_)                                                   \
			usleep(10000);                                                             \
		tries_ > 0;                                                                        \
	})

#endif
