# SPDX-License-Identifier: BSD-3-Clause
"""Relays between two kernel interfaces: romond, a Linux bridge, and the libpcap relay of tests/perf.

Each has three network namespaces of its own, joined by veth: source - relay - sink. xdp_blast sends from the source,
more than any of them forwards, on the control CPU; what the sink's interface counts is the rate. In each trial only
one side's source sends. What goes through is proven before, with frame_blast.
"""
import json
import os
import signal
import subprocess
import time

from bench import feed, host, places, proof
from bench.proc import SETTLE_S, Process, SideError, be_first, wait
from bench.romond_side import config_write, relay_config
import harness

PROOF_RATE = 4000  # frames a second
PROOF_SECONDS = 0.5
IN, OUT = "r0", "r1"  # interfaces of the relay


class KernelSide:
    """The namespaces, the source and the sink. A subclass relays between IN and OUT in self.box: relay_start()."""

    title = ""

    def __init__(self, name, folder, frames, build):
        self.name, self.folder, self.feed, self.build = name, folder, frames, build
        self.box = f"{name}-relay"
        self.source, self.sink = f"{name}-src", f"{name}-snk"
        self.process = None
        self.is_there = False

    def start(self):
        if self.is_there:  # since prove()
            return
        self.is_there = True
        for box in (self.source, self.box, self.sink):
            harness.sh("ip", "netns", "add", box)
            self.sh(box, "sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        for far_box, far, near in ((self.source, "s0", IN), (self.sink, "k0", OUT)):
            harness.sh("ip", "link", "add", far, "netns", far_box, "type", "veth", "peer", "name", near,
                       "netns", self.box)
            self.sh(far_box, "ip", "link", "set", far, "up", "promisc", "on")
            self.sh(self.box, "ip", "link", "set", near, "up")
        self.sh(self.box, "ethtool", "-K", IN, "gro", "on")  # a veth takes the frames of xdp_blast only so, or by XDP
        self.relay_start()

    def relay_start(self):
        raise NotImplementedError

    @staticmethod
    def sh(box, *argv):
        return harness.sh("ip", "netns", "exec", box, *argv)

    def run(self, argv):
        """A relay program in its namespace, on the worker's CPU or where it pins itself."""
        self.process = Process(self.name, self.folder).run(["ip", "netns", "exec", self.box, *argv])

    def blast(self, *argv):
        """A source, running."""
        return subprocess.Popen(
            ["ip", "netns", "exec", self.source, "taskset", "-c", str(places.CONTROL_CPU),
             places.program(self.build, argv[0]), "s0", self.feed, *argv[1:]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=be_first)

    def blast_slowly(self):
        return self.blast("frame_blast", str(PROOF_RATE))

    def blast_stop(self, source):
        source.send_signal(signal.SIGTERM)
        told = source.communicate(timeout=10)[0].strip()
        if source.returncode != 0:
            raise SideError(f"{self.name}: the source: {told}")

    def arrived(self):
        """(seconds, frames that the sink's interface got)."""
        t0 = time.monotonic()
        told = json.loads(harness.sh("ip", "-n", self.sink, "-s", "-j", "link", "show", "k0"))
        return (t0 + time.monotonic()) / 2, told[0]["stats64"]["rx"]["packets"]

    def wait_for_frames(self):
        """Frames cross at all."""
        self.thaw()
        source = self.blast_slowly()
        before = self.arrived()[1]
        try:
            wait(f"{self.name} relays", lambda: self.is_alive() and self.arrived()[1] > before)
        finally:
            self.blast_stop(source)

    def is_alive(self):
        return self.process is None or self.process.is_alive()

    def freeze(self):
        if self.process is not None:
            self.process.freeze()

    def thaw(self):
        if self.process is not None:
            self.process.thaw()

    def trial(self, seconds):
        self.thaw()
        source = self.blast("xdp_blast")
        time.sleep(SETTLE_S * 2)
        steal = host.Steal()
        t0, n0 = self.arrived()
        time.sleep(seconds)
        t1, n1 = self.arrived()
        stolen = steal.share()
        self.blast_stop(source)
        self.freeze()
        self.is_alive()
        return {"rate": (n1 - n0) / (t1 - t0), "steal": stolen, "share": None}

    def prove(self):
        """Problems of what arrives when the source sends slowly. Starts the side; it stays."""
        self.start()
        self.wait_for_frames()
        end = harness.End("k0", netns=self.sink)
        end.only_romon()
        source = self.blast_slowly()
        time.sleep(PROOF_SECONDS)
        self.blast_stop(source)
        heard = end.pending()
        end.close()
        self.freeze()
        frames = feed.read(self.feed)
        return proof.compare_sample({"sink": frames * 4}, {"sink": heard})

    def stop(self):
        try:
            if self.process is not None:
                self.process.stop()
        finally:
            if self.is_there:  # another attempt makes them anew
                self.is_there = False
                for box in (self.source, self.box, self.sink):
                    harness.sh("ip", "netns", "del", box)


class Bridge(KernelSide):
    """The kernel's bridge. with_rps: what arrives is worked on by the worker's CPU, not by the source's."""

    def __init__(self, *args, with_rps=False):
        super().__init__(*args)
        self.with_rps = with_rps
        self.title = "Linux bridge, on the worker's CPU by RPS" if with_rps else "Linux bridge"

    def relay_start(self):
        self.sh(self.box, "ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "stp_state", "0",
                "forward_delay", "0")
        for name in (IN, OUT):
            self.sh(self.box, "ip", "link", "set", name, "master", "br0")
        self.sh(self.box, "ip", "link", "set", "br0", "up")
        if self.with_rps:
            cpus = f"{1 << places.WORKER_CPU:x}"
            self.sh(self.box, "sh", "-c", f"echo {cpus} > /sys/class/net/{IN}/queues/rx-0/rps_cpus")


class PcapRelay(KernelSide):
    title = "libpcap relay"

    def relay_start(self):
        self.run(["taskset", "-c", str(places.WORKER_CPU), places.program(self.build, "pcap_relay"), IN, OUT])


class KernelRomond(KernelSide):
    """A relay group of two kernel interfaces."""

    def __init__(self, *args, driver="auto"):
        super().__init__(*args)
        self.driver = driver
        self.title = f"romond relay, {driver}"

    def relay_start(self):
        path, socket_path = (os.path.join(self.folder, f"{self.name}.{what}") for what in ("yaml", "sock"))
        ports = {n: {"device": n, "driver": self.driver} for n in (IN, OUT)}
        config_write(path, relay_config(socket_path, f"bench-{self.name}", places.BURST, places.MBUFS, ports))
        self.run([places.program(self.build, "romond"), "-c", path])
