// SPDX-License-Identifier: BSD-3-Clause
// Inside of a topology: vertices, edges, the tree of least paths. lib/topo only (and the checks of tests).
//
// Rows of arrays are named by number, never by pointer, across a call that may add one: arrays move when
// they grow.
#pragma once

#include "topo.h"
#include "topo_map.h"

#define TOPO_US     0  // our own vertex: the root; no row of the inventory
#define TOPO_IN_MAX 64 // edges to one node
// Edges from one node. A node is the parent of all that hear its Discover first on its segments: 4,096 is two
// full tables of neighbors of one port (limits.neighbors-per-port), or 54 ports of a switch with 75 nodes on
// each. Nobody builds a segment with more stations. Our own edges are bounded by rows.
#define TOPO_OUT_MAX      4096
#define TOPO_SHARE_NONE   TOPO_PORTS       // put back from the store, not heard since
#define TOPO_SHARE_OTHERS (TOPO_PORTS + 1) // reported by other masters
#define TOPO_SHARES       (TOPO_PORTS + 2)
#define TOPO_AVOIDED_MAX  256 // edges avoided at once
#define TOPO_STRIKES_MAX  7
#define TOPO_AVOID_SHIFT  12 // an avoided edge is worse than any number of stale ones on a path for Data
#define TOPO_EVENTS       1024
#define TOPO_TICK_NODES   256   // judged, moved, forgotten: each at most that many in one tick
#define TOPO_TICK_EDGES   512   // grown stale, removed: likewise
#define TOPO_TICK_PATHS   16384 // no further edge that more paths hang on
#define TOPO_COST_BITS    40    // a path's cost: 65535 * 2 on each of TOPO_NODES_LIMIT * 2 links fits
#define TOPO_EDGES_A_NODE 8     // edges in all, per row of the inventory
// Edges and vertices that changes of edges by one port may make repairs look at, on average (shared by all
// ports that use theirs up) and at once: the first round of the largest network that is tested.
#define TOPO_WORK_A_MS  1000
#define TOPO_WORK_BURST (16 << 20)

// How long a path is, as two numbers that compare in order: edges that are stale, cost; then links, and
// 65535 less the least L2MTU. A link more makes it strictly longer, so a shortest path never has a cycle.
struct topo_dist {
	uint64_t far;  // (avoided << TOPO_AVOID_SHIFT | stale) << TOPO_COST_BITS | cost
	uint64_t near; // links << 16 | 65535 - l2mtu
};

#define TOPO_UNREACHABLE ((struct topo_dist){UINT64_MAX, UINT64_MAX})

// The path as it was last told to others, by an event or as the last one known.
struct topo_told {
	uint64_t parent_id; // 0 = no path yet
	uint32_t cost;
	uint32_t link; // the parent's, out
	uint16_t hops;
	uint16_t l2mtu;
};

// In which list a vertex ages. Each list is in the order of last_ms. Of the last two each share has its own.
enum topo_list_id {
	TOPO_LIST_NONE,     // us
	TOPO_LIST_HEARD,    // answered, ok or late; last_ms on the clock of asking
	TOPO_LIST_REPORTED, // by another master, ok or late; last_ms on the clock of reports
	TOPO_LIST_DOWN,     // longest down first; last_ms is monotonic
	TOPO_LIST_UNHEARD,  // named as a parent only; longest not named first
	TOPO_N_LISTS,
};

// One voice that answers for an id, and the way by which its answers come.
struct topo_claim {
	uint64_t last_ms; // on the clock of asking
	uint64_t from;    // last hop
	struct base_mac mac;
	uint8_t port;
	uint8_t n_turns;   // of the rival: times that it spoke after the other
	bool is_answered;  // likewise: the other spoke since
	uint32_t link;     // node's port: id and MAC go together
	uint32_t identity; // rows of texts: of the rival; those of the one shown stand in the vertex
	uint32_t board;
	struct wire_version version;
};

#define TOPO_GONE_MAX 1024 // that wait to be told

#define TOPO_TURNS_TWIN 2 // turns that make two voices two nodes: to rename a node there and back takes one

// What repairs of the tree touch stands in front, in less than a cache line.
struct topo_vertex {
	uint64_t id; // 0 = free
	struct topo_dist dist;
	uint32_t parent_edge; // tree; TOPO_NONE without a path
	uint32_t out_head;    // edges from here
	uint32_t in_head;     // edges to here
	uint32_t heap_pos;    // TOPO_NONE = not in the heap
	uint32_t touched_next;
	uint8_t status;  // enum topo_status; TOPO_STATUS_INVALID = no row of the inventory
	bool is_dirty;   // waits in the queue of dirty rows; outlives the row's node
	bool is_touched; // waits to be compared with what was told; likewise
	bool is_changed; // waits to be told to those who follow; likewise
	bool is_suspect; // its path is being repaired

