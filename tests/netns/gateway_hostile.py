# SPDX-License-Identifier: BSD-3-Clause
"""What strangers send to romon-gw, and an identity that was made to do harm: each is refused or told as text, nobody else is
held up, and romond forwards all the while.

    end a --- eth0 (relay) romond eth1 (relay) --- end b        what is forwarded while the gateway is flooded
                       romond eth2 (node) --- end c             a node with an evil identity
                         |
                   control socket --- romon-gw --- strangers
"""
import base64
import json
import os
import socket
import subprocess
import threading
import time

import romon
from gateway import Answering, Gateway, NODE, PASSWORD, clients_in, rest
from harness import GROUP, check, equal, mac, wait

API, HTTP = ("127.0.0.1", 8728), ("127.0.0.1", 8080)
EVIL = "<script>alert(1)</script>\"'\x1b[31m=cmd|' /C x'!A0"
BASIC = "Authorization: Basic " + base64.b64encode(f"ann:{PASSWORD}".encode()).decode()


def word(w):
    w = w if isinstance(w, bytes) else w.encode()
    return (bytes([len(w)]) if len(w) < 0x80 else (len(w) | 0x8000).to_bytes(2, "big")) + w


def sentence(*words):
    return b"".join(map(word, words)) + b"\0"


def told(address, data, deadline=5):
    """What is answered to data, up to the end of the connection."""
    with socket.create_connection(address, deadline) as s:
        try:
            s.sendall(data)
            got = b""
            for part in iter(lambda: s.recv(65536), b""):
                got += part
        except ConnectionResetError:
            pass
        return got


LOGIN = sentence("/login", "=name=ann", f"=password={PASSWORD}")


def api_words():
    """Lengths that no word has are refused before their bytes come, from strangers and from users."""
    for said in (b"\xf0\xff\xff\xff\xff", b"\xf0\x80\x00\x00\x00", b"\xe0\x10\x00\x00", b"\xf1", b"\xff" * 9, b"\xdf\xff\xff", b"\x90\x00",
                 b"\x01a" * 9 + b"\0", (b"\x84\x00" + b"a" * 1024) * 4 + b"\0"):
        check(b"!fatal" in told(API, said), f"a stranger's {said[:12]}")
        if said[0] > 0x90:
            check(b"!fatal" in told(API, LOGIN + said), f"a user's {said[:12]}")
    with socket.create_connection(API, 5) as s:
        s.sendall(LOGIN + sentence(b"/tool/romon/port/print", b"?comment=\xff\xfe", b".tag=\xc3\x28") +
                  sentence("/tool/romon/port/print", "?" + "#" + "!" * 3000, ".tag=b") + sentence("/" * 500, ".tag=c") +
                  sentence("/tool/romon/neighbors/print", *["?#.&|0."] * 200, ".tag=d") + sentence("/quit"))
        got = b""
        for part in iter(lambda: s.recv(65536), b""):
            got += part
    for tag in (b"\xc3\x28", b"b", b"c", b"d"):
        check(b".tag=" + tag in got, f"tag {tag} is answered: {got[-300:]}")


def smuggling():
    """Whatever says twice where it ends gets one answer, which is none of what hides in it, and the end."""
    hidden = "GET /rest/system/identity HTTP/1.1\r\nHost: x\r\n" + BASIC + "\r\n\r\n"
    heads = ("Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 0",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Content-Length: -1", "Content-Length: 0x5", "Content-Length: 5, 5",
             "Content-Length: 99999999999999999999", "Host: y\r\nContent-Length: 0")
    for head in heads:
        got = told(HTTP, f"POST /rest/tool/romon/port/print HTTP/1.1\r\nHost: x\r\n{BASIC}\r\n{head}\r\n\r\n0\r\n\r\n{hidden}".encode())
        check(b" 200 " not in got and b'"node"' not in got, f"{head}: {got}")
    for chunk in ("fffffffffffffffff\r\n", "-1\r\nx\r\n", "5;" + "x" * 60000):
        got = told(HTTP, f"POST /rest/tool/romon/port/print HTTP/1.1\r\nHost: x\r\n{BASIC}\r\nConnection: close\r\n"
                         f"Transfer-Encoding: chunked\r\n\r\n{chunk}\r\n{hidden}".encode())
        check(b'"node"' not in got, f"chunk {chunk[:20]}: {got}")


def bodies():
    def post(body, status):
        out = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-u", f"ann:{PASSWORD}", "--data-binary", "@-",
                              "http://127.0.0.1:8080/rest/tool/romon/port/print"], input=body, capture_output=True, check=True)
        equal(out.stdout.decode(), status, f"{body[:40]}")
    for body in (b"[" * 60000, b'{"a":' * 10000, b'{"a":"\xff"}', b"{", b"[]", b'{"a":1,"a":2}', b'{".query":"x"}', b'{".query":[1]}',
                 b'{".query":["#x"]}', b'{".query":' + json.dumps(["a=b"] * 300).encode() + b"}"):
        post(body, "400")
    post(b'{"a":"' + b"x" * 70000 + b'"}', "413")
    equal(rest("/tool/romon/neighbors?identity=%ff%fe"), [], "a filter that is no text")
    rest("/tool/romon/" + "x" * 4000, status="404")
    rest("/../../etc/passwd", "--path-as-is", status="404")


