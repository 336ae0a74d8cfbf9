# SPDX-License-Identifier: BSD-3-Clause
"""A node floods a Discover on as the protocol says, once, and never in a circle.

            +-------- box --------+
    end a --+ eth0   port a       |
    end b --+ eth1   port b       |   romond, a node
    end c --+ eth2   port c       |
            +---------------------+

What must leave b and c comes from tests/common/romon.py, an independent reading of docs/protocol.md.
"""
import time

import romon
from harness import check, equal, mac, model_of, vectors, wait, workers

VARIANTS = {"": {"n_workers": 1}, "two-workers": {"n_workers": 2}}
HOLD_S = 0.7


class Origin:
    """A RoMON router at an end, with a fresh id for each Discover."""

    def __init__(self, address):
        self.mac, self.n = mac(address), 0

    def discover(self, node_id=None, hops=(), **changes):
        self.n += 1
        node_id = node_id or mac("02:d1:5c:00:00:00")[:4] + self.n.to_bytes(2, "big")
        port = romon.Port("x", 77, self.mac, 1500, 10)
        frame = romon.Node(node_id, [port]).discover(port)
        return frame.copy(hops=list(hops), ptr=len(hops), **changes)


def scenario(net, n_workers):
    box = net.box("box")
    ends = {name: net.end(box, f"eth{i}") for i, name in enumerate("abc")}
    romond = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:0a:01", "flood-hold": f"{int(HOLD_S * 1000)}ms"},
        "ports": {n: {"device": f"eth{i}", "link-id": 11 + i, "cost": 100 + i} for i, n in enumerate("abc")},
        **workers(n_workers),
    })
    equal(len({p["worker"] for p in romond.ask("ports")}), n_workers, "workers that have ports")
    model = model_of(romond)
    equal([(p.name, p.link_id, p.cost, p.l2mtu) for p in model.ports],
          [("a", 11, 100, 1500), ("b", 12, 101, 1500), ("c", 13, 102, 1500)], "ports")
    origin, far = Origin("02:00:00:00:0e:01"), Origin("02:00:00:00:0e:02")
    sent = 0

    def send(frame, into="a"):
        nonlocal sent
        ends[into].send(frame if isinstance(frame, bytes) else frame.pack(60))
        sent += 1

    def discovers(name):
        """Discovers that an end hears from now on; answers to ours are another matter."""
        return (f for f in iter(ends[name].recv, None) if f[14] == romon.DISCOVER)

    def floods(frame, into="a"):
        """frame goes in; the model's copies come out of the other ports, and nothing comes before them."""
        wanted = model.refloods(romon.Frame.unpack(frame) if isinstance(frame, bytes) else frame, model.port(into))
        equal(sorted(wanted), sorted(set("abc") - {into}), "ports that the model floods to")
        send(frame, into)
        for name, copy in wanted.items():
            got = next(discovers(name))
            equal(got.hex(), copy.pack().hex(), f"the copy of {frame if isinstance(frame, bytes) else str(frame)} at {name}")

    # real frames, and hop lists of every allowed length
    for name in ("discover-origin", "discover-hop1"):
        floods(vectors()[name])
    for n_hops in (0, 1, 2, 7, 31):
        hops = [romon.Hop(1000 + i, mac("02:00:00:00:00:77")) for i in range(n_hops)]
        floods(origin.discover(hops=hops))
        floods(far.discover(node_id=mac(f"02:00:00:01:00:{n_hops:02x}"), hops=hops), into="b")
    # TLVs beside the Route TLV stay, known or not, before and behind it
    base = origin.discover()
    extra = [romon.Tlv(0x77, b"before"), *base.tlvs, romon.Tlv(romon.TAG_IDENTITY, b"x\xff"), romon.Tlv(0x78, b"")]
    floods(base.copy(tlvs=extra))

    # a further copy within flood-hold stays, whichever port it comes by; after it, it goes. Workers do not share what
    # they hold back: a copy is held by the worker that flooded the first.
    same_worker = [p["name"] for p in romond.ask("ports") if p["worker"] == romond.port("a")["worker"]]
    again = origin.discover()
    start = time.monotonic()
    floods(again)
    for name in same_worker:
        send(again.copy(eth_src=far.mac), into=name)
    floods(origin.discover())
    floods(origin.discover(), into="b")
    floods(origin.discover(), into="c")
    check(time.monotonic() - start < HOLD_S, "this machine is too slow for the flood-hold of this test")
    equal(romond.drops().get("flood-hold"), len(same_worker), "flood-hold")

    def flooded():
        send(again)
        got = ends["b"].recv(0.02)
        return got is not None and got == model.refloods(again, model.port("a"))["b"].pack()

    wait(flooded, "the Discover is flooded again after flood-hold")
    check(time.monotonic() - start >= HOLD_S - 0.01, f"flooded again after {time.monotonic() - start:.3f} s, before flood-hold")
    held = romond.drops()["flood-hold"]
    ends["c"].until(model.refloods(again, model.port("a"))["c"].pack())

    # never in a circle, and only what is for us
    own_mac, own_id = model.port("c").mac, model.id
    bad = {
        "loop-own-mac": origin.discover(hops=[romon.Hop(1, mac("02:00:00:00:00:78")), romon.Hop(2, own_mac)]),
        "loop-own-id": origin.discover(node_id=own_id),
        "src-own": origin.discover().copy(eth_src=own_mac),
        "src-group": origin.discover().copy(eth_src=mac("03:00:00:00:00:01")),
        "dst-other": origin.discover().copy(eth_dst=mac("02:00:00:00:00:79")),
        "channel": origin.discover().copy(channel=3),
        "hop-limit": origin.discover(hops=[romon.Hop(i, mac("02:00:00:00:00:77")) for i in range(32)]),
        "type-unknown": origin.discover().pack()[:14] + b"\x09" + origin.discover().pack()[15:],
        "length-long": origin.discover().pack()[:-1],
        "route-count": origin.discover().copy(tlvs=[]),
    }
    for frame in bad.values():
        send(frame)
    floods(origin.discover())
    floods(origin.discover(), into="b")
    drops = romond.drops()
    equal(drops.pop("flood-hold"), held, "flood-hold")
    equal(drops, {name: 1 for name in bad}, "drops")
    romond.balanced(rx=sent)
    for name in "abc":
        equal([f for f in ends[name].pending() if f[14] == romon.DISCOVER], [], f"Discovers left over at {name}")
