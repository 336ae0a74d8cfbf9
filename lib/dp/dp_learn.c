// SPDX-License-Identifier: BSD-3-Clause
// Stage 4: note who was heard. One bulk lookup per burst over the distinct senders in it; a row is written
// when its sender was heard, and an event goes up only when something changed. Worker thread.
#include "dp_worker.h"

// Senders of a burst: consecutive frames of one sender share an entry.
struct senders {
	uint32_t n;
	uint64_t key[DP_BURST_MAX];
	uint8_t slot[DP_BURST_MAX];
	uint8_t n_frames[DP_BURST_MAX];
	uint64_t id[DP_BURST_MAX]; // from a Route TLV; 0 = none seen
	uint32_t idx[DP_BURST_MAX];
};

// The Route TLV of a Discover or Hello names the node that sent the frame.
static inline uint64_t sender_id(const struct dp_burst *b, uint32_t i)
{
	const struct wire_frame *f = &b->frame[i];

	if ((b->plain >> i & 1) != 0)
		return 0; // Data
	if (f->type != WIRE_TYPE_DISCOVER && f->type != WIRE_TYPE_HELLO)
		return 0;
	return base_mac_u64(b->romon[i] + f->route_off[0] + offsetof(struct wire_route, id));
}

static void senders_collect(const struct dp_burst *b, struct senders *s)
{
	s->n = 0;
	DP_FOREACH_BIT (i, b->alive) {
		uint64_t mac = base_mac_u64_inner(dp_eth(b->m[i]) + BASE_MAC_LEN);
		uint64_t key = nbr_key(mac, b->snap->ports[b->slot[i]].tag);
		uint64_t id = sender_id(b, i);

		if (s->n == 0 || s->key[s->n - 1] != key) {
			s->key[s->n] = key;
			s->slot[s->n] = b->slot[i];
			s->n_frames[s->n] = 0;
			s->id[s->n] = 0;
			s->n++;
		}
		s->n_frames[s->n - 1]++;
		if (id != 0)
			s->id[s->n - 1] = id;
	}
}

void dp_learn_tell(struct dp_worker *w, enum xchg_event_type type, uint64_t key, uint64_t id)
{
	struct xchg_event e = {.type = (uint8_t)type,
		.port = snap_tag_slot(nbr_key_tag(key)),
		.mac = nbr_key_mac(key),
		.id = id};

	xchg_event_post(w->channel, &e);
}

// A sender that the bulk lookup did not find. An earlier frame of the burst may have added it since.
static uint32_t sender_add(struct dp_worker *w, uint64_t key, uint8_t slot, uint32_t now_ms)
{
	uint64_t evicted;
	uint32_t idx = nbr_table_lookup(w->neighbors, key);

	if (idx != NBR_INDEX_NONE)
		return idx;
	idx = nbr_table_add(w->neighbors, key, slot, now_ms, &evicted);
	if (evicted != 0)
		dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_EVICTED, evicted, 0);
	if (idx != NBR_INDEX_NONE)
		dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_NEW, key, 0);
	return idx;
}

void dp_learn(struct dp_worker *w, struct dp_burst *b)
{
	struct nbr_entry *entries = nbr_table_entries(w->neighbors);
	struct senders s;

	senders_collect(b, &s);
	nbr_table_lookup_bulk(w->neighbors, s.key, s.n, s.idx);
	for (uint32_t k = 0; k < s.n; k++) {
		uint32_t idx = s.idx[k];

		if (unlikely(idx == NBR_INDEX_NONE))
			idx = sender_add(w, s.key[k], s.slot[k], b->now_ms);
		if (unlikely(idx == NBR_INDEX_NONE))
			continue; // counted by the table; the frame itself goes on
		struct nbr_entry *e = &entries[idx];
		// an add above may have evicted a row that the lookup had found
		if (unlikely(atomic_load_explicit(&e->key, memory_order_relaxed) != s.key[k]))
			continue;
		nbr_table_touch(e, s.n_frames[k], b->now_ms);
		if (s.id[k] != 0 && atomic_load_explicit(&e->id, memory_order_relaxed) != s.id[k]) {
			atomic_store_explicit(&e->id, s.id[k], memory_order_relaxed);
			dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_ID, s.key[k], s.id[k]);
		}
	}
}
