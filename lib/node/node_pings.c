// SPDX-License-Identifier: BSD-3-Clause
// Runs of pings. Pure; one thread.
#include "node_pings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct run {
	bool is_used;
	bool is_found;  // had a path once
	bool is_sought; // told that it is looked for
	bool is_link;
	uint8_t link_slot;
	uint64_t link_mac;
	uint64_t id; // of the node; 0 = a name that nobody has told us yet
	uint16_t port;
	uint64_t find_until_ms;
	uint32_t refused[NODE_N_REFUSED];
	struct stream_ping ping;
};

struct node_pings {
	struct node_io io;
	struct node_ping_user user;
	struct node_discovery *discovery;
	uint16_t next_port;
	struct run runs[NODE_PINGS_MAX];
};

struct node_pings *node_pings_create(
	const struct node_io *io, struct node_discovery *d, const struct node_ping_user *user)
{
	struct node_pings *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->io = *io;
	p->user = *user;
	p->discovery = d;
	io->random(io->ctx, &p->next_port, sizeof(p->next_port));
	p->next_port |= NODE_PINGS_PORT; // its two upper bits: the rest stays random
	return p;
}

void node_pings_destroy(struct node_pings *p)
{
	free(p);
}

static uint64_t now_ns(const struct node_pings *p)
{
	return p->user.now_ns(p->user.ctx);
}

static void tell(struct node_pings *p, const struct run *r, const struct node_ping_news *news)
{
	p->user.tell(p->user.ctx, (uint32_t)(r - p->runs), news);
}

static void end(struct node_pings *p, struct run *r, enum node_ping_what what)
{
	tell(p, r, &(struct node_ping_news){.what = what});
	r->is_used = false;
}

static bool port_is_used(const struct node_pings *p, uint16_t port)
{
	for (uint32_t i = 0; i < NODE_PINGS_MAX; i++) {
		if (p->runs[i].is_used && p->runs[i].port == port)
			return true;
	}
	return false;
}

static uint16_t port_take(struct node_pings *p)
{
	do {
		if (p->next_port < NODE_PINGS_PORT)
			p->next_port = NODE_PINGS_PORT;
	} while (port_is_used(p, p->next_port++));
	return (uint16_t)(p->next_port - 1);
}

int node_pings_open(struct node_pings *p, const struct node_ping_cfg *cfg, uint32_t n_max, uint64_t now_ms)
{
	struct stream_ping_cfg ping = {.count = cfg->count,
		.interval_ms = cfg->interval_ms,
		.timeout_ms = cfg->timeout_ms,
		.size = cfg->size};
	uint32_t i = 0;

	while (i < n_max && i < NODE_PINGS_MAX && p->runs[i].is_used)
		i++;
	if (i >= n_max || i >= NODE_PINGS_MAX)
		return -EBUSY;
	struct run *r = &p->runs[i];
	uint16_t port = port_take(p);
	p->io.random(p->io.ctx, &ping.first_wire, sizeof(ping.first_wire));
	memset(r, 0, sizeof(*r));
	r->is_used = true;
	r->id = cfg->id;
	r->is_link = cfg->is_link;
	r->link_mac = cfg->link_mac;
	r->port = port;
	r->find_until_ms = now_ms + NODE_PINGS_FIND_MS;
	stream_ping_init(&r->ping, &ping, now_ns(p));
	return (int)i;
}

void node_pings_close(struct node_pings *p, uint32_t run)
{
	p->runs[run].is_used = false;
}

uint64_t node_pings_id(const struct node_pings *p, uint32_t run)
{
	return p->runs[run].id;
}

const struct stream_ping *node_pings_ping(const struct node_pings *p, uint32_t run)
{
	return &p->runs[run].ping;
}

const uint32_t *node_pings_refused(const struct node_pings *p, uint32_t run)
{
	return p->runs[run].refused;
}

static void result_tell(
	struct node_pings *p, struct run *r, const struct stream_ping_result *result, uint64_t now_ms)
{
	struct node_ping_news news = {
		.what = NODE_PING_ANSWERED, .seq = result->seq, .rtt_ns = result->rtt_ns};

	if (result->is_timeout)
		news.what = NODE_PING_TIMEOUT;
	if (!r->is_link)
		node_discovery_path_tell(
			p->discovery, r->id, !result->is_timeout, r->ping.cfg.timeout_ms, now_ms);
	tell(p, r, &news);
}

static int path_find(const struct node_pings *p, const struct run *r, struct node_path *path)
{
	return r->is_link ? node_path_link(&p->io, r->link_slot, r->link_mac, path)
			  : node_path_find(&p->io, node_discovery_topo(p->discovery), r->id, path);
}

