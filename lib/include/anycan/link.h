/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * CAN netdevs through rtnetlink: make, find, list, count, switch and watch them, and hold back
 * what applications send. Sources: linux/rtnetlink.h, linux/if_link.h, linux/can/vxcan.h,
 * linux/pkt_sched.h.
 *
 * A struct anycan_rtnl belongs to the network namespace that was current when it was made. One
 * thread at a time may use it.
 */
#ifndef ANYCAN_LINK_H
#define ANYCAN_LINK_H

#include <anycan/export.h>
#include <linux/can/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct anycan_rtnl - a connection to the kernel's link tables */
struct anycan_rtnl;

/** Room for a netdev's alias with its NUL; the kernel's own limit. */
#define ANYCAN_ALIAS_SIZE 256

/** struct anycan_link - one netdev as the kernel describes it */
struct anycan_link {
	int ifindex;
	char name[IFNAMSIZ];
	char kind[16]; /**< `vcan`, `vxcan`, `can` ...; empty if the kernel gives none */
	char alias[ANYCAN_ALIAS_SIZE];
	bool is_can; /**< link type ARPHRD_CAN */
	bool up;     /**< set up by the administrator */
	bool carrier;
	bool dormant; /**< up, but waits for something */
	uint32_t mtu;
	uint32_t txqueuelen; /**< frames that may wait to be sent */
	int peer;	     /**< ifindex of a vxcan's other end; 0 = none */
	bool peer_elsewhere; /**< the other end is in another network namespace */
	uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped;
	uint64_t rx_over_errors, rx_fifo_errors, rx_missed_errors;
	uint64_t tx_aborted_errors, tx_carrier_errors, tx_fifo_errors;
};

/**
 * anycan_rtnl_new() - connect
 * @out: set on success; the caller frees it with anycan_rtnl_free()
 *
 * Return: 0 or a negative errno.
 */
ANYCAN_API int anycan_rtnl_new(struct anycan_rtnl **out);

/** anycan_rtnl_free() - disconnect; NULL is fine */
ANYCAN_API void anycan_rtnl_free(struct anycan_rtnl *rtnl);

/**
 * anycan_link_get() - look a netdev up
 * @rtnl: connection
 * @name: its name
 * @link: filled on success
 *
 * Return: 0, -ENODEV if there is none, or another negative errno.
 */
ANYCAN_API int anycan_link_get(struct anycan_rtnl *rtnl, const char *name,
			       struct anycan_link *link);

/**
 * anycan_link_each() - call @each for every CAN netdev, in order of ifindex
 * @rtnl: connection
 * @each: returns 0 to go on, anything else to end
 * @arg: handed to @each
 *
 * Return: 0, what @each ended with, or a negative errno.
 */
ANYCAN_API int anycan_link_each(struct anycan_rtnl *rtnl,
				int (*each)(const struct anycan_link *link, void *arg), void *arg);

/**
 * anycan_link_ctrlmodes() - control modes that a CAN controller's driver supports
 * @rtnl: connection
 * @ifindex: of the netdev
 * @modes: CAN_CTRLMODE_* bits; 0 for netdevs without a controller
 *
 * Return: 0; -EOPNOTSUPP if the kernel (before 5.19) does not tell; or another negative errno.
 */
ANYCAN_API int anycan_link_ctrlmodes(struct anycan_rtnl *rtnl, int ifindex, uint32_t *modes);

/** anycan_ctrlmode_word() - what `ip link` calls one CAN_CTRLMODE_* bit; NULL if it is unknown */
ANYCAN_API const char *anycan_ctrlmode_word(uint32_t mode);

/**
 * anycan_link_add_vcan() - make a vcan netdev, down; needs CAP_NET_ADMIN
 *
 * Return: 0, -EEXIST, -EOPNOTSUPP if the kernel has no vcan, or another negative errno.
 */
ANYCAN_API int anycan_link_add_vcan(struct anycan_rtnl *rtnl, const char *name);

/**
 * anycan_link_add_vxcan() - make a vxcan pair, both ends down; needs CAP_NET_ADMIN
 * @rtnl: connection; the first end appears in its namespace
 * @name: name of both ends
 * @ifindex: ifindex that the first end gets, 0 = any
 * @peer_ifindex: ifindex that the other end gets; the kernel heeds it only if @ifindex is given
 * @peer_netns: descriptor of the network namespace for the other end
 *
 * Return: 0, -EEXIST, -EOPNOTSUPP if the kernel has no vxcan, or another negative errno.
 */
ANYCAN_API int anycan_link_add_vxcan(struct anycan_rtnl *rtnl, const char *name, int ifindex,
				     int peer_ifindex, int peer_netns);

/** anycan_link_del() - delete a netdev. Return: 0 or a negative errno */
ANYCAN_API int anycan_link_del(struct anycan_rtnl *rtnl, int ifindex);

/** anycan_link_set_up() - switch a netdev up or down. Return: 0 or a negative errno */
ANYCAN_API int anycan_link_set_up(struct anycan_rtnl *rtnl, int ifindex, bool up);

