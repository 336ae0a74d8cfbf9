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

from bench import ab, curves, doc, host, places, reload_row, report, rows, verdict, wrap
from bench.proc import SideError, be_first, session_first

ABOUT = """\
romond beside its peers on this machine: ratios of one run, in alternating trials, with an A/A control.

Prints a table with first bar, goal and verdict, and exits 0 when every first bar is met, 1 when one is missed or
a side forwards wrong frames, 3 when the run is void (two equal sides differ, or the hypervisor took CPU time).
Needs root and two CPUs; runs in namespaces of its own and leaves the network as it was. docs/benchmarks.md has the
method. While it runs, nothing else should; $ROMOND_BENCH_WRAP may name a command that each row is run behind."""
FULL = (10, 1.0)  # trials a side, seconds a trial
QUICK = (5, 0.2)
INSIDE = "ROMOND_BENCH_INSIDE"  # set in the namespaces
AB = "A/B"
BUSY_MAX = 0.05  # share of all CPU time in use before a row; more is told


def parser():
    p = argparse.ArgumentParser(prog="scripts/bench", description=ABOUT,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--list", action="store_true", help="the rows, and end")
    p.add_argument("--only", metavar="ROWS", help="some rows, as P3,P7")
    p.add_argument("--quick", action="store_true", help=f"{QUICK[0]} trials of {QUICK[1]} s a side, for a first look")
    p.add_argument("--ab", nargs=2, metavar=("DIR_A", "DIR_B"),
                   help="two build folders beside each other instead; exits 1 when the second is slower")
    p.add_argument("--work", choices=ab.WORKS, default="data", help="of --ab (default data)")
    p.add_argument("--curves", action="store_true", help="throughput by burst, size, ports, neighbors, workers, filters and dispatch instead")
    p.add_argument("--reloads", type=int, metavar="N", help="row P9 alone, with N reloads")
    p.add_argument("--trials", type=int, help=f"a side (default {FULL[0]})")
    p.add_argument("--seconds", type=float, help=f"a trial (default {FULL[1]})")
    p.add_argument("--doc", action="store_true", help="make the tables of docs/benchmarks.md from tests/perf/results, and end")
    p.add_argument("--json", metavar="FILE", help="write all figures")
    p.add_argument("--build", default=os.path.join(places.ROOT, "build"), help="build folder (default build)")
    p.add_argument("--keep", action="store_true", help="keep configurations and logs, and say where")
    return p


def table_of(args):
    """{row: (title, function)} of the kind of run that was asked for."""
    if args.ab:
        a, b = (os.path.abspath(d) for d in args.ab)
        return {AB: (ab.title(args.work), lambda s: ab.run(s, a, b, args.work))}
    if args.curves:
        return curves.ROWS
    if args.reloads:
        return {"P9": (rows.ROWS["P9"][0], reload_row.row(args.reloads))}
    return rows.ROWS


def arguments(words=None):
    p = parser()
    args = p.parse_args(words)
    n_trials, seconds = QUICK if args.quick else FULL
    args.trials = args.trials or n_trials
    args.seconds = args.seconds or seconds
    args.build = os.path.abspath(args.build)
    args.table = table_of(args)
    args.rows = args.only.split(",") if args.only else list(args.table)
    args.table = {**rows.ROWS, **curves.ROWS, **args.table}  # --only may name any
    unknown = [r for r in args.rows if r not in args.table]
    if unknown:
        p.error(f"no row {', '.join(unknown)}; scripts/bench --list names them")
    return args


def options_of(args):
    """The command line of a run of one row like this one."""
    out = ["--trials", str(args.trials), "--seconds", str(args.seconds), "--build", args.build]
    out += ["--ab", *args.ab, "--work", args.work] if args.ab else []
    out += ["--reloads", str(args.reloads)] if args.reloads else []
    return out + [f"--{name}" for name in ("curves", "keep") if getattr(args, name)]


def in_namespaces():
    """Run this command line again where nothing outlives it."""
    if os.geteuid() != 0:
        raise SystemExit("bench: needs root: sudo scripts/bench")
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("bench: needs two CPUs: one for the worker under test, one for everything else")
    argv = ["unshare", "--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc",
            sys.executable, "-B", *sys.argv]
    child = subprocess.Popen(argv, env={**os.environ, INSIDE: "1"}, start_new_session=True)
    signal.signal(signal.SIGTERM, lambda *_: child.kill())  # of unshare: the kernel ends the rest
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.kill()
        child.wait()
        return 130


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_row(args, key, folder):
    """The result of one row; a side that fails is a wrong row."""
    title, fn = args.table[key]
    say(f"{key}  {title} …")
    row_folder = os.path.join(folder, key.replace("/", ""))
    os.makedirs(row_folder)
    busy = host.busy_share()
    began = time.monotonic()
    try:
        with host.Hugepages(rows.hugepages(key)):
            result = fn(rows.Setting(row_folder, os.path.join(folder, "feeds"), args.build, args.trials, args.seconds))
    except (SideError, AssertionError, OSError) as e:  # of a side, of the harness, of a socket whose owner died
        result = {"duels": [], "void": [], "wrong": [str(e) or repr(e)]}
    result["busy-before"] = busy
    if busy > BUSY_MAX:
        result.setdefault("notes", []).append(f"other programs kept {busy:.0%} of the CPUs busy before it began")
    words = [f"{d['against']}: {d['ratio']['median']:.3g} {report.word_of(result, d)}" for d in result["duels"]]
    words += [f"WRONG: {text}" for text in result["wrong"]]
    say(f"     {'; '.join(words)}  ({time.monotonic() - began:.0f} s)")
    return {"title": title, **result}


def run_all(args):
    """A run: where, when and with what, and {row: result}."""
    folder = tempfile.mkdtemp(prefix="romond-bench-")
    os.environ["RUNTIME_DIRECTORY"] = folder  # DPDK's runtime files
    began = time.time()
    try:
        os.makedirs(os.path.join(folder, "feeds"))
        steal = host.Steal()
        run = {"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)), "host": host.record(args.build),
               "trials": args.trials, "seconds": args.seconds,
               "rows": {key: run_row(args, key, folder) for key in args.rows}}
        run["host"]["steal"] = steal.share()
    finally:
        if args.keep:
            say(f"bench: files are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    run["took-seconds"] = round(time.time() - began, 1)
    return run


def finish(args, run):
    """Table, JSON and exit code of a run."""
    run["exit"] = verdict.exit_code(list(run["rows"].values()))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(run, f, indent=1)
            f.write("\n")
    print(report.of_run(run))
    return run["exit"]


def main():
    args = arguments()
    if args.doc:
        doc.write()
        return 0
    if args.list:
        print("\n".join(f"{key:12} {args.table[key][0]}" for key in args.rows))
        return 0
    if os.environ.get(INSIDE):
        be_first()  # readings are to come at their times
        session_first()
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "romond-bench", "/run"], check=True)  # ip netns
        return finish(args, run_all(args))
    if wrap.is_wanted():
        return finish(args, wrap.run(args.rows, options_of(args)))
    return in_namespaces()
