// SPDX-License-Identifier: BSD-3-Clause
// Why a node is not seen: what this node knows of its id, where the way to it ends, and what was refused of
// it. Control thread, under app_lock().
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base_clock.h"
#include "counters.h"
#include "discovery.h"
#include "ports.h"
#include "topo.h"
#include "trend.h"
#include "why.h"
#include "wire_parse.h"

struct why_node {
	struct app *app;
	uint64_t id;
	uint64_t now_ms;
	int64_t row; // of the inventory, or negative
	struct topo_node node;
	uint32_t n_path;
	uint64_t path[TOPO_PATH_MAX];
	uint64_t stops_at;       // first node of the path that does not answer; 0 = none
	uint64_t last_good;      // the one before it; 0 = this node itself
	bool is_heard;           // as a neighbor
	uint64_t heard_first_ms; // since when, monotonic; 0 = not heard
	uint32_t heard_slot;
	uint32_t size; // of a frame's payload that is asked about; 0 = of none
	struct schema_mem *mem;
	struct schema_heard_list heard;
	json_t *findings;
};

static void add(const struct why_node *w, const char *level, const struct why_text *t)
{
	struct why_fact fact = {.level = level};

	why_finding_add(w->findings, t, &fact);
}

static bool has_error(const struct why_node *w)
{
	json_t *row;
	size_t i;

	json_array_foreach (w->findings, i, row) {
		if (strcmp(json_string_value(json_object_get(row, "level")), "error") == 0)
			return true;
	}
	return false;
}

