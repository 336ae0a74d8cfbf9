// SPDX-License-Identifier: BSD-3-Clause
// The ping responder: a ping for us goes back the way that its hop list tells, its payload as it came
// (docs/protocol.md section 6). Worker thread.
#include "base_be.h"
#include "dp_egress.h"
#include "dp_worker.h"

// The way back is the hop list in reverse: each entry on the way has been overwritten by what leads back.
static void hops_reverse(struct wire_hop *hops, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		struct wire_hop hop = hops[i];

		hops[i] = hops[n - 1 - i];
		hops[n - 1 - i] = hop;
	}
}

void dp_echo(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	const struct wire_frame *f = &b->frame[i];
	uint8_t slot = b->slot[i];
	const struct snap_port *port = &b->snap->ports[slot]; // it leaves as it came
	struct wire_hdr *h = (struct wire_hdr *)b->romon[i];
	struct wire_hop *hops = (struct wire_hop *)(b->romon[i] + WIRE_HDR_LEN);
	struct wire_services *s = (struct wire_services *)(b->romon[i] + f->body_off);

	enum dp_reason reason = egress_check(port, f->len);
	if (reason != DP_DROP_NONE) {
		dp_drop(w, b, i, reason);
		return;
	}
	hops_reverse(hops, f->n_hops);
	h->ptr = 0;
	h->dst_id = h->src_id;
	h->src_id = base_mac_from_u64(b->snap->own_id);
	memcpy(s->dst_port, s->src_port, sizeof(s->dst_port));
	base_be16_store(s->src_port, WIRE_SERVICE_PING);
	uint64_t dst = port->data_to_group ? base_mac_u64(&wire_group_mac) : base_mac_u64_inner(&hops[0].mac);
	if (!egress_reframe(b->m[i], b->l2_len[i], port, dst, f->len)) {
		dp_drop(w, b, i, DP_DROP_NO_MBUF);
		return;
	}
	b->alive &= ~(1ull << i);
	dp_count(&w->ports[slot].delivered, 1);
	dp_tx_queue(w, slot, b->m[i], false);
}
