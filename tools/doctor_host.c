// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Facts of the kernel, the user and what is installed. Sources: proc(5), modules.dep(5),
 * modprobe.d(5), the UEFI variable SecureBoot, security/lockdown, kernel/module/signing.c.
 */
#include "bridged.h"
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/can.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#define PATH_SIZE 512
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SIGNATURE "~Module signature appended~\n"

/* In order of enum doctor_module_id; file names have - or _. */
static const char *const names[DOCTOR_MODULES] = {
	"can", "can_raw", "can_dev", "vcan", "vxcan", "cantap", "slcan", "gs_usb",
};

/* What a file of one line says. Return: its length without newline; 0 if it cannot be read. */
static size_t read_text(const char *root, const char *path, char *text, size_t size)
{
	char full[PATH_SIZE];
	ssize_t n;
	int fd;

	snprintf(full, sizeof(full), "%s%s", root, path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		n = 0;
	text[n] = '\0';
	return (size_t)n;
}

static bool exists(const char *root, const char *folder, const char *name)
{
	char full[PATH_SIZE];

	snprintf(full, sizeof(full), "%s%s/%s", root, folder, name);
	return !access(full, F_OK);
}

/* ---- The kernel */

static bool has_can(const char *root)
{
	int fd;

	if (root[0])
		return exists(root, "/proc/net", "can");
	fd = socket(AF_CAN, SOCK_RAW, CAN_RAW);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void take_config_line(struct doctor_kernel *kernel, const char *line)
{
	if (!strncmp(line, "CONFIG_CAN=", 11))
		kernel->config = line[11] == 'y' ? DOCTOR_CONFIG_BUILT_IN : DOCTOR_CONFIG_MODULE;
	else if (!strncmp(line, "# CONFIG_CAN is not set", 23))
		kernel->config = DOCTOR_CONFIG_NO;
}

/* Where the kernel's configuration may be; with or without compression. */
static void read_config(struct doctor_kernel *kernel, const char *root)
{
	char paths[3][PATH_SIZE], line[512];

	snprintf(paths[0], PATH_SIZE, "%s/proc/config.gz", root);
	snprintf(paths[1], PATH_SIZE, "%s/boot/config-%s", root, kernel->release);
	snprintf(paths[2], PATH_SIZE, "%s/lib/modules/%s/config", root, kernel->release);
	for (int i = 0; i < 3; i++) {
		gzFile file = gzopen(paths[i], "re");

		while (file && gzgets(file, line, sizeof(line)))
			take_config_line(kernel, line);
		if (file)
			gzclose(file);
		if (kernel->config != DOCTOR_CONFIG_UNKNOWN)
			return;
	}
}

static bool is_module(const char *file, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++, name++)
		if (file[i] != *name && !(file[i] == '-' && *name == '_'))
			return false;
	return !*name;
}

/* The module that a path such as `kernel/net/can/can-raw.ko.xz` is of, or DOCTOR_MODULES. */
static enum doctor_module_id module_of(const char *path)
{
	const char *end = path + strcspn(path, ":\n"), *file = path;
	const char *dot;
	int id = 0;

	for (const char *p = path; p < end; p++)
		if (*p == '/')
			file = p + 1;
	dot = memchr(file, '.', (size_t)(end - file));
	while (dot && id < DOCTOR_MODULES && !is_module(file, (size_t)(dot - file), names[id]))
		id++;
	return dot ? (enum doctor_module_id)id : DOCTOR_MODULES;
}

/* Whether a module ends with a signature; compressed ones are believed to. */
static bool is_signed(const char *path)
{
	char tail[sizeof(SIGNATURE)] = "";
	size_t len = strlen(SIGNATURE);
	FILE *file;

	if (strcmp(path + strlen(path) - 3, ".ko"))
		return true;
	file = fopen(path, "re");
	if (!file)
		return true;
	if (fseek(file, -(long)len, SEEK_END) || fread(tail, 1, len, file) != len)
		tail[0] = '\0';
	fclose(file);
	return !strcmp(tail, SIGNATURE);
}

static void read_modules(struct doctor_kernel *kernel, const char *root, const char *list,
			 bool built_in)
{
	char folder[PATH_SIZE], path[2 * PATH_SIZE], line[PATH_SIZE - 1];
	FILE *file;

	snprintf(folder, sizeof(folder), "%s/lib/modules/%s", root, kernel->release);
	snprintf(path, sizeof(path), "%s/%s", folder, list);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		enum doctor_module_id id = module_of(line);

		if (id == DOCTOR_MODULES)
			continue;
		kernel->modules[id].available = true;
		kernel->modules[id].loaded |= built_in;
		line[strcspn(line, ":\n")] = '\0';
		snprintf(path, sizeof(path), "%s/%s", folder, line);
		kernel->modules[id].is_signed = built_in || is_signed(path);
	}
	if (file)
		fclose(file);
}

