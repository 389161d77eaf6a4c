/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What `ip link` does, by request: a netdev is set up or down, gets other settings, begins anew
 * after bus-off. Where the netdev has a controller the settings go there; elsewhere they are the
 * daemon's own, and the adapter's channel is opened again with them.
 */
#ifndef BRIDGED_LINK_REQUEST_H
#define BRIDGED_LINK_REQUEST_H

#include "adapter.h"
#include "link_change.h"

enum bridged_link_verb {
	BRIDGED_LINK_SETTINGS, /**< settings, and nothing else */
	BRIDGED_LINK_SET_UP,   /**< with them, if there are any */
	BRIDGED_LINK_SET_DOWN,
	BRIDGED_LINK_RESTARTED,
};

/** struct bridged_link_wish - what is asked for */
struct bridged_link_wish {
	enum bridged_link_verb verb;
	struct bridged_settings settings;
	bool has_settings;
	uint32_t txqueuelen; /**< 0: as it is */
};

/** struct bridged_link_request - a request under way; all zero before the first one */
struct bridged_link_request {
	struct bridged_adapter *adapter;
	struct bridged_channel *channel;
	/** called once; @refusal: NULL, or why it was not done, valid for the call */
	void (*ended)(void *arg, const char *refusal);
	void *arg;

	struct bridged_link_wish wish;
	struct bridged_settings before; /**< the daemon's own settings */
	bool again;			/**< a restart that is made of down and up */
	bool reopen;			/**< the channel, with other settings */
	unsigned int starts;		/**< of the channel, before it had them */
	struct bridged_source source;	/**< of the outcome, while .ready is set */
};

/**
 * bridged_link_wish_add() - one setting more
 * @reason: room for BRIDGED_REASON_SIZE characters, filled with -EINVAL
 *
 * Return: 0, -ENOENT if links have no such setting, or -EINVAL.
 */
int bridged_link_wish_add(struct bridged_link_wish *wish, const char *key, const char *value,
			  char *reason);

/**
 * bridged_link_request_begin() - begin with what .wish says
 *
 * The outcome may come during the call.
 */
void bridged_link_request_begin(struct bridged_link_request *request);

/** bridged_link_request_forget() - nobody waits for the outcome any more */
void bridged_link_request_forget(struct bridged_link_request *request);

#endif
