#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""romonctl auth-probe on captures that the Python model signed (tests/common/romon_auth.py).

Run by meson (suite cli), or alone: ROMONCTL=build/app/romonctl/romonctl python3 -m unittest test_auth_probe
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROMONCTL = os.environ.get("ROMONCTL", str(ROOT / "build/app/romonctl/romonctl"))
ROMOND = pathlib.Path(ROMONCTL).resolve().parent.parent / "romond/romond"
sys.path.insert(0, str(ROOT / "tests/common"))
import romon  # noqa: E402
import romon_auth as auth  # noqa: E402
from romon import Frame, Hop, Ping, Route, LinkEnd  # noqa: E402
from romon_auth import ROMOND_1, Scheme  # noqa: E402

SECRET = b"0a9c-Kd83-zzPq-71xy"  # longer than 16: the paddings differ
LIMIT_S = 60


def frames(n, senders=2, seed=5):
    """n good frames of both shapes, from a few senders."""
    r = random.Random(seed)
    for i in range(n):
        src = bytes([2, 0, 0, 0, 1, i % senders])
        if i % 3:
            f = Frame(romon.DATA, src, b"\2\0\0\0\2\1", eth_dst=b"\2\0\0\0\2\1", eth_src=src,
                      hops=[Hop(9, b"\2\0\0\0\2\1")], src_port=1, dst_port=7, payload=Ping(i, r.randrange(4, 1200)).pack())
        else:
            f = Frame(romon.DISCOVER, src, romon.ALL_IDS, eth_src=src, tlvs=[romon.route_tlv(Route(src, LinkEnd(), LinkEnd(1, 1500, 100, src)))])
        yield f.pack()


def signed(scheme, secret=SECRET, n=12, start=1_700_000_000_000_000, **kwargs):
    return [scheme.sign(f, secret, start + k) for k, f in enumerate(frames(n, **kwargs))]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.secret = self.file("secret", SECRET + b"\n")

    def file(self, name, content):
        path = self.dir / name
        path.write_bytes(content)
        return path

    def capture(self, raw, kind="pcapng"):
        path = self.dir / f"c.{kind}"
        (auth.write_pcapng if kind == "pcapng" else auth.write_pcap)(path, raw)
        return path

    def run_probe(self, *argv, **kwargs):
        return subprocess.run([ROMONCTL, "auth-probe", *map(str, argv)], capture_output=True, timeout=LIMIT_S,
                              check=False, **kwargs)

    def probe(self, path, code=0, secret=None):
        p = self.run_probe(path, "--secret-file", secret or self.secret, "-o", "json")
        self.assertEqual(p.returncode, code, p.stderr)
        self.assertNotIn(SECRET, p.stdout + p.stderr)
        return json.loads(p.stdout)

    def assert_romond_takes(self, config):
        """What is printed is a configuration as it stands, and what is near it is none."""
        for text, code in ((config, 0), (config.replace("auth-scheme: \"", "auth-scheme: \"x"), 1)):
            p = subprocess.run([ROMOND, "--check", self.file("probe.yaml", text.encode())], capture_output=True,
                               timeout=LIMIT_S, check=False)
            self.assertEqual(p.returncode, code, (text, p.stderr))

    def assert_found(self, data, scheme, n):
        """scheme is the first fit or tied with it, and has the right counter."""
        fit = data["fits"][0]
        self.assertEqual(fit["frames"], n, scheme)
        self.assertIn(scheme.text, [fit["scheme"], *fit["ties"]])


