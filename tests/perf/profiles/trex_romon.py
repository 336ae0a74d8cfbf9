# SPDX-License-Identifier: BSD-3-Clause
"""The work of node-data.yaml and relay-flood.yaml for TRex: an STL profile (docs/romon-gen.md).

    trex> start -f trex_romon.py -p 0 -m 1mpps -t --work data,--peer-mac 02:00:00:00:aa:01,--link-id 9

TRex is no package of Debian and was not run here; tests/perf/test_trex_romon.py holds the frames against the Python
model of the protocol and against the two profiles.
"""
import argparse
import struct

ETHERTYPE = 0x88BF
GROUP = "01:80:c2:00:88:bf"
MADE_UP_LINK = 0x1000
NEIGHBOR_AT = 8  # of its number: the last four bytes of the Ethernet source


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def made(kind, port, number):
    """Addresses as romon-gen makes them (gen_frames.h)."""
    return bytes((2, kind + port)) + struct.pack("!I", number)


def header(kind, dst, dst_id, hops, ptr, body):
    """A frame: Ethernet, the common header, the hop list, and what follows."""
    pad = b"" if kind == 3 else b"\0\0"
    rest = bytes((len(hops), ptr)) + bytes(4) + pad + b"".join(struct.pack("!I", i) + m for i, m in hops) + body
    length = 14 + 40 + len(rest)
    return (dst + made(0x60, 0, 0) + struct.pack("!HBBH", ETHERTYPE, kind, 0, length) + bytes(24) + made(0xA0, 0, 0)
            + dst_id + rest)


def data(peer_mac, link_id, size=126):
    """Data over three links; the node's port is the end of the first, link_id the way to the second."""
    hops = [(MADE_UP_LINK, mac(peer_mac)), (link_id, made(0x60, 1, 0)), (MADE_UP_LINK + 2, made(0xE0, 0, 2))]
    body = struct.pack("!HH", 0x4E47, 1)
    bare = len(header(3, bytes(6), bytes(6), hops, 0, body))
    return header(3, mac(peer_mac), made(0xE0, 0, 0xFFFFFFFF), hops, 0, body + bytes(size - bare))


def discover(size=126):
    """A Discover as its origin sends it; a TLV that nobody knows makes it longer."""
    slot = struct.pack("!IHH", MADE_UP_LINK + 1, 1500, 100) + made(0x60, 0, 0)
    route = bytes((1, 34)) + made(0xA0, 0, 0) + bytes(14) + slot
    bare = len(header(1, bytes(6), bytes(6), [], 0, route)) + 2
    return header(1, mac(GROUP), b"\xff" * 6, [], 0, route + bytes((0xF0, size - bare)) + bytes(size - bare))


class Romon:
    """What TRex loads."""

    @staticmethod
    def get_streams(tunables=(), **_):
        from trex_stl_lib.api import (STLFlowLatencyStats, STLPktBuilder, STLScVmRaw, STLStream, STLTXCont, STLVmFlowVar,
                                      STLVmWrFlowVar)
        p = argparse.ArgumentParser()
        p.add_argument("--work", choices=("data", "flood"), default="data")
        p.add_argument("--peer-mac", default="02:00:00:00:00:01")
        p.add_argument("--link-id", type=int, default=2)
        p.add_argument("--size", type=int, default=126)
        p.add_argument("--neighbors", type=int, default=100)
        args = p.parse_args(tunables)
        frame = data(args.peer_mac, args.link_id, args.size) if args.work == "data" else discover(args.size)
        vm = STLScVmRaw([STLVmFlowVar(name="neighbor", min_value=0, max_value=args.neighbors - 1, size=4, op="inc"),
                         STLVmWrFlowVar(fv_name="neighbor", pkt_offset=NEIGHBOR_AT)])
        load = STLStream(packet=STLPktBuilder(pkt_buffer=frame, vm=vm), mode=STLTXCont(percentage=100))
        probe = STLStream(packet=STLPktBuilder(pkt_buffer=frame), mode=STLTXCont(pps=1000),
                          flow_stats=STLFlowLatencyStats(pg_id=88))
        return [load, probe]


def register():
    return Romon()
