/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * USB adapters of a few lines, for bringing drivers into service in tests: they answer each
 * request well, and have no bus.
 */
#ifndef TESTS_UNIT_USB_PEER_H
#define TESTS_UNIT_USB_PEER_H

#include <usb.h>

/** A candleLight (48 MHz, classic CAN, time stamps, one channel). */
extern const struct bridged_usb_device usb_peer_candlelight_device;
size_t usb_peer_candlelight(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

/** CAN FD (80 MHz), three channels, everything that gs_usb knows. */
extern const struct bridged_usb_device usb_peer_fd_device;
size_t usb_peer_fd(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

/** A CANtact Pro with its first firmware: CAN FD, two channels, and its own ways. */
extern const struct bridged_usb_device usb_peer_cantact_device;
size_t usb_peer_cantact(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

/** A CANalyst-II on a quiet bus. */
extern const struct bridged_usb_device usb_peer_canalystii_device;
size_t usb_peer_canalystii(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

/** A device that knows no request: all of them stall. */
size_t usb_peer_silent(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

/**
 * usb_peer_answer() - append the answer to a request
 * @at: where the reply ends
 *
 * Return: where it ends now.
 */
uint8_t *usb_peer_answer(uint8_t *at, const struct bridged_usb_record *request, int status,
			 const void *data, size_t len);

#endif
