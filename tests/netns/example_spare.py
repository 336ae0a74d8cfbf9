# SPDX-License-Identifier: BSD-3-Clause
"""The router and its spare of config/examples: main is killed, and the way over spare is in use within 3 s.

                 +--- eth1  main   eth2 ---+
   desk  eth0 ---+                         +--- eth0  shop       romond stands in for the shop's router
   (master) eth1 +--- eth1  spare  eth2 ---+ eth1
                        (master)
"""
import time

from harness import check, equal, wait

SHOP = "02:00:00:00:00:5e"
WITHIN_S = 3.0


def scenario(net):
    desk_box, main_box, spare_box, shop_box = (net.box(n) for n in ("desk", "main", "spare", "shop"))
    net.wire(desk_box, "eth0", main_box, "eth1")
    net.wire(desk_box, "eth1", spare_box, "eth1")
    net.wire(main_box, "eth2", shop_box, "eth0")
    net.wire(spare_box, "eth2", shop_box, "eth1")
    net.romond(shop_box, "shop", {"romon": {"id": SHOP}, "ports": {"eth0": {"link-id": 1}, "eth1": {"link-id": 2}}})
    main = net.example(main_box, "main", "spare-main.yaml")
    spare = net.example(spare_box, "spare", "spare-standby.yaml")
    desk = net.example(desk_box, "desk", "spare-desk.yaml")

    def way():
        """Identities on the desk's way to the shop."""
        name = {r["address"]: r["identity"] for r in desk.ask("nodes")["rows"]}
        for r in desk.ask("nodes")["rows"]:
            if r["address"] == SHOP and r["reachable"]:
                return [name.get(a) for a in r["path"]]
        return None

    def takes(wanted, since, what, within):
        wait(lambda: way() == wanted, what)
        took = time.monotonic() - since
        print(f"{what}: {took:.2f} s")
        check(took <= within, f"{what} took {took:.2f} s, not {within:g}")
        equal(desk.ctl("ping", "shop", "--count", "3", "--interval", "50ms", "--timeout", "300ms")[-1]["received"], 3,
              f"pings of the shop: {what}")

    start = time.monotonic()
    takes(["main", "shop"], start, "the way over main is found", 15)
    wait(lambda: {r["identity"] for r in spare.ask("nodes")["rows"]} == {"main", "desk", "shop"},
         "the spare knows everybody, should it be needed")
    equal({r["identity"]: r["cost"] for r in desk.ask("nodes")["rows"]}, {"main": 20, "spare": 200, "shop": 130}, "costs")

    start = time.monotonic()
    main.kill()
    takes(["spare", "shop"], start, "main is killed, the spare takes over", WITHIN_S)
    wait(lambda: {r["identity"]: r["status"] for r in desk.ask("nodes")["rows"]}["main"] == "down", "main is seen as down")
    wait(lambda: any(e["type"] == "node-down" and e["identity"] == "main" for e in desk.ask("events")["rows"]),
         "an event tells that main is down")

    def explained():  # the spare may have heard main a moment longer than the desk, and report it late
        answer = desk.why("main")[0]
        return answer["findings"][0]["level"] == "error" and answer["node"]["status"] == "down"
    wait(explained, "why says that main is down")

    main.start()
    start = time.monotonic()
    takes(["main", "shop"], start, "main is back", WITHIN_S)
