# SPDX-License-Identifier: BSD-3-Clause
"""Rows S1 to S3: streams through three nodes in namespaces of their own.

    n1 ---- n2 ---- n3      veth; RoMON by romond, and beside it IP that n2's kernel forwards

S1 scp of one file by both ways in turns: same files, ciphers and sshd. S2 one byte that an echo service of n3 returns, beside
pings of the same nodes. S3 a thousand streams with 1 KiB a second each.
"""
import os
import selectors
import socket
import subprocess
import time

from bench import contest, host, places, stats, verdict
from bench.proc import SideError, wait
from bench.reload_row import duel
import harness

IDS = {f"n{i}": f"02:00:00:00:00:0{i}" for i in (1, 2, 3)}
ECHO_PORT, SSH_PORT, SERVICE = 7007, 22, 3
COPY_BYTES_A_S = 64 << 20  # of a trial, for each second that one is to take
N_ECHOES_A_S = 2000
N_STREAMS, CHUNK, S3_SECONDS = 1000, 1024, 10
WAIT_S = 60

ECHO = """
import selectors, socket, sys
sel = selectors.DefaultSelector()
s = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
sel.register(s, selectors.EVENT_READ)
while True:
    for key, _ in sel.select():
        if key.fileobj is s:
            c, _ = s.accept()
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sel.register(c, selectors.EVENT_READ)
            continue
        try:
            d = key.fileobj.recv(65536)
            key.fileobj.sendall(d)
        except OSError:  # the stream was let go of
            d = b""
        if not d:
            sel.unregister(key.fileobj)
            key.fileobj.close()
"""


def config(name, service_port):
    i = int(name[1])
    ports = {p: {"device": f"if{p}"} for p in "ab"[max(0, i - 2):i]}
    return {"romon": {"id": IDS[name], "identity": name, "role": "master"}, "discovery": {"interval": "1s"}, "ports": ports,
            "limits": {"streams": 4096, "streams-per-node": 4096, "streams-half-open": 4096, "stream-opens": 100000},
            "services": {"ssh": {"enabled": name == "n3", "to": f"127.0.0.1:{service_port}"}}}


