// SPDX-License-Identifier: BSD-3-Clause
// Stage 2: which port is the frame of, and is it a RoMON frame that this port takes? Proves every length
// once; no table access. Relay ports ask for the EtherType only. Worker thread.
#include "dp_worker.h"

// The port that a frame belongs to, or SNAP_SLOT_NONE.
static inline uint8_t slot_find(const struct snap_dev *dev, uint16_t vid)
{
	if (vid == 0)
		return dev->slot_untagged;
	return dev->slot_of_vid == NULL ? SNAP_SLOT_NONE : dev->slot_of_vid[vid];
}

// Checks of a node port before the frame itself is parsed. The first of them: our own voice.
static inline enum dp_reason addresses_check(
	const struct snap *s, const struct snap_port *port, const uint8_t *eth)
{
	uint64_t src = base_mac_u64(eth + BASE_MAC_LEN);
	uint64_t dst = base_mac_u64(eth);

	if (unlikely(snap_mac_is_own(s, src)))
		return DP_DROP_SRC_OWN;
	if (unlikely(src == 0 || (src & 1) != 0))
		return DP_DROP_SRC_GROUP;
	if (unlikely(dst != port->mac && dst != base_mac_u64(&wire_group_mac)))
		return DP_DROP_DST_OTHER;
	return DP_DROP_NONE;
}

static inline enum dp_reason node_check(
	struct dp_worker *w, struct dp_burst *b, uint32_t i, const struct snap_port *port)
{
	const struct snap *s = b->snap;
	struct rte_mbuf *m = b->m[i];
	struct wire_frame *f = &b->frame[i];

	if (unlikely(!s->is_enabled))
		return DP_DROP_DISABLED;
	enum dp_reason reason = addresses_check(s, port, dp_eth(m));
	if (reason != DP_DROP_NONE)
		return reason;
	enum wire_verdict verdict = wire_frame_parse(b->romon[i], m->data_len - b->l2[i].romon_off, f);
	if (unlikely(verdict != WIRE_OK))
		return (enum dp_reason)verdict;
	if (unlikely(f->channel != s->channel))
		return DP_DROP_CHANNEL;
	if (unlikely(f->n_hops > s->hop_limit))
		return DP_DROP_HOP_LIMIT;
	dp_count(&w->ports[b->slot[i]].rx_types[f->type], 1);
	return DP_DROP_NONE;
}

static inline enum dp_reason frame_classify(
	struct dp_worker *w, struct dp_burst *b, const struct snap_dev *dev, uint32_t i)
{
	struct rte_mbuf *m = b->m[i];
	enum wire_verdict verdict = wire_l2_parse(dp_eth(m), m->data_len, &b->l2[i]);
	uint8_t slot = verdict == WIRE_OK ? slot_find(dev, b->l2[i].vid) : dev->slot_any;
	bool is_ours = slot != SNAP_SLOT_NONE;

	b->slot[i] = is_ours ? slot : dev->slot_any;
	dp_count(&w->ports[b->slot[i]].rx_frames, 1);
	dp_count(&w->ports[b->slot[i]].rx_bytes, m->data_len);
	if (unlikely(verdict != WIRE_OK))
		return (enum dp_reason)verdict;
	if (unlikely(!is_ours))
		return DP_DROP_VLAN_UNKNOWN;
	const struct snap_port *port = &b->snap->ports[slot];
	if (unlikely(port->state == SNAP_STATE_FORBIDDEN))
		return DP_DROP_PORT_FORBIDDEN;
	b->romon[i] = dp_eth(m) + b->l2[i].romon_off;
	if (port->mode == CONF_MODE_RELAY) {
		b->to_relay |= 1ull << i;
		return DP_DROP_NONE;
	}
	return node_check(w, b, i, port);
}

void dp_classify(struct dp_worker *w, struct dp_burst *b)
{
	const struct snap_dev *dev = &b->snap->devs[b->rxq->dev];

	DP_FOREACH_BIT (i, b->alive) {
		enum dp_reason reason = frame_classify(w, b, dev, i);

		if (unlikely(reason != DP_DROP_NONE))
			dp_drop(w, b, i, reason);
	}
	b->to_relay &= b->alive;
	b->alive &= ~b->to_relay;
}
