// SPDX-License-Identifier: BSD-3-Clause
// Why a node is not seen: what this node knows of its id, where the way to it ends, and what was refused of
// it. Control thread, under app_lock().
#include "base_clock.h"
#include "counters.h"
#include "discovery.h"
#include "trend.h"
#include "why.h"

static void add(struct why_node *w, const struct why_finding *f)
{
	why_list_add(&w->findings, f);
}

static enum topo_status status_of(const struct why_node *w, uint64_t id)
{
	int64_t row = topo_find(discovery_topo(w->app), id);
	struct topo_node n;

	return row >= 0 && topo_node_at(discovery_topo(w->app), (uint32_t)row, &n) ? n.status
										   : TOPO_STATUS_INVALID;
}

// Milliseconds since it last answered.
static uint64_t age_of(const struct topo_node *n)
{
	uint64_t now_us = base_wall_us();

	return now_us > n->last_seen_us ? (now_us - n->last_seen_us) / 1000 : 0;
}

// --- as a neighbor

bool why_heard_next(const struct app *app, uint64_t id, struct why_heard *h)
{
	for (; h->worker < app->n_workers; h->worker++, h->row = 0) {
		const struct nbr_table *t = dp_worker_neighbors(app->workers[h->worker]);
		uint32_t now_ms = dp_worker_now_ms(app->workers[h->worker]);
		uint32_t end = nbr_table_rows_end(t);

		while (h->row < end) {
			struct nbr_row row;

			if (!nbr_table_row(t, h->row++, &row) ||
				(row.id != id && nbr_key_mac(row.key) != id) ||
				!slots_row_is_current(app, &row, false))
				continue;
			h->slot = row.port;
			h->mac = nbr_key_mac(row.key);
			h->id = row.id;
			h->first_ms = base_mono_ms() - (uint32_t)(now_ms - row.first_ms);
			h->age_ms = (int32_t)(now_ms - row.last_ms) < 0 ? 0 : now_ms - row.last_ms;
			return true;
		}
	}
	return false;
}

static void heard_look(struct why_node *w)
{
	struct why_heard h = {0};

	while (why_heard_next(w->app, w->id, &h)) {
		if (w->n_heard++ == 0)
			w->heard = h;
		w->is_heard |= h.id == w->id;
		w->last_slot = h.slot;
		w->last_first_ms = h.first_ms;
	}
}

// The id of the neighbor that Data reaches at this MAC; 0 = not known. A router that only answers tells its
// id by its answers alone.
static uint64_t id_at_mac(const struct why_node *w)
{
	const struct topo *t = discovery_topo(w->app);

	for (uint32_t row = 0; row < topo_rows_end(t); row++) {
		struct topo_hop hop;
		struct topo_node n;

		if (topo_node_at(t, row, &n) && n.hops == 1 && topo_path_hops(t, row, &hop, 1) == 1 &&
			hop.mac == w->id)
			return n.id;
	}
	return 0;
}

// Somebody gave a neighbor's MAC for its id.
static void mac_find(struct why_node *w)
{
	struct why_finding f;

	if (w->is_heard || w->row >= 0 || w->n_heard == 0)
		return;
	uint64_t id = w->heard.id != 0 ? w->heard.id : id_at_mac(w);
	why_finding_init(&f, WHY_MAC_NOT_ID, w->heard.slot);
	if (id != 0)
		why_fact_add(&f, WHY_FACT_ID, id);
	add(w, &f);
}

// Was it heard after a whole round that it did not answer? One that died was heard till then, and no later.
static bool is_heard_silent(const struct why_node *w)
{
	const struct app_trend *trend = &w->app->slots[w->last_slot].trend;

	if (w->row < 0) // asked since it is heard, with time to answer
		return discovery_counts(w->app).rounds == 0 ||
		       (trend_unanswered(trend, w->now_ms) > 0 &&
			       trend->asked_first_ms >= w->last_first_ms) ||
		       trend_unanswered(trend, w->now_ms) > 1;
	if (w->node.has_path && w->node.status == TOPO_OK)
		return false;
	return w->heard.age_ms + w->app->conf->discovery.interval_ms < age_of(&w->node);
}

