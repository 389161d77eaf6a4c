# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What the tests of USB drivers share, beside lib.bash: simulated USB adapters, full buses, faults.

. tests/vm/guest/lib.bash

modprobe vhci-hcd
modprobe can-raw

enumerated()
{
	grep -qsv 1d6b /sys/bus/usb/devices/*/idVendor
}

# plug_in ARG...: simulate, and wait until the kernel has found the adapter
plug_in()
{
	simulate "$@" && within 10 enumerated
}

# received NETDEV: frames, by the kernel's account
received()
{
	ip -s -j link show "$1" | jq .[0].stats64.rx.packets
}

sent()
{
	ip -s -j link show "$1" | jq .[0].stats64.tx.packets
}

# simulated ADAPTER JQ: a value of the simulator's account
simulated()
{
	simulator stats | jq ".adapters[] | select(.name == \"$1\") | $2"
}

# channel_up NETDEV...: set up, and wait until each is on the bus
channels_open()
{
	local i

	for i in $(seq 0 $(($# - 1))); do
		[ "$(status "$1" ".links[$i].channel")" = open ] || return 1
	done
}

all_up()
{
	local netdev

	for netdev; do
		ip link set "$netdev" up
	done
	within 10 channels_open "$@"
}

# ordered FILE COUNT: a log of frames with a counter in their data (seq), none missing
ordered()
{
	python3 - "$1" "$2" <<-'EOT'
	import struct, sys
	numbers = []
	for line in open(sys.argv[1]):
	    data = line.split()[2].split("#")[-1]
	    data = data[1:] if "##" in line else data
	    numbers.append(struct.unpack("<Q", bytes.fromhex(data)[:8])[0])
	assert len(numbers) == int(sys.argv[2]), len(numbers)
	assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "out of order"
	EOT
}

# all_receive COUNT NETDEV...: the generator's frames reach all of them, in order, none is lost
all_receive()
{
	local count=$1 netdev readers=()

	shift
	for netdev; do
		candump -L -n "$count" -T 30000 "$netdev,100:7FF" >"$dir/$netdev.log" &
		readers+=($!)
	done
	sleep 0.7
	simulator start gen >/dev/null
	wait "${readers[@]}"
	simulator pause gen >/dev/null
	for netdev; do
		ordered "$dir/$netdev.log" "$count" || return 1
	done
}

# each_sends COUNT NETDEV...: all send at once, each its own identifier; every other one gets them
each_sends()
{
	local count=$1 netdev id=200 senders=() before=() i=0

	shift
	for netdev; do
		before+=("$(received "$netdev")")
	done
	for netdev; do
		cangen "$netdev" -I $id -L 8 -g 0 -p 100 -n "$count" &
		senders+=($!)
		id=$((id + 1))
	done
	wait "${senders[@]}" || return 1
	for netdev; do
		within 20 [ "$(received "$netdev")" -ge $((before[i] + count * ($# - 1))) ]
		[ "$(received "$netdev")" = $((before[i] + count * ($# - 1))) ] || {
			echo "$netdev: $(received "$netdev") of $((before[i] + count * ($# - 1)))"
			return 1
		}
		i=$((i + 1))
	done
}

# no_drops NETDEV: of all channels of its adapter
no_drops()
{
	local lost='.rx_refused + .rx_backlog + .tx_failed + .tx_unsupported + .tx_aborted +
		.tx_backlog + .tx_overflow + .tx_invalid'

	[ "$(status "$1" "[.links[].counters | $lost] | add")" = 0 ] &&
		[ "$(status "$1" .adapter_counters.bad_units)" = 0 ]
}

end_all()
{
	end_bridges
	end_simulator
}

has_received()
{
	[ "$(received can0)" -ge "$1" ]
}

flows_again()
{
	within 10 has_received $(($(received can0) + 20))
}

carrier()
{
	[ "$(cat /sys/class/net/can0/carrier)" = "$1" ]
}

pulled_out()
{
	candump -L can0,0:0,#FFFFFFFF >$dir/survivor &
	survivor=$!
	sleep 0.5
	flows_again || return 1
	simulator unplug a >/dev/null
	within 2 carrier 0 && within 1 grep -q '20000010#0000000044000000' $dir/survivor &&
		kill -0 $survivor
}

plugged_in()
{
	simulator replug a >/dev/null
	within 5 carrier 1 && flows_again && kill $survivor &&
		[ "$(status can0 .adapter_counters.reconnects)" = "$1" ]
}

all_ended()
{
	[ "$(status can0 '.links[0].counters | .tx_frames - .tx_confirmed - .tx_failed')" = 0 ]
}
