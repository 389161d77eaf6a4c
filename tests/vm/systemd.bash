# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What systemd finds in a guest of `run --systemd`: journal, udev, D-Bus and the command. Sourced
# by run.
#
# The machine's own services stay out: of /lib/systemd/system systemd sees what is listed here.

packaged_units=(
	basic.target sysinit.target sockets.target paths.target timers.target slices.target
	local-fs.target local-fs-pre.target shutdown.target umount.target final.target
	network.target network-pre.target multi-user.target time-set.target
	systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket
	systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket
	dbus.service dbus.socket)

# Building the filters of system calls for these takes the guest a second.
without_filters()
{
	local unit

	for unit in systemd-journald systemd-udevd; do
		mkdir "$1/$unit.service.d"
		cat >"$1/$unit.service.d/vm.conf" <<-'EOT'
			[Service]
			SystemCallFilter=
			SystemCallArchitectures=
			MemoryDenyWriteExecute=no
			LockPersonality=no
			RestrictAddressFamilies=
			RestrictNamespaces=no
			RestrictRealtime=no
			RestrictSUIDSGID=no
			IPAddressDeny=
		EOT
	done
}

# write_units FOLDER
write_units()
{
	local unit

	mkdir "$1"
	for unit in "${packaged_units[@]}"; do
		ln -s "/lib/systemd/system/$unit" "$1"
	done
	without_filters "$1"
	cat >"$1/vm.target" <<-'EOT'
		[Unit]
		Requires=basic.target vm-command.service
		Wants=systemd-journald.service systemd-udevd.service dbus.socket
	EOT
	cat >"$1/vm-command.service" <<-'EOT'
		[Unit]
		After=basic.target systemd-journald.service systemd-udevd.service dbus.socket

		[Service]
		Type=oneshot
		ExecStart=/run/vm-job/init command
		StandardOutput=null
		StandardError=kmsg
	EOT
}
