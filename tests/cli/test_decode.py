#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""romonctl decode: against tshark with our dissector, against the Python model, and on files of every kind.

Run by meson (suite cli), or alone: ROMONCTL=build/app/romonctl/romonctl python3 -m unittest test_decode
"""
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", ".."))
ROMONCTL = os.environ.get("ROMONCTL", os.path.join(ROOT, "build/app/romonctl/romonctl"))
DISSECTOR = os.path.join(ROOT, "config/wireshark/romon.lua")
VECTORS = os.path.join(ROOT, "tests/vectors")
N_FRAMES = 10000
SEED = 20260301
LIMIT_S = 100

sys.path.insert(0, os.path.join(ROOT, "tests/common"))
import romon  # noqa: E402
from romon import Frame, Hop, Ping, Route, Segment, LinkEnd, Tlv  # noqa: E402

# --- frames of every kind ---------------------------------------------------------------------------------


class Generator:
    """The same frames for the same seed: (bytes, how many of them the capture kept)."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def mac(self):
        return bytes([self.r.randrange(128) * 2, *self.r.randbytes(5)])

    def link_end(self):
        r = self.r
        return LinkEnd() if r.random() < 0.3 else LinkEnd(r.getrandbits(32), r.getrandbits(16), r.getrandbits(16), self.mac())

    def route(self):
        return romon.route_tlv(Route(self.mac(), self.link_end(), self.link_end()))

    def words(self):
        r = self.r
        if r.random() < 0.3:
            return r.randbytes(r.randrange(0, 40))  # hostile text
        return bytes(r.choice(b"abcXYZ 019_-\\|,\"") for _ in range(r.randrange(0, 24)))

    def tlvs(self, kind):
        r = self.r
        tlvs = [self.route() for _ in range({romon.DISCOVER: 1, romon.DISCOVER_RESP: 2, romon.HELLO: 1}.get(kind, 0))]
        if r.random() < 0.6:
            tlvs += romon.node_tlvs(self.words(), r.randbytes(4), self.words())
        own = kind in (romon.HELLO, romon.SEQ_ERR)
        for tag in (romon.TAG_NONCE, romon.TAG_NONCE_ECHO, romon.TAG_COUNTER_MIN):
            if r.random() < (0.5 if own else 0.05):
                tlvs.append(Tlv(tag, r.randbytes(8)))
        if kind == romon.DISCOVER_RESP and r.random() < 0.3:
            tlvs.append(Tlv(0x83, self.words()))
        for _ in range(r.choice((0, 0, 0, 1, 2))):
            tlvs.append(Tlv(r.choice((0, 2, 6, 0x7f, 0x83, 0xff)), r.randbytes(r.randrange(0, 30))))
        if r.random() < 0.15:  # well packed, and wrong
            tlvs.append(r.choice((Tlv(1, r.randbytes(33)), self.route(), Tlv(3, b"again"), Tlv(4, b"\7\1f"),
                                  Tlv(0x80, r.randbytes(8)), Tlv(0x82, b"short"), Tlv(1, b""), Tlv(5, b"twice"))))
        r.shuffle(tlvs)
        return tlvs

    def good(self):
        r = self.r
        kind = r.randrange(1, 6)
        n = r.choice((0, 1, 2, 3, 8, 128)) if r.random() < 0.9 else r.randrange(0, 129)
        n = max(n, 1) if kind == romon.DATA else n
        frame = Frame(
            kind, self.mac(), self.mac(), eth_dst=self.mac(), eth_src=self.mac(), channel=r.choice((0, 0, 0, 7, 255)),
            auth=romon.UNSIGNED if r.random() < 0.8 else r.randbytes(24),
            hops=[Hop(r.getrandbits(32), self.mac()) for _ in range(n)],
            ptr=r.randrange(0, n) if kind == romon.DATA else r.randrange(0, n + 1),
            vlan=r.randrange(0, 0xffff) if r.random() < 0.2 else None,
        )
        if kind != romon.DATA:
            frame.tlvs = self.tlvs(kind)
            return frame
        service, other = r.choice((1, 3, 4, 99)), r.randrange(0, 0xffff)
        frame.src_port, frame.dst_port = (service, other) if r.random() < 0.5 else (other, service)
        if r.random() < 0.1:
            frame.payload = r.randbytes(r.randrange(0, 12))
        elif service == 1:
            frame.payload = Ping(r.getrandbits(32), r.choice((4, 32, 400))).pack()
        else:
            frame.payload = Segment(r.randrange(0, 7), r.getrandbits(32), r.getrandbits(32),
                                    r.randbytes(r.randrange(0, 60)), r.randrange(256)).pack()
        return frame

    def spoil(self, raw):
        """Break one thing or two."""
        r = self.r
        b = bytearray(raw)
        for _ in range(r.choice((1, 1, 2))):
            what = r.randrange(7)
            if what == 0:
                b[r.randrange(12, len(b))] = r.randrange(256)
            elif what == 1:
                del b[r.randrange(14, len(b) + 1):]
            elif what == 2 and len(b) > 18:
                struct.pack_into(">H", b, 16, r.choice((0, 13, 14, 59, 61, len(b) - 1, len(b) + 1, r.getrandbits(16))))
            elif what == 3 and len(b) > 55:
                b[54 + r.randrange(2)] = r.choice((0, 1, 127, 128, 129, 255))
            elif what == 4 and len(b) > 43:
                b[42:48] = r.choice((bytes(6), b"\1" + bytes(5)))
            elif what == 5:
                b[12:12] = r.choice((b"\x81\x00\x00\x05", b"\x88\xa8\x00\x05"))
            elif len(b) > 70:
                del b[-r.randrange(1, 40):]  # the last TLV, or the payload, cut short
                struct.pack_into(">H", b, 16, len(b))
        return bytes(b)

    def __iter__(self):
        while True:
            raw = self.good().pack(60 if self.r.random() < 0.3 else 0)
            dice = self.r.random()
            if dice < 0.4:
                raw = self.spoil(raw)
            if len(raw) < 14 or raw[12:14] not in (b"\x88\xbf", b"\x81\x00", b"\x88\xa8") or b"\x88\xbf" not in raw[12:28]:
                continue
            yield raw, self.r.randrange(14, len(raw) + 1) if dice > 0.95 else len(raw)


