# SPDX-License-Identifier: BSD-3-Clause
"""An interface that romond uses still carries the host's own traffic.

            +-------------- box ---------------+
    end a --+ eth0   10.7.0.1/24, and port r0  |     a TCP server in the box, its client at end a;
    end b --+ eth1   port r1                   |     RoMON frames from b to a and a to b meanwhile
            +----------------------------------+
"""
import hashlib
import os
import socket
import sys
import threading

from harness import GROUP, Counter, Sender, all_arrive, check, equal, mac, sh, wait

VARIANTS = {"af-xdp": {"driver": "af-xdp"}, "af-packet": {"driver": "af-packet"}}
BYTES = 64 << 20
RATE = 2000

# Takes one connection, reads BYTES bytes, sends back their SHA-256, and then the same bytes again.
SERVER = """
import hashlib, socket, sys
s = socket.create_server(("10.7.0.1", 7000))
c, _ = s.accept()
want, got = int(sys.argv[1]), []
while want:
    part = c.recv(min(want, 1 << 20))
    if not part:
        sys.exit("the client left")
    got.append(part)
    want -= len(part)
data = b"".join(got)
c.sendall(hashlib.sha256(data).digest())
c.sendall(data)
c.shutdown(socket.SHUT_WR)
c.recv(1)
"""


def transfer(result):
    data = os.urandom(1 << 20) * (BYTES >> 20)
    digest = hashlib.sha256(data).digest()
    c = wait(lambda: socket.create_connection(("10.7.0.1", 7000), timeout=30), "the server in the box takes a connection")
    with c:
        c.sendall(data)
        back = b""
        parts = []
        while True:
            part = c.recv(1 << 20)
            if not part:
                break
            parts.append(part)
        back = b"".join(parts)
    result["there"] = back[:32] == digest
    result["back"] = hashlib.sha256(back[32:]).digest() == digest


def scenario(net, driver):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    a.only_romon()  # the tester's socket; the TCP client has its own
    box.sh("ip", "addr", "add", "10.7.0.1/24", "dev", "eth0")
    sh("ip", "addr", "add", "10.7.0.2/24", "dev", a.ifname)
    relay = net.romond(box, "relay", {"relay-groups": {"g": {"ports": {
        "r0": {"device": "eth0", "driver": driver}, "r1": {"device": "eth1", "driver": driver}}}}})
    net.process(box, sys.executable, "-c", SERVER, str(BYTES), log="server.log")

    def frames(n):
        return GROUP + mac(f"02:00:00:00:00:0{n}") + b"\x88\xbf" + b"romon".ljust(100, b"\0")

    counters = [Counter(b, lambda f: f[:-4] == frames(1)[:-4]), Counter(a, lambda f: f[:-4] == frames(2)[:-4])]
    senders = [Sender(a, [frames(1)], RATE), Sender(b, [frames(2)], RATE)]
    wait(lambda: all(len(c.seen) > 100 for c in counters), "RoMON frames flow before the transfer")
    result = {}
    t = threading.Thread(target=transfer, args=(result,))
    t.start()
    t.join(120)
    check(not t.is_alive(), "the TCP transfer did not end")
    equal(result, {"there": True, "back": True}, "the TCP transfer, by SHA-256")
    all_arrive(relay, "r0", senders[0], counters[0], "a to b")
    all_arrive(relay, "r1", senders[1], counters[1], "b to a")
    # the host's frames stay on their wire
    equal([f for f in counters[0].others if f[12:14] != b"\x88\xbf"], [], "other frames that reached b")
    equal(relay.drops(), {}, "drops")
    relay.balanced()
