# SPDX-License-Identifier: BSD-3-Clause
"""Canary secrets are found nowhere they should not be, and nowhere at all after a reload without them.

            +-------- box --------+
    end a --+ eth0   port west    |     secrets in the main file, in a file of their own, and (second romond) in a
    end b --+ eth1   port east    |     systemd credential
            +---------------------+

Looked at: every answer of the control socket and of romonctl, also to files that hold secrets in wrong places; every path
of DPDK's telemetry; /proc; the log at every level and in both formats; a capture; a core dump by gdb and one by the
kernel; all readable memory of the process.
"""
import base64
import glob
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

from harness import BUILD, ROMONCTL, Failure, Romond, Skip, check, equal, sh, vectors, wait

VARIANTS = {"pages": {"hugepages": "off"}, "hugepages": {"hugepages": "on"}}
PIECE = 16 << 20  # of memory read at once


def canary():
    """24 characters that stand nowhere else."""
    return base64.b64encode(os.urandom(18)).decode().replace("/", "k").replace("+", "Q")


class Canaries:
    def __init__(self, *names):
        self.texts = {name: canary() for name in names}
        # half of it is enough to find it; an HMAC key block is the secret XOR 0x36 or 0x5c
        self.needles = []
        for name, text in self.texts.items():
            raw = text.encode()
            self.needles.append((name, raw[:12]))
            self.needles.append((name, raw[12:]))
            for pad in (0x36, 0x5C):
                self.needles.append((f"{name} as an HMAC pad", bytes(b ^ pad for b in raw)))

    def __getitem__(self, name):
        return self.texts[name]

    def found_in(self, data):
        data = data.encode(errors="surrogateescape") if isinstance(data, str) else data
        return sorted({name for name, needle in self.needles if needle in data})

    def absent(self, data, where):
        found = self.found_in(data)
        check(not found, f"{where} holds the canaries {found}")


def memory(node, needles):
    """[(name of the mapping, is it left out of dumps, canary)] of all hits in readable memory."""
    pid = node.process.pid
    hits, n_bytes = [], 0
    areas = []
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as f:
        for line in f:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ \S+ *(.*)", line)
            if head:
                areas.append([int(head[1], 16), int(head[2], 16), head[3], head[4], ""])
            elif line.startswith("VmFlags:"):
                areas[-1][4] = line
    with open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for start, end, mode, name, flags in areas:
            if mode[0] != "r" or name in ("[vvar]", "[vsyscall]"):
                continue
            at, tail = start, b""
            while at < end:
                try:
                    data = os.pread(mem.fileno(), min(PIECE, end - at), at)
                except OSError:  # nothing is mapped behind it: a device, or reserved address space
                    break
                if not data:
                    break
                for who, needle in needles:
                    if needle in tail + data:
                        hits.append((name or "anonymous", " dd" in flags, who))
                tail = data[-32:]
                at += len(data)
                n_bytes += len(data)
    check(n_bytes > 10 << 20, f"only {n_bytes} bytes of memory could be read")
    return hits


