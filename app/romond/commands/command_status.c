// SPDX-License-Identifier: BSD-3-Clause
// status, workers, log-level. Under app_lock().
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_version.h>

#include "base_clock.h"
#include "config_file.h"
#include "confirm.h"
#include "counters.h"
#include "discovery.h"
#include "events.h"
#include "handlers.h"
#include "node_responder.h"
#include "ports.h"
#include "rates.h"
#include "refused.h"
#include "rosters.h"
#include "store.h"
#include "topo.h"

#define PENDING_MAX 512

// Keys that a reload changed, but that take effect at the next start only.
static void pending_add(const struct app *app, struct schema_texts *list, struct schema_mem *mem)
{
	enum conf_reload worst;
	struct conf_change *changes = calloc(PENDING_MAX, sizeof(*changes));
	size_t n = changes == NULL ? 0 : conf_diff(app->boot_conf, app->conf, changes, PENDING_MAX, &worst);

	for (size_t i = 0; i < n && i < PENDING_MAX; i++) {
		char text[256];

		if (changes[i].reload != CONF_RELOAD_RESTART)
			continue;
		snprintf(text, sizeof(text), "%s: %.60s from the next start on; now %.60s", changes[i].key,
			changes[i].after, changes[i].before);
		*schema_add(mem, list) = schema_mem_escape(mem, text);
	}
	free(changes);
}

// What is not kept over a restart, and why.
static void store_warn(const struct app *app, struct schema_texts *list, struct schema_mem *mem)
{
	struct store_stats st;

	if (app->store == NULL)
		return;
	store_stats_get(app->store, &st);
	if (st.is_well)
		return;
	*schema_add(mem, list) = schema_mem_escape(
		mem, schema_mem_text(mem, "state.dir: cannot be written, %u changes wait: %s",
			     st.n_pending_nodes + st.n_pending_events, st.error));
}

static void warnings_add(struct app *app, struct schema_texts *list, struct schema_mem *mem)
{
	char text[320];

	if (confirm_left_ms(app) > 0)
		*schema_add(mem, list) = schema_mem_text(mem,
			"the configuration is on trial: without `romonctl config confirm` the one before comes back in %d s",
			(int)((confirm_left_ms(app) + 999) / 1000));
	if (config_file_warning(app, text, sizeof(text)))
		*schema_add(mem, list) = schema_mem_escape(mem, text);
	if (app->config->overlay_trouble[0] != '\0')
		*schema_add(mem, list) = schema_mem_escape(mem, app->config->overlay_trouble);
	pending_add(app, list, mem);
	for (uint32_t i = 0; i < app->config->issues.n; i++)
		*schema_add(mem, list) = schema_mem_escape(mem, app->config->issues.list[i].text);
	store_warn(app, list, mem);
	if (!app->conf->romon.is_enabled)
		*schema_add(mem, list) = "romon.enabled is false: nothing is forwarded";
}

// PORT_STATE_INVALID: in any state.
static uint32_t ports_count(const struct app *app, enum port_state state)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (app->slots[s].is_used &&
			(state == PORT_STATE_INVALID || slots_state(app, &app->slots[s]) == state))
			n++;
	}
	return n;
}

static uint64_t neighbors_count(const struct app *app)
{
	uint64_t n = 0;

	for (uint32_t w = 0; w < app->n_workers; w++)
		n += nbr_table_used(dp_worker_neighbors(app->workers[w])) +
		     nbr_table_used(dp_worker_sources(app->workers[w]));
	return n;
}

// What discovery knows and did.
static void discovery_fill(const struct app *app, struct schema_status *out)
{
	struct node_discovery_counts d = discovery_counts(app);
	struct node_responder_counts a = node_responder_counts(app->responder);
	struct node_rosters_counts r = rosters_counts(app);
	struct topo_counts t;

	topo_counts_get(discovery_topo(app), &t);
	out->nodes = t.n_nodes;
	out->nodes_ok = t.n_ok;
	out->nodes_late = t.n_late;
	out->nodes_down = t.n_down;
	out->nodes_max = app->conf->discovery.inventory_max;
	out->links = t.n_edges;
	out->discover_rounds = d.rounds;
	out->discovers_unsent = d.unsent;
	out->answers_taken = d.answers;
	out->answers_refused = d.answers_refused;
	out->answers_sent = a.sent;
	out->answers_unsent = a.unsent;
	out->rosters_asked = r.asked;
	out->rosters_taken = r.taken;
	out->rosters_served = r.served;
	out->rosters_unsent = r.unsent;
}