def ethertype_at(raw):
    """Offset behind the EtherType of RoMON, or None."""
    at = 14
    while len(raw) >= at:
        kind = raw[at - 2 : at]
        if kind == b"\x88\xbf":
            return at
        if kind not in (b"\x81\x00", b"\x88\xa8"):
            return None
        at += 4
    return None


def write_pcap(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, (raw, kept) in enumerate(frames):
            f.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000, kept, len(raw)) + raw[:kept])


def model_verdict(raw):
    try:
        Frame.unpack(raw)
    except romon.BadFrame as bad:
        return bad.reason
    return "ok"


# --- the two programs -------------------------------------------------------------------------------------

# Field of the dissector -> how decode's row says the same: a list of texts.


def one(key, form=str):
    return lambda row: [form(row[key])] if row.get(key) is not None else []


def each(key, form):
    return lambda row: [form(item) for item in row[key]]


def routes(form):
    return lambda row: [form(r) for r in row.get("routes", [])]


def in_order(form):
    """In-end and out-end are separate fields, so that each field has one value a route."""
    return routes(form)


def version_of(key, form=str):
    return lambda row: [form(row["version"][key])] if "version" in row else []


def segment_of(key, form=str):
    return lambda row: [form(row["segment"][key])] if "segment" in row else []


def payload_of(row):
    return [row["payload"]] if row.get("payload") else []


def in_ascii(text):
    """As the dissector writes texts; romonctl leaves what is printable as it is."""
    return "".join(c if c.isascii() else "".join(f"\\x{b:02x}" for b in c.encode()) for c in text)


