#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""config/debian beside the tree: what meson installs is in a package, and names are the code's."""
import glob
import json
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DEBIAN = os.path.join(ROOT, "config", "debian")
UNITS = os.path.join(ROOT, "config", "systemd")
BUILD = os.path.join(ROOT, "build")
# As debhelper configures meson.
PLACES = {"prefix": "usr", "bindir": "usr/bin", "sbindir": "usr/sbin", "datadir": "usr/share", "libdir": "usr/lib/x86_64-linux-gnu"}


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


class Packages(unittest.TestCase):
    def test_each_installed_file_is_in_exactly_one_package(self):
        if not os.path.exists(os.path.join(BUILD, "meson-info", "intro-install_plan.json")):
            self.skipTest("no build in build/")
        patterns = [line.split()[0] for path in glob.glob(os.path.join(DEBIAN, "*.install")) for line in read(path).splitlines()]
        plan = json.loads(read(BUILD, "meson-info", "intro-install_plan.json"))
        installed = [file["destination"].format(**PLACES) for kind in plan.values() for file in kind.values()]
        self.assertGreater(len(installed), 10)
        with tempfile.TemporaryDirectory() as root:
            for path in installed:
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8"):
                    pass
            taken = {}
            for pattern in patterns:
                found = glob.glob(os.path.join(root, pattern))
                self.assertTrue(found, f"{pattern}: no such file is installed")
                for top in found:
                    for below in [top] if os.path.isfile(top) else glob.glob(top + "/**", recursive=True):
                        if os.path.isfile(below):
                            taken[below] = taken.get(below, 0) + 1
            everything = {p for p in glob.glob(root + "/**", recursive=True) if os.path.isfile(p)}
            self.assertEqual({os.path.relpath(p, root) for p in everything - set(taken)}, set(), "in no package")
            self.assertEqual({p for p, n in taken.items() if n > 1}, set(), "in two packages")

    def test_each_unit_is_installed(self):
        rules = read(DEBIAN, "rules")
        for unit in os.listdir(UNITS):
            short = unit.removeprefix("romonctl-")
            self.assertTrue(unit in rules or f" {short}" in rules, f"{unit} is in no package")

    def test_default_configuration_is_valid_and_names_no_port(self):
        romond = os.path.join(BUILD, "app", "romond", "romond")
        if not os.path.exists(romond):
            self.skipTest("no build in build/")
        r = subprocess.run([romond, "--check", os.path.join(DEBIAN, "romond.yaml")], stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("names no port: nothing will be forwarded", r.stderr)
        # the lines that are to be taken into use are valid, too
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write("".join(line[1:] if re.match(r"#( *)[a-z0-9-]+:", line) else line
                            for line in read(DEBIAN, "romond.yaml").replace("ports: {}\n", "").splitlines(True)))
            f.flush()
            r = subprocess.run([romond, "--check", f.name], stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual((r.returncode, r.stderr), (0, ""))

    def test_groups_and_folders_are_those_of_the_schema(self):
        config = read(ROOT, "docs", "config.md")
        self.assertIn("| `control.group` | 1..31 characters of A-Z a-z 0-9 _ . - | `romon` |", config)
        self.assertIn("\ng romon -", read(DEBIAN, "romond.sysusers"))
        self.assertIn("`/var/lib/romond`", config)
        self.assertIn("rm -rf /var/lib/romond /etc/romond\n", read(DEBIAN, "romond.postrm"))


if __name__ == "__main__":
    unittest.main()
