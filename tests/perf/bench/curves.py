# SPDX-License-Identifier: BSD-3-Clause
"""Throughput along one quantity at a time, beside a peer with the same frames, burst and ports at each point.

A curve goes from the easy end to the hard one. What a peer pays for a point (a burst of one frame, sixteen ports, a
source that fills the caches) cancels out in the ratio to it. There is a cliff between two neighboring points when the
ratio at the second is less than STEP_MIN of that at the first: then our cost grew at least twice as fast as the peer's.
"""
import time
from dataclasses import dataclass

from bench import contest, digest_rows, feed, host, places, stats, verdict, worker_sides
from bench.contest import Contest, Duel
from bench.dpdk_sides import BareLoop, Testpmd
from bench.romond_side import NODE, RELAY
from bench.worker_sides import BY_CORES, Dispatching, TwoWays

STEP_MIN, STEP_GOAL = 0.5, 0.8
TRIALS_MAX, SECONDS_MAX = 4, 0.3
N_FILTERS = 10
SECRET = "of-the-bench"
MBUFS_MORE = 1 << 16  # beyond the frames that a source holds

BURSTS = (64, 32, 4, 1)
SIZES = (98, 126, 512, 1514)
PORTS = (2, 4, 8, 16)
NEIGHBORS = (100, 1000, 10000, 100000, 1000000)


@dataclass
class Point:
    """One pair of sides, and what it is called."""

    text: str
    ours: object
    peer: object


def data_pair(s, name, frames, burst=places.BURST, mbufs=places.MBUFS, **kw):
    """A node and testpmd macswap over the same Data."""
    ours = s.romond(f"{name}-ours", frames, 1, NODE, burst=burst, mbufs=mbufs, **kw)
    return ours, Testpmd(f"{name}-peer", s.folder, frames, 1, burst=burst, mbufs=mbufs, proof_feed=kw.get("proof_feed"))


def by_burst(s):
    frames = feed.make(s.feeds, feed.data())
    for n in BURSTS:
        yield Point(f"bursts of {n}", *data_pair(s, f"burst{n}", frames, burst=n))


def by_size(s):
    for n in SIZES:
        frames = feed.make(s.feeds, feed.data(size=n - feed.DATA_HEADER))
        yield Point(f"{n} bytes", *data_pair(s, f"size{n}", frames))


def by_ports(mode, args):
    """A frame in, out of all other ports; the bare loop shares it by reference count."""
    def points(s):
        frames = feed.make(s.feeds, args)
        for n in PORTS:
            ours = s.romond(f"ports{n}-ours", frames, n - 1, mode)
            yield Point(f"{n} ports", ours, BareLoop(f"ports{n}-bare", s.folder, frames, n - 1, build=s.build))
    return points


def by_neighbors(s):
    """In random order. The file is as long as there are neighbors, for the peer too."""
    for n in NEIGHBORS:
        what = feed.data(n, is_random=True)
        count = max(n, feed.N_FRAMES)
        limits = {"neighbors": n + 4096, "neighbors-per-port": n + 4096}
        yield Point(f"{n:,} neighbors", *data_pair(
            s, f"nbr{n}", feed.make(s.feeds, what, count), mbufs=count + MBUFS_MORE, neighbors=n, extra={"limits": limits},
            proof_feed=feed.make(s.feeds, what)))


def filters(n):
    """Filters that none of the frames meets; each has to be asked."""
    return [{"port": "all", "deny-id": [f"02:dd:00:00:00:{i:02x}"], "deny-service": [str(30000 + i)]} for i in range(n)]


def by_filters(s):
    frames = feed.make(s.feeds, feed.data())
    for n in (0, 1, N_FILTERS):
        extra = {"filters": filters(n)} if n else {}
        yield Point(f"{n} filters", *data_pair(s, f"filters{n}", frames, extra=extra))


def by_workers(s):
    """Two ports, of one worker and of two. The second worker shares its CPU with the bench: a little too low."""
    feeds = worker_sides.feeds_of(s)
    two, one = (TwoWays(name, s.folder, feeds, build=s.build, cores=cores) for name, cores in BY_CORES)
    yield Point("2 workers", two, one)