class Three:
    """The nodes, with IP beside RoMON on the same wires, and a service on n3."""

    def __init__(self, s, service_port):
        harness.ROMOND, harness.ROMONCTL = (places.program(s.build, p) for p in ("romond", "romonctl"))
        self.net = harness.Net(f"bench-{os.path.basename(s.folder)}", s.folder)
        self.boxes = {n: self.net.box(n) for n in IDS}
        self.net.wire(self.boxes["n1"], "ifa", self.boxes["n2"], "ifa")
        self.net.wire(self.boxes["n2"], "ifb", self.boxes["n3"], "ifb")
        for name, ifname, address in (("n1", "ifa", "10.9.1.1"), ("n2", "ifa", "10.9.1.2"), ("n2", "ifb", "10.9.2.2"),
                                      ("n3", "ifb", "10.9.2.3")):
            self.boxes[name].sh("ip", "addr", "add", f"{address}/24", "dev", ifname)
        self.boxes["n1"].sh("ip", "route", "add", "10.9.2.0/24", "via", "10.9.1.2")
        self.boxes["n3"].sh("ip", "route", "add", "10.9.1.0/24", "via", "10.9.2.2")
        self.boxes["n2"].sh("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        self.nodes = {n: self.net.romond(self.boxes[n], n, config(n, service_port)) for n in IDS}
        wait("n1 finds n3", lambda: any(r["identity"] == "n3" and r["reachable"] for r in self.nodes["n1"].ask("nodes")["rows"]), WAIT_S)

    def serve(self, *argv):
        """Run a service on n3."""
        return self.net.process(self.boxes["n3"], *argv, log="service.log")

    def listens(self, port):
        out = subprocess.run(self.boxes["n3"].argv("ss", "-Hltn", f"sport = :{port}"), stdout=subprocess.PIPE, check=True).stdout
        return bool(out.strip())

    def stream(self):
        """A stream of n1 to the service: a connected socket."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(WAIT_S)
        s.connect(self.nodes["n1"].socket_path)
        s.sendall(b'{"v":1,"id":1,"cmd":"stream-open","args":{"id":"%s","service":"%d"}}\n' % (IDS["n3"].encode(), SERVICE))
        line = b""
        while b"\n" not in line or b'"more":true' in line.splitlines()[-1]:
            got = s.recv(1)
            if not got:
                raise SideError(f"no stream: {line.decode()}")
            line += got
        if b'"ok":true' not in line.splitlines()[-1]:
            raise SideError(f"no stream: {line.decode()}")
        return s

    def stop(self):
        self.net.abandon()
        for name in IDS:
            harness.sh("ip", "netns", "del", name)


def with_three(s, service_port, work):
    three = Three(s, service_port)
    try:
        return work(three)
    finally:
        three.stop()


# ---- S1


def ssh_folder(three):
    """Keys and configurations of scenario reach_ssh, with sshd on n3's address too."""
    import reach_ssh  # it lies beside the harness
    folder = reach_ssh.keys(three.net)
    with open(f"{folder}/sshd_config", "a", encoding="utf-8") as f:
        f.write("ListenAddress 10.9.2.3:22\n")
    os.makedirs("/run/sshd", exist_ok=True)
    three.serve("/usr/sbin/sshd", "-D", "-e", "-f", f"{folder}/sshd_config")
    wait("sshd listens", lambda: three.listens(SSH_PORT), WAIT_S)
    return reach_ssh.ssh_options(three.net, folder, three.nodes["n1"]), folder


def copies(three, s):
    """{way: bytes a second of each trial}"""
    options, folder = ssh_folder(three)
    n = int(COPY_BYTES_A_S * s.seconds)
    source = os.path.join(three.net.dir, "source")
    with open(source, "wb") as f:
        f.write(os.urandom(n))
    plain = f"{folder}/plain"
    with open(plain, "w", encoding="utf-8") as f:
        f.write(f"Host *\n  IdentityFile {folder}/user\n  UserKnownHostsFile {folder}/known\n  StrictHostKeyChecking accept-new\n"
                "  BatchMode yes\n  LogLevel ERROR\n")
    ways = {"romon": ([], [*options, source, "root@n3:"]),
            "ip": (three.boxes["n1"].argv(), ["-F", plain, source, "root@10.9.2.3:"])}
    rates = {"romon": [], "ip": []}
    for i in range(s.n_trials + 1):
        for way in (list(ways) if i % 2 == 0 else list(ways)[::-1]):
            before, words = ways[way]
            copy = f"{three.net.dir}/copy-{way}"
            began = time.monotonic()
            done = subprocess.run([*before, "scp", "-q", *words[:-1], words[-1] + copy], stdin=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, timeout=600, check=False)
            took = time.monotonic() - began
            if done.returncode != 0:
                raise SideError(f"scp by {way}: {done.stderr.decode()}")
            if subprocess.run(["cmp", "-s", source, copy], check=False).returncode != 0:
                raise SideError(f"scp by {way}: the copy is another one")
            if i > 0:  # the first one warms up
                rates[way].append(n / took)
    return rates


def scp_beside_ip(s):
    steal = host.Steal()
    rates = with_three(s, SSH_PORT, lambda three: copies(three, s))
    ratio = stats.summary(stats.ratios(rates["romon"], rates["ip"]))
    share = steal.share()
    return {
        "ours": {"side": "scp over RoMON through three nodes", "rate": stats.summary(rates["romon"])}, "aa": None, "steal": share,
        "share": None, "wrong": [], "void": verdict.void_reasons(None, share, None),
        "duels": [{"against": "scp over IP, forwarded by the kernel", "bar": 0.3, "goal": 0.8, "rate": stats.summary(rates["ip"]),
                   "ratio": ratio, "word": verdict.at_least(ratio["median"], 0.3, 0.8)}],
        "notes": [f"{stats.median(rates['romon']) / 1e6:.1f} MB/s over RoMON, {stats.median(rates['ip']) / 1e6:.1f} MB/s over IP"]}


# ---- S2


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


def echoes(three, n):
    """Microseconds of each echo of one byte."""
    out = []
    with three.stream() as s:
        for _ in range(n):
            began = time.perf_counter_ns()
            s.sendall(b"x")
            s.recv(1)
            out.append((time.perf_counter_ns() - began) / 1e3)
    return out


def pings(three, n):
    """Microseconds of each, as `romonctl ping` has them."""
    rows = three.nodes["n1"].ctl("ping", "n3", "--count", str(n), "--interval", "10ms")
    return [r["rtt-us"] for r in rows if isinstance(r.get("rtt-us"), (int, float))]


def one_byte(three, s):
    three.serve("/usr/bin/python3", "-c", ECHO, str(ECHO_PORT))
    wait("the echo", lambda: three.listens(ECHO_PORT), WAIT_S)
    n = max(100, int(N_ECHOES_A_S * s.seconds))
    ours, theirs = {0.5: [], 0.99: []}, {0.5: [], 0.99: []}
    for _ in range(s.n_trials):
        echo, ping = echoes(three, n), pings(three, max(50, n // 20))
        for q in ours:
            ours[q].append(quantile(echo, q))
            theirs[q].append(quantile(ping, q))
    return ours, theirs


def echo_beside_ping(s):
    steal = host.Steal()
    ours, theirs = with_three(s, ECHO_PORT, lambda three: one_byte(three, s))
    share, duels = steal.share(), []
    for q, name in ((0.5, "P50"), (0.99, "P99")):
        ratio = stats.summary(stats.ratios(ours[q], theirs[q]))
        duels.append({"against": f"romonctl ping, {name}", "bar": 2, "goal": 1.2, "rate": stats.summary(theirs[q]), "ratio": ratio,
                      "is-less-better": True, "unit": "times", "word": verdict.at_most(ratio["median"], 2, 1.2)})
    return {"ours": {"side": "one byte there and back over a stream", "rate": stats.summary(ours[0.5])}, "aa": None, "steal": share,
            "share": None, "wrong": [], "void": verdict.void_reasons(None, share, None), "duels": duels,
            "notes": [f"echo P50 {stats.median(ours[0.5]):.0f} us, P99 {stats.median(ours[0.99]):.0f} us; ping P50 "
                      f"{stats.median(theirs[0.5]):.0f} us, P99 {stats.median(theirs[0.99]):.0f} us"]}


# ---- S3


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def steady(three):
    """(bytes that came back, by stream, in a second each; CPU seconds a second; KiB), of all streams at once."""
    three.serve("/usr/bin/python3", "-c", ECHO, str(ECHO_PORT))
    wait("the echo", lambda: three.listens(ECHO_PORT), WAIT_S)
    socks = [three.stream() for _ in range(N_STREAMS)]
    sel = selectors.DefaultSelector()
    got = [0] * N_STREAMS
    for i, s in enumerate(socks):
        s.setblocking(False)
        sel.register(s, selectors.EVENT_READ, i)
    pids = {n: three.nodes[n].process.pid for n in ("n1", "n3")}
    before = {n: cpu_s(p) for n, p in pids.items()}
    began = time.monotonic()
    sent, late = 0, 0.0
    while sent < N_STREAMS * S3_SECONDS or sum(got) < sent * CHUNK:
        now = time.monotonic() - began
        while sent < N_STREAMS * S3_SECONDS and sent / N_STREAMS <= now:
            socks[sent % N_STREAMS].send(b"x" * CHUNK)
            sent += 1
        for key, _ in sel.select(0.001):
            got[key.data] += len(key.fileobj.recv(65536))
        late = max(late, now - sum(got) / CHUNK / N_STREAMS)
        if now > S3_SECONDS + WAIT_S:
            break
    took = time.monotonic() - began
    used = {n: (cpu_s(p) - before[n]) / took for n, p in pids.items()}
    kib = {n: host.rss_kib(p) for n, p in pids.items()}
    for s in socks:
        s.close()
    return got, used, kib, late


def thousand_streams(s):
    steal = host.Steal()
    got, used, kib, late = with_three(s, ECHO_PORT, steady)
    share, wanted = steal.share(), CHUNK * S3_SECONDS
    starved = sum(g < wanted for g in got)
    return {"ours": {"side": f"{N_STREAMS} streams, {CHUNK} bytes a second each", "rate": stats.summary([sum(got) / S3_SECONDS])},
            "aa": None, "steal": share, "share": None, "wrong": [], "void": verdict.void_reasons(None, share, None),
            "duels": [duel("streams that starve", starved, 0, "streams"),
                      duel("most that all together were behind, s", late, 1, "s")],
            "notes": [f"{N_STREAMS} streams of {CHUNK} bytes a second there and back: {used['n1']:.2f} CPUs and {kib['n1']} KiB where they begin, "
                      f"{used['n3']:.2f} CPUs and {kib['n3']} KiB where they end; {starved} starved, {late:.2f} s behind at most"]}


def again_while_void(attempt):
    return lambda s: contest.until_it_counts(lambda n: attempt(s.again(n)))


ROWS = {
    "S1": ("scp through three nodes", again_while_void(scp_beside_ip)),
    "S2": ("one byte there and back, through three nodes", again_while_void(echo_beside_ping)),
    "S3": ("1,000 streams of 1 KiB/s", again_while_void(thousand_streams)),
}
