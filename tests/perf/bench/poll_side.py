# SPDX-License-Identifier: BSD-3-Clause
"""A side while somebody does something with it, from a process of its own on the control CPU: here, asks it all the time
(control socket and DPDK telemetry, a thousand times a second each)."""
import json
import os
import signal
import socket
import sys
import time

from bench import places, stats
from bench.proc import SideError, Telemetry

HZ = 1000
HZ_MIN = 950  # asked less often than this the row would claim too much
COMMANDS = ("status", "ports", "workers", "drops")
PATHS = ("/romon/stats", "/romon/workers", "/romon/info", "/ethdev/stats,0")


def poll(side, over, ready):
    """(rounds, seconds)"""
    telemetry = Telemetry(side.prefix)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.settimeout(5)
        control.connect(side.socket_path)
        answers = control.makefile("rb")
        start, n = time.monotonic(), 0
        ready()
        while not over:
            control.sendall(b'{"v":1,"id":1,"cmd":"%s"}\n' % COMMANDS[n % len(COMMANDS)].encode())
            if b'"ok":true' not in answers.readline():
                raise SideError("the control socket refused a question")
            telemetry.ask(PATHS[n % len(PATHS)])
            n += 1
            time.sleep(max(0.0, start + n / HZ - time.monotonic()))
        return n, time.monotonic() - start


class Child:
    """A process on the control CPU that works with a side: work(side, over, ready) says ready() when it has begun, goes on until
    `over` is not empty, and returns how much it did in how many seconds."""

    def __init__(self, work, side):
        fd, theirs = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            status, over = 1, []
            try:
                signal.signal(signal.SIGTERM, lambda *_: over.append(1))
                os.sched_setaffinity(0, {places.CONTROL_CPU})
                told = work(side, over, lambda: os.write(theirs, b"ready\n"))
                os.write(theirs, json.dumps(told).encode())
                status = 0
            except (OSError, SideError) as e:
                print(f"bench: {e}", file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        os.close(theirs)
        self.told = os.fdopen(fd, "rb")

    def wait_until_ready(self):
        self.told.readline()  # empty when it died: stop() says so

    def stop(self):
        """How much it did in a second."""
        os.kill(self.pid, signal.SIGTERM)
        answer = self.told.read()
        self.told.close()
        _, status = os.waitpid(self.pid, 0)
        if status != 0 or not answer:
            raise SideError("the process that works beside the trials failed")
        amount, seconds = json.loads(answer)
        return amount / seconds


class Again:
    """Another turn of a side that is there already: the process is not started twice."""

    def __init__(self, side, title):
        self.side, self.title = side, title

    def start(self):
        """The side itself is started."""

    def wait_for_frames(self):
        """Likewise."""

    def freeze(self):
        """It is frozen after each of its trials."""

    def stop(self):
        """The side itself is stopped."""

    def prove(self):
        return []

    def trial(self, seconds):
        return self.side.trial(seconds)

    def counts_right(self, trial, out_per_in):
        return self.side.counts_right(trial, out_per_in)


class Beside(Again):
    """The same while a child process does something with it, of which it must get done so much in a second."""

    def __init__(self, side, title, work, least, unit):
        super().__init__(side, title)
        self.work, self.least, self.unit = work, least, unit
        self.rates = []

    def trial(self, seconds):
        self.side.thaw()
        child = Child(self.work, self.side)
        try:
            child.wait_until_ready()
            return self.side.trial(seconds)
        finally:
            self.side.thaw()
            self.rates.append(child.stop())
            self.side.freeze()

    def problems(self):
        """After the trials: did enough get done beside them?"""
        least = min(self.rates, default=0)
        return [] if least >= self.least else [f"{self.title}: only {least:.0f} {self.unit} a second"]

    def notes(self):
        return [f"{self.title}: {stats.median(self.rates):.0f} {self.unit} a second, at least {min(self.rates):.0f}"]
