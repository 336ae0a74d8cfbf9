# SPDX-License-Identifier: BSD-3-Clause
"""Nodes with one worker or two, on CPUs of their own. The second worker shares its CPU with the bench, so that what two do is
told a little too low. What they send is proven by rows of one worker."""
from bench import feed, places
from bench.proc import IN_FLIGHT_MAX
from bench.romond_side import NODE, Romond

IN_MACS = (feed.IN_MAC, feed.IN_MAC[:-1] + "1")
NO_COUNTER = "digest=8 counter=none keyed=hmac secret=raw field=zero cover=source+romon"  # romond-1, but for it
BY_CORES = (("two", [places.WORKER_CPU, places.CONTROL_CPU]), ("one", [places.WORKER_CPU]))


class Workers(Romond):
    """A node whose workers have these CPUs."""

    def __init__(self, name, folder, frames, n_sinks, build, cores, extra=None):
        super().__init__(name, folder, frames, n_sinks, build=build, mode=NODE,
                         extra={"workers": {"cores": cores}, **(extra or {})})
        self.title = f"{len(cores)} workers" if len(cores) > 1 else "one worker"

    def prove(self):
        return []


class TwoWays(Workers):
    """Two sources and two sinks, each source's Data to a sink of its own; frames in are those of both."""

    def __init__(self, name, folder, feeds, **kw):
        super().__init__(name, folder, feeds[0], 2, **kw)
        self.feeds = feeds

    def port_names(self):
        return ["in0", "in1", "out0", "out1"]

    def vdevs(self):
        return [f"net_pcap{i},rx_pcap={f},infinite_rx=1" for i, f in enumerate(self.feeds)] + [
            f"net_null{i},no-rx=1" for i in range(2)]

    def dpdk_ports(self):
        return None, [2, 3]

    def frames_in(self):
        return sum(self.telemetry.ask(f"/ethdev/stats,{p}")["ipackets"] for p in (0, 1))

    def counts_right(self, trial, out_per_in):
        return super().counts_right({**trial, "out": [sum(trial["out"])]}, out_per_in)


class Dispatching(Workers):
    """One source and one sink. With a secret what comes in is verified, and signed anew as it leaves, by a scheme without a
    counter: the same frames come again and again. What comes is more than fits, and lost where the other worker's ring is full:
    so that what left is the rate."""

    def __init__(self, name, folder, frames, secret, **kw):
        port = {"secrets": [secret]} if secret else {}
        super().__init__(name, folder, frames, 1, extra={
            "romon": {"auth-scheme": NO_COUNTER}, "ports": {"in": {**port, "dispatch": "neighbor"}, "out0": port}}, **kw)

    def trial(self, seconds):
        t = super().trial(seconds)
        return {**t, "rate": t["rate"] * sum(t["out"]) * 2 / (t["in-least"] + t["in-most"])}

    def counts_right(self, trial, out_per_in):
        return 0 < sum(trial["out"]) <= trial["in-most"] * out_per_in + IN_FLIGHT_MAX


def feeds_of(s):
    """Data to the MAC of each source's port, for the link of its sink: ports count from 1, sinks come behind sources."""
    out = []
    for i, mac in enumerate(IN_MACS):
        args = list(feed.data())
        args[args.index("--port-mac") + 1] = mac
        args[args.index("--out-link") + 1] = str(3 + i)
        out.append(feed.make(s.feeds, tuple(args)))
    return out
