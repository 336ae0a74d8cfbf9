# SPDX-License-Identifier: BSD-3-Clause
"""A cable between two ports of the same box. What romond floods comes back to it at once, and ends there.

                +--------- box ---------+
    end a ------+ eth0   port / r0      |
                |        port / r1 eth1 +--+
                |        port / r2 eth2 +--+
                +-----------------------+
"""
import romon
from harness import GROUP, check, equal, mac, wait

VARIANTS = {"node": {"is_relay": False}, "relay": {"is_relay": True}}
FRAMES = 200


def discover(i):
    port = romon.Port("x", 7, mac("02:00:00:00:0a:01"))
    return romon.Node(bytes.fromhex("02d15c") + i.to_bytes(3, "big"), [port]).discover(port).pack(60)


def scenario(net, is_relay):
    box = net.box("box")
    a = net.end(box, "eth0")
    net.wire(box, "eth1", box, "eth2")
    ports = {f"p{i}": {"device": f"eth{i}"} for i in range(3)}
    node = net.romond(box, "node", {"relay-groups": {"g": {"ports": ports}}} if is_relay
                      else {"romon": {"id": "02:00:00:00:00:01"}, "ports": ports, "limits": {"discover-in": "none"}})
    for i in range(FRAMES):
        if is_relay:
            a.send(GROUP + mac("02:00:00:00:0a:01") + b"\x88\xbf" + i.to_bytes(4, "big").ljust(60, b"\0"))
        else:
            a.send(discover(i))
    wait(lambda: node.port("p0")["rx-frames"] == FRAMES, "all are taken")
    # each left by both ends of the cable, and came back by the other one: twice, and no more
    wait(lambda: all(node.port(p)["rx-frames"] >= FRAMES for p in ("p1", "p2")), "they come back")
    a.send(GROUP + mac("02:00:00:00:0a:02") + b"\x88\xbf" + b"\xff" * 60)  # the last: broken for a node, relayed by a relay
    last = 1 if is_relay else 0
    s = node.balanced(rx=3 * FRAMES + 1 + 2 * last)
    drops = {p: node.drops(p) for p in ("p1", "p2")}
    print(f"{FRAMES} frames: {s['rx-frames']} received in all, drops by the cable's ends {drops}")
    for p in ("p1", "p2"):
        wait(lambda p=p: sum(node.drops(p).values()) == FRAMES + last, f"what comes back by {p} is dropped")
        check(all("loop" in reason or "own" in reason or "repeat" in reason for reason in node.drops(p)),
              f"drops of {p} name the loop: {node.drops(p)}")
    if is_relay:
        wait(lambda: any(e["type"] == "loop" for e in node.ask("events", since=0)["rows"]), "an event names the loop")
    else:
        equal(len([f for f in a.pending() if f[:6] == GROUP and f[14] == romon.DISCOVER]), 0, "Discovers that went back to end a")
