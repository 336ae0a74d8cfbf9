#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Overload: what romond forwards at ten times what it can take, and how soon it loses nothing any more afterwards.

    romon-gen (CPU 1) ==memif==> romond (CPU 0) ==memif==> romon-gen

The most that is forwarded is found by a closed loop; then one open-loop run: ten times that for a while, and half of it
from there on. The bars: at least 95 % of the most during the overload; at most 1 s after its end nothing is lost for a
tenth of a second. Where the ring to romond was seldom full at the most, romon-gen was the slower one of the two, and the
run is void: what romond does at its limit was not seen. Where the worker did not have its CPU for the whole time, both
figures are for the time that it had. Exits 0 when the bars hold, 1 when not, 3 when the run is void. Needs root
and two CPUs with nothing else to do.
"""
import argparse
import json
import os
import sys
import tempfile
import time
from statistics import median

import rings
from bench import host, stats
from bench.proc import SideError

FORWARD_BAR, RECOVERY_BAR_S = 0.95, 1.0
SLICE_MS = 10
CALM = 10  # slices in a row without loss: it has recovered
FULL_MIN = 0.3  # of romon-gen's sends at the most that found the ring full
# name -> profile, arguments of rings.Romond
LOADS = {
    "node-data": ("node-data.yaml", {}),
    "node-discover": ("node-discover.yaml", {}),
    "relay-flood": ("relay-flood.yaml", {"mode": "relay", "names": ("a", "b", "c", "d")}),
}


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--load", choices=sorted(LOADS), default="node-data", help="what is sent (default node-data)")
    p.add_argument("--trials", type=int, default=5, help="overloads (default 5)")
    p.add_argument("--seconds", type=float, default=2.0, help="of overload, and as long at half load (default 2)")
    p.add_argument("--factor", type=float, default=10.0, help="of the most (default 10)")
    p.add_argument("--json", metavar="FILE", help="write all figures")
    p.add_argument("--build", default=os.path.join(rings.places.ROOT, "build"), help="build folder (default build)")
    return p.parse_args()


def judged(report, seconds, share):
    """Frames a second of CPU that came out during the overload, and seconds from its end until nothing is lost any more."""
    slices = report["slices"]
    n_over = int(seconds * 1000 / SLICE_MS)
    over, after = slices[1:n_over], slices[n_over:]
    calm = [all(s["returned"] >= s["expected"] for s in after[i:i + CALM]) for i in range(len(after) - CALM)]
    rest = after[calm.index(True):] if True in calm else []
    return {"forwarded": sum(s["arrived"] for s in over) / (len(over) * SLICE_MS / 1000) / share,
            "offered": sum(s["expected"] for s in over) / (len(over) * SLICE_MS / 1000),
            "recovery-s": calm.index(True) * SLICE_MS / 1000 if True in calm else (len(after) + 1) * SLICE_MS / 1000,
            "lost-afterwards": sum(s["expected"] - s["returned"] for s in rest),
            "damaged": report["all"]["damaged"], "stray": report["all"]["stray"],
            "duplicates": report["all"]["duplicates"], "sends-cut-short": report["sends-cut-short"] / report["sends"]}


def with_share(dut, gen, *words):
    """A report, and the share of the time that the worker had its CPU: it polls without end, so it wants all of it."""
    start, ran = time.monotonic(), dut.on_cpu_ns()
    report = gen.run(*words)
    return report, min(1.0, (dut.on_cpu_ns() - ran) / 1e9 / (time.monotonic() - start))


def run(args, folder):
    profile, how = LOADS[args.load]
    dut, gen = rings.Romond("romond", folder, args.build, **how), None
    trials, most = [], []
    ms = int(args.seconds * 1000)
    try:
        dut.start()
        gen = rings.Gen(dut, profile)
        for _ in range(args.trials):  # the most and the overload in turns: both see the same machine
            closed, share = with_share(dut, gen, "-r", "max", "-T", "1s")
            most.append(closed["frames-a-second"]["received"] / share)
            top = closed["frames-a-second"]["taken"]
            steal = host.Steal()
            report, share_over = with_share(
                dut, gen, "-r", str(int(top * args.factor)), "-T", f"{2 * ms}ms", "--then", f"{int(top / 2)}@{ms}ms",
                "--slice", f"{SLICE_MS}ms")
            full = closed["sends-cut-short"] / closed["sends"]
            void = rings.void_if(report, steal.share()) or ("romon-gen was the slower one" if full < FULL_MIN else None)
            trials.append({**judged(report, args.seconds, share_over), "most": most[-1], "most-cut-short": full, "void": void,
                           "cpu-share": [share, share_over]})
    finally:
        dut.stop()
        if gen is not None:
            gen.stop()
    return trials


def figures(trials):
    counted = [t for t in trials if t["void"] is None]
    if not counted:
        return None
    out = {"trials": trials, "forwarded": stats.summary([t["forwarded"] / t["most"] for t in counted]),
           "recovery-s": max(t["recovery-s"] for t in counted), "most": median(t["most"] for t in counted),
           "wrong": sum(t["damaged"] + t["stray"] + t["duplicates"] for t in counted),
           "bars": {"forwarded": FORWARD_BAR, "recovery-s": RECOVERY_BAR_S}}
    out["passed"] = (out["forwarded"]["median"] >= FORWARD_BAR and out["recovery-s"] <= RECOVERY_BAR_S
                     and out["wrong"] == 0)
    return out


def table(load, trials, f):
    print(f"{load}\n{'MOST M/s':>10} {'OFFERED M/s':>12} {'FORWARDED M/s':>14} {'SHARE':>8} {'RECOVERY':>10} {'LOST LATER':>11} "
          f"{'RING FULL':>10} {'HAD CPU':>10}")
    for t in trials:
        print(f"{t['most'] / 1e6:>10.2f} {t['offered'] / 1e6:>12.1f} {t['forwarded'] / 1e6:>14.2f} "
              f"{t['forwarded'] / t['most']:>8.1%} {t['recovery-s']:>8.2f} s {t['lost-afterwards']:>11} {t['most-cut-short']:>10.0%} "
              + "/".join(f"{s:.0%}" for s in t["cpu-share"])
              + (f"  void: {t['void']}" if t["void"] else ""))
    if f:
        print(f"forwarded under overload: {f['forwarded']['median']:.1%} of the most, bar {FORWARD_BAR:.0%}; recovered "
              f"within {f['recovery-s']:.2f} s, bar {RECOVERY_BAR_S:.0f} s: " + ("met" if f["passed"] else "MISSED"))


def main():
    args = arguments()
    with tempfile.TemporaryDirectory(prefix="romond-overload-") as folder, host.Hugepages(rings.HUGEPAGES):
        os.environ["RUNTIME_DIRECTORY"] = folder
        try:
            trials = run(args, folder)
        except SideError as e:
            sys.exit(f"overload: {e}")
    f = figures(trials)
    table(args.load, trials, f)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump({"load": args.load, "host": host.record(args.build), **(f or {"trials": trials})}, out, indent=2)
    return 3 if f is None else 0 if f["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
