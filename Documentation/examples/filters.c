/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A list of filters: a frame passes if any of them lets it. They work in the kernel where they can.
 */
#include <anycan/bus.h>
#include <stdio.h>

int main(void)
{
	const struct can_filter filters[] = {
		anycan_filter(0x451, 0x7FF, ANYCAN_FILTER_STANDARD),
		anycan_filter(0xA0000, 0x1FFF0000, ANYCAN_FILTER_EXTENDED),
	};
	const struct anycan_bus_options options = {.filters = filters, .n_filters = 2};
	static const canid_t ids[] = {0x451, 0x452, 0x451 | CAN_EFF_FLAG, 0xA1234 | CAN_EFF_FLAG,
				      0xB1234 | CAN_EFF_FLAG};
	struct anycan_bus *sender, *receiver;
	struct anycan_frame frame = {.len = 0};
	struct anycan_error error;

	if (anycan_bus_open(&sender, "virtual:filters", NULL, &error))
		return 1;
	if (anycan_bus_open(&receiver, "virtual:filters", &options, &error)) {
		anycan_bus_close(sender);
		return 1;
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		frame.can_id = ids[i];
		anycan_bus_send(sender, &frame, 0, &error);
	}
	while (anycan_bus_recv(receiver, &frame, 0, &error) == 1)
		printf("%X passed\n", frame.can_id & CAN_EFF_MASK);
	anycan_bus_close(receiver);
	anycan_bus_close(sender);
	return 0;
}
