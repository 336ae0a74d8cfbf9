// SPDX-License-Identifier: BSD-3-Clause
// status, workers, log-level. Under app_lock().
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_version.h>

#include "api_args.h"
#include "base_clock.h"
#include "config_file.h"
#include "confirm.h"
#include "counters.h"
#include "discovery.h"
#include "events.h"
#include "handlers.h"
#include "node_responder.h"
#include "ports.h"
#include "refused.h"
#include "rosters.h"
#include "store.h"
#include "topo.h"

#define PENDING_MAX 512

// Keys that a reload changed, but that take effect at the next start only.
static void pending_add(const struct app *app, json_t *list)
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
		json_array_append_new(list, handlers_text(text));
	}
	free(changes);
}

// What is not kept over a restart, and why.
static void store_warn(const struct app *app, json_t *list)
{
	struct store_stats st;
	char text[STORE_ERROR_LEN + 128];

	if (app->store == NULL)
		return;
	store_stats_get(app->store, &st);
	if (st.is_well)
		return;
	snprintf(text, sizeof(text), "state.dir: cannot be written, %u changes wait: %s",
		st.n_pending_nodes + st.n_pending_events, st.error);
	json_array_append_new(list, handlers_text(text));
}

static json_t *warnings_of(struct app *app)
{
	json_t *list = json_array();
	char text[320];

	if (confirm_left_ms(app) > 0)
		json_array_append_new(
			list, json_sprintf("the configuration is on trial: without `romonctl config confirm` "
					   "the one before comes back in %d s",
				      (int)((confirm_left_ms(app) + 999) / 1000)));
	if (config_file_warning(app, text, sizeof(text)))
		json_array_append_new(list, handlers_text(text));
	pending_add(app, list);
	for (uint32_t i = 0; i < app->issues.n; i++)
		json_array_append_new(list, handlers_text(app->issues.list[i].text));
	store_warn(app, list);
	if (!app->conf->romon.is_enabled)
		json_array_append_new(list, json_string("romon.enabled is false: nothing is forwarded"));
	return list;
}

static json_t *channel_of(const struct conf *conf)
{
	return conf->romon.channel == 0 ? json_string("default") : json_integer(conf->romon.channel);
}

static uint32_t ports_count(const struct app *app, const char *state)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (app->slots[s].is_used &&
			(state == NULL || strcmp(ports_state(app, &app->slots[s]), state) == 0))
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
static void discovery_add(const struct app *app, json_t *status)
{
	struct node_discovery_counts d = discovery_counts(app);
	struct node_responder_counts a = node_responder_counts(app->responder);
	struct node_rosters_counts r = rosters_counts(app);
	struct topo_counts t;

	topo_counts_get(discovery_topo(app), &t);
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{"nodes", t.n_nodes},
		{"nodes-ok", t.n_ok},
		{"nodes-late", t.n_late},
		{"nodes-down", t.n_down},
		{"links", t.n_edges},
		{"discover-rounds", d.rounds},
		{"discovers-unsent", d.unsent},
		{"answers-taken", d.answers},
		{"answers-refused", d.answers_refused},
		{"answers-sent", a.sent},
		{"answers-unsent", a.unsent},
		{"rosters-asked", r.asked},
		{"rosters-taken", r.taken},
		{"rosters-served", r.served},
		{"rosters-unsent", r.unsent},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++)
		json_object_set_new(status, rows[i].key, json_integer((json_int_t)rows[i].value));
}

// Buffers of the common pools, and how full each pool is. Those of AF_XDP are about half full when idle.
static json_t *mbufs_of(void)
{
	struct port_pool_use list[PORT_POOLS_MAX];
	uint32_t n = port_pools_list(list, PORT_POOLS_MAX);
	json_t *rows = json_array();
	json_int_t total = 0;
	json_int_t in_use = 0;

	for (uint32_t i = 0; i < n; i++) {
		total += list[i].is_common ? list[i].size : 0;
		in_use += list[i].is_common ? list[i].in_use : 0;
		json_array_append_new(
			rows, json_pack("{s:s, s:I, s:I}", "pool", list[i].name, "total",
				      (json_int_t)list[i].size, "in-use", (json_int_t)list[i].in_use));
	}
	return json_pack("{s:I, s:I, s:o}", "total", total, "in-use", in_use, "pools", rows);
}

