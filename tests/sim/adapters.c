// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The list of the kinds of adapters, in the order of --help.
 */
#include "adapters.h"

const struct sim_adapter_ops *const sim_adapter_types[] = {
	&sim_slcan_ops,	      &sim_robotell_ops,
	&sim_seeedstudio_ops, &sim_serial_ops,
	&sim_canalystii_ops,  &sim_gs_usb_ops,
	&sim_gen_ops,	      &sim_echo_ops,
	&sim_ack_ops,	      NULL,
};
