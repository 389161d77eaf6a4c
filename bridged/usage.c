/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * bridged --help, with the tables of the drivers, transports and ports.
 */
#include "config.h"

#include <stdio.h>

static void print_options(const struct bridged_option *table)
{
	for (; table && table->name; table++)
		printf("    %-18s %s\n", table->name, table->help);
}

/* What the driver's adapters need of a transport. */
static void print_defaults(const char *const *pair)
{
	for (; pair && *pair; pair += 2)
		printf("    %-18s %s by default\n", pair[0], pair[1]);
}

static void print_tables(void)
{
	printf("\nDrivers, with keys of their own:\n");
	for (int i = 0; bridged_drivers[i]; i++) {
		printf("  %-20s %s\n", bridged_drivers[i]->name, bridged_drivers[i]->summary);
		print_options(bridged_drivers[i]->options);
		print_defaults(bridged_drivers[i]->transport_defaults);
	}
	printf("\nTransports (the address behind the driver's colon):\n");
	for (int i = 0; bridged_transports[i]; i++) {
		printf("  %s\n", bridged_transports[i]->summary);
		print_options(bridged_transports[i]->options);
	}
	printf("\nPorts (what the netdev is):\n");
	for (int i = 0; bridged_ports[i]; i++) {
		printf("  %-20s %s\n", bridged_ports[i]->name, bridged_ports[i]->summary);
		print_options(bridged_ports[i]->options);
	}
}

static void print_settings(void)
{
	printf("\nSettings of every adapter, as in `ip link set type can` (what an adapter cannot "
	       "do is refused):\n ");
	for (unsigned int i = 0, column = 1; bridged_settings_key(i); i++) {
		column += (unsigned int)printf(" %s", bridged_settings_key(i));
		if (column > 80) {
			printf("\n ");
			column = 1;
		}
	}
	printf("\n");
}

void bridged_usage(void)
{
	printf("Usage: bridged [OPTION]... ADAPTER [NETDEV[,NETDEV...]] [KEY VALUE]...\n"
	       "Make a CAN adapter appear as a netdev (canX), until SIGINT or SIGTERM.\n"
	       "\n"
	       "  -p, --port PORT    what the netdev is; default: the best that the kernel has\n"
	       "  -u, --user USER    who to become when started as root (anycan, or nobody)\n"
	       "  -d, --daemon       wait until it is ready, then go on in the background\n"
	       "  -e, --until-eof    end when standard input ends, for whoever starts it\n"
	       "      --listen       bridge what members of group can ask for (anycan attach)\n"
	       "      --attach       for systemd: standard input is such a request\n"
	       "  -v, --verbose      say more; repeat for still more, down to every frame\n"
	       "  -q, --quiet        say errors only\n"
	       "  -l, --log LEVEL    critical error warning info debug subdebug frames\n"
	       "      --plugged ID   serve this adapter as /etc/anycan says, waiting for it\n"
	       "      --identify DEV say which adapter this device in sysfs is, for udev\n"
	       "      --apply NETDEV, --config-check [FILE]..., --config-show [ADAPTER]\n"
	       "                     what anycan apply and anycan config run\n"
	       "  -a, --adapters     list the USB adapters that are plugged in, as JSON\n"
	       "      --hwdb         list the adapters that are recognised, for udev's hwdb\n"
	       "  -h, --help         show this\n"
	       "  -V, --version      show the version\n");
	print_settings();
	print_tables();
	printf("\nWith several channels a setting may be a list, a value for each: bitrate "
	       "500000,125000\n"
	       "\nExamples:\n"
	       "  bridged slcan:/dev/ttyACM0 can0 bitrate 500000\n"
	       "      then: ip link set can0 up; candump can0\n"
	       "  bridged slcan:/dev/ttyUSB0@3000000 can1 bitrate 1M rtscts on\n"
	       "  bridged slcan:socket://192.0.2.7:3333 boat bitrate 250k listen-only on\n"
	       "  bridged slcan:rfc2217://192.0.2.7:2217@57600 can0 bitrate 500k\n"
	       "  bridged slcan:/dev/ttyACM0 can0 bitrate 500k dbitrate 2M fd on\n"
	       "  bridged gs_usb:serial=0041 can0 bitrate 500k\n"
	       "  bridged canalystii: can0,can1 bitrate 500k,125k\n"
	       "  bridged robotell:/dev/ttyUSB0 can0 bitrate 500k\n"
	       "  bridged seeedstudio:/dev/ttyUSB0 can0 bitrate 250k\n"
	       "  bridged serial:/dev/ttyUSB0 can0\n");
}
