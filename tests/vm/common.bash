# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What the scripts of tests/vm share: messages, exit statuses and the cache folder.
# Sourced by bash, never run.

# What the runner answers with when there is no status of CMD to hand on.
readonly EXIT_USAGE=2 EXIT_MISSING=4 EXIT_TIMEOUT=124 EXIT_FAILED=125

cache=${ANYCAN_VM_CACHE:-${HOME:-/root}/.cache/anycan-vm}

say()
{
	echo "tests/vm: $*" >&2
}

# die STATUS WORD...
die()
{
	local status=$1

	shift
	say "$@"
	exit "$status"
}

# need COMMAND PACKAGE: end with the name of the Debian package that COMMAND comes from.
need()
{
	type -P "$1" >/dev/null || PATH=$PATH:/sbin:/usr/sbin type -P "$1" >/dev/null ||
		die $EXIT_MISSING "$1 is missing (install it with: apt-get install $2)"
}

# lock FILE: hold a lock on FILE until this shell ends, through descriptor 9.
lock()
{
	exec 9>"$1" || die $EXIT_FAILED "cannot write in the cache folder $cache"
	flock 9
}

# publish NEW PLACE: put a finished file or folder where others look for it, in one step.
publish()
{
	mv -T "$1" "$2" || die $EXIT_FAILED "cannot write $2"
}
