# SPDX-License-Identifier: BSD-3-Clause
"""One hostile neighbor on port a forges answers, at the rates at which they once did harm. What is heard by port b is
unharmed: new nodes get a path, rows stay, pings arrive; control answers in time and hardly writes.

                       +------ box ------+
    end a (hostile) ---+ eth0   port a   |
    end b (honest) ----+ eth1   port b   |   forged-path: a romond r in the place of end b, and a romond t behind r
                       +-----------------+
"""
import re
import time

import romon
from attack import Flood, Watch, on_disk
from harness import check, equal, mac, model_of, wait

VARIANTS = {v: {"kind": v} for v in ("edges", "children", "rows", "forged-path", "disk")}

EVIL, EVIL_MAC = mac("06:00:00:00:00:01"), mac("06:00:00:00:0a:01")
GOOD, GOOD_MAC = mac("02:00:00:00:00:0b"), mac("02:00:00:00:0b:01")
BATCH = 100  # honest newcomers a second
N_NAMED = 600  # nodes of `disk`, each with another name each time
BUILD = (b"\7\x0df\0", b"RB750Gr3")
# Answers a second at which each once did harm; under sanitizers too.
RATES = {"edges": 1500, "children": 2000, "rows": 1250, "forged-path": 70, "disk": 4900}


def numbered(prefix, i):
    return bytes([2, prefix]) + i.to_bytes(4, "big")


class Liar:
    """Answers as they come in on a port of the node, from one last hop."""

    def __init__(self, model, port, source):
        self.model, self.port, self.source = model, model.port(port), source

    def answer(self, node, parent=None, cost=10, in_link=1, name=b"x"):
        """Of a neighbor, or of a node behind parent (id)."""
        hops = []
        if parent is None:
            first, node_mac = romon.Route(self.model.id, romon.LinkEnd(), self.port.end), self.source
        else:
            first = romon.Route(parent, romon.LinkEnd(), romon.LinkEnd(7, 1500, cost, self.source))
            node_mac, hops = b"\2\x99" + node[2:], [romon.Hop(7, self.port.mac)]
        own = romon.Route(node, romon.LinkEnd(in_link, 1500, cost, node_mac), romon.LinkEnd())
        return romon.Frame(romon.DISCOVER_RESP, self.model.id, node, eth_src=self.source, eth_dst=self.port.mac, hops=hops,
                           ptr=0, tlvs=[romon.route_tlv(first), romon.route_tlv(own), *romon.node_tlvs(name, *BUILD)]).pack(60)


def row(node, node_id):
    rows = node.ctl("nodes", romon.text(node_id))
    return rows[0] if rows else None


