# SPDX-License-Identifier: BSD-3-Clause
"""Three nodes that share a secret, and somebody between two of them who records everything and sends it again.

    +--- one ---+             +------ two ------+        +-- three --+
    |      east +- tester ----+ west       east +--------+ west      |
    +-----------+  (records)  |      guest      |        +-----------+
                              +--------+--------+
                                    end g: a neighbor without the secret

Discovery and ping work; every frame on the wire is signed as an independent model says. A neighbor that does not sign,
or by another secret, gets nowhere and `why` names it. After kill -9 of the receiver, of the sender, and after a change of
secrets and back, the whole record comes again: nothing of it is taken, and two seconds later all is as before.
In the variant dispatch two has two workers, to which it dispatches what its ports receive.
"""
import os
import select
import subprocess
import threading
import time

import romon
import romon_auth
from harness import GROUP, ROMONCTL, check, equal, mac, wait, workers

SECRET, OTHER = "a-secret-of-three-nodes", "another-secret-for-a-while"
IDS = {"one": "02:00:00:00:00:01", "two": "02:00:00:00:00:02", "three": "02:00:00:00:00:03"}
PORTS = {"one": {"east": {"device": "east"}}, "two": {p: {"device": p} for p in ("west", "east", "guest")},
         "three": {"west": {"device": "west"}}}
VARIANTS = {"": {"is_dispatched": False}, "dispatch": {"is_dispatched": True}}
BACK_S = 2.0
DISCOVERY_S = 1.0  # a node that started discovers once a second: what it sends of its own accord comes on top
BUSY_S = 2.0  # and this, where more runs than there are CPUs: the tester's own processes are late then


class Between:
    """Carries frames between two ends, and keeps those of one way."""

    def __init__(self, a, b):
        self.a, self.b = a, b
        self.record = []  # from a to b
        self.is_open, self.is_ended = True, False
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.is_ended:
            ready = select.select([self.a.sock, self.b.sock], [], [], 0.2)[0]
            with self.lock:
                for end, to in ((self.a, self.b), (self.b, self.a)):
                    frame = end.recv(0.002) if end.sock in ready else None
                    if frame is None or frame[12:14] != b"\x88\xbf" or not self.is_open:
                        continue
                    if end is self.a:
                        self.record.append(frame)
                    to.send(frame)

    def shut(self, is_open):
        with self.lock:
            self.is_open = is_open

    def end(self):
        self.is_ended = True
        self.thread.join()


def config(name, secrets, is_dispatched):
    out = {"romon": {"id": IDS[name], "secrets": secrets, "role": "master" if name == "one" else "agent"},
           "discovery": {"interval": "1s"}, "memory": {"hugepages": "off"}, "ports": PORTS[name]}
    if is_dispatched and name == "two":
        out.update(workers(2), ports={p: {**keys, "dispatch": "neighbor"} for p, keys in PORTS[name].items()})
    return out


def is_heard(node, name):
    """Does a ping come back?"""
    r = subprocess.run([ROMONCTL, "-s", node.socket_path, "ping", IDS[name], "-c", "1", "--timeout", "200ms"],
                       stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=30)
    return r.returncode == 0


def back_after(node, name, began):
    wait(lambda: is_heard(node, name), f"{node.name} reaches {name} again")
    took = time.monotonic() - began
    check(took <= BACK_S, f"{name} is back after {took:.2f} s, more than {BACK_S} s")
    print(f"back after {took:.2f} s")


def replayed(between, two, what):
    """All of the record comes again, with nothing else on that wire: none of it is taken."""
    between.shut(False)
    n, hellos = len(between.record), sum(f[14] == romon.HELLO for f in between.record)
    before, refused = two.port("west"), two.drops("west")
    for frame in between.record:
        between.b.send(frame)
    wait(lambda: two.port("west")["rx-frames"] >= before["rx-frames"] + n, "the whole record came in", 30)
    two.balanced()  # a frame counts as received a little before its fate is known
    after, drops = two.port("west"), two.drops("west")
    more = {k: v - refused.get(k, 0) for k, v in drops.items() if v != refused.get(k, 0)}
    check(set(more) <= {"auth-replay", "auth-unsynced", "auth-unknown"}, f"{what}: dropped as {more}")
    # a recorded Hello may be answered, and is taken for nothing else; what came in beside the record came before shut()
    taken = after["rx-frames"] - before["rx-frames"] - sum(more.values())
    check(taken <= hellos, f"{what}: {taken} of {n} frames are taken, only {hellos} are Hellos")
    print(f"{what}: {n} frames came again, {hellos} of them Hellos; {more}")
    return n


def back(between, node, name, what, more_s=0.0):
    between.shut(True)
    limit = BACK_S + more_s + (BUSY_S if os.getloadavg()[0] > os.cpu_count() else 0)
    began = time.monotonic()
    wait(lambda: is_heard(node, name), f"{node.name} reaches {name} {what}")
    took = time.monotonic() - began
    print(f"{what}: back after {took:.2f} s")
    check(took <= limit, f"{what}: {name} is back after {took:.2f} s, more than {limit} s")


