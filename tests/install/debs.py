#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Debian's packages on a fresh Debian: they install, work, can be upgraded, stand beside
python3-can and can-utils, and leave nothing. By hand, as root; takes minutes and the machine's
Debian archive.

The fresh system is made once, in ANYCAN_DEB_CACHE (~/.cache/anycan-deb). ANYCAN_DEBS names a
folder of packages to take in place of those that are built."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

from simulator import run  # noqa: E402 - it lies in the folder named above

TOP = os.path.abspath(os.path.join(HERE, "../.."))
CACHE = os.environ.get("ANYCAN_DEB_CACHE", os.path.expanduser("~/.cache/anycan-deb"))
NAMES = ["libanycan0", "libanycan-dev", "anycan", "anycan-compat", "anycan-dkms", "anycan-doc"]
# What no package owns, and dpkg and apt write as they go.
OTHERS = re.compile(r"^(var/(lib/(dpkg|apt|dkms)|cache|log)|tmp|proc|dev|sys|run/lock)\b")
# Users are never removed (Debian's policy), and these are their files.
USERS = re.compile(r"^etc/(passwd|group|shadow|gshadow)-?$|^etc/\.pwd\.lock$")
LOG = "(1436509052.249713) can0 044#2A366C2BBA\n(1436509053.5) can0 12345678#R4\n"


def sh(*words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}"
    return done.stdout


def base():
    """A minimal system, from the archives that apt of this machine uses."""
    path = os.path.join(CACHE, "base.tar")
    if not os.path.exists(path):
        os.makedirs(CACHE, exist_ok=True)
        sources = ""
        for name in ["/etc/apt/sources.list"] + glob.glob("/etc/apt/sources.list.d/*.list") + \
                glob.glob("/etc/apt/sources.list.d/*.sources"):
            if os.path.exists(name):
                with open(name, encoding="ascii") as file:
                    sources += file.read() + "\n"
        options = os.path.join(CACHE, "apt.conf")
        with open(options, "w", encoding="ascii") as file:
            wanted = re.findall(r"^Acquire::(?:http|https|Check)\S* \"[^\"]+\";$",
                                sh("apt-config", "dump", "Acquire"), re.M)
            file.write("\n".join(wanted) + "\n")
        sh("mmdebstrap", "--variant=minbase", f"--aptopt={options}", "bookworm", path + ".new", "-",
           input=sources)
        os.rename(path + ".new", path)
    return path


def packages():
    folder = os.environ.get("ANYCAN_DEBS")
    if not folder:
        sh("make", "-C", TOP, "deb")
        folder = os.path.join(TOP, "build/deb")
    found = [path for name in NAMES for path in glob.glob(f"{folder}/{name}_*.deb")]
    assert len(found) == len(NAMES), found
    return found


class Root:
    """The fresh system. Mounts are those of each command's own namespace."""

    def __init__(self, path):
        self.path = path
        sh("tar", "-C", path, "-xf", base())
        with open(f"{path}/usr/sbin/policy-rc.d", "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(f"{path}/usr/sbin/policy-rc.d", 0o755)
        os.mkdir(f"{path}/debs")
        for deb in packages():
            shutil.copy(deb, f"{path}/debs")
        self.debs = [f"/debs/{name}" for name in sorted(os.listdir(f"{path}/debs"))]

    def do(self, command):
        script = ('mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && '
                  'exec chroot "$0" /bin/sh -ec "$1"')
        return sh("unshare", "--mount", "--fork", "--pid", "--kill-child", "sh", "-ec", script,
                  self.path, command,
                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
                       "LC_ALL": "C", "HOME": "/root"})

    def apt(self, words):
        return self.do(f"apt-get -q -y -o Dpkg::Use-Pty=0 {words}")

    def install(self):
        return self.apt("install --no-install-recommends " + " ".join(self.debs))

    def files(self):
        """Everything that may not come or go."""
        found = set()
        for folder, folders, files in os.walk(self.path):
            inside = os.path.relpath(folder, self.path)
            for name in folders + files:
                path = os.path.normpath(os.path.join(inside, name))
                if not OTHERS.match(path) and not USERS.match(path):
                    found.add(path)
        return found

    def write(self, path, text):
        with open(self.path + path, "w", encoding="ascii") as file:
            file.write(text)

    def is_there(self, path):
        return os.path.lexists(self.path + path)


def is_ours(name):
    return os.path.islink(f"{root.path}/usr/bin/{name}") and \
        os.readlink(f"{root.path}/usr/bin/{name}") == "anycan"


def test_what_they_need():
    """Installed by itself, so that what comes and goes afterwards is theirs."""
    root.apt("update")
    planned = root.apt("install -s --no-install-recommends " + " ".join(root.debs))
    needed = [name for name in re.findall(r"^Inst (\S+)", planned, re.M) if name not in NAMES]
    root.apt("install --no-install-recommends " + " ".join(needed))
    root.before = root.files()
    return f"{len(needed)} packages"


