// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What a bus can do with a frame, from its netdev or from the bridge that serves it.
 */
#include "sending.h"
#include "args.h"
#include "daemon.h"
#include "pace.h"

#include <anycan/clock.h>
#include <anycan/controller.h>
#include <anycan/error_frame.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often a bridge is asked. */
#define POLL_NS (2 * ANYCAN_NS_PER_MS)

/* The bridge behind a bus. Return: whether there is one; then @link is the bus's part of it. */
static bool find_bridge(struct anycan_bus *bus, struct json_object **status,
			struct json_object **link)
{
	char netdev[IFNAMSIZ];
	struct json_object *links;

	if (anycan_bus_channel_name(bus, 0, netdev, sizeof(netdev)) ||
	    daemon_status(netdev, status))
		return false;
	links = json_object_object_get(*status, "links");
	for (size_t i = 0; links && i < json_object_array_length(links); i++) {
		*link = json_object_array_get_idx(links, i);
		if (!strcmp(daemon_text(*link, "netdev", ""), netdev))
			return true;
	}
	json_object_put(*status);
	return false;
}

/* The netdev behind a bus. Return: 0 or a negative errno. */
static int find_link(struct anycan_bus *bus, struct anycan_link *link,
		     struct anycan_controller *controller)
{
	char netdev[IFNAMSIZ];
	struct anycan_rtnl *rtnl;
	int ret;

	if (strcmp(anycan_bus_interface(bus), "socketcan") ||
	    anycan_bus_channel_name(bus, 0, netdev, sizeof(netdev)))
		return -ENODEV;
	ret = anycan_rtnl_new(&rtnl);
	if (ret)
		return ret;
	memset(controller, 0, sizeof(*controller));
	ret = anycan_link_get(rtnl, netdev, link);
	if (!ret && anycan_link_get_can(rtnl, link->ifindex, controller))
		controller->state = CAN_STATE_ERROR_ACTIVE;
	anycan_rtnl_free(rtnl);
	return ret;
}

static bool is_virtual(const struct anycan_link *link)
{
	return !strcmp(link->kind, "vcan") || !strcmp(link->kind, "vxcan");
}

/* ---- Error frames */

static int refuse_errors(const char *name, const char *why, struct anycan_error *error)
{
	return anycan_error_set(
		error, ANYCAN_ERROR_VALUE, -EOPNOTSUPP,
		"%s: error frames cannot be sent, %s is behind it; they can go to a "
		"vcan or vxcan netdev",
		name, why);
}

int sending_check_errors(struct anycan_bus *bus, const char *name, struct anycan_error *error)
{
	struct json_object *status, *part;
	struct anycan_link link;
	struct anycan_controller controller;

	if (!strcmp(anycan_bus_interface(bus), "virtual"))
		return 0;
	if (find_bridge(bus, &status, &part)) {
		json_object_put(status);
		return refuse_errors(name, "an adapter", error);
	}
	if (find_link(bus, &link, &controller) || !is_virtual(&link))
		return refuse_errors(name, "a controller", error);
	return 0;
}

/* ---- Whether it takes part */

static int fail(struct anycan_error *error, int status, const char *name, const char *why)
{
	anycan_error_set(error, ANYCAN_ERROR_OPERATION, -EIO, "%s: %s", name, why);
	return status;
}

static int bus_off(struct anycan_error *error, const char *name)
{
	anycan_error_set(error, ANYCAN_ERROR_OPERATION, -EIO,
			 "%s: bus-off: too many errors made the controller leave the bus; check "
			 "bit rate, wiring and termination, then: anycan restart %s",
			 name, name);
	return STATUS_BUS_OFF;
}

static int down(struct anycan_error *error, const char *name)
{
	anycan_error_set(error, ANYCAN_ERROR_OPERATION, -ENETDOWN,
			 "%s: the netdev is down; set it up with: anycan up %s", name, name);
	return STATUS_DOWN;
}

