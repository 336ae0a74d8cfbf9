# SPDX-License-Identifier: BSD-3-Clause
"""Killed again and again at any instant under load, and ended by SIGTERM: romond is back soon, and leaves soon.

            +-------- box --------+
    end a --+ eth0   r0           |
            |        relay group g|
    end b --+ eth1   r1           |
            +---------------------+
"""
import os
import random
import signal
import time

from harness import GROUP, Counter, Sender, check, equal, mac, wait

RATE = 1000
KILLS = int(os.environ.get("ROMOND_KILLS", "8"))
SEED = int(os.environ.get("ROMOND_SEED", "20261130"))
BACK_S = 2.0  # the best of all starts: this machine may have much other work
LEAVE_S = 2.0  # likewise; its devices are closed under a lock that the kernel has once


def scenario(net):
    rng = random.Random(SEED)
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    relay = net.romond(box, "relay", {"relay-groups": {"g": {"ports": {"r0": {"device": "eth0"}, "r1": {"device": "eth1"}}}}})
    sender = Sender(a, [GROUP + mac("02:00:00:00:00:01") + b"\x88\xbf" + b"load".ljust(100, b"\0")], RATE)
    counter = Counter(b)
    back, left = [], []

    def flows():
        at = len(counter.seen)
        wait(lambda: len(counter.seen) > at, "a frame is forwarded", 60)

    def start(how):
        begin = time.monotonic()
        relay.start(ready=False)
        flows()
        back.append(time.monotonic() - begin)
        print(f"{how}: first frame forwarded {back[-1]:.2f} s after the start")

    flows()
    for i in range(KILLS):
        # any instant: of the start, of the first frames, of full load
        instant = rng.random() * 2
        begin = time.monotonic()
        wait(lambda t=instant, s=begin: time.monotonic() - s >= t, "the instant of the kill")
        relay.kill()
        start(f"kill {i + 1}, after {instant:.2f} s")
    for _ in range(3):
        wait(lambda: relay.alive() and relay.ask("status"), "it answers", 30)
        begin = time.monotonic()
        relay.signal(signal.SIGTERM)
        status = relay.process.wait(30)
        left.append(time.monotonic() - begin)
        equal(status, 0, "exit status after SIGTERM under load")
        check("0 mbufs out" in relay.log_text(), "every buffer came back")
        start("SIGTERM")
    sender.stop()
    seen = counter.stop()
    equal(seen, sorted(set(seen)), "numbers of the frames: none twice, none out of order")
    print(f"back after {min(back):.2f} to {max(back):.2f} s, left after {min(left):.2f} to {max(left):.2f} s")
    if "ASAN_OPTIONS" not in os.environ:
        check(min(back) <= BACK_S, f"back after {min(back):.2f} s at best")
        check(min(left) <= LEAVE_S, f"left after {min(left):.2f} s at best")
    wait(lambda: relay.alive() and relay.ask("status"), "it answers", 30)
