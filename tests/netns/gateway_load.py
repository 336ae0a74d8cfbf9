# SPDX-License-Identifier: BSD-3-Clause
"""romon-gw under load, in front of a control socket that is played here: 100,000 nodes by pages without growing, 512 clients
that have logged in, and prints on one connection, which cost romond next to nothing. A client that does not read."""
import json
import os
import socket
import subprocess
import threading
import time

from gateway import Gateway, PASSWORD, clients_in, rest
from gateway_hostile import API, BASIC, HTTP, LOGIN, sentence
from harness import Skip, check, equal, wait

NODES = 100000
CLIENTS = 512  # as many as there may be
PRINTS = 10000
CHANGES = 30000  # more of them than buffers of the kernel take
MEMORY_KIB = 65536
# Far below what an idle machine does (docs/gateway.md), so that this holds beside any load; each of them asking romond gave 285.
PRINTS_PER_S = 1000
ROW = ('{{"address":"02:00:00:{0:02x}:{1:02x}:{2:02x}","identity":"node-{3}","version":"7.13","board":"hAP","status":"ok","cost":200,'
       '"hops":1,"l2mtu":1500,"path":["02:00:00:{0:02x}:{1:02x}:{2:02x}"],"heard-on":"a","first-seen":"2026-11-30T20:59:27Z",'
       '"last-seen":"2026-11-30T20:59:27Z"}}')


