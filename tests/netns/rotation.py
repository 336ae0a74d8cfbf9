# SPDX-License-Identifier: BSD-3-Clause
"""Secrets are introduced, changed and removed by `romonctl secrets rotate` on five nodes in a ring, under load.

              n1 --- n2            every node: ports cw and ccw on the ring, with the list of the file;
             /         \\           port edge to the tester, unsigned (a list of its own: "")
           n5           n3
             \\         /           Data enters at every edge and leaves two nodes on, both ways round:
              `-- n4 -'            ten paths, each of three nodes; every link of the ring is crossed both ways

Counted: every frame has a number. While all nodes live each number that was sent must arrive, once.
Where a node is killed, the four paths that do not cross it must lose nothing at all. The six that cross it lose what
was in it and what was sent while it was away, and nothing once it is back. ROMOND_RATE=0 measures what
the ring carries here, and loads it by half.
"""
import base64
import json
import os
import signal
import struct
import subprocess
import threading
import time

from harness import BUILD, ROMONCTL, Sender, check, equal, mac, romon, wait

N = 5
RATE = int(os.environ.get("ROMOND_RATE", "600"))  # frames a second into each edge
BACK_S = 4.0 if "asan" in BUILD else 2.0  # a restarted node is heard again, signed, by both neighbors
VARIANTS = {"change": {"part": "change"}, "restart": {"part": "restart"}, "refuse": {"part": "refuse"}}


def secret():
    return base64.b64encode(os.urandom(18)).decode()


def write_private(path, text):
    with open(path, "w", encoding="utf-8") as f:
        os.fchmod(f.fileno(), 0o600)
        f.write(text)


def name(i):
    return f"n{(i - 1) % N + 1}"


class Ring:
    def __init__(self, net, first):
        self.net = net
        self.boxes = {name(i): net.box(name(i)) for i in range(1, N + 1)}
        self.ends, self.files, self.nodes = {}, {}, {}
        for i in range(1, N + 1):
            net.wire(self.boxes[name(i)], "cw", self.boxes[name(i + 1)], "ccw")
            self.ends[name(i)] = net.end(self.boxes[name(i)], "edge0")
        for i in range(1, N + 1):
            n = name(i)
            self.files[n] = os.path.join(net.dir, f"{n}.secrets")
            write_private(self.files[n], first)
            self.nodes[n] = net.romond(self.boxes[n], n, {
                "romon": {"id": f"02:00:00:00:00:0{i}", "role": "master", "secrets-file": self.files[n]},
                "discovery": {"interval": "1s", "late-after": 2},
                "ports": {"cw": {"device": "cw", "link-id": 1}, "ccw": {"device": "ccw", "link-id": 2},
                          "edge": {"device": "edge0", "link-id": 3, "secrets": [""]}},
            })
            self.ends[n].only_romon(romon.DATA)
        for node in self.nodes.values():
            self.wait_known(node)

    def wait_known(self, node):
        """Both neighbors on the ring are heard, with their ids: whom the assistant can ask."""
        def heard():
            rows = [r for r in node.ask("neighbors")["rows"] if r["port"] != "edge"]
            return {r["port"] for r in rows if r["id"]} == {"cw", "ccw"}
        wait(heard, f"{node.name} hears both neighbors", 30)

    def mac(self, n, port):
        return mac(self.nodes[n].port(port)["mac"])

    def path(self, i, way, run):
        """The frame of a path as it comes to the edge of node i, on round the ring by way, and the nodes that it
        crosses."""
        step = 1 if way == "cw" else -1
        back = "ccw" if way == "cw" else "cw"
        link = 1 if way == "cw" else 2
        first = name(i)
        hops = [romon.Hop(9, self.mac(first, "edge"))]
        hops += [romon.Hop(link, self.mac(name(i + k * step), back)) for k in (1, 2)]
        hops.append(romon.Hop(3, mac("02:00:00:00:0e:02")))
        frame = romon.Frame(romon.DATA, mac(f"02:0e:00:00:00:0{i}"), mac("02:0e:00:00:0f:01"), eth_src=mac("02:00:00:00:0e:01"),
                            eth_dst=self.mac(first, "edge"), src_port=256, dst_port=4, hops=hops,
                            payload=b"ROTATION" + bytes([run, i, way == "cw"]) + bytes(25))
        return frame.pack(), {name(i + k * step) for k in range(3)}

    def ctl(self, n, *words, code=0):
        return self.nodes[n].ctl("secrets", *words, exit_code=code)


