# SPDX-License-Identifier: BSD-3-Clause
"""RoMON in Python: frames, and what a node must do with them.

Written from docs/protocol.md alone, so that the namespace tests compare romond with a second reading of
the document and not with itself. Standard library only; nothing here touches a socket (see rawsock.py).

Addresses are bytes of length 6 inside; mac("02:...") and text(b) convert.
"""

import struct
from dataclasses import dataclass, field, replace

ETHERTYPE = 0x88BF
ETH_LEN = 14
TPID_8021Q = 0x8100
TPID_8021AD = 0x88A8
GROUP_MAC = bytes.fromhex("0180c20088bf")
ALL_IDS = b"\xff" * 6
ZERO_MAC = bytes(6)
UNSIGNED = bytes(24)

DISCOVER, DISCOVER_RESP, DATA, SEQ_ERR, HELLO = 1, 2, 3, 4, 5
TYPE_NAMES = {DISCOVER: "Discover", DISCOVER_RESP: "DiscoverResp", DATA: "Data", SEQ_ERR: "SeqErr", HELLO: "Hello"}

TAG_ROUTE, TAG_IDENTITY, TAG_VERSION, TAG_BOARD = 1, 3, 4, 5
TAG_NONCE, TAG_NONCE_ECHO, TAG_COUNTER_MIN = 0x80, 0x81, 0x82

PORT_PING, PORT_SSH, PORT_WINBOX = 1, 3, 4
SEGMENT_OPEN, SEGMENT_ACCEPT, SEGMENT_DATA, SEGMENT_ACK, SEGMENT_CLOSE = 0, 1, 2, 3, 4

HOPS_MAX = 128


def mac(value):
    """Six bytes of "aa:bb:cc:dd:ee:ff", or of six bytes."""
    b = bytes.fromhex(value.replace(":", "").replace("-", "")) if isinstance(value, str) else bytes(value)
    if len(b) != 6:
        raise ValueError(f"{value!r} is not a 48-bit address")
    return b


def text(address):
    return ":".join(f"{b:02x}" for b in address)


def is_station(address):
    """Unicast and not zero."""
    return address != ZERO_MAC and address[0] & 1 == 0


class BadFrame(ValueError):
    """A frame that must be dropped; reason is the word that docs/protocol.md gives it."""

    def __init__(self, reason, why=""):
        super().__init__(f"{reason}: {why}" if why else reason)
        self.reason = reason


# --- parts of a frame -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hop:
    link_id: int
    mac: bytes

    def pack(self):
        return struct.pack(">I6s", self.link_id, self.mac)

    def __repr__(self):
        return f"{{{self.link_id}, {text(self.mac)}}}"


@dataclass(frozen=True)
class LinkEnd:
    link_id: int = 0
    l2mtu: int = 0
    cost: int = 0
    mac: bytes = ZERO_MAC

    def pack(self):
        return struct.pack(">IHH6s", self.link_id, self.l2mtu, self.cost, self.mac)

    @classmethod
    def unpack(cls, b):
        return cls(*struct.unpack(">IHH6s", b))

    def __repr__(self):
        return f"<link {self.link_id} l2mtu {self.l2mtu} cost {self.cost} {text(self.mac)}>"


@dataclass(frozen=True)
class Route:
    id: bytes
    in_end: LinkEnd = LinkEnd()
    out_end: LinkEnd = LinkEnd()

    def pack(self):
        return self.id + self.in_end.pack() + self.out_end.pack()

    @classmethod
    def unpack(cls, b):
        if len(b) != 34:
            raise BadFrame("route-length", f"{len(b)} bytes")
        return cls(b[:6], LinkEnd.unpack(b[6:20]), LinkEnd.unpack(b[20:34]))

    def __repr__(self):
        return f"Route({text(self.id)} in {self.in_end} out {self.out_end})"


@dataclass(frozen=True)
class Tlv:
    tag: int
    value: bytes

    def pack(self):
        return struct.pack(">BB", self.tag, len(self.value)) + self.value

    def __repr__(self):
        return f"Tlv({self.tag:#x}, {self.value!r})"


def route_tlv(route):
    return Tlv(TAG_ROUTE, route.pack())


