/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The side towards applications: a CAN netdev, made or adopted, on which frames are exchanged
 * in batches. One vtable per kind of netdev.
 */
#ifndef BRIDGED_PORT_H
#define BRIDGED_PORT_H

#include "link_change.h"
#include "option.h"
#include "transport.h"

#include <anycan/frame.h>

/** Most descriptors that a port waits for. */
#define BRIDGED_PORT_FDS 3

struct bridged_keeper;
struct bridged_parked;
struct bridged_port_class;

/** struct bridged_port - what every port begins with */
struct bridged_port {
	const struct bridged_port_class *class;
	struct bridged_keeper *keeper; /**< holds senders back; NULL = this process may */
	int ifindex;		       /**< of the netdev that applications see; 0 = none */
	const char *leftover;	       /**< path to unlink when the daemon has ended; NULL = none */
	bool needs_admin; /**< the daemon must keep CAP_NET_ADMIN to switch the carrier */
	bool parked;	  /**< the service manager keeps the netdev when close() lets it go */
	bool orphaned; /**< taken from a daemon that ended without having said so on the netdev */
};

/**
 * struct bridged_port_config - what the netdev is to be
 */
struct bridged_port_config {
	const char *netdev;	  /**< name, shorter than IFNAMSIZ */
	const char *adapter;	  /**< its address, kept as the netdev's alias */
	bool fd;		  /**< whether FD frames are accepted from applications */
	uint32_t tx_frames_per_s; /**< most frames the bus can carry; 0 = unknown */
	const void *options;	  /**< values of the class's options; NULL = their fallbacks */
	uid_t uid;		  /**< user that the daemon will become */
	gid_t gid;
	struct bridged_parked *parked; /**< left for this netdev by an earlier daemon, or NULL */

	/* What a netdev with a controller shows of the adapter. */
	const struct bridged_settings *settings; /**< as configured; `ip link` may change them */
	const char *driver;
	const char *firmware;
	uint32_t ctrlmodes;	      /**< CAN_CTRLMODE_* that can be switched on */
	bool no_bitrate;	      /**< the adapter cannot be told one, and needs none */
	const uint32_t *bitrates;     /**< the only nominal bit rates, ended by 0; NULL = any */
	const uint32_t *dbitrates;    /**< the same for the data phase */
	struct bridged_limits limits; /**< of the bit timing, where there are no lists */
	bool timestamps;	      /**< frames carry the adapter's own time */
};

/**
 * struct bridged_port_drops - frames that the port or its socket let go, and why
 */
struct bridged_port_drops {
	uint64_t rx_refused;  /**< towards applications: the kernel took no more (ENOBUFS ...) */
	uint64_t tx_overflow; /**< from applications: the daemon's socket buffer was full */
	uint64_t tx_invalid;  /**< from applications: no CAN frame */
};

/** What handle() learnt. */
enum bridged_port_event {
	BRIDGED_PORT_FRAMES = 1 << 0,	   /**< recv() may give frames */
	BRIDGED_PORT_LINK = 1 << 1,	   /**< is_up() may have changed */
	BRIDGED_PORT_GONE = 1 << 2,	   /**< the netdev was deleted */
	BRIDGED_PORT_RESTART = 1 << 3,	   /**< after bus-off: begin anew */
	BRIDGED_PORT_MORE = 1 << 4,	   /**< there is more: call handle() again */
	BRIDGED_PORT_TERMINATION = 1 << 5, /**< settings().termination is to be switched */
};

/** What became of a frame from applications. */
enum bridged_port_fate {
	BRIDGED_PORT_SENT,    /**< it is on the bus, as far as the adapter tells */
	BRIDGED_PORT_FAILED,  /**< it was not sent, and will not be */
	BRIDGED_PORT_ABORTED, /**< it was given up unsent */
};

/**
 * struct bridged_port_controller - hooks of a port whose netdev has a controller
 *
 * `ip link` sets the bit timing there; the netdev shows the state, restarts after bus-off and
 * shows what was sent when it was sent. What these hooks tell leaves with flush().
 */
struct bridged_port_controller {
	/** is_available() - whether this kernel has it, so that a bit rate may come later */
	bool (*is_available)(void);

	/** settings() - what the channel is to be started with */
	const struct bridged_settings *(*settings)(const struct bridged_port *p);

