# SPDX-License-Identifier: BSD-3-Clause
"""DPDK peers that are one program: testpmd, and the bare loop of tests/perf/bare_loop.c."""
from bench import places, proof
from bench.proc import DpdkSide, Process

LCORES = f"--lcores=0@{places.CONTROL_CPU},1@{places.WORKER_CPU}"


class EalSide(DpdkSide):
    """A program whose command line begins with EAL's."""

    def eal(self):
        argv = [LCORES, "--in-memory", "--no-pci", f"--file-prefix={self.prefix}"]
        for v in self.vdevs():
            argv += ["--vdev", v]
        return argv


class Testpmd(EalSide):
    """testpmd between one source and one sink."""

    def __init__(self, *args, mode="macswap", **kw):
        super().__init__(*args, **kw)
        self.mode = mode
        self.title = f"testpmd {mode}"

    def start(self):
        self.process = Process(self.name, self.folder).run(
            ["dpdk-testpmd", *self.eal(), "--", f"--forward-mode={self.mode}", f"--burst={self.burst}",
             "--nb-cores=1", "--no-flush-rx", f"--total-num-mbufs={self.mbufs}", "--auto-start", "--portmask=0x3",
             f"--rxd={places.DESCRIPTORS}", f"--txd={places.DESCRIPTORS}", "--stats-period=3600"])

    def twin(self, name, tx_files):
        return Testpmd(name, self.folder, self.proof_feed, self.n_sinks, self.burst, self.mbufs, tx_files, mode=self.mode)

    def expected(self, frames, sinks):
        return proof.mac_swapped(frames, sinks) if self.mode == "macswap" else proof.unchanged(frames, sinks)


class BareLoop(EalSide):
    """rx, reference counts, tx: the least that a DPDK program can do."""

    def __init__(self, *args, build, **kw):
        super().__init__(*args, **kw)
        self.build = build
        self.title = f"bare loop 1->{self.n_sinks}"

    def start(self):
        self.process = Process(self.name, self.folder).run(
            [places.program(self.build, "bare_loop"), *self.eal(), "--", str(self.burst), str(self.mbufs)])

    def twin(self, name, tx_files):
        return BareLoop(name, self.folder, self.proof_feed, self.n_sinks, self.burst, self.mbufs, tx_files, build=self.build)

    def expected(self, frames, sinks):
        return proof.unchanged(frames, sinks)