def test_install():
    root.install()
    for path in ("/usr/bin/anycan", "/usr/bin/bridged", "/lib/udev/rules.d/70-anycan.rules",
                 "/lib/systemd/system/anycan-bridge@.service", "/usr/share/man/man8/bridged.8.gz",
                 "/usr/share/doc/anycan/html/index.html", "/usr/src/cantap-0.1.0/main.c",
                 "/etc/anycan"):
        assert root.is_there(path), path
    assert "anycan:" in root.do("getent passwd anycan") and "can:" in root.do("getent group can")
    assert "cantap/0.1.0" in root.do("dkms status")


def test_convert():
    root.write("/tmp/a.log", LOG)
    root.do("anycan convert /tmp/a.log /tmp/a.asc && anycan convert /tmp/a.asc /tmp/b.blf && "
            "can_logconvert /tmp/b.blf /tmp/c.log && can_logconvert.py /tmp/c.log /tmp/d.csv")
    assert "44" in root.do("cat /tmp/a.asc") and "12345678" in root.do("cat /tmp/c.log")
    assert len(root.do("cat /tmp/d.csv").splitlines()) == 3


def test_list():
    root.do("anycan list && anycan --version && bridged --version && anycan config check")


def test_hub():
    """A simulated adapter, bridged to a hub: no CAN in this kernel is needed."""
    shutil.copy(f"{TOP}/build/tests/sim/anycan-sim", f"{root.path}/tmp")
    said = root.do("""
        cd /tmp
        ./anycan-sim --control control slcan:name=a,pty=tty0 ack:name=ack \
            gen:name=g,id=123,gap=10000,count=200 >sim.out &
        until grep -q ready sim.out; do sleep 0.1; done
        bridged --port hub slcan:/tmp/tty0 can0 bitrate 500000 >bridged.out &
        bridge=$!
        until grep -q ready bridged.out; do sleep 0.1; done
        timeout 20 anycan log -n 20 can0
        anycan status can0
        kill $bridge
        wait $bridge
    """)
    assert said.count("123") >= 20, said


def test_development():
    """A program that is built with what is in libanycan-dev."""
    shutil.copy(f"{TOP}/Documentation/examples/virtual_timestamps.c", f"{root.path}/tmp/example.c")
    assert root.do("cd /tmp && gcc -Wall -Werror -o example example.c -lanycan -lcanlog && "
                   "./example")


def test_beside_python_can_and_can_utils():
    """Installed after ours, and before ours."""
    theirs = "python3-can can-utils"
    root.apt(f"install --no-install-recommends {theirs}")
    assert is_ours("can_logger") and root.is_there("/usr/bin/can_logger.distrib")
    root.apt("remove anycan-compat")
    for name in "can_logger", "can_player", "can_viewer", "can_logconvert", "slcand":
        assert root.is_there(f"/usr/bin/{name}") and not is_ours(name), name
        assert not root.is_there(f"/usr/bin/{name}.distrib"), name
    root.install()
    assert is_ours("can_logger") and root.is_there("/usr/bin/can_logger.distrib")
    root.do("can_logconvert.distrib /tmp/a.log /tmp/theirs.csv && "
            "can_logconvert /tmp/a.log /tmp/ours.csv && cmp /tmp/theirs.csv /tmp/ours.csv")
    root.apt(f"purge --auto-remove {theirs}")
    assert is_ours("can_logger") and not root.is_there("/usr/bin/can_logger.distrib")


def test_reinstall_and_upgrade():
    root.apt("install --reinstall " + " ".join(root.debs))
    newer = []
    for deb in root.debs:
        folder = f"{root.path}/tmp/newer"
        sh("dpkg-deb", "-R", root.path + deb, folder)
        control = f"{folder}/DEBIAN/control"
        with open(control, encoding="utf-8") as file:
            text = file.read()
        with open(control, "w", encoding="utf-8") as file:
            file.write(text.replace("0.1.0", "0.1.0+1"))
        newer.append(deb.replace("0.1.0", "0.1.0+1").replace("/debs/", "/tmp/"))
        sh("dpkg-deb", "-b", folder, root.path + newer[-1])
        shutil.rmtree(folder)
    root.apt("install --no-install-recommends " + " ".join(newer))
    assert "0.1.0+1" in root.do("dpkg-query -W anycan anycan-compat")
    assert is_ours("can_player")
    assert "cantap/0.1.0" in root.do("dkms status")


def test_purge():
    root.apt("purge " + " ".join(NAMES))
    now = root.files()
    assert now == root.before, (sorted(now - root.before), sorted(root.before - now))
    assert "anycan" not in root.do("dpkg-divert --list; dpkg -l")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="anycan-root.") as folder:
        root = Root(folder)
        sys.exit(run([test for name, test in list(globals().items())
                      if name.startswith("test_")]))
