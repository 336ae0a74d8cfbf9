# SPDX-License-Identifier: BSD-3-Clause
"""A node beside whose Data a hundred streams are busy: to another node, through a memif ring, to an echo and back. The worker
under test has its CPU for itself; both controls, the other node, the echo and who writes share the control CPU."""
import os
import selectors
import socket
import sys
import time

from bench import places
from bench.proc import Process, SideError, be_first, wait
from bench.romond_side import NODE, Romond, common_config, config_write
from bench.stream_rows import ECHO, SERVICE
import harness

N_STREAMS = 100
ECHO_PORT = 7008
PEER_ID = "02:00:00:00:00:02"
MASTER = {"romon": {"role": "master"}, "discovery": {"interval": "1s"}}
LIMITS = {"streams-per-node": 1024, "streams-half-open": 1024, "stream-opens": 100000}
CHUNK = 8192  # bytes of each stream that are on their way there or back
OPEN_S = 20
BYTES_MIN = 1000000  # that come back in a second, of all streams: with fewer they would not be busy


def on_control_cpu():
    be_first()
    os.sched_setaffinity(0, {places.CONTROL_CPU})


def control_apart(pid):
    """Of a romond, every thread but workers: its control may run anywhere, and would take time from a worker now and then."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm", encoding="utf-8") as f:
            if not f.read().startswith("rte-worker"):
                os.sched_setaffinity(int(task), {places.CONTROL_CPU})


class Peered(Romond):
    """The node of row P3, with a third port that leads to another node."""

    def __init__(self, name, folder, frames, build):
        super().__init__(name, folder, frames, 1, build=build, mode=NODE, extra={**MASTER, "limits": LIMITS})
        self.memif = os.path.join(folder, f"{name}.memif")
        self.peer, self.echo = Process(f"{name}-peer", folder), Process(f"{name}-echo", folder)

    def device(self, role):
        return f"net_memif0,role={role},id=0,socket-abstract=no,socket={self.memif}"

    def port_names(self):
        return [*super().port_names(), "peer"]

    def vdevs(self):
        return [*super().vdevs(), self.device("server")]

    def peer_config(self):
        config = common_config(f"{self.socket_path}.peer", f"{self.prefix}-peer", places.BURST, places.MBUFS)
        return harness.merged(config, {
            **MASTER, "romon": {**MASTER["romon"], "id": PEER_ID, "identity": "peer"}, "limits": LIMITS,
            "workers": {"cores": [places.CONTROL_CPU], "idle": "adaptive"}, "ports": {"peer": {"device": self.device("client")}},
            "services": {"ssh": {"enabled": True, "to": f"127.0.0.1:{ECHO_PORT}"}}})

    def start(self):
        super().start()
        wait(f"{self.name} listens", lambda: self.process.is_alive() and os.path.exists(self.memif) and self.ask("status"))
        control_apart(self.process.pid)
        path = f"{self.config_path}.peer"
        config_write(path, self.peer_config())
        self.peer.run([places.program(self.build, "romond"), "-c", path], priority=on_control_cpu)
        self.echo.run([sys.executable, "-c", ECHO, str(ECHO_PORT)], priority=on_control_cpu)

    def wait_for_frames(self):
        super().wait_for_frames()
        wait("the peer is found", lambda: self.peer.is_alive() and self.echo.is_alive() and any(
            r["address"] == PEER_ID and r["reachable"] for r in self.ask("nodes")["rows"]))

    def prove(self):
        """What it forwards is proven by row P3."""
        return []

    def stop(self):
        try:
            super().stop()
        finally:
            self.peer.stop()
            self.echo.popen.kill()
            self.echo.popen.wait()


def stream_open(socket_path):
    """A stream to the peer's echo: a connected socket."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(OPEN_S)
    s.connect(socket_path)
    s.sendall(b'{"v":1,"id":1,"cmd":"stream-open","args":{"id":"%s","service":"%d"}}\n' % (PEER_ID.encode(), SERVICE))
    line = b""
    while not line.endswith(b"\n"):
        got = s.recv(1)
        if not got:
            break
        line += got
    if b'"ok":true' not in line:
        raise SideError(f"no stream: {line.decode()}")
    return s


def write(side, over, ready):
    """(bytes that came back, seconds), with all streams busy."""
    sel, got = selectors.DefaultSelector(), [0] * N_STREAMS
    for i in range(N_STREAMS):
        s = stream_open(side.socket_path)
        s.sendall(b"x" * CHUNK)
        sel.register(s, selectors.EVENT_READ, i)
    had, began = 0, time.monotonic()
    is_ready = False
    while not over:
        for key, _ in sel.select(0.1):
            data = key.fileobj.recv(65536)
            if not data:
                raise SideError("a stream ended")
            got[key.data] += len(data)
            key.fileobj.sendall(data)
        if not is_ready and min(got) > 0:
            is_ready, had, began = True, sum(got), time.monotonic()
            ready()
    return sum(got) - had, time.monotonic() - began
