// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A netdev of cantap.ko: of link type `can`, with the adapter as its controller. `ip link` sets
 * bit timing and modes; state, error counters and restart are the kernel's own, a frame is shown
 * to applications when the adapter says that it is sent, and senders wait by themselves. The
 * contract stands in kmod/cantap.h.
 */
#include "../../kmod/cantap.h"
#include "parked.h"
#include "ports/netdev.h"

#include <anycan/log.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/can/error.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEVICE "/dev/cantap"

/* Frames that wait here and in the adapter: some ms of a full bus. */
#define ECHO_DEPTH 64

#define BUF_SIZE 16384

/* Tries, 10 ms apart, to take a netdev over. */
#define BUSY_TRIES 200

/*
 * Where an adapter has neither limits nor a list of bit rates its driver finds the bit timing
 * itself: these only have to have room for every rate and sample point.
 */
#define ANY_CLOCK_HZ 80000000

static const struct can_bittiming_const any_nominal = {"any", 1, 256, 1, 128, 128, 1, 1024, 1};
static const struct can_bittiming_const any_data = {"any", 1, 64, 1, 32, 32, 1, 64, 1};

struct cantap_options {
	bool persist;
};

static const struct bridged_option cantap_options_table[] = {
	{.name = "persist",
	 .type = BRIDGED_OPT_FLAG,
	 .offset = offsetof(struct cantap_options, persist),
	 .fallback = "off",
	 .help = "the netdev stays, without carrier, when the daemon ends (off)"},
	{.name = NULL},
};

struct cantap_port {
	struct bridged_port base;
	char name[IFNAMSIZ];
	bool persistent; /* by the user's wish */
	int fd;
	bool up; /* and to be opened, or open */
	bool hwstamps;
	uint32_t session;
	uint32_t ctrlmodes;   /* that can be switched */
	bool segments_count;  /* the bit timing is in the adapter's own clock */
	bool has_termination; /* somebody has set it */
	struct bridged_settings settings;
	uint64_t refused; /* frames that the kernel did not take */
	size_t in_at, in_len;
	size_t offered; /* in_at when frames were last offered */
	size_t out_len;
	uint8_t in[BUF_SIZE] __attribute__((aligned(8)));
	uint8_t out[BUF_SIZE];
};

static struct cantap_port *self(struct bridged_port *p)
{
	return (struct cantap_port *)p;
}

/* ---- Making the netdev */

static unsigned int count(const uint32_t *bitrates)
{
	unsigned int n = 0;

	while (bitrates && bitrates[n])
		n++;
	return n;
}

/* A list of bit rates, or limits; those of the driver, or some that hold every rate. */
static void limit(const uint32_t *bitrates, uint32_t list[CANTAP_BITRATES_MAX],
		  const struct can_bittiming_const *known, struct can_bittiming_const *limits)
{
	unsigned int n = count(bitrates);

	if (n && n <= CANTAP_BITRATES_MAX)
		memcpy(list, bitrates, n * sizeof(*list));
	else
		*limits = *known;
}

/* The kernel's list begins with 0, which is off; ours ends with it. */
static void set_terminations(struct cantap_create *create, const uint16_t *ohms)
{
	for (unsigned int i = 1; ohms && *ohms && i < CANTAP_TERMINATIONS_MAX; i++)
		create->terminations[i] = *ohms++;
}

static bool has_limits(const struct bridged_port_config *config)
{
	return config->limits.nominal && !count(config->bitrates);
}

static void set_bittiming(struct cantap_create *create, const struct bridged_port_config *config)
{
	const struct can_bittiming_const *nominal = &any_nominal, *data = &any_data;

	create->clock_hz = ANY_CLOCK_HZ;
	if (has_limits(config)) {
		create->clock_hz = config->limits.clock_hz;
		nominal = config->limits.nominal;
		data = config->limits.data ? config->limits.data : nominal;
	}
	limit(config->bitrates, create->bitrates, nominal, &create->bittiming_const);
	if (config->ctrlmodes & CAN_CTRLMODE_FD)
		limit(config->dbitrates, create->dbitrates, data, &create->dbittiming_const);
}

