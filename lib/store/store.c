// SPDX-License-Identifier: BSD-3-Clause
// What control asks of the store. Control thread; waits for the disk only where store.h says so.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_random.h"
#include "base_text.h"
#include "store_private.h"

LOG_TYPE("store");

#define BATCH_MS     1000
#define ROOM_MAX     2000
#define CHANGE_BYTES 1024 // a guess, until the first batch was written
#define CLOSE_MS     5000

static int sync_init(struct store *s)
{
	pthread_condattr_t attr;

	int err = pthread_condattr_init(&attr);
	if (err == 0)
		err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (err == 0)
		err = pthread_mutex_init(&s->lock, NULL);
	if (err == 0)
		err = pthread_cond_init(&s->wake, &attr);
	if (err == 0)
		err = pthread_cond_init(&s->done, &attr);
	return -err;
}

static void store_free(struct store *s)
{
	store_db_close(&s->db);
	store_batch_fini(&s->pending);
	store_batch_fini(&s->batch);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->done);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static struct store *store_make(const struct store_cfg *cfg)
{
	struct store *s = calloc(1, sizeof(*s));
	uint64_t seed;

	if (s == NULL)
		return NULL;
	base_random_fill(&seed, sizeof(seed));
	base_text_copy(s->dir, sizeof(s->dir), cfg->dir);
	s->batch_ms = cfg->batch_ms != 0 ? cfg->batch_ms : BATCH_MS;
	s->close_ms = cfg->close_ms != 0 ? cfg->close_ms : CLOSE_MS;
	s->write_bps = cfg->write_bps;
	s->write_burst = cfg->write_burst;
	s->tokens = cfg->write_burst;
	s->tokens_ms = base_mono_ms();
	s->change_bytes = CHANGE_BYTES;
	s->nodes_max = cfg->nodes_max;
	s->history_max = cfg->history_max;
	s->db.lock_fd = -1;
	store_batch_init(&s->pending, seed);
	store_batch_init(&s->batch, seed);
	int err = sync_init(s);
	if (err == 0)
		return s;
	free(s);
	return base_errno_null(-err);
}

struct store *store_open(const struct store_cfg *cfg)
{
	char error[STORE_ERROR_LEN];

	if (cfg->dir[0] != '/' || strlen(cfg->dir) > STORE_DIR_MAX)
		return base_errno_null(EINVAL);
	struct store *s = store_make(cfg);
	if (s == NULL)
		return NULL;
	int err = store_db_open(&s->db, s->dir, &s->stats.n_damaged, error);
	if (err == -EAGAIN) {
		LOG(ERROR, "%s: %s: give each romond a state.dir of its own", s->dir, error);
		store_free(s);
		return base_errno_null(EAGAIN);
	}
	store_outcome_note(s, err, error);
	err = pthread_create(&s->thread, NULL, store_writer_main, s);
	if (err != 0) {
		store_free(s);
		return base_errno_null(err);
	}
	pthread_setname_np(s->thread, "romond-store");
	return s;
}

// A time on the clock of the conditions.
static struct timespec in_ms(uint32_t ms)
{
	uint64_t at_ms = base_real_ms() + ms;

	return (struct timespec){.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000};
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	struct timespec until = in_ms(s->close_ms);
	int err = 0;
	pthread_mutex_lock(&s->lock);
	s->is_stopping = true;
	if (s->is_gathering) // what is half given is less than what is stored
		store_batch_nodes_drop(&s->pending);
	s->is_gathering = false;
	pthread_cond_signal(&s->wake);
	while (!s->has_ended && err == 0)
		err = pthread_cond_timedwait(&s->done, &s->lock, &until);
	bool has_ended = s->has_ended;
	pthread_mutex_unlock(&s->lock);
	if (!has_ended) {
		LOG(ERROR,
			"%s/" STORE_FILE ": the disk did not answer within %u ms: the last changes are lost",
			s->dir, s->close_ms);
		pthread_detach(s->thread); // it may still use s, which is left to it
		return;
	}
	pthread_join(s->thread, NULL);
	if (!store_batch_is_empty(&s->batch))
		LOG(ERROR, "%s/" STORE_FILE ": %u nodes and %u events could not be written and are lost",
			s->dir, s->batch.n_nodes, s->batch.n_events);
	store_free(s);
}

static void change(struct store *s, const struct store_node *node, bool is_forgotten)
{
	if (node->id == 0)
		return;
	pthread_mutex_lock(&s->lock);
	bool was_empty = store_batch_is_empty(&s->pending);
	if ((!s->needs_all || s->is_gathering) &&
		store_batch_put(&s->pending, node, is_forgotten, 2 * s->nodes_max) != 0) {
		s->stats.n_overflows++;
		store_all_need(s);
	}
	if (was_empty && !s->is_gathering)
		pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

uint32_t store_room(struct store *s)
{
	uint64_t room = ROOM_MAX;

	pthread_mutex_lock(&s->lock);
	if (s->write_bps != 0) {
		uint64_t n_waiting = (uint64_t)s->pending.n_nodes + s->stats.n_pending_nodes;

		store_tokens_refill(s);
		room = s->tokens > 0 ? (uint64_t)s->tokens / s->change_bytes : 0;
		room = room > n_waiting ? room - n_waiting : 0;
	}
	pthread_mutex_unlock(&s->lock);
	return room < ROOM_MAX ? (uint32_t)room : ROOM_MAX;
}

void store_put(struct store *s, const struct store_node *node)
{
	change(s, node, false);
}

void store_forget(struct store *s, uint64_t id)
{
	struct store_node node = {.id = id};

	change(s, &node, true);
}

void store_max_set(struct store *s, uint32_t nodes_max, uint32_t history_max)
{
	pthread_mutex_lock(&s->lock);
	s->nodes_max = nodes_max;
	s->history_max = history_max;
	pthread_mutex_unlock(&s->lock);
}

bool store_all_wanted(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	bool is_wanted = s->needs_all && s->stats.is_well;
	pthread_mutex_unlock(&s->lock);
	return is_wanted;
}

void store_all_begin(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	store_batch_nodes_drop(&s->pending);
	s->pending.replaces_all = true;
	s->is_gathering = true;
	s->needs_all = false;
	pthread_mutex_unlock(&s->lock);
}

void store_all_end(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->is_gathering = false;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

void store_history_add(struct store *s, const struct store_event *e)
{
	pthread_mutex_lock(&s->lock);
	bool was_empty = store_batch_is_empty(&s->pending);
	// out of memory: an event less in the history; the log has it
	(void)!store_batch_event_add(&s->pending, e, s->history_max);
	if (was_empty)
		pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

int store_flush(struct store *s, uint32_t timeout_ms)
{
	struct timespec until = in_ms(timeout_ms);
	int err = 0;

	pthread_mutex_lock(&s->lock);
	uint64_t ticket = ++s->flush_asked;
	pthread_cond_signal(&s->wake);
	while (s->flush_tried < ticket && err == 0)
		err = pthread_cond_timedwait(&s->done, &s->lock, &until);
	bool has_failed = s->flush_tried >= ticket && s->flush_failed;
	bool is_late = s->flush_tried < ticket;
	pthread_mutex_unlock(&s->lock);
	if (is_late)
		return -ETIMEDOUT;
	return has_failed ? -EIO : 0;
}

void store_stats_get(struct store *s, struct store_stats *out)
{
	pthread_mutex_lock(&s->lock);
	*out = s->stats;
	out->n_pending_nodes += s->pending.n_nodes;
	out->n_pending_events += s->pending.n_events;
	pthread_mutex_unlock(&s->lock);
}
