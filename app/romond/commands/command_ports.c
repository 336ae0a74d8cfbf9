// SPDX-License-Identifier: BSD-3-Clause
// ports, drops, secrets. Under app_lock().
#include <string.h>

#include "base_clock.h"
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
static void trouble_fill(struct schema_port *out, const struct app_dev *d)
{
	bool is_absent = d != NULL && d->dev == NULL && d->err != 0;

	out->error = is_absent ? d->error : NULL;
	out->error_name = is_absent ? strerrorname_np(d->err) : NULL;
	out->tries = is_absent ? d->n_failures : 0;
	out->warning = d != NULL && d->dev != NULL && d->dev->warning[0] != '\0' ? d->dev->warning : NULL;
}

static void counters_fill(struct schema_port *out, const struct app_totals *t, const struct app_dev *d)
{
	struct port_dev_stats stats = {.rx_missed = 0};

	if (d != NULL && d->dev != NULL)
		port_dev_stats(d->dev, &stats);
	out->rx_frames = t->rx_frames;
	out->rx_bytes = t->rx_bytes;
	out->rx_drops = counters_drops_sum(t);
	out->rx_missed = stats.rx_missed + stats.rx_nombuf;
	out->tx_frames = t->tx_frames;
	out->tx_bytes = t->tx_bytes;
	out->tx_drops = t->tx_lost + t->drops[DP_DROP_TX_FULL] + t->drops[DP_DROP_ACROSS_FULL];
	out->forwarded = t->tx_originals;
	out->delivered = t->delivered;
}

static void port_fill(const struct app *app, uint32_t s, struct schema_port *out)
{
	const struct app_slot *slot = &app->slots[s];
	const struct conf_port *c = slots_conf(app, slot);
	const struct app_dev *d = slots_dev(app, slot);
	const struct port_dev *dev = d == NULL ? NULL : d->dev;
	bool is_relay = c->mode == CONF_MODE_RELAY;
	struct app_totals t;

	out->at_us = base_mono_ns() / 1000; // beside the reading: what follows may wait for a driver
	counters_port(app, s, &t);
	out->name = slot->name;
	out->state = slots_state_name(slots_state(app, slot));
	out->mode = is_relay ? "relay" : "node";
	out->group = is_relay ? app->conf->groups[c->group_idx].name : NULL;
	out->device = c->device;
	out->driver = dev == NULL ? "" : dev->driver;
	out->driver_why = why_of(d);
	out->vlan = c->vlan;
	out->mac = dev == NULL ? 0 : base_mac_u64(&dev->mac);
	out->link_id = c->link_id;
	out->l2mtu = l2mtu_of(c, d);
	out->cost = c->cost;
	out->speed_mbps = dev == NULL ? 0 : dev->speed_mbps;
	out->worker = dev == NULL ? SCHEMA_NONE : d->worker;
	out->comment = c->comment;
	trouble_fill(out, d);
	counters_fill(out, &t, d);
}

// Rows in the order of the configuration.
void handle_ports(struct app *app, const struct schema_nothing_args *in, struct schema_port_list *out,
	struct schema_call *call)
{
	(void)in;
	for (uint32_t i = 0; i < app->conf->n_ports; i++) {
		int s = slots_find(app, app->conf->ports[i].name);

		if (s >= 0)
			port_fill(app, (uint32_t)s, schema_add(&call->mem, out));
	}
}

void handlers_drops_add(struct schema_drop_list *list, struct schema_mem *mem, const char *port,
	const struct app_totals *t, bool with_zero)
{
	for (enum dp_reason r = DP_DROP_NONE + 1; r < DP_N_REASONS; r++) {
		if (t->drops[r] > 0 || with_zero)
			*schema_add(mem, list) =
				(struct schema_drop){dp_reason_name(r), port, t->drops[r], dp_reason_help(r)};
	}
}

void handle_drops(struct app *app, const struct schema_drops_args *in, struct schema_drop_list *out,
	struct schema_call *call)
{
	int only = slot_arg_read(app, in->port, call->err);

	for (uint32_t s = 0; s < SNAP_PORTS_MAX && only >= 0; s++) {
		struct app_totals t;

		if (!slot_arg_is_asked(app, s, only))
			continue;
		counters_port(app, s, &t);
		handlers_drops_add(out, &call->mem, app->slots[s].name, &t, in->all);
	}
}

// How its neighbors sign.
static void signers_fill(struct schema_secret *out, const struct signers_count *count)
{
	_Static_assert(CONF_SECRETS_MAX == 4, "a field for each entry");

	out->neighbors = count->n;
	out->neighbors_unsigned = count->n_entry[0];
	out->neighbors_entry_1 = count->n_entry[1];
	out->neighbors_entry_2 = count->n_entry[2];
	out->neighbors_entry_3 = count->n_entry[3];
	out->neighbors_entry_4 = count->n_entry[4];
	out->neighbors_unknown = count->n_unknown;
}

// What a port does with secrets; never which they are.
static void secret_fill(const struct conf *conf, const struct conf_port *p, const struct signers_count *count,
	struct schema_secret *out)
{
	const struct conf_secrets *effective = conf_port_secrets(conf, p);

	out->port = p->name;
	out->own = p->secrets.n;
	out->effective = effective->n;
	out->signs = effective->n > 0 && effective->text[0][0] != '\0';
	out->sends = out->signs ? "signed" : "unsigned";
	out->list = p->secrets.n > 0 ? "port" : effective->n > 0 ? "global" : "none";
	out->accepts_unsigned = conf_secrets_take_unsigned(effective);
	signers_fill(out, count);
}

void handle_secrets(struct app *app, const struct schema_nothing_args *in, struct schema_secret_list *out,
	struct schema_call *call)
{
	struct signers_count counts[SNAP_PORTS_MAX];
	struct signers *signers = signers_read(app);

	(void)in;
	if (signers == NULL) {
		api_fail(call->err, API_ERROR_FAILED, "out of memory");
		return;
	}
	signers_count(signers, counts);
	signers_free(signers);
	for (uint32_t i = 0; i < app->conf->n_ports; i++) {
		const struct conf_port *p = &app->conf->ports[i];
		int s = slots_find(app, p->name);

		if (p->mode == CONF_MODE_NODE && s >= 0)
			secret_fill(app->conf, p, &counts[s], schema_add(&call->mem, out));
	}
}
