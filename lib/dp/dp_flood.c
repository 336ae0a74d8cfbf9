// SPDX-License-Identifier: BSD-3-Clause
// Stage 6: a Discover leaves by every other node port. All egress frames share their bytes but for the
// Ethernet header and the out-end of the Route TLV: the shared part is built once, then copied into a
// single-segment mbuf per port, the received mbuf among them (docs/protocol.md section 5). Worker thread.
#include <rte_memcpy.h>

#include "base_be.h"
#include "dp_egress.h"
#include "dp_worker.h"

// The shared frame: one hop more, and our own Route TLV in place of the received one, len bytes in all.
static void shared_build(const struct dp_burst *b, uint32_t i, uint8_t *out, uint32_t len)
{
	const struct snap_port *in = &b->snap->ports[b->slot[i]];
	const struct wire_frame *f = &b->frame[i];

	rte_memcpy(out, b->romon[i], f->body_off);
	egress_hop_back((struct wire_hop *)(out + f->body_off), in, dp_eth(b->m[i]));
	rte_memcpy(out + f->body_off + WIRE_HOP_LEN, b->romon[i] + f->body_off, f->len - f->body_off);

	struct wire_hdr *h = (struct wire_hdr *)out;
	base_be16_store(h->length, (uint16_t)(WIRE_ETH_LEN + len));
	h->n_hops = (uint8_t)(f->n_hops + 1);
	h->ptr = h->n_hops;
	struct wire_route *route = (struct wire_route *)(out + f->route_off[0] + WIRE_HOP_LEN);
	route->id = base_mac_from_u64(b->snap->own_id);
	route->in = in->end;
}

// The ports that this Discover may leave by; *reason says why when there is none.
static uint64_t egress_ports(const struct dp_burst *b, uint32_t i, uint32_t len, enum dp_reason *reason)
{
	uint64_t ports = b->snap->node_ports & ~(1ull << b->slot[i]);

	*reason = DP_DROP_NO_EGRESS;
	DP_FOREACH_BIT (slot, ports) {
		const struct snap_port *out = &b->snap->ports[slot];
		enum dp_reason why = egress_check(out, len);

		if (why == DP_DROP_NONE && filter_denies(out, b->romon[i], &b->frame[i]))
			why = DP_DROP_FILTERED;
		if (why != DP_DROP_NONE) {
			ports &= ~(1ull << slot);
			*reason = why;
		}
	}
	return ports;
}

static void copy_send(struct dp_worker *w, struct rte_mbuf *m, uint8_t slot, uint32_t len, uint32_t route_off,
	bool is_original)
{
	const struct snap_port *out = &w->snap->ports[slot];
	uint32_t l2_len = egress_l2_len(out);

	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->data_len = (uint16_t)(l2_len + len);
	m->pkt_len = m->data_len;
	uint8_t *eth = dp_eth(m);
	rte_memcpy(eth + l2_len, w->flood_buf, len);
	egress_header_write(eth, out, base_mac_u64(&wire_group_mac));
	struct wire_route *route = (struct wire_route *)(eth + l2_len + route_off);
	route->out = out->end;
	dp_tx_queue(w, slot, m, is_original);
}

static void frame_flood(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	struct rte_mbuf *copies[SNAP_PORTS_MAX];
	uint32_t len = b->frame[i].len + WIRE_HOP_LEN;
	enum dp_reason reason;
	uint64_t ports = egress_ports(b, i, len, &reason);

	if (ports == 0) {
		dp_drop(w, b, i, reason);
		return;
	}
	uint32_t room = b->m[i]->buf_len - RTE_PKTMBUF_HEADROOM;
	if (len > DP_ROMON_LEN_MAX || len + WIRE_ETH_LEN + WIRE_VLAN_LEN > room) {
		dp_drop(w, b, i, DP_DROP_TOO_LONG);
		return;
	}
	shared_build(b, i, w->flood_buf, len);
	uint32_t route_off = b->frame[i].route_off[0] + WIRE_HOP_LEN;
	uint32_t n_copies = (uint32_t)__builtin_popcountll(ports) - 1;
	if (unlikely(!dp_may_copy(w))) {
		dp_count(&w->counters.no_mbuf, n_copies);
		n_copies = 0; // better one port than none: the received mbuf still leaves
	}
	if (n_copies > 0 && rte_pktmbuf_alloc_bulk(w->pool, copies, n_copies) != 0) {
		dp_count(&w->counters.no_mbuf, n_copies);
		n_copies = 0;
	}
	uint32_t n = 0;
	DP_FOREACH_BIT (slot, ports) {
		if (n < n_copies) {
			copy_send(w, copies[n++], (uint8_t)slot, len, route_off, false);
			continue;
		}
		copy_send(w, b->m[i], (uint8_t)slot, len, route_off, true);
		break;
	}
	b->alive &= ~(1ull << i);
}

void dp_flood(struct dp_worker *w, struct dp_burst *b)
{
	DP_FOREACH_BIT (i, b->to_flood) {
		frame_flood(w, b, i);
	}
}
