# SPDX-License-Identifier: BSD-3-Clause
"""Long copies over OpenSSH while wires are cut and a node on the way is killed and restarted; what people use beside ssh; many
sessions at once. Whatever happens on the way, each byte is right.

Public complaints: 14 (status text spliced into relayed bytes): compared by SHA-256 with a wire that loses 1 %. 15 (a long read
stalls one time in ten): one after the other over the same wire. 18 (SSH by passwords only): keys alone, any MAC notation.

         .-- n2 --.
    n1 --|        |-- n4      n4's sshd listens on its own 127.0.0.1:22 alone
         '-- n3 --'           between n3 and n4 is a switch that loses 1 % when it is asked to
"""
import hashlib
import os
import signal
import socket
import subprocess
import time

import bpf
import reach_ssh
from harness import ROMONCTL, check, equal, sh, wait

IDS = {f"n{i}": f"02:00:00:00:00:0{i}" for i in range(1, 5)}
WIRES = {"a": ("n1", "n2"), "b": ("n2", "n4"), "c": ("n1", "n3"), "d": ("n3", "n4")}
VARIANTS = {"cuts": {"what": "cuts"}, "tools": {"what": "tools"}, "sessions": {"what": "sessions"}, "reads": {"what": "reads"}}
IS_ASAN = "asan" in os.environ.get("ROMOND_BUILD", "")
COPY_BYTES = (20 if IS_ASAN else 100) * 1024 * 1024
N_SESSIONS = 40 if IS_ASAN else 200
N_READS = 20
READ_BYTES = 2 * 1024 * 1024
GONE_S = 2.0


def config(name):
    ports = {w: {"device": f"if{w}"} for w, ends in WIRES.items() if name in ends}
    # the copy goes by n2 while it can
    cost = 100 if name != "n3" else 200
    return {"romon": {"id": IDS[name], "identity": name}, "ports": {p: {**v, "cost": cost} for p, v in ports.items()},
            "limits": {"streams-per-node": 400, "streams-half-open": 400, "stream-opens": 1000, "punt": 1000000},
            "services": {"ssh": {"enabled": name == "n4", "to": "127.0.0.1:22"}}}


def lossy_wire(net, box_a, if_a, box_b, if_b):
    """A switch between the two."""
    switch = net.box("switch")
    net.wire(box_a, if_a, switch, "sa")
    net.wire(switch, "sb", box_b, if_b)
    switch.sh("ip", "link", "add", "sw0", "type", "bridge", "mcast_snooping", "0")
    for port in ("sa", "sb"):
        switch.sh("ip", "link", "set", port, "master", "sw0", "promisc", "on")
    switch.sh("ip", "link", "set", "sw0", "up")


def lose():
    """From now on, as long as what is returned lives, the switch drops one frame of a hundred, both ways."""
    prog = bpf.dropper(100)
    return [bpf.attach(prog, "switch", port) for port in ("sa", "sb")]


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(f.read()).hexdigest()


def source_make(net, n):
    path = os.path.join(net.dir, "source")
    with open(path, "wb") as f:
        f.write(os.urandom(n))
    return path


