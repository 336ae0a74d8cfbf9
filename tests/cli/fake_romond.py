# SPDX-License-Identifier: BSD-3-Clause
"""A server that plays romond, and a test case that runs romonctl against it."""
import fcntl
import json
import os
import pty
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import types
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", ".."))
ROMONCTL = os.environ.get("ROMONCTL", os.path.join(ROOT, "build/app/romonctl/romonctl"))
LIMIT_S = 30

PORTS = [
    {"name": "ether1", "link-id": 1, "mac": "02:00:00:00:00:01", "mode": "node", "group": None, "state": "up",
     "device": "eth1", "driver": "net_af_xdp", "driver-why": "filter loaded", "vlan": 0, "l2mtu": 1500,
     "cost": 100, "speed-mbps": 10000, "worker": 0, "comment": "", "rx-frames": 12345, "rx-bytes": 1000000,
     "rx-drops": 0, "tx-frames": 7, "tx-bytes": 700, "tx-drops": 1, "forwarded": 5, "delivered": 2},
    {"name": "r2", "link-id": 2, "mac": "02:00:00:00:00:02", "mode": "relay", "group": "floor-2", "state": "down",
     "device": "0000:03:00.0", "driver": "net_ixgbe", "driver-why": "PCI", "vlan": 81, "l2mtu": 9000,
     "cost": 1, "speed-mbps": 0, "worker": None, "comment": "uplink to the other building, second floor",
     "rx-frames": 0, "rx-bytes": 0, "rx-drops": 0, "tx-frames": 0, "tx-bytes": 0, "tx-drops": 0, "forwarded": 0,
     "delivered": 0},
]

STATUS = {
    "version": "0.1.0", "dpdk": "22.11.11", "pid": 4242, "uptime-s": 3725, "enabled": True,
    "id": "02:00:00:00:00:01", "identity": "edge-1", "role": "agent", "channel": 0,
    "config-file": "/etc/romond/romond.yaml", "generation": 3, "loaded": "2026-11-22T20:00:00Z", "ports": 2,
    "ports-up": 1, "workers": 1, "neighbors": 2500, "nodes": 4,
    "nodes-ok": 2, "nodes-late": 1, "nodes-down": 1, "rx-frames": 10, "tx-frames": 20, "forwarded": 5,
    "delivered": 3, "drops": 2, "mbufs": {"total": 8191, "in-use": 100}, "hugepages": False,
    "warnings": ["discovery: not in this build yet"],
}


def neighbor(i):
    return {"port": "ether1", "mac-address": "02:00:00:00:%02x:%02x" % (i >> 8, i & 255), "id": None,
            "age-ms": 1500, "rx-frames": i, "status": "ok" if i else "late", "interface": "ether1", "worker": 0}


class Refusal(Exception):
    def __init__(self, code, message, **extra):
        super().__init__(message)
        self.error = {"code": code, "message": message, **extra}


