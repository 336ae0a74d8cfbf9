# SPDX-License-Identifier: BSD-3-Clause
"""Many at once: a thousand browsers that follow the nodes, and ten thousand connections that say nothing.

    end (a node that answers) --- eth0 romond --- control socket --- romon-gw --- the crowd, and one user
"""
import os
import resource
import selectors
import socket
import time

import romon
from gateway import Answering, Gateway, NODE, clients_in, rest
from gateway_hostile import API, BASIC, HTTP, LOGIN, sentence
from harness import check, equal, mac, wait

FOLLOWERS = 200 if "ASAN_OPTIONS" in os.environ else 1000
SILENT = 10000


def threads_of(gateway):
    return len(os.listdir(f"/proc/{gateway.process.pid}/task"))


class Followers:
    """All of them in one thread; each has the bytes that came since it was asked last."""

    def __init__(self, n):
        self.poll, self.got = selectors.DefaultSelector(), {}
        for _ in range(n):
            s = socket.create_connection(HTTP, 60)
            s.sendall(f"GET /api/v1/nodes/stream HTTP/1.1\r\nHost: x\r\n{BASIC}\r\n\r\n".encode())
            s.setblocking(False)
            self.poll.register(s, selectors.EVENT_READ)
            self.got[s] = b""

    def n_have(self, text):
        """How many have been told of it."""
        for key, _ in self.poll.select(0.2):
            try:
                data = key.fileobj.recv(65536)
            except BlockingIOError:
                continue
            if not data:
                self.poll.unregister(key.fileobj)
            self.got[key.fileobj] += data
        return sum(text in g for g in self.got.values())

    def forget(self):
        for s in self.got:
            self.got[s] = b""


def followers(far, gateway):
    before = threads_of(gateway)
    crowd = Followers(FOLLOWERS)
    wait(lambda: crowd.n_have(b"event: snapshot-end") == FOLLOWERS, f"{FOLLOWERS} have the nodes")
    crowd.forget()
    begin = time.monotonic()
    far.identity = b"named anew"
    wait(lambda: crowd.n_have(b"named anew") == FOLLOWERS, "all are told of a change")
    print(f"{FOLLOWERS} followers told of a change in {time.monotonic() - begin:.2f} s")
    equal(rest("/system/identity"), {"name": "node"}, "REST beside them")
    for s in crowd.got:
        s.close()
    begin = time.monotonic()
    wait(lambda: threads_of(gateway) < before + 20, "who leaves is not waited for")
    print(f"their threads ended {time.monotonic() - begin:.2f} s after they left")
    check(time.monotonic() - begin < 10, "a thread waits for the sign of life of who left")


def silent(gateway):
    """They get no place that a user needs, and cost no thread each for long."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (SILENT + 1000, max(SILENT + 1000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    crowd, worst = [], 0.0
    for i in range(SILENT):
        s = socket.socket()
        s.setblocking(False)
        try:
            s.connect((API, HTTP)[i % 2])
        except BlockingIOError:
            pass
        crowd.append(s)
        if i % 1000 == 999:
            begin = time.monotonic()
            equal(rest("/system/identity"), {"name": "node"}, f"REST beside {i + 1} silent connections")
            with socket.create_connection(API, 20) as user:
                user.sendall(LOGIN + sentence("/system/identity/print"))
                got = b""
                while b"=name=node" not in got:
                    part = user.recv(65536)
                    check(part, f"a user of the API beside {i + 1} silent connections got {got}")
                    got += part
            worst = max(worst, time.monotonic() - begin)
    print(f"beside {SILENT} silent connections two users were served in {worst:.2f} s at worst; {threads_of(gateway)} threads")
    for s in crowd:
        s.close()


def scenario(net):
    box = net.box("box")
    end = net.end(box, "eth0")
    node = net.romond(box, "node", {"romon": {"id": "02:00:00:00:00:01", "role": "master"}, "discovery": {"interval": "1s"},
                                    "ports": {"a": {"device": "eth0"}}})
    far = romon.Node(mac(NODE), [romon.Port("x", 7, mac("02:0b:00:00:00:02"))], identity=b"far")
    Answering(end, far)
    gateway = Gateway(net, box, node)
    gateway.start()
    clients_in(box)
    wait(lambda: rest("/tool/romon/neighbors"), "the node is known")
    followers(far, gateway)
    silent(gateway)
    equal(gateway.process.poll(), None, "romon-gw lives")
    gateway.stop()
