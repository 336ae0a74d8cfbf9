# SPDX-License-Identifier: BSD-3-Clause
"""A thousand nodes answer one Discover at once, with the limits that a configuration has by itself: 99 of 100 of what the
machine handed to romond are taken up, in each round, and no buffer is missing.

            +-------- box --------+
    end a --+ eth0   port a       |    behind a: an overlay of 1,000 made-up nodes
            +---------------------+
"""
import romon
from harness import check, model_of, wait
from many_nodes import overlay

N_NODES = 1000
ROUNDS = 3
SHARE = 0.99


def scenario(net):
    box = net.box("box")
    a = net.end(box, "eth0")
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01", "role": "master"},
        "discovery": {"interval": "1s"},
        "log": {"level": "info"},
        "ports": {"a": {"device": "eth0", "link-id": 1}},
    })
    model = model_of(node)
    frames, _ = overlay(model, model.port("a"), N_NODES)
    for i in range(ROUNDS):
        a.pending()
        wait(lambda: (f := a.recv(1)) is not None and f[14] == romon.DISCOVER, "a Discover comes")
        before, s = node.port("a")["rx-frames"], node.ask("status")
        for f in frames:
            a.send(f)
        last = [-1]

        def settled():
            now = node.port("a")["rx-frames"]
            same, last[0] = now == last[0], now
            return same and now > before

        wait(settled, "what was sent is counted")
        came = last[0] - before
        wait(lambda n=came, t=s["answers-taken"]: node.ask("status")["answers-taken"] - t >= n * SHARE,
             f"round {i + 1}: {SHARE:.0%} of {came} answers are taken up; drops {node.drops('a')}")
        now = node.ask("status")
        taken = now["answers-taken"] - s["answers-taken"]
        print(f"round {i + 1}: {N_NODES} sent at once, {came} came to romond, {taken} taken up")
        check(all(w["no-mbuf"] == 0 for w in node.ask("workers")), "no buffer is missing")
    wait(lambda: node.ask("status")["nodes"] >= N_NODES * SHARE, "the nodes are known")
    node.balanced()
