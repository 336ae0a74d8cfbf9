# SPDX-License-Identifier: BSD-3-Clause
"""romond --demo works for a user without any rights: no root, no NIC, no hugepages, no file.

    five virtual ports with a simulated router behind each, inside one process

romon-gw --demo serves it: what it says to type works.
"""
import json
import os
import signal
import subprocess

from harness import BUILD, ROMOND, ROMONCTL, check, equal, sh, wait

NOBODY = 65534


def as_nobody(*argv):
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", *argv]


def gateway(net, home):
    sh("ip", "link", "set", "lo", "up")
    log = os.path.join(net.logs, "gateway.log")
    with open(log, "wb") as out:
        p = subprocess.Popen(as_nobody(os.path.join(BUILD, "app", "romon-gw", "romon-gw"), "--demo"), stdin=subprocess.DEVNULL, stdout=out,
                             stderr=out, env={**os.environ, "XDG_RUNTIME_DIR": home})
    net.others.append(p)
    with open(log, encoding="utf-8") as f:
        text = wait(lambda: (f.seek(0), f.read())[1] if "served on https:" in (f.seek(0), f.read())[1] else None, "romon-gw --demo serves")
    told = [line.split() for line in text.splitlines() if line.startswith("  curl ") and "stream" not in line]
    equal(len(told), 2, f"what it says to type: {text}")
    for argv in told:
        check('"hap-1"' in sh(*argv[:1], "-s", *argv[1:]), f"{argv}")
    p.send_signal(signal.SIGTERM)
    equal(p.wait(15), 0, "exit status of romon-gw --demo")


def scenario(net):
    home = os.path.join(net.dir, "nobody")
    os.makedirs(home)
    os.chown(home, NOBODY, NOBODY)
    log = os.path.join(net.logs, "demo.log")
    with open(log, "wb") as out:
        p = subprocess.Popen(
            as_nobody(ROMOND, "--demo"),
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, "XDG_RUNTIME_DIR": home},
        )
    net.others.append(p)
    found = []

    def socket_path():
        check(p.poll() is None, f"romond --demo ended with {p.returncode}: {open(log).read()[-2000:]}")
        for folder, _, files in os.walk(home):
            found[:] = [os.path.join(folder, f) for f in files if f == "control.sock"]
            if found:
                return found[0]
        return None

    path = wait(socket_path, "the demo's control socket", 10)

    def ctl(*words):
        return sh(ROMONCTL, "-s", path, *words)

    wait(lambda: len(ctl("-o", "jsonl", "neighbors").splitlines()) >= 3, "neighbors in the demo", 10)
    check("ether1" in ctl("ports") and "up" in ctl("ports"), "ports of the demo")
    wait(lambda: '"forwarded": 0' not in ctl("-o", "json", "status") and "forwarded" in ctl("-o", "json", "status"),
         "the demo's routers ping each other", 10)
    found_ids = "\n".join(f"02:00:00:00:d0:{i}" for i in ("10", "11", "12", "20", "21", "22"))
    wait(lambda: "\n".join(sorted(r["address"] for r in json.loads(ctl("-o", "json", "nodes")))) == found_ids,
         "the demo's routers, and those behind them, are in the inventory", 20)
    for name in ("hap-1", "wap-1"):
        check("received=2 packet-loss=0%" in ctl("ping", name, "-c", "2", "-i", "20ms"), f"{name} answers pings")
    gateway(net, home)
    p.send_signal(signal.SIGTERM)
    status = p.wait(15)
    text = open(log, encoding="utf-8", errors="replace").read()
    equal(status, 0, f"exit status of the demo after SIGTERM; its log ends:\n{text[-2000:]}\n")
    check("0 mbufs out" in text, "every buffer of the demo came back")
