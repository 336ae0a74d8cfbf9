# SPDX-License-Identifier: BSD-3-Clause
"""Tables for people, of results that JSON keeps."""

HEAD = ("row", "work", "ours", "against", "theirs", "ratio", "95 % interval", "bar", "goal", "A/A", "verdict")
UNITS = ((1e6, "M/s"), (1e3, "k/s"), (1, "/s"))


def rate(summary):
    """A median rate, as 12.34 M/s, and the distance of the quartiles."""
    if summary is None:
        return ""
    value = summary["median"]
    scale, unit = next((u for u in UNITS if value >= u[0]), UNITS[-1])
    return f"{value / scale:.2f} {unit} ±{summary['spread'] * 50:.1f} %"


def word_of(result, duel):
    if result["wrong"]:
        return "WRONG"
    return "void" if result["void"] else duel["word"]


def sign(duel):
    return "<= " if duel.get("is-less-better") else ">= "


def cells(key, result):
    """A row of the table for each duel."""
    for d in result["duels"]:
        ours = rate(d["ours"] if "ours" in d else result["ours"]["rate"]) if result.get("ours") else ""
        ratio = d["ratio"]
        has_interval = ratio["low"] != ratio["high"]
        bar, goal = ("" if limit is None else f"{sign(d)}{limit:g}" for limit in (d["bar"], d["goal"]))
        yield (key, result["title"], ours, d["against"], rate(d.get("rate")), f"{ratio['median']:.3g}",
               f"{ratio['low']:.3g} to {ratio['high']:.3g}" if has_interval else "", bar, goal,
               f"{result['aa']['median']:.3f}" if result.get("aa") else "", word_of(result, d))


def table(head, rows):
    """Text columns, two spaces apart."""
    widths = [max(len(str(r[i])) for r in [head, *rows]) for i in range(len(head))]
    return "\n".join("  ".join(str(c).ljust(w) for c, w in zip(r, widths)).rstrip() for r in [head, *rows])


def of_run(run):
    """The table of a run, and what is wrong or void below it."""
    out = [table(HEAD, [c for key, r in run["rows"].items() for c in cells(key, r)])]
    for key, r in run["rows"].items():
        out += [f"{key}: WRONG: {text}" for text in r["wrong"]]
        out += [f"{key}: void: {text}" for text in r["void"]]
        out += [f"{key}: {text}" for text in r.get("notes", [])]
    return "\n".join(out)
