// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/ports/vcan.c over a kernel of this test's: whose netdev it is, what is left when
 * something fails, and which changes are heard. Real kernels: tests/vm.
 */
#include "check.h"

#include <anycan/controller.h>
#include <anycan/link.h>
#include <errno.h>
#include <port.h>
#include <ports/can_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct bridged_port_class vcan_port;

/* ---- The kernel: one netdev, and changes of netdevs that are told one by one. */

struct change {
	int ifindex;
	bool deleted;
	bool up;
	int error; /* instead of a change */
};

static struct {
	bool exists;
	bool made; /* just now: then it is found */
	struct anycan_link link;
	int fail_at; /* the n-th request fails */
	int requests;
	struct change changes[8];
	unsigned int n_changes, next_change;
	int connections, sockets;
} kernel;

static int request(void)
{
	return ++kernel.requests == kernel.fail_at ? -EPERM : 0;
}

int anycan_rtnl_new(struct anycan_rtnl **out)
{
	int ret = request();

	if (!ret)
		kernel.connections++;
	*out = ret ? NULL : (struct anycan_rtnl *)&kernel;
	return ret;
}

void anycan_rtnl_free(struct anycan_rtnl *rtnl)
{
	kernel.connections -= !!rtnl;
}

int anycan_link_get(struct anycan_rtnl *rtnl, const char *name, struct anycan_link *link)
{
	int ret = kernel.made ? 0 : request();

	(void)rtnl;
	if (ret)
		return ret;
	if (!kernel.exists || strcmp(kernel.link.name, name))
		return -ENODEV;
	*link = kernel.link;
	return 0;
}

int anycan_link_add_vcan(struct anycan_rtnl *rtnl, const char *name)
{
	int ret = request();

	(void)rtnl;
	if (ret)
		return ret;
	kernel.exists = kernel.made = true;
	kernel.link = (struct anycan_link){.ifindex = 7, .kind = "vcan", .is_can = true};
	snprintf(kernel.link.name, sizeof(kernel.link.name), "%s", name);
	return 0;
}

int anycan_link_del(struct anycan_rtnl *rtnl, int ifindex)
{
	(void)rtnl;
	assert_true(kernel.exists);
	assert_int_equal(ifindex, kernel.link.ifindex);
	kernel.exists = false;
	return 0;
}

int anycan_link_set_mtu(struct anycan_rtnl *rtnl, int ifindex, uint32_t mtu)
{
	(void)rtnl;
	assert_int_equal(ifindex, kernel.link.ifindex);
	kernel.link.mtu = mtu;
	return request();
}

int anycan_link_set_alias(struct anycan_rtnl *rtnl, int ifindex, const char *alias)
{
	(void)rtnl;
	assert_int_equal(ifindex, kernel.link.ifindex);
	assert_true(strlen(alias) < ANYCAN_ALIAS_SIZE);
	strcpy(kernel.link.alias, alias);
	return request();
}

int anycan_link_hold(struct anycan_rtnl *rtnl, int ifindex, bool hold, uint32_t limit)
{
	(void)rtnl;
	(void)ifindex;
	(void)hold;
	(void)limit;
	return -EOPNOTSUPP;
}

/* What only the keeper does, when it is asked to change a netdev. */
static int not_here(void)
{
	fail_msg("the port is not to do this by itself");
	return -EPERM;
}

int anycan_link_set_up(struct anycan_rtnl *rtnl, int ifindex, bool up)
{
	(void)rtnl;
	(void)ifindex;
	(void)up;
	return not_here();
}

int anycan_link_set_txqueuelen(struct anycan_rtnl *rtnl, int ifindex, uint32_t txqueuelen)
{
	(void)rtnl;
	(void)ifindex;
	(void)txqueuelen;
	return not_here();
}

int anycan_link_set_can(struct anycan_rtnl *rtnl, int ifindex, const struct anycan_link_can *can)
{
	(void)rtnl;
	(void)ifindex;
	(void)can;
	return not_here();
}

int anycan_link_restart(struct anycan_rtnl *rtnl, int ifindex)
{
	(void)rtnl;
	(void)ifindex;
	return not_here();
}

int anycan_link_watch(struct anycan_rtnl *rtnl)
{
	int ret = request();

	(void)rtnl;
	return ret ? ret : 42;
}

