# SPDX-License-Identifier: BSD-3-Clause
"""What romond asks is answered by whom it asked, by the way that it asked, or not at all; and what it is asked is answered
within a share of each port.

    end a, honest:  P, a node or a master ---+ eth0  port a |
                                             |     me       |     me: a master that asks each second
    end b, hostile: made-up masters ---------+ eth1  port b |

ping, ping-link  P is dead to pings. Guesses by b at a rate; and the hostile even learns each ping's number and source port,
                 and sends the whole answer by b, and one without the token by a. No ping is answered.
roster           P, a master, says that X is down. Forged rosters by b, and by a with guessed tokens, say that it is well, and
                 that 20 others are there. Nothing of it is believed.
masters          200 made-up masters, first in the inventory, never answer. P is asked in each round.
endless-pages    A master's roster has no end. It is given up, and P is asked in each round.
amplification    Requests for our roster and Discovers, made up: answers leave within their shares.
"""
import random
import socket
import struct
import threading
import time

import romon
from attack import Flood, Watch, on_disk
from harness import check, equal, json, mac, wait

VARIANTS = {n: {"attack": n} for n in ("ping", "ping-link", "roster", "masters", "endless-pages", "amplification")}
ME, P, X = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"
P_MAC, B_MAC = mac("02:0a:00:00:00:02"), mac("02:0b:00:00:00:00")
TAG_MASTER = 0x83
ROSTER, ASKER, END = 0x4001, 0x4002, 0xFFFFFFFF
GUESSES_S = 5000  # forged answers a second
WATCH_S = 6.0  # 300 answers of status: the P99 of a hundred is the worst of them
ASK_S, ASK_BURST = 100, 100  # requests to masters by one port (lib/stream/stream_asks.h)
ASKER_S, ASKER_BURST = 150, 150  # answers to one asker (stream_share.h)
ANSWERS_S, ANSWERS_BURST = 1000, 1000  # answers to Discovers by one port (lib/node/node_responder.h)


class Peer(threading.Thread):
    """Nodes behind an end: answer each Discover of me that came by no other node; Data goes to take(node id, frame)."""

    def __init__(self, end, address, ids, is_master=True, take=lambda i, f: None):
        super().__init__(daemon=True)
        self.end, self.port, self.take, self.ended = end, romon.Port("p", 7, address), take, False
        self.ids, self.is_master, self.n_answered = ids, is_master, 0
        self.start()

    def answer(self, node_id, discover):
        node = romon.Node(mac(node_id), [self.port], identity=b"n-" + node_id[-2:].encode())
        f = node.answer(discover, self.port)
        if f is not None and self.is_master:
            f = f.copy(tlvs=[*f.tlvs, romon.Tlv(TAG_MASTER, b"m")])
        return f

    def reply(self, node_id, frame, payload):
        """The answer to Data that came in here."""
        node = romon.Node(mac(node_id), [self.port])
        return node.reply(romon.swap_last(frame, self.port.link_id), payload).frame

    def run(self):
        while not self.ended:
            raw = self.end.recv(0.05)
            if raw is None:
                continue
            f = romon.Frame.unpack(raw)
            if f.type == romon.DISCOVER and romon.text(f.src_id) == ME and not f.hops:
                for i in self.ids:
                    answer = self.answer(i, f)
                    if answer is not None:
                        self.end.send(answer.pack(60))
                self.n_answered += 1
            elif f.type == romon.DATA and f.eth_dst == self.port.mac:
                self.take(romon.text(f.dst_id), f)

    def stop(self):
        self.ended = True
        self.join()


def row(node_id, status, name):
    return mac(node_id) + bytes(6) + struct.pack(">BBIHI", status, 1, 100, 1500, 0) + b"\1\0f\0" + bytes([len(name)]) + name + b"\0"


def roster(token, rows, next_cursor=END):
    return struct.pack(">IBBHI", token, 1, 2, len(rows), next_cursor) + b"".join(rows)


