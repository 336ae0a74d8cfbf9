# SPDX-License-Identifier: BSD-3-Clause
"""Mutants that change nothing that anybody could notice: equivalent.txt, blocks of

    path
    - the line as it is
    + the line as mutated
      the reason, in one line or more

with an empty line between. Lines are compared without their indentation, so they may move, and may stand in the file
more than once. `#` begins a comment."""


class Malformed(ValueError):
    """A block without one of its parts."""


def parse(text):
    """{(path, line, mutated line)}"""
    known = set()
    for block in "\n".join(x for x in text.split("\n") if not x.startswith("#")).split("\n\n"):
        lines = [x for x in block.split("\n") if x.strip()]
        if not lines:
            continue
        if len(lines) < 4 or not lines[1].startswith("- ") or lines[2][0] != "+" or not lines[3].startswith("  "):
            raise Malformed(f"equivalent.txt: a block is path, - line, + line, reason; not:\n{block}")
        known.add((lines[0].strip(), lines[1][1:].strip(), lines[2][1:].strip()))
    return known


def key(path, before, after):
    return path, before.strip(), after.strip()
