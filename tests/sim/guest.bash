# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# For the scripts of this folder that run inside tests/vm/run: kernel drivers on simulated
# adapters, used by can-utils. Sourced behind tests/vm/guest/lib.bash.

frames=2000

# stats PATH: a value of the simulator's numbers
stats()
{
	simulator stats | jq -r "$1"
}

sim_says()
{
	[ "$(stats "$1")" = "$2" ]
}

rx()
{
	cat "/sys/class/net/$1/statistics/rx_packets"
}

rx_is()
{
	[ "$(rx "$1")" = "$2" ]
}

# sequence FROM TO: every number arrives once and in order
sequence()
{
	local before receiver status=0

	before=$(rx "$2")
	cansequence -r --quit=1 "$2" >$dir/sequence 2>&1 &
	receiver=$!
	sleep 0.5
	cansequence -p "$1" --loop=$frames >/dev/null
	within 60 rx_is "$2" $((before + frames)) || status=1
	sleep 0.2
	# It ends by itself only when a number is missing.
	kill $receiver 2>/dev/null || status=1
	[ $status = 0 ] || cat $dir/sequence
	return $status
}

# random FROM TO: cangen's frames of every kind and length arrive as they were sent
random()
{
	local before logger

	before=$(rx "$2")
	candump -L -T 3000 "$2" >$dir/heard 2>/dev/null &
	logger=$!
	candump -L -T 3000 "$1" >$dir/sent 2>/dev/null &
	sleep 0.5
	cangen "$1" -g 0 -p 10 -I r -L r -D r -n 300 -e
	cangen "$1" -g 0 -p 10 -I r -L r -D r -n 300
	cangen "$1" -g 0 -p 10 -I r -L r -R -n 100
	wait $logger %% 2>/dev/null
	within 10 rx_is "$2" $((before + 700)) || return 1
	cut -d ' ' -f 3 $dir/sent >$dir/sent.frames
	cut -d ' ' -f 3 $dir/heard >$dir/heard.frames
	[ "$(wc -l <$dir/heard.frames)" = 700 ] && cmp $dir/sent.frames $dir/heard.frames
}

# Both at once, under full load: arbitration decides, nothing is lost.
both_ways()
{
	local before=("$(rx can0)" "$(rx can1)")

	cangen can0 -g 0 -p 10 -I 200 -L 8 -D i -n $frames &
	cangen can1 -g 0 -p 10 -I 100 -L 8 -D i -n $frames
	wait %% 2>/dev/null
	within 60 rx_is can0 $((before[0] + frames)) && within 60 rx_is can1 $((before[1] + frames))
}

state_is()
{
	ip -d link show "$1" | grep -q "state $2"
}