class Load:
    """Numbered frames over all ten paths, all the time; even numbers go clockwise."""

    runs = 0

    def __init__(self, ring, rate):
        Load.runs += 1
        self.run = Load.runs
        self.ring, self.seen, self.crosses, self.stopped = ring, {}, {}, False
        frames = {}
        for i in range(1, N + 1):
            pair = []
            for k, way in enumerate(("cw", "ccw")):
                frame, self.crosses[i, k] = ring.path(i, way, self.run)
                self.seen[i, k] = []
                pair.append(frame)
            frames[i] = pair
        self.before = {i: ring.nodes[name(i)].port("edge")["rx-frames"] for i in frames}
        self.threads = [threading.Thread(target=self._read, args=(e,), daemon=True) for e in ring.ends.values()]
        for t in self.threads:
            t.start()
        self.senders = {i: Sender(ring.ends[name(i)], pair, rate) for i, pair in frames.items()}

    def _read(self, end):
        while not self.stopped:
            frame = end.recv(0.05)
            at = frame.find(b"ROTATION") if frame else -1
            if at > 0 and frame[:6] == mac("02:00:00:00:0e:02") and frame[at + 8] == self.run:  # not what the tester sends
                self.seen[frame[at + 9], 1 - frame[at + 10]].append(struct.unpack("!I", frame[-4:])[0])

    def n_seen(self, without=None):
        return sum(len(v) for k, v in self.seen.items() if without is None or without not in self.crosses[k])

    def stop(self):
        sent = {i: s.stop() for i, s in self.senders.items()}
        last, still = -1, time.monotonic()
        while time.monotonic() - still < 0.5:  # until nothing comes any more
            if self.n_seen() != last:
                last, still = self.n_seen(), time.monotonic()
            time.sleep(0.02)
        self.stopped = True
        for t in self.threads:
            t.join()
        return sent

    def gaps(self, key, sent):
        """Runs of numbers of a path that did not arrive: [(first, how many)]."""
        wanted = range(key[1], sent, 2)
        have = set(self.seen[key])
        out, run = [], None
        for k in wanted:
            if k in have:
                run = None
            elif run is None:
                run = [k, 1]
                out.append(run)
            else:
                run[1] += 1
        return out

    def judge(self, what, killed=None, back=None):
        """back: the last number that was sent into each path over the killed node when it was back."""
        sent = self.stop()
        n_sent, n_lost, n_lost_crossing, n_late = 0, 0, 0, 0
        for key, numbers in self.seen.items():
            gaps = self.gaps(key, sent[key[0]])
            lost = sum(n for _, n in gaps)
            check(len(numbers) == len(set(numbers)), f"{what}: path {key}: a frame came twice")
            n_late += sum(b < a for a, b in zip(numbers, numbers[1:]))
            n_sent += (sent[key[0]] + 1 - key[1]) // 2
            if killed in self.crosses[key]:
                n_lost_crossing += lost
                # what its devices held when it began to poll them lies between two parts of the gap of its death
                late = [g for g in gaps if g[0] > back[key]]
                check(not late, f"{what}: path {key} over {killed}: lost after it was back: {late} of {gaps}; "
                      + str({n: node.drops() for n, node in self.ring.nodes.items()}))
                check(numbers and max(numbers) > sent[key[0]] - 3, f"{what}: path {key} over {killed} did not come back")
            else:
                n_lost += lost
                check(not gaps, f"{what}: path {key}: lost {gaps} (first number, how many) of {sent[key[0]]}; "
                      + str({n: node.drops() for n, node in self.ring.nodes.items()}))
        facts = f"{what}: {n_sent} frames sent over {len(self.seen)} paths, {self.n_seen()} arrived, {n_lost} lost, {n_late} behind a later one"
        if killed:
            facts += f"; of the {sum(killed in c for c in self.crosses.values())} paths over {killed}: {n_lost_crossing} while it was away"
        print(facts, flush=True)


