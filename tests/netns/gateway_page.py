# SPDX-License-Identifier: BSD-3-Clause
"""The page of romon-gw in Chromium, with real romond behind it, and its sessions by curl.

    noc (master) eth0 ---- eth0 far      romon-gw and the browser are in the box of noc
             |
    a wire is cut: the node is red on screen within a second of romond's event; romond is killed and comes back: the page says
    so, then goes on by itself, and no node has moved
"""
import json
import os
import shutil
import socket
import subprocess
import threading
import time

from gateway import PASSWORD, Gateway, clients_in
from harness import ROOT, Skip, check, equal, sh, wait

IDS = {"noc": "02:00:00:00:00:01", "far": "02:00:00:00:00:02"}
WITHIN_S = 1.0
LOGIN = json.dumps({"name": "bob", "password": PASSWORD})


class Screen:
    """What live.mjs sees, line by line."""

    def __init__(self, box, url):
        argv = box.argv("node", os.path.join(ROOT, "tests", "web", "live.mjs"), url, "bob", PASSWORD, IDS["far"])
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seen = []

    def until(self, is_so, what):
        """The first look from now on that is so."""
        for line in self.process.stdout:
            self.seen.append(json.loads(line))
            equal(self.seen[-1]["wrong"], [], "told on the console, or left the origin")
            if is_so(self.seen[-1]):
                return self.seen[-1]
        check(False, f"{what}: the browser ended; it saw {self.seen[-3:]}")
        return None

    def end(self):
        self.process.stdin.close()
        equal(self.process.wait(20), 0, "exit status of the browser")


def curl(path, *options, base="http://127.0.0.1:8080"):
    """-> (status, head, body)"""
    out = sh("curl", "-s", "-i", *options, f"{base}{path}")
    head, _, body = out.replace("\r\n", "\n").partition("\n\n")
    return int(head.split()[1]), head, body


def header(head, name):
    for line in head.splitlines():
        if line.lower().startswith(name.lower() + ":"):
            return line.split(":", 1)[1].strip()
    return None