static void take_modprobe_line(struct doctor_kernel *kernel, const char *path, char *line)
{
	char *word = strtok(line, " \t\n"), *name = strtok(NULL, " \t\n");
	char *command = strtok(NULL, " \t\n");
	bool refuses = word && name && !strcmp(word, "install") && command &&
		       (strstr(command, "/true") || strstr(command, "/false"));

	if (!refuses && !(word && name && !strcmp(word, "blacklist")))
		return;
	for (int id = 0; id < DOCTOR_MODULES; id++)
		if (is_module(name, strlen(name), names[id]))
			snprintf(kernel->modules[id].blacklist,
				 sizeof(kernel->modules[id].blacklist), "%s", path);
}

static void read_modprobe(struct doctor_kernel *kernel, const char *root, const char *folder)
{
	char full[PATH_SIZE], path[PATH_SIZE], line[512];
	struct dirent **entries;
	int n;

	snprintf(full, sizeof(full), "%s%s", root, folder);
	n = scandir(full, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		size_t len = strlen(entries[i]->d_name);
		FILE *file = NULL;

		if (len > 5 && !strcmp(entries[i]->d_name + len - 5, ".conf")) {
			snprintf(path, sizeof(path), "%.250s/%.250s", full, entries[i]->d_name);
			file = fopen(path, "re");
		}
		while (file && fgets(line, sizeof(line), file))
			take_modprobe_line(kernel, path + strlen(root), line);
		if (file)
			fclose(file);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void read_security(struct doctor_kernel *kernel, const char *root)
{
	char text[128];

	/* Four bytes of attributes, then the value. */
	if (read_text(root, SECURE_BOOT, text, sizeof(text)) >= 5)
		kernel->secure_boot = text[4] == 1;
	if (read_text(root, "/sys/module/module/parameters/sig_enforce", text, sizeof(text)))
		kernel->wants_signatures = text[0] == 'Y' || text[0] == '1';
	if (read_text(root, "/sys/kernel/security/lockdown", text, sizeof(text)))
		kernel->wants_signatures |=
			strstr(text, "[integrity]") || strstr(text, "[confidentiality]");
}

static void collect_kernel(struct doctor_kernel *kernel, const char *root)
{
	struct utsname system;

	kernel->has_can = has_can(root);
	if (read_text(root, "/proc/sys/kernel/osrelease", kernel->release, sizeof(kernel->release)))
		kernel->release[strcspn(kernel->release, "\n")] = '\0';
	else if (!uname(&system))
		snprintf(kernel->release, sizeof(kernel->release), "%s", system.release);
	read_config(kernel, root);
	read_modules(kernel, root, "modules.dep", false);
	read_modules(kernel, root, "modules.builtin", true);
	for (int id = 0; id < DOCTOR_MODULES; id++)
		kernel->modules[id].loaded |= exists(root, "/sys/module", names[id]);
	read_modprobe(kernel, root, "/lib/modprobe.d");
	read_modprobe(kernel, root, "/etc/modprobe.d");
	read_security(kernel, root);
}

/* ---- All of it */

static void collect_user(struct doctor_user *user)
{
	const struct group *group = getgrnam("can");
	gid_t groups[256];
	int n = getgroups(256, groups);

	user->is_root = geteuid() == 0;
	user->has_group = group != NULL;
	for (int i = 0; group && i < n; i++)
		user->in_group |= groups[i] == group->gr_gid;
}

void doctor_collect_host(struct doctor_facts *facts, const char *root)
{
	collect_kernel(&facts->kernel, root);
	collect_user(&facts->user);
	facts->has_bridged = bridged_find();
#ifdef HAVE_LIBDEFLATE
	facts->has_libdeflate = true;
#endif
	snprintf(facts->version, sizeof(facts->version), "%s", ANYCAN_VERSION);
}
