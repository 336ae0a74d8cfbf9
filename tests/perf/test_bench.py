#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The judgement of scripts/bench: medians, intervals, the void rule, verdicts, and that wrong frames are seen."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import ab, contest, digest_rows, places, proc, proof, report, stats, verdict  # noqa: E402
import romon  # noqa: E402


class Stats(unittest.TestCase):
    def test_ratios_are_of_the_trials_of_one_round(self):
        self.assertEqual(stats.ratios([2, 9, 4], [1, 3, 8]), [2, 3, 0.5])
        with self.assertRaises(ValueError):
            stats.ratios([1], [1, 2])

    def test_slow_rounds_cancel_in_ratios(self):
        ours = [10, 5, 10, 2]
        theirs = [20, 10, 20, 4]
        self.assertEqual(stats.summary(stats.ratios(ours, theirs))["median"], 0.5)
        self.assertGreater(stats.spread(ours), 0.2)

    def test_the_interval_holds_the_median_and_repeats(self):
        values = [1.0, 1.1, 0.9, 1.05, 0.95, 1.2, 0.8, 1.01, 0.99, 1.0]
        low, high = stats.interval(values)
        self.assertLessEqual(low, 1.0)
        self.assertGreaterEqual(high, 1.0)
        self.assertLess(0.8, low)
        self.assertLess(high, 1.2)
        self.assertEqual((low, high), stats.interval(values))

    def test_equal_trials_have_no_spread(self):
        s = stats.summary([3.0] * 10)
        self.assertEqual((s["median"], s["low"], s["high"], s["spread"]), (3.0, 3.0, 3.0, 0.0))

    def test_one_wild_trial_moves_neither_median_nor_spread(self):
        s = stats.summary([10.0] * 9 + [1000.0])
        self.assertEqual((s["median"], s["spread"]), (10.0, 0.0))


class Void(unittest.TestCase):
    def test_equal_sides_that_differ(self):
        self.assertEqual(verdict.void_reasons(1.029, 0, 1), [])
        self.assertEqual(len(verdict.void_reasons(1.031, 0, 1)), 1)
        self.assertEqual(len(verdict.void_reasons(0.969, 0, 1)), 1)

    def test_steal_and_a_shared_cpu(self):
        self.assertEqual(len(verdict.void_reasons(1, 0.006, 1)), 1)
        self.assertEqual(len(verdict.void_reasons(1, 0, 0.84)), 1)
        self.assertEqual(len(verdict.void_reasons(0.5, 0.1, 0.5)), 3)

    def test_what_was_not_measured_voids_nothing(self):
        self.assertEqual(verdict.void_reasons(None, None, None), [])


class Verdict(unittest.TestCase):
    def test_words(self):
        self.assertEqual([verdict.at_least(v, 4, 8) for v in (3.99, 4, 7.9, 8)], ["missed", "bar", "bar", "goal"])
        self.assertEqual([verdict.at_most(v, 0, 0) for v in (0, 1)], ["goal", "missed"])
        self.assertEqual(verdict.at_least(100, 1, None), "bar")

    def test_a_figure_must_clear_its_bar_by_what_equal_sides_are_off(self):
        word = verdict.at_least_despite
        self.assertEqual([word(v, 4, 8, 0.1) for v in (3.5, 3.7, 4.3, 4.5, 8.5, 9)], ["missed", None, None, "bar", "bar", "goal"])
        self.assertEqual([word(v, 4, 8, 0.03) for v in (3.9, 4, 8)], ["missed", "bar", "goal"])
        self.assertEqual(word(1, None, None, 0.1), "told")

    @staticmethod
    def row(word, void=(), wrong=()):
        return {"duels": [{"word": word}], "void": list(void), "wrong": list(wrong)}

    def test_exit_codes(self):
        row = self.row
        self.assertEqual(verdict.exit_code([row("goal"), row("bar")]), verdict.EXIT_OK)
        self.assertEqual(verdict.exit_code([row("goal"), row("missed")]), verdict.EXIT_MISSED)
        self.assertEqual(verdict.exit_code([row("goal"), row("bar", void=["noise"])]), verdict.EXIT_VOID)
        self.assertEqual(verdict.exit_code([row("missed", void=["noise"])]), verdict.EXIT_VOID)
        self.assertEqual(verdict.exit_code([row("goal", wrong=["frames"])]), verdict.EXIT_MISSED)
        self.assertEqual(verdict.exit_code([]), verdict.EXIT_MISSED)

    def test_slower_means_slower_than_noise(self):
        aa = {"median": 1.005, "low": 0.995, "high": 1.01}
        self.assertAlmostEqual(verdict.noise(aa), 0.0075)
        self.assertAlmostEqual(verdict.noise(aa, {"median": 0.97, "low": 0.97, "high": 0.97}), 0.03)
        self.assertTrue(verdict.is_slower({"median": 0.9, "low": 0.89, "high": 0.91}, 0.03))
        self.assertFalse(verdict.is_slower({"median": 0.95, "low": 0.94, "high": 0.98}, 0.03))

    def test_two_builds(self):
        def build(a, b):
            return ab.compared({"a": [a] * 10, "a2": [a * 1.01] * 10, "b": [b] * 10, "b2": [b] * 10})
        self.assertTrue(build(20.0, 18.0)["is-slower"])
        self.assertFalse(build(20.0, 20.0)["is-slower"])
        self.assertFalse(build(18.0, 20.0)["is-slower"])
        self.assertIn("B is slower than A: 0.896", build(20.0, 18.0)["notes"][0])


