# SPDX-License-Identifier: BSD-3-Clause
"""Thousands of broken frames beside valid load: each drop has the name that an independent parser gives it, and the
load loses nothing.

                     +-------- box --------+
    end a (hostile) -+ eth0   port a       |
    end b (load) ----+ eth1   port b       |   romond, a node
    end c -----------+ eth2   port c       |
                     +---------------------+
"""
import collections
import random

import romon
from harness import Counter, Sender, all_arrive, check, data_load, equal, model_of, vectors, wait

N_FRAMES = 20000
BATCH = 64  # frames between looks at the counters: no queue on the way overflows
RATE = 1000
SEED = 0xBAD
# what the parser says, before any rule of forwarding
PARSER = {"runt", "not-romon", "vlan-depth", "type-unknown", "length-short", "length-long", "id-invalid", "hop-count",
          "hop-truncated", "hop-pointer", "payload-short", "tlv-truncated", "tlv-duplicate", "tlv-length",
          "route-length", "route-count"}


def mutated(rng, frame):
    """frame with one to three things wrong behind its EtherType (or, by chance, none)."""
    f = bytearray(frame)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(14, len(f))
        kind = rng.randrange(7)
        if kind == 0:
            f[at] = rng.randrange(256)
        elif kind == 1:
            f[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del f[at + 1:]
        elif kind == 3:
            f[at:at] = rng.randbytes(rng.choice((1, 2, 10, 36)))
        elif kind == 4:
            f[16:18] = rng.choice((0, 13, 14, 53, 60, len(f) - 1, len(f), len(f) + 1, 0xFFFF)).to_bytes(2, "big")
        elif kind == 5:
            f[54:55] = bytes([rng.choice((0, 1, 3, 128, 129, rng.randrange(256)))])  # number of hops
            f[55:56] = bytes([rng.randrange(5)])
        elif kind == 6:
            f += rng.choice((b"\x03\x02hi", b"\x04\x04\0\x01f\0", b"\x04\x03\0\x01f", b"\x77\xff", b"\x01\x22" + bytes(34),
                             b"\x01\x21" + bytes(33)))
            f[16:18] = len(f).to_bytes(2, "big")
    return bytes(f[:1514])


def verdict(frame):
    try:
        romon.Frame.unpack(frame)
        return None
    except romon.BadFrame as e:
        return e.reason


def scenario(net):
    box = net.box("box")
    a, b, c = (net.end(box, f"eth{i}") for i in range(3))
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01"},
        "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("abc")},
    })
    model = model_of(node)
    load, leaves = data_load(model, "b", 3)
    counter = Counter(c, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(b, [load.pack()], RATE)
    wait(lambda: len(counter.seen) > 100, "the load flows")

    rng = random.Random(SEED)
    seeds = list(vectors().values())
    wanted = collections.Counter()
    names = collections.Counter()
    for i in range(N_FRAMES):
        frame = mutated(rng, rng.choice(seeds))
        wanted[verdict(frame)] += 1
        a.send(frame)
        if i % BATCH == BATCH - 1 or i == N_FRAMES - 1:
            wait(lambda n=i + 1: node.port("a")["rx-frames"] == n, f"{i + 1} frames are taken")
            a.pending()
            b.pending()
    drops = node.drops("a")
    names.update({k: v for k, v in drops.items() if k in PARSER})
    good = wanted.pop(None, 0)
    equal(dict(sorted(names.items())), dict(sorted(wanted.items())), "drops of the parser, by name")
    check(len(wanted) >= 14, f"the frames reach only {len(wanted)} of the parser's verdicts: {dict(wanted)}")
    print(f"{N_FRAMES} frames: {good} parsed, {sum(wanted.values())} dropped by {len(wanted)} verdicts: {dict(wanted)}")

    # what people see of it is plain text
    why = node.why("a")
    check(why[0]["last-bad"]["reason"] in PARSER | set(drops), f"last-bad: {why[0]['last-bad']}")
    text = node.ctl_text("why", "a", exit_code=None)
    check(all(ch == "\n" or 0x20 <= ord(ch) < 0x7F for ch in text), f"why prints plain text: {text!r}")

    all_arrive(node, "b", sender, counter, "the load")
    node.balanced()
