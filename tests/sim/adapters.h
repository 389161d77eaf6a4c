/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The kinds of adapters. A new kind is one file, one line here and one in adapters.c.
 */
#ifndef SIM_ADAPTERS_H
#define SIM_ADAPTERS_H

#include "sim.h"

extern const struct sim_adapter_ops sim_slcan_ops;
extern const struct sim_adapter_ops sim_robotell_ops;
extern const struct sim_adapter_ops sim_seeedstudio_ops;
extern const struct sim_adapter_ops sim_serial_ops;
extern const struct sim_adapter_ops sim_canalystii_ops;
extern const struct sim_adapter_ops sim_gs_usb_ops;
extern const struct sim_adapter_ops sim_gen_ops;
extern const struct sim_adapter_ops sim_echo_ops;
extern const struct sim_adapter_ops sim_ack_ops;

#endif
