# SPDX-License-Identifier: BSD-3-Clause
"""romon-gen against a real romond: its tests find what is configured, and nothing is lost at a low rate.

     +- by-node --+     +------------ dut ------------+     +- by-relay -+
     |            |     |                             |     |         a  |
     | romon-gen  +-----+ west   node      group g  a +-----+            |
     | west, east |     |                           b +-----+ romon-gen  |
     |            +-----+ east                      c +-----+ b, c       |
     +------------+     +-----------------------------+     +------------+

The wires are veth, read by AF_PACKET at both ends, or memif rings. Each romon-gen makes all its runs in one process, and
ends after romond: a memif must not lose its other end while a worker polls it. Each has a namespace of its own: two DPDK
processes with AF_PACKET in one may not start (both: docs/ports.md).
"""
import contextlib
import json
import os
import signal
import subprocess
import threading

from harness import BUILD, DEADLINE, Failure, check, equal, yaml

VARIANTS = {"veth": {"is_memif": False}, "memif": {"is_memif": True}}
GEN = os.path.join(BUILD, "app", "romon-gen", "romon-gen")
NEIGHBORS = 64
STORM = 1000  # frames a second; a tenth of that may come at once on top
LOAD = 1000
TRIES = 4  # of a run that a stall of this machine spoils

