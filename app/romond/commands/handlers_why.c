// SPDX-License-Identifier: BSD-3-Clause
// why: of a port, or of a node by its RoMON id or identity. Under app_lock().
#include <string.h>

#include "api_args.h"
#include "base_clock.h"
#include "counters.h"
#include "discovery.h"
#include "handlers.h"
#include "ports.h"
#include "topo.h"
#include "trend.h"
#include "why.h"
#include "wire_describe.h"
#include "wire_name.h"

// Lines of text as a JSON array.
static json_t *lines_json(char *text)
{
	json_t *list = json_array();
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		json_array_append_new(list, json_string(line));
	return list;
}

static json_t *last_bad_json(const struct app_bad_frame *bad)
{
	char hex[2 * APP_BAD_LEN_MAX + 1];
	char lines[4096];
	struct base_text hex_text;
	struct base_text text;

	if (bad->reason == DP_DROP_NONE)
		return json_null();
	base_text_init(&hex_text, hex, sizeof(hex));
	for (uint32_t i = 0; i < bad->n_kept; i++)
		base_text_add(&hex_text, "%02x", bad->bytes[i]);
	base_text_init(&text, lines, sizeof(lines));
	wire_describe(&text, bad->bytes, bad->n_kept);
	return json_pack("{s:s, s:I, s:i, s:s, s:o}", "reason", dp_reason_name(bad->reason), "age-ms",
		(json_int_t)(base_mono_ms() - bad->at_ms), "length", (int)bad->len, "hex", hex, "decoded",
		lines_json(lines));
}

static json_t *age_json(uint64_t at_ms)
{
	return at_ms == 0 ? json_null() : json_integer((json_int_t)(base_mono_ms() - at_ms));
}

json_t *handlers_types_of(const struct app_totals *t)
{
	json_t *list = json_array();

	for (uint8_t type = WIRE_TYPE_DISCOVER; type < WIRE_N_TYPES; type++) {
		if (t->rx_types[type] > 0)
			json_array_append_new(list, json_pack("{s:s, s:I}", "type", wire_type_name(type),
							    "count", (json_int_t)t->rx_types[type]));
	}
	return list;
}

// The same, and when each was last.
static json_t *types_json(const struct app_slot *slot, const struct app_totals *t)
{
	json_t *list = handlers_types_of(t);
	size_t i = 0;

	for (uint8_t type = WIRE_TYPE_DISCOVER; type < WIRE_N_TYPES; type++) {
		if (t->rx_types[type] > 0)
			json_object_set_new(
				json_array_get(list, i++), "age-ms", age_json(slot->trend.types_ms[type]));
	}
	return list;
}

// As in `drops`, and when each was last.
static json_t *drops_json(const struct app_slot *slot, const struct app_totals *t)
{
	json_t *list = handlers_drops_of(slot->name, t, false);
	size_t i = 0;

	for (enum dp_reason r = DP_DROP_NONE + 1; r < DP_N_REASONS; r++) {
		if (t->drops[r] > 0)
			json_object_set_new(
				json_array_get(list, i++), "age-ms", age_json(slot->trend.drops_ms[r]));
	}
	return list;
}

// The last sender of another channel; null = none.
static json_t *foreign_json(const struct app_slot *slot)
{
	const struct app_foreign *last = &slot->trend.foreign[0];

	for (int i = 1; i < APP_FOREIGN_MAX; i++) {
		if (slot->trend.foreign[i].at_ms > last->at_ms)
			last = &slot->trend.foreign[i];
	}
	if (last->at_ms == 0)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "channel",
		last->channel == 0 ? json_string("default") : json_integer(last->channel), "mac-address",
		handlers_mac(last->mac), "id", handlers_mac(last->id), "age-ms", age_json(last->at_ms));
}

static json_t *port_json(const struct app *app, uint32_t s)
{
	const struct app_slot *slot = &app->slots[s];
	json_t *findings = json_array();
	json_t *earlier = json_array();
	struct why_port p;

	why_port_init(&p, app, s, &slot->trend.last);
	why_port_findings(&p, findings, earlier);
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "port", slot->name,
		"mode", p.is_relay ? "relay" : "node", "state", p.state, "rx-frames",
		(json_int_t)p.totals->rx_frames, "rx-age-ms", age_json(slot->trend.rx_ms), "types",
		types_json(slot, p.totals), "drops", drops_json(slot, p.totals), "last-bad",
		last_bad_json(&slot->bad), "foreign-channel", foreign_json(slot), "findings", findings,
		"earlier", earlier);
}

// The node that a text names: an id, our identity, or one of the inventory. 0: err says why it is none.
static uint64_t node_of(const struct app *app, const char *text, bool is_maybe_port, struct api_error *err)
{
	struct base_mac mac;
	uint32_t n = 0;

	if (text[0] == '\0') {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "expected a port, a RoMON id or an identity");
		return 0;
	}
	if (base_mac_parse(text, &mac) == 0 && base_mac_u64(&mac) != 0)
		return base_mac_u64(&mac);
	if (strcmp(text, app->conf->romon.identity) == 0 && app->own_id != 0)
		return app->own_id;
	uint64_t id = handlers_node_named(app, text, &n);
	if (n > 1)
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"%u nodes are called %s: name one by its id; `romonctl nodes`", n, text);
	else if (n == 0)
		api_fail(err, API_ERROR_NOT_FOUND,
			"%s node that is called %s is known: `romonctl discover --once` asks who is there, "
			"and "
			"`romonctl why ID` tells of a node that does not answer",
			is_maybe_port ? "no port and no" : "no", text);
	return id;
}

static json_t *node_json(struct app *app, uint64_t id, const char *name, uint32_t size)
{
	int64_t row = topo_find(discovery_topo(app), id);
	json_t *known = row < 0 ? NULL : handlers_node_json(app, (uint32_t)row);

	return json_pack("[o]", why_node_json(app, id, name, size, known != NULL ? known : json_null()));
}

json_t *handle_why(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"port", "id", "what", "size"};
	struct app *app = ctx;
	const char *id_text;
	const char *what;
	uint64_t size;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_text(args, "id", NULL, &id_text, err) != 0 ||
		api_args_text(args, "what", NULL, &what, err) != 0 ||
		api_args_u64(args, "size", 0, UINT16_MAX, 0, &size, err) != 0)
		return NULL;
	int only = what != NULL ? ports_find(app, what) : handlers_slot(app, args, err);
	trend_look(app);
	if (only < 0 && what == NULL)
		return NULL;
	if (id_text != NULL || only < 0) {
		const char *name = id_text != NULL ? id_text : what;
		uint64_t id = node_of(app, name, id_text == NULL, err);

		return id == 0 ? NULL : node_json(app, id, name, (uint32_t)size);
	}
	json_t *list = json_array();
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (handlers_slot_is_asked(app, s, only))
			json_array_append_new(list, port_json(app, s));
	}
	return list;
}
