#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The simulator as a machine: faults on request, back-pressure, its clock, its ports, wrong use."""
import os
import random
import select
import subprocess
import sys
import time

import simulator
from simulator import PATIENCE_S, PROGRAM, Port, Simulator

QUICK_S = 1


def open_all(sim, *ports):
    for port in ports:
        port.write(b"S6\rO\r")
    sim.wait(lambda stats: sum(x["open"] and x["type"] == "slcan"
                               for x in stats["adapters"]) == len(ports))
    for port in ports:
        port.quiet()


def numbered(count, first=0):
    return [b"t1238%016X" % number for number in range(first, first + count)]


def send_all(port, lines):
    port.write(b"".join(line + b"\r" for line in lines))


def wait_hangup(port):
    poll = select.poll()
    poll.register(port.fd, select.POLLIN)
    begin = time.monotonic()
    while time.monotonic() - begin < PATIENCE_S:
        events = poll.poll(PATIENCE_S * 1000)
        if events and events[0][1] & (select.POLLHUP | select.POLLERR):
            return
        try:
            if not os.read(port.fd, 4096):
                return
        except OSError:
            return
    raise AssertionError("no hang-up")


def test_unplug_and_replug():
    with Simulator("slcan:pty={dir}/a,dialect=silent", "slcan:pty={dir}/b,dialect=silent") as sim:
        with Port(sim.path("a")) as a, Port(sim.path("b")) as b:
            open_all(sim, a, b)
            send_all(a, numbered(1))
            assert b.lines(1) == numbered(1)
            sim.do("unplug 0")
            wait_hangup(a)
            assert not os.path.lexists(sim.path("a"))
            assert not sim.adapter(0)["plugged"] and not sim.adapter(0)["open"]
            assert sim.command("unplug 0")["error"] == "0 is already unplugged"
            assert "is unplugged" in sim.command("stuck 0")["error"]
            sim.do("replug 0")
            assert not sim.command("replug 0")["ok"]
            with Port(sim.path("a")) as again:
                open_all(sim, again, b)
                send_all(again, numbered(3))
                assert b.lines(3) == numbered(3)
        sim.check_conservation()


def test_unplug_cuts_what_waits():
    with Simulator("slcan:pty={dir}/a,dialect=lawicel", "ack:",
                   "gen:count=100,wait=1,period=100") as sim, Port(sim.path("a")) as a:
        sim.do("stuck 0")  # so that frames wait in the adapter
        sim.do("resume 0")
        a.write(b"S6\rO\r")
        sim.wait(lambda stats: stats["adapters"][0]["open"])
        sim.do("stuck 0")
        sim.wait(lambda stats: stats["bus"]["frames"] == 100)
        sim.do("unplug 0")
        adapter = sim.adapter(0)
        assert adapter["dropped"]["rx_cut"] > 0 and adapter["dropped"]["rx_overrun"] > 0, adapter
        sim.check_conservation()


def test_overrun_is_counted():
    with Simulator("slcan:pty={dir}/a,dialect=canable", "ack:",
                   "gen:count=3000,wait=1,seq") as sim, Port(sim.path("a")) as a:
        open_all(sim, a)
        sim.wait(lambda stats: stats["bus"]["frames"] == 3000)  # nobody reads meanwhile
        dropped = sim.adapter(0)["dropped"]["rx_overrun"]
        assert dropped > 1000
        got = 0
        while a.quiet():
            pass
        adapter = sim.adapter(0)
        got = adapter["to_host"]
        assert got + dropped == 3000, adapter
        sim.check_conservation()


def test_lossless_holds_the_bus():
    with Simulator("--lossless", "slcan:pty={dir}/a,dialect=canable", "ack:",
                   "gen:count=3000,wait=1,seq") as sim, Port(sim.path("a")) as a:
        a.write(b"S8\rS6\rO\r")
        sim.wait(lambda stats: stats["bus"]["held"])
        held = sim.bus()["frames"]
        time.sleep(0.1)
        assert sim.bus()["frames"] == held < 3000
        lines = a.lines(3000)
        assert [int(line[5:7] + line[7:9], 16) for line in lines] == [
            (n & 0xFF) << 8 | n >> 8 for n in range(3000)]
        assert sim.adapter(0)["dropped"]["rx_overrun"] == 0


