// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The control socket: a Unix stream socket for any number of clients, and the client itself.
 */
#include "control.h"

#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	LINE = 1024
};

struct control_client {
	struct sim_watch watch;
	struct sim *sim;
	struct control_client **list;
	struct control_client *next;
	char line[LINE];
	size_t len;
};

struct sim_control {
	struct sim_watch watch;
	struct sim *sim;
	char *path;
	struct control_client *clients;
};

static void client_close(struct control_client *client)
{
	struct control_client **link = client->list;
	int fd = client->watch.fd;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	sim_loop_forget(&client->sim->loop, &client->watch);
	close(fd);
	free(client);
}

static bool client_answer(struct control_client *client, char *line)
{
	struct json_object *answer = json_object_new_object();
	struct sim_why why;
	const char *text;
	size_t len;
	bool sent;
	int err;

	json_object_object_add(answer, "ok", NULL);
	err = sim_command(client->sim, line, answer, &why);
	json_object_object_add(answer, "ok", json_object_new_boolean(!err));
	if (err)
		json_object_object_add(answer, "error", json_object_new_string(why.text));
	text = json_object_to_json_string_length(answer, JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	/* An answer fits into the socket's buffer; who lets them pile up is cut off. */
	sent = send(client->watch.fd, text, len, MSG_NOSIGNAL | MSG_MORE) == (ssize_t)len &&
	       send(client->watch.fd, "\n", 1, MSG_NOSIGNAL) == 1;
	json_object_put(answer);
	return sent;
}

static bool client_lines(struct control_client *client)
{
	char *end;

	while ((end = memchr(client->line, '\n', client->len))) {
		size_t used = (size_t)(end - client->line) + 1;

		*end = '\0';
		if (!client_answer(client, client->line))
			return false;
		client->len -= used;
		memmove(client->line, client->line + used, client->len);
	}
	return client->len < sizeof(client->line);
}

static void client_ready(struct sim_watch *watch, uint32_t events)
{
	struct control_client *client = (struct control_client *)watch;
	ssize_t n = read(watch->fd, client->line + client->len, sizeof(client->line) - client->len);

	(void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		client->len += (size_t)n;
	if (n <= 0 || !client_lines(client))
		client_close(client);
}

static void control_accept(struct sim_watch *watch, uint32_t events)
{
	struct sim_control *control = (struct sim_control *)watch;
	int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct control_client *client;

	(void)events;
	if (fd < 0)
		return;
	client = calloc(1, sizeof(*client));
	if (!client)
		goto err_close;
	client->watch.ready = client_ready;
	client->sim = control->sim;
	client->list = &control->clients;
	if (sim_loop_watch(&control->sim->loop, &client->watch, fd, EPOLLIN))
		goto err_free;
	client->next = control->clients;
	control->clients = client;
	return;

err_free:
	free(client);
err_close:
	close(fd);
}

static int control_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}

/* Takes the name over from a simulator that was killed, not from one that runs. */
static int control_bind(int fd, const struct sockaddr_un *address)
{
	int probe;

	if (!bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		return 0;
	if (errno != EADDRINUSE)
		return -errno;
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!connect(probe, (const struct sockaddr *)address, sizeof(*address)) ||
	    errno != ECONNREFUSED) {
		close(probe);
		return -EADDRINUSE;
	}
	close(probe);
	unlink(address->sun_path);
	return bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;
}

int sim_control_open(struct sim *sim, const char *path, struct sim_control **out,
		     struct sim_why *why)
{
	struct sim_control *control = calloc(1, sizeof(*control));
	struct sockaddr_un address;
	int fd = -1, err = control ? control_address(&address, path) : -ENOMEM;

	if (err)
		goto err_free;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	err = fd < 0 ? -errno : control_bind(fd, &address);
	if (err)
		goto err_free;
	control->path = strdup(path);
	control->sim = sim;
	control->watch.ready = control_accept;
	err = listen(fd, 16) ? -errno : sim_loop_watch(&sim->loop, &control->watch, fd, EPOLLIN);
	if (err)
		goto err_unlink;
	*out = control;
	return 0;

err_unlink:
	unlink(path);
	free(control->path);
err_free:
	if (fd >= 0)
		close(fd);
	free(control);
	return sim_why(why, err, "control socket %s: %s", path, strerror(-err));
}

void sim_control_close(struct sim_control *control)
{
	int fd;

	if (!control)
		return;
	while (control->clients)
		client_close(control->clients);
	fd = control->watch.fd;
	sim_loop_forget(&control->sim->loop, &control->watch);
	close(fd);
	unlink(control->path);
	free(control->path);
	free(control);
}

/* ---- the client */

static int ctl_ask(int fd, int argc, char **argv)
{
	FILE *stream = fdopen(fd, "r+");
	char *line = NULL;
	size_t size = 0;
	bool ok = false;

	if (!stream)
		return 1;
	for (int i = 0; i < argc; i++)
		fprintf(stream, "%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
	fflush(stream);
	if (getline(&line, &size, stream) > 0) {
		struct json_object *answer = json_tokener_parse(line);
		struct json_object *value;

		ok = json_object_object_get_ex(answer, "ok", &value) &&
		     json_object_get_boolean(value);
		json_object_put(answer);
		fputs(line, stdout);
	} else {
		fprintf(stderr, "anycan-sim ctl: no answer\n");
	}
	free(line);
	fclose(stream);
	return ok ? 0 : 1;
}

int sim_ctl(int argc, char **argv)
{
	struct sockaddr_un address;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: anycan-sim ctl SOCKET COMMAND...\n%s", sim_control_help());
		return 2;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || control_address(&address, argv[0]) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		fprintf(stderr, "anycan-sim ctl: %s: %s\n", argv[0], strerror(errno));
		return 1;
	}
	return ctl_ask(fd, argc - 1, argv + 1);
}
