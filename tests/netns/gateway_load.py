# SPDX-License-Identifier: BSD-3-Clause
"""romon-gw under load, in front of a control socket that is played here: 100,000 nodes by pages without growing, 500 clients
that have logged in, and prints on one connection, which cost romond next to nothing."""
import json
import os
import socket
import subprocess
import threading
import time

from gateway import Gateway, PASSWORD, clients_in, rest
from gateway_hostile import API, LOGIN, sentence
from harness import Skip, check, equal

NODES = 100000
CLIENTS = 500
PRINTS = 10000
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
            data = '{"identity":"node"}' if asks["cmd"] == "status" else self.page(**asks["args"])
            f.write(f'{{"id":{asks["id"]},"ok":true,"data":{data}}}\n'.encode())
            f.flush()

    @staticmethod
    def page(offset, count):
        rows = ",".join(ROW.format(i >> 16, i >> 8 & 255, i & 255, i) for i in range(offset, min(NODES, offset + count)))
        after = offset + count if offset + count < NODES else "null"
        return f'{{"total":{NODES},"next":{after},"rows":[{rows}]}}'


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


def prints(played):
    before = played.asked.get("status", 0)
    with socket.create_connection(API, 20) as s:
        s.sendall(LOGIN)
        check(b"!done" in s.recv(100), "logged in")
        begin, asked, done, tail = time.monotonic(), 0, 0, b""
        while done < PRINTS:
            if asked - done < 50 and asked < PRINTS:
                s.sendall(sentence("/system/identity/print", ".tag=1") * 100)
                asked += 100
            data = tail + s.recv(262144)
            done += data.count(b"!done")
            tail = data[-4:]
        seconds = time.monotonic() - begin
    print(f"{PRINTS / seconds:.0f} prints a second")
    check(PRINTS / seconds > PRINTS_PER_S, f"{PRINTS / seconds:.0f} prints a second")
    check(played.asked["status"] - before <= seconds * 10 + 2, f"romond was asked {played.asked['status'] - before} times in {seconds:.1f} s")


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
    prints(played)
    gateway.stop()