def test_closed_port_loses_only_its_own():
    """A lossless adapter whose port nobody has open does not stop the bus."""
    with Simulator("--lossless", "slcan:pty={dir}/a,dialect=silent",
                   "slcan:pty={dir}/b,dialect=silent") as sim:
        with Port(sim.path("a")) as a, Port(sim.path("b")) as b:
            open_all(sim, a, b)
            a.close()
            sim.wait(lambda stats: not stats["adapters"][0]["host"])
            send_all(b, numbered(2000))
            sim.wait(lambda stats: stats["adapters"][1]["to_bus"] == 2000)
            assert sim.adapter(0)["dropped"]["rx_overrun"] > 1000
        sim.check_conservation()


def test_garbage_and_halfline():
    with Simulator("slcan:pty={dir}/a,dialect=lawicel", "ack:") as sim, Port(sim.path("a")) as a:
        open_all(sim, a)
        sim.do("garbage 0 100 7")
        first = a.read(100)
        sim.do("garbage 0 100 7")
        assert a.read(100) == first and len(set(first)) > 50
        sim.do("garbage 0 100 8")
        assert a.read(100) != first
        sim.do("halfline 0")
        sim.do("send 1 123#11")
        assert a.lines(1) == [b"t1238112233t123111"]


def test_stuck_and_slow():
    with Simulator("slcan:pty={dir}/a,dialect=lawicel", "ack:") as sim, Port(sim.path("a")) as a:
        open_all(sim, a)
        sim.do("stuck 0")
        a.write(b"V\r")
        assert not a.quiet()
        sim.do("resume 0")
        assert a.read(6) == b"V1013\r"
        sim.do("slow 0 200")
        begin = time.monotonic()
        a.ask(b"V\r" * 10, b"V1013\r" * 10)
        slow_s = time.monotonic() - begin
        assert 60 / 200 * 0.8 < slow_s < 60 / 200 * 3 + QUICK_S, slow_s
        sim.do("slow 0 0")


def test_baud():
    with Simulator("slcan:pty={dir}/a,dialect=lawicel,baud=9600") as sim, Port(sim.path("a")) as a:
        begin = time.monotonic()
        a.ask(b"V\r" * 80, b"V1013\r" * 80)
        assert time.monotonic() - begin > 480 / 960 * 0.9


def test_real_time():
    """A full bus carries what the bit rate allows and never more."""
    with Simulator("slcan:pty={dir}/a,dialect=silent,lossless", "ack:",
                   "gen:count=3000,wait=1,len=8,id=555") as sim, Port(sim.path("a")) as a:
        a.write(b"S6\rO\r")
        begin = time.monotonic()
        a.lines(3000)
        real_s = time.monotonic() - begin
        bus = sim.bus()
        assert bus["busy_ns"] / 1e9 < real_s + 0.01, (bus, real_s)
        return (f"3000 frames of {bus['busy_ns'] / 3e6:.1f} us took {real_s:.3f} s, "
                f"{bus['slipped_ns'] / 1e6:.0f} ms of it too slow")


def test_full_speed():
    with Simulator("--speed", "max", "slcan:pty={dir}/a,dialect=lawicel",
                   "slcan:pty={dir}/b,dialect=canable") as sim:
        with Port(sim.path("a")) as a, Port(sim.path("b")) as b:
            open_all(sim, a, b)
            lines = numbered(40000)
            begin = time.monotonic()
            data, sent, got, acks = b"".join(x + b"\r" for x in lines), 0, b"", 0
            while len(got) < len(data) or acks < 2 * len(lines):
                readable, writable, _ = select.select(
                    [a.fd, b.fd], [a.fd] if sent < len(data) else [], [], PATIENCE_S)
                assert readable or writable, (sent, len(got), acks)
                if b.fd in readable:
                    got += os.read(b.fd, 65536)
                if a.fd in readable:
                    acks += len(os.read(a.fd, 65536))
                if writable:
                    sent += os.write(a.fd, data[sent:sent + 4096])
            rate = len(lines) / (time.monotonic() - begin)
            assert got == data
        assert rate > 20000, rate
        sim.check_conservation()
        return f"{rate:.0f} frames/s"


