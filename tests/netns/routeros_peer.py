# SPDX-License-Identifier: BSD-3-Clause
"""A peer that is not us: routers modelled in scapy from docs/protocol.md alone find romond, are found, ping and are pinged.

    DuneGW ---- a  n1  b ---- a  n2  b ---- Far          n1: a master, n2: an agent
    (scapy)        romond        romond     (scapy)
"""
import subprocess
import threading

import romon
from harness import ROMONCTL, Skip, check, equal, vectors, wait

IDS = {"n1": "02:00:00:00:00:01", "n2": "02:00:00:00:00:02"}


class Peer(threading.Thread):
    """A router at an end: answers Discovers and pings, keeps what else it hears."""

    def __init__(self, end, router):
        super().__init__(daemon=True)
        self.end, self.router, self.silent, self.heard = end, router, False, []
        end.only_romon()
        self.start()

    def run(self):
        while True:
            raw = self.end.recv(60)
            if raw is None or self.silent:
                continue
            reply = self.router.answer(raw) if raw[14] == romon.DISCOVER else self.router.pong(raw)
            if reply is None:
                self.heard.append(raw)
            else:
                self.end.send(reply)

    def answers(self, scapy_romon):
        """id of who answered our last Discover -> (frame, parent's Route, its own Route, other TLVs)."""
        out = {}
        for raw in list(self.heard):
            frame = scapy_romon.Ether(raw)
            if frame[scapy_romon.Romon].type != scapy_romon.RESP:
                continue
            tlvs = scapy_romon.tlvs(scapy_romon.frame_body(frame))
            routes = [scapy_romon.Route(t.value) for t in tlvs if t.tag == 1]
            out[routes[1].id] = (frame, routes[0], routes[1], {t.tag: bytes(t.value) for t in tlvs if t.tag != 1})
        return out


def is_the_captured_answer(s):
    """The model itself: it answers the Discover behind discover-reply.hex with the bytes of that file."""
    router = s.Router("18:fd:74:73:c5:3a", "18:fd:74:73:c5:3a", 12, 0x638, 100, b"DuneGW", b"\x07\x0d\x66\x00", b"RB750Gr3")
    asker = s.Router("aa:bb:cc:dd:ee:ff", "d4:ca:6d:dd:8c:be", 0x0A, 0x63E, 100, b"", b"", b"")
    equal(router.answer(asker.discover())[12:].hex(), vectors()["discover-reply"][12:].hex(), "the model's answer")


def route_of(s, node, node_id, port):
    """A romond's in-end, as the model expects it."""
    p = node.port(port)
    return s.Route(id=node_id, inward=s.LinkEnd(link=p["link-id"], l2mtu=p["l2mtu"], cost=p["cost"], mac=p["mac"]))