int sending_check_state(struct anycan_bus *bus, const char *name, struct anycan_error *error)
{
	struct json_object *status, *part;
	struct anycan_link link;
	struct anycan_controller controller;
	int ret = STATUS_OK;

	if (find_bridge(bus, &status, &part)) {
		const char *channel = daemon_text(part, "channel", "open");

		if (!strcmp(daemon_text(part, "up", "true"), "false"))
			ret = down(error, name);
		else if (!strcmp(daemon_text(part, "state", ""), "BUS-OFF"))
			ret = bus_off(error, name);
		else if (strcmp(channel, "open") && strcmp(channel, "opening"))
			ret = fail(error, STATUS_GONE, name,
				   daemon_text(part, "refusal",
					       "the adapter is away (`anycan status` tells more)"));
		json_object_put(status);
		return ret;
	}
	if (find_link(bus, &link, &controller))
		return STATUS_OK;
	if (!link.up)
		return down(error, name);
	return controller.state == CAN_STATE_BUS_OFF ? bus_off(error, name) : STATUS_OK;
}

int sending_status(struct anycan_bus *bus, const char *name, struct anycan_error *error)
{
	struct anycan_error why;
	int status = sending_check_state(bus, name, &why);

	if (status) {
		*error = why;
		return status;
	}
	if (error->code != -ETIMEDOUT && error->code != -ENOBUFS)
		return status_of(error->code);
	anycan_error_set(error, ANYCAN_ERROR_TIMEOUT, error->code,
			 "%s: the transmit queue is full and stays so: no other node acknowledges, "
			 "or the bus is busy; -T waits longer",
			 name);
	return STATUS_QUEUE_FULL;
}

/* ---- What it can */

static uint32_t number_of(struct json_object *object, const char *key)
{
	return (uint32_t)strtoul(daemon_text(object, key, "0"), NULL, 10);
}

void sending_rates(struct anycan_bus *bus, uint32_t *bitrate, uint32_t *dbitrate)
{
	struct anycan_controller controller;
	struct json_object *status, *part;
	struct anycan_link link;

	*bitrate = *dbitrate = 0;
	if (find_bridge(bus, &status, &part)) {
		*bitrate = number_of(part, "bitrate");
		*dbitrate = number_of(part, "dbitrate");
		json_object_put(status);
	} else if (!find_link(bus, &link, &controller)) {
		*bitrate = controller.nominal.bitrate;
		*dbitrate = controller.data.bitrate;
	}
}

bool sending_has_fd(struct anycan_bus *bus)
{
	struct anycan_controller controller;
	struct json_object *status, *part;
	struct anycan_link link;
	bool has;

	if (anycan_bus_protocol(bus) != ANYCAN_PROTOCOL_CAN_FD)
		return false;
	if (!find_link(bus, &link, &controller))
		return link.mtu >= CANFD_MTU;
	if (!find_bridge(bus, &status, &part))
		return true;
	has = number_of(part, "dbitrate");
	json_object_put(status);
	return has;
}

/* ---- Acknowledgement */

static int nobody_tells(const char *name, const char *why, struct anycan_error *error)
{
	return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EOPNOTSUPP,
				"%s: nobody can tell whether a frame was acknowledged: %s; leave "
				"--wait-ack out",
				name, why);
}

/* Whether the driver itself echoes frames, when they have been sent. */
static bool has_echo(const char *netdev)
{
	const unsigned int iff_echo = 1U << 18;
	char path[64], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/flags", netdev);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return strtoul(text, NULL, 16) & iff_echo;
}

int sending_ack_init(struct sending_ack *ack, struct anycan_bus *bus, const char *name,
		     struct anycan_error *error)
{
	struct json_object *status, *part;
	struct anycan_link link;
	struct anycan_controller controller;
	bool by_bridge, tells;

	*ack = (struct sending_ack){.bus = bus, .name = name};
	if (find_bridge(bus, &status, &part)) {
		tells = !strcmp(daemon_text(json_object_object_get(status, "adapter"),
					    "tx_confirmation", ""),
				"sent");
		by_bridge = strcmp(daemon_text(status, "port", ""), "cantap");
		json_object_put(status);
		ack->by_counters = by_bridge;
		return tells ? 0
			     : nobody_tells(name, "its adapter does not say what it has sent",
					    error);
	}
	if (find_link(bus, &link, &controller))
		return nobody_tells(name, "it is no netdev", error);
	if (is_virtual(&link))
		return nobody_tells(name, "it is a virtual netdev, without any wire", error);
	return has_echo(link.name) ? 0 : nobody_tells(name, "its driver does not say so", error);
}

