# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# For test scripts of the module that run inside tests/vm/run.

. tests/vm/guest/lib.bash

# The module for the kernel that runs.
case $(uname -r) in
*-debug) cantap=build/kmod/debug/cantap.ko ;;
6.1.*) cantap=build/kmod/6.1/cantap.ko ;;
*) cantap=build/kmod/6.12/cantap.ko ;;
esac

load_cantap()
{
	# Without what only a debugger needs it loads in a moment.
	objcopy --strip-debug $cantap $dir/cantap.ko && cantap=$dir/cantap.ko
	modprobe -a can-dev can-raw && insmod $cantap && within 2 [ -c /dev/cantap ]
}

# Where the kernel looks for memory that nobody points to any more. It says so when it has seen it
# twice.
nothing_leaks()
{
	local leaks=/sys/kernel/debug/kmemleak

	[ -e $leaks ] || mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
	[ -e $leaks ] || return 0
	echo scan >$leaks && sleep 6 && echo scan >$leaks || return 1
	! grep . $leaks
}

# No warning, no hang, nothing that the kernel says only when something is wrong.
is_kernel_content()
{
	nothing_leaks || return 1
	! dmesg | grep -E -A 12 -e 'WARNING:|BUG|Oops|general protection|refcount_t|KASAN' \
		-e 'self-detected stall|soft lockup|blocked for more|to become free' \
		-e 'possible circular|sleeping function'
}

# program NAME: run it, its results indented; the kernel must have nothing to complain about
program()
{
	local status

	tests/harness/cmocka.py build/tests/kmod/"$1" >$dir/ktap
	status=$?
	sed 's/^/    /' $dir/ktap
	result $status "$1"
}

# Objects in use of the caches that frames, files and netdevs come from.
objects()
{
	local cache

	# What is free, but kept at hand, would be counted as well.
	for cache in skbuff_head_cache kmalloc-1k kmalloc-4k kmalloc-16k; do
		[ ! -e /sys/kernel/slab/$cache ] || echo 1 >/sys/kernel/slab/$cache/shrink
	done
	awk '$1 == "skbuff_head_cache" || $1 ~ /^kmalloc-(1k|4k|16k)$/ {print $1, $2}' \
		/proc/slabinfo | sort
}

remember_objects()
{
	objects >$dir/objects
}

# What the caches hold is near what they held: one left in every round of a test would show.
nothing_is_left()
{
	objects | join $dir/objects - |
		awk '{print $1, $2, "->", $3} $3 - $2 > 100 {bad = 1} END {exit bad}'
}
