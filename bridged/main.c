/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * bridged: one adapter becomes a CAN netdev. The order matters: the adapter is probed before the
 * netdev is made, because it decides whether there is FD; everything that needs privilege is
 * done before `ready`.
 */
#include "background.h"
#include "daemon.h"
#include "notify.h"
#include "settle.h"

#include <anycan/log.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

static int fail(struct daemon *daemon, int status)
{
	anycan_log(ANYCAN_LOG_ERROR, "%s", daemon->reason);
	bridged_attach_answer(&daemon->attach, NULL, 0, daemon->reason);
	return status;
}

/* Whether the port will be one on which `ip link` sets it. */
static bool bitrate_may_come_later(const struct bridged_config *config)
{
	const struct bridged_port_class *port = config->port ? config->port : bridged_ports[0];

	return port->controller && port->controller->is_available();
}

/* Everything that is wrong before anything is opened. Return: 0 or an exit status. */
static int prepare(struct daemon *daemon)
{
	struct bridged_config *config = &daemon->config;
	struct bridged_adapter *adapter = &daemon->adapter;
	const char *why;

	if (bridged_identity_choose(&daemon->identity, config->user)) {
		snprintf(daemon->reason, sizeof(daemon->reason),
			 "cannot become user '%s': only root can, and the user must exist",
			 config->user ? config->user : "nobody");
		return BRIDGED_EXIT_USAGE;
	}
	adapter->loop = &daemon->loop;
	adapter->address = config->adapter;
	adapter->driver = config->driver;
	adapter->settings = config->settings;
	adapter->driver_options = config->driver_options;
	adapter->state = calloc(1, config->driver->state_size);
	if (!adapter->state)
		abort();
	if (config->driver->init(adapter->state, config->settings, config->driver_options, &why)) {
		snprintf(daemon->reason, sizeof(daemon->reason), "%s", why);
		return BRIDGED_EXIT_USAGE;
	}
	if (!config->plug && !bitrate_may_come_later(config) && daemon_lacks_bitrate(daemon))
		return BRIDGED_EXIT_USAGE;
	if (config->transport->create(&adapter->transport, config->address,
				      daemon->config.transport_options, daemon->reason))
		return BRIDGED_EXIT_USAGE;
	adapter->transport->class = config->transport;
	adapter->transport->usb_ids = config->driver->usb_ids;
	if (config->plug) {
		adapter->transport->stays = plug_run_stays;
		adapter->transport->stays_arg = config->plug;
	}
	return 0;
}

static bool still_probing(const struct bridged_adapter *adapter)
{
	return adapter->phase == BRIDGED_CONNECTING || adapter->phase == BRIDGED_SETTLING ||
	       adapter->phase == BRIDGED_PROBING;
}

/* Reach the adapter and learn what it is. Return: 0 or a negative errno. */
static int meet_adapter(struct daemon *daemon)
{
	struct bridged_adapter *adapter = &daemon->adapter;
	int ret = bridged_adapter_connect(adapter);

	daemon->loop.due = bridged_adapter_due;
	daemon->loop.arg = adapter;
	while (!ret && still_probing(adapter) && !daemon->loop.stop) {
		bridged_adapter_due(adapter);
		ret = bridged_loop_run(&daemon->loop,
				       anycan_mono_after(bridged_now(NULL), ANYCAN_NS_PER_MS));
	}
	if (!ret && daemon->loop.stop)
		return -EINTR;
	if (!ret && adapter->phase == BRIDGED_PRESENT)
		return 0;
	if (adapter->refusal[0])
		snprintf(daemon->reason, sizeof(daemon->reason), "%s", adapter->refusal);
	else
		snprintf(daemon->reason, sizeof(daemon->reason),
			 "%.200s: it went away while it was being asked what it is; plug it in "
			 "and start again",
			 adapter->address);
	return ret ? ret : -EIO;
}

/* With no other rights than those of whoever asked for it. */
static int meet_adapter_as_asked(struct daemon *daemon)
{
	int ret = bridged_attach_act(&daemon->attach, true), back;

	if (ret)
		snprintf(daemon->reason, sizeof(daemon->reason),
			 "cannot act for user %u (%s): bridged --listen is for root",
			 (unsigned int)daemon->attach.peer.uid, strerror(-ret));
	else
		ret = meet_adapter(daemon);
	back = bridged_attach_act(&daemon->attach, false);
	if (back && !ret)
		snprintf(daemon->reason, sizeof(daemon->reason), "changing users: %s",
			 strerror(-back));
	return back ? back : ret;
}