/* A netdev that is to have a bit rate has limits; one without limits can be set up as it is. */
static bool has_bitrate(const struct bridged_port_config *config)
{
	return !config->no_bitrate || config->settings->nominal.bitrate;
}

static void describe(struct cantap_create *create, const struct bridged_port_config *config)
{
	const struct cantap_options *options = config->options;

	*create = (struct cantap_create){
		.flags = CANTAP_ADOPT | CANTAP_ABSENT | CANTAP_HAS_BERR |
			 (config->timestamps ? CANTAP_HAS_HWTSTAMP : 0U) |
			 (options && options->persist ? CANTAP_PERSISTENT : 0U),
		.echo_depth = ECHO_DEPTH,
		.ctrlmode_supported = config->ctrlmodes,
	};
	memcpy(create->name, config->netdev, strnlen(config->netdev, sizeof(create->name) - 1));
	if (has_bitrate(config))
		set_bittiming(create, config);
	set_terminations(create, config->limits.terminations);
	snprintf(create->driver, sizeof(create->driver), "%s", config->driver);
	snprintf(create->firmware, sizeof(create->firmware), "%.31s", config->firmware);
	snprintf(create->bus_info, sizeof(create->bus_info), "%.31s", config->adapter);
}

/* What was configured is there from the start; `ip link` may change it. */
static int configure(const struct cantap_create *create, const struct bridged_port_config *config)
{
	const struct bridged_settings *settings = config->settings;
	struct anycan_link_can can = {
		.ctrlmode = {.mask = settings->ctrlmode.mask & config->ctrlmodes,
			     .flags = settings->ctrlmode.flags},
	};
	struct anycan_rtnl *rtnl;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		return ret;
	if (settings->nominal.bitrate || settings->nominal.tq)
		can.nominal = &settings->nominal;
	if (settings->ctrlmode.flags & CAN_CTRLMODE_FD)
		can.data = &settings->data;
	if (settings->has_restart_ms)
		can.restart_ms = &settings->restart_ms;
	if (settings->has_termination)
		can.termination = &settings->termination;
	/* An adopted one has its own settings, perhaps in use. */
	if (create->result != CANTAP_ADOPTED)
		ret = anycan_link_set_can(rtnl, (int)create->ifindex, &can);
	if (!ret)
		ret = netdev_label(rtnl, (int)create->ifindex, config);
	anycan_rtnl_free(rtnl);
	return ret;
}

static int refuse(const struct bridged_port_config *config, int error, char *reason)
{
	switch (-error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "there is no " DEVICE "; load the module: modprobe cantap");
		return -EOPNOTSUPP;
	case EEXIST:
	case EBUSY:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: there is a netdev of that name; choose another", config->netdev);
		return -EEXIST;
	default:
		return netdev_refused(config->netdev, "cantap", error, reason);
	}
}

