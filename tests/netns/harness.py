# SPDX-License-Identifier: BSD-3-Clause
"""What the scenarios of this folder stand on: boxes (network namespaces), wires (veth), ends (raw sockets on
the tester's side of a wire) and romond processes. Python 3 standard library only.

A scenario runs in network, mount, PID and IPC namespaces of its own (run.py makes them): names, processes, files
under /run and interfaces vanish with it, however it ends. Nothing here sleeps for a fixed time: wait() looks at a
condition until its deadline, and "this frame does not come" is shown by a later frame that does.
"""
import functools
import ctypes
import errno
import json
import mmap
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
BUILD = os.environ.get("ROMOND_BUILD", os.path.join(ROOT, "build"))
ROMOND = os.path.join(BUILD, "app", "romond", "romond")
ROMONCTL = os.path.join(BUILD, "app", "romonctl", "romonctl")
VECTORS = os.path.join(ROOT, "tests", "vectors")
sys.path.insert(0, os.path.join(ROOT, "tests", "common"))
import rawsock  # noqa: E402
import romon_schema  # noqa: E402
import romon  # noqa: E402
from romon import mac  # noqa: E402

GROUP = romon.GROUP_MAC
SO_ATTACH_FILTER = 26
# Seconds. Conditions come true in milliseconds; a loaded machine needs the rest: beside two processes that use both CPUs, the
# kernel's one lock of interfaces was held for 50 s.
DEADLINE = 60.0
DEVICES_DEADLINE = 180.0  # of a romond, which opens or closes several


class Failure(AssertionError):
    """A check that did not hold."""