/* What the daemon may not be able to remove once it is somebody else. */
static void list_leftovers(const struct daemon *daemon,
			   const char *leftovers[BRIDGED_CHANNELS_MAX + 3])
{
	unsigned int n = 0;

	leftovers[n++] = daemon->status.path;
	leftovers[n++] = daemon->control.path;
	for (unsigned int i = 0; i < daemon->adapter.n_channels; i++)
		if (daemon->adapter.channels[i].port->leftover)
			leftovers[n++] = daemon->adapter.channels[i].port->leftover;
	leftovers[n] = NULL;
}

static int drop_privileges(struct daemon *daemon)
{
	struct bridged_adapter *adapter = &daemon->adapter;
	const char *leftovers[BRIDGED_CHANNELS_MAX + 3];
	struct bridged_keeper_scope scope = {0};
	bool keep_admin = false;
	int ret;

	if (!daemon->identity.change)
		return 0;
	if (adapter->transport->class->scope)
		adapter->transport->class->scope(adapter->transport, &scope);
	for (unsigned int i = 0; i < adapter->n_channels; i++)
		scope.netdevs[i] = adapter->channels[i].port->ifindex;
	list_leftovers(daemon, leftovers);
	ret = bridged_keeper_start(&daemon->keeper, &scope, leftovers);
	if (!ret) {
		adapter->transport->keeper = daemon->keeper;
		for (unsigned int i = 0; i < adapter->n_channels; i++) {
			adapter->channels[i].port->keeper = daemon->keeper;
			keep_admin |= adapter->channels[i].port->needs_admin;
		}
		ret = bridged_identity_become(&daemon->identity, keep_admin);
	}
	if (ret)
		snprintf(daemon->reason, sizeof(daemon->reason), "giving up privileges: %s",
			 strerror(-ret));
	return ret;
}

/* Whatever becomes of this process, the next one finds the netdevs, and sockets on them, alive. */
static void park(struct daemon *daemon)
{
	for (unsigned int i = 0; i < daemon->adapter.n_channels; i++) {
		struct bridged_channel *channel = &daemon->adapter.channels[i];
		struct bridged_port *port = channel->port;
		int fd = port->class->parkable ? port->class->parkable(port) : -1;

		port->parked = daemon->parked[i].kept ||
			       (fd >= 0 && !bridged_park(i, channel->netdev, fd));
	}
}

/* To whoever reads standard output, or asked for the bridge: there it may be the same. */
static void say_ready(struct daemon *daemon)
{
	const char *netdevs[BRIDGED_CHANNELS_MAX];
	bool print = !daemon->attach.active;

	for (unsigned int i = 0; i < daemon->adapter.n_channels; i++) {
		netdevs[i] = daemon->adapter.channels[i].netdev;
		if (print)
			printf("%s%s", i ? " " : "ready ", netdevs[i]);
	}
	if (print)
		printf(" %s\n", daemon->config.adapter);
	fflush(stdout);
	bridged_attach_answer(&daemon->attach, netdevs, daemon->adapter.n_channels, NULL);
	bridged_notify("READY=1");
	if (daemon->config.background)
		bridged_background_ready();
}

static void due(void *arg)
{
	struct daemon *daemon = arg;

	bridged_control_due(&daemon->control);
	bridged_adapter_due(&daemon->adapter);
	daemon->loop.deadline = anycan_mono_min(daemon->loop.deadline, daemon->control.deadline);
}

/* From a known adapter to the end. Return: exit status. */
static int serve(struct daemon *daemon)
{
	struct bridged_adapter *adapter = &daemon->adapter;
	int ret = drop_privileges(daemon);

	if (ret)
		return fail(daemon, EXIT_FAILURE);
	ret = bridged_adapter_serve(adapter);
	if (!ret) {
		park(daemon);
		say_ready(daemon);
		daemon->loop.due = due;
		daemon->loop.arg = daemon;
		due(daemon);
		ret = bridged_loop_run(&daemon->loop, ANYCAN_NEVER);
	}
	bridged_notify("STOPPING=1");
	if (!ret && !adapter->failed)
		bridged_settle(adapter);
	if (ret || adapter->failed) {
		snprintf(daemon->reason, sizeof(daemon->reason), "%s",
			 ret ? strerror(-ret) : adapter->refusal);
		return fail(daemon, EXIT_FAILURE);
	}
	return EXIT_SUCCESS;
}

