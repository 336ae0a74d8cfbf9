#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""romon-gen through its own rings, without root: what it counts, what it says of a lossy way, what it exits with.

Run by meson (suite cli), or alone: ROMON_GEN=build/app/romon-gen/romon-gen python3 -m unittest test_gen
"""
import json
import os
import subprocess
import tempfile
import unittest

GEN = os.environ["ROMON_GEN"]
KEYS = {"version", "test", "profile", "through", "passed", "problems", "burst", "hugepages", "core", "findings", "steps",
        "trial"}
TRIAL_KEYS = {"rate", "seconds", "flows", "all", "frames-a-second", "sent-late-ns", "behind", "sends", "sends-cut-short",
              "foreign", "of-a-trial-before", "slices", "first-damaged"}
FLOW_KEYS = {"offered", "refused", "expected", "received", "lost", "duplicates", "reordered", "damaged", "stray",
             "latency-ns"}


def run(*words):
    """(exit status, standard output, standard error)."""
    r = subprocess.run([GEN, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    return r.returncode, r.stdout, r.stderr


def loopback(*words):
    """(exit status, report) of 5,000 frames, slow enough for a machine that does much else."""
    status, out, err = run("--loopback", "--hugepages", "off", "-n", "5000", "-r", "10k", "-q", "-j", "-", *words)
    if not out:
        return status, err
    report = json.loads(out)
    return status, {**report, **(report["trial"] or {})}


class Loopback(unittest.TestCase):
    def test_all_types_come_back_whole(self):
        status, r = loopback()
        self.assertEqual((status, r["problems"], r["passed"]), (0, [], True))
        self.assertEqual(set(r), KEYS | TRIAL_KEYS)
        self.assertEqual(set(r["trial"]), TRIAL_KEYS)
        self.assertEqual(set(r["all"]), FLOW_KEYS)
        self.assertEqual({f["type"] for f in r["flows"]}, {"Discover", "DiscoverResp", "Data", "Hello", "SeqErr"})
        self.assertEqual((r["all"]["offered"], r["all"]["received"]), (5000, 5000))
        lat = r["all"]["latency-ns"]
        self.assertEqual(lat["frames"], 5000)
        self.assertTrue(0 < lat["min"] <= lat["p50"] <= lat["p90"] <= lat["p99"] <= lat["p99.9"] <= lat["max"], lat)
        self.assertEqual(r["first-damaged"], None)

    def test_lost_frames_are_counted(self):
        status, r = loopback("--spoil", "drop:100")
        self.assertEqual((status, r["passed"]), (1, False))
        self.assertTrue(48 <= r["all"]["lost"] <= 50, r["all"])  # each of the two devices counts to 100 for itself
        self.assertEqual(r["all"]["received"] + r["all"]["lost"], 5000)
        self.assertIn("frames lost", r["problems"][0])
        self.assertEqual(loopback("--spoil", "drop:100", "--max-loss", "20")[0], 0)

    def test_frames_that_come_twice_are_counted(self):
        status, r = loopback("--spoil", "duplicate:100")
        self.assertEqual(status, 1)
        self.assertGreater(r["all"]["duplicates"], 0)
        self.assertEqual(r["all"]["lost"], 0)

    def test_damaged_frames_are_found_and_shown(self):
        status, r = loopback("--spoil", "damage:100")
        self.assertEqual(status, 1)
        self.assertTrue(48 <= r["all"]["damaged"] <= 50, r["all"])
        self.assertEqual(r["all"]["lost"], 0)
        sample = r["first-damaged"]
        self.assertEqual(sample["offset"], 40)
        self.assertEqual([i for i in range(0, len(sample["got"]), 2)
                          if sample["got"][i:i + 2] != sample["wanted"][i:i + 2]], [80])

    def test_frames_out_of_order_are_counted(self):
        # one flow, so that neighbors in a burst are neighbors in the flow; as fast as it goes, so that there are bursts
        status, r = self.profile("flows: { f: { type: data, from: a, to: b } }", "-r", "max", "--spoil", "swap:10")
        self.assertEqual(status, 1)
        self.assertGreater(r["all"]["reordered"], 0)
        self.assertEqual((r["all"]["lost"], r["all"]["duplicates"]), (0, 0))

    def test_vlans_are_ports_of_their_own(self):
        status, r = self.profile(
            "flows:\n  f: { type: data, from: a7, to: b7 }\n  g: { type: data, from: a, to: b7 }\n")
        self.assertEqual(status, 1)
        f, g = r["flows"]
        self.assertEqual((f["lost"], f["stray"]), (0, 0))
        self.assertEqual((g["received"], g["stray"]), (0, g["offered"]))  # untagged: it came out of b

    def test_throughput_is_searched(self):
        # the rings take any rate as low as this: the search ends with its highest one
        status, out, _ = run("--loopback", "--hugepages", "off", "-t", "throughput", "-r", "20k", "-T", "100ms", "-q", "-j", "-")
        r = json.loads(out)
        found = {f["name"]: f["value"] for f in r["findings"]}
        self.assertEqual((status, found["ndr"], found["pdr"]), (0, 20000, 20000), r["steps"])
        self.assertGreater(found["most"], 20000)
        self.assertEqual([s["passed"] for s in r["steps"]], [True, True])
        self.assertEqual(r["trial"]["all"]["lost"], 0)

    def test_throughput_of_a_lossy_way_is_nought(self):
        status, out, _ = run("--loopback", "--hugepages", "off", "-t", "throughput", "-r", "20k", "-T", "100ms", "-q", "-j", "-",
                             "--spoil", "drop:1", "--wait", "200ms")
        r = json.loads(out)
        self.assertEqual((status, r["trial"], r["passed"]), (1, None, False))
        self.assertIn("nothing passes", r["problems"][0])

    def test_longest_burst_is_what_the_rings_hold(self):
        status, out, _ = run("--loopback", "--hugepages", "off", "-t", "back-to-back", "-T", "100ms", "-q", "-j", "-")
        r = json.loads(out)
        self.assertEqual((status, r["findings"][1]["name"], r["findings"][1]["unit"]), (0, "back-to-back", "frames"))
        self.assertGreaterEqual(r["findings"][1]["value"], 32)  # a burst at once, which 1,023 places hold

    def test_each_line_is_a_run(self):
        lines = "-r 5k -n 500\n-r 5k -n 300 --slice 10ms\n"
        r = subprocess.run([GEN, "--loopback", "--hugepages", "off", "--lines", "-q", "-j", "-"], input=lines, text=True,
                           capture_output=True, timeout=60, check=False)
        first, second = (json.loads(line)["trial"] for line in r.stdout.splitlines())
        self.assertEqual((r.returncode, first["all"]["received"], second["all"]["received"]), (0, 500, 300), r.stderr)
        self.assertEqual(first["slices"], [])
        self.assertEqual(sum(s["expected"] for s in second["slices"]), 300)
        self.assertEqual(sum(s["returned"] for s in second["slices"]), 300)
        r = subprocess.run([GEN, "--loopback", "--hugepages", "off", "--lines", "-q", "-j", "-"], input="-p x\n", text=True,
                           capture_output=True, timeout=60, check=False)
        self.assertEqual((r.returncode, r.stdout), (2, ""))

    @staticmethod
    def profile(flows, *words):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write("ports: { a: {}, b: {}, a7: { device: 0, vlan: 7 }, b7: { device: 1, vlan: 7 } }\n" + flows)
            f.flush()
            return loopback("-p", f.name, "--wait", "300ms", *words)


class CommandLine(unittest.TestCase):
    def test_help_and_version(self):
        status, out, _ = run("--help")
        self.assertEqual(status, 0)
        self.assertIn("usage: romon-gen", out)
        self.assertEqual(run("--version")[0], 0)

    def test_mistakes_say_what_to_do(self):
        for words, said in (
            ((), "Give a profile by -p"),
            (("-p", "x.yaml"), "Give devices by -d, or --loopback"),
            (("--loopback", "-r", "fast"), "--rate: expected frames a second (5000, 250k, 1.5M) or max, got fast"),
            (("--loopback", "-t", "laod"), "there is no test laod, did you mean load"),
            (("--loopback", "--peer", "a=1"), "--peer: expected PORT=MAC"),
            (("--loopback", "--peer", "z=02:00:00:00:00:01"), "the profile has no port z"),
            (("--loopback", "-d", "eth0"), "leave -d away"),
            (("--loopback", "what"), "what is what?"),
            (("--check", "-p", "/does/not/exist.yaml"), "/does/not/exist.yaml: cannot be read"),
        ):
            with self.subTest(words=words):
                status, out, err = run(*words)
                self.assertEqual((status, out), (2, ""), err)
                self.assertIn(said, err)

    def test_wrong_profile_names_line_and_column(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write("name: x\nports: { a: {} }\nflows: { f: { tpye: data, from: a } }\n")
            f.flush()
            status, _, err = run("--check", "-p", f.name)
        self.assertEqual(status, 2)
        self.assertIn(f"{f.name}:3:15: flows.f.tpye: no such key; did you mean type?", err)


if __name__ == "__main__":
    unittest.main()
