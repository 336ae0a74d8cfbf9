// SPDX-License-Identifier: BSD-3-Clause
// Stage 2: which port is the frame of, and is it a RoMON frame that this port takes? Proves every length
// once; no table access. Relay ports ask for the EtherType only. Worker thread.
#include "base_be.h"
#include "dp_worker.h"

// Checks of a node port before the frame itself is parsed. The first of them: our own voice.
static inline enum dp_reason addresses_check(
	const struct snap *s, const struct snap_port *port, const uint8_t *eth)
{
	uint64_t src = base_mac_u64_inner(eth + BASE_MAC_LEN);
	uint64_t dst = base_mac_u64(eth);

	if (unlikely(snap_mac_is_own(s, src)))
		return DP_DROP_SRC_OWN;
	if (unlikely(src == 0 || (src & 1) != 0))
		return DP_DROP_SRC_GROUP;
	if (unlikely(dst != port->mac && dst != base_mac_u64(&wire_group_mac)))
		return DP_DROP_DST_OTHER;
	return DP_DROP_NONE;
}

// What a run of frames of one port adds to its counters: written once per run, not per frame.
struct tally {
	uint8_t slot;
	uint32_t frames;
	uint64_t bytes;
	uint32_t types[WIRE_N_TYPES];
};

static void tally_write(struct dp_worker *w, struct tally *t)
{
	struct dp_port_counters *c = &w->ports[t->slot];

	dp_count(&c->rx_frames, t->frames);
	dp_count(&c->rx_bytes, t->bytes);
	for (int type = WIRE_TYPE_DISCOVER; type < WIRE_N_TYPES; type++) {
		if (t->types[type] != 0)
			dp_count(&c->rx_types[type], t->types[type]);
	}
}

static inline void tally_add(struct dp_worker *w, struct tally *t, uint8_t slot, uint32_t bytes)
{
	if (unlikely(t->slot != slot)) {
		if (t->frames > 0)
			tally_write(w, t);
		*t = (struct tally){.slot = slot};
	}
	t->frames++;
	t->bytes += bytes;
}

static inline enum dp_reason node_check(
	struct dp_burst *b, uint32_t i, const struct snap_port *port, struct tally *t)
{
	const struct snap *s = b->snap;
	struct rte_mbuf *m = b->m[i];
	struct wire_frame *f = &b->frame[i];

	enum dp_reason reason = addresses_check(s, port, dp_eth(m));
	if (unlikely(reason != DP_DROP_NONE))
		return reason;
	enum wire_verdict verdict = wire_frame_parse(b->romon[i], m->data_len - (uint32_t)b->l2_len[i], f);
	if (unlikely(verdict != WIRE_OK))
		return (enum dp_reason)verdict;
	if (unlikely(f->channel != s->channel))
		return DP_DROP_CHANNEL;
	// n counts forwarders, but links in Data: one more for the same path
	if (unlikely(f->n_hops > s->hop_limit + (f->type == WIRE_TYPE_DATA)))
		return DP_DROP_HOP_LIMIT;
	t->types[f->type]++;
	return DP_DROP_NONE;
}

static inline enum dp_reason frame_classify(
	struct dp_worker *w, struct dp_burst *b, const struct snap_dev *dev, uint32_t i, struct tally *t)
{
	struct rte_mbuf *m = b->m[i];
	struct wire_l2 l2;
	enum wire_verdict verdict = wire_l2_parse(dp_eth(m), m->data_len, &l2);
	uint8_t slot = verdict == WIRE_OK ? dp_slot_find(dev, l2.vid) : dev->slot_any;
	bool is_ours = slot != SNAP_SLOT_NONE;

	b->slot[i] = is_ours ? slot : dev->slot_any;
	tally_add(w, t, b->slot[i], m->data_len);
	if (unlikely(verdict != WIRE_OK))
		return (enum dp_reason)verdict;
	if (unlikely(!is_ours))
		return DP_DROP_VLAN_UNKNOWN;
	const struct snap_port *port = &b->snap->ports[slot];
	if (unlikely(port->state == SNAP_STATE_FORBIDDEN))
		return DP_DROP_PORT_FORBIDDEN;
	if (unlikely(!b->snap->is_enabled)) // forwards nothing at all, relay groups included
		return DP_DROP_DISABLED;
	b->l2_len[i] = (uint8_t)l2.romon_off;
	if (snap_port_is_relay(port)) {
		b->to_relay |= 1ull << i;
		return DP_DROP_NONE;
	}
	b->romon[i] = dp_eth(m) + l2.romon_off;
	return node_check(b, i, port, t);
}

