// SPDX-License-Identifier: BSD-3-Clause
// Stage 5: where does the frame go? Data is source-routed by label swapping, DiscoverResp is unwound on its
// way home, what is for us goes up, Discovers are passed on to dp_flood (docs/protocol.md section 5).
// Worker thread.
#include <assert.h>

#include "base_be.h"
#include "dp_egress.h"
#include "dp_worker.h"

static inline struct wire_hop *hop_at(uint8_t *romon, const struct wire_frame *f, uint32_t idx)
{
	return (struct wire_hop *)(uintptr_t)wire_hop_at(romon, f, idx); // the bytes are ours to write
}

// Our port that a link id names, or SNAP_SLOT_NONE.
static inline uint8_t slot_of(const struct snap *s, const struct wire_hop *hop)
{
	uint32_t link_id = base_be32_load(hop->link_id);

	return link_id <= SNAP_LINK_ID_MAX ? s->slot_of_link[link_id] : SNAP_SLOT_NONE;
}

// Where a routed frame (Data, DiscoverResp) goes next, and whether it may.
static inline enum dp_reason next_check(
	const struct dp_burst *b, uint32_t i, const struct snap_port *out, const struct wire_hop *next)
{
	if (unlikely(!base_mac_is_unicast(&next->mac)))
		return DP_DROP_HOP_GROUP;
	enum dp_reason reason = egress_check(out, b->frame[i].len);
	if (unlikely(reason != DP_DROP_NONE))
		return reason;
	return filter_denies(out, b->romon[i], &b->frame[i]) ? DP_DROP_FILTERED : DP_DROP_NONE;
}

// The frame leaves by slot, to the MAC of next.
static inline void next_send(
	struct dp_worker *w, struct dp_burst *b, uint32_t i, uint8_t slot, const struct wire_hop *next)
{
	const struct snap_port *out = &b->snap->ports[slot];
	uint64_t dst = out->data_to_group ? base_mac_u64(&wire_group_mac) : base_mac_u64_inner(&next->mac);

	if (unlikely(!egress_reframe(b->m[i], b->l2_len[i], out, dst, b->frame[i].len))) {
		dp_drop(w, b, i, DP_DROP_NO_MBUF);
		return;
	}
	b->alive &= ~(1ull << i);
	dp_tx_queue(w, slot, b->m[i], true);
}

// Data for us, its hop list the way back already. A ping is answered right here: neither its round-trip time
// nor control's load is then a matter of how busy control is. Never an answer to an answer.
static void data_deliver(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	const struct wire_services *s = (const struct wire_services *)(b->romon[i] + b->frame[i].body_off);

	if (b->snap->answers_ping && base_be16_load(s->dst_port) == WIRE_SERVICE_PING &&
		base_be16_load(s->src_port) != WIRE_SERVICE_PING)
		dp_echo(w, b, i);
	else
		dp_punt_original(w, b, i, XCHG_PUNT_DATA);
}

// What any_route() needs of a frame that took the short way so far.
static void plain_parse(struct dp_burst *b, uint32_t i)
{
	enum wire_verdict verdict =
		wire_frame_parse(b->romon[i], b->m[i]->data_len - (uint32_t)b->l2_len[i], &b->frame[i]);

	assert(verdict == WIRE_OK); // that is what wire_data_accept() promises
	(void)verdict;
}

// Where plain frames with one next hop go on: made for the first of them, good for those that follow it.
struct way {
	struct wire_hop next;
	uint8_t slot;
	uint32_t len_max;  // 0: not by a plain port
	uint32_t len_free; // the same, but 0 if that port has a filter, which is to be asked
	uint64_t macs_low; // of the Ethernet header, as egress_macs_write() has them
	uint32_t macs_high;
};

static inline bool way_is_for(const struct way *way, const struct wire_hop *next)
{
	uint64_t a, b;
	uint16_t c, d;

	memcpy(&a, &way->next, sizeof(a));
	memcpy(&b, next, sizeof(b));
	memcpy(&c, (const uint8_t *)&way->next + sizeof(a), sizeof(c));
	memcpy(&d, (const uint8_t *)next + sizeof(b), sizeof(d));
	return a == b && c == d;
}

