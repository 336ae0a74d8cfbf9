# SPDX-License-Identifier: BSD-3-Clause
"""What goes wrong with streams has a name and an exit code, and leaves nothing behind.

    n1 ---- n2 ==== n3      two wires between n2 and n3; n3 offers a service that echoes, on its 127.0.0.1:7
"""
import os
import signal
import socket
import subprocess
import time

from harness import ROMONCTL, check, equal, wait

IDS = {f"n{i}": f"02:00:00:00:00:0{i}" for i in range(1, 4)}
PORTS = {"n1": ["a"], "n2": ["a", "b", "c"], "n3": ["b", "c"]}
NO_SUCH_NODE, NO_PATH, NO_ANSWER, REFUSED, LOST = 4, 6, 7, 8, 9
GONE_S = 2.0  # after which nothing of a client that was killed is left at the far end

ECHO = """
import socket, threading
s = socket.create_server(("127.0.0.1", 7))
def serve(c):
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


def config(name, enabled=True, allow=()):
    return {"romon": {"id": IDS[name], "identity": name, "role": "master"}, "discovery": {"interval": "1s", "late-after": 2},
            "ports": {p: {"device": f"if{p}"} for p in PORTS[name]},
            "services": {"ssh": {"enabled": enabled and name == "n3", "to": "127.0.0.1:7"}, "allow-id": list(allow)}}


def proxy(node, target, *words, **kw):
    return subprocess.Popen([ROMONCTL, "-s", node.socket_path, "proxy", target, *words], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)


def fails(node, code, text, target, *words):
    p = proxy(node, target, *words)
    out, err = p.communicate(b"", timeout=60)
    equal((p.returncode, out), (code, b""), f"proxy {target} {words}: {err.decode()}")
    check(text in err.decode(), f"proxy {target} {words}: {err.decode()}")


def echoed(p, data):
    p.stdin.write(data)
    p.stdin.flush()
    return p.stdout.read(len(data)) == data


def says_last(p, data):
    """Write and end; the program may have heard that all is over before."""
    try:
        p.stdin.write(data)
        p.stdin.close()
    except BrokenPipeError:
        pass


class Forward:
    """A TCP port of the tester's own namespace that leads to the service."""

    def __init__(self, net, node, name):
        self.log = os.path.join(net.logs, f"{name}.log")
        with open(self.log, "wb") as f:
            self.p = subprocess.Popen([ROMONCTL, "-s", node.socket_path, "forward", "0", "n3", "ssh"], stdin=subprocess.DEVNULL, stderr=f)
        net.others.append(self.p)
        wait(lambda: len(self.said().split()) > 2, "forward listens")
        self.port = int(self.said().split()[2].split(":")[1])

    def said(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()

    def session(self, data):
        c = socket.create_connection(("127.0.0.1", self.port))
        c.settimeout(20)
        c.sendall(data)
        equal(c.recv(100), data, "each session has its own bytes")
        return c


def ended(c):
    try:
        return c.recv(100) == b""
    except ConnectionResetError:
        return True


def forwarded(net, n1, n3):
    """Sessions end with their users, and with forward itself."""
    forward = Forward(net, n1, "forward")
    clients = [forward.session(b"session %d" % i) for i in range(5)]
    equal(len(n1.ctl("streams")), 5, "streams of forward")
    for c in clients:
        c.close()
    wait(lambda: n1.ctl("streams") == [], "closed with their users")
    clients = [forward.session(b"again %d" % i) for i in range(3)]
    forward.p.send_signal(signal.SIGINT)
    equal(forward.p.wait(10), -signal.SIGINT, "Ctrl-C ends it, 130 to a shell")
    check(all(ended(c) for c in clients), "and its sessions")
    wait(lambda: n1.ctl("streams") == [] and n3.ctl("streams") == [], "which leave nothing on either side")
    try:
        socket.create_connection(("127.0.0.1", forward.port)).close()
        check(False, "nobody listens any more")
    except ConnectionRefusedError:
        pass


def vanishes(net, n1, n3):
    """The node dies while streams are open, silent or full, of forward too, and while others are being opened."""
    forward = Forward(net, n1, "forward-vanish")
    client = forward.session(b"hello")
    silent = proxy(n1, "n3")
    check(echoed(silent, b"hello"), "an open stream")
    with open("/dev/zero", "rb") as zeros:
        full = [subprocess.Popen([ROMONCTL, "-s", n1.socket_path, "proxy", "n3"], stdin=zeros, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE) for _ in range(3)]
        wait(lambda: sum(r["bytes-in"] > 100000 for r in n1.ctl("streams")) == 3, "bytes flow")
        n3.kill()
        full += [subprocess.Popen([ROMONCTL, "-s", n1.socket_path, "proxy", "n3"], stdin=zeros, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE) for _ in range(3)]
    client.sendall(b"anybody?")
    says_last(silent, b"anybody?")
    equal(silent.wait(40), LOST, "a node that died")
    codes = [p.wait(40) for p in full]
    equal(codes[:3], [LOST] * 3, "streams that carry all they can")
    check(set(codes[3:]) <= {NO_PATH, NO_ANSWER}, f"streams that were to be opened: {codes[3:]}")
    check(all(p.stderr.read().startswith(b"romonctl: ") for p in full), "each says why")
    check(ended(client), "a session of forward ends")
    wait(lambda: "the stream broke" in forward.said(), "and it is said")
    wait(lambda: n1.ctl("streams") == [], "nothing is left")


def scenario(net):
    boxes = {n: net.box(n) for n in IDS}
    net.wire(boxes["n1"], "ifa", boxes["n2"], "ifa")
    net.wire(boxes["n2"], "ifb", boxes["n3"], "ifb")
    net.wire(boxes["n2"], "ifc", boxes["n3"], "ifc")
    nodes = {n: net.romond(boxes[n], n, config(n)) for n in IDS}
    n1, n2, n3 = (nodes[n] for n in IDS)
    wait(lambda: all(r["status"] == "ok" and r["reachable"] for r in n1.ctl("nodes")) and len(n1.ctl("nodes")) == 2, "found")

    # refused: nobody listens behind the service; not offered; not to us
    fails(n1, REFUSED, "the service behind it is not there", "n3")
    net.process(boxes["n3"], "/usr/bin/python3", "-c", ECHO, log="echo.log")
    wait(lambda: b":7 " in subprocess.run(boxes["n3"].argv("ss", "-ltn"), stdout=subprocess.PIPE, check=True).stdout, "the service")
    fails(n1, REFUSED, "refuses service 4", "n3", "winbox")
    fails(n1, REFUSED, "refuses service 3", "n2")
    n3.write(config("n3", allow=[IDS["n2"]]))
    n3.ctl("reload")
    fails(n1, REFUSED, "or not for this node", "n3")
    check("stream-refused" in [f["cause-id"] for row in n1.why("n3") for f in row["findings"]], "why knows that it was refused")
    n3.write(config("n3"))
    n3.ctl("reload")
    fails(n1, NO_SUCH_NODE, "nobody", "nobody")

    # bytes of every kind come back as they were; the end goes through
    data = bytes(range(256)) * 4096
    p = proxy(n1, "N3", "3")
    out, err = p.communicate(data, timeout=60)
    equal((p.returncode, out == data, err), (0, True, b""), "echo of a mebibyte")
    wait(lambda: n1.ctl("streams") == [] and n3.ctl("streams") == [], "nothing is left")

    forwarded(net, n1, n3)

    # a client that is killed leaves nothing at the far end
    p = proxy(n1, "n3")
    check(echoed(p, b"hello"), "an open stream")
    rows = n1.ctl("streams")
    equal([(r["address"], r["service"], r["direction"], r["state"]) for r in rows], [(IDS["n3"], 3, "out", "open")], "the list")
    equal([(r["address"], r["direction"], r["uid"]) for r in n3.ctl("streams")], [(IDS["n1"], "in", None)], "the list there")
    p.kill()
    begin = time.monotonic()
    wait(lambda: n3.ctl("streams") == [], "gone there")
    check(time.monotonic() - begin <= GONE_S + 1, f"gone after {time.monotonic() - begin:.2f} s")
    p.wait()

    # the same by command
    p = proxy(n1, "n3")
    check(echoed(p, b"hello"), "an open stream")
    n1.ctl("stream-close", str(n1.ctl("streams")[0]["stream"]))
    p.stdin.close()
    equal(p.wait(20), 0, "closed from here")
    wait(lambda: n3.ctl("streams") == [], "gone there too")

    # a wire is cut under it: the other one takes over, and no byte is lost
    p = proxy(n1, "n3")
    check(echoed(p, b"before"), "an open stream")
    boxes["n2"].sh("ip", "link", "set", "ifb", "down")
    check(echoed(p, b"behind" * 1000), "the other wire carries it")
    boxes["n2"].sh("ip", "link", "set", "ifb", "up")

    # the far romond restarts: the stream is over at the next byte, or when the path to it is another one, by name
    n3.kill()
    n3.start()
    wait(lambda: any(r["identity"] == "n3" and r["reachable"] for r in n1.ctl("nodes")), "back")
    says_last(p, b"to whom?")
    equal(p.wait(30), LOST, "what a restart over there means")
    check(b"the stream broke" in p.stderr.read(), "and it is said")

    # dialled again at once; then the node goes for good
    p = proxy(n1, "n3")
    check(echoed(p, b"hello"), "dialled again")
    p.kill()
    check("session-opened" in {e["type"] for e in n3.ask("events")["rows"]}, "it is an event over there")
    vanishes(net, n1, n3)
