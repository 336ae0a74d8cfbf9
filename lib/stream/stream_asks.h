// SPDX-License-Identifier: BSD-3-Clause
// Which masters are asked for their rosters, how often, and what counts as an answer (docs/protocol.md,
// "Rosters"). Every port has its own share of masters and of requests, so that made-up masters behind one
// port cost those behind others nothing; a roster that does not end is given up. Pure: frames, dice and the
// inventory are somebody else's; now_ms is monotonic. One thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_bucket.h"
#include "base_err.h"

#define STREAM_ASKS_PORTS     64     // ports, by slot
#define STREAM_ASKS_MAX       256    // masters being asked at once
#define STREAM_ASKS_PORT_MAX  16     // of these behind one port
#define STREAM_ASKS_PER_S     100    // requests by one port a second, repeated ones included
#define STREAM_ASKS_ANSWER_MS 1000   // a request without an answer is sent again
#define STREAM_ASKS_TRIES_MAX 3      // then the master is silent until the next interval
#define STREAM_ASKS_PAGES_MAX 8192   // pages of one roster: some 200,000 nodes
#define STREAM_ASKS_EMPTY_MAX 256    // of these without a row
#define STREAM_ASKS_TIME_MS   120000 // how long one roster may take
#define STREAM_ASKS_HOLD_MS   600000 // how long a master is left alone whose roster did not end
#define STREAM_ASKS_HELD_MAX  16     // such masters remembered for each port

// A master that is being asked.
struct stream_ask_run {
	uint64_t id;  // 0 = free
	uint64_t way; // by which the last request left, in the caller's terms
	uint64_t begun_ms;
	uint64_t again_ms; // when the request is due
	uint32_t token;    // of the last request
	uint32_t cursor;
	uint32_t n_tries; // of this page
	uint32_t n_pages;
	uint32_t n_empty;
	uint8_t slot; // whose share it takes
};

struct stream_asks_held {
	uint64_t id;
	uint64_t until_ms;
};

struct stream_asks {
	struct stream_ask_run runs[STREAM_ASKS_MAX];
	uint32_t n_runs;
	uint32_t next; // run that is looked at first
	uint8_t n_port[STREAM_ASKS_PORTS];
	struct base_bucket buckets[STREAM_ASKS_PORTS];
	struct stream_asks_held held[STREAM_ASKS_PORTS][STREAM_ASKS_HELD_MAX];
};

enum stream_asks_begun {
	STREAM_ASKS_BEGUN_INVALID,
	STREAM_ASKS_BEGUN,
	STREAM_ASKS_RUNNING, // is being asked already
	STREAM_ASKS_HELD,    // is left alone
	STREAM_ASKS_FULL,    // the port's share is used up: try again later
};

// Ask a master behind the port in slot; stream_asks_due() tells when to send.
BASE_MUST_USE enum stream_asks_begun stream_asks_begin(
	struct stream_asks *a, uint8_t slot, uint64_t id, uint64_t now_ms);

// A run whose request is to be sent now, ports in turn; NULL: none, or the share of its port is used up. Runs
// that were silent too often end here, without a word.
struct stream_ask_run *stream_asks_due(struct stream_asks *a, uint64_t now_ms);

// The request of the run leaves by way with this token, which nobody can guess and no other request had.
void stream_asks_sent(struct stream_ask_run *run, uint32_t token, uint64_t way, uint64_t now_ms);

enum stream_asks_verdict {
	STREAM_ASKS_VERDICT_INVALID,
	STREAM_ASKS_ANSWER,
	STREAM_ASKS_UNASKED, // this node is not being asked
	STREAM_ASKS_WAY,     // came by another way than the request took
	STREAM_ASKS_TOKEN,   // another token than that of the last request
};

// Is this an answer? Of which run: *run, for STREAM_ASKS_ANSWER only.
BASE_MUST_USE enum stream_asks_verdict stream_asks_judge(
	struct stream_asks *a, uint64_t id, uint64_t way, uint32_t token, struct stream_ask_run **run);

enum stream_asks_next {
	STREAM_ASKS_NEXT_INVALID,
	STREAM_ASKS_MORE,    // the next page is due
	STREAM_ASKS_DONE,    // that was the end: the run is over
	STREAM_ASKS_ENDLESS, // over as well: too many pages, too long, or pages that lead nowhere
};

// The answer of the run was taken up: n_rows rows, the next page at next_cursor (STREAM_ROSTER_END: none).
BASE_MUST_USE enum stream_asks_next stream_asks_page(struct stream_asks *a, struct stream_ask_run *run,
	uint32_t n_rows, uint32_t next_cursor, uint64_t now_ms);