static void way_find(struct way *way, const struct snap *s, const struct wire_hop *next)
{
	uint64_t dst = base_mac_u64(&next->mac);

	way->next = *next;
	way->slot = slot_of(s, next);
	way->len_max = 0;
	way->len_free = 0;
	if (way->slot == SNAP_SLOT_NONE || dst == 0 || (dst & 1) != 0)
		return;
	way->len_max = s->ports[way->slot].plain_len;
	if (s->ports[way->slot].filter == NULL)
		way->len_free = way->len_max;
	egress_macs_make(&s->ports[way->slot], dst, &way->macs_low, &way->macs_high);
}

// Does a filter of the port that it is to leave by refuse a plain frame? Not inlined: its registers are not
// the loop's.
static __attribute__((noinline)) bool plain_is_filtered(
	const struct snap_filter *filter, const struct wire_hdr *h)
{
	const struct wire_hop *hops = (const struct wire_hop *)((const uint8_t *)h + WIRE_HDR_LEN);
	const struct wire_services *services = (const struct wire_services *)(hops + h->n_hops);

	return filter != NULL && dp_filter_denies(filter, h, services);
}

// Plain frames that go on by a plain port: all of data_route() that they can need. Returns the others, which
// were not touched: data_route() knows why. Frames in a row with one next hop are queued as one run. Not
// inlined: a loop with registers of its own.
static __attribute__((noinline)) uint64_t plain_route(struct dp_worker *w, struct dp_burst *b, uint64_t plain)
{
	const struct snap *s = b->snap;
	const struct snap_port *in = &s->ports[b->slot[__builtin_ctzll(plain)]]; // of all of them
	const uint64_t in_mac = in->mac;
	const uint32_t in_link_id_be = in->link_id_be;
	struct rte_mbuf *run[DP_BURST_MAX];
	uint32_t n_run = 0;
	uint64_t left = 0;
	struct way way = {.len_max = 0};

	DP_FOREACH_BIT (i, plain) {
		struct wire_hdr *h = (struct wire_hdr *)b->romon[i];
		uint32_t ptr = h->ptr;
		struct wire_hop *hop = (struct wire_hop *)(b->romon[i] + WIRE_HDR_LEN) + ptr;
		uint32_t len = base_be16_load(h->length);
		struct rte_mbuf *m = b->m[i];

		if (unlikely(base_mac_u64_inner(&hop->mac) != in_mac || ptr + 1u == h->n_hops)) {
			left |= 1ull << i;
			continue;
		}
		if (unlikely(!way_is_for(&way, hop + 1))) {
			dp_tx_queue_run(w, way.slot, run, n_run, true);
			n_run = 0;
			way_find(&way, s, hop + 1);
		}
		if (unlikely(len > way.len_free) &&
			(len > way.len_max || plain_is_filtered(s->ports[way.slot].filter, h))) {
			left |= 1ull << i;
			continue;
		}
		uint8_t *eth = (uint8_t *)h - WIRE_ETH_LEN;
		memcpy(hop->link_id, &in_link_id_be, sizeof(hop->link_id));
		memcpy(&hop->mac, eth + BASE_MAC_LEN, BASE_MAC_LEN);
		h->ptr = (uint8_t)(ptr + 1);
		memcpy(eth, &way.macs_low, sizeof(way.macs_low)); // what follows the MACs stays
		memcpy(eth + sizeof(way.macs_low), &way.macs_high, sizeof(way.macs_high));
		if (unlikely(m->data_len != len)) { // padding goes
			m->data_len = (uint16_t)len;
			m->pkt_len = len;
		}
		run[n_run++] = m;
	}
	dp_tx_queue_run(w, way.slot, run, n_run, true);
	return left;
}

