# SPDX-License-Identifier: BSD-3-Clause
"""A VLAN tag that stands beside the frame stays a tag: no port hands a tagged frame on untagged, whatever its driver.

                 +-- switch --+      +-------- box --------+
    end a ----- in   bridge  out --- eth0  port west  east eth1 ----- end b
                 +------------+      +---------------------+

The kernel takes the tag out of a frame that comes in, keeps it beside, and the bridge hands it on like that over a veth: no
XDP program sees it in the bytes.
"""
import struct

import romon
from harness import GROUP, check, equal, mac, wait

VLAN = 10
VARIANTS = {f"{what}-{driver}": {"what": what, "driver": driver}
            for what in ("relay", "node", "vlan-port") for driver in ("auto", "af-xdp", "af-packet")}


def tagged(frame):
    return frame[:12] + struct.pack("!HH", 0x8100, VLAN) + frame[12:]


def wires(net):
    switch, box = net.box("switch"), net.box("box")
    switch.sh("ip", "link", "add", "br0", "type", "bridge")
    switch.sh("ip", "link", "set", "br0", "up")
    a, b = net.end(switch, "in"), net.end(box, "eth1")
    net.wire(switch, "out", box, "eth0")
    for name in ("in", "out"):
        switch.sh("ip", "link", "set", name, "master", "br0")
    return box, a, b


def relay(net, box, a, b, driver, vlan=0):
    west = {"device": "eth0", "driver": driver, **({"vlan": vlan} if vlan else {})}
    node = net.romond(box, "relay", {"relay-groups": {"g": {"ports": {"west": west, "east": {"device": "eth1"}}}}})
    plain = GROUP + mac("02:00:00:00:00:01") + b"\x88\xbf" + b"one frame".ljust(60, b"\0")
    marker = GROUP + mac("02:00:00:00:00:01") + b"\x88\xbf" + b"the marker".ljust(60, b"\0")
    return node, plain, marker


def scenario(net, what, driver):
    box, a, b = wires(net)
    if what == "vlan-port":
        # its own tag is what it hears: the frame comes out without, and back with it
        node, plain, marker = relay(net, box, a, b, driver, VLAN)
        a.send(plain)
        a.send(tagged(marker))
        equal(b.until(marker), [], "what came out of the other port before the frame of the VLAN")
        back = GROUP + mac("02:00:00:00:00:03") + plain[12:]
        b.send(back)
        a.until(tagged(back))
        return
    if what == "relay":
        node, plain, marker = relay(net, box, a, b, driver)
    else:
        node = net.romond(box, "node", {
            "romon": {"id": "02:00:00:00:00:aa", "flood-hold": "0s"},
            "ports": {"west": {"device": "eth0", "link-id": 1, "driver": driver}, "east": {"device": "eth1", "link-id": 2}}})
        probe = romon.Port("x", 7, mac("02:00:00:00:0a:01"))
        plain = romon.Node(mac("02:00:00:00:00:01"), [probe]).discover(probe).pack(60)
        marker = romon.Node(mac("02:00:00:00:00:02"), [probe]).discover(probe).pack(60)
    print(node.port("west")["driver"], node.port("west")["driver-why"])
    for _ in range(5):
        a.send(tagged(plain))
    a.send(marker)

    def origin(frame):  # of a flooded Discover; bytes 2 to 4 of the overlay differ from what came in
        return romon.Frame.unpack(frame).src_id if what == "node" else frame
    wanted = mac("02:00:00:00:00:02") if what == "node" else marker
    seen = []
    while True:
        frame = b.recv()
        check(frame is not None, f"the untagged frame came through; before it {len(seen)} others")
        if what == "node" and romon.Frame.unpack(frame).type != romon.DISCOVER:
            continue
        if origin(frame) == wanted:
            break
        seen.append(frame)
    equal(seen, [], "frames of the VLAN that left another port")
    wait(lambda: sum(n for reason, n in node.drops("west").items() if "vlan" in reason) == 5,
         f"each tagged frame is counted as such: {node.drops('west')}")
