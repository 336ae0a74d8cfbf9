// SPDX-License-Identifier: BSD-3-Clause
// Rows of `nodes`, `node`, `links`, `discover`, `ping`. Constant data.
#pragma once

#include "schema_ports.h"
#include "stream_ping.h"

// clang-format off
#define SCHEMA_SPEAKER(F) \
	F(port, OWN, SET, HIDE, "where its answers come in; empty = that port is gone") \
	F(last_hop, MAC, NULL_TOO, HIDE, "the neighbor that brings them") \
	F(mac_address, MAC, NULL_TOO, HIDE, "of the node")

#define SCHEMA_TWIN(F) \
	F(speaker, PART(speaker), SET, HIDE, "") \
	F(identity, TEXT, SET, HIDE, "its name") \
	F(board, TEXT, SET, HIDE, "its hardware") \
	F(version, OWN, SET, HIDE, "of RouterOS or romond")

#define SCHEMA_DUPLICATE(F) \
	F(shown, OBJECT(speaker), SET, HIDE, "the node that the row shows") \
	F(other, OBJECT(twin), SET, HIDE, "the other one")

#define SCHEMA_NODE(F) \
	F(address, MAC, KEY, SHOW_FROM(17), "the RoMON id") \
	F(identity, TEXT, SET, SHOW, "its name") \
	F(version, OWN, SET, SHOW, "of RouterOS or romond") \
	F(board, TEXT, SET, SHOW, "its hardware") \
	F(status, WORD("ok late down"), SET, SHOW, "whether it answers") \
	F(cost, NUMBER, SET, SHOW, "of the path to it") \
	F(hops, NUMBER, SET, SHOW, "links of the path") \
	F(l2mtu, GAUGE("bytes"), SET, SHOW, "least of the path") \
	F(path, MACS, SET, WIDE, "ids, from the first after us to the node") \
	F(reachable, BOOL, SET, HIDE, "the path is one of now, else the last one known") \
	F(master, TEXT, NULL_TOO, WIDE, "its label") \
	F(via_master, MAC, NULL_TOO, WIDE, "the master that reported it") \
	F(first_seen, TIME, SET, WIDE, "when it first answered") \
	F(last_seen, TIME, SET, SHOW, "when it last did") \
	F(heard_on, OWN, NULL_TOO, HIDE, "our port that its answers come in by") \
	F(path_state, WORD("untried works fails"), SET, HIDE, "fails: what was sent by the path was not answered, and no better path is known") \
	F(paths_avoided, NUMBER, SET, HIDE, "links to it that carried nothing and are avoided for a time") \
	F(duplicate_id, POINTER(duplicate), NULL_TOO, HIDE, "two nodes answer with this id by turns")

#define SCHEMA_HOP(F) \
	F(link_id, NUMBER, SET, HIDE, "label of the link") \
	F(mac_address, MAC, NULL_TOO, HIDE, "of the node behind it")

#define SCHEMA_NODE_WAY(F) \
	F(node, PART(node), SET, HIDE, "") \
	F(links, LIST(hop), SET, HIDE, "what Data to the node carries as its hop list")

#define SCHEMA_NODES(F) \
	F(total, GAUGE("nodes"), SET, HIDE, "of the inventory") \
	F(next, NUMBER, NULL_TOO, HIDE, "`offset` of the next page; null = this was the last. A page may have less rows than `count` while there is a next one") \
	F(rows, LIST(node), SET, HIDE, "of this page")

#define SCHEMA_NODE_CHANGE(F) \
	F(what, WORD("begin row gone end"), SET, HIDE, "`begin`: forget all rows, all of them follow; `row`: a node as it is now; `gone`: a node is not known any more; `end`: that were all, from now on what changes") \
	F(change, NUMBER, SET, HIDE, "number of the last change; grows as long as romond runs") \
	F(node, EITHER(node), SET, HIDE, "") \
	F(gone, MAC, NULL_TOO, HIDE, "the RoMON id of a node that is gone")

