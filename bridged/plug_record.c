// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading and writing the record of adapters.
 */
#include "plug_record.h"

#include <anycan/log.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_SIZE 1024

static const char head[] =
	"# The names of CAN adapters, kept by bridged. To forget an adapter, remove its line; to "
	"give\n"
	"# a name of your own, write it into a file in /etc/anycan: see anycan.conf(5).\n"
	"# identity vendor:product place moves|stays names\n";

static const char id_characters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.-";

struct plug_entry *plug_names_find(const struct plug_names *names, const char *id)
{
	for (unsigned int i = 0; i < names->n; i++)
		if (!strcmp(names->entries[i].id, id))
			return &names->entries[i];
	return NULL;
}

struct plug_entry *plug_record_add(struct plug_names *names, const char *id)
{
	struct plug_entry *more = realloc(names->entries, (names->n + 1) * sizeof(*names->entries));

	if (!more)
		return NULL;
	names->entries = more;
	names->changed = true;
	memset(&more[names->n], 0, sizeof(*more));
	snprintf(more[names->n].id, sizeof(more->id), "%s", id);
	return &more[names->n++];
}

/* ---- A line */

static const char *parse_names(char *list, struct plug_entry *entry)
{
	unsigned int channel = 0;
	char *name;

	while ((name = strsep(&list, ","))) {
		if (channel == BRIDGED_CHANNELS_MAX)
			return "there are more names than an adapter has channels";
		if (!strcmp(name, "-"))
			name[0] = 0;
		else if (!bridged_is_netdev_name(name, strlen(name)))
			return "there is a name that no netdev can have";
		strcpy(entry->names[channel++], name);
	}
	return NULL;
}

const char *plug_record_parse(const char *line, struct plug_entry *entry)
{
	char id[PLUG_ID_SIZE], path[PLUG_WORD_SIZE], state[8],
		list[BRIDGED_CHANNELS_MAX * IFNAMSIZ];
	int end = -1;

	memset(entry, 0, sizeof(*entry));
	if (sscanf(line, "%159s %4hx:%4hx %127s %7s %127s%n", id, &entry->vid, &entry->pid, path,
		   state, list, &end) != 6 ||
	    end < 0 || line[end])
		return "it does not have the words of an adapter";
	if (strspn(id, id_characters) != strlen(id) || !strchr(id, ':'))
		return "its first word is no identity";
	if (strcmp(state, "moves") && strcmp(state, "stays"))
		return "its fourth word is neither moves nor stays";
	strcpy(entry->id, id);
	strcpy(entry->path, strcmp(path, "-") ? path : "");
	entry->stays = !strcmp(state, "stays");
	return parse_names(list, entry);
}

static void print_entry(FILE *out, const struct plug_entry *entry)
{
	unsigned int n = BRIDGED_CHANNELS_MAX;

	while (n && !entry->names[n - 1][0])
		n--;
	fprintf(out, "%s %04x:%04x %s %s ", entry->id, entry->vid, entry->pid,
		entry->path[0] ? entry->path : "-", entry->stays ? "stays" : "moves");
	for (unsigned int i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? "," : "", entry->names[i][0] ? entry->names[i] : "-");
	fprintf(out, "%s\n", n ? "" : "-");
}

/* ---- The file */

static const char *state_dir(void)
{
	const char *dir = getenv("ANYCAN_STATE_DIR");

	return dir && *dir ? dir : PLUG_STATE_DIR;
}

/* A second line for one adapter, or for one name, is not believed. */
static const char *find_clash(const struct plug_names *names, const struct plug_entry *entry)
{
	if (plug_names_find(names, entry->id))
		return "there is a line for this adapter already";
	for (unsigned int i = 0; i < names->n * BRIDGED_CHANNELS_MAX; i++) {
		const char *name =
			names->entries[i / BRIDGED_CHANNELS_MAX].names[i % BRIDGED_CHANNELS_MAX];

		for (unsigned int channel = 0; name[0] && channel < BRIDGED_CHANNELS_MAX; channel++)
			if (!strcmp(name, entry->names[channel]))
				return "it has a name of another adapter";
	}
	return NULL;
}

static int take_line(struct plug_names *names, char *line, unsigned int number)
{
	struct plug_entry entry, *added;
	const char *why;

	line[strcspn(line, "\n")] = 0;
	if (!line[0] || line[0] == '#')
		return 0;
	why = plug_record_parse(line, &entry);
	if (!why)
		why = find_clash(names, &entry);
	if (why) {
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s:%u: %s; the line is left out, and the adapter may get another name",
			   names->path, number, why);
		names->is_damaged = true;
		return 0;
	}
	added = plug_record_add(names, entry.id);
	if (added)
		*added = entry;
	return added ? 0 : -ENOMEM;
}

