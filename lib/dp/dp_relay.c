// SPDX-License-Identifier: BSD-3-Clause
// The relay: a frame that enters one port of a group leaves the others unchanged (docs/protocol.md section
// 10). Frames share the mbuf by reference count; only a port with another VLAN tag gets a copy. Worker
// thread; all ports of a group belong to one worker.
//
// Loops. A frame whose bytes were relayed from another port of the group within loop-guard is a copy that
// came back: it is dropped. That asks for a memory of frames, which costs too much for all of them. So only
// sources that are watched are remembered: for loop-guard after they were silent so long, moved, or looped. A
// copy that comes back makes its source loop: then what comes round by its own port is dropped too (decision
// 4).
//
// Places. A source heard on two ports within neighbor-age roams: it moved, or somebody speaks in its name. No
// frame is dropped for that, and what is sent to it goes to all ports (decision 30).
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

// Where the bytes of a frame were relayed from within loop-guard.
enum seen {
	SEEN_NOT,
	SEEN_HERE,
	SEEN_ELSEWHERE, // on another port of the group
};

static inline uint64_t hash_add(uint64_t hash, uint64_t word, uint64_t key)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * key;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// Of all bytes but a tag and the EtherType, which ports of a group may have each their own. Nobody who does
// not know the seed can make a frame that counts as another's.
static uint64_t frame_hash(const struct rte_mbuf *m, uint32_t l2_len, uint64_t seed)
{
	const uint8_t *eth = rte_pktmbuf_mtod(m, const uint8_t *);
	const uint64_t key = seed | 1;
	uint64_t hash = hash_add(seed ^ (m->data_len - l2_len), base_mac_u64(eth), key);

	hash = hash_add(hash, base_mac_u64(eth + BASE_MAC_LEN), key);
	for (uint32_t at = l2_len; at < m->data_len; at += sizeof(uint64_t)) {
		uint64_t word = 0;
		uint32_t left = m->data_len - at;

		memcpy(&word, eth + at, left < sizeof(word) ? left : sizeof(word));
		hash = hash_add(hash, word, key);
	}
	return hash;
}

// Was this frame relayed within loop-guard? Remembers it, if it is not a copy of one that was.
static enum seen seen_before(
	struct dp_worker *w, const struct dp_burst *b, uint32_t i, const struct snap_group *g)
{
	if (g->loop_guard_ms == 0)
		return SEEN_NOT;
	uint64_t hash = frame_hash(b->m[i], b->l2_len[i], w->seed);
	struct dp_seen *s = &w->seen[hash & (DP_SEEN_LEN - 1)];
	bool is_known = s->hash == hash && s->tag == g->tag && b->now_ms - s->at_ms < g->loop_guard_ms;

	if (is_known && s->slot != b->slot[i])
		return SEEN_ELSEWHERE; // what came back does not prolong that
	*s = (struct dp_seen){.hash = hash, .at_ms = b->now_ms, .tag = g->tag, .slot = b->slot[i]};
	return is_known ? SEEN_HERE : SEEN_NOT;
}

// A time of the row's roam until which something holds; 0 = it does not. The clock wraps: a time that has
// passed is taken out when it is looked at, or it would lie ahead again 25 days later.
static inline uint32_t until(uint32_t now_ms, uint32_t len_ms)
{
	return len_ms == 0 ? 0 : now_ms + len_ms == 0 ? 1 : now_ms + len_ms;
}

static inline bool is_still(uint32_t *until_ms, uint32_t now_ms)
{
	if (likely(*until_ms == 0))
		return false;
	if ((int32_t)(*until_ms - now_ms) > 0)
		return true;
	*until_ms = 0;
	return false;
}

static inline uint8_t home_of(const struct relay_burst *r, uint32_t idx)
{
	return atomic_load_explicit(&r->homes[idx], memory_order_relaxed);
}

