# SPDX-License-Identifier: BSD-3-Clause
"""What a row's figures mean: void, missed, bar or goal. Pure functions."""

AA_OFF_MAX = 0.03  # what the median ratio of two equal sides may be off 1 where a figure is taken as it is
AA_OFF_WIDE = 0.15  # further off than this the run says nothing; between the two a figure must clear its bar by as much
STEAL_MAX = 0.005  # share of CPU time that the hypervisor took away
SHARE_MIN = 0.85  # of a trial's time that the worker had its CPU

EXIT_OK, EXIT_MISSED, EXIT_USAGE, EXIT_VOID = 0, 1, 2, 3


def void_reasons(aa_ratio, steal, share, limit=AA_OFF_MAX):
    """Why figures of a row say nothing; empty when they do. None = was not measured in this row."""
    out = []
    if aa_ratio is not None and abs(aa_ratio - 1) > limit:
        out.append(f"two equal sides differ by {abs(aa_ratio - 1):.1%}, more than {limit:.0%}")
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


def at_least_despite(value, bar, goal, off):
    """The same where equal sides were off 1 by so much: the word of the worst that it may be; None when that is on the other
    side of the bar than the best."""
    if off <= AA_OFF_MAX or bar is None:
        return at_least(value, bar, goal)
    worst, best = (at_least(value * (1 + sign * off), bar, goal) for sign in (-1, 1))
    return worst if (worst == "missed") == (best == "missed") else None


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
