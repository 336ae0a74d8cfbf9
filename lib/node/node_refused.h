// SPDX-License-Identifier: BSD-3-Clause
// Why a node refuses what came in by a port: answers that nobody asked for, or that came another way
// than they were asked, and requests beyond their share. Any thread.
#pragma once

enum node_refused {
	NODE_REFUSED_INVALID,
	NODE_REFUSED_PING_UNASKED,
	NODE_REFUSED_PING_NODE,
	NODE_REFUSED_PING_WAY,
	NODE_REFUSED_PING_TOKEN,
	NODE_REFUSED_PING_LATE,
	NODE_REFUSED_ROSTER_UNASKED,
	NODE_REFUSED_ROSTER_WAY,
	NODE_REFUSED_ROSTER_TOKEN,
	NODE_REFUSED_ROSTER_BROKEN,
	NODE_REFUSED_ROSTER_ENDLESS,
	NODE_REFUSED_ASKER_STRANGER,
	NODE_REFUSED_ASKER_RATE,
	NODE_REFUSED_ANSWER_RATE,
	NODE_REFUSED_ANSWER_UNASKED,
	NODE_REFUSED_BUSY, // by whoever hands frames to the node: beyond the share of the port
	NODE_N_REFUSED,
};

// "ping-token" …
const char *node_refused_name(enum node_refused why);
// What it means, a sentence without a full stop.
const char *node_refused_help(enum node_refused why);
