/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A robotell adapter as it answers, for the tests of its driver.
 */
#ifndef TESTS_UNIT_ROBOTELL_PEER_H
#define TESTS_UNIT_ROBOTELL_PEER_H

#include <stddef.h>
#include <stdint.h>

/** robotell_peer() - takes every value that it is given; tells what an adapter told when asked */
size_t robotell_peer(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

#endif