#define SCHEMA_NODES_FOLLOW_END(F) \
	F(messages, NUMBER, SET, HIDE, "how many there were")

#define SCHEMA_LINK(F) \
	F(from, MAC, KEY, SHOW_FROM(17), "the side nearer to us") \
	F(to, MAC, KEY, SHOW_FROM(17), "the other one") \
	F(from_link, NUMBER, KEY, SHOW, "label of the link there") \
	F(to_link, NUMBER, KEY, SHOW, "label of it at the other side") \
	F(cost, NUMBER, SET, SHOW, "of this direction") \
	F(l2mtu, GAUGE("bytes"), SET, SHOW, "longest frame") \
	F(used, BOOL, SET, SHOW, "on a least path") \
	F(stale, BOOL, SET, SHOW, "not described lately")

#define SCHEMA_LINKS(F) \
	F(total, GAUGE("links"), SET, HIDE, "each direction counted") \
	F(next, NUMBER, NULL_TOO, HIDE, "`offset` of the next page; null = this was the last") \
	F(rows, LIST(link), SET, HIDE, "of this page")

#define SCHEMA_DISCOVER_END(F) \
	F(answered, NUMBER, SET, HIDE, "nodes, since the feed began") \
	F(known, NUMBER, SET, HIDE, "nodes of the inventory")

#define SCHEMA_PING(F) \
	F(seq, NUMBER, NULL_TOO, SHOW, "its number, from 0; null = none was sent yet, since the node has no path: it is looked for") \
	F(address, MAC, NULL_TOO, SHOW_FROM(17), "the RoMON id") \
	F(size, GAUGE("bytes"), SET, SHOW, "of the payload") \
	F(rtt_us, NUMBER, NULL_TOO, SHOW_AS("TIME"), "round trip, of `ok`") \
	F(status, WORD("ok timeout egress-mtu no-path port-down no-buffer unknown down"), SET, SHOW, "`egress-mtu`: longer than its path is known to take; with `seq` null: `unknown`, `down` or `no-path`") \
	F(size_max, GAUGE("bytes"), NULL_TOO, HIDE, "of `egress-mtu`: what would fit") \
	F(detail, OWN, NULL_TOO, HIDE, "why, as a sentence")

#define SCHEMA_PING_REFUSED(F) \
	F(reason, OWN, KEY, HIDE, "as in `status`") \
	F(count, COUNTER("answers"), SET, HIDE, "how many")

#define SCHEMA_PING_END(F) \
	F(address, MAC, NULL_TOO, HIDE, "the RoMON id") \
	F(sent, NUMBER, SET, HIDE, "pings") \
	F(received, NUMBER, SET, HIDE, "answers") \
	F(packet_loss, REAL, SET, HIDE, "percent of those that were judged") \
	F(min_rtt_us, NUMBER, NULL_TOO, HIDE, "null: nothing was received") \
	F(avg_rtt_us, NUMBER, NULL_TOO, HIDE, "") \
	F(max_rtt_us, NUMBER, NULL_TOO, HIDE, "") \
	F(stddev_rtt_us, NUMBER, NULL_TOO, HIDE, "") \
	F(refused, LIST(ping_refused), SET, HIDE, "answers that were none")

#define SCHEMA_NODES_ARGS(A) \
	A(offset, NUMBER(0, INT64_MAX, 0), OPTIONAL, SCHEMA_PAGE_OFFSET) \
	A(count, NUMBER(1, SCHEMA_PAGE_MAX, SCHEMA_PAGE_MAX), OPTIONAL, SCHEMA_PAGE_COUNT) \
	A(status, WORD("ok late down"), OPTIONAL, "only nodes with this status: ok, late or down") \
	A(match, PATTERN, OPTIONAL, "only nodes that fit: a part of identity, board, master or address, or a pattern as of file names that fits the whole of one, in any case")

#define SCHEMA_NODE_ARGS(A) \
	A(id, NODE, REQUIRED, SCHEMA_TARGET)

