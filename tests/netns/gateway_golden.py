# SPDX-License-Identifier: BSD-3-Clause
"""Clients of the binary API that are not to be had here, played word by word from tests/golden: what they send is answered as
they take it, in this order and to the byte.

    end a -- eth0 | box: romond -- control socket -- romon-gw -- the tester |
"""
import os
import re
import socket

from gateway import one_node
from gateway_hostile import API, sentence
from harness import ROOT, check

GOLDEN = os.path.join(ROOT, "tests", "golden")


def length_of(f):
    """RouterOS's length of a word: the leading bits of the first byte tell how many bytes follow it."""
    first = f.read(1)
    check(first, "the connection ended")
    n_more = 0 if first[0] < 0x80 else 1 if first[0] < 0xC0 else 2 if first[0] < 0xE0 else 3
    check(first[0] < 0xF0, f"a word of a length that begins with {first[0]:#x}")
    return int.from_bytes(first + f.read(n_more), "big") & (1 << (7 * (n_more + 1))) - 1


def words_from(f):
    words = []
    while True:
        n = length_of(f)
        if n == 0:
            return words
        words.append(f.read(n).decode())


def words_of(line):
    return [w.replace("\\_", " ") for w in line.split()]


def played(path):
    """One connection, through the whole of a transcript."""
    n = 0
    with socket.create_connection(API, 20) as s, open(path, encoding="utf-8") as script:
        f = s.makefile("rb")
        held = b""
        for number, line in enumerate(script, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            mark, said = line.split(" ", 1)
            if mark in (">", ">>"):  # >>: goes in one packet with the next
                held += sentence(*words_of(said))
                if mark == ">":
                    s.sendall(held)
                    held = b""
                continue
            came = " ".join(w.replace(" ", "\\_") for w in words_from(f))
            wanted = said.replace("\\_", "\\\\_")
            check(re.fullmatch(wanted, came), f"{os.path.basename(path)}:{number}: wanted {said}, came {came}")
            n += 1
    return n


def scenario(net):
    _, gateway = one_node(net)
    for name in sorted(os.listdir(GOLDEN)):
        print(f"{name}: {played(os.path.join(GOLDEN, name))} sentences as they should be")
    gateway.stop()