def named(node, reason, *words):
    """The frame is dropped for that reason, and `why` says so, and of whom."""
    def says():
        text = node.ctl_text("why", "guest", exit_code=None)
        check(node.drops("guest").get(reason) == 1 and all(w in text for w in words), text)
    wait(lambda: says() is None, f"{reason} is counted and told")


def strangers(two, g):
    """Who does not sign, or with a secret of its own, gets nowhere, and is named."""
    there = romon.Node("02:0e:00:00:00:01", [romon.Port("g", 7, mac("02:00:00:00:0e:01"))])
    discover = there.discover(there.ports[0]).pack(60)
    check(discover[:6] == GROUP, "a Discover goes to the group")
    g.send(discover)
    named(two, "auth-missing", "secret mismatch: a neighbor sends unsigned frames", "02:00:00:00:0e:01")
    g.send(romon_auth.ROMOND_1.sign(discover, b"a-secret-of-its-own", 1 << 50))
    named(two, "auth-unknown", "this neighbor signs with a secret that we do not have", "02:00:00:00:0e:01")
    check("02:00:00:00:0e:01" not in {r["mac-address"] for r in two.ctl("neighbors")}, "it is no neighbor")
    # with the secret, the model's frames are asked for a proof that they are of now, and its Hello is one
    g.pending()
    g.send(romon_auth.ROMOND_1.sign(discover, SECRET.encode(), 1 << 50))
    hello = next(f for f in iter(g.recv, None) if f[14] == romon.HELLO)
    check(romon_auth.ROMOND_1.verify(hello, SECRET.encode()), "the Hello of two is signed")
    nonce = next(t.value for t in romon.Frame.unpack(hello).tlvs if t.tag == romon.TAG_NONCE)
    answer = there.hello(there.ports[0], hello[6:12], echo=nonce).pack()
    g.send(romon_auth.ROMOND_1.sign(answer, SECRET.encode(), (1 << 50) + 1))
    g.send(romon_auth.ROMOND_1.sign(discover, SECRET.encode(), (1 << 50) + 2))
    wait(lambda: "02:00:00:00:0e:01" in {r["mac-address"] for r in two.ctl("neighbors")}, "now it is one")


def scenario(net, is_dispatched):
    boxes = {n: net.box(n) for n in IDS}
    a = net.end(boxes["one"], "east")
    b = net.end(boxes["two"], "west")
    net.wire(boxes["two"], "east", boxes["three"], "west")
    g = net.end(boxes["two"], "guest")
    between = Between(a, b)
    nodes = {n: net.romond(boxes[n], n, config(n, [SECRET], is_dispatched)) for n in IDS}
    one, two = nodes["one"], nodes["two"]
    wait(lambda: {r["address"] for r in one.ctl("nodes")} == {IDS["two"], IDS["three"]}, "one discovers both others")
    equal(one.ctl("ping", IDS["three"], "-c", "20", "-i", "20ms")[-1]["received"], 20, "pings of three")
    signed = [f for f in between.record if romon_auth.ROMOND_1.verify(f, SECRET.encode())]
    equal(len(signed), len(between.record), "frames of one that the model finds rightly signed")
    check({f[14] for f in signed} >= {romon.DISCOVER, romon.DATA, romon.HELLO}, "types of frames that one sent")
    counters = [romon_auth.ROMOND_1.counter(f) for f in signed]
    equal(counters, sorted(set(counters)), "counters of one: each once, in order")

    strangers(two, g)

    # the receiver restarts, then the sender: what it knew of now is gone, or what it sent is of another life
    two.kill()
    between.shut(False)
    two.start()
    replayed(between, two, "after kill -9 of the receiver")
    back(between, one, "three", "after kill -9 of the receiver")
    one.kill()
    replayed(between, two, "after kill -9 of the sender")
    # its clock is behind what it signed before, as far as it can tell: its counters go on from there
    mark_path = os.path.join(one.base["state"]["dir"], "signing-mark")
    with open(mark_path, encoding="ascii") as f:
        check(int(f.read()) > max(counters), "the mark is ahead of all counters")
    mark = (int(time.time()) + 10 * 365 * 86400) * 1000000
    with open(mark_path, "w", encoding="ascii") as f:
        f.write(f"{mark}\n")
    n = len(between.record)
    between.shut(True)
    one.start()
    back(between, one, "two", "after kill -9 of the sender", DISCOVERY_S)
    counters = [romon_auth.ROMOND_1.counter(f) for f in between.record[n:]]
    check(counters and min(counters) >= mark, f"counters of the new life: from {min(counters)}, the mark was {mark}")
    check("far behind what was signed before" in one.log_text(), "the log says so")
    replayed(between, two, "beside the sender's new life")
    back(between, one, "two", "beside the sender's new life")

    # another secret, and back
    for secret in (OTHER, SECRET):
        for name, node in nodes.items():
            node.write(config(name, [secret], is_dispatched))
            node.ctl("reload")
        replayed(between, two, f"after a change to the secret {'of before' if secret == SECRET else 'of a while'}")
        back(between, one, "two", f"after a change to the secret {'of before' if secret == SECRET else 'of a while'}")
    wait(lambda: is_heard(one, "three"), "and three is reached again")
    between.end()
    for node in nodes.values():
        node.balanced()
