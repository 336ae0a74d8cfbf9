# SPDX-License-Identifier: BSD-3-Clause
"""Two workers on two CPUs beside one: a node with two sources and two sinks, each source's Data to a sink of its own. The
second worker shares its CPU with the bench, so the figure is a little too low."""
import time

from bench import contest, feed, host, places, stats, verdict
from bench.romond_side import NODE, Romond

IN_MACS = (feed.IN_MAC, feed.IN_MAC[:-1] + "1")
TRIALS_MAX, SECONDS_MAX = 6, 0.5


class TwoWays(Romond):
    """The node; frames in are those of both sources."""

    def __init__(self, name, s, feeds, cores):
        super().__init__(name, s.folder, feeds[0], 2, build=s.build, mode=NODE, extra={"workers": {"cores": cores}})
        self.feeds = feeds
        self.title = f"{len(cores)} workers" if len(cores) > 1 else "one worker"

    def port_names(self):
        return ["in0", "in1", "out0", "out1"]

    def vdevs(self):
        return [f"net_pcap{i},rx_pcap={f},infinite_rx=1" for i, f in enumerate(self.feeds)] + [
            f"net_null{i},no-rx=1" for i in range(2)]

    def dpdk_ports(self):
        return None, [2, 3]

    def frames_in(self):
        return sum(self.telemetry.ask(f"/ethdev/stats,{p}")["ipackets"] for p in (0, 1))


def feeds_of(s):
    """Data to the MAC of each source's port, for the link of its sink: ports count from 1, sinks come behind sources."""
    out = []
    for i, mac in enumerate(IN_MACS):
        args = list(feed.data())
        args[args.index("--port-mac") + 1] = mac
        args[args.index("--out-link") + 1] = str(3 + i)
        out.append(feed.make(s.feeds, tuple(args)))
    return out


def counting_problems(side, trials):
    """Trials whose sinks did not get the frames of the sources."""
    wrong = [t for t in trials
             if not t["in-least"] - contest.IN_FLIGHT_MAX <= sum(t["out"]) <= t["in-most"] + contest.IN_FLIGHT_MAX]
    return [f"{side.title}: {len(wrong)} trials with lost or surplus frames"] if wrong else []


def attempt(s):
    feeds, n_trials, seconds = feeds_of(s), min(s.n_trials, TRIALS_MAX), min(s.seconds, SECONDS_MAX)
    two = TwoWays("two", s, feeds, [places.WORKER_CPU, places.CONTROL_CPU])
    one = TwoWays("one", s, feeds, [places.WORKER_CPU])
    c = contest.Contest(two, one, [contest.Duel(one, None, None)], is_control_ours=False, out_per_in=None)
    began, steal = time.monotonic(), host.Steal()
    try:
        contest.start_all(c.sides())
        trials = contest.alternate(c, n_trials, seconds)
    finally:
        contest.stop_all(c.sides())
    ours, theirs = ([t["rate"] for t in trials[id(side)]] for side in (two, one))
    duel = {"against": one.title, "point": two.title, "bar": None, "goal": None, "ours": stats.summary(ours),
            "rate": stats.summary(theirs), "ratio": stats.summary(stats.ratios(ours, theirs)), "word": "told"}
    return {"ours": {"side": two.title, "rate": duel["ours"]}, "aa": None, "duels": [duel], "steal": steal.share(), "share": None,
            "wrong": [p for side in c.sides() for p in counting_problems(side, trials[id(side)])],
            "void": verdict.void_reasons(None, steal.share(), None), "n-trials": n_trials, "trial-seconds": seconds,
            "took-seconds": round(time.monotonic() - began, 1)}


def row(s):
    """The row; a void one is run again."""
    return contest.until_it_counts(lambda n: attempt(s.again(n)))
