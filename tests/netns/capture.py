# SPDX-License-Identifier: BSD-3-Clause
"""capture and torch under load: no forwarded frame is lost, every captured frame is decoded by tshark with our
dissector, filters hold, and what could not be kept is counted.

            +-------- box --------+
    end a --+ eth0   port west    |      Data from a to b at a steady rate,
    end b --+ eth1   port east    |      Discovers and broken frames beside it
            +---------------------+
"""
import collections
import json
import os
import shutil
import subprocess

import romon
from harness import (DEADLINE, ROMONCTL, ROOT, Counter, Failure, Sender, Skip, all_arrive, check, data_load, equal, mac,
                     model_of, wait)

DISSECTOR = os.path.join(ROOT, "config/wireshark/romon.lua")
FIELDS = ("frame.number", "frame.interface_name", "romon.verdict", "romon.type", "romon.src", "romon.dst", "frame.len",
          "frame.cap_len", "frame.packet_flags_direction")
RATE = 4000

VARIANTS = {"af-xdp": {"driver": "af-xdp"}, "af-packet": {"driver": "af-packet"}}


class Capture:
    """A `romonctl capture` that runs beside the scenario."""

    def __init__(self, net, node, name, *options):
        self.path = os.path.join(net.dir, name)
        argv = [ROMONCTL, "-s", node.socket_path, "capture", "-w", self.path, *options]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        net.others.append(self.process)
        # the head of the file comes when workers know of the tap
        wait(lambda: self.process.poll() is not None or os.path.getsize(self.path) > 0, f"{name} has begun")

    def end(self, interrupt=True):
        """(frames, lost) as romonctl says them."""
        if interrupt:
            self.process.send_signal(2)
        _, err = self.process.communicate(timeout=30)
        equal(self.process.returncode, 0, f"exit code of capture ({err.strip()})")
        words = err.split()
        equal(words[1:3] + words[4:], ["frames", "captured,", "lost"], "what capture says at its end")
        return int(words[0]), int(words[3])

    def rows(self):
        """A dict of FIELDS for each frame, as tshark sees it."""
        argv = ["tshark", "-n", "-X", f"lua_script:{DISSECTOR}", "-r", self.path, "-T", "fields", "-E", "separator=|"]
        for field in FIELDS:
            argv += ["-e", field]
        p = subprocess.run(argv, capture_output=True, text=True, check=False)
        check(p.returncode == 0 and "Lua" not in p.stderr, f"tshark: exit {p.returncode}: {p.stderr}")
        return [dict(zip(FIELDS, line.split("|"))) for line in p.stdout.splitlines()]


class Torch:
    """A `romonctl torch` that has begun: it told of a frame. (Workers take it up at their next turn, which may be late.)"""

    def __init__(self, net, node, touch, port, *options):
        self.path = os.path.join(net.dir, "torch.jsonl")
        argv = [ROMONCTL, "-s", node.socket_path, "-o", "jsonl", "torch", port, *options]
        with open(self.path, "w", encoding="ascii") as out:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True)
        wait(lambda: touch() or os.path.getsize(self.path) > 0, "torch tells of a frame")

    def sums(self):
        """End it: frames and bytes by what they are."""
        _, err = self.process.communicate(timeout=DEADLINE)
        equal((self.process.returncode, err), (0, ""), "torch")
        sums = collections.Counter()
        with open(self.path, encoding="ascii") as f:
            for row in map(json.loads, f):
                for what in ("frames", "bytes"):
                    sums[row["direction"], row["id"], row["type"], row["service"], what] += row[what]
        return sums


