// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/plug_names.c, plug_record.c and plug.c: who an adapter is, and that its netdevs keep
 * their names, in whatever order and wherever adapters are plugged in.
 */
#include "check.h"
#include "plug_sysfs.h"
#include "random.h"

#include <anycan/log.h>
#include <errno.h>
#include <plug.h>
#include <plug_names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Plugging in, as udev and the unit do it */

struct outcome {
	char id[PLUG_ID_SIZE];
	char name[IFNAMSIZ];
	char reason[BRIDGED_REASON_SIZE];
	int ret;
};

static void meet(const struct plug_sysfs *fs, const char *place, const char *driver,
		 struct outcome *outcome)
{
	struct plug_device *device = calloc(1, sizeof(*device));
	struct plug_wish wish = {.id = outcome->id};
	char path[256];
	struct plug plug;

	memset(outcome, 0, sizeof(*outcome));
	snprintf(path, sizeof(path), "%s/%s", fs->root, place);
	assert_int_equal(plug_open(&plug, PLUG_REMEMBER), 0);
	assert_int_equal(plug_device_read(fs->root, path, device), 0);
	plug_driver_of(&plug.config, driver, device);
	assert_int_not_equal(device->driver[0], 0);
	assert_int_equal(plug_names_identify(&plug.names, fs->root, device, outcome->id), 0);
	wish.channel = device->channel;
	wish.own = device->kind == PLUG_NET ? device->name : NULL;
	outcome->ret = plug_name(&plug, device, &wish, outcome->name, outcome->reason);
	plug_close(&plug);
	free(device);
}

static int setup(void **state)
{
	struct plug_sysfs *fs = calloc(1, sizeof(*fs));

	assert_non_null(fs);
	plug_sysfs_new(fs);
	*state = fs;
	return 0;
}

static int teardown(void **state)
{
	struct plug_sysfs *fs = *state;

	plug_sysfs_free(fs);
	free(fs);
	return 0;
}

static const struct fake_adapter analyst = {.vid = "04d8", .pid = "0053"};
static const struct fake_adapter numbered = {.vid = "04d8", .pid = "0053", .serial = "S1"};

static void check(const struct plug_sysfs *fs, const char *port, const char *id, const char *name)
{
	struct outcome outcome;
	char place[64];

	snprintf(place, sizeof(place), "bus/usb/devices/1-%s", port);
	meet(fs, place, NULL, &outcome);
	assert_string_equal(outcome.id, id);
	assert_string_equal(outcome.name, name);
	assert_int_equal(outcome.ret, 0);
}

static void test_moves(void **state)
{
	const struct plug_sysfs *fs = *state;

	plug_sysfs_plug(fs, "1", &numbered);
	check(fs, "1", "canalystii:S1", "can0");
	plug_sysfs_plug(fs, "2", &analyst);
	check(fs, "2", "canalystii::pci-0000:00:14.0-usb-0:2", "can1");
	plug_sysfs_unplug(fs, "1");
	plug_sysfs_unplug(fs, "2");
	plug_sysfs_plug(fs, "4.2", &numbered);
	check(fs, "4.2", "canalystii:S1", "can0");
	/* Without a number nobody knows that it is the same one. */
	plug_sysfs_plug(fs, "3", &analyst);
	check(fs, "3", "canalystii::pci-0000:00:14.0-usb-0:3", "can2");
	plug_sysfs_plug(fs, "2", &analyst);
	check(fs, "2", "canalystii::pci-0000:00:14.0-usb-0:2", "can1");
}

/* A second one of the same number comes to one that is known. */
static void test_twin_comes(void **state)
{
	const struct plug_sysfs *fs = *state;

	plug_sysfs_plug(fs, "1", &numbered);
	check(fs, "1", "canalystii:S1", "can0");
	plug_sysfs_plug(fs, "2", &numbered);
	check(fs, "2", "canalystii::pci-0000:00:14.0-usb-0:2", "can1");
	/* The first one keeps its unit and its name, as long as it stays where it is. */
	check(fs, "1", "canalystii:S1", "can0");
	/* Alone, they are still told apart. */
	plug_sysfs_unplug(fs, "1");
	check(fs, "2", "canalystii::pci-0000:00:14.0-usb-0:2", "can1");
	plug_sysfs_unplug(fs, "2");
	plug_sysfs_plug(fs, "1", &numbered);
	check(fs, "1", "canalystii:S1", "can0");
	plug_sysfs_plug(fs, "3", &numbered);
	check(fs, "3", "canalystii::pci-0000:00:14.0-usb-0:3", "can2");
}

