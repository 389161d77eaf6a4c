#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# slcand by its name, on hubs where the kernel has no CAN: what it makes of its options, what it
# refuses, how it ends, and what the adapter gets. Beside the real one: tests/vm/control_long.sh.

cd "$(dirname "$0")/../.." || exit 1
. tests/daemon/lib.bash
dir=$(mktemp -d "${TMPDIR:-/tmp}/slcand.XXXXXX") || exit 1
export ANYCAN_RUN_DIR=$dir/run ANYCAN_BRIDGED=$PWD/build/bin/bridged
anycan=$PWD/build/bin/anycan sim=$PWD/build/tests/sim/anycan-sim control=$dir/control
sim_pid=

at_end()
{
	$anycan detach can0 >/dev/null 2>&1
	[ -z "$sim_pid" ] || kill "$sim_pid" 2>/dev/null
	rm -rf "$dir"
}
trap at_end EXIT

# The terminal's own name: slcand looks below /dev only.
start_simulator()
{
	$sim --control "$control" "slcan:name=a,dialect=lawicel,pty=$dir/a,keep" ack:name=ack \
		>"$dir/sim" 2>&1 &
	sim_pid=$!
	within 10 grep -q ready "$dir/sim" && tty=$(readlink "$dir/a") && tty=${tty#/dev/} &&
		ln -s "$anycan" "$dir/slcand"
}

# refuses WORDS OPTION...: status 1 and a reason, and no bridge is there
refuses()
{
	local words=$1 status

	shift
	"$dir/slcand" "$@" >"$dir/said" 2>&1
	status=$?
	cat "$dir/said"
	[ $status = 1 ] && grep -qF -- "$words" "$dir/said" && [ ! -e "$ANYCAN_RUN_DIR/can0.sock" ]
}

adapter_is()
{
	[ "$($sim ctl "$control" stats | jq ".adapters[0].$1")" = "$2" ]
}

status_is()
{
	[ "$($anycan status -j can0 | jq -c "$1")" = "$2" ]
}

# Ends as killall would end it: the process has that name.
ends()
{
	local pid

	pid=$(ps -C slcand -o pid=,args= | awk -v tty="$tty" 'index($0, tty) {print $1; exit}')
	[ "$pid" ] && kill "$pid" && within 5 [ ! -e "$ANYCAN_RUN_DIR/can0.sock" ] &&
		within 5 adapter_is open false
}

# amounts_to WORDS OPTION...: what it prints, and in the background it is
amounts_to()
{
	local words=$1

	shift
	"$dir/slcand" "$@" >"$dir/out" 2>"$dir/said" || cat "$dir/said"
	cat "$dir/said"
	[ ! -s "$dir/out" ] && grep -qxF "slcand: bridged slcan:/dev/$tty$words" "$dir/said" &&
		within 5 status_is .links[0].channel '"open"'
}

speed()
{
	amounts_to " can0 bitrate 500000" -o -c -f -s6 "$tty" can0 && adapter_is bitrate 500000 &&
		adapter_is open true && ends
}

listen_only()
{
	amounts_to "@115200 can0 bitrate 250000 listen-only on" \
		-l -s 5 -S 115200 "/dev/$tty" can0 &&
		status_is .links[0].listen_only true && ends
}

registers()
{
	amounts_to " can0 btr 031C" -o -s6 -b 031C "$tty" can0 && adapter_is bitrate 125000 && ends
}

handshake()
{
	amounts_to " can0 bitrate 1000000 rtscts on" -t hw -s8 "$tty" can0 && ends
}

in_foreground()
{
	local pid

	"$dir/slcand" -F -s6 "$tty" can0 >"$dir/out" 2>"$dir/said" &
	pid=$!
	within 10 grep -q "^ready can0" "$dir/out" && kill $pid && wait $pid &&
		within 5 adapter_is open false
}

no_name()
{
	"$dir/slcand" -s6 "$tty" 2>/dev/null && within 5 [ -e "$ANYCAN_RUN_DIR/can0.sock" ] &&
		ends
}

usage_only()
{
	refuses "Usage: slcand" && refuses "Usage: slcand" -h &&
		refuses "Usage: slcand" -x "$tty" &&
		refuses "Usage: slcand" -s && refuses "Usage: slcand" "$tty" abcdefghijklmnop
}

what_it_cannot()
{
	refuses "-s 9: give a number from 0 to 8" -s 9 "$tty" can0 &&
		refuses "-s 10: give" -s 10 "$tty" &&
		refuses "Unsupported UART speed (fast)" -S fast "$tty" &&
		refuses "Unsupported flow type (no)" -t no "$tty" &&
		refuses "there is no software handshake" -t sw "$tty" &&
		refuses "-b 031C4D: give the 4 hex digits" -b 031C4D "$tty" can0 &&
		refuses "/dev/ttyNoSuch0: No such file" -s6 ttyNoSuch0 can0 &&
		refuses "/dev/null: " -s6 null can0
}

echo "TAP version 13"
if [ -e /proc/net/can/version ]; then
	echo "1..0 # SKIP this kernel has CAN: tests/vm has this test, beside the real slcand"
	exit 4
fi
check "a simulated adapter" start_simulator
check "help, and whatever is no option" usage_only
check "what it cannot" what_it_cannot
check "-o -c -f -s6" speed
check "-l -s 5 -S 115200" listen_only
check "-s6 -b 031C" registers
check "-t hw -s8" handshake
check "-F" in_foreground
check "without a name" no_name
echo "1..$tests"
[ $failures = 0 ]
