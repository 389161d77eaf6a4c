#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What `make install` gives to udev and systemd, as far as that can be judged without running it:
# the distribution's own checkers, and that `make uninstall` is its inverse.

cd "$(dirname "$0")/../.." || exit 1
. tests/daemon/lib.bash
dir=$(mktemp -d "${TMPDIR:-/tmp}/units.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT

# on_root GOAL: make GOAL for a root folder of the test's own
on_root()
{
	make --no-print-directory "$1" DESTDIR="$dir/root" PREFIX=/usr UDEV_DIR=/usr/lib/udev \
		UNIT_DIR=/usr/lib/systemd/system SYSUSERS_DIR=/usr/lib/sysusers.d \
		TMPFILES_DIR=/usr/lib/tmpfiles.d
}

installs()
{
	on_root install || return 1
	! grep -r '@[A-Z]*@' "$dir/root/usr/lib/udev" "$dir/root/usr/lib/systemd" &&
		build/bin/bridged --hwdb | cmp - "$dir/root/usr/lib/udev/hwdb.d/70-anycan.hwdb"
}

# Units whose programs are where the test has them.
units_are_valid()
{
	local unit

	mkdir "$dir/units"
	for unit in "$dir/root"/usr/lib/systemd/system/anycan-*; do
		sed "s|/usr/bin/|$PWD/build/bin/|" "$unit" >"$dir/units/${unit##*/}"
	done
	SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$dir"/units/* 2>&1 |
		tee "$dir/verify"
	! grep anycan "$dir/verify"
}

# At most 2.0 of 10 for what a plug starts.
exposure()
{
	local unit

	for unit in "$dir"/units/anycan-{bridge,link}@.service; do
		systemd-analyze security --no-pager --offline=yes --threshold=20 "$unit" ||
			return 1
	done
}

users()
{
	systemd-sysusers --root="$dir/root" anycan.conf &&
		grep '^anycan:' "$dir/root/etc/passwd" && grep '^can:' "$dir/root/etc/group"
}

folders()
{
	systemd-tmpfiles --root="$dir/root" --create anycan.conf &&
		[ -d "$dir/root/run/anycan" ] && [ -d "$dir/root/var/lib/anycan" ]
}

# Only newer ones (254) can look at rules without a device.
has_udevadm_verify()
{
	udevadm verify --help >/dev/null 2>&1
}

# Somebody else's files and folders stay.
uninstalls()
{
	rm -rf "$dir/root/run" "$dir/root/var" "$dir/root"/etc/{.pwd.lock,[!a]*}
	echo "[Match]" >"$dir/root/etc/anycan/10-mine.conf"
	touch "$dir/root/usr/lib/udev/rules.d/60-other.rules"
	on_root uninstall || return 1
	(cd "$dir/root" && find . -type f | sort) | tee "$dir/left"
	[ "$(tr '\n' ' ' <"$dir/left")" = \
		"./etc/anycan/10-mine.conf ./usr/lib/udev/rules.d/60-other.rules " ] || return 1
	rm -rf "$dir/root"
	on_root install && on_root uninstall || return 1
	[ -z "$(find "$dir/root" -mindepth 1)" ]
}

command -v systemd-analyze >/dev/null || {
	echo "1..0 # SKIP systemd-analyze is missing (apt-get install systemd)"
	exit 4
}
echo "TAP version 13"
echo "1..8"
check "make install" installs
check "systemd-analyze verify" units_are_valid
check "systemd-analyze security" exposure
if [ "$(id -u)" = 0 ]; then
	check "systemd-sysusers" users
	check "systemd-tmpfiles" folders
else
	skip "systemd-sysusers" "only root may give files away"
	skip "systemd-tmpfiles" "only root may give files away"
fi
if has_udevadm_verify; then
	check "udevadm verify" udevadm verify "$dir/root"/usr/lib/udev/rules.d/*
else
	skip "udevadm verify" "this udevadm has no such command, it came with version 254"
fi
if command -v shellcheck >/dev/null; then
	check "shellcheck" shellcheck udev/examples/runit-run udev/examples/openrc
else
	skip "shellcheck" "it is missing (apt-get install shellcheck)"
fi
check "make uninstall" uninstalls
[ $failures = 0 ]