/* Both are there before anybody looks. */
static void test_twins_together(void **state)
{
	const struct plug_sysfs *fs = *state;

	plug_sysfs_plug(fs, "1", &numbered);
	plug_sysfs_plug(fs, "2", &numbered);
	check(fs, "2", "canalystii::pci-0000:00:14.0-usb-0:2", "can0");
	check(fs, "1", "canalystii::pci-0000:00:14.0-usb-0:1", "can1");
	plug_sysfs_unplug(fs, "2");
	check(fs, "1", "canalystii::pci-0000:00:14.0-usb-0:1", "can1");
}

/* One driver, one number, but another kind of device. */
static void test_number_of_another(void **state)
{
	static const struct fake_adapter first = {"0403", "ffa8", "7", NULL, NULL, "ttyUSB0", {0}};
	static const struct fake_adapter other = {"16d0", "117e", "7", NULL, NULL, "ttyACM0", {0}};
	const struct plug_sysfs *fs = *state;
	struct outcome outcome;

	plug_sysfs_plug(fs, "1", &first);
	plug_sysfs_plug(fs, "2", &other);
	meet(fs, "class/tty/ttyUSB0", "slcan", &outcome);
	assert_string_equal(outcome.id, "slcan:7");
	meet(fs, "class/tty/ttyACM0", "slcan", &outcome);
	assert_string_equal(outcome.id, "slcan::pci-0000:00:14.0-usb-0:2");
	assert_string_equal(outcome.name, "can1");
}

/* What is not safe for a unit's name is replaced, and never meets another. */
static void test_safe_words(void **state)
{
	static const char *const serials[] = {
		"A B",
		"A_B",
		"A/B",
		"\xc3\xa4",
		"A%B",
		"0123456789012345678901234567890123456789012345678901234567890123456789",
		"0123456789012345678901234567890123456789012345678901234567890123456780"};
	const struct plug_sysfs *fs = *state;
	char ids[TEST_COUNT(serials)][PLUG_ID_SIZE];

	for (size_t i = 0; i < TEST_COUNT(serials); i++) {
		struct fake_adapter adapter = numbered;
		struct outcome outcome;

		adapter.serial = serials[i];
		plug_sysfs_plug(fs, "1", &adapter);
		meet(fs, "bus/usb/devices/1-1", NULL, &outcome);
		strcpy(ids[i], outcome.id);
		assert_int_equal(strspn(outcome.id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						    "abcdefghijklmnopqrstuvwxyz0123456789:_.-"),
				 strlen(outcome.id));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ids[k], ids[i]);
		plug_sysfs_unplug(fs, "1");
	}
}

/* ---- Names */

static void test_name_taken(void **state)
{
	const struct plug_sysfs *fs = *state;

	/* A netdev that exists, one of a file: neither is taken from them. */
	plug_sysfs_netdev(fs, "can0", NULL);
	plug_sysfs_write(fs->conf, "a.conf", "[Match]\nSerial=other\n[Link]\nname=can1\n");
	plug_sysfs_plug(fs, "1", &analyst);
	check(fs, "1", "canalystii::pci-0000:00:14.0-usb-0:1", "can2");
	/* A file takes the name later: the adapter gets another, for good. */
	plug_sysfs_write(fs->conf, "a.conf", "[Match]\nSerial=other\n[Link]\nname=can2\n");
	check(fs, "1", "canalystii::pci-0000:00:14.0-usb-0:1", "can1");
	plug_sysfs_write(fs->conf, "a.conf", "[Match]\nSerial=other\n[Link]\nname=left\n");
	check(fs, "1", "canalystii::pci-0000:00:14.0-usb-0:1", "can1");
}

static void test_configured(void **state)
{
	const struct plug_sysfs *fs = *state;
	struct outcome outcome;

	plug_sysfs_plug(fs, "1", &numbered);
	check(fs, "1", "canalystii:S1", "can0");
	plug_sysfs_write(fs->conf, "a.conf", "[Match]\nVendor=04d8\n[Link]\nname=left,right\n");
	meet(fs, "bus/usb/devices/1-1", NULL, &outcome);
	assert_int_equal(outcome.ret, 1);
	assert_string_equal(outcome.name, "left");
	/* A name for two: who is to have it? */
	plug_sysfs_plug(fs, "2", &analyst);
	meet(fs, "bus/usb/devices/1-1", NULL, &outcome);
	assert_int_equal(outcome.ret, -ENOTUNIQ);
	assert_non_null(strstr(outcome.reason, "a.conf:4: left is the name of two adapters"));
	assert_non_null(
		strstr(outcome.reason, "usb-0:1 and canalystii at pci-0000:00:14.0-usb-0:2"));
	/* A file with a mistake is not guessed at. */
	plug_sysfs_write(fs->conf, "a.conf", "[Match]\nVendor=04d8\n[Link]\nname=left\nup=x\n");
	plug_sysfs_unplug(fs, "2");
	meet(fs, "bus/usb/devices/1-1", NULL, &outcome);
	assert_int_equal(outcome.ret, -EINVAL);
	assert_non_null(strstr(outcome.reason, "a.conf:5: up 'x'"));
}

