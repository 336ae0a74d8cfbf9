# SPDX-License-Identifier: BSD-3-Clause
"""Each row as a run of its own behind a command, when ROMOND_BENCH_WRAP names one: where several people measure on one
machine, it takes the turn for that row alone (flock, or what the place has). The results are put together."""
import json
import os
import shlex
import subprocess
import sys
import tempfile

from bench import places

VARIABLE = "ROMOND_BENCH_WRAP"


def is_wanted():
    return bool(os.environ.get(VARIABLE))


def run(keys, options):
    """A run as main.inside() makes it; options are those of the command line without --only and --json."""
    env = {k: v for k, v in os.environ.items() if k != VARIABLE}
    whole, missing = None, []
    with tempfile.TemporaryDirectory(prefix="romond-bench-") as folder:
        for key in keys:
            path = os.path.join(folder, f"{key}.json")
            subprocess.run([*shlex.split(os.environ[VARIABLE]), os.path.join(places.ROOT, "scripts", "bench"),
                            "--only", key, "--json", path, *options], env=env, stdout=subprocess.DEVNULL, check=False)
            if not os.path.exists(path):
                missing.append(key)
                continue
            with open(path, encoding="utf-8") as f:
                part = json.load(f)
            whole = part if whole is None else merged(whole, part)
    if whole is None:
        sys.exit("bench: no row ended with figures")
    whole["rows"].update({key: {"title": key, "duels": [], "void": [], "wrong": ["ended without figures"]} for key in missing})
    return whole


def merged(whole, part):
    """The rows of both; times add up."""
    whole["rows"].update(part["rows"])
    whole["took-seconds"] = round(whole["took-seconds"] + part["took-seconds"], 1)
    whole["host"]["steal"] = max(whole["host"]["steal"], part["host"]["steal"])
    return whole
