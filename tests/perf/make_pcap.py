#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write a pcap of RoMON frames for benches and demos. The same arguments always give the same bytes."""

import argparse
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common"))

import romon  # noqa: E402
import romon_auth  # noqa: E402
from romon import Frame, Hop, Route, LinkEnd, mac, text  # noqa: E402

PCAP_MAGIC = 0xA1B2C3D4
LINKTYPE_ETHERNET = 1
SNAPLEN = 65535
L2MTU = 1500
COST = 100
STATIONS_MAX = 1 << 32
STATION_BYTE = 0x06  # first byte of every address made up here


def station(prefix, i):
    """A locally administered unicast address, one for each i below 2**32 and each prefix byte."""
    return bytes([STATION_BYTE, prefix]) + struct.pack(">I", i)


def write_pcap(path, frames, interval_us):
    """Returns how many frames were written."""
    n = 0
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", PCAP_MAGIC, 2, 4, 0, 0, SNAPLEN, LINKTYPE_ETHERNET))
        for raw in frames:
            seconds, us = divmod(n * interval_us, 1000000)
            out.write(struct.pack("<IIII", seconds, us, len(raw), len(raw)))
            out.write(raw)
            n += 1
    return n


# --- kinds ------------------------------------------------------------------------------------------------


def discover_of(origin_id, eth_src):
    route = Route(origin_id, LinkEnd(), LinkEnd(1, L2MTU, COST, eth_src))
    return Frame(romon.DISCOVER, origin_id, romon.ALL_IDS, eth_src=eth_src, tlvs=[romon.route_tlv(route)])


def relay_discover(args):
    """98-byte Discovers, as origins send them, from --sources Ethernet sources in turn."""
    frames = [discover_of(station(1, i), station(0, i)) for i in range(args.sources)]
    return (frames[i % len(frames)] for i in range(args.count))


def discover(args):
    """Discovers of --origins distinct origins in turn, all heard from one neighbor after --hops forwarders."""
    neighbor = station(0, 0)
    frames = []
    for i in range(args.origins):
        frame = discover_of(station(1, i), neighbor)
        frame.hops = [Hop(7, station(2, h)) for h in range(args.hops)]
        frame.ptr = args.hops
        if args.hops > 0:
            route = Route(station(3, 0), LinkEnd(1, L2MTU, COST, station(3, 1)), LinkEnd(2, L2MTU, COST, neighbor))
            frame.tlvs = [romon.route_tlv(route)]
        frames.append(frame)
    return (frames[i % len(frames)] for i in range(args.count))


def data_of(args, neighbor):
    """A ping of three links on its first: sent by neighbor to --port-mac, to go on by --out-link to
    --next-mac; --size bytes of ping payload (32: a frame of 126 bytes)."""
    hops = [Hop(args.in_link, args.port_mac), Hop(args.out_link, args.next_mac), Hop(9, station(4, 1))]
    return Frame(
        romon.DATA,
        station(1, 0),
        station(4, 0),
        eth_dst=args.port_mac,
        eth_src=neighbor,
        hops=hops,
        src_port=20000,
        dst_port=romon.PORT_PING,
        payload=romon.Ping(1, args.size).pack(),
    )


def data(args):
    """Data frames for a port to forward, from --neighbors Ethernet sources: in turn, or with --random-order
    in an order that the seed gives. Ping sequence numbers count frames."""
    need_port(args, "data")
    order = list(range(args.neighbors))
    if args.random_order:
        random.Random(args.seed).shuffle(order)
    sample = data_of(args, station(0, 0)).pack()
    at = len(sample) - args.size  # of the sequence number

    def frame(i):
        return sample[:6] + station(0, order[i % len(order)]) + sample[12:at] + struct.pack(">I", i) + sample[at + 4 :]

    return (frame(i) for i in range(args.count))


def valid_frames(args, rng):
    """One frame of each type, the addresses drawn by rng."""
    neighbor = station(0, rng.randrange(args.neighbors))
    origin = station(1, rng.randrange(args.origins))
    heard = discover_of(origin, neighbor)
    far = romon.Node(station(5, 0), [romon.Port("p", 3, neighbor)], b"far", b"\x07\x18f\x00", b"CHR")
    response = far.answer(heard.copy(eth_src=args.port_mac), far.ports[0])
    hello = far.hello(far.ports[0], args.port_mac, nonce=rng.randbytes(8))
    seq_err = far.seq_err(far.ports[0], args.port_mac, rng.getrandbits(63))
    return [heard, response, data_of(args, neighbor), hello, seq_err]


