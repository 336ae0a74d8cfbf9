# SPDX-License-Identifier: BSD-3-Clause
"""Streams of bytes over Data, written from docs/protocol.md section 6 alone: a second reading of it, plain and slow.

It sends four segments at most, all of them again when nothing was acknowledged for a while, and takes what comes in order
only. It does what a peer of another make may do: opens twice, puts bytes behind the header of an ack, sends kinds that
nobody knows.
"""
import random
import struct
import time

OPEN, ACCEPT, DATA, ACK, CLOSE = range(5)
UNKNOWN_KIND = 9
WINDOW = 4  # segments
PIECE = 500  # bytes of data in one
AGAIN_S = 0.3
MASK = 0xFFFFFFFF


def pack(kind, seq, ack, data=b"", second=0):
    return struct.pack(">BBII", kind, second, seq & MASK, ack & MASK) + data


def unpack(b):
    """(kind, seq, ack, data)"""
    kind, _, seq, ack = struct.unpack(">BBII", b[:10])
    return kind, seq, ack, b[10:]


def behind(a, b):
    """How far a is behind b on the ring of numbers; negative: in front of it."""
    d = (a - b) & MASK
    return d - (1 << 32) if d >= 1 << 31 else d


class Stream:
    """One side of one stream. send(payload behind the service ports) makes it leave."""

    def __init__(self, send, first, theirs=None):
        self.send, self.first = send, first
        self.out = b""  # not acknowledged
        self.una = first  # number of out[0]
        self.next_in = theirs  # None: our open is not answered yet
        self.taken = bytearray()
        self.is_open = False
        self.wants_close = self.has_closed = False
        self.is_ended = self.is_reset = self.is_refused = False
        self.at = time.monotonic()
        self.n_again = 0
        if theirs is None:
            self._open()
        else:
            self.send(pack(ACCEPT, first, theirs))

    def _open(self):
        for _ in range(2):
            self.send(pack(OPEN, self.first, 0, second=0xC0))

    def _ack(self):
        self.send(pack(ACK, self.una, self.next_in, b"\0\1\2\3\4\5\6\7", second=0xC3))

    def _data(self):
        for at in range(0, min(len(self.out), WINDOW * PIECE), PIECE):
            self.send(pack(DATA, self.una + at, self.next_in, self.out[at:at + PIECE], second=0x42))
        if self.wants_close and len(self.out) <= WINDOW * PIECE:
            self.send(pack(CLOSE, self.una + len(self.out), self.next_in))

    def write(self, data):
        self.out += data
        if self.is_open:
            self._data()

    def close(self):
        self.wants_close = True
        self._data()

    @property
    def is_over(self):
        return self.is_reset or self.is_refused or (self.is_ended and self.wants_close and not self.out)

    def take(self, payload):
        kind, seq, ack, data = unpack(payload)
        if kind == CLOSE and self.next_in is None:
            self.is_refused = ack == self.first
            return
        if kind == CLOSE and ack == 0:
            self.is_reset = seq == self.next_in
            return
        if kind == OPEN:
            self.send(pack(ACCEPT, self.first, self.next_in))
            return
        if kind == ACCEPT:
            if ack == self.first and self.next_in is None:
                self.next_in = seq
            self.is_open = True
            self._ack()
            self.send(pack(UNKNOWN_KIND, 1, 2, b"what is this?"))
            self._data()
            return
        if self.next_in is None or kind > CLOSE:
            return
        self.is_open = True
        done = behind(ack, self.una)
        if 0 < done <= len(self.out):
            self.out, self.una, self.at = self.out[done:], ack, time.monotonic()
            self._data()
        if kind == DATA:
            fresh = behind(seq, self.next_in)
            if fresh <= 0 < fresh + len(data):
                self.taken += data[-fresh:]
                self.next_in = (self.next_in + fresh + len(data)) & MASK
            self._ack()
        if kind == CLOSE:
            self.is_ended |= seq == self.next_in
            if self.wants_close:
                self.send(pack(CLOSE, self.una + len(self.out), self.next_in))
            else:
                self._ack()

    def tick(self):
        """What nobody answered leaves once more."""
        if time.monotonic() - self.at < AGAIN_S or self.is_over:
            return
        self.at = time.monotonic()
        self.n_again += 1
        if self.next_in is None:
            self._open()
        elif self.out or self.wants_close:
            self._data()


class Streams:
    """All streams of a peer. data(node id, way, source port, destination port, payload) sends Data."""

    def __init__(self, data, loss=0.0, seed=1):
        self.data, self.loss, self.dice = data, loss, random.Random(seed)
        self.streams = {}  # (node id, our port, their port) -> Stream
        self.offered = {}  # service port -> called with a stream whenever it has taken something
        self.kinds = {}  # service port -> class of streams to it, in place of Stream

    def _sender(self, node, way, here, there):
        def send(payload):
            if self.dice.random() >= self.loss:
                self.data(node, way, here, there, payload)
        return send

    def open(self, node, way, service, kind=Stream):
        here = self.dice.randrange(16384, 65536)
        stream = kind(self._sender(node, way, here, service), self.dice.getrandbits(32))
        self.streams[node, here, service] = stream
        return stream

    def take(self, node, way, there, here, payload):
        """Data for us, from their port there to our port here."""
        if self.dice.random() < self.loss or len(payload) < 10:
            return
        stream = self.streams.get((node, here, there))
        if stream is None and payload[0] == OPEN and here in self.offered:
            kind = self.kinds.get(here, Stream)
            self.streams[node, here, there] = kind(self._sender(node, way, here, there), self.dice.getrandbits(32), unpack(payload)[1])
        elif stream is not None:
            stream.take(payload)
            if here in self.offered:
                self.offered[here](stream)

    def tick(self):
        for stream in list(self.streams.values()):
            stream.tick()