def node_tlvs(identity, version, board):
    """The TLVs that describe a node. version is four bytes: major, minor, stage, revision."""
    return [Tlv(TAG_IDENTITY, identity), Tlv(TAG_VERSION, version), Tlv(TAG_BOARD, board)]


@dataclass(frozen=True)
class Ping:
    seq: int
    size: int = 32

    def pack(self):
        return struct.pack(">I", self.seq).ljust(self.size, b"\0")


@dataclass(frozen=True)
class Segment:
    """What follows the service ports on ports 3 and 4."""

    kind: int
    seq: int
    ack: int
    payload: bytes = b""
    second: int = 0  # ignored on receive

    def pack(self):
        return struct.pack(">BBII", self.kind, self.second, self.seq, self.ack) + self.payload

    @classmethod
    def unpack(cls, b):
        if len(b) < 10:
            raise BadFrame("segment-short")
        kind, second, seq, ack = struct.unpack(">BBII", b[:10])
        return cls(kind, seq, ack, b[10:], second)


# --- frames -----------------------------------------------------------------------------------------------


@dataclass
class Frame:
    """One frame. tlvs for all types but Data; services and payload for Data."""

    type: int
    src_id: bytes
    dst_id: bytes
    eth_dst: bytes = GROUP_MAC
    eth_src: bytes = ZERO_MAC
    channel: int = 0
    auth: bytes = UNSIGNED
    hops: list = field(default_factory=list)
    ptr: int = 0
    tlvs: list = field(default_factory=list)
    src_port: int = 0
    dst_port: int = 0
    payload: bytes = b""
    vlan: object = None  # TCI of an 802.1Q tag, or None
    length: object = None  # of the length field when unpacked; packing computes it anew

    # -- reading

    @property
    def type_name(self):
        return TYPE_NAMES.get(self.type, f"type {self.type}")

    @property
    def vid(self):
        return 0 if self.vlan is None else self.vlan & 0x0FFF

    @property
    def routes(self):
        return [Route.unpack(t.value) for t in self.tlvs if t.tag == TAG_ROUTE]

    def tlv(self, tag):
        """Value of the first TLV with that tag, or None."""
        return next((t.value for t in self.tlvs if t.tag == tag), None)

    @property
    def identity(self):
        return self.tlv(TAG_IDENTITY)

    @property
    def version(self):
        return self.tlv(TAG_VERSION)

    @property
    def board(self):
        return self.tlv(TAG_BOARD)

    @property
    def responder_id(self):
        """Of a DiscoverResp: the id in its second Route TLV, whatever the order of the header's ids."""
        return self.routes[1].id

    @property
    def discoverer_id(self):
        """Of a DiscoverResp: the header id that is not the responder's."""
        return self.src_id if self.dst_id == self.responder_id else self.dst_id

    def copy(self, **changes):
        """An independent frame with some fields changed."""
        changes.setdefault("hops", list(self.hops))
        changes.setdefault("tlvs", list(self.tlvs))
        return replace(self, **changes)

    # -- bytes

    def body(self):
        if self.type == DATA:
            return struct.pack(">HH", self.src_port, self.dst_port) + self.payload
        return b"".join(t.pack() for t in self.tlvs)

    def pack_romon(self):
        """The bytes behind the EtherType, the length field true."""
        zero = bytes(4 if self.type == DATA else 6)
        rest = bytes([len(self.hops), self.ptr]) + zero + b"".join(h.pack() for h in self.hops) + self.body()
        length = ETH_LEN + 40 + len(rest)
        head = struct.pack(">BBH24s6s6s", self.type, self.channel, length, self.auth, self.src_id, self.dst_id)
        return head + rest

    def pack(self, pad_to=0):
        """The whole frame; pad_to 60 pads like an Ethernet port does."""
        tag = b"" if self.vlan is None else struct.pack(">HH", TPID_8021Q, self.vlan)
        b = self.eth_dst + self.eth_src + tag + struct.pack(">H", ETHERTYPE) + self.pack_romon()
        return b.ljust(pad_to, b"\0")

    @classmethod
    def unpack(cls, b):
        """A frame from its Ethernet header on; BadFrame when it must be dropped. Padding is cut off."""
        if len(b) < ETH_LEN:
            raise BadFrame("runt")
        (ethertype,) = struct.unpack(">H", b[12:14])
        start, vlan = ETH_LEN, None
        if ethertype == TPID_8021AD:
            raise BadFrame("vlan-depth")
        if ethertype == TPID_8021Q:
            if len(b) < ETH_LEN + 4:
                raise BadFrame("runt")
            vlan, ethertype = struct.unpack(">HH", b[14:18])
            start += 4
            if ethertype in (TPID_8021Q, TPID_8021AD):
                raise BadFrame("vlan-depth")
        if ethertype != ETHERTYPE:
            raise BadFrame("not-romon", f"EtherType {ethertype:#06x}")
        frame = cls._unpack_romon(b[start:])
        frame.eth_dst, frame.eth_src, frame.vlan = b[0:6], b[6:12], vlan
        return frame

    @classmethod
    def _unpack_romon(cls, b):
        if len(b) < 46:
            raise BadFrame("runt")
        kind, channel, length, auth, src_id, dst_id, n, ptr = struct.unpack(">BBH24s6s6sBB", b[:42])
        if kind not in TYPE_NAMES:
            raise BadFrame("type-unknown", str(kind))
        hops_at = 46 if kind == DATA else 48
        if length < ETH_LEN + hops_at:
            raise BadFrame("length-short", str(length))
        if length - ETH_LEN > len(b):
            raise BadFrame("length-long", f"{length} of {len(b) + ETH_LEN}")
        b = b[: length - ETH_LEN]
        if not is_station(src_id):
            raise BadFrame("id-invalid", text(src_id))
        if n > HOPS_MAX:
            raise BadFrame("hop-count", str(n))
        body_at = hops_at + 10 * n
        if body_at > len(b):
            raise BadFrame("hop-truncated")
        hops = [Hop(*struct.unpack(">I6s", b[at : at + 10])) for at in range(hops_at, body_at, 10)]
        if ptr > n or (kind == DATA and ptr == n):
            raise BadFrame("hop-pointer", f"{ptr} of {n}")
        frame = cls(kind, src_id, dst_id, channel=channel, auth=auth, hops=hops, ptr=ptr, length=length)
        if kind == DATA:
            if len(b) - body_at < 4:
                raise BadFrame("payload-short")
            frame.src_port, frame.dst_port = struct.unpack(">HH", b[body_at : body_at + 4])
            frame.payload = b[body_at + 4 :]
        else:
            frame.tlvs = _tlvs_unpack(kind, b[body_at:])
        return frame

    def __str__(self):
        out = [f"{self.type_name} {text(self.eth_src)} > {text(self.eth_dst)}"]
        if self.vlan is not None:
            out.append(f"vid {self.vid}")
        out.append(f"ids {text(self.src_id)} > {text(self.dst_id)} channel {self.channel}")
        out.append(f"hops {self.hops} ptr {self.ptr}")
        if self.type == DATA:
            out.append(f"ports {self.src_port} > {self.dst_port} payload {self.payload.hex()}")
        else:
            out.append(" ".join(str(Route.unpack(t.value)) if t.tag == TAG_ROUTE else str(t) for t in self.tlvs))
        return " | ".join(out)


