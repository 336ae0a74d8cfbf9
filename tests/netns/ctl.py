# SPDX-License-Identifier: BSD-3-Clause
"""What an operator sees of a romond that works, of one with a port down, and of one that is dead: the rates of top
are those of the load, check has the exit codes of a plugin, doctor finds what is wrong, events come as they happen.

             +---- box ----+
    end a ---+ eth0   r0   |
    end b ---+ eth1   r1   |
             +-------------+
"""
import json
import signal
import subprocess
import time

from harness import ROMONCTL, Counter, Sender, check, data_load, equal, model_of, sh, wait

RATE = 500  # frames a second
WITHIN = 0.1


def near(got, wanted, what):
    check(abs(got - wanted) <= WITHIN * wanted, f"{what}: top says {got:.1f}, wanted {wanted:.1f}")


def rates_are_right(node, a, b):
    load, leaves = data_load(model_of(node), "r0", 2)
    frame = load.pack()
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(a, [frame], RATE)
    wait(lambda: len(counter.seen) > RATE, "the load flows")
    start, before = time.monotonic(), len(counter.seen)
    rates = node.ctl("top", "--once", "--interval", "2s")
    real = (len(counter.seen) - before) / (time.monotonic() - start)
    sender.stop()
    counter.stop()
    ports = {p["name"]: p for p in rates["ports"]}
    near(ports["r0"]["rx-frames-per-s"], real, "frames/s in")
    near(ports["r1"]["tx-frames-per-s"], real, "frames/s out")
    near(ports["r0"]["rx-bits-per-s"], real * len(frame) * 8, "bits/s in")
    near({t["type"]: t["frames-per-s"] for t in rates["types"]}["Data"], real, "Data frames/s")
    near(sum(w["rx-frames-per-s"] for w in rates["workers"]), real, "frames/s of the workers")
    equal(ports["r0"]["drops-per-s"], 0, "drops/s")
    print(f"load {real:.1f} frames/s, top says {ports['r0']['rx-frames-per-s']:.1f} over {rates['interval-ms']} ms")


def plugin(node, box, *args):
    """Exit code and line of check."""
    r = subprocess.run(box.argv(ROMONCTL, "-s", node.socket_path, "check", *args), stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=60, check=False)
    equal(r.stdout.count("\n"), 1, "lines of check")
    return r.returncode, r.stdout


def doctor(node, box, *args):
    """Exit code and rows of doctor, which looks at the box from inside."""
    r = subprocess.run(box.argv(ROMONCTL, "-s", node.socket_path, "-o", "json", "doctor", *args),
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    equal(r.stderr, "", "errors of doctor")
    return r.returncode, json.loads(r.stdout)


def levels(rows, what):
    return {row["level"] for row in rows if row["what"] == what}


def scenario(net):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01"},
        "ports": {"r0": {"device": "eth0", "link-id": 1}, "r1": {"device": "eth1", "link-id": 2}},
    })

    rates_are_right(node, a, b)

    # all is well
    code, line = plugin(node, box)
    equal(code, 0, line)
    check(line.startswith("ROMOND OK - 2 of 2 ports up"), line)
    code, rows = doctor(node, box)
    equal(code, 0, f"doctor of a healthy box: {rows}")
    equal(levels(rows, "eth0") - {"warn"}, {"ok"}, "eth0")  # a veth keeps tags beside the frame: a warning
    equal(levels(rows, "port r1"), {"ok"}, "port r1")
    equal(levels(rows, "capabilities"), {"ok"}, "capabilities")
    equal(plugin(node, box, "--min-neighbors", "100000")[0], 2, "too few neighbors")

    # one port loses its link: whoever follows the events sees it at once
    follow = subprocess.Popen([ROMONCTL, "-s", node.socket_path, "-o", "jsonl", "events", "--follow", "--since", "0"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    net.others.append(follow)
    sh("ip", "link", "set", "t-box-eth0", "down")
    wait(lambda: node.port("r0")["state"] == "down", "r0 is down")
    seen = []
    while not (seen and seen[-1]["port"] == "r0" and "down" in seen[-1]["text"]):
        line = follow.stdout.readline()
        check(line, f"the feed ended: {seen}")
        seen.append(json.loads(line))
    follow.send_signal(signal.SIGINT)
    equal(follow.wait(30), 0, "exit code of events --follow")
    follow.stdout.close()
    code, line = plugin(node, box)
    equal(code, 1, line)
    check("WARNING - port r0 is down" in line, line)
    code, rows = doctor(node, box)
    equal((code, levels(rows, "port r0")), (0, {"warn"}), "doctor with a link down")

    # both ports, and an interface that somebody brought down
    box.sh("ip", "link", "set", "eth1", "down")
    wait(lambda: node.port("r1")["state"] == "down", "r1 is down")
    code, line = plugin(node, box)
    equal(code, 2, line)
    check("no port is up" in line, line)
    code, rows = doctor(node, box)
    equal((code, levels(rows, "eth1") - {"warn"}), (1, {"fail"}), "doctor with an interface down")
    sh("ip", "link", "set", "t-box-eth0", "up")
    box.sh("ip", "link", "set", "eth1", "up")
    node.wait_up()
    equal(plugin(node, box)[0], 0, "check after it all came back")

    # a script of commands on one connection; the shell of the box outlives romond
    script = subprocess.run([ROMONCTL, "-s", node.socket_path, "-o", "jsonl"], input="log level\nports\n",
                            capture_output=True, text=True, timeout=60, check=False)
    equal((script.returncode, script.stdout.count("\n")), (0, 3), "a script of two commands")

    # romond is dead
    node.stop()
    code, line = plugin(node, box)
    equal(code, 2, line)
    check(line.startswith("ROMOND CRITICAL - romond is not running"), line)
    code, rows = doctor(node, box)
    equal((code, levels(rows, "romond")), (1, {"fail"}), "doctor without romond")
    code, rows = doctor(node, box, "-c", node.config_path)
    equal((code, levels(rows, "romond"), levels(rows, "config")), (0, {"warn"}, {"ok"}), "doctor before the start")