// A ping that does not leave counts as sent and lost, since for whoever asked it is, and why is told at once.
static void ping_send(struct node_pings *p, struct run *r, uint64_t now_ms)
{
	uint8_t payload[STREAM_PING_SIZE_MAX];
	uint8_t token[STREAM_PING_TOKEN_LEN];
	struct node_path path;

	p->io.random(p->io.ctx, token, sizeof(token));
	int err = path_find(p, r, &path);
	uint64_t way = err == 0 ? node_path_way(&path) : 0;
	uint32_t seq = stream_ping_send(&r->ping, payload, token, way, now_ns(p));
	if (err == 0)
		err = node_data_send(
			&p->io, &path, r->id, r->port, WIRE_SERVICE_PING, payload, r->ping.cfg.size);
	if (err == 0)
		return;
	if (!r->is_link && err == -ENETUNREACH)
		node_discovery_want(p->discovery, now_ms + NODE_PINGS_ASK_MS, now_ms);
	tell(p, r, &(struct node_ping_news){.what = NODE_PING_UNSENT, .seq = seq, .err = err, .path = &path});
	stream_ping_unsent(&r->ping, seq);
}

static bool has_path(struct node_pings *p, struct run *r)
{
	struct node_path path;

	if (r->is_link)
		return true;
	if (r->id == 0)
		r->id = p->user.id_of(p->user.ctx, (uint32_t)(r - p->runs));
	return r->id != 0 && path_find(p, r, &path) == 0;
}

static void node_find(struct node_pings *p, struct run *r, uint64_t now_ms)
{
	if (has_path(p, r)) {
		struct stream_ping_cfg cfg = r->ping.cfg;

		r->is_found = true;
		stream_ping_init(&r->ping, &cfg, now_ns(p)); // the search is no part of the run
		return;
	}
	if (now_ms >= r->find_until_ms) {
		end(p, r, NODE_PING_NOT_FOUND);
		return;
	}
	node_discovery_want(p->discovery, r->find_until_ms, now_ms);
	if (r->is_sought)
		return;
	r->is_sought = true;
	tell(p, r, &(struct node_ping_news){.what = NODE_PING_SOUGHT});
}

// False: the port of the link went, and the run is over.
static bool link_find(struct node_pings *p, struct run *r)
{
	int slot = p->user.link_slot_of(p->user.ctx, (uint32_t)(r - p->runs));

	if (slot < 0) {
		end(p, r, NODE_PING_NO_LINK);
		return false;
	}
	r->link_slot = (uint8_t)slot;
	return true;
}

static void run_tick(struct node_pings *p, struct run *r, uint64_t now_ms)
{
	struct stream_ping_result result;

	if (r->is_link && !link_find(p, r))
		return;
	if (!r->is_found)
		node_find(p, r, now_ms);
	if (!r->is_found)
		return;
	uint64_t ns = now_ns(p);
	while (stream_ping_expire(&r->ping, ns, &result)) {
		if (!r->is_link) // another path may be there
			node_discovery_want(p->discovery, now_ms + NODE_PINGS_ASK_MS, now_ms);
		result_tell(p, r, &result, now_ms);
	}
	for (int i = 0; i < NODE_PINGS_AT_A_TICK && stream_ping_is_due(&r->ping, ns); i++)
		ping_send(p, r, now_ms);
	if (stream_ping_is_done(&r->ping))
		end(p, r, NODE_PING_DONE);
}

bool node_pings_tick(struct node_pings *p, uint64_t now_ms)
{
	bool is_any = false;

	for (uint32_t i = 0; i < NODE_PINGS_MAX; i++) {
		struct run *r = &p->runs[i];

		if (r->is_used)
			run_tick(p, r, now_ms);
		is_any |= r->is_used;
	}
	return is_any;
}

// NODE_REFUSED_INVALID: it is an answer, and was told.
static enum node_refused verdict_of(
	struct node_pings *p, struct run *r, const struct node_data *in, uint64_t now_ms)
{
	struct stream_ping_result result;

	if (r->id != in->src_id)
		return NODE_REFUSED_PING_NODE;
	switch (stream_ping_take(&r->ping, in->payload, in->len, node_data_way(in), in->at_ns, &result)) {
	case STREAM_PING_ANSWER:
		result_tell(p, r, &result, now_ms);
		return NODE_REFUSED_INVALID;
	case STREAM_PING_WAY:
		return NODE_REFUSED_PING_WAY;
	case STREAM_PING_TOKEN:
		return NODE_REFUSED_PING_TOKEN;
	case STREAM_PING_LATE:
		return NODE_REFUSED_PING_LATE;
	case STREAM_PING_UNASKED:
	case STREAM_PING_INVALID:
		break;
	}
	return NODE_REFUSED_PING_UNASKED;
}

void node_pings_take(struct node_pings *p, const struct node_data *in, uint64_t now_ms)
{
	for (uint32_t i = 0; i < NODE_PINGS_MAX; i++) {
		struct run *r = &p->runs[i];

		if (!r->is_used || r->port != in->dst_port)
			continue;
		enum node_refused why = verdict_of(p, r, in, now_ms);
		if (why != NODE_REFUSED_INVALID) {
			p->io.refuse(p->io.ctx, in->slot, why);
			r->refused[why]++;
		}
		return;
	}
	p->io.refuse(p->io.ctx, in->slot, NODE_REFUSED_PING_UNASKED);
}
