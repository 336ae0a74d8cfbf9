# SPDX-License-Identifier: BSD-3-Clause
"""The rows of the bench. A new row is a function that returns a Contest, and a line in ROWS."""
import os
from dataclasses import dataclass, replace

from bench import contest, digest_rows, feed, gateway_rows, ovs_side, reload_row, stream_rows
from bench.contest import Contest, Duel
from bench.dpdk_sides import BareLoop, Testpmd
from bench.kernel_sides import Bridge, KernelRomond, PcapRelay
from bench.ovs_side import Ovs
from bench.poll_side import HZ_MIN, Again, Beside, poll
from bench.romond_side import NODE, RELAY, Romond
from bench.stream_side import BYTES_MIN, N_STREAMS, Peered, write


MILLION = 1000000
PART_MIN = 0.25  # seconds of a part of a trial


@dataclass
class Setting:
    """What a row is run with."""

    folder: str  # of its own, for files, logs and sockets
    feeds: str  # folder of what the sides forward; shared by all rows
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
    frames = feed.make(s.feeds, feed.RELAY)
    return Contest(
        s.romond("ours", frames, 3, RELAY), s.romond("control", frames, 3, RELAY),
        [Duel(Ovs("ovs", s.folder, frames, 3, action=ovs_side.OUTPUTS), 4, 8)])


def relay_beside_bare(s):
    frames = feed.make(s.feeds, feed.RELAY)
    return Contest(
        s.romond("ours", frames, 3, RELAY), s.romond("control", frames, 3, RELAY),
        [Duel(BareLoop("bare", s.folder, frames, 3, build=s.build), 0.5, 0.8)])


def data_beside_macswap(s):
    frames = feed.make(s.feeds, feed.data())
    return Contest(
        s.romond("ours", frames, 1, NODE), s.romond("control", frames, 1, NODE),
        [Duel(Testpmd("testpmd", s.folder, frames, 1), 0.5, 0.8)])


def flood_beside_ovs(s):
    frames = feed.make(s.feeds, feed.DISCOVER)
    return Contest(
        s.romond("ours", frames, 3, NODE), s.romond("control", frames, 3, NODE),
        [Duel(Ovs("ovs", s.folder, frames, 3, action=ovs_side.FLOOD), 2, 5)])


def many_neighbors(s):
    """Both sides read a file as long: so that the source's own cache misses stand on both sides."""
    def node(name, title, neighbors):
        what = feed.data(neighbors, is_random=True)
        side = s.romond(name, feed.make(s.feeds, what, MILLION), 1, NODE, mbufs=MILLION + (1 << 16),
                        proof_feed=feed.make(s.feeds, what), neighbors=neighbors,
                        extra={"limits": {"neighbors": MILLION + 4096, "neighbors-per-port": MILLION + 4096}})
        side.title = title
        return side
    return Contest(node("ours", "romond node, 1,000,000 neighbors", MILLION), node("control", "control", MILLION),
                   [Duel(node("few", "the same with 100 neighbors", 100), 0.5, 0.8)])


def relay_between_interfaces(s):
    frames = feed.make(s.feeds, feed.RELAY)
    ours, control = (KernelRomond(name, s.folder, frames, s.build) for name in ("ours", "control"))
    bridge, with_rps = (Bridge(name, s.folder, frames, s.build, with_rps=rps)
                        for name, rps in (("br", False), ("rps", True)))
    relay = PcapRelay("pcap", s.folder, frames, s.build)
    return Contest(ours, control, [Duel(bridge, 1, None), Duel(with_rps, None, None), Duel(relay, 5, None)],
                   out_per_in=None)


def data_while_asked(s):
    frames = feed.make(s.feeds, feed.data())
    alone = s.romond("alone", frames, 1, NODE)
    alone.title = "the same, not asked"
    asked = Beside(alone, "romond node, asked at 1 kHz", poll, HZ_MIN, "questions")
    return Contest(asked, Again(alone, "the same, once more"), [Duel(alone, 0.98, 0.99)], is_control_ours=False)


def data_beside_streams(s):
    alone = Peered("alone", s.folder, feed.make(s.feeds, feed.data()), s.build)
    alone.title = "the same, no stream"
    busy = Beside(alone, f"romond node, {N_STREAMS} busy streams", write, BYTES_MIN, "bytes")
    return Contest(busy, Again(alone, "the same, once more"), [Duel(alone, 0.97, 0.99)], is_control_ours=False)


def contested(make, parts=1, kept=None):
    """A row that is one contest. parts: a trial is made in so many, each a turn of its own: for a ratio so near to 1 that what
    the machine does in a second matters. kept: so many of the parts, where a turn costs much beside its time."""
    def row(s):
        n_parts = max(1, min(parts, int(s.seconds / PART_MIN)))
        n_turns = s.n_trials * min(kept or n_parts, n_parts)
        return contest.run(lambda n: make(s.again(n)), n_turns, s.seconds / n_parts)
    return row


# Key -> what it is, and the function that runs it: Setting -> result.
ROWS = {
    "P1": ("relay 1 in, 3 out, 98-byte Discover", contested(relay_beside_ovs)),
    "P2": ("relay 1 in, 3 out, 98-byte Discover", contested(relay_beside_bare)),
    "P3": ("node, Data, 126 bytes", contested(data_beside_macswap)),
    "P4": ("node, Discover flooded 1 in, 3 out", contested(flood_beside_ovs)),
    **digest_rows.ROWS,
    "P7": ("node, Data, 1,000,000 neighbors in random order", contested(many_neighbors)),
    "P8": ("relay between kernel interfaces (veth)", contested(relay_between_interfaces, parts=3, kept=2)),
    "P9": ("node, Data at half load, keys reloaded", reload_row.row(reload_row.N_FULL)),
    **stream_rows.ROWS,
    "S4": (f"node, Data, beside {N_STREAMS} busy streams", contested(data_beside_streams, parts=4)),
    **gateway_rows.ROWS,
    "G2": ("node, Data, its gateway flooded", contested(gateway_rows.data_beside_flood, parts=4)),
    "P10": ("node, Data, asked on both sockets at 1 kHz", contested(data_while_asked, parts=4)),
}
HUGEPAGES = 900  # of 2 MiB, for the sides of a row
HUGEPAGES_OF = {"P7": 4200, "neighbors": 4200}  # a million frames are as many mbufs, in each of three romond


def hugepages(key):
    return HUGEPAGES_OF.get(key, HUGEPAGES)