/* Counters of the bridge. Return: whether no frame is under way. */
static bool read_counters(const struct sending_ack *ack, uint64_t *settled, uint64_t *failed)
{
	static const char *const lost[] = {"tx_failed", "tx_unsupported", "tx_aborted",
					   "tx_overflow"};
	struct json_object *status, *part, *counters;
	bool idle;

	if (!find_bridge(ack->bus, &status, &part))
		return false;
	counters = json_object_object_get(part, "counters");
	*failed = 0;
	for (unsigned int i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		*failed += strtoull(daemon_text(counters, lost[i], "0"), NULL, 10);
	*settled = *failed + strtoull(daemon_text(counters, "tx_confirmed", "0"), NULL, 10);
	idle = !strcmp(daemon_text(counters, "tx_queued", "0"), "0") &&
	       !strcmp(daemon_text(counters, "tx_in_flight", "0"), "0");
	json_object_put(status);
	return idle;
}

void sending_ack_begin(struct sending_ack *ack)
{
	if (ack->by_counters)
		read_counters(ack, &ack->settled, &ack->failed);
	else
		anycan_bus_flush(ack->bus, NULL);
}

static int no_ack(const struct sending_ack *ack, int64_t timeout_ns, struct anycan_error *error)
{
	anycan_error_set(error, ANYCAN_ERROR_TIMEOUT, -ETIMEDOUT,
			 "%s: no ACK within %lld ms: no other node is on the bus, or none at this "
			 "bit rate",
			 ack->name, (long long)(timeout_ns / ANYCAN_NS_PER_MS));
	return STATUS_NO_ACK;
}

static int wait_by_counters(struct sending_ack *ack, int64_t timeout_ns, struct anycan_error *error)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	int64_t end_ns = pace_now() + timeout_ns;
	uint64_t settled = ack->settled, failed = ack->failed;
	int status;

	while (pace_now() < end_ns) {
		if (read_counters(ack, &settled, &failed) && settled > ack->settled)
			return failed > ack->failed ? no_ack(ack, timeout_ns, error) : STATUS_OK;
		status = sending_check_state(ack->bus, ack->name, error);
		if (status)
			return status;
		nanosleep(&pause, NULL);
	}
	return no_ack(ack, timeout_ns, error);
}

static bool is_same(const struct anycan_frame *got, const struct anycan_frame *sent)
{
	struct anycan_frame frame = *got;

	frame.channel = sent->channel;
	return got->own && anycan_frame_equal(&frame, sent, ANYCAN_ANY_TIME, false);
}

static int wait_by_echo(struct sending_ack *ack, const struct anycan_frame *frame,
			int64_t timeout_ns, struct anycan_error *error)
{
	int64_t end_ns = pace_now() + timeout_ns, left_ns = timeout_ns;
	struct anycan_error_report report;
	struct anycan_frame got;
	int ret;

	do {
		ret = anycan_bus_recv(ack->bus, &got, left_ns, error);
		if (ret < 0)
			return sending_status(ack->bus, ack->name, error);
		if (ret && is_same(&got, frame))
			return STATUS_OK;
		if (ret)
			anycan_error_frame_report(&got, &report);
		if (ret && report.trouble == ANYCAN_TROUBLE_BUS_OFF)
			return bus_off(error, ack->name);
		left_ns = end_ns - pace_now();
	} while (left_ns > 0);
	return no_ack(ack, timeout_ns, error);
}

int sending_ack_wait(struct sending_ack *ack, const struct anycan_frame *frame, int64_t timeout_ns,
		     struct anycan_error *error)
{
	return ack->by_counters ? wait_by_counters(ack, timeout_ns, error)
				: wait_by_echo(ack, frame, timeout_ns, error);
}
