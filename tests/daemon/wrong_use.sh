#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Wrong use of bridged, whoever runs it: 2 for wrong arguments, 1 for failures, one line on standard
# error that names the thing and the next step, nothing on standard output, nothing left behind.
# No CAN is needed in the kernel; where there is none, that is one of the failures.

cd "$(dirname "$0")/../.." || exit 1
. tests/daemon/lib.bash
bridged=$PWD/build/bin/bridged
sim=$PWD/build/tests/sim/anycan-sim
dir=$(mktemp -d "${TMPDIR:-/tmp}/wrong_use.XXXXXX") || exit 1
control=$dir/control
tty=$dir/tty dead=$dir/dead
sim_pid=
root=$([ "$(id -u)" = 0 ] && echo yes)

# Every process that a bridged leaves behind carries this folder in its environment.
export ANYCAN_RUN_DIR=$dir/run

# ---- Results

# result STATUS NAME
result()
{
	((++tests))
	[ "$1" = 0 ] || ((++failures))
	echo "$([ "$1" = 0 ] || echo "not ")ok $tests $2"
}

note()
{
	echo "# ${*//$'\n'/$'\n'# }"
}

# ---- What may be left behind

processes()
{
	grep -slZ "ANYCAN_RUN_DIR=$dir/run" /proc/[0-9]*/environ | tr '\0' '\n' |
		while IFS=/ read -r _ _ pid _; do
			case $(cat "/proc/$pid/comm" 2>/dev/null) in
			bridged*) echo "process $pid" ;;
			esac
		done
}

# Netdevs, sockets and links, processes, locks on the ports.
traces()
{
	ls /sys/class/net
	(cd "$dir" && find . ! -name 'last.*' | sort)
	processes
	is_locked "$tty" && echo "$tty is locked"
	is_locked "$dead" && echo "$dead is locked"
}

# is_locked PORT: looked up, for trying would be in the way of others who try
is_locked()
{
	grep -q "FLOCK .*:$(stat -L -c %i "$1") " /proc/locks
}

# As it was before the first wrong use; a keeper may take a moment to end.
is_clean()
{
	[ "$(traces)" = "$clean" ]
}

# ---- Wrong use

# judge STATUS WORDS: the exit status must be $wanted, the one line hold all words (; between)
judge()
{
	local status=$1 words=$2 word wrong=

	[ "$status" = "$wanted" ] || wrong+="exit status $status, not $wanted; "
	[ ! -s "$dir/last.out" ] || wrong+="something on standard output; "
	[ "$(wc -l <"$dir/last.err")" = 1 ] || wrong+="not one line; "
	[[ $(cat "$dir/last.err") == bridged:\ ?* ]] || wrong+="not its name in front; "
	while IFS= read -r word; do
		grep -qF -- "$word" "$dir/last.err" || wrong+="without '$word'; "
	done <<<"${words//;/$'\n'}"
	within 5 is_clean || wrong+="left behind: $(diff <(echo "$clean") <(traces))"
	[ "$wrong" ] || return 0
	note "$wrong"
	note "$(cat "$dir/last.out" "$dir/last.err")"
	return 1
}

# wrong NAME WORDS ARG...: run bridged, which must end with $wanted; $as is put in front of it
wrong()
{
	local name=$1 words=$2

	shift 2
	$as timeout 60 "$bridged" "$@" >"$dir/last.out" 2>"$dir/last.err"
	judge $? "$words"
	result $? "$name"
}

# right NAME WORDS ARG...: must succeed, with the words on standard output and nothing else said
right()
{
	local name=$1 words=$2

	shift 2
	timeout 60 "$bridged" "$@" >"$dir/last.out" 2>"$dir/last.err" && [ ! -s "$dir/last.err" ] &&
		grep -qF -- "$words" "$dir/last.out" && is_clean
	result $? "$name"
}

# begin ARG...: start a bridged that waits for its adapter; it has the port when that is locked
begin()
{
	"$bridged" "$@" sleep-after-open 50 >"$dir/last.out" 2>"$dir/last.err" &
	bridge=$!
	within 20 is_locked "$tty" || note "did not lock $tty: $(cat "$dir/last.err")"
}

simulate()
{
	"$sim" --control "$control" "slcan:name=a,dialect=canable,pty=$tty,keep" \
		"slcan:name=b,dialect=dead,pty=$dead,keep" >"$dir/last.sim" 2>&1 &
	sim_pid=$!
	within 20 grep -q ready "$dir/last.sim"
}

# hold PORT: have another program lock it
hold()
{
	"${PYTHON:-python3}" -c "import fcntl, os, time
fcntl.flock(os.open('$1', os.O_RDWR | os.O_NOCTTY), fcntl.LOCK_EX)
time.sleep(120)" &
	holder=$!
	within 20 is_locked "$1"
}

has_can()
{
	[ -e /proc/net/can ] || modprobe -q can 2>/dev/null
}

at_end()
{
	[ -z "$sim_pid" ] || kill "$sim_pid" 2>/dev/null
	rm -rf "$dir"
}
trap at_end EXIT

