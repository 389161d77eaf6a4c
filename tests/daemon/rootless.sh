#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Bridges in the hands of those who are not root: what a member of group can may do through the
# control socket and the one for attaching, and that nobody else may. On hubs, so that it needs no
# CAN in the kernel; tests/vm/control.sh does the same on netdevs. Needs root, to become others.

cd "$(dirname "$0")/../.." || exit 1
. tests/daemon/lib.bash
if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	echo "TAP version 13"
	echo "1..0 # SKIP needs root"
	exit 4
fi
# A group of that name, whatever this machine has, in a mount namespace of its own.
if [ "$1" != inside ]; then
	exec unshare -m --propagation private "$PWD/tests/daemon/rootless.sh" inside
fi

# Neither the tree nor TMPDIR need be open to others.
dir=$(mktemp -d /tmp/rootless.XXXXXX) || exit 1
chmod 755 "$dir"
cp build/bin/anycan build/bin/bridged "$dir" || exit 1
export ANYCAN_RUN_DIR=$dir/run ANYCAN_BRIDGED=$dir/bridged
anycan=$dir/anycan sim=$PWD/build/tests/sim/anycan-sim control=$dir/control
pids=()
member="setpriv --reuid 65531 --regid 65531 --groups 4711"
outsider="setpriv --reuid 65532 --regid 65532 --clear-groups"

{ grep -v '^can:' /etc/group; echo "can:x:4711:"; } >"$dir/group"
mount --bind "$dir/group" /etc/group || exit 1

at_end()
{
	local netdev

	for netdev in can0 can1 can2; do
		$anycan detach $netdev
	done >/dev/null 2>&1
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	umount /etc/group
	rm -rf "$dir"
}
trap at_end EXIT

status()
{
	$anycan status -j "$1" | jq -r "$2"
}

channel_is()
{
	[ "$(status "$1" .links[0].channel)" = "$2" ]
}

bitrate_is()
{
	[ "$($sim ctl "$control" stats | jq ".adapters[$1].bitrate")" = "$2" ]
}

# Whoever may open the adapter's port: a path that all can walk, its node as it is said.
port()
{
	chown "root:$2" "$(readlink "$dir/$1")" && chmod "$3" "$(readlink "$dir/$1")"
}

start_simulator()
{
	$sim --control "$control" "slcan:name=a,dialect=canable25,pty=$dir/a,keep" \
		"slcan:name=b,dialect=lawicel,pty=$dir/b,keep" ack:name=ack >"$dir/sim" 2>&1 &
	pids+=($!)
	within 10 grep -q ready "$dir/sim" && port a 0 600 && port b 0 600
}

# In the background, and no longer held by this shell's pipe.
by_root()
{
	[ "$($anycan attach --port hub "slcan:$dir/a" can0 bitrate 500000 | cat)" = can0 ] &&
		within 5 channel_is can0 open && bitrate_is 0 500000 &&
		[ "$(ps -o ppid= -p "$(status can0 .pid)" | tr -d ' ')" != $$ ]
}

unharmed()
{
	channel_is can0 open && bitrate_is 0 500000
}

# Nobody else may do anything at all, and nothing comes of it.
keeps_out()
{
	local words="members of group can may"

	says 1 "$words" $outsider $anycan down can0 &&
		says 1 "$words" $outsider $anycan up can0 bitrate 125000 &&
		says 1 "$words" $outsider $anycan set can0 bitrate 125000 &&
		says 1 "$words" $outsider $anycan restart can0 &&
		says 1 "$words" $outsider $anycan detach can0 && unharmed
}

switches()
{
	says 0 "can0: off the bus" $member $anycan down can0 && channel_is can0 closed &&
		says 0 "on the bus" $member $anycan up can0 && unharmed
}

sets()
{
	says 0 "on the bus, ERROR-ACTIVE, bitrate 250000" $member $anycan up can0 bitrate 250k &&
		bitrate_is 0 250000 && $member $anycan set can0 bitrate 125000 &&
		within 5 bitrate_is 0 125000 && within 5 channel_is can0 open
}

refuses()
{
	says 1 "bitrate 7000000" $member $anycan up can0 bitrate 7M &&
		says 1 "triple-sampling on: slcan" $member $anycan up can0 triple-sampling on &&
		says 2 "unknown key 'speed'" $member $anycan up can0 speed 6 &&
		says 1 "links have no 'speed'" $member $anycan set can0 speed 6 &&
		says 1 "no txqueuelen" $member $anycan set can0 txqueuelen 100 &&
		bitrate_is 0 125000 && channel_is can0 open
}

is_bus_off()
{
	[ "$(status can0 .links[0].state)" = BUS-OFF ]
}

restarts()
{
	says 1 "it is not bus-off" $member $anycan restart can0 || return 1
	$sim ctl "$control" busoff a >/dev/null
	within 10 is_bus_off && says 0 "can0: on the bus" $member $anycan restart can0 &&
		! is_bus_off
}

detaches()
{
	local pid

	pid=$(status can0 .pid)
	$member $anycan detach can0 && within 5 [ ! -e "/proc/$pid" ] &&
		[ "$(ls "$ANYCAN_RUN_DIR")" = "$1" ] &&
		says 1 "no bridge serves it" $anycan detach can0
}

by_root_fails()
{
	says 1 "/dev/ttyNoSuch0: No such file" $anycan attach slcan:/dev/ttyNoSuch0 &&
		says 2 "unknown key 'speed'" $anycan attach "slcan:$dir/a" can0 speed 6 &&
		[ -z "$(ls "$ANYCAN_RUN_DIR")" ]
}

