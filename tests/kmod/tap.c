// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The process behind a netdev, for tests.
 */
#include "tap.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MS 2000

void tap_limits(struct cantap_create *create, const char *name)
{
	*create = (struct cantap_create){
		.echo_depth = 16,
		.ctrlmode_supported = CAN_CTRLMODE_LOOPBACK | CAN_CTRLMODE_LISTENONLY |
				      CAN_CTRLMODE_ONE_SHOT | CAN_CTRLMODE_BERR_REPORTING |
				      CAN_CTRLMODE_FD | CAN_CTRLMODE_PRESUME_ACK |
				      CAN_CTRLMODE_FD_NON_ISO | CAN_CTRLMODE_CC_LEN8_DLC,
		.clock_hz = 80000000,
		.bittiming_const = {"test", 2, 256, 2, 128, 128, 1, 512, 1},
		.dbittiming_const = {"test", 1, 32, 1, 16, 16, 1, 32, 1},
		.terminations = {0, 120},
		.driver = "test-driver",
		.firmware = "7.8",
		.bus_info = "test:0",
	};
	snprintf(create->name, sizeof(create->name), "%s", name);
}

void tap_open(struct tap *tap)
{
	memset(tap, 0, sizeof(*tap));
	tap->fd = open("/dev/cantap", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap->fd < 0)
		err(1, "/dev/cantap");
}

int tap_make(struct tap *tap)
{
	return ioctl(tap->fd, CANTAP_CREATE, &tap->create) ? -errno : 0;
}

void tap_new(struct tap *tap, const char *name, uint32_t flags)
{
	int ret;

	tap_open(tap);
	tap_limits(&tap->create, name);
	tap->create.flags = flags;
	ret = tap_make(tap);
	if (ret)
		errx(1, "CANTAP_CREATE %s: %s", name, strerror(-ret));
}

void tap_close(struct tap *tap)
{
	close(tap->fd);
	tap->fd = -1;
}

const struct cantap_record *tap_next(struct tap *tap, int timeout_ms)
{
	const struct cantap_record *record;

	if (tap->at == tap->len) {
		struct pollfd fd = {.fd = tap->fd, .events = POLLIN};
		ssize_t n;

		if (poll(&fd, 1, timeout_ms) != 1)
			return NULL;
		n = read(tap->fd, tap->buf, sizeof(tap->buf));
		if (n < 0 && errno != EAGAIN)
			return NULL;
		tap->at = 0;
		tap->len = n < 0 ? 0 : (size_t)n;
		if (!tap->len)
			return NULL;
	}
	record = (const void *)(tap->buf + tap->at);
	if (record->len < sizeof(*record) || record->len > tap->len - tap->at)
		errx(1, "a record of %u bytes, where %zu were read", record->len,
		     tap->len - tap->at);
	tap->at += record->len;
	if (record->type == CANTAP_OPEN || record->type == CANTAP_RESTART) {
		tap->session = record->id;
		memcpy(&tap->settings, record + 1, sizeof(tap->settings));
	}
	return record;
}

const struct cantap_record *tap_expect(struct tap *tap, uint8_t type)
{
	const struct cantap_record *record = tap_next(tap, ANSWER_MS);

	if (!record)
		errx(1, "no record came, where one of type %u was due", type);
	if (record->type != type)
		errx(1, "a record of type %u came, where one of type %u was due", record->type,
		     type);
	return record;
}

void tap_idle(struct tap *tap)
{
	const struct cantap_record *record = tap_next(tap, 50);

	if (record)
		errx(1, "a record of type %u came, where none was due", record->type);
}

int tap_write(struct tap *tap, struct cantap_record head, const void *payload, size_t len)
{
	uint8_t buf[1024];
	ssize_t n;

	head.len = (uint16_t)(sizeof(head) + len);
	memcpy(buf, &head, sizeof(head));
	if (len)
		memcpy(buf + sizeof(head), payload, len);
	n = write(tap->fd, buf, head.len);
	if (n >= 0 && n != head.len)
		errx(1, "%zd of %u bytes were written", n, head.len);
	return n < 0 ? -errno : 0;
}

void tap_say(struct tap *tap, uint8_t type, uint32_t id)
{
	int ret = tap_write(tap, (struct cantap_record){.type = type, .id = id}, NULL, 0);

	if (ret)
		errx(1, "a record of type %u: %s", type, strerror(-ret));
}

