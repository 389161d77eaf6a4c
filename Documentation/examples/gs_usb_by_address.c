/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Open a gs_usb adapter by its place on the USB, as lsusb prints it, and send one frame:
 * gs_usb_by_address BUS ADDRESS
 */
#include <anycan/bus.h>
#include <anycan/clock.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const struct anycan_bus_options options = {.bitrate = 250000};
	const struct anycan_frame frame = {.can_id = 0x123, .len = 2, .data = {1, 2}};
	struct anycan_error error;
	struct anycan_bus *bus;
	char address[64];
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: gs_usb_by_address BUS ADDRESS\n");
		return 2;
	}
	snprintf(address, sizeof(address), "gs_usb:bus=%s,address=%s", argv[1], argv[2]);
	ret = anycan_bus_open(&bus, address, &options, &error);
	if (!ret) {
		ret = anycan_bus_send(bus, &frame, ANYCAN_NS_PER_S, &error);
		if (!ret)
			printf("Message sent on %s\n", anycan_bus_info(bus));
		anycan_bus_close(bus);
	}
	if (ret)
		fprintf(stderr, "%s\n", error.text);
	return ret ? 1 : 0;
}
