// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The bus: what is the same whatever is behind it. Locks, time-outs, checks, filters in user space
 * where the interface has none, counts, and failures in words.
 */
#include "bus_internal.h"
#include "tasks.h"
#include "wait.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counters {
	atomic_uint_fast64_t rx_frames, rx_errors, rx_filtered, tx_frames, tx_refused;
};

/*
 * A lock that can be waited for with a time-out: who sends, and who receives. Where nobody is in
 * the way it costs one atomic operation; the mutex is only for waiting.
 */
struct turn {
	atomic_bool taken;
	atomic_uint wanted; /* by so many threads that have to wait */
	pthread_mutex_t lock;
	pthread_cond_t free;
};

struct anycan_bus {
	const struct anycan_interface *interface;
	void *state;
	struct anycan_started *started; /* a bridge that ends with the bus */
	struct anycan_tasks *tasks;	/* what is sent periodically */
	bool fd_frames;
	_Atomic enum anycan_bus_state mode; /* ACTIVE or PASSIVE, as asked for */
	atomic_bool listens;		    /* somebody else has made it listen-only */
	struct turn receiving, sending;
	struct anycan_filters filters; /* of who receives */
	bool filtered_below;
	struct counters counters;
	char info[ANYCAN_BUS_INFO_SIZE];
};

static void count(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t counted(atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void turn_init(struct turn *turn)
{
	pthread_mutex_init(&turn->lock, NULL);
	pthread_cond_init(&turn->free, NULL);
}

static void turn_exit(struct turn *turn)
{
	pthread_cond_destroy(&turn->free);
	pthread_mutex_destroy(&turn->lock);
}

static bool try_turn(struct turn *turn)
{
	return !atomic_exchange(&turn->taken, true);
}

/* Return: whether the turn was had in time, of which @timeout_ns is then what is left. */
static bool take_turn(struct turn *turn, int64_t *timeout_ns)
{
	struct anycan_mono deadline;
	unsigned int waiting = 0;
	bool had;

	if (try_turn(turn))
		return true;
	deadline = wait_until(*timeout_ns);
	pthread_mutex_lock(&turn->lock);
	/* Before the next look: whoever ends a turn after that look sees it. */
	atomic_fetch_add(&turn->wanted, 1);
	while (!(had = try_turn(turn)) &&
	       wait_for_cond(&turn->free, &turn->lock, &waiting, deadline))
		;
	had = had || try_turn(turn);
	atomic_fetch_sub(&turn->wanted, 1);
	pthread_mutex_unlock(&turn->lock);
	*timeout_ns = wait_left(deadline);
	return had;
}

static void await_turn(struct turn *turn)
{
	int64_t timeout_ns = ANYCAN_FOREVER;

	take_turn(turn, &timeout_ns);
}

static void end_turn(struct turn *turn)
{
	atomic_store(&turn->taken, false);
	if (!atomic_load(&turn->wanted))
		return;
	pthread_mutex_lock(&turn->lock);
	pthread_cond_signal(&turn->free);
	pthread_mutex_unlock(&turn->lock);
}

static void take_both_turns(struct anycan_bus *bus)
{
	await_turn(&bus->receiving);
	await_turn(&bus->sending);
}

static void end_both_turns(struct anycan_bus *bus)
{
	end_turn(&bus->sending);
	end_turn(&bus->receiving);
}

/* ---- Opening */

static int check_options(const struct anycan_bus_options *options, struct anycan_error *error)
{
	if (options->state != ANYCAN_BUS_ACTIVE && options->state != ANYCAN_BUS_PASSIVE)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"a bus is opened active or passive, not in state %d",
					(int)options->state);
	if (options->error_mask & ~CAN_ERR_MASK)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"error mask %08X: there are 29 bits of error classes",
					options->error_mask);
	if (options->n_filters && !options->filters)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"%zu filters are announced, but there is no list",
					options->n_filters);
	return 0;
}

/* A netdev that only listens would drop what is sent without a word. */
static void look_at_mode(struct anycan_bus *bus)
{
	enum anycan_bus_state state = ANYCAN_BUS_ACTIVE;

	if (bus->interface->get_state)
		bus->interface->get_state(bus->state, &state);
	atomic_store(&bus->listens, state == ANYCAN_BUS_PASSIVE);
}

