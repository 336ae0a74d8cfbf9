// SPDX-License-Identifier: BSD-3-Clause
// What the tests of lib/store share: a directory that vanishes with the test, nodes whose every field follows
// from two numbers, and a log that can be asked. Test's thread; the log also the writer's.
#pragma once

#include "store.h"

#define STORE_BED_DIR_SIZE 64

// A new empty directory; its path stays valid. All of them are deleted at exit.
const char *store_bed_dir(void);

// The file in dir, with a suffix ("", "-wal").
const char *store_bed_file(const char *dir, const char *suffix, char path[128]);

// Open with a short batch time; fails the test when that fails.
struct store *store_bed_open(const char *dir);
struct store *store_bed_open_cfg(const char *dir, uint32_t nodes_max, uint32_t history_max);

// Node i in its state number round.
uint64_t store_bed_id(uint32_t i);
void store_bed_put(struct store *s, uint32_t i, uint32_t round);

// Load everything: how many nodes; how many of them are not as store_bed_put() gives them; the highest round
// and the highest last_seen_us.
struct store_bed_sum {
	int64_t n;
	uint32_t n_strange;
	uint32_t round_max;
	uint64_t last_seen_us_max;
};
struct store_bed_sum store_bed_load(struct store *s);

// Lines logged that contain text, since the last store_bed_log_clear().
uint32_t store_bed_logged(const char *text);
void store_bed_log_clear(void);

// Names in dir that contain text.
uint32_t store_bed_n_files(const char *dir, const char *text);

// Run sql on the file with a connection of the test's own; fails the test when that fails.
void store_bed_sql(const char *dir, const char *sql);
