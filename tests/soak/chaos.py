# SPDX-License-Identifier: BSD-3-Clause
"""What is done to romond in a soak, in an order that a seed draws, and what must be true behind it.

              +------ ring of four nodes, masters, two wires of each ------+
    end e0 ---+ n0 ------ n1 ------ n2 ------ n3 ------ (n0)               |
    end e2 ---+                     n2                                     |
              +------------------------------------------------------------+
    end r0 ---- relay ---- end r1

n0 and the relay live from the first minute to the last: their memory, descriptors and mbufs are compared. The others
are killed, stopped, started, frozen.
"""
import collections
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "netns"))
import attack  # noqa: E402
from harness import (  # noqa: E402
    DEADLINE, GROUP, ROMONCTL, Failure, check, equal, mac, romon, sh, vectors, wait,
)

N_NODES = 4
# Of memory, behind a warm-up that did everything once. ASan keeps what was freed (scripts/soak: 8 MB of it) and the stacks of
# whoever allocated; what is lost it tells itself, at the end.
GROWTH_KB = (64 if "ASAN_OPTIONS" in os.environ else 4) * 1024
SECRETS = (["soak-secret-one-1234", ""], ["", "soak-secret-one-1234"], [])
QUIET = {"limits": {"neighbors": 2000, "origins": 2000}, "log": {"level": "notice"}}


def made_up(i):
    """The address of the i-th sender that nobody knows."""
    return mac("02:aa:00:00:00:00")[:4] + (i & 0xFFFF).to_bytes(2, "big")


