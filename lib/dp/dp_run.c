// SPDX-License-Identifier: BSD-3-Clause
// The worker's loop: every stage once per burst, in order, and housekeeping by time. Worker thread.
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "dp_signer.h"
#include "dp_worker.h"

// A worker lets go of its snapshot this often, also under full load.
#define QUIESCENT_US 100
// While somebody watches, the stages of one turn in so long are timed: such a turn runs code that is not in
// the caches, and costs a few microseconds.
#define TIMED_US 1000
#define AGE_MS   10 // ageing runs this often

// The time of a stage ends here, and that of the next begins.
static inline void stage_end(struct dp_worker *w, enum dp_stage stage, uint64_t *begin_tsc)
{
	uint64_t now_tsc = rte_rdtsc();

	dp_count(&w->stages.tsc[stage], now_tsc - *begin_tsc);
	*begin_tsc = now_tsc;
}

#define STAGE_END(stage)                                            \
	do {                                                        \
		if (is_timed)                                       \
			stage_end(w, DP_STAGE_##stage, &begin_tsc); \
	} while (0)

// All stages but the first for one burst. Compiled twice, so that what is not timed does not ask at each
// stage.
static inline __attribute__((always_inline)) void stages_run(
	struct dp_worker *w, struct dp_burst *b, const bool is_timed, uint64_t begin_tsc)
{
	STAGE_END(RX);
	dp_classify(w, b);
	STAGE_END(CLASSIFY);
	if (b->to_relay != 0) {
		dp_relay(w, b);
		STAGE_END(RELAY);
	}
	if (b->alive != 0) {
		dp_auth(w, b);
		STAGE_END(AUTH);
		if (unlikely(b->snap->has_filters))
			dp_filter(w, b);
		dp_learn(w, b);
		STAGE_END(LEARN);
		dp_route(w, b);
		STAGE_END(ROUTE);
		if (b->to_flood != 0) {
			dp_flood(w, b);
			STAGE_END(FLOOD);
		}
	}
	dp_drop_flush(w);
}

static inline __attribute__((always_inline)) uint32_t queue_turn(
	struct dp_worker *w, struct dp_burst *b, const struct snap_rxq *rxq, const bool is_timed)
{
	uint64_t begin_tsc = is_timed ? rte_rdtsc() : 0;
	uint32_t n = dp_rx(w, b, rxq);

	if (n == 0)
		return 0;
	if (unlikely(rxq->is_dispatched))
		dp_dispatch(w, b);
	stages_run(w, b, is_timed, begin_tsc);
	return n;
}

static __attribute__((noinline)) uint32_t queue_turn_timed(
	struct dp_worker *w, struct dp_burst *b, const struct snap_rxq *rxq)
{
	uint32_t n = queue_turn(w, b, rxq, true);

	dp_count(&w->stages.frames, n);
	return n;
}

// Frames that other workers received, and dispatched to this one.
static __attribute__((noinline)) uint32_t dispatched_turn(struct dp_worker *w, struct dp_burst *b)
{
	uint64_t begin_tsc = unlikely(w->is_timed) ? rte_rdtsc() : 0;
	struct rte_mbuf *m[DP_BURST_MAX];
	uint32_t n = dp_dispatched_take(w, m);

	for (uint32_t i = 0; i < n;) {
		i += dp_dispatched_begin(w, b, &m[i], n - i);
		if (b->alive == 0)
			continue;
		if (unlikely(w->is_timed)) {
			stages_run(w, b, true, begin_tsc);
			begin_tsc = rte_rdtsc();
		} else {
			stages_run(w, b, false, 0);
		}
	}
	if (unlikely(w->is_timed))
		dp_count(&w->stages.frames, n);
	return n;
}

static __attribute__((noinline)) void flush_timed(struct dp_worker *w)
{
	uint64_t begin_tsc = rte_rdtsc();

	dp_tx_flush(w);
	stage_end(w, DP_STAGE_TX, &begin_tsc);
}

static void age(struct dp_worker *w, uint32_t now_ms)
{
	uint64_t gone[DP_AGE_BUDGET];
	uint32_t n = nbr_table_age(w->neighbors, now_ms, w->snap->neighbor_age_ms, DP_AGE_BUDGET, gone);

	for (uint32_t i = 0; i < n; i++)
		dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_AGED, gone[i], 0);
	nbr_table_age(w->origins, now_ms, w->snap->origin_age_ms, DP_AGE_BUDGET, gone);
	nbr_table_age(w->sources, now_ms, w->snap->source_age_ms, DP_AGE_BUDGET, gone);
	dp_signers_age(w, now_ms);
	if (unlikely(w->unfiltered < nbr_table_rows_end(w->neighbors)))
		dp_filter_forget(w);
}

