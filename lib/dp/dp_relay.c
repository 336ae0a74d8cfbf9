// SPDX-License-Identifier: BSD-3-Clause
// The relay: a frame that enters one port of a group leaves the others unchanged (docs/protocol.md section
// 10). Frames share the mbuf by reference count; only a port with another VLAN tag gets a copy. Worker
// thread; all ports of a group belong to one worker.
//
// Loops. A source belongs to the port where it was heard last; heard on another port within loop-guard, its
// frame is dropped. That alone is not enough: when two boxes relay between the same two segments, and one
// of them happens to hear the other's copy before the original, each believes the source on another side
// and a frame would go round forever. So, while a source is known to loop, a frame of it that was relayed
// within loop-guard is not relayed again.
#include <rte_hash_crc.h>

#include "dp_egress.h"
#include "dp_worker.h"

#define TELL_AGAIN_MS 10000 // an event of one kind and port at most this often

// Sources and destinations of the burst's relay frames; a group address is not looked up.
struct relay_burst {
	struct nbr_entry *sources;    // rows
	const _Atomic uint8_t *homes; // of those: where each was heard last
	uint64_t src_key[DP_BURST_MAX];
	uint32_t src_idx[DP_BURST_MAX]; // of the row that the source has, if it has one
	uint32_t n_dst;
	uint64_t dst_key[DP_BURST_MAX];
	uint8_t dst_of[DP_BURST_MAX]; // whose destination dst_key[] is
	uint32_t dst_idx[DP_BURST_MAX];
	uint8_t frame[DP_BURST_MAX]; // position in the burst
	uint32_t n;
};

static void tell(struct dp_worker *w, uint32_t *told_ms, enum xchg_event_type type, uint8_t slot,
	uint8_t other, uint64_t mac)
{
	uint32_t now_ms = w->burst.now_ms;

	if (*told_ms != 0 && now_ms - *told_ms < TELL_AGAIN_MS)
		return;
	*told_ms = now_ms != 0 ? now_ms : 1;
	struct xchg_event e = {.type = (uint8_t)type, .port = slot, .other_port = other, .mac = mac};
	xchg_event_post(w->channel, &e);
}

// How many relay frames in a row, from position i on, came in by one port.
static uint32_t run_length(const struct dp_burst *b, uint32_t i)
{
	uint32_t n = 0;

	if (likely(b->dev->is_single))
		return (uint32_t)__builtin_popcountll(b->to_relay >> i);
	DP_FOREACH_BIT (k, b->to_relay >> i << i) {
		if (b->slot[k] != b->slot[i])
			break;
		n++;
	}
	return n;
}

// Storm limit and source address; the survivors' keys. Tokens are taken for a run of frames at once: one
// after the other, each take would wait for the one before.
static void frames_collect(struct dp_worker *w, struct dp_burst *b, struct relay_burst *r)
{
	const struct snap_group *g = NULL;
	uint8_t slot = SNAP_SLOT_NONE;
	uint32_t n_tokens = 0;

	r->n = 0;
	r->n_dst = 0;
	DP_FOREACH_BIT (i, b->to_relay) {
		const uint8_t *eth = dp_eth(b->m[i]);
		uint64_t src = base_mac_u64_inner(eth + BASE_MAC_LEN);

		if (unlikely(b->slot[i] != slot)) {
			slot = b->slot[i];
			g = &b->snap->groups[b->snap->ports[slot].group];
			n_tokens = base_bucket_take(&w->storm[slot], &g->storm, b->now_tsc, run_length(b, i));
		}
		if (unlikely(n_tokens == 0)) {
			tell(w, &w->storm_told_ms[slot], XCHG_EVENT_STORM, slot, slot, src);
			dp_drop(w, b, i, DP_DROP_STORM_LIMIT);
			continue;
		}
		n_tokens--;
		if (unlikely(src == 0 || (src & 1) != 0)) {
			dp_drop(w, b, i, DP_DROP_SRC_GROUP);
			continue;
		}
		r->src_key[r->n] = nbr_key(src, g->tag);
		if ((eth[0] & 1) == 0) {
			r->dst_key[r->n_dst] = nbr_key(base_mac_u64(eth), g->tag);
			r->dst_of[r->n_dst++] = (uint8_t)r->n;
		}
		r->frame[r->n++] = (uint8_t)i;
	}
}

// Has this frame of a looping source passed within loop-guard? Remembers it.
static bool seen_before(struct dp_worker *w, const struct rte_mbuf *m, uint32_t guard_ms)
{
	uint32_t hash = rte_hash_crc(rte_pktmbuf_mtod(m, const void *), m->data_len, 0) | 1;
	struct dp_seen *s = &w->seen[hash >> 1 & (DP_SEEN_LEN - 1)];
	bool is_repeat = s->hash == hash && w->burst.now_ms - s->at_ms < guard_ms;

	s->hash = hash;
	s->at_ms = w->burst.now_ms;
	return is_repeat;
}

