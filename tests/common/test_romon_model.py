#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python model on the frames that real routers sent, and on small networks."""

import os
import pathlib
import random
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import romon  # noqa: E402
from romon import Deliver, Drop, Forward, Frame, Hop, Node, Port, LinkEnd, mac  # noqa: E402

VECTORS = pathlib.Path(os.environ.get("ROMOND_VECTORS", HERE.parent / "vectors"))


def vector(name):
    return romon.vector(VECTORS / f"{name}.hex")


class Frames(unittest.TestCase):
    def test_every_vector_is_packed_as_it_was(self):
        paths = sorted(VECTORS.glob("*.hex"))
        self.assertGreaterEqual(len(paths), 6)
        for path in paths:
            raw = romon.vector(path)
            frame = Frame.unpack(raw)
            self.assertEqual(frame.length, len(raw), path.name)
            self.assertEqual(frame.pack(), raw, path.name)
            self.assertEqual(Frame.unpack(raw + bytes(50)).pack(), raw, path.name)
            tagged = frame.copy(vlan=0x6064)
            self.assertEqual(tagged.pack()[12:18].hex(), "8100606488bf")
            self.assertEqual(Frame.unpack(tagged.pack()), Frame.unpack(raw).copy(vlan=0x6064), path.name)

    def test_reply_says_what_the_notes_say(self):
        reply = Frame.unpack(vector("discover-reply"))
        self.assertEqual(reply.identity, b"DuneGW")
        self.assertEqual(reply.board, b"RB750Gr3")
        self.assertEqual(reply.version, b"\x07\x0d\x66\x00")
        self.assertEqual(reply.responder_id, mac("18:fd:74:73:c5:3a"))
        self.assertEqual(reply.discoverer_id, mac("aa:bb:cc:dd:ee:ff"))
        turned = reply.copy(src_id=reply.dst_id, dst_id=reply.src_id)
        self.assertEqual(turned.discoverer_id, mac("aa:bb:cc:dd:ee:ff"))

    def test_truncated_vectors_are_bad_frames(self):
        for path in VECTORS.glob("*.hex"):
            raw = romon.vector(path)
            for n in range(len(raw)):
                with self.assertRaises(romon.BadFrame):
                    Frame.unpack(raw[:n])

    def test_bad_frames_have_reasons(self):
        good = Frame.unpack(vector("discover-hop1"))
        route = good.tlvs[0]
        cases = {
            "hop-pointer": good.copy(ptr=2),
            "route-count": good.copy(tlvs=[]),
            "route-length": good.copy(tlvs=[romon.Tlv(1, bytes(33))]),
            "tlv-duplicate": good.copy(tlvs=[route, romon.Tlv(3, b""), romon.Tlv(3, b"")]),
            "tlv-length": good.copy(tlvs=[route, romon.Tlv(4, b"abc")]),
            "hop-count": good.copy(hops=good.hops * 129),
            "id-invalid": good.copy(src_id=romon.ALL_IDS),
            "type-unknown": good.copy(type=9),
        }
        for reason, frame in cases.items():
            with self.assertRaises(romon.BadFrame) as caught:
                Frame.unpack(frame.pack())
            self.assertEqual(caught.exception.reason, reason)

    def test_ssh_open_is_a_segment(self):
        frame = Frame.unpack(vector("data-ssh-syn"))
        segment = romon.Segment.unpack(frame.payload)
        self.assertEqual((frame.dst_port, segment.kind, segment.ack), (romon.PORT_SSH, romon.SEGMENT_OPEN, 0))
        self.assertEqual(segment.pack(), frame.payload)


