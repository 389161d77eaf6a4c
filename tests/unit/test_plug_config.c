// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/plug_config.c, plug_keys.c and plug_drivers.c: files, right and wrong, and which of them
 * is for whom.
 */
#include "check.h"
#include "plug_sysfs.h"

#include <errno.h>
#include <plug.h>
#include <plug_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file, and all that was said about it. */
struct parsed {
	struct plug_file file;
	char said[4096];
	int ret;
};

static void hear(const char *text, void *arg)
{
	struct parsed *parsed = arg;
	size_t len = strlen(parsed->said);

	snprintf(parsed->said + len, sizeof(parsed->said) - len, "%s\n", text);
}

static struct parsed *parse(const char *text)
{
	struct parsed *parsed = calloc(1, sizeof(*parsed));
	const struct plug_judge judge = {plug_judge_adapter, hear, parsed};

	assert_non_null(parsed);
	strcpy(parsed->file.path, "a.conf");
	parsed->ret = plug_file_parse(&parsed->file, text, strlen(text), &judge);
	assert_int_equal(parsed->ret, parsed->said[0] ? -EINVAL : 0);
	assert_int_equal(!parsed->file.errors, !parsed->said[0]);
	return parsed;
}

static void release(struct parsed *parsed)
{
	plug_file_clear(&parsed->file);
	free(parsed);
}

static void check_value(const struct parsed *parsed, const char *key, unsigned int channel,
			const char *wanted)
{
	char value[64] = "";
	bool found = plug_file_value(&parsed->file, key, channel, value, sizeof(value));

	assert_int_equal(found, wanted != NULL);
	if (wanted)
		assert_string_equal(value, wanted);
}

static void test_all_of_it(void **state)
{
	struct parsed *parsed = parse("# The boat.\n"
				      "[Match]\n"
				      "Driver=slcan\n"
				      "Serial=A1 B*\n"
				      "\n"
				      "[Adapter]\n"
				      "  Port = vxcan\n"
				      "  ttyBaudrate=1M\n"
				      "  Poll_Status = 100\n"
				      "; and the rest\n"
				      "[LINK]\n"
				      "Name=boat\n"
				      "bitrate=250k\n"
				      "SamplePoint=0.875\n"
				      "listen_only=yes\n"
				      "restart-ms=100\n"
				      "TransmitQueueLength=500\n"
				      "up=no");

	(void)state;
	assert_string_equal(parsed->said, "");
	check_value(parsed, "name", 0, "boat");
	check_value(parsed, "sample-point", 0, "0.875");
	check_value(parsed, "listen-only", 3, "yes");
	check_value(parsed, "txqueuelen", 0, "500");
	check_value(parsed, "up", 0, "no");
	check_value(parsed, "dbitrate", 0, NULL);
	/* One name is for one netdev. */
	check_value(parsed, "name", 1, NULL);
	assert_non_null(plug_file_get(&parsed->file, PLUG_ADAPTER, "baud"));
	assert_non_null(plug_file_get(&parsed->file, PLUG_ADAPTER, "poll-status"));
	assert_int_equal(plug_file_get(&parsed->file, PLUG_LINK, "up")->line, 18);
	release(parsed);
}

static void test_lists(void **state)
{
	struct parsed *parsed = parse("[Match]\nDriver=canalystii\n[Link]\n"
				      "name=left, right\nbitrate=500k,125k\nrestart-ms=100\n");

	(void)state;
	assert_string_equal(parsed->said, "");
	check_value(parsed, "name", 0, "left");
	check_value(parsed, "name", 1, "right");
	check_value(parsed, "name", 2, NULL);
	check_value(parsed, "bitrate", 1, "125k");
	check_value(parsed, "restart-ms", 1, "100");
	assert_int_equal(plug_file_items(&parsed->file), 2);
	release(parsed);
}