// Does what was learned on port home still hold for frames of port slot? A reload may have given home to
// another group, or to nobody.
static inline bool is_same_group(const struct snap *s, uint8_t home, uint8_t slot)
{
	return s->ports[home].mode == CONF_MODE_RELAY && s->ports[home].group == s->ports[slot].group;
}

// The row's id field holds the time until which a source counts as looping, 0 = it does not. The clock
// wraps: a time that has passed is taken out, or it would lie ahead again 25 days later.
static void loops_set(struct nbr_entry *e, uint32_t until_ms)
{
	atomic_store_explicit(&e->id, until_ms | 1, memory_order_relaxed);
}

static bool loops_now(struct nbr_entry *e, uint32_t now_ms)
{
	uint32_t until_ms = (uint32_t)atomic_load_explicit(&e->id, memory_order_relaxed);

	if (likely(until_ms == 0))
		return false;
	if ((int32_t)(until_ms - now_ms) > 0)
		return true;
	atomic_store_explicit(&e->id, 0, memory_order_relaxed);
	return false;
}

static inline uint8_t home_of(const struct relay_burst *r, uint32_t idx)
{
	return atomic_load_explicit(&r->homes[idx], memory_order_relaxed);
}

static inline enum dp_reason known_source_check(struct dp_worker *w, struct dp_burst *b,
	const struct relay_burst *r, uint32_t i, uint32_t idx, uint32_t guard_ms)
{
	struct nbr_entry *e = &r->sources[idx];
	uint8_t slot = b->slot[i];
	uint8_t home = home_of(r, idx);
	uint32_t last_ms = atomic_load_explicit(&e->last_ms, memory_order_relaxed);

	if (likely(home == slot)) {
		if (unlikely(loops_now(e, b->now_ms)) && seen_before(w, b->m[i], guard_ms))
			return DP_DROP_RELAY_REPEAT;
		nbr_table_touch(e, 1, b->now_ms);
		return DP_DROP_NONE;
	}
	if (b->now_ms - last_ms >= guard_ms || !is_same_group(b->snap, home, slot)) { // it moved
		nbr_table_move(w->sources, idx, slot, b->now_ms);
		return DP_DROP_NONE;
	}
	loops_set(e, b->now_ms + guard_ms);
	uint64_t mac = base_mac_u64(dp_eth(b->m[i]) + BASE_MAC_LEN);
	tell(w, &w->loop_told_ms[slot], XCHG_EVENT_RELAY_LOOP, slot, home, mac);
	return DP_DROP_RELAY_LOOP;
}

static enum dp_reason source_check(
	struct dp_worker *w, struct dp_burst *b, const struct relay_burst *r, uint32_t k)
{
	uint32_t i = r->frame[k];
	uint8_t slot = b->slot[i];
	uint32_t idx = r->src_idx[k];
	uint64_t evicted;

	// a new source's; an add earlier in this burst may also have changed what the guess found
	if (unlikely(atomic_load_explicit(&r->sources[idx].key, memory_order_relaxed) != r->src_key[k]))
		idx = nbr_table_lookup(w->sources, r->src_key[k]);
	if (idx != NBR_INDEX_NONE)
		return known_source_check(
			w, b, r, i, idx, b->snap->groups[b->snap->ports[slot].group].loop_guard_ms);
	idx = nbr_table_add(w->sources, r->src_key[k], slot, b->now_ms, &evicted);
	if (idx != NBR_INDEX_NONE)
		nbr_table_touch(&r->sources[idx], 1, b->now_ms);
	return DP_DROP_NONE; // not learned: counted by the table, relayed all the same
}

// The ports that a frame leaves by.
static enum dp_reason ports_find(
	const struct dp_burst *b, const struct relay_burst *r, uint32_t k, uint64_t *ports)
{
	uint32_t i = r->frame[k];
	uint8_t slot = b->slot[i];
	const struct snap_group *g = &b->snap->groups[b->snap->ports[slot].group];
	uint64_t others = g->ports & ~(1ull << slot);
	uint32_t idx = r->dst_idx[k];
	uint32_t payload_len = b->m[i]->data_len - b->l2_len[i];

	if (unlikely(others == 0))
		return DP_DROP_RELAY_ALONE;
	uint8_t home = idx != NBR_INDEX_NONE ? home_of(r, idx) : slot;
	if (idx != NBR_INDEX_NONE && is_same_group(b->snap, home, slot)) {
		if (home == slot)
			return DP_DROP_RELAY_SAME_PORT;
		others &= 1ull << home;
		if (others == 0)
			return DP_DROP_EGRESS_DOWN;
	}
	uint64_t fitting = others;
	if (unlikely(payload_len > g->l2mtu_min)) {
		DP_FOREACH_BIT (out, others) {
			if (payload_len > b->snap->ports[out].l2mtu)
				fitting &= ~(1ull << out);
		}
	}
	*ports = fitting;
	return fitting == 0 ? DP_DROP_EGRESS_MTU : DP_DROP_NONE;
}

