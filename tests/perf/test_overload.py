# SPDX-License-Identifier: BSD-3-Clause
"""What overload.py makes of the slices of a run."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import overload  # noqa: E402


def report(over, after):
    """Slices of 10 ms: (expected, returned) of each; frames arrive when they are due."""
    slices = [{"expected": e, "returned": r, "arrived": r} for e, r in over + after]
    return {"slices": slices, "all": {"damaged": 0, "stray": 0, "duplicates": 0}, "sends-cut-short": 1, "sends": 2}


class Judged(unittest.TestCase):
    def test_forwarding_is_counted_during_the_overload_alone(self):
        t = overload.judged(report([(10000, 900)] * 10, [(500, 500)] * 20), 0.1, 1.0)
        self.assertEqual((t["forwarded"], t["offered"], t["recovery-s"]), (90000, 1000000, 0.0))
        self.assertEqual(t["lost-afterwards"], 0)

    def test_a_worker_that_had_half_of_its_cpu_counts_twice(self):
        self.assertEqual(overload.judged(report([(10000, 900)] * 10, [(500, 500)] * 20), 0.1, 0.5)["forwarded"], 180000)

    def test_recovery_is_the_begin_of_a_calm_tenth_of_a_second(self):
        after = [(500, 100)] * 3 + [(500, 500)] * 5 + [(500, 499)] + [(500, 500)] * 20
        self.assertEqual(overload.judged(report([(10000, 900)] * 10, after), 0.1, 1.0)["recovery-s"], 0.09)

    def test_what_never_calms_has_not_recovered(self):
        t = overload.judged(report([(10000, 900)] * 10, [(500, 499)] * 20), 0.1, 1.0)
        self.assertGreater(t["recovery-s"], 0.2)

    def test_a_late_loss_is_no_part_of_the_recovery(self):
        after = [(500, 500)] * 15 + [(500, 490)] + [(500, 500)] * 5
        t = overload.judged(report([(10000, 900)] * 10, after), 0.1, 1.0)
        self.assertEqual((t["recovery-s"], t["lost-afterwards"]), (0.0, 10))


if __name__ == "__main__":
    unittest.main()
