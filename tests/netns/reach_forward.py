# SPDX-License-Identifier: BSD-3-Clause
"""Forwards of the configuration: a TCP port of this machine leads to a service of a node that has no IP. They outlive reloads,
a changed one cuts no session, and what was taken away takes no new ones.

Public complaint 5 ("RoMON agent not found" in WinBox): a local TCP port, and no agent.

    n1 ---- n2      n2 offers a service that echoes, on its 127.0.0.1:7; n1's 127.0.0.1:2222 leads to it
"""
import subprocess

from harness import check, equal, wait
from reach_trouble import ECHO

IDS = {"n1": "02:00:00:00:00:01", "n2": "02:00:00:00:00:02"}
DIAL = """
import socket, sys
c = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
c.settimeout(20)
for line in sys.stdin.buffer:
    c.sendall(line)
    got = b""
    while len(got) < len(line):
        d = c.recv(65536)
        if not d:
            sys.exit(3)
        got += d
    sys.stdout.buffer.write(got)
    sys.stdout.flush()
"""


def config(name, forwards=None):
    out = {"romon": {"id": IDS[name], "identity": name, "role": "master"}, "discovery": {"interval": "1s"},
           "ports": {"a": {"device": "ifa"}},
           "services": {"ssh": {"enabled": name == "n2", "to": "127.0.0.1:7"}}}
    return {**out, "forwards": forwards} if forwards else out


class Session:
    """A program in the box that sends lines to a TCP port and reads them back."""

    def __init__(self, box, port, host="127.0.0.1"):
        self.p = subprocess.Popen(box.argv("/usr/bin/python3", "-c", DIAL, host, str(port)), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def echoes(self, line):
        try:
            self.p.stdin.write(line + b"\n")
            self.p.stdin.flush()
        except BrokenPipeError:
            return False
        return self.p.stdout.readline() == line + b"\n"

    def end(self):
        self.p.stdin.close()
        return self.p.wait(30)


def scenario(net):
    boxes = {n: net.box(n) for n in IDS}
    net.wire(boxes["n1"], "ifa", boxes["n2"], "ifa")
    to_n2 = {"listen": "127.0.0.1:2222", "to": "N2"}
    n1 = net.romond(boxes["n1"], "n1", config("n1", {"gate": to_n2}))
    n2 = net.romond(boxes["n2"], "n2", config("n2"))
    net.process(boxes["n2"], "/usr/bin/python3", "-c", ECHO, log="echo.log")
    wait(lambda: b":7 " in subprocess.run(boxes["n2"].argv("ss", "-ltn"), stdout=subprocess.PIPE, check=True).stdout, "the service")

    # before the node was ever heard of: it is looked for
    first = Session(boxes["n1"], 2222)
    check(first.echoes(b"through the gate"), "the port leads to the service")
    equal([(r["address"], r["service"], r["direction"]) for r in n1.ctl("streams")], [(IDS["n2"], 3, "out")], "it is a stream like any")

    # a reload that changes something else, one that moves the port, one that takes it away: the session goes on
    n1.write(config("n1", {"gate": {**to_n2, "service": "3"}, "other": {"listen": "127.0.0.1:2223", "to": IDS["n2"]}}))
    n1.ctl("reload")
    check(first.echoes(b"after a reload"), "the session outlives a reload")
    second = Session(boxes["n1"], 2223)
    check(second.echoes(b"a second gate"), "a new forward listens at once")
    n1.write(config("n1", {"gate": {"listen": "127.0.0.1:2224", "to": "n2"}}))
    n1.ctl("reload")
    check(first.echoes(b"moved") and second.echoes(b"gone"), "a changed forward cuts no session, nor one that is gone")
    third = Session(boxes["n1"], 2224)
    check(third.echoes(b"where it is now"), "it listens where it is now")
    for port in (2222, 2223):
        check(not Session(boxes["n1"], port).echoes(b"anybody?"), f"nobody listens on {port} any more")
    for s in (first, second, third):
        equal(s.end(), 0, "a session ends with its client")
    wait(lambda: n1.ctl("streams") == [] and n2.ctl("streams") == [], "nothing is left")

    # a node that is not there: the client is told by the end of its connection, the operator by the log
    n1.write(config("n1", {"gate": {"listen": "127.0.0.1:2222", "to": "nobody"}}))
    n1.ctl("reload")
    check(not Session(boxes["n1"], 2222).echoes(b"hello?"), "nobody answers")
    check("forwards.gate" in n1.log_text() and "no such node" in n1.log_text(), "the log says why")

    # limits are keys like others
    n1.write({**config("n1", {"gate": to_n2}), "limits": {"streams-per-node": 2}})
    n1.ctl("reload")
    some = [Session(boxes["n1"], 2222) for _ in range(2)]
    check(all(s.echoes(b"inside") for s in some), "as many as may be")
    check(not Session(boxes["n1"], 2222).echoes(b"one more"), "one more than may be")
    check("as many streams as may be" in n1.log_text(), "the log says so")
    for s in some:
        s.end()
