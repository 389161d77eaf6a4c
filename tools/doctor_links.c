// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Facts of netdevs, of their controllers and queues, of hubs where the kernel has no CAN, and what
 * can be heard on them.
 */
#include "daemon.h"
#include "doctor.h"

#include <anycan/bus.h>
#include <anycan/clock.h>
#include <anycan/controller.h>
#include <netlink/route/qdisc.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 64

struct search {
	struct doctor_facts *facts;
	const char *only;
	struct anycan_rtnl *rtnl;
};

static bool is_wanted(const struct search *search, const char *name)
{
	return search->facts->n_links < DOCTOR_LINKS_MAX &&
	       (!search->only || !strcmp(search->only, name));
}

/* ---- What the kernel tells */

static void take_controller(struct doctor_link *to, const struct anycan_controller *from)
{
	to->has_state = true;
	to->state = from->state;
	to->txerr = from->berr.txerr;
	to->rxerr = from->berr.rxerr;
	to->bitrate = from->nominal.bitrate;
	to->dbitrate = from->data.bitrate;
	to->fd = from->ctrlmode & CAN_CTRLMODE_FD;
	to->listen_only = from->ctrlmode & CAN_CTRLMODE_LISTENONLY;
	to->restart_ms = from->restart_ms;
}

static int take_link(const struct anycan_link *from, void *arg)
{
	struct search *search = arg;
	struct anycan_controller controller;
	struct doctor_link *to;

	if (!is_wanted(search, from->name))
		return 0;
	to = &search->facts->links[search->facts->n_links++];
	snprintf(to->name, sizeof(to->name), "%s", from->name);
	snprintf(to->kind, sizeof(to->kind), "%s", from->kind);
	to->up = from->up;
	to->carrier = from->carrier;
	to->txqueuelen = from->txqueuelen;
	to->lost = from->rx_dropped + from->rx_over_errors + from->rx_missed_errors;
	to->queue_drops = from->tx_dropped;
	if (!anycan_link_get_can(search->rtnl, from->ifindex, &controller))
		take_controller(to, &controller);
	return 0;
}

/* Frames that wait in the netdev's queue, and those it had no room for. */
static void take_queue(struct doctor_link *link, struct nl_cache *disciplines)
{
	int ifindex = (int)if_nametoindex(link->name);

	for (struct nl_object *o = nl_cache_get_first(disciplines); o; o = nl_cache_get_next(o)) {
		struct rtnl_tc *tc = TC_CAST((struct rtnl_qdisc *)o);

		if (rtnl_tc_get_ifindex(tc) != ifindex || rtnl_tc_get_parent(tc) != TC_H_ROOT)
			continue;
		link->queued = (uint32_t)rtnl_tc_get_stat(tc, RTNL_TC_QLEN);
		link->queue_drops += rtnl_tc_get_stat(tc, RTNL_TC_DROPS);
	}
}

static void take_queues(struct doctor_facts *facts)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_cache *disciplines = NULL;

	if (sock && !nl_connect(sock, NETLINK_ROUTE) &&
	    !rtnl_qdisc_alloc_cache(sock, &disciplines)) {
		for (unsigned int i = 0; i < facts->n_links; i++)
			take_queue(&facts->links[i], disciplines);
		nl_cache_free(disciplines);
	}
	nl_socket_free(sock);
}

/* ---- What bridges tell */

static uint32_t number(struct json_object *object, const char *key)
{
	return (uint32_t)strtoul(daemon_text(object, key, "0"), NULL, 10);
}

static bool flag(struct json_object *object, const char *key)
{
	return !strcmp(daemon_text(object, key, "false"), "true");
}

static void take_state(struct doctor_link *to, struct json_object *from)
{
	const char *word = daemon_text(from, "state", "");

	for (int state = CAN_STATE_ERROR_ACTIVE; state < CAN_STATE_MAX; state++)
		if (!strcmp(word, anycan_controller_state_word((enum can_state)state)))
			to->state = (enum can_state)state;
	to->has_state = true;
	to->txerr = number(from, "berr_tx");
	to->rxerr = number(from, "berr_rx");
	to->bitrate = number(from, "bitrate");
	to->dbitrate = number(from, "dbitrate");
	to->fd = to->dbitrate;
	to->listen_only = flag(from, "listen_only");
}

static struct doctor_link *find_link(struct doctor_facts *facts, const char *name)
{
	for (unsigned int i = 0; i < facts->n_links; i++)
		if (!strcmp(facts->links[i].name, name))
			return &facts->links[i];
	return NULL;
}