def full_load(ring):
    """Frames a second into each edge that all arrive when more are offered: what the ring can carry here."""
    load = Load(ring, 50000)
    time.sleep(0.5)
    begin, n = time.monotonic(), load.n_seen()
    time.sleep(2)
    rate = (load.n_seen() - n) / (time.monotonic() - begin) / N
    load.stop()
    print(f"full load: {rate:.0f} frames/s into each of {N} edges", flush=True)
    return rate


def walk(ring, how, stages=(1, 2, 3), on_stage=lambda stage: None):
    """Each stage on every node, one after the other, as docs/secrets.md says."""
    for stage in stages:
        on_stage(stage)
        for n in ring.nodes:
            answer = ring.ctl(n, "rotate", *how, "--stage", str(stage))
            equal(answer["stage"], stage, f"{n}: stage")
            equal((answer["steps"][0]["neighbors-asked"], answer["steps"][0]["neighbors-silent"]), (2, 0), f"{n}: neighbors")


def how_neighbors_send(ring, n):
    """[(port, entry that the last good frame of the neighbor was signed by)], and the same of telemetry's source."""
    rows = sorted((r["port"], r["secret"]) for r in ring.nodes[n].ask("neighbors")["rows"] if r["port"] != "edge")
    status = {r["port"]: r for r in ring.ctl(n, "status")}
    for port in ("cw", "ccw"):
        s = status[port]
        parts = [s["neighbors-unsigned"], *(s[f"neighbors-entry-{k}"] for k in range(1, 5)), s["neighbors-unknown"]]
        equal((s["neighbors"], sum(parts)), (1, 1), f"{n}: neighbors of {port} by how they sign: {s}")
    return rows


def all_send(ring, entry, what):
    wait(lambda: all(how_neighbors_send(ring, n) == [("ccw", entry), ("cw", entry)] for n in ring.nodes), what)


def lines(ring, n):
    with open(ring.files[n], encoding="utf-8") as f:
        equal(os.fstat(f.fileno()).st_mode & 0o777, 0o600, "mode of the file of secrets")
        return f.read().split()


def change(ring, secrets):
    """None, the first one, another one, none again: nothing is lost."""
    one, two = (os.path.join(ring.net.dir, s) for s in ("one", "two"))
    rate = RATE or full_load(ring) / 2
    load = Load(ring, rate)
    all_send(ring, 0, "all send unsigned")
    for how, file, left in ((("--new-secret-file", one), one, [secrets[0]]), (("--new-secret-file", two), two, [secrets[1]]),
                            (("--remove",), None, ['""'])):
        begin = time.monotonic()
        plan = ring.ctl("n1", "plan", *how)
        equal((plan["stage"], plan["in-force"], plan["ports"], plan["own-ports"]), (0, True, ["cw", "ccw"], ["edge"]), "plan")
        walk(ring, how, (1, 2))
        # with real frames: n1 and n2 signed by the old one until a moment ago, and sign by the new one now
        all_send(ring, 0 if file is None else 1, f"all follow {how}")
        walk(ring, how, (3,))
        for n in ring.nodes:
            equal(lines(ring, n), left, f"{n}: file of secrets")
        equal(ring.ctl("n1", "plan", *how)["stage"], 3, "plan at the end")
        print(f"{' '.join(how[:1])}: three stages on {N} nodes in {time.monotonic() - begin:.1f} s", flush=True)
    load.judge(f"none, first secret, other secret, none, at {rate:.0f} frames/s an edge")