def scenario(net):
    try:
        import scapy_romon as s
    except ImportError as e:
        raise Skip(f"python3-scapy is not installed: run scripts/install-deps ({e})") from e
    is_the_captured_answer(s)
    boxes = {n: net.box(n) for n in IDS}
    west, east = net.end(boxes["n1"], "if-a"), net.end(boxes["n2"], "if-b2")
    net.wire(boxes["n1"], "if-b", boxes["n2"], "if-a2")
    n1 = net.romond(boxes["n1"], "n1", {"romon": {"id": IDS["n1"], "role": "master", "master-id": "noc"}, "discovery": {"interval": "1s"},
                                        "ports": {"a": {"device": "if-a"}, "b": {"device": "if-b", "cost": 10}}})
    n2 = net.romond(boxes["n2"], "n2", {"romon": {"id": IDS["n2"]},
                                        "ports": {"a": {"device": "if-a2", "cost": 10}, "b": {"device": "if-b2"}}})
    dune = Peer(west, s.Router("18:fd:74:73:c5:3a", "18:fd:74:73:c5:3b", 12, 1592, 100, b"DuneGW", b"\x07\x0d\x66\x00", b"RB750Gr3"))
    far = Peer(east, s.Router("18:fd:74:00:00:0f", "18:fd:74:00:00:10", 77, 1592, 100, b"Far", b"\x07\x0d\x66\x00", b"RB750Gr3"))

    # they are found
    def rows():
        return {r["identity"]: r for r in n1.ctl("nodes")}
    wait(lambda: {"DuneGW", "n2", "Far"} <= set(rows()), "n1 finds all")
    got = rows()["DuneGW"]
    equal({k: got[k] for k in ("address", "identity", "version", "board", "cost", "hops", "path", "l2mtu", "status")},
          {"address": "18:fd:74:73:c5:3a", "identity": "DuneGW", "version": "7.13", "board": "RB750Gr3", "cost": 200, "hops": 1,
           "path": ["18:fd:74:73:c5:3a"], "l2mtu": 1500, "status": "ok"}, "DuneGW")
    equal((rows()["Far"]["cost"], rows()["Far"]["path"]), (220, [IDS["n2"], "18:fd:74:00:00:0f"]), "Far")

    # they find us: every field of our answers
    west.send(dune.router.discover())
    wait(lambda: set(IDS.values()) | {far.router.id} <= set(dune.answers(s)), "DuneGW hears all answers")
    answers = dune.answers(s)
    theirs = s.Route(id=dune.router.id, outward=dune.router.end)
    frame, first, second, others = answers[IDS["n1"]]
    r = frame[s.Romon]
    equal((frame.dst, frame.src, r.channel, r.auth, r.src, r.dst, r.n, r.ptr), (dune.router.mac, n1.port("a")["mac"], 0, bytes(24), dune.router.id,
          IDS["n1"], 0, 0), "our answer's header")
    equal((bytes(first), bytes(second)), (bytes(theirs), bytes(route_of(s, n1, IDS["n1"], "a"))), "our answer's Routes")
    equal(others, {3: b"n1", 4: b"\x00\x01\x66\x00", 5: others[5], 0x83: b"noc"}, "our answer's other TLVs")
    check(others[5].startswith(b"romond "), f"our board: {others[5]}")
    frame, first, second, others = answers[IDS["n2"]]
    r = frame[s.Romon]
    equal((r.n, r.ptr, r.hops[0].link, r.hops[0].mac), (1, 0, n1.port("a")["link-id"], dune.router.mac), "n2's answer, unwound by n1")
    equal(bytes(second), bytes(route_of(s, n2, IDS["n2"], "a")), "n2's Route")
    equal(bytes(first.outward), bytes(route_of(s, n1, IDS["n1"], "b").inward), "n1's side of that link")
    equal(set(others), {3, 4, 5}, "TLVs of an agent")

    # we ping them
    for name in ("DuneGW", "Far"):
        pings = n1.ctl("ping", name, "-c", "3", "-i", "20ms")
        check([p["status"] for p in pings[:-1]] == ["ok"] * 3 and all(p["rtt-us"] > 0 for p in pings[:-1]), f"pings: {pings}")
        equal((pings[-1]["sent"], pings[-1]["received"], pings[-1]["packet-loss"]), (3, 3, 0), "the summary")
    dune.silent = True
    lost = n1.ctl("ping", "DuneGW", "-c", "2", "-i", "20ms", "--timeout", "300ms", exit_code=1)
    equal([(p["status"], p["rtt-us"]) for p in lost[:-1]], [("timeout", None)] * 2, "pings to a silent router")
    equal((lost[-1]["packet-loss"], lost[-1]["min-rtt-us"]), (100, None), "the summary of lost pings")
    dune.silent = False

    # they ping us, and each other through us: the captured pong is the ping with ports swapped and the list reversed
    payload = bytes(range(32))
    parents = {IDS["n1"]: None, IDS["n2"]: IDS["n1"], far.router.id: IDS["n2"]}
    hops = []
    for node_id in parents:
        _, first, second, _ = answers[node_id]
        hops.append(s.Hop(link=first.outward.link, mac=second.inward.mac))
        dune.heard.clear()
        west.send(dune.router.data(node_id, hops, 6276, s.PING, payload))
        wait(lambda: [raw for raw in dune.heard if raw[14] == romon.DATA], f"the pong of {node_id}")
        raw = next(raw for raw in dune.heard if raw[14] == romon.DATA)
        frame, back, src_port, dst_port, echoed = dune.router.taken(raw)
        equal((frame[s.Romon].src, src_port, dst_port, echoed), (node_id, s.PING, 6276, payload), f"the pong of {node_id}")
        equal([(h.link, h.mac) for h in back], [(h.link, h.mac) for h in hops], f"the way that the pong of {node_id} tells")
        equal(len(raw), 14 + 46 + 10 * len(hops) + 4 + 32, "its length")
    text = subprocess.run([ROMONCTL, "-s", n1.socket_path, "topology"], capture_output=True, text=True, check=True).stdout
    check("DuneGW" in text and "Far" in text, text)