class Schemes(Case):
    def test_finds_each_of_many_schemes(self):
        schemes = auth.sample_schemes(40)
        self.assertGreaterEqual(len(set(schemes)), 20)
        for i, scheme in enumerate(schemes):
            data = self.probe(self.capture(signed(scheme), "pcapng" if i % 2 else "pcap"))
            self.assert_found(data, scheme, 12)
            self.assertEqual(len(data["fits"]), 1)
            self.assertEqual((data["signed"], data["unexplained"]), (12, 0))
            # the model finds the same ties, of the digest places that it knows
            fitting = {s.text for s in auth.fitting(signed(scheme), SECRET)}
            self.assertEqual({data["fits"][0]["scheme"], *data["fits"][0]["ties"]}, fitting)
            self.assertEqual(data["config"], f"romon:\n  auth-scheme: \"{data['fits'][0]['scheme']}\"\n")
            self.assert_romond_takes(data["config"])

    def test_ties_of_a_short_secret(self):
        for secret, n_ties in ((b"0123456789abcdef", 1), (b"short", 0)):
            raw = signed(Scheme(8, "prefix", "raw", "zero", "romon"), secret)
            data = self.probe(self.capture(raw), secret=self.file("s", secret))
            self.assertEqual(data["fits"][0]["scheme"], Scheme(8, "prefix", "raw", "zero", "romon").text)
            self.assertEqual(len(data["fits"][0]["ties"]), n_ties)  # 16 bytes raw are 16 bytes padded
        text = self.run_probe(self.capture(signed(ROMOND_1)), "--secret-file", self.secret).stdout.decode()
        self.assertIn("12 of 12 signed frames: romond-1\n  1 more make the same digests", text)
        self.assertIn('romon:\n  auth-scheme: "romond-1"\n', text)

    def test_little_endian_and_missing_counters(self):
        def with_counter(scheme, place, values):
            out = []
            for f, v in zip(frames(len(values)), values):
                at = 14 + 4 + place
                f = f[:18] + bytes(24) + f[42:]
                f = f[:at] + v + f[at + len(v) :]
                d = 18 + scheme.digest_at
                out.append(f[:d] + scheme.digest(f, SECRET) + f[d + 16 :])
            return out

        scheme = Scheme(8, "prefix", "raw", "out", "romon")
        rows = (
            ("le32@0", 0, [(7 + k).to_bytes(4, "little") + random.Random(k).randbytes(4) for k in range(300, 312)]),
            ("le64@0", 0, [((9 << 40) + k).to_bytes(8, "little") for k in range(250, 262)]),
            ("be32@4", 0, [random.Random(k).randbytes(4) + k.to_bytes(4, "big") for k in range(250, 262)]),
            ("none", 0, [b"\1\2\3\4\5\6\7\x08"] * 12),
        )
        for word, place, values in rows:
            data = self.probe(self.capture(with_counter(scheme, place, values)))
            self.assertIn(f" counter={word} ", data["fits"][0]["scheme"])

    def test_restarted_sender_keeps_its_counter(self):
        raw = signed(ROMOND_1, n=30) + signed(ROMOND_1, n=30, start=1000)
        data = self.probe(self.capture(raw))
        self.assertEqual(data["fits"][0]["scheme"], "romond-1")
        self.assertEqual((data["fits"][0]["counter-steps"], data["fits"][0]["counter-steps-back"]), (58, 2))


