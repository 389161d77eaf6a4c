#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Tests of tests/vm/run: its contract, on both kernels, and USB adapters plugged and pulled."""

import concurrent.futures
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../harness"))

import ktap  # noqa: E402 - it lies in the folder named above

RUN = os.path.join(HERE, "run")
KERNELS = {"6.1": "6.1.", "6.12": "6.12."}
MODULES = "vcan vxcan slcan can-raw can-gw can-isotp vhci-hcd ftdi_sio sch_tbf sch_plug"

# In the guest: a frame through the kernel, with everything that it takes loaded by name.
TRAFFIC = f"""
modprobe -a {MODULES} || exit
ip link add can0 type vxcan peer name can1 && ip link set can0 up && ip link set can1 up || exit
timeout 30 candump -n 1 -L can1 &
while kill -0 $!; do cansend can0 123#DEADBEEF; sleep 0.2; done 2>/dev/null
uname -r
"""

# In the guest: an adapter comes, talks in both directions, goes, comes back under another name.
PLUGGING = f"""
set -e
tty=$({HERE}/usb plug 0 A1)
other=$({HERE}/usb plug 1 B2)
[ $tty = /dev/ttyUSB0 ] && [ $other = /dev/ttyUSB1 ]
stty -F $tty raw -echo
(head -c 6 </dev/virtio-ports/usb0; printf 'answer' >/dev/virtio-ports/usb0) &
exec 5<>$tty
printf 'hello ' >&5
timeout 10 head -c 6 <&5
exec 5>&-
{HERE}/usb unplug 0
[ ! -e $tty ] && [ -e $other ]
echo " $({HERE}/usb plug 0 C3)"
! {HERE}/usb plug 0 D4 2>/dev/null
"""


# In the guest: an adapter is pulled while bytes flow, which QEMU 7.2 does not survive by itself.
PULLING = f"""
set -e
exec 5<>/dev/virtio-ports/usb0
yes >&5 &
cat <&5 >/dev/null &
for round in 1 2 3 4 5; do
	tty=$({HERE}/usb plug 0 A1)
	stty -F $tty raw -echo
	cat $tty >/dev/null &
	sleep 0.2
	{HERE}/usb unplug 0
done
echo alive
"""

# In the guest: a unit of the test's own, started by udev when a device comes; nothing has failed.
UNITS = """
set -e
[ "$(cat /proc/1/comm)" = systemd ]
cat >/run/systemd/system/note@.service <<-'EOT'
	[Service]
	Type=oneshot
	ExecStart=/bin/sh -c 'echo %i >/run/vm/noted'
EOT
echo 'SUBSYSTEM=="mem", KERNEL=="null", TAG+="systemd", ENV{SYSTEMD_WANTS}="note@%k.service"' \
	>/run/udev/rules.d/90-note.rules
systemctl daemon-reload
udevadm control --reload
udevadm trigger --settle /dev/null
for i in $(seq 100); do [ -s /run/vm/noted ] && break; sleep 0.1; done
systemctl list-units --failed --no-legend
journalctl -q --no-pager -u vm-command
cat /run/vm/noted
exit 7
"""