class Chaos:
    def __init__(self, net, seed):
        self.net, self.rng = net, random.Random(seed)
        self.nodes, self.ends, self.clients = [], {}, []
        self.counts = collections.Counter()
        self.actions = [self.reload, self.reload_invalid, self.trial, self.flap, self.lose_wire, self.flood_hostile,
                        self.flood_discovers, self.kill, self.restart, self.freeze, self.capture, self.feeds,
                        self.clients_come, self.clients_go, self.ask_everything]
        self._topology()

    # ---- what is there

    def _topology(self):
        net = self.net
        self.boxes = [net.box(f"n{i}") for i in range(N_NODES)]
        for i in range(N_NODES):
            self._wire(i)
        self.ends["e0"] = net.end(self.boxes[0], "end")
        self.ends["e2"] = net.end(self.boxes[2], "end")
        self.nodes = [net.romond(box, f"n{i}", self._config(i)) for i, box in enumerate(self.boxes)]
        box = net.box("relay")
        self.ends["r0"], self.ends["r1"] = net.end(box, "eth0"), net.end(box, "eth1")
        ports = {"r0": {"device": "eth0"}, "r1": {"device": "eth1"}}
        self.relay = net.romond(box, "relay", dict(QUIET, **{"relay-groups": {"g": {"storm-limit": 2000, "ports": ports}}}))

    def _wire(self, i):
        self.net.wire(self.boxes[i], "east", self.boxes[(i + 1) % N_NODES], "west")

    def _config(self, i, cost=200, secrets=()):
        ports = {"east": {"device": "east", "cost": cost}, "west": {"device": "west"}}
        if i in (0, 2):
            ports["end"] = {"device": "end"}
        for name in ("east", "west"):
            if secrets:
                ports[name]["secrets"] = list(secrets)
        return dict(QUIET, romon={"identity": f"n{i}", "id": f"02:00:00:00:50:{i:02x}", "role": "master"},
                    discovery={"interval": "2s"}, ports=ports)

    def _any(self):
        return self.rng.randrange(N_NODES)

    # ---- what is done: each returns when it is done, whatever it did lasts or not

    def reload(self):
        i = self._any()
        self.nodes[i].write(self._config(i, self.rng.randrange(1, 1000), self.rng.choice(SECRETS)))
        self.nodes[i].ask("reload")

    def reload_invalid(self):
        i = self._any()
        generation = self.nodes[i].ask("status")["generation"]
        self.nodes[i].write(None, raw="ports: { x: { device: }\n")
        check(not self.nodes[i].ask_raw("reload")["ok"], f"n{i} took a broken file")
        equal(self.nodes[i].ask("status")["generation"], generation, f"n{i}: generation")
        self.nodes[i].write(self._config(i))

    def trial(self):
        i = self._any()
        path = self.nodes[i].config_path
        self.nodes[i].write(self._config(i, 77))
        self.nodes[i].ask("config-apply", path=path, **{"confirm-within": 1000})
        how = self.rng.choice(("config-confirm", "config-rollback", None))
        if how:
            self.nodes[i].ask(how)
        else:
            wait(lambda: self.nodes[i].ask("status")["confirm-left-ms"] in (None, 0), f"n{i}: the trial ends")

    def flap(self):
        box = self.boxes[self._any()]
        box.sh("ip", "link", "set", "east", "down")
        if self.rng.random() < 0.5:
            time.sleep(self.rng.random())  # longer than a look at links, or not
        box.sh("ip", "link", "set", "east", "up")

    def lose_wire(self):
        i = self._any()
        self.boxes[i].sh("ip", "link", "del", "east")
        self._wire(i)

    def _flood(self, end, make, rate):
        flood = attack.Flood(self.ends[end], make, rate)
        time.sleep(0.5 + self.rng.random())
        flood.stop()
        for e in self.ends.values():
            self._drain(e)

    @staticmethod
    def _drain(end):
        while end.recv(0) is not None:
            pass

    def flood_hostile(self):
        rng = random.Random(self.rng.random())
        seeds = list(vectors().values())

        def make(_):
            frame = bytearray(rng.choice(seeds))
            for _ in range(rng.randrange(1, 6)):
                frame[rng.randrange(len(frame))] = rng.randrange(256)
            return bytes(frame[:rng.randrange(14, len(frame) + 1)])

        self._flood(self.rng.choice(("e0", "e2", "r0", "r1")), make, 500)

    def flood_discovers(self):
        def make(i):
            route = romon.Route(made_up(i), romon.LinkEnd(), romon.LinkEnd(1, 1500, 200, made_up(i % 97)))
            return romon.Frame(romon.DISCOVER, made_up(i), romon.ALL_IDS, eth_src=made_up(i % 97), eth_dst=GROUP,
                               tlvs=[romon.route_tlv(route)]).pack()

        self._flood(self.rng.choice(("e0", "e2", "r0")), make, 500)

    def _killable(self):
        return self.nodes[self.rng.randrange(1, N_NODES)]

    def kill(self):
        node = self._killable()
        node.kill()
        node.start(up=False)

    def restart(self):
        node = self._killable()
        node.stop(60)
        node.start(up=False)

    def freeze(self):
        node = self._killable()
        node.signal(signal.SIGSTOP)
        time.sleep(1 + self.rng.random())
        node.signal(signal.SIGCONT)
        wait(lambda: node.ask("status"), f"{node.name} answers after SIGCONT", 60)

    def capture(self):
        """A capture that ends by itself, or whose reader is killed."""
        node = self.rng.choice([*self.nodes, self.relay])
        path = os.path.join(self.net.dir, "soak.pcapng")
        argv = [ROMONCTL, "-s", node.socket_path, "capture", "-w", path]
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
            time.sleep(self.rng.random())
            p.send_signal(self.rng.choice((signal.SIGINT, signal.SIGTERM, signal.SIGKILL)))
        if os.path.exists(path):
            os.remove(path)

    def _connect(self, node):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(DEADLINE)
        s.connect(node.socket_path)
        return s

    @staticmethod
    def _say(s, cmd, **args):
        try:
            s.sendall(json.dumps({"v": 1, "id": 1, "cmd": cmd, "args": args}).encode() + b"\n")
        except OSError:
            pass  # the server may have ended it

    def feeds(self):
        node = self.rng.choice([*self.nodes, self.relay])
        for cmd, args in self.rng.sample((("events-follow", {}), ("discover", {}), ("torch", {"port": "r0"}),
                                          ("torch", {"port": "east"}), ("ping", {"id": "n2"})), 3):
            s = self._connect(node)
            self._say(s, cmd, **args)
            self.clients.append(s)

    def clients_come(self):
        node = self.rng.choice([*self.nodes, self.relay])
        for _ in range(self.rng.randrange(1, 20)):
            try:
                s = self._connect(node)
            except OSError:
                return  # it is full: its right
            what = self.rng.random()
            if what < 0.3:
                s.sendall(b'{"v": 1, "id"')  # and no more
            elif what < 0.6:
                self._say(s, "status")
            elif what < 0.8:
                s.sendall(os.urandom(200) + b"\n")
            self.clients.append(s)

    def clients_go(self):
        self.rng.shuffle(self.clients)
        for s in self.clients[: len(self.clients) * 2 // 3 + 1]:
            s.close()
        del self.clients[: len(self.clients) * 2 // 3 + 1]

    def ask_everything(self):
        node = self.rng.choice([*self.nodes, self.relay])
        for cmd in ("status", "ports", "neighbors", "nodes", "links", "drops", "workers", "events", "secrets", "config-show"):
            node.ask(cmd)

    # ---- the run

    def act(self, action):
        self.counts[action.__name__] += 1
        try:
            action()
        except (ConnectionError, BrokenPipeError, socket.timeout) as e:
            raise Failure(f"{action.__name__}: {e}") from e
        for node in [*self.nodes, self.relay]:
            node.alive()

    def settle(self):
        """Nobody does anything any more: all are up, know each other, and every frame has its fate."""
        for s in self.clients:
            s.close()
        self.clients = []
        for i, node in enumerate(self.nodes):
            self.boxes[i].sh("ip", "link", "set", "east", "up")
            node.write(self._config(i))
            wait(lambda n=node: n.ask_raw("reload")["ok"], f"{node.name} takes its configuration", 30)
        for node in [*self.nodes, self.relay]:
            wait(lambda n=node: all(p["state"] == "up" for p in n.ask("ports")), f"the ports of {node.name} are up", 60)
        for i, node in enumerate(self.nodes):
            others = {f"n{k}" for k in range(N_NODES)} - {f"n{i}"}
            wait(lambda n=node, o=others: o <= {r["identity"] for r in self._ok_nodes(n)}, f"{node.name} knows all", 120)
        for node in [*self.nodes, self.relay]:
            node.balanced()

    @staticmethod
    def _ok_nodes(node):
        return [r for r in node.ask("nodes")["rows"] if r["status"] == "ok" and r["reachable"]]

    def measure(self, node):
        """Descriptors, memory and mbufs of a process that does nothing now."""
        pid = node.ask("status")["pid"]
        wait(lambda: node.ask("status")["pid"] == pid, f"{node.name} answers")
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            memory = next(int(x.split()[1]) for x in f if x.startswith("RssAnon"))  # DPDK's pools are a file
        return {"pid": pid, "memory-kb": memory, "fds": self._fds(pid), "mbufs": node.ask("status")["mbufs"]["in-use"]}

    @staticmethod
    def _fds(pid):
        """How many, once those of connections that were closed are gone: the same ten times in a row."""
        seen = []

        def is_steady():
            seen.append(len(os.listdir(f"/proc/{pid}/fd")))
            return len(seen) >= 10 and len(set(seen[-10:])) == 1

        wait(is_steady, "the number of descriptors is steady", 30)
        return seen[-1]

    def compare(self, node, before, after):
        equal(after["pid"], before["pid"], f"{node.name}: the same process")
        equal(after["fds"], before["fds"], f"{node.name}: descriptors")
        check(after["memory-kb"] - before["memory-kb"] <= GROWTH_KB,
              f"{node.name}: memory was {before['memory-kb']} kB, is {after['memory-kb']} kB")
        check(abs(after["mbufs"] - before["mbufs"]) <= 64,  # what is on its way at this moment
              f"{node.name}: mbufs in use were {before['mbufs']}, are {after['mbufs']}")

    def run(self, seconds):
        """Everything once, measure, everything by chance for so long, measure again, stop all."""
        for action in self.actions:
            self.act(action)
        self.settle()
        lasting = [self.nodes[0], self.relay]
        before = [self.measure(n) for n in lasting]
        print("after a warm-up:", *(f"{n.name} {m}" for n, m in zip(lasting, before)), flush=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.act(self.rng.choice(self.actions))
        self.settle()
        for node, was in zip(lasting, before):
            now = self.measure(node)
            print(f"at the end: {node.name} {now}", flush=True)
            self.compare(node, was, now)
        for node in [*self.nodes, self.relay]:
            node.stop(60)  # says "0 mbufs out", and nothing of a sanitizer
        equal(sh("find", "/run", "-type", "s").split(), [], "sockets that are left")
        print("done:", ", ".join(f"{n} {name}" for name, n in sorted(self.counts.items())))
