# SPDX-License-Identifier: BSD-3-Clause
"""A switch drops the group address in one direction: one node hears the other and is not heard. `why` says so where
somebody asks, and alarms nobody where nobody asks, or where all is well.

    +-- one --+            switch            +-- two --+
    |  p eth0 |---- end          end --------| eth0 p  |
    +---------+   -> unicast only   <- all   +---------+
"""
import select
import threading

from harness import GROUP, check, equal, wait

IDS = {"one": "02:00:00:00:00:01", "two": "02:00:00:00:00:02"}
DEAF = "heard, but none answers our Discovers"
VARIANTS = {"master": {"role": "master"}, "agent": {"role": "agent"}}


class Switch:
    """Passes RoMON frames between two ends; from a to b those to the group only while passes_group says so."""

    def __init__(self, a, b):
        self.a, self.b, self.passes_group, self.is_ended = a, b, True, False
        self.n_group = 0  # from b to a
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.is_ended:
            ready = select.select([self.a.sock, self.b.sock], [], [], 0.2)[0]
            for end, to in ((self.a, self.b), (self.b, self.a)):
                frame = end.recv(0.002) if end.sock in ready else None
                if frame is None or frame[12:14] != b"\x88\xbf":
                    continue
                is_group = frame[:6] == GROUP
                self.n_group += is_group and end is self.b
                if not is_group or end is self.b or self.passes_group:
                    to.send(frame)

    def end(self):
        self.is_ended = True
        self.thread.join()


def findings(node):
    return node.why("p")[0]["findings"]


def is_ok(node):
    rows = findings(node)
    equal([r["level"] for r in rows], ["ok"], f"why p of {node.name}: {rows}")
    return True


def scenario(net, role):
    boxes = {n: net.box(n) for n in IDS}
    switch = Switch(net.end(boxes["one"], "eth0"), net.end(boxes["two"], "eth0"))
    switch.passes_group = role == "master"
    nodes = {n: net.romond(boxes[n], n, {
        "romon": {"id": IDS[n], "role": role if n == "one" else "master"}, "discovery": {"interval": "1s"},
        "ports": {"p": {"device": "eth0", "link-id": 1}}}) for n in IDS}
    one, two = nodes["one"], nodes["two"]
    wait(lambda: len(two.ctl("nodes")) == 1, "two finds one: by unicast answers")

    if role == "master":
        wait(lambda: len(one.ctl("nodes")) == 1, "one finds two")
        is_ok(one)
        switch.passes_group = False
    else:
        before = switch.n_group  # one hears Discovers, again and again, and asks nobody: it cannot know
        wait(lambda: is_ok(one) and switch.n_group >= before + 8, "rounds go by", 60)
        check(one.ask("status")["discover-rounds"] == 0, "nobody asked")

    def deaf():
        if role == "agent":  # it asks when it is told to
            one.ctl("discover", "--once", "--duration", "8s", exit_code=1)
        return [r for r in [findings(one)] if any(DEAF in f["cause"] for f in r)]

    rows = wait(deaf, "why p of one", 60)[0]
    print(rows[0]["cause"], "->", rows[0]["mend"])
    equal([r["level"] for r in rows], ["error"], "level")
    check("01:80:c2:00:88:bf" in rows[0]["cause"] and IDS["two"] in rows[0]["cause"], f"whom, and what: {rows}")
    is_ok(two)

    switch.passes_group = True
    if role == "agent":
        one.ctl("discover", "--once", "--duration", "3s")
    wait(lambda: is_ok(one), "one is heard again")
    switch.end()
