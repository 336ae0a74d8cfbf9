// SPDX-License-Identifier: BSD-3-Clause
// The writer: takes what waits once a batch_ms, writes it in one transaction, and keeps it while that fails.
// A thread of its own; the lock is not held while the disk works.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base_clock.h"
#include "base_log.h"
#include "store_private.h"

LOG_TYPE("store");

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 30000

void store_all_need(struct store *s)
{
	store_batch_nodes_drop(&s->pending);
	s->needs_all = true;
	s->is_gathering = false;
}

void store_tokens_refill(struct store *s)
{
	uint64_t now_ms = base_mono_ms();
	uint64_t passed_ms = now_ms - s->tokens_ms;
	uint64_t full_ms = s->write_bps == 0 ? 0 : (uint64_t)s->write_burst * 2000 / s->write_bps;

	if (passed_ms > full_ms)
		passed_ms = full_ms;
	s->tokens += (int64_t)(passed_ms * s->write_bps / 1000);
	if (s->tokens > (int64_t)s->write_burst)
		s->tokens = s->write_burst;
	s->tokens_ms = now_ms;
}

void store_tokens_take(struct store *s, uint64_t n_bytes, uint64_t n_changes)
{
	s->stats.bytes_written += n_bytes;
	if (s->write_bps == 0)
		return;
	store_tokens_refill(s);
	s->tokens -= (int64_t)n_bytes;
	if (n_changes > 0)
		s->change_bytes = (uint32_t)((3ull * s->change_bytes + n_bytes / n_changes) / 4) | 1;
	if (s->tokens >= 0)
		return;
	uint64_t wait_ms = (uint64_t)-s->tokens * 1000 / s->write_bps;
	if (s->next_ms < s->tokens_ms + wait_ms)
		s->next_ms = s->tokens_ms + wait_ms;
}

static uint64_t waiting(const struct store *s)
{
	return (uint64_t)s->stats.n_pending_nodes + s->stats.n_pending_events;
}

void store_outcome_note(struct store *s, int err, const char *error)
{
	struct store_stats *st = &s->stats;

	st->n_pending_nodes = s->batch.n_nodes;
	st->n_pending_events = s->batch.n_events;
	if (err == 0) {
		if (s->last_err != 0)
			LOG(NOTICE, "%s/" STORE_FILE ": written again", s->dir);
		s->backoff_ms = 0;
		s->last_err = 0;
		s->next_ms = base_real_ms() + s->batch_ms;
		st->is_well = true;
		return;
	}
	st->is_well = false;
	st->n_errors++;
	snprintf(st->error, sizeof(st->error), "%s", error);
	if (s->last_err != err) // tell a cause once, not at every try
		LOG(ERROR,
			"%s/" STORE_FILE
			": %s; %llu changes wait in memory, and it is tried again until it works: look at the disk and at the key state.dir",
			s->dir, error, (unsigned long long)waiting(s));
	s->last_err = err;
	s->backoff_ms = s->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * s->backoff_ms;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
	s->next_ms = base_real_ms() + s->backoff_ms;
}

static uint64_t file_bytes(const struct store *s)
{
	static const char *const suffixes[] = {"", "-wal"};
	uint64_t bytes = 0;

	for (size_t i = 0; i < BASE_ARRAY_LEN(suffixes); i++) {
		char path[STORE_PATH_SIZE];
		struct stat st;

		store_db_path(path, s->dir, suffixes[i]);
		if (stat(path, &st) == 0)
			bytes += (uint64_t)st.st_size;
	}
	return bytes;
}

// An open file that is still the one at its path. *is_replaced: it is a new one.
static int db_ready(struct store *s, uint64_t *n_damaged, bool *is_replaced, char error[STORE_ERROR_LEN])
{
	if (s->db.handle != NULL && store_db_has_moved(&s->db)) {
		LOG(ERROR, "%s/" STORE_FILE " was removed while romond ran; it is made anew", s->dir);
		store_db_close(&s->db);
	}
	if (s->db.handle != NULL)
		return 0;
	int err = store_db_open(&s->db, s->dir, n_damaged, error);
	*is_replaced = err == 0 && s->db.is_new;
	return err;
}

