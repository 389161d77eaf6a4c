#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Python's user-space drivers for CANalyst-II and gs_usb, with pyusb and libusb, on the simulated
adapters behind vhci_hcd. Runs inside tests/vm/run, from usb_python.sh."""
import gc
import os
import subprocess
import sys
import time

import simulator
from simulator import Simulator, Skip, run

FRAMES = 300
CANALYSTII, GS_USB = (0x04D8, 0x0053), (0x1D50, 0x606F)


def need(variable, package):
    """Imports a package from the folder that the variable names."""
    folder = os.environ.get(variable)
    if not folder:
        raise Skip(f"set {variable} to a checkout")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        import usb.core  # noqa: F401 - the driver's own need
    except ImportError as reason:
        raise Skip(f"python3-usb is not installed: {reason}") from None
    return __import__(package)


class Plugged(Simulator):
    """A simulator whose one USB adapter libusb has found; it is gone when this ends."""

    def __init__(self, ids, *arguments):
        import usb.core
        self._find = lambda: list(usb.core.find(find_all=True, idVendor=ids[0], idProduct=ids[1]))
        super().__init__(*arguments)
        self._wait(1)
        self.wait(lambda stats: stats["adapters"][0]["configuration"])

    def __exit__(self, *failure):
        gc.collect()  # drivers reset the device when they are thrown away
        super().__exit__(*failure)
        self._wait(0)

    def _wait(self, count):
        end = time.monotonic() + 20
        while len(self._find()) != count:
            assert time.monotonic() < end, self._find()
            time.sleep(0.1)

    def product(self):
        """What python-can calls a channel of gs_usb."""
        return self._find()[0].product


def collect(receive, count):
    got = []
    end = time.monotonic() + 30
    while len(got) < count:
        assert time.monotonic() < end, f"only {len(got)} of {count} came"
        got += receive()
    return got


def test_canalystii_package():
    canalystii = need("PYTHON_CANALYSTII", "canalystii")
    for read in "lag", "zlp":
        with Plugged(CANALYSTII, "--lossless", f"canalystii:read={read}") as sim:
            device = canalystii.CanalystDevice(bitrate=500000)
            messages = [
                canalystii.Message(can_id=i & 0x7FF, send_type=0, remote=False, extended=False,
                                   data_len=i % 9, data=(*i.to_bytes(2, "little"), *[7] * 6))
                for i in range(FRAMES)]
            for channel in 0, 1:
                for at in range(0, FRAMES, 30):
                    device.send(channel, messages[at:at + 30])
                got = collect(lambda: device.receive(1 - channel), FRAMES)
                assert [m.can_id for m in got] == [m.can_id for m in messages]
                assert all(bytes(m.data)[:m.data_len] == bytes(s.data)[:m.data_len]
                           and m.data_len == s.data_len for m, s in zip(got, messages))
                stamps = [m.timestamp for m in got]
                assert stamps == sorted(stamps) and stamps[-1] > stamps[0]
            assert device.flush_tx_buffer(0, 1)
            assert device.get_can_status(0).reg_ew_limit == 96
            device.clear_rx_buffer(0)
            for channel in 0, 1:
                device.stop(channel)
            sim.check_conservation()
            assert not sum(sim.adapter(0)["dropped"].values()), sim.adapter(0)
            del device


def test_canalystii_package_rates():
    canalystii = need("PYTHON_CANALYSTII", "canalystii")
    from canalystii.device import TIMINGS
    with Plugged(CANALYSTII, "canalystii:") as sim:
        device = canalystii.CanalystDevice()
        for rate in TIMINGS:
            device.init(0, bitrate=rate)
            sim.wait(lambda stats, rate=rate: abs(
                stats["adapters"][0]["bitrate"] - rate) <= rate / 1000)
        del device
        return f"{len(TIMINGS)} bit rates"


def test_python_can_canalystii():
    need("PYTHON_CANALYSTII", "canalystii")
    import can
    with Plugged(CANALYSTII, "--lossless", "canalystii:") as sim:
        bus = can.Bus(interface="canalystii", channel=(0, 1), bitrate=500000)
        for i in range(FRAMES):
            bus.send(can.Message(arbitration_id=0x1000000 + i, is_extended_id=True,
                                 data=i.to_bytes(8, "big"), channel=i & 1))
        got = [bus.recv(10) for _ in range(FRAMES)]
        for channel in 0, 1:
            ids = [m.arbitration_id for m in got if m.channel == channel]
            assert ids == [0x1000000 + i for i in range(1 - channel, FRAMES, 2)]
        bus.shutdown()
        sim.check_conservation()
        return f"python-can in {os.path.dirname(can.__file__)}"


def test_gs_usb_package():
    need("PYTHON_GS_USB", "gs_usb")
    from gs_usb.gs_usb import GsUsb
    from gs_usb.gs_usb_frame import GsUsbFrame
    with Plugged(GS_USB, "gs_usb:serial=AB12", "ack:") as sim:
        devices = GsUsb.scan()
        assert len(devices) == 1
        device = devices[0]
        assert device.serial_number == "AB12"
        for rate in 10000, 20000, 50000, 83333, 100000, 125000, 250000, 800000, 1000000, 500000:
            assert device.set_bitrate(rate)
            device.start()
            node = sim.wait(lambda stats: stats["adapters"][0]["open"])["adapters"][0]
            assert abs(node["bitrate"] - rate) <= rate / 1000, (rate, node["bitrate"])
            device.stop()
        assert device.set_bitrate(500000)
        device.start()
        frame = GsUsbFrame()
        last = -1
        for i in range(FRAMES):
            device.send(GsUsbFrame(can_id=0x80000000 | i, data=i.to_bytes(8, "little")))
            assert device.read(frame, 2000), i
            assert frame.echo_id == 0 and frame.can_id == 0x80000000 | i
            assert frame.timestamp_us > last
            last = frame.timestamp_us
        sim.do("send 1 123#11223344")
        assert device.read(frame, 2000)
        assert frame.echo_id == 0xFFFFFFFF and frame.arbitration_id == 0x123
        assert frame.data[:4] == [0x11, 0x22, 0x33, 0x44] and frame.can_dlc == 4
        device.stop()
        stats = sim.adapter(0)
        assert stats["to_bus"] == stats["echoes"] == FRAMES and not stats["open"]
        sim.check_conservation()


def test_python_can_gs_usb():
    need("PYTHON_GS_USB", "gs_usb")
    import can
    with Plugged(GS_USB, "gs_usb:", "gen:id=100,count=300,seq,paused", "--lossless") as sim:
        bus = can.Bus(interface="gs_usb", channel=sim.product(), bitrate=500000, index=0)
        sim.do("start 1")
        got = [bus.recv(5) for _ in range(300)]
        assert [int.from_bytes(m.data, "little") for m in got] == list(range(300))
        bus.send(can.Message(arbitration_id=5, is_extended_id=False, data=b"x"))
        sim.wait(lambda stats: stats["adapters"][1]["from_bus"] == 1)
        bus.shutdown()
        sim.check_conservation()
        return f"python-can in {os.path.dirname(can.__file__)}"


def prepare():
    """The host controller, and udev, without which libusb hears of nothing; not the kernel's own
    driver for gs_usb."""
    os.makedirs("/run/modprobe.d", exist_ok=True)
    with open("/run/modprobe.d/test.conf", "w") as conf:
        conf.write("blacklist gs_usb\n")
    subprocess.run(["modprobe", "vhci-hcd"], check=True)
    subprocess.run(["/lib/systemd/systemd-udevd", "--daemon"], check=True)


if __name__ == "__main__":
    prepare()
    simulator.PATIENCE_S = 30
    sys.exit(run([f for name, f in list(globals().items()) if name.startswith("test_")]))