class Peer:
    counts_right = proc.DpdkSide.counts_right

    def __init__(self, title):
        self.title = title


class Judgement(unittest.TestCase):
    """contest.judge() over trials that were made up."""

    @staticmethod
    def trial(rate, n_in=100000, out=(100000,), steal=0.0):
        return {"rate": rate, "steal": steal, "share": 1.0, "in-least": n_in, "in-most": n_in, "out": list(out)}

    def contest(self, control_rate=10.0, ours=None):
        c = contest.Contest(Peer("ours"), Peer("control"), [contest.Duel(Peer("peer"), 4, 8)])
        rates = {c.ours: 10.0, c.control: control_rate, c.duels[0].peer: 2.0}
        return c, {id(s): [self.trial(r, **(ours or {}) if s is c.ours else {})] * 10 for s, r in rates.items()}

    def test_a_quiet_row(self):
        result = contest.judge(*self.contest())
        self.assertEqual(result["void"], [])
        self.assertEqual((result["duels"][0]["ratio"]["median"], result["duels"][0]["word"]), (5, "bar"))
        self.assertEqual(contest.counting_problems(*self.contest()), [])

    def test_the_control_voids_a_row(self):
        self.assertEqual(contest.judge(*self.contest(control_rate=10.5))["void"], [])  # 5.1 is far enough from 4
        self.assertEqual(len(contest.judge(*self.contest(control_rate=11.6))["void"]), 1)
        c, trials = self.contest(control_rate=10.5)
        c.duels[0].bar = 5
        self.assertEqual(len(contest.judge(c, trials)["void"]), 1)

    def test_frames_that_vanish_or_multiply_are_seen(self):
        for out in ((98000,), (102000,), (100000, 0)):
            c, trials = self.contest(ours={"out": out})
            self.assertEqual(len(contest.counting_problems(c, trials)), 1, out)
        c, trials = self.contest(ours={"out": (100500,)})  # in flight
        self.assertEqual(contest.counting_problems(c, trials), [])
        c, trials = self.contest(ours={"n_in": 0, "out": (0,)})
        self.assertEqual(len(contest.counting_problems(c, trials)), 1)

    def test_the_table_names_row_figure_and_verdict(self):
        result = {"title": "work", "wrong": [], **contest.judge(*self.contest())}
        text = report.of_run({"rows": {"P1": result}})
        for word in ("P1", "work", ">= 4", ">= 8", "5", "bar"):
            self.assertIn(word, text)
        result["void"] = ["noise"]
        self.assertIn("void", report.of_run({"rows": {"P1": result}}))


    def test_a_slowed_side_is_caught(self):
        """What was well above its bar and became slower misses it; a slow machine does not."""
        c, trials = self.contest()
        for t in trials[id(c.ours)] + trials[id(c.control)]:
            t["rate"] *= 0.7
        self.assertEqual(contest.judge(c, trials)["duels"][0]["word"], "missed")
        for t in trials[id(c.duels[0].peer)]:
            t["rate"] *= 0.7
        self.assertEqual(contest.judge(c, trials)["duels"][0]["word"], "bar")

    def test_a_void_attempt_is_made_again(self):
        made = []

        def attempt(n):
            made.append(n)
            return {"void": ["noise"] if n < 2 else [], "wrong": []}
        self.assertEqual(contest.until_it_counts(attempt)["attempt"], 2)
        self.assertEqual(made, [1, 2])
        always = contest.until_it_counts(lambda _: {"void": ["noise"], "wrong": []})
        self.assertEqual((always["attempt"], always["void"]), (contest.ATTEMPTS, ["noise"]))
        self.assertEqual(contest.until_it_counts(lambda _: {"void": ["noise"], "wrong": ["frames"]})["attempt"], 1)


