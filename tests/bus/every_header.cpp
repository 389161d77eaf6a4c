// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
//
// The libraries from C++: a bus, a filter, a log's format. installed.py puts an include line for
// every installed header in front of this file.

#include <cstdio>

int main()
{
	anycan_bus_options options = {};
	anycan_error error = {};
	anycan_bus *sender = nullptr, *receiver = nullptr;
	anycan_frame frame = {};
	can_filter filter = anycan_filter(0x123, CAN_SFF_MASK, ANYCAN_FILTER_ANY);

	options.filters = &filter;
	options.n_filters = 1;
	if (anycan_bus_open(&sender, "virtual:cpp", nullptr, &error) ||
	    anycan_bus_open(&receiver, "virtual:cpp", &options, &error))
		return 1;
	for (canid_t id = 0x122; id <= 0x124; id++) {
		frame.can_id = id;
		if (anycan_bus_send(sender, &frame, 0, &error))
			return 1;
	}
	while (anycan_bus_recv(receiver, &frame, 0, &error) == 1)
		std::printf("%X\n", frame.can_id);
	anycan_bus_close(receiver);
	anycan_bus_close(sender);
	return canlog_open_reader(nullptr, "/nonexistent", nullptr, nullptr) < 0 ? 0 : 1;
}
