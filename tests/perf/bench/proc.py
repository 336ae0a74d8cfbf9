# SPDX-License-Identifier: BSD-3-Clause
"""A program under test: started once, frozen by SIGSTOP while another side has the worker's CPU, and measured by what
its network devices count."""
import json
import os
import signal
import socket
import subprocess
import time

from bench import feed, host, places, proof

STOP_S = 20
START_S = 30
SETTLE_S = 0.15  # between a thaw and the first reading: caches and branch predictors are warm again


class SideError(RuntimeError):
    """A side that does not start, or does not do its work."""


def wait(what, condition, seconds=START_S):
    """The first true value of condition()."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
            last = value
        except (OSError, ValueError, KeyError, TypeError) as e:  # not up yet
            last = e
        time.sleep(0.01)
    raise SideError(f"not within {seconds} s: {what} (last: {last!r})")


class Telemetry:
    """DPDK's telemetry socket of one process, kept open."""

    def __init__(self, prefix):
        self.path = os.path.join(os.environ["RUNTIME_DIRECTORY"], "dpdk", prefix, "dpdk_telemetry.v2")
        self.sock = None

    def ask(self, command):
        if self.sock is None:
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.settimeout(5)
            s.connect(self.path)
            s.recv(1024)  # who answers
            self.sock = s
        self.sock.send(command.encode())
        return json.loads(self.sock.recv(65536))[command.split(",")[0]]

    def close(self):
        if self.sock is not None:
            self.sock.close()
            self.sock = None


IN_FLIGHT_MAX = 1024  # frames between a source and a sink: bursts that are being worked on
SHARE_WHOLE = 0.985  # of a trial on the CPU and more is all of it, but for ticks
NICE = -20  # of every side: what else runs on the machine gets a hundredth of the worker's CPU
AUTOGROUP = "/proc/self/autogroup"


def be_first():
    os.setpriority(os.PRIO_PROCESS, 0, NICE)


def session_first():
    """Where the kernel shares CPUs between sessions before it does between their processes, a nice value counts inside its own
    session alone: then this session is to have the first place among all."""
    if os.path.exists(AUTOGROUP):
        with open(AUTOGROUP, "w", encoding="ascii") as f:
            f.write(str(NICE))


def be_ordinary():
    os.setpriority(os.PRIO_PROCESS, 0, 0)


def workers_first(pid):
    """Of a DPDK program's threads, those that forward."""
    for task in os.listdir(f"/proc/{pid}/task"):
        if host.read(f"/proc/{pid}/task/{task}/comm").startswith("rte-worker"):
            os.setpriority(os.PRIO_PROCESS, int(task), NICE)


