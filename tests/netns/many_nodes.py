# SPDX-License-Identifier: BSD-3-Clause
"""A master hears many thousand nodes answer, and stays what it is: complete, quick to ask, and a forwarder.

            +-------- box --------+
    end a --+ eth0   port a       |    behind a: an overlay of ROMOND_NODES made-up nodes (default 5,000), a tree of random
    end b --+ eth1   port b       |    shape, all of which answer each Discover of the master
    end c --+ eth2   port c       |    from b to c: a load of Data, of which nothing may be lost
            +---------------------+
"""
import json
import os
import random
import resource
import socket
import threading
import time

import romon
from harness import Counter, Sender, all_arrive, check, data_load, equal, mac, model_of, wait
from telemetry import telemetry

N_NODES = int(os.environ.get("ROMOND_NODES", "5000"))
RATE = 500      # frames a second of the load
BATCH = 32      # answers between two pauses: no queue on the way overflows
# what people wait for romonctl and telemetry at most; ASan takes several times as long, beside another scenario
ANSWER_S = 2.0 if "ASAN_OPTIONS" in os.environ else 0.1
DEPTH = 12
SEED = 11
FAR = mac("02:00:00:00:0e:01")  # the neighbor at end a, through whom all the others answer


def node_id(i):
    return mac("02:0a:00:00:00:00")[:2] + i.to_bytes(4, "big")


def overlay(master, port, n_nodes=N_NODES):
    """The answers of all nodes to a Discover of the master, and what the inventory must say: id -> (cost, hops)."""
    rng = random.Random(SEED)
    depth, cost, frames = [1], [port.cost + 10], []
    parent = [None]
    for i in range(1, n_nodes):
        p = rng.randrange(max(0, i - 2000), i)
        while depth[p] >= DEPTH:
            p = rng.randrange(i)
        parent.append(p)
        depth.append(depth[p] + 1)
        cost.append(cost[p] + 20)
    for i in range(n_nodes):
        if i == 0:
            first = romon.Route(master.id, romon.LinkEnd(), port.end)
            own_in = romon.LinkEnd(1, 1500, 10, FAR)
        else:
            first = romon.Route(node_id(parent[i]), romon.LinkEnd(), romon.LinkEnd(i + 1, 1500, 10, mac("02:0b" + node_id(parent[i]).hex()[4:])))
            own_in = romon.LinkEnd(1, 1500, 10, mac("02:0b" + node_id(i).hex()[4:]))
        hops = [romon.Hop(1000 + k, FAR) for k in range(depth[i] - 1)]
        tlvs = [romon.route_tlv(first), romon.route_tlv(romon.Route(node_id(i), own_in, romon.LinkEnd())),
                *romon.node_tlvs(b"node-%d" % i, b"\7\x0df\0", b"RB750Gr3")]
        frames.append(romon.Frame(romon.DISCOVER_RESP, master.id, node_id(i), eth_src=FAR, eth_dst=port.mac, hops=hops,
                                  ptr=0, tlvs=tlvs).pack(60))
    return frames, {romon.text(node_id(i)): (cost[i], depth[i]) for i in range(n_nodes)}


def refused(node):
    """Answers that control did not take up in time."""
    drops = node.drops("a")
    return drops.get("punt-full", 0) + drops.get("rate-punt", 0)


def is_clean_round(node, answerer):
    """Is all that comes at once after a Discover taken up? Lost in each round by its place, a node is never found."""
    rounds, before = answerer.rounds, refused(node)
    wait(lambda: answerer.rounds > rounds, "a round more is answered", deadline=60)
    return refused(node) == before


class Answerer(threading.Thread):
    """Answers each Discover of the master by the whole overlay."""

    def __init__(self, end, frames):
        super().__init__(daemon=True)
        self.end, self.frames, self.rounds, self.ended = end, frames, 0, False
        self.start()

    def run(self):
        while not self.ended:
            frame = self.end.recv(0.05)
            if frame is None or frame[14] != romon.DISCOVER:
                continue
            for i in range(0, len(self.frames), BATCH):
                for f in self.frames[i:i + BATCH]:
                    self.end.send(f)
                time.sleep(0.001)
                if self.ended:
                    return
            self.rounds += 1


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def nodes_by_telemetry(node):
    """A page of /romon/nodes, by DPDK's socket itself: the stock client takes longer to start than to ask."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(10)
        s.connect(f"/var/run/dpdk/{node.base['file-prefix']}/dpdk_telemetry.v2")
        s.recv(1 << 16)
        s.send(b"/romon/nodes,0,10")
        return json.loads(s.recv(1 << 16))["/romon/nodes"]


def scenario(net):
    box = net.box("box")
    a, b, c = (net.end(box, f"eth{i}") for i in range(3))
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01", "role": "master"},
        "discovery": {"interval": f"{5 + N_NODES // 2000}s"},
        "limits": {"punt": 1000000},
        "log": {"level": "info"},
        "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("abc")},
    })
    model = model_of(node)
    pid = node.ask("status")["pid"]
    before_kib = rss_kib(pid)
    load, leaves = data_load(model, "b", 3)
    counter = Counter(c, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(b, [load.pack()], RATE)
    frames, wanted = overlay(model, model.port("a"))
    answerer = Answerer(a, frames)
    begin = time.monotonic()

    worst = {"romonctl nodes": 0.0, "telemetry": 0.0}
    while node.ask("status")["nodes"] < N_NODES:
        check(time.monotonic() - begin < 240, f"the inventory is complete: {node.ask('status')}")
        worst["romonctl nodes"] = max(worst["romonctl nodes"], node.took_s(lambda: node.ask_raw("nodes", count=100)))
        worst["telemetry"] = max(worst["telemetry"], node.took_s(lambda: nodes_by_telemetry(node)))
        time.sleep(0.05)
    complete_s = time.monotonic() - begin
    wait(lambda: answerer.rounds >= 1, "a whole round was answered", deadline=120)

    def rows_right():
        """All rows, once each has its path: an answer of a round may be lost, and comes with the next one."""
        found = node.ctl("nodes")
        wrong = [(r["address"], r["cost"], r["hops"], wanted[r["address"]]) for r in found
                 if (r["cost"], r["hops"]) != wanted[r["address"]]]
        equal(wrong[:3], [], "nodes with another cost or hop count")
        return found

    rows = wait(rows_right, "each node has the cost and hops of its path", deadline=60)
    equal(len(rows), N_NODES, "rows of romonctl nodes")
    status = node.ask("status")
    check(all(len(r["path"]) == r["hops"] and r["path"][-1] == r["address"] for r in rows), "paths end at their node")
    check("/romon/nodes" in telemetry(node, "/romon/nodes,0,10"), "telemetry lists nodes")
    # a machine with much other work may lose some now and then, but not in every round
    check(any(is_clean_round(node, answerer) for _ in range(4)), f"each round of answers loses some: {refused(node)}")
    answerer.ended = True
    answerer.join()
    print(f"{N_NODES} nodes complete {complete_s:.1f} s after the start; romond has {rss_kib(pid) - before_kib} KiB more than before "
          f"({rss_kib(pid)}), {status['answers-taken']} answers taken, {status['answers-refused']} refused; "
          f"slowest answers meanwhile: {', '.join(f'{k} {v * 1000:.1f} ms' for k, v in worst.items())}; "
          f"the tester has {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss} KiB")
    equal(status["answers-refused"], 0, "answers refused")
    for what, seconds in worst.items():
        check(seconds < ANSWER_S, f"{what} took {seconds:.3f} s")
    all_arrive(node, "b", sender, counter, "the load")
