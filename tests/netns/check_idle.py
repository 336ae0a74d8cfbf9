# SPDX-License-Identifier: BSD-3-Clause
"""The least pool and two ports that fill it with what they hold ready: an idle node is well, and `check` says so.

    end ---- eth0 (a)  node  eth1 (b) ---- end
"""
import json
import subprocess

from harness import ROMONCTL, check, equal, wait

VARIANTS = {"af-xdp": {"driver": "af-xdp", "pmd": "net_af_xdp"}, "af-packet": {"driver": "af-packet", "pmd": "net_af_packet"}}


def scenario(net, driver, pmd):
    box = net.box("box")
    for i in range(2):
        net.end(box, f"eth{i}")
    ports = {n: {"device": f"eth{i}", "driver": driver, "link-id": i + 1} for i, n in enumerate("ab")}
    node = net.romond(box, "node", {"ports": ports, "memory": {"mbufs": 1024}})
    for p in node.ask("ports"):
        equal((p["driver"], p["state"]), (pmd, "up"), f"driver and state of {p['name']} ({p['driver-why']})")

    def result():
        r = subprocess.run(box.argv(ROMONCTL, "-s", node.socket_path, "check"), capture_output=True, text=True, check=False)
        return r.returncode, r.stdout

    code, text = wait(lambda: result() if "OK" in result()[1] else None, "check is well")
    print(text)
    equal(code, 0, "exit status of check")
    status = node.ask("status")
    print(json.dumps(status["mbufs"]))
    equal(status["degraded"], None, "degraded")
    check(not [e for e in node.ask("events", since=0)["rows"] if e["type"] == "degraded"], "it was degraded at some time")
