// SPDX-License-Identifier: BSD-3-Clause
// What must survive a restart: the inventory and the history of what happened, in an SQLite file that a
// thread of this library writes in batches, and small files beside it. Every function is called by the
// control thread. None waits for the disk but store_open(), store_load(), store_history_read(), store_flush()
// and store_close(). No DPDK.
//
// A disk that is full, read-only or gone is no error of the caller: what waits stays in memory, newest state
// of each node only, and is written once that works. A file that is damaged, or of a newer romond, is renamed
// to romond.db.damaged-TIME and a new one is made.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

#define STORE_TEXT_LEN_MAX 255 // bytes of a text; what is longer is cut
#define STORE_PATH_MAX     128 // ids of a path; what is longer is cut
#define STORE_ERROR_LEN    256

struct store_cfg {
	const char *dir;      // absolute; made when its parent is there. One romond each
	uint32_t history_max; // events kept; the oldest go
	uint32_t nodes_max;   // of the inventory. Twice as many changes wait at most
	uint32_t batch_ms;    // least time between two transactions; 0 = 1000
	uint32_t close_ms;    // store_close() gives up after this time; 0 = 5000
	uint32_t write_bps;   // bytes a second that may go to the disk on average; 0 = as many as come
	uint32_t write_burst; // and at once
};

// A row of the inventory. Ids are of the form base_mac_u64(). Texts are bytes as they came from the wire, not
// escaped, ended by a NUL; NULL counts as "".
struct store_node {
	uint64_t id; // not 0
	const char *identity;
	const char *board;
	const char *master; // label of a master; "" = none
	uint8_t version[4];
	uint8_t status; // the caller's number
	uint32_t cost;
	uint16_t hops;
	uint16_t l2mtu;
	uint32_t n_path;
	const uint64_t *path;
	uint64_t via_master; // 0 = heard by ourselves
	uint64_t first_seen_us;
	uint64_t last_seen_us; // wall clock
};

// Something that happened. Texts as above.
struct store_event {
	uint64_t seq;     // of the history: grows over restarts; set by this library
	uint64_t time_us; // wall clock
	const char *kind;
	const char *severity;
	const char *port;
	uint64_t mac; // 0 = none
	uint64_t id;  // 0 = none
	const char *identity;
	const char *text;
};

struct store_stats {
	bool is_well;              // the last try to open or write went well
	uint32_t n_pending_nodes;  // changes that wait
	uint32_t n_pending_events; // likewise
	uint64_t n_written;        // nodes and events, since the start
	uint64_t n_batches;
	uint64_t n_errors;           // tries that failed
	uint64_t n_damaged;          // files set aside
	uint64_t n_overflows;        // times that more changes waited than may, see store_all_wanted()
	uint64_t bytes;              // the file and its log
	uint64_t write_us;           // the last batch took so long
	uint64_t bytes_written;      // to the disk, as counted for write_bps
	char error[STORE_ERROR_LEN]; // of the last try that failed, "" = none so far
};

struct store;

// Open or make the file in cfg->dir, set a damaged one aside, start the writer. A disk that cannot be used is
// logged and tried again by the writer. NULL with errno: EAGAIN = another romond has this directory; ENOMEM;
// EINVAL = dir is not absolute or too long. Reads the whole file once.
BASE_MUST_USE struct store *store_open(const struct store_cfg *cfg);

// Write what waits and end. Takes at most close_ms; what could not be written by then is lost and logged.
// Accepts NULL.
void store_close(struct store *s);

// Call fn with each stored node, which it may use until it returns. Returns their number, or -errno when the
// file could not be read to its end. fn does not call this library.
typedef void (*store_node_fn)(const struct store_node *node, void *ctx);
BASE_MUST_USE int64_t store_load(struct store *s, store_node_fn fn, void *ctx);

// The node as it is now. The last call for an id counts, also after store_forget().
void store_put(struct store *s, const struct store_node *node);

// How many store_put() may follow now: what is beyond the budget of writes stays with the caller, who then
// gives the newest state only. What is put all the same is taken, and written later.
uint32_t store_room(struct store *s);

// The node is no longer part of the inventory.
void store_forget(struct store *s, uint64_t id);

// The key discovery.inventory-max or state.history-max has changed.
void store_max_set(struct store *s, uint32_t nodes_max, uint32_t history_max);

// Is the running inventory wanted as a whole, because a new file was made while romond ran, or because too
// many changes waited? Then call store_all_begin(), store_put() for each node, store_all_end(): one
// transaction replaces everything that was stored.
BASE_MUST_USE bool store_all_wanted(struct store *s);
void store_all_begin(struct store *s);
void store_all_end(struct store *s);

// Add to the history; e->seq is not used.
void store_history_add(struct store *s, const struct store_event *e);

// Call fn with at most limit written events whose seq is greater than since, oldest first; since 0 with
// wants_last: the last limit ones. Returns their number or -errno. Events of the last batch_ms may be
// missing.
typedef void (*store_event_fn)(const struct store_event *e, void *ctx);
struct store_history_ask {
	uint64_t since;
	uint32_t limit;
	bool wants_last;
};
BASE_MUST_USE int64_t store_history_read(
	struct store *s, const struct store_history_ask *ask, store_event_fn fn, void *ctx);

// Small files beside the database, a line each, for what must be found after a crash. The writer writes them,
// at once: beside, to the disk, then renamed over the old one. The last text for a name counts; NULL: the
// file goes. What cannot be written is logged, and left until there is another text. name and text are
// copied.
#define STORE_MARKS_MAX     4 // names that a program uses
#define STORE_MARK_NAME_MAX 31
#define STORE_MARK_LEN_MAX  127
void store_mark_put(struct store *s, const char *name, const char *text);

// Wait until what waits now is written: 0, -ETIMEDOUT, or -EIO when a try failed. For tests and for the end.
BASE_MUST_USE int store_flush(struct store *s, uint32_t timeout_ms);

void store_stats_get(struct store *s, struct store_stats *out);
