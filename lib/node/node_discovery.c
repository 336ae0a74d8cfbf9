// SPDX-License-Identifier: BSD-3-Clause
// Discovery as an origin. Pure; one thread.
#include "node_discovery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node_frame.h"

// No port was ever there, so there is no id yet: nobody can be found either.
#define NO_ID 0x020000000000

struct node_discovery {
	struct node_io io;
	struct topo *topo;
	uint64_t own_id; // that topo was made for
	uint64_t next_round_ms;
	uint64_t asked_ms; // the last round
	uint64_t wanted_until_ms;
	uint64_t next_look_ms;
	uint8_t channel;              // of the last round
	uint64_t up;                  // slots that could send at the last look
	uint32_t link_id[NODE_PORTS]; // of those
	struct node_discovery_counts counts;
};

static struct topo_self self_of(const struct node_discovery *d)
{
	struct topo_self self;

	d->io.self(d->io.ctx, &self);
	return self;
}

static struct topo *topo_new(const struct node_discovery *d, uint64_t own_id, uint32_t nodes_max)
{
	struct topo_cfg cfg = {.own_id = own_id != 0 ? own_id : NO_ID, .nodes_max = nodes_max};

	d->io.random(d->io.ctx, &cfg.seed, sizeof(cfg.seed));
	return topo_create(&cfg);
}

struct node_discovery *node_discovery_create(const struct node_io *io, const struct node_discovery_cfg *cfg)
{
	struct node_discovery *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->io = *io;
	struct topo_self self = self_of(d);
	d->own_id = base_mac_u64(&self.id);
	d->channel = self.channel;
	d->topo = topo_new(d, d->own_id, cfg->nodes_max);
	if (d->topo == NULL) {
		int err = errno;

		free(d);
		errno = err;
		return NULL;
	}
	return d;
}

void node_discovery_destroy(struct node_discovery *d)
{
	if (d == NULL)
		return;
	topo_destroy(d->topo);
	free(d);
}

struct topo *node_discovery_topo(const struct node_discovery *d)
{
	return d->topo;
}

struct node_discovery_counts node_discovery_counts(const struct node_discovery *d)
{
	return d->counts;
}

// All rows, as far as they can be: paths that began at the old id are nobody's, but the nodes are known.
static void rows_move(const struct topo *from, struct topo *to, uint64_t now_ms)
{
	struct topo_saved s;

	for (uint32_t row = 0; row < topo_rows_end(from); row++) {
		if (topo_saved_at(from, row, &s))
			(void)!topo_restore(to, &s, now_ms); // refused: it has the id that is ours now
	}
}

// A new topology when our own id changed; without memory for it the next tick tries again.
static void own_id_follow(struct node_discovery *d, uint64_t own_id, uint32_t nodes_max, uint64_t now_ms,
	struct node_discovery_did *did)
{
	if (d->own_id == own_id)
		return;
	struct topo *topo = topo_new(d, own_id, nodes_max);
	if (topo == NULL) {
		did->is_left_behind = true;
		return;
	}
	rows_move(d->topo, topo, now_ms);
	topo_destroy(d->topo);
	d->topo = topo;
	d->own_id = own_id;
	did->is_deny_undone = true;
}

static bool is_wanted(const struct node_discovery *d, uint64_t now_ms)
{
	return now_ms < d->wanted_until_ms;
}

// Milliseconds between rounds now; 0 = nobody asks.
static uint32_t interval_ms(
	const struct node_discovery *d, const struct node_discovery_cfg *cfg, uint64_t now_ms)
{
	if (!cfg->is_enabled)
		return 0;
	if (is_wanted(d, now_ms))
		return NODE_DISCOVERY_WANTED_MS;
	return cfg->is_master ? cfg->interval_ms : 0;
}

// Returns the slots by which Discovers left.
static uint64_t round_send(struct node_discovery *d, const struct topo_self *self, uint64_t now_ms)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	uint64_t asked = 0;

	for (uint8_t slot = 0; slot < NODE_PORTS; slot++) {
		struct node_port port;

		if (!d->io.port(d->io.ctx, slot, &port) || !port.is_active)
			continue;
		int len = topo_discover_build(frame, sizeof(frame), self, &port.own);
		if (len < 0 || d->io.send(d->io.ctx, slot, frame, (uint32_t)len) != 0)
			d->counts.unsent++;
		else
			asked |= 1ull << slot;
	}
	d->counts.rounds++;
	d->asked_ms = now_ms;
	return asked;
}

void node_discovery_want(struct node_discovery *d, uint64_t until_ms, uint64_t now_ms)
{
	if (!is_wanted(d, now_ms) && d->next_round_ms > now_ms)
		d->next_round_ms = now_ms; // whoever begins to ask is not kept waiting
	if (until_ms > d->wanted_until_ms)
		d->wanted_until_ms = until_ms;
}

