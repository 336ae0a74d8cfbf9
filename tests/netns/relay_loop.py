# SPDX-License-Identifier: BSD-3-Clause
"""Two relays in parallel between two segments are a loop. It must not become a storm, and it must be named.

             +------ one ------+
     +-------+ eth0  g    eth1 +-------+
     |       +-----------------+       |
   segment a                       segment b      (Linux bridges, one box each)
     |       +------ two ------+       |
     +-------+ eth0  g    eth1 +-------+
     |       +-----------------+       |
   end a                             end b
"""
from harness import GROUP, Sender, check, mac, wait

RATE = 500  # frames a second
FRAMES = 1000


def segment(net, name):
    """A box with a bridge that forwards every group address."""
    box = net.box(name)
    box.sh("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "stp_state", "0")
    box.sh("ip", "link", "set", "br0", "up")
    return box


def attach(box, ifname):
    box.sh("ip", "link", "set", ifname, "master", "br0")


def scenario(net):
    seg_a, seg_b = segment(net, "seg-a"), segment(net, "seg-b")
    relays = []
    for name in ("one", "two"):
        box = net.box(name)
        net.wire(box, "eth0", seg_a, name)
        net.wire(box, "eth1", seg_b, name)
        attach(seg_a, name)
        attach(seg_b, name)
        relays.append((box, name))
    a, b = net.end(seg_a, "tester"), net.end(seg_b, "tester")
    attach(seg_a, "tester")
    attach(seg_b, "tester")
    nodes = [
        net.romond(box, name, {"relay-groups": {"g": {"ports": {"r0": {"device": "eth0"}, "r1": {"device": "eth1"}}}}})
        for box, name in relays
    ]

    # one frame: it crosses each relay once, comes back, and ends there
    f = GROUP + mac("02:00:00:00:00:01") + b"\x88\xbf" + b"once".ljust(60, b"\0")
    a.send(f)
    check(b.recv() == f, "the frame did not cross")
    wait(lambda: sum(n.drops().get("relay-loop", 0) for n in nodes) >= 1, "a relay names the loop")

    # a talker: what a segment carries stays a small multiple of what was sent
    sender = Sender(a, [GROUP + mac("02:00:00:00:00:02") + b"\x88\xbf" + b"talk".ljust(60, b"\0")], RATE)
    wait(lambda: nodes[0].port("r0")["rx-frames"] >= FRAMES, "the talker has talked", 60)
    sent = sender.stop() + 1
    for n in nodes:
        n.balanced()
        drops = n.drops()
        check(set(drops) <= {"relay-loop", "relay-repeat"} and "relay-loop" in drops, f"drops of {n.name}: {drops}")
        events = n.ask("events", since=0)["rows"]
        loops = [e for e in events if e["type"] == "loop"]
        check(loops, f"{n.name}: no event names the loop: {events}")
        check(len(loops) < sent / 10, f"{n.name}: {len(loops)} events of {sent} frames: reported once, not each time")
    # Each relay sends each frame once, as a rule to segment b. Where one hears the other's copy before the original, as it
    # may where CPUs are short, it takes the station for one of segment b until it was silent.
    carried = len(b.pending()) + 1 + len(a.pending())
    check(sent <= carried <= 3 * sent, f"{carried} copies of {sent} frames: nothing circulates")
    quiet = [n.port(p)["tx-frames"] for n in nodes for p in ("r0", "r1")]
    a.send(GROUP + mac("02:00:00:00:00:03") + b"\x88\xbf" + b"last".ljust(60, b"\0"))
    wait(lambda: sum(n.port(p)["tx-frames"] for n in nodes for p in ("r0", "r1")) > sum(quiet), "the last frame crosses")
    left = sum(n.port(p)["tx-frames"] for n in nodes for p in ("r0", "r1")) - sum(quiet)
    check(left <= 6, f"{left} transmissions of one frame")