class Process:
    """A started program and its log."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.log_path = os.path.join(folder, f"{name}.log")
        self.popen = None

    def run(self, argv, env=None, priority=be_first):
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=log, stderr=log, env=env,
                                          preexec_fn=priority)
        return self

    @property
    def pid(self):
        return self.popen.pid

    def is_alive(self):
        if self.popen.poll() is not None:
            raise SideError(f"{self.name} ended with {self.popen.returncode}:\n{self.log_tail()}")
        return True

    def log_tail(self, lines=20):
        return "\n".join(host.read(self.log_path).splitlines()[-lines:])

    def freeze(self):
        self.popen.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.popen.send_signal(signal.SIGCONT)

    def stop(self):
        if self.popen is None or self.popen.poll() is not None:
            return
        self.thaw()
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise SideError(f"{self.name} did not stop within {STOP_S} s of SIGTERM") from None


class DpdkSide:
    """One DPDK program that takes frames from a pcap file, over and over, and sends them into sinks that take all. A
    subclass says how it is started: start() leaves self.process behind.
    """

    title = ""
    is_ours = False

    def __init__(self, name, folder, feed, n_sinks, burst=places.BURST, mbufs=places.MBUFS, tx_files=None,
                 proof_feed=None):
        self.name, self.folder, self.feed, self.n_sinks = name, folder, feed, n_sinks
        self.burst, self.mbufs, self.tx_files = burst, mbufs, tx_files
        self.proof_feed = proof_feed or feed  # what prove() sends; less where feed is long
        self.prefix = f"bench-{name}"
        self.telemetry = Telemetry(self.prefix)
        self.process = None

    def start(self):
        raise NotImplementedError

    def twin(self, name, tx_files):
        """The same side for one lap, its sinks files."""
        raise NotImplementedError

    def expected(self, frames, sinks):
        """{sink: frames} for the frames of the source; called while the program runs."""
        raise NotImplementedError

    def vdevs(self):
        source = f"net_pcap0,rx_pcap={self.feed}" + ("" if self.tx_files else ",infinite_rx=1")
        if self.tx_files:
            return [source] + [f"net_pcap{i + 1},tx_pcap={f}" for i, f in enumerate(self.tx_files)]
        return [source] + [f"net_null{i},no-rx=1" for i in range(self.n_sinks)]

    def wait_for_frames(self):
        wait(f"{self.name} sends frames", lambda: self.process.is_alive() and min(self.frames_out()) > 0)

    def dpdk_ports(self):
        """(DPDK's number of the source, [those of the sinks])."""
        return 0, list(range(1, self.n_sinks + 1))

    def frames_in(self):
        return self.telemetry.ask(f"/ethdev/stats,{self.dpdk_ports()[0]}")["ipackets"]

    def frames_out(self):
        """Of each sink."""
        return [self.telemetry.ask(f"/ethdev/stats,{p}")["opackets"] for p in self.dpdk_ports()[1]]

    def freeze(self):
        self.process.freeze()

    def thaw(self):
        self.process.thaw()

    def reading(self):
        """(seconds, frames in, frames out of each sink, frames in once the sinks were read, ns on CPU by thread)."""
        t0 = time.monotonic()
        n_in = self.frames_in()
        t1 = time.monotonic()
        n_out = self.frames_out()
        return (t0 + t1) / 2, n_in, n_out, self.frames_in(), host.on_cpu_ns(self.process.pid)

    def trial(self, seconds):
        """Frames taken from the source in a second of the time that the worker had its CPU, and what else says whether that
        counts. The kernel knows that time to a tick, so that it is only asked where somebody else was on the CPU."""
        self.thaw()
        time.sleep(SETTLE_S)
        steal = host.Steal()
        t0, in0, out0, after0, ran0 = self.reading()
        time.sleep(seconds)
        t1, in1, out1, after1, ran1 = self.reading()
        stolen = steal.share()
        self.freeze()
        busiest = max((ran1[t] - ran0.get(t, 0) for t in ran1), default=0)
        share = min(1.0, busiest / 1e9 / (t1 - t0))
        had = (t1 - t0) * (share if share < SHARE_WHOLE else 1.0)
        return {"rate": (in1 - in0) / had, "steal": stolen, "share": share,
                "in-least": in1 - after0, "in-most": after1 - in0, "out": [b - a for a, b in zip(out0, out1)]}

    def counts_right(self, trial, out_per_in):
        """Each sink got so many frames for each of the source, as far as counters that run on tell."""
        least = trial["in-least"] * out_per_in - IN_FLIGHT_MAX
        most = trial["in-most"] * out_per_in + IN_FLIGHT_MAX
        return all(least <= n <= most for n in trial["out"]) and trial["in-least"] > 0

    def prove(self):
        """Problems of what comes out, from one lap of the source into files."""
        sinks = [f"out{i}" for i in range(self.n_sinks)]
        files = [os.path.join(self.folder, f"{self.name}-{s}.pcap") for s in sinks]
        twin = self.twin(f"{self.name}-proof", files)
        try:
            twin.start()
            wanted = twin.expected(feed.read(self.proof_feed), sinks)
            twin.wait_until_through({s: len(f) for s, f in wanted.items()})
        finally:
            twin.stop()
        compare = proof.compare if self.is_ours else proof.compare_sample
        return compare(wanted, {s: feed.read(f) for s, f in zip(sinks, files)})

    def wait_until_through(self, n_wanted):
        """All wanted frames left, or no more come."""
        end = time.monotonic() + START_S
        last, still = None, 0
        while time.monotonic() < end and still < 40:
            self.process.is_alive()
            try:
                out = self.frames_out()
            except (OSError, ValueError, KeyError, TypeError):  # not up yet
                out = None
            if out == list(n_wanted.values()):
                return
            still = still + 1 if out == last and out is not None and max(out) > 0 else 0
            last = out
            time.sleep(0.025)

    def stop(self):
        self.telemetry.close()
        if self.process is not None:
            self.process.stop()