	/** opened() - the channel takes part in the bus */
	void (*opened)(struct bridged_port *p);

	/** refused() - it will not, for this reason: the netdev goes down */
	void (*refused)(struct bridged_port *p, const char *reason);

	/** state() - the controller's state and error counters, as the adapter tells them */
	void (*state)(struct bridged_port *p, enum can_state state, struct can_berr_counter berr);

	/** finished() - what became of the frame with this token */
	void (*finished)(struct bridged_port *p, uint32_t token, enum bridged_port_fate fate);

	/** flush() - hand over what was told; called once a round of the loop */
	void (*flush)(struct bridged_port *p);
};

/** When a port is taken without being asked for. */
enum bridged_port_choice {
	BRIDGED_PORT_WITH_CAN,	  /**< where the kernel has CAN */
	BRIDGED_PORT_WITHOUT_CAN, /**< where it has none */
	BRIDGED_PORT_BY_NAME,	  /**< never */
};

/**
 * struct bridged_port_class - one kind of port
 */
struct bridged_port_class {
	const char *name;
	const char *summary;
	bool shared; /**< whether several bridges may use one netdev */
	enum bridged_port_choice choice;
	const struct bridged_option *options;
	size_t options_size;
	const struct bridged_port_controller *controller; /**< NULL: the netdev has none */

	/**
	 * open() - make the netdev or adopt it; needs privilege
	 * @out: the new port, to be given to close()
	 * @reason: room for BRIDGED_REASON_SIZE bytes, filled on failure
	 *
	 * With config->parked the netdev is the one that it keeps, or it is a failure.
	 *
	 * Return: 0 or a negative errno; after a failure nothing is left behind.
	 */
	int (*open)(struct bridged_port **out, const struct bridged_port_config *config,
		    char *reason);

	/** close() - remove the netdev if open() made it, unless it is parked */
	void (*close)(struct bridged_port *p);

	/**
	 * parkable() - the descriptor that keeps the netdev while no daemon serves it; -1 = none
	 *
	 * NULL: this kind of netdev ends with the daemon.
	 */
	int (*parkable)(const struct bridged_port *p);

	/** claims() - whether @fd is of the kind that parkable() gives */
	bool (*claims)(int fd);

	/** fds() - descriptors for epoll; unused places get -1 */
	void (*fds)(const struct bridged_port *p, int fds[BRIDGED_PORT_FDS]);

	/** handle() - descriptor @index of fds() is ready. Return: enum bridged_port_event bits */
	unsigned int (*handle)(struct bridged_port *p, int index);

	/** is_up() - whether the administrator has set the netdev up */
	bool (*is_up)(const struct bridged_port *p);

	/**
	 * change() - what the keeper does to netdevs, of a port that has none
	 * @step: set on failure
	 *
	 * Return: 0 or a negative errno.
	 */
	int (*change)(struct bridged_port *p, const struct bridged_link_change *change,
		      enum bridged_link_step *step);

	/** set_carrier() - show whether the adapter is there, where the kind of netdev can */
	int (*set_carrier)(struct bridged_port *p, bool on);

	/**
	 * hold() - ask senders to wait, or to go on, where the kind of netdev can
	 *
	 * Called with true when the daemon has as many frames queued as it wants.
	 */
	void (*hold)(struct bridged_port *p, bool on);

	/** send() - hand frames to applications; what the kernel refuses is counted */
	void (*send)(struct bridged_port *p, const struct anycan_frame *frames, unsigned int n);

	/**
	 * recv() - take up to @max frames from applications
	 * @tokens: room for @max numbers; set for a port with a controller, whose finished()
	 *	gets them
	 *
	 * Return: how many.
	 */
	unsigned int (*recv)(struct bridged_port *p, struct anycan_frame *frames, uint32_t *tokens,
			     unsigned int max);

	/** drops() - what was dropped so far; cheap */
	void (*drops)(const struct bridged_port *p, struct bridged_port_drops *drops);

	/** backlog() - frames dropped in the kernel's backlog so far: to and from applications */
	void (*backlog)(struct bridged_port *p, uint64_t *rx, uint64_t *tx);
};

/** All ports, best first, ended by NULL (bridged/ports/list.c). */
extern const struct bridged_port_class *const bridged_ports[];

#endif
