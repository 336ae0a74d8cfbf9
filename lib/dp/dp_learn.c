// SPDX-License-Identifier: BSD-3-Clause
// Stage 4: note who was heard. The rows of all senders of a burst are fetched at once; a row is written when
// its sender was heard, and an event goes up only when something changed. Worker thread.
#include "dp_worker.h"

// Senders of a burst: consecutive frames of one sender share an entry.
struct senders {
	uint32_t n;
	uint64_t key[DP_BURST_MAX];
	uint8_t n_frames[DP_BURST_MAX];
	uint8_t teller[DP_BURST_MAX]; // mixed_collect(): 1 + the last of its frames that tells its RoMON id
	uint32_t idx[DP_BURST_MAX];
};

static inline void senders_add(struct senders *s, uint64_t key)
{
	if (s->n == 0 || s->key[s->n - 1] != key) {
		s->key[s->n] = key;
		s->n_frames[s->n++] = 0;
	}
	s->n_frames[s->n - 1]++;
}

// A burst of nothing but plain frames: untagged, of one port, and Data tells no id.
static void plain_collect(const struct dp_burst *b, struct senders *s)
{
	const uint16_t tag = b->snap->ports[b->slot[__builtin_ctzll(b->alive)]].tag;
	uint64_t last = 0; // no key
	uint32_t n = 0;
	uint32_t n_frames = 0;

	DP_FOREACH_BIT (i, b->alive) {
		uint64_t key = nbr_key(base_mac_u64_inner(b->romon[i] - WIRE_ETH_LEN + BASE_MAC_LEN), tag);

		if (key != last) {
			s->key[n++] = last = key;
			n_frames = 0;
		}
		s->n_frames[n - 1] = (uint8_t)++n_frames;
	}
	s->n = n;
}

// The Route TLV of a Discover or Hello names the node that sent the frame.
static inline bool tells_id(const struct dp_burst *b, uint32_t i)
{
	uint8_t type = (b->plain >> i & 1) != 0 ? WIRE_TYPE_DATA : b->frame[i].type;

	return type == WIRE_TYPE_DISCOVER || type == WIRE_TYPE_HELLO;
}

static void mixed_collect(const struct dp_burst *b, struct senders *s)
{
	s->n = 0;
	memset(s->teller, 0, sizeof(s->teller));
	DP_FOREACH_BIT (i, b->alive) {
		uint64_t mac = base_mac_u64_inner(b->romon[i] - b->l2_len[i] + BASE_MAC_LEN);

		senders_add(s, nbr_key(mac, b->snap->ports[b->slot[i]].tag));
		if (tells_id(b, i))
			s->teller[s->n - 1] = (uint8_t)(i + 1);
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

// The row of a sender that the guess did not name: it is new, as a rule.
static uint32_t sender_find(struct dp_worker *w, uint64_t key, uint32_t now_ms)
{
	uint64_t evicted;
	uint32_t idx = nbr_table_lookup(w->neighbors, key);

	if (idx != NBR_INDEX_NONE)
		return idx;
	idx = nbr_table_add(w->neighbors, key, snap_tag_slot(nbr_key_tag(key)), now_ms, &evicted);
	if (evicted != 0)
		dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_EVICTED, evicted, 0);
	if (idx != NBR_INDEX_NONE)
		dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_NEW, key, 0);
	return idx;
}

static void id_learn(struct dp_worker *w, const struct dp_burst *b, uint32_t i, struct nbr_entry *e)
{
	uint64_t id = base_mac_u64(b->romon[i] + b->frame[i].route_off[0] + offsetof(struct wire_route, id));

	if (id == 0 || atomic_load_explicit(&e->id, memory_order_relaxed) == id)
		return;
	atomic_store_explicit(&e->id, id, memory_order_relaxed);
	dp_learn_tell(w, XCHG_EVENT_NEIGHBOR_ID, atomic_load_explicit(&e->key, memory_order_relaxed), id);
}

void dp_learn(struct dp_worker *w, struct dp_burst *b)
{
	struct nbr_entry *entries = nbr_table_entries(w->neighbors);
	bool is_mixed = (b->alive & ~b->plain) != 0;
	struct senders s;

	if (unlikely(b->alive == 0))
		return;
	if (is_mixed)
		mixed_collect(b, &s);
	else
		plain_collect(b, &s);
	nbr_table_guess_bulk(w->neighbors, s.key, s.n, s.idx);
	for (uint32_t k = 0; k < s.n; k++) {
		struct nbr_entry *e = &entries[s.idx[k]];

		// a new sender's; an earlier one of the burst may also have made it room
		if (unlikely(atomic_load_explicit(&e->key, memory_order_relaxed) != s.key[k])) {
			uint32_t idx = sender_find(w, s.key[k], b->now_ms);

			if (idx == NBR_INDEX_NONE)
				continue; // counted by the table; its frames go on
			e = &entries[idx];
		}
		nbr_table_touch(e, s.n_frames[k], b->now_ms);
		if (is_mixed && s.teller[k] != 0)
			id_learn(w, b, s.teller[k] - 1u, e);
	}
}