def spoil(raw, rng):
    """The frame made malformed in one of eight ways; the last, a random byte, may leave it well-formed."""
    raw = bytearray(raw)
    way = rng.randrange(8)
    if way == 0:
        return bytes(raw[: rng.randrange(14, len(raw))])
    if way == 1:
        raw[16:18] = struct.pack(">H", rng.choice((0, 13, 14, 59, len(raw) + 1, 0xFFFF)))
    elif way == 2:
        raw[14] = rng.choice((0, 6, 255))
    elif way == 3:
        raw[54] = rng.randrange(129, 256)
    elif way == 4:
        raw[55] = rng.randrange(129, 256)
    elif way == 5:
        raw[42] |= 1
    elif way == 6:
        raw[12:12] = bytes.fromhex("8100006481000065")
    else:
        raw[rng.randrange(14, len(raw))] = rng.randrange(256)
    return bytes(raw)


def mixed(args):
    """Frames of every type in a random order, of which the share --malformed is spoiled (cut, wrong length
    field, type, hop count, pointer, id, two tags, or one random byte)."""
    need_port(args, "mixed")
    rng = random.Random(args.seed)
    for _ in range(args.count):
        raw = rng.choice(valid_frames(args, rng)).pack()
        yield spoil(raw, rng) if rng.random() < args.malformed else raw


KINDS = {"relay-discover": relay_discover, "data": data, "discover": discover, "mixed": mixed}


# --- arguments --------------------------------------------------------------------------------------------


def need_port(args, kind):
    for name in ("port_mac", "out_link", "next_mac"):
        if getattr(args, name) is None:
            sys.exit(f"make_pcap.py: {kind} needs --{name.replace('_', '-')}")


def number(least, most):
    def parse(word):
        value = int(word, 0)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{word} is not in {least} to {most}")
        return value

    return parse


def address(word):
    try:
        value = mac(word)
    except ValueError:
        value = romon.ZERO_MAC
    if not romon.is_station(value):
        raise argparse.ArgumentTypeError(f"{word} is not a unicast MAC like 02:00:00:00:00:01")
    if value[0] == STATION_BYTE:
        raise argparse.ArgumentTypeError(f"{word}: {STATION_BYTE:02x}:… is for the made-up senders")
    return value


def share(word):
    value = float(word)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{word} is not in 0 to 1")
    return value


def arguments():
    kinds = "\n".join(f"  {name:15} {' '.join(fn.__doc__.split())}" for name, fn in KINDS.items())
    p = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"kinds:\n{kinds}\n\nexamples:\n"
        "  make_pcap.py relay-discover --sources 16 -n 1024 relay.pcap\n"
        "  make_pcap.py data --port-mac 02:00:00:00:00:0a --out-link 2 --next-mac 02:00:00:00:00:0b \\\n"
        "      --neighbors 100 -n 1024 data.pcap",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

    def add(name, kind, default, about, *also):
        about += "" if default is None else f" (default {default})"
        p.add_argument(name, *also, type=kind, default=default, help=about)

    p.add_argument("kind", choices=KINDS)
    p.add_argument("file", help="pcap to write")
    stations = number(1, STATIONS_MAX)
    add("--count", number(1, 100000000), 1024, "frames", "-n")
    add("--sources", stations, 16, "relay-discover: Ethernet sources")
    add("--origins", stations, 1024, "discover, mixed: distinct origin ids")
    add("--hops", number(0, romon.HOPS_MAX), 0, "discover: forwarders so far")
    add("--port-mac", address, None, "data, mixed: MAC of the port under test")
    add("--in-link", number(0, 0xFFFFFFFF), 6, "data, mixed: link id of the sender's port")
    add("--out-link", number(1, 0xFFFFFFFF), None, "data, mixed: link id of the port that the frame must leave by")
    add("--next-mac", address, None, "data, mixed: MAC that it must be sent to")
    add("--neighbors", stations, 1, "data, mixed: Ethernet sources")
    p.add_argument("--random-order", action="store_true", help="data: neighbors in random order")
    add("--size", number(4, 1420), 32, "data, mixed: ping payload in bytes")
    p.add_argument("--secret", help="sign each frame with it, as romond-1 does, but always with counter 0")
    add("--malformed", share, 0.3, "mixed: share of spoiled frames, 0 to 1")
    add("--seed", int, 1, "of random choices")
    add("--vlan", number(1, 4094), None, "send all frames with this 802.1Q tag")
    add("--interval-us", number(0, 1000000), 1, "between time stamps")
    return p.parse_args()


def to_bytes(frame, vlan):
    raw = frame if isinstance(frame, bytes) else frame.pack()
    return raw if vlan is None else raw[:12] + struct.pack(">HH", romon.TPID_8021Q, vlan) + raw[12:]


def main():
    args = arguments()
    frames = (to_bytes(f, args.vlan) for f in KINDS[args.kind](args))
    if args.secret:
        frames = (romon_auth.ROMOND_1.sign(f, args.secret.encode(), 0) for f in frames)
    n = write_pcap(args.file, frames, args.interval_us)
    about = f", to {text(args.port_mac)}" if args.port_mac else ""
    print(f"{args.file}: {n} frames, {args.kind}{about}")


if __name__ == "__main__":
    main()
