// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What can be wrong with the kernel, the user and what is installed.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In order of enum doctor_module_id. */
static const char *const names[DOCTOR_MODULES] = {
	"can", "can-raw", "can-dev", "vcan", "vxcan", "cantap", "slcan", "gs_usb",
};

void doctor_say(struct doctor_verdict *verdict, enum doctor_level level, const char *format, ...)
{
	va_list args;

	verdict->level = level;
	verdict->next[0] = '\0';
	va_start(args, format);
	vsnprintf(verdict->text, sizeof(verdict->text), format, args);
	va_end(args);
}

void doctor_next(struct doctor_verdict *verdict, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(verdict->next, sizeof(verdict->next), format, args);
	va_end(args);
}

static void judge_can(const struct doctor_facts *facts, unsigned int index,
		      struct doctor_verdict *v)
{
	const struct doctor_kernel *kernel = &facts->kernel;
	static const char *const without =
		"or do without: `bridged --port hub ADAPTER`, which all verbs of anycan use";

	(void)index;
	if (kernel->has_can) {
		doctor_say(v, DOCTOR_OK, "the kernel (%s) has CAN", kernel->release);
	} else if (kernel->modules[DOCTOR_CAN_RAW].available) {
		doctor_say(v, DOCTOR_PROBLEM, "the kernel (%s) has CAN as modules, not loaded",
			   kernel->release);
		doctor_next(v, "modprobe can-raw, which says why if it cannot be loaded");
	} else if (kernel->config == DOCTOR_CONFIG_MODULE) {
		doctor_say(
			v, DOCTOR_PROBLEM,
			"the kernel (%s) was built with CAN as modules (CONFIG_CAN=m), which are "
			"not installed",
			kernel->release);
		doctor_next(v,
			    "install linux-modules-extra-%s or what your distribution calls it; %s",
			    kernel->release, without);
	} else {
		doctor_say(v, DOCTOR_PROBLEM, "the kernel (%s) has no CAN%s", kernel->release,
			   kernel->config == DOCTOR_CONFIG_NO ? ": CONFIG_CAN is not set" : "");
		doctor_next(v,
			    "boot a kernel with CONFIG_CAN, CONFIG_CAN_RAW, CONFIG_CAN_DEV and "
			    "CONFIG_CAN_VXCAN; %s",
			    without);
	}
}

static bool has(const struct doctor_facts *facts, enum doctor_module_id id)
{
	return facts->kernel.modules[id].available || facts->kernel.modules[id].loaded;
}

static void judge_ports(const struct doctor_facts *facts, unsigned int index,
			struct doctor_verdict *v)
{
	(void)index;
	if (!facts->kernel.has_can)
		return;
	if (has(facts, DOCTOR_CANTAP)) {
		doctor_say(v, DOCTOR_OK, "adapters can become netdevs by cantap%s%s",
			   has(facts, DOCTOR_VXCAN) ? ", vxcan" : "",
			   has(facts, DOCTOR_VCAN) ? ", vcan" : "");
	} else if (has(facts, DOCTOR_VXCAN)) {
		doctor_say(v, DOCTOR_NOTE,
			   "the module cantap is not installed: adapters become netdevs by vxcan, "
			   "where `ip link` does not set the bit rate");
		doctor_next(v, "Documentation/cantap.md tells how to install it");
	} else if (has(facts, DOCTOR_VCAN)) {
		doctor_say(v, DOCTOR_NOTE,
			   "neither cantap nor vxcan is there: adapters become netdevs by vcan, "
			   "which knows neither carrier nor direction");
		doctor_next(v, "install the module vxcan (CONFIG_CAN_VXCAN) or cantap "
			       "(Documentation/cantap.md)");
	} else {
		doctor_say(
			v, DOCTOR_PROBLEM,
			"none of the modules cantap, vxcan and vcan is installed: bridged cannot "
			"make netdevs");
		doctor_next(v,
			    "install linux-modules-extra-%s, or cantap (Documentation/cantap.md)",
			    facts->kernel.release);
	}
}

static void judge_blacklist(const struct doctor_facts *facts, unsigned int index,
			    struct doctor_verdict *v)
{
	const struct doctor_module *module;

	(void)index;
	for (int i = 0; i < DOCTOR_MODULES; i++) {
		module = &facts->kernel.modules[i];
		if (!module->blacklist[0])
			continue;
		/* A driver of adapters may be kept out on purpose. */
		doctor_say(v,
			   i == DOCTOR_SLCAN || i == DOCTOR_GS_USB ? DOCTOR_NOTE : DOCTOR_PROBLEM,
			   "%s keeps the module %s from being loaded", module->blacklist, names[i]);
		doctor_next(v, "remove that line, or load it by hand: modprobe %s", names[i]);
		if (v->level == DOCTOR_PROBLEM)
			return;
	}
	if (v->level == DOCTOR_SILENT)
		doctor_say(v, DOCTOR_OK, "no module for CAN is blacklisted");
}

static void judge_signature(const struct doctor_facts *facts, unsigned int index,
			    struct doctor_verdict *v)
{
	const struct doctor_module *cantap = &facts->kernel.modules[DOCTOR_CANTAP];

	(void)index;
	if (!cantap->available || cantap->loaded || !facts->kernel.wants_signatures)
		return;
	if (cantap->is_signed) {
		doctor_say(v, DOCTOR_OK, "the kernel wants signed modules, and cantap is signed");
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM, "%s: this kernel refuses cantap, which is not signed",
		   facts->kernel.secure_boot ? "Secure Boot" : "signatures are enforced");
	doctor_next(v,
		    "sign it with a key of yours that `mokutil --import` has enrolled (dkms does "
		    "so by itself); until then: bridged --port vxcan");
}

static void judge_bridged(const struct doctor_facts *facts, unsigned int index,
			  struct doctor_verdict *v)
{
	(void)index;
	if (facts->has_bridged) {
		doctor_say(v, DOCTOR_OK, "bridged is installed");
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM, "the program bridged is neither beside anycan nor in PATH");
	doctor_next(v, "install it, or name it in the variable ANYCAN_BRIDGED");
}

static void judge_group(const struct doctor_facts *facts, unsigned int index,
			struct doctor_verdict *v)
{
	const struct doctor_user *user = &facts->user;

	(void)index;
	if (user->is_root || user->in_group) {
		doctor_say(v, DOCTOR_OK, "this user may change settings of bridges");
	} else if (!user->has_group) {
		doctor_say(v, DOCTOR_NOTE,
			   "there is no group `can`: only root may change settings");
		doctor_next(v, "groupadd -r can && usermod -aG can $USER, and log in again");
	} else {
		doctor_say(v, DOCTOR_NOTE,
			   "this user is not in the group `can`, which may change "
			   "settings of bridges");
		doctor_next(v, "usermod -aG can $USER, and log in again");
	}
}

static void judge_libraries(const struct doctor_facts *facts, unsigned int index,
			    struct doctor_verdict *v)
{
	(void)index;
	if (facts->has_libdeflate) {
		doctor_say(v, DOCTOR_OK, "all optional libraries are there");
		return;
	}
	doctor_say(v, DOCTOR_NOTE, "built without libdeflate: BLF files are written more slowly");
	doctor_next(v, "install libdeflate-dev and build again");
}

const struct doctor_check doctor_host_checks[] = {
	{"kernel-can", judge_can},
	{"kernel-ports", judge_ports},
	{"kernel-blacklist", judge_blacklist},
	{"kernel-signature", judge_signature},
	{"bridged", judge_bridged},
	{"group", judge_group},
	{"libraries", judge_libraries},
	{NULL, NULL},
};
