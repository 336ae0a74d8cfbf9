# SPDX-License-Identifier: BSD-3-Clause
"""romond knows its own stalls: stopped for longer than neighbors and nodes may be silent, it blames nobody.

   near (agent) ---- eth0  node (master)  eth1 ---- far (agent)
"""
import os
import signal
import time

from harness import check, equal, wait

STOP_S = 22.0
BLAME = {"node-late", "node-down", "node-up", "neighbor-down", "neighbor-evicted"}


def events(node):
    return node.ask("events", since=0)["rows"]


def nodes(node):
    return {n["identity"]: n["status"] for n in node.ask("nodes", count=100)["rows"]}


def scenario(net):
    box, boxes = net.box("box"), {name: net.box(name) for name in ("near", "far")}
    for i, name in enumerate(boxes):
        net.wire(box, f"eth{i}", boxes[name], "eth0")
    romon = {"neighbor-age": "10s"}
    discovery = {"interval": "1s", "late-after": 2, "down-after": 4}
    agents = [net.romond(boxes[name], name, {"romon": dict(romon, id=f"02:00:00:00:00:0{i + 1}"), "discovery": discovery,
                                             "ports": {"p": {"device": "eth0"}}}) for i, name in enumerate(boxes)]
    node = net.romond(box, "node", {
        "romon": dict(romon, id="02:00:00:00:00:0a", role="master"), "discovery": discovery,
        "ports": {"a": {"device": "eth0"}, "b": {"device": "eth1"}}})
    wait(lambda: nodes(node) == {"near": "ok", "far": "ok"}, "both agents are found")
    seq = events(node)[-1]["seq"]

    # stopped for longer than anything may be silent; the agents, too, judge no one wrongly before they are asked again
    node.signal(signal.SIGSTOP)
    begun = time.monotonic()
    while time.monotonic() - begun < STOP_S:  # it is the length of the stall that is tried
        time.sleep(0.5)
    node.signal(signal.SIGCONT)
    stalled = wait(lambda: [e for e in events(node) if e["type"] == "stalled"], "the stall is told")[0]
    print(stalled["text"])
    seconds = float(stalled["text"].split(" for ")[1].split(" s ")[0])
    check(abs(seconds - STOP_S) < 5, f"{seconds} s were told")
    check("(stopped: " in stalled["text"], stalled["text"])
    rounds = node.ask("status")["discover-rounds"]
    wait(lambda: node.ask("status")["discover-rounds"] >= rounds + 6, "more rounds than make a node down")
    blamed = [e for e in events(node) if e["seq"] > seq and e["type"] in BLAME]
    check(not blamed, f"others are blamed: {[(e['type'], e['text']) for e in blamed]}")
    equal(nodes(node), {"near": "ok", "far": "ok"}, "nodes after the stall")
    check(node.ask("status")["stalled-ms"] >= (STOP_S - 5) * 1000, "status does not tell the stall")

    # a node that is really gone is still found out
    agents[1].kill()
    wait(lambda: nodes(node)["far"] == "down", "the node that is gone is down", 40)
    print(f"{len(events(node))} events, {os.getloadavg()[0]:.0f} programs want a CPU")