// Does what was learned on port home still hold in this group? A reload may have given home to another group,
// or to nobody.
static inline bool is_member(const struct snap_group *g, uint8_t home)
{
	return (g->members >> home & 1) != 0;
}

// A copy came back. After two in a row, with nothing new from another port in between, whatever comes by
// another port than the source's own is taken for one: its copies may also overtake it.
#define LOOP_COPIES 2

static enum dp_reason loop_found(struct dp_worker *w, const struct dp_burst *b, uint32_t i,
	struct nbr_entry *e, uint8_t home, const struct snap_group *g)
{
	uint8_t slot = b->slot[i];

	if (e != NULL) {
		e->roam.n_copies = is_still(&e->roam.loops_ms, b->now_ms) ? e->roam.n_copies + 1 : 1;
		e->roam.loops_ms = until(b->now_ms, g->loop_guard_ms);
		e->roam.watched_ms = e->roam.loops_ms;
	}
	tell(w, &w->loop_told_ms[slot], XCHG_EVENT_RELAY_LOOP, slot, home,
		base_mac_u64(dp_eth(b->m[i]) + BASE_MAC_LEN));
	return DP_DROP_RELAY_LOOP;
}

// By the port that it was heard on last.
static enum dp_reason home_check(struct dp_worker *w, const struct dp_burst *b, uint32_t i,
	struct nbr_entry *e, enum seen seen, const struct snap_group *g)
{
	uint32_t silent_ms = b->now_ms - atomic_load_explicit(&e->last_ms, memory_order_relaxed);

	if (seen == SEEN_ELSEWHERE) // its copy overtook it
		return loop_found(w, b, i, e, b->slot[i], g);
	if (seen == SEEN_HERE && is_still(&e->roam.loops_ms, b->now_ms))
		return DP_DROP_RELAY_REPEAT;
	nbr_table_touch(e, 1, b->now_ms);
	if (silent_ms >= g->loop_guard_ms)
		e->roam.watched_ms = until(b->now_ms, g->loop_guard_ms);
	else
		(void)is_still(&e->roam.watched_ms, b->now_ms);
	return DP_DROP_NONE;
}

// All but the common case. Not inlined: its registers are not the loop's.
static __attribute__((noinline)) enum dp_reason watched_check(struct dp_worker *w, const struct dp_burst *b,
	const struct relay_burst *r, uint32_t i, uint32_t idx, const struct snap_group *g)
{
	struct nbr_entry *e = &r->sources[idx];
	uint8_t slot = b->slot[i];
	uint8_t home = home_of(r, idx);
	enum seen seen = seen_before(w, b, i, g);

	if (home == slot)
		return home_check(w, b, i, e, seen, g);
	if (!is_member(g, home)) {
		nbr_table_move(w->sources, idx, slot, b->now_ms);
		return DP_DROP_NONE;
	}
	if (seen == SEEN_ELSEWHERE ||
		(is_still(&e->roam.loops_ms, b->now_ms) && e->roam.n_copies >= LOOP_COPIES))
		return loop_found(w, b, i, e, home, g);
	e->roam.n_copies = 0;
	e->roam.roams_ms = until(b->now_ms, b->snap->neighbor_age_ms);
	e->roam.watched_ms = until(b->now_ms, g->loop_guard_ms);
	if (b->now_ms - atomic_load_explicit(&e->last_ms, memory_order_relaxed) >= g->loop_guard_ms)
		nbr_table_move(w->sources, idx, slot, b->now_ms);
	return DP_DROP_NONE;
}

// A source without a row.
static __attribute__((noinline)) enum dp_reason new_source_check(struct dp_worker *w,
	const struct dp_burst *b, const struct relay_burst *r, uint32_t k, const struct snap_group *g)
{
	uint32_t i = r->frame[k];
	uint8_t slot = b->slot[i];
	uint64_t evicted;

	if (seen_before(w, b, i, g) == SEEN_ELSEWHERE)
		return loop_found(w, b, i, NULL, slot, g);
	uint32_t idx = nbr_table_add(w->sources, r->src_key[k], slot, b->now_ms, &evicted);
	if (idx == NBR_INDEX_NONE)
		return DP_DROP_NONE; // not learned: counted by the table, relayed all the same
	nbr_table_touch(&r->sources[idx], 1, b->now_ms);
	r->sources[idx].roam.watched_ms = until(b->now_ms, g->loop_guard_ms);
	return DP_DROP_NONE;
}

