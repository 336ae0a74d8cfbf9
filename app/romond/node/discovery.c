// SPDX-License-Identifier: BSD-3-Clause
// Discovery as an origin. Control thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <rte_mbuf.h>

#include "base_clock.h"
#include "base_log.h"
#include "discovery.h"
#include "events.h"
#include "inject.h"
#include "inventory.h"
#include "own_node.h"
#include "refused.h"
#include "topo.h"
#include "topo_frame.h"
#include "trend.h"
#include "wire_parse.h"

LOG_TYPE("discovery");

#define WANTED_MS 1000  // between rounds while somebody asks: as RouterOS does
#define TOPO_MS   50    // between looks at what grows old
#define SETTLE_MS 100   // a port that came up is asked after this long
#define ANSWER_MS 10000 // after a round answers are taken for so long: whom nobody asked is not believed

struct discovery {
	struct topo *topo;
	uint64_t own_id; // that topo was made for
	uint64_t next_round_ms;
	uint64_t asked_ms; // the last round
	uint64_t wanted_until_ms;
	uint64_t next_tick_ms;
	uint8_t channel;                  // of the last round
	uint64_t up;                      // slots that could send at the last look
	uint32_t link_id[SNAP_PORTS_MAX]; // of those
	struct discovery_counts counts;
};

static struct topo *topo_new(const struct app *app)
{
	struct topo_cfg cfg = {.own_id = app->own_id, .nodes_max = app->conf->discovery.inventory_max};

	if (getrandom(&cfg.seed, sizeof(cfg.seed), 0) != sizeof(cfg.seed))
		cfg.seed = base_mono_ns();
	// no port was ever there, so there is no id yet: nobody can be found either
	if (cfg.own_id == 0)
		cfg.own_id = 0x020000000000;
	return topo_create(&cfg);
}

int discovery_start(struct app *app)
{
	struct discovery *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->topo = topo_new(app);
	if (d->topo == NULL) {
		int err = -errno;

		free(d);
		return err;
	}
	d->own_id = app->own_id;
	d->channel = app->conf->romon.channel;
	app->discovery = d;
	discovery_configure(app);
	inventory_restore(app, d->topo);
	return 0;
}

void discovery_stop(struct app *app)
{
	inventory_save_last(app, app->discovery->topo);
	topo_destroy(app->discovery->topo);
	free(app->discovery);
	app->discovery = NULL;
}

struct topo *discovery_topo(const struct app *app)
{
	return app->discovery->topo;
}

struct discovery_counts discovery_counts(const struct app *app)
{
	return app->discovery->counts;
}

// Our own id changed: paths that began at the old one are nobody's, but the nodes are known.
static void own_id_follow(struct app *app)
{
	struct discovery *d = app->discovery;

	if (d->own_id == app->own_id)
		return;
	struct topo *topo = topo_new(app);
	if (topo == NULL) {
		LOG(ERROR, "no memory for a new topology: nodes are still listed as seen from the old id");
		return;
	}
	inventory_move(d->topo, topo);
	topo_destroy(d->topo);
	d->topo = topo;
	discovery_configure(app);
	d->own_id = app->own_id;
}

static bool is_wanted(const struct discovery *d, uint64_t now_ms)
{
	return now_ms < d->wanted_until_ms;
}

// Milliseconds between rounds now; 0 = nobody asks.
static uint32_t interval_ms(const struct app *app, uint64_t now_ms)
{
	if (!app->conf->romon.is_enabled)
		return 0;
	if (is_wanted(app->discovery, now_ms))
		return WANTED_MS;
	return app->conf->romon.role == CONF_ROLE_MASTER ? app->conf->discovery.interval_ms : 0;
}

static void round_send(struct app *app)
{
	struct node_io io = own_node_io(app);
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct topo_self self;

	io.self(io.ctx, &self);
	for (uint8_t slot = 0; slot < SNAP_PORTS_MAX; slot++) {
		struct node_port port;

		if (!io.port(io.ctx, slot, &port) || !port.is_active)
			continue;
		int len = topo_discover_build(frame, sizeof(frame), &self, &port.own);
		if (len < 0 || inject_send(app, slot, frame, (uint32_t)len) != 0)
			app->discovery->counts.unsent++;
		else
			trend_asked(app, slot);
	}
	app->discovery->counts.rounds++;
	app->discovery->asked_ms = base_mono_ms();
}

void discovery_want(struct app *app, uint64_t until_ms)
{
	struct discovery *d = app->discovery;
	uint64_t now_ms = base_mono_ms();

	if (!is_wanted(d, now_ms) && d->next_round_ms > now_ms)
		d->next_round_ms = now_ms; // whoever begins to ask is not kept waiting
	if (until_ms > d->wanted_until_ms)
		d->wanted_until_ms = until_ms;
}

static bool rounds_tick(struct app *app, uint64_t now_ms)
{
	struct discovery *d = app->discovery;
	struct topo_pace pace = {.interval_ms = interval_ms(app, now_ms),
		.late_after = app->conf->discovery.late_after,
		.down_after = app->conf->discovery.down_after,
		.report_interval_ms = app->conf->discovery.interval_ms};

	topo_pace_set(d->topo, &pace, now_ms);
	if (pace.interval_ms == 0)
		return false;
	if (d->channel != app->conf->romon.channel) { // others there, and those left behind, learn it at once
		d->channel = app->conf->romon.channel;
		d->next_round_ms = now_ms;
	}
	if (d->next_round_ms > now_ms + pace.interval_ms)
		d->next_round_ms = now_ms + pace.interval_ms; // the interval became shorter
	if (now_ms < d->next_round_ms || d->up == 0)
		return false;
	d->next_round_ms = now_ms + pace.interval_ms;
	round_send(app);
	return true;
}