/* Opened; now as the options want it. */
static int settle(struct anycan_bus *bus, const struct anycan_bus_options *options,
		  struct anycan_error *error)
{
	int ret;

	bus->fd_frames = options->fd;
	if (!options->ignore_rx_error_frames)
		bus->filters.error_mask =
			options->error_mask ? options->error_mask : (can_err_mask_t)CAN_ERR_MASK;
	ret = anycan_bus_set_filters(bus, options->filters, options->n_filters,
				     options->join_filters, error);
	if (!ret && options->state == ANYCAN_BUS_PASSIVE)
		ret = anycan_bus_set_state(bus, ANYCAN_BUS_PASSIVE, error);
	if (bus->interface->info)
		bus->interface->info(bus->state, bus->info, sizeof(bus->info));
	look_at_mode(bus);
	return ret;
}

int anycan_bus_open(struct anycan_bus **out, const char *address,
		    const struct anycan_bus_options *options, struct anycan_error *error)
{
	static const struct anycan_bus_options defaults;
	struct anycan_opened opened = {0};
	struct anycan_tasks *tasks;
	struct anycan_bus *bus;
	int ret;

	if (!options)
		options = &defaults;
	ret = check_options(options, error);
	if (!ret)
		ret = anycan_bus_reach(&opened, address, options, error);
	if (ret)
		return ret;
	bus = calloc(1, sizeof(*bus));
	tasks = anycan_tasks_new();
	if (!bus || !tasks) {
		free(bus);
		anycan_tasks_end(tasks);
		opened.interface->close(opened.state);
		anycan_started_end(opened.started);
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENOMEM,
					"%s: out of memory", address);
	}
	bus->interface = opened.interface;
	bus->state = opened.state;
	bus->started = opened.started;
	bus->tasks = tasks;
	turn_init(&bus->receiving);
	turn_init(&bus->sending);
	snprintf(bus->info, sizeof(bus->info), "%s %s", bus->interface->name, address);
	ret = settle(bus, options, error);
	if (ret) {
		anycan_bus_close(bus);
		return ret;
	}
	*out = bus;
	return 0;
}

void anycan_bus_close(struct anycan_bus *bus)
{
	if (!bus)
		return;
	anycan_tasks_end(bus->tasks);
	take_both_turns(bus);
	bus->interface->close(bus->state);
	anycan_started_end(bus->started);
	end_both_turns(bus);
	turn_exit(&bus->sending);
	turn_exit(&bus->receiving);
	anycan_filters_free(&bus->filters);
	free(bus);
}

struct anycan_tasks *anycan_bus_tasks(struct anycan_bus *bus)
{
	return bus->tasks;
}

/* ---- Receiving */

static int recv_failed(const struct anycan_bus *bus, int code, struct anycan_error *error)
{
	const char *why = strerror(-code);

	if (code == -ENETDOWN)
		why = "the netdev is down; set it up with: ip link set NETDEV up";
	else if (code == -ENODEV)
		why = "the netdev is gone";
	else if (code == -ECONNRESET)
		why = "the bridge has ended";
	return anycan_error_set(error, ANYCAN_ERROR_OPERATION, code, "receiving from %s: %s",
				bus->info, why);
}

/* Drop what the filters stop. Return: how many stay. */
static int keep_wanted(struct anycan_bus *bus, struct anycan_frame *frames, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		if (!anycan_filters_match(&bus->filters, frames[i].can_id))
			continue;
		if (kept != i)
			frames[kept] = frames[i];
		kept++;
	}
	count(&bus->counters.rx_filtered, (uint64_t)(n - kept));
	return kept;
}

static void count_received(struct anycan_bus *bus, const struct anycan_frame *frames, int n)
{
	unsigned int errors = 0;

	for (int i = 0; i < n; i++)
		errors += !!(frames[i].can_id & CAN_ERR_FLAG);
	count(&bus->counters.rx_frames, (uint64_t)n);
	if (errors)
		count(&bus->counters.rx_errors, errors);
}

