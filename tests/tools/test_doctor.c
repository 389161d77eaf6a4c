// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The checks of anycan doctor: each is shown to find what it is for, with a next step, and to find
 * nothing where all is well.
 */
#include "../unit/check.h"

#include "../../tools/doctor.h"

#include <stdlib.h>
#include <string.h>

static struct doctor_facts *healthy(void)
{
	struct doctor_facts *facts = calloc(1, sizeof(*facts));
	struct doctor_link *link = &facts->links[0];
	struct doctor_device *device = &facts->devices[0];

	assert_non_null(facts);
	strcpy(facts->version, "1.0");
	strcpy(facts->kernel.release, "6.1.0");
	facts->kernel.has_can = facts->has_bridged = facts->has_libdeflate = true;
	facts->user.is_root = true;
	for (int i = 0; i < DOCTOR_MODULES; i++)
		facts->kernel.modules[i] = (struct doctor_module){.available = true};
	facts->n_links = facts->n_devices = 1;
	*link = (struct doctor_link){.name = "can0", .kind = "can", .up = true, .carrier = true};
	link->has_state = link->bridged = true;
	link->bitrate = 500000;
	link->txqueuelen = 1000;
	strcpy(link->version, "1.0");
	strcpy(link->phase, "present");
	*device = (struct doctor_device){.address = "slcan:/dev/ttyACM0", .path = "/dev/ttyACM0"};
	device->certain = device->usable = true;
	strcpy(device->netdev, "can0");
	strcpy(device->serial, "A1");
	return facts;
}

/* ---- What can be wrong, one thing each */

static void no_can(struct doctor_facts *f)
{
	f->kernel.has_can = f->kernel.modules[DOCTOR_CAN_RAW].available = false;
	f->kernel.config = DOCTOR_CONFIG_NO;
}

static void can_not_installed(struct doctor_facts *f)
{
	no_can(f);
	f->kernel.config = DOCTOR_CONFIG_MODULE;
}

static void can_not_loaded(struct doctor_facts *f)
{
	f->kernel.has_can = false;
}

static void no_cantap(struct doctor_facts *f)
{
	f->kernel.modules[DOCTOR_CANTAP].available = false;
}

static void vcan_only(struct doctor_facts *f)
{
	no_cantap(f);
	f->kernel.modules[DOCTOR_VXCAN].available = false;
}

static void no_port(struct doctor_facts *f)
{
	vcan_only(f);
	f->kernel.modules[DOCTOR_VCAN].available = false;
}

static void vcan_blacklisted(struct doctor_facts *f)
{
	strcpy(f->kernel.modules[DOCTOR_VCAN].blacklist, "/etc/modprobe.d/x.conf");
}

static void gs_usb_blacklisted(struct doctor_facts *f)
{
	strcpy(f->kernel.modules[DOCTOR_GS_USB].blacklist, "/etc/modprobe.d/x.conf");
}

static void secure_boot(struct doctor_facts *f)
{
	f->kernel.secure_boot = f->kernel.wants_signatures = true;
}

static void no_bridged(struct doctor_facts *f)
{
	f->has_bridged = false;
}

static void no_group(struct doctor_facts *f)
{
	f->user.is_root = false;
}

static void not_in_group(struct doctor_facts *f)
{
	f->user.is_root = false;
	f->user.has_group = true;
}

static void no_libdeflate(struct doctor_facts *f)
{
	f->has_libdeflate = false;
}

static void no_link(struct doctor_facts *f)
{
	f->links[0].missing = true;
}

static void refused(struct doctor_facts *f)
{
	strcpy(f->links[0].refusal, "no such bit rate");
}

static void absent(struct doctor_facts *f)
{
	strcpy(f->links[0].phase, "absent");
}

static void unusable(struct doctor_facts *f)
{
	strcpy(f->links[0].phase, "unusable");
}

static void old_bridge(struct doctor_facts *f)
{
	strcpy(f->links[0].version, "0.9");
}

static void no_bitrate(struct doctor_facts *f)
{
	f->links[0].bitrate = 0;
	f->links[0].up = false;
}

static void down(struct doctor_facts *f)
{
	f->links[0].up = false;
}

static void no_carrier(struct doctor_facts *f)
{
	f->links[0].carrier = false;
}

