# SPDX-License-Identifier: BSD-3-Clause
"""The frames of the TRex profile are RoMON, and those of the profiles of romon-gen whose work it repeats."""
import importlib.util
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))
import romon  # noqa: E402

PROFILES = os.path.join(HERE, "profiles")
spec = importlib.util.spec_from_file_location("trex_romon", os.path.join(PROFILES, "trex_romon.py"))
trex = importlib.util.module_from_spec(spec)
spec.loader.exec_module(trex)


def words(profile):
    with open(os.path.join(PROFILES, profile), encoding="utf-8") as f:
        return f.read()


class Frames(unittest.TestCase):
    def test_data_is_what_a_node_forwards(self):
        west = romon.Port("west", 7, romon.mac("02:00:00:00:aa:01"))
        east = romon.Port("east", 9, romon.mac("02:00:00:00:aa:02"))
        node = romon.Node(romon.mac("02:00:00:00:00:01"), [west, east])
        frame = romon.Frame.unpack(trex.data("02:00:00:00:aa:01", 9))
        self.assertEqual(frame.pack(), trex.data("02:00:00:00:aa:01", 9))
        step = node.data_step(frame, west)
        self.assertEqual((step.port.name, step.frame.hops[0].mac), ("east", romon.mac("02:60:00:00:00:00")))
        self.assertEqual((len(frame.pack()), len(frame.hops)), (126, 3))
        self.assertIn("type: data, from: west, to: east, hops: 3, size: 126, neighbors: 100", words("node-data.yaml"))

    def test_discover_is_one(self):
        frame = romon.Frame.unpack(trex.discover())
        self.assertEqual((frame.type_name, len(frame.routes), len(frame.pack())), ("Discover", 1, 126))
        self.assertEqual(frame.eth_dst, romon.GROUP_MAC)
        self.assertIn("type: discover, from: a, to: [b, c, d], size: 126", words("relay-flood.yaml"))

    def test_neighbor_number_ends_the_source(self):
        frame = trex.data("02:00:00:00:aa:01", 9)
        self.assertEqual(frame[trex.NEIGHBOR_AT - 2:trex.NEIGHBOR_AT + 4], trex.made(0x60, 0, 0))


if __name__ == "__main__":
    unittest.main()
