// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The models of gs_usb adapters. Source: include/config.h, src/usbd_desc.c, src/can/ of
 * candleLight_fw 64dc8dc; app/Kconfig and subsys/usb of CANnectivity 283a670; the identifiers that
 * Linux's gs_usb knows. Rows that say "assumed" rest on nothing but the identifiers.
 */
#include "gs_usb.h"

static const struct gs_limits bxcan_limits = {1, 16, 1, 8, 4, 1, 1024, 1};
static const struct gs_limits m_can_limits = {1, 256, 1, 128, 128, 1, 512, 1};
static const struct gs_limits m_can_data_limits = {1, 32, 1, 16, 16, 1, 32, 1};
/* Zephyr adds up the limits of two segments where tseg1 is one field of the controller. */
static const struct gs_limits zephyr_limits = {2, 256, 2, 128, 128, 1, 512, 1};
static const struct gs_limits zephyr_data_limits = {1, 32, 1, 16, 16, 1, 32, 1};

enum {
	BXCAN_FEATURES = GS_LISTEN_ONLY | GS_LOOP_BACK | GS_ONE_SHOT | GS_HW_TIMESTAMP |
			 GS_IDENTIFY | GS_PAD_PACKETS | GS_BERR_REPORTING | GS_GET_STATE |
			 GS_BUS_OFF_RECOVERY,
	M_CAN_FEATURES = GS_LISTEN_ONLY | GS_LOOP_BACK | GS_HW_TIMESTAMP | GS_IDENTIFY |
			 GS_PAD_PACKETS | GS_FD | GS_BT_CONST_EXT | GS_BERR_REPORTING |
			 GS_GET_STATE | GS_BUS_OFF_RECOVERY,
	ZEPHYR_FEATURES = GS_LISTEN_ONLY | GS_LOOP_BACK | GS_ONE_SHOT | GS_HW_TIMESTAMP |
			  GS_IDENTIFY | GS_FD | GS_BT_CONST_EXT | GS_TERMINATION | GS_GET_STATE,
	PRO_FEATURES = GS_LISTEN_ONLY | GS_LOOP_BACK | GS_HW_TIMESTAMP | GS_IDENTIFY | GS_FD
};

#define CANDLELIGHT_F0                                                                             \
	.firmware = GS_CANDLELIGHT, .speed = USB_FULL_SPEED, .packet = 32, .out = 0x02,            \
	.features = BXCAN_FEATURES, .clock = 48000000, .limits = &bxcan_limits, .channels = 1,     \
	.pool = 64, .sw_version = 2, .data_timing_request = GS_REQUEST_DATA_BITTIMING,             \
	.classic_fd = SIM_FD_ERROR

#define CANDLELIGHT_FD                                                                             \
	.firmware = GS_CANDLELIGHT, .speed = USB_FULL_SPEED, .packet = 64, .out = 0x02,            \
	.features = M_CAN_FEATURES, .clock = 40000000, .limits = &m_can_limits,                    \
	.data_limits = &m_can_data_limits, .pool = 64, .sw_version = 2,                            \
	.data_timing_request = GS_REQUEST_DATA_BITTIMING, .classic_fd = SIM_FD_TOLERANT

const struct gs_model gs_models[] = {
	{
		/* Endpoints and features assumed. */
		.name = "abe",
		.vid = 0x16d0,
		.pid = 0x10b8,
		.manufacturer = "ABE",
		.product = "CANdebugger FD",
		.channels = 1,
		CANDLELIGHT_FD,
	},
	{
		.name = "canable",
		.vid = 0x1d50,
		.pid = 0x606f,
		.manufacturer = "canable.io",
		.product = "canable gs_usb",
		.dfu = "canable firmware upgrade interface",
		CANDLELIGHT_F0,
	},
	{
		.name = "candlelight",
		.vid = 0x1d50,
		.pid = 0x606f,
		.manufacturer = "bytewerk",
		.product = "candleLight USB to CAN adapter",
		.dfu = "candleLight firmware upgrade interface",
		CANDLELIGHT_F0,
	},
	{
		/* The firmware's boards have one or two channels. */
		.name = "candlelight-fd",
		.vid = 0x1d50,
		.pid = 0x606f,
		.manufacturer = "budgetcan",
		.product = "budgetcan gs_usb",
		.dfu = "budgetcan firmware upgrade interface",
		.channels = 2,
		CANDLELIGHT_FD,
	},
	{
		.name = "cannectivity",
		.firmware = GS_CANNECTIVITY,
		.vid = 0x1209,
		.pid = 0xca01,
		.release = 0x0103,
		.manufacturer = "CANnectivity",
		.product = "CANnectivity USB to CAN adapter",
		.speed = USB_HIGH_SPEED,
		.packet = 512,
		.out = 0x02,
		.out2 = 0x01,
		.features = ZEPHYR_FEATURES,
		.clock = 80000000,
		.limits = &zephyr_limits,
		.data_limits = &zephyr_data_limits,
		.channels = 1,
		.pool = 19,
		.sw_version = 2,
		.data_timing_request = GS_REQUEST_DATA_BITTIMING,
		.classic_fd = SIM_FD_TOLERANT,
	},
	{
		.name = "cantact",
		.vid = 0x1d50,
		.pid = 0x606f,
		.manufacturer = "cantact.io",
		.product = "cantact gs_usb",
		.dfu = "cantact firmware upgrade interface",
		CANDLELIGHT_F0,
	},
	{
		/* Original firmware 2. Clock, limits and queue assumed. */
		.name = "cantactpro",
		.firmware = GS_CANDLELIGHT,
		.vid = 0x1d50,
		.pid = 0x606f,
		.manufacturer = "LinkLayer Labs",
		.product = "CANtact Pro",
		.speed = USB_HIGH_SPEED,
		.packet = 512,
		.out = 0x02,
		.features = PRO_FEATURES,
		.clock = 24000000,
		.limits = &m_can_data_limits,
		.channels = 2,
		.pool = 64,
		.sw_version = 2,
		.data_timing_request = GS_REQUEST_GET_USER_ID,
		.odd_length = true,
		.classic_fd = SIM_FD_TOLERANT,
	},
	{
		/* Endpoints and features assumed. */
		.name = "ces",
		.vid = 0x1cd2,
		.pid = 0x606f,
		.manufacturer = "CES",
		.product = "CANext FD",
		.channels = 1,
		CANDLELIGHT_FD,
	},
	{
		/* Endpoints and features assumed. */
		.name = "xylanta",
		.vid = 0x16d0,
		.pid = 0x0f30,
		.manufacturer = "Xylanta",
		.product = "SAINT3",
		.channels = 3,
		CANDLELIGHT_FD,
	},
};

const unsigned int gs_model_count = sizeof(gs_models) / sizeof(gs_models[0]);
