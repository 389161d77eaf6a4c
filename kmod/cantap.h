/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * cantap: a CAN netdev whose controller is a process.
 *
 * What tun/tap is to Ethernet, cantap is to CAN. Applications see an ordinary netdev of link
 * type "can"; the process that holds /dev/cantap plays the hardware below it. This header is
 * the whole contract between the two.
 *
 * The life of a netdev
 * ====================
 *
 * open("/dev/cantap") gives a file without a netdev. CANTAP_CREATE makes one, in the network
 * namespace of the caller, who needs CAP_NET_ADMIN in the user namespace that owns it. From
 * then on the file is the handle: who holds it needs no privilege and no capability, and the
 * netdev may be renamed or moved to another network namespace. One file has at most one
 * netdev.
 *
 * The netdev goes
 *  - with the last close of the file, unless it is persistent,
 *  - by CANTAP_DELETE, after which the file may create another one,
 *  - with the network namespace it is in; only one that was made in the initial namespace
 *    goes back there instead,
 *  - with the module.
 *
 * Without its netdev, read, write and the ioctls about it fail with ENODEV, and poll says
 * EPOLLERR | EPOLLHUP. Before there was one they fail with EBADFD.
 *
 * A persistent netdev (CANTAP_PERSIST) stays when the file is closed: without carrier, but
 * with its name, settings and the sockets of applications. The next process takes it over by
 * CANTAP_CREATE with CANTAP_ADOPT and its name.
 *
 * Records
 * =======
 *
 * read and write move whole records, as many as fit. A record is a struct cantap_record,
 * followed by what its type asks for; len counts all of it and is a multiple of 8. Numbers
 * are in the machine's byte order.
 *
 * read blocks until there is a record, unless the file is O_NONBLOCK (EAGAIN). A buffer of
 * CANTAP_RECORD_MAX bytes has room for every record; one with no room for the next record
 * gives EINVAL. A read into memory that cannot be written gives EFAULT; frames that it would
 * have returned count as aborted.
 *
 * write never blocks for long. It takes records up to the first bad one and returns how many
 * bytes that was; if the first one is bad, EINVAL. Frames that come while the channel is not
 * open are taken and count as dropped.
 *
 * poll says EPOLLIN while there is something to read, and always EPOLLOUT. Any number of
 * threads may use the file at the same time; io_uring works.
 *
 * What the netdev asks of the process (read)
 * ==========================================
 *
 * CANTAP_OPEN, with struct cantap_settings: take part in the bus. id is the number of this
 * opening; the answer, CANTAP_OPENED or CANTAP_REFUSED, repeats it. Nobody waits for it: `ip
 * link set can0 up` has long returned, and the netdev is dormant, with its queue stopped,
 * until then.
 *
 * CANTAP_STOP: leave the bus. Everything about frames that were not finished is settled;
 * there is nothing to answer. OPEN and STOP that were not yet read when they were overtaken
 * are never seen.
 *
 * CANTAP_RESTART: begin anew after bus-off, with the same settings. To be answered like OPEN.
 *
 * CANTAP_TX, with a struct can_frame (16 bytes) or a struct canfd_frame (72 bytes): send
 * this. id is its echo number; exactly one of CANTAP_TX_DONE, CANTAP_TX_FAILED and
 * CANTAP_TX_ABORTED finishes it. Frames come in order and may be finished in any order. At
 * most echo_depth of them are unfinished, then senders wait.
 *
 * CANTAP_TERMINATION: id is the new value in ohms, 0 for none.
 *
 * CANTAP_IDENTIFY (only with CANTAP_CAN_IDENTIFY): id is 1: make the adapter recognizable, 0:
 * no longer.
 *
 * CANTAP_READ_BERR (only with CANTAP_ASK_BERR): somebody has asked for the error counters,
 * and was told what is known. A CANTAP_STATE makes it newer.
 *
 * Types that are not known to the reader are to be skipped, and bytes behind those it knows
 * to be ignored. None of them appears unless asked for by a flag of struct cantap_create.
 *
 * What the process tells the netdev (write)
 * =========================================
 *
 * CANTAP_RX, with a struct can_frame or struct canfd_frame: received from the bus. Error
 * frames (CAN_ERR_FLAG) too; those of class CAN_ERR_BUSERROR are counted, but not shown
 * unless berr-reporting is on, where it can be switched. Flags: CANTAP_HWTSTAMP,
 * CANTAP_SWTSTAMP.
 *
 * CANTAP_TX_DONE: the frame with echo number id is on the bus; it is shown to applications
 * now. Flags as for CANTAP_RX. CANTAP_TX_FAILED: it was not sent, and will not be.
 * CANTAP_TX_ABORTED: it was given up unsent. Numbers that are not unfinished (any more) are
 * ignored.
 *
 * CANTAP_OPENED: the channel takes part in the bus. CANTAP_REFUSED, with struct
 * cantap_refusal: it will not; the netdev is set down, the reason logged. Answers to anything
 * but the latest OPEN or RESTART are ignored.
 *
 * CANTAP_STATE, with struct cantap_state: the controller's state and error counters. A change
 * of state is counted and shown as an error frame, unless CANTAP_QUIET says that the process
 * has sent one itself. Bus-off ends every unfinished frame, and begins the wait for a restart
 * (restart-ms, or `ip link set can0 type can restart`). A controller that has come back by
 * itself is told by a state below bus-off.
 *
 * CANTAP_AWAY: the adapter is gone. The netdev stays, without carrier; nothing will be asked
 * of the process. CANTAP_PRESENT: it is (back) there; if the netdev is up OPEN follows.
 *
 * Time
 * ====
 *
 * struct cantap_record.time is in nanoseconds since the Unix epoch. With CANTAP_HWTSTAMP it
 * is the frame's hardware time stamp (SO_TIMESTAMPING), with CANTAP_SWTSTAMP also its time of
 * arrival (SO_TIMESTAMP, SO_TIMESTAMPNS).
 *
 * Versions
 * ========
 *
 * Every ioctl carries the size of its structure. Structures only grow at their end, and 0
 * there means what was before: a shorter one is filled up with zeros, a longer one is taken
 * if the rest is zero, otherwise E2BIG. CANTAP_GET_INFO tells the version and which flags are
 * known. New types of records come with new flags.
 */