int anycan_link_next(struct anycan_rtnl *rtnl, struct anycan_link *link, bool *deleted)
{
	const struct change *change = &kernel.changes[kernel.next_change];

	(void)rtnl;
	if (kernel.next_change == kernel.n_changes)
		return 0;
	kernel.next_change++;
	if (change->error)
		return change->error;
	*link = (struct anycan_link){.ifindex = change->ifindex, .up = change->up};
	*deleted = change->deleted;
	return 1;
}

int can_socket_new(struct can_socket **out, int ifindex, bool loopback)
{
	int ret = request();

	assert_int_equal(ifindex, kernel.link.ifindex);
	assert_true(loopback); /* others on the vcan are to see what comes from the bus */
	if (ret)
		return ret;
	kernel.sockets++;
	*out = (struct can_socket *)&kernel;
	return 0;
}

void can_socket_free(struct can_socket *s)
{
	kernel.sockets -= !!s;
}

int can_socket_fd(const struct can_socket *s)
{
	(void)s;
	return 43;
}

void can_socket_send(struct can_socket *s, const struct anycan_frame *frames, unsigned int n)
{
	(void)s;
	(void)frames;
	(void)n;
}

unsigned int can_socket_recv(struct can_socket *s, struct anycan_frame *frames, unsigned int max)
{
	(void)s;
	(void)frames;
	(void)max;
	return 0;
}

void can_socket_drops(const struct can_socket *s, struct bridged_port_drops *drops)
{
	(void)s;
	memset(drops, 0, sizeof(*drops));
}

/* ---- The port */

static int set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	return 0;
}

/* A netdev that was there before. */
static void add_netdev(const char *kind, const char *alias)
{
	kernel.exists = true;
	kernel.link = (struct anycan_link){.ifindex = 5, .name = "can0", .is_can = true};
	strcpy(kernel.link.kind, kind);
	strcpy(kernel.link.alias, alias);
}

static int open_port(struct bridged_port **port, char *reason)
{
	const struct bridged_port_config config = {
		.netdev = "can0",
		.adapter = "slcan:/dev/ttyUSB0",
	};

	return vcan_port.open(port, &config, reason);
}

static void check_nothing_open(void)
{
	assert_int_equal(kernel.connections, 0);
	assert_int_equal(kernel.sockets, 0);
}

static void test_make(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	struct bridged_port *port;

	(void)state;
	assert_int_equal(open_port(&port, reason), 0);
	assert_true(kernel.exists);
	assert_int_equal(kernel.link.mtu, CAN_MTU);
	assert_string_equal(kernel.link.alias, "anycan slcan:/dev/ttyUSB0");
	assert_false(vcan_port.is_up(port));
	vcan_port.close(port);
	assert_false(kernel.exists);
	check_nothing_open();
}

/* Whose it is when it was there before, by its alias. */
static const struct {
	const char *alias;
	bool goes; /* with the daemon */
} owners[] = {
	{"", false},
	{"the boat's bus", false},
	{"anycan slcan:/dev/ttyUSB0", true},  /* a bridged of this adapter was killed */
	{"anycan slcan:/dev/ttyUSB1", false}, /* another's, who shares it */
	{"anycan slcan:/dev/ttyUSB00", false},
	{"anycan", false},
};

static void test_share(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	struct bridged_port *port;

	for (size_t i = 0; i < TEST_COUNT(owners); i++) {
		set_up(state);
		add_netdev("vcan", owners[i].alias);
		kernel.link.mtu = 72;
		kernel.link.up = true;
		assert_int_equal(open_port(&port, reason), 0);
		assert_true(vcan_port.is_up(port));
		assert_int_equal(kernel.link.mtu, 72);
		assert_string_equal(kernel.link.alias, owners[i].alias);
		vcan_port.close(port);
		assert_int_equal(kernel.exists, !owners[i].goes);
		check_nothing_open();
	}
}

static void test_taken(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	struct bridged_port *port;

	(void)state;
	add_netdev("vxcan", "");
	assert_int_equal(open_port(&port, reason), -EEXIST);
	assert_non_null(strstr(reason, "can0"));
	assert_non_null(strstr(reason, "vxcan"));
	assert_non_null(strstr(reason, "ip link del can0"));
	assert_true(kernel.exists);
	kernel.link.is_can = false;
	assert_int_equal(open_port(&port, reason), -EEXIST);
	assert_null(strstr(reason, "ip link del")); /* not to be recommended for eth0 */
	check_nothing_open();
}

