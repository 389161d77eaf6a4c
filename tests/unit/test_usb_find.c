// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/usb_find.c, on a folder that looks like sysfs: which device is meant, and
 * who uses it. The real sysfs is in tests/vm.
 */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <transport.h>
#include <unistd.h>
#include <usb_find.h>

struct fixture {
	char sysfs[64];
	char reason[BRIDGED_REASON_SIZE];
};

static const struct bridged_usb_id ids[] = {
	{.vid = 0x1d50, .pid = 0x606f},
	{.vid = 0x0483, .pid = 0x1234, .product = "USB2CAN"},
	{.vid = 0},
};

static void put(const struct fixture *f, const char *device, const char *file, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s/%s", f->sysfs, device, file);
	out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "%s\n", text);
	fclose(out);
}

/* A device at BUS-PORT, with the address and the id as sysfs has them. */
static void plug(const struct fixture *f, const char *name, const char *address, const char *vid,
		 const char *pid)
{
	char path[256], bus[8];

	snprintf(path, sizeof(path), "%s/%s", f->sysfs, name);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(bus, sizeof(bus), "%.*s", (int)strcspn(name, "-"), name);
	put(f, name, "busnum", bus);
	put(f, name, "devnum", address);
	put(f, name, "idVendor", vid);
	put(f, name, "idProduct", pid);
	put(f, name, "bConfigurationValue", "1");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128];

	assert_non_null(f);
	snprintf(f->sysfs, sizeof(f->sysfs), "%s/sysfs-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(f->sysfs));
	/* What is no device: a root hub, an interface. */
	snprintf(path, sizeof(path), "%s/usb1", f->sysfs);
	assert_int_equal(mkdir(path, 0700), 0);
	plug(f, "1-2", "5", "1d50", "606f");
	put(f, "1-2", "serial", "A1");
	put(f, "1-2", "product", "candleLight");
	plug(f, "1-10.3", "7", "1d50", "606f");
	put(f, "1-10.3", "serial", "B2");
	plug(f, "2-1", "2", "04d8", "0053");
	plug(f, "2-2", "3", "0483", "1234");
	put(f, "2-2", "product", "USB2CAN converter");
	plug(f, "2-3", "4", "0483", "1234");
	put(f, "2-3", "product", "A mouse");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", f->sysfs);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static int find(struct fixture *f, const char *text, struct usb_found *found)
{
	struct usb_selector selector;

	assert_int_equal(usb_selector_parse(&selector, text, f->reason), 0);
	return usb_find(f->sysfs, &selector, ids, found, f->reason);
}

static void test_which(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{"serial=A1", "1-2"},
		{"serial=B2", "1-10.3"},
		{"bus=1,port=10.3", "1-10.3"},
		{"bus=1,address=5", "1-2"},
		{"0", "1-2"},
		{"index=1", "1-10.3"},
		{"2", "2-2"},
		{"bus=2", "2-2"},
		{"vid=04d8,pid=53", "2-1"},
	};
	struct fixture *f = *state;
	struct usb_found found;

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		if (find(f, rows[i].text, &found))
			fail_msg("%s: %s", rows[i].text, f->reason);
		assert_string_equal(found.name, rows[i].name);
	}
	assert_int_equal(find(f, "serial=A1", &found), 0);
	assert_int_equal(found.vid, 0x1d50);
	assert_int_equal(found.bus, 1);
	assert_int_equal(found.address, 5);
	assert_string_equal(found.product, "candleLight");
	assert_string_equal(found.manufacturer, "");
}

static void test_which_not(void **state)
{
	static const struct {
		const char *text;
		int ret;
		const char *reason;
	} rows[] = {
		{"", -ENOTUNIQ,
		 "3 such adapters are plugged in; name one of them: bus=1,port=2 (serial A1); "
		 "bus=1,port=10.3 (serial B2); bus=2,port=2 (serial none)"},
		{"serial=C3", -ENODEV,
		 "no such adapter is plugged in (`anycan list` shows what is there)"},
		{"3", -ENODEV,
		 "index 3: there are only 3 such adapters, counted from 0: bus=1,port=2 (serial "
		 "A1); bus=1,port=10.3 (serial B2); bus=2,port=2 (serial none)"},
	};
	struct fixture *f = *state;
	struct usb_selector any = {0};
	struct usb_found found;

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal(find(f, rows[i].text, &found), rows[i].ret);
		assert_string_equal(f->reason, rows[i].reason);
	}
	assert_int_equal(usb_find("/nowhere", &any, ids, &found, f->reason), -ENODEV);
	assert_string_equal(f->reason, "/nowhere: this machine shows no USB");
}

static void test_wrong_text(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"serial=", "serial has 1 to 63 characters"},
		{"bus=one", "bus, address and index are numbers"},
		{"address=3", "address and port need bus beside them"},
		{"port=2", "address and port need bus beside them"},
		{"bus=1,port=2-3", "port is a path"},
		{"bus=1,index=1", "give either index or bus"},
		{"bus=1,port=2,address=3", "give either address or port"},
		{"vid=1d50", "vid and pid go together"},
		{"vid=12345,pid=1", "1 to 4 hex digits"},
		{"colour=red", "it takes serial="},
		{"99999", "numbers"},
		{"/dev/ttyACM0", "it takes serial="},
	};
	struct fixture *f = *state;
	struct usb_selector selector;
	char text[400];

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal(usb_selector_parse(&selector, rows[i].text, f->reason), -EINVAL);
		if (!strstr(f->reason, rows[i].why) || !strstr(f->reason, rows[i].text))
			fail_msg("%s: %s", rows[i].text, f->reason);
	}
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_int_equal(usb_selector_parse(&selector, text, f->reason), -EINVAL);
}

static void test_owner(void **state)
{
	struct fixture *f = *state;
	struct usb_owner owner;
	struct usb_found found;
	char path[256];

	assert_int_equal(find(f, "serial=A1", &found), 0);
	usb_owner_of(f->sysfs, &found, 0, &owner);
	assert_string_equal(owner.driver, "");
	snprintf(path, sizeof(path), "%s/1-2:1.0", f->sysfs);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/driver");
	assert_int_equal(symlink("../../../bus/usb/drivers/gs_usb", path), 0);
	snprintf(path, sizeof(path), "%s/1-2:1.0/net", f->sysfs);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/can10");
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/1-2:1.0/net/can7", f->sysfs);
	assert_int_equal(mkdir(path, 0700), 0);
	usb_owner_of(f->sysfs, &found, 0, &owner);
	assert_string_equal(owner.driver, "gs_usb");
	assert_string_equal(owner.netdevs, "can7,can10");
	usb_owner_of(f->sysfs, &found, 1, &owner);
	assert_string_equal(owner.driver, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_which, setup, teardown),
		cmocka_unit_test_setup_teardown(test_which_not, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