static void heard_find(struct why_node *w)
{
	struct why_finding f;

	if (!w->is_heard || w->findings.n > 0 || // those say why
		!is_heard_silent(w))
		return;
	why_finding_init(&f, discovery_counts(w->app).rounds == 0 ? WHY_NODE_UNASKED : WHY_NODE_UNANSWERED,
		w->heard.slot);
	why_fact_add(&f, WHY_FACT_MAC, w->heard.mac);
	why_fact_add(&f, WHY_FACT_AGE, w->heard.age_ms);
	add(w, &f);
}

static void twin_find(struct why_node *w)
{
	const struct topo_twin *twin = &w->node.twin;
	struct why_finding f;

	if (w->row < 0 || !twin->is_there)
		return;
	why_finding_init(&f, WHY_ID_TWICE, WHY_NO_PORT);
	why_fact_add(&f, WHY_FACT_HEARD_BY, twin->shown_port);
	why_fact_add(&f, WHY_FACT_MAC, twin->shown_mac);
	if (twin->identity[0] != '\0')
		why_fact_add_text(&f, WHY_FACT_NAME, twin->identity);
	why_fact_add(&f, WHY_FACT_THE_PORT, twin->port);
	why_fact_add(&f, WHY_FACT_SENDER, twin->mac);
	add(w, &f);
}

// --- what is refused

static void filters_find(struct why_node *w)
{
	int filter = why_filter_find(w->app->conf, NULL, w->id, 0);
	struct why_finding f;

	if (filter < 0)
		return;
	why_finding_init(&f, WHY_ID_FILTERED, WHY_NO_PORT);
	why_filter_add(&f, w->app->conf, filter);
	why_fact_add(&f, WHY_FACT_ID, w->id);
	add(w, &f);
}

static void foreign_find(struct why_node *w, uint32_t s)
{
	const struct app_trend *trend = &w->app->slots[s].trend;
	uint8_t own = w->app->conf->romon.channel;
	struct why_finding f;

	for (int i = 0; i < APP_FOREIGN_MAX; i++) {
		const struct app_foreign *foreign = &trend->foreign[i];

		if ((foreign->id != w->id && foreign->mac != w->id) || foreign->channel == own ||
			!trend_is_now(w->app, trend, foreign->at_ms))
			continue;
		why_finding_init(&f, WHY_NODE_CHANNEL, s);
		why_fact_add(&f, WHY_FACT_CHANNEL, foreign->channel);
		why_fact_add(&f, WHY_FACT_OWN_CHANNEL, own);
		why_fact_add(&f, WHY_FACT_AGE, w->now_ms - foreign->at_ms);
		add(w, &f);
		return;
	}
}

// The port's last bad frame is of this id.
static void bad_find(struct why_node *w, uint32_t s)
{
	const struct app_slot *slot = &w->app->slots[s];
	const struct app_bad_frame *bad = &slot->bad;
	struct why_finding f;
	struct why_port p;
	struct wire_l2 l2;
	const struct wire_hdr *h = why_bad_header(bad, &l2);

	if (h == NULL || bad->reason == DP_DROP_CHANNEL || !trend_is_now(w->app, &slot->trend, bad->at_ms))
		return;
	const char *what = why_cause_text(bad->reason);
	why_port_init(&p, w->app, s, &slot->trend.last);
	if (base_mac_u64(&h->src_id) != w->id || what == NULL || why_cause_is_over(&p, bad->reason))
		return;
	bool is_stale = bad->reason == DP_DROP_HOP_NOT_US || bad->reason == DP_DROP_LINK_UNKNOWN;
	why_finding_init(&f, is_stale ? WHY_NODE_STALE : WHY_NODE_REFUSED, s);
	why_fact_add_text(&f, WHY_FACT_REASON, dp_reason_name(bad->reason));
	why_fact_add_text(&f, WHY_FACT_HELP, what);
	why_fact_add(&f, WHY_FACT_AGE, w->now_ms - bad->at_ms);
	add(w, &f);
}

static void excess_find(struct why_node *w, uint32_t s)
{
	const struct app_trend *trend = &w->app->slots[s].trend;
	struct why_finding f;

	if (trend->excess.src_id != w->id || !trend_is_now(w->app, trend, trend->excess.at_ms))
		return;
	why_finding_init(&f, WHY_NODE_EAGER, s);
	why_fact_add(&f, WHY_FACT_LIMIT, w->app->conf->limits.answers_per_origin_pps);
	add(w, &f);
}