static void cantap_close(struct bridged_port *base)
{
	struct cantap_port *p = self(base);

	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

/*
 * A netdev that the daemon before this one made: once every copy of its descriptor is closed it
 * waits for the next one, and that has this adapter's limits.
 */
static int let_go(const struct bridged_port_config *config, char *reason)
{
	if (ioctl(config->parked->fd, CANTAP_PERSIST, 1)) {
		int ret = -errno;

		snprintf(reason, BRIDGED_REASON_SIZE, "its netdev is gone");
		return ret;
	}
	bridged_parked_forget(config->parked);
	return 0;
}

/* The service manager may close its copy a little later than it says. */
static int create(int fd, struct cantap_create *create, bool parked)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; ioctl(fd, CANTAP_CREATE, create); i++) {
		if (errno != EBUSY || !parked || i == BUSY_TRIES)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int cantap_open(struct bridged_port **out, const struct bridged_port_config *config,
		       char *reason)
{
	struct cantap_port *p = calloc(1, sizeof(*p));
	struct cantap_create request;
	int ret;

	if (!p)
		return refuse(config, -ENOMEM, reason);
	snprintf(p->name, sizeof(p->name), "%s", config->netdev);
	p->hwstamps = config->timestamps;
	p->ctrlmodes = config->ctrlmodes;
	p->segments_count = has_limits(config);
	p->has_termination = config->settings->has_termination;
	p->fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0) {
		ret = refuse(config, -errno, reason);
		goto err_close;
	}
	describe(&request, config);
	p->persistent = request.flags & CANTAP_PERSISTENT;
	ret = config->parked ? let_go(config, reason) : 0;
	if (ret)
		goto err_close;
	ret = create(p->fd, &request, config->parked);
	if (ret) {
		ret = refuse(config, ret, reason);
		goto err_close;
	}
	ret = configure(&request, config);
	if (ret) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: the bit timing or a mode is not one that %s adapters have: %s",
			 config->netdev, config->driver, strerror(-ret));
		goto err_close;
	}
	p->base.ifindex = (int)create.ifindex;
	*out = &p->base;
	return 0;

err_close:
	cantap_close(&p->base);
	return ret;
}

static int cantap_parkable(const struct bridged_port *base)
{
	const struct cantap_port *p = (const struct cantap_port *)base;

	return p->persistent ? -1 : p->fd;
}

static bool cantap_claims(int fd)
{
	struct stat given, device;

	return !fstat(fd, &given) && !stat(DEVICE, &device) && S_ISCHR(given.st_mode) &&
	       given.st_rdev == device.st_rdev;
}

/* ---- What the netdev is told */

static void cantap_flush(struct bridged_port *base)
{
	struct cantap_port *p = self(base);
	size_t done = 0;

	while (done < p->out_len) {
		const struct cantap_record *record = (const void *)(p->out + done);
		ssize_t n = write(p->fd, p->out + done, p->out_len - done);

		if (n < 0 && errno == ENODEV)
			break; /* reading says so, too */
		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		/* It does not take this one; the next one perhaps. */
		p->refused += record->type == CANTAP_RX;
		done += record->len;
	}
	p->out_len = 0;
}

/* Room for a payload of @len bytes behind a new record. */
static void *append(struct cantap_port *p, struct cantap_record head, size_t len)
{
	void *payload;

	head.len = (uint16_t)(sizeof(head) + len);
	if (p->out_len + head.len > sizeof(p->out))
		cantap_flush(&p->base);
	memcpy(p->out + p->out_len, &head, sizeof(head));
	payload = p->out + p->out_len + sizeof(head);
	p->out_len += head.len;
	return payload;
}

static void say(struct cantap_port *p, uint8_t type, uint32_t id)
{
	append(p, (struct cantap_record){.type = type, .id = id}, 0);
}

static void cantap_send(struct bridged_port *base, const struct anycan_frame *frames,
			unsigned int n)
{
	struct cantap_port *p = self(base);

	for (unsigned int i = 0; i < n; i++) {
		struct cantap_record head = {.type = CANTAP_RX};
		struct canfd_frame frame;
		size_t size = anycan_frame_to_can(&frames[i], &frame);

		if (frames[i].ts_ns > 0) {
			head.time = (uint64_t)frames[i].ts_ns;
			head.flags = CANTAP_SWTSTAMP;
			if (p->hwstamps)
				head.flags |= CANTAP_HWTSTAMP;
		}
		memcpy(append(p, head, size), &frame, size);
	}
}

static void cantap_opened(struct bridged_port *base)
{
	say(self(base), CANTAP_OPENED, self(base)->session);
}

static void cantap_refused(struct bridged_port *base, const char *reason)
{
	struct cantap_port *p = self(base);
	struct cantap_record head = {.type = CANTAP_REFUSED, .id = p->session};
	struct cantap_refusal refusal = {0};

	snprintf(refusal.reason, sizeof(refusal.reason), "%s", reason);
	memcpy(append(p, head, sizeof(refusal)), &refusal, sizeof(refusal));
	/* The netdev goes down without another word. */
	p->up = false;
}

