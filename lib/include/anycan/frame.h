/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A CAN frame as every part of anycan passes it on: drivers, ports, log formats, the library.
 * The identifier and the flags are those of linux/can.h; see Documentation/networking/can.rst.
 */
#ifndef ANYCAN_FRAME_H
#define ANYCAN_FRAME_H

#include <anycan/export.h>
#include <linux/can.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for payload in a struct anycan_frame. Code asks for this name, never for the number. */
#define ANYCAN_DATA_MAX CANFD_MAX_DLEN

/** Highest raw DLC of classic CAN and CAN FD. */
#define ANYCAN_DLC_MAX CANFD_MAX_DLC

/** Value of struct anycan_frame.channel when a frame belongs to no channel. */
#define ANYCAN_CHANNEL_NONE UINT16_MAX

/** Time tolerance of anycan_frame_equal() that accepts any pair of time stamps. */
#define ANYCAN_ANY_TIME INT64_MAX

/** Which way a frame went, seen from the host. */
enum anycan_dir {
	ANYCAN_RX = 0, /**< from the bus */
	ANYCAN_TX = 1, /**< to the bus */
};

/**
 * struct anycan_frame - one frame: data, remote or error, classic or FD
 *
 * Plain data without pointers: copy it by assignment.
 */
struct anycan_frame {
	int64_t ts_ns;	     /**< nanoseconds since the Unix epoch; 0 = no time stamp */
	canid_t can_id;	     /**< identifier with CAN_EFF_FLAG, CAN_RTR_FLAG, CAN_ERR_FLAG */
	uint16_t len;	     /**< bytes in data; of a remote frame: bytes it asks for */
	uint8_t flags;	     /**< CANFD_FDF for every FD frame, with CANFD_BRS and CANFD_ESI */
	uint8_t len8_dlc;    /**< raw DLC 9..15 of a classic frame with len 8; otherwise 0 */
	uint16_t channel;    /**< channel of the adapter or log, from 0; or ANYCAN_CHANNEL_NONE */
	uint8_t dir;	     /**< enum anycan_dir */
	uint8_t own;	     /**< 1: received by the very bus that sent it; set by buses only */
	uint8_t reserved[4]; /**< 0 */
	uint8_t data[ANYCAN_DATA_MAX] __attribute__((aligned(8)));
};

/**
 * anycan_dlc2len() - payload length of a CAN FD data length code
 * @dlc: raw DLC, 0..15; larger values count as 15
 *
 * Return: 0..64 bytes.
 */
ANYCAN_API uint8_t anycan_dlc2len(uint8_t dlc);

/**
 * anycan_len2dlc() - smallest data length code that holds a payload
 * @len: bytes; a length between two steps takes the next larger one, more than 64 gives 15
 *
 * Return: raw DLC, 0..15.
 */
ANYCAN_API uint8_t anycan_len2dlc(size_t len);

/**
 * anycan_frame_dlc() - the DLC as it stands on the wire
 * @frame: a valid frame
 *
 * Return: 0..15: len8_dlc if set, otherwise the code of len.
 */
ANYCAN_API uint8_t anycan_frame_dlc(const struct anycan_frame *frame);

/** anycan_frame_is_fd() - whether @frame is a CAN FD frame. */
static inline bool anycan_frame_is_fd(const struct anycan_frame *frame)
{
	return frame->flags & CANFD_FDF;
}

/** anycan_frame_fits() - whether the length of @frame is within the limit of its format. */
static inline bool anycan_frame_fits(const struct anycan_frame *frame)
{
	return frame->len <= (anycan_frame_is_fd(frame) ? CANFD_MAX_DLEN : CAN_MAX_DLEN);
}

/** anycan_frame_data_len() - bytes of data that @frame carries: 0 for a remote frame. */
static inline size_t anycan_frame_data_len(const struct anycan_frame *frame)
{
	return (frame->can_id & CAN_RTR_FLAG) ? 0 : frame->len;
}

/**
 * anycan_frame_check() - whether a frame can exist on a bus
 * @frame: the frame; any contents
 * @reason: NULL, or where a static sentence that names the fault is put
 *
 * The rules of python-can's Message: the time stamp is not negative, the identifier fits its
 * format, remote excludes error and FD, the length fits the frame kind (FD: one of the lengths
 * that a DLC can express), BRS and ESI need FD. Beyond those: no unknown flag, no FD error frame,
 * len8_dlc and dir in range. An error frame has 29 bits for its classes, with or without
 * CAN_EFF_FLAG. Frames may be built unchecked; check on request.
 *
 * Return: 0, or -EINVAL.
 */
ANYCAN_API int anycan_frame_check(const struct anycan_frame *frame, const char **reason);

/**
 * anycan_frame_equal() - whether two frames say the same
 * @a: a frame
 * @b: another frame
 * @delta_ns: largest difference of the time stamps; ANYCAN_ANY_TIME ignores them
 * @check_dir: whether the direction counts
 *
 * Compares identifier, format, kind, DLC, data, channel, FD, BRS and ESI. Bytes of data beyond
 * the length, any data of a remote frame, and CAN_EFF_FLAG of an error frame do not count.
 */
ANYCAN_API bool anycan_frame_equal(const struct anycan_frame *a, const struct anycan_frame *b,
				   int64_t delta_ns, bool check_dir);

/**
 * anycan_frame_to_can() - write a frame as the kernel's struct can_frame or canfd_frame
 * @frame: a valid frame
 * @kernel: room for either kind; bytes beyond the payload are set to 0
 *
 * Return: CAN_MTU or CANFD_MTU: the number of bytes to hand to a CAN socket. 0 if the length is
 * out of range; nothing is written then.
 */
ANYCAN_API size_t anycan_frame_to_can(const struct anycan_frame *frame, struct canfd_frame *kernel);

/**
 * anycan_frame_from_can() - take a frame from the kernel
 * @frame: filled except for the time stamp, channel and direction, which become 0
 * @kernel: what the socket gave
 * @size: how many bytes it gave
 *
 * The kernel passes on whatever an application wrote. What comes out is valid all the same, as a
 * controller would send it: identifier bits beyond the format and unknown flags are cut off, an FD
 * payload between two lengths is filled up with 0.
 *
 * Return: 0, or -EINVAL if @size is no CAN MTU, the length is out of range, or an FD frame claims
 * to be a remote or error frame; @frame is left alone then.
 */
ANYCAN_API int anycan_frame_from_can(struct anycan_frame *frame, const struct canfd_frame *kernel,
				     size_t size);

#ifdef __cplusplus
}
#endif

#endif
