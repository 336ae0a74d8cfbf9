# SPDX-License-Identifier: BSD-3-Clause
"""How what stays open in romon-gw ends: with its user, and never for others when a client does not read. And what is answered
where romond's disk is full.

    romond -- control socket -- romon-gw -- clients
"""
import base64
import json
import os
import select
import socket
import time

from gateway import PASSWORD, Gateway, clients_in, request, rest
from gateway_hostile import API, HTTP, LOGIN, sentence
from harness import check, equal, sh, wait

BOB = f"bob:{PASSWORD}"
WITHIN_S = 5


def basic(user):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()


def opened(user, path, body=None):
    """A stream of Server-Sent Events that has begun."""
    s = socket.create_connection(HTTP, 20)
    text = json.dumps(body) if body is not None else ""
    s.sendall(f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: x\r\n{basic(user)}\r\nContent-Length: {len(text)}\r\n\r\n"
              f"{text}".encode())
    check(s.recv(65536).startswith(b"HTTP/1.1 200"), f"{path} of {user}")
    return s


def listening(login):
    s = socket.create_connection(API, 20)
    s.sendall(login + sentence("/tool/romon/port/listen", ".tag=1") + sentence("/system/identity/print", ".tag=2"))
    wait(lambda: b".tag=2" in s.recv(65536), "it listens")
    return s


def ended(s):
    """Has it come to its end? What comes before is taken."""
    while select.select([s], [], [], 0)[0]:
        if not s.recv(65536):
            return True
    return False


def streams_end(gateway):
    """A user who has another password, another group, or is removed: what he has open ends. Others go on."""
    of_bob = [opened("bob", "/api/v1/nodes/stream"), opened("bob", "/api/v1/events"), opened("bob", "/api/v1/romond/torch", {"port": "a"}),
              listening(LOGIN.replace(b"=name=ann", b"=name=bob"))]
    of_ann = [opened("ann", "/api/v1/nodes/stream"), opened("ann", "/api/v1/events"), listening(LOGIN)]
    begin = time.monotonic()
    equal(gateway.user("passwd", "bob", password=PASSWORD).returncode, 0, "the same one, hashed anew")
    for i, s in enumerate(of_bob):
        wait(lambda s=s: ended(s), f"stream {i} ends with the password of its user")
    took = time.monotonic() - begin
    check(took < WITHIN_S, f"it took {took:.1f} s")
    print(f"what was open had ended {took:.1f} s after the password changed")
    check(not any(ended(s) for s in of_ann), "what another user has open goes on")
    wait(lambda: gateway.logged().count("bob@127.0.0.1: the file of users has him no more, or otherwise") == 4, "the log says so")
    again = opened("bob", "/api/v1/events")
    equal(gateway.user("remove", "bob").returncode, 0, "bob is removed")
    wait(lambda: ended(again), "his stream ends with him")
    with open(gateway.users, encoding="utf-8") as f:
        text = f.read()
    with open(gateway.users, "w", encoding="utf-8") as f:
        f.write(text.replace("ann:read:", "ann:write:"))
    for s in of_ann:
        wait(lambda s=s: ended(s), "who is of another group asks anew")
    equal(gateway.user("add", "bob", "--group", "write", password=PASSWORD).returncode, 0, "bob is back")


def full_disk(node):
    """What romond cannot keep it does not do: it is refused by a sentence, and nothing has changed then. With room it works again."""
    folder = node.config["state"]["dir"]
    cost = lambda: (rest("/tool/romon/port/a")["cost"], str(node.port("a")["cost"]))  # noqa: E731
    rest("/tool/romon/port/a", *request("PATCH", {"cost": 55}), user=BOB)
    with open(os.path.join(folder, "fill"), "wb", buffering=0) as f:
        for size in (65536, 512):
            try:
                while f.write(bytes(size)) == size:
                    pass
            except OSError:
                pass
    for method, path, body in (("PATCH", "/tool/romon/port/a", {"cost": 56}), ("PUT", "/tool/romon/port", {"interface": "eth1", "cost": 7}),
                               ("DELETE", "/tool/romon/port/a", None)):
        said = rest(path, *request(method, body), user=BOB, status="400")["detail"]
        check("is not in force: No space left on device" in said, f"{method} {path}: {said}")
        equal(cost(), ("55", "55"), f"after a refused {method}")
    os.unlink(os.path.join(folder, "fill"))
    equal(rest("/tool/romon/port/a", *request("PATCH", {"cost": 57}), user=BOB)["cost"], "57", "with room again")
    node.process.kill()
    node.process.wait()
    node.start()
    wait(lambda: cost() == ("57", "57"), "it was kept")


def scenario(net):
    box = net.box("box")
    net.end(box, "eth0")
    net.end(box, "eth1")
    small = os.path.join(net.dir, "small")
    os.mkdir(small)
    sh("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", small)
    node = net.romond(box, "node", {"romon": {"id": "02:00:00:00:00:01"}, "ports": {"a": {"device": "eth0"}}, "state": {"dir": small}})
    gateway = Gateway(net, box, node)
    gateway.start()
    clients_in(box)
    equal(rest("/tool/romon/port/a")["status"], "up", "the port")
    streams_end(gateway)
    full_disk(node)
    gateway.stop()