/* The driver sends the error frames, which say more than the kernel can know. */
static void cantap_state(struct bridged_port *base, enum can_state can_state,
			 struct can_berr_counter berr)
{
	struct cantap_record head = {.type = CANTAP_STATE, .flags = CANTAP_QUIET};
	struct cantap_state state = {
		.tx = (uint8_t)can_state,
		.rx = (uint8_t)can_state,
		.txerr = berr.txerr,
		.rxerr = berr.rxerr,
	};

	if (can_state <= CAN_STATE_BUS_OFF)
		memcpy(append(self(base), head, sizeof(state)), &state, sizeof(state));
}

static void cantap_finished(struct bridged_port *base, uint32_t token, enum bridged_port_fate fate)
{
	static const uint8_t types[] = {
		[BRIDGED_PORT_SENT] = CANTAP_TX_DONE,
		[BRIDGED_PORT_FAILED] = CANTAP_TX_FAILED,
		[BRIDGED_PORT_ABORTED] = CANTAP_TX_ABORTED,
	};

	say(self(base), types[fate], token);
}

static int cantap_set_carrier(struct bridged_port *base, bool on)
{
	struct cantap_port *p = self(base);

	/* An opening that the netdev has asked for is void; after PRESENT it asks again. */
	p->up = false;
	say(p, on ? CANTAP_PRESENT : CANTAP_AWAY, 0);
	cantap_flush(base);
	return 0;
}

/* ---- What the netdev asks for */

static void set_phase(const struct cantap_port *p, struct can_bittiming *to,
		      const struct can_bittiming *from)
{
	*to = *from;
	/* Or else segments are counted in a clock that the adapter does not have. */
	if (!p->segments_count)
		*to = (struct can_bittiming){
			.bitrate = from->bitrate,
			.sample_point = from->sample_point,
		};
	if (to->bitrate == CANTAP_BITRATE_UNKNOWN)
		to->bitrate = 0;
}

static void take_settings(struct cantap_port *p, const struct cantap_record *record)
{
	struct cantap_settings settings;

	memcpy(&settings, record + 1, sizeof(settings));
	p->session = record->id;
	/* Until somebody has set it the adapter's own stays. */
	p->has_termination |= settings.termination != 0;
	p->settings = (struct bridged_settings){
		.ctrlmode = {.mask = p->ctrlmodes, .flags = settings.ctrlmode},
		.termination = (uint16_t)settings.termination,
		.has_termination = p->has_termination,
	};
	set_phase(p, &p->settings.nominal, &settings.bittiming);
	if (settings.ctrlmode & CAN_CTRLMODE_FD)
		set_phase(p, &p->settings.data, &settings.dbittiming);
}

static const struct cantap_record *next(struct cantap_port *p)
{
	return p->in_at < p->in_len ? (const void *)(p->in + p->in_at) : NULL;
}

/* A request. Return: enum bridged_port_event bits. */
static unsigned int request(struct cantap_port *p, const struct cantap_record *record)
{
	switch (record->type) {
	case CANTAP_OPEN:
		take_settings(p, record);
		p->up = true;
		return BRIDGED_PORT_LINK;
	case CANTAP_RESTART:
		take_settings(p, record);
		return BRIDGED_PORT_RESTART;
	case CANTAP_STOP:
		p->up = false;
		return BRIDGED_PORT_LINK;
	case CANTAP_TERMINATION:
		p->has_termination = true;
		p->settings.termination = (uint16_t)record->id;
		p->settings.has_termination = true;
		return BRIDGED_PORT_TERMINATION;
	default:
		return 0;
	}
}

/* Whether there is anything but frames in what was read. */
static bool has_request(const struct cantap_port *p)
{
	const struct cantap_record *record;

	for (size_t at = p->in_at; at < p->in_len; at += record->len) {
		record = (const void *)(p->in + at);
		if (record->type != CANTAP_TX)
			return true;
	}
	return false;
}

