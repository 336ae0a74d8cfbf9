# SPDX-License-Identifier: BSD-3-Clause
"""One row of the bench: sides that all stay alive and take turns on the worker's CPU, until there are trials enough to
say something, and what they say."""
import sys
import time
from dataclasses import dataclass, field

from bench import stats, verdict
from bench.proc import SideError

ATTEMPTS = 3  # a void row is run again; the JSON tells how often
UNCLEAR = "unclear"  # whether a bar is met; the row is void


@dataclass
class Duel:
    """Ours against one peer: ours / theirs is to reach bar, better goal. Without a bar it is told and not judged."""

    peer: object
    bar: object
    goal: object


@dataclass
class Contest:
    """Two sides are equal: their ratio says how far the machine can be trusted. A control that is a process of its own is ours
    once more and stands for it as well, since where a process lies in memory moves its rate by some per cent; else it is the
    first peer once more."""

    ours: object
    control: object
    duels: list = field(default_factory=list)
    is_control_ours: bool = True
    out_per_in: int = 1  # frames that each sink must get for one of the source; None = do not look

    def sides(self):
        out = []
        for side in (self.ours, *(d.peer for d in self.duels), self.control):
            if side not in out:
                out.append(side)
        return out


def note(text):
    print(text, file=sys.stderr, flush=True)


def start_all(sides):
    """One after the other, each frozen once frames flow."""
    for side in sides:
        side.start()
        side.wait_for_frames()
        side.freeze()


def stop_all(sides):
    """Every side, whatever the others do; the first error is raised."""
    first = None
    for side in sides:
        try:
            side.stop()
        except SideError as e:
            first = first or e
    if first is not None:
        raise first


def prove(contest):
    """Problems of what the sides send; the control is the same program as ours and is not asked."""
    wrong = []
    for side in contest.sides():
        if side is not contest.control:
            wrong += [f"{side.title}: {p}" for p in side.prove()]
    return wrong


def alternate(contest, n_trials, seconds):
    """{side: its trials}. Odd rounds go backwards: ABBA."""
    sides = contest.sides()
    out = {id(s): [] for s in sides}
    for side in sides:  # warm-up, not counted
        side.trial(min(seconds, 0.3))
    for n in range(n_trials):
        for side in sides if n % 2 == 0 else sides[::-1]:
            out[id(side)].append(side.trial(seconds))
    return out


def counting_problems(contest, trials):
    """Sides whose sinks got another number of frames than the row is about."""
    if contest.out_per_in is None:
        return []
    out = []
    for side in contest.sides():
        wrong = [t for t in trials[id(side)] if not side.counts_right(t, contest.out_per_in)]
        if wrong:
            t = wrong[0]
            out.append(f"{side.title}: {len(wrong)} trials with lost or surplus frames, the first took {t['in-least']} to "
                       f"{t['in-most']} frames and gave {t['out']} to its sinks")
    return out


def judge(contest, trials):
    """The figures of a row, as JSON keeps them."""
    def rates(side):
        return [t["rate"] for t in trials[id(side)]]

    every = [t for ts in trials.values() for t in ts]
    ours = rates(contest.ours)
    equal = ours if contest.is_control_ours else rates(contest.duels[0].peer)
    aa = stats.summary(stats.ratios(rates(contest.control), equal))
    steal = sum(t["steal"] for t in every) / len(every)
    shares = [t["share"] for t in every if t["share"] is not None]
    share = stats.median(shares) if shares else None
    if contest.is_control_ours:
        ours = [(a + b) / 2 for a, b in zip(ours, rates(contest.control))]
    duels, off = [], abs(aa["median"] - 1)
    for d in contest.duels:
        ratio = stats.summary(stats.ratios(ours, rates(d.peer)))
        duels.append({"against": d.peer.title, "bar": d.bar, "goal": d.goal, "rate": stats.summary(rates(d.peer)),
                      "ratio": ratio, "word": verdict.at_least_despite(ratio["median"], d.bar, d.goal, off) or UNCLEAR})
    limit = verdict.AA_OFF_MAX if any(d["word"] == UNCLEAR for d in duels) else verdict.AA_OFF_WIDE
    return {"ours": {"side": contest.ours.title, "rate": stats.summary(ours)}, "aa": aa, "duels": duels,
            "steal": steal, "share": share, "void": verdict.void_reasons(aa["median"], steal, share, limit)}


def attempt(contest, n_trials, seconds):
    sides = contest.sides()
    began = time.monotonic()
    try:
        wrong = prove(contest)
        start_all(sides)
        trials = alternate(contest, n_trials, seconds)
    finally:
        stop_all(sides)
    result = judge(contest, trials)
    wrong += [p for s in sides if hasattr(s, "problems") for p in s.problems()]
    result["wrong"] = wrong + counting_problems(contest, trials)
    result["notes"] = [n for s in sides if hasattr(s, "notes") for n in s.notes()]
    result.update({"n-trials": n_trials, "trial-seconds": seconds, "took-seconds": round(time.monotonic() - began, 1)})
    return result


def until_it_counts(attempt_nth):
    """The result of attempt_nth(1), or of a later attempt while it is void."""
    for n in range(1, ATTEMPTS + 1):
        result = attempt_nth(n)
        result["attempt"] = n
        if not result["void"] or result["wrong"]:
            break
        note(f"     void, attempt {n}: {'; '.join(result['void'])}")
    return result


def run(make_contest, n_trials, seconds):
    """The result of a row."""
    return until_it_counts(lambda n: attempt(make_contest(n), n_trials, seconds))
