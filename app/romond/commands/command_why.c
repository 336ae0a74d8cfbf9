// SPDX-License-Identifier: BSD-3-Clause
// port: all of one port. why: of a port, or of a node by its RoMON id or identity. Under app_lock().
#include <string.h>

#include "base_clock.h"
#include "counters.h"
#include "discovery.h"
#include "handlers.h"
#include "target.h"
#include "topo.h"
#include "trend.h"
#include "why.h"
#include "wire_describe.h"
#include "wire_name.h"

#define CAUSE_LEN 640
#define MEND_LEN  960

// Lines of text.
static void lines_add(struct schema_texts *list, struct schema_mem *mem, char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		*schema_add(mem, list) = schema_mem_text(mem, "%s", line);
}

static struct schema_last_bad *last_bad_make(const struct app_bad_frame *bad, struct schema_mem *mem)
{
	char hex[2 * APP_BAD_LEN_MAX + 1];
	char lines[4096];
	struct base_text hex_text;
	struct base_text text;

	if (bad->reason == DP_DROP_NONE)
		return NULL;
	base_text_init(&hex_text, hex, sizeof(hex));
	for (uint32_t i = 0; i < bad->n_kept; i++)
		base_text_add(&hex_text, "%02x", bad->bytes[i]);
	base_text_init(&text, lines, sizeof(lines));
	wire_describe(&text, bad->bytes, bad->n_kept);
	struct schema_last_bad *out = schema_mem_new(mem, sizeof(*out));
	out->reason = dp_reason_name(bad->reason);
	out->age_ms = base_mono_ms() - bad->at_ms;
	out->length = bad->len;
	out->hex = schema_mem_text(mem, "%s", hex);
	lines_add(&out->decoded, mem, lines);
	return out;
}

static uint64_t age_of(uint64_t at_ms)
{
	return at_ms == 0 ? SCHEMA_NONE : base_mono_ms() - at_ms;
}

void handlers_types_add(struct schema_rx_type_list *list, struct schema_mem *mem, const struct app_totals *t)
{
	for (uint8_t type = WIRE_TYPE_DISCOVER; type < WIRE_N_TYPES; type++) {
		if (t->rx_types[type] > 0)
			*schema_add(mem, list) =
				(struct schema_rx_type){wire_type_name(type), t->rx_types[type]};
	}
}

// Frames received and dropped, and when each kind was last.
static void types_add(struct schema_type_seen_list *list, struct schema_mem *mem, const struct app_slot *slot,
	const struct app_totals *t)
{
	for (uint8_t type = WIRE_TYPE_DISCOVER; type < WIRE_N_TYPES; type++) {
		if (t->rx_types[type] > 0)
			*schema_add(mem, list) =
				(struct schema_type_seen){{wire_type_name(type), t->rx_types[type]},
					age_of(slot->trend.types_ms[type])};
	}
}

static void drops_add(struct schema_drop_seen_list *list, struct schema_mem *mem, const struct app_slot *slot,
	const struct app_totals *t)
{
	for (enum dp_reason r = DP_DROP_NONE + 1; r < DP_N_REASONS; r++) {
		if (t->drops[r] > 0)
			*schema_add(mem, list) = (struct schema_drop_seen){
				{dp_reason_name(r), slot->name, t->drops[r], dp_reason_help(r)},
				age_of(slot->trend.drops_ms[r])};
	}
}

// The last sender of another channel; NULL = none.
static struct schema_foreign *foreign_make(const struct app_slot *slot, struct schema_mem *mem)
{
	const struct app_foreign *last = trend_foreign_last(&slot->trend);

	if (last == NULL)
		return NULL;
	struct schema_foreign *out = schema_mem_new(mem, sizeof(*out));
	*out = (struct schema_foreign){last->channel, last->mac, last->id, age_of(last->at_ms)};
	return out;
}

void handlers_findings_add(struct schema_finding_list *out, struct schema_mem *mem, const struct app *app,
	const struct why_list *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		const struct why_finding *f = &list->rows[i];
		char cause_buf[CAUSE_LEN];
		char mend_buf[MEND_LEN];
		struct base_text cause;
		struct base_text mend;

		base_text_init(&cause, cause_buf, sizeof(cause_buf));
		base_text_init(&mend, mend_buf, sizeof(mend_buf));
		why_sentence_cause(app, f, &cause);
		why_sentence_mend(app, f, &mend);
		*schema_add(mem, out) = (struct schema_finding){
			.level = why_level_name(why_cause_level(f->cause)),
			.cause_id = why_cause_name(f->cause),
			.cause = schema_mem_text(mem, "%s", cause_buf),
			.mend = schema_mem_text(mem, "%s", mend_buf),
			.reason = f->reason,
			.count = f->count,
			.age_ms = f->reason == NULL ? SCHEMA_NONE : f->age_ms,
		};
	}
}

static struct schema_why_port *port_make(const struct app *app, uint32_t s, struct schema_mem *mem)
{
	const struct app_slot *slot = &app->slots[s];
	struct schema_why_port *out = schema_mem_new(mem, sizeof(*out));
	struct why_list findings = {.n = 0};
	struct why_list earlier = {.n = 0};
	struct why_port p;

