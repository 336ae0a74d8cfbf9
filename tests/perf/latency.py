#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Latency at half load: romond beside testpmd, through the same memif rings, in alternating trials of one run.

    romon-gen (CPU 1) ==memif==> romond node or testpmd io (CPU 0) ==memif==> romon-gen

Half load is half of what romond forwards at most, found in this run; both get the same frames at the same rate, and
frames that find a ring full wait. The figures are medians over many short trials: where the machine takes a CPU away for
milliseconds, P99 of a second tells of that alone. The bar: P99 at most 3 times testpmd's. Exits 0 when it holds, 1 when
it does not, 3 when the run is void. Needs root and two CPUs with nothing else to do.
"""
import argparse
import json
import os
import sys
import tempfile
from statistics import median

import rings
from bench import host, stats
from bench.proc import SideError

BAR = 3
QUANTILES = ("p50", "p90", "p99", "p99.9", "max")
LOSS_MAX = 0.001  # at half load: more, and a figure says nothing of the side
VOID_TRIES = 8  # of a trial that does not count


class Void(RuntimeError):
    """The machine, not the sides, decided."""


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--trials", type=int, default=80, help="a side (default 80)")
    p.add_argument("--seconds", type=float, default=0.1, help="a trial (default 0.1)")
    p.add_argument("--share", type=float, default=0.5, help="of the most that romond forwards (default 0.5)")
    p.add_argument("--json", metavar="FILE", help="write all figures")
    p.add_argument("--build", default=os.path.join(rings.places.ROOT, "build"), help="build folder (default build)")
    return p.parse_args()


def trial(dut, gen, rate, seconds):
    """A report that counts."""
    why = None
    for _ in range(VOID_TRIES):
        steal = host.Steal()
        dut.thaw()
        report = gen.run("-r", str(rate), "--hold", "-T", f"{int(seconds * 1000)}ms")
        dut.freeze()
        why = rings.void_if(report, steal.share())
        if why is None and report["all"]["lost"] > LOSS_MAX * report["all"]["expected"]:
            why = f"{dut.name} lost {report['all']['lost']} frames"
        if why is None and report["all"]["damaged"] + report["all"]["stray"] == 0:
            return report
        if why is None:
            raise SideError(f"{dut.name} forwards wrong frames: {report['problems']}")
    raise Void(f"{why}, {VOID_TRIES} times in a row")


def run(args, folder):
    duts = {"romond": rings.Romond("romond", folder, args.build), "testpmd": rings.Testpmd("testpmd", folder, args.build)}
    profiles = {"romond": "node-data.yaml", "testpmd": "wire-data.yaml"}
    gens, most, reports = {}, {}, {name: [] for name in duts}
    try:
        for name, dut in duts.items():
            dut.start()
            gens[name] = rings.Gen(dut, profiles[name])
            most[name] = median(gens[name].rate_of_max(1) for _ in range(3))
            dut.freeze()
        rate = int(most["romond"] * args.share)
        for i in range(args.trials):
            for name in sorted(duts, reverse=i % 2 == 1):
                reports[name].append(trial(duts[name], gens[name], rate, args.seconds))
    finally:
        for dut in duts.values():
            dut.stop()
        for gen in gens.values():
            gen.stop()
    return most, rate, reports


def figures(most, rate, reports):
    """What JSON keeps."""
    out = {"rate": rate, "most": most, "sides": {}}
    for name, rs in reports.items():
        out["sides"][name] = {
            "latency-ns": {q: stats.summary([r["all"]["latency-ns"][q] for r in rs]) for q in QUANTILES},
            "sent-late-ns": {q: stats.summary([r["sent-late-ns"][q] for r in rs]) for q in QUANTILES},
            "offered": sum(r["all"]["offered"] for r in rs), "lost": sum(r["all"]["lost"] for r in rs)}
    out["ratios"] = {q: stats.summary(stats.ratios([r["all"]["latency-ns"][q] for r in reports["romond"]],
                                                   [r["all"]["latency-ns"][q] for r in reports["testpmd"]]))
                     for q in QUANTILES}
    out["bar"] = BAR
    out["passed"] = out["ratios"]["p99"]["median"] <= BAR
    return out


def table(f):
    print(f"at {f['rate'] / 1e6:.2f} M frames/s; the most: " +
          ", ".join(f"{n} {m / 1e6:.2f}" for n, m in f["most"].items()) + " M frames/s")
    print(f"{'':24}" + "".join(f"{q.upper():>12}" for q in QUANTILES) + f"{'LOST':>12}")
    for name, side in f["sides"].items():
        for what, key in ((name, "latency-ns"), ("  sent late by", "sent-late-ns")):
            print(f"{what:24}" + "".join(f"{side[key][q]['median'] / 1000:>9.1f} us" for q in QUANTILES) +
                  (f"{side['lost']:>12}" if key == "latency-ns" else ""))
    print(f"{'ratio':24}" + "".join(f"{f['ratios'][q]['median']:>11.2f}x" for q in QUANTILES))
    p99 = f["ratios"]["p99"]
    print(f"P99: {p99['median']:.2f} x testpmd's ({p99['low']:.2f} to {p99['high']:.2f}), bar {BAR}: "
          + ("met" if f["passed"] else "MISSED"))


def main():
    args = arguments()
    with tempfile.TemporaryDirectory(prefix="romond-latency-") as folder, host.Hugepages(rings.HUGEPAGES):
        os.environ["RUNTIME_DIRECTORY"] = folder
        try:
            f = figures(*run(args, folder))
        except SideError as e:
            sys.exit(f"latency: {e}")
        except Void as e:
            print(f"latency: void: {e}", file=sys.stderr)
            return 3
    f["host"] = host.record(args.build)
    table(f)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(f, out, indent=2)
    return 0 if f["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
