// SPDX-License-Identifier: BSD-3-Clause
// A bed as it was when it was marked, in microseconds: for fuzzers, which want thousands of beds a second.
// Whole structures are kept and put back, so that a field which comes new to a worker is not forgotten; of
// its large arrays only what frames of this bed can have touched, since they are ten times as long as all the
// rest. What structures point at is emptied here.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "dp_bed.h"
#include "dp_signer.h"
#include "dp_worker.h"
#include "nbr_private.h"

struct kept_worker {
	struct dp_worker worker;
	struct dp_signers signers;
	struct xchg_channel channel;
	uint32_t age_ms; // how long it had been there
};

struct dp_bed_mark {
	struct snap_input in;
	struct kept_worker workers[DP_BED_WORKERS_MAX];
};

static void table_clear(struct nbr_table *t)
{
	uint32_t end = atomic_load_explicit(&t->rows_end, memory_order_relaxed);

	for (uint32_t i = 0; i < end; i++) {
		uint64_t key = atomic_load_explicit(&t->entries[i].key, memory_order_relaxed);

		if (key != 0)
			nbr_index_remove(&t->index, key, i);
	}
	memset(t->entries, 0, end * sizeof(*t->entries));
	memset((void *)(uintptr_t)t->ports, 0, end);
	for (uint32_t p = 0; p < NBR_PORTS_MAX; p++)
		t->lists[p] = (struct nbr_list){.head = NBR_INDEX_NONE, .tail = NBR_INDEX_NONE};
	t->free_head = NBR_INDEX_NONE;
	t->age_port = 0;
	t->n_used = 0;
	t->rows_end = 0;
	t->n_evicted = 0;
	t->n_full = 0;
}

static void signers_clear(struct dp_signers *s, const struct dp_signers *kept)
{
	memset(s->rows, 0, nbr_table_rows_end(s->table) * sizeof(*s->rows));
	memset(s->greeted, 0, nbr_table_rows_end(s->strangers) * sizeof(*s->greeted));
	table_clear(s->table);
	table_clear(s->strangers);
	*s = *kept;
}

static void mbufs_clear(struct rte_ring *ring)
{
	void *m;

	while (rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
}

#define PART_PUT_BACK(w, kept, from, to)                                    \
	memcpy((uint8_t *)(w) + offsetof(struct dp_worker, from),           \
		(const uint8_t *)(kept) + offsetof(struct dp_worker, from), \
		offsetof(struct dp_worker, to) - offsetof(struct dp_worker, from))

static void fields_put_back(struct dp_worker *w, const struct dp_worker *kept, uint32_t n_slots)
{
	bool has_seen = nbr_table_rows_end(w->sources) > 0; // only of sources that the table holds

	memcpy(w, kept, offsetof(struct dp_worker, jobs)); // jobs: of one burst, written before they are read
	if (has_seen)
		memset(w->seen, 0, sizeof(w->seen));
	PART_PUT_BACK(w, kept, counters, ports); // so is flood_buf
	memcpy(w->ports, kept->ports, n_slots * sizeof(w->ports[0]));
	memcpy(w->txbufs, kept->txbufs, n_slots * sizeof(w->txbufs[0]));
	memcpy(&w->tap, &kept->tap, sizeof(*w) - offsetof(struct dp_worker, tap));
}

// Frames that a worker still holds: none between turns, unless a test broke off.
static void worker_clear(struct dp_worker *w, const struct kept_worker *kept, uint32_t n_slots)
{
	struct xchg_channel *c = w->channel;

	mbufs_clear(c->down);
	mbufs_clear(c->across);
	mbufs_clear(c->dispatched);
	fields_put_back(w, &kept->worker, n_slots);
	table_clear(w->neighbors);
	table_clear(w->origins);
	table_clear(w->sources);
	signers_clear(w->signers, &kept->signers);
	*c = kept->channel;
	// half a millisecond on, so that the time which a run takes never shows in its milliseconds
	w->tsc_start = rte_rdtsc() - kept->age_ms * w->tsc_per_ms - w->tsc_per_ms / 2;
}

static void outputs_clear(struct dp_bed *bed)
{
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	dp_bed_discard_events(bed);
	dp_bed_discard_tapped(bed);
	dp_bed_discard_flows(bed);
	for (uint32_t i = 0; i < bed->conf->n_ports; i++)
		mbufs_clear(dp_bed_rx_ring(bed, (uint8_t)i));
}

struct dp_bed_mark *dp_bed_mark(struct dp_bed *bed)
{
	struct dp_bed_mark *mark = calloc(1, sizeof(*mark));

	if (mark == NULL)
		abort();
	outputs_clear(bed);
	mark->in = bed->in;
	for (uint32_t i = 0; i < bed->n_workers; i++) {
		struct dp_worker *w = bed->workers[i];
		struct kept_worker *kept = &mark->workers[i];

		// what it makes up must be the same in every process, too
		memset(w->signers->secret, 0x5e, sizeof(w->signers->secret));
		w->signers->n_randoms = 0;
		dp_signers_random_renew(w->signers);
		kept->worker = *w;
		kept->signers = *w->signers;
		kept->channel = *w->channel;
		kept->age_ms = dp_worker_now_ms(w);
	}
	return mark;
}

// A snapshot costs as much as many frames: the one that is there stays if it says the same of ports and tap.
// The workers of the mark knew theirs.
static void facts_put_back(struct dp_bed *bed, const struct dp_bed_mark *mark)
{
	bool is_same = memcmp(bed->in.ports, mark->in.ports, sizeof(bed->in.ports)) == 0 &&
		       memcmp(&bed->in.tap, &mark->in.tap, sizeof(bed->in.tap)) == 0;

	if (!is_same) {
		bed->in = mark->in;
		bed->in.generation--;
		dp_bed_publish(bed);
	}
	for (uint32_t i = 0; i < bed->n_workers; i++)
		bed->workers[i]->generation = snap_current(bed->snaps)->generation;
}

bool dp_bed_reset(struct dp_bed *bed, const struct dp_bed_mark *mark)
{
	uint64_t n_published = bed->in.generation;

	dp_bed_pool_restore(bed);
	outputs_clear(bed);
	for (uint32_t i = 0; i < bed->n_workers; i++)
		worker_clear(bed->workers[i], &mark->workers[i], bed->n_slots);
	dp_signing_init(&bed->signing, DP_BED_CLOCK_US, rte_rdtsc(), bed->tsc_hz);
	if (n_published != mark->in.generation)
		facts_put_back(bed, mark);
	return dp_bed_is_clean(bed);
}
