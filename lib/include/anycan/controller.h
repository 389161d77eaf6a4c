/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The CAN controller behind a netdev: its state and error counters, what it can do and how it is
 * set. What `ip -details -statistics link` shows; to set it, see anycan_link_set_can().
 */
#ifndef ANYCAN_CONTROLLER_H
#define ANYCAN_CONTROLLER_H

#include <anycan/export.h>
#include <anycan/link.h>
#include <linux/can/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ANYCAN_TERMINATIONS_MAX 16
#define ANYCAN_BITRATES_MAX 64

/** struct anycan_controller - all that the kernel tells of it */
struct anycan_controller {
	enum can_state state;
	uint32_t clock_hz;			   /**< 0: not known */
	struct can_bittiming nominal, data;	   /**< .bitrate 0: not set */
	struct can_bittiming_const nominal_limits; /**< .tseg1_max 0: none, see bitrates */
	struct can_bittiming_const data_limits;	   /**< .tseg1_max 0: none */
	uint32_t bitrates[ANYCAN_BITRATES_MAX];	   /**< the only ones, where there is such a list */
	unsigned int n_bitrates;
	uint32_t data_bitrates[ANYCAN_BITRATES_MAX];
	unsigned int n_data_bitrates;
	uint32_t bitrate_max; /**< of the transceiver; 0: no limit */
	uint32_t ctrlmode;    /**< CAN_CTRLMODE_* that are on */
	uint32_t ctrlmode_supported;
	bool tells_supported; /**< kernels before 5.19 do not */
	bool has_berr;
	struct can_berr_counter berr; /**< error counters of the controller */
	uint32_t restart_ms;	      /**< time to restart after bus-off; 0: never by itself */
	uint32_t termination;	      /**< ohms; 0: off */
	uint32_t terminations[ANYCAN_TERMINATIONS_MAX]; /**< values that can be set */
	unsigned int n_terminations;
	struct anycan_tdc tdc, tdc_min, tdc_max; /**< tdc_max.tdco 0: none */
	struct can_device_stats
		stats; /**< bus errors, changes of state, lost arbitrations, restarts */
};

/**
 * anycan_link_get_can() - ask for the controller of a netdev
 * @rtnl: connection
 * @ifindex: of the netdev
 * @controller: filled on success
 *
 * Return: 0; -EOPNOTSUPP if the netdev has none (vcan, vxcan); -ENODEV; or another negative errno.
 */
ANYCAN_API int anycan_link_get_can(struct anycan_rtnl *rtnl, int ifindex,
				   struct anycan_controller *controller);

/**
 * anycan_link_restart() - begin anew after bus-off
 * @rtnl: connection with CAP_NET_ADMIN
 * @ifindex: of the netdev
 *
 * Return: 0; -EBUSY if it is not bus-off; -EINVAL if it is down, or restarts by itself; or another
 * negative errno.
 */
ANYCAN_API int anycan_link_restart(struct anycan_rtnl *rtnl, int ifindex);

/** anycan_controller_state_word() - `ERROR-ACTIVE`, `BUS-OFF` ... as `ip link` says it */
ANYCAN_API const char *anycan_controller_state_word(enum can_state state);

#ifdef __cplusplus
}
#endif

#endif
