# SPDX-License-Identifier: BSD-3-Clause
"""Medians, spreads and bootstrap intervals of trials that alternated. Pure functions; the same input gives the same
output."""
import random
from statistics import median

RESAMPLES = 2000
SEED = 1
CONFIDENCE = 0.95


def spread(values):
    """Distance of the quartiles as a share of the median: what one trial may be off."""
    if len(values) < 4:
        return (max(values) - min(values)) / median(values) if values and median(values) else 0.0
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
    return (high - low) / median(values) if median(values) else 0.0


def interval(values):
    """(low, high): the bootstrap interval of the median."""
    if not values:
        return (0.0, 0.0)
    rng = random.Random(SEED)
    n = len(values)
    medians = sorted(median(rng.choices(values, k=n)) for _ in range(RESAMPLES))
    cut = int(RESAMPLES * (1 - CONFIDENCE) / 2)
    return (medians[cut], medians[-1 - cut])


def ratios(ours, theirs):
    """Of the trials of one round each: so that what slows both for a while cancels out."""
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} trials against {len(theirs)}")
    return [a / b if b else float("inf") for a, b in zip(ours, theirs)]


def summary(values):
    """What JSON and tables say of a series."""
    low, high = interval(values)
    return {"median": median(values), "low": low, "high": high, "min": min(values), "max": max(values),
            "spread": spread(values), "trials": list(values)}