static void bus_off(struct doctor_facts *f)
{
	f->links[0].state = CAN_STATE_BUS_OFF;
	f->links[0].carrier = false;
	f->links[0].txerr = 255;
}

static void no_ack_heard(struct doctor_facts *f)
{
	f->links[0].troubles[ANYCAN_TROUBLE_NO_ACK] = 1;
}

static void no_ack_counted(struct doctor_facts *f)
{
	f->links[0].state = CAN_STATE_ERROR_PASSIVE;
	f->links[0].txerr = 128;
}

static void errors_heard(struct doctor_facts *f)
{
	f->links[0].troubles[ANYCAN_TROUBLE_PROTOCOL] = 40;
}

static void errors_counted(struct doctor_facts *f)
{
	f->links[0].rxerr = 127;
}

static void queue_full(struct doctor_facts *f)
{
	f->links[0].queued = 1000;
}

static void queue_was_full(struct doctor_facts *f)
{
	f->links[0].queue_drops = 7;
}

static void small_queue(struct doctor_facts *f)
{
	f->links[0].txqueuelen = 10;
}

static void dbitrate_without_fd(struct doctor_facts *f)
{
	f->links[0].dbitrate = 2000000;
}

static void listen_only(struct doctor_facts *f)
{
	f->links[0].listen_only = true;
}

static void lost(struct doctor_facts *f)
{
	f->links[0].lost = 3;
}

static void no_device(struct doctor_facts *f)
{
	f->devices[0].missing = true;
	f->devices[0].netdev[0] = '\0';
}

static void unbridged(struct doctor_facts *f)
{
	f->devices[0].netdev[0] = '\0';
}

static void unbridged_port(struct doctor_facts *f)
{
	unbridged(f);
	f->devices[0].certain = false;
}

static void kernel_driver(struct doctor_facts *f)
{
	unbridged(f);
	strcpy(f->devices[0].driver, "cdc_acm");
	strcpy(f->devices[0].node, "1-4");
	f->devices[0].path[0] = '\0';
}

static void used_elsewhere(struct doctor_facts *f)
{
	kernel_driver(f);
	strcpy(f->devices[0].driver, "usbfs");
}

static void forbidden(struct doctor_facts *f)
{
	unbridged(f);
	f->devices[0].usable = false;
	f->devices[0].mode = 0660;
	f->devices[0].group_usable = true;
	strcpy(f->devices[0].group, "dialout");
}

static void forbidden_to_all(struct doctor_facts *f)
{
	forbidden(f);
	f->devices[0].group_usable = false;
	f->devices[0].mode = 0600;
}

static void held_by_modemmanager(struct doctor_facts *f)
{
	unbridged(f);
	strcpy(f->devices[0].holder, "ModemManager");
	f->devices[0].holder_pid = 77;
}

static void held_by_brltty(struct doctor_facts *f)
{
	held_by_modemmanager(f);
	strcpy(f->devices[0].holder, "brltty");
}

static void held_by_another(struct doctor_facts *f)
{
	held_by_modemmanager(f);
	strcpy(f->devices[0].holder, "minicom");
}

static void hidden(struct doctor_facts *f)
{
	unbridged(f);
	f->devices[0].hidden = true;
}

static void slow_ftdi(struct doctor_facts *f)
{
	f->devices[0].latency_ms = 16;
}

static void same_serials(struct doctor_facts *f)
{
	f->devices[1] = f->devices[0];
	f->n_devices = 2;
}