static void test_kernels_netdevs(void **state)
{
	static const struct fake_adapter candle = {"1d50",   "606f", "0041",	      NULL,
						   "gs_usb", NULL,   {"can0", "can1"}};
	const struct plug_sysfs *fs = *state;
	struct outcome outcome;

	plug_sysfs_plug(fs, "2", &numbered);
	check(fs, "2", "canalystii:S1", "can0");
	/* The kernel has numbered from 0; that is taken, though the netdev is not there now. */
	plug_sysfs_plug(fs, "1", &candle);
	meet(fs, "class/net/can1", NULL, &outcome);
	assert_string_equal(outcome.id, "gs_usb:0041");
	assert_string_equal(outcome.name, "can1");
	meet(fs, "class/net/can0", NULL, &outcome);
	assert_string_equal(outcome.name, "can2");
}

/* ---- The record */

static void test_damage(void **state)
{
	const struct plug_sysfs *fs = *state;
	char *text;

	mkdir(fs->state, 0700);
	plug_sysfs_write(fs->state, "names",
			 "canalystii:S1 04d8:0053 - moves can5\n"
			 "\x01\x02rubbish\n"
			 "canalystii:S2 04d8:0053 - moves can5\n"
			 "canalystii:S1 04d8:0053 - moves can6\n"
			 "canalystii:S3 04d8:0053 - moves a/b\n"
			 "canalystii:S4 04d8:0053 - sometimes can7\n"
			 "canalystii:S6 04d8:0053 - moves 1,2,3,4,5,6,7,8,9\n"
			 "canalystii:S5 04d8:00");
	plug_sysfs_plug(fs, "1", &numbered);
	check(fs, "1", "canalystii:S1", "can5");
	text = plug_sysfs_read(fs->state, "names.damaged");
	assert_non_null(text);
	assert_non_null(strstr(text, "rubbish"));
	free(text);
	text = plug_sysfs_read(fs->state, "names");
	assert_non_null(
		strstr(text, "\ncanalystii:S1 04d8:0053 pci-0000:00:14.0-usb-0:1 moves can5\n"));
	assert_null(strstr(text, "S2"));
	free(text);
}

/* Who may write there is not to make root write elsewhere. */
static void test_links(void **state)
{
	const struct plug_sysfs *fs = *state;
	char path[128], target[128], *text;

	mkdir(fs->state, 0700);
	plug_sysfs_write(fs->top, "elsewhere", "as it was\n");
	snprintf(target, sizeof(target), "%s/elsewhere", fs->top);
	snprintf(path, sizeof(path), "%s/names.new", fs->state);
	assert_int_equal(symlink(target, path), 0);
	plug_sysfs_plug(fs, "1", &numbered);
	check(fs, "1", "canalystii:S1", "can0");
	text = plug_sysfs_read(fs->top, "elsewhere");
	assert_string_equal(text, "as it was\n");
	free(text);
	/* The record itself is replaced, not followed. */
	snprintf(path, sizeof(path), "%s/names", fs->state);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
	check(fs, "1", "canalystii:S1", "can0");
	text = plug_sysfs_read(fs->top, "elsewhere");
	assert_string_equal(text, "as it was\n");
	free(text);
	text = plug_sysfs_read(fs->state, "names");
	assert_non_null(strstr(text, "canalystii:S1"));
	free(text);
}

/* Nothing can be kept: it works all the same. */
static void test_no_folder(void **state)
{
	const struct plug_sysfs *fs = *state;

	plug_sysfs_write(fs->top, "state", "a file, not a folder\n");
	plug_sysfs_plug(fs, "1", &numbered);
	check(fs, "1", "canalystii:S1", "can0");
	check(fs, "1", "canalystii:S1", "can0");
}

/* ---- In any order */

/* Where each adapter is, and what it was called when it was seen first. */
struct piece {
	struct fake_adapter adapter;
	const char *driver;
	bool moves;	   /* it has a serial number of its own */
	const char *port;  /* of those that stay; the others share the ports below */
	const char *place; /* of a tty; NULL: the USB device itself */
	char name[IFNAMSIZ];
	char id[PLUG_ID_SIZE];
};

static const char *const shared_ports[] = {"1.1", "1.2", "1.3", "1.4"};

/* For each of three first orders. */
#define ROUNDS 7

static void shuffle(struct test_random *random, unsigned int *order, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		order[i] = i;
	for (unsigned int i = n - 1; i; i--) {
		unsigned int k = test_random_below(random, i + 1), swap = order[i];

		order[i] = order[k];
		order[k] = swap;
	}
}

