# SPDX-License-Identifier: BSD-3-Clause
"""The program of events.exec under an attack: a neighbor on port a that tells another id in each frame, and neighbors that
are made up, cause a bounded number of processes a second; what happens on port b reaches the program all the same.

    end a (hostile) ---- eth0 (a)  node  eth1 (b) ---- end b (honest)
"""
import os
import time

import romon
from attack import Flood, Watch, on_disk
from harness import check, equal, mac, wait

RATE = 40  # frames a second: each a change, 14 processes a second once came of fewer
SECONDS = 12
SOURCE_BURST, SOURCE_PER_S = 20, 0.5  # app/romond/events/exec_share.h
ALL_BURST, ALL_PER_S = 40, 2
PROMPT_S = 3.0
ONE = "02:00:00:00:0a:01"  # the neighbor with many ids
HONEST = "02:00:00:00:0b:01"
HOOK = """#!/bin/sh
echo "$ROMON_SEQ $ROMON_SKIPPED $ROMON_EVENT ${ROMON_PORT:--} ${ROMON_MAC:--}" >>%s
"""


def changes(i):
    """By turns the one neighbor with a new id, and a new neighbor."""
    address = mac(ONE) if i % 2 == 0 else bytes([2, 0x0a]) + i.to_bytes(4, "big")
    port = romon.Port("x", 7, address)
    return romon.Node(bytes([2, 0x0e]) + i.to_bytes(4, "big"), [port]).discover(port).pack(128)


def scenario(net):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    out, hook = os.path.join(net.dir, "hook.out"), os.path.join(net.dir, "hook.sh")
    with open(hook, "w", encoding="utf-8") as f:
        f.write(HOOK % out)
    os.chmod(hook, 0o755)
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01", "neighbor-age": "10m"},
        "limits": {"discover-in": "none", "neighbors": 4096, "origins": 4096},
        "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("ab")},
        "events": {"exec": hook}, **on_disk(net, "node")})

    def runs(port=None, kind=""):
        """(seq, skipped, event, port, MAC) of each run."""
        with open(out, encoding="utf-8") as f:
            rows = [line.split() for line in f.read().splitlines()]
        return [(int(r[0]), int(r[1]), *r[2:]) for r in rows if port in (None, r[3]) and r[2].startswith(kind)]

    def listed():
        return [e for e in node.ask("events", since=0)["rows"] if e["port"] == "a" and e["type"].startswith("neighbor-")]

    wait(lambda: os.path.exists(out) and runs(), "the program runs")
    started = time.monotonic()
    watch = Watch(node)
    flood = Flood(a, changes, RATE)
    wait(lambda: len(runs("a")) >= SOURCE_BURST, "a has used up its burst")
    wait(lambda: len(listed()) > 5 * SOURCE_BURST, "far more is listed than is run")

    # what happens on b is run although a goes on, and so is what an operator does
    asked = time.monotonic()
    port = romon.Port("y", 7, mac(HONEST))
    b.send(romon.Node(mac("02:0e:00:00:0b:01"), [port]).discover(port).pack(128))
    wait(lambda: any(r[4] == HONEST for r in runs("b", "neighbor-up")), "b's neighbor reaches the program")
    took_b = time.monotonic() - asked
    for _ in range(3):
        node.ctl("reload")
    wait(lambda: len(runs(kind="config-applied")) == 3, "each reload reaches the program")

    watch.stop("events that cause processes", least_s=SECONDS)
    n, seconds, n_frames = len(runs()), time.monotonic() - started, flood.stop()
    n_of_a = len(runs("a", "neighbor-"))
    print(f"{n_frames} changes in {seconds:.1f} s, {len(listed())} listed: {n} processes, {n_of_a} of neighbors on a; "
          f"b's event reached the program in {took_b:.2f} s")
    check(n_frames > 14 * SECONDS, "the attack was too slow")
    check(n_of_a <= SOURCE_BURST + SOURCE_PER_S * seconds + 1, f"{n_of_a} processes in {seconds:.1f} s by a")
    check(n <= ALL_BURST + ALL_PER_S * seconds + 6, f"{n} processes in {seconds:.1f} s in all")  # start, operator
    if "ASAN_OPTIONS" not in os.environ:
        check(took_b <= PROMPT_S, f"b's event took {took_b:.1f} s")
    of_one = [e for e in listed() if e["mac-address"] == ONE]
    check(len(of_one) <= 7, f"{len(of_one)} events of one neighbor that changes all the time")

    # the last run of a is the last event of a, and none is unaccounted for
    wait(lambda: "more changes" in [e for e in listed() if e["mac-address"] == ONE][-1]["text"], "what was held is told")
    wait(lambda: runs("a", "neighbor-")[-1][0] == listed()[-1]["seq"], "the program sees the last state")
    equal(sum(1 + r[1] for r in runs("a", "neighbor-")), len(listed()), "events of a, run or in whose place one was run")
