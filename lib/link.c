/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * CAN netdevs through rtnetlink, with libnl. What libnl-route has no words for (vxcan pairs, the
 * plug queueing discipline) is put together from linux/can/vxcan.h and linux/pkt_sched.h.
 */
#include "link.h"

#include <errno.h>
#include <linux/can/vxcan.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/tbf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int anycan_errno_of_nl(int nl_error)
{
	switch (-nl_error) {
	case 0:
		return 0;
	case NLE_EXIST:
		return -EEXIST;
	case NLE_OBJ_NOTFOUND:
	case NLE_NODEV:
		return -ENODEV;
	case NLE_OPNOTSUPP:
	case NLE_NOATTR:
		return -EOPNOTSUPP;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INVAL:
	case NLE_RANGE:
		return -EINVAL;
	default:
		return -EIO;
	}
}

int anycan_rtnl_new(struct anycan_rtnl **out)
{
	struct anycan_rtnl *rtnl = calloc(1, sizeof(*rtnl));
	int ret;

	if (!rtnl)
		return -ENOMEM;
	rtnl->sock = nl_socket_alloc();
	if (!rtnl->sock) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = anycan_errno_of_nl(nl_connect(rtnl->sock, NETLINK_ROUTE));
	if (ret)
		goto err_socket;
	*out = rtnl;
	return 0;

err_socket:
	nl_socket_free(rtnl->sock);
err_free:
	free(rtnl);
	return ret;
}

void anycan_rtnl_free(struct anycan_rtnl *rtnl)
{
	if (!rtnl)
		return;
	nl_socket_free(rtnl->sock);
	free(rtnl);
}

static const struct {
	size_t offset; /* in struct anycan_link */
	rtnl_link_stat_id_t id;
} counters[] = {
	{offsetof(struct anycan_link, rx_packets), RTNL_LINK_RX_PACKETS},
	{offsetof(struct anycan_link, rx_bytes), RTNL_LINK_RX_BYTES},
	{offsetof(struct anycan_link, rx_errors), RTNL_LINK_RX_ERRORS},
	{offsetof(struct anycan_link, rx_dropped), RTNL_LINK_RX_DROPPED},
	{offsetof(struct anycan_link, tx_packets), RTNL_LINK_TX_PACKETS},
	{offsetof(struct anycan_link, tx_bytes), RTNL_LINK_TX_BYTES},
	{offsetof(struct anycan_link, tx_errors), RTNL_LINK_TX_ERRORS},
	{offsetof(struct anycan_link, tx_dropped), RTNL_LINK_TX_DROPPED},
	{offsetof(struct anycan_link, rx_over_errors), RTNL_LINK_RX_OVER_ERR},
	{offsetof(struct anycan_link, rx_fifo_errors), RTNL_LINK_RX_FIFO_ERR},
	{offsetof(struct anycan_link, rx_missed_errors), RTNL_LINK_RX_MISSED_ERR},
	{offsetof(struct anycan_link, tx_aborted_errors), RTNL_LINK_TX_ABORT_ERR},
	{offsetof(struct anycan_link, tx_carrier_errors), RTNL_LINK_TX_CARRIER_ERR},
	{offsetof(struct anycan_link, tx_fifo_errors), RTNL_LINK_TX_FIFO_ERR},
};

static void describe(struct rtnl_link *from, struct anycan_link *link)
{
	const char *kind = rtnl_link_get_type(from);
	const char *alias = rtnl_link_get_ifalias(from);
	const char *name = rtnl_link_get_name(from);
	int32_t peer_netns;

	memset(link, 0, sizeof(*link));
	link->ifindex = rtnl_link_get_ifindex(from);
	snprintf(link->name, sizeof(link->name), "%s", name ? name : "");
	snprintf(link->kind, sizeof(link->kind), "%s", kind ? kind : "");
	snprintf(link->alias, sizeof(link->alias), "%s", alias ? alias : "");
	link->is_can = rtnl_link_get_arptype(from) == ARPHRD_CAN;
	link->up = rtnl_link_get_flags(from) & IFF_UP;
	link->carrier = rtnl_link_get_carrier(from);
	link->dormant = rtnl_link_get_operstate(from) == IF_OPER_DORMANT;
	link->mtu = rtnl_link_get_mtu(from);
	link->txqueuelen = rtnl_link_get_txqlen(from);
	link->peer = rtnl_link_get_link(from);
	link->peer_elsewhere = !rtnl_link_get_link_netnsid(from, &peer_netns);
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		*(uint64_t *)((char *)link + counters[i].offset) =
			rtnl_link_get_stat(from, counters[i].id);
}

int anycan_link_get(struct anycan_rtnl *rtnl, const char *name, struct anycan_link *link)
{
	struct rtnl_link *found;
	int ret = anycan_errno_of_nl(rtnl_link_get_kernel(rtnl->sock, 0, name, &found));

	if (ret)
		return ret;
	describe(found, link);
	rtnl_link_put(found);
	return 0;
}

