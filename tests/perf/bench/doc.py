# SPDX-License-Identifier: BSD-3-Clause
"""The tables of docs/benchmarks.md, made from the runs in tests/perf/results. Each stands between two comments,
<!-- table NAME --> and <!-- end -->; what is around them is written by hand."""
import glob
import json
import os
import re

from bench import places, report

DOCUMENT = os.path.join(places.ROOT, "docs", "benchmarks.md")
RESULTS = os.path.join(places.PERF, "results")
MARKED = re.compile(r"(<!-- table ([a-z]+) -->\n).*?(<!-- end -->)", re.S)
WORDS = ("WRONG", "missed", "void", "bar", "goal", "told")  # worst first


def load(pattern):
    """The runs of the files that match, in order of their names."""
    out = []
    for path in sorted(glob.glob(os.path.join(RESULTS, pattern))):
        with open(path, encoding="utf-8") as f:
            out.append(json.load(f))
    return out


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(c) for c in line) + " |" for line in lines)


def in_order(keys):
    """P2 before P10."""
    return sorted(keys, key=lambda k: [int(w) if w.isdigit() else w for w in re.split(r"(\d+)", k)])


def worst(words):
    return min(words, key=WORDS.index)


def ratio_text(duel):
    value = duel["ratio"]["median"]
    return f"{value:.0f}" if duel.get("is-less-better") else f"{value:.3g}"


def limit(duel, key):
    return "" if duel[key] is None else report.sign(duel) + f"{duel[key]:g}"


def same_duel(run, key, n):
    """The nth duel of a row of a run, or None."""
    duels = run["rows"].get(key, {}).get("duels", [])
    return duels[n] if n < len(duels) else None


def rows_table(runs):
    """Each duel of each row: its ratio in every run, and the worst verdict."""
    out = []
    for key in in_order({k for r in runs for k in r["rows"]}):
        first = next(r["rows"][key] for r in runs if key in r["rows"])
        for n, duel in enumerate(first["duels"]):
            each = [(r["rows"].get(key), same_duel(r, key, n)) for r in runs]
            cells = [ratio_text(d) + (" (void)" if row["void"] else "") if d else "not run" for row, d in each]
            word = worst([report.word_of(row, d) for row, d in each if d])
            out.append((key, first["title"], duel["against"], *cells, limit(duel, "bar"), limit(duel, "goal"),
                        f"**{word}**" if word in ("missed", "void", "WRONG") else word))
    return table(["row", "work", "against", *[f"run {i + 1}" for i in range(len(runs))], "first bar", "goal", "worst verdict"], out)


def rates_table(runs):
    """What stood behind the ratios in the last run of each row, with the spread of the trials and the A/A control of each run."""
    out, last = [], {key: row for r in runs for key, row in r["rows"].items()}
    for key in in_order(last):
        row = last[key]
        aa = [f"{r['rows'][key]['aa']['median']:.3f}" for r in runs if r["rows"].get(key, {}).get("aa")]
        for d in row["duels"]:
            if d.get("rate"):
                ours = d.get("ours") or row["ours"]["rate"]
                out.append((key, report.rate(ours), d["against"], report.rate(d["rate"]),
                            f"{d['ratio']['low']:.3g} to {d['ratio']['high']:.3g}", ", ".join(aa)))
    return table(["row", "romond", "against", "theirs", "95 % interval of the ratio", "A/A"], out)


def curves_table(runs):
    out = []
    for run in runs:
        for key, row in run["rows"].items():
            for d in row["duels"]:
                is_step = d.get("point") == "worst step"
                ours, theirs = ("", "") if is_step else (report.rate(d["ours"]), report.rate(d["rate"]))
                word = report.word_of(row, d)
                verdict = ("no cliff" if word in ("bar", "goal") else f"**{'cliff' if word == 'missed' else word}**") if is_step else ""
                text = d["against"] if is_step else d.get("point", d["against"])
                out.append((key, row["title"], text, ours, theirs, f"{d['ratio']['median']:.3g}", verdict))
    return table(["curve", "work", "point", "romond", "peer", "ratio", "verdict"], out)