static const char *identity_of(const struct why_node *w, uint64_t id, char escaped[4 * TOPO_TEXT_LEN_MAX + 4])
{
	int64_t row = topo_find(discovery_topo(w->app), id);
	struct topo_node n;

	escaped[0] = '\0';
	if (row < 0 || !topo_node_at(discovery_topo(w->app), (uint32_t)row, &n) || n.identity[0] == '\0')
		return escaped;
	memcpy(escaped, " (", 2);
	size_t len = base_text_escape(escaped + 2, 4 * TOPO_TEXT_LEN_MAX + 1, n.identity, strlen(n.identity));
	memcpy(escaped + 2 + len, ")", 2);
	return escaped;
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

// Neighbors whose id it is, or whose MAC: people take one for the other.
static void heard_collect(struct why_node *w)
{
	for (uint32_t k = 0; k < w->app->n_workers; k++) {
		const struct nbr_table *t = dp_worker_neighbors(w->app->workers[k]);
		uint32_t now_ms = dp_worker_now_ms(w->app->workers[k]);
		uint32_t end = nbr_table_rows_end(t);
		struct nbr_row row;

		for (uint32_t i = 0; i < end; i++) {
			if (!nbr_table_row(t, i, &row) ||
				(row.id != w->id && nbr_key_mac(row.key) != w->id) ||
				!handlers_neighbor_is_current(w->app, &row, false))
				continue;
			uint32_t age_ms = (int32_t)(now_ms - row.last_ms) < 0 ? 0 : now_ms - row.last_ms;

			w->is_heard |= row.id == w->id;
			w->heard_slot = row.port;
			w->heard_first_ms = w->now_ms - (uint32_t)(now_ms - row.first_ms);
			*schema_add(w->mem, &w->heard) = (struct schema_heard){
				w->app->slots[row.port].name, nbr_key_mac(row.key), row.id, age_ms};
		}
	}
}

// Where it was heard; "" = nowhere.
static const char *heard_port(const struct why_node *w)
{
	return w->heard.n == 0 ? "" : w->heard.rows[0].port;
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
static void mac_find(const struct why_node *w)
{
	struct why_text t;

	if (w->is_heard || w->row >= 0 || w->heard.n == 0)
		return;
	why_text_init(&t);
	base_text_add(&t.cause, "this is no RoMON id that is known, but the MAC address of a neighbor on %s",
		heard_port(w));
	uint64_t id = w->heard.rows[0].id != 0 ? w->heard.rows[0].id : id_at_mac(w);
	struct why_word word = why_mac(id);
	if (id == 0)
		base_text_add(&t.mend, "it has not told its id yet: `romonctl discover --once` asks");
	else
		base_text_add(&t.mend, "its id is %s: `romonctl why %s`", word.text, word.text);
	add(w, "warning", &t);
}

// Was it heard after a whole round that it did not answer? One that died was heard till then, and no later.
static bool is_heard_silent(const struct why_node *w)
{
	const struct app_trend *trend = &w->app->slots[w->heard_slot].trend;

	if (w->row < 0) // asked since it is heard, with time to answer
		return discovery_counts(w->app).rounds == 0 ||
		       (trend_unanswered(trend, w->now_ms) > 0 &&
			       trend->asked_first_ms >= w->heard_first_ms) ||
		       trend_unanswered(trend, w->now_ms) > 1;
	if (w->node.has_path && w->node.status == TOPO_OK)
		return false;
	return w->heard.rows[0].age_ms + w->app->conf->discovery.interval_ms < age_of(&w->node);
}

static void heard_find(const struct why_node *w)
{
	struct why_text t;

	if (!w->is_heard || json_array_size(w->findings) > 0 || // those say why
		!is_heard_silent(w))
		return;
	why_text_init(&t);
	base_text_add(&t.cause, "it is heard as a neighbor on %s (%s, %s ago), but %s", heard_port(w),
		why_mac(w->heard.rows[0].mac_address).text, why_age(w->heard.rows[0].age_ms).text,
		discovery_counts(w->app).rounds == 0 ? "this node has asked nobody yet"
						     : "it answers none of our Discovers");
	if (discovery_counts(w->app).rounds == 0)
		base_text_add(&t.mend, "`romonctl discover --once`");
	else
		base_text_add(&t.mend,
			"a switch between may drop 01:80:c2:00:88:bf in our direction, or it refuses ours: "
			"compare channel and secrets with those there (RouterOS: "
			"/tool/romon/print, /tool/romon/port/print); `romonctl why %s`",
			heard_port(w));
	add(w, "warning", &t);
}

// --- two nodes with one id

static const char *slot_name(const struct app *app, uint8_t slot)
{
	return slot < SNAP_PORTS_MAX && app->slots[slot].is_used ? app->slots[slot].name : "(gone)";
}

static void twin_find(const struct why_node *w)
{
	const struct topo_twin *twin = &w->node.twin;
	char name[4 * TOPO_TEXT_LEN_MAX + 1];
	struct why_text t;

	if (w->row < 0 || !twin->is_there)
		return;
	why_text_init(&t);
	base_text_escape(name, sizeof(name), twin->identity, strlen(twin->identity));
	base_text_add(&t.cause, "two nodes have this id: one is heard by %s (its port is %s), the other",
		slot_name(w->app, twin->shown_port), why_mac(twin->shown_mac).text);
	base_text_add(&t.cause, "%s%s, by %s (%s): what one of them is told reaches the other",
		name[0] == '\0' ? "" : ", ", name, slot_name(w->app, twin->port), why_mac(twin->mac).text);
	base_text_add(&t.mend,
		"give one of them another id: `romon.id: auto` in romond's file; on RouterOS /tool/romon/set "
		"id=... (a copied configuration often brings it along)");
	add(w, "error", &t);
}

// --- what is refused

static void filters_find(const struct why_node *w)
{
	const struct conf *c = w->app->conf;
	struct why_text t;
	int f = why_filter_find(c, NULL, w->id, 0);

	if (f < 0)
		return;
	why_text_init(&t);
	base_text_add(&t.cause, "filters[%d] (port: %s) denies this id: its frames are dropped there", f,
		c->filters[f].port[0] == '\0' ? "all" : c->filters[f].port);
	base_text_add(&t.mend, "take %s out of `filters[%d].deny-id`", why_mac(w->id).text, f);
	why_text_file(w->app, &t.mend);
	add(w, "error", &t);
}

static void foreign_find(const struct why_node *w, const struct app_slot *slot)
{
	uint8_t own = w->app->conf->romon.channel;
	struct why_text t;

	for (int i = 0; i < APP_FOREIGN_MAX; i++) {
		const struct app_foreign *f = &slot->trend.foreign[i];

		if ((f->id != w->id && f->mac != w->id) || f->channel == own ||
			!trend_is_now(w->app, &slot->trend, f->at_ms))
			continue;
		why_text_init(&t);
		base_text_add(&t.cause,
			"wrong channel: it sends on channel %s (by %s, %s ago), this node is on channel %s",
			why_channel(f->channel).text, slot->name, why_age(w->now_ms - f->at_ms).text,
			why_channel(own).text);
		why_text_set(w->app, &t.mend, "romon.channel", "%s", why_channel(f->channel).text);
		base_text_add(&t.mend, "; or give it `romon.channel: %s`", why_channel(own).text);
		add(w, "error", &t);
		return;
	}
}

// The port's last bad frame is of this id.
static void bad_find(const struct why_node *w, const struct app_slot *slot)
{
	const struct app_bad_frame *bad = &slot->bad;
	struct wire_l2 l2;
	struct why_text t;

	if (bad->reason == DP_DROP_NONE || bad->reason == DP_DROP_CHANNEL ||
		wire_l2_parse(bad->bytes, bad->n_kept, &l2) != WIRE_OK ||
		bad->n_kept < (uint32_t)(l2.romon_off + WIRE_HDR_LEN) ||
		!trend_is_now(w->app, &slot->trend, bad->at_ms))
		return;
	const struct wire_hdr *h = (const struct wire_hdr *)(bad->bytes + l2.romon_off);
	const char *what = why_cause_text(bad->reason);
	struct why_port p;
	why_port_init(&p, w->app, (uint32_t)(slot - w->app->slots), &slot->trend.last);
	if (base_mac_u64(&h->src_id) != w->id || what == NULL || why_cause_is_over(&p, bad->reason))
		return;
	why_text_init(&t);
	base_text_add(&t.cause, "%s refuses its frames (%s, %s ago): %s", slot->name,
		dp_reason_name(bad->reason), why_age(w->now_ms - bad->at_ms).text, what);
	base_text_add(&t.mend, "`romonctl why %s` names the key that mends it", slot->name);
	add(w, bad->reason == DP_DROP_HOP_NOT_US || bad->reason == DP_DROP_LINK_UNKNOWN ? "warning" : "error",
		&t);
}

static void excess_find(const struct why_node *w, const struct app_slot *slot)
{
	struct why_text t;

	if (slot->trend.excess.src_id != w->id ||
		!trend_is_now(w->app, &slot->trend, slot->trend.excess.at_ms))
		return;
	why_text_init(&t);
	base_text_add(&t.cause,
		"it sends more Discovers by %s than the %" PRIu32
		" a second of limits.answers-per-origin: the rest is dropped",
		slot->name, w->app->conf->limits.answers_per_origin_pps);
	base_text_add(
		&t.mend, "find what asks so often there; RouterOS: close WinBox and /tool/romon/discover");
	add(w, "warning", &t);
}

static void refused_find(const struct why_node *w)
{
	filters_find(w);
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &w->app->slots[s];

		if (!slot->is_used)
			continue;
		foreign_find(w, slot);
		bad_find(w, slot);
		excess_find(w, slot);
	}
}

// --- the way

// Our ports behind which a first hop may be, if something is wrong with them now.
static void ports_find_wrong(const struct why_node *w, const char *what)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &w->app->slots[s];
		struct app_totals totals;
		struct why_port p;
		struct why_text t;

		if (!slot->is_used)
			continue;
		counters_port(w->app, s, &totals);
		why_port_init(&p, w->app, s, &totals);
		if (p.is_relay)
			continue;
		json_t *list = json_array();
		why_port_findings(&p, list, NULL);
		json_t *first = json_array_get(list, 0);
		const char *level = json_string_value(json_object_get(first, "level"));
		if (level != NULL && strcmp(level, "error") == 0) {
			why_text_init(&t);
			base_text_add(&t.cause, "%s may be behind %s: %s", what, slot->name,
				json_string_value(json_object_get(first, "cause")));
			base_text_add(&t.mend, "%s", json_string_value(json_object_get(first, "mend")));
			add(w, "warning", &t);
		}
		json_decref(list);
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

static void gone_find(struct why_node *w)
{
	char name[4 * TOPO_TEXT_LEN_MAX + 4];
	struct why_text t;

	stop_find(w);
	why_text_init(&t);
	if (w->stops_at == w->id)
		base_text_add(&t.cause, "it is %s: it last answered %s ago", topo_status_name(w->node.status),
			why_age(age_of(&w->node)).text);
	else
		base_text_add(&t.cause, "the way to it ends at %s%s, which is %s", why_mac(w->stops_at).text,
			identity_of(w, w->stops_at, name), topo_status_name(status_of(w, w->stops_at)));
	if (w->last_good != 0) {
		base_text_add(&t.cause, "; the hop before it, %s%s, still answers",
			why_mac(w->last_good).text, identity_of(w, w->last_good, name));
		base_text_add(&t.mend,
			"look at the link behind %s: power, cable, its port; `romonctl ping %s` shows that "
			"the way so far is good; on RouterOS there: /interface/print where running=no, "
			"/tool/romon/port/print",
			why_mac(w->last_good).text, why_mac(w->last_good).text);
		add(w, "error", &t);
		return;
	}
	base_text_add(&t.mend,
		"it is the first hop from here: power, cable, and RoMON there (RouterOS: /tool/romon/set "
		"enabled=yes)%s%s",
		w->heard.n > 0 ? "; `romonctl why " : "", w->heard.n > 0 ? heard_port(w) : "");
	if (w->heard.n > 0)
		base_text_add(&t.mend, "`");
	add(w, "error", &t);
	ports_find_wrong(w, w->stops_at == w->id ? "it" : "the first hop");
}

// The longest ping, as `romonctl ping --size` counts it, whose frames fit the path; 0 = not known, or none.
static uint32_t size_max(const struct why_node *w)
{
	uint32_t taken = WIRE_HDR_LEN + w->node.hops * WIRE_HOP_LEN + (uint32_t)sizeof(struct wire_services);

	return w->row >= 0 && w->node.has_path && w->node.l2mtu > taken ? w->node.l2mtu - taken : 0;
}

// What is asked about is longer than what the least link of the path takes.
static void size_find(const struct why_node *w)
{
	uint32_t most = size_max(w);
	struct why_text t;

	if (w->size == 0 || most == 0 || w->size <= most)
		return;
	why_text_init(&t);
	base_text_add(&t.cause,
		"%u bytes do not fit: the least l2mtu on the path to it is %u, and over %u hops that leaves "
		"%u "
		"bytes",
		w->size, w->node.l2mtu, w->node.hops, most);
	base_text_add(&t.mend,
		"`romonctl ping %s --size %u`; or raise the MTU of the link with the least: `romonctl links` "
		"(`ip link set DEVICE mtu N` at both ends; on RouterOS /interface/ethernet/print, l2mtu)",
		why_mac(w->id).text, most);
	add(w, "error", &t);
}

static void well_find(const struct why_node *w)
{
	const struct conf *c = w->app->conf;
	uint64_t age_ms = age_of(&w->node);
	struct why_text t;

	why_text_init(&t);
	if (w->node.hops > c->romon.hop_limit + 1u) {
		base_text_add(&t.cause, "it is %u hops away, and romon.hop-limit is %u", w->node.hops,
			c->romon.hop_limit);
		why_text_set(w->app, &t.mend, "romon.hop-limit", "%u",
			w->node.hops < WIRE_HOPS_MAX ? w->node.hops : WIRE_HOPS_MAX);
		add(w, "error", &t);
		return;
	}
	if (w->node.is_stale) {
		base_text_add(&t.cause, "it answers, but a part of its path was not described lately");
		base_text_add(
			&t.mend, "`romonctl discover --once`, then `romonctl ping %s`", why_mac(w->id).text);
		add(w, "warning", &t);
		return;
	}
	if (has_error(w)) // it answered before what those tell
		return;
	bool was_asked = c->romon.role == CONF_ROLE_MASTER || age_ms < 2 * trend_window_ms(w->app);
	base_text_add(&t.cause, "it answered %s ago: %u hops, cost %" PRIu32 "%s", why_age(age_ms).text,
		w->node.hops, w->node.cost,
		was_asked ? "" : "; nobody has asked since, for this node is an agent");
	if (size_max(w) > 0)
		base_text_add(&t.cause, "; a ping of up to %u bytes fits its path (l2mtu %u)", size_max(w),
			w->node.l2mtu);
	base_text_add(&t.mend, was_asked ? "nothing" : "`romonctl discover --once`");
	add(w, was_asked ? "ok" : "warning", &t);
}

static void reported_find(const struct why_node *w)
{
	struct why_text t;

	why_text_init(&t);
	if (w->node.status == TOPO_DOWN)
		base_text_add(&t.cause, "it is down, as the master %s reports: it last answered there %s ago",
			why_mac(w->node.via_master).text, why_age(age_of(&w->node)).text);
	else
		base_text_add(&t.cause, "only the master %s reports it (%s, %s ago)",
			why_mac(w->node.via_master).text, topo_status_name(w->node.status),
			why_age(age_of(&w->node)).text);
	if (w->heard.n == 0)
		base_text_add(&t.cause, "; this node has not heard it itself");
	base_text_add(&t.mend, "`romonctl why %s`; ask on that master: `romonctl why %s`",
		why_mac(w->node.via_master).text, why_mac(w->id).text);
	add(w, w->node.status == TOPO_OK ? "ok" : w->node.status == TOPO_DOWN ? "error" : "warning", &t);
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

// Nothing at all is known of it.
static void unknown_find(const struct why_node *w)
{
	uint64_t rounds = discovery_counts(w->app).rounds;
	struct why_text t;

	why_text_init(&t);
	base_text_add(&t.cause, "it was never heard%s",
		rounds == 0 ? ", and this node has asked nobody yet"
			    : ", neither as a neighbor nor by an answer");
	base_text_add(&t.mend,
		"`romonctl discover --once`, then `romonctl ping` the last node on the way that answers; on "
		"RouterOS there: /tool/romon/print (enabled=yes, id) and /tool/romon/port/print (forbid=no)");
	add(w, rounds == 0 ? "warning" : "error", &t);
	ports_find_wrong(w, "it");
}

static void findings_collect(struct why_node *w)
{
	struct why_text t;

	if (w->id == w->app->own_id) {
		why_text_init(&t);
		base_text_add(&t.cause, "this is the node that you ask");
		base_text_add(&t.mend, "`romonctl status`, `romonctl why`");
		add(w, "ok", &t);
		return;
	}
	if (!w->app->conf->romon.is_enabled) {
		why_text_init(&t);
		base_text_add(&t.cause, "RoMON is off on this node");
		why_text_set(w->app, &t.mend, "romon.enabled", "true");
		add(w, "error", &t);
	}
	refused_find(w);
	mac_find(w);
	heard_find(w);
	twin_find(w);
	size_find(w);
	if (w->row >= 0)
		known_find(w);
	else if (json_array_size(w->findings) == 0)
		unknown_find(w);
}

static void path_add(const struct why_node *w, struct schema_station_list *list)
{
	const struct topo *t = discovery_topo(w->app);

	for (uint32_t i = 0; i < w->n_path; i++) {
		int64_t row = topo_find(t, w->path[i]);
		struct topo_node n;
		bool is_known = row >= 0 && topo_node_at(t, (uint32_t)row, &n);

		*schema_add(w->mem, list) = (struct schema_station){w->path[i],
			is_known ? schema_mem_text(w->mem, "%s", n.identity) : "",
			topo_status_name(is_known ? n.status : TOPO_STATUS_INVALID)};
	}
}

struct schema_why_node *why_node_make(
	struct app *app, uint64_t id, const char *name, uint32_t size, struct schema_mem *mem)
{
	const struct topo *t = discovery_topo(app);
	struct schema_why_node *out = schema_mem_new(mem, sizeof(*out));
	struct why_node w = {.app = app,
		.id = id,
		.now_ms = base_mono_ms(),
		.size = size,
		.mem = mem,
		.findings = schema_mem_keep(mem, json_array())};

	w.row = topo_find(t, id);
	if (w.row >= 0 && !topo_node_at(t, (uint32_t)w.row, &w.node))
		w.row = -ENOENT;
	if (w.row >= 0)
		w.n_path = topo_path_ids(t, (uint32_t)w.row, w.path, BASE_ARRAY_LEN(w.path));
	heard_collect(&w);
	findings_collect(&w);
	out->id = id;
	out->asked = name;
	out->is_self = id == app->own_id;
	out->heard = w.heard;
	path_add(&w, &out->path);
	out->stops_at = w.stops_at;
	out->last_good = w.last_good;
	out->size_max_bytes = size_max(&w) > 0 ? size_max(&w) : SCHEMA_NONE;
	out->findings = w.findings;
	return out;
}
