// SPDX-License-Identifier: BSD-3-Clause
// Rows of `stream-open`, `streams`, `stream` and `stream-close`. Constant data.
#pragma once

#include "schema_rows.h"

// clang-format off
#define SCHEMA_STREAM(F) \
	F(stream, NUMBER, KEY, SHOW, "its number") \
	F(address, MAC, NULL_TOO, SHOW_FROM(17), "the RoMON id of the other side") \
	F(service, NUMBER, SET, SHOW, "3 SSH, 4 WinBox") \
	F(direction, WORD("out in"), SET, SHOW, "out: opened here") \
	F(state, WORD("opening open stalled"), SET, SHOW, "stalled: nothing got through since the last time-out") \
	F(age_s, NUMBER, SET, SHOW, "since it was opened") \
	F(bytes_in, COUNTER("bytes"), SET, SHOW_AS("IN"), "given to the reader on this side") \
	F(bytes_out, COUNTER("bytes"), SET, SHOW_AS("OUT"), "that the other side acknowledged") \
	F(rtt_us, NUMBER, NULL_TOO, SHOW_AS("RTT"), "round trip, smoothed") \
	F(resent, COUNTER("segments"), SET, SHOW, "sent again") \
	F(window_bytes, NUMBER, SET, WIDE_AS("WINDOW"), "that may be under way") \
	F(segment_bytes, NUMBER, SET, WIDE_AS("SEGMENT"), "of data in one frame") \
	F(waiting_bytes, NUMBER, SET, WIDE_AS("WAITING"), "not acknowledged yet") \
	F(uid, NUMBER, NULL_TOO, SHOW, "of who opened it here; null = another node did")

#define SCHEMA_STREAM_STATE(F) \
	F(stream, NUMBER, KEY, HIDE, "its number") \
	F(end, WORD("open closed no-path no-answer refused lost reset aborted"), SET, HIDE, "how it ended, of the last 256 that did; `open`: it has not")

#define SCHEMA_STREAM_SOUGHT(F) \
	F(status, OWN, SET, HIDE, "of the node, while it is looked for: `unknown`, `down` or `no-path`") \
	F(detail, OWN, SET, HIDE, "the same as a sentence")

#define SCHEMA_STREAM_OPENED(F) \
	F(stream, NUMBER, KEY, HIDE, "its number: **behind this line the connection carries the bytes of the stream**, both ways, as behind an HTTP CONNECT, and the client sends none before") \
	F(address, MAC, NULL_TOO, HIDE, "the RoMON id of the node") \
	F(service, NUMBER, SET, HIDE, "that was asked for")

#define SCHEMA_STREAM_ARGS(A) \
	A(stream, NUMBER(1, UINT32_MAX, SCHEMA_NONE), REQUIRED, "its number, as `romonctl streams` lists it")

#define SCHEMA_STREAM_OPEN_ARGS(A) \
	A(id, NODE, REQUIRED, SCHEMA_TARGET) \
	A(service, TEXT, OPTIONAL, "ssh (the default), winbox, or a number from 1 to 65535")

#define SCHEMA_REACH_COMMANDS(C) \
	C(streams, "streams", READ, LIST(stream), nothing, "byte streams to and from other nodes") \
	C(stream, "stream", READ, OBJECT(stream_state), stream, "whether a stream is open, or how it ended") \
	C(stream_close, "stream-close", OPERATE, OBJECT(stream_state), stream, "end a stream at once, on both sides")

#define SCHEMA_REACH_FEEDS(C) \
	C(stream_open, "stream-open", OPERATE, FEED(stream_sought, stream_opened), stream_open, "a byte stream to a service of a node, over this connection")
// clang-format on

SCHEMA_ANSWER(stream, SCHEMA_STREAM)
SCHEMA_ANSWER(stream_state, SCHEMA_STREAM_STATE)
SCHEMA_ANSWER(stream_sought, SCHEMA_STREAM_SOUGHT)
SCHEMA_ANSWER(stream_opened, SCHEMA_STREAM_OPENED)
SCHEMA_ARGS(stream, SCHEMA_STREAM_ARGS)
SCHEMA_ARGS(stream_open, SCHEMA_STREAM_OPEN_ARGS)
