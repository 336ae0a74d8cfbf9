# SPDX-License-Identifier: BSD-3-Clause
"""Streams with a peer that is not us (tests/common/romon_stream.py, from docs/protocol.md alone), both ways, on a wire that loses.

    Far ---- a  n1  b ---- a  n2      n2 offers a service that echoes; so does Far
    (python)     romond       romond
"""
import os
import subprocess
import threading

import reach_trouble
import romon
from harness import ROMONCTL, Skip, check, equal, wait
from romon_stream import Streams

IDS = {"n1": "02:00:00:00:00:01", "n2": "02:00:00:00:00:02"}
FAR, FAR_MAC, FAR_LINK = "02:00:00:00:00:0f", "02:00:00:00:0f:01", 77
SERVICE = 3
VARIANTS = {"clean": {"loss": 0.0}, "lossy": {"loss": 0.1}}


class Far(threading.Thread):
    """A router that answers Discovers, and has streams."""

    def __init__(self, end, router, loss):
        super().__init__(daemon=True)
        self.end, self.router = end, router
        self.lock = threading.Lock()
        self.streams = Streams(lambda *a: end.send(router.data(*a)), loss)
        self.streams.offered[SERVICE] = self.echo
        self.n_echoed = 0
        end.only_romon()
        self.start()

    @staticmethod
    def echo(stream):
        if stream.taken:
            data, stream.taken = bytes(stream.taken), bytearray()
            stream.write(data)
        if stream.is_ended and not stream.wants_close and not stream.out:
            stream.close()

    def run(self):
        while True:
            raw = self.end.recv(0.05)
            with self.lock:
                if raw is not None and raw[14] == romon.DISCOVER:
                    answer = self.router.answer(raw)
                    if answer is not None:
                        self.end.send(answer)
                elif raw is not None and raw[14] == romon.DATA:
                    got = self.router.taken(raw)
                    if got is not None:
                        frame, way, src_port, dst_port, payload = got
                        self.streams.take(frame[self.router_romon()].src, way, src_port, dst_port, payload)
                self.streams.tick()

    @staticmethod
    def router_romon():
        import scapy_romon
        return scapy_romon.Romon


def scenario(net, loss):
    try:
        import scapy_romon as s
    except ImportError as e:
        raise Skip(f"python3-scapy is not installed: run scripts/install-deps ({e})") from e
    boxes = {n: net.box(n) for n in IDS}
    west = net.end(boxes["n1"], "if-a")
    net.wire(boxes["n1"], "if-b", boxes["n2"], "if-a2")
    n1 = net.romond(boxes["n1"], "n1", {"romon": {"id": IDS["n1"], "role": "master"}, "discovery": {"interval": "1s"},
                                        "ports": {"a": {"device": "if-a"}, "b": {"device": "if-b"}}})
    n2 = net.romond(boxes["n2"], "n2", {"romon": {"id": IDS["n2"], "role": "master"}, "discovery": {"interval": "1s"},
                                        "ports": {"a": {"device": "if-a2"}},
                                        "services": {"ssh": {"enabled": True, "to": "127.0.0.1:7"}}})
    net.process(boxes["n2"], "/usr/bin/python3", "-c", reach_trouble.ECHO, log="echo.log")
    far = Far(west, s.Router(FAR, FAR_MAC, FAR_LINK, 1592, 100, b"Far", b"\x07\x0d\x66\x00", b"RB750Gr3"), loss)
    wait(lambda: {r["identity"] for r in n2.ctl("nodes") if r["reachable"]} == {"n1", "Far"}, "Far is found")
    data = os.urandom(60000)

    # romond opens, the peer answers
    p = subprocess.run([ROMONCTL, "-s", n2.socket_path, "proxy", "Far"], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=120, check=False)
    equal((p.returncode, p.stderr, p.stdout == data), (0, b"", True), "echo of the peer's")

    # the peer opens, romond answers: to n2 through n1, by the ports that n1 tells
    way = [s.Hop(link=FAR_LINK, mac=n1.port("a")["mac"]), s.Hop(link=n1.port("b")["link-id"], mac=n2.port("a")["mac"])]
    with far.lock:
        stream = far.streams.open(IDS["n2"], way, SERVICE)
        stream.write(data)
    wait(lambda: len(stream.taken) == len(data), "echo of romond's", deadline=60)
    equal(bytes(stream.taken) == data, True, "byte for byte")
    with far.lock:
        stream.close()
    wait(lambda: stream.is_over, "the end goes through")
    check(not stream.is_reset, "in order")
    wait(lambda: n2.ctl("streams") == [], "nothing is left")

    # refused, in so many words
    with far.lock:
        refused = far.streams.open(IDS["n2"], way, 4)
    wait(lambda: refused.is_refused, "a service that is not offered")
