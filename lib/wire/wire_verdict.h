// SPDX-License-Identifier: BSD-3-Clause
// What the parser says of a frame. One row per way to be wrong: name (as shown to people), help.
// The drop reasons of the data path begin with these rows (lib/dp/dp_reason.h).
#pragma once

#define WIRE_VERDICTS(X)                                                                                    \
	X(RUNT, "runt", "too short for an Ethernet header (with its VLAN tag) or for the RoMON header")     \
	X(NOT_ROMON, "not-romon", "another EtherType than 0x88BF")                                          \
	X(VLAN_DEPTH, "vlan-depth", "more than one VLAN tag, or an 802.1ad tag")                            \
	X(TYPE_UNKNOWN, "type-unknown", "a frame type other than 1 to 5")                                   \
	X(LENGTH_SHORT, "length-short", "the length field ends before the fixed part of this type")         \
	X(LENGTH_LONG, "length-long", "the length field says more bytes than were received")                \
	X(ID_INVALID, "id-invalid", "the source RoMON id is zero or a group address")                       \
	X(HOP_COUNT, "hop-count", "more than 128 hop entries")                                              \
	X(HOP_TRUNCATED, "hop-truncated", "the hop list runs past the frame's end")                         \
	X(HOP_POINTER, "hop-pointer", "the hop pointer points outside the hop list")                        \
	X(PAYLOAD_SHORT, "payload-short", "a Data frame without room for its two service ports")            \
	X(TLV_TRUNCATED, "tlv-truncated", "a TLV runs past the frame's end")                                \
	X(TLV_DUPLICATE, "tlv-duplicate", "a second Identity, Version, Board, Nonce, Echo or Counter TLV")  \
	X(TLV_LENGTH, "tlv-length", "a Version TLV that is not 4 bytes, or a Nonce, Echo or Counter not 8") \
	X(ROUTE_LENGTH, "route-length", "a Route TLV whose length is not 34")                               \
	X(ROUTE_COUNT, "route-count",                                                                       \
		"not one Route TLV (Discover, Hello), two (DiscoverResp), none (SeqErr)")

// Zero is "nothing wrong" here, so that a verdict can be tested as a condition.
enum wire_verdict {
	WIRE_OK,
#define X(id, name, help) WIRE_##id,
	WIRE_VERDICTS(X)
#undef X
		WIRE_N_VERDICTS,
};

// "ok", or the name of the row. Any thread.
const char *wire_verdict_name(enum wire_verdict verdict);
