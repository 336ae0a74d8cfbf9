# SPDX-License-Identifier: BSD-3-Clause
"""Raw packet sockets for tests: send and receive RoMON frames on an interface, also one in another
network namespace. Needs root. Standard library only.

    with rawsock.RawSock("veth1", netns="romon-a") as sock:
        sock.send(frame)                              # romon.Frame, or bytes
        got = sock.collect(2.0, until=lambda f: f.type == romon.DISCOVER_RESP)

A namespace is a name as in `ip netns`, or a path such as /proc/123/ns/net. The socket stays in its
namespace; the calling thread never leaves its own.
"""

import ctypes
import os
import socket
import struct
import threading
import time
from dataclasses import dataclass

import romon

SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
PACKET_MR_PROMISC = 1
PACKET_STATISTICS = 6
ETH_P_ALL = 3
TP_STATUS_VLAN_VALID = 0x10
TP_STATUS_VLAN_TPID_VALID = 0x40
CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
AUXDATA = struct.Struct("=IIIHHHH")  # struct tpacket_auxdata: status, len, snaplen, mac, net, vlan_tci, vlan_tpid
RECEIVE_BUFFER = 8 * 1024 * 1024
SNAPLEN = 65536
TAG_TYPES = (romon.TPID_8021Q, romon.TPID_8021AD)


def in_netns(netns, call):
    """The result of call() run inside that namespace, in a thread of its own. netns None: here."""
    if netns is None:
        return call()
    path = netns if "/" in netns else f"/run/netns/{netns}"
    box = {}

    def run():
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if libc.setns(fd, CLONE_NEWNET) != 0:
                    err = ctypes.get_errno()
                    raise OSError(err, os.strerror(err), path)
            finally:
                os.close(fd)
            box["result"] = call()
        except BaseException as e:  # handed to the caller's thread
            box["error"] = e

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in box:
        raise box["error"]
    return box["result"]


@dataclass
class Received:
    """One frame as it was on the wire, its VLAN tag put back; time as of time.monotonic()."""

    time: float
    raw: bytes

    def frame(self):
        """romon.BadFrame when it is none."""
        return romon.Frame.unpack(self.raw)


def ethertype(raw):
    """The EtherType behind all VLAN tags, or None."""
    at = 12
    while len(raw) >= at + 2:
        (kind,) = struct.unpack_from(">H", raw, at)
        if kind not in TAG_TYPES:
            return kind
        at += 4
    return None


class RawSock:
    """A packet socket on one interface that sees RoMON frames (tagged or not) and none that we send.
    With every_ethertype recv_raw() and collect_raw() give the frames of others too."""

    def __init__(self, ifname, netns=None, promiscuous=True, every_ethertype=False):
        self.ifname = ifname
        self.every_ethertype = every_ethertype
        self.netns = netns
        self._sock = in_netns(netns, lambda: self._open(ifname, promiscuous))

    @staticmethod
    def _open(ifname, promiscuous):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)  # 0: nothing before bind
        try:
            index = socket.if_nametoindex(ifname)
            sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
            if promiscuous:
                mreq = struct.pack("=iHH8s", index, PACKET_MR_PROMISC, 0, b"")
                sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, mreq)
            sock.bind((ifname, ETH_P_ALL))
        except BaseException:
            sock.close()
            raise
        return sock

    def close(self):
        self._sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def fileno(self):
        return self._sock.fileno()

    def setsockopt(self, level, option, value):
        self._sock.setsockopt(level, option, value)

    # -- sending

    def send(self, frame, pad_to=0):
        """Send a romon.Frame or bytes from the Ethernet header on."""
        raw = frame if isinstance(frame, (bytes, bytearray)) else frame.pack()
        self._sock.send(bytes(raw).ljust(pad_to, b"\0"))

    # -- receiving

    def recv_raw(self, deadline):
        """The next RoMON frame as Received, well-formed or not; None when time.monotonic() passed deadline."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._sock.settimeout(left)
            try:
                raw, control, _, address = self._sock.recvmsg(SNAPLEN, socket.CMSG_SPACE(AUXDATA.size))
            except (TimeoutError, BlockingIOError):
                return None
            if address[2] == socket.PACKET_OUTGOING:
                continue
            raw = _tag_put_back(raw, control)
            if self.every_ethertype or ethertype(raw) == romon.ETHERTYPE:
                return Received(time.monotonic(), raw)

    def recv(self, seconds):
        """The next well-formed frame within that time, or None. Malformed ones are skipped."""
        deadline = time.monotonic() + seconds
        while True:
            got = self.recv_raw(deadline)
            if got is None:
                return None
            try:
                return got.frame()
            except romon.BadFrame:
                continue

    def collect(self, seconds, count=None, until=None, match=None):
        """Well-formed frames (those that match, if given) of the next seconds. Ends early with the count-th,
        or with the first for which until is true; that one is included."""
        deadline = time.monotonic() + seconds
        out = []
        while count is None or len(out) < count:
            frame = self.recv(deadline - time.monotonic())
            if frame is None:
                break
            if match is not None and not match(frame):
                continue
            out.append(frame)
            if until is not None and until(frame):
                break
        return out

    def collect_raw(self, seconds, count=None):
        """As collect(), but every RoMON frame as Received, malformed ones too."""
        deadline = time.monotonic() + seconds
        out = []
        while count is None or len(out) < count:
            got = self.recv_raw(deadline)
            if got is None:
                break
            out.append(got)
        return out

    def drain(self):
        """Forget all that has arrived so far. Returns how many frames that were, of any EtherType."""
        self._sock.setblocking(False)
        n = 0
        try:
            while True:
                self._sock.recv(SNAPLEN)
                n += 1
        except BlockingIOError:
            return n

    def lost(self):
        """Frames that this socket's buffer had no room for since the last call: a test that counts checks it is 0."""
        _, dropped = struct.unpack("=II", self._sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        return dropped


def _tag_put_back(raw, control):
    """The kernel takes the outer VLAN tag off a frame and tells of it beside the frame."""
    for level, kind, data in control:
        if level != SOL_PACKET or kind != PACKET_AUXDATA or len(data) < AUXDATA.size:
            continue
        status, _, _, _, _, tci, tpid = AUXDATA.unpack_from(data)
        if status & TP_STATUS_VLAN_VALID:
            if not status & TP_STATUS_VLAN_TPID_VALID:
                tpid = romon.TPID_8021Q
            return raw[:12] + struct.pack(">HH", tpid, tci) + raw[12:]
    return raw