class Skip(Exception):
    """This machine cannot run the scenario; the text says why."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, wanted, what):
    if got != wanted:
        raise Failure(f"{what}: got {got!r}, wanted {wanted!r}")


def read_text(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def wait(condition, what, deadline=DEADLINE):
    """The first true value of condition(); Failure when the deadline passes. The last error is named."""
    end = time.monotonic() + deadline
    pause = 0.001
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except (OSError, KeyError, ValueError, Failure) as e:
            last = e
        if time.monotonic() > end:
            raise Failure(f"not within {deadline:g} s: {what} (last: {last!r})")
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def sh(*argv, **kw):
    """Run a program that must succeed; its output."""
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **kw)
    if r.returncode != 0:
        raise Failure(f"{' '.join(argv)}: exit {r.returncode}: {r.stdout.strip()}")
    return r.stdout


def vectors():
    """name -> frame of each file in tests/vectors."""
    names = sorted(n for n in os.listdir(VECTORS) if n.endswith(".hex"))
    return {n[:-4]: romon.vector(os.path.join(VECTORS, n)) for n in names}


# ----------------------------------------------------------------------------------------------------- sockets


class End:
    """The tester's end of a wire: sends and hears whole Ethernet frames of every EtherType, tags included."""

    def __init__(self, ifname, netns=None):
        self.ifname = ifname
        self.sock = rawsock.RawSock(ifname, netns=netns, every_ethertype=True)

    def only_romon(self, kind=None):
        """Hear untagged RoMON frames alone (of one type), filtered by the kernel: where others come in bulk on the same
        wire."""
        # load the EtherType, 0x88BF; load the type; equal: accept, else: drop
        code = [(0x28, 0, 0, 12), (0x15, 0, 1 if kind is None else 3, romon.ETHERTYPE)]
        if kind is not None:
            code += [(0x30, 0, 0, 14), (0x15, 0, 1, kind)]
        code += [(0x06, 0, 0, 0x40000), (0x06, 0, 0, 0)]
        insns = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *c) for c in code))
        prog = struct.pack("@HP", len(code), ctypes.addressof(insns))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, prog)

    def send(self, frame):
        wait(lambda: self._sent(frame), f"{self.ifname} takes a frame")

    def _sent(self, frame):
        try:
            self.sock.send(frame)
        except OSError as e:
            if e.errno not in (errno.ENOBUFS, errno.ENETDOWN):  # the queue is full, or the link down, for a moment
                raise
            return False
        return True

    def recv(self, timeout=DEADLINE):
        """The next frame, or None after timeout seconds."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                got = self.sock.recv_raw(deadline)
                return got.raw if got else None
            except OSError as e:
                if e.errno != errno.ENETDOWN:  # told once when the link goes down; the socket lives on
                    raise

    def until(self, frame, timeout=DEADLINE):
        """All frames heard before this one, which must come. It is not part of the list."""
        out = []
        end = time.monotonic() + timeout
        while True:
            got = self.recv(max(0.0, end - time.monotonic()))
            if got is None:
                raise Failure(
                    f"{self.ifname}: the frame {frame.hex()} did not come; heard {len(out)} others"
                    + (f", the last {out[-1].hex()}" if out else "")
                )
            if got == frame:
                return out
            out.append(got)

    def pending(self):
        """Frames that are here now."""
        out = []
        while select.select([self.sock], [], [], 0)[0]:
            frame = self.recv(1)
            if frame is not None:
                out.append(frame)
        equal(self.sock.lost(), 0, f"{self.ifname}: frames that the tester's socket had no room for")
        return out

    def close(self):
        self.sock.close()


# ---------------------------------------------------------------------------------------------------- topology


class Box:
    """A network namespace."""

    def __init__(self, net, name):
        self.net, self.name = net, name
        sh("ip", "netns", "add", name)
        self.sh("ip", "link", "set", "lo", "up")
        quiet(self)

    def argv(self, *argv):
        return ["ip", "netns", "exec", self.name, *argv]

    def sh(self, *argv, **kw):
        return sh(*self.argv(*argv), **kw)


def quiet(box=None):
    """No IPv6 chatter on interfaces to come: a test counts every frame."""
    run = box.sh if box else sh
    for scope in ("all", "default"):
        run("sysctl", "-q", "-w", f"net.ipv6.conf.{scope}.disable_ipv6=1")


class Net:
    """The topology and the processes of one scenario."""

    def __init__(self, name, logs):
        self.name, self.logs = name, logs
        self.dir = f"/run/{name}"
        os.makedirs(self.dir, exist_ok=True)
        os.makedirs(logs, exist_ok=True)
        self.ends, self.nodes, self.others = [], [], []
        quiet()

    def box(self, name):
        return Box(self, name)

    def end(self, box, ifname, mac_address=None, mtu=None):
        """A wire from interface ifname of box to the tester."""
        far = f"t-{box.name}-{ifname}"[:15]
        sh("ip", "link", "add", far, "type", "veth", "peer", "name", ifname, "netns", box.name)
        self._up(box, ifname, mac_address, mtu)
        if mtu:
            sh("ip", "link", "set", far, "mtu", str(mtu))
        sh("ip", "link", "set", far, "up")
        e = End(far)
        self.ends.append(e)
        return e

    def end_in(self, box, ifname):
        """The tester's hand on an interface that is in a box already."""
        e = End(ifname, netns=box.name)
        self.ends.append(e)
        return e

    def wire(self, box_a, if_a, box_b, if_b, mac_a=None, mac_b=None):
        """A wire between two boxes."""
        sh("ip", "link", "add", if_a, "netns", box_a.name, "type", "veth", "peer", "name", if_b, "netns", box_b.name)
        self._up(box_a, if_a, mac_a, None)
        self._up(box_b, if_b, mac_b, None)

    @staticmethod
    def _up(box, ifname, mac_address, mtu):
        if mac_address:
            box.sh("ip", "link", "set", ifname, "address", mac_address)
        if mtu:
            box.sh("ip", "link", "set", ifname, "mtu", str(mtu))
        box.sh("ip", "link", "set", ifname, "up")

    def romond(self, box, name, config, **kw):
        """A romond in box, started, all its ports up."""
        node = Romond(self, box, name, config)
        self.nodes.append(node)
        node.start(**kw)
        return node

    def example(self, box, name, file):
        """A romond on a file of config/examples as it stands there, but for sockets, state and memory."""
        node = Romond(self, box, name, {})
        keep = ("limits", "memory", "control", "state", "log", "file-prefix")
        with open(os.path.join(ROOT, "config", "examples", file), encoding="utf-8") as f:
            node.write(None, raw=f.read() + yaml({k: node.base[k] for k in keep if k in node.base}))
        self.nodes.append(node)
        node.start()
        return node

    def process(self, box, *argv, log=None):
        """A helper program in box, stopped at the end."""
        out = open(os.path.join(self.logs, log or os.path.basename(argv[0]) + ".log"), "ab")
        p = subprocess.Popen(box.argv(*argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.others.append(p)
        return p

    def finish(self):
        """The end of a scenario that went well: every romond leaves in good order."""
        for node in self.nodes:
            if node.process is not None:
                node.stop()

    def abandon(self):
        for p in [n.process for n in self.nodes if n.process] + self.others:
            if p.poll() is None:
                p.kill()
                p.wait()
        for e in self.ends:
            e.close()


# ------------------------------------------------------------------------------------------------------ romond

PLAIN = re.compile(r"^[A-Za-z_/][A-Za-z0-9_./-]*$")
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def yaml(value, indent=0):
    """Block YAML of dicts, lists and scalars."""
    pad = "  " * indent
    if isinstance(value, dict):
        out = ""
        for k, v in value.items():
            if isinstance(v, (dict, list)) and v:
                out += f"{pad}{k}:\n{yaml(v, indent + 1)}"
            else:
                out += f"{pad}{k}: {scalar(v)}\n"
        return out
    return "".join(f"{pad}- {json.dumps(v)}\n" for v in value)  # flow style: a mapping a line


def scalar(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, (int, float)):
        return str(v)
    if isinstance(v, (dict, list)):
        return "{}" if isinstance(v, dict) else "[]"
    return v if PLAIN.match(v) and v.lower() not in WORDS else json.dumps(v)


def merged(base, extra):
    out = dict(base)
    for k, v in extra.items():
        out[k] = merged(out[k], v) if isinstance(v, dict) and isinstance(out.get(k), dict) else v
    return out


def workers(n):
    """The configuration of n workers, on CPUs of their own."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < n:
        raise Skip(f"{n} workers need {n} CPUs; this machine gives {len(cores)}")
    return {"workers": {"cores": cores[-n:]}}


@functools.lru_cache(maxsize=None)
def schema():
    """What every answer is held against."""
    return romon_schema.Schema(ROMONCTL)


def connect_patiently(sock, path):
    """Connect as romonctl does: wait, up to the deadline, while the queue of those who connect is full. (With a timeout
    of Python's the socket does not block, and a full queue is an error at once.)"""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", int(DEADLINE), 0))
    sock.connect(path)
    sock.settimeout(DEADLINE)


class Romond:
    """One romond process, its files, and its control socket."""

    is_of_this_tree = True  # its answers are held against the schema; those of tests/perf's sides, which may be older, are not

    def __init__(self, net, box, name, config):
        self.net, self.box, self.name = net, box, name
        self.config_path = os.path.join(net.dir, f"{name}.yaml")
        self.socket_path = os.path.join(net.dir, f"{name}.sock")
        self.log_path = os.path.join(net.logs, f"{name}.log")
        self.process = None
        self.options = []  # of the command line, beside -c
        self.start_args = {}  # of subprocess.Popen: cwd, env
        self.base = {
            "romon": {"identity": name},
            "limits": {"neighbors": 4096, "origins": 4096},
            "memory": {"hugepages": "off"},
            "control": {"socket": self.socket_path, "group": "root"},
            "log": {"level": "debug"},
            "state": {"dir": os.path.join(net.dir, f"{name}.state")},
            "file-prefix": f"{net.name}-{name}".replace("_", "-")[:31],
        }
        self.write(config)

    def write(self, config, raw=None):
        """The configuration file: config over what every scenario needs, or raw text."""
        self.config = merged(self.base, config) if config is not None else None
        text = raw if raw is not None else yaml(self.config)
        with open(self.config_path, "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)  # it may hold secrets
            f.write(text)
        with open(os.path.join(self.net.logs, f"{self.name}.yaml"), "w", encoding="utf-8") as f:
            f.write(text)

    def start(self, ready=True, up=True, stderr=None):
        """stderr: a descriptor that takes the place of the log."""
        log = open(self.log_path, "ab")
        self.log_offset = log.tell()
        self.process = subprocess.Popen(
            self.box.argv(ROMOND, "-c", self.config_path, *self.options), stdin=subprocess.DEVNULL, stdout=log,
            stderr=log if stderr is None else stderr, **self.start_args,
        )
        log.close()
        if ready:
            self.wait_ready(up)
        return self

    def wait_ready(self, up=True):
        """It answers, and every port is up."""
        wait(lambda: self.alive() and self.ask("status"), f"{self.name} answers on its control socket", DEVICES_DEADLINE)
        if up:
            self.wait_up()

    def alive(self):
        status = self.process.poll()
        if status is not None:
            raise SystemExit(f"{self.name} ended with {status}:\n{self.log_tail()}")
        return True

    def wait_up(self, names=None):
        """Every port (or the ones named) is up."""
        def up():
            self.alive()
            ports = self.ask("ports")
            return all(p["state"] == "up" for p in ports if names is None or p["name"] in names)
        wait(up, f"the ports of {self.name} are up")

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            f.seek(self.log_offset)
            return f.read()

    def log_tail(self, lines=40):
        return "\n".join(self.log_text().splitlines()[-lines:])

    def took_s(self, asked):
        """Seconds that asked(), a question to romond, takes; without those that its control thread, or ours, waited for a
        CPU: other work of this machine is not its fault. (Both do not wait at once: one has the question, or the other.)"""
        waited, start = self._waited_s(), time.monotonic()
        asked()
        return max(time.monotonic() - start - (self._waited_s() - waited), 0.0)

    def _waited_s(self):
        # control is the main thread, and `ip netns exec` became romond; see proc(5) of sched statistics: ns on a CPU, ns waiting
        tasks = (f"{self.process.pid}/task/{self.process.pid}", f"self/task/{threading.get_native_id()}")
        return sum(int(read_text(f"/proc/{t}/schedstat").split()[1]) for t in tasks) / 1e9

    def ask(self, cmd, **args):
        """The data of one control-socket request; Failure with the error's text."""
        answer = self.ask_raw(cmd, **args)
        if not answer.get("ok"):
            raise Failure(f"{self.name}: {cmd}: {answer.get('error')}")
        fault = schema().answer_fault(cmd, answer["data"]) if getattr(self, "is_of_this_tree", False) else None
        check(fault is None, f"{self.name}: {cmd} is not as the schema says: {fault}")
        return answer["data"]

    def ask_raw(self, cmd, **args):
        """The answer. Files that args name are opened here, and go with the request, as romonctl does it."""
        files = [os.open(args[k], os.O_RDONLY) for k in ("path", "secrets-file") if k in args]
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            connect_patiently(s, self.socket_path)
            socket.send_fds(s, [json.dumps({"v": 1, "id": 1, "cmd": cmd, "args": args}).encode() + b"\n"], files)
            for fd in files:
                os.close(fd)
            data = b""
            while not data.endswith(b"\n"):
                part = s.recv(1 << 16)
                if not part:
                    raise Failure(f"{self.name}: {cmd}: the control socket was closed")
                data += part
        return json.loads(data)

    def ctl(self, *words, exit_code=0):
        """romonctl -o json …: what an operator's script sees."""
        argv = [ROMONCTL, "-s", self.socket_path, "-o", "json", *words]
        r = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3 * DEADLINE, check=False)
        if r.returncode != exit_code:
            raise Failure(f"romonctl {' '.join(words)}: exit {r.returncode}, wanted {exit_code}: {r.stderr or r.stdout}")
        return json.loads(r.stdout) if r.stdout.strip() else None

    def ctl_text(self, *words, exit_code=0):
        r = subprocess.run([ROMONCTL, "-s", self.socket_path, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=3 * DEADLINE, check=False)
        if exit_code is not None:
            equal(r.returncode, exit_code, f"exit code of romonctl {' '.join(words)}: {r.stdout}")
        return r.stdout

    def why(self, *words):
        """What `romonctl why` answers, and that its exit code is 1 when an error is among the findings."""
        argv = [ROMONCTL, "-s", self.socket_path, "-o", "json", "why", *words]
        r = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3 * DEADLINE, check=False)
        rows = json.loads(r.stdout or "[]")
        has_error = any(f["level"] == "error" for row in rows for f in row["findings"])
        equal(r.returncode, 1 if has_error else 0, f"exit code of romonctl why {' '.join(words)}: {r.stderr}{r.stdout}")
        return rows

    def port(self, name):
        for p in self.ask("ports"):
            if p["name"] == name:
                return p
        raise Failure(f"{self.name} has no port {name}")

    def drops(self, port=None):
        """reason -> frames, over all ports or of one."""
        out = {}
        for row in self.ask("drops"):
            if port is None or row["port"] == port:
                out[row["reason"]] = out.get(row["reason"], 0) + row["count"]
        return out

    def balanced(self, rx=None):
        """Every received frame has one fate. Waits for rx frames, or until no frame comes between the questions."""
        def same():
            s = self.ask("status")
            total = s["forwarded"] + s["delivered"] + s["drops"]
            if rx is not None and s["rx-frames"] != rx:
                raise Failure(f"rx-frames {s['rx-frames']}, wanted {rx}; drops {self.drops()}")
            if s["rx-frames"] != total:
                raise Failure(f"rx {s['rx-frames']} != forwarded {s['forwarded']} + delivered {s['delivered']} "
                              f"+ drops {s['drops']}")
            equal(sum(self.drops().values()), s["drops"], f"{self.name}: the rows of drops together")
            ports = self.ask("ports")
            for key in ("rx-frames", "forwarded", "delivered"):
                equal(sum(p[key] for p in ports), s[key], f"{self.name}: {key} of the ports together")
            return s
        return wait(same, f"{self.name}: every frame has one fate")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, deadline=DEVICES_DEADLINE):
        """SIGTERM, and a good end: exit 0, every mbuf back, nothing left behind."""
        self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not stop within {deadline:g} s of SIGTERM:\n{self.log_tail()}") from None
        self.process = None
        equal(status, 0, f"{self.name}: exit status after SIGTERM; its log ends:\n{self.log_tail(15)}\n")
        text = self.log_text()
        check(re.search(r"\b0 mbufs out\b", text), f"{self.name}: its log does not say '0 mbufs out':\n{self.log_tail(15)}")
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:"):
            check(word not in text, f"{self.name}: {word} in its log {self.log_path}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None


def model_of(romond):
    """The independent model (tests/common/romon.py) of a running node, from what it says of itself."""
    status = romond.ask("status")
    styles = {name: p.get("data-dst", "unicast") for name, p in romond.config.get("ports", {}).items()}
    ports = [
        romon.Port(p["name"], p["link-id"], mac(p["mac"]), p["l2mtu"], p["cost"], p["vlan"] or None, styles[p["name"]])
        for p in romond.ask("ports")
        if p["mode"] == "node"
    ]
    return romon.Node(status["id"], ports, identity=status["identity"].encode())


def data_load(model, port, out_link):
    """A Data frame as it comes to the port, and the bytes of it as it must leave by the port with out_link: but for
    the last 4, where Sender writes its number."""
    here = model.port(port).mac
    frame = romon.Frame(romon.DATA, mac("02:0e:00:00:00:01"), mac("02:0e:00:00:00:02"), eth_src=mac("02:00:00:00:0e:01"),
                        eth_dst=here, src_port=256, dst_port=4, payload=b"\1" * 40,
                        hops=[romon.Hop(9, here), romon.Hop(out_link, mac("02:00:00:00:0e:02"))])
    return frame, model.data_step(frame, model.port(port)).frame.pack()


# ----------------------------------------------------------------------------------------------- sending at a rate


class Sender:
    """Sends frames[i % len(frames)] with i in its last 4 bytes, or frames(i), rate frames a second, while the scenario does
    other things: from a child process, so that the tester's own work does not disturb the rate. After a stall of this machine
    it goes on at the rate, with at most burst frames at once: none that overruns the veth ring."""

    def __init__(self, end, frames, rate, burst=64):
        self.read_fd, write_fd = os.pipe()
        self.count = mmap.mmap(-1, 8)  # shared with the child
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                os.close(self.read_fd)
                ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
                self._run(end, frames, rate, burst, write_fd, self.count)
                status = 0
            finally:
                os._exit(status)
        os.close(write_fd)

    @staticmethod
    def _run(end, frames, rate, burst, fd, count):
        stop = []
        make = frames if callable(frames) else lambda i: frames[i % len(frames)][:-4] + struct.pack("!I", i)
        signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
        start = time.monotonic()
        i = 0
        while not stop:
            due = int((time.monotonic() - start) * rate)
            if due - i > burst:
                start += (due - i - burst) / rate
                due = i + burst
            while i < due and not stop:
                end.send(make(i))
                i += 1
            count[:8] = struct.pack("=Q", i)
            time.sleep(min(0.002, 1.0 / rate))
        os.write(fd, struct.pack("!I", i))

    def n_sent(self):
        """How many were sent by now, but for the last burst."""
        return struct.unpack("=Q", self.count[:8])[0]

    def stop(self):
        """How many were sent."""
        os.kill(self.pid, signal.SIGTERM)
        sent = os.read(self.read_fd, 4)
        os.close(self.read_fd)
        _, status = os.waitpid(self.pid, 0)
        check(status == 0 and len(sent) == 4, f"the sender failed: {status}")
        return struct.unpack("!I", sent)[0]


class Counter:
    """Reads an end all the time (in a thread) and keeps the numbers that Sender wrote into the last 4 bytes of the
    wanted frames; others are kept whole."""

    def __init__(self, end, wanted=lambda frame: True):
        self.end, self.wanted, self.seen, self.others = end, wanted, [], []
        self._stop = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self._stop:
            frame = self.end.recv(0.05)
            if frame is None:
                continue
            if self.wanted(frame):
                self.seen.append(struct.unpack("!I", frame[-4:])[0])
            else:
                self.others.append(frame)

    def stop(self):
        self._stop = True
        self.thread.join()
        return self.seen


def all_arrive(node, port, sender, counter, text, others=0):
    """Ends sender and counter: every frame that romond took from port (but for others of them) has arrived, once and
    in order. What a queue of the kernel lost before romond, while this whole machine stood still, is told, and
    tolerated up to a tenth."""
    sent = sender.stop()
    end = time.monotonic() + 5
    while len(counter.seen) < sent and time.monotonic() < end:
        time.sleep(0.01)
    seen = counter.stop()
    taken = node.port(port)["rx-frames"] - others
    gap = next((i for i, s in enumerate(seen) if i != s), len(seen))
    facts = f"{text}: {sent} sent, {taken} taken by romond, {len(seen)} arrived"
    print(facts)
    check(seen == sorted(set(seen)), f"{facts}: not in order, or twice")
    check(len(seen) == taken, f"{facts}: lost; the first gap is at {gap}; drops {node.drops()}")
    check(taken >= sent * 0.9, f"{facts}: the kernel lost more than a tenth before romond")