// Buffers of the common pools, and how full each pool is.
static void mbufs_fill(struct schema_mbufs *out, struct schema_mem *mem)
{
	struct port_pool_use list[PORT_POOLS_MAX];
	uint32_t n = port_pools_list(list, PORT_POOLS_MAX);

	for (uint32_t i = 0; i < n; i++) {
		out->total += list[i].is_common ? list[i].size : 0;
		out->in_use += list[i].is_common ? list[i].in_use : 0;
		*schema_add(mem, &out->pools) = (struct schema_pool){
			.pool = schema_mem_text(mem, "%s", list[i].name), list[i].size, list[i].in_use};
	}
}

static void refused_add(const struct app *app, struct schema_refused_list *list, struct schema_mem *mem)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &app->slots[s];

		for (uint32_t r = NODE_REFUSED_INVALID + 1; slot->is_used && r < NODE_N_REFUSED; r++) {
			if (slot->refused[r] > 0)
				*schema_add(mem, list) = (struct schema_refused){node_refused_name(r),
					slot->name, slot->refused[r], node_refused_help(r)};
		}
	}
}

// Who and what this romond is.
static void self_fill(struct app *app, struct schema_status *out, struct schema_mem *mem)
{
	const struct conf *conf = app->conf;

	out->version = ROMOND_VERSION;
	out->schema_version = SCHEMA_VERSION;
	out->dpdk = rte_version() + strlen("DPDK ");
	out->pid = (uint64_t)getpid();
	out->uptime_s = (base_real_ms() - app->started_ms) / 1000;
	out->enabled = conf->romon.is_enabled;
	out->id = app->own_id;
	out->identity = conf->romon.identity;
	out->role = conf->romon.role == CONF_ROLE_MASTER ? "master" : "agent";
	out->channel = conf->romon.channel;
	out->config_file = app->config_path;
	handlers_config_source(app, &out->config_source);
	out->differs_from_file = config_file_look(app)->differs;
	out->differing_keys = config_file_look(app)->n_differing;
	handlers_overlay_fill(app, &out->overlay, mem);
	out->generation = app->generation;
	out->loaded = app->config->loaded_us;
	out->confirm_left_ms = confirm_left_ms(app) > 0 ? confirm_left_ms(app) : SCHEMA_NONE;
}

void handle_status(struct app *app, const struct schema_nothing_args *in, struct schema_status *out,
	struct schema_call *call)
{
	struct app_totals t;

	(void)in;
	self_fill(app, out, &call->mem);
	out->at_us = base_mono_ns() / 1000;
	counters_all(app, &t);
	out->ports = ports_count(app, PORT_STATE_INVALID);
	out->ports_up = ports_count(app, PORT_STATE_UP);
	out->workers = app->n_workers;
	out->neighbors = neighbors_count(app);
	out->rx_frames = t.rx_frames;
	out->tx_frames = t.tx_frames;
	out->forwarded = t.tx_originals;
	out->delivered = t.delivered;
	out->drops = counters_drops_sum(&t);
	mbufs_fill(&out->mbufs, &call->mem);
	out->hugepages = app->is_huge;
	out->memory_needed_bytes = app->memory_bytes;
	out->degraded = app->is_short_of_mbufs ? "no-mbufs" : NULL;
	out->stalled_ms = app->stalled_ms;
	out->log_lines_lost = base_log_lost();
	warnings_add(app, &out->warnings, &call->mem);
	handlers_types_add(&out->types, &call->mem, &t);
	discovery_fill(app, out);
	refused_add(app, &out->refused, &call->mem);
}

static void worker_ports_add(
	const struct app *app, uint32_t worker, struct schema_texts *list, struct schema_mem *mem)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &app->slots[s];
		const struct app_dev *d = slot->is_used ? slots_dev(app, slot) : NULL;

		if (d != NULL && d->worker == worker)
			*schema_add(mem, list) = slot->name;
	}
}