/** anycan_link_set_mtu() - set the MTU, 16 or 72 bytes. Return: 0 or a negative errno */
ANYCAN_API int anycan_link_set_mtu(struct anycan_rtnl *rtnl, int ifindex, uint32_t mtu);

/** anycan_link_set_txqueuelen() - set how many frames may wait to be sent. Return: as above */
ANYCAN_API int anycan_link_set_txqueuelen(struct anycan_rtnl *rtnl, int ifindex,
					  uint32_t txqueuelen);

/**
 * anycan_link_set_name() - rename a netdev
 *
 * Return: 0, -EEXIST, -EBUSY if it is up and the kernel minds, or another negative errno.
 */
ANYCAN_API int anycan_link_set_name(struct anycan_rtnl *rtnl, int ifindex, const char *name);

/**
 * anycan_link_set_netns() - move a netdev to another network namespace
 * @rtnl: connection with CAP_NET_ADMIN
 * @ifindex: the netdev; it goes down and keeps its name
 * @netns: descriptor of the namespace
 *
 * Return: 0 or a negative errno.
 */
ANYCAN_API int anycan_link_set_netns(struct anycan_rtnl *rtnl, int ifindex, int netns);

/** anycan_link_set_alias() - set the alias; "" removes it. Return: 0 or a negative errno */
ANYCAN_API int anycan_link_set_alias(struct anycan_rtnl *rtnl, int ifindex, const char *alias);

/** struct anycan_tdc - transmitter delay compensation in clock periods */
struct anycan_tdc {
	uint32_t tdcv; /**< measured delay, where it is set by hand */
	uint32_t tdco; /**< offset of the second sample point */
	uint32_t tdcf; /**< filter window */
};

/**
 * struct anycan_link_can - settings of a CAN controller; what is 0 or NULL is left as it is
 */
struct anycan_link_can {
	const struct can_bittiming *nominal; /**< bit rate and sample point, or all of it */
	const struct can_bittiming *data;    /**< the same for the data phase of CAN FD */
	struct can_ctrlmode ctrlmode;	     /**< mask: which to change; flags: which are on */
	const uint32_t *restart_ms;
	const uint16_t *termination;  /**< ohms; 0 switches it off */
	const struct anycan_tdc *tdc; /**< with CAN_CTRLMODE_TDC_* and a data phase */
	bool restart;		      /**< begin anew after bus-off, see anycan_link_restart() */
};

/**
 * anycan_link_set_can() - do what `ip link set ... type can` does
 * @rtnl: connection with CAP_NET_ADMIN
 * @ifindex: a netdev of kind `can`, down
 * @can: what to set
 *
 * Return: 0, -EINVAL or -ERANGE if the controller has no such bit timing, -EOPNOTSUPP if it has
 * no such mode, or another negative errno.
 */
ANYCAN_API int anycan_link_set_can(struct anycan_rtnl *rtnl, int ifindex,
				   const struct anycan_link_can *can);

/**
 * anycan_link_hold() - let what applications send wait in the netdev's queue, or go on
 *
 * Puts a `plug` queueing discipline on the netdev. While it holds, a sender whose socket buffer
 * is full blocks, or gets EAGAIN; with @limit bytes waiting it gets ENOBUFS.
 *
 * @rtnl: connection with CAP_NET_ADMIN
 * @ifindex: the netdev
 * @hold: wait, or go on
 * @limit: bytes that may wait, counted as 16 a classic frame, 72 an FD frame
 *
 * Return: 0, -EOPNOTSUPP if the kernel has no sch_plug, or another negative errno.
 */
ANYCAN_API int anycan_link_hold(struct anycan_rtnl *rtnl, int ifindex, bool hold, uint32_t limit);

/**
 * anycan_link_limit() - let no more than a rate of frames out of the netdev's queue
 *
 * Puts a `tbf` queueing discipline on the netdev, for kernels without sch_plug.
 *
 * @rtnl: connection with CAP_NET_ADMIN
 * @ifindex: the netdev
 * @bytes_per_s: rate, counted as in anycan_link_hold()
 * @limit: bytes that may wait
 *
 * Return: 0, -EOPNOTSUPP if the kernel has no sch_tbf, or another negative errno.
 */
ANYCAN_API int anycan_link_limit(struct anycan_rtnl *rtnl, int ifindex, uint32_t bytes_per_s,
				 uint32_t limit);

/**
 * anycan_link_watch() - hear of every change of a link
 * @rtnl: connection, to be used for nothing else from then on
 *
 * Return: a descriptor that becomes readable; it belongs to @rtnl. Or a negative errno.
 */
ANYCAN_API int anycan_link_watch(struct anycan_rtnl *rtnl);

/**
 * anycan_link_next() - the next change
 * @rtnl: connection given to anycan_link_watch()
 * @link: filled with the link's new description
 * @deleted: whether it is gone
 *
 * Return: 1 for a change; 0 if there is none now; -ENOBUFS if changes were lost (look all
 * links up again), or another negative errno.
 */
ANYCAN_API int anycan_link_next(struct anycan_rtnl *rtnl, struct anycan_link *link, bool *deleted);

#ifdef __cplusplus
}
#endif

#endif