/* Every error says where it is, and what to write instead. */
static void test_errors(void **state)
{
#define ALL "[Match]\nDriver=*\n"
#define SERIAL "[Match]\nSerial=1\n"
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"", "a.conf:1: there is no [Match]"},
		{"[Link]\nup=yes\n", "a.conf:1: there is no [Match]"},
		{"up=yes\n", "a.conf:1: it stands before the first section; begin with [Match]"},
		{ALL "[Links]\n", "a.conf:3: unknown section '[Links]'; there are [Match]"},
		{ALL "[Link]\nbitrat=1\n", "a.conf:4: [Link] has no key 'bitrat'; there are: name"},
		{ALL "Bus=1\n", "a.conf:3: [Match] has no key 'Bus'; there are: Driver"},
		{ALL "[Link]\nbitrate\n", "a.conf:4: this is neither [Section] nor Key=Value"},
		{ALL "[Link]\n\n\nbitrate=fast\n", "a.conf:6: bitrate 'fast': give a number such"},
		{ALL "[Link]\nfd=perhaps\n", "a.conf:4: fd 'perhaps': say on or off"},
		{ALL "[Link]\nup=perhaps\n", "a.conf:4: up 'perhaps': say yes or no"},
		{ALL "[Link]\nname=a b\n", "a.conf:4: name 'a b': choose names of 1 to 15"},
		{ALL "[Link]\nname=abcdefghijklmnop\n", "a.conf:4: name"},
		{ALL "[Link]\ntxqueuelen=0\n", "a.conf:4: txqueuelen '0': give a number from 1"},
		{ALL "[Link]\nbitrate=\n", "a.conf:4: bitrate '': give a value"},
		{ALL "[Link]\nbitrate=1M,\n", "a.conf:4: bitrate '1M,': give a value for each"},
		{ALL "[Link]\nbitrate=1,2,3,4,5,6,7,8,9\n", "no adapter has more than 8 channels"},
		{ALL "[Link]\nbitrate=1M\nBitRate=1M\n",
		 "a.conf:5: bitrate is given already in li"},
		{ALL "[Link]\nRestartSec=1\n", "a.conf:4: RestartSec: write it in milliseconds"},
		{ALL "[Link]\nsample-point=0.8\n", "a.conf:4: sample-point: give the bitrate besi"},
		{ALL "[Link]\nbitrate=1M\ntq=50\n", "a.conf:5: tq: give either bitrate or tq"},
		{ALL "[Link]\nbitrate=1M\ndbitrate=2M\n", "a.conf:5: dbitrate: it is for CAN FD"},
		{ALL "[Link]\nname=a,b\nbitrate=1,2,3\n",
		 "a.conf:5: bitrate '1,2,3': give as many"},
		{ALL "Channel=1\n[Link]\nbitrate=1,2\n",
		 "a.conf:5: bitrate '1,2': this file is for"},
		{ALL "Channel=9\n", "a.conf:3: Channel '9': channels count from 0"},
		{ALL "Vendor=0x1a86\n", "a.conf:3: Vendor '0x1a86': write the four hex digits"},
		{ALL "Channel=1\n[Adapter]\nPort=vcan\n",
		 "a.conf:5: [Adapter] is for all channels"},
		{ALL "[Adapter]\nPort=can\n", "a.conf:4: unknown port 'can'; there are: cantap"},
		{SERIAL "[Adapter]\nDriver=sclan\n",
		 "a.conf:4: unknown driver 'sclan'; there are:"},
		{SERIAL "[Adapter]\nbitrate=1M\n", "a.conf:4: bitrate is a key of [Link]"},
		{SERIAL "[Adapter]\nhello=1\n",
		 "a.conf:4: [Adapter] has no key 'hello'; there are"},
		{SERIAL "[Adapter]\nDriver=slcan\nframe-type=sff\n",
		 "has no key 'frame-type' for slc"},
		{SERIAL "[Adapter]\nDriver=slcan\ndialect=x\n",
		 "a.conf:5: dialect 'x': choose one of"},
		{SERIAL "[Adapter]\nDriver=robotell\nserial-rate=1\n",
		 "for a running adapter only"},
		{ALL "[Adapter]\nDriver=slcan\n",
		 "a.conf:4: Driver 'slcan': this would claim every"},
		{"[Match]\nDriver=ch341*\n[Adapter]\nDriver=slcan\n",
		 "this would claim every serial"},
		{"[Match]\nSerial=*\n[Adapter]\nDriver=slcan\n",
		 "this would claim every serial port"},
		{"[Match]\nVendor=1a86\n[Adapter]\nDriver=slcan\n",
		 "this would claim every serial p"},
		{ALL "[Link]\nname=\x01\n", "a.conf:4: there is a control character in it"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct parsed *parsed = parse(rows[i].text);

		if (!strstr(parsed->said, rows[i].said))
			fail_msg("%s gives \"%s\", which lacks \"%s\"", rows[i].text, parsed->said,
				 rows[i].said);
		/* One mistake, one line. */
		assert_ptr_equal(strchr(parsed->said, '\n'), strrchr(parsed->said, '\n'));
		assert_memory_equal(parsed->file.error, parsed->said, 20);
		release(parsed);
	}
}