class Romond:
    """Answers as docs/control-socket.md says. self.asked: every request, in order."""

    def __init__(self, path):
        self.path = path
        self.asked = []
        self.answers = {}
        self.neighbors = [neighbor(i) for i in range(2500)]
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        self.conversations = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        for thread, peer in self.conversations:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it ended before
            thread.join()

    def all_asked(self):
        """self.asked, once every conversation is over: what a client says as it leaves is read after it has gone."""
        for thread, _ in self.conversations:
            thread.join(LIMIT_S)
        return self.asked

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.converse, args=(peer,))
            self.conversations.append((thread, peer))
            thread.start()

    def converse(self, peer):
        with peer, peer.makefile("rb") as lines:
            for line in lines:
                try:
                    answer = self.answer(json.loads(line), peer)
                    if answer is None:
                        break
                    peer.sendall(answer)
                except OSError:
                    break
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def feed(self, request, messages, peer):
        """Send what the generator yields, None: wait until the client speaks. Returns the last line's data."""
        reply = {"id": request["id"], "ok": True, "more": True}
        while True:
            try:
                message = next(messages)
            except StopIteration as end:
                return end.value
            if message is not None:
                peer.sendall(json.dumps(dict(reply, data=message)).encode() + b"\n")
                continue
            select.select([peer], [], [])

    def answer(self, request, peer):
        self.asked.append(request)
        reply = {"id": request["id"], "ok": True}
        if request["cmd"] == "cancel":
            reply["data"] = {"cancelled": True}
            return json.dumps(reply).encode() + b"\n"
        try:
            reply["data"] = self.data(request["cmd"], request.get("args", {}))
            if isinstance(reply["data"], types.GeneratorType):
                reply["data"] = self.feed(request, reply["data"], peer)
        except Refusal as refusal:
            reply.pop("data", None)
            reply["ok"] = False
            reply["error"] = refusal.error
        except ConnectionAbortedError:
            return None
        return json.dumps(reply).encode() + b"\n"

    def data(self, cmd, args):
        made = self.answers.get(cmd)
        if callable(made):
            return made(args)
        if made is not None:
            return made
        if cmd == "neighbors":
            if args.get("port") == "nosuch":
                raise Refusal("not-found", "no port nosuch; did you mean ether1?")
            rows = self.neighbors[args["offset"]:args["offset"] + args["count"]]
            end = args["offset"] + len(rows)
            return {"total": len(self.neighbors), "next": end if end < len(self.neighbors) else None, "rows": rows}
        raise Refusal("unknown-command", "no command " + cmd)


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="test_romonctl.")
        self.socket = os.path.join(self.dir, "control.sock")
        self.romond = None

    def tearDown(self):
        if self.romond:
            self.romond.stop()
        shutil.rmtree(self.dir)

    def serve(self, **answers):
        self.romond = Romond(self.socket)
        self.romond.answers = {cmd.replace("_", "-"): data for cmd, data in answers.items()}
        return self.romond

    def env(self, **more):
        env = {"PATH": os.environ["PATH"], "ROMOND_SOCKET": self.socket, "LC_ALL": "C.UTF-8", "TERM": "xterm"}
        env.update({key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")})
        env.update(more)
        return env

    def run_ctl(self, *args, **kwargs):
        done = subprocess.run([ROMONCTL, *args], env=self.env(), capture_output=True, timeout=LIMIT_S, check=False,
                              **kwargs)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def expect(self, args, code=0, out=None, err=""):
        got = self.run_ctl(*args)
        self.assertEqual((got[0], got[2]), (code, err), args)
        if out is not None:
            self.assertEqual(got[1], out)
        return got[1]

    def run_terminal(self, *args, columns=80, **env):
        """Output of romonctl on a terminal of that many columns."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen([ROMONCTL, *args], env=self.env(**env), stdin=subprocess.DEVNULL, stdout=slave,
                              stderr=slave) as process:
            os.close(slave)
            out = b""
            while True:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # EIO: the other end is closed
                    break
                if not piece:
                    break
                out += piece
            process.wait(LIMIT_S)
        os.close(master)
        return out.decode().replace("\r\n", "\n")


class Terminal:
    """romonctl on a terminal of its own: type, and wait for what it shows."""

    def __init__(self, case, *args, rows=24, columns=80, **env):
        self.shown = b""
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [ROMONCTL, *args], env=case.env(**env), stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        case.addCleanup(self.close)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def read(self, limit_s=LIMIT_S):
        """One piece of output; False at the end."""
        if not select.select([self.master], [], [], limit_s)[0]:
            raise AssertionError("nothing more is shown behind %r" % self.shown[-2000:])
        try:
            piece = os.read(self.master, 65536)
        except OSError:  # EIO: the other end is closed
            piece = b""
        self.shown += piece
        return bool(piece)

    def expect(self, text):
        """Wait until text is shown; returns what was shown up to it, and forgets it."""
        wanted = text.encode()
        while wanted not in self.shown:
            if not self.read():
                raise AssertionError("%r is not in %r" % (text, self.shown[-2000:]))
        before, _, self.shown = self.shown.partition(wanted)
        return (before + wanted).decode()

    def end(self):
        """Wait for the end; returns the exit code, and what was shown."""
        while self.read():
            pass
        code = self.process.wait(LIMIT_S)
        shown, self.shown = self.shown.decode(), b""
        return code, shown

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT_S)
        os.close(self.master)
