# SPDX-License-Identifier: BSD-3-Clause
"""Where things are, and which modules of other test folders the bench stands on."""
import os
import sys

PERF = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(PERF))
sys.dont_write_bytecode = True
for folder in ("tests/common", "tests/netns", "tests/perf"):
    sys.path.insert(0, os.path.join(ROOT, folder))

WORKER_CPU = 1  # all sides forward here, one at a time
CONTROL_CPU = 0  # everything else
BURST = 32
MBUFS = 16384
DESCRIPTORS = 512


def program(build, name):
    """Path of a built program of ours."""
    where = {"romond": "app/romond", "romonctl": "app/romonctl", "romon-gen": "app/romon-gen", "romon-gw": "app/romon-gw"}
    path = os.path.join(build, where.get(name, "tests/perf"), name)
    if not os.access(path, os.X_OK):
        raise SystemExit(f"bench: {path} is not built; run scripts/build")
    return path