echo "TAP version 13"
if [ ! -x "$bridged" ] || [ ! -x "$sim" ] || ! simulate; then
	echo "Bail out! bridged or the simulator is not there: $(cat "$dir/last.sim" 2>/dev/null)"
	exit 1
fi
clean=$(traces)
as=

# ---- Help is no mistake

right "--help" "Usage: bridged" --help
right "-h" "slcan:/dev/ttyACM0" -h
right "--help lists the drivers' keys" "dialect" --help
right "--version" "bridged (anycan) " --version
right "-V wins over what follows" "bridged (anycan) " -V nonsense

# ---- Wrong arguments

wanted=2
wrong "no arguments" "no adapter given;slcan:/dev/ttyACM0;--help"
wrong "options only" "no adapter given;--help" -v -q
wrong "an unknown letter" "-x;--help" -x "slcan:$tty" can0
wrong "an unknown word" "--loud;--help" --loud "slcan:$tty" can0
wrong "an option without its value" "--port;value;--help" --port
wrong "an unknown port" "'ethernet';vxcan;vcan" --port ethernet "slcan:$tty" can0
wrong "an unknown log level" "'loud';critical;frames" --log loud "slcan:$tty" can0
wrong "an unknown user" "'nosuchuser'" --user nosuchuser "slcan:$tty" can0
wrong "an unknown driver" "'slcam';slcan" "slcam:$tty" can0 bitrate 500000
wrong "a netdev in place of an adapter" "can0;begins with its driver;slcan:/dev/ttyACM0" can0
wrong "a port without driver" "$tty;DRIVER:ADDRESS" "$tty" can0
wrong "an empty adapter" "empty" "" can0
wrong "no address" "empty;serial port" slcan: can0
wrong "an unknown key" "'bitrat';bitrate;rtscts" "slcan:$tty" can0 bitrat 500000
wrong "a tty's key with a socket" "'rtscts'" slcan:socket://127.0.0.1:1 can0 rtscts on
wrong "a key without value" "'listen-only';value" "slcan:$tty" can0 bitrate 500000 listen-only
wrong "a key without value nor netdev" "'bitrate';value" "slcan:$tty" bitrate

# Each kind of value.
wrong "no number" "bitrate 'fast';500k" "slcan:$tty" can0 bitrate fast
wrong "a number that is too big" "baud '13000000';12000000" "slcan:$tty" can0 baud 13000000
wrong "no fraction" "sample-point '87.5%';0.875" "slcan:$tty" can0 sample-point 87.5%
wrong "neither on nor off" "fd 'maybe';on or off" "slcan:$tty" can0 fd maybe
wrong "neither on nor off, the tty's" "rtscts 'maybe';on or off" "slcan:$tty" can0 rtscts maybe
wrong "no time" "sleep-after-open 'long';seconds" "slcan:$tty" can0 sleep-after-open long
wrong "no milliseconds" "restart-ms 'soon';milliseconds" "slcan:$tty" can0 restart-ms soon
wrong "no ohms" "termination 'much';ohms" "slcan:$tty" can0 termination much
wrong "none of the words" "dialect 'latin';choose one of;lawicel" "slcan:$tty" can0 dialect latin
wrong "a text that the driver refuses" "filter;ID:MASK" "slcan:$tty" can0 bitrate 500k filter x
wrong "an empty value" "bitrate '';500k" "slcan:$tty" can0 bitrate ""
wrong "a line end in a value" "bitrate '5?5';500k" "slcan:$tty" can0 bitrate $'5\n5'
wrong "fd without its bit rate" "fd on;dbitrate" "slcan:$tty" can0 bitrate 500k fd on
wrong "a bit rate that no adapter has" "bitrate 7000000;usual ones" "slcan:$tty" can0 bitrate 7M

wrong "a mode that it cannot" "listen-only on;adapter that can" "robotell:$tty" can0 listen-only on
wrong "a bit rate that is too high" "bitrate 2000000;1000000" "robotell:$tty" can0 bitrate 2M
wrong "a filter that it has not" "filter;from 1 to 14" "robotell:$tty" can0 filter 15=123
wrong "a setting for a running one" "'factory-reset'" "robotell:$tty" can0 factory-reset yes
wrong "a bit rate of a list" "bitrate 83333;500000" "seedstudio:$tty" can0 bitrate 83333
wrong "FD over serial" "fd on;classic CAN only" "serial:$tty" can0 fd on
wrong "a unit that is none" "timestamp-unit 'ns';us" "serial:$tty" can0 timestamp-unit ns

wrong "a netdev with 16 letters" "'abcdefghijklmnop';15" "slcan:$tty" abcdefghijklmnop
wrong "a netdev with a slash" "'a/b';'/'" "slcan:$tty" a/b bitrate 500000
wrong "a netdev that is empty" "'';15" "slcan:$tty" can0, bitrate 500000
wrong "a netdev with a number to fill in" "'can%d';'%'" "slcan:$tty" can%d bitrate 500000
wrong "nine netdevs" "'a,b,c,d,e,f,g,h,i';8;fewer" "slcan:$tty" a,b,c,d,e,f,g,h,i bitrate 500000

