/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The sockets of running bridges: NETDEV.sock tells the status, NETDEV.ctl takes requests,
 * `attach` starts bridges.
 */
#include <anycan/bridge.h>

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define STATUS ".sock"
#define CONTROL ".ctl"
#define ATTACH "attach"

/* A bridge that hangs is not waited for longer. */
#define STATUS_TIMEOUT_MS 2000

/* Longer than what any bridge says. */
#define LINE_MAX_SIZE (1 << 20)

bool anycan_bridge_dir(unsigned int index, char *dir)
{
	const size_t size = ANYCAN_BRIDGE_PATH_SIZE;
	const char *chosen = getenv("ANYCAN_RUN_DIR"), *own = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (chosen && *chosen)
		return index == 0 && (size_t)snprintf(dir, size, "%s", chosen) < size;
	if (index == 0)
		return snprintf(dir, size, "/run/anycan") > 0;
	if (index > 1)
		return false;
	if (own && *own)
		return (size_t)snprintf(dir, size, "%s/anycan", own) < size;
	snprintf(dir, size, "/tmp/anycan-%u", (unsigned int)geteuid());
	/* Anybody may make a folder of that name. */
	return lstat(dir, &st) || (S_ISDIR(st.st_mode) && st.st_uid == geteuid());
}

/* ---- One socket */

static int reach(const char *dir, const char *name, const char *suffix, int timeout_ms)
{
	const struct timeval patience = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s%s", dir, name, suffix);
	int fd, ret;

	if (n < 0 || (size_t)n >= sizeof(address.sun_path) || strchr(name, '/'))
		return -ENOENT;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	/* What a bridge that was killed left behind serves nobody. */
	ret = errno == ECONNREFUSED || errno == ENOTDIR ? -ENOENT : -errno;
	close(fd);
	return ret;
}

/* A line, or all there is. Return: 0 or a negative errno. */
static int read_line(int fd, char **line)
{
	size_t len = 0, size = 8192;
	char *text = malloc(size), *more;
	ssize_t n = 1;
	int ret = 0;

	while (text && n > 0 && !memchr(text, '\n', len) && size < LINE_MAX_SIZE) {
		n = read(fd, text + len, size - 1 - len);
		if (n < 0)
			ret = errno == EAGAIN ? -ETIMEDOUT : -errno;
		len += n > 0 ? (size_t)n : 0;
		if (len + 1 < size)
			continue;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			free(text);
		text = more;
	}
	if (!text)
		return -ENOMEM;
	/* Whoever is turned away unheard is reset after the answer. */
	if (!len) {
		free(text);
		return ret ? ret : -EPROTO;
	}
	text[len] = 0;
	text[strcspn(text, "\n")] = 0;
	*line = text;
	return 0;
}

/* Return: 0 or a negative errno; @fd stays open. */
static int ask(int fd, const char *request, char **answer)
{
	/* Whom the bridge turns away cannot write any more, but can read why. */
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) > 0)
		send(fd, "\n", 1, MSG_NOSIGNAL);
	return read_line(fd, answer);
}

static int ask_status(const char *dir, const char *name, char **status)
{
	int fd = reach(dir, name, STATUS, STATUS_TIMEOUT_MS), ret;

	if (fd < 0)
		return fd;
	ret = read_line(fd, status);
	close(fd);
	return ret;
}

/* ---- All of them */

static int is_status_socket(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(STATUS) && !strcmp(entry->d_name + len - strlen(STATUS), STATUS);
}

/* What is done with each socket. */
struct visit {
	int (*each)(const char *dir, const char *name, char *status, void *arg);
	void *arg;
};

static int visit_dir(const char *dir, const struct visit *visit)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_status_socket, alphasort);
	char *status;
	int ret = 0;

	if (n < 0)
		return errno == ENOMEM ? -ENOMEM : 0;
	for (int i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - strlen(STATUS)] = 0;
		if (!ret && !ask_status(dir, entries[i]->d_name, &status)) {
			ret = visit->each(dir, entries[i]->d_name, status, visit->arg);
			free(status);
		}
		free(entries[i]);
	}
	free(entries);
	return ret;
}