def _tlvs_unpack(kind, b):
    own = {TAG_NONCE: 8, TAG_NONCE_ECHO: 8, TAG_COUNTER_MIN: 8} if kind in (SEQ_ERR, HELLO) else {}
    lengths = {TAG_IDENTITY: None, TAG_VERSION: 4, TAG_BOARD: None, **own}
    n_routes_wanted = {DISCOVER: 1, DISCOVER_RESP: 2, SEQ_ERR: 0, HELLO: 1}[kind]
    tlvs = []
    at = 0
    while at < len(b):
        if at + 2 > len(b) or at + 2 + b[at + 1] > len(b):
            raise BadFrame("tlv-truncated")
        tlv = Tlv(b[at], b[at + 2 : at + 2 + b[at + 1]])
        if tlv.tag == TAG_ROUTE and len(tlv.value) != 34:
            raise BadFrame("route-length", str(len(tlv.value)))
        if tlv.tag in lengths and any(t.tag == tlv.tag for t in tlvs):
            raise BadFrame("tlv-duplicate", f"tag {tlv.tag:#x}")
        if lengths.get(tlv.tag) not in (None, len(tlv.value)):
            raise BadFrame("tlv-length", f"tag {tlv.tag:#x}")
        tlvs.append(tlv)
        at += 2 + len(tlv.value)
    n_routes = sum(t.tag == TAG_ROUTE for t in tlvs)
    if n_routes != n_routes_wanted:
        raise BadFrame("route-count", str(n_routes))
    return tlvs