class Captures(Case):
    def test_wrong_secret_fits_nothing_and_says_what_to_do(self):
        path = self.capture(signed(ROMOND_1))
        data = self.probe(path, 4, self.file("w", b"another-secret-entirely\n"))
        self.assertEqual((data["fits"], data["config"], data["unexplained"]), ([], None, 12))
        self.assertGreater(data["schemes-tried"], 1000)
        p = self.run_probe(path, "--secret", "another-secret-entirely")
        self.assertEqual(p.returncode, 4)
        self.assertIn(b"No scheme fits", p.stdout)
        self.assertIn(b"docs/auth-probe.md", p.stdout)

    def test_mixed_frames_are_told_apart(self):
        other = Scheme(0, "suffix", "raw", "zero", "ethernet")
        raw = signed(ROMOND_1, n=20) + signed(other, n=7) + signed(ROMOND_1, b"a secret of somebody else", n=3)
        raw += list(frames(5)) + [b"\xff" * 12 + b"\x08\x00" + bytes(50)]
        random.Random(3).shuffle(raw)
        data = self.probe(self.capture(raw), 5)
        self.assertEqual([f["frames"] for f in data["fits"]], [20, 7])
        self.assertIn("keyed=suffix secret=raw field=zero cover=ethernet", data["fits"][1]["scheme"])
        self.assertIn("digest=0 ", data["fits"][1]["scheme"])
        self.assertEqual((data["packets"], data["romon"], data["signed"], data["unsigned"], data["unexplained"]),
                         (36, 35, 30, 5, 3))

    def test_a_rare_scheme_among_many_frames_is_found(self):
        raw = signed(ROMOND_1, n=3000) + signed(Scheme(4, "both", "pad64", "zero", "romon"), n=1)
        data = self.probe(self.capture(raw))
        self.assertEqual([f["frames"] for f in data["fits"]], [3000, 1])
        self.assertEqual(data["fits"][0]["scheme"], "romond-1")
        self.assertIn("counter=none", data["fits"][1]["scheme"])  # one frame tells nothing of a counter

    def test_tags_and_padding(self):
        raw = [f[:12] + b"\x81\x00\x20\x05" + f[12:] + bytes(6) for f in signed(ROMOND_1)]
        self.assert_found(self.probe(self.capture(raw)), ROMOND_1, 12)

    def test_unsigned_frames_only(self):
        data = self.probe(self.capture(list(frames(9))), 4)
        self.assertEqual((data["signed"], data["unsigned"], data["fits"]), (0, 9, []))
        p = self.run_probe(self.capture(list(frames(9))), "--secret-file", self.secret)
        self.assertIn(b"There is no signed frame in this file", p.stdout)

    def test_cut_and_broken_frames_are_counted(self):
        raw = signed(ROMOND_1)
        broken = [raw[0][:40], raw[1][:-1], raw[2][:16] + b"\0\x20" + raw[2][18:], raw[3][:16] + b"\xff\xff" + raw[3][18:]]
        data = self.probe(self.capture(raw + broken))
        self.assertEqual((data["signed"], data["broken"], data["fits"][0]["frames"]), (12, 4, 12))

    def test_damaged_files(self):
        good = self.capture(signed(ROMOND_1)).read_bytes()
        data = self.probe(self.file("cut", good[:-30]), 5)  # what came before the damage is used
        self.assertEqual(data["fits"][0]["frames"], 11)
        for name, content in (("empty", b""), ("junk", b"\x0a\x0d\x0d\x0a" + bytes(30)), ("text", b"no capture")):
            p = self.run_probe(self.file(name, content), "--secret-file", self.secret)
            self.assertEqual(p.returncode, 1, name)
            self.assertEqual(p.stdout, b"")
            self.assertIn(name.encode(), p.stderr)
        self.assertEqual(self.run_probe(self.dir / "none", "--secret-file", self.secret).returncode, 1)

    def test_a_frame_in_hex_and_standard_input(self):
        raw = signed(ROMOND_1, n=1)[0]
        data = self.probe(self.file("one.hex", raw.hex().encode()))
        self.assertIn("keyed=hmac", data["fits"][0]["scheme"])
        p = self.run_probe("-", "--secret-file", self.secret, "-o", "json", input=self.capture(signed(ROMOND_1)).read_bytes())
        self.assertEqual(json.loads(p.stdout)["fits"][0]["scheme"], "romond-1")
        p = self.run_probe(self.capture(signed(ROMOND_1)), "--secret-file", "-", "-o", "json", input=SECRET)
        self.assertEqual(json.loads(p.stdout)["fits"][0]["scheme"], "romond-1")


class Secrets(Case):
    def test_one_source_of_a_secret_is_wanted(self):
        path = self.capture(signed(ROMOND_1))
        for argv in ([], ["--secret", "x", "--secret-file", str(self.secret)]):
            p = self.run_probe(path, *argv)
            self.assertEqual(p.returncode, 2)
            self.assertIn(b"--secret-file or --secret", p.stderr)
        for bad in ("", "x" * 65):
            p = self.run_probe(path, "--secret", bad)
            self.assertEqual(p.returncode, 2)
            self.assertIn(b"--secret: expected a secret of 1 to 64 bytes", p.stderr)
            self.assertNotIn(b"xxxx", p.stderr)
        for content, why in ((b"", b"no secret"), (b"a\nb\n", b"more than one"), (b'""\n', b"empty"),
                             (b"y" * 65, b"at most 64"), (b"q\tq\n", b"control characters")):
            p = self.run_probe(path, "--secret-file", self.file("bad", content))
            self.assertEqual(p.returncode, 1)
            self.assertIn(why, p.stderr)

    def test_help_warns_of_the_process_list(self):
        p = self.run_probe("--help")
        self.assertIn(b"list of processes", p.stdout)

    def test_secret_leaves_the_command_line_while_the_file_is_read(self):
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)
        p = subprocess.Popen([ROMONCTL, "auth-probe", str(fifo), "--secret", SECRET.decode(), "-o", "json"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(fifo, "wb") as f:  # opened by the reader too: the secret was taken before
            seen = pathlib.Path(f"/proc/{p.pid}/cmdline").read_bytes()
            f.write(self.capture(signed(ROMOND_1)).read_bytes())
        out, err = p.communicate(timeout=LIMIT_S)
        self.assertEqual(p.returncode, 0, err)
        self.assertEqual(json.loads(out)["fits"][0]["scheme"], "romond-1")
        self.assertNotIn(SECRET, seen)
        self.assertIn(b"auth-probe", seen)


if __name__ == "__main__":
    unittest.main()