static const struct {
	const char *check;
	void (*spoil)(struct doctor_facts *facts);
	enum doctor_level level;
	const char *words, *next;
} cases[] = {
	{"kernel-can", no_can, DOCTOR_PROBLEM, "CONFIG_CAN is not set", "--port hub"},
	{"kernel-can", can_not_installed, DOCTOR_PROBLEM, "CONFIG_CAN=m",
	 "linux-modules-extra-6.1.0"},
	{"kernel-can", can_not_loaded, DOCTOR_PROBLEM, "not loaded", "modprobe can-raw"},
	{"kernel-ports", no_cantap, DOCTOR_NOTE, "cantap is not installed", "cantap.md"},
	{"kernel-ports", vcan_only, DOCTOR_NOTE, "by vcan", "CONFIG_CAN_VXCAN"},
	{"kernel-ports", no_port, DOCTOR_PROBLEM, "none of the modules", "install"},
	{"kernel-blacklist", vcan_blacklisted, DOCTOR_PROBLEM, "x.conf", "modprobe vcan"},
	{"kernel-blacklist", gs_usb_blacklisted, DOCTOR_NOTE, "gs_usb", "modprobe gs_usb"},
	{"kernel-signature", secure_boot, DOCTOR_PROBLEM, "Secure Boot", "mokutil"},
	{"bridged", no_bridged, DOCTOR_PROBLEM, "bridged", "ANYCAN_BRIDGED"},
	{"group", no_group, DOCTOR_NOTE, "no group", "groupadd -r can"},
	{"group", not_in_group, DOCTOR_NOTE, "not in the group", "usermod -aG can"},
	{"libraries", no_libdeflate, DOCTOR_NOTE, "libdeflate", "libdeflate-dev"},
	{"link-missing", no_link, DOCTOR_PROBLEM, "no CAN netdev", "anycan list"},
	{"link-adapter", refused, DOCTOR_PROBLEM, "no such bit rate", "anycan status can0"},
	{"link-adapter", absent, DOCTOR_PROBLEM, "not plugged in", "plug it in"},
	{"link-adapter", unusable, DOCTOR_PROBLEM, "does not answer", "baud rate"},
	{"link-version", old_bridge, DOCTOR_PROBLEM, "0.9", "start it again"},
	{"link-bitrate", no_bitrate, DOCTOR_PROBLEM, "no bit rate", "bitrate 500000"},
	{"link-up", down, DOCTOR_PROBLEM, "down", "ip link set can0 up"},
	{"link-up", no_bitrate, DOCTOR_PROBLEM, "down", "up type can bitrate"},
	{"link-carrier", no_carrier, DOCTOR_PROBLEM, "no carrier", "plugged in"},
	{"link-bus-off", bus_off, DOCTOR_PROBLEM, "bus-off", "type can restart"},
	{"link-bus-off", no_ack_counted, DOCTOR_NOTE, "ERROR-PASSIVE", "candump -e"},
	{"link-ack", no_ack_heard, DOCTOR_PROBLEM, "not acknowledged", "another node"},
	{"link-ack", no_ack_counted, DOCTOR_PROBLEM, "transmit 128", "another node"},
	{"link-errors", errors_heard, DOCTOR_PROBLEM, "40 bus errors", "500000 bit/s"},
	{"link-errors", errors_counted, DOCTOR_PROBLEM, "receive 127", "500000 bit/s"},
	{"link-queue", queue_full, DOCTOR_PROBLEM, "1000 of 1000", "send less"},
	{"link-queue", queue_was_full, DOCTOR_NOTE, "7 frames", "txqueuelen 1000"},
	{"link-txqueuelen", small_queue, DOCTOR_NOTE, "10 frames", "txqueuelen 1000"},
	{"link-fd", dbitrate_without_fd, DOCTOR_NOTE, "2000000", "fd on"},
	{"link-listen-only", listen_only, DOCTOR_NOTE, "only listens", "listen-only off"},
	{"link-lost", lost, DOCTOR_NOTE, "3 received", "anycan status can0"},
	{"device-missing", no_device, DOCTOR_PROBLEM, "no such adapter", "anycan list"},
	{"device-bridge", unbridged, DOCTOR_PROBLEM, "no bridge", "bridged slcan:/dev/ttyACM0"},
	{"device-bridge", unbridged_port, DOCTOR_NOTE, "may be", "bridged slcan:/dev/ttyACM0"},
	{"device-driver", kernel_driver, DOCTOR_PROBLEM, "cdc_acm", "1-4:1.0"},
	{"device-driver", used_elsewhere, DOCTOR_PROBLEM, "another program", "lsof"},
	{"device-permission", forbidden, DOCTOR_PROBLEM, "mode 660", "usermod -aG dialout"},
	{"device-permission", forbidden_to_all, DOCTOR_PROBLEM, "mode 600", "udev rules"},
	{"device-holder", held_by_modemmanager, DOCTOR_PROBLEM, "process 77",
	 "ID_MM_DEVICE_IGNORE"},
	{"device-holder", held_by_brltty, DOCTOR_PROBLEM, "brltty", "brltty-udev"},
	{"device-holder", held_by_another, DOCTOR_PROBLEM, "minicom", "netdev"},
	{"device-holder", hidden, DOCTOR_NOTE, "cannot be seen", "sudo"},
	{"device-latency", slow_ftdi, DOCTOR_NOTE, "16 ms", "latency_timer"},
	{"device-serial", same_serials, DOCTOR_NOTE, "2 adapters", "port="},
};

