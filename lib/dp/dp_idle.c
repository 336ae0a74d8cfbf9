// SPDX-License-Identifier: BSD-3-Clause
// Where a worker enters the kernel, and the only file of this library that may: the idle policies, sleeps
// that grow while nothing arrives and end with the first frame, and then a wait for whatever comes
// (docs/decisions/0109); and the words that wake control and other workers, at most one for each of their
// sleeps, whatever comes in meanwhile (docs/decisions/0050). Worker thread.
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "dp_signer.h"
#include "dp_worker.h"

// Empty turns before the first sleep, and between two doublings of the sleep.
#define SPIN_TURNS   256
#define STEP_TURNS   16
#define SLEEP_US_MIN 10
#define SLEEP_US_MAX 500
#define STEPS        6 // doublings until then

// A wait shorter than this is none: sleeps do as well.
#define WAIT_MS_MIN 100

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void idle_count(struct dp_worker *w, uint64_t begin_tsc)
{
	w->idle_at_tsc = rte_rdtsc();
	dp_count(&w->counters.idle_tsc, w->idle_at_tsc - begin_tsc);
}

// How long tables may stay without a look. All of their rows are looked at in a quarter of neighbor-age, one
// look after each wait: so who has many waits shortly.
static uint32_t wait_ms(const struct dp_worker *w)
{
	uint32_t n_rows = max_u32(nbr_table_rows_end(w->neighbors), nbr_table_rows_end(w->origins));

	n_rows = max_u32(n_rows, nbr_table_rows_end(w->sources));
	uint32_t n_looks = 1 + max_u32(n_rows / DP_AGE_BUDGET, dp_signers_age_looks(w));
	return w->snap->neighbor_age_ms / 4 / n_looks;
}

// What tells of something to do: the word of others, and each queue. 0: some queue does not tell.
static uint32_t tellers_find(const struct dp_worker *w, struct pollfd out[SNAP_RXQS_MAX + 1])
{
	uint32_t n = 0;

	out[n++] = (struct pollfd){.fd = w->channel->wake.fd, .events = POLLIN};
	for (uint32_t q = 0; q < w->snap->n_rxqs; q++) {
		const struct snap_rxq *rxq = &w->snap->rxqs[q];

		if (rxq->worker != w->id)
			continue;
		if (rxq->rx_fd < 0)
			return 0;
		out[n++] = (struct pollfd){.fd = rxq->rx_fd, .events = POLLIN};
	}
	return n;
}

static bool has_work(const struct dp_worker *w)
{
	const struct xchg_channel *c = w->channel;

	return !rte_ring_empty(c->down) || !rte_ring_empty(c->across) || !rte_ring_empty(c->dispatched) ||
	       atomic_load_explicit(&w->stop, memory_order_relaxed) ||
	       snap_load(w->snaps)->generation != w->generation ||
	       w->unfiltered < nbr_table_rows_end(w->neighbors);
}

// The clock of the tables went on while we slept, but not for longer than we meant to: then the machine
// stood.
static void clock_resume(struct dp_worker *w, uint64_t slept_tsc, uint32_t meant_ms)
{
	uint64_t meant_tsc = meant_ms * w->tsc_per_ms;

	if (slept_tsc >= meant_tsc + w->tsc_per_ms * DP_STALL_MS)
		atomic_fetch_add_explicit(&w->tsc_start, slept_tsc - meant_tsc, memory_order_relaxed);
	atomic_store_explicit(&w->next_age_tsc, rte_rdtsc(), memory_order_relaxed); // the next turn looks
}

// Sleep until there is something to do. False: that is not to be had.
static bool wait_for_work(struct dp_worker *w)
{
	struct xchg_wake *wake = &w->channel->wake;
	struct pollfd tellers[SNAP_RXQS_MAX + 1];
	uint32_t ms = wait_ms(w);
	uint64_t begin_tsc = rte_rdtsc();
	uint64_t word;
	int n_told = 1;

	uint32_t n = ms < WAIT_MS_MIN ? 0 : tellers_find(w, tellers);
	if (n == 0)
		return false;
	xchg_wake_arm(wake);
	if (!has_work(w)) {
		atomic_store_explicit(&w->next_age_tsc, UINT64_MAX, memory_order_relaxed); // nobody is late
		snap_reader_offline(w->snaps, w->id); // a reload need not wait for us: w->snap may go
		n_told = poll(tellers, n, (int)ms);
		snap_reader_online(w->snaps, w->id);
		clock_resume(w, rte_rdtsc() - begin_tsc, ms);
	}
	xchg_wake_disarm(wake);
	(void)!read(wake->fd, &word, sizeof(word));
	if (n_told != 0) // else only the tables want a look
		w->idle_turns = 0;
	idle_count(w, begin_tsc);
	return true;
}

void dp_idle(struct dp_worker *w)
{
	w->idle_turns++;
	if (w->idle_turns < SPIN_TURNS) {
		rte_pause();
		return;
	}
	uint32_t step = (w->idle_turns - SPIN_TURNS) / STEP_TURNS;
	if (step >= STEPS && w->waits && wait_for_work(w))
		return;
	uint64_t sleep_us = step < STEPS ? (uint64_t)SLEEP_US_MIN << step : SLEEP_US_MAX;
	struct timespec ts = {.tv_nsec = (long)(sleep_us < SLEEP_US_MAX ? sleep_us : SLEEP_US_MAX) * 1000};
	uint64_t begin_tsc = rte_rdtsc();

	// a sleeper holds no snapshot: a reload need not wait for it
	snap_quiescent(w->snaps, w->id);
	nanosleep(&ts, NULL);
	idle_count(w, begin_tsc);
}

void dp_wake(struct dp_worker *w)
{
	w->n_punts_told = dp_counter_read(&w->counters.punts);
	if (w->wake != NULL)
		xchg_wake_up(w->wake);
}

void dp_wake_peer(struct dp_worker *w, uint32_t id)
{
	if (w->waits)
		xchg_wake_up(&w->peers[id]->wake);
}