static void refused_find(struct why_node *w)
{
	filters_find(w);
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (!w->app->slots[s].is_used)
			continue;
		foreign_find(w, s);
		bad_find(w, s);
		excess_find(w, s);
	}
}

// --- the way

// Our ports behind which a first hop may be, if something is wrong with them now.
static void ports_find_wrong(struct why_node *w, bool is_first_hop)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		struct why_list list = {.n = 0};
		struct app_totals totals;
		struct why_port p;

		if (!w->app->slots[s].is_used)
			continue;
		counters_port(w->app, s, &totals);
		why_port_init(&p, w->app, s, &totals);
		if (p.is_relay)
			continue;
		why_port_findings(&p, &list, NULL);
		struct why_finding *f = &list.rows[0];
		if (list.n == 0 || why_cause_level(f->cause) != WHY_ERROR)
			continue;
		f->inner = f->cause;
		f->cause = WHY_MAY_BE_BEHIND;
		f->reason = NULL;
		f->count = f->age_ms = 0;
		if (is_first_hop)
			why_fact_add(f, WHY_FACT_FIRST_HOP, 1);
		add(w, f);
	}
}

// Walk the path: which of its nodes is the first that does not answer?
static void stop_find(struct why_node *w)
{
	w->last_good = 0;
	for (uint32_t i = 0; i < w->n_path; i++) {
		enum topo_status status = status_of(w, w->path[i]);

		if (status != TOPO_OK || i == w->n_path - 1) {
			w->stops_at = w->path[i];
			return;
		}
		w->last_good = w->path[i];
	}
	w->stops_at = w->id;
}

// A node by its id, and its name if it is known.
static void node_add(
	struct why_finding *f, enum why_fact_name fact, enum why_fact_name name_fact, uint64_t id)
{
	why_fact_add(f, fact, id);
	why_fact_add(f, name_fact, id);
}

static void gone_find(struct why_node *w)
{
	struct why_finding f;

	stop_find(w);
	bool is_itself = w->stops_at == w->id;
	why_finding_init(&f, is_itself ? WHY_NODE_SILENT : WHY_WAY_ENDS, WHY_NO_PORT);
	if (is_itself)
		why_fact_add(&f, WHY_FACT_AGE, age_of(&w->node));
	else
		node_add(&f, WHY_FACT_STOP, WHY_FACT_STOP_NAME, w->stops_at);
	why_fact_add(&f, WHY_FACT_STATUS, is_itself ? w->node.status : status_of(w, w->stops_at));
	if (w->last_good != 0)
		node_add(&f, WHY_FACT_HOP, WHY_FACT_HOP_NAME, w->last_good);
	if (w->n_heard > 0)
		why_fact_add(&f, WHY_FACT_HEARD_BY, w->heard.slot);
	add(w, &f);
	if (w->last_good == 0)
		ports_find_wrong(w, !is_itself);
}

static uint32_t size_max(const struct why_node *w)
{
	uint32_t taken = WIRE_HDR_LEN + w->node.hops * WIRE_HOP_LEN + (uint32_t)sizeof(struct wire_services);

	return w->row >= 0 && w->node.has_path && w->node.l2mtu > taken ? w->node.l2mtu - taken : 0;
}

// What is asked about is longer than what the least link of the path takes.
static void size_find(struct why_node *w)
{
	struct why_finding f;

	if (w->size == 0 || w->size_max == 0 || w->size <= w->size_max)
		return;
	why_finding_init(&f, WHY_TOO_BIG, WHY_NO_PORT);
	why_fact_add(&f, WHY_FACT_ID, w->id);
	why_fact_add(&f, WHY_FACT_SIZE, w->size);
	why_fact_add(&f, WHY_FACT_L2MTU, w->node.l2mtu);
	why_fact_add(&f, WHY_FACT_HOPS, w->node.hops);
	why_fact_add(&f, WHY_FACT_MOST, w->size_max);
	add(w, &f);
}

