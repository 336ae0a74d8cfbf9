# SPDX-License-Identifier: BSD-3-Clause
"""A node that a reload denies is no node that is down: it is gone from the inventory, `check` does not mind, and neither
its answers nor a restart bring it back. Denied no more, it is there again.

    master  b ---- a  agent
"""
from harness import check, wait

AGENT = "02:00:00:00:00:02"


def scenario(net):
    box, far = net.box("box"), net.box("far")
    net.wire(box, "eth0", far, "eth0")
    net.romond(far, "agent", {"romon": {"id": AGENT}, "ports": {"a": {"device": "eth0", "link-id": 1}}})
    config = {"romon": {"id": "02:00:00:00:00:01", "role": "master"}, "discovery": {"interval": "1s"},
              "ports": {"b": {"device": "eth0", "link-id": 2}}}
    node = net.romond(box, "node", config)
    wait(lambda: [r["address"] for r in node.ctl("nodes")] == [AGENT], "the agent is found")

    node.write({**config, "filters": [{"port": "b", "deny-id": [AGENT]}]})
    node.ctl("config", "apply", node.config_path)
    check(node.ctl("nodes") == [], "a denied node is still listed")
    drops = node.drops("b").get("filtered", 0)
    wait(lambda: node.drops("b").get("filtered", 0) > drops + 2, "three more of its frames were refused")
    check(node.ctl("nodes") == [], "a denied node came back")
    print(node.ctl_text("check"))
    check("1 down" not in node.ctl_text("check") and "critical" not in node.ctl_text("check").lower(), "check minds a denied node")
    node.stop()
    node.start()
    drops = node.drops("b").get("filtered", 0)
    wait(lambda: node.drops("b").get("filtered", 0) > drops, "a frame of it was refused after the restart")
    check(node.ctl("nodes") == [], "the store brought a denied node back")

    node.write(config)
    node.ctl("config", "apply", node.config_path)
    wait(lambda: [r["address"] for r in node.ctl("nodes")] == [AGENT], "denied no more, it is found again")