ALWAYS = {
    "romon.verdict": one("verdict"),
    "romon.type": one("type-number"),
    "romon.channel": one("channel"),
    "romon.length": one("frame-length"),
    "romon.auth": one("auth"),
    "romon.src": one("src"),
    "romon.dst": one("dst"),
    "romon.hops.n": one("n"),
    "romon.hops.ptr": one("ptr"),
    "romon.hop.link": each("hops", lambda h: str(h["link"])),
    "romon.hop.mac": each("hops", lambda h: h["mac"]),
    "romon.tlv.tag": each("tlvs", lambda t: f"0x{t['tag']:02x}"),
    "romon.tlv.length": each("tlvs", lambda t: str(t["length"])),
    "romon.tlv.value": lambda row: [t["value"] for t in row["tlvs"] if t["value"]],
    "romon.port.src": one("src-port"),
    "romon.port.dst": one("dst-port"),
    "romon.service": one("service"),
    "romon.ping.seq": one("ping-seq"),
    "romon.segment.type": segment_of("type"),
    "romon.segment.flags": segment_of("flags", lambda v: f"0x{v:02x}"),
    "romon.segment.seq": segment_of("seq"),
    "romon.segment.ack": segment_of("ack"),
    "romon.payload": payload_of,
    "frame.len": one("length"),
    "frame.cap_len": one("captured"),
    "eth.src": one("eth-src"),
    "eth.dst": one("eth-dst"),
}
# What TLVs mean: shown by decode for frames that are well formed.
WHEN_OK = {
    "romon.route.id": routes(lambda r: r["id"]),
    **{
        f"romon.route.{side}.{key}": in_order(lambda r, side=side, key=key: str(r[side][key]))
        for side in ("in", "out") for key in ("link", "l2mtu", "cost", "mac")
    },
    "romon.identity": lambda row: [in_ascii(row["identity"])] if row.get("identity") else [],
    "romon.board": lambda row: [in_ascii(row["board"])] if row.get("board") else [],
    "romon.master": lambda row: [in_ascii(row["master"])] if "master" in row else [],
    "romon.version.major": version_of("major"),
    "romon.version.minor": version_of("minor"),
    "romon.version.stage": version_of("stage", lambda v: f"0x{v:02x}"),
    "romon.version.revision": version_of("revision"),
    "romon.nonce": one("nonce"),
    "romon.echo": one("echo"),
    "romon.counter_min": one("counter-min", lambda v: str(int(v, 16))),
}
BYTES = {"romon.auth", "romon.tlv.value", "romon.payload", "romon.nonce", "romon.echo"}
TEXTS = {"romon.identity", "romon.board", "romon.master"}


def run(*argv, **kwargs):
    return subprocess.run(argv, capture_output=True, timeout=LIMIT_S, check=False, **kwargs)


def decode(path, *options, **kwargs):
    return run(ROMONCTL, "decode", path, *options, **kwargs)


def decode_rows(path):
    p = decode(path, "-o", "jsonl")
    assert p.returncode == 0, p.stderr
    return [json.loads(line) for line in p.stdout.decode().splitlines()]


def tshark(path, *options):
    return run("tshark", "-n", "-X", f"lua_script:{DISSECTOR}", "-r", path, *options)


def tshark_rows(path):
    """A dict a frame: field -> list of texts."""
    names = [*ALWAYS, *WHEN_OK, "romon.padding"]
    options = [option for name in names for option in ("-e", name)]
    p = tshark(path, "-T", "fields", "-E", "separator=\x01", "-E", "aggregator=\x02", "-E", "occurrence=a", *options)
    assert p.returncode == 0, p.stderr
    rows = []
    for line in p.stdout.decode("ascii").split("\n")[:-1]:
        row = {}
        for name, cell in zip(names, line.split("\x01")):
            values = cell.split("\x02") if cell else []
            row[name] = [v.replace(":", "") for v in values] if name in BYTES else values
        rows.append(row)
    return rows


class WithFiles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="romond-decode-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path


