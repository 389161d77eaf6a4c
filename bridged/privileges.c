/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Giving up what the daemon no longer needs: capabilities(7), "effect of user ID changes".
 */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * From /etc/passwd itself: asking the name services would load their libraries for good, and a
 * system user is never elsewhere.
 */
static int find_user(const char *name, uid_t *uid, gid_t *gid)
{
	FILE *passwd = fopen("/etc/passwd", "re");
	const struct passwd *entry;
	int ret = -ENOENT;

	if (!passwd)
		return -errno;
	while (ret && (entry = fgetpwent(passwd))) {
		if (strcmp(entry->pw_name, name))
			continue;
		*uid = entry->pw_uid;
		*gid = entry->pw_gid;
		ret = 0;
	}
	fclose(passwd);
	return ret;
}

/* A service manager may start a user with some of them. */
static bool has_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	return !syscall(SYS_capget, &head, data) && (data[0].permitted || data[1].permitted);
}

int bridged_identity_choose(struct bridged_identity *identity, const char *user)
{
	int ret;

	*identity = (struct bridged_identity){getuid(), getgid(), false};
	if (geteuid()) {
		identity->change = has_capabilities();
		return user ? -EPERM : 0;
	}
	ret = find_user(user ? user : "anycan", &identity->uid, &identity->gid);
	if (ret && !user)
		ret = find_user("nobody", &identity->uid, &identity->gid);
	identity->change = !ret && identity->uid;
	return ret;
}

/* What is not in the other sets is no longer in the ambient one either. */
static int keep_only(uint32_t low)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{.effective = low, .permitted = low},
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int bridged_identity_become(const struct bridged_identity *identity, bool keep_admin)
{
	if (!identity->change)
		return 0;
	if (keep_admin && prctl(PR_SET_KEEPCAPS, 1))
		return -errno;
	if (!geteuid() &&
	    (setgroups(0, NULL) || setresgid(identity->gid, identity->gid, identity->gid) ||
	     setresuid(identity->uid, identity->uid, identity->uid)))
		return -errno;
	return keep_only(keep_admin ? CAP_TO_MASK(CAP_NET_ADMIN) : 0);
}
