/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Changing links by request. See link_request.h.
 */
#include "link_request.h"
#include "keeper.h"
#include "number.h"

#include <anycan/controller.h>
#include <anycan/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

int bridged_link_wish_add(struct bridged_link_wish *wish, const char *key, const char *value,
			  char *reason)
{
	int ret;

	if (strcmp(key, "txqueuelen")) {
		ret = bridged_settings_set(&wish->settings, key, value, reason,
					   BRIDGED_REASON_SIZE);
		wish->has_settings |= !ret;
		return ret;
	}
	if (!bridged_parse_uint(value, &wish->txqueuelen) && wish->txqueuelen &&
	    wish->txqueuelen <= BRIDGED_TXQUEUELEN_MAX)
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE, "txqueuelen '%.40s': give frames from 1 to %d", value,
		 BRIDGED_TXQUEUELEN_MAX);
	return -EINVAL;
}

static void end(struct bridged_link_request *request, const char *refusal)
{
	void (*ended)(void *arg, const char *refusal) = request->ended;

	bridged_link_request_forget(request);
	if (ended)
		ended(request->arg, refusal);
}

void bridged_link_request_forget(struct bridged_link_request *request)
{
	request->ended = NULL;
	if (!request->source.ready)
		return;
	bridged_loop_del(request->adapter->loop, &request->source);
	close(request->source.fd);
	request->source.ready = NULL;
}

/* ---- Settings of the daemon's own */

static bool has_controller(const struct bridged_link_request *request)
{
	return bridged_channel_controller(request->channel);
}

static struct bridged_settings *own_settings(const struct bridged_link_request *request)
{
	return &request->adapter->settings[request->channel->index];
}

static bool is_given(const struct can_bittiming *timing)
{
	static const struct can_bittiming none;

	return memcmp(timing, &none, sizeof(none));
}

/* As the kernel does it: a phase is set as a whole, the rest one by one. */
static void merge(struct bridged_settings *to, const struct bridged_settings *from)
{
	if (is_given(&from->nominal))
		to->nominal = from->nominal;
	if (is_given(&from->data))
		to->data = from->data;
	to->ctrlmode.mask |= from->ctrlmode.mask;
	to->ctrlmode.flags &= ~from->ctrlmode.mask;
	to->ctrlmode.flags |= from->ctrlmode.flags;
	if (from->has_restart_ms) {
		to->has_restart_ms = 1;
		to->restart_ms = from->restart_ms;
	}
	if (from->has_termination) {
		to->has_termination = 1;
		to->termination = from->termination;
	}
}

/* Whether adapters of this driver can have such settings: what the daemon asks at its start. */
static bool driver_agrees(const struct bridged_link_request *request, char *reason)
{
	const struct bridged_adapter *adapter = request->adapter;
	const struct bridged_driver *driver = adapter->driver;
	struct bridged_settings settings[BRIDGED_CHANNELS_MAX];
	void *scratch = calloc(1, driver->state_size);
	const char *why = "";
	int ret = -ENOMEM;

	/* Channels that nobody uses agree with every other. */
	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
		settings[i] =
			i < adapter->n_channels ? adapter->settings[i] : *own_settings(request);
	if (scratch)
		ret = driver->init(scratch, settings, adapter->driver_options, &why);
	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "%s", why);
	free(scratch);
	return !ret;
}

static bool adapter_has_modes(const struct bridged_link_request *request, char *reason)
{
	uint32_t wanted = request->wish.settings.ctrlmode.flags;
	uint32_t missing = wanted & ~request->adapter->description.ctrlmodes;

	if (!missing)
		return true;
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "%s on: %s %s cannot do that; leave it out, or take an adapter that can",
		 anycan_ctrlmode_word(missing & -missing), request->adapter->driver->name,
		 request->adapter->description.model);
	return false;
}

static bool take_settings(struct bridged_link_request *request, char *reason)
{
	struct bridged_settings *own = own_settings(request);

	request->before = *own;
	if (!request->wish.has_settings || has_controller(request))
		return true;
	merge(own, &request->wish.settings);
	if (adapter_has_modes(request, reason) && driver_agrees(request, reason)) {
		request->reopen = true;
		return true;
	}
	*own = request->before;
	return false;
}

static void take_settings_back(struct bridged_link_request *request)
{
	*own_settings(request) = request->before;
}

/* ---- Why not */

static void explain_settings(const struct bridged_link_request *request, int error, char *reason)
{
	const char *driver = request->adapter->driver->name;

	switch (-error) {
	case EBUSY:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "it is up; set it down first, or give these settings to anycan up");
		break;
	case EOPNOTSUPP:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "the kernel refuses a setting: neither %s adapters nor port %s have all "
			 "of these; `ip -details link show %s` tells which they have",
			 driver, request->channel->port->class->name, request->channel->netdev);
		break;
	default:
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "the kernel refuses the bit timing or a mode (%s): `ip -details link show "
			 "%s` tells the limits of this adapter",
			 strerror(-error), request->channel->netdev);
	}
}