def restart(ring, secrets):
    """A node is killed and started again at each stage, in the middle of the walk."""
    two = os.path.join(ring.net.dir, "two")
    for death, when in ((signal.SIGKILL, 1), (signal.SIGTERM, 2)):
        begin_list = lines(ring, "n1")
        how = ("--new-secret-file", two) if when == 1 else ("--new-secret-file", os.path.join(ring.net.dir, "one"))
        load = Load(ring, RATE or 600)
        wait(lambda: load.n_seen() > 100, "load flows")
        walk(ring, how, range(1, when + 1))
        node = ring.nodes["n3"]
        node.signal(death)
        node.process.wait(15)
        node.start()
        up = time.monotonic()
        crossing = {k: len(load.seen[k]) for k in load.seen if "n3" in load.crosses[k]}
        wait(lambda: all(len(load.seen[k]) > n for k, n in crossing.items()), "frames cross the node again",
             BACK_S)
        back = {k: load.senders[k[0]].n_sent() for k in crossing}
        wait(lambda: all(r["secret"] is not None and r["secret"] > 0 for n in ("n2", "n3", "n4")
                         for r in ring.nodes[n].ask("neighbors")["rows"] if r["port"] != "edge"),
             "n3 and its neighbors know each other's signature again", BACK_S)
        print(f"back, signed, {time.monotonic() - up:.2f} s after its ports were up", flush=True)
        ring.wait_known(node)
        walk(ring, how, range(when + 1, 4))
        check(lines(ring, "n1") != begin_list, "the walk went on to its end")
        load.judge(f"walk with {death.name} of n3 after stage {when}", killed="n3", back=back)