/* Whatever is refused: the netdev is gone if it was made, and stays if it was there. */
static void test_failures(void **state)
{
	for (int there = 0; there < 2; there++) {
		int fail_at = 1, ret = -EPERM;

		for (; ret == -EPERM; fail_at++) {
			char reason[BRIDGED_REASON_SIZE] = "";
			struct bridged_port *port = NULL;

			set_up(state);
			if (there)
				add_netdev("vcan", "");
			kernel.fail_at = fail_at;
			ret = open_port(&port, reason);
			if (!ret)
				vcan_port.close(port);
			else
				assert_non_null(strstr(reason, "can0"));
			assert_int_equal(kernel.exists, there);
			check_nothing_open();
		}
		assert_int_equal(ret, 0);
		assert_true(fail_at > 6);
	}
}

/* What the kernel tells, and what the port says of it. */
static const struct {
	const char *name;
	struct change changes[4];
	unsigned int events;
	bool up;
} heard[] = {
	{"nothing", {{0}}, 0, false},
	{"set up", {{.ifindex = 5, .up = true}}, BRIDGED_PORT_LINK, true},
	{"up and down", {{.ifindex = 5, .up = true}, {.ifindex = 5}}, BRIDGED_PORT_LINK, false},
	{"another set up", {{.ifindex = 9, .up = true}}, 0, false},
	{"another deleted", {{.ifindex = 9, .deleted = true}}, 0, false},
	{"deleted", {{.ifindex = 5, .deleted = true}}, BRIDGED_PORT_GONE, false},
	{"changes were lost", {{.error = -ENOBUFS}}, BRIDGED_PORT_LINK, false},
	{"another deleted, then changes were lost",
	 {{.ifindex = 9, .deleted = true}, {.error = -ENOBUFS}},
	 BRIDGED_PORT_LINK,
	 false},
	{"changes were lost, then set up",
	 {{.error = -ENOBUFS}, {.ifindex = 5, .up = true}},
	 BRIDGED_PORT_LINK,
	 true},
};

static void test_changes(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	struct bridged_port *port;

	for (size_t i = 0; i < TEST_COUNT(heard); i++) {
		set_up(state);
		add_netdev("vcan", "");
		assert_int_equal(open_port(&port, reason), 0);
		memcpy(kernel.changes, heard[i].changes, sizeof(heard[i].changes));
		while (kernel.changes[kernel.n_changes].ifindex ||
		       kernel.changes[kernel.n_changes].error)
			kernel.n_changes++;
		if (vcan_port.handle(port, 1) != heard[i].events ||
		    vcan_port.is_up(port) != heard[i].up)
			fail_msg("%s", heard[i].name);
		vcan_port.close(port);
	}
}

/* It was deleted, and that is what was lost. */
static void test_lost_deletion(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	struct bridged_port *port;

	(void)state;
	add_netdev("vcan", "");
	assert_int_equal(open_port(&port, reason), 0);
	kernel.exists = false;
	kernel.changes[0].error = -ENOBUFS;
	kernel.n_changes = 1;
	assert_int_equal(vcan_port.handle(port, 1), BRIDGED_PORT_GONE);
	vcan_port.close(port);
	check_nothing_open();
}

static void test_descriptors(void **state)
{
	char reason[BRIDGED_REASON_SIZE];
	int fds[BRIDGED_PORT_FDS];
	struct bridged_port *port;

	(void)state;
	assert_int_equal(open_port(&port, reason), 0);
	vcan_port.fds(port, fds);
	assert_int_equal(fds[0], 43);
	assert_int_equal(fds[1], 42);
	assert_int_equal(fds[2], -1);
	assert_int_equal(vcan_port.handle(port, 0), BRIDGED_PORT_FRAMES);
	assert_null(vcan_port.set_carrier);
	assert_null(vcan_port.hold);
	vcan_port.close(port);
	vcan_port.close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_make, set_up),
		cmocka_unit_test(test_share),
		cmocka_unit_test_setup(test_taken, set_up),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_changes),
		cmocka_unit_test_setup(test_lost_deletion, set_up),
		cmocka_unit_test_setup(test_descriptors, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