static void well_find(struct why_node *w)
{
	const struct conf *c = w->app->conf;
	uint64_t age_ms = age_of(&w->node);
	struct why_finding f;

	if (w->node.hops > c->romon.hop_limit + 1u) {
		why_finding_init(&f, WHY_NODE_TOO_FAR, WHY_NO_PORT);
		why_fact_add(&f, WHY_FACT_HOPS, w->node.hops);
		why_fact_add(&f, WHY_FACT_LIMIT, c->romon.hop_limit);
		why_fact_add(
			&f, WHY_FACT_WANTED, w->node.hops < WIRE_HOPS_MAX ? w->node.hops : WIRE_HOPS_MAX);
		add(w, &f);
		return;
	}
	if (w->node.is_stale) {
		why_finding_init(&f, WHY_NODE_OLD_PATH, WHY_NO_PORT);
		why_fact_add(&f, WHY_FACT_ID, w->id);
		add(w, &f);
		return;
	}
	if (why_list_has(&w->findings, WHY_ERROR)) // it answered before what those tell
		return;
	bool was_asked = c->romon.role == CONF_ROLE_MASTER || age_ms < 2 * trend_window_ms(w->app);
	why_finding_init(&f, was_asked ? WHY_NODE_ANSWERS : WHY_NODE_ANSWERED, WHY_NO_PORT);
	why_fact_add(&f, WHY_FACT_AGE, age_ms);
	why_fact_add(&f, WHY_FACT_HOPS, w->node.hops);
	why_fact_add(&f, WHY_FACT_COST, w->node.cost);
	if (w->size_max > 0) {
		why_fact_add(&f, WHY_FACT_MOST, w->size_max);
		why_fact_add(&f, WHY_FACT_L2MTU, w->node.l2mtu);
	}
	add(w, &f);
}

// A master tells of it.
static void reported_find(struct why_node *w)
{
	enum why_cause cause = w->node.status == TOPO_OK     ? WHY_REPORTED
			       : w->node.status == TOPO_DOWN ? WHY_REPORTED_DOWN
							     : WHY_REPORTED_LATE;
	struct why_finding f;

	why_finding_init(&f, cause, WHY_NO_PORT);
	why_fact_add(&f, WHY_FACT_ID, w->id);
	why_fact_add(&f, WHY_FACT_MASTER, w->node.via_master);
	why_fact_add(&f, WHY_FACT_STATUS, w->node.status);
	why_fact_add(&f, WHY_FACT_AGE, age_of(&w->node));
	if (w->n_heard == 0)
		why_fact_add(&f, WHY_FACT_UNHEARD, 1);
	add(w, &f);
}

static void known_find(struct why_node *w)
{
	if (w->node.via_master != 0)
		reported_find(w);
	else if (w->node.status == TOPO_OK && w->node.has_path)
		well_find(w);
	else
		gone_find(w);
}

static void plain_add(struct why_node *w, enum why_cause cause)
{
	struct why_finding f;

	why_finding_init(&f, cause, WHY_NO_PORT);
	add(w, &f);
}

static void findings_collect(struct why_node *w)
{
	if (w->id == w->app->own_id) {
		plain_add(w, WHY_SELF);
		return;
	}
	if (!w->app->conf->romon.is_enabled)
		plain_add(w, WHY_ROMON_OFF);
	refused_find(w);
	mac_find(w);
	heard_find(w);
	twin_find(w);
	size_find(w);
	if (w->row >= 0) {
		known_find(w);
	} else if (w->findings.n == 0) { // nothing at all is known of it
		plain_add(w, discovery_counts(w->app).rounds == 0 ? WHY_NODE_UNSOUGHT : WHY_NODE_UNKNOWN);
		ports_find_wrong(w, false);
	}
	why_stream_find(w);
}

void why_node_look(struct why_node *out, const struct app *app, uint64_t id, uint32_t size)
{
	const struct topo *t = discovery_topo(app);
	struct why_node *w = out;

	*w = (struct why_node){.app = app, .id = id, .now_ms = base_mono_ms(), .size = size};
	w->row = topo_find(t, id);
	if (w->row >= 0 && !topo_node_at(t, (uint32_t)w->row, &w->node))
		w->row = -ENOENT;
	if (w->row >= 0)
		w->n_path = topo_path_ids(t, (uint32_t)w->row, w->path, BASE_ARRAY_LEN(w->path));
	w->size_max = size_max(w);
	heard_look(w);
	findings_collect(w);
}
