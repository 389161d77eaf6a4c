// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The CAN controller behind a netdev through rtnetlink: all that `ip link` tells and sets. Source:
 * linux/can/netlink.h, and the kernel's answers of 6.1 and 6.12.
 */
#include "link.h"

#include <anycan/controller.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

struct answer {
	struct anycan_controller *controller;
	bool found;
};

/* Copy a structure of the kernel's; newer ones may be longer, older ones shorter. */
static void take_struct(void *target, size_t size, const struct nlattr *attr)
{
	if (attr)
		nla_memcpy(target, attr, (int)size);
}

static uint32_t take_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/* Numbers of @size bytes as numbers of 32 bits. Return: how many there is room for */
static unsigned int take_list(uint32_t *list, unsigned int max, const struct nlattr *attr,
			      size_t size)
{
	unsigned int n = attr ? (unsigned int)((size_t)nla_len(attr) / size) : 0;

	n = n < max ? n : max;
	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *at = (const uint8_t *)nla_data(attr) + i * size;
		uint16_t half;

		memcpy(&list[i], at, sizeof(list[i]) < size ? sizeof(list[i]) : size);
		memcpy(&half, at, sizeof(half));
		if (size == sizeof(half))
			list[i] = half;
	}
	return n;
}

static void take_tdc(struct anycan_controller *controller, struct nlattr *attr)
{
	struct nlattr *tdc[IFLA_CAN_TDC_MAX + 1];

	if (!attr || nla_parse_nested(tdc, IFLA_CAN_TDC_MAX, attr, NULL))
		return;
	controller->tdc.tdcv = take_u32(tdc[IFLA_CAN_TDC_TDCV]);
	controller->tdc.tdco = take_u32(tdc[IFLA_CAN_TDC_TDCO]);
	controller->tdc.tdcf = take_u32(tdc[IFLA_CAN_TDC_TDCF]);
	controller->tdc_min.tdcv = take_u32(tdc[IFLA_CAN_TDC_TDCV_MIN]);
	controller->tdc_min.tdco = take_u32(tdc[IFLA_CAN_TDC_TDCO_MIN]);
	controller->tdc_min.tdcf = take_u32(tdc[IFLA_CAN_TDC_TDCF_MIN]);
	controller->tdc_max.tdcv = take_u32(tdc[IFLA_CAN_TDC_TDCV_MAX]);
	controller->tdc_max.tdco = take_u32(tdc[IFLA_CAN_TDC_TDCO_MAX]);
	controller->tdc_max.tdcf = take_u32(tdc[IFLA_CAN_TDC_TDCF_MAX]);
}

static void take_modes(struct anycan_controller *controller, struct nlattr **can)
{
	struct nlattr *ext[IFLA_CAN_CTRLMODE_MAX + 1];
	struct can_ctrlmode mode = {0};

	take_struct(&mode, sizeof(mode), can[IFLA_CAN_CTRLMODE]);
	controller->ctrlmode = mode.flags;
	if (!can[IFLA_CAN_CTRLMODE_EXT] ||
	    nla_parse_nested(ext, IFLA_CAN_CTRLMODE_MAX, can[IFLA_CAN_CTRLMODE_EXT], NULL) ||
	    !ext[IFLA_CAN_CTRLMODE_SUPPORTED])
		return;
	controller->ctrlmode_supported = nla_get_u32(ext[IFLA_CAN_CTRLMODE_SUPPORTED]);
	controller->tells_supported = true;
}

static void take_controller(struct anycan_controller *c, struct nlattr **can)
{
	struct can_clock clock = {0};

	take_struct(&clock, sizeof(clock), can[IFLA_CAN_CLOCK]);
	c->clock_hz = clock.freq;
	c->state = can[IFLA_CAN_STATE] ? (enum can_state)nla_get_u32(can[IFLA_CAN_STATE])
				       : CAN_STATE_STOPPED;
	take_struct(&c->nominal, sizeof(c->nominal), can[IFLA_CAN_BITTIMING]);
	take_struct(&c->data, sizeof(c->data), can[IFLA_CAN_DATA_BITTIMING]);
	take_struct(&c->nominal_limits, sizeof(c->nominal_limits), can[IFLA_CAN_BITTIMING_CONST]);
	take_struct(&c->data_limits, sizeof(c->data_limits), can[IFLA_CAN_DATA_BITTIMING_CONST]);
	take_struct(&c->berr, sizeof(c->berr), can[IFLA_CAN_BERR_COUNTER]);
	c->has_berr = can[IFLA_CAN_BERR_COUNTER];
	c->restart_ms = take_u32(can[IFLA_CAN_RESTART_MS]);
	c->bitrate_max = take_u32(can[IFLA_CAN_BITRATE_MAX]);
	if (can[IFLA_CAN_TERMINATION])
		c->termination = nla_get_u16(can[IFLA_CAN_TERMINATION]);
	c->n_terminations = take_list(c->terminations, ANYCAN_TERMINATIONS_MAX,
				      can[IFLA_CAN_TERMINATION_CONST], sizeof(uint16_t));
	c->n_bitrates = take_list(c->bitrates, ANYCAN_BITRATES_MAX, can[IFLA_CAN_BITRATE_CONST],
				  sizeof(uint32_t));
	c->n_data_bitrates = take_list(c->data_bitrates, ANYCAN_BITRATES_MAX,
				       can[IFLA_CAN_DATA_BITRATE_CONST], sizeof(uint32_t));
	take_modes(c, can);
	take_tdc(c, can[IFLA_CAN_TDC]);
}