def reloads_table(runs):
    out = []
    for run in runs:
        for row in run["rows"].values():
            r = row.get("reloads")
            if r:
                latency = [f"{r[k]['p99'] / 1e3:.0f} us" if r[k]["p99"] else "" for k in ("latency-ns", "latency-ns-without")]
                out.append((f"{r['count']:,}", f"{r['ms']['median']:.2f} ms", f"{r['most'] / 1e6:.2f} M/s", f"{r['offered']:,}",
                            r["lost"], f"{r['rss-kib'][0]:,}", f"{r['rss-kib'][len(r['rss-kib']) // 10]:,}",
                            f"{r['rss-kib'][-1]:,}", *latency))
    return table(["reloads", "each", "most that crosses", "frames at half of it", "lost", "KiB after the first", "after a tenth",
                  "at the end", "P99", "P99 without"], out)


QUANTILES = ("p50", "p90", "p99", "p99.9", "max")


def latency_table(runs):
    out = []
    for run in runs:
        for name, side in run["sides"].items():
            out.append((f"{name}, at {run['rate'] / 1e6:.2f} M/s",
                        *[f"{side['latency-ns'][q]['median'] / 1e3:.1f} us" for q in QUANTILES], ""))
        p99 = run["ratios"]["p99"]
        out.append(("ratio", *[f"{run['ratios'][q]['median']:.2f}" for q in QUANTILES], f"{p99['low']:.2f} to {p99['high']:.2f}"))
    return table(["", "P50", "P90", "P99", "P99.9", "most", "95 % interval of the P99's ratio"], out)


def overload_table(runs):
    out = []
    for run in runs:
        counted = [t for t in run["trials"] if t["void"] is None]
        offered = sum(t["offered"] for t in counted) / len(counted)
        forwarded, recovery = run["forwarded"], run["recovery-s"]
        out.append((run["load"], f"{run['most'] / 1e6:.2f} M/s", f"{offered / 1e6:.1f} M/s",
                    f"{forwarded['median']:.1%} ({forwarded['low']:.1%} to {forwarded['high']:.1%})", f"{recovery:.2f} s",
                    f"{len(counted)} of {len(run['trials'])}", "met" if run["passed"] else "**missed**"))
    return table(["load", "most", "offered", "forwarded, of the most", "recovery, the longest", "runs that count", "bars"], out)


def machine_table(runs):
    host = runs[-1]["host"]
    rows = [("CPU", f"{host['cpu']}, {host['cpus']} CPUs" + (", virtual" if host["is-virtual"] else "")),
            ("SIMD", ", ".join(host["flags"])), ("caches", ", ".join(host["caches"])),
            ("memory", f"{host['memory-kib'] / 1048576:.0f} GiB"), ("kernel", host["kernel"]),
            ("DPDK, OVS", f"{host['dpdk']}; {host['ovs']}"),
            ("build", ", ".join(f"{k} {v}" for k, v in host["build"].items() if v)),
            ("burst, mbufs, descriptors", f"{host['burst']}, {host['mbufs']:,}, {host['descriptors']}")]
    for i, r in enumerate(runs):
        rows.append((f"run {i + 1}", f"{r['when']}, commit {r['host']['git'][:12]}, {r['trials']} trials of {r['seconds']:g} s a "
                                     f"side, {r['took-seconds']:.0f} s, steal {r['host']['steal']:.2%}"))
    return table(["", ""], rows)


# Name in the document -> files of the runs, and the function.
TABLES = {
    "machine": ("run-*.json", machine_table), "rows": ("run-*.json", rows_table), "rates": ("run-*.json", rates_table),
    "curves": ("curves*.json", curves_table), "reloads": ("reloads*.json", reloads_table),
    "latency": ("latency*.json", latency_table), "overload": ("overload*.json", overload_table),
}


def filled(text):
    """The document with its tables as the runs say."""
    def one(match):
        pattern, make = TABLES[match.group(2)]
        runs = load(pattern)
        return match.group(1) + (make(runs) + "\n" if runs else "") + match.group(3)
    return MARKED.sub(one, text)


def write():
    with open(DOCUMENT, encoding="utf-8") as f:
        text = f.read()
    with open(DOCUMENT, "w", encoding="utf-8") as f:
        f.write(filled(text))