def sessions(gateway):
    status, head, _ = curl("/")
    equal(status, 200, "the page")
    policy = header(head, "Content-Security-Policy")
    check(policy.startswith("default-src 'none'") and "unsafe" not in policy, policy)
    equal(curl("/app.js", "-H", f"If-None-Match: {header(curl('/app.js')[1], 'ETag')}")[0], 304, "not modified")
    # who has not logged in: a window of the browser for strangers, none for the page
    status, head, _ = curl("/api/v1/nodes")
    equal((status, header(head, "WWW-Authenticate") is not None), (401, True), "a stranger")
    status, head, _ = curl("/api/v1/nodes", "-H", "X-Romon-CSRF: none")
    equal((status, header(head, "WWW-Authenticate")), (401, None), "the page")
    equal(curl("/login", "-d", LOGIN)[0], 403, "a login that a form of another page could send")
    equal(curl("/login", "-H", "X-Romon-CSRF: none", "-d", LOGIN.replace("signs", "sings"))[0], 401, "a wrong password")
    status, head, body = curl("/login", "-H", "X-Romon-CSRF: none", "-d", LOGIN)
    equal(status, 200, body)
    cookie = header(head, "Set-Cookie")
    check("HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie, cookie)
    session = json.loads(body)
    equal((session["name"], session["group"]), ("bob", "write"), "who logged in")
    has = ("-H", f"Cookie: {cookie.split(';')[0]}")
    csrf = ("-H", f"X-Romon-CSRF: {session['csrf']}")
    equal(json.loads(curl("/session", *has)[2]), session, "the session")
    equal(curl("/api/v1/nodes", *has)[0], 200, "a read by cookie")
    equal(curl("/api/v1/romond/status", *has, "-d", "{}")[0], 403, "a request without the token")
    equal(curl("/api/v1/romond/status", *has, "-H", "X-Romon-CSRF: none", "-d", "{}")[0], 403, "with another token")
    equal(curl("/api/v1/romond/status", *has, *csrf, "-d", "{}")[0], 200, "with its token")
    equal(curl("/api/v1/romond/status", *has, *csrf, "-H", "Origin: http://evil.example", "-d", "{}")[0], 403, "of another origin")
    secure = header(curl("/login", "-k", "-H", "X-Romon-CSRF: none", "-d", LOGIN, base="https://127.0.0.1:8443")[1], "Set-Cookie")
    check(secure.startswith("__Host-") and "; Secure" in secure, secure)
    equal(curl("/logout", *has, "-X", "POST")[0], 403, "a logout that is forged")
    equal(curl("/logout", *has, *csrf, "-X", "POST")[0], 200, "logout")
    equal(curl("/api/v1/nodes", *has)[0], 401, "after it")
    cookie = header(curl("/login", "-H", "X-Romon-CSRF: none", "-d", LOGIN)[1], "Set-Cookie").split(";")[0]
    gateway.user("passwd", "bob", password=PASSWORD)  # the same one, hashed anew
    equal(curl("/api/v1/nodes", "-H", f"Cookie: {cookie}")[0], 401, "after a change of the password")


class Events(threading.Thread):
    """Notes when romond told what of the far node: its own times are whole seconds."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.told = {}  # type -> milliseconds
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(node.socket_path)
        self.sock.sendall(b'{"v":1,"id":1,"cmd":"events-follow"}\n')
        self.start()

    def run(self):
        for line in self.sock.makefile("rb"):
            event = json.loads(line).get("data") or {}
            if event.get("id") == IDS["far"]:
                self.told[event["type"]] = time.time() * 1000


def scenario(net):
    if shutil.which("node") is None or not os.path.isdir(os.path.join(ROOT, "build", "web", "node_modules", "playwright-core")):
        raise Skip("needs node, and what app/romon-gw/web/install fetches")
    if not os.path.exists("/usr/bin/chromium"):
        raise Skip("needs chromium")
    boxes = {n: net.box(n) for n in IDS}
    net.wire(boxes["noc"], "eth0", boxes["far"], "eth0")
    nodes = {n: net.romond(boxes[n], n, {"romon": {"id": IDS[n], "role": "master" if n == "noc" else "agent"},
                                         "discovery": {"interval": "1s", "late-after": 2, "down-after": 3},
                                         "ports": {"e0": {"device": "eth0"}}}) for n in IDS}
    gateway = Gateway(net, boxes["noc"], nodes["noc"])
    gateway.start()
    clients_in(boxes["noc"])
    wait(lambda: [r["status"] for r in nodes["noc"].ask("nodes")["rows"]] == ["ok"], "far is known")
    sessions(gateway)
    screen = Screen(boxes["noc"], "https://127.0.0.1:8443/")
    before = screen.until(lambda s: s["sign"] == "ok", "far on the map")
    events = Events(nodes["noc"])
    boxes["far"].sh("ip", "link", "set", "eth0", "down")
    red = screen.until(lambda s: s["sign"] == "down", "far is red")
    told = wait(lambda: events.told.get("node-down"), "node-down")
    check(red["at"] - told < WITHIN_S * 1000, f"red {red['at'] - told:.0f} ms after romond's event")
    print(f"red on screen {red['at'] - told:.0f} ms after romond's event")
    boxes["far"].sh("ip", "link", "set", "eth0", "up")
    screen.until(lambda s: s["sign"] == "ok", "far is back")
    nodes["noc"].kill()
    screen.until(lambda s: "romond is away, waiting" in s["banner"], "the banner")
    nodes["noc"].start()
    after = screen.until(lambda s: s["banner"] == "" and s["sign"] == "ok", "the page goes on")
    equal(after["places"], before["places"], "where the nodes are")
    screen.end()