static void data_route(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	const struct snap *s = b->snap;
	const struct snap_port *in = &s->ports[b->slot[i]];
	const struct wire_frame *f = &b->frame[i];
	struct wire_hdr *h = (struct wire_hdr *)b->romon[i];
	struct wire_hop *hop = hop_at(b->romon[i], f, f->ptr);

	if (unlikely(base_mac_u64_inner(&hop->mac) != in->mac)) {
		dp_drop(w, b, i, DP_DROP_HOP_NOT_US);
		return;
	}
	if (unlikely(f->ptr == f->n_hops - 1)) {
		if (base_mac_u64(&h->dst_id) != s->own_id) {
			dp_drop(w, b, i, DP_DROP_NOT_FOR_US);
			return;
		}
		egress_hop_back(hop, in, dp_eth(b->m[i]));
		data_deliver(w, b, i);
		return;
	}
	const struct wire_hop *next = hop + 1;
	uint8_t slot = slot_of(s, next);
	if (unlikely(slot == SNAP_SLOT_NONE)) {
		dp_drop(w, b, i, DP_DROP_LINK_UNKNOWN);
		return;
	}
	const struct snap_port *out = &s->ports[slot];
	enum dp_reason reason = next_check(b, i, out, next);
	if (unlikely(reason != DP_DROP_NONE)) {
		dp_drop(w, b, i, reason);
		return;
	}
	egress_hop_back(hop, in, dp_eth(b->m[i]));
	h->ptr = (uint8_t)(f->ptr + 1);
	next_send(w, b, i, slot, next);
}

// Does this entry of a DiscoverResp name a way on from here: one of our link ids, and a neighbor that was
// heard there? Neighbors that another worker may know are not ours to look up: there the link id must do.
static uint8_t resp_way(struct dp_worker *w, const struct snap *s, const struct wire_hop *hop)
{
	uint8_t slot = slot_of(s, hop);

	if (slot == SNAP_SLOT_NONE || !base_mac_is_unicast(&hop->mac))
		return SNAP_SLOT_NONE;
	const struct snap_port *port = &s->ports[slot];
	if (port->worker != w->id || port->is_dispatched)
		return slot;
	uint64_t key = nbr_key(base_mac_u64(&hop->mac), port->tag);
	return nbr_table_lookup(w->neighbors, key) == NBR_INDEX_NONE ? SNAP_SLOT_NONE : slot;
}

// The header's ids stand as in the Discover, but we accept either order: the discoverer is the one that is
// not the responder, whom the second Route TLV names.
static bool resp_is_ours(const struct dp_burst *b, uint32_t i)
{
	const struct wire_hdr *h = (const struct wire_hdr *)b->romon[i];
	uint64_t responder = base_mac_u64(b->romon[i] + b->frame[i].route_off[1]);
	uint64_t src = base_mac_u64(&h->src_id);

	return (src == responder ? base_mac_u64(&h->dst_id) : src) == b->snap->own_id;
}

// Is a DiscoverResp meant for this port? The segment's other nodes hear one to the group address too, and
// may use the same link id. Unwinding, entry[ptr] names the receiver; on the responder's own transmission
// it is the port that the Discover left by.
static bool resp_is_meant(const struct dp_burst *b, uint32_t i)
{
	const struct wire_frame *f = &b->frame[i];
	uint64_t own = b->snap->ports[b->slot[i]].mac;

	if (base_mac_u64(dp_eth(b->m[i])) == own)
		return true;
	if (f->ptr < f->n_hops)
		return base_mac_u64(&hop_at(b->romon[i], f, f->ptr)->mac) == own;
	const struct wire_route *parent = (const struct wire_route *)(b->romon[i] + f->route_off[0]);
	return base_mac_u64(&parent->out.mac) == own;
}