def vm(*args, **options):
    """Runs tests/vm/run; returns what subprocess.run returns."""
    return subprocess.run(
        [RUN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200, **options
    )


def expect(done, status, stdout=None, stderr=None):
    told = f"status {done.returncode}, stdout {done.stdout[-500:]!r}, stderr {done.stderr[-500:]!r}"
    assert done.returncode == status, told
    assert stdout is None or done.stdout == stdout, told
    assert stderr is None or stderr in done.stderr, told


def is_running(mark):
    """Whether a QEMU with that mark among its arguments is there."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if mark.encode() in file.read():
                    return True
        except OSError:
            pass
    return False


def until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"did not happen in {seconds} s"
        time.sleep(0.05)


def test_status_and_streams():
    done = vm("--", "sh", "-c", "echo to stdout; echo to stderr >/dev/stderr; exit 37")
    expect(done, 37, b"to stdout\n")
    assert done.stderr == b"to stderr\n", done.stderr


def test_killed_command():
    expect(vm("--", "sh", "-c", "kill -KILL $$"), 137)


def test_arguments():
    args = ["a b", "it's", '"', "$HOME", "`id`", "", "two\nlines", "*", "\\", "-k", "--", "\u00fc"]
    done = vm("sh", "-c", 'printf "<%s>" "$@"; exit 255', "-", *args)
    expect(done, 255, "".join(f"<{arg}>" for arg in args).encode())


def test_much_output():
    script = "head -c 5000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2"
    done = vm("--", "sh", "-c", script)
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(b"x" * 5000000).digest()
    assert hashlib.sha256(done.stderr).digest() == hashlib.sha256(b"y" * 3000000).digest()


def test_files():
    """Same folder; what is written there does not get out; what is written in /run/vm does."""
    with tempfile.TemporaryDirectory(prefix="a, b") as folder:
        with open(os.path.join(folder, "in"), "w") as file:
            file.write("from outside")
        script = "pwd; cat in; echo x >in; rm -r /usr/share/doc; id -u >/run/vm/out"
        shared = os.path.join(folder, "shared")
        done = vm("--dir", shared, "--", "sh", "-c", script, cwd=folder)
        expect(done, 0, f"{folder}\nfrom outside".encode())
        with open(os.path.join(folder, "in")) as file:
            assert file.read() == "from outside"
        with open(os.path.join(shared, "out")) as file:
            assert file.read() == "0\n"
        assert os.path.isdir("/usr/share/doc")


def test_left_behind():
    """What goes on in the background neither keeps the machine alive nor loses output."""
    start = time.monotonic()
    expect(vm("--", "sh", "-c", "sleep 100 & echo done"), 0, b"done\n")
    assert time.monotonic() - start < 60


def test_not_found():
    expect(vm("--", "no-such-command"), 127, b"", b"no-such-command: not found in the guest")


def test_wrong_arguments():
    for args in (["--kernel", "5.10", "--", "true"], ["--smp", "0", "true"], ["--what"], []):
        expect(vm(*args), 2, b"")


def test_missing_tool():
    with tempfile.TemporaryDirectory() as folder:
        for tool in ("bash", "dirname", "readlink", "getopt"):
            os.symlink(f"/usr/bin/{tool}", os.path.join(folder, tool))
        done = vm("--", "true", env={"PATH": folder, "HOME": folder})
    expect(done, 4, b"", b"apt-get install qemu-system-x86")


def test_timeout():
    mark = "panic=-1 timeout-mark"
    expect(vm("-t", "6", "-q", f"-name {mark.split()[1]}", "sleep", "100"), 124, b"", b"after 6 s")
    assert not is_running("timeout-mark")


def check_signal(number, mark):
    child = subprocess.Popen(
        [RUN, "-q", f"-name {mark}", "--", "sh", "-c", "echo on; sleep 100"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # A shell's background jobs ignore it, and what they start would go on to.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert child.stdout.readline() == b"on\n"
    child.send_signal(number)
    assert child.wait(20) == -number
    until(lambda: not is_running(mark), 20)
    child.stdout.close()


def test_interrupt():
    check_signal(signal.SIGINT, "interrupt-mark")


def test_kill():
    check_signal(signal.SIGKILL, "kill-mark")


def test_bad_qemu_arguments():
    done = vm("--no-snapshot", "--qemu", "-device no-such-device", "true")
    expect(done, 125, b"", b"no-such-device")


def test_panic():
    done = vm("--", "sh", "-c", "echo c >/proc/sysrq-trigger")
    expect(done, 125, b"", b"the guest died before the command ended")
    assert b"sysrq triggered crash" in done.stderr, done.stderr


def test_broken_pipe():
    """Nobody reads on: the machine ends, and does not wait for its time to be up."""
    script = f"{RUN} -- yes | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, timeout=60)
    assert done.stdout == b"y\n141\n", done.stdout


def test_two_at_once():
    children = [
        subprocess.Popen([RUN, "--", "sh", "-c", f"echo {i}; exit {i}"], stdout=subprocess.PIPE)
        for i in (1, 2)
    ]
    for i, child in enumerate(children, 1):
        out, _ = child.communicate(timeout=100)
        assert (child.returncode, out) == (i, f"{i}\n".encode()), (i, child.returncode, out)


def test_randomness():
    """Machines that resume from one snapshot are not alike."""
    ask = ("--", "cat", "/proc/sys/kernel/random/uuid")
    assert vm(*ask).stdout != vm(*ask).stdout


def traffic(kernel, *options):
    done = vm("--kernel", kernel, *options, "--", "sh", "-c", TRAFFIC)
    expect(done, 0)
    frame, release = done.stdout.split(b"\n")[:2]
    assert frame.endswith(b" can1 123#DEADBEEF"), done.stdout
    assert release.startswith(KERNELS[kernel].encode()), done.stdout
    stamp = float(frame.split()[0].strip(b"()"))
    assert abs(stamp - time.time()) < 60, f"the guest's clock is wrong: {stamp}"


def test_can_6_1():
    traffic("6.1")


def test_can_6_12():
    traffic("6.12")


def test_boot_without_snapshot():
    traffic("6.12", "--no-snapshot", "--smp", "2")


def test_usb():
    expect(vm("--usb", "--", "bash", "-c", PLUGGING), 0, b"hello answer /dev/ttyUSB0\n")


def test_usb_pulled_under_load():
    expect(vm("--usb", "--", "bash", "-c", PULLING), 0, b"alive\n")


def test_systemd():
    expect(vm("--systemd", "--", "sh", "-c", UNITS), 7, b"null\n", b"")


def notes_of(test):
    """Runs a test; says why it failed, or nothing."""
    try:
        test()
    except (AssertionError, subprocess.TimeoutExpired) as error:
        return [str(error) or f"{test.__name__} knows no more"]
    return []


def main():
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    ready = vm("--", "true")
    if ready.returncode == ktap.SKIP:
        print(f"1..0 # SKIP {ready.stderr.decode().strip()}")
        sys.exit(ktap.SKIP)
    writer = ktap.Writer(len(tests))
    # A machine with one processor keeps one of ours busy.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for test, notes in zip(tests, pool.map(notes_of, tests)):
            writer.result(not notes, test.__name__.removeprefix("test_"), notes)
    sys.exit(writer.finish())


if __name__ == "__main__":
    main()
