// SPDX-License-Identifier: BSD-3-Clause
// Why a frame was dropped. One row per reason; telemetry, romonctl, docs/drops.md and tests follow from it.
//
// Every received frame has exactly one fate: forwarded (the original left by a port), delivered (handed to
// control), or one of these. A frame that is flooded counts once; its copies do not count.
#pragma once

#include <stdbool.h>

#include "wire_verdict.h"

// X(id, name, help). The rows of WIRE_VERDICTS come first and mean malformed frames.
#define DP_DROP_REASONS(X)                                                                                   \
	WIRE_VERDICTS(X)                                                                                     \
	X(TOO_LONG, "too-long", "a frame that does not fit one buffer")                                      \
	X(DISPATCH_FULL, "dispatch-full",                                                                    \
		"the worker that it was dispatched to did not keep up (key dispatch)")                       \
	X(VLAN_UNKNOWN, "vlan-unknown", "a VLAN (or no VLAN) that no port of this device serves")            \
	X(VLAN_BESIDE, "vlan-beside", "its VLAN tag came beside the frame and could not be put back")        \
	X(PORT_FORBIDDEN, "port-forbidden", "RoMON is forbidden on this port (key forbid)")                  \
	X(DISABLED, "disabled", "romon.enabled is false: nothing is forwarded")                              \
	X(SRC_OWN, "src-own", "sent by one of our own MACs: two of our ports hear each other")               \
	X(SRC_GROUP, "src-group", "the Ethernet source is zero or a group address")                          \
	X(DST_OTHER, "dst-other", "addressed neither to this port nor to the RoMON group")                   \
	X(CHANNEL, "channel", "another overlay channel than ours (key romon.channel)")                       \
	X(HOP_LIMIT, "hop-limit", "more hops than the key romon.hop-limit allows")                           \
	X(AUTH_MISSING, "auth-missing", "unsigned, but this port accepts signed frames only")                \
	X(AUTH_UNKNOWN, "auth-unknown", "signed with a secret that this port does not have, or altered")     \
	X(AUTH_FLOOD, "auth-flood", "signed and not checked: more bad ones than limits.bad-digests")         \
	X(AUTH_UNSYNCED, "auth-unsynced",                                                                    \
		"signed well, by a neighbor that has not shown yet that it is no recording")                 \
	X(AUTH_REPLAY, "auth-replay", "signed well, but its counter was seen before or is too old")          \
	X(LOOP_OWN_ID, "loop-own-id", "a Discover of our own that came back")                                \
	X(LOOP_OWN_MAC, "loop-own-mac", "a Discover that has passed one of our ports before")                \
	X(FLOOD_HOLD, "flood-hold",                                                                          \
		"a further copy of a Discover within romon.flood-hold: normal in meshes")                    \
	X(RATE_DISCOVER, "rate-discover", "more Discovers on this port than limits.discover-in")             \
	X(RATE_ORIGIN, "rate-origin", "more Discovers of one origin than limits.answers-per-origin")         \
	X(NO_EGRESS, "no-egress", "a Discover with no other port to leave by")                               \
	X(FILTERED, "filtered", "refused by a filter of this port (key filters)")                            \
	X(HOP_NOT_US, "hop-not-us", "the hop entry names another MAC than this port's")                      \
	X(LINK_UNKNOWN, "link-unknown", "the hop entry names a link id that is none of ours")                \
	X(HOP_GROUP, "hop-group", "the next hop's MAC is zero or a group address")                           \
	X(NOT_FOR_US, "not-for-us", "the last hop is here, but the destination id is not ours")              \
	X(RESP_NO_WAY, "resp-no-way", "a DiscoverResp whose hop list names no way on from here")             \
	X(EGRESS_DOWN, "egress-down", "the port to leave by has no link or is absent")                       \
	X(EGRESS_FORBIDDEN, "egress-forbidden", "RoMON is forbidden on the port to leave by")                \
	X(EGRESS_MTU, "egress-mtu", "longer than the l2mtu of the port to leave by")                         \
	X(RELAY_LOOP, "relay-loop", "a frame that was relayed from another port just now came back: a loop") \
	X(RELAY_REPEAT, "relay-repeat", "a relayed frame came round again while its source loops")           \
	X(RELAY_SAME_PORT, "relay-same-port", "the relayed destination is on the port the frame came from")  \
	X(RELAY_ALONE, "relay-alone", "no other port of the relay group is up")                              \
	X(STORM_LIMIT, "storm-limit", "more frames on a relay port than storm-limit")                        \
	X(RATE_PUNT, "rate-punt", "more frames for this node than limits.punt")                              \
	X(PUNT_FULL, "punt-full", "control did not take frames for this node fast enough")                   \
	X(NO_MBUF, "no-mbuf", "no buffer for a copy: raise memory.mbufs")                                    \
	X(ACROSS_FULL, "across-full", "the worker that owns the egress port did not keep up")                \
	X(TX_FULL, "tx-full", "the device did not take the frame: its queue is full")

// Zero means "not dropped".
enum dp_reason {
	DP_DROP_NONE,
#define X(id, name, help) DP_DROP_##id,
	DP_DROP_REASONS(X)
#undef X
		DP_N_REASONS,
};

const char *dp_reason_name(enum dp_reason reason); // "hop-limit"; any thread
const char *dp_reason_help(enum dp_reason reason);

// A frame that somebody built wrongly, or for other settings than ours: worth showing in `why`. Other
// protocols are not: a kernel interface may show us all that its host hears, and one sample a second is
// all there is.
static inline bool dp_reason_is_bad_frame(enum dp_reason reason)
{
	switch (reason) {
	case DP_DROP_NONE:
	case DP_DROP_NOT_ROMON:
		return false;
	case DP_DROP_VLAN_UNKNOWN:
	case DP_DROP_CHANNEL:
	case DP_DROP_HOP_LIMIT:
	case DP_DROP_AUTH_MISSING:
	case DP_DROP_AUTH_UNKNOWN:
	case DP_DROP_AUTH_UNSYNCED:
	case DP_DROP_AUTH_REPLAY:
	case DP_DROP_HOP_NOT_US:
	case DP_DROP_LINK_UNKNOWN:
		return true;
	default:
		return reason <= DP_DROP_ROUTE_COUNT; // what the parser says
	}
}

// Kinds of samples for `why`. Each has a rate of its own: a flood of broken frames does not hide that
// others come with another channel, or that a filter refuses somebody.
enum dp_sample {
	DP_SAMPLE_NONE, // its frames are not sampled
	DP_SAMPLE_MALFORMED,
	DP_SAMPLE_SETTINGS, // for other settings than ours
	DP_SAMPLE_REFUSED,  // refused by a filter
	DP_SAMPLE_EXCESS,   // refused by the rate of its origin
	DP_N_SAMPLES,
};

static inline enum dp_sample dp_reason_sample(enum dp_reason reason)
{
	if (dp_reason_is_bad_frame(reason))
		return reason <= DP_DROP_ROUTE_COUNT ? DP_SAMPLE_MALFORMED : DP_SAMPLE_SETTINGS;
	if (reason == DP_DROP_FILTERED)
		return DP_SAMPLE_REFUSED;
	return reason == DP_DROP_RATE_ORIGIN ? DP_SAMPLE_EXCESS : DP_SAMPLE_NONE;
}
