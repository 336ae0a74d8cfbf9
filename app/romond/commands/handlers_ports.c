// SPDX-License-Identifier: BSD-3-Clause
// ports, drops, secrets. Under app_lock().
#include <string.h>

#include "api_args.h"
#include "counters.h"
#include "handlers.h"
#include "ports.h"
#include "signers.h"

static uint16_t l2mtu_of(const struct conf_port *c, const struct app_dev *d)
{
	if (d == NULL || d->dev == NULL)
		return 0;
	return (uint16_t)(c->vlan != 0 ? d->dev->mtu - WIRE_VLAN_LEN : d->dev->mtu);
}

// Why the port has this driver, or why it has none.
static const char *why_of(const struct app_dev *d)
{
	if (d == NULL)
		return "disabled in the configuration";
	return d->dev != NULL ? d->dev->why : d->error;
}

// Why it cannot be opened (null: it is open, or disabled), and what an open port should be looked at for.
static void trouble_add(json_t *row, const struct app_dev *d)
{
	bool is_absent = d != NULL && d->dev == NULL && d->err != 0;
	const char *warning = d == NULL || d->dev == NULL ? "" : d->dev->warning;

	json_object_set_new(row, "error", is_absent ? handlers_text(d->error) : json_null());
	json_object_set_new(
		row, "error-name", is_absent ? json_string(strerrorname_np(d->err)) : json_null());
	json_object_set_new(row, "tries", json_integer(is_absent ? d->n_failures : 0));
	json_object_set_new(row, "warning", warning[0] == '\0' ? json_null() : handlers_text(warning));
}

static void counters_add(json_t *row, const struct app_totals *t, const struct app_dev *d)
{
	struct port_dev_stats stats = {.rx_missed = 0};

	if (d != NULL && d->dev != NULL)
		port_dev_stats(d->dev, &stats);
	json_object_set_new(row, "rx-frames", json_integer((json_int_t)t->rx_frames));
	json_object_set_new(row, "rx-bytes", json_integer((json_int_t)t->rx_bytes));
	json_object_set_new(row, "rx-drops", json_integer((json_int_t)counters_drops_sum(t)));
	json_object_set_new(row, "rx-missed", json_integer((json_int_t)(stats.rx_missed + stats.rx_nombuf)));
	json_object_set_new(row, "tx-frames", json_integer((json_int_t)t->tx_frames));
	json_object_set_new(row, "tx-bytes", json_integer((json_int_t)t->tx_bytes));
	json_object_set_new(row, "tx-drops",
		json_integer((
			json_int_t)(t->tx_lost + t->drops[DP_DROP_TX_FULL] + t->drops[DP_DROP_ACROSS_FULL])));
	json_object_set_new(row, "forwarded", json_integer((json_int_t)t->tx_originals));
	json_object_set_new(row, "delivered", json_integer((json_int_t)t->delivered));
	json_object_set_new(row, "at-us", handlers_at_us());
}

static json_t *port_row(const struct app *app, uint32_t s)
{
	const struct app_slot *slot = &app->slots[s];
	const struct conf_port *c = ports_conf(app, slot);
	const struct app_dev *d = ports_dev(app, slot);
	const struct port_dev *dev = d == NULL ? NULL : d->dev;
	bool is_relay = c->mode == CONF_MODE_RELAY;
	struct app_totals t;

	counters_port(app, s, &t);
	json_t *row = json_pack("{s:s, s:i, s:o, s:s, s:o, s:s, s:o, s:s, s:o, s:i, s:i, s:i, s:i, s:o, s:o}",
		"name", slot->name, "link-id", (int)c->link_id, "mac",
		dev == NULL ? json_null() : handlers_mac(base_mac_u64(&dev->mac)), "mode",
		is_relay ? "relay" : "node", "group",
		is_relay ? json_string(app->conf->groups[c->group_idx].name) : json_null(), "state",
		ports_state(app, slot), "device", handlers_text(c->device), "driver",
		dev == NULL ? "" : dev->driver, "driver-why", handlers_text(why_of(d)), "vlan", (int)c->vlan,
		"l2mtu", (int)l2mtu_of(c, d), "cost", (int)c->cost, "speed-mbps",
		dev == NULL ? 0 : (int)dev->speed_mbps, "worker",
		dev == NULL ? json_null() : json_integer(d->worker), "comment", handlers_text(c->comment));
	if (row != NULL) {
		trouble_add(row, d);
		counters_add(row, &t, d);
	}
	return row;
}

