/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The frame: data length codes, validity, equality, and the kernel's two structs for it.
 * Sources: ISO 11898-1:2015 (DLC table), linux/can.h, python-can 4.1's Message for the rules.
 */
#include <anycan/frame.h>
#include <errno.h>
#include <string.h>

static const uint8_t length_of_dlc[ANYCAN_DLC_MAX + 1] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64,
};

/* A raw DLC above 8 that a classic frame of 8 bytes may carry. */
static bool frame_raw_dlc_fits(unsigned int raw_dlc, unsigned int len)
{
	return len == CAN_MAX_DLEN && raw_dlc > CAN_MAX_DLC && raw_dlc <= CAN_MAX_RAW_DLC;
}

uint8_t anycan_dlc2len(uint8_t dlc)
{
	return length_of_dlc[dlc < ANYCAN_DLC_MAX ? dlc : ANYCAN_DLC_MAX];
}

uint8_t anycan_len2dlc(size_t len)
{
	uint8_t dlc;

	if (len <= CAN_MAX_DLEN)
		return (uint8_t)len;
	for (dlc = CAN_MAX_DLC + 1; dlc < ANYCAN_DLC_MAX; dlc++)
		if (len <= length_of_dlc[dlc])
			break;
	return dlc;
}

uint8_t anycan_frame_dlc(const struct anycan_frame *frame)
{
	if (frame->len8_dlc && !anycan_frame_is_fd(frame))
		return frame->len8_dlc;
	return anycan_len2dlc(frame->len);
}

static const char *frame_id_fault(const struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_FLAG) {
		if (frame->can_id & CAN_RTR_FLAG)
			return "a frame cannot be a remote and an error frame at once";
		if (anycan_frame_is_fd(frame))
			return "an error frame cannot be a CAN FD frame";
		return NULL;
	}
	if (frame->can_id & CAN_RTR_FLAG && anycan_frame_is_fd(frame))
		return "CAN FD has no remote frames";
	if (!(frame->can_id & CAN_EFF_FLAG) && (frame->can_id & CAN_EFF_MASK) > CAN_SFF_MASK)
		return "a standard identifier has 11 bits: at most 0x7FF";
	return NULL;
}

static const char *frame_length_fault(const struct anycan_frame *frame)
{
	if (anycan_frame_is_fd(frame)) {
		if (frame->len > CANFD_MAX_DLEN)
			return "a CAN FD frame has at most 64 bytes";
		if (frame->len != anycan_dlc2len(anycan_len2dlc(frame->len)))
			return "no CAN FD frame has this length: 0 to 8, 12, 16, 20, 24, 32, 48, "
			       "64";
		if (frame->len8_dlc)
			return "a raw DLC beside the length needs a classic frame";
		return NULL;
	}
	if (frame->len > CAN_MAX_DLEN)
		return "a classic frame has at most 8 bytes";
	if (frame->len8_dlc && !frame_raw_dlc_fits(frame->len8_dlc, frame->len))
		return "a raw DLC is 9 to 15 and needs a length of 8";
	return NULL;
}

static const char *frame_fault(const struct anycan_frame *frame)
{
	const char *fault;

	if (frame->ts_ns < 0)
		return "the time stamp is negative";
	fault = frame_id_fault(frame);
	if (!fault)
		fault = frame_length_fault(frame);
	if (fault)
		return fault;
	if (frame->flags & ~(CANFD_BRS | CANFD_ESI | CANFD_FDF))
		return "a flag is none of BRS, ESI and FDF";
	if (frame->flags && !anycan_frame_is_fd(frame))
		return "BRS and ESI need a CAN FD frame";
	if (frame->dir != ANYCAN_RX && frame->dir != ANYCAN_TX)
		return "the direction is neither RX nor TX";
	return NULL;
}

int anycan_frame_check(const struct anycan_frame *frame, const char **reason)
{
	const char *fault = frame_fault(frame);

	if (!fault)
		return 0;
	if (reason)
		*reason = fault;
	return -EINVAL;
}

