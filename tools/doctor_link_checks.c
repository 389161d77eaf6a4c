// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What can be wrong with a netdev, its controller and its bus.
 */
#include "doctor.h"

#include <anycan/controller.h>
#include <stdio.h>
#include <string.h>

/* Error counters from which a controller warns. */
#define WARNING 96

/* A queue of fewer frames is full at once when programs send in bursts. */
#define SMALL_QUEUE 64

/* Error frames that are no accident any more. */
#define MANY 3

static bool is_off(const struct doctor_link *link)
{
	return link->has_state && link->state == CAN_STATE_BUS_OFF;
}

static bool is_hub(const struct doctor_link *link)
{
	return !strcmp(link->kind, "hub");
}

static void judge_there(const struct doctor_facts *facts, unsigned int index,
			struct doctor_verdict *v)
{
	if (!facts->links[index].missing)
		return;
	doctor_say(v, DOCTOR_PROBLEM, "there is no CAN netdev of this name");
	doctor_next(v, "anycan list shows those there are; bridged ADAPTER %s makes one",
		    facts->links[index].name);
}

static void judge_bitrate(const struct doctor_facts *facts, unsigned int index,
			  struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->has_state || link->missing)
		return;
	if (link->bitrate) {
		doctor_say(v, DOCTOR_OK, "%u bit/s%s", link->bitrate,
			   link->fd && link->dbitrate ? " and CAN FD" : "");
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM, "no bit rate is set");
	if (strcmp(link->kind, "can"))
		doctor_next(v, "begin bridged anew with `bitrate 500000`, or what the bus has");
	else
		doctor_next(v, "ip link set %s up type can bitrate 500000, or what the bus has",
			    link->name);
}

static void judge_up(const struct doctor_facts *facts, unsigned int index, struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (link->missing)
		return;
	if (link->up) {
		doctor_say(v, DOCTOR_OK, "up");
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM, "down");
	if (!strcmp(link->kind, "can") && !link->bitrate)
		doctor_next(v, "ip link set %s up type can bitrate 500000", link->name);
	else if (is_hub(link))
		doctor_next(v, "anycan up %s", link->name);
	else
		doctor_next(v, "ip link set %s up", link->name);
}

static void judge_adapter(const struct doctor_facts *facts, unsigned int index,
			  struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->bridged)
		return;
	if (link->refusal[0]) {
		doctor_say(v, DOCTOR_PROBLEM, "its adapter refuses: %s", link->refusal);
		doctor_next(v, "anycan status %s shows what it was asked for", link->name);
	} else if (!strcmp(link->phase, "absent")) {
		doctor_say(v, DOCTOR_PROBLEM, "its adapter is not plugged in");
		doctor_next(v, "plug it in: %s goes on by itself", link->name);
	} else if (!strcmp(link->phase, "unusable")) {
		doctor_say(v, DOCTOR_PROBLEM, "its adapter does not answer as one");
		doctor_next(v, "look at what bridged says; is it that adapter, at that baud rate?");
	} else {
		doctor_say(v, DOCTOR_OK, "its adapter is %s",
			   strcmp(link->phase, "present") ? link->phase : "there");
	}
}

static void judge_carrier(const struct doctor_facts *facts, unsigned int index,
			  struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];
	bool told = link->bridged && (link->refusal[0] || strcmp(link->phase, "present"));

	if (!link->up || link->carrier || is_off(link) || is_hub(link) || told)
		return;
	doctor_say(v, DOCTOR_PROBLEM, "no carrier: nothing is behind it");
	doctor_next(v, strcmp(link->kind, "vxcan")
			       ? "is the adapter plugged in? dmesg tells"
			       : "set the other end of the pair up, or start its bridge again");
}

static void judge_bus_off(const struct doctor_facts *facts, unsigned int index,
			  struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->has_state || !link->up || link->state == CAN_STATE_STOPPED)
		return;
	if (!is_off(link)) {
		doctor_say(v, link->state == CAN_STATE_ERROR_ACTIVE ? DOCTOR_OK : DOCTOR_NOTE,
			   "%s, error counters: transmit %u, receive %u",
			   anycan_controller_state_word(link->state), link->txerr, link->rxerr);
		if (v->level == DOCTOR_NOTE)
			doctor_next(v,
				    "there were many errors; candump -e %s,0:0,#FFFFFFFF shows new "
				    "ones",
				    link->name);
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM,
		   "bus-off: too many errors while sending; it has left the bus%s",
		   link->restart_ms ? " and will come back by itself" : "");
	if (!strcmp(link->kind, "can"))
		doctor_next(v,
			    "look for a wrong bit rate, a short circuit or a missing terminator; "
			    "then: ip link set %s type can restart (or restart-ms 100 beforehand)",
			    link->name);
	else
		doctor_next(v,
			    "look for a wrong bit rate, a short circuit or a missing terminator; "
			    "then set %s down and up",
			    link->name);
}

static bool lacks_ack(const struct doctor_link *link)
{
	return link->troubles[ANYCAN_TROUBLE_NO_ACK] ||
	       (link->has_state && link->txerr >= WARNING && link->rxerr < WARNING &&
		!link->frames && !link->troubles[ANYCAN_TROUBLE_PROTOCOL]);
}