/* Receive until a frame passes. Return: how many do, or a negative errno. */
static int recv_wanted(struct anycan_bus *bus, struct anycan_frame *frames, unsigned int max,
		       int64_t timeout_ns)
{
	struct anycan_mono deadline = {0};
	int n, kept;

	/* Looking at the clock is what costs most where a frame waits already. */
	if (!bus->filtered_below && bus->filters.n)
		deadline = wait_until(timeout_ns);
	for (;;) {
		n = bus->interface->recv(bus->state, frames, max, timeout_ns);
		kept = n > 0 && !bus->filtered_below ? keep_wanted(bus, frames, n) : n;
		if (n <= 0 || kept)
			return kept;
		if (!bus->filters.n && !deadline.ns)
			deadline = wait_until(timeout_ns);
		timeout_ns = wait_left(deadline);
	}
}

int anycan_bus_recv_many(struct anycan_bus *bus, struct anycan_frame *frames, unsigned int max,
			 int64_t timeout_ns, struct anycan_error *error)
{
	int n;

	if (!max || !take_turn(&bus->receiving, &timeout_ns))
		return 0;
	n = recv_wanted(bus, frames, max, timeout_ns);
	end_turn(&bus->receiving);
	if (n < 0)
		return recv_failed(bus, n, error);
	if (n)
		count_received(bus, frames, n);
	return n;
}

int anycan_bus_recv(struct anycan_bus *bus, struct anycan_frame *frame, int64_t timeout_ns,
		    struct anycan_error *error)
{
	return anycan_bus_recv_many(bus, frame, 1, timeout_ns, error);
}

int anycan_bus_flush(struct anycan_bus *bus, struct anycan_error *error)
{
	struct anycan_frame frames[64];
	int n, total = 0;

	await_turn(&bus->receiving);
	do {
		n = bus->interface->recv(bus->state, frames, 64, 0);
		total += n > 0 ? n : 0;
	} while (n > 0);
	end_turn(&bus->receiving);
	return n < 0 ? recv_failed(bus, n, error) : total;
}

/* ---- Sending */

static int send_failed(const struct anycan_bus *bus, int code, int64_t timeout_ns,
		       struct anycan_error *error)
{
	if (code == 0 && timeout_ns == 0)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, -ENOBUFS,
					"sending to %s: the transmit queue is full; wait for room "
					"with a time-out",
					bus->info);
	if (code == 0)
		return anycan_error_set(error, ANYCAN_ERROR_TIMEOUT, -ETIMEDOUT,
					"sending to %s: no room within %lld ms; is another node on "
					"the bus to acknowledge frames?",
					bus->info, (long long)(timeout_ns / ANYCAN_NS_PER_MS));
	if (code == -ENETDOWN)
		return anycan_error_set(
			error, ANYCAN_ERROR_OPERATION, code,
			"sending to %s: the netdev is down; set it up with: ip link "
			"set NETDEV up",
			bus->info);
	return anycan_error_set(error, ANYCAN_ERROR_OPERATION, code, "sending to %s: %s", bus->info,
				code == -EINVAL	      ? "it takes no such frame; CAN FD needs an "
							"adapter with `fd on`, a netdev with mtu 72"
				: code == -ECONNRESET ? "the bridge has ended"
						      : strerror(-code));
}

/* What was so when the bus was opened may have changed. */
static bool only_listens(struct anycan_bus *bus)
{
	if (atomic_load_explicit(&bus->listens, memory_order_relaxed))
		look_at_mode(bus);
	return atomic_load_explicit(&bus->listens, memory_order_relaxed) ||
	       atomic_load_explicit(&bus->mode, memory_order_relaxed) == ANYCAN_BUS_PASSIVE;
}

static int refuse_to_send(const struct anycan_bus *bus, struct anycan_error *error)
{
	return anycan_error_set(error, ANYCAN_ERROR_OPERATION, -EPERM,
				"%s only listens; make it active to send", bus->info);
}