/* The folder is the daemon's user's, whom root does not trust: no links, no pipes. */
static FILE *open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	FILE *in = NULL;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		in = fdopen(fd, "r");
	else
		errno = ELOOP;
	if (!in)
		close(fd);
	return in;
}

static int read_file(struct plug_names *names)
{
	char line[LINE_MAX_SIZE];
	unsigned int number = 0;
	FILE *in = open_file(names->path);
	int ret = 0;

	if (!in && errno != ENOENT)
		anycan_log(ANYCAN_LOG_WARNING, "%s: %s; names are given anew", names->path,
			   strerror(errno));
	while (in && !ret && fgets(line, sizeof(line), in))
		ret = take_line(names, line, ++number);
	if (in)
		fclose(in);
	names->changed = false;
	return ret;
}

/* A new file, of whomever the folder belongs to, whatever the umask is. */
static int create(const char *path, mode_t mode)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat folder;
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode) ||
	    (!geteuid() && !stat(state_dir(), &folder) && fchown(fd, folder.st_uid, folder.st_gid)))
		ret = -errno;
	if (!ret)
		return fd;
	close(fd);
	unlink(path);
	return ret;
}

static int open_lock(const char *path)
{
	int fd = -EEXIST;

	/* Somebody may make it between the two. */
	for (int tries = 0; tries < 2 && fd == -EEXIST; tries++) {
		fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			fd = errno == ENOENT ? create(path, 0600) : -errno;
	}
	return fd;
}

static void lock(struct plug_names *names)
{
	char path[PATH_MAX + 8];
	int fd;

	/* Whatever the umask is: the daemon reads it after it has become somebody else. */
	if (!mkdir(state_dir(), 0755) && chmod(state_dir(), 0755))
		anycan_log(ANYCAN_LOG_INFO, "%s: %s", state_dir(), strerror(errno));
	snprintf(path, sizeof(path), "%s.lock", names->path);
	fd = open_lock(path);
	if (fd >= 0 && !flock(fd, LOCK_EX)) {
		names->lock = fd;
		return;
	}
	anycan_log(ANYCAN_LOG_WARNING, "%s: %s; what is learnt of adapters now is not kept", path,
		   strerror(fd < 0 ? -fd : errno));
	if (fd >= 0)
		close(fd);
}

int plug_names_open(struct plug_names *names, enum plug_purpose purpose)
{
	*names = (struct plug_names){.lock = -1};
	snprintf(names->path, sizeof(names->path), "%s/names", state_dir());
	if (purpose == PLUG_REMEMBER)
		lock(names);
	return read_file(names);
}

static int write_file(const struct plug_names *names)
{
	char path[PATH_MAX + 8], copy[PATH_MAX + 16];
	FILE *out;
	int fd, ret;

	snprintf(path, sizeof(path), "%s.new", names->path);
	unlink(path); /* of one that was killed */
	fd = create(path, 0644);
	if (fd < 0)
		return fd;
	out = fdopen(fd, "w");
	if (!out) {
		close(fd);
		return -ENOMEM;
	}
	fputs(head, out);
	for (unsigned int i = 0; i < names->n; i++)
		print_entry(out, &names->entries[i]);
	ret = fflush(out) || fsync(fd) ? -errno : 0;
	if (fclose(out) && !ret)
		ret = -errno;
	snprintf(copy, sizeof(copy), "%s.damaged", names->path);
	if (!ret && names->is_damaged && (!unlink(copy) || errno == ENOENT) &&
	    !link(names->path, copy))
		anycan_log(ANYCAN_LOG_WARNING, "%s: what it was is kept as %s", names->path, copy);
	if (!ret && rename(path, names->path))
		ret = -errno;
	if (ret)
		unlink(path);
	return ret;
}

int plug_names_close(struct plug_names *names)
{
	int ret = 0;

	if (names->changed && names->lock >= 0)
		ret = write_file(names);
	if (ret)
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s: %s; names that are given now may be others after a restart",
			   names->path, strerror(-ret));
	if (names->lock >= 0)
		close(names->lock);
	free(names->entries);
	*names = (struct plug_names){.lock = -1};
	return ret;
}
