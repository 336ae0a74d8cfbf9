# SPDX-License-Identifier: BSD-3-Clause
"""ping says why there is no answer, at once and by its exit code: too long for the path, down, unknown, itself, silence.

    me ----- mid ===== far        the link between mid and far takes 1,300 bytes
   master   agent     agent
"""
import json
import subprocess
import time

from harness import ROMONCTL, check, equal, wait

IDS = {"me": "02:00:00:00:00:01", "mid": "02:00:00:00:00:02", "Far": "02:00:00:00:00:03"}
AT_ONCE_S = 3.0  # a loaded machine included; nodes are looked for for 2 s


def ping(node, *words):
    """Exit code, rows, standard error, seconds until the end."""
    begin = time.monotonic()
    r = subprocess.run([ROMONCTL, "-s", node.socket_path, "-o", "jsonl", "ping", *words], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=60, check=False)
    return r.returncode, [json.loads(line) for line in r.stdout.splitlines()], r.stderr, time.monotonic() - begin


def scenario(net):
    boxes = {n: net.box(n.lower()) for n in IDS}
    net.wire(boxes["me"], "east", boxes["mid"], "west")
    net.wire(boxes["mid"], "east", boxes["Far"], "west")
    for n, port in (("mid", "east"), ("Far", "west")):
        boxes[n].sh("ip", "link", "set", port, "mtu", "1300")
    nodes = {}
    for n, ports in (("me", ["east"]), ("mid", ["west", "east"]), ("Far", ["west"])):
        nodes[n] = net.romond(boxes[n], n.lower(), {
            "romon": {"id": IDS[n], "identity": n, "role": "master" if n == "me" else "agent"}, "discovery": {"interval": "1s"},
            "ports": {p: {"device": p} for p in ports}})
    me = nodes["me"]

    def status(name):
        return {r["identity"]: r["status"] for r in me.ask("nodes")["rows"]}.get(name)
    wait(lambda: status("mid") == status("Far") == "ok", "all are found")

    # too long for the path: said at once, with the size that fits
    code, rows, _, seconds = ping(me, "Far", "-c", "1", "--size", "1400", "-t", "30")
    equal((code, rows[0]["status"], rows[0]["rtt-us"], rows[-1]["received"]), (1, "egress-mtu", None, 0), "a ping of 1,400 bytes")
    check(seconds < AT_ONCE_S, f"it took {seconds:.1f} s to say so")
    fits = rows[0]["size-max"]
    equal(fits, 1300 - 46 - 2 * 10 - 4, "the size that fits")
    for word in ("1300", "(mid)", "(Far)", f"--size {fits}", str(nodes["mid"].port("east")["link-id"])):
        check(word in rows[0]["detail"], f"{word} is not in: {rows[0]['detail']}")
    equal(ping(me, "Far", "-c", "1", "--size", str(fits))[0], 0, "a ping of that size")
    equal(ping(me, "Far", "-c", "1", "--size", str(fits + 1))[0], 1, "a ping of one byte more")
    equal(ping(me, "mid", "-c", "1", "--size", "1400")[0], 0, "a ping of 1,400 bytes to mid")
    text = subprocess.run([ROMONCTL, "-s", me.socket_path, "ping", "Far", "-c", "1", "--size", "1400"], capture_output=True, text=True, check=False).stdout
    check("egress-mtu" in text and f"--size {fits} fits" in text, f"for people: {text}")

    # names as people type them
    equal(ping(me, "fAR", "-c", "2", "-i", "0.05")[0], 0, "a name in other letters")
    for self_name in ("me", "ME", IDS["me"]):
        code, rows, err, seconds = ping(me, self_name, "-c", "1")
        equal((code, rows), (2, []), "a ping of itself")
        check("this node itself" in err and seconds < AT_ONCE_S, f"after {seconds:.1f} s: {err}")

    # nobody knows it
    for name, similar in (("fat", "Far"), ("02:00:00:00:00:99", None)):
        code, rows, err, seconds = ping(me, name, "-c", "1")
        equal((code, [r["status"] for r in rows]), (4, ["unknown"]), f"a ping of {name}")
        check("asking" in rows[0]["detail"] and f"no node {name} is known" in err, f"{rows} {err}")
        check(similar is None or f"did you mean {similar}?" in err, f"similar names: {err}")

    # silent: the path is known, nothing comes back
    nodes["Far"].write({**nodes["Far"].config, "services": {"ping": False}})
    nodes["Far"].ask("reload")
    code, rows, _, _ = ping(me, "Far", "-c", "2", "-i", "0.05", "-t", "0.3")
    equal((code, [r["status"] for r in rows[:-1]]), (1, ["timeout"] * 2), "pings of a node that answers none")

    # down
    nodes["Far"].stop()
    wait(lambda: status("Far") == "down", "Far is down", 30)
    wait(lambda: not any(r["reachable"] for r in me.ask("nodes")["rows"] if r["identity"] == "Far"), "no path leads there", 30)
    code, rows, err, seconds = ping(me, "far", "-c", "1")
    equal((code, [r["status"] for r in rows]), (1, ["down"]), "a ping of a node that is down")
    check("is down: it last answered" in err and "(Far)" in err, f"{rows} {err}")