static const struct doctor_check *const tables[] = {
	doctor_host_checks,
	doctor_link_checks,
	doctor_device_checks,
};

static const struct doctor_check *find(const char *name)
{
	for (size_t t = 0; t < TEST_COUNT(tables); t++)
		for (const struct doctor_check *check = tables[t]; check->name; check++)
			if (!strcmp(check->name, name))
				return check;
	fail_msg("there is no check %s", name);
	return NULL;
}

static void test_each_finds_its_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct doctor_facts *facts = healthy();
		struct doctor_verdict v = {.level = DOCTOR_SILENT};

		cases[i].spoil(facts);
		find(cases[i].check)->judge(facts, 0, &v);
		if (v.level != cases[i].level || !strstr(v.text, cases[i].words) ||
		    !strstr(v.next, cases[i].next))
			fail_msg("case %zu of %s: %d '%s' -> '%s'", i, cases[i].check, v.level,
				 v.text, v.next);
		free(facts);
	}
}

/* Every check has a case, so none is there that cannot find anything. */
static void test_all_checks_have_cases(void **state)
{
	(void)state;
	for (size_t t = 0; t < TEST_COUNT(tables); t++) {
		for (const struct doctor_check *check = tables[t]; check->name; check++) {
			size_t n = 0;

			for (size_t i = 0; i < TEST_COUNT(cases); i++)
				n += !strcmp(cases[i].check, check->name);
			if (!n)
				fail_msg("%s has no case", check->name);
		}
	}
}

static void test_nothing_is_found_where_all_is_well(void **state)
{
	(void)state;
	for (size_t t = 0; t < TEST_COUNT(tables); t++) {
		for (const struct doctor_check *check = tables[t]; check->name; check++) {
			struct doctor_facts *facts = healthy();
			struct doctor_verdict v = {.level = DOCTOR_SILENT};

			check->judge(facts, 0, &v);
			if (v.level > DOCTOR_OK || v.next[0])
				fail_msg("%s: '%s' -> '%s'", check->name, v.text, v.next);
			free(facts);
		}
	}
}

/* One fault is one problem: the others do not say the same again, or the wrong thing. */
static void test_one_fault_is_told_once(void **state)
{
	static const struct {
		void (*spoil)(struct doctor_facts *facts);
		unsigned int problems;
	} faults[] = {
		{no_can, 1},	     {vcan_blacklisted, 1}, {secure_boot, 1},
		{no_link, 1},	     {absent, 1},	    {refused, 1},
		{old_bridge, 1},     {no_bitrate, 2},	    {down, 1},
		{no_carrier, 1},     {bus_off, 1},	    {no_ack_heard, 1},
		{no_ack_counted, 1}, {errors_heard, 1},	    {errors_counted, 1},
		{queue_full, 1},     {no_device, 1},	    {unbridged, 1},
		{kernel_driver, 1},  {used_elsewhere, 1},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(faults); i++) {
		struct doctor_facts *facts = healthy();
		unsigned int problems = 0;

		faults[i].spoil(facts);
		for (size_t t = 0; t < TEST_COUNT(tables); t++) {
			for (const struct doctor_check *check = tables[t]; check->name; check++) {
				struct doctor_verdict v = {.level = DOCTOR_SILENT};

				check->judge(facts, 0, &v);
				problems += v.level == DOCTOR_PROBLEM;
			}
		}
		if (problems != faults[i].problems)
			fail_msg("fault %zu: %u problems", i, problems);
		free(facts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_finds_its_fault),
		cmocka_unit_test(test_all_checks_have_cases),
		cmocka_unit_test(test_nothing_is_found_where_all_is_well),
		cmocka_unit_test(test_one_fault_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
