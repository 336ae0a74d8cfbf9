# SPDX-License-Identifier: BSD-3-Clause
"""Which tests run which line. Each test runs once, unchanged, with clang's counters in it; what it ran is kept beside
the copy of the tree under the digest of its program, so that a tree that moved on runs again only what it changed."""
import glob
import hashlib
import json
import os
import shutil

# Counters live in the file itself (%c): what a child ran that left by _exit() or was killed counts too.
C_ARGS = "-fprofile-instr-generate -fcoverage-mapping -mllvm -runtime-counter-relocation"
LINK_ARGS = "-fprofile-instr-generate"
AREAS = ("lib/", "app/")


def llvm(tool):
    """llvm-cov or llvm-profdata, of whatever version stands beside clang; None when there is none."""
    return next(iter([p for p in [shutil.which(tool), *sorted(glob.glob(f"/usr/lib/llvm-*/bin/{tool}"))] if p]), None)


def lines_run(lcov, tree):
    """{path from the root of the tree: lines that were run} of an lcov report, for code of the product alone."""
    found = {}
    lines = None
    for row in lcov.split("\n"):
        kind, _, rest = row.partition(":")
        if kind == "SF":
            path = os.path.relpath(rest, tree)
            lines = found.setdefault(path, []) if path.startswith(AREAS) else None
        elif kind == "DA" and lines is not None:
            line, count = rest.split(",")[:2]
            if int(count) > 0:
                lines.append(int(line))
    return {path: sorted(set(lines)) for path, lines in found.items() if lines}


def digest(paths):
    """Of files, and of all files in folders."""
    found = hashlib.sha256()
    for path in paths:
        inside = [os.path.join(d, n) for d, _, names in os.walk(path) for n in names] if os.path.isdir(path) else [path]
        for p in sorted(inside):
            with open(p, "rb") as f:
                found.update(p.encode() + b"\0" + hashlib.sha256(f.read()).digest())
    return found.hexdigest()


class Cover:
    """folder: where what tests ran is kept, a file a test."""

    def __init__(self, folder):
        self.folder = folder
        self.tests = {}  # name -> {"digest", "seconds", "lines": {path: set of lines}}
        os.makedirs(folder, exist_ok=True)

    def _path(self, name):
        return os.path.join(self.folder, name.replace(" ", "_") + ".json")

    def load(self, name, wanted):
        """Is what is kept of a test still true of its program?"""
        try:
            with open(self._path(name), encoding="utf-8") as f:
                kept = json.load(f)
        except FileNotFoundError:
            return False
        if kept["digest"] != wanted:
            return False
        self.tests[name] = dict(kept, lines={p: set(lines) for p, lines in kept["lines"].items()})
        return True

    def keep(self, name, digest_now, seconds, lines):
        kept = {"digest": digest_now, "seconds": seconds, "lines": lines}
        with open(self._path(name), "w", encoding="utf-8") as f:
            json.dump(kept, f)
        self.load(name, digest_now)

    def seconds(self, name):
        return self.tests[name]["seconds"]

    def running(self, path, line):
        """Names of the tests that run the line, the quickest first."""
        return sorted((n for n, t in self.tests.items() if line in t["lines"].get(path, ())), key=self.seconds)
