# SPDX-License-Identifier: BSD-3-Clause
"""Two builds of romond beside each other on row P3's work: is the second slower than the first, beyond what the first is
from itself?"""
import os
from dataclasses import replace

from bench import contest, feed, stats, verdict
from bench.contest import Contest, Duel
from bench.romond_side import NODE

TITLE = "two builds, node, Data, 126 bytes"


def run(setting, build_a, build_b):
    """A result as of a row, and `slower`: (bool, text)."""
    for n in range(1, contest.ATTEMPTS + 1):
        result = attempt(setting.again(n), build_a, build_b)
        result["attempt"] = n
        if not result["void"] or result["wrong"]:
            break
    return result


def attempt(setting, build_a, build_b):
    frames = feed.make(setting.feeds, feed.data())

    def side(name, build):
        out = replace(setting, build=build).romond(name, frames, 1, NODE)
        out.title = f"{name[0].upper()}: {os.path.relpath(build)}"
        return out

    a, b, again = side("a", build_a), side("b", build_b), side("a-again", build_a)
    c = Contest(b, again, [Duel(a, None, None)])
    wrong = contest.prove(c)
    try:
        contest.start_all(c.sides())
        trials = contest.alternate(c, setting.n_trials, setting.seconds)
    finally:
        contest.stop_all(c.sides())
    result = contest.judge(c, trials)
    rates = {s: [t["rate"] for t in trials[id(s)]] for s in c.sides()}
    aa = stats.summary(stats.ratios(rates[again], rates[a]))
    is_slower, text = verdict.slower(result["duels"][0]["ratio"], aa)
    result.update({"aa": aa, "void": verdict.void_reasons(aa["median"], result["steal"], result["share"]),
                   "wrong": wrong + contest.counting_problems(c, trials), "is-slower": is_slower,
                   "notes": [text + (": B is slower" if is_slower else ": B is not slower")]})
    result["duels"][0]["word"] = "missed" if is_slower else "bar"
    return result
