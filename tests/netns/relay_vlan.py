# SPDX-License-Identifier: BSD-3-Clause
"""A relay between an untagged port and a VLAN: tags are put on and taken off, the rest stays as it is.

            +------------- box -------------+
    end a --+ eth0   r0, untagged           |
    end b --+ eth1   r1, VLAN 81            |
            |        r2, VLAN 82            |
            +-------------------------------+
"""
import struct

from harness import GROUP, equal, mac, vectors

VARIANTS = {"af-xdp": {"driver": "auto"}, "af-packet": {"driver": "af-packet"}}


def tagged(frame, vid):
    return frame[:12] + struct.pack("!HH", 0x8100, vid) + frame[12:]


def scenario(net, driver):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    relay = net.romond(box, "relay", {"relay-groups": {"g": {"ports": {
        "r0": {"device": "eth0", "driver": driver},
        "r1": {"device": "eth1", "driver": driver, "vlan": 81},
        "r2": {"device": "eth1", "driver": driver, "vlan": 82},
    }}}})
    equal({p["name"]: p["vlan"] for p in relay.ask("ports")}, {"r0": 0, "r1": 81, "r2": 82}, "vlan of the ports")

    n = 0
    for frame in vectors().values():
        a.send(frame)
        n += 1
        got = sorted([b.recv(), b.recv()], key=str)
        equal(got, sorted([tagged(frame, 81), tagged(frame, 82)], key=str), "what leaves by the VLANs")

    body = b"x" * 60
    f = GROUP + mac("02:00:00:00:00:81") + b"\x88\xbf" + body
    b.send(tagged(f, 81))
    n += 1
    equal(a.until(f), [], "frames at the untagged end")
    equal(b.until(tagged(f, 82)), [], "frames at the other VLAN")

    # a VLAN that nobody serves, and no VLAN where only VLANs are served
    b.send(tagged(GROUP + mac("02:00:00:00:00:83") + b"\x88\xbf" + body, 83))
    b.send(GROUP + mac("02:00:00:00:00:84") + b"\x88\xbf" + body)
    f = GROUP + mac("02:00:00:00:00:82") + b"\x88\xbf" + body
    b.send(tagged(f, 82))
    n += 3
    equal(a.until(f), [], "frames at the untagged end before the last")
    equal(b.until(tagged(f, 81)), [], "frames at the other VLAN before the last")
    relay.balanced(rx=n)
    equal(relay.drops(), {"vlan-unknown": 2}, "drops")
