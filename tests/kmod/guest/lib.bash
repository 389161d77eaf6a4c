# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# For test scripts of the module that run inside tests/vm/run.

. tests/vm/guest/lib.bash

# The module for the kernel that runs.
case $(uname -r) in
6.1.*) cantap=build/kmod/6.1/cantap.ko ;;
*) cantap=build/kmod/6.12/cantap.ko ;;
esac

load_cantap()
{
	modprobe -a can-dev can-raw && insmod $cantap && within 2 [ -c /dev/cantap ]
}

# No warning, no hang, nothing that the kernel says only when something is wrong.
is_kernel_content()
{
	! dmesg | grep -E -A 12 'WARNING:|BUG|Oops|general protection|refcount_t|self-detected stall|soft lockup|hung_task'\
'|blocked for more|waiting for .* to become free|KASAN|possible circular|sleeping function'
}