def size_of(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def during(p, copy, at, what):
    """Wait until so many bytes of a copy that runs have arrived."""
    wait(lambda: size_of(copy) >= at or p.poll() is not None, what, deadline=60)
    check(p.poll() is None, f"{what}: the copy is over already")


def cuts(net, boxes, nodes, options):
    """A wire that goes down, a node that is killed, the other one as soon as the first is back, a wire that loses: the copy
    goes on by the way that is left."""
    source, copy = source_make(net, COPY_BYTES), f"{net.dir}/copy"
    p = subprocess.Popen(["scp", "-q", *options, source, f"root@[n4]:{copy}"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    during(p, copy, COPY_BYTES // 10, "a tenth")
    boxes["n2"].sh("ip", "link", "set", "ifb", "down")
    during(p, copy, COPY_BYTES * 3 // 10, "three tenths, one wire down")
    boxes["n2"].sh("ip", "link", "set", "ifb", "up")
    nodes["n3"].kill()
    during(p, copy, COPY_BYTES * 5 // 10, "half, a node killed")
    p.send_signal(signal.SIGSTOP)  # a node may take longer to start than the rest of the copy
    nodes["n3"].start()
    p.send_signal(signal.SIGCONT)
    during(p, copy, size_of(copy) + COPY_BYTES // 20, "on, the node is back")
    nodes["n2"].kill()
    during(p, copy, size_of(copy) + COPY_BYTES // 10, "on, the other killed")
    net.losing = lose()
    nodes["n2"].start()
    err = p.communicate(timeout=120)[1]
    equal((p.returncode, err), (0, b""), "scp")
    equal(digest(copy), digest(source), "byte for byte")


def tools(net, boxes, nodes, options):
    """rsync, sftp, ssh -L, a command by any notation of the id; and what is left of a client that is killed: nothing."""
    source = source_make(net, 5 * 1024 * 1024)
    ssh = " ".join(["ssh", *options])
    sh("rsync", "-e", ssh, source, f"root@n4:{net.dir}/by-rsync")
    equal(digest(f"{net.dir}/by-rsync"), digest(source), "rsync")
    subprocess.run(["sftp", "-q", *options, "-b", "-", "root@n4"], input=f"put {source} {net.dir}/by-sftp\n".encode(), check=True,
                   stdout=subprocess.DEVNULL, timeout=120)
    equal(digest(f"{net.dir}/by-sftp"), digest(source), "sftp")
    for text in ("02-00-00-00-00-04", "02:00:00:00:00:04", "N4"):
        command = f"{ROMONCTL} -s {nodes['n1'].socket_path} proxy {text}"  # ssh itself takes some of these for IPv4 addresses
        done = reach_ssh.run("ssh", "-o", f"ProxyCommand={command}", *options, "root@n4", "echo", "hello")
        equal((done.returncode, done.stdout), (0, b"hello\n"), f"{text}: {done.stderr.decode()}")
    net.process(boxes["n4"], "/usr/bin/python3", "-m", "http.server", "8000", "--bind", "127.0.0.1", "--directory", net.dir, log="http.log")
    tunnel = subprocess.Popen(["ssh", *options, "-N", "-L", "127.0.0.1:8080:127.0.0.1:8000", "root@n4"], stdin=subprocess.DEVNULL)
    net.others.append(tunnel)

    def fetched():
        try:
            with socket.create_connection(("127.0.0.1", 8080), 5) as c:
                c.sendall(b"GET /source HTTP/1.0\r\n\r\n")
                parts = iter(lambda: c.recv(65536), b"")
                return b"".join(parts).split(b"\r\n\r\n", 1)[-1]
        except OSError:
            return None
    with open(source, "rb") as f:
        wanted = f.read()
    wait(lambda: fetched() == wanted, "ssh -L", deadline=60)
    begin = time.monotonic()
    tunnel.kill()
    wait(lambda: nodes["n4"].ctl("streams") == [], "nothing of a killed client is left over there")
    check(time.monotonic() - begin <= GONE_S + 1, f"gone after {time.monotonic() - begin:.1f} s")


def echoed(p, data):
    p.stdin.write(data)
    p.stdin.flush()
    return p.stdout.read(len(data)) == data


def sessions(net, boxes, nodes, _):
    """So many at once; each carries its own bytes, a reader that stops holds up nobody, and with them all gone nothing is left."""
    argv = [ROMONCTL, "-s", nodes["n1"].socket_path, "proxy", "n4"]
    proxies = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(N_SESSIONS)]
    net.others += proxies
    banners = [p.stdout.readline() for p in proxies]
    check(all(b.startswith(b"SSH-2.0") for b in banners), "each has sshd's banner")
    equal(len(nodes["n1"].ctl("streams")), N_SESSIONS, "all are listed")
    begin = time.monotonic()
    nodes["n1"].ctl("status")
    check(time.monotonic() - begin < 5, "status is quick beside them")
    for p in proxies:
        p.kill()
    wait(lambda: nodes["n4"].ctl("streams") == [] and nodes["n1"].ctl("streams") == [], "nothing is left")


def reads(net, boxes, nodes, options):
    """Long reads one after the other over a wire that loses: none of them stalls."""
    source = source_make(net, READ_BYTES)
    boxes["n2"].sh("ip", "link", "set", "ifb", "down")
    net.losing = lose()
    wanted = digest(source)
    for i in range(N_READS):
        done = subprocess.run(["ssh", *options, "root@n4", f"cat {source}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              timeout=60, check=True)
        equal(hashlib.sha256(done.stdout).hexdigest(), wanted, f"read {i}")


def scenario(net, what):
    boxes = {n: net.box(n) for n in IDS}
    for w, (a, b) in WIRES.items():
        if w == "d":
            lossy_wire(net, boxes[a], f"if{w}", boxes[b], f"if{w}")
        else:
            net.wire(boxes[a], f"if{w}", boxes[b], f"if{w}")
    nodes = {n: net.romond(boxes[n], n, config(n)) for n in IDS}
    folder = reach_ssh.keys(net)
    os.makedirs("/run/sshd", exist_ok=True)
    net.process(boxes["n4"], "/usr/sbin/sshd", "-D", "-e", "-f", f"{folder}/sshd_config")
    wait(lambda: b":22" in subprocess.run(boxes["n4"].argv("ss", "-ltn"), stdout=subprocess.PIPE, check=True).stdout, "sshd listens")
    options = reach_ssh.ssh_options(net, folder, nodes["n1"])
    globals()[what](net, boxes, nodes, options)
    wait(lambda: nodes["n1"].ctl("streams") == [] and nodes["n4"].ctl("streams") == [], "nothing is left open")