nobody_serves()
{
	port a 4711 660
	grep -q . /proc/net/can/version 2>/dev/null && return
	# Without CAN in the kernel anybody may have a hub, in a folder of one's own.
	mkdir -p "$dir/own" && chown 65531 "$dir/own"
	[ "$($member env -u ANYCAN_RUN_DIR XDG_RUNTIME_DIR="$dir/own" $anycan attach \
		"slcan:$dir/a" can2 bitrate 500k 2>"$dir/warning")" = can2 ] &&
		says 0 "can2: hub, up" $member env -u ANYCAN_RUN_DIR XDG_RUNTIME_DIR="$dir/own" \
			$anycan status can2 &&
		$member env -u ANYCAN_RUN_DIR XDG_RUNTIME_DIR="$dir/own" $anycan detach can2
}

listen()
{
	$ANYCAN_BRIDGED --listen >"$dir/listen" 2>&1 &
	listener=$!
	pids+=($listener)
	within 5 grep -q ready "$dir/listen" &&
		says 1 "somebody serves it already" $ANYCAN_BRIDGED --listen
}

# systemd's way: a process for each connection.
activate()
{
	systemd-socket-activate --accept --inetd --listen="$ANYCAN_RUN_DIR/attach" \
		-E ANYCAN_RUN_DIR="$ANYCAN_RUN_DIR" "$ANYCAN_BRIDGED" --attach \
		>"$dir/activate" 2>&1 &
	pids+=($!)
	within 5 [ -S "$ANYCAN_RUN_DIR/attach" ] && chmod 666 "$ANYCAN_RUN_DIR/attach"
}

attaches()
{
	port a 4711 660
	[ "$($member $anycan attach --port hub "slcan:$dir/a" can0 bitrate 500k)" = can0 ] &&
		within 5 channel_is can0 open && bitrate_is 0 500000 &&
		[ "$(ps -o user= -p "$(status can0 .pid)")" != root ]
}

attach_keeps_out()
{
	local words="only root and members of group can may attach"

	port b 4711 666
	says 1 "$words" $outsider $anycan attach --port hub "slcan:$dir/b" can1 &&
		[ ! -e "$ANYCAN_RUN_DIR/can1.sock" ]
}

# No file that the member could not open as well, no option, no odd word.
lends_nothing()
{
	port b 0 600
	: >"$dir/secret"
	chmod 600 "$dir/secret"
	says 1 "Permission denied" $member $anycan attach --port hub "slcan:$dir/b" can1 &&
		says 1 "Permission denied" $member $anycan attach --port hub "slcan:$dir/secret" &&
		says 1 "unknown port" $member $anycan attach --port ../x "slcan:$dir/b" &&
		says 1 "begins with its driver" $member $anycan attach -- --user "slcan:$dir/b" &&
		says 1 "unknown key '--user'" $member $anycan attach "slcan:$dir/b" --user root &&
		says 1 "printable words" $member $anycan attach "slcan:$dir/b" $'can\n1' &&
		[ ! -e "$ANYCAN_RUN_DIR/can1.sock" ]
}

# rude BYTES...: what is no request is answered with words
rude()
{
	$member /usr/bin/python3 -c '
import json, os, socket, sys
for line in (b"\n", b"[]\n", b"{}\n", b"{\"request\":\"up\"}\n", b"\xff\n", b"x" * 9000 + b"\n",
             b"{\"request\":\"attach\",\"words\":[]}\n",
             b"{\"request\":\"attach\",\"words\":[1]}\n",
             b"{\"request\":\"attach\",\"words\":" + b"[" * 99 + b"\n",
             json.dumps({"request": "attach", "words": ["slcan:x"] * 65}).encode() + b"\n"):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(os.environ["ANYCAN_RUN_DIR"] + "/attach")
        try:
            s.sendall(line)
        except OSError:
            pass
        answer = json.loads(s.makefile().readline())
        assert not answer["ok"] and "request" in answer["error"], (line, answer)'
}

outlives_listener()
{
	kill $listener
	wait $listener && [ ! -e "$ANYCAN_RUN_DIR/attach" ] && channel_is can0 open
}

# A bridge that is held ends with the connection.
held()
{
	port b 4711 660
	$member /usr/bin/python3 -c '
import json, os, socket, sys, time
run = os.environ["ANYCAN_RUN_DIR"]
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(run + "/attach")
s.sendall(json.dumps({"request": "attach", "words": ["slcan:" + sys.argv[1], "can1", "bitrate",
                      "500k"], "port": "hub", "hold": True}).encode() + b"\n")
answer = json.loads(s.makefile().readline())
assert answer == {"ok": True, "netdevs": ["can1"]}, answer
time.sleep(0.2)
assert os.path.exists(run + "/can1.ctl")' "$dir/b" && within 5 [ ! -e "$ANYCAN_RUN_DIR/can1.ctl" ]
}

echo "TAP version 13"
check "simulated adapters" start_simulator
check "root attaches one, in the background" by_root
check "who is not in the group may do nothing" keeps_out
check "a member sets it down and up" switches
check "gives it other bit rates" sets
check "is told what cannot be" refuses
check "restarts it after bus-off" restarts
check "and detaches it" detaches ""
check "root is told why an adapter cannot be attached" by_root_fails
check "where nobody serves: a hub of one's own" nobody_serves
check "bridged --listen serves, once" listen
check "a member attaches an adapter" attaches
check "who is not in the group does not" attach_keeps_out
check "it lends no rights" lends_nothing
check "requests that are none" rude
check "the bridge outlives whoever served" outlives_listener
check "a member detaches it" detaches ""
if type systemd-socket-activate >/dev/null 2>&1; then
	check "a socket unit serves" activate
	check "a member attaches by it" attaches
	check "it lends no rights either" lends_nothing
	check "a bridge that ends with the connection" held
	check "a member detaches that, too" detaches attach
fi
echo "1..$tests"
[ $failures = 0 ]
