# SPDX-License-Identifier: BSD-3-Clause
"""The command line of scripts/bench."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from bench import host, places, report, rows, verdict
from bench.proc import SideError

ABOUT = """\
romond beside its peers on this machine: ratios of one run, in alternating trials, with an A/A control.

Prints a table with first bar, goal and verdict, and exits 0 when every first bar is met, 1 when one is missed or
a side forwards wrong frames, 3 when the run is void (two equal sides differ, or the hypervisor took CPU time).
Needs root and two CPUs; runs in namespaces of its own and leaves the network as it was. docs/benchmarks.md has the
method. While it runs, nothing else should."""
HUGEPAGES = 900
FULL = (10, 1.0)  # trials a side, seconds a trial
QUICK = (5, 0.4)
INSIDE = "ROMOND_BENCH_INSIDE"  # set in the namespaces


def arguments():
    p = argparse.ArgumentParser(prog="scripts/bench", description=ABOUT,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--list", action="store_true", help="the rows, and end")
    p.add_argument("--only", metavar="ROWS", help="some rows, as P3,P7")
    p.add_argument("--quick", action="store_true", help=f"{QUICK[0]} trials of {QUICK[1]} s a side, for a first look")
    p.add_argument("--trials", type=int, help=f"a side (default {FULL[0]})")
    p.add_argument("--seconds", type=float, help=f"a trial (default {FULL[1]})")
    p.add_argument("--json", metavar="FILE", help="write all figures")
    p.add_argument("--build", default=os.path.join(places.ROOT, "build"), help="build folder (default build)")
    p.add_argument("--keep", action="store_true", help="keep configurations and logs, and say where")
    args = p.parse_args()
    n_trials, seconds = QUICK if args.quick else FULL
    args.trials = args.trials or n_trials
    args.seconds = args.seconds or seconds
    args.build = os.path.abspath(args.build)
    args.rows = args.only.split(",") if args.only else list(rows.ROWS)
    unknown = [r for r in args.rows if r not in rows.ROWS]
    if unknown:
        p.error(f"no row {', '.join(unknown)}; scripts/bench --list names them")
    return args


def in_namespaces():
    """Run this command line again where nothing outlives it."""
    if os.geteuid() != 0:
        raise SystemExit("bench: needs root: sudo scripts/bench")
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("bench: needs two CPUs: one for the worker under test, one for everything else")
    argv = ["unshare", "--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc",
            sys.executable, "-B", *sys.argv]
    child = subprocess.Popen(argv, env={**os.environ, INSIDE: "1"})
    signal.signal(signal.SIGTERM, lambda *_: child.kill())  # of unshare: the kernel ends the rest
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.kill()
        child.wait()
        return 130


def run_rows(args, folder):
    """{row: result}."""
    out = {}
    for key in args.rows:
        title, fn = rows.ROWS[key]
        print(f"{key}  {title} …", file=sys.stderr, flush=True)
        row_folder = os.path.join(folder, key)
        os.makedirs(row_folder)
        began = time.monotonic()
        try:
            result = fn(rows.Setting(row_folder, args.build, args.trials, args.seconds))
        except SideError as e:
            result = {"duels": [], "void": [], "wrong": [str(e)]}
        out[key] = {"title": title, **result}
        words = [f"{d['against']}: {d['ratio']['median']:.3g} {report.word_of(result, d)}" for d in result["duels"]]
        words += [f"WRONG: {text}" for text in result["wrong"]]
        print(f"     {'; '.join(words)}  ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    return out


def inside(args):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = tempfile.mkdtemp(prefix="romond-bench-")
    os.environ["RUNTIME_DIRECTORY"] = folder  # DPDK's runtime files
    began = time.time()
    try:
        with host.Hugepages(HUGEPAGES):
            steal = host.Steal()
            run = {"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)), "host": host.record(args.build),
                   "arguments": sys.argv[1:], "rows": run_rows(args, folder)}
            run["host"]["steal"] = steal.share()
    finally:
        if args.keep:
            print(f"bench: files are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    run["took-seconds"] = round(time.time() - began, 1)
    run["exit"] = verdict.exit_code(list(run["rows"].values()))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(run, f, indent=1)
            f.write("\n")
    print(report.of_run(run))
    return run["exit"]


def main():
    args = arguments()
    if args.list:
        print("\n".join(f"{key:4} {title}" for key, (title, _) in rows.ROWS.items()))
        return 0
    return inside(args) if os.environ.get(INSIDE) else in_namespaces()
