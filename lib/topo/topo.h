// SPDX-License-Identifier: BSD-3-Clause
// What this node knows of the overlay: nodes (the inventory), described edges, and the least costly path to
// each node, kept up to date edge by edge (docs/topology.md). Pure C: no DPDK, no clock (time is passed in),
// no I/O. One thread owns a struct topo and all that is read from it.
//
// Two clocks are passed in: now_ms is monotonic and drives all ageing; wall_us is for people.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "wire_frame.h"

#define TOPO_TEXT_LEN_MAX   255           // identity, board, master: bytes as on the wire, NUL-terminated
#define TOPO_PATH_MAX       WIRE_HOPS_MAX // links of a path that Data can take; longer ones are not handed out
#define TOPO_NODES_LIMIT    (1u << 22)    // more is never kept, whatever nodes_max says
#define TOPO_EVENT_TEXT_LEN 192
#define TOPO_DIRTY_MS       10000 // a row is not given out to be stored again within this time
#define TOPO_PORTS          64    // of ours; each has a share of every bound here
#define TOPO_DENIED_MAX     4096

struct topo_link_end { // one side of a link, as in a Route TLV
	uint32_t link_id;
	uint16_t l2mtu;
	uint16_t cost;
	uint64_t mac; // base_mac_u64 form, as all ids and MACs here
};

// One DiscoverResp, taken apart (topo_frame.h). With n_hops 0 the caller has made sure that
// parent_out.link_id is the port that the frame came in on: this library does not know our ports.
struct topo_answer {
	uint64_t parent_id; // first Route TLV
	struct topo_link_end parent_out;
	uint64_t node_id; // second Route TLV: who answers
	struct topo_link_end node_in;
	uint8_t n_hops;       // forwarders: 0 = the parent must be us
	uint8_t port;         // of ours, that it came in on: below TOPO_PORTS. Set by the caller
	uint64_t from_mac;    // last hop: the Ethernet source that it came from. Likewise
	const char *identity; // into the frame, not terminated; NULL = the frame has none
	const char *board;    // likewise
	const char *master;   // likewise, TLV 0x83: the label of a master; NULL = not a master
	uint8_t identity_len;
	uint8_t board_len;
	uint8_t master_len;
	const struct wire_version *version; // NULL = none
};

enum topo_status {
	TOPO_STATUS_INVALID,
	TOPO_OK,
	TOPO_LATE,
	TOPO_DOWN,
};

// "ok", "late", "down"; "unknown" for anything else.
const char *topo_status_name(enum topo_status status);

struct topo_cfg {
	uint64_t own_id;
	uint32_t nodes_max; // rows of the inventory, ourselves not counted
	uint64_t seed;      // of hash tables: random, or a neighbor could choose ids that collide
};

// How often somebody asks; may change at run time.
struct topo_pace {
	uint32_t interval_ms;        // between rounds of Discover now; 0 = nobody asks: nothing grows late
	uint32_t late_after;         // in intervals; at least 1
	uint32_t down_after;         // in intervals; at least late_after
	uint32_t report_interval_ms; // between reports of another master; 0 = what was reported does not age
};

struct topo;

// An empty topology that nobody asks (interval 0). NULL with errno (ENOMEM, or EINVAL: own_id is no id).
struct topo *topo_create(const struct topo_cfg *cfg);
void topo_destroy(struct topo *t);

// From now on this pace holds. A node or edge is not judged late, stale or down before late_after or
// down_after intervals of the new pace have passed, unless it was silent for twice that time at the slower of
// the old and the new pace. Setting the same pace again changes nothing.
void topo_pace_set(struct topo *t, const struct topo_pace *pace, uint64_t now_ms);

// Another upper bound of rows. With fewer than are used, topo_tick() forgets rows that are down.
void topo_max_set(struct topo *t, uint32_t nodes_max);

// Take up an answer. 0 also when only its edge had no room (counted). -EINVAL with a sentence in *why when it
// describes no edge that can be; -ENOSPC when the inventory is full and the share of its port is used up;
// -EPERM: an id that is denied; -ENOMEM. why may be NULL.
BASE_MUST_USE int topo_learn(
	struct topo *t, const struct topo_answer *a, uint64_t now_ms, uint64_t wall_us, const char **why);

// Let edges grow stale and old, nodes late and down; raise TOPO_NODE_MOVED. Looks at a bounded number of rows
// a call; call it every 50 to 200 ms.
void topo_tick(struct topo *t, uint64_t now_ms);

// A port of ours went down or was removed: its edges are gone at once, paths are others now. When it is up
// again its edges wait for the next answer.
void topo_port_lost(struct topo *t, uint32_t link_id, uint64_t now_ms);

// Data went out by the present path to a node at sent_ms, and the answer that it wants did not come. Two in a
// row: an edge of the path is avoided for a time, where there is another way. Unknown ids are passed over.
void topo_path_failed(struct topo *t, uint64_t id, uint64_t sent_ms, uint64_t now_ms);

