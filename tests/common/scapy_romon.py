# SPDX-License-Identifier: BSD-3-Clause
"""RoMON as scapy layers, and a RouterOS-like node that speaks it: a peer for the namespace tests that shares no line with
romond or with tests/common/romon.py. Written from docs/protocol.md sections 1 to 6 alone. Needs python3-scapy.
"""
from scapy.fields import (ByteEnumField, ByteField, FieldLenField, IntField, MACField, PacketField,
                          PacketListField, ShortField, StrLenField, XStrFixedLenField)
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw, bind_layers

GROUP = "01:80:c2:00:88:bf"
ALL = "ff:ff:ff:ff:ff:ff"
ZERO = "00:00:00:00:00:00"
DISCOVER, RESP, DATA = 1, 2, 3
PING = 1


class Hop(Packet):
    fields_desc = [IntField("link", 0), MACField("mac", ZERO)]

    def extract_padding(self, s):
        return b"", s


class LinkEnd(Packet):
    fields_desc = [IntField("link", 0), ShortField("l2mtu", 0), ShortField("cost", 0), MACField("mac", ZERO)]

    def extract_padding(self, s):
        return b"", s


class Route(Packet):
    fields_desc = [MACField("id", ZERO), PacketField("inward", LinkEnd(), LinkEnd), PacketField("outward", LinkEnd(), LinkEnd)]


class Tlv(Packet):
    fields_desc = [ByteField("tag", 0), FieldLenField("len", None, length_of="value", fmt="B"),
                   StrLenField("value", b"", length_from=lambda p: p.len)]

    def extract_padding(self, s):
        return b"", s


class Romon(Packet):
    """Header and hop list; the body is the payload."""
    fields_desc = [
        ByteEnumField("type", DISCOVER, {1: "Discover", 2: "DiscoverResp", 3: "Data"}),
        ByteField("channel", 0),
        ShortField("length", None),
        XStrFixedLenField("auth", bytes(24), 24),
        MACField("src", ZERO),
        MACField("dst", ALL),
        FieldLenField("n", None, count_of="hops", fmt="B"),
        ByteField("ptr", 0),
        XStrFixedLenField("zero", b"", length_from=lambda p: 4 if p.type == DATA else 6),
        PacketListField("hops", [], Hop, count_from=lambda p: p.n),
    ]

    def post_build(self, pkt, pay):
        if self.length is None:
            pkt = pkt[:2] + (14 + len(pkt) + len(pay)).to_bytes(2, "big") + pkt[4:]
        return pkt + pay


bind_layers(Ether, Romon, type=0x88BF)


def tlvs(body):
    """The TLVs of a body, as far as its frame's length goes."""
    out = []
    while body:
        t = Tlv(body)
        out.append(t)
        body = body[2 + t.len:]
    return out


def frame_body(frame):
    """What stands behind the hop list, without padding."""
    romon = frame[Romon]
    head = (46 if romon.type == DATA else 48) + 10 * romon.n
    return bytes(romon)[head:romon.length - 14]


def zero(kind):
    return bytes(4 if kind == DATA else 6)


class Router:
    """A RouterOS node with one port."""

    def __init__(self, node_id, mac, link, l2mtu, cost, identity, version, board):
        self.id, self.mac = node_id, mac
        self.end = LinkEnd(link=link, l2mtu=l2mtu, cost=cost, mac=mac)
        self.about = [Tlv(tag=3, value=identity), Tlv(tag=4, value=version), Tlv(tag=5, value=board)]

    def discover(self):
        route = Tlv(tag=1, value=bytes(Route(id=self.id, outward=self.end)))
        return bytes(Ether(src=self.mac, dst=GROUP) / Romon(type=DISCOVER, src=self.id, zero=zero(DISCOVER)) / Raw(bytes(route)))

    def answer(self, raw):
        """Our DiscoverResp to a Discover."""
        frame = Ether(raw)
        asked = frame[Romon]
        theirs = next(t for t in tlvs(frame_body(frame)) if t.tag == 1)
        ours = Tlv(tag=1, value=bytes(Route(id=self.id, inward=self.end)))
        body = b"".join(bytes(t) for t in [theirs, ours, *self.about])
        return bytes(Ether(src=self.mac, dst=frame.src) / Romon(type=RESP, src=asked.src, dst=self.id, ptr=asked.ptr,
                                                              hops=asked.hops, zero=zero(RESP)) / Raw(body))

    def data(self, node_id, hops, src_port, dst_port, payload):
        """Data on the first of its links."""
        return bytes(Ether(src=self.mac, dst=hops[0].mac) / Romon(type=DATA, src=self.id, dst=node_id, hops=hops, zero=zero(DATA))
                     / Raw(src_port.to_bytes(2, "big") + dst_port.to_bytes(2, "big") + payload))

    def taken(self, raw):
        """Data for us: (frame, way back, source port, destination port, payload); None when it is not."""
        frame = Ether(raw)
        r = frame[Romon]
        if r.type != DATA or r.dst != self.id or r.ptr != r.n - 1 or r.hops[r.ptr].mac != self.mac:
            return None
        hops = list(r.hops)
        hops[r.ptr] = Hop(link=self.end.link, mac=frame.src)
        body = frame_body(frame)
        return frame, hops[::-1], int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big"), body[4:]

    def pong(self, raw):
        """The answer to a ping for us, or None."""
        got = self.taken(raw)
        if got is None or got[3] != PING:
            return None
        frame, back, src_port, _, payload = got
        return self.data(frame[Romon].src, back, PING, src_port, payload)
