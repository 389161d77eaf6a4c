// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * python-can's interfaces and what each may be told. Source: python-can's manual, and the
 * constructors of 4.1.
 */
#include "config.h"

#include <string.h>

#define SDK(name) "the vendor's library of " name ", which anycan cannot use yet"

/* In order of name. */
static const struct anycan_config_interface interfaces[] = {
	{"canalystii", "device=0 rx_queue_size", "canalystii", NULL},
	{"cantact", "monitor=False poll_interval=0.01", "gs_usb", NULL},
	{"etas", "", NULL, SDK("ETAS")},
	{"gs_usb", "bus address index", "gs_usb", NULL},
	{"iscan", "poll_interval=0.01", NULL, SDK("isCAN")},
	{"ixxat",
	 "unique_hardware_id extended=True rx_fifo_size=16 tx_fifo_size=16 sjw_abr tseg1_abr "
	 "tseg2_abr sjw_dbr tseg1_dbr tseg2_dbr ssp_dbr",
	 NULL, SDK("IXXAT")},
	{"kvaser", "accept_virtual=True no_samp driver_mode=True single_handle=False", NULL,
	 SDK("Kvaser")},
	{"neousys", "device=0", NULL, SDK("Neousys")},
	{"neovi", "use_system_timestamp=False serial override_library_name type_filter", NULL,
	 SDK("Intrepid")},
	{"nican", "log_errors=True", NULL, SDK("NI-CAN")},
	{"nixnet", "fd_bitrate brs=False can_termination=False log_errors=True", NULL,
	 SDK("NI-XNET")},
	{"pcan",
	 "f_clock_mhz nom_brp nom_tseg1 nom_tseg2 nom_sjw data_brp data_tseg1 data_tseg2 data_sjw "
	 "device_id auto_reset=False",
	 NULL, SDK("PEAK")},
	{"robotell", "ttyBaudrate=115200 tty_baudrate rtscts=False", "robotell", NULL},
	{"seedstudio", "baudrate=2000000 timeout=0.1 frame_type=STD operation_mode=normal",
	 "seeedstudio", NULL},
	{"seeedstudio", "baudrate=2000000 timeout=0.1 frame_type=STD operation_mode=normal",
	 "seeedstudio", NULL},
	{"serial", "baudrate=115200 timeout=0.1 rtscts=False", "serial", NULL},
	{"slcan",
	 "ttyBaudrate=115200 tty_baudrate btr sleep_after_open=2 rtscts=False poll_interval",
	 "slcan", NULL},
	{"socketcan", "local_loopback=True ignore_rx_error_frames=False", "socketcan", NULL},
	{"socketcand", "host port", "socketcand", NULL},
	{"systec", "device_number=255 rx_buffer_entries=4096 tx_buffer_entries=4096", NULL,
	 SDK("SYS TEC")},
	{"udp_multicast", "multicast_ip port=43113 hop_limit=1", "udp_multicast", NULL},
	{"usb2can", "dll=usb2can.dll flags=8 serial", NULL, SDK("8devices")},
	{"vector",
	 "app_name=CANalyzer serial poll_interval=0.01 rx_queue_size=16384 sjw_abr=2 tseg1_abr=6 "
	 "tseg2_abr=3 sjw_dbr=2 tseg1_dbr=6 tseg2_dbr=3 sjwAbr tseg1Abr tseg2Abr sjwDbr tseg1Dbr "
	 "tseg2Dbr",
	 NULL, SDK("Vector")},
	{"virtual", "rx_queue_size=0 preserve_timestamps=False", "virtual", NULL},
};

#define INTERFACES (sizeof(interfaces) / sizeof(interfaces[0]))

const struct anycan_config_interface *anycan_config_interfaces(size_t *count)
{
	*count = INTERFACES;
	return interfaces;
}

const struct anycan_config_interface *anycan_config_find_interface(const char *name)
{
	for (size_t i = 0; i < INTERFACES; i++)
		if (!strcmp(interfaces[i].name, name))
			return &interfaces[i];
	return NULL;
}