static void resp_route(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	const struct snap *s = b->snap;
	const struct wire_frame *f = &b->frame[i];
	struct wire_hdr *h = (struct wire_hdr *)b->romon[i];
	struct wire_hop *unwind = f->ptr > 0 ? hop_at(b->romon[i], f, f->ptr - 1u) : NULL;
	struct wire_hop *swap = f->ptr < f->n_hops ? hop_at(b->romon[i], f, f->ptr) : NULL;

	if (resp_is_ours(b, i)) {
		dp_punt_original(w, b, i, XCHG_PUNT_RESP);
		return;
	}
	if (!resp_is_meant(b, i)) {
		dp_drop(w, b, i, DP_DROP_HOP_NOT_US);
		return;
	}
	// the swap reading names no receiver: to the group only unwinding is safe, for there ptr only falls
	if ((dp_eth(b->m[i])[0] & 1) != 0)
		swap = NULL;
	struct wire_hop *next = unwind;
	uint8_t slot = unwind == NULL ? SNAP_SLOT_NONE : resp_way(w, s, unwind);
	if (slot == SNAP_SLOT_NONE && swap != NULL) {
		next = swap;
		slot = resp_way(w, s, swap);
	}
	enum dp_reason reason =
		slot == SNAP_SLOT_NONE ? DP_DROP_RESP_NO_WAY : next_check(b, i, &s->ports[slot], next);
	if (reason != DP_DROP_NONE) {
		dp_drop(w, b, i, reason);
		return;
	}
	struct wire_hop next_hop = *next; // the swap reading overwrites it
	if (next == unwind) {
		h->ptr = (uint8_t)(f->ptr - 1);
	} else {
		egress_hop_back(swap, &s->ports[b->slot[i]], dp_eth(b->m[i]));
		h->ptr = (uint8_t)(f->ptr + 1);
	}
	next_send(w, b, i, slot, &next_hop);
}

// The row of a Discover's origin, made if need be; NBR_INDEX_NONE: there is no room for it.
static uint32_t origin_row(struct dp_worker *w, const struct dp_burst *b, uint32_t i)
{
	const struct wire_hdr *h = (const struct wire_hdr *)b->romon[i];
	uint64_t key = nbr_key(base_mac_u64(&h->src_id), b->snap->channel);
	uint32_t idx = nbr_table_lookup(w->origins, key);
	uint64_t evicted;

	if (idx == NBR_INDEX_NONE)
		idx = nbr_table_add(w->origins, key, b->slot[i], b->now_ms, &evicted);
	return idx;
}

// What an origin's row remembers of its floods: when the last one was (last_ms), the last one by the port
// that the row belongs to (first_ms), and in its id the last one by another port, if there was one, which
// port that was, and how hard it is pressed.
#define ASIDE_HAS           (1ull << 32)
#define ASIDE_SLOT_SHIFT    33
#define ASIDE_SLOT          ((uint64_t)(SNAP_PORTS_MAX - 1) << ASIDE_SLOT_SHIFT)
#define ASIDE_PRESSED_SHIFT 40

// No honest origin brings so much: a flood less than two holds after the one before counts four, a copy by
// the port of the last flood while that is held counts one. Somebody speaks in its name without a pause.
#define PRESSED_MAX   16
#define PRESSED_FLOOD 4

static void aside_store(struct nbr_entry *origin, uint64_t aside, uint64_t pressed)
{
	aside &= ASIDE_SLOT | ASIDE_HAS | UINT32_MAX;
	aside |= (pressed < PRESSED_MAX ? pressed : PRESSED_MAX) << ASIDE_PRESSED_SHIFT;
	atomic_store_explicit(&origin->id, aside, memory_order_relaxed);
}

// May a Discover of this origin be flooded on? Once in flood-hold, whatever port it comes by. But where the
// origin is pressed, what comes by the row's port and what comes by others have a hold each: then neither
// keeps the other from going on (docs/decisions/0031).
static enum dp_reason origin_check(struct dp_worker *w, const struct dp_burst *b, uint32_t i, uint32_t idx)
{
	struct nbr_entry *origin = nbr_table_entry(w->origins, idx);
	const uint32_t hold_ms = b->snap->flood_hold_ms;
	bool is_first = atomic_load_explicit(&origin->rx_frames, memory_order_relaxed) == 0;
	bool is_home =
		atomic_load_explicit(&nbr_table_ports(w->origins)[idx], memory_order_relaxed) == b->slot[i];
	uint64_t aside = atomic_load_explicit(&origin->id, memory_order_relaxed);
	uint64_t pressed = aside >> ASIDE_PRESSED_SHIFT;
	uint32_t silent_ms = b->now_ms - atomic_load_explicit(&origin->last_ms, memory_order_relaxed);
	uint32_t home_ms = b->now_ms - atomic_load_explicit(&origin->first_ms, memory_order_relaxed);
	uint32_t aside_ms = (aside & ASIDE_HAS) != 0 ? b->now_ms - (uint32_t)aside : UINT32_MAX;

