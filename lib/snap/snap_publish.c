// SPDX-License-Identifier: BSD-3-Clause
// Publishing snapshots: one pointer, release order; the one before is freed when every worker has reported
// since. Control publishes, and never waits longer than it says; workers load and report quiescent.
#include <sched.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "snap.h"

struct retired {
	struct snap *snap;
	uint64_t token; // of the grace period that began when it was retired
};

struct snap_domain {
	_Atomic(struct snap *) current; // control: wo, worker: ro
	struct rte_rcu_qsbr *qsbr;
	// control: rw
	struct retired retired[SNAP_RETIRED_MAX]; // some worker may hold them; oldest first
	uint32_t n_retired;
};

struct snap_domain *snap_domain_create(uint32_t n_workers, struct snap *first)
{
	struct snap_domain *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->qsbr = rte_zmalloc("snap_qsbr", rte_rcu_qsbr_get_memsize(n_workers), RTE_CACHE_LINE_SIZE);
	if (d->qsbr == NULL || rte_rcu_qsbr_init(d->qsbr, n_workers) != 0) {
		rte_free(d->qsbr);
		free(d);
		return base_errno_null(ENOMEM);
	}
	for (uint32_t i = 0; i < n_workers; i++)
		rte_rcu_qsbr_thread_register(d->qsbr, i);
	atomic_store_explicit(&d->current, first, memory_order_release);
	return d;
}

void snap_domain_destroy(struct snap_domain *d)
{
	if (d == NULL)
		return;
	for (uint32_t i = 0; i < d->n_retired; i++)
		snap_free(d->retired[i].snap);
	snap_free(atomic_load(&d->current));
	rte_free(d->qsbr);
	free(d);
}

// Free what no worker holds any more.
static void reclaim(struct snap_domain *d)
{
	uint32_t n_over = 0;

	while (n_over < d->n_retired && rte_rcu_qsbr_check(d->qsbr, d->retired[n_over].token, false) != 0)
		snap_free(d->retired[n_over++].snap);
	d->n_retired -= n_over;
	for (uint32_t i = 0; i < d->n_retired; i++)
		d->retired[i] = d->retired[i + n_over];
}

int snap_publish(struct snap_domain *d, struct snap *s)
{
	reclaim(d);
	if (d->n_retired == SNAP_RETIRED_MAX)
		return base_errno_set(EBUSY);
	struct snap *old = atomic_exchange_explicit(&d->current, s, memory_order_acq_rel);
	d->retired[d->n_retired++] = (struct retired){.snap = old, .token = rte_rcu_qsbr_start(d->qsbr)};
	return 0;
}

bool snap_settle(struct snap_domain *d, uint32_t wait_us)
{
	uint64_t begin_tsc = rte_rdtsc();
	uint64_t wait_ticks = wait_us * (rte_get_tsc_hz() / 1000000);

	reclaim(d);
	// A worker may share this CPU: give it the time that it needs to report.
	while (d->n_retired > 0 && rte_rdtsc() - begin_tsc < wait_ticks) {
		sched_yield();
		reclaim(d);
	}
	return d->n_retired == 0;
}

const struct snap *snap_current(const struct snap_domain *d)
{
	return atomic_load_explicit(&d->current, memory_order_acquire);
}

const struct snap *snap_load(const struct snap_domain *d)
{
	return atomic_load_explicit(&d->current, memory_order_acquire);
}

void snap_reader_online(struct snap_domain *d, uint32_t worker)
{
	rte_rcu_qsbr_thread_online(d->qsbr, worker);
}

void snap_reader_offline(struct snap_domain *d, uint32_t worker)
{
	rte_rcu_qsbr_thread_offline(d->qsbr, worker);
}

void snap_quiescent(struct snap_domain *d, uint32_t worker)
{
	rte_rcu_qsbr_quiescent(d->qsbr, worker);
}
