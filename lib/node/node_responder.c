// SPDX-License-Identifier: BSD-3-Clause
// The responder. Pure; one thread.
#include <stdlib.h>

#include "base_bucket.h"
#include "node_frame.h"
#include "node_responder.h"

struct waiting {
	uint64_t due_ms;
	uint32_t len;
	uint8_t slot;
	uint8_t frame[WIRE_FRAME_LEN_MAX];
};

struct node_responder {
	struct node_io io;
	uint64_t random; // xorshift, not 0
	struct node_responder_counts counts;
	struct base_bucket buckets[NODE_PORTS];
	uint16_t n_port[NODE_PORTS]; // that wait
	uint32_t n;
	struct waiting waiting[NODE_RESPONDER_WAIT];
};

struct node_responder *node_responder_create(const struct node_io *io)
{
	struct node_responder *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->io = *io;
	io->random(io->ctx, &r->random, sizeof(r->random));
	r->random |= 1;
	return r;
}

void node_responder_destroy(struct node_responder *r)
{
	free(r);
}

static uint32_t pause_ms(struct node_responder *r)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (uint32_t)(r->random >> 33) % (NODE_RESPONDER_PAUSE_MS + 1);
}

static void send_now(struct node_responder *r, const struct waiting *w)
{
	if (r->io.send(r->io.ctx, w->slot, w->frame, w->len) == 0)
		r->counts.sent++;
	else
		r->counts.unsent++;
}

static bool is_within_share(struct node_responder *r, uint8_t slot, uint64_t now_ms)
{
	struct base_bucket_rate rate =
		base_bucket_rate_make(1000000, NODE_RESPONDER_PER_S, NODE_RESPONDER_PER_S);

	if (base_bucket_take(&r->buckets[slot], &rate, now_ms * 1000, 1) == 1)
		return true;
	r->io.refuse(r->io.ctx, slot, NODE_REFUSED_ANSWER_RATE);
	return false;
}

void node_responder_take(
	struct node_responder *r, uint8_t slot, const uint8_t *bytes, uint32_t len, uint64_t now_ms)
{
	struct node_port port;
	struct topo_self self;
	struct wire_frame f;
	struct waiting direct;
	const uint8_t *romon = node_frame_parse(bytes, len, &f);

	if (romon == NULL || !r->io.port(r->io.ctx, slot, &port))
		return;
	if (!is_within_share(r, slot, now_ms))
		return;
	bool has_room = r->n < NODE_RESPONDER_WAIT && r->n_port[slot] < NODE_RESPONDER_WAIT_PORT;
	struct waiting *w = has_room ? &r->waiting[r->n] : &direct;
	r->io.self(r->io.ctx, &self);
	const struct base_mac *src = (const struct base_mac *)(bytes + BASE_MAC_LEN);
	int n = topo_resp_build(w->frame, sizeof(w->frame), &self, &port.own, src, romon, &f);
	if (n < 0) {
		r->counts.unsent++;
		return;
	}
	w->slot = slot;
	w->len = (uint32_t)n;
	if (!has_room) {
		send_now(r, w);
		return;
	}
	w->due_ms = now_ms + pause_ms(r);
	r->n++;
	r->n_port[slot]++;
}

bool node_responder_tick(struct node_responder *r, uint64_t now_ms)
{
	for (uint32_t i = 0; i < r->n;) {
		struct waiting *w = &r->waiting[i];

		if (w->due_ms > now_ms) {
			i++;
			continue;
		}
		send_now(r, w);
		r->n_port[w->slot]--;
		if (i != --r->n)
			*w = r->waiting[r->n];
	}
	return r->n > 0;
}

struct node_responder_counts node_responder_counts(const struct node_responder *r)
{
	return r->counts;
}