// Rows in the order of the configuration.
json_t *handle_ports(void *ctx, json_t *args, struct api_error *err)
{
	struct app *app = ctx;

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	json_t *list = json_array();
	for (uint32_t i = 0; i < app->conf->n_ports; i++) {
		int s = ports_find(app, app->conf->ports[i].name);

		if (s >= 0)
			json_array_append_new(list, port_row(app, (uint32_t)s));
	}
	return list;
}

json_t *handlers_drops_of(const char *port, const struct app_totals *t, bool with_zero)
{
	json_t *list = json_array();

	for (enum dp_reason r = DP_DROP_NONE + 1; r < DP_N_REASONS; r++) {
		if (t->drops[r] == 0 && !with_zero)
			continue;
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:I, s:s}", "reason", dp_reason_name(r), "port", port,
				      "count", (json_int_t)t->drops[r], "help", dp_reason_help(r)));
	}
	return list;
}

json_t *handle_drops(void *ctx, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"port", "all"};
	struct app *app = ctx;
	bool with_zero;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_bool(args, "all", false, &with_zero, err) != 0)
		return NULL;
	int only = handlers_slot(app, args, err);
	if (only < 0)
		return NULL;
	json_t *list = json_array();
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		struct app_totals t;

		if (!handlers_slot_is_asked(app, s, only))
			continue;
		counters_port(app, s, &t);
		json_t *of_port = handlers_drops_of(app->slots[s].name, &t, with_zero);
		json_array_extend(list, of_port);
		json_decref(of_port);
	}
	return list;
}

// How its neighbors sign.
static void signers_add(json_t *row, const struct signers_count *count)
{
	static const char *const keys[] = {"neighbors-unsigned", "neighbors-entry-1", "neighbors-entry-2",
		"neighbors-entry-3", "neighbors-entry-4"};
	_Static_assert(BASE_ARRAY_LEN(keys) == CONF_SECRETS_MAX + 1, "one for each entry");

	json_object_set_new(row, "neighbors", json_integer(count->n));
	for (size_t i = 0; i < BASE_ARRAY_LEN(keys); i++)
		json_object_set_new(row, keys[i], json_integer(count->n_entry[i]));
	json_object_set_new(row, "neighbors-unknown", json_integer(count->n_unknown));
}

// What a port does with secrets; never which they are.
static json_t *secrets_row(
	const struct conf *conf, const struct conf_port *p, const struct signers_count *count)
{
	const struct conf_secrets *effective = conf_port_secrets(conf, p);
	bool accepts_unsigned = effective->n == 0;
	bool signs = effective->n > 0 && effective->text[0][0] != '\0';

	for (uint32_t i = 0; i < effective->n; i++)
		accepts_unsigned |= effective->text[i][0] == '\0';
	json_t *row = json_pack("{s:s, s:i, s:i, s:b, s:s, s:s, s:b}", "port", p->name, "own",
		(int)p->secrets.n, "effective", (int)effective->n, "signs", signs, "list",
		p->secrets.n > 0   ? "port"
		: effective->n > 0 ? "global"
				   : "none",
		"sends", signs ? "signed" : "unsigned", "accepts-unsigned", accepts_unsigned);
	signers_add(row, count);
	return row;
}

json_t *handle_secrets(void *ctx, json_t *args, struct api_error *err)
{
	struct signers_count counts[SNAP_PORTS_MAX];
	struct app *app = ctx;

	if (api_args_only(args, NULL, 0, err) != 0)
		return NULL;
	struct signers *signers = signers_read(app);
	if (signers == NULL) {
		api_fail(err, API_ERROR_FAILED, "out of memory");
		return NULL;
	}
	signers_count(signers, counts);
	signers_free(signers);
	json_t *list = json_array();
	for (uint32_t i = 0; i < app->conf->n_ports; i++) {
		const struct conf_port *p = &app->conf->ports[i];
		int s = ports_find(app, p->name);

		if (p->mode == CONF_MODE_NODE && s >= 0)
			json_array_append_new(list, secrets_row(app->conf, p, &counts[s]));
	}
	return list;
}