#ifndef _UAPI_CANTAP_H
#define _UAPI_CANTAP_H

#include <linux/can.h>
#include <linux/can/netlink.h>
#include <linux/ioctl.h>
#include <linux/types.h>

#define CANTAP_VERSION 1
/* The longest record of this version; a good buffer is many times that. */
#define CANTAP_RECORD_MAX 256
#define CANTAP_BITRATES_MAX 32
#define CANTAP_TERMINATIONS_MAX 8
#define CANTAP_REASON_MAX 128
#define CANTAP_ECHO_DEPTH_MAX 1024

/* Read */
#define CANTAP_OPEN 1
#define CANTAP_STOP 2
#define CANTAP_RESTART 3
#define CANTAP_TX 4
#define CANTAP_TERMINATION 5
#define CANTAP_IDENTIFY 6
#define CANTAP_READ_BERR 7

/* Written */
#define CANTAP_RX 64
#define CANTAP_TX_DONE 65
#define CANTAP_TX_FAILED 66
#define CANTAP_TX_ABORTED 67
#define CANTAP_OPENED 68
#define CANTAP_REFUSED 69
#define CANTAP_STATE 70
#define CANTAP_AWAY 71
#define CANTAP_PRESENT 72

/* struct cantap_record.flags */
#define CANTAP_HWTSTAMP 0x01
#define CANTAP_SWTSTAMP 0x02
#define CANTAP_QUIET 0x04

/* What every record begins with. */
struct cantap_record {
	__u16 len; /* bytes of the whole record, a multiple of 8 */
	__u8 type; /* CANTAP_OPEN ... */
	__u8 flags; /* those that its type knows */
	__u32 id; /* number of the opening or of the frame, or a value, by type; otherwise 0 */
	__u64 time; /* of the event, if the flags say so; otherwise 0 */
};

#define CANTAP_BITRATE_UNKNOWN 0xffffffffU

/* What follows CANTAP_OPEN and CANTAP_RESTART. */
struct cantap_settings {
	__u32 ctrlmode; /* CAN_CTRLMODE_* that are on */
	__u32 restart_ms; /* as set by `ip link`; it is the netdev that restarts */
	__u32 termination; /* in ohms, 0 for none */
	__u32 tdcv; /* transmitter delay compensation, with CAN_CTRLMODE_TDC_* */
	__u32 tdco;
	__u32 tdcf;
	/*
	 * Arbitration phase. Only the bit rate is set if the adapter has a list of them; it is
	 * CANTAP_BITRATE_UNKNOWN if there are no limits at all.
	 */
	struct can_bittiming bittiming;
	struct can_bittiming dbittiming; /* data phase, with CAN_CTRLMODE_FD */
};

/* What follows CANTAP_STATE: enum can_state up to CAN_STATE_BUS_OFF. The worse one counts. */
struct cantap_state {
	__u8 tx; /* as a transmitter */
	__u8 rx; /* as a receiver */
	__u16 txerr; /* error counters */
	__u16 rxerr;
	__u16 reserved; /* 0 */
};

/* What follows CANTAP_REFUSED; the record may end sooner. */
struct cantap_refusal {
	char reason[CANTAP_REASON_MAX]; /* for people; unused bytes are 0 */
};