static void see(const struct plug_sysfs *fs, struct piece *piece, const char *port)
{
	struct outcome outcome;
	char place[64];

	if (piece->place)
		snprintf(place, sizeof(place), "class/tty/%s", piece->adapter.tty);
	else
		snprintf(place, sizeof(place), "bus/usb/devices/1-%s", port);
	meet(fs, place, piece->driver, &outcome);
	if (!piece->name[0]) {
		strcpy(piece->name, outcome.name);
		strcpy(piece->id, outcome.id);
	}
	assert_string_equal(outcome.name, piece->name);
	assert_string_equal(outcome.id, piece->id);
}

/* Plug all in, each one looked at as it comes; or only after all are there, as at boot. */
static void plug_all(const struct plug_sysfs *fs, struct piece *pieces, unsigned int n,
		     struct test_random *random)
{
	unsigned int order[16], where[TEST_COUNT(shared_ports)], used = 0;
	bool boot = test_random_below(random, 2);
	const char *ports[16];

	shuffle(random, where, TEST_COUNT(shared_ports));
	shuffle(random, order, n);
	for (unsigned int i = 0; i < n; i++) {
		struct piece *piece = &pieces[order[i]];
		char tty[16];

		/* The kernel numbers ttys as they come. */
		snprintf(tty, sizeof(tty), "ttyACM%u", i);
		if (piece->place)
			piece->adapter.tty = strdup(tty);
		ports[i] = piece->moves ? shared_ports[where[used++]] : piece->port;
		plug_sysfs_plug(fs, ports[i], &piece->adapter);
		if (!boot)
			see(fs, piece, ports[i]);
	}
	shuffle(random, where, TEST_COUNT(shared_ports));
	for (unsigned int i = 0; boot && i < n; i++)
		see(fs, &pieces[order[i]], ports[i]);
	for (unsigned int i = 0; i < n; i++) {
		plug_sysfs_unplug(fs, ports[i]);
		free((char *)(uintptr_t)pieces[order[i]].adapter.tty);
		pieces[order[i]].adapter.tty = NULL;
	}
}

static void check_names(const struct piece *pieces, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(pieces[i].name, pieces[k].name);
}

static void test_any_order(void **state)
{
	const struct plug_sysfs *fs = *state;
	static const struct piece all[] = {
		{{.vid = "04d8", .pid = "0053", .serial = "S1"}, NULL, true, NULL, NULL, "", ""},
		{{.vid = "1d50", .pid = "606f", .serial = "S1"}, NULL, true, NULL, NULL, "", ""},
		{{.vid = "0403", .pid = "ffa8", .serial = "L1"}, "slcan", true, NULL, "", "", ""},
		{{.vid = "0403", .pid = "ffa8", .serial = "L2"}, "slcan", true, NULL, "", "", ""},
		{{.vid = "04d8", .pid = "0053"}, NULL, false, "2", NULL, "", ""},
		{{.vid = "04d8", .pid = "0053"}, NULL, false, "3", NULL, "", ""},
		{{.vid = "1a86", .pid = "7523"}, "serial", false, "5", "", "", ""},
		{{.vid = "1a86", .pid = "7523"}, "serial", false, "6", "", "", ""},
		{{.vid = "1d50", .pid = "606f", .serial = "SN0001"},
		 NULL,
		 false,
		 "4.1",
		 NULL,
		 "",
		 ""},
		{{.vid = "1d50", .pid = "606f", .serial = "SN0001"},
		 NULL,
		 false,
		 "4.2",
		 NULL,
		 "",
		 ""},
		{{.vid = "0483", .pid = "5740", .serial = "SN1"}, "slcan", false, "7", "", "", ""},
		{{.vid = "0483", .pid = "5740", .serial = "SN1"}, "slcan", false, "8", "", "", ""},
	};

	/* The first round says what they are called, in each try in another order. */
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct test_random random = {seed * 7919};
		struct piece pieces[TEST_COUNT(all)];

		memcpy(pieces, all, sizeof(pieces));
		for (int round = 0; round < ROUNDS; round++)
			plug_all(fs, pieces, TEST_COUNT(all), &random);
		check_names(pieces, TEST_COUNT(all));
		plug_sysfs_write(fs->state, "names", "");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_moves),	   TEST(test_twin_comes),
		TEST(test_twins_together), TEST(test_number_of_another),
		TEST(test_safe_words),	   TEST(test_name_taken),
		TEST(test_configured),	   TEST(test_kernels_netdevs),
		TEST(test_damage),	   TEST(test_links),
		TEST(test_no_folder),	   TEST(test_any_order),
	};

	anycan_log_set_level(ANYCAN_LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