wrong "a socket without port" "socket://127.0.0.1;port is missing" slcan:socket://127.0.0.1 can0
wrong "a port that is no number" "no number" slcan:socket://127.0.0.1:http can0
wrong "a port out of range" "no number" slcan:socket://127.0.0.1:65536 can0
wrong "no host" "host is missing" slcan:socket://:3333 can0
wrong "IPv6 without brackets" "brackets" slcan:socket://::1:3333 can0
wrong "a URL that nobody knows" "spi://h:1;no transport" slcan:spi://h:1 can0
wrong "a rate that is none" "@;baud rate" slcan:/dev/ttyUSB0@fast can0
wrong "a blank in the address" "blank" "slcan:/dev/tty USB0" can0

# ---- Failures

wanted=1
wrong "no such tty" "/dev/ttyNoSuch0: No such file;plugged in;anycan list" \
	slcan:/dev/ttyNoSuch0 can0
wrong "not a tty" "/dev/null;no serial port" slcan:/dev/null can0
wrong "a folder" "/dev: ;no serial port" slcan:/dev can0
wrong "a file" "$dir/last.sim: ;no serial port" "slcan:$dir/last.sim" can0

hold "$tty"
before=$clean clean=$(traces)
wrong "a tty locked by another program" "$tty: busy;fuser" "slcan:$tty" can0 bitrate 500000
kill $holder
wait $holder 2>/dev/null
clean=$before

port=$("${PYTHON:-python3}" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
wrong "a server that is not there" "socket://127.0.0.1:$port: Connection refused;server running" \
	"slcan:socket://127.0.0.1:$port" can0 bitrate 500000

wrong "a bit rate that this adapter lacks" "bitrate 83333;CANable;choose one of" \
	"slcan:$tty" can0 bitrate 83333
wrong "FD with an adapter that has none" "fd on;CANable;leave out" \
	"slcan:$tty" can0 bitrate 500k fd on dbitrate 2M
wrong "more netdevs than channels" "2 netdevs;1 channel;fewer" "slcan:$tty" can0,can1 bitrate 500k
wrong "no answer, where one is needed" "timestamp on;leave it out" \
	"slcan:$dead" can0 bitrate 500k timestamp on
wrong "the name of another netdev" "lo: there is a netdev;choose another" \
	"slcan:$tty" lo bitrate 500k

if has_can; then
	skip "a kernel without CAN" "this kernel has CAN"
elif [ "$root" ]; then
	wrong "a kernel without vxcan" "can7;vxcan;this kernel has no;modprobe" \
		--port vxcan "slcan:$tty" can7 bitrate 500k
	wrong "a kernel without vcan" "can7;vcan;this kernel has no;modprobe" \
		--port vcan "slcan:$tty" can7 bitrate 500k
fi
# Where the kernel has no CAN a hub takes the netdev's place, which needs no privilege.
no_netdev="can7;run as root;CAP_NET_ADMIN"
has_can || no_netdev="can7;hub;ANYCAN_RUN_DIR"
if [ "$root" ]; then
	# By its own name: the folder may be closed to others.
	pty=$(readlink "$tty")
	as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	chmod 600 "$pty"
	wrong "no permission for the tty" "$pty: Permission denied;root;group" "slcan:$pty" can7
	chmod 666 "$pty"
	wrong "no permission to make a netdev" "$no_netdev" "slcan:$pty" can7
	wrong "the same once more: no lock was left" "$no_netdev" "slcan:$pty" can7
	chmod 700 "$dir"
	wrong "no permission for its folder" "$tty: Permission denied;root" "slcan:$tty" can7
	wanted=2
	wrong "no permission to become somebody" "'daemon';only root" \
		--user daemon "slcan:$pty" can7
	wanted=1
	as=
elif has_can; then
	wrong "no permission to make a netdev" "$no_netdev" "slcan:$tty" can7
fi

# ---- While it waits for the adapter

begin "slcan:$tty" can0 bitrate 500000
"$bridged" "slcan:$tty" can1 bitrate 500000 >"$dir/last.out" 2>"$dir/last.err"
second=$?
kill -TERM $bridge
wait $bridge
first=$?
judge $second "$tty: busy;fuser"
result $? "a second daemon for the same tty"
[ $first = 0 ] && is_clean
result $? "SIGTERM ends the first one, in order"

begin "slcan:$tty" can0 bitrate 500000
kill -INT $bridge
wait $bridge && [ ! -s "$dir/last.err" ] && [ ! -s "$dir/last.out" ] && is_clean
result $? "SIGINT ends it without a word"

begin "slcan:$tty" can0 bitrate 500000
kill -KILL $bridge
wait $bridge 2>/dev/null
within 5 is_clean
result $? "SIGKILL leaves nothing in the way"

begin "slcan:$tty" can0 bitrate 500000
"$sim" ctl "$control" unplug a >/dev/null
wait $bridge
status=$?
"$sim" ctl "$control" replug a >/dev/null
within 5 test -e "$tty"
judge $status "slcan:$tty: ;went away;start again"
result $? "the adapter is pulled out while it is asked"

echo "1..$tests"
[ $failures = 0 ]