@unittest.skipUnless(shutil.which("tshark"), "tshark is not installed: scripts/install-deps test")
class AgainstTshark(WithFiles):
    def frames(self, n=N_FRAMES):
        found = []
        for raw, kept in Generator(SEED):
            if ethertype_at(raw[:kept]) is not None:
                found.append((raw, kept))
            if len(found) == n:
                return found
        raise AssertionError

    def differences(self, theirs, ours):
        wanted = {**ALWAYS, **(WHEN_OK if ours["verdict"] == "ok" else {})}
        for name, form in wanted.items():
            expected = form(ours)
            if (theirs[name][:1] if name == "romon.master" else theirs[name]) != expected:  # decode takes the first
                yield f"{name}: tshark {theirs[name]}, decode {expected}"
        n_padding = sum(len(v) // 2 for v in (p.replace(":", "") for p in theirs["romon.padding"]))
        if n_padding != ours["padding"]:
            yield f"padding: tshark {n_padding}, decode {ours['padding']}"

    def test_decode_and_tshark_agree_on_every_field_of_10000_frames(self):
        frames = self.frames()
        path = self.path("all.pcap")
        write_pcap(path, frames)
        ours, theirs = decode_rows(path), tshark_rows(path)
        self.assertEqual([len(ours), len(theirs)], [len(frames), len(frames)])
        bad = []
        for i, (a, b) in enumerate(zip(theirs, ours)):
            bad += [f"frame {i + 1}: {d}" for d in self.differences(a, b)]
        self.assertEqual(bad[:20], [])
        verdicts = {row["verdict"] for row in ours}
        self.assertEqual(verdicts, {"ok", "cut", *self.words()}, "a kind of frame is missing")
        for row, (raw, kept) in zip(ours, frames):
            if kept == len(raw):
                self.assertEqual(row["verdict"], model_verdict(raw), raw.hex())

    @staticmethod
    def words():
        """Names of lib/wire/wire_verdict.h; not-romon is no frame of ours."""
        with open(os.path.join(ROOT, "lib/wire/wire_verdict.h"), encoding="utf-8") as f:
            return set(re.findall(r'X\(\w+, "([a-z-]+)"', f.read())) - {"not-romon"}

    def test_no_frame_makes_the_dissector_fail(self):
        path = self.path("some.pcap")
        frames = self.frames(2000)
        vectors = [romon.vector(os.path.join(VECTORS, name)) for name in sorted(os.listdir(VECTORS))]
        for raw in vectors:
            frames += [(raw[:n], n) for n in range(14, len(raw))] + [(raw, n) for n in range(14, len(raw) + 1)]
        write_pcap(path, frames)
        p = tshark(path, "-V")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(p.stdout.count(b"\nMikroTik RoMON"), len(frames))
        self.assertNotIn(b"Lua Error", p.stdout)
        self.assertNotIn(b"Lua", p.stderr)
        self.assertEqual(tshark(path, "-Y", "_ws.lua.error").stdout, b"")
        self.assertNotIn(b"Malformed Packet", p.stdout, "the dissector read past the end")

    def test_captured_frames_read_as_the_protocol_says(self):
        path = self.path("ping.pcap")
        raw = romon.vector(os.path.join(VECTORS, "data-pong.hex"))
        write_pcap(path, [(raw, len(raw))])
        line = tshark(path, "-T", "fields", "-e", "_ws.col.Info").stdout.decode().strip()
        self.assertEqual(line, "Data 18:fd:74:75:de:23 > d4:ca:6d:dd:8c:ba hop 2/3  ping 1 -> 6276 seq 1")

    def test_malformed_frames_carry_an_expert_info_each(self):
        path = self.path("bad.pcap")
        frames = [f for f in self.frames(1500) if len(f[0]) == f[1]]
        write_pcap(path, frames)
        bad = [str(i + 1) for i, (raw, _) in enumerate(frames) if model_verdict(raw) != "ok"]
        shown = tshark(path, "-Y", "_ws.expert.severity == error", "-T", "fields", "-e", "frame.number").stdout
        self.assertEqual(shown.decode().split(), bad)


# --- files ------------------------------------------------------------------------------------------------


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(name, resolution, order="<", link=1):
    options = option(2, name, order) + option(9, bytes([resolution]), order) + option(0, b"", order)
    return block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)


def packet(i, ticks, raw, direction, order="<"):
    head = struct.pack(order + "IIIII", i, ticks >> 32, ticks & 0xFFFFFFFF, len(raw), len(raw))
    flags = option(2, struct.pack(order + "I", direction), order) + option(0, b"", order)
    return block(6, head + raw + bytes(-len(raw) % 4) + flags, order)


