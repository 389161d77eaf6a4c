/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One reader for a bus, or for several, and any number of listeners: callbacks, readers with a
 * queue of their own, another bus. With threads of its own, or in the caller's event loop.
 */
#ifndef ANYCAN_NOTIFIER_H
#define ANYCAN_NOTIFIER_H

#include <anycan/bus.h>
#include <anycan/error.h>
#include <anycan/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct anycan_listener - who is told of frames
 *
 * Stays the caller's, and must live until it is removed or the notifier is freed. A notifier calls
 * the listeners one after the other, never two at a time.
 */
struct anycan_listener {
	/**
	 * on_message() - a frame was received
	 * @arg: the listener's own
	 * @bus: from which bus
	 * @frame: gone when the call returns
	 *
	 * Return: 0, or a negative errno, which counts as an error of the notifier.
	 */
	int (*on_message)(void *arg, struct anycan_bus *bus, const struct anycan_frame *frame);

	/**
	 * on_error() - a bus or a listener has failed; NULL: not interested
	 *
	 * Return: whether that is dealt with, and the notifier is to go on.
	 */
	bool (*on_error)(void *arg, struct anycan_bus *bus, const struct anycan_error *error);

	/** stop() - there will be no more frames; write what is left. NULL: nothing to do */
	void (*stop)(void *arg);

	void *arg;
	/** Which frames it wants; NULL = all. Must live as long. */
	const struct anycan_filters *filters;
};

/** struct anycan_notifier - the buses and the listeners; any thread may use it */
struct anycan_notifier;

/**
 * anycan_notifier_new() - a notifier without buses and listeners
 * @out: set on success
 * @own_threads: read each bus in a thread; otherwise the caller calls anycan_notifier_dispatch()
 *
 * Return: 0 or a negative errno.
 */
ANYCAN_API int anycan_notifier_new(struct anycan_notifier **out, bool own_threads);

/**
 * anycan_notifier_add_bus() - read a bus from now on
 * @notifier: the notifier
 * @bus: must live until the notifier is stopped; nobody else should receive from it
 *
 * Return: 0; -EOPNOTSUPP without threads for a bus that has no descriptor; -ESHUTDOWN after
 * anycan_notifier_stop(); or another negative errno.
 */
ANYCAN_API int anycan_notifier_add_bus(struct anycan_notifier *notifier, struct anycan_bus *bus);

/**
 * anycan_notifier_add_listener() - tell somebody of every frame from now on
 *
 * A listener that is added twice is called twice. May be called by a listener.
 *
 * Return: 0 or -ENOMEM.
 */
ANYCAN_API int anycan_notifier_add_listener(struct anycan_notifier *notifier,
					    const struct anycan_listener *listener);

/**
 * anycan_notifier_remove_listener() - do not tell it any more; once, if it was added twice
 *
 * When it returns the listener is not called any more, unless the listener itself has called it.
 * May be called by a listener.
 *
 * Return: 0, or -EINVAL if it is not one of the listeners.
 */
ANYCAN_API int anycan_notifier_remove_listener(struct anycan_notifier *notifier,
					       const struct anycan_listener *listener);

/**
 * anycan_notifier_fd() - a descriptor that is readable when a bus has frames, for a notifier
 * without threads
 *
 * Return: the descriptor, which is the notifier's; -EOPNOTSUPP with threads.
 */
ANYCAN_API int anycan_notifier_fd(struct anycan_notifier *notifier);

/**
 * anycan_notifier_dispatch() - receive what there is, and tell the listeners
 * @notifier: one without threads
 * @error: NULL, or filled on failure
 *
 * Return: how many frames; -EOPNOTSUPP with threads; or the negative errno of a bus or listener
 * that nobody dealt with.
 */
ANYCAN_API int anycan_notifier_dispatch(struct anycan_notifier *notifier,
					struct anycan_error *error);

/**
 * anycan_notifier_stop() - read no more, and call stop() of every listener
 * @notifier: the notifier; stopping again does nothing
 * @timeout_ns: how long to wait for the threads; negative = for ever
 *
 * Must not be called by a listener.
 *
 * Return: 0, or -ETIMEDOUT if a listener is still busy; no stop() was called then, so stop again.
 */
ANYCAN_API int anycan_notifier_stop(struct anycan_notifier *notifier, int64_t timeout_ns);

/**
 * anycan_notifier_failure() - the error that has ended the reading of a bus, if any
 * @notifier: the notifier
 * @error: filled if there is one
 *
 * Return: 0, or the negative errno.
 */
ANYCAN_API int anycan_notifier_failure(struct anycan_notifier *notifier,
				       struct anycan_error *error);

/** anycan_notifier_free() - stop for good, waiting for ever, and free it; NULL is fine */
ANYCAN_API void anycan_notifier_free(struct anycan_notifier *notifier);

/* ---- Listeners that are ready made */

/** struct anycan_reader - a queue of frames that another thread takes out */
struct anycan_reader;

/**
 * anycan_reader_new() - a buffered reader
 * @out: set on success; to be given to anycan_reader_free() once it is removed from all notifiers
 * @size: frames that may wait; further ones are dropped and counted. 0 = 65536
 *
 * Return: 0 or a negative errno.
 */
ANYCAN_API int anycan_reader_new(struct anycan_reader **out, unsigned int size);

/** anycan_reader_listener() - what to add to a notifier; @filters: NULL = all frames */
ANYCAN_API const struct anycan_listener *
anycan_reader_listener(struct anycan_reader *reader, const struct anycan_filters *filters);

/**
 * anycan_reader_get() - the next frame
 * @reader: the reader
 * @frame: filled
 * @timeout_ns: how long to wait for one; negative = for ever. Once stopped it does not wait.
 *
 * Return: 1, or 0 if there is none.
 */
ANYCAN_API int anycan_reader_get(struct anycan_reader *reader, struct anycan_frame *frame,
				 int64_t timeout_ns);

/** anycan_reader_is_stopped() - whether no further frame will be put in */
ANYCAN_API bool anycan_reader_is_stopped(struct anycan_reader *reader);

/** anycan_reader_dropped() - frames that found no room */
ANYCAN_API uint64_t anycan_reader_dropped(struct anycan_reader *reader);

/** anycan_reader_free() - NULL is fine */
ANYCAN_API void anycan_reader_free(struct anycan_reader *reader);

/** struct anycan_redirect - sends what it hears to a bus */
struct anycan_redirect {
	struct anycan_listener listener; /**< to be added to a notifier */
	struct anycan_bus *bus;
	int64_t timeout_ns; /**< how long to wait for room */
};

/**
 * anycan_redirect_init() - make a listener that sends every frame to @bus
 *
 * A frame that the bus does not take is an error of the notifier. Error frames are not sent: they
 * tell of the bus that they come from.
 */
ANYCAN_API void anycan_redirect_init(struct anycan_redirect *redirect, struct anycan_bus *bus,
				     int64_t timeout_ns);

#ifdef __cplusplus
}
#endif

#endif
