# SPDX-License-Identifier: BSD-3-Clause
"""XDP programs and BPF links by the bpf system call, as somebody else on the machine handles them. Needs root.
Standard library only."""
import ctypes
import os
import socket
import struct

import rawsock

SYSCALL = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_LOAD, OBJ_GET_INFO, LINK_CREATE, LINK_GET_FD, LINK_NEXT_ID, LINK_DETACH = 5, 15, 28, 30, 31, 34
TYPE_XDP_PROG, ATTACH_XDP, LINK_TYPE_XDP = 6, 37, 6
XDP_DROP, XDP_PASS = 1, 2
_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attr):
    room = ctypes.create_string_buffer(attr, max(len(attr), 120))
    rc = _libc.syscall(SYSCALL, command, room, len(room))
    if rc < 0:
        err = ctypes.get_errno()
        raise OSError(err, os.strerror(err), f"bpf command {command}")
    return rc, room.raw


def _load(insns, name):
    """The descriptor of an XDP program of these (code, offset, number): all on register 0."""
    raw = b"".join(struct.pack("=BBhi", code, 0, off, imm) for code, off, imm in insns)
    insns = ctypes.create_string_buffer(raw, len(raw))
    licence = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("=IIQQIIQII16s", TYPE_XDP_PROG, len(raw) // 8, ctypes.addressof(insns), ctypes.addressof(licence), 0, 0, 0, 0,
                       0, name)
    return _bpf(PROG_LOAD, attr)[0]


MOV, EXIT, CALL, MOD, JEQ = 0xB7, 0x95, 0x85, 0x97, 0x15
PRANDOM_U32 = 7  # helper


def program(verdict, name=b"somebody"):
    """A program that gives every frame this verdict."""
    return _load([(MOV, 0, verdict), (EXIT, 0, 0)], name)


def dropper(one_of):
    """A program that drops one frame of so many, by dice."""
    return _load([(CALL, 0, PRANDOM_U32), (MOD, 0, one_of), (JEQ, 2, 0), (MOV, 0, XDP_PASS), (EXIT, 0, 0), (MOV, 0, XDP_DROP),
                  (EXIT, 0, 0)], b"dice")


def attach(prog, netns, ifname):
    """Attach it by a link; it hangs on the interface as long as the descriptor is open."""
    def go():
        return _bpf(LINK_CREATE, struct.pack("=IIII", prog, socket.if_nametoindex(ifname), ATTACH_XDP, 0))[0]
    return rawsock.in_netns(netns, go)


def _link_info(fd):
    """(type, id of the program, index of the interface)."""
    info = ctypes.create_string_buffer(64)
    _bpf(OBJ_GET_INFO, struct.pack("=IIQ", fd, len(info), ctypes.addressof(info)))
    kind, _, prog_id, _, ifindex = struct.unpack_from("=IIIII", info.raw)
    return kind, prog_id, ifindex


def break_link(netns, ifname):
    """Take the XDP program off an interface that hangs on a BPF link: what only somebody does who insists."""
    wanted = rawsock.in_netns(netns, lambda: socket.if_nametoindex(ifname))
    at, n = 0, 0
    while True:
        try:
            _, raw = _bpf(LINK_NEXT_ID, struct.pack("=II", at, 0))
        except FileNotFoundError:
            return n
        at = struct.unpack_from("=II", raw)[1]
        try:
            fd = _bpf(LINK_GET_FD, struct.pack("=I", at))[0]
        except (BlockingIOError, FileNotFoundError):
            continue  # of somebody else on the machine, who is putting it up or taking it down right now
        try:
            kind, prog_id, ifindex = _link_info(fd)
            # indexes are those of a namespace: the name of the program tells the rest
            if kind == LINK_TYPE_XDP and ifindex == wanted and f"id {prog_id} " in _xdp_text(netns, ifname):
                _bpf(LINK_DETACH, struct.pack("=I", fd))
                n += 1
        finally:
            os.close(fd)


def _xdp_text(netns, ifname):
    import harness
    return harness.sh("ip", "netns", "exec", netns, "ip", "-d", "link", "show", ifname)