// Is a round to be sent now?
static bool is_round_due(struct node_discovery *d, const struct node_discovery_cfg *cfg,
	const struct topo_self *self, uint64_t now_ms)
{
	struct topo_pace pace = {.interval_ms = interval_ms(d, cfg, now_ms),
		.late_after = cfg->late_after,
		.down_after = cfg->down_after,
		.report_interval_ms = cfg->interval_ms};

	topo_pace_set(d->topo, &pace, now_ms);
	if (pace.interval_ms == 0)
		return false;
	if (d->channel != self->channel) { // others there, and those left behind, learn it at once
		d->channel = self->channel;
		d->next_round_ms = now_ms;
	}
	if (d->next_round_ms > now_ms + pace.interval_ms)
		d->next_round_ms = now_ms + pace.interval_ms; // the interval became shorter
	if (now_ms < d->next_round_ms || d->up == 0)
		return false;
	d->next_round_ms = now_ms + pace.interval_ms;
	return true;
}

// Edges by a port that went down are of no use; by one that came up there may be new ones. Returns whether
// other ports are up now.
static bool ports_follow(struct node_discovery *d, uint64_t now_ms)
{
	uint64_t was = d->up;
	uint64_t up = 0;

	for (uint8_t slot = 0; slot < NODE_PORTS; slot++) {
		struct node_port port;
		bool is_up = d->io.port(d->io.ctx, slot, &port) && port.is_active;
		bool was_up = (was >> slot & 1) != 0;
		uint32_t link_id = is_up ? port.own.link_id : 0;

		if (was_up && (!is_up || link_id != d->link_id[slot]))
			topo_port_lost(d->topo, d->link_id[slot], now_ms);
		if (is_up && !was_up && d->next_round_ms > now_ms + NODE_DISCOVERY_SETTLE_MS)
			d->next_round_ms = now_ms + NODE_DISCOVERY_SETTLE_MS;
		d->link_id[slot] = link_id;
		up |= (uint64_t)is_up << slot;
	}
	d->up = up;
	return up != was;
}

struct node_discovery_did node_discovery_tick(
	struct node_discovery *d, const struct node_discovery_cfg *cfg, uint64_t now_ms)
{
	struct topo_self self = self_of(d);
	struct node_discovery_did did = {.is_round = false};

	own_id_follow(d, base_mac_u64(&self.id), cfg->nodes_max, now_ms, &did);
	if (is_round_due(d, cfg, &self, now_ms)) {
		did.is_round = true;
		did.asked = round_send(d, &self, now_ms);
	}
	if (now_ms < d->next_look_ms)
		return did;
	d->next_look_ms = now_ms + NODE_DISCOVERY_LOOK_MS;
	did.has_looked = true;
	did.is_deny_undone |= ports_follow(d, now_ms);
	topo_max_set(d->topo, cfg->nodes_max);
	topo_tick(d->topo, now_ms);
	return did;
}

// Discovers have no number that an answer could bring back: it is told by the time alone whether one was
// asked for.
static bool is_asked(const struct node_discovery *d, uint64_t now_ms)
{
	return d->counts.rounds > 0 && now_ms - d->asked_ms <= NODE_DISCOVERY_ANSWER_MS;
}

// An answer of a neighbor must name the port that it came in on as the one that the Discover left by.
static bool is_by_that_port(const struct node_discovery *d, uint8_t slot, const struct topo_answer *a)
{
	struct node_port port;

	return a->n_hops > 0 ||
	       (d->io.port(d->io.ctx, slot, &port) && base_mac_u64(&port.own.mac) == a->parent_out.mac &&
		       port.own.link_id == a->parent_out.link_id);
}

// The answer to a Discover of ours in a frame. False, with a sentence: there is none.
static bool answer_read(struct node_discovery *d, uint8_t slot, const uint8_t *bytes, uint32_t len,
	uint64_t now_ms, struct topo_answer *out, const char **why)
{
	struct wire_frame f;
	const uint8_t *romon = node_frame_parse(bytes, len, &f);

	if (romon == NULL || topo_answer_parse(romon, &f, d->own_id, out) != 0) {
		*why = "it is no DiscoverResp of ours";
		return false;
	}
	out->port = slot;
	out->from_mac = base_mac_u64((const struct base_mac *)(bytes + BASE_MAC_LEN));
	if (!is_asked(d, now_ms)) {
		d->io.refuse(d->io.ctx, slot, NODE_REFUSED_ANSWER_UNASKED);
		*why = "nobody was asked";
		return false;
	}
	if (!is_by_that_port(d, slot, out)) {
		*why = "it names another port of ours than the one that it came by";
		return false;
	}
	return true;
}

enum node_answer node_discovery_take(struct node_discovery *d, uint8_t slot, const uint8_t *bytes,
	uint32_t len, uint64_t now_ms, uint64_t wall_us, const char **why)
{
	struct topo_answer answer;

	if (!answer_read(d, slot, bytes, len, now_ms, &answer, why)) {
		d->counts.answers_refused++;
		return NODE_ANSWER_NONE;
	}
	int err = topo_learn(d->topo, &answer, now_ms, wall_us, why);
	if (err == 0) {
		d->counts.answers++;
		return NODE_ANSWER_TAKEN;
	}
	d->counts.answers_refused++;
	if (err != -EINVAL)
		*why = strerror(-err);
	return NODE_ANSWER_UNTAKEN;
}

void node_discovery_path_tell(
	struct node_discovery *d, uint64_t id, bool is_answered, uint32_t waited_ms, uint64_t now_ms)
{
	if (is_answered)
		topo_path_worked(d->topo, id, now_ms);
	else
		topo_path_failed(d->topo, id, now_ms > waited_ms ? now_ms - waited_ms : 0, now_ms);
}
