#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which lines scripts/mutate changes, and into what; the file of mutants that change nothing."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import cover  # noqa: E402
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

    def test_null_is_no_other_value_than_0(self):
        self.assertEqual(of_line(3, "int *f(void)\n{\n\treturn NULL;\n}\n"), set())

    def test_the_lesser_of_two_is_the_same_of_equals(self):
        for line in ("n = a < v->b ? a : v->b;", "n = len(a) >= n ? n : len(a);", "n = (x)(a[i] > b ? a[i] : b);"):
            found = of_line(3, f"int f(void)\n{{\n\t{line}\n}}\n")
            old = next(x for x in (" < ", " >= ", " > ") if x in line)
            self.assertNotIn(line.replace(old, f" {old.strip().rstrip('=') + ('' if '=' in old else '=')} "), found)
            self.assertIn(line.replace(old, {" < ": " >= ", " >= ": " < ", " > ": " <= "}[old]), found)
        self.assertIn("n = a <= b ? a : c;", of_line(3, "int f(void)\n{\n\tn = a < b ? a : c;\n}\n"))

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


LCOV = """SF:/copy/lib/dp/dp_rx.c
FN:3,f
DA:3,7
DA:4,0
DA:9,1
BRDA:9,0,0,1
end_of_record
SF:/copy/tests/unit/test_x.c
DA:1,1
end_of_record
SF:/usr/include/x.h
DA:2,1
end_of_record
SF:/copy/app/romond/eal.c
DA:5,0
end_of_record
"""


class Cover(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_lines_of_the_product_that_were_run(self):
        self.assertEqual(cover.lines_run(LCOV, "/copy"), {"lib/dp/dp_rx.c": [3, 9]})

    def test_who_runs_a_line_the_quickest_first(self):
        c = cover.Cover(self.folder)
        c.keep("slow", "1", 2.5, {"lib/a.c": [1, 2]})
        c.keep("quick on day 49", "2", 0.5, {"lib/a.c": [2], "lib/b.c": [1]})
        self.assertEqual(c.running("lib/a.c", 2), ["quick on day 49", "slow"])
        self.assertEqual(c.running("lib/a.c", 1), ["slow"])
        self.assertEqual(c.running("lib/a.c", 3) + c.running("lib/c.c", 1), [])

    def test_what_is_kept_holds_for_the_same_program_only(self):
        cover.Cover(self.folder).keep("t", "1", 1, {"lib/a.c": [1]})
        again = cover.Cover(self.folder)
        self.assertFalse(again.load("t", "2"))
        self.assertFalse(again.load("other", "1"))
        self.assertEqual(again.running("lib/a.c", 1), [])
        self.assertTrue(again.load("t", "1"))
        self.assertEqual(again.running("lib/a.c", 1), ["t"])

    def test_a_digest_is_of_every_file_in_a_folder(self):
        os.makedirs(f"{self.folder}/d/e")
        for name in ("d/a", "d/e/b"):
            with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
                f.write("1")
        before = cover.digest([f"{self.folder}/d"])
        self.assertEqual(before, cover.digest([f"{self.folder}/d"]))
        with open(f"{self.folder}/d/e/b", "w", encoding="utf-8") as f:
            f.write("2")
        self.assertNotEqual(before, cover.digest([f"{self.folder}/d"]))


class Told(bench.Bench):
    """A bench whose tests do as they are told: name -> exit statuses in turn (None: it hangs), "!" does not build."""

    def __init__(self, folder, told):
        super().__init__("/", folder, 1)
        self.told = told
        self._tests = {"build": {n: ([n], {}, n) for n in told}}
        for name in told:
            self.cover.keep(name, "", 0, {})
        self.built = []

    def ninja(self, build, targets):
        self.built += targets
        return "!" not in targets

    def _one(self, build, name, limit_s, **env):
        return self.told[name].pop(0), ""


class FirstFailure(unittest.TestCase):
    def of(self, **told):
        with tempfile.TemporaryDirectory() as folder:
            b = Told(folder, told)
            return b.first_failure("build", list(told)), b.built

    def test_nothing_is_built_behind_the_first_that_fails(self):
        self.assertEqual(self.of(a=[0], b=[1, 1], c=[0]), ("b", ["a", "b"]))

    def test_a_failure_that_does_not_come_again_is_none(self):
        self.assertEqual(self.of(a=[1, 0], b=[0]), ("", ["a", "b"]))

    def test_what_hangs_has_failed(self):
        self.assertEqual(self.of(a=[None])[0], "a (hang)")

    def test_what_does_not_compile_is_told_apart(self):
        self.assertIsNone(self.of(**{"a": [0], "!": [0]})[0])


class Near(unittest.TestCase):
    def test_the_topic_comes_first(self):
        tests = ["test_dp_account", "test_dp_tap", "test_topo_paths", "test_dp_relay", "fuzz_dp_replay"]
        self.assertEqual(near.order("lib/dp/dp_relay.c", tests),
                         ["test_dp_account", "test_dp_relay",  # of its topic, and one that drives most
                          "test_dp_tap", "test_topo_paths", "fuzz_dp_replay"])

    def test_a_file_may_stand_in_a_folder_of_its_area(self):
        self.assertEqual(near.order("app/romond/why/why_node.c", ["test_dp_tap", "test_app_ports", "test_app_why_node"]),
                         ["test_app_ports", "test_app_why_node", "test_dp_tap"])
        self.assertEqual(near.scenarios("app/romond/why/why_node.c"), near.scenarios("app/romond/why_node.c"))
        self.assertIn("signed", near.scenarios("app/romond/ports/signing.c"))

    def test_of_two_as_near_the_first_stays_first(self):
        self.assertEqual(near.order("lib/topo/topo_x.c", ["b", "a", "test_topo_z", "test_topo_y"]),
                         ["test_topo_z", "test_topo_y", "b", "a"])

    def test_every_file_of_the_areas_has_scenarios(self):
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        there = set(os.listdir(os.path.join(root, "tests", "netns")))
        for _, names in near.SCENARIOS:
            for name in names:
                self.assertIn(name + ".py", there)


if __name__ == "__main__":
    unittest.main()