// Of all tables of addresses that a worker has.
static struct nbr_counters tables_sum(const struct dp_worker *w)
{
	struct nbr_counters neighbors = nbr_table_counters(dp_worker_neighbors(w));
	struct nbr_counters origins = nbr_table_counters(dp_worker_origins(w));
	struct nbr_counters sources = nbr_table_counters(dp_worker_sources(w));

	return (struct nbr_counters){.evicted = neighbors.evicted + origins.evicted + sources.evicted,
		.full = neighbors.full + origins.full + sources.full};
}

// Ticks by stage, of the turns that were timed since the start. To ask is to watch: the worker goes on for a
// while.
static void stages_fill(struct dp_worker *worker, struct schema_stages *out)
{
	const struct dp_stage_counters *c = dp_worker_stages(worker);
	uint64_t *const cycles[] = {
		[DP_STAGE_RX] = &out->cycles.rx,
		[DP_STAGE_CLASSIFY] = &out->cycles.classify,
		[DP_STAGE_RELAY] = &out->cycles.relay,
		[DP_STAGE_AUTH] = &out->cycles.auth,
		[DP_STAGE_LEARN] = &out->cycles.learn,
		[DP_STAGE_ROUTE] = &out->cycles.route,
		[DP_STAGE_FLOOD] = &out->cycles.flood,
		[DP_STAGE_TX] = &out->cycles.tx,
	};
	_Static_assert(BASE_ARRAY_LEN(cycles) == DP_N_STAGES, "a field for each stage");

	dp_worker_watch(worker);
	out->frames = dp_counter_read(&c->frames);
	for (enum dp_stage s = 0; s < DP_N_STAGES; s++)
		*cycles[s] = dp_counter_read(&c->tsc[s]);
}

static const char *idle_name(enum conf_idle idle)
{
	switch (idle) {
	case CONF_IDLE_INTERRUPT:
		return "interrupt";
	case CONF_IDLE_ADAPTIVE:
		return "adaptive";
	case CONF_IDLE_BUSY:
	case CONF_IDLE_INVALID:
		break;
	}
	return "busy";
}

static void worker_fill(const struct app *app, uint32_t w, struct schema_worker *out, struct schema_mem *mem)
{
	struct dp_worker *worker = app->workers[w];
	const struct dp_worker_counters *c = dp_worker_counters(worker);
	const struct worker_rate *r = rates_of(app, w);
	struct nbr_counters tables = tables_sum(worker);

	out->at_us = base_mono_ns() / 1000;
	out->worker = w;
	out->core = app->cores[w];
	out->idle = idle_name(app->conf->workers.idle);
	out->busy_percent = r->busy_percent;
	out->rx_pps = r->rx_pps;
	out->rx_frames = dp_counter_read(&c->rx_frames);
	out->bursts = dp_counter_read(&c->bursts);
	out->frames_per_burst = (double)r->frames_per_burst_x10 / 10;
	out->cycles_per_frame = r->cycles_per_frame;
	out->neighbors = nbr_table_used(dp_worker_neighbors(worker));
	out->origins = nbr_table_used(dp_worker_origins(worker));
	out->punts = dp_counter_read(&c->punts);
	out->punts_lost = dp_counter_read(&c->punts_lost);
	out->events_lost = dp_counter_read(&app->channels[w]->events_lost);
	out->no_mbuf = dp_counter_read(&c->no_mbuf);
	out->evicted = tables.evicted;
	out->full = tables.full;
	out->unanswered = dp_counter_read(&c->unanswered);
	stages_fill(worker, &out->stages);
	worker_ports_add(app, w, &out->ports, mem);
	out->stuck = r->is_stuck;
}

void handle_workers(struct app *app, const struct schema_nothing_args *in, struct schema_worker_list *out,
	struct schema_call *call)
{
	(void)in;
	for (uint32_t w = 0; w < app->n_workers; w++)
		worker_fill(app, w, schema_add(&call->mem, out), &call->mem);
}

void handle_log_level(struct app *app, const struct schema_log_level_args *in, struct schema_log_level *out,
	struct schema_call *call)
{
	char by[API_PEER_TEXT_SIZE];

	(void)call;
	if (in->level != NULL) {
		enum base_log_level level = base_log_level_parse(in->level);

		base_log_level_set(level);
		events_add(app, EVENT_OPERATED, "", 0, "log level %s, by %s", base_log_level_name(level),
			caller_name(app, by));
	}
	out->level = base_log_level_name(base_log_level_get());
}