#define SCHEMA_LINKS_ARGS(A) \
	A(offset, NUMBER(0, INT64_MAX, 0), OPTIONAL, SCHEMA_PAGE_OFFSET) \
	A(count, NUMBER(1, SCHEMA_PAGE_MAX, SCHEMA_PAGE_MAX), OPTIONAL, SCHEMA_PAGE_COUNT)

#define SCHEMA_DISCOVER_ARGS(A) \
	A(duration_ms, MS(0, 86400000, 0), OPTIONAL, "ask for so long; 0 = until the client ends it") \
	A(once, FLAG, OPTIONAL, "list each node once, at the end; after 3 s when no duration is given")

#define SCHEMA_PING_ARGS(A) \
	A(id, NODE, REQUIRED, SCHEMA_TARGET) \
	A(count, NUMBER(0, UINT32_MAX, 0), OPTIONAL, "so many pings; 0 = until the client ends it") \
	A(interval_ms, MS(0, 3600000, 1000), OPTIONAL, "between two pings") \
	A(size, NUMBER(STREAM_PING_SIZE_MIN, STREAM_PING_SIZE_MAX, STREAM_PING_SIZE_DEFAULT), OPTIONAL, "bytes of payload") \
	A(timeout_ms, MS(1, 60000, 1000), OPTIONAL, "after which an answer is lost") \
	A(port, PORT, OPTIONAL, "with mac-address (both as in a row of `neighbors`): a neighbor over that link alone, whatever path to it is known") \
	A(mac_address, MAC, OPTIONAL, "see port")

#define SCHEMA_NODES_COMMANDS(C) \
	C(nodes, "nodes", READ, OBJECT(nodes), nodes, "the inventory: every node that ever answered") \
	C(node, "node", READ, OBJECT(node_way), node, "one node and the way to it") \
	C(node_forget, "node-forget", OPERATE, OBJECT(node), node, "remove a node from the inventory; one that lives comes back with its next answer") \
	C(links, "links", READ, OBJECT(links), links, "links between nodes, as answers described them")

#define SCHEMA_NODES_FEEDS(C) \
	C(nodes_follow, "nodes-follow", READ, FEED(node_change, nodes_follow_end), nothing, "the inventory, then each row that changes; that a node was heard again is no change") \
	C(discover, "discover", OPERATE, FEED(node, discover_end), discover, "ask who is there; a row for each answer") \
	C(ping, "ping", OPERATE, FEED(ping, ping_end), ping, "ping a node; a row for each answer")
// clang-format on

SCHEMA_ANSWER(speaker, SCHEMA_SPEAKER)
SCHEMA_ANSWER(twin, SCHEMA_TWIN)
SCHEMA_ANSWER(duplicate, SCHEMA_DUPLICATE)
SCHEMA_ANSWER(node, SCHEMA_NODE)
SCHEMA_ANSWER(hop, SCHEMA_HOP)
SCHEMA_ANSWER(node_way, SCHEMA_NODE_WAY)
SCHEMA_ANSWER(nodes, SCHEMA_NODES)
SCHEMA_ANSWER(node_change, SCHEMA_NODE_CHANGE)
SCHEMA_ANSWER(nodes_follow_end, SCHEMA_NODES_FOLLOW_END)
SCHEMA_ANSWER(link, SCHEMA_LINK)
SCHEMA_ANSWER(links, SCHEMA_LINKS)
SCHEMA_ANSWER(discover_end, SCHEMA_DISCOVER_END)
SCHEMA_ANSWER(ping, SCHEMA_PING)
SCHEMA_ANSWER(ping_refused, SCHEMA_PING_REFUSED)
SCHEMA_ANSWER(ping_end, SCHEMA_PING_END)
SCHEMA_ARGS(nodes, SCHEMA_NODES_ARGS)
SCHEMA_ARGS(node, SCHEMA_NODE_ARGS)
SCHEMA_ARGS(links, SCHEMA_LINKS_ARGS)
SCHEMA_ARGS(discover, SCHEMA_DISCOVER_ARGS)
SCHEMA_ARGS(ping, SCHEMA_PING_ARGS)
