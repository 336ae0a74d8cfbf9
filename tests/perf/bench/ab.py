# SPDX-License-Identifier: BSD-3-Clause
"""Two builds of romond beside each other: is the second slower than the first, beyond what each is from itself? Two
processes of each."""
import os
from dataclasses import replace

from bench import contest, feed, stats, verdict
from bench.contest import Contest, Duel
from bench.romond_side import NODE, RELAY

# Name -> what it is, frames, sinks, mode: the work of rows P3, P1 and P4.
WORKS = {
    "data": ("node, Data, 126 bytes", feed.data(), 1, NODE),
    "relay": ("relay 1 in, 3 out, 98-byte Discover", feed.RELAY, 3, RELAY),
    "flood": ("node, Discover flooded 1 in, 3 out", feed.DISCOVER, 3, NODE),
}


def title(work):
    return f"two builds, {WORKS[work][0]}"


def run(setting, build_a, build_b, work):
    """A result as of a row, and `is-slower`."""
    return contest.until_it_counts(lambda n: attempt(setting.again(n), build_a, build_b, work))


def attempt(setting, build_a, build_b, work):
    _, args, n_sinks, mode = WORKS[work]
    frames = feed.make(setting.feeds, args)

    def side(name, build):
        out = replace(setting, build=build).romond(name, frames, n_sinks, mode)
        out.title = f"{name[0].upper()}: {os.path.relpath(build)}"
        return out

    a, b, b_again, a_again = (side(*w) for w in (("a", build_a), ("b", build_b), ("b-again", build_b), ("a-again", build_a)))
    c = Contest(b, b_again, [Duel(a, None, None), Duel(a_again, None, None)])
    wrong = contest.prove(c)
    try:
        contest.start_all(c.sides())
        trials = contest.alternate(c, setting.n_trials, setting.seconds)
    finally:
        contest.stop_all(c.sides())
    result = contest.judge(c, trials)
    result.update(compared({k: [t["rate"] for t in trials[id(s)]] for k, s in (("a", a), ("a2", a_again), ("b", b), ("b2", b_again))}))
    result["wrong"] = wrong + contest.counting_problems(c, trials)
    result["void"] = verdict.void_reasons(result["aa"]["median"], result["steal"], result["share"])
    duel = result["duels"][0]
    result["duels"] = [{**duel, "ratio": result["b-to-a"], "word": "missed" if result["is-slower"] else "bar"}]
    return result


def compared(rates):
    """What the rates of both processes of both builds say."""
    aa, bb = (stats.summary(stats.ratios(rates[k + "2"], rates[k])) for k in "ab")
    both = {k: [(x + y) / 2 for x, y in zip(rates[k], rates[k + "2"])] for k in "ab"}
    ratio = stats.summary(stats.ratios(both["b"], both["a"]))
    noise = verdict.noise(aa, bb)
    is_slower = verdict.is_slower(ratio, noise)
    return {"aa": aa, "bb": bb, "b-to-a": ratio, "is-slower": is_slower,
            "notes": [f"B is {'slower' if is_slower else 'not slower'} than A: {ratio['median']:.3f} ({ratio['low']:.3f} to "
                      f"{ratio['high']:.3f}), equal sides within {noise:.1%}"]}
