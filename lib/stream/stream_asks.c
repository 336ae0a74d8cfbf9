// SPDX-License-Identifier: BSD-3-Clause
// Asking masters in turn. Pure; one thread.
#include "stream_asks.h"

#include <assert.h>

#include "stream_roster.h"

static void run_end(struct stream_asks *a, struct stream_ask_run *run)
{
	a->n_port[run->slot]--;
	a->n_runs--;
	run->id = 0;
}

static bool is_held(const struct stream_asks *a, uint8_t slot, uint64_t id, uint64_t now_ms)
{
	for (uint32_t i = 0; i < STREAM_ASKS_HELD_MAX; i++) {
		if (a->held[slot][i].id == id && now_ms < a->held[slot][i].until_ms)
			return true;
	}
	return false;
}

// In the place of the one that is over first.
static void hold(struct stream_asks *a, uint8_t slot, uint64_t id, uint64_t now_ms)
{
	struct stream_asks_held *first = &a->held[slot][0];

	for (uint32_t i = 1; i < STREAM_ASKS_HELD_MAX; i++) {
		if (a->held[slot][i].until_ms < first->until_ms)
			first = &a->held[slot][i];
	}
	*first = (struct stream_asks_held){.id = id, .until_ms = now_ms + STREAM_ASKS_HOLD_MS};
}

enum stream_asks_begun stream_asks_begin(struct stream_asks *a, uint8_t slot, uint64_t id, uint64_t now_ms)
{
	struct stream_ask_run *free_run = NULL;

	assert(slot < STREAM_ASKS_PORTS && id != 0);
	for (uint32_t i = 0; i < STREAM_ASKS_MAX; i++) {
		if (a->runs[i].id == id)
			return STREAM_ASKS_RUNNING;
		if (a->runs[i].id == 0 && free_run == NULL)
			free_run = &a->runs[i];
	}
	if (is_held(a, slot, id, now_ms))
		return STREAM_ASKS_HELD;
	if (free_run == NULL || a->n_port[slot] >= STREAM_ASKS_PORT_MAX)
		return STREAM_ASKS_FULL;
	*free_run = (struct stream_ask_run){.id = id, .begun_ms = now_ms, .again_ms = now_ms, .slot = slot};
	a->n_port[slot]++;
	a->n_runs++;
	return STREAM_ASKS_BEGUN;
}

struct stream_ask_run *stream_asks_due(struct stream_asks *a, uint64_t now_ms)
{
	struct base_bucket_rate rate = base_bucket_rate_make(1000000, STREAM_ASKS_PER_S, STREAM_ASKS_PER_S);

	for (uint32_t i = 0; i < STREAM_ASKS_MAX && a->n_runs > 0; i++) {
		struct stream_ask_run *run = &a->runs[(a->next + i) % STREAM_ASKS_MAX];

		if (run->id == 0 || now_ms < run->again_ms)
			continue;
		if (run->n_tries >= STREAM_ASKS_TRIES_MAX) {
			run_end(a, run);
			continue;
		}
		if (base_bucket_take(&a->buckets[run->slot], &rate, now_ms * 1000, 1) == 0)
			continue;
		a->next = (a->next + i + 1) % STREAM_ASKS_MAX;
		return run;
	}
	return NULL;
}

void stream_asks_sent(struct stream_ask_run *run, uint32_t token, uint64_t way, uint64_t now_ms)
{
	run->token = token;
	run->way = way;
	run->again_ms = now_ms + STREAM_ASKS_ANSWER_MS;
	run->n_tries++;
}

enum stream_asks_verdict stream_asks_judge(
	struct stream_asks *a, uint64_t id, uint64_t way, uint32_t token, struct stream_ask_run **run)
{
	for (uint32_t i = 0; i < STREAM_ASKS_MAX; i++) {
		struct stream_ask_run *r = &a->runs[i];

		// no tries: the next page waits for its turn, and no request is out
		if (r->id == 0 || r->id != id || r->n_tries == 0)
			continue;
		if (r->way != way)
			return STREAM_ASKS_WAY;
		if (r->token != token)
			return STREAM_ASKS_TOKEN;
		*run = r;
		return STREAM_ASKS_ANSWER;
	}
	return STREAM_ASKS_UNASKED;
}

enum stream_asks_next stream_asks_page(struct stream_asks *a, struct stream_ask_run *run, uint32_t n_rows,
	uint32_t next_cursor, uint64_t now_ms)
{
	run->n_pages++;
	run->n_empty += n_rows == 0;
	if (next_cursor == STREAM_ROSTER_END) {
		run_end(a, run);
		return STREAM_ASKS_DONE;
	}
	if (next_cursor <= run->cursor || run->n_pages >= STREAM_ASKS_PAGES_MAX ||
		run->n_empty >= STREAM_ASKS_EMPTY_MAX || now_ms - run->begun_ms >= STREAM_ASKS_TIME_MS) {
		hold(a, run->slot, run->id, now_ms);
		run_end(a, run);
		return STREAM_ASKS_ENDLESS;
	}
	run->cursor = next_cursor;
	run->n_tries = 0;
	run->again_ms = now_ms;
	return STREAM_ASKS_MORE;
}