def test_echo_and_generators():
    with Simulator("slcan:pty={dir}/a,dialect=silent,lossless", "echo:",
                   "gen:id=300,count=5,gap=100,len=1,seq,wait=1",
                   "gen:id=00000400,count=2,paused,data=AABB") as sim, Port(sim.path("a")) as a:
        open_all(sim, a)
        lines = a.lines(0)
        sim.wait(lambda stats: stats["adapters"][2]["to_bus"] == 5)
        sim.do("start 3")
        a.write(b"r1002\r")
        sim.wait(lambda stats: stats["bus"]["frames"] == 2 * (5 + 2 + 1))
        sim.check_conservation()
        assert not lines


def test_tcp():
    with Simulator("slcan:tcp=0,dialect=lawicel", "ack:") as sim:
        number = int(sim.adapter(0)["address"].rpartition(":")[2])
        with Port(number) as a:
            a.ask(b"V\r", b"V1013\r")
            with Port(number) as second:  # one host at a time
                wait_hangup(second)
            a.ask(b"V\r", b"V1013\r")
        sim.wait(lambda stats: not stats["adapters"][0]["host"])
        with Port(number) as a:
            open_all(sim, a)
            sim.do("unplug 0")
            wait_hangup(a)
        try:
            Port(number).close()
            raise AssertionError("the port is still open")
        except ConnectionRefusedError:
            pass
        sim.do("replug 0")
        with Port(number) as a:
            a.ask(b"V\r", b"V1013\r")


def test_each_user_gets_a_fresh_port():
    with Simulator("slcan:pty={dir}/a,dialect=lawicel,",
                   "slcan:pty={dir}/b,dialect=lawicel,keep") as sim:
        names = {}
        for name in "ab":
            names[name] = os.readlink(sim.path(name))
            for number in range(3):
                with Port(sim.path(name)) as port:
                    port.ask(b"V\r", b"V1013\r")
                sim.wait(lambda stats: stats["adapters"]["ab".index(name)]["hangups"] == number + 1)
        assert os.readlink(sim.path("a")) != names["a"]
        assert os.readlink(sim.path("b")) == names["b"]
        # A command written by somebody who closes at once arrives all the same.
        subprocess.run(["sh", "-c", f"printf 'S6\\rO\\r' >{sim.path('a')}"], check=True)
        sim.wait(lambda stats: stats["adapters"][0]["open"])


def test_killed_simulators_leave_no_trap():
    sim = Simulator("slcan:pty={dir}/a,dialect=lawicel")
    sim.process.kill()
    sim.process.wait()
    sim.process.stdout.close()
    assert os.path.lexists(sim.path("a")) and os.path.lexists(sim.path("control"))
    with subprocess.Popen([PROGRAM, "--control", sim.path("control"),
                           f"slcan:pty={sim.path('a')}"], stdout=subprocess.PIPE) as second:
        assert second.stdout.readline() == b"ready\n"
        with Port(sim.path("a")) as port:
            port.ask(b"V\r", b"V1013\r")
        sim.do("quit")
        assert second.wait(PATIENCE_S) == 0
    assert os.listdir(sim.dir) == []
    sim._folder.cleanup()


WRONG_USE = (
    ([], 2, "usage:"),
    (["--speed", "slow", "ack:"], 2, "speed is realtime or max"),
    (["--bitrate", "0", "ack:"], 2, "0 is no bit rate"),
    (["nonsense:"], 1, "no kind of adapter is named nonsense"),
    (["slcan:"], 1, "give either pty=PATH or tcp=PORT"),
    (["slcan:pty={dir}/x,tcp=1"], 1, "give either pty=PATH or tcp=PORT"),
    (["slcan:pty={dir}/x,dialect=klingon"], 1, "no dialect is named klingon"),
    (["slcan:pty={dir}/x,colour=red"], 1, "does not know the key colour"),
    (["slcan:pty={dir}/x,idle=1"], 1, "does not know the key idle"),
    (["slcan:pty={dir}/no/x"], 1, "No such file or directory"),
    (["slcan:pty={dir}/file"], 1, "exists and is no symbolic link"),
    (["slcan:pty={dir}/x,txfull=maybe"], 1, "txfull is drop, bel or block"),
    (["ack:name=x", "ack:name=x"], 1, "two adapters are named x"),
    (["gen:id=XYZ"], 1, "id needs up to 8 hexadecimal digits"),
    (["gen:len=9"], 1, "no such frame"),
    (["--control", "{dir}/no/c", "ack:"], 1, "No such file or directory"),
)