/* Return: 0, or -EINVAL for a frame that this bus never carries. */
static int check_frame(const struct anycan_bus *bus, const struct anycan_frame *frame,
		       struct anycan_error *error)
{
	const char *reason;

	if (anycan_frame_is_fd(frame) && !bus->fd_frames)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"%s was opened for classic CAN; open it with .fd to send "
					"CAN FD frames",
					bus->info);
	if (anycan_frame_check(frame, &reason))
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL, "frame %03X: %s",
					frame->can_id & CAN_EFF_MASK, reason);
	return 0;
}

int anycan_bus_check_send(struct anycan_bus *bus, const struct anycan_frame *frame,
			  struct anycan_error *error)
{
	return only_listens(bus) ? refuse_to_send(bus, error) : check_frame(bus, frame, error);
}

/* Send until all are taken or the time is over. Return: what ended it. */
static int send_until(struct anycan_bus *bus, const struct anycan_frame *frames, unsigned int n,
		      int64_t timeout_ns, unsigned int *sent)
{
	struct anycan_mono deadline = {0};
	int ret;

	if (n > 1)
		deadline = wait_until(timeout_ns);
	for (;;) {
		ret = bus->interface->send(bus->state, frames + *sent, n - *sent, timeout_ns);
		if (ret <= 0)
			return ret;
		*sent += (unsigned int)ret;
		if (*sent == n)
			return ret;
		timeout_ns = wait_left(deadline);
	}
}

/* Send frames that are fine. Return: as anycan_bus_send_many(). */
static int send_checked(struct anycan_bus *bus, const struct anycan_frame *frames, unsigned int n,
			int64_t timeout_ns, struct anycan_error *error)
{
	int64_t left_ns = timeout_ns;
	unsigned int sent = 0;
	int ret;

	if (!take_turn(&bus->sending, &left_ns))
		return send_failed(bus, 0, timeout_ns, error);
	ret = send_until(bus, frames, n, left_ns, &sent);
	end_turn(&bus->sending);
	count(&bus->counters.tx_frames, sent);
	if (sent == n)
		return (int)n;
	count(&bus->counters.tx_refused, n - sent);
	ret = send_failed(bus, ret, timeout_ns, error);
	return sent ? (int)sent : ret;
}

int anycan_bus_send_many(struct anycan_bus *bus, const struct anycan_frame *frames, unsigned int n,
			 int64_t timeout_ns, struct anycan_error *error)
{
	unsigned int good = 0;
	int sent = 0, ret = 0;

	if (only_listens(bus))
		return refuse_to_send(bus, error);
	while (good < n && !(ret = check_frame(bus, &frames[good], error)))
		good++;
	if (good)
		sent = send_checked(bus, frames, good, timeout_ns, error);
	return good ? sent : ret;
}

int anycan_bus_send(struct anycan_bus *bus, const struct anycan_frame *frame, int64_t timeout_ns,
		    struct anycan_error *error)
{
	int ret = anycan_bus_send_many(bus, frame, 1, timeout_ns, error);

	return ret < 0 ? ret : 0;
}

int anycan_bus_flush_tx(struct anycan_bus *bus, struct anycan_error *error)
{
	int ret = -EOPNOTSUPP;

	await_turn(&bus->sending);
	if (bus->interface->flush_tx)
		ret = bus->interface->flush_tx(bus->state);
	end_turn(&bus->sending);
	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, ret,
					"%s: frames that wait to be sent cannot be taken back",
					bus->info);
	return 0;
}

/* ---- Filters */

static int copy_filters(struct anycan_filters *to, const struct can_filter *list, size_t n)
{
	struct can_filter *copy = NULL;

	if (n) {
		copy = malloc(n * sizeof(*copy));
		if (!copy)
			return -ENOMEM;
		memcpy(copy, list, n * sizeof(*copy));
	}
	free(to->list);
	to->list = copy;
	to->n = n;
	return 0;
}

