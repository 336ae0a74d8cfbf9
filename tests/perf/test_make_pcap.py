#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""make_pcap.py writes what it says: frame sizes, distinct senders, frames that a node forwards."""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "common"))

import romon  # noqa: E402
import romon_auth  # noqa: E402

PORT, NEXT = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
TO_PORT = ("--port-mac", PORT, "--out-link", "2", "--next-mac", NEXT)


def pcap_read(path):
    b = path.read_bytes()
    magic, major, minor, _, _, _, linktype = struct.unpack_from("<IHHiIII", b)
    assert (magic, major, minor, linktype) == (0xA1B2C3D4, 2, 4, 1)
    at, out = 24, []
    while at < len(b):
        _, us, n, of = struct.unpack_from("<IIII", b, at)
        assert n == of and us < 1000000
        out.append(b[at + 16 : at + 16 + n])
        at += 16 + n
    return out


class MakePcap(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def make(self, *args):
        path = pathlib.Path(self.folder.name) / "x.pcap"
        command = [sys.executable, "-B", HERE / "make_pcap.py", *args, path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return pcap_read(path)

    def test_relay_discover(self):
        raws = self.make("relay-discover", "--sources", "300", "-n", "1000")
        self.assertEqual(len(raws), 1000)
        self.assertEqual({len(r) for r in raws}, {98})
        frames = [romon.Frame.unpack(r) for r in raws]
        self.assertEqual(len({f.eth_src for f in frames}), 300)
        self.assertTrue(all(f.type == romon.DISCOVER and f.eth_dst == romon.GROUP_MAC for f in frames))

    def test_frames_are_signed(self):
        raws = self.make("data", *TO_PORT, "--neighbors", "7", "-n", "20", "--secret", "x")
        self.assertTrue(all(romon_auth.ROMOND_1.verify(r, b"x") for r in raws))
        self.assertEqual({romon_auth.ROMOND_1.counter(r) for r in raws}, {0})

    def test_discover(self):
        frames = [romon.Frame.unpack(r) for r in self.make("discover", "--origins", "500", "--hops", "3", "-n", "500")]
        self.assertEqual(len({f.src_id for f in frames}), 500)
        self.assertEqual({(f.eth_src, len(f.hops), f.ptr) for f in frames}, {(frames[0].eth_src, 3, 3)})

    def test_data_is_forwarded_by_the_node_it_is_made_for(self):
        ports = [romon.Port("in", 1, romon.mac(PORT)), romon.Port("out", 2, romon.mac("02:00:00:00:00:0c"))]
        node = romon.Node("02:00:00:00:00:ff", ports)
        raws = self.make("data", *TO_PORT, "--neighbors", "100", "--random-order", "-n", "400")
        self.assertEqual({len(r) for r in raws}, {126})
        frames = [romon.Frame.unpack(r) for r in raws]
        self.assertEqual(len({f.eth_src for f in frames}), 100)
        self.assertEqual(len({f.eth_src for f in frames[:100]}), 100)  # one round hears each once
        for frame in frames:
            step = node.data_step(frame, ports[0])
            self.assertIsInstance(step, romon.Forward)
            self.assertEqual((step.port.name, step.frame.eth_dst), ("out", romon.mac(NEXT)))

    def test_mixed_has_every_type_and_malformed_ones_and_repeats(self):
        args = ("mixed", *TO_PORT, "--neighbors", "5", "-n", "2000", "--seed", "9")
        raws = self.make(*args)
        self.assertEqual(raws, self.make(*args))
        self.assertNotEqual(raws, self.make(*args[:-1], "10"))
        types, reasons = set(), set()
        for raw in raws:
            try:
                types.add(romon.Frame.unpack(raw).type)
            except romon.BadFrame as e:
                reasons.add(e.reason)
        self.assertEqual(types, {1, 2, 3, 4, 5})
        expected = "runt vlan-depth type-unknown length-short length-long id-invalid hop-count hop-pointer"
        self.assertLessEqual(set(expected.split()), reasons)
        for raw in self.make(*args, "--malformed", "0"):
            romon.Frame.unpack(raw)

    def test_vlan(self):
        frames = [romon.Frame.unpack(r) for r in self.make("discover", "--vlan", "100", "-n", "5")]
        self.assertEqual({f.vid for f in frames}, {100})

    def test_what_is_missing_is_said(self):
        for args in (("data",), ("data", "--port-mac", "01:00:00:00:00:00"), ("discover", "--hops", "129")):
            command = [sys.executable, "-B", HERE / "make_pcap.py", *args, "/dev/null"]
            got = subprocess.run(command, capture_output=True, text=True)
            self.assertNotEqual(got.returncode, 0)
            self.assertIn("make_pcap.py:", got.stderr)
            self.assertNotIn("Traceback", got.stderr)


if __name__ == "__main__":
    unittest.main()