class Played:
    """The control socket: `nodes` by pages, and `status`. Counts what it is asked."""

    def __init__(self, path):
        self.socket_path = path
        self.n_nodes, self.version, self.follows = NODES, 0, threading.Event()
        self.asked = {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            s, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        f = s.makefile("rwb")
        for line in f:
            asks = json.loads(line)
            self.asked[asks["cmd"]] = self.asked.get(asks["cmd"], 0) + 1
            if asks["cmd"] == "nodes-follow":
                self.feed(f, asks["id"])
                return
            data = '{"identity":"node"}' if asks["cmd"] == "status" else self.page(**asks["args"])
            f.write(f'{{"id":{asks["id"]},"ok":true,"data":{data}}}\n'.encode())
            f.flush()

    def row(self, i):
        return ROW.format(i >> 16, i >> 8 & 255, i & 255, f"{i}-{self.version}" if self.version else i)

    def page(self, offset, count):
        rows = ",".join(self.row(i) for i in range(offset, min(self.n_nodes, offset + count)))
        after = offset + count if offset + count < self.n_nodes else "null"
        return f'{{"total":{self.n_nodes},"next":{after},"rows":[{rows}]}}'

    def feed(self, f, number):
        """All nodes, then CHANGES of the first one, as soon as somebody sets `follows`."""
        def tell(data):
            f.write(f'{{"id":{number},"ok":true,"more":true,"data":{data}}}\n'.encode())
        tell('{"what":"begin"}')
        for i in range(self.n_nodes):
            tell('{"what":"row",' + self.row(i)[1:])
        tell('{"what":"end"}')
        f.flush()
        self.follows.wait()
        for self.version in range(1, CHANGES + 1):
            tell('{"what":"row",' + self.row(0)[1:])
        f.flush()
        f.readline()  # as long as it is followed


def memory_kib(gateway, name):
    with open(f"/proc/{gateway.process.pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith(name)).split()[1])


def long_list(gateway, net):
    path = os.path.join(net.dir, "list.json")
    with open(path, "wb") as out:
        subprocess.run(["curl", "-sf", "-u", f"ann:{PASSWORD}", "http://127.0.0.1:8080/rest/tool/romon/neighbors?.proplist=id"], stdout=out,
                       check=True)
    with open(path, encoding="utf-8") as f:
        equal(len({row["id"] for row in json.load(f)}), NODES, "nodes of the list")
    kib = memory_kib(gateway, "VmHWM")
    check(kib < MEMORY_KIB, f"{kib} KiB for a list of {NODES} nodes")


def many_clients(gateway):
    clients = []
    for _ in range(CLIENTS):
        s = socket.create_connection(API, 20)
        s.sendall(LOGIN)
        check(b"!done" in s.recv(100), "logged in")
        clients.append(s)
    for s in clients:
        s.sendall(sentence("/system/identity/print"))
    for s in clients:
        got = b""
        while b"!done" not in got:
            got += s.recv(65536)
        check(b"=name=node" in got, f"a client got {got}")
    kib = memory_kib(gateway, "VmRSS")
    print(f"{CLIENTS} clients: {kib} KiB")
    check(kib < 2 * MEMORY_KIB, f"{kib} KiB for {CLIENTS} clients")
    for s in clients:
        s.close()

    def is_let_in():
        with socket.create_connection(API, 20) as s:
            s.sendall(LOGIN)
            return b"!done" in s.recv(100)
    wait(is_let_in, "there is a place again")


def prints(played, menu, command):
    before = played.asked.get(command, 0)
    with socket.create_connection(API, 20) as s:
        s.sendall(LOGIN)
        check(b"!done" in s.recv(100), "logged in")
        begin, asked, done, tail = time.monotonic(), 0, 0, b""
        while done < PRINTS:
            if asked - done < 50 and asked < PRINTS:
                s.sendall(sentence(f"{menu}/print", ".tag=1") * 100)
                asked += 100
            data = tail + s.recv(262144)
            done += data.count(b"!done")
            tail = data[-4:]
        seconds = time.monotonic() - begin
    print(f"{PRINTS / seconds:.0f} prints of {menu} a second")
    check(PRINTS / seconds > PRINTS_PER_S, f"{PRINTS / seconds:.0f} prints of {menu} a second")
    check(played.asked[command] - before <= seconds * 10 + 2, f"romond was asked {played.asked[command] - before} times in {seconds:.1f} s")


def follower(buffer):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    s.settimeout(60)
    s.connect(HTTP)
    s.sendall(f"GET /api/v1/nodes/stream HTTP/1.1\r\nHost: x\r\n{BASIC}\r\n\r\n".encode())
    return s


def until(s, text):
    """What comes, up to the text."""
    got = b""
    while text not in got:
        part = s.recv(262144)
        check(part, f"the stream ended before {text}: {got[-300:]}")
        got += part
    return got


def deaf():
    """A client of the binary API, bob, who asks for more than buffers of the kernel take, and reads nothing of it."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(60)
    s.connect(API)
    s.sendall(LOGIN.replace(b"=name=ann", b"=name=bob"))
    until(s, b"!done")
    check("bob" in [r["name"] for r in rest("/user/active")], "it is logged in")
    s.sendall(sentence("/tool/romon/neighbors/print") * 1000)
    return s


def slow_reader(gateway, played):
    """Who does not read costs no memory and holds up nobody: he is told that he lost some, and then all as it is."""
    played.n_nodes = 100
    time.sleep(0.2)  # pages of before are shared no longer
    slow, quick = follower(4096), follower(1 << 20)
    unread = deaf()
    for s in (slow, quick):
        until(s, b"event: snapshot-end")
    kib, last = memory_kib(gateway, "VmRSS"), f'"identity":"node-0-{CHANGES}"'.encode()
    begin = time.monotonic()
    played.follows.set()
    until(quick, last)
    print(f"{CHANGES} changes told in {time.monotonic() - begin:.1f} s beside a client that does not read")
    equal(rest("/system/identity"), {"name": "node"}, "REST beside it")
    more = memory_kib(gateway, "VmRSS") - kib
    check(more < 16384, f"{more} KiB more for a client that does not read")
    got = until(slow, last)
    check(b"event: lost\n" in got, "he is told that he lost some")
    check(got.rindex(b"event: lost\n") < got.rindex(last), "and what holds now")
    slow.close()
    quick.close()
    return unread


def scenario(net):
    if "ASAN_OPTIONS" in os.environ:
        raise Skip("ASan takes more memory and time than the limits that are set here")
    box = net.box("box")
    played = Played(os.path.join(net.dir, "control.sock"))
    net.nodes.append(played)
    gateway = Gateway(net, box, played)
    net.nodes.remove(played)
    gateway.start()
    clients_in(box)
    equal(rest("/system/identity"), {"name": "node"}, "REST")
    long_list(gateway, net)
    many_clients(gateway)
    unread = slow_reader(gateway, played)
    played.n_nodes = 6
    time.sleep(0.2)  # pages of before are shared no longer
    prints(played, "/system/identity", "status")
    prints(played, "/tool/romon/neighbors", "nodes")
    wait(lambda: "bob" not in [r["name"] for r in rest("/user/active")], "a client of the API that takes nothing is closed")
    unread.close()
    gateway.stop()