class Files(WithFiles):
    PING = romon.vector(os.path.join(VECTORS, "data-ping.hex"))

    def test_pcapng_of_either_byte_order_tells_interface_direction_and_time(self):
        for order in "<>":
            data = section(order) + interface(b"ether1\x1b[31m", 9, order) + interface(b"sfp1", 6, order)
            data += packet(1, 1700000000123456, self.PING, 2, order) + packet(0, 1700000000000000007, self.PING, 1, order)
            rows = decode_rows(self.path("a.pcapng", data))
            self.assertEqual([r["interface"] for r in rows], ["sfp1", "ether1\\x1b[31m"])
            self.assertEqual([r["direction"] for r in rows], ["out", "in"])
            self.assertEqual([r["time"] for r in rows],
                             ["2023-11-14T22:13:20.123456000Z", "2023-11-14T22:13:20.000000007Z"])

    def test_frames_of_other_protocols_and_links_are_counted_but_not_shown(self):
        other = self.PING[:12] + b"\x08\x00" + self.PING[14:]
        data = section() + interface(b"a", 9) + interface(b"wifi", 9, link=105)
        data += packet(0, 1, other, 0) + packet(1, 2, self.PING, 0) + packet(0, 3, self.PING, 0)
        rows = decode_rows(self.path("a.pcapng", data))
        self.assertEqual([r["number"] for r in rows], [3])

    def test_cooked_captures_are_read(self):
        source, kind = bytes.fromhex("020000000007"), struct.pack(">H", 0x88BF)
        sll = lambda way: struct.pack(">HHH", way, 1, 6) + source + b"\0\0" + kind
        sll2 = lambda way: kind + struct.pack(">HIHBB", 0, 3, 1, way, 6) + source + b"\0\0"
        for link, head in ((113, sll), (276, sll2)):
            frames = [head(way) + self.PING[14:] for way in (2, 4)]
            data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
            for f in [*frames, frames[0][:9]]:
                data += struct.pack("<IIII", 1700000000, 0, len(f), len(f)) + f
            path = self.path("a.pcap", data)
            rows = decode_rows(path)
            self.assertEqual([(r["number"], r["eth-src"], r["eth-dst"], r["direction"], r["verdict"]) for r in rows],
                             [(1, "02:00:00:00:00:07", "00:00:00:00:00:00", "in", "ok"),
                              (2, "02:00:00:00:00:07", "00:00:00:00:00:00", "out", "ok")])
            self.assertIn(b"no destination addresses", decode(path).stderr)
            data = section() + interface(b"any", 9, link=link) + packet(0, 1, frames[0], 0)
            rows = decode_rows(self.path("a.pcapng", data))
            self.assertEqual([(r["interface"], r["ping-seq"]) for r in rows], [("any", 1)])

    def test_every_prefix_of_a_pcapng_file_is_read_as_far_as_it_goes(self):
        data = section() + interface(b"a", 9) + packet(0, 1, self.PING, 1) + packet(0, 2, self.PING, 2)
        for n in range(0, len(data), 3):
            p = decode(self.path("a.pcapng", data[:n]), "-o", "jsonl")
            n_rows = len(p.stdout.splitlines())
            whole = n in (len(section()), len(section() + interface(b"a", 9)), len(data) - len(packet(0, 2, self.PING, 2)))
            self.assertIn(p.returncode, (0,) if whole else (1,) if n_rows == 0 else (5,), n)
            if not whole:
                self.assertIn(b"romonctl: ", p.stderr)

    def test_standard_input_and_hex_files_are_read(self):
        path = os.path.join(VECTORS, "data-ping.hex")
        with open(path, "rb") as f:
            p = decode("-", "-o", "json", stdin=f)
        rows = json.loads(p.stdout)
        self.assertEqual(rows, decode_rows(path))
        self.assertEqual([rows[0]["service"], rows[0]["ping-seq"], rows[0]["time"]], ["ping", 1, None])

    def test_nanosecond_and_swapped_pcap_are_read(self):
        for magic, order, sub, text in ((0xA1B23C4D, "<", 7, "000000007"), (0xA1B2C3D4, ">", 7, "000007000")):
            data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
            data += struct.pack(order + "IIII", 1700000000, sub, len(self.PING), len(self.PING)) + self.PING
            rows = decode_rows(self.path("a.pcap", data))
            self.assertEqual(rows[0]["time"], f"2023-11-14T22:13:20.{text}Z")

    def test_a_file_that_is_none_gives_one_sentence_and_exit_code_1(self):
        cases = [(b"", "it is empty"), (b"\n\r\r\nxxxx", "it ends within a block"), (b"hello", "unknown file format"),
                 (b"abc", "it ends within a byte"), (b"ab zz", "neither pcapng nor pcap"),
                 (struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 105), "no Ethernet frames (link type IEEE802_11): capture on one device")]
        for data, word in cases:
            p = decode(self.path("x", data))
            self.assertEqual([p.returncode, p.stdout.decode().splitlines()[1:]], [1, []], data)
            self.assertIn(word, p.stderr.decode())
        p = decode(self.path("absent"))
        self.assertEqual([p.returncode, p.stdout], [1, b""])
        self.assertIn("No such file", p.stderr.decode())

    def test_people_get_a_table_and_a_fact_a_line(self):
        path = os.path.join(VECTORS, "discover-reply.hex")
        lines = decode(path).stdout.decode().splitlines()
        self.assertEqual(lines[0].split(), ["NUMBER", "TIME", "INTERFACE", "DIR", "SOURCE", "DESTINATION", "HOP", "SUMMARY"])
        self.assertIn('DiscoverResp "DuneGW"', lines[1])
        words = decode(path, "--verbose").stdout.decode()
        self.assertIn('\n    Identity "DuneGW"\n', words)
        wide = decode(path, "-o", "wide").stdout.decode()
        self.assertIn("VERDICT", wide)


if __name__ == "__main__":
    unittest.main()
