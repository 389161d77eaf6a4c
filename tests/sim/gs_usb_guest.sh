#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The kernel's gs_usb on simulated adapters behind vhci_hcd, used by ip and can-utils: a candleLight
# is can0, an FD adapter with three channels can1 to can3, all on one bus. None of this is ours but
# the simulator. Runs inside tests/vm/run.

cd "$(dirname "$0")/../.." || exit 1
. tests/vm/guest/lib.bash
. tests/sim/guest.bash

frames=1000
old_kernel=0
[[ $(uname -r) != 6.1.* ]] || old_kernel=1

# Frames that a netdev received. Kernels whose gs_usb sorts frames by time stamp count the echoes
# of sent ones, too.
rx()
{
	local statistics=/sys/class/net/$1/statistics

	if [ $old_kernel = 1 ]; then
		cat "$statistics/rx_packets"
	else
		echo $(($(<"$statistics/rx_packets") - $(<"$statistics/tx_packets")))
	fi
}

exists()
{
	local netdev

	for netdev; do
		within 15 test -e "/sys/class/net/$netdev" || return 1
	done
}

bind()
{
	exists can0 can1 can2 can3 &&
		[ "$(readlink /sys/class/net/can0/device/driver)" = \
			../../../../../../bus/usb/drivers/gs_usb ] &&
		{ [ $old_kernel = 1 ] || [ "$(cat /sys/class/net/can3/dev_port)" = 2 ]; }
}

down()
{
	local netdev

	for netdev; do
		ip link set "$netdev" down || return 1
	done
}

# classic NETDEV...: 500 kbit/s
classic()
{
	local netdev

	for netdev; do
		ip link set "$netdev" up type can bitrate 500000 fd off 2>/dev/null ||
			ip link set "$netdev" up type can bitrate 500000 || return 1
	done
}

fd()
{
	local netdev

	for netdev; do
		ip link set "$netdev" up type can bitrate 500000 dbitrate 2000000 fd on || return 1
	done
}

# channel NUMBER KEY VALUE: what the three-channel adapter believes of a channel
channel()
{
	[ "$(stats ".adapters[1].settings[$1].$2")" = "$3" ]
}

classic_up()
{
	classic can0 can1 can2 can3 && sim_says .adapters[0].bitrate 500000 &&
		sim_says .adapters[1].channels[2].bitrate 500000 &&
		ip -d link show can0 | grep -q 'clock 48000000' &&
		ip -d link show can1 | grep -q 'dtseg1 1..32 dtseg2 1..16'
}

# Every bit rate and sample point that `ip` computes is the one on the bus.
timing()
{
	local rate

	for rate in 10000 20000 50000 83333 100000 125000 250000 500000 800000 1000000; do
		mode can0 bitrate $rate sample-point 0.8 || return 1
		[ $((($(stats .adapters[0].bitrate) - rate) * 100 / rate)) = 0 ] || return 1
	done
	mode can0 tq 125 prop-seg 5 phase-seg1 7 phase-seg2 3 sjw 2 &&
		[ "$(stats ".adapters[0].settings[0].timing | tostring")" = "[5,7,3,2,6]" ] &&
		down can0 && classic can0
}

all_hear()
{
	local before netdev

	before=("$(rx can0)" "$(rx can1)" "$(rx can2)" "$(rx can3)")
	simulator start 2 >/dev/null
	within 90 sim_says .adapters[2].to_bus 3000 || return 1
	for netdev in 0 1 2 3; do
		within 30 rx_is can$netdev $((before[netdev] + 3000)) || return 1
	done
}

# The kernel's counters are the adapters'.
counters_agree()
{
	local tx0 tx1=0 rx1=0 netdev

	tx0=$(cat /sys/class/net/can0/statistics/tx_packets)
	for netdev in can1 can2 can3; do
		tx1=$((tx1 + $(cat /sys/class/net/$netdev/statistics/tx_packets)))
		rx1=$((rx1 + $(rx $netdev)))
	done
	sim_says .adapters[0].to_host "$(rx can0)" && sim_says .adapters[1].to_host $rx1 &&
		sim_says .adapters[0].echoes "$tx0" && sim_says .adapters[1].echoes $tx1 &&
		sim_says .adapters[0].to_bus "$tx0" && sim_says .adapters[1].to_bus $tx1
}

fd_up()
{
	down can0 can1 can2 can3 && fd can1 can2 can3 &&
		sim_says .adapters[1].channels[1].dbitrate 2000000 &&
		channel 0 flags 272
}