	why_port_init(&p, app, s, &slot->trend.last);
	out->port = slot->name;
	out->mode = p.is_relay ? "relay" : "node";
	out->state = slots_state_name(p.state);
	out->rx_frames = p.totals->rx_frames;
	out->rx_age_ms = age_of(slot->trend.rx_ms);
	types_add(&out->types, mem, slot, p.totals);
	drops_add(&out->drops, mem, slot, p.totals);
	out->last_bad = last_bad_make(&slot->bad, mem);
	out->foreign_channel = foreign_make(slot, mem);
	why_port_findings(&p, &findings, &earlier);
	handlers_findings_add(&out->findings, mem, app, &findings);
	handlers_findings_add(&out->earlier, mem, app, &earlier);
	return out;
}

// The node that a text names: an id, our identity, or one of the inventory. 0: err says why it is none.
static uint64_t node_of(const struct app *app, const char *text, bool is_maybe_port, struct api_error *err)
{
	struct target target;

	if (text[0] == '\0') {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "expected a port, a RoMON id or an identity");
		return 0;
	}
	if (target_read(app, text, &target, err) != 0)
		return 0;
	if (target.id == 0)
		api_fail(err, API_ERROR_NOT_FOUND,
			"%s node that is called %s is known: `romonctl discover --once` asks who is there, and `romonctl why ID` tells of a node that does not answer",
			is_maybe_port ? "no port and no" : "no", text);
	return target.id;
}

static void path_add(const struct why_node *w, struct schema_station_list *list, struct schema_mem *mem)
{
	const struct topo *t = discovery_topo(w->app);

	for (uint32_t i = 0; i < w->n_path; i++) {
		int64_t row = topo_find(t, w->path[i]);
		struct topo_node n;
		bool is_known = row >= 0 && topo_node_at(t, (uint32_t)row, &n);

		*schema_add(mem, list) = (struct schema_station){w->path[i],
			is_known ? schema_mem_text(mem, "%s", n.identity) : "",
			topo_status_name(is_known ? n.status : TOPO_STATUS_INVALID)};
	}
}

static struct schema_why_node *node_make(
	struct app *app, uint64_t id, const char *name, uint32_t size, struct schema_mem *mem)
{
	struct schema_why_node *out = schema_mem_new(mem, sizeof(*out));
	struct why_heard h = {0};
	struct why_node w;

	why_node_look(&w, app, id, size);
	out->id = id;
	out->asked = name;
	out->is_self = id == app->own_id;
	if (w.row >= 0) {
		out->node = schema_mem_new(mem, sizeof(*out->node));
		handlers_node_fill(app, (uint32_t)w.row, out->node, mem);
	}
	while (why_heard_next(app, id, &h))
		*schema_add(mem, &out->heard) =
			(struct schema_heard){app->slots[h.slot].name, h.mac, h.id, h.age_ms};
	path_add(&w, &out->path, mem);
	out->stops_at = w.stops_at;
	out->last_good = w.last_good;
	out->size_max_bytes = w.size_max > 0 ? w.size_max : SCHEMA_NONE;
	handlers_findings_add(&out->findings, mem, app, &w.findings);
	return out;
}

void handle_why(struct app *app, const struct schema_why_args *in, struct schema_why_list *out,
	struct schema_call *call)
{
	int only = in->what != NULL ? slots_find(app, in->what) : slot_arg_read(app, in->port, call->err);

	trend_look(app);
	if (only < 0 && in->what == NULL)
		return;
	if (in->id != NULL || only < 0) {
		const char *name = in->id != NULL ? in->id : in->what;
		uint64_t id = node_of(app, name, in->id == NULL, call->err);

		if (id != 0)
			schema_add(&call->mem, out)->node =
				node_make(app, id, name, (uint32_t)in->size, &call->mem);
		return;
	}
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (slot_arg_is_asked(app, s, only))
			schema_add(&call->mem, out)->port = port_make(app, s, &call->mem);
	}
}

// The signing state of a port, from all of them; NULL of a relay port.
static struct schema_secret *signing_find(const struct schema_secret_list *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->rows[i].port, name) == 0)
			return &all->rows[i];
	}
	return NULL;
}

// The page is put together of what other commands answer about the port.
void handle_port(struct app *app, const struct schema_port_args *in, struct schema_port_page *out,
	struct schema_call *call)
{
	struct schema_neighbors_args neighbors = {.count = in->count, .port = in->name};
	struct schema_why_args why = {.port = in->name};
	struct schema_nothing_args nothing = {0};
	struct schema_secret_list secrets = {0};
	struct schema_port_list ports = {0};
	struct schema_why_list whys = {0};

	handle_neighbors(app, &neighbors, &out->heard, call);
	if (call->err->code == API_ERROR_INVALID)
		handle_why(app, &why, &whys, call);
	handle_secrets(app, &nothing, &secrets, call);
	handle_ports(app, &nothing, &ports, call);
	if (call->err->code != API_ERROR_INVALID)
		return;
	for (size_t i = 0; i < ports.n; i++) {
		if (strcmp(ports.rows[i].name, in->name) == 0)
			out->port = ports.rows[i];
	}
	const struct app_trend *trend = &app->slots[slots_find(app, in->name)].trend;
	out->rx_frames_per_s = trend->rx_pps;
	out->tx_frames_per_s = trend->tx_pps;
	out->why = whys.n > 0 ? whys.rows[0].port : NULL;
	out->signing = signing_find(&secrets, in->name);
}