static void test_fine(void **state)
{
	static const char *const rows[] = {
		"\xef\xbb\xbf[Match]\nDriver=*\n",
		ALL "[Link]\nfd=on\ndbitrate=2M\nbitrate=500k\ndsample-point=0.7\n",
		ALL "[Link]\nfd=on,off\ndbitrate=2M\nbitrate=500k\n",
		ALL "[Match]\nPath=pci-*\n",
		"[Match]\nVendor=1A86\nProduct=75??\n[Adapter]\nDriver=seeedstudio\n",
		"[Match]\nPath=*-usb-0:2.3\n[Adapter]\nDriver=slcan\nfilter=1=2:3,4=off\n",
		"[Match]\nDriver=slcan\n[Adapter]\nDriver=slcan\n",
		/* Whose it is is not known yet. */
		SERIAL "[Adapter]\ndialect=anything\n",
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct parsed *parsed = parse(rows[i]);

		if (parsed->said[0])
			fail_msg("%s gives %s", rows[i], parsed->said);
		release(parsed);
	}
}

/* ---- Whom a file is for */

static const struct plug_device device = {
	.kind = PLUG_TTY,
	.name = "ttyUSB0",
	.driver = "slcan",
	.kernel = "ftdi_sio",
	.serial = "A1",
	.path = "pci-0000:00:14.0-usb-0:2.3",
	.usb = "1-2.3",
	.vid = 0x0403,
	.pid = 0xffa8,
};

