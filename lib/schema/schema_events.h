// SPDX-License-Identifier: BSD-3-Clause
// Rows of `events`, `events-follow`, `capture`, `torch`. Constant data.
#pragma once

#include "schema_rows.h"

#define SCHEMA_EVENTS_MAX 1024 // rows of an answer
#define SCHEMA_SNAPLEN    2048

// clang-format off
#define SCHEMA_EVENT(F) \
	F(seq, NUMBER, KEY, WIDE, "its number, from 1; of the history a number of its own") \
	F(time, TIME, SET, SHOW, "when it happened") \
	F(severity, WORD("error warning notice info"), NULL_TOO, WIDE, "how bad it is") \
	F(type, OWN, NULL_TOO, SHOW_FROM(16), "a name of [events.md](events.md)") \
	F(port, OWN, NULL_TOO, SHOW_FROM(8), "where") \
	F(mac_address, MAC, NULL_TOO, SHOW_FROM(17), "of the neighbor") \
	F(id, MAC, NULL_TOO, WIDE, "of the node") \
	F(identity, OWN, NULL_TOO, WIDE, "its name") \
	F(text, OWN, NULL_TOO, SHOW, "the sentence of the log")

#define SCHEMA_EVENT_COUNT(F) \
	F(type, OWN, KEY, SHOW, "a name of [events.md](events.md)") \
	F(severity, WORD("error warning notice info"), SET, SHOW, "how bad it is") \
	F(count, COUNTER("events"), SET, SHOW, "that were listed since romond started")

#define SCHEMA_EVENTS_END(F) \
	F(events, NUMBER, SET, HIDE, "that were told")

#define SCHEMA_EVENTS(F) \
	F(next, NUMBER, SET, HIDE, "`since` of the next page; the last page has no rows") \
	F(lost, NUMBER, SET, HIDE, "came faster than they could be kept") \
	F(rows, LIST(event), SET, HIDE, "of this page")

#define SCHEMA_CAPTURE(F) \
	F(pcapng, OWN, SET, HIDE, "base64 of whole blocks, at most 32 KiB of them; the first message begins the file") \
	F(frames, NUMBER, SET, HIDE, "in this message") \
	F(lost, NUMBER, SET, HIDE, "since the message before. Who is 1 MiB behind loses frames")

#define SCHEMA_CAPTURE_END(F) \
	F(pcapng, OWN, SET, HIDE, "the last blocks") \
	F(frames, NUMBER, SET, HIDE, "in the whole capture") \
	F(lost, NUMBER, SET, HIDE, "from the whole capture")

#define SCHEMA_FLOW(F) \
	F(direction, WORD("in out"), KEY, SHOW_AS("DIR"), "received or sent") \
	F(id, MAC, NULL_TOO, SHOW, "of the node that sent the frames") \
	F(type, OWN, KEY, SHOW, "of frame, or `malformed`") \
	F(service, OWN, NULL_TOO, SHOW, "of Data: its name, or number") \
	F(frames_per_s, NUMBER, SET, SHOW_AS("FRAMES/S"), "of the interval") \
	F(bytes_per_s, NUMBER, SET, SHOW_AS("BYTES/S"), "of the interval") \
	F(frames, GAUGE("frames"), SET, WIDE, "in the interval") \
	F(bytes, GAUGE("bytes"), SET, WIDE, "in the interval")

#define SCHEMA_REST(F) \
	F(frames, GAUGE("frames"), SET, HIDE, "") \
	F(bytes, GAUGE("bytes"), SET, HIDE, "")

#define SCHEMA_TORCH(F) \
	F(time, TIME, SET, HIDE, "end of the interval") \
	F(interval_ms, NUMBER, SET, HIDE, "how long it was") \
	F(lost, NUMBER, SET, HIDE, "frames that were not counted") \
	F(rest, OBJECT(rest), SET, HIDE, "flows beyond 1,024") \
	F(rows, LIST(flow), SET, HIDE, "the largest first")