def telemetry(node):
    """Every answer of DPDK's telemetry, as bytes."""
    out = b""
    path = glob.glob(f"/run/dpdk/{node.base['file-prefix']}*/dpdk_telemetry.v2") + glob.glob(
        f"/var/run/dpdk/{node.base['file-prefix']}*/dpdk_telemetry.v2")
    check(path, "no telemetry socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(15)
        s.connect(path[0])
        s.recv(1 << 16)

        def ask(command):
            s.send(command.encode())
            return s.recv(1 << 20)

        commands = json.loads(ask("/"))["/"]
        check("/eal/params" in commands and "/romon/secrets" in commands, f"paths: {commands}")
        for command in commands:
            out += ask(command)
            for params in ("0", "0,100", "west", "02:00:00:00:00:01"):
                out += ask(f"{command},{params}")
    check(b"romon" in out, "telemetry says something")
    return out


BAD_FILES = (
    "romon: {{secrets: {c}}}",
    "romon: {{secrets-file: {c}}}",
    "romon: {{secrets: {{{c}: 1}}}}",
    "romon: {{secrets: [[{c}]]}}",
    "romon: {{secrets: [a, b, c, d, {c}]}}",
    "romon: {{secrets: [{c}{c}{c}]}}",
    'romon: {{secrets: ["{c}\\x01"]}}',
    "romon: {{secrets: [{c}], secrets-file: /nonexistent}}",
    "romon: {{secrets-file: /nonexistent, secrets: [{c}}}",
    "romon:\n  secrets:\n  - {c}\n  identity: x\n   {c}: [",
    "ports: {{all: {{secrets: {c}}}, west: {{secrets: [&a {c}, *a]}}}}",
    "ports: {{all: {{secrets: !tag {c}}}}}",
)


def scenario(net, hugepages):
    if "asan" in BUILD:
        raise Skip("AddressSanitizer keeps freed memory, and its shadow of terabytes would be searched too")
    if not shutil.which("gdb"):
        raise Skip("gdb is not installed: run scripts/install-deps")
    if hugepages == "on" and int(open("/proc/sys/vm/nr_hugepages", encoding="utf-8").read()) < 256:
        raise Skip("fewer than 256 hugepages are reserved")
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    c = Canaries("global", "all", "port")
    secrets = os.path.join(net.dir, "secrets")

    def write_secrets(text):
        with open(secrets, "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(text)

    write_secrets(f'{c["global"]}\n""\n')
    clean = {
        "romon": {"id": "02:00:00:00:00:01"},
        "memory": {"hugepages": hugepages},
        "ports": {"west": {"device": "eth0", "link-id": 1}, "east": {"device": "eth1", "link-id": 2}},
    }
    config = {**clean, "romon": {**clean["romon"], "secrets-file": secrets},
              "ports": {"all": {"secrets": [c["all"]]}, **clean["ports"],
                        "west": {**clean["ports"]["west"], "secrets": [c["port"], ""]}}}
    node = Romond(net, box, "node", config)
    net.nodes.append(node)
    node.options = ["--allow-core-dumps"]
    node.start_args = {"cwd": net.dir}
    node.start()
    pid = node.process.pid
    said = []

    def ask_everything():
        for level in ("debug", "info", "notice", "warning", "error", "debug"):
            node.ask("log-level", level=level)
        for cmd in ("status", "ports", "neighbors", "nodes", "links", "drops", "why", "workers", "events", "secrets",
                    "config-show", "config-diff", "log-level", "reload"):
            said.append((cmd, json.dumps(node.ask_raw(cmd))))
        for words in (["config", "show"], ["secrets", "status"], ["status"], ["why"], ["events"], ["doctor"],
                      ["-o", "wide", "ports"], ["config", "diff"]):
            r = subprocess.run([ROMONCTL, "-s", node.socket_path, *words], capture_output=True, check=False, timeout=60)
            said.append((" ".join(words), r.stdout + r.stderr))

    ask_everything()
    # files with a secret in a wrong place: what is wrong is said, the secret is not
    wrong = os.path.join(net.dir, "wrong.yaml")
    for text in BAD_FILES:
        with open(wrong, "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(text.format(c=c["port"]) + "\n")
        answer = node.ask_raw("config-apply", path=wrong)
        equal(answer["ok"], False, f"{text}: ok")
        said.append((text, json.dumps(answer)))
        for words in (["config", "apply", wrong], ["config", "check", wrong]):
            r = subprocess.run([ROMONCTL, "-s", node.socket_path, *words], capture_output=True, check=False, timeout=60)
            said.append((text, r.stdout + r.stderr))
    os.unlink(wrong)
    # a new secret by reload, and the same in the log's other format
    node.write({**config, "log": {"level": "debug", "format": "json"}})
    ask_everything()
    said.append(("telemetry", telemetry(node)))

    # frames in and out while a capture runs
    path = os.path.join(net.dir, "all.pcapng")
    capture = net.process(box, ROMONCTL, "-s", node.socket_path, "capture", "-w", path, log="capture.log")
    wait(lambda: os.path.exists(path) and os.path.getsize(path) > 0, "the capture has begun")
    rx = node.ask("status")["rx-frames"]
    for _ in range(20):
        a.send(vectors()["discover-origin"])
        b.send(vectors()["data-ping"])
    wait(lambda: node.ask("status")["rx-frames"] >= rx + 40, "frames came in")
    wait(lambda: os.path.getsize(path) > 1000, "the capture holds frames")
    capture.send_signal(signal.SIGINT)
    capture.wait(15)

    for where, data in said:
        c.absent(data, where)
    for name in ("cmdline", "environ", "comm", "status", "maps", "stat", "limits", "mountinfo", "wchan"):
        with open(f"/proc/{pid}/{name}", "rb") as f:
            c.absent(f.read(), f"/proc/PID/{name}")
    for folder in (net.dir, os.path.join(net.dir, "node.state")):
        for name in os.listdir(folder):
            file = os.path.join(folder, name)
            if os.path.isfile(file) and file not in (secrets, node.config_path):
                with open(file, "rb") as f:
                    c.absent(f.read(), file)
    c.absent(open(node.log_path, "rb").read(), "the log")

    # memory: only what no dump holds
    hits = memory(node, c.needles)
    check({who for _, _, who in hits} >= {"global", "all", "port"}, f"the search does not even find what is there: {hits}")
    check(all(is_left_out for _, is_left_out, _ in hits), f"canaries in memory that a core dump holds: {hits}")

    # a core dump by gdb, which finds what is no secret
    core = os.path.join(net.dir, "core.gdb")
    sh("gdb", "-q", "-batch", "-nx", "-p", str(pid), "-ex", f"generate-core-file {core}", timeout=120)
    data = open(core, "rb").read()
    check(node.config_path.encode() in data, "the core dump is one of this process")
    c.absent(data, "the core dump of gdb")
    os.unlink(core)

    # all of it is gone by a reload
    write_secrets('""\n')
    node.write({**clean, "romon": {**clean["romon"], "secrets-file": secrets}})
    node.ctl("reload")
    equal([(r["own"], r["signs"]) for r in node.ask("secrets")], [(0, False)] * 2, "secrets after the reload")
    gone = time.monotonic() + 2
    hits = memory(node, c.needles)
    while hits and time.monotonic() < gone:
        hits = memory(node, c.needles)
    equal(hits, [], "canaries in memory after they were removed")
    c.absent(open(node.log_path, "rb").read(), "the log")

    # back again, and the process ends by an abort: with --allow-core-dumps there is a core, without secrets
    write_secrets(f'{c["global"]}\n')
    node.write(config)
    node.ctl("reload")
    if open("/proc/sys/kernel/core_pattern", encoding="utf-8").read().strip() == "core":
        resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        node.signal(signal.SIGABRT)
        node.process.wait(60)
        cores = glob.glob(os.path.join(net.dir, "core*"))
        equal(len(cores), 1, "core dumps of the kernel")
        data = open(cores[0], "rb").read()
        check(node.config_path.encode() in data, "the core dump is one of this process")
        c.absent(data, "the core dump of the kernel")
        os.unlink(cores[0])
        # and as it is run by default there is none at all
        node.options = []
        node.start()
        resource.prlimit(node.process.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        node.signal(signal.SIGABRT)
        node.process.wait(60)
        equal(glob.glob(os.path.join(net.dir, "core*")), [], "core dumps by default")
    else:
        node.signal(signal.SIGABRT)
        node.process.wait(60)

    # a credential of systemd
    cred = Canaries("credential")
    folder = os.path.join(net.dir, "credentials")
    os.mkdir(folder, 0o700)
    with open(os.path.join(folder, "overlay"), "w", encoding="utf-8") as f:
        os.fchmod(f.fileno(), 0o440)
        f.write(cred["credential"] + "\n")
    node.config_path = os.path.join(net.dir, "credential.yaml")
    node.start_args = {"env": {**os.environ, "CREDENTIALS_DIRECTORY": folder}}
    node.write({**clean, "romon": {**clean["romon"], "secrets-file": "credential:overlay"}})
    node.start()
    equal([(r["effective"], r["signs"]) for r in node.ask("secrets")], [(1, True)] * 2, "secrets of a credential")
    check("credential:overlay" in node.ask("config-show")["text"], "config show names the credential")
    hits = memory(node, cred.needles)
    check(hits and all(is_left_out for _, is_left_out, _ in hits), f"credential in memory that a dump holds: {hits}")
    cred.absent(open(node.log_path, "rb").read(), "the log")
    node.start_args = {}
    try:
        node.stop()
        node.start()
        raise Failure("romond started without its credential")
    except SystemExit:
        check("LoadCredential=overlay:PATH" in node.log_text(), "the log says how a credential gets there")
    net.nodes.remove(node)