def scenario(net, driver):
    if shutil.which("tshark") is None:
        raise Skip("tshark is not installed: scripts/install-deps test")
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01"},
        "ports": {"west": {"device": "eth0", "link-id": 1, "driver": driver},
                  "east": {"device": "eth1", "link-id": 2, "driver": driver}},
    })
    model = model_of(node)
    data, leaves = data_load(model, "west", 2)
    n_extra = 0

    def extra(frame):
        nonlocal n_extra
        a.send(frame)
        n_extra += 1

    # 1. under load: all that passes, both ways
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    west0, east0 = node.port("west"), node.port("east")
    capture = Capture(net, node, "all.pcapng")
    only = Capture(net, node, "only.pcapng", "--port", "west", "--in", "--id", "02:0e:00:00:00:01", "--type", "data",
                   "--snaplen", "70")
    stranger = romon.Node("02:0b:00:00:00:01", [romon.Port("p", 7, mac("02:00:00:00:0b:01"))])
    counted = Torch(net, node, lambda: extra(stranger.discover(stranger.ports[0]).pack()), "west", "--interval", "200ms")
    sender = Sender(a, [data.pack()], RATE)
    wait(lambda: len(counter.seen) > RATE // 4, "frames flow")
    for _ in range(20):
        broken = bytearray(data.pack())
        broken[14] = 9  # a type that does not exist
        extra(bytes(broken))
        extra(bytes(broken[:40]))  # a runt
    wait(lambda: len(counter.seen) > RATE, "more frames flow")
    all_arrive(node, "west", sender, counter, "while capturing", others=n_extra)
    wait(lambda: node.balanced(), "nothing is in flight")
    frames, lost = capture.end()
    counted.process.send_signal(2)
    west, east = node.port("west"), node.port("east")
    passed = sum(after[key] - before[key] for before, after in ((west0, west), (east0, east))
                 for key in ("rx-frames", "tx-frames"))
    # timers of the node may send between the look at the counters and the end of the capture
    check(abs(frames + lost - passed) <= 4, f"{frames} captured + {lost} lost, but {passed} passed")
    print(f"{passed} passed, {frames} captured, {lost} lost")
    rows = capture.rows()
    equal(len(rows), frames, "frames in the file, as tshark counts them")
    check(all(r["romon.verdict"] for r in rows), "a frame was not dissected")
    verdicts = collections.Counter(r["romon.verdict"] for r in rows)
    equal(set(verdicts), {"ok", "type-unknown", "runt"}, "verdicts")
    equal((verdicts["type-unknown"], verdicts["runt"]), (20, 20), "broken frames")
    names = {r["frame.interface_name"] for r in rows}
    equal(names, {"west", "east"}, "interfaces")
    out = subprocess.run([ROMONCTL, "decode", capture.path, "-o", "jsonl"], capture_output=True, text=True, check=True)
    decoded = [json.loads(line) for line in out.stdout.splitlines()]
    equal([r["verdict"] for r in decoded], [r["romon.verdict"] for r in rows], "verdicts of decode")
    n_data = sum(r["direction"] == "in" and r["src"] == "02:0e:00:00:00:01" and r["type"] == "Data" for r in decoded)
    times = [r["time"] for r in decoded]
    back = [(a, b) for a, b in zip(times, times[1:]) if b < a]
    equal(back, [], "frames stand in the order of time")

    # 2. the filtered one at the same time
    n_only, only_lost = only.end()
    rows = only.rows()
    equal(len(rows), n_only, "frames in the filtered file")
    equal({(r["frame.interface_name"], r["romon.type"], r["romon.src"], r["frame.cap_len"]) for r in rows},
          {("west", "3", "02:0e:00:00:00:01", "70")}, "what the filters let pass")
    check(lost + only_lost > 0 or n_only == n_data, f"{n_only} frames in the filtered file, {n_data} in the other")

    # 3. torch saw the same
    sums = counted.sums()
    key = ("in", "02:0e:00:00:00:01", "Data", "winbox")
    check(sums[(*key, "frames")] > 0, f"torch: {sums}")
    equal(sums[(*key, "bytes")], sums[(*key, "frames")] * len(data.pack()), "bytes of torch")
    equal(sums["in", None, "malformed", None, "frames"], 40, "malformed frames of torch")
    if lost == 0:
        equal(sums[(*key, "frames")], n_data, "frames of torch and of the capture")

    # 4. --count ends it, and a capture to standard output is read as it comes
    live = subprocess.Popen([ROMONCTL, "-s", node.socket_path, "capture", "-w", "-", "--count", "5", "--in"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = live.stdout.read(12)
    equal(first[:4], b"\x0a\x0d\x0d\x0a", "the head of a pcapng file, before any frame passed")
    for _ in range(9):
        a.send(data.pack())
    rest, err = live.communicate(timeout=15)
    equal((live.returncode, err.decode().split()[0]), (0, "5"), "capture --count 5")
    check(len(rest) > 5 * len(data.pack()), "five frames")

    # 5. a client that does not read loses frames, which are counted; forwarding goes on
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    before = node.port("west")["rx-frames"]
    stuck = Capture(net, node, "stuck.pcapng", "--port", "west", "--in")
    stuck.process.send_signal(19)  # SIGSTOP
    sender = Sender(a, [data.copy(payload=b"\1" * 1200).pack()], RATE)
    big = Counter(b, lambda f: False)
    wait(lambda: node.port("west")["rx-frames"] - before > 6000, "frames pass a capture that is not read", 30)
    sent = sender.stop()
    wait(lambda: node.balanced(), "nothing is in flight")
    stuck.process.send_signal(18)
    frames, lost = stuck.end()
    taken = node.port("west")["rx-frames"] - before
    print(f"not read: {sent} sent, {taken} taken, {frames} captured, {lost} lost")
    equal(frames + lost, taken, "frames and lost together")
    check(lost > 0, "nothing was lost: this was no test")
    equal(len(stuck.rows()), frames, "frames in the file")
    counter.stop()
    big.stop()
    equal(node.drops().get("tx-full", 0), 0, "frames lost by forwarding")
    if not node.alive():
        raise Failure("romond ended")
