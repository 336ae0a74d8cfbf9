// SPDX-License-Identifier: BSD-3-Clause
// What backup, run and restore have in common: which nodes, by which ssh, what came of each. Main thread.
#pragma once

#include <limits.h>

#include "base_mac.h"
#include "bulk_pool.h"
#include "cmd.h"

#define BULK_IDENTITY_SIZE 256
#define BULK_DETAIL_SIZE   400
#define BULK_ARGV_MAX      64

struct bulk_node {
	char id[BASE_MAC_TEXT_LEN];        // "02:00:00:00:00:05"
	char identity[BULK_IDENTITY_SIZE]; // as its owner calls it: hostile
	const char *result;                // a word for the table; NULL = nothing came of it yet
	bool is_ok;
	char detail[BULK_DETAIL_SIZE]; // why it failed, for people
	uint64_t took_ms;
};

struct bulk {
	const struct cmd_call *call;
	struct bulk_node *nodes;
	size_t n;
	// of ssh
	const char *user;     // NULL = ssh's own choice
	const char *config;   // -F
	const char *identity; // -i
	bool is_legacy;
	bool accepts_new; // host keys of nodes that were never seen
	int password_fd;  // a file in memory that holds it; -1 = keys or an agent
	uint64_t timeout_ms;
	unsigned n_jobs;
	size_t n_done;
	size_t n_failed;
};

// Read --all, --match and targets, ask romond who that is; and the options of ssh. What goes wrong is said.
BASE_MUST_USE enum cmd_exit bulk_open(struct bulk *b, const struct cmd_call *call);
BASE_MUST_USE enum cmd_exit bulk_open_one(struct bulk *b, const struct cmd_call *call, const char *target);
void bulk_close(struct bulk *b);

// Words of ssh (sftp when is_sftp) that runs command on the node, in w, which keeps them.
struct bulk_words {
	const char *argv[BULK_ARGV_MAX];
	size_t n;
	char text[4][4608]; // of options that are put together
	size_t n_texts;
};
void bulk_words_make(
	struct bulk_words *w, const struct bulk *b, const struct bulk_node *node, const char *command);

// What a child that failed says about it: false when it did not fail. word: "failed" or another result.
bool bulk_child_failed(const struct bulk_out *out, struct bulk_node *node, const struct bulk *b);
void bulk_fail(struct bulk_node *node, const char *why, ...) BASE_PRINTF(2, 3);

// A node is done: tell it on a terminal.
void bulk_progress(struct bulk *b, const struct bulk_node *node);
void bulk_progress_end(const struct bulk *b);

// 0 all, 5 some, 1 none.
enum cmd_exit bulk_exit(const struct bulk *b);

// 16 hex digits that no router can guess.
void bulk_nonce(char out[17]);
