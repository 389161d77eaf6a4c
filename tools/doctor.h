/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * anycan doctor: facts are collected first, then each check of the tables judges them. Checks are
 * pure: the same facts give the same verdict.
 */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include <anycan/address.h>
#include <anycan/detect.h>
#include <anycan/error_frame.h>
#include <linux/can/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#define DOCTOR_LINKS_MAX 64
#define DOCTOR_DEVICES_MAX 64
#define DOCTOR_TROUBLES (ANYCAN_TROUBLE_BUS_OFF + 1)

/** What the kernel's configuration says of CAN. */
enum doctor_config {
	DOCTOR_CONFIG_UNKNOWN,
	DOCTOR_CONFIG_NO,
	DOCTOR_CONFIG_MODULE,
	DOCTOR_CONFIG_BUILT_IN,
};

/** Modules that are looked for. */
enum doctor_module_id {
	DOCTOR_CAN,
	DOCTOR_CAN_RAW,
	DOCTOR_CAN_DEV,
	DOCTOR_VCAN,
	DOCTOR_VXCAN,
	DOCTOR_CANTAP,
	DOCTOR_SLCAN,
	DOCTOR_GS_USB,
	DOCTOR_MODULES,
};

struct doctor_module {
	bool available;	     /**< installed, or built in */
	bool loaded;	     /**< or built in */
	bool is_signed;	     /**< or it cannot be told */
	char blacklist[160]; /**< file that keeps it from being loaded; empty: none */
};

struct doctor_kernel {
	char release[96];
	bool has_can; /**< there are CAN sockets */
	enum doctor_config config;
	struct doctor_module modules[DOCTOR_MODULES];
	bool secure_boot;
	bool wants_signatures; /**< refuses modules without */
};

struct doctor_user {
	bool is_root;
	bool has_group; /**< there is a group `can` */
	bool in_group;
};

/** struct doctor_device - an adapter, or a serial port that one may be on */
struct doctor_device {
	char address[ANYCAN_DRIVER_SIZE + ANYCAN_ADDRESS_SIZE];
	char path[ANYCAN_ADDRESS_SIZE]; /**< in /dev; empty: not known */
	char serial[ANYCAN_DETECT_TEXT_SIZE];
	char node[32];	       /**< on USB */
	bool certain;	       /**< it is an adapter */
	bool missing;	       /**< it was asked for, and is not there */
	char netdev[IFNAMSIZ]; /**< that it is bridged to; empty: none */
	char driver[32];       /**< of the kernel, that has it */
	char netdevs[96];      /**< which that has made */
	bool usable;	       /**< this user may open it */
	bool group_usable;     /**< its group may */
	bool in_group;	       /**< this user is in that */
	char owner[32], group[32];
	unsigned int mode;
	char holder[32]; /**< another program that has it open; empty: none */
	int holder_pid;
	bool hidden;		 /**< who has it open cannot be seen */
	unsigned int latency_ms; /**< of an FTDI chip; 0: has none */
};

/** struct doctor_link - a netdev, or a hub where the kernel has no CAN */
struct doctor_link {
	char name[IFNAMSIZ];
	char kind[16]; /**< `can`, `vcan`, `vxcan`, `hub` */
	bool missing;  /**< it was asked for, and is not there */
	bool up, carrier;
	uint32_t txqueuelen, queued;
	uint64_t queue_drops; /**< refused since the netdev was made */
	uint64_t lost;	      /**< received, and not kept */
	bool has_state;	      /**< the members down to .listen_only are known */
	enum can_state state;
	unsigned int txerr, rxerr;
	uint32_t bitrate, dbitrate;
	bool fd, listen_only;
	uint32_t restart_ms;
	uint64_t frames;			/**< heard in the time that was listened */
	unsigned int troubles[DOCTOR_TROUBLES]; /**< error frames heard, by enum anycan_trouble */
	bool bridged;
	char version[32]; /**< of its bridge */
	char phase[16];	  /**< of its adapter: `present`, `absent`, `unusable` ... */
	char refusal[256];
};

struct doctor_facts {
	struct doctor_kernel kernel;
	struct doctor_user user;
	struct doctor_link links[DOCTOR_LINKS_MAX];
	unsigned int n_links;
	struct doctor_device devices[DOCTOR_DEVICES_MAX];
	unsigned int n_devices;
	bool has_bridged; /**< the program is installed */
	bool has_libdeflate;
	char version[32]; /**< of this program */
};

/** How it stands. */
enum doctor_level {
	DOCTOR_SILENT, /**< there is nothing to say */
	DOCTOR_OK,
	DOCTOR_NOTE,
	DOCTOR_PROBLEM,
};

struct doctor_verdict {
	enum doctor_level level;
	char text[400];
	char next[400]; /**< the next step; empty: none is needed */
};

/** struct doctor_check - one question */
struct doctor_check {
	const char *name;
	/** @index: of a link or device; 0 for the others */
	void (*judge)(const struct doctor_facts *facts, unsigned int index,
		      struct doctor_verdict *verdict);
};

/** The tables; each ends with an entry without name. */
extern const struct doctor_check doctor_host_checks[];
extern const struct doctor_check doctor_link_checks[];
extern const struct doctor_check doctor_device_checks[];

/** doctor_say() - fill a verdict, without a next step */
void doctor_say(struct doctor_verdict *verdict, enum doctor_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** doctor_next() - the next step */
void doctor_next(struct doctor_verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** struct doctor_options - what is to be looked at */
struct doctor_options {
	const char *root; /**< in front of /proc, /sys, /lib and /etc: "" but in tests */
	const char *only; /**< netdev or adapter; NULL: all */
	int64_t listen_ns;
};

/** doctor_collect_host() - the kernel, the user, programs */
void doctor_collect_host(struct doctor_facts *facts, const char *root);

/** doctor_collect_links() - netdevs and hubs; listens on those that are up */
void doctor_collect_links(struct doctor_facts *facts, const struct doctor_options *options);

/** doctor_collect_devices() - adapters and serial ports */
void doctor_collect_devices(struct doctor_facts *facts, const struct doctor_options *options);

#endif