# fd_random FROM TO: FD frames with and without bit rate switch, of every length
fd_random()
{
	local before

	before=$(rx "$2")
	candump -L -T 3000 "$2" >$dir/heard 2>/dev/null &
	candump -L -T 3000 "$1" >$dir/sent 2>/dev/null &
	sleep 0.5
	cangen "$1" -g 0 -p 10 -I r -L r -D r -n 200 -f -b
	cangen "$1" -g 0 -p 10 -I r -L r -D r -n 200 -f -e
	cangen "$1" -g 0 -p 10 -I r -L 8 -D r -n 100
	wait %% %- 2>/dev/null
	within 10 rx_is "$2" $((before + 500)) || return 1
	cut -d ' ' -f 3 $dir/sent >$dir/sent.frames
	cut -d ' ' -f 3 $dir/heard >$dir/heard.frames
	[ "$(wc -l <$dir/heard.frames)" = 500 ] && cmp $dir/sent.frames $dir/heard.frames
}

clock_of_1()
{
	stats .adapters[1].clock
}

# The generator sends every 10 ms of bus time, and so say the stamps, although the adapter's
# microseconds begin again at 0 meanwhile: it is plugged in anew five seconds before that.
stamps()
{
	down can1 can2 can3
	simulator unplug 1 >/dev/null
	within 10 test ! -e /sys/class/net/can1
	simulator replug 1 >/dev/null
	exists can1 can2 can3 && classic can1 && [ "$(clock_of_1)" -gt 4000000000 ] || return 1
	candump -L -H -n 600 -T 5000 can1,300:7FF >$dir/stamps &
	sleep 0.3
	simulator start 3 >/dev/null
	wait $!
	simulator pause 3 >/dev/null
	[ "$(clock_of_1)" -lt 1000000000 ] && [ "$(wc -l <$dir/stamps)" = 600 ] || return 1
	[ "$(tr -d '()' <$dir/stamps | awk 'NR > 1 {printf "%.0f\n", ($1 - last) * 1e6}
		{last = $1}' | sort -u)" = 10000 ]
}

# Ends the simulator, and with it everything on USB.
unplug_all()
{
	end_simulator
	within 10 test ! -e /sys/class/net/can0 -a ! -e /sys/class/net/can1
}

mode()
{
	local netdev=$1

	shift
	down "$netdev" && ip link set "$netdev" up type can "$@"
}

listen_only()
{
	local before

	before=$(rx can0)
	mode can0 bitrate 500000 listen-only on && channel_of_0 flags 17 || return 1
	simulator send 4 111#22 >/dev/null
	within 5 rx_is can0 $((before + 1)) && mode can0 bitrate 500000 listen-only off
}

channel_of_0()
{
	[ "$(stats ".adapters[0].settings[0].$1")" = "$2" ]
}

# In loop-back mode it hears itself, acknowledged or not.
loopback()
{
	local before

	before=$(rx can0)
	simulator noack on >/dev/null
	mode can0 bitrate 500000 loopback on && cansend can0 222#3344 &&
		within 5 rx_is can0 $((before + 1)) && channel_of_0 flags 18
	status=$?
	simulator noack off >/dev/null
	mode can0 bitrate 500000 loopback off
	return $status
}

triple_sampling()
{
	mode can0 bitrate 500000 triple-sampling on && channel_of_0 flags 20 &&
		mode can0 bitrate 500000 triple-sampling off
}

# Without an acknowledgement a one-shot frame is lost at once.
one_shot()
{
	mode can0 bitrate 500000 one-shot on && channel_of_0 flags 24 || return 1
	simulator noack on >/dev/null
	cansend can0 333#44
	within 5 sim_says .adapters[0].dropped.tx_lost 1
	status=$?
	simulator noack off >/dev/null
	mode can0 bitrate 500000 one-shot off
	return $status
}

termination()
{
	ip link set can2 type can termination 120 && channel 1 termination true &&
		channel 0 termination false && ip link set can2 type can termination 0 &&
		channel 1 termination false
}

# What `ethtool -p can1 1` does: the adapter blinks for a second.
identify()
{
	/usr/bin/python3 - <<-'EOT' || return 1
		import ctypes, fcntl, socket, struct
		request = ctypes.create_string_buffer(struct.pack("II", 0x1C, 1))
		ifreq = struct.pack("16sP16x", b"can1", ctypes.addressof(request))
		with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		    fcntl.ioctl(s, 0x8946, ifreq)
	EOT
	[ "$(simulator log 1 2 | jq -r '[.log[] | .setup[0:4] + .data] | join(" ")')" = \
		"410701000000 410700000000" ]
}

# errors SECONDS CMD...: the error frames of can0 meanwhile
errors()
{
	local seconds=$1

	shift
	candump -e -T ${seconds}000 can0,0:0,#FFFFFFFF >$dir/errors 2>/dev/null &
	sleep 0.3
	"$@" >/dev/null
	wait $!
	cat $dir/errors
}

# Not in candump's words: it does not know the class of the error counters yet.
no_acknowledgement()
{
	simulator noack on >/dev/null
	errors 2 cansend can0 123#11
	simulator noack off >/dev/null
	grep -q '200002AC .* 00 08 00 00 00 00 60 00' $dir/errors &&
		grep -q '200002AC .* 00 20 00 00 00 00 80 00' $dir/errors &&
		within 5 state_is can0 ERROR-WARNING
}

# Only a newer kernel can ask for a frame for every bus error.
berr_reporting()
{
	mode can0 bitrate 500000 berr-reporting on && channel_of_0 flags 4112 || return 1
	simulator error 0 crc >/dev/null
	errors 2 simulator send 4 123#22
	mode can0 bitrate 500000 berr-reporting off
	grep -q '20000288 .* 00 00 00 08 00 00 ' $dir/errors
}

bus_off()
{
	errors 2 simulator busoff 0
	grep -q bus-off $dir/errors && grep -q restarted-after-bus-off $dir/errors &&
		state_is can0 ERROR-ACTIVE && sim_says .adapters[0].state error-active
}

unplug()
{
	simulator unplug 0 >/dev/null
	within 10 test ! -e /sys/class/net/can0 || return 1
	simulator replug 0 >/dev/null
	exists can0 && classic can0 && sim_says .adapters[0].open true
}

another_port()
{
	simulator unplug 0 >/dev/null
	within 10 test ! -e /sys/class/net/can0 || return 1
	simulator replug 0 5 >/dev/null
	exists can0 && [ "$(cat /sys/class/net/can0/device/../serial)" = A1 ] &&
		[[ $(readlink -f /sys/class/net/can0/device) == */1-6/* ]] && classic can0
}

# It is pulled out while it sends and receives.
unplug_under_load()
{
	classic can1
	cangen can0 -g 0 -p 10 -I 400 -L 8 -n 100000 2>/dev/null &
	cangen can1 -g 0 -p 10 -I 401 -L 8 -n 100000 2>/dev/null &
	sleep 1
	unplug
	status=$?
	kill %% %- 2>/dev/null
	wait %% %- 2>/dev/null
	down can1
	return $status
}

conserved()
{
	simulator stats | jq -e '[.adapters[:2][] |
		.from_host + .from_control == .to_bus + .waiting_tx + .dropped.tx_lost +
			.dropped.tx_aborted + .dropped.tx_closed and
		.from_bus == .to_host + .waiting_rx + .dropped.rx_overrun + .dropped.rx_cut] | all'
}

nothing_dropped()
{
	conserved && simulator stats | jq -e '[.adapters[:2][].dropped[]] | add == 0'
}

# A CANnectivity, whose identifier the driver has to be told on older kernels.
cannectivity()
{
	echo 1209 ca01 >/sys/bus/usb/drivers/gs_usb/new_id
	exists can0 can1 && fd can0 can1 && sequence can0 can1 && sequence can1 can0 &&
		fd_random can0 can1 && nothing_dropped
}

# The CANtact Pro's firmware: another number for the data bit timing, one byte more in a transfer.
cantact_pro()
{
	exists can0 can1 && fd can0 can1 && sequence can0 can1 && fd_random can1 can0 &&
		nothing_dropped && sim_says .adapters[0].even_lengths 0 &&
		sim_says .adapters[0].channels[0].dbitrate 2000000
}

modprobe vhci-hcd
modprobe gs_usb
modprobe can-raw
plan 30
simulate --lossless gs_usb:model=candlelight,serial=A1,triple-sample \
	gs_usb:model=candlelight-fd,channels=3,termination,clock=4289967296 \
	gen:id=300,count=3000,len=8,paused gen:id=300,period=10000,len=8,paused ack:
check "the kernel's gs_usb binds to both" bind
check "ip sets bit timing, can0 to can3 are up" classic_up
check "cansequence can0 -> can1, $frames frames" sequence can0 can1
check "cansequence can3 -> can0, $frames frames" sequence can3 can0
check "cangen of every kind can0 -> can2" random can0 can2
check "cangen of every kind can1 -> can0" random can1 can0
check "both ways at once" both_ways
check "all four hear 3000 frames back to back" all_hear
check "the kernel's counters are the adapters'" counters_agree
check "nothing was dropped" nothing_dropped
check "bit rates and segments" timing
check "FD at 500k and 2M" fd_up
check "cangen FD can1 -> can2" fd_random can1 can2
check "cangen FD can3 -> can1" fd_random can3 can1
check "hardware time stamps are the bus's, across the wrap" stamps
check "nothing was dropped" nothing_dropped
check "listen-only" listen_only
check "loopback" loopback
check "one-shot" one_shot
check "triple-sampling" triple_sampling
check "termination" termination
check "identify" identify
check "no acknowledgement: error warning, error passive" no_acknowledgement
if [ $old_kernel = 1 ]; then
	result 0 "berr-reporting # SKIP this kernel's gs_usb does not know it"
else
	check "berr-reporting" berr_reporting
fi
check "bus-off, and the firmware's own restart" bus_off
check "unplug and replug" unplug
check "at another port it has the same serial number" another_port
check "unplug and replug under load" unplug_under_load
unplug_all
simulate --lossless gs_usb:model=cannectivity gs_usb:model=cannectivity,speed=full
check "two CANnectivity" cannectivity
unplug_all
simulate --lossless gs_usb:model=cantactpro
check "a CANtact Pro" cantact_pro
end_simulator
finish
