# SPDX-License-Identifier: BSD-3-Clause
"""The home with a range extender of config/examples: the master sees through the extender, which relays every frame
untouched.

    home-main eth1 --- eth0 extender eth1 --- ether1 attic        romond stands in for the router in the attic
       tester      --- eth0 extender eth1 --- tester              the same file once more, between two ends
"""
import random

from harness import GROUP, equal, mac, vectors, wait

ETHERTYPE = b"\x88\xbf"


def scenario(net):
    main_box, extender_box, attic_box, bench = (net.box(n) for n in ("home-main", "extender", "attic", "bench"))
    net.wire(main_box, "eth1", extender_box, "eth0")
    net.wire(extender_box, "eth1", attic_box, "ether1")
    attic = net.romond(attic_box, "attic", {"romon": {"id": "02:00:00:00:00:a1"}, "ports": {"ether1": {"link-id": 1}}})
    net.example(extender_box, "extender", "home-extender.yaml")
    master = net.example(main_box, "home-main", "home-main.yaml")

    rows = wait(lambda: [r for r in master.ask("nodes")["rows"] if r["status"] == "ok"], "the master finds the attic")
    equal([(r["identity"], r["hops"], r["cost"], r["path"]) for r in rows],
          [("attic", 1, 200, ["02:00:00:00:00:a1"])], "nodes: the extender is none of them")
    equal([r["identity"] for r in master.ctl("discover", "--once")], ["attic"], "answers")
    equal(master.ctl("ping", "attic", "--count", "5", "--interval", "50ms")[-1]["received"], 5, "pings of the attic")
    neighbors = {r["mac-address"] for r in master.ctl("neighbors")}
    equal(neighbors, {attic.port("ether1")["mac"]}, "neighbors of the master: the extender has no address of its own")

    # every frame byte for byte, both ways: captured ones, signed ones, and such as no parser takes
    a, b = net.end(bench, "eth0"), net.end(bench, "eth1")
    again = net.example(bench, "bench", "home-extender.yaml")
    rng = random.Random(17)
    frames = list(vectors().values())
    for _ in range(40):  # fewer than storm-limit lets pass at once
        frames.append(GROUP + mac("02:00:00:00:0a:01") + ETHERTYPE + rng.randbytes(rng.randrange(46, 1500)))
        signed = bytearray(vectors()["discover-origin"])
        signed[18:42] = rng.randbytes(24)
        frames.append(bytes(signed))
    for near, far, source in ((a, b, "02:00:00:00:0a:01"), (b, a, "02:00:00:00:0b:01")):
        for frame in frames:
            frame = GROUP + mac(source) + frame[12:]
            near.send(frame)
            equal(far.recv(), frame, "a relayed frame")
    equal(again.drops(), {}, "drops of the extender between the two ends")
    again.balanced(rx=2 * len(frames))
