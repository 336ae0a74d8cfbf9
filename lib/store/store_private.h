// SPDX-License-Identifier: BSD-3-Clause
// The store: what control and the writer share, and what belongs to the writer alone. lib/store only.
#pragma once

#include <pthread.h>

#include "store_db.h"

// A small file.
struct store_mark {
	char name[STORE_MARK_NAME_MAX + 1];
	char text[STORE_MARK_LEN_MAX + 1];
	bool is_waiting; // to be written, or removed
	bool is_gone;
};

struct store {
	char dir[STORE_DIR_MAX + 1]; // not changed after store_open(); as the times
	uint32_t batch_ms;
	uint32_t close_ms;
	uint32_t write_bps;
	uint32_t write_burst;
	pthread_t thread;

	pthread_mutex_t lock; // held for moments, never while the disk works
	pthread_cond_t wake;  // control to writer: there is something to do
	pthread_cond_t done;  // writer to control: a try has ended

	// control and writer: rw, under lock
	struct store_batch pending;
	struct store_mark marks[STORE_MARKS_MAX];
	uint32_t n_marks;
	uint32_t nodes_max;
	uint32_t history_max;
	bool needs_all;    // what is stored differs from the inventory in more than what waits
	bool is_gathering; // between store_all_begin() and store_all_end()
	bool is_suspect;   // a reader found damage
	bool is_stopping;
	bool has_ended;
	uint64_t flush_asked; // number of the last store_flush()
	uint64_t flush_tried; // of the last one that a try was for
	bool flush_failed;    // that try did
	struct store_stats stats;
	int64_t tokens; // bytes that may be written now; negative: more were, so the next batch waits
	uint64_t tokens_ms;
	uint32_t change_bytes; // what a change cost lately

	// writer: rw; control only before the thread runs and after it ended
	struct store_db db;
	struct store_batch batch; // taken, not yet written
	uint64_t next_ms;         // the next transaction, or the next try, is not before
	uint32_t backoff_ms;      // 0 = the last try went well
	int last_err;
};

void *store_writer_main(void *arg); // arg = struct store

// Under lock: does a mark wait? Write those that do; the lock is given up meanwhile.
bool store_marks_wait(const struct store *s);
void store_marks_write(struct store *s);

// Under lock: nodes that wait are in vain, all are needed.
void store_all_need(struct store *s);

// Under lock: what may be written grows with time; n bytes were.
void store_tokens_refill(struct store *s);
void store_tokens_take(struct store *s, uint64_t n_bytes, uint64_t n_changes);

// What a try to open or write came to: err is 0 or -errno, described by error. Under lock.
void store_outcome_note(struct store *s, int err, const char *error);
