// SPDX-License-Identifier: BSD-3-Clause
// Publishing snapshots: one pointer, release order, one QSBR grace period, then the old one is freed.
// Control publishes; workers load and report quiescent.
#include <sched.h>
#include <stdlib.h>

#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "base_clock.h"
#include "snap.h"

struct snap_domain {
	_Atomic(struct snap *) current; // control: wo, worker: ro
	struct rte_rcu_qsbr *qsbr;
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
	snap_free(atomic_load(&d->current));
	rte_free(d->qsbr);
	free(d);
}

uint64_t snap_publish(struct snap_domain *d, struct snap *s)
{
	struct snap *old = atomic_exchange_explicit(&d->current, s, memory_order_acq_rel);
	uint64_t begin_ns = base_mono_ns();
	uint64_t token = rte_rcu_qsbr_start(d->qsbr);

	// A worker may share this CPU: give it the time that it needs to report.
	while (rte_rcu_qsbr_check(d->qsbr, token, false) == 0)
		sched_yield();
	snap_free(old);
	return (base_mono_ns() - begin_ns) / 1000;
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
