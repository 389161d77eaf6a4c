# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# For test scripts that run inside tests/vm/run: KTAP results, simulated adapters, bridges.
# A script sources this, calls `plan N`, then `check` and friends, and ends with `finish`.

set -u
bin=build/bin
sim=build/tests/sim/anycan-sim
dir=/run/test
control=$dir/control
mkdir -p $dir

planned=0 done_tests=0 failed_tests=0
sim_pid= bridge_pids=()

plan()
{
	planned=$1
	echo "TAP version 13"
	echo "1..$planned"
}

# result STATUS NAME: one line of KTAP
result()
{
	((++done_tests))
	if [ "$1" = 0 ]; then
		echo "ok $done_tests $2 # ${took:-0} s"
	else
		echo "not ok $done_tests $2"
		((++failed_tests))
	fi
}

note()
{
	sed 's/^/# /' <<<"$*"
}

# check NAME CMD...: the command must succeed; what it prints is shown if it does not
check()
{
	local name=$1 status took

	shift
	# Not in a subshell, so that what the command starts and remembers stays known.
	took=$SECONDS
	"$@" >$dir/output 2>&1
	status=$?
	took=$((SECONDS - took))
	[ $status = 0 ] || note "$* -> $status: $(cat $dir/output)"
	result $status "$name"
}

# skip NAME REASON
skip()
{
	((++done_tests))
	echo "ok $done_tests $1 # SKIP $2"
}

# same NAME GOT WANTED
same()
{
	[ "$2" = "$3" ] || note "$1: got '$2', wanted '$3'"
	[ "$2" = "$3" ]
	result $? "$1"
}

# within SECONDS CMD...: wait until the command succeeds
within()
{
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# says STATUS WORDS CMD...: ends with that status, and says these words
says()
{
	local wanted=$1 words=$2 status

	shift 2
	"$@" >$dir/said 2>&1
	status=$?
	echo "$* -> $status: $(cat $dir/said)"
	[ $status = "$wanted" ] && grep -qF -- "$words" $dir/said
}

# simulate ARG...: start the simulator, wait until its ptys are there
simulate()
{
	$sim --control $control "$@" >$dir/sim.out 2>$dir/sim.err &
	sim_pid=$!
	within 10 grep -q ready $dir/sim.out || note "simulator: $(cat $dir/sim.err)"
}

simulator()
{
	$sim ctl $control "$@"
}

end_simulator()
{
	[ -n "$sim_pid" ] || return 0
	kill "$sim_pid" 2>/dev/null
	wait "$sim_pid"
	sim_pid=
}

# bridge NETDEV ADAPTER [KEY VALUE]...: start bridged, on $port if set, wait for its ready line
# Its messages are in $dir/NETDEV.err, its process number in $dir/NETDEV.pid.
bridge()
{
	local netdev=$1 adapter=$2

	shift 2
	$bin/bridged -v ${port:+--port "$port"} "$adapter" "$netdev" "$@" \
		>"$dir/$netdev.out" 2>"$dir/$netdev.err" &
	echo $! >"$dir/$netdev.pid"
	bridge_pids+=($!)
	within 15 grep -q ready "$dir/$netdev.out" && return
	note "bridged $adapter $netdev $*: $(cat "$dir/$netdev.err")"
	return 1
}

# up NETDEV...: set up and wait until the adapter is on the bus
up()
{
	local netdev

	for netdev; do
		# With a controller the kernel's queue of 10 frames counts.
		[ ! -c /dev/cantap ] || ip link set "$netdev" txqueuelen 1000
		ip link set "$netdev" up
	done
	for netdev; do
		within 10 is_open "$netdev" || note "$netdev: $(cat "$dir/$netdev.err")"
	done
}

is_open()
{
	[ "$(status "$1" '.links[0].channel')" = open ]
}

# status NETDEV JQ: a value from the bridge's status
status()
{
	$bin/anycan status -j "$1" 2>/dev/null | jq -r "$2"
}

# count NETDEV COUNTER
count()
{
	status "$1" ".links[0].counters.$2"
}

# end_bridge NETDEV: SIGTERM; its exit status
end_bridge()
{
	local pid

	pid=$(cat "$dir/$1.pid")
	kill "$pid" 2>/dev/null
	wait "$pid"
}

end_bridges()
{
	local pid

	for pid in "${bridge_pids[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	bridge_pids=()
}

# drops NETDEV: every frame that was lost somewhere, by the bridge's own account
drops()
{
	status "$1" '.links[0].counters | .rx_unclaimed + .rx_refused + .rx_backlog + .tx_failed +
		.tx_unsupported + .tx_aborted + .tx_backlog + .tx_overflow + .tx_invalid'
}

finish()
{
	end_bridges
	end_simulator
	if [ $done_tests != "$planned" ]; then
		note "ran $done_tests of $planned tests"
		exit 1
	fi
	[ $failed_tests = 0 ]
	exit
}