static unsigned int cantap_handle(struct bridged_port *base, int index)
{
	struct cantap_port *p = self(base);
	const struct cantap_record *record = next(p);
	unsigned int events;

	(void)index;
	if (!record) {
		ssize_t n = read(p->fd, p->in, sizeof(p->in));

		if (n < 0)
			return errno == ENODEV ? BRIDGED_PORT_GONE : 0;
		p->in_at = p->offered = 0;
		p->in_len = (size_t)n;
		record = next(p);
		if (!record)
			return 0;
	} else if (record->type == CANTAP_TX && p->offered == p->in_at) {
		return 0; /* nobody wants them now */
	}
	if (record->type == CANTAP_TX) {
		p->offered = p->in_at;
		return BRIDGED_PORT_FRAMES | (has_request(p) ? BRIDGED_PORT_MORE : 0U);
	}
	p->in_at += record->len;
	p->offered = SIZE_MAX;
	events = request(p, record);
	return events | (next(p) ? BRIDGED_PORT_MORE : 0U);
}

/* Only what handle() has read: a request among it must not be passed over. */
static unsigned int cantap_recv(struct bridged_port *base, struct anycan_frame *frames,
				uint32_t *tokens, unsigned int max)
{
	struct cantap_port *p = self(base);
	const struct cantap_record *record;
	unsigned int n = 0;

	while (n < max && (record = next(p)) && record->type == CANTAP_TX) {
		p->in_at += record->len;
		if (anycan_frame_from_can(&frames[n], (const void *)(record + 1),
					  record->len - sizeof(*record))) {
			cantap_finished(base, record->id, BRIDGED_PORT_FAILED);
			continue;
		}
		tokens[n++] = record->id;
	}
	return n;
}

/* ---- The rest of the interface */

static bool cantap_is_available(void)
{
	return !access(DEVICE, R_OK | W_OK);
}

static const struct bridged_settings *cantap_settings(const struct bridged_port *base)
{
	return &((const struct cantap_port *)base)->settings;
}

static void cantap_fds(const struct bridged_port *base, int fds[BRIDGED_PORT_FDS])
{
	fds[0] = ((const struct cantap_port *)base)->fd;
	for (int i = 1; i < BRIDGED_PORT_FDS; i++)
		fds[i] = -1;
}

static bool cantap_is_up(const struct bridged_port *base)
{
	return ((const struct cantap_port *)base)->up;
}

static void cantap_drops(const struct bridged_port *base, struct bridged_port_drops *drops)
{
	*drops = (struct bridged_port_drops){
		.rx_refused = ((const struct cantap_port *)base)->refused,
	};
}

/* Frames do not pass through the kernel's backlog. */
static void cantap_backlog(struct bridged_port *base, uint64_t *rx, uint64_t *tx)
{
	(void)base;
	*rx = *tx = 0;
}

static const struct bridged_port_controller cantap_controller = {
	.is_available = cantap_is_available,
	.settings = cantap_settings,
	.opened = cantap_opened,
	.refused = cantap_refused,
	.state = cantap_state,
	.finished = cantap_finished,
	.flush = cantap_flush,
};

const struct bridged_port_class cantap_port = {
	.name = "cantap",
	.summary = "a real CAN netdev: bit rate, state and echo; needs the module cantap",
	.options = cantap_options_table,
	.options_size = sizeof(struct cantap_options),
	.controller = &cantap_controller,
	.open = cantap_open,
	.close = cantap_close,
	.parkable = cantap_parkable,
	.claims = cantap_claims,
	.fds = cantap_fds,
	.handle = cantap_handle,
	.is_up = cantap_is_up,
	.set_carrier = cantap_set_carrier,
	.send = cantap_send,
	.recv = cantap_recv,
	.drops = cantap_drops,
	.backlog = cantap_backlog,
};
