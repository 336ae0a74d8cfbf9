#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Kinds of runs of scripts/bench beside the rows: curves, reloads, and the document that their figures fill."""
import contextlib
import io
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import curves, doc, main, reload_row, stats, wrap  # noqa: E402


class Curves(unittest.TestCase):
    @staticmethod
    def judged(*ratios):
        return curves.judge_curve([{"point": f"p{i}", "ratio": {"median": r}} for i, r in enumerate(ratios)])

    def test_a_cliff_is_a_fall_by_half_in_one_step(self):
        self.assertEqual(self.judged(0.8, 0.6, 0.35, 0.2)["word"], "bar")
        self.assertEqual(self.judged(0.8, 0.7, 0.9)["word"], "goal")
        fell = self.judged(0.8, 0.7, 0.3, 0.29)
        self.assertEqual((fell["word"], fell["against"]), ("missed", "worst step: p1 -> p2"))

    def test_ten_filters_are_ten(self):
        self.assertEqual(len({f["deny-id"][0] for f in curves.filters(curves.N_FILTERS)}), 10)


class Reloads(unittest.TestCase):
    LATENCY = {"p50": 500.0, "p99": 1000.0, "max": 2000.0}

    def judged(self, lost=0, lost_alone=0, grown=0, **seen):
        report_of = {"frames-a-second": {"received": 1e6}, "steal": 0.0,
                     "all": {"lost": lost, "offered": 10, "damaged": 0, "stray": 0, "duplicates": 0,
                             "reordered": 0, "latency-ns": self.LATENCY, **seen}}
        alone = {"all": {"lost": lost_alone, "latency-ns": self.LATENCY}}
        return reload_row.judged(2e6, alone, report_of, [1.0] * 20, [1000] * 19 + [1000 + grown], {})

    def words(self, **seen):
        result = self.judged(**seen)
        return [d["word"] for d in result["duels"]], len(result["void"]), len(result["wrong"])

    def test_one_lost_frame_misses_the_bar(self):
        self.assertEqual(self.words(), (["goal", "goal"], 0, 0))
        self.assertEqual(self.words(lost=1), (["missed", "goal"], 0, 0))

    def test_memory_that_grows(self):
        self.assertEqual(self.words(grown=reload_row.GROWTH_MAX_KIB), (["goal", "goal"], 0, 0))
        self.assertEqual(self.words(grown=reload_row.GROWTH_MAX_KIB + 1), (["goal", "missed"], 0, 0))

    def test_a_load_that_loses_by_itself_is_void_and_damage_is_wrong(self):
        self.assertEqual(self.words(lost_alone=1)[1], 1)
        self.assertEqual(self.words(damaged=1)[2], 1)

    def test_each_reload_changes_something_and_all_three_kinds_come(self):
        config, keys = {"ports": {"west": {}, "east": {}}}, set()
        for n in range(60):
            after, key = reload_row.changed(config, n)
            self.assertNotEqual(after, config, f"{n}: {key}")
            config = after
            keys.add(key)
        self.assertEqual(keys, {"ports.east.cost", "ports.secrets", "filters"})


class Document(unittest.TestCase):
    def test_the_tables_are_what_the_stored_runs_say(self):
        with open(doc.DOCUMENT, encoding="utf-8") as f:
            text = f.read()
        self.assertEqual(doc.filled(text), text, "run scripts/bench --doc")
        self.assertEqual({m.group(2) for m in doc.MARKED.finditer(text)}, set(doc.TABLES))

    def test_the_worst_run_is_the_verdict(self):
        def run(ratio, word):
            duel = {"against": "peer", "bar": 4, "goal": 8, "rate": None, "ratio": stats.summary([ratio]), "word": word}
            return {"rows": {"P1": {"title": "work", "void": [], "wrong": [], "duels": [duel]}}}
        line = doc.rows_table([run(9, "goal"), run(3.5, "missed"), run(5, "bar")]).splitlines()[-1]
        self.assertEqual(line, "| P1 | work | peer | 9 | 3.5 | 5 | >= 4 | >= 8 | **missed** |")
        self.assertIn("| 9 | not run |", doc.rows_table([run(9, "goal"), {"rows": {}}]))
        self.assertEqual(doc.in_order(["P10", "P2", "P5L"]), ["P2", "P5L", "P10"])


class CommandLine(unittest.TestCase):
    @staticmethod
    def args(*words):
        return main.arguments(words)

    def test_what_is_run(self):
        self.assertEqual(list(self.args("--only", "P3,P1").rows), ["P3", "P1"])
        self.assertEqual(set(self.args("--curves").rows), set(curves.ROWS))
        self.assertEqual(self.args("--reloads", "9").rows, ["P9"])
        self.assertEqual((self.args("--quick").trials, self.args("--quick", "--trials", "7").trials), (main.QUICK[0], 7))
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            self.args("--only", "P99")


class Runs(unittest.TestCase):
    def test_figures_become_json_and_runs_of_one_row_a_run(self):
        result = {"title": "work", **Reloads().judged()}
        def part(key, seconds):
            return {"rows": {key: result}, "took-seconds": seconds, "host": {"steal": seconds / 1000}}
        whole = json.loads(json.dumps(wrap.merged(part("P9", 2.0), part("P1", 3.0))))
        self.assertEqual((set(whole["rows"]), whole["took-seconds"], whole["host"]["steal"]), ({"P1", "P9"}, 5.0, 0.003))
        for key in ("ours", "aa", "duels", "wrong", "void", "steal", "share", "reloads"):
            self.assertIn(key, whole["rows"]["P9"])


if __name__ == "__main__":
    unittest.main()