static void explain(const struct bridged_link_request *request,
		    const struct bridged_link_outcome *outcome, char *reason)
{
	const char *netdev = request->channel->netdev;
	bool is_restart = outcome->step == BRIDGED_LINK_RESTART;

	if (outcome->error == -ENODEV)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "it is not in the network namespace of its bridge any more; whoever has "
			 "it there can set it with ip link");
	else if (outcome->error == -EPERM || outcome->error == -EACCES)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "its bridge has no privilege over it; use ip link as root");
	else if (outcome->step == BRIDGED_LINK_TXQUEUELEN && outcome->error == -EOPNOTSUPP)
		snprintf(reason, BRIDGED_REASON_SIZE, "port %s has no txqueuelen",
			 request->channel->port->class->name);
	else if (outcome->step == BRIDGED_LINK_SET)
		explain_settings(request, outcome->error, reason);
	else if (outcome->step == BRIDGED_LINK_UP && outcome->error == -EINVAL)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "it has no bit rate; give one: anycan up %s bitrate 500000", netdev);
	else if (is_restart && outcome->error == -EBUSY)
		snprintf(reason, BRIDGED_REASON_SIZE, "it is not bus-off");
	else if (is_restart && outcome->error == -EINVAL)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "it is down, or restarts by itself (restart-ms)");
	else
		snprintf(reason, BRIDGED_REASON_SIZE, "%s", strerror(-outcome->error));
}

/* ---- Doing it */

static void begin_change(struct bridged_link_request *request,
			 const struct bridged_link_change *change);

/* The netdev is as it was asked for: now the channel. */
static void succeed(struct bridged_link_request *request)
{
	struct bridged_channel *channel = request->channel;

	anycan_log(ANYCAN_LOG_INFO, "%s: changed as requested", channel->netdev);
	if (request->reopen && channel->state != BRIDGED_CHANNEL_CLOSED &&
	    channel->starts == request->starts)
		bridged_adapter_restart(request->adapter, channel);
	else if (!channel->port->ifindex)
		bridged_adapter_link_changed(request->adapter, channel);
	end(request, NULL);
}

static void change_ended(struct bridged_link_request *request,
			 const struct bridged_link_outcome *outcome)
{
	const struct bridged_link_change down_and_up = {.down = true, .up = true};
	char reason[BRIDGED_REASON_SIZE];

	if (!outcome->error) {
		succeed(request);
		return;
	}
	/* A netdev that has no restart comes back on the bus in this way. */
	if (outcome->step == BRIDGED_LINK_RESTART && outcome->error == -EOPNOTSUPP &&
	    request->channel->can_state == CAN_STATE_BUS_OFF && !request->again) {
		request->again = true;
		begin_change(request, &down_and_up);
		return;
	}
	take_settings_back(request);
	explain(request, outcome, reason);
	end(request, reason);
}

static void outcome_ready(struct bridged_source *source, uint32_t events)
{
	struct bridged_link_request *request = source->owner;
	struct bridged_link_outcome outcome = {.error = -EIO};
	ssize_t n = read(source->fd, &outcome, sizeof(outcome));

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	bridged_loop_del(request->adapter->loop, source);
	close(source->fd);
	source->ready = NULL;
	change_ended(request, &outcome);
}

static void begin_change(struct bridged_link_request *request,
			 const struct bridged_link_change *change)
{
	struct bridged_port *port = request->channel->port;
	struct bridged_link_change own = *change;
	struct bridged_link_outcome outcome = {0};
	int fd;

	own.ifindex = port->ifindex;
	if (!port->ifindex) {
		if (port->class->change)
			outcome.error = port->class->change(port, &own, &outcome.step);
		change_ended(request, &outcome);
		return;
	}
	fd = bridged_keeper_change(port->keeper, &own);
	if (fd >= 0) {
		request->source = (struct bridged_source){
			.fd = fd,
			.events = EPOLLIN,
			.ready = outcome_ready,
			.owner = request,
		};
		outcome.error = bridged_loop_add(request->adapter->loop, &request->source);
		if (!outcome.error)
			return;
		request->source.ready = NULL;
		close(fd);
	} else {
		outcome.error = fd;
	}
	change_ended(request, &outcome);
}

/* The settings of a netdev with a controller are changed there. */
static void plan_for_controller(const struct bridged_link_request *request,
				struct bridged_link_change *change)
{
	const struct bridged_link_wish *wish = &request->wish;

	change->set = wish->has_settings;
	change->settings = wish->settings;
	change->restart = wish->verb == BRIDGED_LINK_RESTARTED;
	if (change->set && wish->verb == BRIDGED_LINK_SET_UP)
		change->down = true;
}

/* Elsewhere only the size of frames shows. */
static void plan_for_others(const struct bridged_link_request *request,
			    struct bridged_link_change *change)
{
	const struct bridged_port *port = request->channel->port;
	bool fd = own_settings(request)->ctrlmode.flags & CAN_CTRLMODE_FD;

	if (fd == !!(request->before.ctrlmode.flags & CAN_CTRLMODE_FD))
		return;
	change->mtu = fd ? CANFD_MTU : CAN_MTU;
	change->down = true;
	change->up |= port->class->is_up(port);
}

static void restart_channel(struct bridged_link_request *request)
{
	if (request->channel->can_state != CAN_STATE_BUS_OFF) {
		end(request, "it is not bus-off");
		return;
	}
	bridged_adapter_restart(request->adapter, request->channel);
	end(request, NULL);
}

void bridged_link_request_begin(struct bridged_link_request *request)
{
	struct bridged_link_change change = {
		.txqueuelen = request->wish.txqueuelen,
		.down = request->wish.verb == BRIDGED_LINK_SET_DOWN,
		.up = request->wish.verb == BRIDGED_LINK_SET_UP,
	};
	char reason[BRIDGED_REASON_SIZE];

	request->again = request->reopen = false;
	request->starts = request->channel->starts;
	if (!take_settings(request, reason)) {
		end(request, reason);
		return;
	}
	if (has_controller(request)) {
		plan_for_controller(request, &change);
	} else if (request->wish.verb == BRIDGED_LINK_RESTARTED) {
		restart_channel(request);
		return;
	} else {
		plan_for_others(request, &change);
	}
	begin_change(request, &change);
}