	if (!is_first && silent_ms < hold_ms) {
		bool is_aside = (aside & ASIDE_SLOT) == (uint64_t)b->slot[i] << ASIDE_SLOT_SHIFT;
		bool is_same =
			is_home ? home_ms <= aside_ms : aside_ms < home_ms && is_aside; // as the last flood

		if (pressed < PRESSED_MAX && is_same)
			aside_store(origin, aside, pressed + 1);
		if (pressed < PRESSED_MAX || (is_home ? home_ms : aside_ms) < hold_ms)
			return DP_DROP_FLOOD_HOLD;
	}
	// without a hold nothing else keeps others from the tokens of the row's port
	if (hold_ms == 0 && !is_home
			? !base_bucket_take_upper(&origin->bucket, &b->snap->origin, b->now_tsc)
			: base_bucket_take(&origin->bucket, &b->snap->origin, b->now_tsc, 1) == 0)
		return DP_DROP_RATE_ORIGIN;
	pressed = is_first || silent_ms >= 2 * hold_ms ? 0 : pressed + PRESSED_FLOOD;
	if (!is_home && (is_first || home_ms >= b->snap->origin_age_ms)) {
		nbr_table_move(w->origins, idx, b->slot[i], b->now_ms);
		is_home = true;
	}
	if (is_home)
		atomic_store_explicit(&origin->first_ms, b->now_ms, memory_order_relaxed);
	else
		aside = (uint64_t)b->slot[i] << ASIDE_SLOT_SHIFT | ASIDE_HAS | b->now_ms;
	aside_store(origin, aside, pressed);
	nbr_table_touch(origin, 1, b->now_ms);
	return DP_DROP_NONE;
}

// May a Discover that goes no further be answered? Such ones share the upper half of their origin's bucket:
// however many copies come, the next Discover is still flooded.
static bool answer_is_allowed(const struct dp_burst *b, struct nbr_entry *origin)
{
	if (atomic_load_explicit(&origin->rx_frames, memory_order_relaxed) ==
		0) // never held: keep the row young
		atomic_store_explicit(&origin->last_ms, b->now_ms, memory_order_relaxed);
	return base_bucket_take_upper(&origin->bucket, &b->snap->origin, b->now_tsc);
}

static bool hops_name_us(const struct snap *s, uint8_t *romon, const struct wire_frame *f)
{
	for (uint32_t k = 0; k < f->n_hops; k++) {
		if (snap_mac_is_own(s, base_mac_u64_inner(&hop_at(romon, f, k)->mac)))
			return true;
	}
	return false;
}

// What a Discover takes from its port's bucket: the less, the more nodes have passed it on. With one rate for
// all, a node that floods made-up origins would fill the buckets of its neighbor, and by it those of all
// nodes behind, exactly to the brim: whatever else comes by those ports would find them empty. So each node
// leaves the next one room. Forged hops do not change that: they grow from node to node too.
#define DISCOVER_HOPS 32 // one hop more takes 1/33 less, two hops 2/34 ...

static struct base_bucket_rate discover_rate(const struct snap *s, uint64_t cost_ticks, uint32_t n_hops)
{
	uint64_t cost = cost_ticks * DISCOVER_HOPS + DISCOVER_HOPS + n_hops - 1;

	// rounded up: 0 stays 0, which is no limit
	return (struct base_bucket_rate){
		.cost_ticks = cost / (DISCOVER_HOPS + n_hops), .burst_ticks = s->discover_in.burst_ticks};
}

// Is this Discover worth an answer?
static enum dp_reason discover_check(struct dp_worker *w, const struct dp_burst *b, uint32_t i)
{
	const struct snap *s = b->snap;
	const struct wire_hdr *h = (const struct wire_hdr *)b->romon[i];