def master(net, box, **more):
    config = {"romon": {"id": "02:00:00:00:00:01", "role": "master"},
              "discovery": {"interval": "1s", "down-after": 30, "late-after": 10},
              "limits": {"punt": 1000000}, "log": {"level": "info"},
              "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("ab")}}
    for key, value in more.items():
        config[key] = {**config.get(key, {}), **value} if isinstance(value, dict) else value
    node = net.romond(box, "node", config)
    # answers come after what they answer
    wait(lambda: all(p["tx-frames"] > 0 for p in node.ask("ports")), "its first Discover left by both ports")
    model = model_of(node)
    return node, Liar(model, "a", EVIL_MAC), Liar(model, "b", GOOD_MAC)


def newcomers(node, b, good, first, n):
    """n honest nodes begin to answer behind GOOD; how many have a path at the end."""
    for i in range(n):
        b.send(good.answer(GOOD))
        b.send(good.answer(numbered(0x0c, first + i), GOOD))
        time.sleep(1 / BATCH)
    nodes = [numbered(0x0c, first + i) for i in range(n)]

    def found():
        # all that were made up would take the longer the more there are, and more come meanwhile
        known = {r["address"] for r in node.ctl("nodes", "02:0c:*") if r["reachable"]}
        missing = [i for i in nodes if romon.text(i) not in known]
        for i in missing:  # each answers each Discover: a busy machine may lose one
            b.send(good.answer(GOOD))
            b.send(good.answer(i, GOOD))
        return not missing

    wait(found, f"all {n} newcomers on b have a path")


def pinged(node, node_id, count, timeout):
    """How many pings came back."""
    text = node.ctl_text("ping", romon.text(node_id), "--count", str(count), "--interval", "500ms", "--timeout", timeout)
    return int(re.search(r"received=(\d+)", text).group(1))


def edges(net, box, a, b):
    node, evil, good = master(net, box, **on_disk(net, "node"))

    def lie(i):
        if i % 8 == 0:
            return evil.answer(EVIL, cost=10 + i // 8 % 2)  # all paths behind it change
        return evil.answer(numbered(0x0a, i % 50000), EVIL, in_link=1 + i // 50000)  # edges out of one node

    watch = Watch(node)
    flood = Flood(a, lie, RATES["edges"])
    newcomers(node, b, good, 0, 300)
    watch.stop("edges out of one node", least_s=15)
    print(f"{flood.stop()} answers; {node.ask('links', count=1)['total']} edges")


def children(net, box, a, b):
    node, evil, good = master(net, box, **on_disk(net, "node"))
    a.send(evil.answer(EVIL))

    def sown():
        for i in range(1000):  # again and again: of a burst some are lost
            a.send(evil.answer(numbered(0x0a, i), EVIL))
            if i % BATCH == 0:
                time.sleep(0.02)
        return node.ask("status")["nodes"] >= 900

    wait(sown, "the made-up children are there")
    watch = Watch(node)
    flood = Flood(a, lambda i: evil.answer(EVIL, cost=10 + i % 2), RATES["children"])
    newcomers(node, b, good, 0, 600)
    watch.stop(f"1,000 children, {RATES['children']} changes a second", least_s=15)
    print(f"{flood.stop()} changes")


def rows(net, box, a, b):
    node, evil, good = master(net, box, discovery={"inventory-max": 1000}, **on_disk(net, "node"))
    newcomers(node, b, good, 0, 50)
    watch = Watch(node)
    flood = Flood(a, lambda i: evil.answer(numbered(0x0a, i), name=b"made up %d" % i), RATES["rows"])
    wait(lambda: node.ask("status")["nodes"] == 1000, "the inventory is full")
    newcomers(node, b, good, 50, 200)
    # somebody else's words about a node of b, and its end
    name = numbered(0x0c, 3)
    for i in range(20):
        a.send(evil.answer(name, name=b"taken over"))
    b.send(good.answer(name, GOOD))
    watch.stop(f"{RATES['rows']} made-up nodes a second", least_s=15)
    print(f"{flood.stop()} made-up nodes")
    known = {r["address"]: r for r in node.ctl("nodes")}
    equal(sum(romon.text(numbered(0x0c, i)) in known for i in range(250)), 250, "honest rows after the flood")
    equal(known[romon.text(name)]["identity"], "x", "who speaks for a node of b")
    equal(known[romon.text(name)]["heard-on"], "b", "where it is heard")


def forged_path(net, box, a):
    r, t = net.box("r"), net.box("t")
    net.wire(box, "eth1", r, "eth0")
    net.wire(r, "eth1", t, "eth0")
    near = net.romond(r, "r", {"romon": {"id": romon.text(GOOD)},
                               "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("ab")}})
    far = net.romond(t, "t", {"romon": {"id": "02:00:00:00:00:0c"}, "ports": {"a": {"device": "eth0", "link-id": 1}}})
    node, evil, _ = master(net, box, discovery={"interval": "1s", "late-after": 2, "down-after": 4})
    target = mac("02:00:00:00:00:0c")
    wait(lambda: row(node, target), "the node two hops away is found")
    lies = [evil.answer(EVIL, cost=1)] + [evil.answer(target, EVIL, cost=1, in_link=50 + i) for i in range(6)]
    flood = Flood(a, lambda i: lies[i % len(lies)], RATES["forged-path"])
    wait(lambda: row(node, target)["path"][:1] == [romon.text(EVIL)], "the forged path is taken")
    net_pings = pinged(node, target, 10, "1s")
    wait(lambda: row(node, target)["path"][:1] == [romon.text(GOOD)], "the path that carries is taken")
    print(f"{net_pings} of 10 pings came back while the forged path was found out")
    # a stall of this machine is no loss
    equal(pinged(node, target, 5, "10s"), 5, "pings that came back, of 5 more")
    now = row(node, target)
    equal((now["path"][0], now["path-state"]), (romon.text(GOOD), "works"), "the path, and what is known of it")
    check(now["paths-avoided"] >= 1, f"the forged ones are avoided: {now}")
    check(any(e["type"] == "node-path-failed" for e in node.ask("events", count=100)["rows"]), "the event is listed")
    flood.stop()
    near.stop()
    far.stop()


def disk(net, box, a, b):
    state = on_disk(net, "node")
    node, evil, good = master(net, box, **state)
    newcomers(node, b, good, 0, 20)
    watch = Watch(node)
    flood = Flood(a, lambda i: evil.answer(numbered(0x0a, i % N_NAMED), name=b"name %d" % i), RATES["disk"])
    newcomers(node, b, good, 20, 100)
    watch.stop(f"{RATES['disk']} changing answers a second", least_s=30)
    print(f"{flood.stop()} answers")
    known = {r["address"] for r in node.ctl("nodes")}
    node.stop()
    node.start(up=False)
    wait(lambda: known == {r["address"] for r in node.ctl("nodes")}, "nothing was lost by an orderly stop")


def scenario(net, kind):
    box = net.box("box")
    a = net.end(box, "eth0")
    if kind == "forged-path":
        forged_path(net, box, a)
        return
    b = net.end(box, "eth1")
    {"edges": edges, "children": children, "rows": rows, "disk": disk}[kind](net, box, a, b)