class Captured(unittest.TestCase):
    """Each stored frame is what the model's node sends. The stored frames have the group address as
    destination, so the ports that send DiscoverResp and Data are multicast ones."""

    def origin(self):
        return Node("aa:bb:cc:dd:ee:ff", [Port("ether5", 0x0A, mac("d4:ca:6d:dd:8c:be"), l2mtu=1598)])

    def test_discover_origin_and_its_reply(self):
        origin = self.origin()
        discover = origin.discover(origin.ports[0])
        self.assertEqual(discover.pack(), vector("discover-origin"))
        address = mac("18:fd:74:73:c5:3a")
        port = Port("ether1", 0x0C, address, l2mtu=1592, data_dst="multicast")
        dune = Node(address, [port], identity=b"DuneGW", version=b"\x07\x0d\x66\x00", board=b"RB750Gr3")
        reply = dune.answer(discover, port)
        self.assertEqual(reply.pack(), vector("discover-reply"))
        found = romon.topology(origin.id, [romon.edge(reply)])[address]
        self.assertEqual(found, romon.Found(200, 1592, (Hop(0x0A, address),)))

    def test_discover_hop1_is_the_reflood(self):
        gw = mac("6c:3b:6b:c0:00:ba")
        source = Node(gw, [Port("any", 0x1B, gw)])
        ember = Node(
            "6c:3b:6b:4c:3b:9c",
            [
                Port("in", 0x0D, mac("6c:3b:6b:4c:3b:a0"), l2mtu=1598),
                Port("out", 0x10, mac("6c:3b:6b:4c:3b:9c"), l2mtu=1594),
            ],
        )
        copies = ember.refloods(source.discover(source.ports[0]), ember.port("in"))
        self.assertEqual(list(copies), ["out"])
        self.assertEqual(copies["out"].pack(), vector("discover-hop1"))

    def test_ping_goes_out_and_pong_comes_back(self):
        """AP - B56 - Mai18 - T, the worked example of section 5. Four labels and MACs that no capture
        shows are made up; none of them may show in the two frames compared."""
        ap = Node("d4:ca:6d:dd:8c:ba", [Port("b56", 6, mac("d4:ca:6d:dd:8c:ba"), data_dst="multicast")])
        b56 = Node(
            "6c:3b:6b:c0:00:ba",
            [
                Port("ap", 0x1B, mac("6c:3b:6b:c0:00:ba"), data_dst="multicast"),
                Port("mai", 6, mac("02:00:00:00:0b:56")),
            ],
        )
        mai = Node(
            "02:00:00:00:18:01",
            [Port("b56", 77, mac("e4:8d:8c:7b:5a:84")), Port("t", 0x29, mac("02:00:00:00:18:02"))],
        )
        t = Node("18:fd:74:75:de:23", [Port("mai", 99, mac("18:fd:74:75:de:22"))])
        path = [
            Hop(6, mac("6c:3b:6b:c0:00:ba")),
            Hop(6, mac("e4:8d:8c:7b:5a:84")),
            Hop(0x29, mac("18:fd:74:75:de:22")),
        ]
        step = ap.ping(path, t.id, seq=1, src_port=0x1884)
        self.assertEqual(step.frame.pack(), vector("data-ping"))

        step = b56.data_step(step.frame, b56.port("ap"))
        self.assertEqual((step.port.name, step.frame.ptr), ("mai", 1))
        self.assertEqual(step.frame.hops[0], Hop(0x1B, mac("d4:ca:6d:dd:8c:ba")))
        step = mai.data_step(step.frame, mai.port("b56"))
        self.assertEqual((step.port.name, step.frame.ptr), ("t", 2))
        there = t.data_step(step.frame, t.port("mai"))
        self.assertIsInstance(there, Deliver)

        step = t.pong(there.frame)
        self.assertEqual(step.frame.eth_dst, mac("02:00:00:00:18:02"))
        step = mai.data_step(step.frame, mai.port("t"))
        step = b56.data_step(step.frame, b56.port("mai"))
        self.assertEqual(step.frame.pack(), vector("data-pong"))
        back = ap.data_step(step.frame, ap.port("b56"))
        self.assertIsInstance(back, Deliver)
        self.assertEqual(list(reversed(back.frame.hops)), path)

    def test_swapping_and_reversing_pong_gives_ping(self):
        ping, pong = Frame.unpack(vector("data-ping")), Frame.unpack(vector("data-pong"))
        self.assertEqual(list(reversed(romon.swap_last(pong, 6).hops)), ping.hops)
        self.assertEqual(pong.payload, ping.payload)
        self.assertEqual((pong.src_port, pong.dst_port), (ping.dst_port, ping.src_port))


