# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What the tests of plugging in share, beside lib.bash: what `make install` installs, in a guest
# with systemd and udev, and adapters that are plugged in. build/tests/vm/root is made outside.

. tests/vm/guest/lib.bash

root=build/tests/vm/root
adapters=(a b c) # their pseudo terminals stand behind QEMU's pipes 0, 1 and 2

# What the packages' scripts do.
set_up()
{
	cp -a $root/usr $root/etc /
	ln -s /lib/systemd/system/modprobe@.service /run/systemd/system
	systemd-sysusers anycan.conf
	systemd-tmpfiles --create anycan.conf
	udevadm control --reload
	systemctl daemon-reload
	modprobe -a can-raw vxcan
	touch $dir/times
}

# The virtual host controllers come with a dozen hubs, which nobody needs to hear of.
load_vhci()
{
	systemctl stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd
	modprobe vhci-hcd
	systemctl start systemd-udevd
}

# configure NAME: a file of /etc/anycan from standard input
configure()
{
	cat >/etc/anycan/"$1".conf
}

# slcan_file NAME SERIAL NETDEV [LINE]...: for a serial port that could be anything
slcan_file()
{
	configure "$1" <<-EOT
		[Match]
		Vendor=0403
		Serial=$2
		[Adapter]
		Driver=slcan
		[Link]
		Name=$3
		bitrate=500000
		$(printf '%s\n' "${@:4}")
	EOT
}

# serial_adapters N [ARG]...: simulate N slcan adapters behind QEMU's pipes, and what ARGs say
serial_adapters()
{
	local n=$1 i args=()

	shift
	for ((i = 0; i < n; i++)); do
		args+=("slcan:name=${adapters[i]},dialect=lawicel,pty=$dir/adapter$i")
	done
	simulate --bitrate 500000 "${args[@]}" ack:name=ack "$@"
	for ((i = 0; i < n; i++)); do
		socat "OPEN:/dev/virtio-ports/usb$i,rdwr,ignoreeof" \
			"OPEN:$dir/adapter$i,rdwr,raw,echo=0" 2>"$dir/socat$i.err" &
	done
}

# now: microseconds since boot, without starting a process
now()
{
	local up

	read -r up _ </proc/uptime
	echo $((10#${up/./} * 10000))
}

# is_up NETDEV: up, and the adapter is on the bus
is_up()
{
	local flags carrier

	read -r flags </sys/class/net/"$1"/flags && [ $((flags & 1)) = 1 ] &&
		read -r carrier </sys/class/net/"$1"/carrier && [ "$carrier" = 1 ]
} 2>/dev/null

# comes_up NETDEV: wait for it; say how long after $plugged and $event, microseconds since boot
comes_up()
{
	local end=$((SECONDS + 60)) up

	until is_up "$1"; do
		[ $SECONDS -lt $end ] || {
			blame "$1"
			return 1
		}
		sleep 0.02
	done
	up=$(now)
	echo "$1 is up $(((up - plugged) / 1000)) ms after the plug," \
		"$(((up - ${event:-plugged}) / 1000)) ms after the event" >>$dir/times
}

blame()
{
	echo "$1 does not come up"
	ip -br link
	systemctl list-units --no-legend --all 'anycan-*'
	journalctl -q --no-pager -n 40 -o short-monotonic _TRANSPORT=journal + _TRANSPORT=stdout
}

# first_seen SYSPATH: when udev first heard of a device, in microseconds since boot
first_seen()
{
	udevadm info -q property --property=USEC_INITIALIZED --value "$1"
}

# plug N SERIAL [PORT]: plug in a serial adapter; sets $tty, $plugged and $event
plug()
{
	plugged=$(now)
	tty=$(tests/vm/usb plug "$@") || return 1
	udevadm wait --timeout=10 "$tty"
	event=$(first_seen "$tty")
}

# property PLACE NAME: of udev's database
property()
{
	udevadm info -q property --property="$2" --value "$1"
}

no_failures()
{
	systemctl list-units --failed --no-legend
	journalctl -q --no-pager -p warning _COMM=systemd-udevd
	[ -z "$(systemctl list-units --failed --no-legend)" ]
}

# show_times: what was measured, for people
show_times()
{
	sed 's/^/# /' $dir/times
}
