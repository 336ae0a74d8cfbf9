# SPDX-License-Identifier: BSD-3-Clause
"""romon-gw in front of a romond under test: the worker has its CPU for itself; control, the gateway and whoever floods it share
the control CPU."""
import os
import selectors
import socket
import subprocess
import time

from bench import places
from bench.proc import Process, SideError, wait
from bench.romond_side import NODE, Romond
from bench.stream_side import control_apart, on_control_cpu
from gateway_hostile import sentence  # it lies beside the harness
import harness

USER, PASSWORD = "bench", "a password of the bench"
FLOOD_MIN = 200  # answers a second: with fewer it would be no flood
N_FLOODS = 8


class Gateway:
    """One romon-gw on loopback."""

    def __init__(self, name, folder, build, socket_path, api, http):
        self.process, self.build, self.api, self.http = Process(name, folder), build, api, http
        self.config = os.path.join(folder, f"{name}.yaml")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(harness.yaml({"socket": socket_path, "users": os.path.join(folder, f"{name}.users"),
                                  "state": os.path.join(folder, f"{name}.state"),
                                  "api": {"listen": f"127.0.0.1:{api}", "tls-listen": "none"},
                                  "http": {"listen": f"127.0.0.1:{http}"}, "https": {"listen": "none"}}))

    def start(self):
        program = places.program(self.build, "romon-gw")
        made = subprocess.run([program, "-c", self.config, "user", "add", USER, "--group", "read"], input=PASSWORD, text=True,
                              capture_output=True, check=False)
        if made.returncode != 0:
            raise SideError(f"romon-gw user add: {made.stderr}")
        self.process.run([program, "-c", self.config], priority=on_control_cpu)
        wait("romon-gw serves", lambda: self.process.is_alive() and "are served on http" in self.process.log_tail())

    def stop(self):
        self.process.stop()


class Gatewayed(Romond):
    """The node of row P3 with a gateway."""

    n_made = 0

    def __init__(self, name, folder, frames, build):
        super().__init__(name, folder, frames, 1, build=build, mode=NODE)
        Gatewayed.n_made += 1
        port = 18700 + 2 * Gatewayed.n_made
        self.gateway = Gateway(f"{name}-gw", folder, build, self.socket_path, port, port + 1)

    def start(self):
        super().start()
        wait(f"{self.name} listens", lambda: self.process.is_alive() and self.ask("status"))
        control_apart(self.process.pid)
        self.gateway.start()

    def prove(self):
        """What it forwards is proven by row P3."""
        return []

    def stop(self):
        try:
            self.gateway.stop()
        finally:
            super().stop()


def flood(side, over, ready):
    """(answers, seconds): prints of all that the tree has, edits that no reader may make, words that are none."""
    asks = (sentence("/tool/romon/neighbors/print", ".tag=1") + sentence("/tool/romon/port/print", ".tag=2") +
            sentence("/interface/print", ".tag=3") + sentence("/tool/romon/set", "=enabled=yes", ".tag=4") + sentence("/no/such", ".tag=5")) * 10
    sel = selectors.DefaultSelector()
    for _ in range(N_FLOODS):
        s = socket.create_connection(("127.0.0.1", side.gateway.api), 30)
        s.sendall(sentence("/login", f"=name={USER}", f"=password={PASSWORD}"))
        if b"!done" not in s.recv(4096):
            raise SideError("romon-gw lets nobody log in")
        s.sendall(asks)
        sel.register(s, selectors.EVENT_READ, [s, 0])
    n, began = 0, time.monotonic()
    ready()
    while not over:
        for key, _ in sel.select(0.1):
            s = key.fileobj
            data = s.recv(65536)
            if not data:
                raise SideError("romon-gw closed a connection")
            came = data.count(b"!done")
            n += came
            key.data[1] += came
            if key.data[1] >= 40:  # of 50: so that there is always something to do
                key.data[1] -= 50
                s.sendall(asks)
    return n, time.monotonic() - began
