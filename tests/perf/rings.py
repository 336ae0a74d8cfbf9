# SPDX-License-Identifier: BSD-3-Clause
"""romond and testpmd behind the same memif rings, and romon-gen at the other end: what latency.py and overload.py
stand on. The program under test works on the control CPU's side of the bench, romon-gen on the other CPU."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import host, places  # noqa: E402
from bench.proc import Process, SideError, be_first, wait  # noqa: E402
from bench.romond_side import NODE, RELAY, config_write, node_config, relay_config  # noqa: E402
import harness  # noqa: E402  (tests/netns: its YAML and its control socket)

DUT_CPU = 0
GEN_CPU = 1
HUGEPAGES = 250  # of 2 MiB: romond, testpmd and romon-gen together
PROFILES = os.path.join(places.PERF, "profiles")
GEN_LIMIT_S = 60
STEAL_MAX = 0.02  # of the machine's time; both sides of a comparison see the same


class Dut:
    """A program behind memif rings, one a port; frozen while another is measured."""

    def __init__(self, name, folder, build, n_ports):
        self.name, self.folder, self.build, self.n_ports = name, folder, build, n_ports
        self.prefix = f"rings-{name}"
        self.memif = os.path.join(folder, f"{name}.memif")
        self.process = Process(name, folder)

    def vdevs(self, role):
        return [f"net_memif{i},role={role},id={i},socket-abstract=no,socket={self.memif}" for i in range(self.n_ports)]

    def gen_words(self):
        """What romon-gen is told of it."""
        return []

    def on_cpu_ns(self):
        """Time that its busiest thread, the worker, has run."""
        return max(host.on_cpu_ns(self.process.pid).values())

    def freeze(self):
        self.process.freeze()

    def thaw(self):
        self.process.thaw()

    def stop(self):
        self.process.stop()


class Romond(Dut):
    """A node, or a relay group, with one busy worker and no limits in the way."""

    def __init__(self, *args, mode=NODE, names=("west", "east"), extra=None):
        super().__init__(*args, len(names))
        self.mode, self.names, self.extra = mode, names, extra or {}
        self.socket_path = os.path.join(self.folder, f"{self.name}.sock")
        self.config_path = os.path.join(self.folder, f"{self.name}.yaml")

    def config(self):
        ports = {n: {"device": d} for n, d in zip(self.names, self.vdevs("server"))}
        make = relay_config if self.mode == RELAY else node_config
        config = make(self.socket_path, self.prefix, places.BURST, places.MBUFS, ports)
        return harness.merged(harness.merged(config, {
            "workers": {"cores": [DUT_CPU]},
            "limits": {"neighbors": 65536, "neighbors-per-port": 65536, "origins": 65536}}), self.extra)

    def start(self):
        config_write(self.config_path, self.config())
        self.process.run([places.program(self.build, "romond"), "-c", self.config_path])
        wait("romond answers", lambda: self.process.is_alive() and self.ask("status"))

    def ask(self, cmd, **args):
        return harness.Romond.ask(self, cmd, **args)

    def ask_raw(self, cmd, **args):
        return harness.Romond.ask_raw(self, cmd, **args)

    def gen_words(self):
        return ["--romond", self.socket_path]


class Testpmd(Dut):
    """testpmd that sends each frame out of the other port as it is: the least that a DPDK program can do."""

    def __init__(self, *args):
        super().__init__(*args, 2)

    def start(self):
        argv = ["dpdk-testpmd", f"--lcores=0@({DUT_CPU},{GEN_CPU}),1@{DUT_CPU}", "--in-memory", "--no-pci", "--no-telemetry",
                f"--file-prefix={self.prefix}"]
        for v in self.vdevs("server"):
            argv += ["--vdev", v]
        self.process.run(argv + ["--", "--forward-mode=io", f"--burst={places.BURST}", "--nb-cores=1", "--no-flush-rx",
                                 f"--total-num-mbufs={places.MBUFS}", "--auto-start", "--stats-period=3600"])
        wait("testpmd listens", lambda: self.process.is_alive() and os.path.exists(self.memif))


class Gen:
    """romon-gen at the other end of a program's rings. One process for the whole run: DPDK's memif driver unmaps a ring as its other
    end goes, also under a worker that uses it (docs/ports.md). So the program under test ends first."""

    def __init__(self, dut, profile):
        argv = [places.program(dut.build, "romon-gen"), "-p", os.path.join(PROFILES, profile), "-c", str(GEN_CPU), "-q", "-j",
                "-", "--hugepages", "on", "--lines", "--wait", "30s"]
        for v in dut.vdevs("client"):
            argv += ["-d", v]
        self.dut, self.log = dut, os.path.join(dut.folder, f"gen-{dut.name}.log")
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen([*argv, *dut.gen_words()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                          text=True, preexec_fn=be_first)

    def run(self, *words):
        """The report of a run."""
        self.popen.stdin.write(" ".join(words) + "\n")
        self.popen.stdin.flush()
        line = self.popen.stdout.readline()
        self.dut.process.is_alive()
        if not line:
            raise SideError(f"romon-gen through {self.dut.name} ended: {host.read(self.log)[-2000:]}")
        report = json.loads(line)
        return {**report, **(report["trial"] or {})}

    def rate_of_max(self, seconds):
        """Frames a second that come out when as many go in as the rings take."""
        return self.run("-r", "max", "-T", f"{int(seconds * 1000)}ms")["frames-a-second"]["received"]

    def stop(self):
        """After the program under test has ended."""
        self.popen.stdin.close()
        self.popen.wait(GEN_LIMIT_S)


def void_if(report, stolen):
    """Why a trial does not count: nothing of it is about the program under test."""
    if report["behind"] > 0:
        return "romon-gen was too slow"
    if stolen > STEAL_MAX:
        return f"the hypervisor took {stolen:.1%} of the time"
    return None