static int try_write(struct store *s, uint32_t history_max, uint64_t *n_damaged, bool *is_replaced,
	char error[STORE_ERROR_LEN])
{
	int err = db_ready(s, n_damaged, is_replaced, error);

	if (err == 0)
		err = store_db_write(&s->db, &s->batch, history_max, error);
	if (err == 0)
		return 0;
	store_db_close(&s->db); // the next try begins with nothing that may be half broken
	if (err != -EUCLEAN)
		return err;
	err = store_db_set_aside(s->dir, error, n_damaged, error);
	if (err == 0)
		err = db_ready(s, n_damaged, is_replaced, error);
	if (err == 0)
		err = store_db_write(&s->db, &s->batch, history_max, error);
	if (err != 0)
		store_db_close(&s->db);
	return err;
}

// Take over what waits. Under lock, which is given up while a batch that could not be written is brought up
// to date.
static void pending_take(struct store *s)
{
	struct store_batch newer;
	uint32_t nodes_max = 2 * s->nodes_max;
	uint32_t history_max = s->history_max;

	if (s->is_gathering)
		return;
	s->stats.n_pending_nodes += s->pending.n_nodes;
	s->stats.n_pending_events += s->pending.n_events;
	if (store_batch_is_empty(&s->batch)) {
		store_batch_move(&s->batch, &s->pending);
		return;
	}
	store_batch_init(&newer, s->pending.seed);
	store_batch_move(&newer, &s->pending);
	pthread_mutex_unlock(&s->lock);
	int err = store_batch_merge(&s->batch, &newer, nodes_max, history_max);
	pthread_mutex_lock(&s->lock);
	if (err == 0)
		return;
	s->stats.n_overflows++;
	store_all_need(s);
}

// One try. Under lock at the beginning and at the end.
static void turn(struct store *s)
{
	char error[STORE_ERROR_LEN] = "";
	uint64_t n_damaged = s->stats.n_damaged;
	uint64_t flush = s->flush_asked;
	bool is_replaced = false;

	pending_take(s);
	uint32_t history_max = s->history_max;
	bool is_suspect = s->is_suspect;
	s->is_suspect = false;
	pthread_mutex_unlock(&s->lock);

	uint64_t from_ns = base_mono_ns();
	uint64_t n_changes = (uint64_t)s->batch.n_nodes + s->batch.n_events;
	if (is_suspect)
		store_db_close(&s->db); // opening looks through it
	int err = try_write(s, history_max, &n_damaged, &is_replaced, error);
	uint64_t bytes = file_bytes(s);
	uint64_t us = (base_mono_ns() - from_ns) / 1000;
	bool has_all = s->batch.replaces_all;
	uint64_t n_bytes = store_db_written(&s->db);
	if (err == 0)
		store_batch_fini(&s->batch);

	pthread_mutex_lock(&s->lock);
	store_outcome_note(s, err, error);
	store_tokens_take(s, n_bytes, err == 0 ? n_changes : 0);
	s->stats.n_damaged = n_damaged;
	s->stats.bytes = bytes;
	if (err == 0) {
		s->stats.n_written += n_changes;
		s->stats.n_batches++;
		s->stats.write_us = us;
	}
	if (is_replaced && !has_all)
		store_all_need(s);
	s->flush_tried = flush;
	s->flush_failed = err != 0;
	pthread_cond_broadcast(&s->done);
}

static bool has_work(const struct store *s)
{
	return s->db.handle == NULL || s->is_suspect || !store_batch_is_empty(&s->batch) ||
	       (!s->is_gathering && !store_batch_is_empty(&s->pending)) || (s->needs_all && s->last_err != 0);
}

// Wait for work, and until its time has come. Under lock.
static void wait_for_work(struct store *s)
{
	struct timespec until = {
		.tv_sec = (time_t)(s->next_ms / 1000), .tv_nsec = (long)(s->next_ms % 1000) * 1000000};

	if (has_work(s))
		pthread_cond_timedwait(&s->wake, &s->lock, &until);
	else
		pthread_cond_wait(&s->wake, &s->lock);
}

void *store_writer_main(void *arg)
{
	struct store *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->is_stopping) {
		if (store_marks_wait(s))
			store_marks_write(s);
		else if (s->flush_asked != s->flush_tried || (has_work(s) && base_real_ms() >= s->next_ms))
			turn(s);
		else
			wait_for_work(s);
	}
	store_marks_write(s);
	if (has_work(s))
		turn(s);
	s->has_ended = true;
	pthread_cond_broadcast(&s->done);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}
