# SPDX-License-Identifier: BSD-3-Clause
"""Made-up neighbors and origins from one port, as fast as a veth takes them: the tables keep their caps, who was there
on other ports stays, memory does not grow, and Data is still forwarded.

                       +------- box -------+
    end a (hostile) ---+ eth0   port a     |
    end b (honest) ----+ eth1   port b     |
    end c -------------+ eth2   port c     |
                       +-------------------+
"""
import ctypes
import os
import time

import romon
from harness import Counter, Sender, all_arrive, check, data_load, equal, mac, model_of, wait

SECONDS = 10
BATCH = 256
HONEST = 100
PER_PORT = 2048
ORIGINS = 4096
LOAD = 500


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Mmsghdr(ctypes.Structure):
    """struct mmsghdr, of a packet socket that is bound: no address, no control data."""
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(Iovec)),
                ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("pad", ctypes.c_int), ("sent", ctypes.c_uint32), ("pad2", ctypes.c_int)]


class Spoofer:
    """Sends one frame under ever new MACs and ids."""

    def __init__(self, end, frame):
        self.fd, self.size, self.n = end.sock.fileno(), len(frame), 0
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.buf = ctypes.create_string_buffer(frame * BATCH, len(frame) * BATCH)
        self.iov = (Iovec * BATCH)()
        self.msgs = (Mmsghdr * BATCH)()
        for i in range(BATCH):
            self.iov[i] = Iovec(ctypes.addressof(self.buf) + i * self.size, self.size)
            self.msgs[i].iov = ctypes.pointer(self.iov[i])
            self.msgs[i].iovlen = 1

    def batch(self):
        view = memoryview(self.buf).cast("B")
        for i in range(BATCH):
            serial = (self.n + i).to_bytes(4, "big")
            at = i * self.size
            view[at + 8:at + 12] = serial  # Ethernet source
            view[at + 14 + 30:at + 14 + 34] = serial  # RoMON source id
        sent = self.libc.sendmmsg(self.fd, self.msgs, BATCH, 0)
        if sent > 0:
            self.n += sent


def rss_kib(node):
    """Of romond itself: the process that we started is `ip netns exec`, which becomes it."""
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def discover(source, node_id):
    port = romon.Port("x", 7, mac(source))
    return romon.Node(node_id, [port]).discover(port).pack(60)


def scenario(net):
    box = net.box("box")
    a, b, c = (net.end(box, f"eth{i}") for i in range(3))
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01"},
        "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("abc")},
        "limits": {"neighbors-per-port": PER_PORT, "discover-in": "none", "punt": 1000},
        "log": {"level": "info"},
    })
    model = model_of(node)
    for i in range(HONEST):
        b.send(discover(f"02:00:00:00:0b:{i:02x}", f"02:00:00:00:1b:{i:02x}"))
    wait(lambda: sum(n["port"] == "b" for n in node.ctl("neighbors")) == HONEST, "the honest neighbors are known")
    load, leaves = data_load(model, "b", 3)
    c.only_romon(romon.DATA)  # made-up Discovers are flooded there, more than a test hears
    counter = Counter(c, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(b, [load.pack()], LOAD)
    wait(lambda: len(counter.seen) > 100, "the load flows")

    spoofer = Spoofer(a, discover("06:00:00:00:00:00", "06:00:00:00:00:00"))
    start = time.monotonic()

    def full():
        spoofer.batch()
        worker = node.ask("workers")[0]
        return worker["origins"] == ORIGINS and worker["neighbors"] == PER_PORT + HONEST + 1

    wait(full, "the tables are full")
    before = rss_kib(node)
    slowest = 0.0
    while time.monotonic() - start < SECONDS:
        for _ in range(64):
            spoofer.batch()
        asked = time.monotonic()
        node.ask("status")
        slowest = max(slowest, time.monotonic() - asked)
    seconds = time.monotonic() - start
    last = [-1]

    def settled():
        now = node.port("a")["rx-frames"]
        same, last[0] = now == last[0], now
        return same

    wait(settled, "what was sent is counted")
    after = rss_kib(node)
    taken = last[0]
    worker = node.ask("workers")[0]
    print(f"{spoofer.n} spoofed in {seconds:.1f} s, {taken} taken by romond ({taken / seconds:.0f}/s); "
          f"RSS {before} KiB, then {after} KiB; evicted {worker['evicted']}; slowest status {slowest * 1000:.0f} ms")
    rows = node.ctl("neighbors")
    equal(sum(r["port"] == "a" for r in rows), PER_PORT, "neighbors on a")
    equal(sum(r["port"] == "b" for r in rows), HONEST + 1, "neighbors on b: the honest, and who sends the load")
    check(worker["origins"] <= ORIGINS, f"{worker['origins']} origins, the cap is {ORIGINS}")
    check(worker["evicted"] > taken - PER_PORT - ORIGINS, f"evicted: {worker}")
    if "ASAN_OPTIONS" not in os.environ:  # its quarantine keeps what was freed
        check(after <= before + 4096, f"RSS grew from {before} to {after} KiB")
    findings = node.why("a")[0]["findings"]
    check(any(f["reason"] == "evicted" for f in findings), f"why a: {findings}")
    check(not any(f["reason"] == "evicted" for f in node.why("b")[0]["findings"]), "why b names a's neighbors")
    lines = len(node.log_text().splitlines())
    check(lines < 2000, f"{lines} lines of log")
    all_arrive(node, "b", sender, counter, "the load", others=HONEST)
    node.balanced()
