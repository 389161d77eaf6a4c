/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Send one frame on the bus that is configured: from_config [CONTEXT]. The configuration is in
 * ~/.canrc or /etc/can.conf, or in CAN_INTERFACE, CAN_CHANNEL, CAN_BITRATE and CAN_CONFIG.
 */
#include <anycan/clock.h>
#include <anycan/config.h>
#include <anycan/detect.h>
#include <stdio.h>

/* What there would be to configure. */
static void list_all(void)
{
	struct anycan_detected *list;
	int n = anycan_detect(&list, NULL, 2 * ANYCAN_NS_PER_S);

	for (int i = 0; i < n; i++)
		printf("  %s\n", list[i].address);
	anycan_detected_free(list);
}

int main(int argc, char **argv)
{
	const struct anycan_config_source source = {.context = argc > 1 ? argv[1] : NULL};
	const struct anycan_frame frame = {.can_id = 0xc0ffee | CAN_EFF_FLAG, .len = 2};
	struct anycan_error error;
	struct anycan_bus *bus;

	if (anycan_bus_open_config(&bus, &source, &error)) {
		printf("%s\nThere are:\n", error.text);
		list_all();
		return 1;
	}
	if (anycan_bus_send(bus, &frame, ANYCAN_NS_PER_S, &error))
		printf("%s\n", error.text);
	else
		printf("Message sent on %s\n", anycan_bus_info(bus));
	anycan_bus_close(bus);
	return 0;
}