#define SCHEMA_TORCH_END(F) \
	F(frames, NUMBER, SET, HIDE, "of all intervals") \
	F(bytes, NUMBER, SET, HIDE, "of all intervals") \
	F(lost, NUMBER, SET, HIDE, "of all intervals") \
	F(last, OBJECT(torch), SET, HIDE, "the interval that was cut short")

#define SCHEMA_EVENTS_ARGS(A) \
	A(since, NUMBER(0, INT64_MAX, 0), OPTIONAL, "only events after this sequence number") \
	A(count, NUMBER(1, SCHEMA_EVENTS_MAX, SCHEMA_EVENTS_MAX), OPTIONAL, "rows of a page") \
	A(history, FLAG, OPTIONAL, "what is kept over restarts, with numbers of its own; the last second may be missing")

#define SCHEMA_EVENTS_FOLLOW_ARGS(A) \
	A(since, NUMBER(0, INT64_MAX, SCHEMA_NONE), OPTIONAL, "also those after this sequence number; left out: only what happens from now on")

#define SCHEMA_CAPTURE_ARGS(A) \
	A(port, PORT, OPTIONAL, "only frames of this port") \
	A(id, NODE, OPTIONAL, "only frames from or to " SCHEMA_TARGET) \
	A(type, WORD_ANY("Discover DiscoverResp Data SeqErr Hello unknown"), OPTIONAL, "only frames of this type; unknown: types that do not exist") \
	A(in, FLAG, OPTIONAL, "only received frames") \
	A(out, FLAG, OPTIONAL, "only sent frames") \
	A(count, NUMBER(1, INT64_MAX, 0), OPTIONAL, "end after so many frames") \
	A(duration_ms, MS(1, INT32_MAX, 0), OPTIONAL, "end after so long") \
	A(snaplen, NUMBER(1, SCHEMA_SNAPLEN, SCHEMA_SNAPLEN), OPTIONAL, "keep so many bytes of a frame")

#define SCHEMA_TORCH_ARGS(A) \
	A(port, PORT, REQUIRED, "the port to look at") \
	A(interval_ms, MS(100, 3600000, 1000), OPTIONAL, "between two tables") \
	A(duration_ms, MS(1, INT32_MAX, 0), OPTIONAL, "look for so long") \
	A(id, NODE, OPTIONAL, "only frames that it sent: " SCHEMA_TARGET)

#define SCHEMA_EVENTS_COMMANDS(C) \
	C(events, "events", READ, OBJECT(events), events, "what happened lately; with `history` what is kept over restarts") \
	C(event_counts, "event-counts", READ, LIST(event_count), nothing, "how often each type of event happened")

#define SCHEMA_EVENTS_FEEDS(C) \
	C(events_follow, "events-follow", READ, FEED(event, events_end), events_follow, "what happens, as it happens") \
	C(capture, "capture", ROOT, FEED(capture, capture_end), capture, "frames as they pass, as a pcapng file") \
	C(torch, "torch", OPERATE, FEED(torch, torch_end), torch, "who sends how much through a port, as it passes")
// clang-format on

SCHEMA_ANSWER(event, SCHEMA_EVENT)
SCHEMA_ANSWER(event_count, SCHEMA_EVENT_COUNT)
SCHEMA_ANSWER(events, SCHEMA_EVENTS)
SCHEMA_ANSWER(events_end, SCHEMA_EVENTS_END)
SCHEMA_ANSWER(capture, SCHEMA_CAPTURE)
SCHEMA_ANSWER(capture_end, SCHEMA_CAPTURE_END)
SCHEMA_ANSWER(flow, SCHEMA_FLOW)
SCHEMA_ANSWER(rest, SCHEMA_REST)
SCHEMA_ANSWER(torch, SCHEMA_TORCH)
SCHEMA_ANSWER(torch_end, SCHEMA_TORCH_END)
SCHEMA_ARGS(events, SCHEMA_EVENTS_ARGS)
SCHEMA_ARGS(events_follow, SCHEMA_EVENTS_FOLLOW_ARGS)
SCHEMA_ARGS(capture, SCHEMA_CAPTURE_ARGS)
SCHEMA_ARGS(torch, SCHEMA_TORCH_ARGS)