static void judge_ack(const struct doctor_facts *facts, unsigned int index,
		      struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->up || is_off(link) || !lacks_ack(link))
		return;
	doctor_say(v, DOCTOR_PROBLEM,
		   "what it sends is not acknowledged (error counter: transmit %u)", link->txerr);
	doctor_next(v,
		    "is another node on the bus, awake and not listen-only? Are the wires right, "
		    "both ends terminated, the bit rates the same?");
}

static void judge_errors(const struct doctor_facts *facts, unsigned int index,
			 struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];
	unsigned int seen =
		link->troubles[ANYCAN_TROUBLE_PROTOCOL] + link->troubles[ANYCAN_TROUBLE_BUS_ERROR];

	if (!link->up || is_off(link) || !(link->has_state || seen))
		return;
	if (seen < MANY && link->rxerr < WARNING) {
		doctor_say(v, DOCTOR_OK, "%llu frames heard, %u bus errors",
			   (unsigned long long)link->frames, seen);
		return;
	}
	doctor_say(
		v, DOCTOR_PROBLEM,
		"what comes cannot be understood (%u bus errors heard, error counter: receive %u)",
		seen, link->rxerr);
	if (link->bitrate)
		doctor_next(v,
			    "most likely the bus does not run at %u bit/s; otherwise look at wires "
			    "and terminators",
			    link->bitrate);
	else
		doctor_next(v, "most likely the bit rate is wrong; otherwise look at wires and "
			       "terminators");
}

static void judge_queue(const struct doctor_facts *facts, unsigned int index,
			struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->up || !link->txqueuelen || (!link->queued && !link->queue_drops))
		return;
	if (link->queued * 10ULL < link->txqueuelen * 9ULL) {
		if (!link->queue_drops)
			return;
		doctor_say(v, DOCTOR_NOTE, "%llu frames did not get into its queue so far",
			   (unsigned long long)link->queue_drops);
		doctor_next(v, "make it longer: ip link set %s txqueuelen 1000; or send less",
			    link->name);
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM,
		   "its queue is full: %u of %u frames wait, and more get `No buffer space`",
		   link->queued, link->txqueuelen);
	if (is_off(link) || lacks_ack(link))
		doctor_next(v, "frames cannot leave: mend the bus, see above");
	else
		doctor_next(v, "programs send more than the bus carries: send less; a longer queue "
			       "(txqueuelen) helps for bursts only");
}

static void judge_txqueuelen(const struct doctor_facts *facts, unsigned int index,
			     struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (strcmp(link->kind, "can") || !link->txqueuelen || link->txqueuelen >= SMALL_QUEUE)
		return;
	doctor_say(v, DOCTOR_NOTE,
		   "its queue has room for %u frames only: bursts get `No buffer space`",
		   link->txqueuelen);
	doctor_next(v, "ip link set %s txqueuelen 1000", link->name);
}

static void judge_fd(const struct doctor_facts *facts, unsigned int index, struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->has_state || !link->dbitrate || link->fd)
		return;
	doctor_say(v, DOCTOR_NOTE, "dbitrate %u is set, and CAN FD is off", link->dbitrate);
	doctor_next(v, "set it down, then: ip link set %s up type can bitrate %u dbitrate %u fd on",
		    link->name, link->bitrate, link->dbitrate);
}

static void judge_listen_only(const struct doctor_facts *facts, unsigned int index,
			      struct doctor_verdict *v)
{
	if (!facts->links[index].listen_only)
		return;
	doctor_say(v, DOCTOR_NOTE, "it only listens: it neither sends nor acknowledges");
	doctor_next(v, "set it down, then up with `listen-only off`, to take part");
}

static void judge_lost(const struct doctor_facts *facts, unsigned int index,
		       struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->lost && !link->troubles[ANYCAN_TROUBLE_OVERFLOW])
		return;
	doctor_say(v, DOCTOR_NOTE, "%llu received frames were lost on the way to programs so far",
		   (unsigned long long)link->lost);
	doctor_next(v, "ip -s link show %s and anycan status %s tell where", link->name,
		    link->name);
}

static void judge_version(const struct doctor_facts *facts, unsigned int index,
			  struct doctor_verdict *v)
{
	const struct doctor_link *link = &facts->links[index];

	if (!link->bridged || !link->version[0] || !strcmp(link->version, facts->version))
		return;
	doctor_say(v, DOCTOR_PROBLEM, "its bridge is of version %s, anycan of %s", link->version,
		   facts->version);
	doctor_next(v, "end it and start it again, so that both are the same");
}

const struct doctor_check doctor_link_checks[] = {
	{"link-missing", judge_there},
	{"link-adapter", judge_adapter},
	{"link-version", judge_version},
	{"link-bitrate", judge_bitrate},
	{"link-up", judge_up},
	{"link-carrier", judge_carrier},
	{"link-bus-off", judge_bus_off},
	{"link-ack", judge_ack},
	{"link-errors", judge_errors},
	{"link-queue", judge_queue},
	{"link-txqueuelen", judge_txqueuelen},
	{"link-fd", judge_fd},
	{"link-listen-only", judge_listen_only},
	{"link-lost", judge_lost},
	{NULL, NULL},
};
