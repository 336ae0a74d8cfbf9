# SPDX-License-Identifier: BSD-3-Clause
"""The two-storey office of config/examples: the server room finds every router on both floors and pings them.

                 server-room  (master, node)
                eth1 |      | eth2
              +------+      +------+
              | eth0               | eth0
         floor-1  (node)      floor-2  (relay)
              | eth1          eth1 |  | eth2
            ap-1              ap-east  ap-west      romond stands in for the access points
"""
from harness import check, equal, wait


def scenario(net):
    names = ("server-room", "floor-1", "floor-2", "ap-1", "ap-east", "ap-west")
    box = {n: net.box(n) for n in names}
    net.wire(box["server-room"], "eth1", box["floor-1"], "eth0")
    net.wire(box["server-room"], "eth2", box["floor-2"], "eth0")
    net.wire(box["floor-1"], "eth1", box["ap-1"], "ether1")
    net.wire(box["floor-2"], "eth1", box["ap-east"], "ether1")
    net.wire(box["floor-2"], "eth2", box["ap-west"], "ether1")
    for i, n in enumerate(("ap-1", "ap-east", "ap-west")):
        net.romond(box[n], n, {"romon": {"id": f"02:00:00:00:00:a{i}"}, "ports": {"ether1": {"link-id": 1}}})
    relay = net.example(box["floor-2"], "floor-2", "office-floor-2.yaml")
    floor_1 = net.example(box["floor-1"], "floor-1", "office-floor-1.yaml")
    master = net.example(box["server-room"], "server-room", "office-server-room.yaml")

    # the master asks by itself; nobody has to
    wanted = {"floor-1": (1, ["floor-1"]), "ap-1": (2, ["floor-1", "ap-1"]), "ap-east": (1, ["ap-east"]),
              "ap-west": (1, ["ap-west"])}

    def found():
        rows = master.ask("nodes")["rows"]
        name = {r["address"]: r["identity"] for r in rows}
        return {r["identity"]: (r["hops"], [name.get(a) for a in r["path"]]) for r in rows
                if r["status"] == "ok"} == wanted

    wait(found, "the master finds all routers of both floors")
    cost = {r["identity"]: r["cost"] for r in master.ctl("discover", "--once")}
    equal(cost, {"floor-1": 20, "ap-1": 220, "ap-east": 110, "ap-west": 110}, "costs")
    for n in wanted:
        equal(master.ctl("ping", n, "--count", "3", "--interval", "50ms")[-1]["received"], 3, f"pings of {n}")
    check("ap-west" in master.ctl_text("topology"), "the topology shows ap-west")

    # the relay is invisible: no node of its own, nothing but RoMON, nothing refused
    equal(relay.ask("nodes")["rows"], [], "nodes that the relay knows")
    check(relay.ask("status")["forwarded"] > 0, "the relay has relayed")
    equal(relay.drops(), {}, "drops of the relay")

    # an access point is unplugged: why says where the way ends
    floor_1_id = next(r["address"] for r in master.ask("nodes")["rows"] if r["identity"] == "floor-1")
    next(n for n in net.nodes if n.name == "ap-1").stop()

    def silent():
        master.ctl("discover", "--once", "--duration", "5s")
        return master.why("ap-1")[0]["node"]["status"] != "ok"

    wait(silent, "ap-1 is missed")
    equal(master.why("ap-1")[0]["last-good"], floor_1_id, "the last good hop")
    equal(floor_1.ask("status")["role"], "agent", "role of floor-1")