	uint8_t share;  // port that it is counted for, or TOPO_SHARE_...
	uint8_t n_lost; // of what went by lost_path since judged_ms, in a row
	uint8_t carry;  // enum topo_carry; of lost_path
	bool was_given; // the store has it
	uint32_t n_in;
	uint32_t n_out;
	uint32_t lost_path;  // see topo_path_mark(); 0 = nothing was sent yet
	uint64_t lost_ms;    // on the clock of asking: when the first of n_lost was sent
	uint64_t judged_ms;  // what was sent before says nothing of the present path
	uint32_t share_prev; // rows of one share: settled ones first, then in the order in which they came
	uint32_t share_next;
	uint64_t since_ms; // in this share; 0 = it was known at the start
	struct topo_claim voice;
	struct topo_claim rival; // port TOPO_PORTS or more: none
	uint32_t crowd_prev;     // vertices with as many edges in
	uint32_t crowd_next;
	uint32_t list_prev;
	uint32_t list_next; // also of free rows
	uint32_t dirty_next;
	uint32_t changed_next;
	uint32_t list;     // enum topo_list_id
	uint32_t identity; // rows of texts; 0 = ""
	uint32_t board;
	uint32_t master;
	struct wire_version version;
	uint64_t last_ms;
	uint64_t given_ms; // when it was last given out as dirty
	uint64_t first_seen_us;
	uint64_t last_seen_us;
	uint64_t via_master;
	struct topo_told told;
};

// Likewise.
struct topo_edge {
	uint32_t from; // vertex; TOPO_NONE = free
	uint32_t to;
	uint32_t cost : 17; // two 16-bit costs
	uint32_t is_stale : 1;
	uint32_t avoid : 3;   // carried nothing lately: strikes when it was found so; 0 = may be used
	uint32_t strikes : 3; // times that it did, since it carried last
	uint32_t out_link;
	uint32_t in_link;
	uint32_t out_next;
	uint32_t in_next;
	uint32_t out_prev;
	uint32_t in_prev;
	uint16_t l2mtu;
	struct base_mac in_mac;
	uint8_t port;    // by which its description came: others may confirm, not change it
	uint16_t port_s; // when it last came by there: seconds of 1,024 ms on the clock of asking, mod 2^16
	uint32_t age_prev;
	uint32_t age_next; // also of free rows
	uint64_t last_ms;  // on the clock of asking
};

_Static_assert(sizeof(struct topo_edge) == 64, "hundreds of thousands of them");

// A clock that stands still while nobody asks, and what is late on it.
struct topo_clock {
	uint64_t now_ms;     // counts only while interval_ms is not 0
	uint64_t changed_ms; // on it: when the interval or what follows from it was last set
	uint32_t interval_ms;
	uint32_t slow_ms; // the slower of this interval and the one before
};

// Rows in order of age. Those before cursor were judged late (or stale) already.
struct topo_list {
	uint32_t head;
	uint32_t tail;
	uint32_t cursor;
};

struct topo_avoided {
	uint32_t edge;
	uint64_t until_ms;
};

// What one ingress port has of everything.
struct topo_share {
	struct topo_list rows;    // linked by share_next; no cursor
	struct topo_list down;    // TOPO_LIST_DOWN
	struct topo_list unheard; // TOPO_LIST_UNHEARD
	struct topo_list ages;    // edges
	struct topo_list dirty;   // linked by dirty_next: given out as soon as asked for
	struct topo_list later;   // likewise: given out too lately
	uint32_t n_rows;
	uint32_t n_unheard;
	uint32_t n_edges;
	uint64_t text_bytes; // of its rows' texts, each counted for itself
	int64_t work_left;   // see topo_path_may_work()
};

struct topo_heap_cell {
	struct topo_dist dist;
	uint32_t vertex;
};

struct topo_text {
	uint32_t n_refs;
	uint32_t len;
	char bytes[];
};

struct topo {
	uint64_t seed;
	uint32_t nodes_max;
	uint32_t late_after;
	uint32_t down_after;
	uint64_t now_ms;
	bool has_now;
	struct topo_clock asking;
	struct topo_clock reports;