int anycan_bus_set_filters(struct anycan_bus *bus, const struct can_filter *list, size_t n,
			   bool joined, struct anycan_error *error)
{
	int ret;

	await_turn(&bus->receiving);
	ret = copy_filters(&bus->filters, list, list ? n : 0);
	if (!ret) {
		bus->filters.joined = joined;
		bus->filtered_below = bus->interface->set_filters &&
				      !bus->interface->set_filters(bus->state, &bus->filters);
	}
	end_turn(&bus->receiving);
	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, ret,
					"%s: out of memory for %zu filters", bus->info, n);
	return 0;
}

size_t anycan_bus_get_filters(struct anycan_bus *bus, struct can_filter *list, size_t max,
			      bool *joined)
{
	size_t n;

	await_turn(&bus->receiving);
	n = bus->filters.n;
	if (list && n && max)
		memcpy(list, bus->filters.list, (n < max ? n : max) * sizeof(*list));
	if (joined)
		*joined = bus->filters.joined;
	end_turn(&bus->receiving);
	return n;
}

bool anycan_bus_filters_in_kernel(struct anycan_bus *bus)
{
	bool below;

	await_turn(&bus->receiving);
	below = bus->filtered_below;
	end_turn(&bus->receiving);
	return below;
}

/* ---- State */

int anycan_bus_get_state(struct anycan_bus *bus, enum anycan_bus_state *state,
			 struct anycan_error *error)
{
	int ret = 0;

	if (bus->interface->get_state)
		ret = bus->interface->get_state(bus->state, state);
	else
		*state = atomic_load(&bus->mode);
	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, ret, "state of %s: %s",
					bus->info, strerror(-ret));
	/* A netdev without a controller does not know that this bus only listens. */
	if (*state == ANYCAN_BUS_ACTIVE)
		*state = atomic_load(&bus->mode);
	return 0;
}

int anycan_bus_set_state(struct anycan_bus *bus, enum anycan_bus_state state,
			 struct anycan_error *error)
{
	int ret;

	if (state != ANYCAN_BUS_ACTIVE && state != ANYCAN_BUS_PASSIVE)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"a bus can be made active or passive, nothing else");
	if (!bus->interface->set_state)
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EOPNOTSUPP,
					"%s: there is no listen-only mode here", bus->info);
	take_both_turns(bus);
	ret = bus->interface->set_state(bus->state, state, error);
	if (!ret) {
		atomic_store(&bus->mode, state);
		atomic_store(&bus->listens, false);
	}
	end_both_turns(bus);
	return ret;
}

/* ---- What it is */

enum anycan_protocol anycan_bus_protocol(const struct anycan_bus *bus)
{
	return bus->fd_frames ? ANYCAN_PROTOCOL_CAN_FD : ANYCAN_PROTOCOL_CAN_20;
}

const char *anycan_bus_interface(const struct anycan_bus *bus)
{
	return bus->interface->name;
}

const char *anycan_bus_info(const struct anycan_bus *bus)
{
	return bus->info;
}

int anycan_bus_fd(struct anycan_bus *bus)
{
	return bus->interface->fd ? bus->interface->fd(bus->state) : -EOPNOTSUPP;
}

int anycan_bus_channel(struct anycan_bus *bus, const char *name, struct anycan_error *error)
{
	int ret = bus->interface->channel ? bus->interface->channel(bus->state, name) : -ENODEV;

	if (ret < 0)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, ret,
					"%s has no channel '%s'", bus->info, name);
	return ret;
}

int anycan_bus_channel_name(struct anycan_bus *bus, uint16_t channel, char *name, size_t size)
{
	if (!bus->interface->channel_name)
		return -ENODEV;
	return bus->interface->channel_name(bus->state, channel, name, size);
}

void anycan_bus_get_stats(struct anycan_bus *bus, struct anycan_bus_stats *stats)
{
	*stats = (struct anycan_bus_stats){
		.rx_frames = counted(&bus->counters.rx_frames),
		.rx_errors = counted(&bus->counters.rx_errors),
		.rx_filtered = counted(&bus->counters.rx_filtered),
		.tx_frames = counted(&bus->counters.tx_frames),
		.tx_refused = counted(&bus->counters.tx_refused),
	};
	if (bus->interface->drops)
		bus->interface->drops(bus->state, &stats->rx_dropped, &stats->rx_invalid);
}
