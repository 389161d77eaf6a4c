/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Every transport, one line each. The first of the driver's kind whose match() accepts the address
 * is taken; tty takes whatever is left of the serial ones, so it stands last of these.
 */
#include "transport.h"

extern const struct bridged_transport_class loop_transport;
extern const struct bridged_transport_class rfc2217_transport;
extern const struct bridged_transport_class socket_transport;
extern const struct bridged_transport_class tty_transport;
extern const struct bridged_transport_class usb_transport;

const struct bridged_transport_class *const bridged_transports[] = {
	&loop_transport, &rfc2217_transport, &socket_transport,
	&tty_transport,	 &usb_transport,     NULL,
};
