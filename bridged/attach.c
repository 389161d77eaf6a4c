/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Bridges that are started for others. See attach.h.
 */
#include "attach.h"
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_SIZE 8192

/* A request is one line from a program; it is there at once. */
#define READ_LIMIT_MS 2000

/* ---- The request */

/* Return: its length, or a negative errno. */
static ssize_t read_line(char *line, size_t size)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		if (poll(&input, 1, READ_LIMIT_MS) <= 0)
			return -ETIMEDOUT;
		n = recv(STDIN_FILENO, line + len, size - len, MSG_DONTWAIT);
		if (n <= 0)
			return n ? -errno : -EPROTO;
		len += (size_t)n;
		if (line[len - 1] == '\n')
			return (ssize_t)len - 1;
	}
	return -E2BIG;
}

static bool add(struct bridged_attach *attach, const char *word)
{
	attach->argv[attach->argc++] = (char *)word;
	return word;
}

/* The words stand behind `--`, so that none of them is an option. */
static bool make_command_line(struct bridged_attach *attach)
{
	struct json_object *words, *port, *hold;
	size_t n;
	bool ok;

	if (!json_object_object_get_ex(attach->request, "words", &words) ||
	    !json_object_is_type(words, json_type_array))
		return false;
	n = json_object_array_length(words);
	ok = n && n <= BRIDGED_WORDS_MAX && add(attach, "bridged");
	if (ok && json_object_object_get_ex(attach->request, "port", &port))
		ok = add(attach, "--port") && add(attach, bridged_request_text(port));
	ok = ok && add(attach, "--");
	for (size_t i = 0; ok && i < n; i++)
		ok = add(attach, bridged_request_text(json_object_array_get_idx(words, i)));
	if (json_object_object_get_ex(attach->request, "hold", &hold))
		attach->hold = json_object_get_boolean(hold);
	return ok;
}

static bool is_attach(struct json_object *request)
{
	struct json_object *name;

	return json_object_object_get_ex(request, "request", &name) &&
	       !strcmp(json_object_get_string(name), "attach");
}

static int check_peer(struct bridged_attach *attach, char *reason)
{
	gid_t gid;
	int ret = bridged_peer_get(STDIN_FILENO, &attach->peer);

	if (ret) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "--attach: standard input is no Unix socket; this is for systemd and "
			 "bridged --listen");
		return ret;
	}
	attach->active = true;
	if (!attach->peer.uid ||
	    (bridged_group_find(BRIDGED_GROUP, &gid) && bridged_peer_is_in(&attach->peer, gid)))
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "only root and members of group " BRIDGED_GROUP " may attach adapters; use sudo, "
		 "or join that group (adduser NAME " BRIDGED_GROUP ")");
	return -EACCES;
}

bool bridged_attach_parse(struct bridged_attach *attach, const char *line, size_t len)
{
	attach->request = bridged_request_parse(line, len);
	return attach->request && is_attach(attach->request) && make_command_line(attach);
}

int bridged_attach_take(struct bridged_attach *attach, char *reason)
{
	char line[REQUEST_SIZE];
	int ret = check_peer(attach, reason);
	ssize_t len;

	if (ret)
		return ret;
	len = read_line(line, sizeof(line));
	if (len >= 0 && bridged_attach_parse(attach, line, (size_t)len))
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "the request is no line {\"request\": \"attach\", \"words\": [\"ADAPTER\", ...]} "
		 "of at most %d bytes and %d printable words",
		 REQUEST_SIZE, BRIDGED_WORDS_MAX);
	return -EPROTO;
}

void bridged_attach_free(struct bridged_attach *attach)
{
	json_object_put(attach->request);
	attach->request = NULL;
}

/* ---- Whose rights */

static int become(const struct bridged_peer *who)
{
	if (setgroups(who->n_groups, who->groups) || setegid(who->gid) || seteuid(who->uid))
		return -errno;
	return 0;
}

static int remember_self(struct bridged_peer *self)
{
	int n = getgroups(BRIDGED_PEER_GROUPS, self->groups);

	if (n < 0)
		return -errno;
	self->uid = geteuid();
	self->gid = getegid();
	self->n_groups = (size_t)n;
	return 0;
}

int bridged_attach_act(struct bridged_attach *attach, bool as_peer)
{
	int ret;

	if (!attach->active || !attach->peer.uid || attach->acting == as_peer ||
	    attach->peer.uid == getuid())
		return 0;
	/* Otherwise it would be with this process's rights. */
	if (getuid())
		return -EPERM;
	if (as_peer) {
		ret = remember_self(&attach->self);
		if (!ret)
			ret = become(&attach->peer);
	} else {
		/* First the right to change groups. */
		ret = seteuid(attach->self.uid) ? -errno : become(&attach->self);
	}
	attach->acting = as_peer;
	return ret;
}

/* ---- The answer */

void bridged_attach_answer(struct bridged_attach *attach, const char *const *netdevs,
			   unsigned int n_netdevs, const char *reason)
{
	struct json_object *answer, *list;
	const char *text;
	int null;

	if (!attach->active)
		return;
	answer = json_object_new_object();
	json_object_object_add(answer, "ok", json_object_new_boolean(netdevs != NULL));
	if (netdevs) {
		list = json_object_new_array();
		for (unsigned int i = 0; i < n_netdevs; i++)
			json_object_array_add(list, json_object_new_string(netdevs[i]));
		json_object_object_add(answer, "netdevs", list);
	} else {
		json_object_object_add(answer, "error", json_object_new_string(reason));
	}
	text = json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (send(STDIN_FILENO, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		send(STDIN_FILENO, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	json_object_put(answer);
	if (attach->hold && netdevs)
		return;
	/* The peer is not kept waiting, and number 0 stays taken. */
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		close(null);
	}
	attach->active = false;
}
