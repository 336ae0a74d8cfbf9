#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python model of signatures: against digests written out by hand, and every bit of a frame."""

import hashlib
import logging
import os
import pathlib
import struct
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import romon  # noqa: E402
import romon_auth as auth  # noqa: E402
from romon_auth import ROMOND_1, Scheme  # noqa: E402

VECTORS = pathlib.Path(os.environ.get("ROMOND_VECTORS", HERE.parent / "vectors"))
SECRET = b"0a9c-Kd83-zzPq-71"  # 17 bytes: longer than 16, shorter than 64


def vectors():
    return [romon.vector(p) for p in sorted(VECTORS.glob("*.hex"))]


def md5(*parts):
    return hashlib.md5(b"".join(parts)).digest()


class Digests(unittest.TestCase):
    """Each construction once, the bytes laid out as a reader of the document would."""

    def setUp(self):
        self.raw = romon.vector(VECTORS / "discover-origin.hex")
        self.dst, self.src, self.romon = self.raw[:6], self.raw[6:12], self.raw[14:]
        self.counter = 0x0102030405060708

    def test_romond_1_is_hmac_md5_over_source_and_frame(self):
        counter = struct.pack(">Q", self.counter)
        message = self.src + self.romon[:4] + counter + bytes(16) + self.romon[28:]
        key = SECRET.ljust(64, b"\0")
        inner = md5(bytes(k ^ 0x36 for k in key), message)
        outer = md5(bytes(k ^ 0x5C for k in key), inner)
        signed = ROMOND_1.sign(self.raw, SECRET, self.counter)
        self.assertEqual(signed[18:42], counter + outer)
        self.assertEqual(signed[:18] + signed[42:], self.raw[:18] + self.raw[42:])
        self.assertEqual(ROMOND_1.counter(signed), self.counter)

    def test_prefix_with_raw_secret_over_the_frame_alone(self):
        scheme = Scheme(0, "prefix", "raw", "zero", "romon")
        counter = struct.pack(">Q", self.counter)
        want = md5(SECRET, self.romon[:4], bytes(16), counter, self.romon[28:])
        self.assertEqual(scheme.sign(self.raw, SECRET, self.counter)[18:42], want + counter)

    def test_suffix_padded_to_16_with_the_secret_in_the_field(self):
        scheme = Scheme(8, "suffix", "pad16", "secret", "ethernet")
        counter = struct.pack(">Q", self.counter)
        want = md5(self.dst, self.src, b"\x88\xbf", self.romon[:4], counter, SECRET[:16], self.romon[28:], SECRET[:16])
        self.assertEqual(scheme.sign(self.raw, SECRET, self.counter)[18:42], counter + want)

    def test_both_padded_to_64_without_the_field(self):
        scheme = Scheme(4, "both", "pad64", "out", "source+romon")
        counter = struct.pack(">I", self.counter & 0xFFFFFFFF)
        key = SECRET.ljust(64, b"\0")
        want = md5(key, self.src, self.romon[:4], counter, bytes(4), self.romon[28:], key)
        self.assertEqual(scheme.sign(self.raw, SECRET, self.counter)[18:42], counter + want + bytes(4))


class Frames(unittest.TestCase):
    def test_every_scheme_verifies_what_it_signed_and_nothing_else(self):
        frame = romon.vector(VECTORS / "data-ping.hex")
        schemes = list(auth.every_scheme())
        self.assertEqual(len(schemes), 3 * (4 * 3 * 3 * 4 + 3 * 4))
        self.assertEqual(len(set(schemes)), len(schemes))
        for scheme in schemes:
            signed = scheme.sign(frame, SECRET, 7)
            self.assertTrue(scheme.verify(signed, SECRET), scheme)
            self.assertFalse(scheme.verify(signed, b"x" + SECRET), scheme)
            self.assertFalse(scheme.verify(frame, SECRET), scheme)
            others = [s for s in schemes if s.verify(signed, SECRET)]
            # HMAC pads its key to 64 bytes by itself: that tie is in the mathematics
            same = {"raw", "pad64"} if scheme.keyed == "hmac" and scheme.secret != "pad16" else {scheme.secret}
            same = set(auth.SECRET_FORMS) if scheme.keyed == "field" else same  # the field has 16 bytes in any case
            self.assertEqual({s.secret for s in others}, same, scheme)
            self.assertEqual({s.name.replace(s.secret, "") for s in others}, {scheme.name.replace(scheme.secret, "")})

    def test_every_bit_counts(self):
        for raw in vectors():
            signed = ROMOND_1.sign(raw, SECRET, 1 << 50)
            for bit in range(6 * 8, len(signed) * 8):
                if 12 * 8 <= bit < 14 * 8:
                    continue  # the EtherType: what makes it a RoMON frame
                flipped = bytearray(signed)
                flipped[bit // 8] ^= 1 << bit % 8
                try:
                    self.assertFalse(ROMOND_1.verify(bytes(flipped), SECRET), f"bit {bit}")
                except ValueError:
                    self.assertIn(bit // 8, (16, 17), "only a wrong length makes it no frame")

    def test_tag_and_padding_are_outside_what_is_signed(self):
        for raw in vectors():
            for scheme in (ROMOND_1, Scheme(0, "both", "pad16", "out", "ethernet")):
                signed = scheme.sign(raw, SECRET, 5)
                tagged = signed[:12] + b"\x81\x00\x60\x64" + signed[12:]
                self.assertTrue(scheme.verify(tagged + bytes(9), SECRET))
                self.assertEqual(scheme.sign(tagged, b"other", 5)[12:16], b"\x81\x00\x60\x64")

    def test_bad_frames_are_errors(self):
        raw = vectors()[0]
        for bad in (b"", raw[:13], raw[:12] + b"\x08\x00" + raw[14:], raw[:30], raw[:-1]):
            with self.assertRaises(ValueError):
                auth.split(bad)


class Captures(unittest.TestCase):
    def test_the_sample_has_every_value_of_every_part(self):
        sample = auth.sample_schemes()
        self.assertGreaterEqual(len(set(sample)), 20)
        for part, values in (("digest_at", auth.DIGEST_PLACES), ("keyed", auth.KEYED), ("secret", auth.SECRET_FORMS),
                             ("field", auth.FIELDS), ("cover", auth.COVERS)):
            self.assertEqual({getattr(s, part) for s in sample}, set(values), part)

    def test_captures_are_read_back_by_an_independent_reader(self):
        logging.getLogger("scapy").setLevel(logging.ERROR)  # it knows no Ethernet here: raw bytes are wanted
        from scapy.utils import PcapNgReader, PcapReader

        frames = vectors()
        with tempfile.TemporaryDirectory() as folder:
            made = auth.make_captures(folder, frames, SECRET, auth.sample_schemes())
            self.assertGreaterEqual(len(made), 20)
            for path, scheme in made.items():
                reader = PcapNgReader if path.suffix == ".pcapng" else PcapReader
                with reader(str(path)) as packets:
                    read = [bytes(p) for p in packets]
                self.assertEqual(len(read), len(frames))
                for raw, k in zip(read, range(len(read))):
                    self.assertEqual(raw, scheme.sign(frames[k], SECRET, 1_700_000_000_000_000 + k))
                    self.assertTrue(scheme.verify(raw, SECRET))


if __name__ == "__main__":
    unittest.main()
