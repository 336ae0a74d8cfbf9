# SPDX-License-Identifier: BSD-3-Clause
"""Healthy nodes alarm nobody: from the start on, over rounds, a restart and idleness, `why` of every port of every node
finds nothing above ok.

    pair     a -- b                 one master, one agent
    signed   a -- b                 the same with secrets; b is restarted: the one auth-unsynced drop is no finding
    ring     a -- b -- c -- a       masters all: copies of Discovers meet
    relay    a -- r -- b            through a relay group
    idle     a -- b                 agents both: nobody asks, nobody speaks
"""
from harness import Failure, check, wait

ROUNDS = 6
SECRET = "Kq8-vT2m.Zd94xWbR1pL"
VARIANTS = {k: {"kind": k} for k in ("pair", "signed", "ring", "relay", "idle")}


def config(number, role, ports, **more):
    return {"romon": {"id": f"02:00:00:00:00:0{number}", "role": role, **more}, "discovery": {"interval": "1s"},
            "ports": {p: {"device": p, "link-id": i + 1} for i, p in enumerate(ports)}}


def alarms(nodes):
    return [(n.name, row["port"], f["level"], f["cause"]) for n in nodes if n.alive()
            for row in n.ask("why") for f in row["findings"] if f["level"] != "ok"]


def watched(nodes, condition, what):
    """Until then nobody is alarmed."""
    def look():
        found = alarms(nodes)
        if found:
            raise SystemExit(f"healthy nodes are called ill: {found}")
        return condition()
    return wait(look, what, 60)


def rounds(node):
    return node.ask("status")["discover-rounds"]


def started(net, confs):
    """All at once: who waits for the next one's start has reason to be alarmed."""
    nodes = [net.romond(box, box.name, c, ready=False) for box, c in confs]
    for n in nodes:
        n.wait_ready()
    return nodes


def pair(net, **more):
    a, b = net.box("a"), net.box("b")
    net.wire(a, "eth0", b, "eth0")
    return started(net, [(a, config(1, "master", ["eth0"], **more)), (b, config(2, "agent", ["eth0"], **more))])


def ring(net):
    boxes = [net.box(n) for n in "abc"]
    for i in range(3):
        net.wire(boxes[i], "right", boxes[(i + 1) % 3], "left")
    return started(net, [(b, config(i + 1, "master", ["left", "right"])) for i, b in enumerate(boxes)])


def relay(net):
    a, r, b = net.box("a"), net.box("r"), net.box("b")
    net.wire(a, "eth0", r, "r0")
    net.wire(r, "r1", b, "eth0")
    return started(net, [(r, {"relay-groups": {"g": {"ports": {p: {"device": p} for p in ("r0", "r1")}}}}),
                         (a, config(1, "master", ["eth0"])), (b, config(2, "agent", ["eth0"]))])


def scenario(net, kind):
    if kind == "idle":
        nodes = pair(net)
        nodes[0].write(config(1, "agent", ["eth0"]))
        nodes[0].ctl("reload")
    else:
        nodes = {"pair": pair, "ring": ring, "relay": relay,
                 "signed": lambda n: pair(n, secrets=[SECRET])}[kind](net)
    watched(nodes, lambda: all(n.ask("status")["uptime-s"] >= 3 for n in nodes), "some seconds")
    masters = [n for n in nodes if n.ask("status")["role"] == "master"]
    before = {n.name: rounds(n) for n in masters}
    watched(nodes, lambda: all(rounds(n) >= before[n.name] + ROUNDS for n in masters), "rounds of all masters")
    if kind == "signed":  # each start is met by one drop that the documents name
        b = nodes[1]
        b.stop()
        b.start()
        a = nodes[0]
        watched([b], lambda: len(a.ask("nodes")["rows"]) == 1, "b is there")
        wait(lambda: not alarms(nodes), "a is content with b again")
        at = rounds(a)
        watched(nodes, lambda: rounds(a) >= at + ROUNDS, "rounds after the restart")
        check(any("auth-unsynced" in n.drops() for n in nodes), f"the drop was there: {[n.drops() for n in nodes]}")
    if kind in ("pair", "idle"):
        raise_if = alarms(nodes)
        if raise_if:
            raise Failure(str(raise_if))