static void test_matching(void **state)
{
	static const struct {
		const char *lines;
		bool matches;
	} rows[] = {
		{"Driver=slcan", true},
		{"Driver=ftdi_sio", true},
		{"Driver=gs_usb slc?n", true},
		{"Driver=gs_usb", false},
		{"Driver=!gs_usb robotell", true},
		{"Driver=!slcan", false},
		{"Serial=A1", true},
		{"Serial=a1", false},
		{"Serial=[AB]?", true},
		{"Path=pci-0000:00:14.0-usb-0:2.3", true},
		{"Path=pci-0000:00:14.0-usb-0:2.3:1.0", true},
		{"Path=*-usb-0:2", false},
		{"Path=1-2.3", true},
		{"Vendor=0403\nProduct=FFA8", true},
		{"Vendor=0403\nProduct=6001", false},
		{"Driver=slcan\nSerial=B1", false},
		{"Channel=1", true},
		{"Channel=0 2", false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char text[128];
		struct parsed *parsed;

		snprintf(text, sizeof(text), "[Match]\n%s\n", rows[i].lines);
		parsed = parse(text);
		if (plug_file_matches(&parsed->file, &device, 1) != rows[i].matches)
			fail_msg("%s: %d", rows[i].lines, !rows[i].matches);
		release(parsed);
	}
}

/* A file whose [Match] is not understood may be meant for anybody: it is for nobody. */
static void test_broken_match(void **state)
{
	struct parsed *parsed = parse("[Match]\nDriver=slcan\nSerail=B2\n");

	(void)state;
	assert_false(plug_file_matches(&parsed->file, &device, 0));
	release(parsed);
	/* With another mistake it is for whom it says. */
	parsed = parse("[Match]\nDriver=slcan\n[Link]\nbitrate=fast\n");
	assert_true(plug_file_matches(&parsed->file, &device, 0));
	release(parsed);
}

static void test_first_counts(void **state)
{
	const struct plug_judge judge = {.adapter = plug_judge_adapter};
	struct plug_config config;
	struct plug_sysfs fs;
	const struct plug_file *file;

	(void)state;
	plug_sysfs_new(&fs);
	plug_sysfs_write(fs.conf, "20-all.conf", ALL "[Link]\nbitrate=125k\nname=other\n");
	plug_sysfs_write(fs.conf, "10-one.conf", SERIAL "[Link]\nbitrate=1M\n");
	plug_sysfs_write(fs.conf, "15-left.conf",
			 "[Match]\nSerial=A1\nChannel=0\n[Link]\nname=left\n");
	plug_sysfs_write(fs.conf, "18-both.conf", "[Match]\nSerial=A1\n[Adapter]\nbaud=1M\n");
	plug_sysfs_write(fs.conf, "00-notes.txt", "nonsense");
	assert_int_equal(plug_config_read(&config, &judge), 0);
	assert_int_equal(config.n_files, 4);
	file = plug_config_link(&config, &device, 0);
	assert_non_null(strstr(file->path, "15-left"));
	file = plug_config_link(&config, &device, 1);
	assert_non_null(strstr(file->path, "18-both"));
	/* What is for one channel says nothing about the adapter. */
	file = plug_config_adapter(&config, &device);
	assert_non_null(strstr(file->path, "18-both"));
	assert_true(plug_config_names(&config, "left"));
	assert_true(plug_config_names(&config, "other"));
	assert_false(plug_config_names(&config, "can0"));
	plug_config_clear(&config);
	plug_sysfs_free(&fs);
}

static void test_drivers(void **state)
{
	struct parsed *parsed =
		parse("[Match]\nVendor=0403\nProduct=ffa8\n[Adapter]\nDriver=robotell\n");
	const struct plug_config explicit = {.files = &parsed->file, .n_files = 1}, none = {0};
	struct plug_device tty = device;
	struct plug_device usb = {.kind = PLUG_USB, .vid = 0x04d8, .pid = 0x0053};

	(void)state;
	plug_driver_of(&none, "slcan", &tty);
	assert_string_equal(tty.driver, "slcan");
	/* A driver for USB devices is none for a serial port; then the tables count. */
	plug_driver_of(&none, "gs_usb", &tty);
	assert_string_equal(tty.driver, "slcan");
	tty.pid = 0x6001;
	plug_driver_of(&none, "gs_usb", &tty);
	assert_string_equal(tty.driver, "");
	/* Configuration wins. */
	tty.pid = 0xffa8;
	plug_driver_of(&explicit, "slcan", &tty);
	assert_string_equal(tty.driver, "robotell");
	plug_driver_of(&explicit, NULL, &usb);
	assert_string_equal(usb.driver, "canalystii");
	usb.pid = 0x0054;
	plug_driver_of(&explicit, NULL, &usb);
	assert_string_equal(usb.driver, "");
	release(parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),    cmocka_unit_test(test_lists),
		cmocka_unit_test(test_errors),	     cmocka_unit_test(test_fine),
		cmocka_unit_test(test_matching),     cmocka_unit_test(test_broken_match),
		cmocka_unit_test(test_first_counts), cmocka_unit_test(test_drivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
