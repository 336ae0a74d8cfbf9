# SPDX-License-Identifier: BSD-3-Clause
"""The script that computes expected tables, by networks small enough to do by hand."""
import unittest

from expected_paths import table, transmissions

#  a --10-- b --10-- c, and a second, dearer wire from a to c by way of nobody
TRIANGLE = [[("a", "x", 5), ("b", "x", 5)], [("b", "y", 5), ("c", "y", 5)], [("a", "z", 50), ("c", "z", 50)]]


class ExpectedPaths(unittest.TestCase):
    def test_dear_wire_is_passed_by(self):
        self.assertEqual(table(TRIANGLE, "a"), {"b": (10, 1, ("b",)), "c": (20, 2, ("b", "c"))})

    def test_cut_wire_is_passed_by(self):
        self.assertEqual(table(TRIANGLE, "a", down={("b", "y")}), {"b": (10, 1, ("b",)), "c": (100, 1, ("c",))})

    def test_what_is_cut_off_is_not_there(self):
        self.assertEqual(table(TRIANGLE[:2], "a", down={("b", "y")}), {"b": (10, 1, ("b",))})

    def test_parallel_wires_count_once(self):
        wires = [[("a", "x", 5), ("b", "x", 5)], [("a", "y", 1), ("b", "y", 2)]]
        self.assertEqual(table(wires, "b"), {"a": (3, 1, ("a",))})

    def test_node_with_two_ports_on_a_segment(self):
        segment = [[("a", "x", 5), ("b", "x", 5), ("b", "y", 1)]]
        self.assertEqual(table(segment, "a"), {"b": (6, 1, ("b",))})
        self.assertEqual(table(segment, "b"), {"a": (6, 1, ("a",))})

    def test_ties_and_crowded_segments_are_refused(self):
        tie = [[("a", "x", 5), ("b", "x", 5)], [("a", "y", 5), ("c", "y", 5)], [("b", "z", 5), ("d", "z", 5)],
               [("c", "w", 5), ("d", "w", 5)]]
        self.assertRaises(ValueError, table, tie, "a")
        self.assertRaises(ValueError, table, [[("a", "x", 1), ("b", "x", 1), ("c", "x", 1)]], "a")

    def test_transmissions(self):
        self.assertEqual(transmissions(TRIANGLE), 4)  # 2L - N + 1


if __name__ == "__main__":
    unittest.main()