NODE = {
    "name": "node", "through": "node", "rate": str(LOAD), "duration": "500ms",
    "ports": {"west": {"device": 0}, "east": {"device": 1}},
    "flows": {"data": {"type": "data", "from": "west", "to": "east", "hops": 3, "size": 126, "neighbors": 10},
              "answers": {"type": "discover-resp", "from": "east", "to": "west", "hops": 2}},
}
RELAY = {
    "name": "relay", "through": "relay", "rate": str(STORM // 4), "duration": "500ms",
    "ports": {"a": {"device": 0}, "b": {"device": 1}, "c": {"device": 2}},
    "flows": {"discover": {"type": "discover", "from": "a", "to": ["b", "c"], "origins": 100}},
}


class Gen:
    """A romon-gen that waits for runs."""

    def __init__(self, net, box, profile, devices, node, core):
        self.name, self.status = profile["name"], 0
        self.log_path = os.path.join(net.logs, f"gen-{self.name}.log")
        path = os.path.join(net.dir, f"{self.name}.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(yaml(profile))
        argv = [GEN, "-p", path, "--romond", node.socket_path, "--lines", "-q", "-j", "-", "--hugepages", "off", "--mbufs",
                "4096", "-c", str(core), "--wait", "30s"]
        for d in devices:
            argv += ["-d", d]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(box.argv(*argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            text=True)
        net.others.append(self.process)

    def run(self, *words):
        """The report of a run."""
        try:
            self.process.stdin.write(" ".join(words) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and its log says why
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"romon-gen {' '.join(words)} ended with {self.process.wait(DEADLINE)}: {self.log()}")
        report = json.loads(line)
        self.status = max(self.status, 0 if report["passed"] else 1)
        report["found"] = {f["name"]: f["value"] for f in report["findings"]}
        return report

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self):
        """It ends by itself, and tells by its status whether a run failed."""
        self.process.stdin.close()
        equal(self.process.wait(DEADLINE), self.status, f"romon-gen {self.name}: exit status; its log: {self.log()}\n")
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:"):
            check(word not in self.log(), f"romon-gen {self.name}: {word} in its log {self.log_path}")


@contextlib.contextmanager
def stopped(node, seconds=None):
    """It reads nothing until the block ends, or for so long."""
    node.signal(signal.SIGSTOP)
    timer = threading.Timer(seconds, node.signal, [signal.SIGCONT]) if seconds is not None else None
    try:
        if timer is not None:
            timer.start()
        yield
    finally:
        if timer is not None:
            timer.cancel()
        node.signal(signal.SIGCONT)


def wires(net, dut, boxes, is_memif):
    """[(device of romond, device of romon-gen)] of as many wires as there are boxes."""
    arg = "socket-abstract=no,socket=" + os.path.join(net.dir, "memif")
    out = []
    for i, box in enumerate(boxes):
        if is_memif:
            out.append(tuple(f"net_memif{i},role={role},id={i},{arg}" for role in ("server", "client")))
        else:
            net.wire(dut, f"d{i}", box, f"g{i}")
            out.append((f"d{i}", f"g{i}"))
    return out


def load(gen, node):
    """The figures of a load that lost nothing. Rings are short, and this machine may stand still: then again. Whatever
    such a load lost, romond dropped none of it, and nothing is wrong."""
    for _ in range(TRIES):
        before = node.drops()
        r = gen.run("-t", "load")
        a = r["trial"]["all"]
        dropped = {k: n - before.get(k, 0) for k, n in node.drops().items() if n != before.get(k, 0)}
        wrong = {k: a[k] for k in ("duplicates", "damaged", "stray") if a[k] != 0}
        equal(wrong, {}, f"{gen.name}: wrong frames, the first damaged {r['trial']['first-damaged']}")
        dropped.pop("storm-limit", 0)  # of what came late and at once
        equal(dropped, {}, f"{gen.name}: drops of romond")
        if a["lost"] == 0 and r["trial"]["behind"] == 0:
            check(a["received"] == a["expected"] > 0, f"{gen.name}: {a}")
            return a
        print(f"{gen.name}: lost {a['lost']} of {a['expected']} frames, of these refused {a['refused']}; again")
    raise Failure(f"{gen.name}: frames lost in each of {TRIES} loads: {r['problems']}")


def again(gen, is_good, *words):
    """The report of a run, the first whose findings are good: where this machine stood still, a search ends too low."""
    for _ in range(TRIES):
        r = gen.run(*words)
        if is_good(r["found"]):
            break
    print(f"{words[1]}: {r['found']}, {len(r['steps'])} steps")
    return r


def throughput(gen):
    """A search between more than a closed loop took and a thousandth of that. Who else runs on this machine decides what
    it finds: the figures must agree with each other."""
    r = again(gen, lambda found: found.get("ndr", 0) > 0, "-t", "throughput", "-T", "100ms", "--precision", "30")
    f, t = r["found"], r["trial"]
    check(f["most"] > LOAD and 0 < f["ndr"] <= f["pdr"], f"throughput: {f}; {r['problems']}")
    equal((t["rate"], t["all"]["lost"], t["behind"]), (f["ndr"], 0, 0), "throughput: the trial of the report")
    check(2 <= len(r["steps"]) <= 40, f"throughput: {len(r['steps'])} steps: {r['steps']}")


def flood(gen):
    """The most that is flooded without loss is what the storm limit lets through in a trial: its rate, and at most its
    burst of a tenth of a second."""
    low, high = STORM * 0.9, STORM * 1.45
    r = again(gen, lambda found: found.get("ndr", 0) >= low, "-t", "flood", "-r", str(3 * STORM), "-T", "250ms",
              "--precision", "10")
    f = r["found"]
    check(low <= f["ndr"] <= high, f"flood: {f}, the storm limit is {STORM}: {r['steps']}")
    check(abs(f["flooded"] - 2 * f["ndr"]) < f["ndr"] * 0.05, f"flood: {f}: two ports")
    check(any(s["lost"] > 0 and not s["passed"] for s in r["steps"]), f"flood: nothing was lost: {r['steps']}")


def caching(gen):
    """As many addresses are known as the table holds."""
    r = again(gen, lambda found: found["caching"] == NEIGHBORS, "-t", "caching", "-n", str(4 * NEIGHBORS), "-r", "5k")
    equal(r["found"]["caching"], NEIGHBORS, f"caching; steps {r['steps']}")


def learning(gen):
    """As many as the table holds are learned at any rate that the wire carries; more never are."""
    rate = 10000
    r = again(gen, lambda found: found["learning"] == rate, "-t", "learning", "-n", str(NEIGHBORS), "-r", str(rate))
    equal(r["found"]["learning"], rate, f"learning; steps {r['steps']}")
    r = gen.run("-t", "learning", "-n", str(2 * NEIGHBORS), "-r", str(rate))
    equal(r["found"]["learning"], 0, f"learning of more than the table holds; steps {r['steps']}")
    check("nothing passes" in r["problems"][0], f"problems: {r['problems']}")


def hold(gen, node):
    """A ring that is not read is soon full: of more frames some are refused; with --hold they wait until it is read."""
    words = ("-t", "load", "-r", "100M", "-n", "20000")
    with stopped(node):
        check(gen.run(*words)["trial"]["all"]["refused"] > 0, "nobody reads the ring: no frame was refused")
    for _ in range(TRIES):
        with stopped(node, 0.1):  # longer than the ring takes to fill, shorter than romon-gen waits (500 ms)
            r = gen.run(*words, "--hold")["trial"]
        if r["behind"] == 0:
            break
    equal((r["all"]["offered"], r["all"]["refused"], r["behind"]), (20000, 0, 0), "--hold: offered, refused, behind")


def scenario(net, is_memif):
    dut, of_node, of_relay = (net.box(name) for name in ("dut", "by-node", "by-relay"))
    ours, theirs = zip(*wires(net, dut, [of_node] * 2 + [of_relay] * 3, is_memif))
    ports = [{"device": d} if is_memif else {"device": d, "driver": "af-packet"} for d in ours]
    cores = sorted(os.sched_getaffinity(0))
    node = net.romond(dut, "node", {
        "romon": {"id": "02:00:00:00:00:01"},
        "workers": {"cores": cores[-1:]},
        "ports": dict(zip(("west", "east"), ports)),
        "relay-groups": {"g": {"storm-limit": STORM, "ports": dict(zip("abc", ports[2:]))}},
        "limits": {"neighbors-per-port": NEIGHBORS},
    }, up=False)  # a memif is up when both ends are there
    warned = node.log_text().count("end romond before the other end, or it may crash")
    equal(warned, len(ours) if is_memif else 0, "warnings of memif in the log")
    by_node = Gen(net, of_node, NODE, theirs[:2], node, cores[0])
    by_relay = Gen(net, of_relay, RELAY, theirs[2:], node, cores[0])
    node.wait_up()
    equal(load(by_node, node)["reordered"], 0, "frames out of order")
    load(by_relay, node)
    throughput(by_node)
    flood(by_relay)
    caching(by_node)
    learning(by_node)
    if is_memif:
        hold(by_node, node)
    node.balanced()
    node.stop()
    by_node.stop()
    by_relay.stop()
