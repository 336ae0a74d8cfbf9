# SPDX-License-Identifier: BSD-3-Clause
"""Somebody on the wire speaks in the name of a node, or plays back what it said: the node itself loses nothing.

    end a (the node) ------+ eth0          |
    end b (the spoofer) ---+ eth1   box    |
    end c -----------------+ eth2          |

replay: a shares a secret with the box, and starts again with counters far ahead of, or behind, what the box remembers,
while b, on the same segment as a, plays back one recorded frame. relay: b speaks in the name of the silent station a
of a relay group. discover: b sends Discovers under a's id without a pause.
"""
import os
import time

import romon
import romon_auth
from attack import Flood, Watch, on_disk
from harness import GROUP, check, equal, mac, wait

SECRET = b"a-secret-of-two-nodes"
AHEAD_US = (1 << 32) + 60_000_000
BACK_S = 2.0
BUSY_S = 2.0  # more, where more runs than there are CPUs: the tester's own processes are late then
VARIANTS = {
    "replay-200": {"attack": "replay", "rate": 200},
    "replay-2000": {"attack": "replay", "rate": 2000},
    "relay": {"attack": "relay", "rate": 2},
    "discover": {"attack": "discover", "rate": 80},
}


class Station:
    """A neighbor that signs: it answers Hellos and believes SeqErrs, as a node does."""

    def __init__(self, end, address, counter):
        self.end, self.counter = end, counter
        self.node = romon.Node(address, [romon.Port("a", 7, mac(address))])
        self.discover = self.node.discover(self.node.ports[0]).pack(60)
        self.last = None

    def sign(self, frame):
        self.last = romon_auth.ROMOND_1.sign(frame, SECRET, self.counter)
        self.counter += 1
        return self.last

    def say(self):
        """A Discover, and whatever is asked meanwhile."""
        self.end.send(self.sign(self.discover))
        for raw in self.end.pending():
            if not romon_auth.ROMOND_1.verify(raw, SECRET):
                continue
            f = romon.Frame.unpack(raw)
            tlvs = {t.tag: t.value for t in f.tlvs}
            if raw[14] == romon.HELLO and romon.TAG_NONCE in tlvs:
                hello = self.node.hello(self.node.ports[0], raw[6:12], echo=tlvs[romon.TAG_NONCE])
                self.end.send(self.sign(hello.pack()))
            elif raw[14] == romon.SEQ_ERR:
                self.counter = max(self.counter, int.from_bytes(tlvs[romon.TAG_COUNTER_MIN], "big"))


def taken_after(box, station, what):
    """Seconds until the box takes what the station signs."""
    began = time.monotonic()
    before = box.ask("neighbors")["rows"]
    count = sum(r["rx-frames"] for r in before)

    def is_taken():
        station.say()
        return sum(r["rx-frames"] for r in box.ask("neighbors")["rows"]) > count
    wait(is_taken, what)
    return time.monotonic() - began


def replay(net, rate):
    boxes = net.box("box")
    a = net.end(boxes, "eth0")
    box = net.romond(boxes, "box", {**on_disk(net, "box"), "ports": {"p": {"device": "eth0", "secrets": [SECRET.decode()]}}})
    station = Station(a, "02:00:00:00:0a:01", int(time.time() * 1e6))
    taken_after(box, station, "the box takes the station's frames")
    old = station.sign(station.discover)
    a.send(old)
    flood, watch = Flood(a, lambda i: old, rate), Watch(box)
    wait(lambda: box.drops("p").get("auth-replay", 0) >= rate, "a second of recordings")
    for moved_us in (AHEAD_US, 3 * AHEAD_US, -AHEAD_US):
        again = Station(a, "02:00:00:00:0a:01", station.counter + moved_us)
        took = taken_after(box, again, f"the station is back, {moved_us / 1e6:+.0f} s")
        print(f"{rate} recordings a second, counters {moved_us / 1e6:+.0f} s: back after {took:.2f} s")
        limit = BACK_S + (BUSY_S if os.getloadavg()[0] > os.cpu_count() else 0)
        check(took <= limit, f"back after {took:.2f} s, more than {limit} s")
        station = again
    watch.stop(f"{flood.stop()} recordings", 5)


def relay(net, rate):
    boxes = net.box("box")
    a, b, c = (net.end(boxes, f"eth{i}") for i in range(3))
    box = net.romond(boxes, "box", {
        **on_disk(net, "box"),
        "relay-groups": {"g": {"ports": {f"r{i}": {"device": f"eth{i}"} for i in range(3)}}}})
    victim, other = mac("02:00:00:00:0a:01"), mac("02:00:00:00:0c:01")

    def frame(dst, src, text):
        return dst + src + b"\x88\xbf" + text.encode().ljust(60, b"\0")
    a.send(frame(GROUP, victim, "here I am"))
    check(c.recv() is not None, "the station is heard")
    flood = Flood(b, lambda i: frame(GROUP, victim, f"spoofed {i}"), rate)
    watch = Watch(box)
    wait(lambda: box.port("r1")["rx-frames"] >= 3, "the spoofer has spoken")
    a.pending()
    for i in range(361):
        c.send(frame(victim, other, f"to {i}"))
        equal([f for f in a.until(frame(victim, other, f"to {i}")) if f[:6] == victim], [], "lost on the way to it")
        a.send(frame(GROUP, victim, f"own {i}"))
        c.until(frame(GROUP, victim, f"own {i}"))
        time.sleep(0.025)  # its pace: ten seconds in all
    watch.stop(f"{flood.stop()} spoofed frames", 5)
    equal(box.drops(), {}, "drops")


def discover(net, rate):
    boxes = net.box("box")
    a, b, c = (net.end(boxes, f"eth{i}") for i in range(3))
    box = net.romond(boxes, "box", {
        **on_disk(net, "box"), "ports": {f"p{i}": {"device": f"eth{i}"} for i in range(3)}})
    own = romon.Node("02:00:00:00:0a:01", [romon.Port("a", 7, mac("02:00:00:00:0a:01"))])
    spoofer = romon.Node("02:00:00:00:0a:01", [romon.Port("b", 8, mac("02:00:00:00:0b:01"))])
    spoofed = spoofer.discover(spoofer.ports[0]).pack(60)
    by_a = own.ports[0].mac

    def came_by_a(frame):
        return frame[14] == romon.DISCOVER and romon.Frame.unpack(frame).hops[0].mac == by_a
    flood, watch = Flood(b, lambda i: spoofed, rate), Watch(box)
    wait(lambda: box.drops("p1").get("flood-hold", 0) >= 4 * rate, "four seconds of spoofed Discovers")
    for _ in range(11):
        c.pending()
        a.send(own.discover(own.ports[0]).pack(60))
        wait(lambda: any(came_by_a(f) for f in iter(lambda: c.recv(0.2), None)),
             "the node's own Discover goes on", 1.5)
        time.sleep(0.9)  # the pace of a node that discovers
    watch.stop(f"{flood.stop()} spoofed Discovers", 5)


def scenario(net, attack, rate):
    {"replay": replay, "relay": relay, "discover": discover}[attack](net, rate)
