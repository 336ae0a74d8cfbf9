# SPDX-License-Identifier: BSD-3-Clause
"""What a row's figures mean: void, missed, bar or goal. Pure functions."""

AA_OFF_MAX = 0.03  # a median ratio of two equal sides further from 1 than this says that the run says nothing
STEAL_MAX = 0.005  # share of CPU time that the hypervisor took away
SHARE_MIN = 0.85  # of a trial's time that the worker had its CPU

EXIT_OK, EXIT_MISSED, EXIT_USAGE, EXIT_VOID = 0, 1, 2, 3


def void_reasons(aa_ratio, steal, share):
    """Why figures of a row say nothing; empty when they do. None = was not measured in this row."""
    out = []
    if aa_ratio is not None and abs(aa_ratio - 1) > AA_OFF_MAX:
        out.append(f"two equal sides differ by {abs(aa_ratio - 1):.1%}, more than {AA_OFF_MAX:.0%}")
    if steal is not None and steal > STEAL_MAX:
        out.append(f"the hypervisor took {steal:.1%} of the CPU time, more than {STEAL_MAX:.1%}")
    if share is not None and share < SHARE_MIN:
        out.append(f"other programs ran on the worker's CPU: it had {share:.1%} of it, less than {SHARE_MIN:.0%}")
    return out


def at_least(value, bar, goal):
    """The word for a figure of which more is better."""
    if bar is None:
        return "told"
    if goal is not None and value >= goal:
        return "goal"
    return "bar" if value >= bar else "missed"


def at_most(value, bar, goal):
    """The word for a figure of which less is better."""
    if bar is None:
        return "told"
    if goal is not None and value <= goal:
        return "goal"
    return "bar" if value <= bar else "missed"


def exit_code(rows):
    """Of a run: rows are results with `void` (a list) and `duels` with a `word` each, and `wrong` (a list)."""
    words = [d["word"] for r in rows if not r["void"] for d in r["duels"]]
    if not rows or any(r["wrong"] for r in rows) or "missed" in words:
        return EXIT_MISSED
    return EXIT_VOID if any(r["void"] for r in rows) else EXIT_OK


def noise(*equal_pairs):
    """How far sides that are equal are from each other: summaries of their ratios."""
    return max(max(abs(p["median"] - 1), (p["high"] - p["low"]) / 2) for p in equal_pairs)


def is_slower(ratio, noise_share):
    """Is what the ratio (a summary) is about slower beyond the noise?"""
    return ratio["high"] < 1 - noise_share
