// SPDX-License-Identifier: BSD-3-Clause
// Discovery (node_discovery.h) between workers, configuration, events and store. Control thread.
#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "discovery.h"
#include "events.h"
#include "inject.h"
#include "inventory.h"
#include "own_node.h"
#include "topo.h"
#include "trend.h"

LOG_TYPE("discovery");

static struct node_discovery_cfg cfg_of(const struct app *app)
{
	const struct conf *c = app->conf;

	return (struct node_discovery_cfg){.is_enabled = c->romon.is_enabled,
		.is_master = c->romon.role == CONF_ROLE_MASTER,
		.interval_ms = c->discovery.interval_ms,
		.late_after = c->discovery.late_after,
		.down_after = c->discovery.down_after,
		.nodes_max = c->discovery.inventory_max};
}

int discovery_start(struct app *app)
{
	struct node_discovery_cfg cfg = cfg_of(app);
	struct node_io io = own_node_io(app);

	app->discovery = node_discovery_create(&io, &cfg);
	if (app->discovery == NULL)
		return -errno;
	discovery_configure(app);
	inventory_restore(app, discovery_topo(app));
	return 0;
}

void discovery_stop(struct app *app)
{
	inventory_save_last(app, discovery_topo(app));
	node_discovery_destroy(app->discovery);
	app->discovery = NULL;
}

struct topo *discovery_topo(const struct app *app)
{
	return node_discovery_topo(app->discovery);
}

struct node_discovery_counts discovery_counts(const struct app *app)
{
	return node_discovery_counts(app->discovery);
}

void discovery_want(struct app *app, uint64_t until_ms)
{
	node_discovery_want(app->discovery, until_ms, base_mono_ms());
}

static enum event_kind event_kind_of(enum topo_event_type type)
{
	switch (type) {
	case TOPO_EVENT_INVALID:
		break;
	case TOPO_NODE_NEW:
		return EVENT_NODE_NEW;
	case TOPO_NODE_UP:
		return EVENT_NODE_UP;
	case TOPO_NODE_LATE:
		return EVENT_NODE_LATE;
	case TOPO_NODE_DOWN:
		return EVENT_NODE_DOWN;
	case TOPO_NODE_CHANGED:
		return EVENT_NODE_CHANGED;
	case TOPO_NODE_MOVED:
		return EVENT_NODE_MOVED;
	case TOPO_NODE_FORGOTTEN:
		return EVENT_NODE_FORGOTTEN;
	case TOPO_NODE_TWIN:
		return EVENT_NODE_DUPLICATE_ID;
	case TOPO_NODE_PATH_FAILED:
		return EVENT_NODE_PATH_FAILED;
	case TOPO_OWN_ID:
		return EVENT_OWN_ID_DUPLICATE;
	}
	return EVENT_INVALID;
}

static void event_raise(struct app *app, const struct topo_event *e)
{
	enum event_kind kind = event_kind_of(e->type);
	struct base_mac id = base_mac_from_u64(e->id);
	struct topo_node node = {.identity = ""};
	char text[BASE_MAC_TEXT_LEN];

	if (e->type == TOPO_NODE_FORGOTTEN && e->was_kept)
		inventory_forget(app, e->id);
	if (e->type == TOPO_NODE_FORGOTTEN || !topo_node_at(discovery_topo(app), e->row, &node) ||
		node.id != e->id)
		node.identity = ""; // gone since
	if (e->type == TOPO_OWN_ID && e->port < SNAP_PORTS_MAX)
		trend_own_twin(app, (uint8_t)e->port, e->text);
	base_mac_format(&id, text);
	// the name is "node-up"; the sentence says "up"
	const char *name = event_kind_name(kind);
	if (strncmp(name, "node-", 5) == 0)
		name += 5;
	events_node(app, kind, e->port < SNAP_PORTS_MAX ? e->port : SNAP_PORTS_MAX, e->id, node.identity,
		"node %s: %s%s%s", text, name, e->text[0] != 0 ? ", " : "", e->text);
}

static void events_raise(struct app *app)
{
	struct topo_event e;

	while (topo_event_next(discovery_topo(app), &e))
		event_raise(app, &e);
}

bool discovery_tick(struct app *app, uint64_t now_ms)
{
	struct node_discovery_cfg cfg = cfg_of(app);
	struct node_discovery_did did = node_discovery_tick(app->discovery, &cfg, now_ms);

	for (uint8_t slot = 0; slot < SNAP_PORTS_MAX && did.asked != 0; slot++) {
		if ((did.asked >> slot & 1) != 0)
			trend_asked(app, slot);
	}
	if (did.is_left_behind)
		LOG(ERROR, "no memory for a new topology: nodes are still listed as seen from the old id");
	if (did.is_deny_undone)
		discovery_configure(app);
	if (did.has_looked) {
		events_raise(app);
		inventory_save(app, discovery_topo(app));
	}
	return did.is_round;
}

void discovery_path_tell(struct app *app, uint64_t id, bool is_answered, uint32_t waited_ms)
{
	node_discovery_path_tell(app->discovery, id, is_answered, waited_ms, base_mono_ms());
}

static bool port_denies(const struct app *app, uint8_t slot, uint64_t id)
{
	const struct snap_port *port = inject_port(app, slot);

	return port != NULL && port->filter != NULL && snap_filter_names_id(port->filter, id);
}

// Denied on each port of the node: nothing can be heard of it any more. What one port alone denies is
// forgotten if it was heard there; another port may bring it back.
static bool is_denied_by_all(const struct app *app, uint64_t id)
{
	uint32_t n_ports = 0;

	for (uint8_t slot = 0; slot < SNAP_PORTS_MAX; slot++) {
		if (inject_port(app, slot) == NULL)
			continue;
		n_ports++;
		if (!port_denies(app, slot, id))
			return false;
	}
	return n_ports > 0;
}

void discovery_configure(struct app *app)
{
	struct topo *t = discovery_topo(app);
	const struct conf *conf = app->conf;
	uint64_t denied[TOPO_DENIED_MAX];
	uint32_t n_denied = 0;
	struct topo_node node;

	for (uint32_t i = 0; i < conf->n_filters; i++) {
		for (uint32_t k = 0; k < conf->filters[i].deny_ids.n; k++) {
			uint64_t id = base_mac_u64(&conf->filters[i].deny_ids.id[k]);
			int64_t row = topo_find(t, id);

			if (is_denied_by_all(app, id)) {
				if (n_denied < TOPO_DENIED_MAX)
					denied[n_denied++] = id;
			} else if (row >= 0 && topo_node_at(t, (uint32_t)row, &node) &&
				   node.port < SNAP_PORTS_MAX && port_denies(app, node.port, id)) {
				(void)!topo_forget(t, id);
			}
		}
	}
	if (topo_deny_set(t, denied, n_denied, base_mono_ms()) != 0)
		LOG(ERROR, "no memory for the ids that filters deny: their nodes stay listed");
}

void discovery_take(struct app *app, uint8_t slot, const struct rte_mbuf *m)
{
	const char *why = "";

	switch (node_discovery_take(app->discovery, slot, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
		base_mono_ms(), base_wall_us(), &why)) {
	case NODE_ANSWER_TAKEN:
		trend_answered(app, slot);
		return;
	case NODE_ANSWER_UNTAKEN:
		trend_answered(app, slot);
		break;
	case NODE_ANSWER_NONE:
	case NODE_ANSWER_INVALID:
		break;
	}
	LOG(DEBUG, "%s: an answer is not taken up: %s", app->slots[slot].name, why);
}