// Nobody is silent because we were stopped (SIGSTOP, a suspended machine, no CPU): the clock of the tables
// goes on from where it was.
static void stall_skip(struct dp_worker *w, uint64_t now_tsc)
{
	uint64_t start_tsc = atomic_load_explicit(&w->tsc_start, memory_order_relaxed);
	uint64_t due_tsc = atomic_load_explicit(&w->next_age_tsc, memory_order_relaxed);

	if (due_tsc != 0 && now_tsc - due_tsc >= w->tsc_per_ms * DP_STALL_MS)
		atomic_store_explicit(&w->tsc_start, start_tsc + now_tsc - due_tsc, memory_order_relaxed);
}

// Returns with the snapshot of the next turn loaded.
static void housekeeping(struct dp_worker *w, uint64_t now_tsc)
{
	w->is_timed = false;
	if (now_tsc >= w->next_quiescent_tsc) {
		snap_quiescent(w->snaps, w->id);
		w->next_quiescent_tsc = now_tsc + w->tsc_hz / 1000000 * QUIESCENT_US;
		if (now_tsc >= w->next_timed_tsc) {
			w->next_timed_tsc = now_tsc + w->tsc_hz / 1000000 * TIMED_US;
			w->is_timed =
				now_tsc < atomic_load_explicit(&w->watched_until_tsc, memory_order_relaxed);
		}
	}
	w->snap = snap_load(w->snaps);
	if (unlikely(w->snap->generation != w->generation)) {
		w->generation = w->snap->generation;
		w->unfiltered = w->snap->has_filters ? 0 : UINT32_MAX;
	}
	if (now_tsc >= atomic_load_explicit(&w->next_age_tsc, memory_order_relaxed)) {
		stall_skip(w, now_tsc);
		age(w, dp_worker_clock_ms(w, now_tsc));
		atomic_store_explicit(
			&w->next_age_tsc, now_tsc + w->tsc_per_ms * AGE_MS, memory_order_relaxed);
	}
}

uint32_t dp_turn(struct dp_worker *w)
{
	struct dp_burst *b = &w->burst;
	uint64_t begin_tsc = rte_rdtsc();
	uint32_t n_frames = 0;
	uint32_t n_bursts = 0;

	housekeeping(w, begin_tsc);
	const struct snap *s = w->snap;
	b->snap = s;
	b->now_tsc = begin_tsc;
	b->now_ms = dp_worker_clock_ms(w, begin_tsc);
	for (uint32_t q = 0; q < s->n_rxqs; q++) {
		if (s->rxqs[q].worker != w->id)
			continue;
		uint32_t n = unlikely(w->is_timed) ? queue_turn_timed(w, b, &s->rxqs[q])
						   : queue_turn(w, b, &s->rxqs[q], false);
		n_frames += n;
		n_bursts += n > 0;
	}
	if (unlikely(!rte_ring_empty(w->channel->dispatched))) {
		n_frames += dispatched_turn(w, b);
		n_bursts++;
	}
	uint32_t n_taken = dp_tx_take(w);
	if (unlikely(w->is_timed) && n_frames > 0)
		flush_timed(w);
	else if (w->tx_dirty != 0 || w->n_dead != 0)
		dp_tx_flush(w);

	uint64_t end_tsc = rte_rdtsc();
	dp_count(&w->counters.polls, 1);
	if (n_frames + n_taken == 0) {
		dp_count(&w->counters.idle_tsc, end_tsc - begin_tsc);
		w->idle_at_tsc = end_tsc;
		return 0;
	}
	dp_count(&w->counters.bursts, n_bursts);
	dp_count(&w->counters.rx_frames, n_frames);
	dp_count(&w->counters.busy_tsc, end_tsc - begin_tsc);
	return n_frames + n_taken;
}

void dp_run(struct dp_worker *w)
{
	snap_reader_online(w->snaps, w->id);
	while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
		uint32_t n = dp_turn(w);

		if (unlikely(dp_counter_read(&w->counters.punts) != w->n_punts_told))
			dp_wake(w);
		if (n > 0)
			w->idle_turns = 0;
		else if (w->is_adaptive)
			dp_idle(w);
	}
	w->burst.snap = w->snap = snap_load(w->snaps);
	while (dispatched_turn(w, &w->burst) > 0) // ends: the others stop to receive too
		;
	dp_tx_take(w);
	dp_tx_flush(w);
	snap_reader_offline(w->snaps, w->id);
}
