# SPDX-License-Identifier: BSD-3-Clause
"""Clients of the control socket, byte by byte, also as other users, for scenarios about who may what and how feeds end."""
import json
import os
import socket

from harness import DEADLINE, Failure, check, connect_patiently, schema

TIERS = ("READ", "OPERATE", "ROOT")
NOBODY = 65534
FDS_AT_ONCE = 200  # the kernel passes 253


def commands():
    """command -> tier, as the schema has them."""
    rows = {name: c["tier"].upper() for name, c in schema().commands.items()}
    check(len(rows) >= 20 and set(rows.values()) <= set(TIERS), f"commands of the schema: {rows}")
    return rows


def connect_as(path, uid, gid, groups=(), n=1):
    """n connections that a child made as another user. OSError as the child had it."""
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(list(groups))
            os.setgid(gid)
            os.setuid(uid)
            for _ in range(0, n, FDS_AT_ONCE):
                batch = [_connected(path) for _ in range(min(n, FDS_AT_ONCE))]
                socket.send_fds(there, [b"+"], [s.fileno() for s in batch])
                n -= len(batch)
                for s in batch:
                    s.close()
        except OSError as e:
            there.send(b"-" + str(e.errno).encode())
        finally:
            os._exit(0)
    there.close()
    out = []
    while True:
        data, fds, _, _ = socket.recv_fds(here, 64, FDS_AT_ONCE)
        if data[:1] != b"+":
            break
        out += [socket.socket(fileno=fd) for fd in fds]
    here.close()
    os.waitpid(pid, 0)
    if data:
        raise OSError(int(data[1:]), os.strerror(int(data[1:])))
    return out


def _connected(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connect_patiently(s, path)
    return s


class Peer:
    """A connection: requests out, lines in."""

    def __init__(self, node, sock=None):
        self.sock = sock if sock is not None else _connected(node.socket_path)
        self.sock.settimeout(DEADLINE)
        self.data = b""
        self.last_id = 0

    def send(self, cmd, fds=(), **args):
        self.last_id += 1
        line = json.dumps({"v": 1, "id": self.last_id, "cmd": cmd, "args": args}).encode() + b"\n"
        socket.send_fds(self.sock, [line], list(fds))
        return self.last_id

    def line(self):
        """The next line; None at the end."""
        while b"\n" not in self.data:
            try:
                part = self.sock.recv(1 << 16)
            except ConnectionError:
                part = b""
            if not part:
                check(not self.data, f"the end in the middle of a line: {self.data[:80]!r}")
                return None
            self.data += part
        line, self.data = self.data.split(b"\n", 1)
        return json.loads(line)

    def last(self, number):
        """The line that ends the answer to a request; messages of feeds before it are left out."""
        while True:
            line = self.line()
            if line is None:
                raise Failure("the connection ended before the answer")
            if line["id"] in (number, None) and "more" not in line:
                return line

    def ask(self, cmd, fds=(), **args):
        """The answer; a feed is cancelled at once."""
        number = self.send(cmd, fds, **args)
        cancel = self.send("cancel")
        answer = self.last(number)
        self.last(cancel)
        return answer

    def drain(self):
        """Whatever still comes, to the end."""
        try:
            while self.sock.recv(1 << 16):
                pass
        except ConnectionError:
            pass
        self.close()

    def close(self):
        self.sock.close()