// An answer to Data that went out by the present path came: it carries.
void topo_path_worked(struct topo *t, uint64_t id, uint64_t now_ms);

// Nodes that are no longer known nor taken up, in any order; n is at most TOPO_DENIED_MAX. Their rows go. 0
// or -ENOMEM (the list before stays).
BASE_MUST_USE int topo_deny_set(struct topo *t, const uint64_t *ids, uint32_t n, uint64_t now_ms);

// --- rows: every node that ever answered, at stable indexes below topo_rows_end(). A row that was forgotten
// may be given to another id later.

enum topo_carry {           // do answers come to what is sent by the path?
	TOPO_CARRY_UNTRIED, // nothing was sent, or nothing since the path is this one
	TOPO_CARRY_WORKS,
	TOPO_CARRY_FAILS, // no, and there is no better path
};

// "untried", "works", "fails".
const char *topo_carry_name(enum topo_carry carry);

// Who else speaks for an id, by turns with the one that a row shows.
struct topo_twin {
	bool is_there;
	uint8_t port;        // of ours, that its answers come in on
	uint8_t shown_port;  // that those of the node shown come in on
	uint64_t mac;        // of its port
	uint64_t shown_mac;  // likewise of the node shown
	uint64_t from_mac;   // its last hop to us
	uint64_t shown_from; // likewise
	const char *identity;
	const char *board;
	struct wire_version version;
};

struct topo_node {
	uint64_t id;
	uint8_t port; // of ours, that it is heard by; TOPO_PORTS or more: not heard since the start
	enum topo_carry carry;
	uint32_t n_avoided;    // ways to it that carried nothing and are avoided now
	struct topo_twin twin; // two nodes with one id
	const char *identity;  // "" = not told; valid until the next call that changes t; not escaped
	const char *board;
	const char *master;          // label of a master; "" = not a master
	struct wire_version version; // all 0 = not told
	enum topo_status status;
	bool has_path;  // cost, hops, l2mtu, parent_id are of the present path; else of the last one known
	bool is_stale;  // the present path has an edge that was not described lately
	uint32_t cost;  // 0xffffffff = that or more
	uint16_t hops;  // links to it: a neighbor has 1
	uint16_t l2mtu; // least of the path
	uint64_t parent_id;  // last node before it on the path, or us; 0 = never known
	uint64_t via_master; // id of the master that reported it, path and cost as seen from there; 0 = heard
			     // by us
	uint64_t first_seen_us; // wall clock
	uint64_t last_seen_us;
};

uint32_t topo_rows_end(const struct topo *t);

// False: no node in this row.
BASE_MUST_USE bool topo_node_at(const struct topo *t, uint32_t row, struct topo_node *out);

// The row of a node, or -ENOENT.
BASE_MUST_USE int64_t topo_find(const struct topo *t, uint64_t id);

// The path's node ids, from the first after us (after the master, for a reported row) to the node itself.
// Returns how many were written: the first max of them. 0: none known, or more than TOPO_PATH_MAX.
uint32_t topo_path_ids(const struct topo *t, uint32_t row, uint64_t *ids, uint32_t max);

struct topo_hop { // of Data's hop list
	uint32_t link_id;
	uint64_t mac;
};

// The present path as Data's hop list. Returns the number of hops; -ENETUNREACH: no path now; -E2BIG: more
// than max, or than TOPO_PATH_MAX; -ENOENT: no such row.
BASE_MUST_USE int topo_path_hops(const struct topo *t, uint32_t row, struct topo_hop *hops, uint32_t max);

struct topo_counts {
	uint32_t n_nodes; // rows in use
	uint32_t n_ok;
	uint32_t n_late;
	uint32_t n_down;
	uint32_t n_reported; // of all these: known by another master only
	uint32_t n_unheard;  // named as a parent, did not answer yet: no rows
	uint32_t n_edges;
	uint32_t n_edges_stale;
	uint64_t nodes_refused;  // answers or reports without room for their node
	uint64_t edges_refused;  // edges that had no room, and edges that made room
	uint64_t edges_deferred; // changes of edges that wait for a later answer: paths changed too often
	uint64_t edges_disputed; // descriptions that another port than the edge's own gave, and that differ
	uint64_t claims_refused; // answers that say something else of a node than those of its own port
	uint64_t own_id_answers; // somebody else answered by our own id
	uint32_t n_twins;        // rows with two speakers
	uint32_t n_avoided;      // edges
	uint64_t texts_refused;  // identities, boards, labels that had no room
	uint64_t events_lost;
	uint64_t bytes; // memory in all
};

uint32_t topo_nodes_used(const struct topo *t);
void topo_counts_get(const struct topo *t, struct topo_counts *out);

