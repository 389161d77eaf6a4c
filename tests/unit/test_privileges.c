// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/privileges.c: who the daemon becomes, and what it can no longer do then. Most of it
 * needs root; each case runs in a process of its own.
 */
#include "check.h"

#include <errno.h>
#include <linux/capability.h>
#include <privileges.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit status of a child whose test failed. */
#define CHILD_FAILED 99

#define CHILD_ASSERT(condition)                                                                    \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			_exit(CHILD_FAILED);                                                       \
		}                                                                                  \
	} while (0)

static void in_a_child(void (*test)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void need_root(void)
{
	if (geteuid()) {
		puts("only root can become somebody else");
		skip();
	}
}

/* A set of capabilities as the kernel shows it: CapEff, CapPrm, CapInh, CapAmb. */
static uint64_t capabilities(const char *set)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long long value = 0;
	char line[256];

	CHILD_ASSERT(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, set, strlen(set)))
			sscanf(line + strlen(set), ": %llx", &value);
	fclose(file);
	return value;
}

static void become_nobody(bool keep_admin, uint64_t wanted)
{
	struct bridged_identity identity;

	CHILD_ASSERT(bridged_identity_choose(&identity, "nobody") == 0);
	CHILD_ASSERT(identity.change && identity.uid);
	CHILD_ASSERT(bridged_identity_become(&identity, keep_admin) == 0);
	CHILD_ASSERT(getuid() == identity.uid && geteuid() == identity.uid);
	CHILD_ASSERT(getgid() == identity.gid && getegid() == identity.gid);
	CHILD_ASSERT(getgroups(0, NULL) == 0);
	CHILD_ASSERT(setuid(0) == -1);
	CHILD_ASSERT(capabilities("CapEff") == wanted);
	CHILD_ASSERT(capabilities("CapPrm") == wanted);
	CHILD_ASSERT(capabilities("CapInh") == 0);
	CHILD_ASSERT(capabilities("CapAmb") == 0);
}

/* As a service manager starts a user: with ambient capabilities. */
static void be_a_user_with(unsigned int n, const unsigned int *given)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	for (unsigned int i = 0; i < n; i++)
		data[0].permitted |= CAP_TO_MASK(given[i]);
	data[0].effective = data[0].inheritable = data[0].permitted;
	CHILD_ASSERT(prctl(PR_SET_KEEPCAPS, 1) == 0);
	CHILD_ASSERT(setgid(12345) == 0 && setuid(12345) == 0);
	CHILD_ASSERT(syscall(SYS_capset, &head, data) == 0);
	for (unsigned int i = 0; i < n; i++)
		CHILD_ASSERT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, given[i], 0, 0) == 0);
}

static void give_up(bool keep_admin, uint64_t wanted)
{
	static const unsigned int given[] = {CAP_NET_ADMIN, CAP_SYS_ADMIN};
	struct bridged_identity identity;

	be_a_user_with(2, given);
	CHILD_ASSERT(bridged_identity_choose(&identity, NULL) == 0);
	CHILD_ASSERT(identity.change && identity.uid == 12345);
	CHILD_ASSERT(bridged_identity_become(&identity, keep_admin) == 0);
	CHILD_ASSERT(getuid() == 12345);
	CHILD_ASSERT(capabilities("CapEff") == wanted);
	CHILD_ASSERT(capabilities("CapPrm") == wanted);
	CHILD_ASSERT(capabilities("CapInh") == 0);
	CHILD_ASSERT(capabilities("CapAmb") == 0);
}

static void give_up_all(void)
{
	give_up(false, 0);
}

static void give_up_the_rest(void)
{
	give_up(true, UINT64_C(1) << CAP_NET_ADMIN);
}

static void test_give_up(void **state)
{
	(void)state;
	need_root();
	in_a_child(give_up_all);
	in_a_child(give_up_the_rest);
}

static void become_nobody_at_all(void)
{
	become_nobody(false, 0);
}

static void become_an_admin(void)
{
	become_nobody(true, UINT64_C(1) << CAP_NET_ADMIN);
}

static void test_become(void **state)
{
	(void)state;
	need_root();
	in_a_child(become_nobody_at_all);
}

static void test_keep_admin(void **state)
{
	(void)state;
	need_root();
	in_a_child(become_an_admin);
}

static void test_choose(void **state)
{
	struct bridged_identity identity;

	(void)state;
	need_root();
	assert_int_equal(bridged_identity_choose(&identity, "no-such-user"), -ENOENT);
	assert_int_equal(bridged_identity_choose(&identity, ""), -ENOENT);
	assert_int_equal(bridged_identity_choose(&identity, NULL), 0);
	assert_true(identity.change);
	assert_int_not_equal(identity.uid, 0);
	/* Whoever wants to stay root may. */
	assert_int_equal(bridged_identity_choose(&identity, "root"), 0);
	assert_false(identity.change);
}

/* Others stay who they are, and cannot become anybody. */
static void be_a_user(void)
{
	struct bridged_identity identity;

	if (!geteuid())
		CHILD_ASSERT(setgid(12345) == 0 && setuid(12345) == 0);
	CHILD_ASSERT(bridged_identity_choose(&identity, NULL) == 0);
	CHILD_ASSERT(identity.uid == getuid() && identity.gid == getgid() && !identity.change);
	CHILD_ASSERT(bridged_identity_become(&identity, true) == 0);
	CHILD_ASSERT(bridged_identity_choose(&identity, "nobody") == -EPERM);
}

static void test_user(void **state)
{
	(void)state;
	in_a_child(be_a_user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_become),	cmocka_unit_test(test_keep_admin),
		cmocka_unit_test(test_give_up), cmocka_unit_test(test_choose),
		cmocka_unit_test(test_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
