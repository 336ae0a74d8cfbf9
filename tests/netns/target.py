# SPDX-License-Identifier: BSD-3-Clause
"""Nodes are named by any notation of their id, by identity in any case, pattern and beginning; one that is not
known is looked for (public complaint 6: devices that nobody can search).

    ask ---- far, called "Dune-GW"; ask is an agent: it knows nobody until somebody wants to know
"""
import json
import os
import subprocess

from harness import ROMONCTL, check, equal

FAR = "02:00:00:00:00:0b"
NAMES = (FAR, FAR.upper(), FAR.replace(":", "-"), "0200.0000.000B", "020000-00000b", "02000000000b", "Dune-GW", "dune-gw", "dune", "*-gw",
         "02:00:00:00:00:0")
USAGE, NOT_FOUND = 2, 4


def ctl(node, *words):
    return subprocess.run([ROMONCTL, "-s", node.socket_path, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)


def address_of(node, *words):
    done = ctl(node, "-o", "json", *words)
    equal((done.returncode, done.stderr), (0, b""), f"{words}")
    return json.loads(done.stdout)


def forgotten(node):
    done = ctl(node, "forget", FAR)
    check(done.returncode in (0, NOT_FOUND), done.stderr.decode())


def scenario(net):
    boxes = {n: net.box(n) for n in ("ask", "far")}
    net.wire(boxes["ask"], "if0", boxes["far"], "if0")
    ask = net.romond(boxes["ask"], "ask", {"romon": {"id": "02:00:00:00:00:0a", "identity": "ask"}, "ports": {"p": {"device": "if0"}}})
    net.romond(boxes["far"], "far", {"romon": {"id": FAR, "identity": "Dune-GW"}, "ports": {"p": {"device": "if0"}}})

    # nobody is known: each way to name it looks for it, and finds it
    for name in ("dune-gw", "dun", "*-GW", "0200.0000.000b"):
        forgotten(ask)
        equal(address_of(ask, "node", name)["address"], FAR, f"{name} is looked for")
    forgotten(ask)
    equal(address_of(ask, "why", "Dune-GW")[0]["id"], FAR, "why looks for it")
    forgotten(ask)
    done = ctl(ask, "torch", "p", "--id", "dune", "--duration", "200ms")
    equal((done.returncode, done.stderr), (0, b""), "torch looks for it")
    forgotten(ask)
    done = ctl(ask, "capture", "--id", "dune", "--duration", "200ms", "-w", os.path.join(net.dir, "c.pcapng"))
    equal(done.returncode, 0, f"capture looks for it: {done.stderr.decode()}")
    forgotten(ask)
    done = ctl(ask, "proxy", "Dune-G")
    check(done.returncode not in (USAGE, NOT_FOUND), f"proxy looks for it: {done.stderr.decode()}")

    # all names of it, by all commands that take one
    for name in NAMES:
        equal(address_of(ask, "node", name)["address"], FAR, name)
        equal(address_of(ask, "why", name)[0]["id"], FAR, name)
        equal(ctl(ask, "ping", name, "-c", "1").returncode, 0, name)
    equal([r["address"] for r in address_of(ask, "nodes", "0200.0000.000b")], [FAR], "nodes by another notation")

    # nobody has this name, and that is said
    done = ctl(ask, "node", "nobody")
    equal(done.returncode, NOT_FOUND, done.stderr.decode())
    check(b"no node nobody is known" in done.stderr, done.stderr.decode())

    # completion knows them, in whatever case they are typed
    done = ctl(ask, "__complete", "-s", ask.socket_path, "proxy", "dune")
    check(b"Dune-GW" in done.stdout, f"completion: {done.stdout.decode()}")