def test_wrong_use():
    with Simulator("ack:") as sim:
        open(sim.path("file"), "w").close()
        for arguments, status, words in WRONG_USE:
            done = subprocess.run([PROGRAM] + [a.replace("{dir}", sim.dir) for a in arguments],
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            assert done.returncode == status, (arguments, done)
            assert words in done.stderr, (arguments, done.stderr)
            assert done.stdout == ""
        busy = subprocess.run([PROGRAM, "--control", sim.path("control"), "ack:"],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        assert busy.returncode == 1 and "in use" in busy.stderr, busy
        os.unlink(sim.path("file"))


def test_wrong_commands():
    with Simulator("slcan:pty={dir}/a,name=first", "ack:") as sim:
        for command, words in (
                ("", "no command given"), ("dance", "there is no command dance"),
                ("unplug", "usage: unplug N"), ("unplug 0 1", "usage: unplug N"),
                ("unplug 7", "there is no adapter 7"), ("unplug 0.3", "there is no adapter"),
                ("unplug 1", "cannot be unplugged"), ("garbage 0 many", "many is not a number"),
                ("error 0 colour", "not one of stuff"), ("noack maybe", "on or off"),
                ("busoff first", "not on the bus"), ("send 1 12", "no frame"),
                ("start 1", "no traffic source"), ("stuck 1", "no host side")):
            answer = sim.command(command)
            assert not answer["ok"] and words in answer["error"], (command, answer)
        ctl = [PROGRAM, "ctl", sim.path("control")]
        good = subprocess.run(ctl + ["noack", "off"], capture_output=True, text=True)
        assert (good.returncode, good.stdout) == (0, '{"ok":true}\n'), good
        bad = subprocess.run(ctl + ["dance"], capture_output=True, text=True)
        assert bad.returncode == 1 and "there is no command dance" in bad.stdout, bad
        none = subprocess.run([PROGRAM, "ctl", sim.path("none"), "stats"], capture_output=True,
                              text=True)
        assert none.returncode == 1 and "none: No such file" in none.stderr, none


def test_idle_costs_nothing():
    """No busy waiting: neither idle, nor held, nor with a sender that nobody acknowledges."""
    with Simulator("slcan:pty={dir}/a,dialect=silent", "gen:paused") as sim:
        def cpu_s():
            with open(f"/proc/{sim.process.pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        for state in ("", "start 1"):
            if state:
                sim.do(state)
                sim.wait(lambda stats: stats["adapters"][1]["state"] == "error-passive")
            before = cpu_s()
            time.sleep(0.5)
            assert cpu_s() - before <= 0.1, (state, cpu_s() - before)


def test_hostile_input():
    """No sequence of bytes from a host harms an adapter, and the books still balance."""
    rng = random.Random(232)
    pieces = [b"\r"] * 40 + [b"\n", b"\0", b"\xff", b"\x80"]
    pieces += [bytes([letter]) for letter in range(32, 127)]
    pieces += [b"\rO\r", b"\rC\r", b"\rS6\r", b"\rt1238", b"\rT000001238", b"\rH1\r", b"\rMFEM\r",
               b"\rb123F", b"\rr1234", b"\rF123,7FF;", b"0" * 30, b"\xf4\x04\x23\x01\x01\x99"]
    dialects = ("lawicel", "can232", "canable", "canable2", "weact,idle=0", "canable25,channels=3",
                "kernel", "candapter", "silent", "dead")
    with Simulator("ack:", *[f"slcan:pty={{dir}}/{number},txfifo=8,dialect={dialect}"
                             for number, dialect in enumerate(dialects)]) as sim:
        for number in range(len(dialects)):
            with Port(sim.path(str(number))) as port:
                for _ in range(20):
                    port.write(b"".join(rng.choices(pieces, k=500)))
                    port.read(65536, 0.001)
        sim.check_conservation()
        commands = [adapter.get("commands", 0) for adapter in sim.do("stats")["adapters"]]
        assert min(commands[1:]) > 100, commands


if __name__ == "__main__":
    sys.exit(simulator.run([value for name, value in list(globals().items())
                            if name.startswith("test_")]))
