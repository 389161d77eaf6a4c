/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the module share. cantap.h is the contract with user space.
 *
 * Locks, outer ones first:
 *   cantap_file.lock	of one file: ioctls
 *   RTNL		which file and which netdev belong together, open and stop
 *   cantap_file.read_lock, write_lock
 *			of one file: one reader and one writer at a time. Held while
 *			user memory is touched, so never taken under RTNL.
 *   cantap.lock	the channel: phase, pending requests, slots, echo skbs
 *
 * File and netdev find each other by RCU. A netdev is freed a grace period after
 * ndo_uninit() has parted them, and so is a file.
 */
#ifndef _CANTAP_PRIV_H
#define _CANTAP_PRIV_H

#include <linux/can/dev.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "cantap.h"
#include "compat.h"

/* Bytes that are copied from or to user space at a time. */
#define CANTAP_BATCH 4096

enum cantap_phase {
	CANTAP_PHASE_DOWN,	/* the netdev is down */
	CANTAP_PHASE_AWAY,	/* up, but there is no adapter, or no process */
	CANTAP_PHASE_OPENING,	/* OPEN or RESTART was posted and not yet answered */
	CANTAP_PHASE_ON,	/* takes part in the bus */
	CANTAP_PHASE_BUS_OFF,
	CANTAP_PHASE_REFUSED,	/* will be set down by the work */
};

enum cantap_slot_state {
	CANTAP_SLOT_FREE,
	CANTAP_SLOT_WAITING,	/* to be read */
	CANTAP_SLOT_READ,	/* to be finished */
};

/**
 * struct cantap_slot - a frame on its way to the bus; its echo skb has the same index
 * @node: in one of cantap.free, waiting and read
 * @echo: its number; the low 16 bits are the index
 * @state: which of the lists it is in
 * @mtu: CAN_MTU or CANFD_MTU
 * @frame: what is to be sent
 */
struct cantap_slot {
	struct list_head node;
	u32 echo;
	u8 state;
	u8 mtu;
	struct canfd_frame frame;
};

/* What the work has to do under RTNL. */
#define CANTAP_TODO_CLOSE BIT(0)	/* the opening was refused */
#define CANTAP_TODO_LEAVE_BUS_OFF BIT(1)
#define CANTAP_TODO_RECOVER BIT(2)	/* the controller has restarted by itself */

/**
 * struct cantap - private data of the netdev
 * @can: must be first
 * @node: in cantap_list
 * @file: the process, NULL for a persistent netdev without one
 * @limits: as declared; @can points into it
 * @tdc: the same in the kernel's words
 * @persistent: stays without @file
 * @is_initial: was made in the initial network namespace
 * @lock: protects everything below, and the echo skbs of @can
 * @phase: enum cantap_phase; also read without lock
 * @present: the adapter is there, whether up or not
 * @session: number of the latest OPEN or RESTART
 * @pending: BIT(type) of records that wait to be read
 * @identify: what CANTAP_IDENTIFY will say
 * @recovered: state that the controller has restarted to
 * @todo: for @work
 * @work: what needs RTNL; holds a reference of the netdev
 * @berr: error counters as last told
 * @generation: upper half of the next frame's echo number
 * @free: slots to be used
 * @n_free: how many they are
 * @waiting: slots in the order of their frames
 * @read: slots whose frames the process has got
 * @slots: as many as can.echo_skb_max
 */
struct cantap {
	struct can_priv can;
	struct list_head node;
	struct cantap_file __rcu *file;
	struct cantap_create limits;
	struct can_tdc_const tdc;
	bool persistent;
	bool is_initial;

	spinlock_t lock;	/* of all that follows */
	enum cantap_phase phase;
	bool present;
	u32 session;
	u32 pending;
	u32 identify;
	enum can_state recovered;
	u32 todo;
	struct work_struct work;
	struct can_berr_counter berr;
	u16 generation;
	unsigned int n_free;
	struct list_head free, waiting, read;
	struct cantap_slot slots[];
};

/**
 * struct cantap_file - an open /dev/cantap
 * @tap: its netdev
 * @wait: for records
 * @lock: ioctls
 * @had_tap: there was a netdev once
 * @read_lock: protects @read_buf
 * @write_lock: protects @write_buf
 * @read_buf: CANTAP_BATCH bytes
 * @write_buf: CANTAP_BATCH bytes
 */
struct cantap_file {
	struct cantap __rcu *tap;
	wait_queue_head_t wait;
	struct mutex lock;	/* ioctls */
	bool had_tap;
	struct mutex read_lock;	/* read_buf */
	struct mutex write_lock;	/* write_buf */
	u8 *read_buf;
	u8 *write_buf;
};

/* main.c */
extern struct list_head cantap_list;
extern struct workqueue_struct *cantap_workqueue;

/* chardev.c */
extern const struct file_operations cantap_fops;

/* ioctl.c */
long cantap_ioctl(struct file *filp, unsigned int cmd, unsigned long arg);

/* limits.c */
int cantap_check_limits(const struct cantap_create *limits, const struct net *net);
void cantap_set_limits(struct cantap *tap, const struct cantap_create *limits);

/* netdev.c */
extern const struct net_device_ops cantap_netdev_ops;
void cantap_setup(struct net_device *dev);
void cantap_set_hooks(struct cantap *tap);
void cantap_attach(struct cantap *tap, struct cantap_file *file);
void cantap_detach(struct cantap *tap);

/* ethtool.c */
extern const struct ethtool_ops cantap_ethtool_ops;
extern const struct ethtool_ops cantap_ethtool_ops_hwts;

/* channel.c: all with cantap.lock held */
void cantap_post(struct cantap *tap, u8 type);
void cantap_begin(struct cantap *tap);
void cantap_end(struct cantap *tap);
void cantap_begin_anew(struct cantap *tap);
void cantap_request(struct cantap *tap, u8 type);
void cantap_free_slot(struct cantap *tap, struct cantap_slot *slot);
void cantap_forget_frames(struct cantap *tap);
void cantap_flush_echo(struct cantap *tap);
void cantap_queue_work(struct cantap *tap, u32 todo);
void cantap_work(struct work_struct *work);	/* without the lock */

/* take.c */
ssize_t cantap_take(struct cantap *tap, u8 *buf, size_t size);
void cantap_give_back(struct cantap *tap, const u8 *buf, size_t len, size_t taken);
bool cantap_has_records(struct cantap *tap);

/* event.c */
int cantap_event(struct cantap *tap, const struct cantap_record *record, struct list_head *skbs);
void cantap_tx_end(struct cantap *tap, const struct cantap_record *record, struct list_head *skbs);

/* rx.c */
int cantap_rx(struct cantap *tap, const struct cantap_record *record, struct list_head *skbs);
void cantap_stamp(struct sk_buff *skb, const struct cantap_record *record, u8 flags);

static inline struct net_device *cantap_dev(const struct cantap *tap)
{
	return tap->can.dev;
}

static inline bool cantap_is_ours(const struct net_device *dev)
{
	return dev->netdev_ops == &cantap_netdev_ops;
}

/* What to say to a process without netdev. */
static inline int cantap_no_tap(const struct cantap_file *file)
{
	return READ_ONCE(file->had_tap) ? -ENODEV : -EBADFD;
}

/* The payload of a record. */
static inline const void *cantap_payload(const struct cantap_record *record)
{
	return record + 1;
}

static inline size_t cantap_payload_len(const struct cantap_record *record)
{
	return record->len - sizeof(*record);
}

#endif /* _CANTAP_PRIV_H */
