# SPDX-License-Identifier: BSD-3-Clause
"""The rows of the bench. A new row is a function that returns a Contest, and a line in ROWS."""
import os
from dataclasses import dataclass, replace

from bench import contest, feed, ovs_side, romond_side
from bench.contest import Contest, Duel
from bench.dpdk_sides import BareLoop, Testpmd
from bench.ovs_side import Ovs
from bench.romond_side import NODE, RELAY, Romond


@dataclass
class Setting:
    """What a row is run with."""

    folder: str  # of its own, for files, logs and sockets
    build: str
    n_trials: int
    seconds: float

    def again(self, n):
        """The same in a folder of its own, for the nth attempt."""
        folder = os.path.join(self.folder, str(n))
        os.makedirs(folder)
        return replace(self, folder=folder)

    def romond(self, name, frames, n_sinks, mode, **kw):
        return Romond(name, self.folder, frames, n_sinks, build=self.build, mode=mode, **kw)


def relay_beside_ovs(s):
    frames = feed.make(s.folder, feed.RELAY)
    return Contest(
        s.romond("ours", frames, 3, RELAY), s.romond("control", frames, 3, RELAY),
        [Duel(Ovs("ovs", s.folder, frames, 3, action=ovs_side.OUTPUTS), 4, 8)])


def relay_beside_bare(s):
    frames = feed.make(s.folder, feed.RELAY)
    return Contest(
        s.romond("ours", frames, 3, RELAY), s.romond("control", frames, 3, RELAY),
        [Duel(BareLoop("bare", s.folder, frames, 3, build=s.build), 0.5, 0.8)])


def data_beside_macswap(s):
    frames = feed.make(s.folder, feed.data())
    return Contest(
        s.romond("ours", frames, 1, NODE), s.romond("control", frames, 1, NODE),
        [Duel(Testpmd("testpmd", s.folder, frames, 1), 0.5, 0.8)])


def flood_beside_ovs(s):
    frames = feed.make(s.folder, feed.DISCOVER)
    return Contest(
        s.romond("ours", frames, 3, NODE), s.romond("control", frames, 3, NODE),
        [Duel(Ovs("ovs", s.folder, frames, 3, action=ovs_side.FLOOD), 2, 5)])


def contested(make):
    """A row that is one contest."""
    def row(s):
        return contest.run(lambda n: make(s.again(n)), s.n_trials, s.seconds)
    return row


# Key -> what it is, and the function that runs it: Setting -> result.
ROWS = {
    "P1": ("relay 1 in, 3 out, 98-byte Discover", contested(relay_beside_ovs)),
    "P2": ("relay 1 in, 3 out, 98-byte Discover", contested(relay_beside_bare)),
    "P3": ("node, Data, 126 bytes", contested(data_beside_macswap)),
    "P4": ("node, Discover flooded 1 in, 3 out", contested(flood_beside_ovs)),
}
