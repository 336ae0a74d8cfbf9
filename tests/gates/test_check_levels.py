#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What scripts/check-levels refuses: includes that climb, files without a room, rings."""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CHECK = os.path.join(ROOT, "scripts", "check-levels")

# A small house: path -> the headers that it includes.
HOUSE = {
    "lib/base/base_text.h": [],
    "lib/dp/dp.h": ["base_text.h"],
    "app/romond/main.c": ["control_loop.h"],
    "app/romond/life/control_loop.h": ["app.h"],
    "app/romond/life/control_loop.c": ["control_loop.h", "events.h", "ports.h"],
    "app/romond/ports/ports.h": ["app.h"],
    "app/romond/ports/ports.c": ["ports.h", "events.h", "slots.h"],
    "app/romond/ports/slots.h": ["app.h"],
    "app/romond/ports/slots.c": ["slots.h"],
    "app/romond/events/events.h": ["app.h"],
    "app/romond/events/events.c": ["events.h"],
    "app/romond/ground/app.h": ["dp.h"],
}


class Levels(unittest.TestCase):
    def found(self, **changes):
        """What the check prints of the house with other includes in some files (by base name, "." as "_")."""
        house = dict(HOUSE)
        for name, includes in changes.items():
            path = next((p for p in house if os.path.basename(p).replace(".", "_") == name), None)
            self.assertIsNotNone(path, name)
            house[path] = includes
        return self.check(house)

    def check(self, house):
        with tempfile.TemporaryDirectory() as folder:
            for path, includes in house.items():
                os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(folder, path), "w", encoding="utf-8") as f:
                    f.write("// x\n" + "".join(f'#include "{name}"\n' for name in includes))
            p = subprocess.run([sys.executable, CHECK, folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(p.returncode != 0, bool(p.stdout), p.stdout)
        return p.stdout

    def test_the_house_is_in_order(self):
        self.assertEqual(self.found(), "")

    def test_this_tree_is_in_order(self):
        p = subprocess.run([sys.executable, CHECK], stdout=subprocess.PIPE, text=True)
        self.assertEqual((p.returncode, p.stdout), (0, ""))

    def test_an_include_of_a_room_above(self):
        self.assertIn("app/romond/events/events.c:3: ports.h: the room events may not see ports, which stands above it\n",
                      self.found(events_c=["events.h", "ports.h"]))

    def test_an_include_of_a_room_above_in_a_header(self):
        out = self.found(app_h=["control_loop.h"])
        self.assertIn("app/romond/ground/app.h:2: control_loop.h: the room ground may not see life", out)

    def test_a_ring_within_a_room(self):
        self.assertEqual(self.found(slots_c=["slots.h", "ports.h"]),
                         "a ring of includes: ports -> slots -> ports\n"
                         "    app/romond/ports/ports.c:4: ports includes slots\n"
                         "    app/romond/ports/slots.c:3: slots includes ports\n")

    def test_a_ring_by_way_of_a_third(self):
        house = dict(HOUSE)
        house["app/romond/ports/tap.h"] = ["ports.h"]
        house["app/romond/ports/slots.c"] = ["slots.h", "tap.h"]
        self.assertIn("a ring of includes: ports -> slots -> tap -> ports\n", self.check(house))

    def test_a_file_without_a_room(self):
        house = dict(HOUSE)
        house["app/romond/loose.c"] = []
        self.assertEqual(self.check(house), "app/romond/loose.c: every file of the daemon but main.c stands in a room\n")

    def test_a_room_without_a_rank(self):
        house = dict(HOUSE)
        house["app/romond/attic/box.c"] = []
        self.assertIn("app/romond/attic is no room in scripts/check-levels", self.check(house))

    def test_a_library_that_climbs(self):
        self.assertIn("lib/base (level 0) may not see lib/dp (level 4)", self.found(base_text_h=["dp.h"]))

    def test_a_library_that_asks_for_the_daemon(self):
        self.assertIn("a library never includes a header of app/romond", self.found(dp_h=["app.h"]))


if __name__ == "__main__":
    unittest.main()
