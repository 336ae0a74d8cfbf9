# SPDX-License-Identifier: BSD-3-Clause
"""romond while somebody asks it all the time: control socket and DPDK telemetry, a thousand times a second each, from
a process of its own on the control CPU."""
import json
import os
import signal
import socket
import time

from bench import places
from bench.proc import SideError, Telemetry

HZ = 1000
HZ_MIN = 950  # asked less often than this the row would claim too much
COMMANDS = ("status", "ports", "workers", "drops")
PATHS = ("/romon/stats", "/romon/workers", "/romon/info", "/ethdev/stats,0")


def poll(socket_path, prefix, fd):
    """Until SIGTERM; then writes how many rounds it made, in how many seconds."""
    over = []
    signal.signal(signal.SIGTERM, lambda *_: over.append(1))
    os.sched_setaffinity(0, {places.CONTROL_CPU})
    telemetry = Telemetry(prefix)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.settimeout(5)
        control.connect(socket_path)
        answers = control.makefile("rb")
        start, n = time.monotonic(), 0
        while not over:
            control.sendall(b'{"v":1,"id":1,"cmd":"%s"}\n' % COMMANDS[n % len(COMMANDS)].encode())
            if b'"ok":true' not in answers.readline():
                raise SideError("the control socket refused a question")
            telemetry.ask(PATHS[n % len(PATHS)])
            n += 1
            time.sleep(max(0.0, start + n / HZ - time.monotonic()))
        os.write(fd, json.dumps({"rounds": n, "seconds": time.monotonic() - start}).encode())


class Poller:
    """A child process that asks."""

    def __init__(self, socket_path, prefix):
        self.fd, fd = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                poll(socket_path, prefix, fd)
                status = 0
            finally:
                os._exit(status)
        os.close(fd)

    def stop(self):
        """Rounds a second that it made."""
        os.kill(self.pid, signal.SIGTERM)
        answer = os.read(self.fd, 4096)
        os.close(self.fd)
        _, status = os.waitpid(self.pid, 0)
        if status != 0 or not answer:
            raise SideError("the poller of control socket and telemetry failed")
        told = json.loads(answer)
        return told["rounds"] / told["seconds"]


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


class Polled(Again):
    """The same while it is asked."""

    def __init__(self, side, title):
        super().__init__(side, title)
        self.rates = []

    def trial(self, seconds):
        self.side.thaw()
        poller = Poller(self.side.socket_path, self.side.prefix)
        try:
            return self.side.trial(seconds)
        finally:
            self.side.thaw()
            self.rates.append(poller.stop())
            self.side.freeze()

    def prove(self):
        return []

    def problems(self):
        """After the trials: was it asked often enough?"""
        least = min(self.rates, default=0)
        return [] if least >= HZ_MIN else [f"{self.title}: asked only {least:.0f} times a second"]
