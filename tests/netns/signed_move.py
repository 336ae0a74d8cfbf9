# SPDX-License-Identifier: BSD-3-Clause
"""A port goes from worker to worker and back: what the second one took of a signed neighbor, the first does not take again.

            +---- box ----+
    end a --+ eth0   p    |     p is on eth0 (worker 0), then on eth1 (worker 1), then on eth0 again
    end b --+ eth1        |
            +-------------+
"""
import romon
import romon_auth
from harness import Skip, check, equal, mac, wait, workers

SECRET = b"a-secret-of-a-port-that-moves"
NEIGHBOR = "02:00:00:00:0e:01"
START = 1 << 51  # ahead of any clock


def config(device):
    other = "eth1" if device == "eth0" else "eth0"
    return {"romon": {"id": "02:00:00:00:00:01"}, "memory": {"hugepages": "off"}, "workers": workers(2)["workers"],
            "limits": {"answers-per-origin": "none"},
            "ports": {"p": {"device": device, "secrets": [SECRET.decode()]}, "q": {"device": other}}}


class Neighbor:
    """Signs by the independent model."""

    def __init__(self):
        self.node = romon.Node("02:0e:00:00:00:01", [romon.Port("g", 7, mac(NEIGHBOR))])
        self.counter = START

    def signed(self, frame):
        self.counter += 1
        return romon_auth.ROMOND_1.sign(frame.pack(60), SECRET, self.counter)

    def discover(self):
        return self.signed(self.node.discover(self.node.ports[0]))

    def met(self, end, node):
        """It is asked, answers, and is a neighbor then."""
        end.pending()
        end.send(self.discover())
        hello = next(f for f in iter(end.recv, None) if f[14] == romon.HELLO)
        nonce = next(t.value for t in romon.Frame.unpack(hello).tlvs if t.tag == romon.TAG_NONCE)
        end.send(self.signed(self.node.hello(self.node.ports[0], hello[6:12], echo=nonce)))
        wait(lambda: any(r["port"] == "p" for r in node.ctl("neighbors")), "it is a neighbor")


def refused(node):
    return sum(v for k, v in node.drops("p").items() if k.startswith("auth-"))


def scenario(net):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    node = net.romond(box, "node", config("eth0"))
    if len(node.ask("workers")) < 2:
        raise Skip("two workers want two CPUs")
    neighbor = Neighbor()
    neighbor.met(a, node)

    def moved(device, end):
        node.write(config(device))
        node.ctl("reload")
        node.wait_up()
        equal(node.port("p")["device"], device, "device of p")
        return end

    moved("eth1", b)
    neighbor.met(b, node)
    later = [neighbor.discover() for _ in range(5)]
    before = refused(node)
    rx = node.port("p")["rx-frames"]
    for frame in later:
        b.send(frame)
    wait(lambda: node.port("p")["rx-frames"] >= rx + 5, "they came in")
    equal(refused(node), before, "frames refused while they are new")
    moved("eth0", a)
    rx = node.port("p")["rx-frames"]
    for frame in later:
        a.send(frame)
    wait(lambda: node.port("p")["rx-frames"] >= rx + 5, "they came in again")
    wait(lambda: refused(node) >= before + 5, "all of them are refused")
    check(refused(node) == before + 5, f"refused: {node.drops('p')}")