// Edges by a port that went down are of no use; by one that came up there may be new ones.
static void ports_follow(struct app *app, uint64_t now_ms)
{
	struct discovery *d = app->discovery;
	uint64_t up = 0;

	for (uint8_t slot = 0; slot < SNAP_PORTS_MAX; slot++) {
		const struct snap_port *port = inject_port(app, slot);
		bool is_up = port != NULL && port->state == SNAP_STATE_ACTIVE;
		bool was_up = (d->up >> slot & 1) != 0;
		uint32_t link_id = is_up ? app->conf->ports[app->slots[slot].conf_idx].link_id : 0;

		if (was_up && (!is_up || link_id != d->link_id[slot]))
			topo_port_lost(d->topo, d->link_id[slot], now_ms, base_wall_us());
		if (is_up && !was_up && d->next_round_ms > now_ms + SETTLE_MS)
			d->next_round_ms = now_ms + SETTLE_MS;
		d->link_id[slot] = link_id;
		up |= (uint64_t)is_up << slot;
	}
	if (up != d->up)
		discovery_configure(app); // a port more, or less, by which a denied node may be heard
	d->up = up;
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
	if (e->type == TOPO_NODE_FORGOTTEN || !topo_node_at(app->discovery->topo, e->row, &node) ||
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

	while (topo_event_next(app->discovery->topo, &e))
		event_raise(app, &e);
}

bool discovery_tick(struct app *app, uint64_t now_ms)
{
	struct discovery *d = app->discovery;

	own_id_follow(app);
	bool is_round = rounds_tick(app, now_ms);
	if (now_ms < d->next_tick_ms)
		return is_round;
	d->next_tick_ms = now_ms + TOPO_MS;
	ports_follow(app, now_ms);
	topo_max_set(d->topo, app->conf->discovery.inventory_max);
	topo_tick(d->topo, now_ms, base_wall_us());
	events_raise(app);
	inventory_save(app, d->topo);
	return is_round;
}

// Discovers have no number that an answer could bring back: it is told by the time alone whether one was
// asked for.
static bool is_asked(const struct discovery *d)
{
	return d->counts.rounds > 0 && base_mono_ms() - d->asked_ms <= ANSWER_MS;
}

// An answer of a neighbor must name the port that it came in on as the one that the Discover left by.
static bool is_by_that_port(const struct app *app, uint8_t slot, const struct topo_answer *a)
{
	const struct snap_port *port = inject_port(app, slot);

	return a->n_hops > 0 ||
	       (port != NULL && base_mac_u64(&port->slot.mac) == a->parent_out.mac &&
		       a->parent_out.link_id == app->conf->ports[app->slots[slot].conf_idx].link_id);
}

void discovery_path_tell(struct app *app, uint64_t id, bool is_answered, uint32_t waited_ms)
{
	uint64_t now_ms = base_mono_ms();

	if (is_answered)
		topo_path_worked(app->discovery->topo, id, now_ms);
	else
		topo_path_failed(
			app->discovery->topo, id, now_ms > waited_ms ? now_ms - waited_ms : 0, now_ms);
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
	struct topo *t = app->discovery->topo;
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

// Why this is no answer to a Discover of ours; NULL: it is one.
static const char *refusal_of(struct app *app, uint8_t slot, const struct topo_answer *a)
{
	if (!is_asked(app->discovery)) {
		refused_count(app, slot, NODE_REFUSED_ANSWER_UNASKED);
		return "nobody was asked";
	}
	return is_by_that_port(app, slot, a) ? NULL
					     : "it names another port of ours than the one that it came by";
}

void discovery_take(struct app *app, uint8_t slot, const struct rte_mbuf *m)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	struct discovery *d = app->discovery;
	const char *why = "it is no DiscoverResp of ours";
	struct topo_answer answer;
	struct wire_frame f;
	struct wire_l2 l2;
	int err = -EINVAL;

	if (wire_l2_parse(bytes, m->data_len, &l2) == WIRE_OK &&
		wire_frame_parse(bytes + l2.romon_off, m->data_len - l2.romon_off, &f) == WIRE_OK &&
		topo_answer_parse(bytes + l2.romon_off, &f, app->own_id, &answer) == 0) {
		const struct base_mac *from = (const struct base_mac *)(bytes + BASE_MAC_LEN);

		answer.port = slot;
		answer.from_mac = base_mac_u64(from);
		why = refusal_of(app, slot, &answer);
		if (why == NULL) {
			trend_answered(app, slot);
			err = topo_learn(d->topo, &answer, base_mono_ms(), base_wall_us(), &why);
		}
	}
	if (err == 0) {
		d->counts.answers++;
		return;
	}
	d->counts.answers_refused++;
	LOG(DEBUG, "%s: an answer is not taken up: %s", app->slots[slot].name,
		err == -EINVAL ? why : strerror(-err));
}