void tap_state(struct tap *tap, unsigned int tx, unsigned int rx, unsigned int txerr,
	       unsigned int rxerr)
{
	struct cantap_state state = {.tx = (uint8_t)tx,
				     .rx = (uint8_t)rx,
				     .txerr = (uint16_t)txerr,
				     .rxerr = (uint16_t)rxerr};
	int ret =
		tap_write(tap, (struct cantap_record){.type = CANTAP_STATE}, &state, sizeof(state));

	if (ret)
		errx(1, "state %u/%u: %s", tx, rx, strerror(-ret));
}

int tap_rx(struct tap *tap, const struct can_frame *frame)
{
	return tap_write(tap, (struct cantap_record){.type = CANTAP_RX}, frame, sizeof(*frame));
}

void tap_up(struct tap *tap)
{
	if (run("ip link set %s up type can bitrate 500000", tap->create.name))
		errx(1, "cannot set %s up", tap->create.name);
	tap_expect(tap, CANTAP_OPEN);
	tap_say(tap, CANTAP_OPENED, tap->session);
}

uint32_t tap_sent(struct tap *tap, const struct can_frame *frame)
{
	const struct cantap_record *record = tap_expect(tap, CANTAP_TX);

	if (record->len != sizeof(*record) + sizeof(*frame) ||
	    memcmp(record + 1, frame, sizeof(*frame)))
		errx(1, "another frame came to the process than was sent");
	return record->id;
}

int can_open(const char *netdev)
{
	int fd = socket(AF_CAN, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, CAN_RAW);
	struct sockaddr_can address = {.can_family = AF_CAN,
				       .can_ifindex = (int)if_nametoindex(netdev)};
	can_err_mask_t errors = CAN_ERR_MASK;
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &errors, sizeof(errors)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		err(1, "CAN socket on %s", netdev);
	return fd;
}

int can_get(int fd, struct canfd_frame *frame, int timeout_ms)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	memset(frame, 0, sizeof(*frame));
	if (poll(&pollfd, 1, timeout_ms) != 1)
		return 0;
	n = read(fd, frame, sizeof(*frame));
	return n < 0 ? -errno : (int)n;
}

void can_expect_error(int fd, uint32_t class, uint8_t data[8])
{
	struct canfd_frame frame;
	int n = can_get(fd, &frame, ANSWER_MS);

	if (n != CAN_MTU || !(frame.can_id & CAN_ERR_FLAG) || (frame.can_id & class) != class)
		errx(1, "%d bytes came, id %08x, where an error frame of class %x was due", n,
		     frame.can_id, class);
	memcpy(data, frame.data, 8);
}

int can_put(int fd, const void *frame, size_t size)
{
	ssize_t n = write(fd, frame, size);

	return n < 0 ? -errno : 0;
}

struct can_frame make_frame(uint32_t id, uint8_t seed)
{
	struct can_frame frame = {.can_id = id, .len = 8};

	for (int i = 0; i < 8; i++)
		frame.data[i] = (uint8_t)(seed + i);
	return frame;
}

int run(const char *format, ...)
{
	char command[512];
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static char *output_of(const char *format, va_list args)
{
	static char output[16384];
	char command[512];
	size_t n;
	FILE *pipe;

	vsnprintf(command, sizeof(command), format, args);
	pipe = popen(command, "r");
	if (!pipe)
		err(1, "%s", command);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = 0;
	pclose(pipe);
	return output;
}

bool contains(const char *text, const char *format, ...)
{
	va_list args;
	bool found;

	va_start(args, format);
	found = strstr(output_of(format, args), text);
	va_end(args);
	return found;
}

bool shows(const char *text, const char *format, ...)
{
	const char *output;
	va_list args;

	va_start(args, format);
	output = output_of(format, args);
	va_end(args);
	if (strstr(output, text))
		return true;
	printf("'%s' is not in:\n%s\n", text, output);
	return false;
}

unsigned long statistic(const char *netdev, const char *name)
{
	char path[128];
	unsigned long value;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", netdev, name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lu", &value) != 1)
		err(1, "%s", path);
	fclose(file);
	return value;
}

bool exists(const char *netdev)
{
	return if_nametoindex(netdev);
}
