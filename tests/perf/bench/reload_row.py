# SPDX-License-Identifier: BSD-3-Clause
"""Row P9: costs, secrets and filters are reloaded while Data crosses the node at half of what it can take. romon-gen sends
open loop through memif rings and judges each frame; the same load without a reload goes before, and must lose nothing
either: else the row is void. Frames that find the ring full wait (--hold): it holds 9 ms, and the machine takes a CPU away
for longer now and then. So a node that stalls shows in latency, which the report tells beside that without a reload."""
import json
import os
import subprocess
import time

from bench import contest, host, places, stats, verdict
from bench.proc import Process, SideError, be_ordinary, wait, workers_first
from bench.romond_side import config_write, node_config
import harness

PORTS = ("west", "east")
LOG2_RING = 14  # frames in a memif ring: some milliseconds, in which the control CPU may run something else
PROFILE = os.path.join(places.PERF, "profiles", "node-data.yaml")
MAX_SECONDS = 1.0  # of the closed loop that says how much half is
PAUSE_S = 0.02  # between reloads
N_FULL, N_LONG = 100, 1000
WARM = 0.1  # share of the reloads before memory is looked at first
GROWTH_MAX_KIB = 512  # of resident memory from there to the end: each reload is an event, and the last 1,024 events are kept
SECRETS = ("Zq7-vT2m.Kd94xWbR1pL", "hV3.n8Qw-5sTzYc0Jd7G", "Mb2-x9Lr.Ue61kPfA4oC")


