// SPDX-License-Identifier: BSD-3-Clause
// Signing: all frames that wait for ports with secrets, originals and copies alike, in one pass of lanes
// (docs/protocol.md section 7). Called by dp_tx just before they leave. Worker thread.
#include "dp_egress.h"
#include "dp_worker.h"

void dp_signing_init(struct dp_signing *s, uint64_t clock_us, uint64_t now_tsc, uint64_t tsc_hz)
{
	atomic_store_explicit(&s->clock_us, clock_us, memory_order_relaxed);
	s->at_tsc = now_tsc;
	s->tsc_per_us = tsc_hz / 1000000;
	for (uint32_t i = 0; i < SNAP_PORTS_MAX; i++) {
		atomic_store_explicit(&s->counter[i], clock_us, memory_order_relaxed);
		atomic_store_explicit(&s->refused[i], 0, memory_order_relaxed);
		atomic_store_explicit(&s->narrow[i], clock_us / 1000000, memory_order_relaxed);
	}
}

static uint64_t clock_at(const struct dp_signing *s, uint64_t now_tsc)
{
	return atomic_load_explicit(&s->clock_us, memory_order_relaxed) +
	       (now_tsc - s->at_tsc) / s->tsc_per_us;
}

uint64_t dp_sign_clock_us(const struct dp_worker *w, uint64_t now_tsc)
{
	return clock_at(w->signing, now_tsc);
}

static void raise(_Atomic uint64_t *counter, uint64_t least)
{
	uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);

	while (now < least && !atomic_compare_exchange_weak_explicit(
				      counter, &now, least, memory_order_relaxed, memory_order_relaxed))
		;
}

// Small steps are left alone: counters that followed each of them would leave those of a quiet port so far
// behind that its neighbors ask who it is.
uint64_t dp_signing_follow(struct dp_signing *s, uint64_t clock_us, uint64_t now_tsc)
{
	uint64_t known_us = clock_at(s, now_tsc);

	if (clock_us < known_us || clock_us - known_us < DP_SIGNING_STEP_US)
		return 0;
	for (uint32_t i = 0; i < SNAP_PORTS_MAX; i++) {
		raise(&s->counter[i], clock_us);
		raise(&s->narrow[i], clock_us / 1000000);
	}
	atomic_fetch_add_explicit(&s->clock_us, clock_us - known_us, memory_order_relaxed);
	return clock_us - known_us;
}

uint64_t dp_sign_counters(struct dp_worker *w, uint8_t slot, const struct auth_scheme *s, uint32_t n)
{
	bool is_narrow = auth_counter_len((enum auth_counter)s->counter) == 4;
	_Atomic uint64_t *counter = is_narrow ? &w->signing->narrow[slot] : &w->signing->counter[slot];

	return atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void jobs_run(struct dp_worker *w, uint32_t n)
{
	auth_digest_bulk(w->jobs, n);
	for (uint32_t k = 0; k < n; k++) {
		const struct auth_job *job = &w->jobs[k];
		uint8_t *romon = (uint8_t *)(uintptr_t)job->romon; // ours to write

		memcpy(auth_digest_at(&job->key->scheme, romon), job->digest, AUTH_DIGEST_LEN);
	}
}

// Jobs for the frames of a port that are not signed yet, from w->jobs[n] on; returns the new n.
static uint32_t slot_add(struct dp_worker *w, uint8_t slot, uint32_t n)
{
	const struct snap_port *port = &w->snap->ports[slot];
	const struct auth_key *key = &w->snap->secrets[slot].keys[0];
	struct dp_txbuf *t = &w->txbufs[slot];
	uint32_t l2_len = egress_l2_len(port);
	uint64_t counter = dp_sign_counters(w, slot, &key->scheme, t->n - t->n_signed);

	for (uint32_t i = t->n_signed; i < t->n; i++) {
		uint8_t *eth = dp_eth(t->m[i]);
		uint8_t *romon = eth + l2_len;
		struct auth_job *job = &w->jobs[n];

		if (unlikely(romon[0] == WIRE_TYPE_HELLO || romon[0] == WIRE_TYPE_SEQ_ERR))
			continue; // dp_greet() signed it
		auth_counter_store(&key->scheme, romon + AUTH_OFF, counter++);
		job->key = key;
		job->eth = eth;
		job->romon = romon;
		job->len = t->m[i]->data_len - l2_len;
		n++;
	}
	t->n_signed = t->n;
	return n;
}

void dp_sign(struct dp_worker *w, uint64_t slots)
{
	uint32_t n = 0;

	DP_FOREACH_BIT (slot, slots) {
		n = slot_add(w, (uint8_t)slot, n);
		if (n > DP_JOBS_MAX - DP_BURST_MAX) {
			jobs_run(w, n);
			n = 0;
		}
	}
	jobs_run(w, n);
}
