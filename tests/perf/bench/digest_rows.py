# SPDX-License-Identifier: BSD-3-Clause
"""Rows whose sides take turns inside one program of ours, which prints frames or digests a second of each trial."""
import json
import os
import subprocess
import time

from bench import contest, host, places, stats, verdict
from bench.proc import SideError

LENGTHS = (98, 126, 256, 512, 1024, 1514)
PORTS = (3, 7, 15)
SHORT = 0.3  # seconds of a trial where a row is a curve
OPENSSL = ("openssl", "the same, OpenSSL digests one at a time")
SCALAR = ("scalar", "the same, our digests one at a time")


def run(build, program, *args):
    """What a program says of its trials, and how well it was left alone: {name: ...}."""
    steal, began = host.Steal(), time.monotonic()
    argv = [places.program(build, program), *(str(a) for a in args)]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, {places.WORKER_CPU}))
    before = os.times()
    out, err = child.communicate()
    after, took = os.times(), time.monotonic() - began
    if child.returncode != 0:
        raise SideError(f"{program} ended with {child.returncode}: {err.strip()}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return {"share": min(1.0, used / took), **json.loads(out), "steal": steal.share()}


def duel(rates, key, title, bar=None, goal=None):
    """Ours against one side, in ratios of trials of one round. `lanes` ran twice in each and stands for ours by both."""
    ours = [(a + b) / 2 for a, b in zip(rates["lanes"], rates.get("lanes2", rates["lanes"]))]
    ratio = stats.summary(stats.ratios(ours, rates[key]))
    return {"against": title, "bar": bar, "goal": goal, "rate": stats.summary(rates[key]), "ratio": ratio,
            "ours": stats.summary(ours), "word": verdict.at_least(ratio["median"], bar, goal)}


def result(title, found, duels):
    """A row's figures; found is what run() gave."""
    aa = stats.summary(stats.ratios(found["rates"]["lanes2"], found["rates"]["lanes"]))
    return {"ours": {"side": title, "rate": duels[0]["ours"]}, "aa": aa, "duels": duels, "wrong": [],
            "steal": found["steal"], "share": found["share"], "engine": found["engine"],
            "void": verdict.void_reasons(aa["median"], found["steal"], found["share"])}


def again_while_void(attempt):
    return lambda s: contest.until_it_counts(lambda _: attempt(s))


def signed_data(s):
    found = run(s.build, "signed_laps", "-n", s.n_trials, "-m", int(s.seconds * 1000), "-b", places.BURST)
    rates = found["rates"]
    return result("signed_laps", found, [duel(rates, *OPENSSL, 5, 10), duel(rates, *SCALAR)])


def digests(s):
    found = run(s.build, "md5_bench", "-n", s.n_trials, "-m", int(s.seconds * 1000), "-l", 126)
    rates = found["rates"]
    return result("md5_bench", found, [duel(rates, "ipsec-mb", "intel-ipsec-mb", 1, 2),
                                       duel(rates, "openssl", "OpenSSL HMAC()"), duel(rates, *SCALAR)])


def curve(points):
    """A row of duels that are told, by one attempt: points gives (text, arguments of signed_laps)."""
    def attempt(s):
        duels = []
        for text, args in points:
            found = run(s.build, "signed_laps", "-n", s.n_trials, "-m", int(min(s.seconds, SHORT) * 1000),
                        "-b", places.BURST, *args)
            duels += [duel(found["rates"], key, f"{text}: {title}") for key, title in (OPENSSL, SCALAR)]
        return result("signed_laps", found, duels)
    return attempt


BY_LENGTH = [(f"{n} bytes", ("-l", n)) for n in LENGTHS]
BY_PORTS = [(f"to {n} ports", ("-w", "flood", "-p", n)) for n in PORTS]

ROWS = {
    "P5": ("node, signed Data, 126 bytes, verified and signed anew", again_while_void(signed_data)),
    "P6": ("HMAC-MD5 alone, 126-byte frames", again_while_void(digests)),
}
CURVES = {
    "P5L": ("node, signed Data by length", curve(BY_LENGTH)),
    "P5F": ("node, signed Discover flooded", curve(BY_PORTS)),
}