static bool frame_times_near(int64_t a, int64_t b, int64_t delta_ns)
{
	uint64_t distance = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;

	return delta_ns == ANYCAN_ANY_TIME || (delta_ns >= 0 && distance <= (uint64_t)delta_ns);
}

/* The format flag says nothing in an error frame. */
static canid_t frame_meaning_of_id(const struct anycan_frame *frame)
{
	return (frame->can_id & CAN_ERR_FLAG) ? frame->can_id & ~CAN_EFF_FLAG : frame->can_id;
}

bool anycan_frame_equal(const struct anycan_frame *a, const struct anycan_frame *b,
			int64_t delta_ns, bool check_dir)
{
	size_t len = anycan_frame_data_len(a);

	return frame_meaning_of_id(a) == frame_meaning_of_id(b) && a->len == b->len &&
	       a->flags == b->flags && a->len8_dlc == b->len8_dlc && a->channel == b->channel &&
	       (!check_dir || a->dir == b->dir) &&
	       memcmp(a->data, b->data, len < ANYCAN_DATA_MAX ? len : ANYCAN_DATA_MAX) == 0 &&
	       frame_times_near(a->ts_ns, b->ts_ns, delta_ns);
}

size_t anycan_frame_to_can(const struct anycan_frame *frame, struct canfd_frame *kernel)
{
	struct can_frame classic = {.can_id = frame->can_id};

	if (!anycan_frame_fits(frame))
		return 0;
	memset(kernel, 0, sizeof(*kernel));
	if (anycan_frame_is_fd(frame)) {
		kernel->can_id = frame->can_id;
		kernel->len = (uint8_t)frame->len;
		kernel->flags = frame->flags;
		memcpy(kernel->data, frame->data, frame->len);
		return CANFD_MTU;
	}
	classic.len = (uint8_t)frame->len;
	classic.len8_dlc = frame->len8_dlc;
	memcpy(classic.data, frame->data, anycan_frame_data_len(frame));
	memcpy(kernel, &classic, sizeof(classic));
	return CAN_MTU;
}

/* Bits of an identifier that mean nothing in its format are cut off, as every driver does. */
static canid_t frame_id_from_can(canid_t can_id)
{
	if (can_id & CAN_ERR_FLAG)
		return can_id & (CAN_ERR_FLAG | CAN_ERR_MASK);
	if (can_id & CAN_EFF_FLAG)
		return can_id;
	return can_id & (CAN_RTR_FLAG | CAN_SFF_MASK);
}

static int frame_from_classic(struct anycan_frame *frame, const struct canfd_frame *kernel)
{
	struct can_frame classic;

	memcpy(&classic, kernel, sizeof(classic));
	if (classic.len > CAN_MAX_DLEN)
		return -EINVAL;
	*frame = (struct anycan_frame){
		.can_id = frame_id_from_can(classic.can_id),
		.len = classic.len,
	};
	if (frame_raw_dlc_fits(classic.len8_dlc, classic.len))
		frame->len8_dlc = classic.len8_dlc;
	memcpy(frame->data, classic.data, anycan_frame_data_len(frame));
	return 0;
}

static int frame_from_fd(struct anycan_frame *frame, const struct canfd_frame *kernel)
{
	if (kernel->len > CANFD_MAX_DLEN || kernel->can_id & (CAN_RTR_FLAG | CAN_ERR_FLAG))
		return -EINVAL;
	*frame = (struct anycan_frame){
		.can_id = frame_id_from_can(kernel->can_id),
		/* The kernel takes any length from an application; the wire does not. */
		.len = anycan_dlc2len(anycan_len2dlc(kernel->len)),
		.flags = CANFD_FDF | (kernel->flags & (CANFD_BRS | CANFD_ESI)),
	};
	memcpy(frame->data, kernel->data, kernel->len);
	return 0;
}

int anycan_frame_from_can(struct anycan_frame *frame, const struct canfd_frame *kernel, size_t size)
{
	switch (size) {
	case CAN_MTU:
		return frame_from_classic(frame, kernel);
	case CANFD_MTU:
		return frame_from_fd(frame, kernel);
	default:
		return -EINVAL;
	}
}
