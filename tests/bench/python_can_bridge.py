#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""An slcan adapter becomes a netdev by python-can: python_can_bridge.py TTY NETDEV

The obvious way, which is also that of python-can's own can.bridge, for versions without it.
"""

import sys
import time

import can


class Redirect(can.Listener):
    """Sends what it hears on another bus."""

    def __init__(self, bus):
        self.bus = bus

    def on_message_received(self, msg):
        self.bus.send(msg)


def main():
    adapter = can.Bus(interface="slcan", channel=sys.argv[1], bitrate=1000000)
    netdev = can.Bus(interface="socketcan", channel=sys.argv[2])
    notifiers = [
        can.Notifier(adapter, [Redirect(netdev)]),
        can.Notifier(netdev, [Redirect(adapter)]),
    ]
    print("ready", flush=True)
    while notifiers:
        time.sleep(1)


main()