int anycan_link_each(struct anycan_rtnl *rtnl,
		     int (*each)(const struct anycan_link *link, void *arg), void *arg)
{
	struct anycan_link link;
	struct nl_object *object;
	struct nl_cache *cache;
	int ret;

	ret = anycan_errno_of_nl(rtnl_link_alloc_cache(rtnl->sock, AF_UNSPEC, &cache));
	if (ret)
		return ret;
	for (object = nl_cache_get_first(cache); object && !ret;
	     object = nl_cache_get_next(object)) {
		describe((struct rtnl_link *)object, &link);
		if (link.is_can)
			ret = each(&link, arg);
	}
	nl_cache_free(cache);
	return ret;
}

int anycan_link_add_vcan(struct anycan_rtnl *rtnl, const char *name)
{
	struct rtnl_link *link = rtnl_link_alloc();
	int ret;

	if (!link)
		return -ENOMEM;
	rtnl_link_set_name(link, name);
	ret = anycan_errno_of_nl(rtnl_link_set_type(link, "vcan"));
	if (!ret)
		ret = anycan_errno_of_nl(
			rtnl_link_add(rtnl->sock, link, NLM_F_CREATE | NLM_F_EXCL));
	rtnl_link_put(link);
	return ret;
}

/* The other end: IFLA_INFO_DATA { VXCAN_INFO_PEER { struct ifinfomsg, attributes } }. */
static int put_peer(struct nl_msg *msg, const char *name, int ifindex, int netns)
{
	struct ifinfomsg peer = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_DATA);
	struct nlattr *nest = data ? nla_nest_start(msg, VXCAN_INFO_PEER) : NULL;

	if (!nest || nlmsg_append(msg, &peer, sizeof(peer), NLMSG_ALIGNTO) ||
	    nla_put_string(msg, IFLA_IFNAME, name) || nla_put_s32(msg, IFLA_NET_NS_FD, netns))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	nla_nest_end(msg, data);
	return 0;
}

int anycan_link_add_vxcan(struct anycan_rtnl *rtnl, const char *name, int ifindex, int peer_ifindex,
			  int peer_netns)
{
	struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nlattr *info;
	struct nl_msg *msg;
	int ret = -EMSGSIZE;

	msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) ||
	    nla_put_string(msg, IFLA_IFNAME, name))
		goto out_free;
	info = nla_nest_start(msg, IFLA_LINKINFO);
	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "vxcan") ||
	    put_peer(msg, name, peer_ifindex, peer_netns))
		goto out_free;
	nla_nest_end(msg, info);
	/* nl_send_sync() frees the message. */
	return anycan_errno_of_nl(nl_send_sync(rtnl->sock, msg));

out_free:
	nlmsg_free(msg);
	return ret;
}

int anycan_link_del(struct anycan_rtnl *rtnl, int ifindex)
{
	struct rtnl_link *link = rtnl_link_alloc();
	int ret;

	if (!link)
		return -ENOMEM;
	rtnl_link_set_ifindex(link, ifindex);
	ret = anycan_errno_of_nl(rtnl_link_delete(rtnl->sock, link));
	rtnl_link_put(link);
	return ret;
}

/* Send what @change says of the link @ifindex. Takes @change over; NULL = out of memory. */
static int change_link(struct anycan_rtnl *rtnl, int ifindex, struct rtnl_link *change)
{
	struct rtnl_link *orig = rtnl_link_alloc();
	int ret = -ENOMEM;

	if (orig && change) {
		rtnl_link_set_ifindex(orig, ifindex);
		ret = anycan_errno_of_nl(rtnl_link_change(rtnl->sock, orig, change, 0));
	}
	rtnl_link_put(orig);
	rtnl_link_put(change);
	return ret;
}

int anycan_link_set_up(struct anycan_rtnl *rtnl, int ifindex, bool up)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change && up)
		rtnl_link_set_flags(change, IFF_UP);
	else if (change)
		rtnl_link_unset_flags(change, IFF_UP);
	return change_link(rtnl, ifindex, change);
}

int anycan_link_set_mtu(struct anycan_rtnl *rtnl, int ifindex, uint32_t mtu)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change)
		rtnl_link_set_mtu(change, mtu);
	return change_link(rtnl, ifindex, change);
}

int anycan_link_set_txqueuelen(struct anycan_rtnl *rtnl, int ifindex, uint32_t txqueuelen)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change)
		rtnl_link_set_txqlen(change, txqueuelen);
	return change_link(rtnl, ifindex, change);
}

int anycan_link_set_name(struct anycan_rtnl *rtnl, int ifindex, const char *name)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change)
		rtnl_link_set_name(change, name);
	return change_link(rtnl, ifindex, change);
}