class Line:
    """Nodes 0..n-1 in a line; port "l" leads to the lower, "r" to the higher neighbor."""

    def __init__(self, n, same_labels=False, **options):
        self.nodes = []
        for i in range(n):
            ports = []
            for at, side in ((1, "l"), (2, "r")):
                label = at if same_labels else 10 * (i + 1) + at
                address = bytes([2, 0, 0, 0, i + 1, at])
                ports.append(Port(side, label, address, l2mtu=1500 + 10 * i + at, cost=10 + i))
            self.nodes.append(Node(bytes([2, 0, 0, 0, i + 1, 0]), ports, identity=b"n%d" % i, **options))

    def cross(self, at, port_name):
        """(index, port) where a frame arrives that node at sends out of that port."""
        other = at + 1 if port_name == "r" else at - 1
        return other, self.nodes[other].port("l" if port_name == "r" else "r")

    def heard(self, at):
        out = set()
        for name, other, their in (("l", at - 1, "r"), ("r", at + 1, "l")):
            if 0 <= other < len(self.nodes):
                out.add((name, self.nodes[other].port(their).mac))
        return out

    def flood(self):
        """[(responder index, port, Discover)] of a Discover that node 0 sends to the right."""
        out = []
        frame = self.nodes[0].discover(self.nodes[0].port("r"))
        for i in range(1, len(self.nodes)):
            port = self.nodes[i].port("l")
            out.append((i, port, frame))
            frame = self.nodes[i].refloods(frame, port).get("r")
            if frame is None:
                break
        return out

    def carry_home(self, at, port, resp):
        """Forward a DiscoverResp that node at sends out of port until it is delivered: (index, frame)."""
        while True:
            at, arrival = self.cross(at, port.name)
            step = self.nodes[at].resp_step(resp, arrival, self.heard(at))
            if not isinstance(step, Forward):
                return at, step
            port, resp = step.port, step.frame