// Give a frame that nobody shares the tag of another port.
static bool retag(struct rte_mbuf *m, uint32_t l2_len_in, const struct snap_port *out)
{
	uint8_t macs[2 * BASE_MAC_LEN];
	uint32_t l2_len = egress_l2_len(out);

	memcpy(macs, dp_eth(m), sizeof(macs));
	if (rte_pktmbuf_adj(m, (uint16_t)l2_len_in) == NULL ||
		rte_pktmbuf_prepend(m, (uint16_t)l2_len) == NULL)
		return false;
	memcpy(dp_eth(m), macs, sizeof(macs));
	egress_type_write(dp_eth(m) + sizeof(macs), out);
	return true;
}

// Copies for the ports whose tag differs from the ingress port's.
static void copies_send(struct dp_worker *w, struct dp_burst *b, uint32_t i, uint64_t ports)
{
	DP_FOREACH_BIT (out, ports) {
		struct rte_mbuf *copy = rte_pktmbuf_copy(b->m[i], w->pool, 0, UINT32_MAX);

		if (copy == NULL) {
			dp_count(&w->counters.no_mbuf, 1);
			continue;
		}
		if (retag(copy, b->l2_len[i], &b->snap->ports[out]))
			dp_tx_queue(w, (uint8_t)out, copy, false);
		else
			dp_drop_copy(w, copy, (uint8_t)out);
	}
}

// Frames in a row that leave unchanged by the same ports.
struct run {
	uint64_t ports;
	uint32_t n;
	struct rte_mbuf *m[DP_BURST_MAX];
};

static void run_send(struct dp_worker *w, struct run *run)
{
	uint32_t n_ports = (uint32_t)__builtin_popcountll(run->ports);

	if (n_ports > 1) {
		for (uint32_t k = 0; k < run->n; k++)
			rte_mbuf_refcnt_update(run->m[k], (int16_t)(n_ports - 1));
	}
	DP_FOREACH_BIT (out, run->ports) {
		dp_tx_queue_run(w, (uint8_t)out, run->m, run->n, --n_ports == 0);
	}
	run->n = 0;
}

// A group with several VLANs: ports with the ingress port's tag share the frame, the others get a copy. run
// is empty before and after.
static void tagged_send(struct dp_worker *w, struct dp_burst *b, uint32_t i, uint64_t ports, struct run *run)
{
	uint16_t vid_in = b->snap->ports[b->slot[i]].vid;
	uint64_t same = 0;

	DP_FOREACH_BIT (out, ports) {
		if (b->snap->ports[out].vid == vid_in)
			same |= 1ull << out;
	}
	if (same == 0) { // the received mbuf itself takes the tag of the last port
		uint32_t last = 63u - (uint32_t)__builtin_clzll(ports);

		copies_send(w, b, i, ports & ~(1ull << last));
		if (!retag(b->m[i], b->l2_len[i], &b->snap->ports[last])) {
			dp_drop(w, b, i, DP_DROP_NO_MBUF);
			return;
		}
		dp_tx_queue(w, (uint8_t)last, b->m[i], true);
		return;
	}
	copies_send(w, b, i, ports & ~same);
	run->ports = same;
	run->m[run->n++] = b->m[i];
	run_send(w, run);
}

static void frame_send(struct dp_worker *w, struct dp_burst *b, uint32_t i, uint64_t ports, struct run *run)
{
	if (run->n > 0 && run->ports != ports)
		run_send(w, run);
	if (likely(b->snap->groups[b->snap->ports[b->slot[i]].group].is_uniform)) {
		run->ports = ports;
		run->m[run->n++] = b->m[i];
		return;
	}
	if (run->n > 0)
		run_send(w, run); // keeps the order of frames
	tagged_send(w, b, i, ports, run);
}

static void lookup(struct dp_worker *w, struct relay_burst *r)
{
	uint32_t found[DP_BURST_MAX];

	nbr_table_guess_bulk(w->sources, r->src_key, r->n, r->src_idx);
	nbr_table_lookup_bulk(w->sources, r->dst_key, r->n_dst, found);
	r->sources = nbr_table_entries(w->sources);
	r->homes = nbr_table_ports(w->sources);
	for (uint32_t k = 0; k < r->n; k++)
		r->dst_idx[k] = NBR_INDEX_NONE;
	for (uint32_t k = 0; k < r->n_dst; k++)
		r->dst_idx[r->dst_of[k]] = found[k];
}

void dp_relay(struct dp_worker *w, struct dp_burst *b)
{
	struct relay_burst r;
	struct run run = {.ports = 0, .n = 0};

	frames_collect(w, b, &r);
	lookup(w, &r);
	for (uint32_t k = 0; k < r.n; k++) {
		uint64_t ports = 0;
		enum dp_reason reason = source_check(w, b, &r, k);

		if (reason == DP_DROP_NONE)
			reason = ports_find(b, &r, k, &ports);
		if (reason != DP_DROP_NONE)
			dp_drop(w, b, r.frame[k], reason);
		else
			frame_send(w, b, r.frame[k], ports, &run);
	}
	if (run.n > 0)
		run_send(w, &run);
}