static void any_classify(struct dp_worker *w, struct dp_burst *b, const struct snap_dev *dev, struct tally *t)
{
	DP_FOREACH_BIT (i, b->alive & ~(b->plain | b->to_relay)) {
		enum dp_reason reason = frame_classify(w, b, dev, i, t);

		if (unlikely(reason != DP_DROP_NONE))
			dp_drop(w, b, i, reason);
	}
}

// To this MAC, from one that is no group: both by the first eight bytes.
static inline bool is_to_us(const uint8_t *eth, uint64_t own_mac)
{
	uint64_t v;

	memcpy(&v, eth, sizeof(v));
	return (v ^ own_mac) << 15 == 0; // 48 bits, and the source's group bit
}

// The plain Data frames of the first n: unsigned, untagged, from a neighbor to us.
// That a frame is not among them says nothing: frame_classify() knows why. Not inlined: a loop with registers
// of its own.
static __attribute__((noinline)) uint64_t plain_find(
	struct dp_burst *b, uint8_t slot, uint32_t n, uint64_t *bytes)
{
	const struct snap *s = b->snap;
	const uint64_t own_mac = s->ports[slot].mac;
	const struct wire_data_want want = s->data;
	uint64_t plain = 0;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t *eth = dp_eth(b->m[i]);
		uint32_t len = b->m[i]->data_len;

		if (unlikely(!wire_data_accept(eth, len, &want)))
			continue;
		uint64_t src = base_mac_u64_inner(eth + BASE_MAC_LEN);
		if (unlikely(!is_to_us(eth, own_mac) || src == 0))
			continue;
		if (unlikely(snap_mac_is_own(s, src)))
			continue;
		b->romon[i] = eth + WIRE_ETH_LEN;
		plain |= 1ull << i;
		sum += len;
	}
	*bytes += sum;
	return plain;
}

// The frames of the first n that are RoMON without a tag: all that a relay port asks.
static __attribute__((noinline)) uint64_t untagged_find(const struct dp_burst *b, uint32_t n, uint64_t *bytes)
{
	uint64_t found = 0;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *eth = dp_eth(b->m[i]);
		uint32_t len = b->m[i]->data_len;

		if (unlikely(len < WIRE_ETH_LEN || base_be16_load(eth + 12) != WIRE_ETHERTYPE))
			continue;
		found |= 1ull << i;
		sum += len;
	}
	*bytes += sum;
	return found;
}

// The common device: one untagged port, which takes frames. What depends on the port only was asked once for
// the burst.
static void single_classify(struct dp_burst *b, uint8_t slot, bool is_relay, struct tally *t)
{
	if ((b->alive & (b->alive + 1)) != 0)
		return; // some are gone already: rare, and not worth a loop of its own
	uint32_t n = (uint32_t)__builtin_popcountll(b->alive);

	memset(b->slot, slot, sizeof(b->slot));
	memset(b->l2_len, WIRE_ETH_LEN, sizeof(b->l2_len));
	if (is_relay) {
		b->to_relay = untagged_find(b, n, &t->bytes);
		t->frames += (uint32_t)__builtin_popcountll(b->to_relay);
		return;
	}
	b->plain = plain_find(b, slot, n, &t->bytes);
	uint32_t n_plain = (uint32_t)__builtin_popcountll(b->plain);
	t->frames += n_plain;
	t->types[WIRE_TYPE_DATA] += n_plain;
}

void dp_classify(struct dp_worker *w, struct dp_burst *b)
{
	const struct snap_dev *dev = b->dev;
	const struct snap_port *port = &b->snap->ports[dev->slot_any];
	struct tally t = {.slot = dev->slot_any};

	if (dev->is_single && port->state != SNAP_STATE_FORBIDDEN && b->snap->is_enabled)
		single_classify(b, dev->slot_any, snap_port_is_relay(port), &t);
	any_classify(w, b, dev, &t);
	tally_write(w, &t);
	b->to_relay &= b->alive;
	b->alive &= ~b->to_relay;
}
