// SPDX-License-Identifier: BSD-3-Clause
// Creating and destroying workers, and what others may read of them. Control thread.
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#include "dp_signer.h"
#include "dp_worker.h"

static struct nbr_table *table_create(
	const struct dp_worker_cfg *cfg, uint32_t capacity, uint32_t per_port_max)
{
	struct nbr_cfg table_cfg = {
		.capacity = capacity,
		.per_port_max = per_port_max,
		.socket_id = cfg->socket_id,
		.seed = cfg->seed,
	};
	return nbr_table_create(&table_cfg);
}

// Tables, then rings; stops at the first that cannot be made, whose errno is the caller's to report.
static bool parts_create(struct dp_worker *w, const struct dp_worker_cfg *cfg)
{
	char name[32];

	w->neighbors = table_create(cfg, cfg->neighbors, cfg->neighbors_per_port);
	if (w->neighbors == NULL)
		return false;
	w->origins = table_create(cfg, cfg->origins, cfg->origins);
	if (w->origins == NULL)
		return false;
	w->sources = table_create(cfg, cfg->origins, cfg->origins);
	if (w->sources == NULL)
		return false;
	w->signers = dp_signers_create(cfg);
	if (w->signers == NULL)
		return false;
	snprintf(name, sizeof(name), "worker%u", cfg->id);
	w->channel = xchg_channel_create(name, cfg->socket_id);
	return w->channel != NULL;
}

struct dp_worker *dp_worker_create(const struct dp_worker_cfg *cfg)
{
	struct dp_worker *w =
		rte_zmalloc_socket("dp_worker", sizeof(*w), RTE_CACHE_LINE_SIZE, cfg->socket_id);

	if (w == NULL)
		return base_errno_null(ENOMEM);
	w->id = cfg->id;
	w->n_workers = cfg->n_workers;
	w->burst_len = cfg->burst;
	w->dispatch_len = (uint16_t)RTE_MIN(cfg->burst * cfg->n_workers, (uint32_t)DP_BURST_MAX);
	w->is_adaptive = cfg->is_adaptive;
	w->waits = cfg->waits;
	w->snaps = cfg->snaps;
	w->signing = cfg->signing;
	w->wake = cfg->wake;
	w->pool = cfg->pool;
	w->seed = cfg->seed;
	w->unfiltered = UINT32_MAX;
	w->tsc_hz = cfg->tsc_hz;
	w->tsc_per_ms = cfg->tsc_hz / 1000;
	w->tsc_start = rte_rdtsc();
	if (!parts_create(w, cfg)) {
		int err = errno;

		dp_worker_destroy(w);
		return base_errno_null(err);
	}
	return w;
}

void dp_worker_destroy(struct dp_worker *w)
{
	if (w == NULL)
		return;
	nbr_table_destroy(w->neighbors);
	nbr_table_destroy(w->origins);
	nbr_table_destroy(w->sources);
	dp_signers_destroy(w->signers);
	xchg_channel_destroy(w->channel);
	rte_free(w);
}

void dp_worker_peers_set(struct dp_worker *w, struct xchg_channel *const *channels)
{
	w->peers = channels;
}

void dp_stop(struct dp_worker *w)
{
	atomic_store_explicit(&w->stop, true, memory_order_relaxed);
	xchg_wake_up(&w->channel->wake);
}

bool dp_worker_is_waiting(const struct dp_worker *w)
{
	return atomic_load_explicit(&w->channel->wake.is_asleep, memory_order_relaxed);
}

void dp_worker_watch(struct dp_worker *w)
{
	atomic_store_explicit(
		&w->watched_until_tsc, rte_rdtsc() + DP_WATCH_S * w->tsc_hz, memory_order_relaxed);
}

void dp_worker_spare(struct dp_worker *w, bool is_short)
{
	atomic_store_explicit(&w->is_short, is_short, memory_order_relaxed);
}

const struct dp_stage_counters *dp_worker_stages(const struct dp_worker *w)
{
	return &w->stages;
}

const char *dp_stage_name(enum dp_stage stage)
{
	static const char *const names[] = {
#define X(name, text) text,
		DP_STAGES(X)
#undef X
	};

	return names[stage];
}

struct xchg_channel *dp_worker_channel(struct dp_worker *w)
{
	return w->channel;
}

const struct nbr_table *dp_worker_neighbors(const struct dp_worker *w)
{
	return w->neighbors;
}

const struct nbr_table *dp_worker_origins(const struct dp_worker *w)
{
	return w->origins;
}

const struct nbr_table *dp_worker_sources(const struct dp_worker *w)
{
	return w->sources;
}

const struct nbr_table *dp_worker_signers(const struct dp_worker *w)
{
	return w->signers->table;
}

const struct dp_port_counters *dp_worker_port_counters(const struct dp_worker *w, uint32_t slot)
{
	return &w->ports[slot];
}

const struct dp_worker_counters *dp_worker_counters(const struct dp_worker *w)
{
	return &w->counters;
}

uint32_t dp_worker_ran_ms(const struct dp_worker *w)
{
	uint64_t due_tsc = atomic_load_explicit(&w->next_age_tsc, memory_order_relaxed);
	uint64_t now_tsc = rte_rdtsc();

	return dp_worker_clock_ms(
		w, now_tsc > due_tsc && now_tsc - due_tsc >= w->tsc_per_ms * DP_STALL_MS ? due_tsc : now_tsc);
}

uint32_t dp_worker_now_ms(const struct dp_worker *w)
{
	return dp_worker_clock_ms(w, rte_rdtsc());
}

uint64_t dp_worker_bytes(const struct dp_worker_cfg *cfg)
{
	// each with a header and a memzone of its own
	uint64_t rings = 128 * 1024 + 4096 * 32 + 3 * 1024 * 16 + XCHG_DISPATCHED_LEN * 16 +
			 XCHG_TAP_LEN * 16 + XCHG_FLOWS_LEN * 32;

	return sizeof(struct dp_worker) + rings + nbr_table_bytes(cfg->neighbors) +
	       2 * nbr_table_bytes(cfg->origins) + dp_signers_bytes();
}
