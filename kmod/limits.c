// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process declares of its adapter: checked, then handed to the CAN core,
 * whose calculations take it as true.
 */
#include <linux/ctype.h>
#include <net/net_namespace.h>

#include "priv.h"

/*
 * Far beyond every controller, and small enough that the core's search for a
 * bit timing, which holds RTNL, takes less than a millisecond.
 */
#define TSEG_MAX 2048
#define BRP_MAX 65536

static bool has_bittiming(const struct can_bittiming_const *btc)
{
	return btc->tseg1_max;
}

/* The core divides by the least prescaler and by its step. */
static bool is_bittiming_valid(const struct can_bittiming_const *btc)
{
	if (!has_bittiming(btc))
		return !memchr_inv(btc, 0, sizeof(*btc));
	return btc->tseg1_min >= 1 && btc->tseg1_min <= btc->tseg1_max &&
	       btc->tseg1_max <= TSEG_MAX &&
	       btc->tseg2_min >= 1 && btc->tseg2_min <= btc->tseg2_max &&
	       btc->tseg2_max <= TSEG_MAX &&
	       btc->sjw_max >= 1 && btc->sjw_max <= TSEG_MAX &&
	       btc->brp_min >= 1 && btc->brp_min <= btc->brp_max &&
	       btc->brp_max <= BRP_MAX && btc->brp_inc >= 1 && btc->brp_inc <= BRP_MAX;
}

static unsigned int count_bitrates(const u32 *bitrates)
{
	unsigned int n = 0;

	while (n < CANTAP_BITRATES_MAX && bitrates[n])
		n++;
	return n;
}

static unsigned int count_terminations(const struct cantap_create *limits)
{
	unsigned int n = CANTAP_TERMINATIONS_MAX;

	while (n && !limits->terminations[n - 1])
		n--;
	/* 0 itself, switched off, is a value if there is another one. */
	return n;
}

static bool is_tdc_valid(const struct cantap_create *limits)
{
	const struct cantap_tdc_limits *tdc = &limits->tdc;
	const u32 tdc_modes = CANTAP_CTRLMODES & ~0x1ff;

	if ((limits->ctrlmode_supported & tdc_modes) && !tdc->tdco_max)
		return false;
	return tdc->tdcv_min <= tdc->tdcv_max && tdc->tdco_min <= tdc->tdco_max &&
	       tdc->tdcf_min <= tdc->tdcf_max;
}

static bool is_text_valid(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size)
		return false;
	while (len--)
		if (!isascii(text[len]) || !isprint(text[len]))
			return false;
	return true;
}

static bool is_phase_valid(const struct cantap_create *limits,
			   const struct can_bittiming_const *btc, const u32 *bitrates)
{
	if (!is_bittiming_valid(btc) || !is_text_valid(btc->name, sizeof(btc->name)))
		return false;
	if (!has_bittiming(btc))
		return true;
	return limits->clock_hz && !count_bitrates(bitrates);
}

static bool are_modes_valid(const struct cantap_create *limits)
{
	u32 modes = limits->ctrlmode_supported | limits->ctrlmode_static;
	bool fd_limits = has_bittiming(&limits->dbittiming_const) ||
			 count_bitrates(limits->dbitrates);
	bool limited = has_bittiming(&limits->bittiming_const) || count_bitrates(limits->bitrates);

	if (modes & ~CANTAP_CTRLMODES || limits->ctrlmode_supported & limits->ctrlmode_static)
		return false;
	/* Both phases have limits, or none. */
	return !(modes & CAN_CTRLMODE_FD) || fd_limits == limited;
}

int cantap_check_limits(const struct cantap_create *limits, const struct net *net)
{
	if (limits->flags & ~CANTAP_FLAGS ||
	    (limits->flags & (CANTAP_HAS_BERR | CANTAP_ASK_BERR)) == CANTAP_ASK_BERR)
		return -EINVAL;
	if (!limits->echo_depth || limits->echo_depth > CANTAP_ECHO_DEPTH_MAX)
		return -EINVAL;
	if (!is_phase_valid(limits, &limits->bittiming_const, limits->bitrates) ||
	    !is_phase_valid(limits, &limits->dbittiming_const, limits->dbitrates) ||
	    !are_modes_valid(limits) || !is_tdc_valid(limits))
		return -EINVAL;
	if (!is_text_valid(limits->driver, sizeof(limits->driver)) ||
	    !is_text_valid(limits->firmware, sizeof(limits->firmware)) ||
	    !is_text_valid(limits->bus_info, sizeof(limits->bus_info)))
		return -EINVAL;
	/* can_calc_bittiming() divides by (segments * bit rate) modulo 2^32. */
	if ((has_bittiming(&limits->bittiming_const) || has_bittiming(&limits->dbittiming_const)) &&
	    net->user_ns != &init_user_ns)
		return -EPERM;
	return 0;
}

static void set_tdc(struct cantap *tap)
{
#if CANTAP_HAS_TDC
	const struct cantap_tdc_limits *tdc = &tap->limits.tdc;

	tap->tdc = (struct can_tdc_const) {
		.tdcv_min = tdc->tdcv_min,
		.tdcv_max = tdc->tdcv_max,
		.tdco_min = tdc->tdco_min,
		.tdco_max = tdc->tdco_max,
		.tdcf_min = tdc->tdcf_min,
		.tdcf_max = tdc->tdcf_max,
	};
	cantap_data(&tap->can)->tdc_const = tdc->tdco_max ? &tap->tdc : NULL;
#endif
}

static void set_data_phase(struct cantap *tap)
{
	const struct cantap_create *limits = &tap->limits;
	const struct can_bittiming_const *btc = &limits->dbittiming_const;
	unsigned int n = count_bitrates(limits->dbitrates);

	cantap_data(&tap->can)->data_bittiming_const = has_bittiming(btc) ? btc : NULL;
	cantap_data(&tap->can)->data_bitrate_const = n ? limits->dbitrates : NULL;
	cantap_data(&tap->can)->data_bitrate_const_cnt = n;
	set_tdc(tap);
}

/* A netdev without limits is ready to be set up as it is. */
static void set_unknown_bitrate(struct cantap *tap)
{
	if (tap->can.bittiming_const || tap->can.bitrate_const)
		return;
	tap->can.bittiming.bitrate = CANTAP_BITRATE_UNKNOWN;
	if ((tap->can.ctrlmode_supported | tap->can.ctrlmode) & CAN_CTRLMODE_FD)
		cantap_data(&tap->can)->data_bittiming.bitrate = CANTAP_BITRATE_UNKNOWN;
}

/* All that may be set again for an adopted netdev; under RTNL once it is registered. */
void cantap_set_limits(struct cantap *tap, const struct cantap_create *limits)
{
	struct can_priv *can = &tap->can;
	unsigned int n;

	tap->limits = *limits;
	limits = &tap->limits;
	can->clock.freq = limits->clock_hz;
	can->bitrate_max = limits->bitrate_max;
	can->bittiming_const =
		has_bittiming(&limits->bittiming_const) ? &limits->bittiming_const : NULL;
	n = count_bitrates(limits->bitrates);
	can->bitrate_const = n ? limits->bitrates : NULL;
	can->bitrate_const_cnt = n;
	n = count_terminations(limits);
	can->termination_const = n ? limits->terminations : NULL;
	can->termination_const_cnt = n;
	can->ctrlmode_supported = limits->ctrlmode_supported;
	set_data_phase(tap);
	set_unknown_bitrate(tap);
	tap->persistent = limits->flags & CANTAP_PERSISTENT;
}