json_t *handle_status(void *ctx, json_t *args, struct api_error *err)
{
	struct app *app = ctx;
	struct app_totals t;

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	counters_all(app, &t);
	json_t *status = json_pack(
		"{s:s, s:s, s:i, s:I, s:b, s:o, s:o, s:s, s:o, s:o, s:I, s:o, s:i, s:i, s:i, s:I, s:I, s:I,"
		"s:I, s:I, s:I, s:o, s:b, s:o, s:o, s:o}",
		"version", ROMOND_VERSION, "dpdk", rte_version() + strlen("DPDK "), "pid", (int)getpid(),
		"uptime-s", (json_int_t)((base_real_ms() - app->started_ms) / 1000), "enabled",
		app->conf->romon.is_enabled, "id", handlers_mac(app->own_id), "identity",
		handlers_text(app->conf->romon.identity), "role",
		app->conf->romon.role == CONF_ROLE_MASTER ? "master" : "agent", "channel",
		channel_of(app->conf), "config-file", handlers_text(app->config_path), "generation",
		(json_int_t)app->generation, "loaded", handlers_time(app->loaded_us), "ports",
		(int)ports_count(app, NULL), "ports-up", (int)ports_count(app, "up"), "workers",
		(int)app->n_workers, "neighbors", (json_int_t)neighbors_count(app), "rx-frames",
		(json_int_t)t.rx_frames, "tx-frames", (json_int_t)t.tx_frames, "forwarded",
		(json_int_t)t.tx_originals, "delivered", (json_int_t)t.delivered, "drops",
		(json_int_t)counters_drops_sum(&t), "mbufs", mbufs_of(), "hugepages", app->is_huge,
		"warnings", warnings_of(app), "types", handlers_types_of(&t), "at-us", handlers_at_us());
	json_object_set_new(status, "confirm-left-ms",
		confirm_left_ms(app) > 0 ? json_integer((json_int_t)confirm_left_ms(app)) : json_null());
	json_object_set_new(status, "config-source", handlers_config_source(app));
	json_object_set_new(status, "differs-from-file", json_boolean(config_file_look(app)->differs));
	json_object_set_new(
		status, "degraded", app->is_short_of_mbufs ? json_string("no-mbufs") : json_null());
	json_object_set_new(status, "memory-needed-bytes", json_integer((json_int_t)app->memory_bytes));
	json_object_set_new(status, "stalled-ms", json_integer((json_int_t)app->stalled_ms));
	json_object_set_new(status, "log-lines-lost", json_integer((json_int_t)base_log_lost()));
	discovery_add(app, status);
	json_object_set_new(status, "refused", refused_json(app));
	return status;
}

static json_t *worker_ports(const struct app *app, uint32_t worker)
{
	json_t *list = json_array();

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &app->slots[s];
		const struct app_dev *d = slot->is_used ? ports_dev(app, slot) : NULL;

		if (d != NULL && d->worker == worker)
			json_array_append_new(list, json_string(slot->name));
	}
	return list;
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
static json_t *worker_stages(struct dp_worker *worker)
{
	const struct dp_stage_counters *c = dp_worker_stages(worker);
	json_t *cycles = json_object();

	dp_worker_watch(worker);
	for (enum dp_stage s = 0; s < DP_N_STAGES; s++)
		json_object_set_new(
			cycles, dp_stage_name(s), json_integer((json_int_t)dp_counter_read(&c->tsc[s])));
	return json_pack("{s:I, s:o}", "frames", (json_int_t)dp_counter_read(&c->frames), "cycles", cycles);
}

json_t *handle_workers(void *ctx, json_t *args, struct api_error *err)
{
	struct app *app = ctx;

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	json_t *list = json_array();
	for (uint32_t w = 0; w < app->n_workers; w++) {
		struct dp_worker *worker = app->workers[w];
		const struct dp_worker_counters *c = dp_worker_counters(worker);
		const struct app_rate *r = &app->rates[w];
		struct nbr_counters tables = tables_sum(worker);

		json_array_append_new(list,
			json_pack("{s:i, s:i, s:s, s:i, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:I, "
				  "s:I, s:I, s:I, s:I, s:o, s:o, s:b, s:o}",
				"worker", (int)w, "core", (int)app->cores[w], "idle",
				app->conf->workers.idle == CONF_IDLE_ADAPTIVE ? "adaptive" : "busy",
				"busy-percent", (int)r->busy_percent, "rx-pps", (json_int_t)r->rx_pps,
				"rx-frames", (json_int_t)dp_counter_read(&c->rx_frames), "bursts",
				(json_int_t)dp_counter_read(&c->bursts), "frames-per-burst",
				(double)r->frames_per_burst_x10 / 10, "cycles-per-frame",
				(json_int_t)r->cycles_per_frame, "neighbors",
				(json_int_t)nbr_table_used(dp_worker_neighbors(worker)), "origins",
				(json_int_t)nbr_table_used(dp_worker_origins(worker)), "punts",
				(json_int_t)dp_counter_read(&c->punts), "punts-lost",
				(json_int_t)dp_counter_read(&c->punts_lost), "events-lost",
				(json_int_t)dp_counter_read(&app->channels[w]->events_lost), "no-mbuf",
				(json_int_t)dp_counter_read(&c->no_mbuf), "evicted",
				(json_int_t)tables.evicted, "full", (json_int_t)tables.full, "unanswered",
				(json_int_t)dp_counter_read(&c->unanswered), "stages", worker_stages(worker),
				"ports", worker_ports(app, w), "stuck", (int)r->is_stuck, "at-us",
				handlers_at_us()));
	}
	return list;
}

json_t *handle_log_level(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"level"};
	struct app *app = ctx;
	char by[API_PEER_TEXT_SIZE];
	const char *text;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_text(args, "level", NULL, &text, err) != 0)
		return NULL;
	if (text != NULL) {
		enum base_log_level level = base_log_level_parse(text);

		if (level == BASE_LOG_INVALID)
			return api_fail(err, API_ERROR_BAD_ARGUMENT,
				"level: expected error, warning, notice, info or debug, got %s", text);
		base_log_level_set(level);
		events_add(app, EVENT_OPERATED, "", 0, "log level %s, by %s", base_log_level_name(level),
			handlers_who(app, by));
	}
	return json_pack("{s:s}", "level", base_log_level_name(base_log_level_get()));
}
