#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Signatures of RoMON frames in Python: every construction of docs/protocol.md section 7.

Written from the document alone, so that the digests of romond are compared with a second reading of it.
hashlib and hmac only. Frames are bytes, from the Ethernet header on, with one 802.1Q tag or none.

    scheme = ROMOND_1
    signed = scheme.sign(frame, b"secret", counter)
    scheme.verify(signed, b"secret")

Alone it makes captures:  romon_auth.py FOLDER [SECRET]
"""

import hashlib
import hmac
import itertools
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

ETHERTYPE = b"\x88\xbf"
TPID_8021Q = b"\x81\x00"
AUTH_AT, AUTH_LEN, DIGEST_LEN = 4, 24, 16  # offsets count from the RoMON header, behind the EtherType

KEYED = ("prefix", "suffix", "both", "hmac", "field")  # field: the secret stands in the digest field only
SECRET_FORMS = ("raw", "pad16", "pad64")
FIELDS = ("zero", "out", "secret")
COVERS = ("romon", "ethernet", "source+romon", "source+ethernet")
DIGEST_PLACES = (0, 8, 4)  # of the digest in the 24 bytes; the counter has what is left


def split(frame):
    """(Ethernet addresses, tag with its TPID or b"", RoMON bytes up to the length field, padding)."""
    at = 18 if frame[12:14] == TPID_8021Q else 14
    if frame[at - 2 : at] != ETHERTYPE or len(frame) < at + AUTH_AT + AUTH_LEN:
        raise ValueError("no RoMON frame")
    (length,) = struct.unpack(">H", frame[at + 2 : at + 4])
    end = at + length - 14
    if end > len(frame) or length < 14 + AUTH_AT + AUTH_LEN:
        raise ValueError("the length field is wrong")
    return frame[:12], frame[12 : at - 2], frame[at:end], frame[end:]


def padded(secret, size):
    """Exactly size bytes: zeros behind a shorter secret, a longer one cut."""
    return secret[:size].ljust(size, b"\0")


@dataclass(frozen=True)
class Scheme:
    digest_at: int = 8  # in the 24 bytes
    keyed: str = "hmac"
    secret: str = "raw"
    field: str = "zero"  # what stands for the digest while it is computed
    cover: str = "source+romon"  # what is hashed: the frame from RoMON or Ethernet header on, the source MAC first

    def key(self, secret):
        return {"raw": secret, "pad16": padded(secret, 16), "pad64": padded(secret, 64)}[self.secret]

    def counter_place(self):
        """(offset, bytes) of the counter in the 24 bytes: what the digest leaves free, 8 bytes in a row or 4."""
        return {0: (16, 8), 8: (0, 8), 4: (0, 4)}[self.digest_at]

    def message(self, frame, secret):
        addresses, _, romon, _ = split(frame)
        at = AUTH_AT + self.digest_at
        place = {"zero": bytes(DIGEST_LEN), "out": b"", "secret": padded(secret, DIGEST_LEN)}[self.field]
        head = addresses[6:] if self.cover.startswith("source+") else b""
        head += addresses + ETHERTYPE if self.cover.endswith("ethernet") else b""
        return head + romon[:at] + place + romon[at + DIGEST_LEN :]

    def digest(self, frame, secret):
        message, key = self.message(frame, secret), self.key(secret)
        if self.keyed == "hmac":
            return hmac.new(key, message, hashlib.md5).digest()
        before = key if self.keyed in ("prefix", "both") else b""
        after = key if self.keyed in ("suffix", "both") else b""
        return hashlib.md5(before + message + after).digest()

    def sign(self, frame, secret, counter):
        """The frame with counter and digest; whatever stood in its 24 bytes is gone."""
        addresses, tag, romon, padding = split(frame)
        auth = bytearray(AUTH_LEN)
        at, size = self.counter_place()
        auth[at : at + size] = (counter & ((1 << 8 * size) - 1)).to_bytes(size, "big")
        cleared = addresses + tag + ETHERTYPE + romon[:AUTH_AT] + bytes(auth) + romon[AUTH_AT + AUTH_LEN :] + padding
        auth[self.digest_at : self.digest_at + DIGEST_LEN] = self.digest(cleared, secret)
        return addresses + tag + ETHERTYPE + romon[:AUTH_AT] + bytes(auth) + romon[AUTH_AT + AUTH_LEN :] + padding

    def seen(self, frame):
        """The digest that the frame carries."""
        at = AUTH_AT + self.digest_at
        return split(frame)[2][at : at + DIGEST_LEN]

    def counter(self, frame):
        at, size = self.counter_place()
        return int.from_bytes(split(frame)[2][AUTH_AT + at : AUTH_AT + at + size], "big")

    def verify(self, frame, secret):
        return is_signed(frame) and hmac.compare_digest(self.digest(frame, secret), self.seen(frame))

    @property
    def name(self):
        return f"{self.digest_at}-{self.keyed}-{self.secret}-{self.field}-{self.cover}"

    @property
    def text(self):
        """As the configuration writes it."""
        if self == ROMOND_1:
            return "romond-1"
        at, size = self.counter_place()
        return (f"digest={self.digest_at} counter=be{8 * size}@{at} keyed={self.keyed} secret={self.secret} "
                f"field={self.field} cover={self.cover}")


ROMOND_1 = Scheme()


def is_signed(frame):
    return split(frame)[2][AUTH_AT : AUTH_AT + AUTH_LEN] != bytes(AUTH_LEN)


def every_scheme():
    """All combinations, romond-1 among them."""
    for parts in itertools.product(DIGEST_PLACES, KEYED, SECRET_FORMS, FIELDS, COVERS):
        scheme = Scheme(*parts)
        if scheme.keyed != "field" or scheme.field == "secret":
            yield scheme


def fitting(frames, secret):
    """The schemes under which every one of the frames is good."""
    return [s for s in every_scheme() if all(s.verify(f, secret) for f in frames)]


# --- captures ---------------------------------------------------------------------------------------------


def write_pcap(path, frames, start_us=1_700_000_000_000_000):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, raw in enumerate(frames):
            at = start_us + i * 1000
            f.write(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(raw), len(raw)) + raw)


def write_pcapng(path, frames, start_us=1_700_000_000_000_000):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    with open(path, "wb") as f:
        f.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        f.write(block(1, struct.pack("<HHI", 1, 0, 65535)))
        for i, raw in enumerate(frames):
            at = start_us + i * 1000
            f.write(block(6, struct.pack("<IIIII", 0, at >> 32, at & 0xFFFFFFFF, len(raw), len(raw)) + raw))


def sample_schemes(n=24):
    """n schemes in which every value of every part stands, spread over all combinations."""
    schemes = list(every_scheme())
    return [schemes[i * 61 % len(schemes)] for i in range(n)]  # 61 shares no divisor with their number


def make_captures(folder, frames, secret, schemes):
    """A capture for each scheme, pcap and pcapng in turn; {path: scheme}."""
    made = {}
    for i, scheme in enumerate(schemes):
        path = Path(folder) / f"{scheme.name}.{'pcapng' if i % 2 else 'pcap'}"
        signed = [scheme.sign(f, secret, 1_700_000_000_000_000 + k) for k, f in enumerate(frames)]
        (write_pcapng if i % 2 else write_pcap)(path, signed)
        made[path] = scheme
    return made


def main():
    import romon

    vectors = Path(__file__).resolve().parent.parent / "vectors"
    frames = [romon.vector(p) for p in sorted(vectors.glob("*.hex"))]
    secret = (sys.argv[2] if len(sys.argv) > 2 else "correct horse battery staple").encode()
    for path in make_captures(sys.argv[1], frames, secret, sample_schemes()):
        print(path)


if __name__ == "__main__":
    main()
