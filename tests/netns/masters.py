# SPDX-License-Identifier: BSD-3-Clause
"""A master learns from another one what it cannot hear itself, and says from whom.

    top ---- mid ---- leaf-1 ---- leaf-2          top: master, hop-limit 1 at mid lets its Discovers go no further
   master   master    agent       agent           mid: master, hears all of them
"""
from harness import check, equal, wait

IDS = {"top": "02:00:00:00:00:01", "mid": "02:00:00:00:00:02", "leaf-1": "02:00:00:00:00:03", "leaf-2": "02:00:00:00:00:04"}


def rows(node):
    return {r["identity"]: r for r in node.ctl("nodes")}


def scenario(net):
    names = list(IDS)
    boxes = {n: net.box(n) for n in names}
    for left, right in zip(names, names[1:]):
        net.wire(boxes[left], "east", boxes[right], "west")
    nodes = {}
    for i, name in enumerate(names):
        is_master = name in ("top", "mid")
        # leaf-1 floods no Discover that passed a node before: top's, which mid flooded on, end there
        nodes[name] = net.romond(boxes[name], name, {
            "romon": {"id": IDS[name], "role": "master" if is_master else "agent", "master-id": f"m-{name}",
                      "hop-limit": 1 if name in ("top", "leaf-1") else 32},
            "discovery": {"interval": "1s"},
            "ports": {p: {"device": p} for p, there in (("west", i > 0), ("east", i < len(names) - 1)) if there},
        })
    top, mid = nodes["top"], nodes["mid"]
    wait(lambda: set(rows(mid)) == {"top", "leaf-1", "leaf-2"}, "mid hears all nodes")
    # mid may tell of leaf-1 before top's own Discover got there: then top hears it itself a round later
    heard = {"mid": None, "leaf-1": None, "leaf-2": IDS["mid"]}
    wait(lambda: {n: r["via-master"] for n, r in rows(top).items()} == heard, "top knows all nodes, leaf-2 by mid alone")
    got = rows(top)
    equal(got["mid"]["master"], "m-mid", "mid is shown as a master")
    equal((got["leaf-2"]["cost"], got["leaf-2"]["hops"]), (rows(mid)["leaf-2"]["cost"], 2), "cost and hops as mid sees them")
    equal(got["leaf-2"]["path"], [IDS["leaf-1"], IDS["leaf-2"]], "the path as mid sees it")
    check(not got["leaf-2"]["reachable"], "no path of its own leads there")
    check(rows(mid)["leaf-2"]["via-master"] is None, "mid heard it itself: nothing goes round")

    nodes["leaf-2"].stop()
    wait(lambda: rows(mid)["leaf-2"]["status"] == "down", "mid sees it go down")
    wait(lambda: rows(top)["leaf-2"]["status"] == "down", "top hears of it")
    nodes["leaf-2"].start()
    wait(lambda: rows(top)["leaf-2"]["status"] == "ok", "and that it is back")
