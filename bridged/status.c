/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The status socket. The line is written without waiting: a client that does not read gets less,
 * and the daemon goes on.
 */
#include "status.h"
#include "run_dir.h"

#include <anycan/controller.h>
#include <anycan/link.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bridges that may merge their adapters on one netdev. */
#define SHARERS_MAX 64

static const char *const phases[] = {
	[BRIDGED_ABSENT] = "absent",	 [BRIDGED_CONNECTING] = "connecting",
	[BRIDGED_SETTLING] = "settling", [BRIDGED_PROBING] = "probing",
	[BRIDGED_PRESENT] = "present",	 [BRIDGED_UNUSABLE] = "unusable",
};

static const char *const channel_states[] = {
	[BRIDGED_CHANNEL_CLOSED] = "closed",
	[BRIDGED_CHANNEL_OPENING] = "opening",
	[BRIDGED_CHANNEL_OPEN] = "open",
	[BRIDGED_CHANNEL_REFUSED] = "refused",
};

static const char *const confirms[] = {
	[BRIDGED_CONFIRM_NONE] = "none",
	[BRIDGED_CONFIRM_QUEUED] = "queued",
	[BRIDGED_CONFIRM_SENT] = "sent",
};

static void add_text(struct json_object *to, const char *key, const char *text)
{
	if (text[0])
		json_object_object_add(to, key, json_object_new_string(text));
}

static void add_count(struct json_object *to, const char *key, uint64_t count)
{
	json_object_object_add(to, key, json_object_new_uint64(count));
}

static void add_flag(struct json_object *to, const char *key, bool on)
{
	json_object_object_add(to, key, json_object_new_boolean(on));
}

static struct json_object *rates(const uint32_t *list)
{
	struct json_object *array = json_object_new_array();

	for (; *list; list++)
		json_object_array_add(array, json_object_new_int64(*list));
	return array;
}

static struct json_object *modes(uint32_t ctrlmodes)
{
	struct json_object *array = json_object_new_array();
	const char *word;

	for (uint32_t mode = 1; mode; mode <<= 1) {
		word = ctrlmodes & mode ? anycan_ctrlmode_word(mode) : NULL;
		if (word)
			json_object_array_add(array, json_object_new_string(word));
	}
	return array;
}

static struct json_object *describe_adapter(const struct bridged_adapter *adapter)
{
	const struct bridged_description *desc = &adapter->description;
	struct json_object *to = json_object_new_object();

	add_text(to, "address", adapter->address);
	add_text(to, "driver", adapter->driver->name);
	add_text(to, "transport", adapter->transport->class->name);
	if (adapter->transport->class->node)
		add_text(to, "node", adapter->transport->class->node(adapter->transport));
	add_text(to, "phase", phases[adapter->phase]);
	add_text(to, "refusal", adapter->refusal);
	add_text(to, "model", desc->model);
	add_text(to, "firmware", desc->firmware);
	add_text(to, "hw_version", desc->hw_version);
	add_text(to, "sw_version", desc->sw_version);
	add_text(to, "serial", desc->serial);
	add_flag(to, "fd", desc->ctrlmodes & CAN_CTRLMODE_FD);
	add_count(to, "channels", desc->channels);
	json_object_object_add(to, "ctrlmodes", modes(desc->ctrlmodes));
	add_flag(to, "timestamps", desc->timestamps);
	add_text(to, "tx_confirmation", confirms[desc->confirm]);
	if (desc->bitrates)
		json_object_object_add(to, "bitrates", rates(desc->bitrates));
	if (desc->dbitrates)
		json_object_object_add(to, "dbitrates", rates(desc->dbitrates));
	return to;
}

/* As `ip link` has set them, where it has. */
static const struct bridged_settings *settings_of(const struct bridged_adapter *adapter,
						  const struct bridged_channel *channel)
{
	const struct bridged_port_controller *controller = bridged_channel_controller(channel);
	const struct bridged_settings *settings =
		controller ? controller->settings(channel->port) : NULL;

	return settings && (settings->nominal.bitrate || settings->nominal.tq)
		       ? settings
		       : &adapter->settings[channel->index];
}

static struct json_object *describe_link(const struct bridged_adapter *adapter,
					 const struct bridged_channel *channel)
{
	const struct bridged_settings *settings = settings_of(adapter, channel);
	struct json_object *to = json_object_new_object();
	char name[IFNAMSIZ];

	/* Somebody may have given it another name since it was made. */
	add_text(to, "netdev",
		 channel->port->ifindex &&
				 if_indextoname((unsigned int)channel->port->ifindex, name)
			 ? name
			 : channel->netdev);
	add_flag(to, "up", channel->port->class->is_up(channel->port));
	add_text(to, "channel", channel_states[channel->state]);
	add_text(to, "refusal", channel->refusal);
	add_text(to, "state",
		 anycan_controller_state_word(channel->state == BRIDGED_CHANNEL_OPEN
						      ? channel->can_state
						      : CAN_STATE_STOPPED));
	add_count(to, "berr_tx", channel->berr.txerr);
	add_count(to, "berr_rx", channel->berr.rxerr);
	if (settings->nominal.bitrate)
		add_count(to, "bitrate", settings->nominal.bitrate);
	if (settings->nominal.sample_point)
		json_object_object_add(
			to, "sample_point",
			json_object_new_double(settings->nominal.sample_point / 1000.0));
	if (settings->data.bitrate)
		add_count(to, "dbitrate", settings->data.bitrate);
	add_flag(to, "listen_only", settings->ctrlmode.flags & CAN_CTRLMODE_LISTENONLY);
	return to;
}