	struct topo_vertex *vertices;
	uint32_t vertices_end;
	uint32_t vertices_size;
	uint32_t vertices_free;
	struct topo_map ids;
	struct topo_list lists[TOPO_N_LISTS];
	uint32_t crowds[TOPO_IN_MAX + 1]; // vertices by number of edges in
	uint32_t kept; // vertex that stays when its last edge goes, for the next one is on its way

	struct topo_edge *edges;
	uint32_t edges_end;
	uint32_t edges_size;
	uint32_t edges_free;
	struct topo_map keys;
	struct topo_avoided avoided[TOPO_AVOIDED_MAX];
	uint32_t n_avoided;

	struct topo_share shares[TOPO_SHARES];
	uint8_t payer;      // share that pays for the work under way
	uint8_t dirty_turn; // share whose dirty rows are given out next
	uint64_t *denied;   // sorted
	uint32_t n_denied;
	uint64_t own_id_told_ms; // when TOPO_OWN_ID was last told

	struct topo_text **texts; // row 0 stays unused
	uint32_t texts_end;
	uint32_t texts_size;
	uint32_t *texts_spare; // free rows, as a stack
	uint32_t n_texts_spare;
	struct topo_map words;
	uint64_t text_bytes;

	struct topo_heap_cell *heap; // as many places as vertices
	uint32_t n_heap;
	uint32_t *suspects; // likewise
	uint32_t n_suspects;
	uint32_t n_spread; // suspects below which all are suspects too

	struct topo_event *events;
	uint32_t events_head;
	uint32_t n_events;
	struct topo_list touched; // linked by touched_next
	struct topo_list changed; // linked by changed_next
	uint64_t gone[TOPO_GONE_MAX];
	uint32_t n_gone;
	uint32_t n_gone_given;
	bool is_gone_lost;         // more of them went
	struct topo_counts counts; // but bytes
};

// --- topo_path.c: the tree

// Negative, 0, positive: a shorter than, as long as, longer than b.
int topo_dist_cmp(struct topo_dist a, struct topo_dist b);
bool topo_dist_is_path(struct topo_dist d);
uint64_t topo_dist_cost(struct topo_dist d);
uint32_t topo_dist_hops(struct topo_dist d);
uint16_t topo_dist_l2mtu(struct topo_dist d);
bool topo_dist_is_stale(struct topo_dist d);
bool topo_dist_is_avoided(struct topo_dist d);

// The length of a path that is prolonged by an edge.
struct topo_dist topo_dist_plus(struct topo_dist d, const struct topo_edge *e);

// May one more edge change paths now? A neighbor that changes the cost of an edge near us with every answer
// makes every path change with it: beyond a budget, such changes wait for a later answer.
bool topo_path_may_work(const struct topo *t, uint8_t port);

// The edge looked at is charged to the payer.
static inline void topo_work(struct topo *t, uint32_t n)
{
	t->shares[t->payer].work_left -= n;
}

// The edge is new, or its weight changed: put all paths right.
void topo_path_update(struct topo *t, uint32_t edge);

// The vertex lost its tree edge, or that edge grew longer. Any number of these, with nothing else in between,
// then one repair.
void topo_path_suspect(struct topo *t, uint32_t vertex);
void topo_path_repair(struct topo *t);

// Make suspects of all that hangs below suspects, as repair does at its start; how many there are then.
uint32_t topo_path_spread(struct topo *t);

// --- topo_edge.c

// The row of an edge, or TOPO_NONE.
uint32_t topo_edge_find(
	const struct topo *t, uint32_t from, uint32_t out_link, uint32_t to, uint32_t in_link);

// Add key's edge (its from, to, links, cost, l2mtu, in_mac, port), just described. The row; TOPO_NONE: no
// room for it. Paths are not yet put right for it.
uint32_t topo_edge_add(struct topo *t, const struct topo_edge *key);
// Described again, by this port.
void topo_edge_described(struct topo *t, uint32_t edge, uint8_t port);

// May an answer by this port change what an edge says?
bool topo_edge_is_its(const struct topo *t, const struct topo_edge *e, uint8_t port);

// Take an edge out. Leaves a suspect behind when it was in the tree: repair follows. A parent that was known
// by this edge only is gone then too.
void topo_edge_remove(struct topo *t, uint32_t edge);

// --- topo_vertex.c

// The row of an id, ours too, or TOPO_NONE.
uint32_t topo_vertex_find(const struct topo *t, uint64_t id);

// A vertex that is in no list and no row of the inventory; *row. 0 or -ENOMEM.
BASE_MUST_USE int topo_vertex_add(struct topo *t, uint64_t id, uint32_t *row);