	if (base_mac_u64(&h->src_id) == s->own_id)
		return DP_DROP_LOOP_OWN_ID;
	if (hops_name_us(s, b->romon[i], &b->frame[i]))
		return DP_DROP_LOOP_OWN_MAC;
	uint64_t cost_ticks = s->discover_in.cost_ticks;
	if (unlikely(s->ports[b->slot[i]].is_dispatched)) // a bucket in each worker: all as much as one
		cost_ticks *= w->n_workers;
	struct base_bucket_rate rate = discover_rate(s, cost_ticks, b->frame[i].n_hops);
	if (base_bucket_take(&w->discover_in[b->slot[i]], &rate, b->now_tsc, 1) == 0)
		return DP_DROP_RATE_DISCOVER;
	return DP_DROP_NONE;
}

// May it be flooded on? *is_answered: may it be answered?
static enum dp_reason flood_check(
	struct dp_worker *w, const struct dp_burst *b, uint32_t i, bool *is_answered)
{
	const struct snap *s = b->snap;
	bool has_row = s->flood_hold_ms != 0 || s->origin.cost_ticks != 0;
	uint32_t idx = has_row ? origin_row(w, b, i) : NBR_INDEX_NONE;
	enum dp_reason reason = DP_DROP_NONE;

	*is_answered = false;
	if (has_row && idx == NBR_INDEX_NONE)
		return DP_DROP_RATE_ORIGIN; // not to be remembered, so not to be repeated
	if (b->frame[i].n_hops >= s->hop_limit)
		reason = DP_DROP_HOP_LIMIT;
	else if ((s->node_ports & ~(1ull << b->slot[i])) == 0)
		reason = DP_DROP_NO_EGRESS;
	else if (has_row)
		reason = origin_check(w, b, i, idx);
	if (reason == DP_DROP_NONE)
		*is_answered = true;
	else if (reason != DP_DROP_RATE_ORIGIN)
		*is_answered = !has_row || answer_is_allowed(b, nbr_table_entry(w->origins, idx));
	return reason;
}

// A Discover that is not flooded on is answered all the same: each copy describes another edge.
static void discover_route(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	enum dp_reason reason = discover_check(w, b, i);
	bool is_answered;

	if (reason != DP_DROP_NONE) {
		dp_drop(w, b, i, reason);
		return;
	}
	reason = flood_check(w, b, i, &is_answered);
	if (reason == DP_DROP_NONE) {
		dp_punt_discover_copy(w, b, i);
		b->to_flood |= 1ull << i;
	} else if (is_answered) {
		dp_drop_answered(w, b, i, reason);
	} else {
		dp_count(&w->counters.unanswered, reason != DP_DROP_RATE_ORIGIN);
		dp_drop(w, b, i, reason);
	}
}

static void any_route(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	switch ((enum wire_type)b->frame[i].type) {
	case WIRE_TYPE_DATA:
		data_route(w, b, i);
		break;
	case WIRE_TYPE_DISCOVER:
		discover_route(w, b, i);
		break;
	case WIRE_TYPE_DISCOVER_RESP:
		resp_route(w, b, i);
		break;
	case WIRE_TYPE_SEQ_ERR:
	case WIRE_TYPE_HELLO:
		dp_punt_original(w, b, i, XCHG_PUNT_HELLO);
		break;
	case WIRE_TYPE_INVALID:
	case WIRE_N_TYPES:
		__builtin_unreachable(); // dp_classify let no other type pass
	}
}

static inline uint64_t lowest_bit(uint64_t mask)
{
	return mask & -mask;
}

// Frames keep their order: plain ones up to the next that is not, then those up to the next that is. What
// plain_route() leaves goes by another port than the rest, or nowhere.
void dp_route(struct dp_worker *w, struct dp_burst *b)
{
	uint64_t todo = b->alive;

	while (todo != 0) {
		uint64_t plain =
			todo & b->plain & (lowest_bit(todo & ~b->plain) - 1); // all, when there is no other
		uint64_t others = todo & ~b->plain & (lowest_bit(todo & b->plain & ~plain) - 1);

		todo &= ~(plain | others);
		if (plain != 0) {
			plain = plain_route(w, b, plain);
			DP_FOREACH_BIT (i, plain) {
				plain_parse(b, i);
			}
		}
		DP_FOREACH_BIT (i, plain | others) {
			any_route(w, b, i);
		}
	}
	b->alive = b->to_flood;
}
