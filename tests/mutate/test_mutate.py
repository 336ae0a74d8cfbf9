#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which lines scripts/mutate changes, and into what; the file of mutants that change nothing."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ctext  # noqa: E402
import equivalent  # noqa: E402
import near  # noqa: E402

CODE = """#include <x.h> // a < b
static const int table[] = {1, 2};
static int f(int a)
{
\tint b = a + 1;

\tassert(a < 5);
\tif (a < 2 && !b) // a > 7
\t\tg("1 < 2", a);
\tfor (int i = 0; i < a; i++)
\t\tb = b |
\t\t\ta;
\tLOG(ERROR, "x %d", a + 1);
\treturn b;
}
"""


def of_line(n, code=CODE):
    return {after.strip() for after, _ in ctext.mutations(code).get(n, [])}


class Mutations(unittest.TestCase):
    def test_nothing_outside_of_functions_or_in_asserts(self):
        for n in (1, 2, 3, 4, 7):
            self.assertEqual(of_line(n), set(), f"line {n}")

    def test_operators_and_constants_of_a_declaration_with_a_value(self):
        self.assertEqual(of_line(5), {"int b = a - 1;", "int b = a + 2;", "int b = a + 0;"})

    def test_conditions(self):
        found = of_line(8)
        for wanted in ("if (a <= 2 && !b) // a > 7", "if (a < 2 || !b) // a > 7", "if (!(a < 2 && !b)) // a > 7",
                       "if (a < 2 && b) // a > 7", "if (a < 3 && !b) // a > 7"):
            self.assertIn(wanted, found)
        self.assertFalse([x for x in found if "a >= 7" in x or "a < 7" in x], "a comment was changed")

    def test_a_call_is_dropped_and_strings_stay(self):
        self.assertEqual(of_line(9), {";"})

    def test_loops_step_and_bound(self):
        self.assertLessEqual({"for (int i = 0; i <= a; i++)", "for (int i = 0; i < a; i--)", "for (int i = 1; i < a; i++)"},
                             of_line(10))

    def test_half_a_statement_is_not_dropped(self):
        self.assertNotIn(";", of_line(11) | of_line(12))

    def test_log_lines_stay(self):
        self.assertEqual(of_line(13), set())

    def test_return(self):
        self.assertEqual(of_line(14), {"return 0;"})

    def test_lines_stay_whole(self):
        for n, choices in ctext.mutations(CODE).items():
            for after, _ in choices:
                self.assertNotIn("\n", after, f"line {n}")
                self.assertNotEqual(after, CODE.split("\n")[n - 1])


class Equivalent(unittest.TestCase):
    def test_blocks(self):
        known = equivalent.parse("# what\nlib/a.c\n- \tx < 1;\n+ \tx <= 1;\n  never 1\n\nlib/b.c\n- y\n+ z\n  why\n  not\n")
        self.assertIn(equivalent.key("lib/a.c", "  x < 1;", "x <= 1;"), known)
        self.assertEqual(len(known), 2)

    def test_a_block_without_reason_is_refused(self):
        with self.assertRaises(equivalent.Malformed):
            equivalent.parse("lib/a.c\n- x\n+ y\n")

    def test_the_stored_ones_stand_in_the_code(self):
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, "equivalent.txt"), encoding="utf-8") as f:
            known = equivalent.parse(f.read())
        for path, before, after in known:
            with open(os.path.join(here, "..", "..", path), encoding="utf-8") as f:
                found = ctext.mutations(f.read())
            self.assertTrue(any(a.strip() == after for choices in found.values() for a, _ in choices),
                            f"{path}: {before} -> {after} is no mutation any more: remove it from equivalent.txt")


class Near(unittest.TestCase):
    def test_the_topic_comes_first(self):
        tests = ["test_dp_account", "test_dp_tap", "test_topo_paths", "test_dp_relay", "fuzz_dp_replay"]
        topic, ours, others = near.order("lib/dp/dp_relay.c", tests)
        self.assertEqual(topic, ["test_dp_relay", "test_dp_account"])  # of its topic, and one that drives most
        self.assertEqual(ours, ["test_dp_tap"])
        self.assertEqual(others, ["test_topo_paths", "fuzz_dp_replay"])

    def test_every_file_of_the_areas_has_scenarios(self):
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        there = set(os.listdir(os.path.join(root, "tests", "netns")))
        for _, names in near.SCENARIOS:
            for name in names:
                self.assertIn(name + ".py", there)


if __name__ == "__main__":
    unittest.main()