/* struct cantap_create.flags */
#define CANTAP_ADOPT 0x01 /* take over a persistent netdev of that name, if any */
#define CANTAP_PERSISTENT 0x02 /* it stays when the file is closed */
#define CANTAP_ABSENT 0x04 /* begin as after CANTAP_AWAY */
#define CANTAP_HAS_HWTSTAMP 0x08 /* frames carry the adapter's own time */
#define CANTAP_HAS_BERR 0x10 /* error counters are told by CANTAP_STATE */
#define CANTAP_ASK_BERR 0x20 /* CANTAP_READ_BERR is wanted; needs CANTAP_HAS_BERR */
#define CANTAP_CAN_IDENTIFY 0x40 /* CANTAP_IDENTIFY is wanted */
#define CANTAP_FLAGS 0x7f

#define CANTAP_ADOPTED 0x01 /* result: it was there, with the settings it had */

/**
 * struct cantap_tdc_limits - transmitter delay compensation in clock periods, as the kernel's
 * struct can_tdc_const has it; with tdco_max 0 there is none
 */
struct cantap_tdc_limits {
	__u32 tdcv_min;
	__u32 tdcv_max;
	__u32 tdco_min;
	__u32 tdco_max;
	__u32 tdcf_min;
	__u32 tdcf_max;
};

/**
 * struct cantap_create - for CANTAP_CREATE
 * @name: of the netdev, "can%d" or empty for the first free one; set to what it
 *	has become
 * @flags: CANTAP_ADOPT ...
 * @result: set to CANTAP_ADOPTED or 0
 * @ifindex: set to the netdev's
 * @echo_depth: frames that may be unfinished, up to CANTAP_ECHO_DEPTH_MAX; set
 *	to that of an adopted netdev, which stays as it is
 * @ctrlmode_supported: CAN_CTRLMODE_* that can be switched on and off
 * @ctrlmode_static: CAN_CTRLMODE_* that are always on
 * @clock_hz: of the controller; needed with @bittiming_const
 * @bitrate_max: highest bit rate of the transceiver, 0 if there is no limit
 * @bittiming_const: limits of the arbitration phase; empty (tseg1_max 0) if the
 *	adapter has fixed bit rates, or none that matter
 * @dbittiming_const: the same for the data phase
 * @tdc: limits; needed with CAN_CTRLMODE_TDC_*
 * @bitrates: the only bit rates, ended by 0 unless full; not with
 *	@bittiming_const. If both are empty the netdev has no bit rate: it can be
 *	set up without one, and `ip link ... bitrate` is refused.
 * @dbitrates: the same for the data phase
 * @terminations: possible values in ohms, beginning with 0 for none; empty if
 *	there is no switch
 * @driver: for `ethtool -i`
 * @firmware: for `ethtool -i`, may be empty
 * @bus_info: for `ethtool -i`, the address of the adapter
 *
 * In a network namespace that is not owned by the initial user namespace limits
 * of the bit timing are refused with EPERM; lists of bit rates are allowed. The
 * kernel's calculation of bit timings divides by zero for some absurd bit
 * rates, and is not to be laid open to users without privilege.
 */
struct cantap_create {
	char name[16];
	__u32 flags;
	__u32 result;
	__u32 ifindex;
	__u32 echo_depth;
	__u32 ctrlmode_supported;
	__u32 ctrlmode_static;
	__u32 clock_hz;
	__u32 bitrate_max;
	struct can_bittiming_const bittiming_const;
	struct can_bittiming_const dbittiming_const;
	struct cantap_tdc_limits tdc;
	__u32 bitrates[CANTAP_BITRATES_MAX];
	__u32 dbitrates[CANTAP_BITRATES_MAX];
	__u16 terminations[CANTAP_TERMINATIONS_MAX];
	char driver[32];
	char firmware[32];
	char bus_info[32];
};

/* For CANTAP_GET_INFO. */
struct cantap_info {
	__u32 version; /* CANTAP_VERSION of the module */
	__u32 flags; /* of struct cantap_create, that it knows */
	__u32 ctrlmodes; /* CAN_CTRLMODE_* that it knows */
	__u32 echo_depth_max; /* highest echo_depth */
	__u32 record_max; /* bytes of the longest record that read gives */
	__u32 reserved; /* 0 */
};

#define CANTAP_IOC 0xca

#define CANTAP_GET_INFO _IOR(CANTAP_IOC, 0x60, struct cantap_info)
#define CANTAP_CREATE _IOWR(CANTAP_IOC, 0x61, struct cantap_create)
#define CANTAP_DELETE _IO(CANTAP_IOC, 0x62)
/* The argument is 1: the netdev stays when the file is closed, or 0: not. */
#define CANTAP_PERSIST _IO(CANTAP_IOC, 0x63)

#endif /* _UAPI_CANTAP_H */
