/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Every port, best first; behind those are the ones that are only chosen by name.
 */
#include "port.h"

extern const struct bridged_port_class cantap_port;
extern const struct bridged_port_class hub_port;
extern const struct bridged_port_class ldisc_port;
extern const struct bridged_port_class vcan_port;
extern const struct bridged_port_class vxcan_port;

const struct bridged_port_class *const bridged_ports[] = {
	&cantap_port, &vxcan_port, &vcan_port, &ldisc_port, &hub_port, NULL,
};