def by_dispatch(s):
    """One port, its frames dispatched to two workers, beside one worker. What costs a worker little is not worth the way."""
    for what, secret, more in (("unsigned", None, ()), ("verified and signed anew", SECRET, ("--secret", SECRET))):
        frames = feed.make(s.feeds, feed.data() + more)
        two, one = (Dispatching(f"{what[:8]}-{name}", s.folder, frames, secret, build=s.build, cores=cores)
                    for name, cores in BY_CORES)
        yield Point(f"2 workers, {what}", two, one)


def judge_curve(points):
    """The last duel of a curve, of its duels in order: the worst step."""
    steps = [(b["ratio"]["median"] / a["ratio"]["median"], f"{a['point']} -> {b['point']}") for a, b in zip(points, points[1:])]
    least, where = min(steps)
    return {"against": f"worst step: {where}", "point": "worst step", "bar": STEP_MIN, "goal": STEP_GOAL, "rate": None,
            "ratio": stats.summary([least]), "word": verdict.at_least(least, STEP_MIN, STEP_GOAL)}


def measure(point, n_trials, seconds):
    """(duel, trials, problems) of one point; both sides live only for it."""
    c = Contest(point.ours, point.peer, [Duel(point.peer, None, None)], is_control_ours=False)
    wrong = point.ours.prove()
    try:
        contest.start_all(c.sides())
        trials = contest.alternate(c, n_trials, seconds)
    finally:
        contest.stop_all(c.sides())
    ours, theirs = ([t["rate"] for t in trials[id(side)]] for side in (point.ours, point.peer))
    duel = {"against": f"{point.text}: {point.peer.title}", "point": point.text, "bar": None, "goal": None,
            "ours": stats.summary(ours), "rate": stats.summary(theirs), "ratio": stats.summary(stats.ratios(ours, theirs)),
            "word": "told"}
    return duel, [t for ts in trials.values() for t in ts], wrong + contest.counting_problems(c, trials)


def attempt(s, make_points, is_curve):
    n_trials, seconds = min(s.n_trials, TRIALS_MAX), min(s.seconds, SECONDS_MAX)
    began, steal = time.monotonic(), host.Steal()
    duels, trials, wrong = [], [], []
    for point in make_points(s):
        duel, of_point, problems = measure(point, n_trials, seconds)
        duels.append(duel)
        trials += of_point
        wrong += [f"{point.text}: {p}" for p in problems]
    share = stats.median([t["share"] for t in trials]) if is_curve else None
    return {"ours": {"side": "romond", "rate": duels[0]["ours"]}, "aa": None,
            "duels": [*duels, judge_curve(duels)] if is_curve else duels, "steal": steal.share(), "share": share, "wrong": wrong,
            "void": verdict.void_reasons(None, steal.share(), share), "n-trials": n_trials, "trial-seconds": seconds,
            "took-seconds": round(time.monotonic() - began, 1)}


def row(make_points, is_curve=True):
    """The function of a curve, or of points that are no steps of one; a void one is run again."""
    return lambda s: contest.until_it_counts(lambda n: attempt(s.again(n), make_points, is_curve))


ROWS = {
    "burst": ("node, Data, 126 bytes", row(by_burst)),
    "size": ("node, Data", row(by_size)),
    "relay-ports": ("relay 1 -> n-1, 98-byte Discover", row(by_ports(RELAY, feed.RELAY))),
    "flood-ports": ("node, Discover flooded 1 -> n-1", row(by_ports(NODE, feed.DISCOVER))),
    "neighbors": ("node, Data, 126 bytes, random order", row(by_neighbors)),
    "workers": ("node, Data from two ports, 126 bytes", row(by_workers, is_curve=False)),
    "dispatch": ("node, Data from one port, 126 bytes", row(by_dispatch, is_curve=False)),
    "filters": ("node, Data, 126 bytes", row(by_filters)),
    **digest_rows.CURVES,
}