struct topo_link { // both described directions of one link are one row; from = the side nearer to us
	uint64_t from;
	uint64_t to;
	uint32_t from_link;
	uint32_t to_link;
	uint32_t cost;
	uint16_t l2mtu;
	bool is_used;  // on a shortest path
	bool is_stale; // not described lately, in either direction
};

uint32_t topo_links_end(const struct topo *t);

// False: nothing in this row, or the other direction of a row that is given elsewhere.
BASE_MUST_USE bool topo_link_at(const struct topo *t, uint32_t row, struct topo_link *out);

// --- what changed: to be drained after every call that changes t

enum topo_event_type {
	TOPO_EVENT_INVALID,
	TOPO_NODE_NEW,
	TOPO_NODE_UP, // late or down -> ok
	TOPO_NODE_LATE,
	TOPO_NODE_DOWN,
	TOPO_NODE_CHANGED,     // identity, version, board, master
	TOPO_NODE_MOVED,       // another path or cost; from topo_tick() only
	TOPO_NODE_FORGOTTEN,   // its row is free
	TOPO_NODE_TWIN,        // two nodes answer by turns with its id
	TOPO_NODE_PATH_FAILED, // what was sent by its path was not answered: another is tried
	TOPO_OWN_ID,           // somebody else answers by our own id; row is 0
};

struct topo_event {
	enum topo_event_type type;
	uint8_t port;  // of ours, that caused it; TOPO_PORTS or more: none
	bool was_kept; // FORGOTTEN: the row was given out to be stored before
	uint32_t row;
	uint64_t id;
	char text[TOPO_EVENT_TEXT_LEN]; // for people, escaped: "identity Old -> New"; may be ""
};

// The oldest event not yet given out; false: none. They wait in a ring of fixed size: what does not fit is
// lost and counted.
BASE_MUST_USE bool topo_event_next(struct topo *t, struct topo_event *out);
uint64_t topo_events_lost(const struct topo *t);

// The next row whose stored form changed since it was last given out here; false: none now. A row is given
// out at most once in TOPO_DIRTY_MS; ports take turns, so that none makes the others wait.
BASE_MUST_USE bool topo_dirty_next(struct topo *t, uint32_t *row);

// At the end: the next that waits, at whatever age.
BASE_MUST_USE bool topo_dirty_last(struct topo *t, uint32_t *row);

// --- who follows: what changed since it was last asked for. When a row was last heard of is no change of it.

enum topo_change {
	TOPO_CHANGE_NONE, // nothing more
	TOPO_CHANGE_ROW,  // a row is another one, or new
	TOPO_CHANGE_GONE, // a node has no row any more
	TOPO_CHANGE_LOST, // too much to tell: only a look at all rows helps, and what waited is dropped
};

// One after another; each row waits once, however often it changed. Ids that went come before rows: a node
// that came back is told last.
enum topo_change topo_change_next(struct topo *t, uint32_t *row, uint64_t *id);

// What waits is of no interest: somebody begins with a look at all rows.
void topo_changes_drop(struct topo *t);

// --- stored rows

struct topo_saved {
	uint64_t id;
	const char *identity; // NUL-terminated, at most TOPO_TEXT_LEN_MAX bytes; NULL is ""
	const char *board;
	const char *master;
	struct wire_version version;
	enum topo_status status;
	uint32_t cost;
	uint16_t hops;
	uint16_t l2mtu;
	uint32_t path_n; // 0 = not known
	uint64_t path[TOPO_PATH_MAX];
	uint64_t first_seen_us;
	uint64_t last_seen_us;
	uint64_t via_master;
};

// Put back a row from the store at start: no edges, so no path until it is heard; status as given; its timers
// start now. No event. Rows that are down make room in the order in which they were put back. Of path only
// the last node but one is kept: the rest of it is found in the rows of the nodes on it. -EINVAL: no such id
// or status; -EPERM: denied; -EEXIST: has a row; -ENOSPC; -ENOMEM.
BASE_MUST_USE int topo_restore(struct topo *t, const struct topo_saved *s, uint64_t now_ms);

// What is to be stored of a row. False: no node in it. Texts as in topo_node_at().
BASE_MUST_USE bool topo_saved_at(const struct topo *t, uint32_t row, struct topo_saved *out);

// Reported by another master over the overlay (master of masters), with the status, path and cost that it
// sees. Never overrides a node that we hear ourselves or another master that still reports it: then 0 and
// no change. -EINVAL: ids that cannot be; -EPERM: denied; -ENOSPC; -ENOMEM.
BASE_MUST_USE int topo_report(
	struct topo *t, uint64_t master_id, const struct topo_saved *s, uint64_t now_ms, uint64_t wall_us);

// An operator removes a row, with the edges to it. 0 or -ENOENT. One that lives comes back with its next
// answer.
BASE_MUST_USE int topo_forget(struct topo *t, uint64_t id);
