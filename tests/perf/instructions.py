#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The instruction gate: what a frame costs in each stage, over fixed input, under callgrind.

  tests/perf/instructions.py [BUILD]            compare with instructions.json beside this file
  tests/perf/instructions.py --accept [BUILD]   make what is measured the new baseline

Exits 1 when a stage, or the sum of all, takes more than 1 % above the baseline, and 77 (skipped) where the baseline
says nothing: for another compiler or DPDK. A stage is a source file of a library. Libraries of others (drivers,
libc) do not count: what they run depends on the CPU.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINE = os.path.join(HERE, "instructions.json")
WORKS = ("data", "flood", "relay-1-1", "relay-1-3")
LIMIT = 0.01
SKIPPED = 77


def names_of(line, names):
    """The value of `key=(id) name`; a name stands there only the first time."""
    number, name = re.match(r"\w+=\((\d+)\)(?: (.*))?$", line).groups()
    key = ("ob" if line.startswith(("ob=", "cob=")) else "fn", number)
    if name is not None:
        names[key] = name
    return names[key]


def own_costs(profile, program):
    """{function: instructions of its own} of a callgrind profile, for functions of that program only."""
    names, costs = {}, {}
    ob = fn = None
    is_call = False
    for line in profile.splitlines():
        if line.startswith("ob="):
            ob = names_of(line, names)
        elif line.startswith("fn="):
            fn = names_of(line, names)
        elif line.startswith(("cob=", "cfn=")):
            names_of(line, names)
        elif line.startswith("calls="):
            is_call = True  # the next line has what the called function took
        elif re.match(r"[-+*\d]\S* \d+$", line):
            if not is_call and os.path.basename(ob) == program:
                costs[fn] = costs.get(fn, 0) + int(line.split()[1])
            is_call = False
    return costs


def sources(nm):
    """{function: source file} of what nm says of our archives; a name of several files belongs to all of them."""
    out, source = {}, None
    for line in nm.splitlines():
        member = re.match(r"(?:.*[\[/(])?([a-z]+)_(\w+\.c)\.o[\])]?:$", line)
        if member:
            source = member.group(2)
        symbol = re.match(r"[0-9a-f]+ [tTwW] (\S+)$", line)
        if symbol and source:
            out.setdefault(symbol.group(1), set()).add(source)
    return {name: "|".join(sorted(files)) for name, files in out.items()}


def output(argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout


def made_with(program):
    """What the baseline depends on, beside the source."""
    comment = output(["readelf", "-p", ".comment", program])
    compiler = " ".join(sorted(re.findall(r"\]\s+(.*)$", comment, re.M)))
    return {"compiler": compiler, "dpdk": output(["pkg-config", "--modversion", "libdpdk"]).strip()}


def measure(build):
    """{work: {source file: instructions a frame}}"""
    program = os.path.join(build, "tests/perf/stage_turns")
    libs = os.path.join(build, "lib")
    archives = sorted(os.path.join(libs, f) for f in os.listdir(libs) if f.endswith(".a"))
    source_of = sources(output(["nm", "--defined-only", *archives]))
    works = {}
    for work in WORKS:
        with tempfile.TemporaryDirectory() as folder:
            profile = os.path.join(folder, "out")
            run = subprocess.run(
                ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", "--collect-atstart=no",
                 "--toggle-collect=counted_turn", program, work],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            if run.returncode != 0:
                sys.exit(f"instructions: {work}: {run.stderr}")
            with open(profile, encoding="utf-8") as f:
                costs = own_costs(f.read(), os.path.basename(program))
        n_frames = int(run.stdout.split()[-1])
        stages = {}
        for fn, cost in costs.items():
            if fn in source_of:
                stages[source_of[fn]] = stages.get(source_of[fn], 0) + cost
        works[work] = {s: round(c / n_frames, 2) for s, c in sorted(stages.items())}
        works[work]["all"] = round(sum(stages.values()) / n_frames, 2)
    return works


def compare(base, now):
    """[(work, stage, baseline, now)] of what got dearer by more than the limit, and of what got cheaper."""
    dearer, cheaper = [], []
    for work, stages in now.items():
        for stage, cost in stages.items():
            was = base.get(work, {}).get(stage, 0)
            row = (work, stage, was, cost)
            if cost > was * (1 + LIMIT):
                dearer.append(row)
            elif cost < was * (1 - LIMIT):
                cheaper.append(row)
    return dearer, cheaper


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build")
    parser.add_argument("--accept", action="store_true")
    args = parser.parse_args()
    tools = made_with(os.path.join(args.build, "tests/perf/stage_turns"))

    if args.accept:
        with open(BASELINE, "w", encoding="utf-8") as f:
            json.dump({"made-with": tools, "instructions-a-frame": measure(args.build)}, f, indent=1)
            f.write("\n")
        print(f"instructions: {BASELINE} is what this build takes")
        return 0
    with open(BASELINE, encoding="utf-8") as f:
        base = json.load(f)
    if base["made-with"] != tools:
        print(f"skip: the baseline is for {base['made-with']}, this build is {tools}")
        return SKIPPED
    now = measure(args.build)
    dearer, cheaper = compare(base["instructions-a-frame"], now)
    for word, rows in (("cheaper", cheaper), ("DEARER", dearer)):
        for work, stage, was, cost in rows:
            print(f"{word}  {work:10} {stage:18} {was:8.2f} -> {cost:8.2f} instructions a frame")
    print("all:  " + ", ".join(f"{work} {stages['all']:.2f}" for work, stages in now.items()))
    if dearer:
        print(f"\nA stage takes more than {LIMIT:.0%} above its baseline. Make it cheaper; or, if what it buys is worth\n"
              f"that, accept the new figures and say why in the commit:  tests/perf/instructions.py --accept {args.build}")
        return 1
    if cheaper:
        print(f"Keep what was won:  tests/perf/instructions.py --accept {args.build}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
