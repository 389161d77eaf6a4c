# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The virtual machine, as arguments for QEMU. Sourced by run. Paths without a slash are in the
# folder of the job, where QEMU is started.

# comma PATH: QEMU's option lists want commas doubled.
comma()
{
	printf '%s' "${1//,/,,}"
}

# port NAME: a virtio port, with the backend of the same name.
port()
{
	machine+=(-device "virtserialport,id=$1,name=$1,chardev=$1")
}

# The pipes lead from a port of the guest out to a socket and back in to a pluggable adapter.
describe_usb()
{
	local i

	machine+=(-device qemu-xhci,id=xhci)
	backends+=(-chardev socket,id=monitor-end,path=monitor,server=on,wait=off
		-mon chardev=monitor-end,mode=control
		-chardev socket,id=monitor,path=monitor,reconnect=1)
	port monitor
	for i in 0 1 2; do
		backends+=(-chardev "socket,id=usb$i-end,path=usb$i,server=on,wait=off"
			-chardev "socket,id=usb$i,path=usb$i,reconnect=1")
		port usb$i
	done
}

# describe_machine: set `machine`, what a snapshot depends on, and `backends`, what it does not.
describe_machine()
{
	machine=(qemu-system-x86_64 -no-user-config -nodefaults -no-reboot -display none
		-machine q35,accel=tcg -cpu max -smp "$smp" -m "$memory"
		-kernel "$kernel_folder/vmlinux" -initrd "$initrd"
		-append "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check
			hostname=guest"
		-device isa-serial,chardev=console
		-device isa-debug-exit,iobase=0xf4,iosize=4
		-device vmgenid,guid=auto -device virtio-rng-pci
		-device virtio-9p-pci,fsdev=root,mount_tag=root
		-device virtio-9p-pci,fsdev=job,mount_tag=job
		-device virtio-9p-pci,fsdev=shared,mount_tag=shared
		-device virtio-serial-pci,id=ports)
	port control
	port stdout
	port stderr
	backends=(
		-chardev file,id=console,path=console
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
		-fsdev "local,id=job,path=.,security_model=none"
		-fsdev "local,id=shared,path=$(comma "$shared"),security_model=none")
	[ -z "$usb" ] || describe_usb
	machine+=("${qemu_args[@]}")
	streams=(-chardev stdio,id=control,signal=off
		-chardev file,id=stdout,path=/dev/fd/3,append=on
		-chardev file,id=stderr,path=/dev/fd/4,append=on)
	# Unlike null, ringbuf counts as connected: the guest waits for data, it reads no end.
	no_streams=(-chardev ringbuf,id=control
		-chardev ringbuf,id=stdout
		-chardev ringbuf,id=stderr)
}

# find_snapshot: set SNAPSHOT to the file of this machine's saved state; make it if need be.
# A snapshot is good for the very same QEMU, kernel, initramfs and devices.
find_snapshot()
{
	local hash

	hash=$({
		printf '%s\0' "${machine[@]}" "$usb"
		stat -L -c '%n %s %Y' "$(type -P qemu-system-x86_64)" "$kernel_folder/vmlinux" \
			"$initrd"
	} | sha256sum)
	export SNAPSHOT=$cache/snapshot-${hash:0:16}
	touch -c "$SNAPSHOT"
	[ -s "$SNAPSHOT" ] || make_snapshot
}

make_snapshot()
{
	local status=0

	(
		lock "$cache/lock-snapshot"
		[ ! -s "$SNAPSHOT" ] || exit 0
		find "$cache" -maxdepth 1 -name 'snapshot-*' -mtime +7 -delete
		cd "$job" && setpriv --pdeathsig TERM "$here/snapshot.py" "$SNAPSHOT.new" \
			"${machine[@]}" "${backends[@]}" "${no_streams[@]}" \
			>snapshot.log 2>&1 3>&- 4>&- 9>&- && publish "$SNAPSHOT.new" "$SNAPSHOT"
	) || {
		status=1
		say "cannot save this machine: $(head -n 1 "$job/snapshot.log"); booting instead"
	}
	return $status
}