def evil_identity():
    row = wait(lambda: next(iter(rest("/tool/romon/neighbors")), None), "the evil node is in the list")
    equal(row["identity"], EVIL.replace("\x1b", "\\x1b"), "an identity is text, control characters written out")
    out = subprocess.run(["curl", "-si", "-u", f"ann:{PASSWORD}", "http://127.0.0.1:8080/api/v1/nodes"], capture_output=True, text=True,
                         check=True).stdout
    check("Content-Type: application/json" in out and "nosniff" in out and "default-src 'none'" in out, f"how it is sent: {out}")


def crowds():
    """Many who say nothing, or little: who logs in, or asks, is served all the same."""
    half = [socket.create_connection(API, 5) for _ in range(300)]
    slow = [socket.create_connection(HTTP, 5) for _ in range(300)]
    for s in slow:
        s.sendall(b"GET /rest/system/iden")
    with socket.create_connection(API, 5) as s:
        s.sendall(LOGIN + sentence("/system/identity/print"))
        wait(lambda: b"=name=node" in s.recv(65536), "a user is served beside 300 strangers")
        half[0].settimeout(5)
        equal(half[0].recv(100), b"", "who was longest without a login made place")
        equal(rest("/system/identity"), {"name": "node"}, "REST beside 300 who are slow")
    for s in half + slow:
        s.close()


class Flood(threading.Thread):
    def __init__(self, stop):
        super().__init__(daemon=True)
        self.stop, self.n = stop, 0
        self.start()

    def run(self):
        asks = sentence("/tool/romon/neighbors/print", ".tag=1") * 20 + sentence("/tool/romon/discover", "=duration=1s", ".tag=2")
        with socket.create_connection(API, 5) as s:
            s.sendall(LOGIN)
            while not self.stop.is_set():
                s.sendall(asks)
                self.n += s.recv(262144).count(b"!done")


def forwards(a, b):
    """Of 500 frames at a gentle rate as good as all cross romond while its gateway is flooded."""
    stop = threading.Event()
    floods = [Flood(stop) for _ in range(8)]
    wait(lambda: all(f.n > 0 for f in floods), "the flood has begun")
    frames = [GROUP + bytes.fromhex("020000000a0a") + b"\x88\xbf" + i.to_bytes(4, "big") + os.urandom(60) for i in range(500)]
    for f in frames:
        a.send(f)
        time.sleep(0.002)
    last = frames[-1]
    came = set(b.until(last)) | {last}
    stop.set()
    check(len(came & set(frames)) >= 0.98 * len(frames), f"{len(came & set(frames))} of {len(frames)} crossed")


def first_user(net, box, gateway):
    """Nothing configured and nobody there: a link on the console, which works once."""
    gateway.stop()
    os.unlink(gateway.users)
    gateway.start()
    link = wait(lambda: next((x.strip() for x in gateway.logged().splitlines() if "/setup/" in x), None), "a link is told")

    def curl(*words):
        return subprocess.run(["curl", "-sk", *words], capture_output=True, text=True, check=True).stdout
    check("<form" in curl(link), "the form")
    check("does not work" in curl(link[:-1] + ("0" if link[-1] != "0" else "1")), "another link")
    check("at least 8" in curl("-d", "name=eve&password=short", link), "a password that is too short")
    check("Done" in curl("-d", "name=eve&password=long+%3D%26enough", link), "the first user")
    check("does not work" in curl("-d", "name=bob&password=longenough", link), "once only")
    equal(rest("/system/identity", user="eve:long =&enough"), {"name": "node"}, "it is a user")


def scenario(net):
    box = net.box("box")
    a, b, c = (net.end(box, f"eth{i}") for i in range(3))
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01", "role": "master"}, "discovery": {"interval": "1s"}, "ports": {"c": {"device": "eth2"}},
        "relay-groups": {"g": {"ports": {"a": {"device": "eth0"}, "b": {"device": "eth1"}}}}})
    Answering(c, romon.Node(mac(NODE), [romon.Port("x", 7, mac("02:0b:00:00:00:02"))], identity=EVIL.encode()))
    gateway = Gateway(net, box, node)
    gateway.start()
    clients_in(box)
    evil_identity()
    api_words()
    smuggling()
    bodies()
    crowds()
    forwards(a, b)
    equal(gateway.process.poll(), None, "romon-gw lives")
    first_user(net, box, gateway)
    gateway.stop()
