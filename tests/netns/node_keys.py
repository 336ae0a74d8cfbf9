# SPDX-License-Identifier: BSD-3-Clause
"""The keys of a node that speaks for itself act: role, master-id, discovery.*, answer-style, services.ping.

    +-- one --+     +-- two --+     +- three -+
    |   e0    +-----+ w0   w1 +-----+ e0      |
    +---------+     +---------+     +---------+
     master                          swaps, later
"""
import time

from harness import check, equal, merged, wait

ONE, TWO, THREE = (f"02:00:00:00:00:0{i}" for i in (1, 2, 3))


def rows(node):
    return {n["address"]: n for n in node.ask("nodes")["rows"]}


def finds(node, wanted, what):
    """The inventory shows these nodes, ok, with these paths."""
    def is_so():
        got = {a: n["path"] for a, n in rows(node).items() if n["status"] == "ok"}
        return got == wanted
    start = time.monotonic()
    wait(is_so, f"{what}: {wanted}")
    print(f"{what}: {time.monotonic() - start:.2f} s")


def pings(node, address):
    """Answers to three pings."""
    return node.ctl("ping", address, "--count", "3", "--interval", "100ms", "--timeout", "500ms")[-1]["received"]


def scenario(net):
    boxes = [net.box(n) for n in ("one", "two", "three")]
    net.wire(boxes[0], "e0", boxes[1], "w0")
    net.wire(boxes[1], "w1", boxes[2], "e0")
    confs = [
        {"romon": {"id": ONE}, "discovery": {"interval": "1s"}, "ports": {"e0": {"link-id": 5}}},
        {"romon": {"id": TWO}, "ports": {"w0": {"link-id": 6}, "w1": {"link-id": 7}}},
        {"romon": {"id": THREE}, "ports": {"e0": {"link-id": 8}}},
    ]
    one, two, three = nodes = [net.romond(b, b.name, c) for b, c in zip(boxes, confs, strict=True)]
    for n in nodes:
        equal([w for w in n.ask("status")["warnings"] if "not in this build" in w], [], f"warnings of {n.name}")

    def apply(node, **keys):
        i = nodes.index(node)
        confs[i] = merged(confs[i], keys)
        node.write(confs[i])
        node.ctl("reload")

    # an agent asks by itself never, a master does
    equal((one.ask("status")["discover-rounds"], rows(one)), (0, {}), "rounds of an agent that nobody asks")
    apply(one, romon={"role": "master", "master-id": "hill"})
    equal([w for w in one.ask("status")["warnings"] if "role" in w], [], "warnings of a master")
    line = {TWO: [TWO], THREE: [TWO, THREE]}
    finds(one, line, "a master finds all by itself")
    rounds = one.ask("status")["discover-rounds"]
    start = time.monotonic()
    wait(lambda: one.ask("status")["discover-rounds"] >= rounds + 3, "three rounds more")
    check(2 < time.monotonic() - start < 5, f"three rounds of 1s in {time.monotonic() - start:.2f} s")

    # its label is seen by those who ask
    three.ctl("discover", "--duration", "2s", "--once")
    equal({a: n["master"] for a, n in rows(three).items()}, {ONE: "hill", TWO: None}, "labels of masters")

    # every combination of styles of the two that answer
    for style_two in ("unwind", "swap"):
        for style_three in ("unwind", "swap"):
            apply(two, romon={"answer-style": style_two})
            apply(three, romon={"answer-style": style_three})
            for address in (TWO, THREE):
                one.ask("node-forget", id=address)
            finds(one, line, f"answers by {style_two} and {style_three}")
            equal(pings(one, THREE), 3, f"pings of three with answers by {style_two} and {style_three}")
    check("resp-no-way" not in two.drops(), f"drops of two: {two.drops()}")

    # services.ping
    apply(three, services={"ping": False})
    equal(pings_of_silent(one), 0, "pings of a node that answers none")
    apply(three, services={"ping": True})
    equal(pings(one, THREE), 3, "pings after services.ping was set again")

    # late-after and down-after, in rounds
    apply(one, discovery={"interval": "1s", "late-after": 2, "down-after": 4})
    start = time.monotonic()  # before it is told: to stop takes a second under sanitizers, and it is silent by then
    three.stop()
    wait(lambda: rows(one)[THREE]["status"] == "late", "three is late")
    late = time.monotonic() - start
    wait(lambda: rows(one)[THREE]["status"] == "down", "three is down")
    down = time.monotonic() - start
    print(f"late after {late:.2f} s, down after {down:.2f} s")
    check(0.9 < late < 5 and 2.9 < down < 8 and down - late > 1, f"late after {late:.2f} s, down after {down:.2f} s")

    # inventory-max: who is down makes room first
    apply(one, discovery={"inventory-max": 1})
    wait(lambda: list(rows(one)) == [TWO], "only one node is remembered")


def pings_of_silent(node):
    out = node.ctl("ping", THREE, "--count", "3", "--interval", "100ms", "--timeout", "500ms", exit_code=1)
    return out[-1]["received"]