static enum dp_reason source_check(struct dp_worker *w, struct dp_burst *b, const struct relay_burst *r,
	uint32_t k, const struct snap_group *g)
{
	uint32_t i = r->frame[k];
	uint8_t slot = b->slot[i];
	uint32_t idx = r->src_idx[k];

	// a new source's; an add earlier in this burst may also have changed what the guess found
	if (unlikely(atomic_load_explicit(&r->sources[idx].key, memory_order_relaxed) != r->src_key[k]))
		idx = nbr_table_lookup(w->sources, r->src_key[k]);
	if (unlikely(idx == NBR_INDEX_NONE))
		return new_source_check(w, b, r, k, g);
	struct nbr_entry *e = &r->sources[idx];
	uint32_t silent_ms = b->now_ms - atomic_load_explicit(&e->last_ms, memory_order_relaxed);
	if (unlikely(home_of(r, idx) != slot || e->roam.watched_ms != 0 || silent_ms >= g->loop_guard_ms))
		return watched_check(w, b, r, i, idx, g);
	nbr_table_touch(e, 1, b->now_ms);
	return DP_DROP_NONE;
}

// The ports that a frame leaves by.
static enum dp_reason slots_find(const struct dp_burst *b, const struct relay_burst *r, uint32_t k,
	const struct snap_group *g, uint64_t *ports)
{
	uint32_t i = r->frame[k];
	uint8_t slot = b->slot[i];
	uint64_t others = g->ports & ~(1ull << slot);
	uint32_t idx = r->dst_idx[k];
	uint32_t payload_len = b->m[i]->data_len - b->l2_len[i];

	if (unlikely(others == 0))
		return DP_DROP_RELAY_ALONE;
	if (idx != NBR_INDEX_NONE && !is_still(&r->sources[idx].roam.roams_ms, b->now_ms)) {
		uint8_t home = home_of(r, idx);

		if (home == slot)
			return DP_DROP_RELAY_SAME_PORT;
		if (likely(is_member(g, home))) {
			others &= 1ull << home;
			if (others == 0)
				return DP_DROP_EGRESS_DOWN;
		}
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
		struct rte_mbuf *copy =
			dp_may_copy(w) ? rte_pktmbuf_copy(b->m[i], w->pool, 0, UINT32_MAX) : NULL;

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

static void frame_send(
	struct dp_worker *w, struct dp_burst *b, uint32_t i, uint64_t ports, bool is_uniform, struct run *run)
{
	if (run->n > 0 && run->ports != ports)
		run_send(w, run);
	if (likely(is_uniform)) {
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
	const struct snap_group *g = NULL; // of slot
	uint8_t slot = SNAP_SLOT_NONE;

	frames_collect(w, b, &r);
	lookup(w, &r);
	for (uint32_t k = 0; k < r.n; k++) {
		uint64_t ports = 0;

		if (unlikely(b->slot[r.frame[k]] != slot)) {
			slot = b->slot[r.frame[k]];
			g = &b->snap->groups[b->snap->ports[slot].group];
		}
		enum dp_reason reason = source_check(w, b, &r, k, g);

		if (reason == DP_DROP_NONE)
			reason = slots_find(b, &r, k, g, &ports);
		if (reason != DP_DROP_NONE)
			dp_drop(w, b, r.frame[k], reason);
		else
			frame_send(w, b, r.frame[k], ports, g->is_uniform, &run);
	}
	if (run.n > 0)
		run_send(w, &run);
}
