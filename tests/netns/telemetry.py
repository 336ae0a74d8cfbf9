# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's own dpdk-telemetry.py reads every /romon path, whatever bytes names and comments have.

            +-------- box --------+
    end a --+ eth0   port a       |    identity, comment and a neighbor's identity with bytes above 0x7f,
    end b --+ eth1   port b       |    quotes, backslashes and control characters
            +---------------------+
"""
import json
import shutil
import socket

from harness import DEADLINE, Skip, check, equal, sh, vectors, wait

PATHS = ["/romon/info", "/romon/config", "/romon/ports", "/romon/port,a", "/romon/workers", "/romon/worker,0",
         "/romon/neighbors,0,10", "/romon/drops", "/romon/streams", "/romon/stats"]
CLIENTS_MAX = 10  # of DPDK's socket


def telemetry(node, *commands):
    """command -> answer, by the stock client."""
    text = sh("dpdk-telemetry.py", "-f", node.base["file-prefix"], input="\n".join([*commands, "quit"]) + "\n")
    check(all(ord(ch) < 0x80 and (ch >= " " or ch == "\n") for ch in text), "the answers are ASCII")
    out = {}
    for line in text.splitlines():
        out.update(json.loads(line))
    return out


def connect(node):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(DEADLINE)
    path = f"/var/run/dpdk/{node.base['file-prefix']}/dpdk_telemetry.v2"
    # the queue of those who wait for DPDK's accept() is short
    wait(lambda: s.connect_ex(path) == 0, "DPDK's socket takes a connection")
    return s


def scenario(net):
    if not shutil.which("dpdk-telemetry.py"):
        raise Skip("dpdk-telemetry.py is not installed: run scripts/install-deps")
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    odd = "caf\u00e9 \u00ff\u20ac"
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01", "identity": odd},
        "ports": {"a": {"device": "eth0", "comment": 'quote " back \\ slash ' + odd}, "b": {"device": "eth1"}},
    })
    a.send(vectors()["discover-origin"])
    a.send(vectors()["discover-reply"][:-3])  # a drop
    b.recv()
    wait(lambda: node.ask("status")["drops"] == 1, "the bad frame is counted")

    listed = telemetry(node, "/")["/"]
    for path in PATHS:
        check(path.split(",")[0] in listed, f"{path} is not listed: {[p for p in listed if 'romon' in p]}")
    got = telemetry(node, *PATHS)
    for path in PATHS:
        check(got.get(path.split(",")[0]) is not None, f"{path}: no data: {got.get(path)}")
    status = node.ask("status")
    text = json.dumps(got)
    check("\\\\xc3\\\\xa9" in text or "\\\\u00e9" in text, f"the identity is escaped in {text[:600]}")
    stats = got["/romon/stats"]
    check(all(isinstance(v, int) for v in stats.values()), f"/romon/stats is flat and numeric: {stats}")
    check(1 < len(stats) <= 256, f"/romon/stats has {len(stats)} rows")
    # parameters that are wrong are answered, not fatal
    for path in ("/romon/port,nobody", "/romon/port", "/romon/worker,99", "/romon/worker,x", "/romon/neighbors,a,b",
                 "/romon/neighbors,999999,1"):
        telemetry(node, path)
    equal(node.ask("status")["pid"], status["pid"], "romond lives on")
    # paths beyond the list above, if the build has them
    more = [p for p in listed if p.startswith("/romon/") and p not in {q.split(",")[0] for q in PATHS}]
    telemetry(node, *more)

    # DPDK gives each client a thread that waits for ever, and takes ten: whoever holds them all shuts out telemetry, and
    # nothing of romond's own
    idle = [connect(node) for _ in range(CLIENTS_MAX)]
    check(all(s.recv(1 << 16) for s in idle), "DPDK greets each of them")
    equal(connect(node).recv(1 << 16), b"", "what DPDK says to one client more")
    equal(node.ask("status")["pid"], status["pid"], "the control socket answers beside idle clients of telemetry")
    for s in idle:
        s.close()
    wait(lambda: connect(node).recv(1 << 16), "DPDK takes clients again")
    node.balanced()