def request(token, cursor=0):
    return struct.pack(">IBBHI", token, 1, 1, 1400, cursor)


class Forger:
    """Data to me, in the name of P, by one of my ports."""

    def __init__(self, node, port, address):
        p = node.port(port)
        self.frame = romon.Frame(romon.DATA, mac(P), mac(ME), eth_src=address, eth_dst=mac(p["mac"]),
                                 hops=[romon.Hop(7, mac(p["mac"]))])

    def make(self, src_port, dst_port, payload, src_id=P):
        return self.frame.copy(src_id=mac(src_id), src_port=src_port, dst_port=dst_port, payload=payload).pack(60)


def ping(node, until=None, **args):
    """All messages of a run of pings; the last one is its summary. until: cancel it when that comes true."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(30)
        s.connect(node.socket_path)
        s.sendall(json.dumps({"v": 1, "id": 1, "cmd": "ping", "args": args}).encode() + b"\n")
        if until is not None:
            wait(until, "what ends the pings", 30)
            s.shutdown(socket.SHUT_WR)
        out = []
        for line in s.makefile():
            message = json.loads(line)
            check(message["ok"], f"ping: {message}")
            out.append(message["data"])
            if not message.get("more"):
                return out
    raise AssertionError("the feed ended without a summary")


def refused(node, port):
    return {r["reason"]: r["count"] for r in node.ask("status")["refused"] if r["port"] == port}


def pings(net, node, ends, is_link):
    a, b = ends
    by_a, by_b = Forger(node, "a", P_MAC), Forger(node, "b", B_MAC)
    seen = []

    def forge(_, f):
        seen.append(f)
        b.send(by_b.make(romon.PORT_PING, f.src_port, f.payload))  # all that P would say, but by another port
        blind = f.payload[:4].ljust(len(f.payload), b"\0")
        a.send(by_a.make(romon.PORT_PING, f.src_port, blind))  # by the right way, but it did not see the ping
    peer = Peer(a, P_MAC, [P], is_master=False, take=forge)
    wait(lambda: node.ask("nodes")["rows"], "P is found")
    link = {"port": "a", "mac-address": romon.text(P_MAC)} if is_link else {}
    watch = Watch(node)
    flood = Flood(b, lambda i: by_b.make(romon.PORT_PING, 49152 + i % 16, struct.pack(">I", i // 16 % 10).ljust(32, b"\0")), GUESSES_S)
    for size in (32, 12, 8):
        seen.clear()
        way, token = refused(node, "b").get("ping-way", 0), refused(node, "a").get("ping-token", 0)
        # the time-out is longer than this machine may stand still
        out = ping(node, lambda: refused(node, "b").get("ping-way", 0) >= way + 5 and refused(node, "a").get("ping-token", 0) >= token + 5,
                   id=P, count=5, interval=50, timeout=30000, size=size, **link)
        equal([r["status"] for r in out[:-1]], [], f"answers to pings of {size} bytes to a dead node")
        equal((out[-1]["sent"], out[-1]["received"]), (5, 0), "its summary")
        got = {r["reason"]: r["count"] for r in out[-1]["refused"]}
        check(got.get("ping-way", 0) >= 5 and got.get("ping-token", 0) >= 5, f"what was refused: {got}")
        equal(len({f.payload for f in seen}), 5, "every ping has a token of its own")
    watch.stop("guesses at pings", WATCH_S)
    check(refused(node, "b").get("ping-unasked", 0) > 0, f"guesses: {refused(node, 'b')}")
    # whole and by the right way it counts, whatever comes by b
    peer.take = lambda i, f: a.send(peer.reply(i, f, f.payload).pack(60))
    out = ping(node, id=P, count=50, interval=20, timeout=5000, **link)
    equal(out[-1]["received"], 50, "pings that P answers")
    print(f"{flood.stop()} guesses")
    peer.stop()


def rosters(net, node, ends):
    a, b = ends
    rng = random.Random(7)
    by_a, by_b = Forger(node, "a", P_MAC), Forger(node, "b", B_MAC)
    peer = Peer(a, P_MAC, [P], take=lambda i, f: a.send(peer.reply(i, f, roster(
        struct.unpack(">I", f.payload[:4])[0], [row(X, 3, b"x")])).pack(60)))

    def status():
        return {r["address"]: r["status"] for r in node.ask("nodes")["rows"]}
    wait(lambda: status().get(X) == "down", "P says that X is down")
    made_up = [row(f"02:0c:00:00:00:{i:02x}", 1, b"made up") for i in range(20)] + [row(X, 1, b"x")]
    watch = Watch(node)
    before = node.ask("status")["rosters-taken"]
    flood_b = Flood(b, lambda i: by_b.make(ROSTER, ASKER, roster(i % 128, made_up)), GUESSES_S)
    flood_a = Flood(a, lambda i: by_a.make(ROSTER, ASKER, roster(rng.getrandbits(32) if i % 2 else i % 128, made_up)), 1000)
    wait(lambda: node.ask("status")["rosters-taken"] >= before + 5, "P is asked and answers five times")
    watch.stop("forged rosters", WATCH_S)
    print(f"{flood_b.stop() + flood_a.stop()} forged rosters")
    equal(status(), {P: "ok", X: "down"}, "what is believed")
    # busy: beside other work control looks at fewer of them
    check(set(refused(node, "b")) <= {"roster-unasked", "roster-way", "control-busy"} and refused(node, "b").get("roster-unasked"), f"{refused(node, 'b')}")
    check(set(refused(node, "a")) <= {"roster-unasked", "roster-token", "control-busy"} and refused(node, "a").get("roster-unasked"), f"{refused(node, 'a')}")
    peer.stop()


def rounds_of(node, peer_requests, seconds, what):
    """P is asked at least every second round."""
    before, begin = len(peer_requests), time.monotonic()
    wait(lambda: time.monotonic() - begin >= seconds, "rounds pass", seconds + 5)
    n = len(peer_requests) - before
    check(n >= seconds // 2, f"{what}: P was asked {n} times in {seconds} s")
    return n


def honest(a, requests):
    def take(i, f):
        requests.append(time.monotonic())
        a.send(peer.reply(i, f, roster(struct.unpack(">I", f.payload[:4])[0], [row(X, 1, b"x")])).pack(60))
    peer = Peer(a, P_MAC, [P], take=take)
    return peer


def masters(net, node, ends):
    a, b = ends
    asked = []
    hostile = Peer(b, B_MAC, [f"02:0d:00:00:00:{i:02x}" for i in range(200)], take=lambda i, f: asked.append(i))
    wait(lambda: node.ask("status")["nodes"] == 200, "200 made-up masters are known")
    requests = []
    peer = honest(a, requests)
    wait(lambda: requests, "P is asked")
    watch = Watch(node)
    asked.clear()
    begin = time.monotonic()
    n = rounds_of(node, requests, 6, "200 made-up masters")
    n_asked, seconds = len(asked), time.monotonic() - begin
    watch.stop(f"P asked {n} times, made-up masters {n_asked} times, in {seconds:.1f} s")
    check(n_asked <= ASK_S * seconds + ASK_BURST, f"{n_asked} requests by b in {seconds:.1f} s")
    wait(lambda: len(set(asked)) == 200, "each of them has its turn", 60)
    peer.stop()
    hostile.stop()


def endless(net, node, ends):
    a, b = ends
    asked, requests = [], []

    def lead_on(i, f):
        token, _, _, _, cursor = struct.unpack(">IBBHI", f.payload)
        asked.append(cursor)
        b.send(hostile.reply(i, f, roster(token, [], cursor + 1)).pack(60))
    hostile = Peer(b, B_MAC, ["02:0e:00:00:00:01"], take=lead_on)
    peer = honest(a, requests)
    wait(lambda: requests and asked, "both are asked")
    watch = Watch(node)
    begin = time.monotonic()
    wait(lambda: refused(node, "b").get("roster-endless"), "the endless roster is given up")
    seconds = time.monotonic() - begin
    n_asked = len(asked)
    check(n_asked <= ASK_S * (seconds + 1) + ASK_BURST and n_asked <= 256 + 10, f"{n_asked} requests in {seconds:.1f} s")
    n = rounds_of(node, requests, 4, "an endless roster")
    equal(len(asked), n_asked, "requests to a master that is left alone")
    watch.stop(f"{n_asked} pages in {seconds:.1f} s; P asked {n} times after that")
    check("does not come to an end" in node.log_text(), "the log names it")
    peer.stop()
    hostile.stop()


def amplification(net, node, ends):
    a, b = ends
    by_a, by_b = Forger(node, "a", P_MAC), Forger(node, "b", B_MAC)
    got = []
    peer = Peer(a, P_MAC, [P], take=lambda i, f: got.append(f.src_port))
    wait(lambda: node.ask("nodes")["rows"], "P is found")

    def served():
        return node.ask("status")["rosters-served"]
    watch = Watch(node)
    # nobody that is heard: no answer
    flood = Flood(b, lambda i: by_b.make(ASKER, ROSTER, request(i), src_id=f"02:0f:00:{i >> 16 & 255:02x}:{i >> 8 & 255:02x}:{i & 255:02x}"), GUESSES_S)
    wait(lambda: refused(node, "b").get("asker-stranger", 0) >= 2000, "requests of strangers are refused")
    sent = flood.stop()
    equal(served(), 0, f"answers to {sent} requests of strangers")
    # a master that is heard: its share
    begin = time.monotonic()
    flood = Flood(a, lambda i: by_a.make(ASKER, ROSTER, request(i)), GUESSES_S)
    wait(lambda: refused(node, "a").get("asker-rate", 0) >= 2000, "requests beyond the share are refused")
    sent, seconds = flood.stop(), time.monotonic() - begin
    n = served()
    print(f"{n} answers to {sent} requests of P in {seconds:.1f} s")
    check(0 < n <= ASKER_S * (seconds + 1) + ASKER_BURST, f"{n} answers in {seconds:.1f} s")
    # Discovers of ever new origins
    def discover(i):
        node_id = b"\2\x0f" + struct.pack(">I", i)
        p = romon.Port("q", 9, B_MAC)
        return romon.Node(node_id, [p]).discover(p).pack(60)
    before, begin = node.ask("status"), time.monotonic()
    flood = Flood(b, discover, GUESSES_S)
    wait(lambda: refused(node, "b").get("answer-rate", 0) >= 500, "Discovers beyond the share are not answered")
    watch.stop("requests and Discovers", WATCH_S)
    sent, seconds = flood.stop(), time.monotonic() - begin
    n = node.ask("status")["answers-sent"] - before["answers-sent"]
    print(f"{n} answers to {sent} Discovers in {seconds:.1f} s")
    check(n <= ANSWERS_S * (seconds + 1) + ANSWERS_BURST, f"{n} answers in {seconds:.1f} s")
    peer.stop()


def scenario(net, attack):
    box = net.box("box")
    ends = [net.end(box, f"eth{i}") for i in range(2)]
    node = net.romond(box, "me", {
        "romon": {"id": ME, "role": "master"}, "discovery": {"interval": "1s", "down-after": 1000, "late-after": 1000}, "log": {"level": "info"},
        "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("ab")}, **on_disk(net, "me")})
    if attack in ("ping", "ping-link"):
        pings(net, node, ends, attack == "ping-link")
    else:
        {"roster": rosters, "masters": masters, "endless-pages": endless, "amplification": amplification}[attack](net, node, ends)