def changed(config, n):
    """The nth change, all keys live: (configuration, key). romon-gen does not sign, so that the empty secret stands first."""
    kind = n % 3
    if kind == 0:
        return harness.merged(config, {"ports": {"east": {"cost": 101 + n % 50}}}), "ports.east.cost"
    if kind == 1:
        secrets = ["", *(SECRETS[(n // 3 + i) % 3] for i in range(1 + n % 2))]
        return harness.merged(config, {"ports": {"west": {"secrets": secrets}, "east": {"secrets": secrets}}}), "ports.secrets"
    denied = [f"02:bb:00:00:{(n >> 8) & 255:02x}:{n & 255:02x}"]
    return harness.merged(config, {"filters": [{"port": "west", "deny-id": denied, "deny-service": ["ssh"]}]}), "filters"


class Node:
    """romond between two memif rings."""

    def __init__(self, folder, name, build):
        self.build = build
        self.memif = os.path.join(folder, f"{name}.memif")
        self.socket_path = os.path.join(folder, f"{name}.sock")
        self.config_path = os.path.join(folder, f"{name}.yaml")
        ports = {p: {"device": self.device(i, "server")} for i, p in enumerate(PORTS)}
        self.config = node_config(self.socket_path, f"bench-{name}", places.BURST, places.MBUFS * 2, ports)
        self.process = Process(name, folder)

    def device(self, i, role):
        return f"net_memif{i},role={role},id={i},socket-abstract=no,socket={self.memif},rsize={LOG2_RING}"

    def start(self):
        config_write(self.config_path, self.config)
        # its control and romon-gen share the control CPU by turns that are shorter than what a ring holds
        self.process.run([places.program(self.build, "romond"), "-c", self.config_path], priority=be_ordinary)
        wait("romond answers", lambda: self.process.is_alive() and self.ask("status"))
        wait("romond listens", lambda: os.path.exists(self.memif))
        workers_first(self.process.pid)

    def ask(self, cmd, **args):
        return harness.Romond.ask(self, cmd, **args)

    def ask_raw(self, cmd, **args):
        return harness.Romond.ask_raw(self, cmd, **args)

    def reload(self, n):
        """Milliseconds until the nth change is in force."""
        self.config, key = changed(self.config, n)
        config_write(self.config_path, self.config)
        began = time.monotonic()
        answer = self.ask("reload")
        if answer.get("applied") is not True or answer["reload"] != "live":
            raise SideError(f"reload {n} of {key} was not a live one: {answer}")
        return (time.monotonic() - began) * 1e3

    def stop(self):
        self.process.stop()


class Load:
    """romon-gen through the node; wait() gives its report."""

    def __init__(self, node, *words):
        status = node.ask("status")
        argv = [places.program(node.build, "romon-gen"), "-p", PROFILE, "-c", str(places.CONTROL_CPU), "-q", "-j", "-",
                "--hugepages", "on", "--node-id", status["id"]]
        for i in range(len(PORTS)):
            argv += ["-d", node.device(i, "client")]
        for p in node.ask("ports"):
            argv += ["--peer", f"{p['name']}={p['mac']},{p['link-id']}"]
        self.steal = host.Steal()
        self.popen = subprocess.Popen([*argv, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                      stdin=subprocess.DEVNULL, preexec_fn=be_ordinary)

    def is_running(self):
        return self.popen.poll() is None

    def wait(self):
        out, err = self.popen.communicate()
        if self.popen.returncode not in (0, 1):
            raise SideError(f"romon-gen: exit {self.popen.returncode}: {err.strip()}")
        report = json.loads(out)
        return {**report, **(report["trial"] or {}), "steal": self.steal.share()}


def reloads(node, n):
    """(milliseconds of each, KiB resident after each)."""
    took, resident = [], []
    for i in range(n):
        took.append(node.reload(i))
        resident.append(host.rss_kib(node.process.pid))
        time.sleep(PAUSE_S)
    return took, resident


def under_load(node, rate, n):
    """n reloads while frames cross: (report, milliseconds, KiB, drops). The load lasts until they are over."""
    load = Load(node, "-r", str(int(rate)), "--hold", "-T", "10m")
    try:
        wait("frames cross", lambda: load.is_running() and node.ask("status")["forwarded"] > rate / 10)
        took, resident = reloads(node, n)
        drops = {d["reason"]: d["count"] for d in node.ask("drops") if d["count"] > 0}
    finally:
        load.popen.terminate()
        report = load.wait()
    return report, took, resident, drops


def with_node(s, name, work):
    """What work gives of a node made for it. Each load has its own: the memif driver of DPDK 22.11 unmaps its rings when the other
    end leaves, whether a worker is using them or not, so that a node may die when romon-gen ends (docs/ports.md)."""
    node = Node(s.folder, name, s.build)
    try:
        node.start()
        return work(node)
    finally:
        node.stop()


def attempt(s, n):
    most = with_node(s, "most", lambda node: Load(node, "-r", "max", "-T", f"{int(MAX_SECONDS * 1000)}ms").wait())
    most = most["frames-a-second"]["received"]
    alone = with_node(s, "alone", lambda node: Load(node, "-r", str(int(most / 2)), "--hold", "-T", f"{int(s.seconds * 2000)}ms").wait())
    return judged(most, alone, *with_node(s, "reload", lambda node: under_load(node, most / 2, n)))


def lost_of(report):
    """Frames that did not come back, for whatever reason."""
    return report["all"]["lost"]


def micro(report, quantile):
    return f"{report['latency-ns'][quantile] / 1e3:,.0f} us"


def duel(what, value, bar, unit):
    summary = stats.summary([value])
    return {"against": what, "bar": bar, "goal": bar, "rate": None, "ratio": summary, "is-less-better": True, "unit": unit,
            "word": verdict.at_most(value, bar, bar)}


def judged(most, alone, report, took, resident, drops):
    """The result of the row."""
    all_of = report["all"]
    grown = resident[-1] - resident[int(len(resident) * WARM)]
    void = verdict.void_reasons(None, report["steal"], None)
    if lost_of(alone) > 0:
        void.append(f"{lost_of(alone)} frames were lost without a reload")
    kinds = ("damaged", "stray", "duplicates") if void else ("damaged", "stray", "duplicates", "reordered")
    wrong = [f"{all_of[k]} frames {k}" for k in kinds if all_of[k] > 0]
    return {
        "ours": {"side": "romond node, reloaded", "rate": stats.summary([report["frames-a-second"]["received"]])},
        "aa": None, "steal": report["steal"], "share": None, "wrong": wrong, "void": void,
        "duels": [duel(f"frames lost in {len(took)} reloads", lost_of(report), 0, "frames"),
                  duel("resident memory, grown KiB", grown, GROWTH_MAX_KIB, "KiB")],
        "reloads": {"count": len(took), "ms": stats.summary(took), "rss-kib": resident, "drops": drops, "most": most,
                    "offered": all_of["offered"], "lost": all_of["lost"],
                    "latency-ns": all_of["latency-ns"], "latency-ns-without": alone["all"]["latency-ns"]},
        "notes": [f"{len(took)} reloads of {stats.median(took):.2f} ms under {all_of['offered']:,} frames: "
                  f"{all_of['lost']} lost; resident memory {resident[0]} to {resident[-1]} KiB; latency P50 {micro(all_of, 'p50')}, P99 "
                  f"{micro(all_of, 'p99')}, most {micro(all_of, 'max')}; without a reload {micro(alone['all'], 'p50')}, "
                  f"{micro(alone['all'], 'p99')}, {micro(alone['all'], 'max')}"],
    }


def row(n_reloads):
    """The function of the row."""
    return lambda s: contest.until_it_counts(lambda n: attempt(s.again(n), n_reloads))
