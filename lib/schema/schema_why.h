// SPDX-License-Identifier: BSD-3-Clause
// Rows of `why`, and of `port`, which has all of one port. Constant data.
#pragma once

#include "schema_nodes.h"
#include "schema_status.h"

// clang-format off
#define SCHEMA_FINDING(F) \
	F(level, WORD("ok warning error"), SET, HIDE, "how bad it is") \
	F(cause_id, OWN, SET, HIDE, "the cause, a name of [why.md](why.md)") \
	F(cause, OWN, SET, HIDE, "what is wrong") \
	F(mend, OWN, SET, HIDE, "what to do") \
	F(reason, OWN, NULL_TOO, HIDE, "of drops, or of `refused` in `status`") \
	F(count, COUNTER("frames"), SET, HIDE, "of these") \
	F(age_ms, NUMBER, NULL_TOO, HIDE, "since the last of them")

#define SCHEMA_TYPE_SEEN(F) \
	F(row, PART(rx_type), SET, HIDE, "") \
	F(age_ms, NUMBER, NULL_TOO, HIDE, "since the last one")

#define SCHEMA_DROP_SEEN(F) \
	F(row, PART(drop), SET, HIDE, "") \
	F(age_ms, NUMBER, NULL_TOO, HIDE, "since the last one")

#define SCHEMA_LAST_BAD(F) \
	F(reason, OWN, SET, HIDE, "why it was dropped, a name of [drops.md](drops.md)") \
	F(age_ms, NUMBER, SET, HIDE, "since then") \
	F(length, GAUGE("bytes"), SET, HIDE, "of the whole frame") \
	F(hex, OWN, SET, HIDE, "its first bytes") \
	F(decoded, TEXTS, SET, HIDE, "what they say, a fact a line")

#define SCHEMA_FOREIGN(F) \
	F(channel, NUMBER_OR("default"), SET, HIDE, "of the frame") \
	F(mac_address, MAC, NULL_TOO, HIDE, "that sent it") \
	F(id, MAC, NULL_TOO, HIDE, "of the node") \
	F(age_ms, NUMBER, NULL_TOO, HIDE, "since then")

#define SCHEMA_WHY_PORT(F) \
	F(port, OWN, KEY, HIDE, "its name") \
	F(mode, WORD("node relay"), SET, HIDE, "as in `ports`") \
	F(state, WORD("up down absent disabled forbidden"), SET, HIDE, "as in `ports`") \
	F(rx_frames, COUNTER("frames"), SET, HIDE, "received") \
	F(rx_age_ms, NUMBER, NULL_TOO, HIDE, "since the last RoMON frame") \
	F(types, LIST(type_seen), SET, HIDE, "frames received, by type") \
	F(drops, LIST(drop_seen), SET, HIDE, "as in `drops`") \
	F(last_bad, POINTER(last_bad), NULL_TOO, HIDE, "the last frame that was no good one") \
	F(foreign_channel, POINTER(foreign), NULL_TOO, HIDE, "who was last heard on another channel") \
	F(findings, LIST(finding), SET, HIDE, "the likeliest first") \
	F(earlier, LIST(finding), SET, HIDE, "what was wrong, and is not now")

#define SCHEMA_HEARD(F) \
	F(port, OWN, KEY, HIDE, "where") \
	F(mac_address, MAC, KEY, HIDE, "of the neighbor") \
	F(id, MAC, NULL_TOO, HIDE, "its RoMON id") \
	F(age_ms, NUMBER, SET, HIDE, "since its last frame")

#define SCHEMA_STATION(F) \
	F(id, MAC, KEY, HIDE, "RoMON id") \
	F(identity, TEXT, SET, HIDE, "its name; empty = not known") \
	F(status, WORD("ok late down unknown"), SET, HIDE, "whether it answers")

#define SCHEMA_WHY_NODE(F) \
	F(id, MAC, KEY, HIDE, "RoMON id") \
	F(asked, TEXT, SET, HIDE, "the name that was given") \
	F(is_self, BOOL, SET, HIDE, "it is this node") \
	F(node, POINTER(node), NULL_TOO, HIDE, "the row of `nodes`") \
	F(heard, LIST(heard), SET, HIDE, "neighbors with this id or this MAC") \
	F(path, LIST(station), SET, HIDE, "the way to it") \
	F(stops_at, MAC, NULL_TOO, HIDE, "the first node of the path that does not answer") \
	F(last_good, MAC, NULL_TOO, HIDE, "the one before it; null = this node") \
	F(size_max_bytes, NUMBER, NULL_TOO, HIDE, "the longest `size` of a ping that fits the path's least `l2mtu`") \
	F(findings, LIST(finding), SET, HIDE, "the likeliest first")

#define SCHEMA_WHY(F) \
	F(port, EITHER(why_port), SET, HIDE, "of a port") \
	F(node, EITHER(why_node), SET, HIDE, "of a node")

#define SCHEMA_PORT_PAGE(F) \
	F(port, PART(port), SET, HIDE, "") \
	F(rx_frames_per_s, NUMBER, SET, HIDE, "of romond's last look, once a second") \
	F(tx_frames_per_s, NUMBER, SET, HIDE, "of romond's last look") \
	F(why, POINTER(why_port), NULL_TOO, HIDE, "as `why` has it: frames by type, drops by reason, the last bad frame, findings") \
	F(heard, OBJECT(neighbors), SET, HIDE, "a page of its neighbors, as `neighbors` has it") \
	F(signing, POINTER(secret), NULL_TOO, HIDE, "as `secrets` has it; null of a relay port")

#define SCHEMA_PORT_ARGS(A) \
	A(name, PORT, REQUIRED, "the port") \
	A(count, NUMBER(1, SCHEMA_PAGE_MAX, 100), OPTIONAL, "neighbors at most")

#define SCHEMA_WHY_ARGS(A) \
	A(port, PORT, OPTIONAL, "a port; without any of the three: all of them") \
	A(id, NODE, OPTIONAL, SCHEMA_TARGET) \
	A(what, WHAT, OPTIONAL, "a port, or else " SCHEMA_TARGET) \
	A(size, NUMBER(0, UINT16_MAX, 0), OPTIONAL, "of a node: would a ping of so many bytes fit the path?")

#define SCHEMA_WHY_COMMANDS(C) \
	C(port, "port", READ, OBJECT(port_page), port, "all of one port on one page") \
	C(why, "why", READ, LIST(why), why, "what is wrong with a port or a node, and what to do")
// clang-format on

SCHEMA_ANSWER(finding, SCHEMA_FINDING)
SCHEMA_ANSWER(type_seen, SCHEMA_TYPE_SEEN)
SCHEMA_ANSWER(drop_seen, SCHEMA_DROP_SEEN)
SCHEMA_ANSWER(last_bad, SCHEMA_LAST_BAD)
SCHEMA_ANSWER(foreign, SCHEMA_FOREIGN)
SCHEMA_ANSWER(why_port, SCHEMA_WHY_PORT)
SCHEMA_ANSWER(heard, SCHEMA_HEARD)
SCHEMA_ANSWER(station, SCHEMA_STATION)
SCHEMA_ANSWER(why_node, SCHEMA_WHY_NODE)
SCHEMA_ANSWER(why, SCHEMA_WHY)
SCHEMA_ANSWER(port_page, SCHEMA_PORT_PAGE)
SCHEMA_ARGS(why, SCHEMA_WHY_ARGS)
SCHEMA_ARGS(port, SCHEMA_PORT_ARGS)
