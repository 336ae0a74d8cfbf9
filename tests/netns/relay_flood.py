# SPDX-License-Identifier: BSD-3-Clause
"""A relay group of three ports carries every RoMON frame to the others, byte for byte, and nothing else.

            +----------- box -----------+
    end a --+ eth0                      |
    end b --+ eth1   relay group "g"    |
    end c --+ eth2                      |
            +---------------------------+

The frames: the real ones of tests/vectors, 1,000 random ones, frames to addresses that the relay has learned and
has not, and frames of other EtherTypes.
"""
import random

from harness import GROUP, check, equal, vectors

VARIANTS = {
    "af-xdp": {"driver": "af-xdp", "pmd": "net_af_xdp"},
    "af-packet": {"driver": "af-packet", "pmd": "net_af_packet"},
}
N_RANDOM = 1000
SEED = 0x88BF


def frame(dst, src, body, ethertype=0x88BF):
    return dst + src + ethertype.to_bytes(2, "big") + body


def unicast(rng):
    return bytes([rng.randrange(256) & 0xFC | 0x02]) + rng.randbytes(5)


def scenario(net, driver, pmd):
    box = net.box("box")
    ends = [net.end(box, f"eth{i}") for i in range(3)]
    ports = {f"r{i}": {"device": f"eth{i}", "driver": driver} for i in range(3)}
    relay = net.romond(box, "relay", {"relay-groups": {"g": {"ports": ports}}})
    for p in relay.ask("ports"):
        equal(p["driver"], pmd, f"driver of {p['name']} ({p['driver-why']})")
        equal((p["mode"], p["group"]), ("relay", "g"), f"mode and group of {p['name']}")
    rng = random.Random(SEED)
    sent = forwarded = 0

    def floods(i, f):
        """f enters end i and leaves both others as it is."""
        nonlocal sent, forwarded
        ends[i].send(f)
        sent += 1
        forwarded += 1
        for k in range(3):
            if k != i:
                equal(ends[k].until(f), [], f"frames at end {k} before the one sent into end {i}")

    for f in vectors().values():
        floods(0, f)
    for _ in range(N_RANDOM):
        floods(rng.randrange(3), frame(GROUP, unicast(rng), rng.randbytes(rng.randint(46, 1500))))

    # a unicast address that nobody has used yet goes everywhere; once heard on c, only to c, and never back
    station, asker = unicast(rng), unicast(rng)
    floods(0, frame(station, asker, b"unknown".ljust(60, b"\0")))
    floods(2, frame(GROUP, station, b"here".ljust(60, b"\0")))
    known = frame(station, asker, b"known".ljust(60, b"\0"))
    ends[0].send(known)
    equal(ends[2].until(known), [], "frames at end 2 before the one to a known address")
    back = frame(station, unicast(rng), b"back".ljust(60, b"\0"))
    ends[2].send(back)
    sent, forwarded = sent + 2, forwarded + 1

    # other EtherTypes stay out: IPv4, ARP, LLDP, and RoMON's number with one bit off
    for ethertype in (0x0800, 0x0806, 0x88CC, 0x88BE):
        ends[1].send(frame(b"\xff" * 6, unicast(rng), rng.randbytes(46), ethertype))
    # what leaves last shows that nothing else left before it
    for i in (0, 1, 2):
        floods(i, frame(GROUP, unicast(rng), b"last".ljust(46, b"\0")))
    for i in (0, 1, 2):
        equal(ends[i].pending(), [], f"frames left over at end {i}")

    drops = relay.drops()
    equal(drops.pop("relay-same-port", 0), 1, "relay-same-port: the frame to where it came from")
    equal(drops, {}, "other drops: a filter in the kernel leaves other EtherTypes to the host")
    s = relay.balanced(rx=sent)
    equal(s["forwarded"], forwarded, "forwarded")
    check(s["tx-frames"] == 2 * (forwarded - 1) + 1, f"tx-frames {s['tx-frames']}: two copies of each flood")