// Without edges; leaves all lists.
void topo_vertex_remove(struct topo *t, uint32_t row);
void topo_vertex_list(struct topo *t, uint32_t row, enum topo_list_id list);    // to the tail of that list
void topo_vertex_status(struct topo *t, uint32_t row, enum topo_status status); // counts only
void topo_vertex_crowd(struct topo *t, uint32_t row, uint32_t n_in);

// Out of the inventory: edges to it go, and it itself unless edges from it remain.
void topo_vertex_forget(struct topo *t, uint32_t row, const char *why);

// Known as a parent only, by a share: to the tail of that list, at the bound in place of the oldest of the
// share with the most.
void topo_vertex_unheard(struct topo *t, uint32_t row, uint8_t share);

// --- topo_share.c

// Count a row for a share, from now on or from the start; it is in none before.
void topo_share_enter(struct topo *t, uint32_t row, uint8_t share, bool is_settled);
void topo_share_leave(struct topo *t, uint32_t row);

// One more row for a share, if need be in place of another one. 0, or -ENOSPC (counted).
BASE_MUST_USE int topo_share_room(struct topo *t, uint8_t share);

// The row that is longest down; TOPO_NONE: none is.
uint32_t topo_share_longest_down(const struct topo *t);

bool topo_is_denied(const struct topo *t, uint64_t id);

// --- topo_claim.c

// Whose voice is an answer for a row? True: the node's, as it is shown or as it is to be shown from now on.
// False: another's, which is noted.
bool topo_claim_take(struct topo *t, uint32_t row, const struct topo_answer *a);
void topo_claim_first(struct topo *t, uint32_t row, const struct topo_answer *a);
void topo_claim_drop(struct topo *t, struct topo_claim *c);
bool topo_claim_is_twin(const struct topo *t, const struct topo_vertex *v);

// --- topo_blame.c

// Of a new edge: it is avoided as those are that its port described to the same node.
void topo_blame_inherit(struct topo *t, uint32_t edge);
void topo_blame_drop(struct topo *t, uint32_t edge); // it is avoided no more; its paths are not put right
void topo_blame_tick(struct topo *t);

// A number for the present path of a row, not 0: another path has another one, but by a rare chance.
uint32_t topo_path_mark(const struct topo *t, uint32_t row);

// --- topo_learn.c

// A row for a node that has none, room made: in no list yet, with status ok, its event still to come.
BASE_MUST_USE int topo_vertex_make(
	struct topo *t, uint64_t id, uint8_t share, bool is_settled, uint32_t *row);

// A new row: its event, which ends with how it became known.
void topo_vertex_new(struct topo *t, uint32_t row, uint64_t wall_us, const char *how);

// A row was heard of, by an answer (list HEARD) or by another master (REPORTED): status, lists, events.
void topo_vertex_seen(
	struct topo *t, uint32_t row, enum topo_list_id list, enum topo_status status, uint64_t wall_us);

static inline bool topo_vertex_is_row(const struct topo_vertex *v)
{
	return v->status != TOPO_STATUS_INVALID;
}

// --- topo_text.c

// Make *text (a row of texts) these bytes, up to a NUL among them. True: it changed. Without room, in all or
// for this share, it stays.
bool topo_text_set(struct topo *t, uint8_t share, uint32_t *text, const char *bytes, uint32_t len);
void topo_text_drop(struct topo *t, uint8_t share, uint32_t *text);
uint64_t topo_text_cost(const struct topo *t, uint32_t text); // what it takes of a share
const char *topo_text_of(const struct topo *t, uint32_t text);

// --- topo_event.c

// On the account of the port that the row is heard by; or of this one.
void topo_event_add(struct topo *t, enum topo_event_type type, uint32_t row, const char *text);
void topo_event_add_by(
	struct topo *t, enum topo_event_type type, uint32_t row, uint8_t port, const char *text);
void topo_dirty_add(struct topo *t, uint32_t row);
void topo_touched_add(struct topo *t, uint32_t row);

// A row whose path is to be compared with what was told; TOPO_NONE when there is none.
uint32_t topo_touched_next(struct topo *t);

// --- topo_change.c: rows and ids for those who follow

void topo_change_add(struct topo *t, uint32_t row);
void topo_change_gone(struct topo *t, uint64_t id);

// --- topo_clock.c

void topo_clock_advance(struct topo *t, uint64_t now_ms);

// Was what was last heard of at last_ms on this clock silent for more than after intervals?
bool topo_clock_is_over(const struct topo_clock *c, uint64_t last_ms, uint32_t after);

// --- topo_rows.c

// The present path as it would be told.
struct topo_told topo_told_of(const struct topo *t, uint32_t row);