int anycan_link_set_netns(struct anycan_rtnl *rtnl, int ifindex, int netns)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change)
		rtnl_link_set_ns_fd(change, netns);
	return change_link(rtnl, ifindex, change);
}

int anycan_link_set_alias(struct anycan_rtnl *rtnl, int ifindex, const char *alias)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change)
		rtnl_link_set_ifalias(change, alias);
	return change_link(rtnl, ifindex, change);
}

static int send_plug(struct anycan_rtnl *rtnl, int ifindex, int flags,
		     const struct tc_plug_qopt *plug)
{
	struct tcmsg head = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_ROOT,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWQDISC, NLM_F_REQUEST | flags);

	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) ||
	    nla_put_string(msg, TCA_KIND, "plug") ||
	    nla_put(msg, TCA_OPTIONS, sizeof(*plug), plug)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return anycan_errno_of_nl(nl_send_sync(rtnl->sock, msg));
}

int anycan_link_hold(struct anycan_rtnl *rtnl, int ifindex, bool hold, uint32_t limit)
{
	const struct tc_plug_qopt action = {
		.action = hold ? TCQ_PLUG_BUFFER : TCQ_PLUG_RELEASE_INDEFINITE,
		.limit = limit,
	};
	int ret = send_plug(rtnl, ifindex, 0, &action);

	if (!ret)
		return 0;
	/* Not there yet: a new one takes the limit and holds, so the action still has to follow. */
	ret = send_plug(rtnl, ifindex, NLM_F_CREATE | NLM_F_REPLACE, &action);
	if (ret == -ENODEV)
		ret = -EOPNOTSUPP;
	return ret ? ret : send_plug(rtnl, ifindex, 0, &action);
}

int anycan_link_limit(struct anycan_rtnl *rtnl, int ifindex, uint32_t bytes_per_s, uint32_t limit)
{
	struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc();
	int ret;

	if (!qdisc)
		return -ENOMEM;
	rtnl_tc_set_ifindex(TC_CAST(qdisc), ifindex);
	rtnl_tc_set_parent(TC_CAST(qdisc), TC_H_ROOT);
	ret = anycan_errno_of_nl(rtnl_tc_set_kind(TC_CAST(qdisc), "tbf"));
	if (!ret) {
		/* A burst of 10 ms, so that a timer tick is not felt, but at least a few frames. */
		uint32_t burst = bytes_per_s / 100 > 512 ? bytes_per_s / 100 : 512;

		rtnl_qdisc_tbf_set_rate(qdisc, (int)bytes_per_s, (int)burst, 0);
		rtnl_qdisc_tbf_set_limit(qdisc, (int)limit);
		ret = anycan_errno_of_nl(
			rtnl_qdisc_add(rtnl->sock, qdisc, NLM_F_CREATE | NLM_F_REPLACE));
		if (ret == -ENODEV)
			ret = -EOPNOTSUPP;
	}
	rtnl_qdisc_put(qdisc);
	return ret;
}

static void take_change(struct nl_object *object, void *arg)
{
	struct anycan_rtnl *rtnl = arg;

	if (nl_object_get_msgtype(object) != RTM_NEWLINK &&
	    nl_object_get_msgtype(object) != RTM_DELLINK)
		return;
	describe((struct rtnl_link *)object, rtnl->next);
	*rtnl->next_deleted = nl_object_get_msgtype(object) == RTM_DELLINK;
	rtnl->have_next = true;
}

static int parse_change(struct nl_msg *msg, void *arg)
{
	nl_msg_parse(msg, take_change, arg);
	return NL_OK;
}

int anycan_link_watch(struct anycan_rtnl *rtnl)
{
	int ret;

	nl_socket_disable_seq_check(rtnl->sock);
	ret = nl_socket_modify_cb(rtnl->sock, NL_CB_VALID, NL_CB_CUSTOM, parse_change, rtnl);
	if (!ret)
		ret = nl_socket_add_membership(rtnl->sock, RTNLGRP_LINK);
	if (!ret)
		ret = nl_socket_set_nonblocking(rtnl->sock);
	return ret ? anycan_errno_of_nl(ret) : nl_socket_get_fd(rtnl->sock);
}

int anycan_link_next(struct anycan_rtnl *rtnl, struct anycan_link *link, bool *deleted)
{
	int ret;

	rtnl->next = link;
	rtnl->next_deleted = deleted;
	rtnl->have_next = false;
	/* Every notification is a datagram of its own, so a call takes one change. */
	do {
		ret = nl_recvmsgs_default(rtnl->sock);
	} while (!ret && !rtnl->have_next);
	if (rtnl->have_next)
		return 1;
	if (ret == -NLE_AGAIN)
		return 0;
	return ret == -NLE_NOMEM ? -ENOBUFS : anycan_errno_of_nl(ret);
}
