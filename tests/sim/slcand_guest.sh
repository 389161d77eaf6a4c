#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Two netdevs of the kernel's slcan line discipline (slcand) on two simulated adapters on one bus,
# used by can-utils. None of this is ours but the simulator. Runs inside tests/vm/run.

cd "$(dirname "$0")/../.." || exit 1
. tests/vm/guest/lib.bash
. tests/sim/guest.bash

# can0 is set up by slcand's own commands, can1 by `ip link`, which makes the kernel send them.
attach()
{
	slcand -o -s6 -S 3000000 /dev/sim0 can0 && slcand -S 3000000 /dev/sim1 can1 &&
		within 5 test -e /sys/class/net/can0 && within 5 test -e /sys/class/net/can1 &&
		ip link set can0 up && ip link set can1 up type can bitrate 500000 &&
		within 5 sim_says .adapters[0].open true &&
		within 5 sim_says .adapters[1].open true &&
		sim_says .adapters[0].bitrate 500000 &&
		sim_says .adapters[1].bitrate 500000
}

# A generator on the bus that never pauses; the bus waits where a host is too slow.
full_load()
{
	local before=("$(rx can0)" "$(rx can1)")

	simulator start 2 >/dev/null
	within 60 sim_says .adapters[2].to_bus 3000 &&
		within 20 rx_is can0 $((before[0] + 3000)) &&
		within 20 rx_is can1 $((before[1] + 3000))
}

# Frames in = frames out, by the simulator's own books.
conserved()
{
	simulator stats | jq -e '[.adapters[:2][] |
		.from_host + .from_control == .to_bus + .waiting_tx and
		.from_bus == .to_host + .waiting_rx and ([.dropped[]] | add) == 0] | all'
}

# Without an acknowledgement the adapter becomes error passive and says so with an s line.
no_acknowledgement()
{
	local before

	before=$(rx can1)
	simulator noack on >/dev/null
	cansend can0 123#11
	within 10 state_is can0 ERROR-PASSIVE || return 1
	simulator noack off >/dev/null
	within 10 rx_is can1 $((before + 1)) && within 10 state_is can0 ERROR-WARNING
}

# An e line becomes an error frame that names the error.
error_frame()
{
	candump -e -T 2000 can0,0:0,#FFFFFFFF >$dir/errors &
	sleep 0.3
	simulator error 0 crc >/dev/null
	simulator send 1 123#22 >/dev/null
	wait $!
	grep -q ERRORFRAME $dir/errors && grep -q 'crc-sequence' $dir/errors && return
	cat $dir/errors
	return 1
}

bus_off()
{
	simulator busoff 0 >/dev/null
	within 10 state_is can0 BUS-OFF || return 1
	ip link set can0 down
	ip link set can0 up type can bitrate 500000
	within 10 state_is can0 ERROR-ACTIVE && within 5 sim_says .adapters[0].state error-active
}

# An unplugged adapter takes its netdev along; plugged in again it serves a new slcand.
unplug()
{
	simulator unplug 0 >/dev/null
	within 10 test ! -e /sys/class/net/can0 || return 1
	simulator replug 0 >/dev/null
	slcand -o -s6 -S 3000000 /dev/sim0 can0 && within 5 test -e /sys/class/net/can0 &&
		ip link set can0 up && within 5 sim_says .adapters[0].open true
}

# A CANUSB, whose answers the kernel has to skip, and a CANable, which gives none.
real_adapters()
{
	slcand -o -s6 -S 3000000 /dev/sim0 can2 && slcand -o -s6 -S 3000000 /dev/sim1 can3 &&
		within 5 test -e /sys/class/net/can2 && within 5 test -e /sys/class/net/can3 &&
		ip link set can2 up && ip link set can3 up &&
		within 5 sim_says .adapters[0].open true &&
		within 5 sim_says .adapters[1].open true &&
		sequence can2 can3 && sequence can3 can2 && conserved
}

modprobe slcan
modprobe can-raw
plan 13
simulate --lossless slcan:dialect=kernel,pty=/dev/sim0 slcan:dialect=kernel,pty=/dev/sim1 \
	gen:id=300,count=3000,len=8,paused
check "slcand and ip link open both adapters" attach
check "cansequence can0 -> can1, $frames frames" sequence can0 can1
check "cansequence can1 -> can0, $frames frames" sequence can1 can0
check "cangen of every kind can0 -> can1" random can0 can1
check "cangen of every kind can1 -> can0" random can1 can0
check "both ways at once" both_ways
check "3000 frames back to back from the bus" full_load
check "the simulator dropped nothing" conserved
check "no acknowledgement: error passive and back" no_acknowledgement
check "a bit error shows as error frame" error_frame
check "bus-off and restart" bus_off
check "unplug takes the netdev along, replug serves a new slcand" unplug
end_simulator
simulate --lossless slcan:dialect=lawicel,pty=/dev/sim0 slcan:dialect=canable,pty=/dev/sim1
check "cansequence both ways over a CANUSB and a CANable" real_adapters
end_simulator
finish
