# SPDX-License-Identifier: BSD-3-Clause
"""Data crosses two nodes and comes back, hop lists as in the real capture; what cannot go on is named.

           +---- one -----+            +---- two -----+
    end a -+ eth0    eth1 +------------+ eth0    eth1 +- end b
           | 27        6  |            | 9        41  |       (link ids)
           +--------------+            +--------------+

The addresses and link ids are those of the captured ping (tests/vectors/data-ping.hex, data-pong.hex): the ping goes
into a as it was captured at its origin, and what comes out of a for the answer is the captured answer, byte for byte.
"""
import romon
from harness import equal, mac, model_of, vectors, workers

VARIANTS = {
    "af-xdp": {"driver": "af-xdp"},
    "af-packet": {"driver": "af-packet"},
    "two-workers": {"driver": "auto", "n_workers": 2},
    "dispatch": {"driver": "auto", "n_workers": 2, "dispatch": "neighbor"},
}


def scenario(net, driver, n_workers=1, dispatch="none"):
    ping = romon.Frame.unpack(vectors()["data-ping"])
    pong = romon.Frame.unpack(vectors()["data-pong"])
    out_one, out_two = ping.hops[1].link_id, ping.hops[2].link_id
    back_one = pong.hops[2].link_id
    one, two = net.box("one"), net.box("two")
    a = net.end(one, "eth0", mac_address=romon.text(ping.hops[0].mac))
    net.wire(one, "eth1", two, "eth0", mac_b=romon.text(ping.hops[1].mac))
    b = net.end(two, "eth1")

    def port(device, link_id, **more):
        return {"device": device, "driver": driver, "link-id": link_id, "dispatch": dispatch, **more}

    # the captured frames carry the group address: reconstructed so, hence data-dst where they are compared
    node_one = net.romond(one, "one", {"romon": {"id": "02:00:00:00:00:01"}, "ports": {
        "west": port("eth0", back_one, **{"data-dst": "multicast"}), "east": port("eth1", out_one)}, **workers(n_workers)})
    node_two = net.romond(two, "two", {"romon": {"id": "02:00:00:00:00:02"}, "ports": {
        "west": port("eth0", 9), "east": port("eth1", out_two)}, **workers(n_workers)})
    m1, m2 = model_of(node_one), model_of(node_two)
    target_port = romon.Port("t", 5, ping.hops[2].mac)
    target = romon.Node(ping.dst_id, [target_port])
    n = [0, 0]

    def over(frame):
        """frame goes into a; what the model makes of it comes out of b."""
        s1 = m1.data_step(frame, m1.port("west"))
        s2 = m2.data_step(s1.frame, m2.port("west"))
        equal((s1.port.name, s2.port.name), ("east", "east"), "the model's way")
        a.send(frame.pack())
        n[0] += 1
        n[1] += 1
        equal(b.recv().hex(), s2.frame.pack().hex(), "what arrives at b")
        return s2.frame

    def back(frame):
        s2 = m2.data_step(frame, m2.port("east"))
        s1 = m1.data_step(s2.frame, m1.port("east"))
        b.send(frame.pack())
        n[0] += 1
        n[1] += 1
        got = a.recv()
        equal(got.hex(), s1.frame.pack().hex(), "what arrives at a")
        return got

    arrived = over(ping)
    answer = target.pong(target.data_step(arrived, target_port).frame).frame
    equal(back(answer).hex(), vectors()["data-pong"].hex(), "the answer on its last link, as captured")
    over(romon.Frame.unpack(vectors()["data-ssh-syn"]))
    # every length from no payload to a full frame
    for size in (0, 1, 2, 100, 1000, 1514 - 94):
        f = ping.copy(payload=bytes(i & 0xFF for i in range(size)))
        back(target.pong(target.data_step(over(f), target_port).frame).frame)
    # one path, a thousand times: no state is kept, none is worn out
    for i in range(1000):
        over(ping.copy(payload=romon.Ping(i).pack()))

    # padding is not carried on as payload
    short = ping.copy(payload=b"")
    a.send(short.pack() + b"\0" * 7)
    n[0] += 1
    n[1] += 1
    s2 = m2.data_step(m1.data_step(short, m1.port("west")).frame, m2.port("west"))
    equal(b.recv().rstrip(b"\0").hex(), s2.frame.pack().rstrip(b"\0").hex(), "a padded frame at b")

    # what cannot go on has a name
    hops = ping.hops
    bad = {
        "hop-not-us": ping.copy(hops=[romon.Hop(6, mac("02:00:00:00:00:99")), *hops[1:]]),
        "link-unknown": ping.copy(hops=[hops[0], romon.Hop(4711, hops[1].mac), hops[2]]),
        "not-for-us": ping.copy(hops=hops[:1]),
        "hop-pointer": ping.copy(ptr=3),
        "payload-short": ping.pack()[:16] + (14 + 46 + 30 + 2).to_bytes(2, "big") + ping.pack()[18:],
    }
    for f in bad.values():
        a.send(f if isinstance(f, bytes) else f.pack())
        n[0] += 1
    over(ping)
    equal(node_one.drops(), {name: 1 for name in bad}, "drops of one")
    equal(node_two.drops(), {}, "drops of two")
    s1, s2 = node_one.balanced(rx=n[0]), node_two.balanced(rx=n[1])
    equal((s1["forwarded"], s2["forwarded"]), (n[1], n[1]), "forwarded by one and two")
    equal((a.pending(), b.pending()), ([], []), "frames left over")
    # whom they heard
    rows = node_one.ctl("neighbors")
    equal(sorted((r["port"], r["mac-address"]) for r in rows),
          sorted([("west", romon.text(ping.eth_src)), ("east", romon.text(m2.port("west").mac))]), "neighbors of one")
