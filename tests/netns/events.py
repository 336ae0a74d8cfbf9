# SPDX-License-Identifier: BSD-3-Clause
"""What happens is told: to the list, the log, the history, and to a program of the operator. What flaps is damped.

   a ---- eth0 (a)  node  eth1 (b) ---- b
   c ---- eth2 (r0, relay group g)
   d ---- eth3 (r1, relay group g)
"""
import os

from harness import GROUP, check, equal, mac, sh, wait
import romon

PEER = "02:00:00:00:0e:01"  # its address
ORIGIN = "02:0e:00:00:00:01"  # its RoMON id
HOOK = """#!/bin/sh
{ env | grep ^ROMON_; echo; } >>%(out)s.part.$$
cat %(out)s.part.$$ >>%(out)s
rm %(out)s.part.$$
[ "$ROMON_EVENT" != config-failed ] || exec sleep 1000
"""


def hook_write(path, out):
    with open(path, "w", encoding="utf-8") as f:
        f.write(HOOK % {"out": out})
    os.chmod(path, 0o755)


def hook_runs(out):
    """The events that the program was given: one dict of its environment each."""
    if not os.path.exists(out):
        return []
    with open(out, encoding="utf-8") as f:
        blocks = f.read().split("\n\n")
    return [dict(line.split("=", 1) for line in b.splitlines()) for b in blocks if b.strip()]


def listed(node, kind, **wanted):
    """Events of a kind whose fields are as wanted."""
    wanted = {k.replace("_", "-"): v for k, v in wanted.items()}
    return [e for e in node.ask("events", since=0)["rows"]
            if e["type"] == kind and all(e[k] == v for k, v in wanted.items())]


def scenario(net):
    box = net.box("box")
    a, b, c, d = (net.end(box, f"eth{i}") for i in range(4))
    out, hook = os.path.join(net.dir, "hook.out"), os.path.join(net.dir, "hook.sh")
    hook_write(hook, out)
    config = {
        "romon": {"id": "02:00:00:00:00:01", "neighbor-age": "1s"},
        "ports": {"a": {"device": "eth0", "link-id": 1}, "b": {"device": "eth1", "link-id": 2}},
        "relay-groups": {"g": {"loop-guard": "60s", "ports": {"r0": {"device": "eth2"}, "r1": {"device": "eth3"}}}},
        "events": {"exec": hook, "exec-timeout": "1s"},
    }
    node = net.romond(box, "node", config)

    # a neighbor comes and goes
    port = romon.Port("x", 7, mac(PEER))
    a.send(romon.Node(mac(ORIGIN), [port]).discover(port).pack(128))
    wait(lambda: listed(node, "neighbor-up", port="a", mac_address=PEER, severity="info"), "the neighbor is new")
    wait(lambda: listed(node, "neighbor-changed", port="a", mac_address=PEER, id=ORIGIN), "its id is known")
    wait(lambda: listed(node, "neighbor-down", port="a", mac_address=PEER), "the neighbor is silent")

    # a link goes and comes
    sh("ip", "link", "set", a.ifname, "down")
    wait(lambda: listed(node, "port-down", port="a", severity="warning"), "a is down")
    sh("ip", "link", "set", a.ifname, "up")
    wait(lambda: listed(node, "port-up", port="a"), "a is up")

    # a loop: one source on both ports of the group
    frame = GROUP + mac("02:00:00:00:0d:01") + b"\x88\xbf" + b"loop".ljust(60, b"\0")
    c.send(frame)
    check(d.recv() == frame, "the frame did not cross")
    d.send(frame)
    wait(lambda: listed(node, "loop", port="r1", mac_address="02:00:00:00:0d:01"), "the loop is named")

    # configurations, a good one and a bad one; the hook hangs on the latter
    node.ctl("reload")
    wait(lambda: listed(node, "config-applied", severity="notice"), "the configuration is in force")
    node.write(None, raw="romon: {hop-limit: nothing}\n")
    node.ctl("reload", exit_code=1)
    wait(lambda: listed(node, "config-failed", severity="error"), "the configuration is refused")
    node.write(config)

    # the program got each of them, as the list has them
    rows = node.ask("events", since=0)["rows"]
    wait(lambda: len(hook_runs(out)) >= len(rows), "the program was run for each event")
    runs = {int(r["ROMON_SEQ"]): r for r in hook_runs(out)}
    for e in rows:
        r = runs[e["seq"]]
        equal((r["ROMON_EVENT"], r["ROMON_SEVERITY"], r["ROMON_TIME"], r["ROMON_PORT"], r["ROMON_MAC"], r["ROMON_ID"],
               r["ROMON_IDENTITY"], r["ROMON_TEXT"]),
              (e["type"], e["severity"], e["time"], e["port"] or "", e["mac-address"] or "", e["id"] or "",
               e["identity"] or "", e["text"]), f"environment for event {e['seq']}")
    wait(lambda: "killed after 1000 ms" in node.log_text() and "(config-failed)" in node.log_text(),
         "the program that hangs is killed")
    equal(node.port("b")["state"], "up", "b, meanwhile")

    # a link that flaps is told a few times, then summed up
    for _ in range(6):
        for state in ("down", "up"):
            sh("ip", "link", "set", b.ifname, state)
            wait(lambda s=state: node.port("b")["state"] == s, f"b is {state}")
    summary = wait(lambda: [e for k in ("port-up", "port-down") for e in listed(node, k, port="b") if "more changes" in e["text"]],
                   "the flaps are summed up", 40)
    flaps = [e for k in ("port-up", "port-down") for e in listed(node, k, port="b")]
    print(f"12 changes of b: {len(flaps)} events, the last: {summary[0]['text']}")
    equal(len(flaps), 7, "events of b: six and a summary")
    equal(summary[0]["type"], "port-up", "the summary tells how it is now")
    check("5 more changes" in summary[0]["text"], summary[0]["text"])
    check(listed(node, "port-down", port="a"), "a is not damped by b")

    # the history survives a kill, and its numbers go on
    last = max(node.ask("events", since=0)["rows"], key=lambda e: e["seq"])

    def history():
        return node.ctl("events", "--history")

    wait(lambda: history()[-1]["text"] == last["text"], "the history is written")
    before = history()
    equal([(e["type"], e["port"], e["text"]) for e in before],
          [(e["type"], e["port"], e["text"]) for e in node.ask("events", since=0)["rows"]], "history and list")
    node.kill()
    node.start()
    equal(history()[: len(before)], before, "the history after kill -9")
    node.ctl("reload")
    wait(lambda: len(history()) > len(before) and history()[-1]["type"] == "config-applied", "the history goes on")
    equal([e["seq"] for e in history()], list(range(1, len(history()) + 1)), "numbers of the history")
    equal(len(node.ctl("events", "--history", "--since", str(len(before)))), len(history()) - len(before), "the rest")