static int visit_all(const struct visit *visit)
{
	char dir[ANYCAN_BRIDGE_PATH_SIZE];
	int ret = 0;

	for (unsigned int i = 0; !ret && anycan_bridge_dir(i, dir); i++)
		ret = visit_dir(dir, visit);
	return ret;
}

struct telling {
	int (*each)(char *status, void *arg);
	void *arg;
};

static int tell(const char *dir, const char *name, char *status, void *arg)
{
	const struct telling *telling = arg;

	(void)dir;
	(void)name;
	return telling->each(status, telling->arg);
}

int anycan_bridge_each(int (*each)(char *status, void *arg), void *arg)
{
	struct telling telling = {each, arg};
	const struct visit visit = {tell, &telling};

	return visit_all(&visit);
}

/* ---- The one that serves a netdev */

struct search {
	const char *netdev;
	char dir[ANYCAN_BRIDGE_PATH_SIZE];
	char name[ANYCAN_BRIDGE_PATH_SIZE];
};

static bool serves(const char *status, const char *netdev)
{
	struct json_object *top = json_tokener_parse(status), *links, *name;
	bool found = false;

	if (!json_object_object_get_ex(top, "links", &links) ||
	    !json_object_is_type(links, json_type_array))
		links = NULL;
	for (size_t i = 0; links && !found && i < json_object_array_length(links); i++)
		found = json_object_object_get_ex(json_object_array_get_idx(links, i), "netdev",
						  &name) &&
			!strcmp(json_object_get_string(name), netdev);
	json_object_put(top);
	return found;
}

static int find_netdev(const char *dir, const char *name, char *status, void *arg)
{
	struct search *search = arg;

	if (!serves(status, search->netdev))
		return 0;
	snprintf(search->dir, sizeof(search->dir), "%s", dir);
	snprintf(search->name, sizeof(search->name), "%s", name);
	return 1;
}

/* An adapter's further netdevs are reached by the first one's name. Return: a socket, or -ERRNO. */
static int reach_netdev(const char *netdev, const char *suffix, int timeout_ms)
{
	struct search search = {.netdev = netdev};
	const struct visit visit = {find_netdev, &search};
	char dir[ANYCAN_BRIDGE_PATH_SIZE];
	int ret = -ENOENT, found;

	for (unsigned int i = 0; ret == -ENOENT && anycan_bridge_dir(i, dir); i++)
		ret = reach(dir, netdev, suffix, timeout_ms);
	if (ret != -ENOENT)
		return ret;
	found = visit_all(&visit);
	return found > 0 ? reach(search.dir, search.name, suffix, timeout_ms)
			 : (found ? found : -ENOENT);
}

int anycan_bridge_status(const char *netdev, char **status)
{
	int fd = reach_netdev(netdev, STATUS, STATUS_TIMEOUT_MS), ret;

	if (fd < 0)
		return fd;
	ret = read_line(fd, status);
	close(fd);
	return ret;
}

int anycan_bridge_request(const char *netdev, const char *request, int timeout_ms, char **answer)
{
	int fd = reach_netdev(netdev, CONTROL, timeout_ms), ret;

	if (fd < 0)
		return fd;
	ret = ask(fd, request, answer);
	close(fd);
	return ret;
}

int anycan_bridge_attach(const char *request, int timeout_ms, char **answer, int *held)
{
	char dir[ANYCAN_BRIDGE_PATH_SIZE];
	int fd = -ENOENT, ret;

	if (held)
		*held = -1;
	if (anycan_bridge_dir(0, dir))
		fd = reach(dir, ATTACH, "", timeout_ms);
	if (fd < 0)
		return fd;
	ret = ask(fd, request, answer);
	if (ret || !held)
		close(fd);
	else
		*held = fd;
	return ret;
}
