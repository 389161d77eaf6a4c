/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * CAN netdevs through rtnetlink, with libnl. What libnl-route has no words for (vxcan pairs, the
 * plug queueing discipline) is put together from linux/can/vxcan.h and linux/pkt_sched.h.
 */
#include <anycan/link.h>

#include <errno.h>
#include <linux/can/netlink.h>
#include <linux/can/vxcan.h>
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

struct anycan_rtnl {
	struct nl_sock *sock;
	/* The change that anycan_link_next() is to return. */
	struct anycan_link *next;
	bool *next_deleted;
	bool have_next;
};

static int errno_of_nl(int nl_error)
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
	ret = errno_of_nl(nl_connect(rtnl->sock, NETLINK_ROUTE));
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
	link->mtu = rtnl_link_get_mtu(from);
	link->peer = rtnl_link_get_link(from);
	link->peer_elsewhere = !rtnl_link_get_link_netnsid(from, &peer_netns);
	link->rx_packets = rtnl_link_get_stat(from, RTNL_LINK_RX_PACKETS);
	link->rx_bytes = rtnl_link_get_stat(from, RTNL_LINK_RX_BYTES);
	link->rx_errors = rtnl_link_get_stat(from, RTNL_LINK_RX_ERRORS);
	link->rx_dropped = rtnl_link_get_stat(from, RTNL_LINK_RX_DROPPED);
	link->tx_packets = rtnl_link_get_stat(from, RTNL_LINK_TX_PACKETS);
	link->tx_bytes = rtnl_link_get_stat(from, RTNL_LINK_TX_BYTES);
	link->tx_errors = rtnl_link_get_stat(from, RTNL_LINK_TX_ERRORS);
	link->tx_dropped = rtnl_link_get_stat(from, RTNL_LINK_TX_DROPPED);
}

int anycan_link_get(struct anycan_rtnl *rtnl, const char *name, struct anycan_link *link)
{
	struct rtnl_link *found;
	int ret = errno_of_nl(rtnl_link_get_kernel(rtnl->sock, 0, name, &found));

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

	ret = errno_of_nl(rtnl_link_alloc_cache(rtnl->sock, AF_UNSPEC, &cache));
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

struct ctrlmodes {
	uint32_t modes;
	bool has_controller, told;
};

static int take_ctrlmodes(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1], *can[IFLA_CAN_MAX + 1];
	struct nlattr *ext[IFLA_CAN_CTRLMODE_MAX + 1];
	struct ctrlmodes *found = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct ifinfomsg), attrs, IFLA_MAX, NULL) ||
	    !attrs[IFLA_LINKINFO] ||
	    nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], NULL) ||
	    !info[IFLA_INFO_KIND] || strcmp(nla_get_string(info[IFLA_INFO_KIND]), "can"))
		return NL_SKIP;
	found->has_controller = true;
	if (!info[IFLA_INFO_DATA] ||
	    nla_parse_nested(can, IFLA_CAN_MAX, info[IFLA_INFO_DATA], NULL) ||
	    !can[IFLA_CAN_CTRLMODE_EXT] ||
	    nla_parse_nested(ext, IFLA_CAN_CTRLMODE_MAX, can[IFLA_CAN_CTRLMODE_EXT], NULL) ||
	    !ext[IFLA_CAN_CTRLMODE_SUPPORTED])
		return NL_SKIP;
	found->modes = nla_get_u32(ext[IFLA_CAN_CTRLMODE_SUPPORTED]);
	found->told = true;
	return NL_OK;
}

int anycan_link_ctrlmodes(struct anycan_rtnl *rtnl, int ifindex, uint32_t *modes)
{
	struct ifinfomsg wanted = {.ifi_index = ifindex};
	struct ctrlmodes found = {0};
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, take_ctrlmodes, &found);
	ret = nl_send_simple(rtnl->sock, RTM_GETLINK, 0, &wanted, sizeof(wanted));
	if (ret >= 0)
		ret = nl_recvmsgs(rtnl->sock, cb);
	/* An error comes in place of the answer and of the acknowledgement. */
	if (ret >= 0)
		ret = nl_wait_for_ack(rtnl->sock);
	nl_cb_put(cb);
	*modes = found.modes;
	if (ret < 0)
		return errno_of_nl(ret);
	return found.has_controller && !found.told ? -EOPNOTSUPP : 0;
}