/* A hub is no netdev, but as good as one. */
static struct doctor_link *add_hub(struct search *search, struct json_object *from,
				   const char *name)
{
	struct doctor_link *link;

	if (!is_wanted(search, name))
		return NULL;
	link = &search->facts->links[search->facts->n_links++];
	snprintf(link->name, sizeof(link->name), "%s", name);
	strcpy(link->kind, "hub");
	link->up = flag(from, "up");
	return link;
}

static void take_bridged(struct search *search, struct json_object *status,
			 struct json_object *from)
{
	const char *name = daemon_text(from, "netdev", "");
	struct doctor_link *link = find_link(search->facts, name);
	struct json_object *adapter = NULL;

	json_object_object_get_ex(status, "adapter", &adapter);
	if (!link && !strcmp(daemon_text(status, "port", ""), "hub"))
		link = add_hub(search, from, name);
	if (!link)
		return;
	link->bridged = true;
	snprintf(link->version, sizeof(link->version), "%s", daemon_text(status, "version", ""));
	snprintf(link->phase, sizeof(link->phase), "%s", daemon_text(adapter, "phase", "present"));
	snprintf(link->refusal, sizeof(link->refusal), "%s",
		 daemon_text(from, "refusal", daemon_text(adapter, "refusal", "")));
	if (!link->has_state)
		take_state(link, from);
	/* Where the driver does not know the counters the adapter may. */
	if (!link->txerr && !link->rxerr) {
		link->txerr = number(from, "berr_tx");
		link->rxerr = number(from, "berr_rx");
	}
}

static int take_bridge(struct json_object *status, void *arg)
{
	struct json_object *links;

	if (!json_object_object_get_ex(status, "links", &links))
		return 0;
	for (size_t i = 0; i < json_object_array_length(links); i++)
		take_bridged(arg, status, json_object_array_get_idx(links, i));
	return 0;
}

/* ---- What is to be heard */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

static void hear(struct doctor_link *link, struct anycan_bus *bus)
{
	struct anycan_frame frames[BATCH];
	struct anycan_error_report report;
	int n;

	while ((n = anycan_bus_recv_many(bus, frames, BATCH, 0, NULL)) > 0) {
		for (int i = 0; i < n; i++) {
			if (frames[i].can_id & CAN_ERR_FLAG) {
				anycan_error_frame_report(&frames[i], &report);
				link->troubles[report.trouble]++;
			} else if (frames[i].dir == ANYCAN_RX) {
				link->frames++;
			}
		}
		if (n < BATCH)
			break;
	}
}

static void listen_for(struct doctor_facts *facts, int64_t time_ns)
{
	struct anycan_bus *buses[DOCTOR_LINKS_MAX] = {NULL};
	const struct anycan_bus_options options = {.fd = true, .never_start = true};
	const struct timespec pause = {.tv_nsec = 10 * ANYCAN_NS_PER_MS};
	char address[IFNAMSIZ + 16];
	int64_t end_ns = now_ns() + time_ns;
	bool any = false;

	for (unsigned int i = 0; i < facts->n_links; i++) {
		const struct doctor_link *link = &facts->links[i];

		snprintf(address, sizeof(address), "%s:%s",
			 strcmp(link->kind, "hub") ? "socketcan" : "hub", link->name);
		if (link->up && !link->missing && time_ns)
			any |= !anycan_bus_open(&buses[i], address, &options, NULL);
	}
	while (any && now_ns() < end_ns) {
		nanosleep(&pause, NULL);
		for (unsigned int i = 0; i < facts->n_links; i++)
			if (buses[i])
				hear(&facts->links[i], buses[i]);
	}
	for (unsigned int i = 0; i < facts->n_links; i++)
		anycan_bus_close(buses[i]);
}

void doctor_collect_links(struct doctor_facts *facts, const struct doctor_options *options)
{
	struct search search = {.facts = facts, .only = options->only};

	if (options->only && strchr(options->only, ':'))
		return;
	if (!anycan_rtnl_new(&search.rtnl))
		anycan_link_each(search.rtnl, take_link, &search);
	daemon_each(take_bridge, &search);
	take_queues(facts);
	listen_for(facts, options->listen_ns);
	anycan_rtnl_free(search.rtnl);
	if (options->only && !facts->n_links) {
		facts->n_links = 1;
		facts->links[0].missing = true;
		snprintf(facts->links[0].name, sizeof(facts->links[0].name), "%s", options->only);
	}
}
