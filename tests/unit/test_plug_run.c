// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/plug_run.c and plug_wait.c: what an identity becomes on the command line.
 */
#include "check.h"
#include "plug_sysfs.h"

#include <anycan/log.h>
#include <config.h>
#include <errno.h>
#include <plug_names.h>
#include <plug_run.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fake_adapter numbered = {.vid = "04d8", .pid = "0053", .serial = "S1"};
static const struct fake_adapter nameless = {.vid = "04d8", .pid = "0053"};
static const struct fake_adapter port = {
	.vid = "1a86",
	.pid = "7523",
	.driver = "ch341",
	.tty = "ttyUSB3",
};

struct fixture {
	struct plug_sysfs fs;
	struct plug_run *run;
	char reason[BRIDGED_REASON_SIZE];
	char line[512];
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

	plug_run_free(f->run);
	plug_sysfs_free(&f->fs);
	free(f);
	return 0;
}

/* What the words are, with spaces between; or the reason why there are none. */
static const char *line_of(struct fixture *f, const char *id)
{
	size_t len = 0;
	char **words;
	int n;

	plug_run_free(f->run);
	f->run = NULL;
	if (plug_run_new(&f->run, id, f->reason))
		return f->reason;
	n = plug_run_words(f->run, &words);
	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(f->line + len, sizeof(f->line) - len, "%s%s", i ? " " : "",
					words[i]);
	return f->line;
}

static void test_addresses(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_write(f->fs.conf, "a.conf",
			 "[Match]\nVendor=1a86\nProduct=7523\n"
			 "[Adapter]\nDriver=seeedstudio\nPort=vxcan\nframe-type=ext\nBaud=1M\n");
	plug_sysfs_plug(&f->fs, "1", &numbered);
	plug_sysfs_plug(&f->fs, "2.3", &nameless);
	plug_sysfs_plug(&f->fs, "4", &port);
	assert_string_equal(line_of(f, "canalystii:S1"), "canalystii:serial=S1");
	assert_null(plug_run_port(f->run));
	assert_string_equal(line_of(f, "canalystii::pci-0000:00:14.0-usb-0:2.3"),
			    "canalystii:bus=1,port=2.3");
	assert_string_equal(line_of(f, "seeedstudio::pci-0000:00:14.0-usb-0:4"),
			    "seeedstudio:/dev/ttyUSB3 frame-type ext baud 1M");
	assert_string_equal(plug_run_port(f->run), "vxcan");
	assert_non_null(strstr(line_of(f, "nobody:S1"), "an identity begins with a driver"));
}

/* A daemon that runs hears of the other one of its number. */
static void test_stays(void **state)
{
	struct fixture *f = *state;
	struct plug_run *first;

	plug_sysfs_plug(&f->fs, "1", &numbered);
	assert_string_equal(line_of(f, "canalystii:S1"), "canalystii:serial=S1");
	first = f->run;
	f->run = NULL;
	assert_false(plug_run_stays(first));
	plug_sysfs_plug(&f->fs, "2", &numbered);
	assert_string_equal(line_of(f, "canalystii::pci-0000:00:14.0-usb-0:2"),
			    "canalystii:bus=1,port=2");
	assert_true(plug_run_stays(f->run));
	assert_true(plug_run_stays(first));
	/* Nor does it start for the other one's place. */
	assert_string_equal(line_of(f, "canalystii:S1"), "canalystii:bus=1,port=1");
	plug_run_free(first);
}

/* An adapter that no table has, because a file says so. */
static void test_unknown_id(void **state)
{
	static const struct fake_adapter own = {.vid = "1209", .pid = "0001", .serial = "7"};
	struct fixture *f = *state;

	plug_sysfs_write(f->fs.conf, "a.conf",
			 "[Match]\nVendor=1209\nProduct=0001\n[Adapter]\nDriver=gs_usb\n");
	plug_sysfs_plug(&f->fs, "1", &own);
	assert_string_equal(line_of(f, "gs_usb:7"), "gs_usb:serial=7,vid=1209,pid=0001");
}

static void test_settings(void **state)
{
	struct fixture *f = *state;
	struct bridged_config config = {0};
	char name[IFNAMSIZ];

	plug_sysfs_write(f->fs.conf, "a.conf",
			 "[Match]\nSerial=S1\n[Link]\n"
			 "name=left,right\nbitrate=500k,125k\nrestart-ms=100\n");
	plug_sysfs_write(f->fs.conf, "b.conf", "[Match]\nDriver=*\n[Link]\nbitrate=1M\n");
	plug_sysfs_plug(&f->fs, "1", &numbered);
	line_of(f, "canalystii:S1");
	assert_int_equal(plug_run_settings(f->run, &config, f->reason), 0);
	assert_int_equal(config.n_values, 2);
	assert_int_equal(config.settings[0].nominal.bitrate, 500000);
	assert_int_equal(config.settings[1].nominal.bitrate, 125000);
	assert_int_equal(config.settings[1].restart_ms, 100);
	assert_int_equal(plug_run_name(f->run, 1, name, f->reason), 1);
	assert_string_equal(name, "right");
	/* What no file names is named by the record. */
	assert_int_equal(plug_run_name(f->run, 2, name, f->reason), 0);
	assert_string_equal(name, "can0");
	assert_int_equal(plug_run_spare(f->run, name, f->reason), 0);
	assert_string_equal(name, "can1");
}

static void test_one_channel(void **state)
{
	struct fixture *f = *state;
	struct bridged_config config = {0};

	plug_sysfs_write(f->fs.conf, "a.conf",
			 "[Match]\nSerial=S1\nChannel=1\n[Link]\nbitrate=125k\n");
	plug_sysfs_plug(&f->fs, "1", &numbered);
	line_of(f, "canalystii:S1");
	assert_int_equal(plug_run_settings(f->run, &config, f->reason), 0);
	assert_int_equal(config.settings[0].nominal.bitrate, 0);
	assert_int_equal(config.settings[1].nominal.bitrate, 125000);
}

static void test_wrong_file(void **state)
{
	struct fixture *f = *state;

	plug_sysfs_write(f->fs.conf, "a.conf", "[Match]\nSerial=S1\n[Link]\nbitrate=fast\n");
	plug_sysfs_write(f->fs.conf, "b.conf", "[Match]\nSerial=S2\n[Link]\nup=perhaps\n");
	plug_sysfs_plug(&f->fs, "1", &numbered);
	assert_non_null(strstr(line_of(f, "canalystii:S1"), "a.conf:4: bitrate 'fast'"));
	assert_null(f->run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_addresses), TEST(test_stays),	      TEST(test_unknown_id),
		TEST(test_settings),  TEST(test_one_channel), TEST(test_wrong_file),
	};

	anycan_log_set_level(ANYCAN_LOG_CRITICAL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