const char *anycan_ctrlmode_word(uint32_t mode)
{
	static const struct {
		uint32_t mode;
		const char *word;
	} words[] = {
		{CAN_CTRLMODE_LOOPBACK, "loopback"},
		{CAN_CTRLMODE_LISTENONLY, "listen-only"},
		{CAN_CTRLMODE_3_SAMPLES, "triple-sampling"},
		{CAN_CTRLMODE_ONE_SHOT, "one-shot"},
		{CAN_CTRLMODE_BERR_REPORTING, "berr-reporting"},
		{CAN_CTRLMODE_FD, "fd"},
		{CAN_CTRLMODE_PRESUME_ACK, "presume-ack"},
		{CAN_CTRLMODE_FD_NON_ISO, "fd-non-iso"},
		{CAN_CTRLMODE_CC_LEN8_DLC, "cc-len8-dlc"},
		{CAN_CTRLMODE_TDC_AUTO, "tdc-mode auto"},
		{CAN_CTRLMODE_TDC_MANUAL, "tdc-mode manual"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].mode == mode)
			return words[i].word;
	return NULL;
}

int anycan_link_add_vcan(struct anycan_rtnl *rtnl, const char *name)
{
	struct rtnl_link *link = rtnl_link_alloc();
	int ret;

	if (!link)
		return -ENOMEM;
	rtnl_link_set_name(link, name);
	ret = errno_of_nl(rtnl_link_set_type(link, "vcan"));
	if (!ret)
		ret = errno_of_nl(rtnl_link_add(rtnl->sock, link, NLM_F_CREATE | NLM_F_EXCL));
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
	return errno_of_nl(nl_send_sync(rtnl->sock, msg));

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
	ret = errno_of_nl(rtnl_link_delete(rtnl->sock, link));
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
		ret = errno_of_nl(rtnl_link_change(rtnl->sock, orig, change, 0));
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

int anycan_link_set_name(struct anycan_rtnl *rtnl, int ifindex, const char *name)
{
	struct rtnl_link *change = rtnl_link_alloc();

	if (change)
		rtnl_link_set_name(change, name);
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
	return errno_of_nl(nl_send_sync(rtnl->sock, msg));
}

static int put_can(struct nl_msg *msg, const struct anycan_link_can *can)
{
	if (can->nominal && nla_put(msg, IFLA_CAN_BITTIMING, sizeof(*can->nominal), can->nominal))
		return -EMSGSIZE;
	if (can->data && nla_put(msg, IFLA_CAN_DATA_BITTIMING, sizeof(*can->data), can->data))
		return -EMSGSIZE;
	if (can->ctrlmode.mask &&
	    nla_put(msg, IFLA_CAN_CTRLMODE, sizeof(can->ctrlmode), &can->ctrlmode))
		return -EMSGSIZE;
	if (can->restart_ms && nla_put_u32(msg, IFLA_CAN_RESTART_MS, *can->restart_ms))
		return -EMSGSIZE;
	if (can->termination && nla_put_u16(msg, IFLA_CAN_TERMINATION, *can->termination))
		return -EMSGSIZE;
	return 0;
}

int anycan_link_set_can(struct anycan_rtnl *rtnl, int ifindex, const struct anycan_link_can *can)
{
	struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nlattr *info, *data = NULL;
	struct nl_msg *msg;

	msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_REQUEST);
	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO))
		goto out_free;
	info = nla_nest_start(msg, IFLA_LINKINFO);
	if (info && !nla_put_string(msg, IFLA_INFO_KIND, "can"))
		data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data || put_can(msg, can))
		goto out_free;
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return errno_of_nl(nl_send_sync(rtnl->sock, msg));

out_free:
	nlmsg_free(msg);
	return -EMSGSIZE;
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
	ret = errno_of_nl(rtnl_tc_set_kind(TC_CAST(qdisc), "tbf"));
	if (!ret) {
		/* A burst of 10 ms, so that a timer tick is not felt, but at least a few frames. */
		uint32_t burst = bytes_per_s / 100 > 512 ? bytes_per_s / 100 : 512;

		rtnl_qdisc_tbf_set_rate(qdisc, (int)bytes_per_s, (int)burst, 0);
		rtnl_qdisc_tbf_set_limit(qdisc, (int)limit);
		ret = errno_of_nl(rtnl_qdisc_add(rtnl->sock, qdisc, NLM_F_CREATE | NLM_F_REPLACE));
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
	return ret ? errno_of_nl(ret) : nl_socket_get_fd(rtnl->sock);
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
	return ret == -NLE_NOMEM ? -ENOBUFS : errno_of_nl(ret);
}
