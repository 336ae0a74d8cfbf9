# SPDX-License-Identifier: BSD-3-Clause
"""What the sides forward: pcap files by tests/perf/make_pcap.py, and reading them back."""
import os
import struct
import subprocess
import sys

from bench import places

IN_MAC = "02:70:63:61:70:00"  # what net_pcap gives the first port that a process opens
NEXT_MAC = "02:00:00:00:00:0b"
OUT_LINK = 2  # link id of the first sink of a romond node
N_FRAMES = 1024
DATA_HEADER = 94  # bytes of a Data frame before the payload of its ping, which has at least 4
RELAY = ("relay-discover", "--sources", "16")
DISCOVER = ("discover", "--origins", str(N_FRAMES))


def data(neighbors=100, size=32, is_random=False):
    """Arguments for Data frames of 94 + size bytes that the node forwards from its first port to its second."""
    args = ("data", "--port-mac", IN_MAC, "--out-link", str(OUT_LINK), "--next-mac", NEXT_MAC, "--size", str(size))
    return args + ("--neighbors", str(neighbors)) + (("--random-order",) if is_random else ())


def make(folder, args, count=N_FRAMES):
    """Path of the file; made once a run."""
    name = "-".join(a.lstrip("-").replace(":", "") for a in args) + f"-{count}.pcap"
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        subprocess.run([sys.executable, "-B", os.path.join(places.PERF, "make_pcap.py"), *args, "-n", str(count), path],
                       check=True, stdout=subprocess.DEVNULL)
    return path


def read(path):
    """The frames of a pcap file; of one that is still being written, those that are there whole."""
    with open(path, "rb") as f:
        b = f.read()
    at, out = 24, []
    while at + 16 <= len(b):
        n = struct.unpack_from("<I", b, at + 8)[0]
        if at + 16 + n > len(b):
            break
        out.append(b[at + 16 : at + 16 + n])
        at += 16 + n
    return out
