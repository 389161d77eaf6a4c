# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A client of QEMU's monitor, over any pair of unbuffered binary files.

Source: docs/interop/qmp-spec.txt of QEMU 7.2.
"""

import json


class QmpError(Exception):
    pass


class Qmp:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.buffer = b""
        self.events = []
        self.serial = 0
        try:
            self.run("qmp_capabilities")
        except QmpError:
            pass  # an earlier client of the same connection has done it

    def run(self, command, **arguments):
        """Runs a command and returns its answer."""
        return self.run_together((command, arguments))[0]

    def run_together(self, *commands):
        """Hands several (command, arguments) over at once; returns their answers."""
        first = self.serial + 1
        messages = b""
        for command, arguments in commands:
            self.serial += 1
            message = {"execute": command, "arguments": arguments, "id": self.serial}
            messages += json.dumps(message).encode() + b"\n"
        self.writer.write(messages)
        answers = [self._answer(number) for number in range(first, self.serial + 1)]
        for answer in answers:
            if "error" in answer:
                raise QmpError(answer["error"]["desc"])
        return [answer["return"] for answer in answers]

    def _answer(self, number):
        while True:
            message = self._message()
            if message.get("id") == number:
                return message

    def wait(self, name, **wanted):
        """Waits for an event of that name with those data."""
        while True:
            for event in self.events:
                if event["event"] == name and wanted.items() <= event.get("data", {}).items():
                    self.events.remove(event)
                    return event
            self._message()

    def _message(self):
        message = self._line()
        if "event" in message:
            self.events.append(message)
        return message

    def _line(self):
        """The next object; what an earlier client left half read is no object."""
        while True:
            while b"\n" not in self.buffer:
                more = self.reader.read(4096)
                if not more:
                    raise QmpError("the monitor is gone")
                self.buffer += more
            line, self.buffer = self.buffer.split(b"\n", 1)
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if isinstance(message, dict):
                return message