def vector(path):
    """The bytes of a tests/vectors/*.hex file."""
    with open(path, encoding="ascii") as f:
        return bytes.fromhex("".join(line.partition("#")[0] for line in f))


def swap_last(frame, in_link_id):
    """What the last node makes of a Data frame that came in on its link: entry[ptr] as the way back."""
    hops = list(frame.hops)
    hops[frame.ptr] = Hop(in_link_id, frame.eth_src)
    return frame.copy(hops=hops)


# --- what an origin learns --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edge:
    """What one DiscoverResp says: a link from parent to child."""

    parent_id: bytes
    parent_out: LinkEnd
    child_id: bytes
    child_in: LinkEnd
    n_forwarders: int

    @property
    def cost(self):
        return self.parent_out.cost + self.child_in.cost

    @property
    def l2mtu(self):
        return min(self.parent_out.l2mtu, self.child_in.l2mtu)

    @property
    def hop(self):
        """The Data hop entry that crosses this edge from parent to child."""
        return Hop(self.parent_out.link_id, self.child_in.mac)


def edge(resp):
    parent, child = resp.routes
    return Edge(parent.id, parent.out_end, child.id, child.in_end, len(resp.hops))


@dataclass(frozen=True)
class Found:
    cost: int
    l2mtu: int
    path: tuple  # Data hop entries from the origin


def topology(origin_id, edges):
    """{id: Found} of least cost over the described edges, and of those the fewest links. The origin is not in it."""
    best = {origin_id: Found(0, 0xFFFF, ())}
    for _ in range(len(edges) + 1):
        is_settled = True
        for e in edges:
            parent = best.get(e.parent_id)
            if parent is None or e.child_id == origin_id or (e.n_forwarders == 0) != (e.parent_id == origin_id):
                continue
            new = Found(parent.cost + e.cost, min(parent.l2mtu, e.l2mtu), parent.path + (e.hop,))
            old = best.get(e.child_id)
            if old is None or (new.cost, len(new.path)) < (old.cost, len(old.path)):
                best[e.child_id] = new
                is_settled = False
        if is_settled:
            break
    del best[origin_id]
    return best


# --- a node -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Port:
    name: str
    link_id: int
    mac: bytes
    l2mtu: int = 1500
    cost: int = 100
    vlan: object = None  # vid of the frames on it, or None
    data_dst: str = "unicast"  # or "multicast": where DiscoverResp and Data go on Ethernet

    @property
    def end(self):
        return LinkEnd(self.link_id, self.l2mtu, self.cost, self.mac)


@dataclass
class Forward:
    """Send frame out of port."""

    port: Port
    frame: Frame


@dataclass
class Deliver:
    """The frame is for this node. Of Data: entry[ptr] is already swapped, so reversing gives the way back."""

    frame: Frame


@dataclass
class Drop:
    why: str


