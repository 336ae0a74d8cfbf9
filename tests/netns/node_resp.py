# SPDX-License-Identifier: BSD-3-Clause
"""An answer to a Discover finds home through two nodes, in both readings of its hop list.

           +---- one -----+            +---- two -----+
    end a -+ west    east +------------+ west    east +- end b
  (origin) +--------------+            +--------------+  (responder)

unwind: the list as it was received, the pointer counts down. swap: the list reversed, the pointer counts up, entries
are replaced by the way back, as in Data.
"""
import romon
from harness import equal, mac, model_of


def scenario(net):
    one, two = net.box("one"), net.box("two")
    a = net.end(one, "eth0")
    net.wire(one, "eth1", two, "eth0")
    b = net.end(two, "eth1")
    ports = {"west": {"device": "eth0", "link-id": 21}, "east": {"device": "eth1", "link-id": 22}}
    nodes = [net.romond(box, name, {"romon": {"id": f"02:00:00:00:00:0{i}"}, "ports": ports})
             for i, (box, name) in enumerate(((one, "one"), (two, "two")), 1)]
    m1, m2 = (model_of(n) for n in nodes)
    origin_port = romon.Port("o", 77, mac("02:00:00:00:0e:01"))
    origin = romon.Node("02:0e:00:00:00:01", [origin_port])
    there_port = romon.Port("r", 88, mac("02:00:00:00:0e:02"))

    def arrivals(end, kind, who):
        """The next frame of a kind whose answerer is who; the nodes between answer too."""
        for raw in iter(end.recv, None):
            f = romon.Frame.unpack(raw)
            if f.type == kind and (kind != romon.DISCOVER_RESP or f.responder_id == who):
                return raw
        raise AssertionError(f"no {romon.TYPE_NAMES[kind]} arrived at {end.ifname}")

    discover = origin.discover(origin_port)
    a.send(discover.pack(60))
    f1 = m1.refloods(discover, m1.port("west"))["east"]
    f2 = m2.refloods(f1, m2.port("west"))["east"]
    equal(arrivals(b, romon.DISCOVER, None).hex(), f2.pack().hex(), "the Discover at b")

    heard1 = {("west", origin_port.mac), ("east", m2.port("west").mac)}
    heard2 = {("west", m1.port("east").mac), ("east", there_port.mac)}
    for i, style in enumerate(("unwind", "swap")):
        there = romon.Node(f"02:0e:00:00:01:0{i}", [there_port], identity=b"there", answer_style=style)
        for swapped_ids in (False, True):
            answer = there.answer(f2, there_port)
            if swapped_ids:  # the other order of the header's ids is taken too
                answer = answer.copy(src_id=answer.dst_id, dst_id=answer.src_id)
            s2 = m2.resp_step(answer, m2.port("east"), heard2)
            s1 = m1.resp_step(s2.frame, m1.port("east"), heard1)
            equal((s2.port.name, s1.port.name), ("west", "west"), f"the model's way home ({style})")
            b.send(answer.pack())
            got = arrivals(a, romon.DISCOVER_RESP, there.id)
            equal(got.hex(), s1.frame.pack().hex(), f"the answer at a ({style}, ids swapped: {swapped_ids})")

    # lists that lead nowhere: another's link id; a neighbor that nobody has heard
    there = romon.Node("02:0e:00:00:02:01", [there_port])
    answer = there.answer(f2, there_port)
    for hops in ([f2.hops[0], romon.Hop(4711, f2.hops[1].mac)], [f2.hops[0], romon.Hop(21, mac("02:00:00:00:00:99"))]):
        b.send(answer.copy(hops=hops).pack())
    b.send(answer.pack())
    arrivals(a, romon.DISCOVER_RESP, there.id)
    equal(nodes[1].drops().get("resp-no-way"), 2, "resp-no-way")
    for n in nodes:
        n.balanced()
