# SPDX-License-Identifier: BSD-3-Clause
"""Peers of streams that lie about what they heard: nobody believes them, each stream ends with its bytes or with a sentence, and
nothing is left behind.

    Far ---- a  n1      Far (python) answers and opens; n1 (romond) offers a service that echoes, or stops to read
"""
import os
import signal
import subprocess
import time

import reach_peer
import reach_trouble
import romon_stream
from harness import ROMONCTL, Skip, check, equal, wait
from romon_stream import ACK, CLOSE, DATA, pack, unpack

NODE = "02:00:00:00:00:01"
BEYOND = (1 << 18, 1 << 24, 1 << 31, (1 << 32) - (1 << 28))  # more than can be under way; half a ring and more: long ago
BACK = (-1, -500, -5000, -100000)
KEEPS = 256 * 1024  # bytes that a stream holds for its reader
LONG = 1400  # of data in a segment
SERVICE = """
import socket, threading, time
s = socket.create_server(("127.0.0.1", 7))
held = []
def serve(c):
    if c.recv(1) == b"S":
        held.append(c)
        return
    while True:
        d = c.recv(65536)
        if not d:
            break
        c.sendall(d)
    c.close()
while True:
    c, _ = s.accept()
    threading.Thread(target=serve, args=(c,), daemon=True).start()
"""


class Liar(romon_stream.Stream):
    """Acknowledges what it did not hear, by so much more or less than it heard; is_honest: and what it heard."""

    lies, is_honest = (), True

    def _ack(self):
        for lie in self.lies:
            self.send(pack(ACK, self.una, self.next_in + lie))
        if self.is_honest:
            super()._ack()

    def tick(self):
        is_due = time.monotonic() - self.at >= romon_stream.AGAIN_S
        super().tick()
        if is_due and not self.is_honest and self.next_in is not None:
            self._ack()


class Both(Liar):
    lies = BEYOND + BACK


class Beyond(Liar):
    lies, is_honest = BEYOND, False


class Back(Liar):
    """Also the peer that shuts its window for good: it says again and again that it waits for what it had."""

    lies, is_honest = (-1,), False


class Greedy(romon_stream.Stream):
    """Notes where the other side says that it is; what it sends by hand is not in `out`."""

    there = None

    def take(self, payload):
        self.there = unpack(payload)[2]
        super().take(payload)


KINDS = {101: Both, 102: Beyond, 103: Back}


def proxy(node, service):
    return subprocess.Popen([ROMONCTL, "-s", node.socket_path, "proxy", "Far", str(service)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def floods(far, stream, n):
    """So many bytes at once, whatever the other side says that it has room for."""
    with far.lock:
        for at in range(0, n, LONG):
            stream.send(pack(DATA, stream.una + at, stream.next_in, bytes(LONG)))


def scenario(net):
    try:
        import scapy_romon as s
    except ImportError as e:
        raise Skip(f"python3-scapy is not installed: run scripts/install-deps ({e})") from e
    box = net.box("n1")
    end = net.end(box, "if-a")
    node = net.romond(box, "n1", {"romon": {"id": NODE, "role": "master"}, "discovery": {"interval": "1s"},
                                  "limits": {"punt": 1000000}, "ports": {"a": {"device": "if-a"}},
                                  "services": {"ssh": {"enabled": True, "to": "127.0.0.1:7"}}})
    net.process(box, "/usr/bin/python3", "-c", SERVICE, log="service.log")
    wait(lambda: b":7 " in subprocess.run(box.argv("ss", "-ltn"), stdout=subprocess.PIPE, check=True).stdout, "the service")
    far = reach_peer.Far(end, s.Router(reach_peer.FAR, reach_peer.FAR_MAC, reach_peer.FAR_LINK, 1592, 100, b"Far",
                                       b"\x07\x0d\x66\x00", b"RB750Gr3"), 0.0)
    far.streams.kinds.update(KINDS)
    far.streams.offered.update({101: far.echo, 102: lambda _: None, 103: lambda _: None})
    wait(lambda: any(r["reachable"] for r in node.ctl("nodes")), "Far is found")
    data = os.urandom(20000)

    # who only lies: of what is beyond no word is believed, and after eight seconds that is the end
    beyond, back = proxy(node, 102), proxy(node, 103)
    for p in (beyond, back):
        p.stdin.write(data)
        p.stdin.flush()
    # the same of who opened
    way = [s.Hop(link=reach_peer.FAR_LINK, mac=node.port("a")["mac"])]
    with far.lock:
        theirs = far.streams.open(NODE, way, 3, Beyond)
        theirs.write(b"E" + data)

    # beside them: who lies and tells the truth too is served
    done = subprocess.run([ROMONCTL, "-s", node.socket_path, "proxy", "Far", "101"], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    equal((done.returncode, done.stderr, done.stdout == data), (0, b"", True), "echo of who lies and tells the truth")

    # and who sends on to a reader that stops, without a look at acks, is in nobody's way
    with far.lock:
        greedy = far.streams.open(NODE, way, 3, Greedy)
        greedy.write(b"S")
    wait(lambda: greedy.is_open and not greedy.out, "its first byte is taken")
    floods(far, greedy, 4 * KEEPS)
    with far.lock:
        last = far.streams.open(NODE, way, 3)
        last.write(b"Ethat was all")
    wait(lambda: last.taken == b"that was all", "what came before is judged")

    equal(beyond.wait(30), reach_trouble.LOST, "acks of what was never sent")
    check(b"the stream broke" in beyond.stderr.read(), "and it is said")
    # a peer that says all the time where it is, is there: its user ends it
    rows = [r for r in node.ctl("streams") if r["service"] == 103]
    equal(len(rows), 1, f"the stream to who goes back stays: {back.poll()}")
    back.send_signal(signal.SIGINT)
    equal(back.wait(10), -signal.SIGINT, "Ctrl-C ends it")
    with far.lock:
        last.close()
        greedy.there = None
        greedy.send(pack(CLOSE, greedy.una + (1 << 24), 0))  # a guess: it hears where the other side is, and means it
    wait(lambda: greedy.there, "an answer to a guess")
    with far.lock:
        greedy.send(pack(CLOSE, greedy.there, 0))
    wait(lambda: equal(node.ctl("streams"), [], "streams") is None, "nothing is left", deadline=30)
