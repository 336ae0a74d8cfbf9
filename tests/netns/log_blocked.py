# SPDX-License-Identifier: BSD-3-Clause
"""Standard error takes nothing: a full pipe whose reader stands still, or a journal that is stopped. romond forwards,
answers, reloads and ends in order all the same, and tells later how many lines were lost.

   a ---- eth0 (r0)  relay  eth1 (r1) ---- b
"""
import fcntl
import os
import select
import signal
import socket
import threading

from harness import GROUP, check, equal, mac, wait

F_SETPIPE_SZ = 1031  # not in every Python
VARIANTS = {"pipe": {"kind": "pipe"}, "socket": {"kind": "socket"}}


class Reader:
    """Reads what romond writes, but not while it is held."""

    def __init__(self, kind):
        if kind == "pipe":
            self.fd, self.theirs = os.pipe()
            fcntl.fcntl(self.theirs, F_SETPIPE_SZ, 4096)
        else:
            ours, theirs = socket.socketpair()
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            self.fd, self.theirs = ours.detach(), theirs.detach()
        self.data, self.may_read = b"", threading.Event()
        self.may_read.set()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            self.may_read.wait()
            ready, _, _ = select.select([self.fd], [], [], 0.05)
            if ready and self.may_read.is_set():
                chunk = os.read(self.fd, 65536)
                if not chunk:
                    return
                self.data += chunk

    def text(self):
        return self.data.decode(errors="replace")


def scenario(net, kind):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    reader = Reader(kind)
    relay = net.romond(box, "relay", {"log": {"level": "debug"},
                                      "relay-groups": {"g": {"ports": {"r0": {"device": "eth0"}, "r1": {"device": "eth1"}}}}},
                       stderr=reader.theirs)
    os.close(reader.theirs)
    frame = GROUP + mac("02:00:00:00:00:01") + b"\x88\xbf" + b"held".ljust(60, b"\0")

    reader.may_read.clear()
    lost = 0
    for _ in range(1000):  # two lines each: more than the pipe and the buffer hold
        relay.ask("reload")
        lost = relay.ask("status")["log-lines-lost"]
        if lost > 100:
            break
    check(lost > 100, f"{lost} lines are lost: standard error took them all?")
    a.send(frame)
    check(b.recv() == frame, "no frame crosses while standard error takes nothing")
    equal(relay.port("r0")["state"], "up", "r0")

    reader.may_read.set()
    wait(lambda: "lines lost while standard error took none" in reader.text(), "the lost lines are told")
    relay.ask("reload")
    wait(lambda: relay.alive() and reader.text().rstrip().endswith(")") or "applied" in reader.text()[-2000:], "the log goes on")
    check(not [x for x in reader.text().splitlines() if x and not x.startswith("20")], "a line is broken")

    # the end, with nobody who reads
    reader.may_read.clear()
    for _ in range(1000):
        relay.ask("reload")
        if relay.ask("status")["log-lines-lost"] > lost:
            break
    relay.signal(signal.SIGTERM)
    equal(relay.process.wait(timeout=20), 0, "exit status")
    relay.process = None
    reader.may_read.set()