static void clean_up(struct daemon *daemon)
{
	struct bridged_adapter *adapter = &daemon->adapter;

	if (daemon->control.adapter)
		bridged_control_close(&daemon->control);
	if (adapter->transport) {
		bridged_adapter_disconnect(adapter);
		adapter->transport->class->free(adapter->transport);
	}
	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++) {
		/* No other daemon is to find the netdev. */
		if (daemon->control.detached && adapter->channels[i].port)
			adapter->channels[i].port->parked = false;
		bridged_channel_close(&adapter->channels[i]);
	}
	/* Whoever waits for the end sees that nothing is left. */
	bridged_status_close(&daemon->status);
	free(adapter->state);
	bridged_keeper_stop(daemon->keeper);
	bridged_config_free(&daemon->config);
	bridged_attach_free(&daemon->attach);
}

static void input_ready(struct bridged_source *source, uint32_t events)
{
	struct daemon *daemon = source->owner;
	char ignored[256];

	(void)events;
	if (read(source->fd, ignored, sizeof(ignored)) > 0)
		return;
	/* It would be ready for ever. */
	bridged_loop_del(&daemon->loop, source);
	daemon->loop.stop = true;
}

/* Whoever started this holds the other end, so that it ends with them however they end. */
static int watch_input(struct daemon *daemon)
{
	daemon->input = (struct bridged_source){
		.fd = STDIN_FILENO,
		.events = EPOLLIN,
		.ready = input_ready,
		.owner = daemon,
	};
	return daemon->config.until_eof ? bridged_loop_add(&daemon->loop, &daemon->input) : 0;
}

static int run(struct daemon *daemon)
{
	int ret = prepare(daemon);

	if (ret)
		return fail(daemon, ret);
	ret = bridged_loop_init(&daemon->loop);
	if (!ret)
		ret = watch_input(daemon);
	if (ret) {
		snprintf(daemon->reason, sizeof(daemon->reason), "epoll: %s", strerror(-ret));
		return fail(daemon, EXIT_FAILURE);
	}
	ret = meet_adapter_as_asked(daemon);
	if (!ret)
		ret = daemon_open_netdevs(daemon);
	if (!ret)
		daemon_finish_links(daemon);
	if (ret == -EINTR)
		return EXIT_SUCCESS;
	return ret ? fail(daemon, EXIT_FAILURE) : serve(daemon);
}

/* The command line, or what somebody asks for in its place. Return: as bridged_config_parse(). */
static int configure(struct daemon *daemon, int argc, char **argv)
{
	struct bridged_attach *attach = &daemon->attach;
	int ret = bridged_config_parse(&daemon->config, argc, argv, daemon->reason);

	if (ret || !daemon->config.attach)
		return ret;
	ret = bridged_attach_take(attach, daemon->reason);
	if (ret)
		return ret;
	optind = 0;
	ret = bridged_config_parse(&daemon->config, attach->argc, attach->argv, daemon->reason);
	daemon->config.until_eof = attach->hold;
	return ret;
}

static int begin(struct daemon *daemon)
{
	const struct sched_param batch = {0};
	int ret = 0;

	anycan_log_init("bridged", (enum anycan_log_level)daemon->config.log_level);
	if (daemon->config.listen) {
		ret = bridged_attach_listen(daemon->reason);
		return ret ? fail(daemon, EXIT_FAILURE) : EXIT_SUCCESS;
	}
	if (daemon->config.background)
		ret = bridged_background_begin();
	if (ret) {
		snprintf(daemon->reason, sizeof(daemon->reason), "going to the background: %s",
			 strerror(-ret));
		return fail(daemon, EXIT_FAILURE);
	}
	bridged_parked_take(daemon->parked);
	/* A little later, many frames at once: better than frame by frame. */
	sched_setscheduler(0, SCHED_BATCH, &batch);
	return run(daemon);
}

int main(int argc, char **argv)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	int ret;

	if (!daemon)
		abort();
	/* To be found by the name that it was started by. */
	prctl(PR_SET_NAME, basename(argv[0]));
	anycan_log_init("bridged", ANYCAN_LOG_WARNING);
	ret = configure(daemon, argc, argv);
	if (ret < 0)
		ret = fail(daemon, ret == -EINVAL ? BRIDGED_EXIT_USAGE : EXIT_FAILURE);
	else
		ret = ret ? daemon->config.exit_status : begin(daemon);
	clean_up(daemon);
	free(daemon);
	return ret;
}
