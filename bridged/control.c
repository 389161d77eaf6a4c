// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The control socket. Nothing here waits: a request is read as it comes, an answer fits into the
 * empty buffer of its socket, and a client that is slow or rude loses its connection only.
 */
#include "control.h"
#include "request.h"
#include "run_dir.h"

#include <anycan/log.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A request is one line from a program; it is there at once. */
#define READ_LIMIT_NS (2 * ANYCAN_NS_PER_S)

#define SUFFIX ".ctl"

/* ---- Answers */

static struct json_object *new_answer(bool ok)
{
	struct json_object *answer = json_object_new_object();

	json_object_object_add(answer, "ok", json_object_new_boolean(ok));
	return answer;
}

static void hang_up(struct bridged_client *client)
{
	if (client->state == BRIDGED_CLIENT_READING)
		bridged_loop_del(client->control->adapter->loop, &client->source);
	close(client->source.fd);
	json_object_put(client->request);
	client->request = NULL;
	client->source.fd = -1;
	client->state = BRIDGED_CLIENT_NONE;
}

/* Send @answer, which is used up; the socket's buffer is empty and larger than that. */
static void say(int fd, struct json_object *answer)
{
	const char *text = json_object_to_json_string_ext(
		answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		send(fd, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	json_object_put(answer);
}

static void answer_and_end(struct bridged_client *client, struct json_object *answer)
{
	say(client->source.fd, answer);
	hang_up(client);
}

static struct json_object *new_refusal(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static struct json_object *new_refusal(const char *format, ...)
{
	struct json_object *answer = new_answer(false);
	char reason[2 * BRIDGED_REASON_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	json_object_object_add(answer, "error", json_object_new_string(reason));
	return answer;
}

/* ---- Requests */

static const char *netdev_of(const struct bridged_client *client)
{
	return client->control->adapter->channels[client->channel].netdev;
}

static const char *text_member(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) &&
			       json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : NULL;
}

/* Bridges that share a netdev are told apart by their sockets. */
static bool is_own_name(const struct bridged_control *control, const char *name)
{
	const char *socket = strrchr(control->path, '/') + 1;

	return strlen(name) + strlen(SUFFIX) == strlen(socket) &&
	       !strncmp(socket, name, strlen(name));
}

/* By the name that it was made with, or the one that it has now. */
static bool is_called(const struct bridged_channel *channel, const char *name)
{
	int ifindex = channel->port ? channel->port->ifindex : 0;

	return !strcmp(channel->netdev, name) || (ifindex && (int)if_nametoindex(name) == ifindex);
}

/* Return: whether the request's netdev, if it names one, is served here; otherwise it is answered.
 */
static bool find_channel(struct bridged_client *client)
{
	const struct bridged_adapter *adapter = client->control->adapter;
	const char *netdev = text_member(client->request, "netdev");

	client->channel = 0;
	if (!netdev || is_own_name(client->control, netdev))
		return true;
	for (unsigned int i = 0; i < adapter->n_channels; i++) {
		if (is_called(&adapter->channels[i], netdev)) {
			client->channel = i;
			return true;
		}
	}
	answer_and_end(client, new_refusal("'%.40s' is no netdev of this bridge; ask the bridge "
					   "that `anycan status %.40s` shows",
					   netdev, netdev));
	return false;
}

static struct json_object *describe_option(const struct bridged_option *option)
{
	struct json_object *to = json_object_new_object();

	json_object_object_add(to, "key", json_object_new_string(option->name));
	json_object_object_add(to, "help", json_object_new_string(option->help));
	return to;
}

static void serve_settings(struct bridged_client *client)
{
	const struct bridged_driver *driver = client->control->adapter->driver;
	struct json_object *answer = new_answer(true);
	struct json_object *list = json_object_new_array();

	json_object_object_add(answer, "driver", json_object_new_string(driver->name));
	for (const struct bridged_option *row = driver->live; row && row->name; row++)
		json_object_array_add(list, describe_option(row));
	json_object_object_add(answer, "settings", list);
	answer_and_end(client, answer);
}

static struct json_object *unknown_key(const struct bridged_driver *driver, const char *key)
{
	char known[BRIDGED_REASON_SIZE] = "";
	size_t len = 0;

	if (!driver->live)
		return new_refusal("%s adapters have no settings that can be changed while they "
				   "run, and links have no '%.40s' (`ip link help can` lists "
				   "theirs); start bridged with it (`bridged --help`)",
				   driver->name, key);
	for (const struct bridged_option *row = driver->live; row->name && len < sizeof(known);
	     row++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, " %s", row->name);
	return new_refusal("unknown key '%.40s'; there are:%s", key, known);
}

/* One of the pair's texts, or NULL if it is none. */
static const char *pair_text(struct json_object *pair, size_t i)
{
	return bridged_request_text(json_object_array_get_idx(pair, i));
}

/* Put pair @i into .values. Return: its row, or NULL with *refusal set. */
static const struct bridged_option *take_pair(const struct bridged_client *client, size_t i,
					      struct json_object **refusal)
{
	const struct bridged_driver *driver = client->control->adapter->driver;
	struct json_object *pair = json_object_array_get_idx(client->pairs, i);
	const struct bridged_option *option;
	char reason[BRIDGED_REASON_SIZE];
	const char *key, *value;

	if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2 ||
	    !(key = pair_text(pair, 0)) || !(value = pair_text(pair, 1))) {
		*refusal = new_refusal("setting %zu is no [\"KEY\", \"VALUE\"] of printable text",
				       i + 1);
		return NULL;
	}
	option = bridged_option_find(driver->live, key);
	if (!option) {
		*refusal = unknown_key(driver, key);
		return NULL;
	}
	memset(client->control->values, 0, driver->live_size);
	if (bridged_option_set(option, value, client->control->values, reason, sizeof(reason))) {
		*refusal = new_refusal("%s", reason);
		return NULL;
	}
	return option;
}

/* From here on the client is not listened to any more. */
static void let_wait(struct bridged_client *client, enum bridged_client_state state)
{
	bridged_loop_del(client->control->adapter->loop, &client->source);
	client->state = state;
	client->done = 0;
}

/* Return: whether pair @i is a setting of the link, which is added to the wish; or *refusal. */
static bool is_of_link(struct bridged_client *client, size_t i, struct json_object **refusal)
{
	struct json_object *pair = json_object_array_get_idx(client->pairs, i);
	char reason[BRIDGED_REASON_SIZE];
	const char *key, *value;
	int ret;

	if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2 ||
	    !(key = pair_text(pair, 0)) || !(value = pair_text(pair, 1)))
		return false;
	ret = bridged_link_wish_add(&client->wish, key, value, reason);
	if (ret == -EINVAL)
		*refusal = new_refusal("%s", reason);
	return ret != -ENOENT;
}

/* How many settings there are; 0 = their list is none, or not as long as it may be. */
static size_t count_pairs(struct bridged_client *client)
{
	size_t n;

	if (!json_object_object_get_ex(client->request, "settings", &client->pairs) ||
	    !json_object_is_type(client->pairs, json_type_array))
		return 0;
	n = json_object_array_length(client->pairs);
	return n <= BRIDGED_PAIRS_MAX ? n : 0;
}

static void refuse_pairs(struct bridged_client *client)
{
	answer_and_end(client, new_refusal("\"settings\" is no array of 1 to %d "
					   "[\"KEY\", \"VALUE\"]",
					   BRIDGED_PAIRS_MAX));
}

/* All of the link. @n_link: how many of them are. */
static void serve_link_settings(struct bridged_client *client, size_t n_link,
				struct json_object *refusal)
{
	size_t n = json_object_array_length(client->pairs);

	if (!refusal && n_link < n)
		refusal = new_refusal("some of these are settings of the link (see ip link), some "
				      "are of the adapter; set them one kind after the other");
	if (refusal) {
		answer_and_end(client, refusal);
		return;
	}
	client->wish.verb = BRIDGED_LINK_SETTINGS;
	let_wait(client, BRIDGED_CLIENT_LINKING);
}

static void serve_set(struct bridged_client *client)
{
	struct json_object *refusal = NULL;
	size_t n = count_pairs(client), n_link = 0;

	if (!n) {
		refuse_pairs(client);
		return;
	}
	for (size_t i = 0; i < n && !refusal; i++)
		n_link += is_of_link(client, i, &refusal);
	if (n_link) {
		serve_link_settings(client, n_link, refusal);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (take_pair(client, i, &refusal))
			continue;
		answer_and_end(client, refusal);
		return;
	}
	let_wait(client, BRIDGED_CLIENT_CHANGING);
}

/* ---- Changes of the link */

static void serve_up(struct bridged_client *client)
{
	struct json_object *refusal = NULL, *pairs;
	size_t n = 0;

	if (json_object_object_get_ex(client->request, "settings", &pairs)) {
		n = count_pairs(client);
		if (!n) {
			refuse_pairs(client);
			return;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (!is_of_link(client, i, &refusal))
			refusal =
				new_refusal("setting %zu is none of the link (see ip link)", i + 1);
		if (!refusal)
			continue;
		answer_and_end(client, refusal);
		return;
	}
	client->wish.verb = BRIDGED_LINK_SET_UP;
	let_wait(client, BRIDGED_CLIENT_LINKING);
}

static void serve_down(struct bridged_client *client)
{
	client->wish.verb = BRIDGED_LINK_SET_DOWN;
	let_wait(client, BRIDGED_CLIENT_LINKING);
}

static void serve_restart(struct bridged_client *client)
{
	client->wish.verb = BRIDGED_LINK_RESTARTED;
	let_wait(client, BRIDGED_CLIENT_LINKING);
}

static void link_ended(void *arg, const char *refusal)
{
	struct bridged_control *control = arg;
	struct bridged_client *client = control->linking;

	control->linking = NULL;
	control->deadline = (struct anycan_mono){0}; /* the next one is due */
	if (refusal)
		anycan_log(ANYCAN_LOG_WARNING, "%s: %s", netdev_of(client), refusal);
	answer_and_end(client, refusal ? new_refusal("%s", refusal) : new_answer(true));
}

static void begin_linking(struct bridged_control *control, struct bridged_client *client)
{
	control->linking = client;
	control->link.adapter = control->adapter;
	control->link.channel = &control->adapter->channels[client->channel];
	control->link.wish = client->wish;
	control->link.ended = link_ended;
	control->link.arg = control;
	bridged_link_request_begin(&control->link);
}

/* ---- The end */

static void serve_detach(struct bridged_client *client)
{
	struct bridged_loop *loop = client->control->adapter->loop;

	anycan_log(ANYCAN_LOG_INFO, "%s: detached as requested", netdev_of(client));
	answer_and_end(client, new_answer(true));
	loop->stop = true;
}

static const struct request_type {
	const char *name;
	void (*serve)(struct bridged_client *client);
} request_types[] = {
	{"detach", serve_detach}, {"down", serve_down},		{"restart", serve_restart},
	{"set", serve_set},	  {"settings", serve_settings}, {"up", serve_up},
};

static void serve_request(struct bridged_client *client)
{
	const char *name = text_member(client->request, "request");

	if (!name) {
		answer_and_end(client, new_refusal("a request is a line of JSON with a text "
						   "\"request\""));
		return;
	}
	for (size_t i = 0; i < sizeof(request_types) / sizeof(request_types[0]); i++) {
		if (strcmp(request_types[i].name, name))
			continue;
		if (find_channel(client))
			request_types[i].serve(client);
		return;
	}
	answer_and_end(client, new_refusal("unknown request '%.40s'; this is bridged %s", name,
					   ANYCAN_VERSION));
}

static bool parse_line(struct bridged_client *client, size_t len)
{
	client->request = bridged_request_parse(client->line, len);
	return client->request;
}

static void client_ready(struct bridged_source *source, uint32_t events)
{
	struct bridged_client *client = source->owner;
	const char *end;
	ssize_t n;

	(void)events;
	if (client->state != BRIDGED_CLIENT_READING)
		return; /* ended in this very round */
	n = recv(source->fd, client->line + client->len, sizeof(client->line) - client->len,
		 MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(client);
		return;
	}
	client->len += (size_t)n;
	end = memchr(client->line, '\n', client->len);
	if (end && parse_line(client, (size_t)(end - client->line)))
		serve_request(client);
	else if (end)
		answer_and_end(client, new_refusal("the request is no line of JSON"));
	else if (client->len == sizeof(client->line))
		answer_and_end(client, new_refusal("the request has more than %d bytes",
						   BRIDGED_REQUEST_SIZE));
}

/* ---- Changes, one at a time */

static void change_done(void *arg, const char *refusal)
{
	struct bridged_control *control = arg;
	struct bridged_client *client = control->changing;
	struct json_object *pair = json_object_array_get_idx(client->pairs, client->done);
	const char *key = pair_text(pair, 0), *value = pair_text(pair, 1);
	struct json_object *answer;

	control->changing = NULL;
	control->deadline = (struct anycan_mono){0}; /* the next one is due */
	if (refusal) {
		anycan_log(ANYCAN_LOG_WARNING, "%s: %s '%s': %s", netdev_of(client), key, value,
			   refusal);
		answer = new_refusal("%s '%.200s': %s", key, value, refusal);
	} else {
		anycan_log(ANYCAN_LOG_INFO, "%s: %s set to '%s'", netdev_of(client), key, value);
		if (++client->done < json_object_array_length(client->pairs))
			return;
		answer = new_answer(true);
	}
	json_object_object_add(answer, "done", json_object_new_uint64(client->done));
	answer_and_end(client, answer);
}

static void start_change(struct bridged_control *control, struct bridged_client *client)
{
	struct json_object *refusal;
	const struct bridged_change change = {
		.channel = client->channel,
		.option = take_pair(client, client->done, &refusal),
		.values = control->values,
		.ended = change_done,
		.arg = control,
	};

	control->changing = client;
	if (bridged_adapter_set(control->adapter, &change))
		change_done(control, "the adapter is not there; plug it in (`anycan status` "
				     "shows how it is)");
}

/* What an adapter still answers to one opening must not be taken for answers to the next. */
static bool is_ready(const struct bridged_client *client)
{
	return client->state != BRIDGED_CLIENT_LINKING ||
	       client->control->adapter->channels[client->channel].state != BRIDGED_CHANNEL_OPENING;
}

/* One whose turn it is, where nobody else is at it. */
static struct bridged_client *next_in(struct bridged_control *control,
				      const struct bridged_client *busy,
				      enum bridged_client_state state)
{
	for (unsigned int i = 0; i < BRIDGED_CONTROL_CLIENTS && !busy; i++)
		if (control->clients[i].state == state && is_ready(&control->clients[i]))
			return &control->clients[i];
	return NULL;
}

void bridged_control_due(struct bridged_control *control)
{
	struct anycan_mono now = bridged_now(NULL);
	struct bridged_client *client;

	while ((client = next_in(control, control->changing, BRIDGED_CLIENT_CHANGING)))
		start_change(control, client);
	while ((client = next_in(control, control->linking, BRIDGED_CLIENT_LINKING)))
		begin_linking(control, client);
	control->deadline = ANYCAN_NEVER;
	for (unsigned int i = 0; i < BRIDGED_CONTROL_CLIENTS; i++) {
		client = &control->clients[i];
		if (client->state != BRIDGED_CLIENT_READING)
			continue;
		if (now.ns >= client->deadline.ns)
			answer_and_end(client, new_refusal("no request came within 2 s"));
		else
			control->deadline = anycan_mono_min(control->deadline, client->deadline);
	}
}

/* ---- Who may */

static bool may_control(const struct bridged_control *control, int fd)
{
	struct bridged_peer peer;

	if (bridged_peer_get(fd, &peer))
		return false;
	return !peer.uid || peer.uid == control->uid ||
	       (control->has_group && bridged_peer_is_in(&peer, control->gid));
}

static struct bridged_client *free_client(struct bridged_control *control)
{
	for (unsigned int i = 0; i < BRIDGED_CONTROL_CLIENTS; i++)
		if (control->clients[i].state == BRIDGED_CLIENT_NONE)
			return &control->clients[i];
	return NULL;
}

static void take_client(struct bridged_control *control, struct bridged_client *client, int fd)
{
	client->control = control;
	client->len = 0;
	client->wish = (struct bridged_link_wish){0};
	client->source = (struct bridged_source){
		.fd = fd,
		.events = EPOLLIN,
		.ready = client_ready,
		.owner = client,
	};
	if (bridged_loop_add(control->adapter->loop, &client->source)) {
		close(fd);
		return;
	}
	client->state = BRIDGED_CLIENT_READING;
	client->deadline = anycan_mono_after(bridged_now(NULL), READ_LIMIT_NS);
}

static void accept_client(struct bridged_source *source, uint32_t events)
{
	struct bridged_control *control = source->owner;
	struct bridged_client *client = free_client(control);
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (client && may_control(control, fd)) {
		take_client(control, client, fd);
		return;
	}
	say(fd,
	    client ? new_refusal(
			     "only root, the bridge's own user and members of group " BRIDGED_GROUP
			     " may change an adapter; use sudo, or join that group (adduser NAME "
			     "can)")
		   : new_refusal("the bridge has %d requests to answer already; try again",
				 BRIDGED_CONTROL_CLIENTS));
	close(fd);
}

int bridged_control_open(struct bridged_control *control, const char *status_path, uid_t uid,
			 char *reason)
{
	const char *dot = strrchr(status_path, '.');
	int ret = -ENOMEM;

	snprintf(control->path, sizeof(control->path), "%.*s" SUFFIX, (int)(dot - status_path),
		 status_path);
	control->uid = uid;
	control->has_group = bridged_group_find(BRIDGED_GROUP, &control->gid);
	control->deadline = ANYCAN_NEVER;
	control->values = calloc(1, control->adapter->driver->live_size + 1);
	if (control->values)
		ret = bridged_run_listen(control->path, SOCK_STREAM, uid);
	if (ret >= 0) {
		control->source = (struct bridged_source){
			.fd = ret,
			.events = EPOLLIN,
			.ready = accept_client,
			.owner = control,
		};
		ret = bridged_loop_add(control->adapter->loop, &control->source);
	}
	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "control socket %s: %s", control->path,
			 strerror(-ret));
	return ret;
}

void bridged_control_close(struct bridged_control *control)
{
	if (control->source.ready) {
		bridged_loop_del(control->adapter->loop, &control->source);
		close(control->source.fd);
		unlink(control->path);
	}
	control->source.ready = NULL;
	/* Nobody is left to hear of it. */
	control->adapter->change.ended = NULL;
	bridged_link_request_forget(&control->link);
	for (unsigned int i = 0; i < BRIDGED_CONTROL_CLIENTS; i++)
		if (control->clients[i].state != BRIDGED_CLIENT_NONE)
			hang_up(&control->clients[i]);
	free(control->values);
	control->values = NULL;
}