def refuse(ring, secrets):
    """A step that would cut a neighbor off is taken back; an interrupted one too; then it goes on."""
    two = os.path.join(ring.net.dir, "two")
    how = ("--new-secret-file", two)
    n1, others = ring.nodes["n1"], ["n3", "n4", "n5"]

    def said(n, *words, code=1):
        r = subprocess.run([ROMONCTL, "-s", ring.nodes[n].socket_path, "secrets", "rotate", *how, *words],
                           capture_output=True, text=True, timeout=60, check=False)
        equal(r.returncode, code, f"rotate {words}: {r.stderr}")
        return r.stderr

    # stages in order only
    check("stage 1 comes first" in said("n1", "--stage", "2"), "stages are not skipped")
    for n in ["n1", *others]:
        ring.ctl(n, "rotate", *how, "--stage", "1")
    equal(lines(ring, "n1"), [secrets[0], secrets[1]], "stage 1")

    # n2 has not stage 1: n1 must not sign with what n2 does not have. The ring still leads to n2 the other way,
    # which must not count as an answer.
    generation = n1.ask("status")["generation"]
    text = said("n1", "--stage", "2")
    check("02:00:00:00:00:02 on port cw does not answer any more: taken back" in text, f"who is named: {text}")
    equal(n1.ask("status")["generation"], generation + 2, "one trial, taken back")
    equal((lines(ring, "n1"), os.path.exists(ring.files["n1"] + ".next")), ([secrets[0], secrets[1]], False), "files")
    wait(lambda: how_neighbors_send(ring, "n1") == [("ccw", 1), ("cw", 1)], "n1 hears both neighbors by the old secret")
    wait(lambda: how_neighbors_send(ring, "n2") == [("ccw", 1), ("cw", 1)], "and n2 hears n1")

    # the same, and the assistant is killed in the middle of its trial: the next one takes it back
    argv = [ROMONCTL, "-s", n1.socket_path, "secrets", "rotate", *how, "--stage", "2", "--confirm-within", "10s"]
    p = ring.net.process(ring.boxes["n1"], *argv)
    wait(lambda: n1.ask("status")["confirm-left-ms"] is not None, "the trial has begun")
    p.kill()
    p.wait()
    check(n1.ask("status")["confirm-left-ms"] is not None, "the trial is still there")
    ring.ctl("n2", "rotate", *how, "--stage", "1")
    text = said("n1", "--stage", "2", code=0)
    check("taking back the trial that an earlier run left behind" in text, f"what the next run says: {text}")
    equal(lines(ring, "n1"), [secrets[1], secrets[0]], "stage 2 of n1")

    # again, and nobody comes: romond takes it back by itself
    p = ring.net.process(ring.boxes["n3"], ROMONCTL, "-s", ring.nodes["n3"].socket_path, "config", "apply", ring.nodes["n3"].config_path,
                         "--secrets-file", ring.files["n1"], "--confirm-within", "1s")
    equal(p.wait(15), 0, "apply by hand")
    wait(lambda: any(e["type"] == "config-rolled-back" for e in ring.nodes["n3"].ask("events")["rows"]), "romond goes back")
    equal(lines(ring, "n3"), [secrets[0], secrets[1]], "n3 stays at stage 1")

    # stage 3 would cut off who still signs with the old secret
    text = said("n1", "--stage", "3")
    check("stage 3 would cut off 2 neighbors" in text and "still signs with an old secret" in text, f"stage 3: {text}")
    equal(how_neighbors_send(ring, "n1"), [("ccw", 2), ("cw", 2)], "both neighbors sign with the old one, now entry 2")

    # confirmed, but the file was not yet put in its place: the next run finishes it
    write_private(ring.files["n3"] + ".next", f"{secrets[1]}\n{secrets[0]}\n")
    ring.nodes["n3"].ctl("config", "apply", ring.nodes["n3"].config_path, "--secrets-file", ring.files["n3"] + ".next",
                         "--confirm-within", "30s")
    ring.nodes["n3"].ctl("config", "confirm")
    text = said("n3", "--stage", "2", code=0)
    check("finishing what an earlier run confirmed" in text and "stage 2 of 3 is in force already" in text, text)
    equal((lines(ring, "n3"), os.path.exists(ring.files["n3"] + ".next")), ([secrets[1], secrets[0]], False), "files of n3")

    # all the rest by --auto on all nodes at once
    runs = [subprocess.Popen([ROMONCTL, "-s", node.socket_path, "-o", "json", "secrets", "rotate", *how, "--auto", "--wait", "40s"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for node in ring.nodes.values()]
    for n, run in zip(ring.nodes, runs):
        out, err = run.communicate(timeout=90)
        equal(run.returncode, 0, f"--auto on {n}: {err}")
        equal(json.loads(out)["stage"], 3, f"--auto on {n}")
        equal(lines(ring, n), [secrets[1]], f"{n}: file of secrets")


    # what `why` says of a node that has another secret, and of one that has none
    def told(n, port, words):
        sender = ring.nodes[name(int(n[1]) - 1)].port("cw")["mac"]
        causes = [f["cause"] for f in ring.nodes[n].ask("why", port=port)[0]["findings"] if f["level"] == "error"]
        return any(words in c and sender in c for c in causes) or check(False, f"why {port} of {n}: {causes}")

    for n, text, victim, words in (("n1", secret(), "n2", "this neighbor signs with a secret that we do not have"),
                                   ("n3", '""', "n4", "a neighbor sends unsigned frames")):
        write_private(ring.files[n], text + "\n")
        ring.nodes[n].ctl("reload")
        wait(lambda: told(victim, "ccw", words), f"{victim} tells what is wrong with {n}", 30)


def scenario(net, part):
    secrets = [secret(), secret()]
    ring = Ring(net, '""\n' if part == "change" else secrets[0] + "\n")
    for word, text in zip(("one", "two"), secrets):
        write_private(os.path.join(net.dir, word), text + "\n")
    {"change": change, "restart": restart, "refuse": refuse}[part](ring, secrets)
    for node in ring.nodes.values():
        node.balanced()