class Node:
    """What a node must send for what it received. Keeps no state between calls: duplicates (flood-hold),
    rate limits and filters are up to the test."""

    def __init__(
        self,
        node_id,
        ports,
        identity=b"",
        version=b"\0\x01f\0",
        board=b"",
        hop_limit=32,
        answer_style="unwind",
        channel=0,
    ):
        self.id = mac(node_id)
        self.ports = list(ports)
        self.identity, self.version, self.board = identity, version, board
        self.hop_limit = hop_limit
        self.answer_style = answer_style
        self.channel = channel
        if len({p.link_id for p in self.ports}) != len(self.ports) or any(p.link_id == 0 for p in self.ports):
            raise ValueError("link ids of a node are unique and not 0")

    # -- helpers

    def port(self, name):
        return next(p for p in self.ports if p.name == name)

    def port_of_link(self, link_id):
        return next((p for p in self.ports if p.link_id == link_id), None)

    def _has_mac(self, address):
        return any(p.mac == address for p in self.ports)

    def _dressed(self, frame, port, next_mac, **changes):
        """The frame as it leaves port for next_mac. Signing is no part of this model: auth is zero."""
        dst = next_mac if port.data_dst == "unicast" else GROUP_MAC
        return frame.copy(eth_dst=dst, eth_src=port.mac, vlan=port.vlan, auth=UNSIGNED, **changes)

    def check(self, frame, port):
        """Why the frame is dropped whatever its type, or None."""
        if self._has_mac(frame.eth_src):
            return "own-source"
        if not is_station(frame.eth_src):
            return "source-not-unicast"
        if frame.channel != self.channel:
            return "other-channel"
        if frame.eth_dst not in (GROUP_MAC, port.mac):
            return "not-for-us"
        return None

    # -- Discover

    def discover(self, port):
        """The Discover that this node sends out of port as an origin."""
        route = Route(self.id, LinkEnd(), port.end)
        frame = Frame(DISCOVER, self.id, ALL_IDS, channel=self.channel, tlvs=[route_tlv(route)])
        return self._dressed(frame, port, GROUP_MAC)

    def is_looped(self, frame):
        return frame.src_id == self.id or any(self._has_mac(h.mac) for h in frame.hops)

    def refloods(self, frame, port):
        """{port name: the copy that leaves there} for a Discover that came in on port; empty for a drop.
        A frame at the hop limit is answered but goes no further."""
        if self.check(frame, port) or self.is_looped(frame) or len(frame.hops) + 1 > self.hop_limit:
            return {}
        hops = frame.hops + [Hop(port.link_id, frame.eth_src)]
        out = {}
        for egress in self.ports:
            if egress is port:
                continue
            route = route_tlv(Route(self.id, port.end, egress.end))
            tlvs = [route if t.tag == TAG_ROUTE else t for t in frame.tlvs]
            out[egress.name] = self._dressed(frame, egress, GROUP_MAC, hops=list(hops), ptr=len(hops), tlvs=tlvs)
        return out

    def answer(self, frame, port):
        """The DiscoverResp to a Discover that came in on port, or None for a drop."""
        if self.check(frame, port) or self.is_looped(frame):
            return None
        swaps = self.answer_style == "swap"
        tlvs = [
            next(t for t in frame.tlvs if t.tag == TAG_ROUTE),
            route_tlv(Route(self.id, port.end, LinkEnd())),
            *node_tlvs(self.identity, self.version, self.board),
        ]
        resp = Frame(
            DISCOVER_RESP,
            frame.src_id,
            self.id,
            channel=frame.channel,
            hops=list(reversed(frame.hops)) if swaps else list(frame.hops),
            ptr=0 if swaps else frame.ptr,
            tlvs=tlvs,
        )
        return self._dressed(resp, port, frame.eth_src)

    # -- DiscoverResp

    def unwind(self, frame):
        """One step home: entry[ptr-1] = {own port, next MAC}, left as it is; ptr-1. None without such a port."""
        if frame.ptr == 0:
            return None
        hop = frame.hops[frame.ptr - 1]
        egress = self.port_of_link(hop.link_id)
        if egress is None:
            return None
        return Forward(egress, self._dressed(frame, egress, hop.mac, ptr=frame.ptr - 1))

    def swap(self, frame, port):
        """One step in the other reading: entry[ptr] = {own port, next MAC}, overwritten with the way back; ptr+1."""
        if frame.ptr >= len(frame.hops):
            return None
        hop = frame.hops[frame.ptr]
        egress = self.port_of_link(hop.link_id)
        if egress is None:
            return None
        hops = list(frame.hops)
        hops[frame.ptr] = Hop(port.link_id, frame.eth_src)
        return Forward(egress, self._dressed(frame, egress, hop.mac, hops=hops, ptr=frame.ptr + 1))

    def resp_step(self, frame, port, heard):
        """A DiscoverResp that came in on port. heard: set of (port name, MAC) of neighbors heard there.
        The reading that names one of our links and a neighbor heard on it; both or ambiguous: unwind."""
        why = self.check(frame, port)
        if why:
            return Drop(why)
        if frame.discoverer_id == self.id:
            return Deliver(frame)
        if frame.eth_dst == GROUP_MAC and not self._resp_names(frame, port):
            return Drop("hop-not-us")
        back = frame.hops[frame.ptr - 1].mac if frame.ptr > 0 else None
        step = self.unwind(frame)
        if step and (step.port.name, back) in heard:
            return step
        if frame.eth_dst == GROUP_MAC and frame.ptr > 0:
            return Drop("resp-no-way")  # the swap reading names no receiver once entries are overwritten
        step = self.swap(frame, port)
        if step and (step.port.name, frame.hops[frame.ptr].mac) in heard:
            return step
        return Drop("resp-no-way")

    @staticmethod
    def _resp_names(frame, port):
        """Is a DiscoverResp to the group address for this port? The responder's own transmission is for the
        port that its Discover came from, a forwarder's for the MAC in the entry that it has just used."""
        if frame.ptr in (0, len(frame.hops)):
            return frame.routes[0].out_end.mac == port.mac
        return frame.hops[frame.ptr].mac == port.mac

    # -- Data

    def data_step(self, frame, port):
        """Forward, Deliver or Drop for a Data frame that came in on port."""
        why = self.check(frame, port)
        if why:
            return Drop(why)
        if frame.hops[frame.ptr].mac != port.mac:
            return Drop("hop-not-us")
        swapped = swap_last(frame, port.link_id)
        if frame.ptr == len(frame.hops) - 1:
            return Deliver(swapped) if frame.dst_id == self.id else Drop("dst-not-us")
        following = swapped.hops[frame.ptr + 1]
        egress = self.port_of_link(following.link_id)
        if egress is None:
            return Drop("dead-label")
        return Forward(egress, self._dressed(swapped, egress, following.mac, ptr=frame.ptr + 1))

    def data(self, path, dst_id, src_port, dst_port, payload):
        """A Data frame of our own along path (Data hop entries from us on): Forward."""
        egress = self.port_of_link(path[0].link_id)
        if egress is None:
            raise ValueError(f"link id {path[0].link_id} is none of ours")
        frame = Frame(
            DATA,
            self.id,
            mac(dst_id),
            channel=self.channel,
            hops=list(path),
            src_port=src_port,
            dst_port=dst_port,
            payload=payload,
        )
        return Forward(egress, self._dressed(frame, egress, path[0].mac))

    def reply(self, delivered, payload):
        """The answer to a Data frame that data_step() delivered, with the ports swapped: Forward."""
        path = list(reversed(delivered.hops))
        return self.data(path, delivered.src_id, delivered.dst_port, delivered.src_port, payload)

    def ping(self, path, dst_id, seq, src_port, size=32):
        return self.data(path, dst_id, src_port, PORT_PING, Ping(seq, size).pack())

    def pong(self, delivered):
        return self.reply(delivered, delivered.payload)

    # -- Hello and SeqErr (section 8)

    def hello(self, port, neighbor_mac, nonce=None, echo=None):
        tlvs = [Tlv(TAG_NONCE, nonce)] if nonce is not None else []
        tlvs += [Tlv(TAG_NONCE_ECHO, echo)] if echo is not None else []
        tlvs.append(route_tlv(Route(self.id, LinkEnd(), port.end)))
        tlvs += node_tlvs(self.identity, self.version, self.board)
        frame = Frame(HELLO, self.id, ALL_IDS, channel=self.channel, tlvs=tlvs)
        return frame.copy(eth_dst=mac(neighbor_mac), eth_src=port.mac, vlan=port.vlan)

    def seq_err(self, port, neighbor_mac, counter_min):
        tlvs = [Tlv(TAG_COUNTER_MIN, struct.pack(">Q", counter_min))]
        frame = Frame(SEQ_ERR, self.id, ALL_IDS, channel=self.channel, tlvs=tlvs)
        return frame.copy(eth_dst=mac(neighbor_mac), eth_src=port.mac, vlan=port.vlan)