static struct json_object *count_channel(const struct bridged_channel *channel)
{
	const struct bridged_counters *counters = &channel->counters;
	struct json_object *to = json_object_new_object();
	struct bridged_port_drops drops;
	uint64_t rx_backlog, tx_backlog;

	channel->port->class->drops(channel->port, &drops);
	channel->port->class->backlog(channel->port, &rx_backlog, &tx_backlog);
	add_count(to, "rx_frames", counters->rx_frames);
	add_count(to, "rx_errors", counters->rx_errors);
	add_count(to, "rx_unclaimed", counters->rx_unclaimed);
	add_count(to, "rx_refused", drops.rx_refused);
	add_count(to, "rx_backlog", rx_backlog);
	add_count(to, "tx_frames", counters->tx_frames);
	add_count(to, "tx_queued", channel->queued);
	add_count(to, "tx_in_flight", channel->in_flight);
	add_count(to, "tx_confirmed", counters->tx_confirmed);
	add_count(to, "tx_failed", counters->tx_failed);
	add_count(to, "tx_unsupported", counters->tx_unsupported);
	add_count(to, "tx_aborted", counters->tx_aborted);
	add_count(to, "tx_backlog", tx_backlog);
	add_count(to, "tx_overflow", drops.tx_overflow);
	add_count(to, "tx_invalid", drops.tx_invalid);
	return to;
}

static struct json_object *count_adapter(const struct bridged_adapter *adapter)
{
	const struct bridged_adapter_counters *counters = &adapter->counters;
	struct json_object *to = json_object_new_object();

	add_count(to, "bytes_in", counters->bytes_in);
	add_count(to, "bytes_out", counters->bytes_out);
	add_count(to, "bad_units", counters->bad_units);
	add_count(to, "overruns", counters->overruns);
	add_count(to, "reconnects", counters->reconnects);
	return to;
}

static struct json_object *describe(const struct bridged_status *status)
{
	const struct bridged_adapter *adapter = status->adapter;
	struct json_object *top = json_object_new_object();
	struct json_object *links = json_object_new_array();

	add_text(top, "version", ANYCAN_VERSION);
	add_count(top, "pid", (uint64_t)getpid());
	add_text(top, "port", status->port);
	json_object_object_add(top, "adapter", describe_adapter(adapter));
	json_object_object_add(top, "adapter_counters", count_adapter(adapter));
	for (unsigned int i = 0; i < adapter->n_channels; i++) {
		struct json_object *link = describe_link(adapter, &adapter->channels[i]);

		json_object_object_add(link, "counters", count_channel(&adapter->channels[i]));
		json_object_array_add(links, link);
	}
	json_object_object_add(top, "links", links);
	return top;
}

static void serve(struct bridged_source *source, uint32_t events)
{
	int client = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct json_object *top;
	const char *text;

	(void)events;
	if (client < 0)
		return;
	top = describe(source->owner);
	text = json_object_to_json_string_ext(top, JSON_C_TO_STRING_PLAIN);
	/* The client's buffer is empty and larger than this. */
	if (send(client, text, strlen(text), MSG_NOSIGNAL | MSG_MORE) > 0)
		send(client, "\n", 1, MSG_NOSIGNAL);
	json_object_put(top);
	close(client);
}

/* Return: the socket that serves under @name, or a negative errno. */
static int listen_as(struct bridged_status *status, uid_t uid, const char *name)
{
	int ret = bridged_run_path(name, ".sock", status->path, sizeof(status->path));

	return ret ? ret : bridged_run_listen(status->path, SOCK_STREAM, uid);
}

int bridged_status_open(struct bridged_status *status, uid_t uid, char *reason)
{
	const char *netdev = status->adapter->channels[0].netdev;
	int ret = listen_as(status, uid, netdev);

	/* Bridges that share a netdev are told apart by a number: vcan0, vcan0.2, vcan0.3 ... */
	for (int number = 2; ret == -EADDRINUSE && status->shared && number <= SHARERS_MAX;
	     number++) {
		char name[IFNAMSIZ + 12];

		snprintf(name, sizeof(name), "%s.%d", netdev, number);
		ret = listen_as(status, uid, name);
	}
	if (ret >= 0) {
		status->source.fd = ret;
		status->source.events = EPOLLIN;
		status->source.ready = serve;
		status->source.owner = status;
		ret = bridged_loop_add(status->adapter->loop, &status->source);
	}
	if (ret == -EADDRINUSE)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: another bridged serves it already; `anycan status %s` shows which",
			 netdev, netdev);
	else if (ret < 0)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "status socket %s: %s (set ANYCAN_RUN_DIR "
			 "to a folder that you may write to)",
			 status->path, strerror(-ret));
	return ret;
}

void bridged_status_close(struct bridged_status *status)
{
	if (!status->source.ready)
		return;
	bridged_loop_del(status->adapter->loop, &status->source);
	close(status->source.fd);
	unlink(status->path);
}
