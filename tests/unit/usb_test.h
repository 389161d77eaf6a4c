/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the tests of USB drivers share: a driver in a glass, its requests as text.
 */
#ifndef TESTS_UNIT_USB_TEST_H
#define TESTS_UNIT_USB_TEST_H

#include "check.h"
#include "contract_rig.h"
#include "usb_peer.h"

/**
 * usb_open() - a driver of the setup with its channel 0 open
 *
 * What was sent until then is in .said, as usb_requests() shows it.
 */
struct rig *usb_open(const struct contract_setup *setup);

/** usb_refusal() - why such a setup cannot be opened; the test fails if it can */
const char *usb_refusal(const struct contract_setup *setup);

/**
 * usb_requests() - requests as lines of text
 *
 * "control TYPE REQUEST VALUE INDEX LEN|DATA", "out ENDPOINT DATA", "in ENDPOINT LEN",
 * "listen ENDPOINT LEN x COUNT"; numbers in hex but for LEN and COUNT.
 *
 * Return: the text, valid until the next call.
 */
const char *usb_requests(const uint8_t *bytes, size_t len);

/** usb_sent() - the requests since the last call are exactly @text */
void usb_sent(struct rig *rig, const char *text);

/** usb_feed() - an answer of @type with @tag, @status and the data in hex */
void usb_feed(struct rig *rig, enum bridged_usb_type type, uint32_t tag, int status,
	      const char *hex);

/** usb_send() - offer a frame in cansend's form to @channel. Return: as encode() */
int usb_send(struct rig *rig, unsigned int channel, const char *frame);

/** usb_got() - frame @index of those received, in cansend's form */
void usb_got(struct rig *rig, size_t index, const char *frame);

/** usb_converse() - the setup's adapter answers what it was asked, until nothing more is sent */
void usb_converse(struct rig *rig);

/** usb_last_tag() - the tag of the last request sent, of those not yet looked at */
uint32_t usb_last_tag(const struct rig *rig);

#endif
