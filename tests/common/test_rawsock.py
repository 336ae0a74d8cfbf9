#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The packet sockets of the namespace tests, over a veth pair between two namespaces of its own. Needs
root; exits with 77 (skipped) without. Leaves nothing behind."""

import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import rawsock  # noqa: E402
import romon  # noqa: E402

A, B = (f"romond-raw-{os.getpid()}-{side}" for side in "ab")


def ip(*args):
    subprocess.run(["ip", *args], check=True, timeout=20)


def setUpModule():
    for netns in (A, B):
        ip("netns", "add", netns)
        # no router solicitations among the frames
        subprocess.run(
            ["ip", "netns", "exec", netns, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=True
        )
    ip("link", "add", "v0", "netns", A, "type", "veth", "peer", "name", "v0", "netns", B)
    for netns in (A, B):
        ip("-n", netns, "link", "set", "v0", "up")


def tearDownModule():
    for netns in (A, B):
        subprocess.run(["ip", "netns", "del", netns], check=False)


class RawSockTest(unittest.TestCase):
    def setUp(self):
        self.a = rawsock.RawSock("v0", netns=A)
        self.b = rawsock.RawSock("v0", netns=B)
        node = romon.Node("02:00:00:00:00:01", [romon.Port("p", 5, romon.mac("02:00:00:00:00:02"))])
        self.frame = node.discover(node.ports[0])

    def tearDown(self):
        self.a.close()
        self.b.close()

    def test_frame_arrives_as_sent_and_is_not_heard_by_its_sender(self):
        self.a.send(self.frame)
        self.assertEqual(self.b.recv(5), romon.Frame.unpack(self.frame.pack()))
        self.assertIsNone(self.a.recv(0.05))

    def test_tags_are_put_back(self):
        raw = self.frame.pack()
        qinq = raw[:12] + bytes.fromhex("88a80064" "81000065") + raw[12:]
        for sent in (raw, self.frame.copy(vlan=100).pack(), self.frame.copy(vlan=0xE000).pack(), qinq):
            self.a.send(sent)
            self.assertEqual(self.b.collect_raw(5, count=1)[0].raw.hex(), sent.hex())

    def test_other_ethertypes_are_passed_over(self):
        raw = self.frame.pack()
        self.a.send(raw[:12] + b"\x08\x00" + raw[14:])
        self.a.send(raw[:12] + b"\x81\x00\x00\x07\x08\x00" + raw[14:])
        self.a.send(raw, pad_to=200)
        got = self.b.collect_raw(5, count=1)
        self.assertEqual(got[0].raw, raw.ljust(200, b"\0"))

    def test_malformed_frames_are_raw_only(self):
        self.a.send(self.frame.pack()[:70])
        self.assertEqual(len(self.b.collect_raw(5, count=1)), 1)
        self.a.send(self.frame.pack()[:70])
        self.a.send(self.frame)
        self.assertEqual(len(self.b.collect(5, count=1)), 1)

    def test_collect_ends_early_and_at_its_deadline(self):
        for ptr in range(50):
            self.a.send(self.frame.copy(channel=ptr))
        started = time.monotonic()
        got = self.b.collect(30, until=lambda f: f.channel == 20, match=lambda f: f.channel % 2 == 0)
        self.assertEqual([f.channel for f in got], list(range(0, 21, 2)))
        self.assertEqual(len(self.b.collect(30, count=3)), 3)
        self.assertLess(time.monotonic() - started, 20)
        self.assertEqual(self.b.drain(), 26)
        self.assertEqual(self.b.collect(0.05), [])
        self.assertEqual(self.b.lost(), 0)

    def test_missing_namespace_or_interface_is_an_error(self):
        with self.assertRaises(FileNotFoundError):
            rawsock.RawSock("v0", netns="romond-no-such-namespace")
        with self.assertRaises(OSError):
            rawsock.RawSock("nosuchif", netns=A)

    def test_the_calling_thread_stays_where_it_is(self):
        here = os.readlink("/proc/thread-self/ns/net")
        rawsock.in_netns(A, lambda: None)
        self.assertEqual(os.readlink("/proc/thread-self/ns/net"), here)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: packet sockets and namespaces need root")
        sys.exit(77)
    unittest.main()