static int take_answer(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1], *can[IFLA_CAN_MAX + 1];
	struct answer *answer = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct ifinfomsg), attrs, IFLA_MAX, NULL) ||
	    !attrs[IFLA_LINKINFO] ||
	    nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], NULL) ||
	    !info[IFLA_INFO_KIND] || strcmp(nla_get_string(info[IFLA_INFO_KIND]), "can"))
		return NL_SKIP;
	answer->found = true;
	take_struct(&answer->controller->stats, sizeof(answer->controller->stats),
		    info[IFLA_INFO_XSTATS]);
	if (info[IFLA_INFO_DATA] &&
	    !nla_parse_nested(can, IFLA_CAN_MAX, info[IFLA_INFO_DATA], NULL))
		take_controller(answer->controller, can);
	return NL_OK;
}

int anycan_link_get_can(struct anycan_rtnl *rtnl, int ifindex, struct anycan_controller *controller)
{
	struct ifinfomsg wanted = {.ifi_index = ifindex};
	struct answer answer = {.controller = controller};
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (!cb)
		return -ENOMEM;
	memset(controller, 0, sizeof(*controller));
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, take_answer, &answer);
	ret = nl_send_simple(rtnl->sock, RTM_GETLINK, 0, &wanted, sizeof(wanted));
	if (ret >= 0)
		ret = nl_recvmsgs(rtnl->sock, cb);
	/* An error comes in place of the answer and of the acknowledgement. */
	if (ret >= 0)
		ret = nl_wait_for_ack(rtnl->sock);
	nl_cb_put(cb);
	if (ret < 0)
		return anycan_errno_of_nl(ret);
	return answer.found ? 0 : -EOPNOTSUPP;
}

int anycan_link_ctrlmodes(struct anycan_rtnl *rtnl, int ifindex, uint32_t *modes)
{
	struct anycan_controller controller;
	int ret = anycan_link_get_can(rtnl, ifindex, &controller);

	*modes = ret ? 0 : controller.ctrlmode_supported;
	if (ret)
		return ret == -EOPNOTSUPP ? 0 : ret;
	return controller.tells_supported ? 0 : -EOPNOTSUPP;
}

static int put_tdc(struct nl_msg *msg, const struct anycan_tdc *tdc)
{
	struct nlattr *nest = nla_nest_start(msg, IFLA_CAN_TDC);

	if (!nest || (tdc->tdcv && nla_put_u32(msg, IFLA_CAN_TDC_TDCV, tdc->tdcv)) ||
	    nla_put_u32(msg, IFLA_CAN_TDC_TDCO, tdc->tdco) ||
	    (tdc->tdcf && nla_put_u32(msg, IFLA_CAN_TDC_TDCF, tdc->tdcf)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
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
	if (can->restart && nla_put_u32(msg, IFLA_CAN_RESTART, 1))
		return -EMSGSIZE;
	return can->tdc ? put_tdc(msg, can->tdc) : 0;
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
	return anycan_errno_of_nl(nl_send_sync(rtnl->sock, msg));

out_free:
	nlmsg_free(msg);
	return -EMSGSIZE;
}

int anycan_link_restart(struct anycan_rtnl *rtnl, int ifindex)
{
	const struct anycan_link_can restart = {.restart = true};

	return anycan_link_set_can(rtnl, ifindex, &restart);
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

const char *anycan_controller_state_word(enum can_state state)
{
	static const char *const words[] = {
		[CAN_STATE_ERROR_ACTIVE] = "ERROR-ACTIVE",
		[CAN_STATE_ERROR_WARNING] = "ERROR-WARNING",
		[CAN_STATE_ERROR_PASSIVE] = "ERROR-PASSIVE",
		[CAN_STATE_BUS_OFF] = "BUS-OFF",
		[CAN_STATE_STOPPED] = "STOPPED",
		[CAN_STATE_SLEEPING] = "SLEEPING",
	};

	return (unsigned int)state < sizeof(words) / sizeof(words[0]) ? words[state] : "UNKNOWN";
}