class Networks(unittest.TestCase):
    def answers(self, style, same_labels=False):
        line = Line(6, same_labels, answer_style=style)
        edges = []
        for i, port, discover in line.flood():
            resp = line.nodes[i].answer(discover, port)
            self.assertEqual(resp.ptr, 0 if style == "swap" else i - 1)
            self.assertEqual(resp.eth_dst, discover.eth_src)
            at, step = line.carry_home(i, port, resp)
            self.assertEqual(at, 0)
            self.assertIsInstance(step, Deliver)
            self.assertEqual(step.frame.ptr, i - 1 if style == "swap" else 0)
            edges.append(romon.edge(step.frame))
        random.Random(1).shuffle(edges)
        return line, romon.topology(line.nodes[0].id, edges)

    def test_both_answer_styles_come_home_and_describe_the_line(self):
        for style, same_labels in (("unwind", False), ("unwind", True), ("swap", False), ("swap", True)):
            line, found = self.answers(style, same_labels)
            self.assertEqual(len(found), 5)
            for i in range(1, 6):
                expected = sum((10 + k) + (10 + k + 1) for k in range(i))
                self.assertEqual(found[line.nodes[i].id].cost, expected)
                self.assertEqual(found[line.nodes[i].id].l2mtu, 1502)

    def test_data_follows_the_path_found_and_returns(self):
        line, found = self.answers("unwind")
        target = line.nodes[5]
        step = line.nodes[0].ping(found[target.id].path, target.id, seq=7, src_port=4000)
        length = len(step.frame.pack())
        at = 0
        while isinstance(step, Forward):
            self.assertEqual(len(step.frame.pack()), length)
            at, port = line.cross(at, step.port.name)
            step = line.nodes[at].data_step(Frame.unpack(step.frame.pack(pad_to=60)), port)
        self.assertEqual(at, 5)
        step = target.pong(step.frame)
        while isinstance(step, Forward):
            at, port = line.cross(at, step.port.name)
            step = line.nodes[at].data_step(step.frame, port)
        self.assertEqual(at, 0)
        self.assertEqual(tuple(reversed(step.frame.hops)), found[target.id].path)
        self.assertEqual(step.frame.dst_port, 4000)

    def test_unwind_leaves_the_list_and_swap_rewrites_it(self):
        line = Line(4)
        _, port, discover = line.flood()[2]
        resp = line.nodes[3].answer(discover, port)
        step = line.nodes[2].resp_step(resp, line.nodes[2].port("r"), line.heard(2))
        self.assertEqual((step.frame.hops, step.frame.ptr), (resp.hops, 1))
        line.nodes[3].answer_style = "swap"
        resp = line.nodes[3].answer(discover, port)
        step = line.nodes[2].resp_step(resp, line.nodes[2].port("r"), line.heard(2))
        self.assertEqual(step.frame.ptr, 1)
        self.assertEqual(step.frame.hops[0], Hop(line.nodes[2].port("r").link_id, line.nodes[3].port("l").mac))
        self.assertEqual(step.frame.hops[1:], resp.hops[1:])

    def test_response_for_an_unheard_neighbor_is_dropped(self):
        line = Line(3)
        _, port, discover = line.flood()[1]
        resp = line.nodes[2].answer(discover, port)
        self.assertIsInstance(line.nodes[1].resp_step(resp, line.nodes[1].port("r"), set()), Drop)

    def test_group_destination_does_not_multiply_a_response(self):
        """X - B - (segment with A, B, C, all with link id 1 there) - A - R: the response of R, sent to the group
        address, is heard by all on the segment. Without the name check C would send it to B again, forever."""
        nodes = {}
        for i, name in enumerate("ABC"):
            ports = [Port("seg", 1, bytes([2, 0, 0, 0, i, 1]), data_dst="multicast")]
            ports += [Port("far", 2, bytes([2, 0, 0, 0, i, 2]), data_dst="multicast")] if name == "A" else []
            ports += [Port("up", 3, bytes([2, 0, 0, 0, i, 3]), data_dst="multicast")] if name == "B" else []
            nodes[name] = Node(bytes([2, 0, 0, 0, i, 9]), ports)
        x = Node("02:00:00:00:0a:00", [Port("p", 7, mac("02:00:00:00:0a:01"))])
        r = Node("02:00:00:00:0b:00", [Port("p", 9, mac("02:00:00:00:0b:01"), data_dst="multicast")])
        heard = {n: {("seg", nodes[m].port("seg").mac) for m in "ABC" if m != n} for n in "ABC"}
        heard["B"].add(("up", x.ports[0].mac))
        discover = nodes["B"].refloods(x.discover(x.ports[0]), nodes["B"].port("up"))["seg"]
        discover = nodes["A"].refloods(discover, nodes["A"].port("seg"))["far"]
        resp = r.answer(discover, r.ports[0])
        self.assertEqual(resp.eth_dst, romon.GROUP_MAC)
        steps = [("A", nodes["A"].resp_step(resp, nodes["A"].port("far"), heard["A"]))]
        sent = []
        while steps and len(sent) < 50:
            at, step = steps.pop()
            sent.append((at, step.port.name))
            if step.port.name == "seg":
                for n in set("ABC") - {at}:
                    following = nodes[n].resp_step(step.frame, nodes[n].port("seg"), heard[n])
                    steps += [(n, following)] if isinstance(following, Forward) else []
        self.assertEqual(sent, [("A", "seg"), ("B", "up")])
        self.assertIsInstance(x.resp_step(step.frame, x.ports[0], set()), Deliver)

    def test_loops_and_limits(self):
        line = Line(4, hop_limit=2)
        flood = line.flood()
        self.assertEqual([i for i, _, _ in flood], [1, 2, 3])  # 3 hears two forwarders, and forwards no more
        _, port, discover = flood[2]
        self.assertIsNotNone(line.nodes[3].answer(discover, port))
        self.assertEqual(line.nodes[3].refloods(discover, port), {})
        own = discover.copy(src_id=line.nodes[3].id)
        self.assertIsNone(line.nodes[3].answer(own, port))
        through = discover.copy(hops=[Hop(1, line.nodes[3].port("r").mac)] * 2)
        self.assertIsNone(line.nodes[3].answer(through, port))
        mirrored = discover.copy(eth_src=line.nodes[3].port("r").mac)
        self.assertEqual(line.nodes[3].refloods(mirrored, port), {})

    def test_data_that_must_not_pass(self):
        line = Line(3)
        a, b, c = line.nodes
        path = [Hop(a.port("r").link_id, b.port("l").mac), Hop(b.port("r").link_id, c.port("l").mac)]
        good = a.ping(path, c.id, 1, 5000).frame
        self.assertIsInstance(b.data_step(good, b.port("l")), Forward)
        dead = good.copy(hops=[path[0], Hop(9999, c.port("l").mac)])
        cases = {
            "hop-not-us": good.copy(hops=[Hop(1, c.port("l").mac), path[1]]),
            "dead-label": dead,
            "not-for-us": good.copy(eth_dst=c.port("l").mac),
            "own-source": good.copy(eth_src=b.port("r").mac),
            "source-not-unicast": good.copy(eth_src=romon.GROUP_MAC),
            "other-channel": good.copy(channel=1),
            "dst-not-us": good.copy(hops=path[:1]),
        }
        for why, frame in cases.items():
            self.assertEqual(b.data_step(frame, b.port("l")), Drop(why))

    def test_shared_fields_of_a_reflood_to_many_ports(self):
        ports = [Port(f"p{i}", i + 1, bytes([2, 0, 0, 0, 9, i]), l2mtu=1500 + i, cost=100 + i) for i in range(5)]
        node = Node("02:00:00:00:09:ff", ports)
        source = Line(1).nodes[0]
        discover = source.discover(source.port("r"))
        discover.tlvs.append(romon.Tlv(0x33, b"unknown"))
        copies = node.refloods(discover, ports[2])
        self.assertEqual(set(copies), {"p0", "p1", "p3", "p4"})
        for name, frame in copies.items():
            port = node.port(name)
            self.assertEqual((frame.eth_src, frame.eth_dst), (port.mac, romon.GROUP_MAC))
            self.assertEqual((frame.src_id, frame.dst_id), (source.id, romon.ALL_IDS))
            self.assertEqual((frame.hops, frame.ptr), ([Hop(3, source.port("r").mac)], 1))
            self.assertEqual(frame.routes, [romon.Route(node.id, ports[2].end, port.end)])
            self.assertEqual(frame.tlv(0x33), b"unknown")

    def test_hello_and_seq_err_are_well_formed(self):
        node = Line(1).nodes[0]
        port = node.port("r")
        hello = Frame.unpack(node.hello(port, "02:00:00:00:00:77", nonce=b"12345678", echo=b"abcdefgh").pack())
        self.assertEqual([t.tag for t in hello.tlvs], [0x80, 0x81, 1, 3, 4, 5])
        self.assertEqual(hello.routes[0], romon.Route(node.id, LinkEnd(), port.end))
        seq_err = Frame.unpack(node.seq_err(port, "02:00:00:00:00:77", 5).pack(pad_to=60))
        self.assertEqual(seq_err.tlv(0x82), b"\0\0\0\0\0\0\0\5")


if __name__ == "__main__":
    unittest.main()
