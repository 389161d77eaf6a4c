// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/plug_device.c: what sysfs tells of what is plugged in.
 */
#include "check.h"
#include "plug_sysfs.h"

#include <errno.h>
#include <plug_device.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fake_adapter analyst = {.vid = "04d8", .pid = "0053", .product = "CANalyst"};
static const struct fake_adapter lawicel = {
	.vid = "0403",
	.pid = "ffa8",
	.serial = "LW123",
	.driver = "ftdi_sio",
	.tty = "ttyUSB0",
};
static const struct fake_adapter candle = {
	.vid = "1d50",
	.pid = "606f",
	.serial = "0041",
	.driver = "gs_usb",
	.net = {"can0", "can1"},
};

struct fixture {
	struct plug_sysfs fs;
	struct plug_device device;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	plug_sysfs_new(&f->fs);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_free(&f->fs);
	free(f);
	return 0;
}

static int look(struct fixture *f, const char *place)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->fs.root, place);
	return plug_device_read(f->fs.root, path, &f->device);
}

static void test_usb(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_plug(&f->fs, "2.3", &analyst);
	assert_int_equal(look(f, "bus/usb/devices/1-2.3"), 0);
	assert_int_equal(f->device.kind, PLUG_USB);
	assert_string_equal(f->device.name, "1-2.3");
	assert_string_equal(f->device.usb, "1-2.3");
	assert_string_equal(f->device.path, "pci-0000:00:14.0-usb-0:2.3");
	assert_string_equal(f->device.serial, "");
	assert_string_equal(f->device.product, "CANalyst");
	assert_int_equal(f->device.vid, 0x04d8);
	assert_int_equal(f->device.pid, 0x0053);
	/* Its interface is the same adapter. */
	assert_int_equal(look(f, "bus/usb/devices/1-2.3:1.0"), 0);
	assert_int_equal(f->device.kind, PLUG_USB);
	assert_string_equal(f->device.path, "pci-0000:00:14.0-usb-0:2.3");
}

static void test_tty(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_plug(&f->fs, "1", &lawicel);
	assert_int_equal(look(f, "class/tty/ttyUSB0"), 0);
	assert_int_equal(f->device.kind, PLUG_TTY);
	assert_string_equal(f->device.name, "ttyUSB0");
	assert_string_equal(f->device.kernel, "ftdi_sio");
	assert_string_equal(f->device.serial, "LW123");
	assert_string_equal(f->device.path, "pci-0000:00:14.0-usb-0:1");
	/* As udev says where it is. */
	assert_int_equal(plug_device_read(f->fs.root,
					  "/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/tty/"
					  "ttyUSB0",
					  &f->device),
			 0);
	assert_string_equal(f->device.name, "ttyUSB0");
}

static void test_net(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_plug(&f->fs, "3", &candle);
	assert_int_equal(look(f, "class/net/can1"), 0);
	assert_int_equal(f->device.kind, PLUG_NET);
	assert_string_equal(f->device.driver, "gs_usb");
	assert_string_equal(f->device.serial, "0041");
	assert_int_equal(f->device.channel, 1);
	plug_sysfs_netdev(&f->fs, "can7", "0000:03:00.0");
	assert_int_equal(look(f, "class/net/can7"), 0);
	assert_string_equal(f->device.driver, "kvaser_pci");
	assert_string_equal(f->device.path, "pci-0000:03:00.0");
	assert_string_equal(f->device.usb, "");
	assert_int_equal(f->device.channel, 0);
}

/* Two netdevs of one card whose driver does not number them. */
static void test_channels_in_order(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_netdev(&f->fs, "can7", "0000:03:00.0");
	plug_sysfs_netdev(&f->fs, "can2", "0000:03:00.0");
	assert_int_equal(look(f, "class/net/can7"), 0);
	assert_int_equal(f->device.channel, 0);
	assert_int_equal(look(f, "class/net/can2"), 0);
	assert_int_equal(f->device.channel, 1);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_netdev(&f->fs, "vcan0", NULL);
	assert_int_equal(look(f, "class/net/vcan0"), -ENODEV);
	assert_int_equal(look(f, "class/net/nobody"), -ENOENT);
	assert_int_equal(look(f, "bus/usb/devices"), -ENODEV);
	assert_int_equal(plug_device_read(f->fs.root, "/etc", &f->device), -ENODEV);
	/* A root hub. */
	assert_int_equal(look(f, "devices/pci0000:00/0000:00:14.0/usb1"), -ENODEV);
}

/* Zeros are no number. */
static void test_blank_serial(void **state)
{
	static const struct fake_adapter blank = {
		.vid = "1d50", .pid = "606f", .serial = "000000000000"};
	struct fixture *f = *state;

	plug_sysfs_plug(&f->fs, "1", &blank);
	assert_int_equal(look(f, "bus/usb/devices/1-1"), 0);
	assert_string_equal(f->device.serial, "");
}

static void test_twin(void **state)
{
	struct fixture *f = *state;
	char twin[PLUG_WORD_SIZE];

	plug_sysfs_plug(&f->fs, "1", &lawicel);
	plug_sysfs_plug(&f->fs, "2", &candle);
	assert_int_equal(look(f, "class/tty/ttyUSB0"), 0);
	assert_false(plug_device_twin(f->fs.root, &f->device, twin));
	plug_sysfs_plug(&f->fs, "4",
			&(struct fake_adapter){
				.vid = "0403", .pid = "ffa8", .serial = "LW123", .tty = "ttyUSB1"});
	assert_true(plug_device_twin(f->fs.root, &f->device, twin));
	assert_string_equal(twin, "pci-0000:00:14.0-usb-0:4");
	plug_sysfs_unplug(&f->fs, "4");
	assert_false(plug_device_twin(f->fs.root, &f->device, twin));
}

static int count(const struct plug_device *device, void *arg)
{
	unsigned int *kinds = arg;

	kinds[device->kind]++;
	return 0;
}

static void test_each(void **state)
{
	struct fixture *f = *state;
	unsigned int kinds[3] = {0};

	plug_sysfs_plug(&f->fs, "1", &lawicel);
	plug_sysfs_plug(&f->fs, "2", &candle);
	plug_sysfs_plug(&f->fs, "3", &analyst);
	plug_sysfs_netdev(&f->fs, "vcan0", NULL);
	assert_int_equal(plug_device_each(f->fs.root, count, kinds), 0);
	assert_int_equal(kinds[PLUG_USB], 3);
	assert_int_equal(kinds[PLUG_TTY], 1);
	assert_int_equal(kinds[PLUG_NET], 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_usb),	    TEST(test_tty),
		TEST(test_net),	    TEST(test_channels_in_order),
		TEST(test_nothing), TEST(test_blank_serial),
		TEST(test_twin),    TEST(test_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