class Proof(unittest.TestCase):
    FRAMES = [bytes([i]) * 60 for i in range(200)] + [bytes([i]) * 61 for i in range(200)]

    def test_ours_must_be_exact(self):
        wanted = {"out0": self.FRAMES}
        self.assertEqual(proof.compare(wanted, {"out0": list(self.FRAMES)}), [])
        spoiled = self.FRAMES[:-1] + [self.FRAMES[-1][:-1] + b"!"]
        for wrong in (self.FRAMES[:-1], self.FRAMES[200:] + self.FRAMES[:200], [], spoiled, self.FRAMES[:-1] + [b"\0" * 61]):
            self.assertEqual(len(proof.compare(wanted, {"out0": wrong})), 1)
        self.assertEqual(len(proof.compare({"out0": []}, {"out0": []})), 1)

    def test_order_matters_within_a_flow_only(self):
        def ping(neighbor, seq):
            hops = [romon.Hop(1, bytes([6, 0, 0, 0, 0, neighbor])), romon.Hop(2, bytes([2, 0, 0, 0, 0, 9]))]
            return romon.Frame(romon.DATA, bytes([2] * 6), bytes([4] * 6), eth_src=bytes([2] * 6), hops=hops, ptr=1,
                               dst_port=1, payload=romon.Ping(seq).pack()).pack()
        a1, a2, b1 = ping(1, 1), ping(1, 2), ping(2, 3)
        self.assertEqual(proof.compare({"out0": [a1, b1, a2]}, {"out0": [b1, a1, a2]}), [])
        self.assertEqual(len(proof.compare({"out0": [a1, b1, a2]}, {"out0": [a2, b1, a1]})), 1)

    def test_a_peer_may_begin_late_but_not_differ(self):
        wanted = {"out0": self.FRAMES}
        self.assertEqual(proof.compare_sample(wanted, {"out0": self.FRAMES[100:]}), [])
        self.assertEqual(len(proof.compare_sample(wanted, {"out0": self.FRAMES[:10]})), 1)
        spoiled = self.FRAMES[:300] + [b"\1" + self.FRAMES[300][1:]]
        self.assertEqual(len(proof.compare_sample(wanted, {"out0": spoiled})), 1)
        self.assertEqual(len(proof.compare_sample(wanted, {"out0": self.FRAMES[::-1]})), 1)


class DigestRows(unittest.TestCase):
    """Rows of one program whose sides take turns in it."""

    RATES = {"lanes": [10.0] * 5, "lanes2": [12.0] * 5, "openssl": [2.0] * 5}

    def test_both_runs_of_ours_stand_for_it(self):
        d = digest_rows.duel(self.RATES, *digest_rows.OPENSSL, 5, 10)
        self.assertEqual((d["ratio"]["median"], d["ours"]["median"], d["word"]), (5.5, 11, "bar"))
        self.assertEqual(digest_rows.duel(self.RATES, *digest_rows.OPENSSL)["word"], "told")

    def test_two_runs_that_differ_void_the_row(self):
        found = {"rates": self.RATES, "steal": 0.0, "share": 1.0, "engine": "avx2"}
        result = digest_rows.result("x", found, [digest_rows.duel(self.RATES, *digest_rows.OPENSSL, 5, 10)])
        self.assertEqual(len(result["void"]), 1)

    def test_a_program_that_fails_is_no_row(self):
        with tempfile.TemporaryDirectory() as build:
            os.makedirs(os.path.join(build, "tests", "perf"))
            path = os.path.join(build, "tests", "perf", "signed_laps")
            with open(path, "w", encoding="ascii") as f:
                f.write("#!/bin/sh\necho a frame is lost >&2; exit 1\n")
            os.chmod(path, 0o755)
            places.WORKER_CPU, was = min(os.sched_getaffinity(0)), places.WORKER_CPU
            try:
                with self.assertRaisesRegex(proc.SideError, "a frame is lost"):
                    digest_rows.run(build, "signed_laps")
            finally:
                places.WORKER_CPU = was


if __name__ == "__main__":
    unittest.main()
