#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The judgement of the instruction gate, on made-up profiles."""
import os
import subprocess
import unittest

import instructions

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

PROFILE = """version: 1
events: Ir

ob=(1) /b/stage_turns
fl=(1) ???
fn=(1) dp_rx
0 100
cob=(2) /usr/lib/librte_ring.so
cfi=(1)
cfn=(2) ring_rx
calls=3 0
0 5000
+4 20

ob=(2)
fn=(2)
0 5000

ob=(1)
fn=(3) plain_find
* 7
fn=(1)
0 1
"""

NM = """
lib/libromond-dp.a(dp_dp_rx.c.o):
0000000000000000 T dp_rx
0000000000000010 t flatten
                 U rte_eth_dev

dp_dp_classify.c.o:
0000000000000000 t plain_find
0000000000000020 t flatten
0000000000000000 r table

libromond-nbr.a:nbr_nbr_index.c.o:
"""


class Gate(unittest.TestCase):
    def test_only_what_functions_of_the_program_took_themselves_counts(self):
        self.assertEqual(instructions.own_costs(PROFILE, "stage_turns"), {"dp_rx": 121, "plain_find": 7})

    def test_functions_belong_to_the_files_that_define_them(self):
        self.assertEqual(instructions.sources(NM), {
            "dp_rx": "dp_rx.c", "plain_find": "dp_classify.c", "flatten": "dp_classify.c|dp_rx.c"})

    def test_one_percent_is_borne_and_no_more(self):
        base = {"data": {"dp_rx.c": 100.0, "all": 1000.0}}
        self.assertEqual(instructions.compare(base, {"data": {"dp_rx.c": 101.0, "all": 1001.0}}), ([], []))
        dearer, cheaper = instructions.compare(base, {"data": {"dp_rx.c": 101.1, "all": 980.0}})
        self.assertEqual(dearer, [("data", "dp_rx.c", 100.0, 101.1)])
        self.assertEqual(cheaper, [("data", "all", 1000.0, 980.0)])

    def test_a_stage_or_a_work_that_is_new_must_be_accepted(self):
        dearer, _ = instructions.compare({"data": {}}, {"data": {"dp_new.c": 3.0}, "more": {"all": 1.0}})
        self.assertEqual([d[:2] for d in dearer], [("data", "dp_new.c"), ("more", "all")])


class SlowBuild(unittest.TestCase):
    def test_the_patch_that_makes_a_slow_build_applies(self):
        patch = os.path.join("tests", "perf", "slow_frame.patch")
        done = subprocess.run(["git", "apply", "--check", patch], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
