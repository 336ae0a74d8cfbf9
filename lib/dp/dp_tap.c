// SPDX-License-Identifier: BSD-3-Clause
// The tap: copies of frames for `capture`, records of frames for `torch`. Worker thread; called only while
// the snapshot has a tap, so that without one it costs a branch a burst and a branch a port that sends.
//
// A frame is looked at when it comes in, before anything is decided, and when the device took it. Copies
// come from a pool of their own: when control does not keep up they are left out and counted, and forwarding
// does not notice. Only RoMON frames are shown: a kernel interface may hear all of its host's traffic.
#include <rte_cycles.h>
#include <rte_memcpy.h>

#include "base_be.h"
#include "dp_worker.h"

#define LOOK_LEN (DP_ROMON_LEN_MAX + WIRE_ETH_LEN + WIRE_VLAN_LEN) // bytes of a chained frame that are read

// A frame of any shape; nothing is known of it yet.
struct look {
	uint32_t pkt_len; // of the whole frame
	const uint8_t *romon;
	uint32_t romon_len;
	bool is_flat; // at most one tag: wire_l2_parse() is content
	uint16_t vid;
};

// False when this is no RoMON frame, behind any number of tags.
static bool look_at(struct look *k, const struct rte_mbuf *m, uint8_t *buf)
{
	struct wire_l2 l2;

	k->pkt_len = m->pkt_len;
	uint32_t len = m->pkt_len < LOOK_LEN ? m->pkt_len : LOOK_LEN;
	const uint8_t *bytes = rte_pktmbuf_read(m, 0, len, buf);
	uint32_t off = bytes == NULL ? 0 : wire_romon_find(bytes, len);
	if (off == 0)
		return false;
	k->romon = bytes + off;
	k->romon_len = len - off;
	k->is_flat = wire_l2_parse(bytes, len, &l2) == WIRE_OK;
	k->vid = k->is_flat ? l2.vid : 0;
	return true;
}

static struct rte_mbuf *copy_make(
	const struct snap_tap *t, const struct rte_mbuf *m, const struct xchg_tap *about)
{
	struct rte_mbuf *copy = rte_pktmbuf_alloc(t->pool);

	if (copy == NULL)
		return NULL;
	uint32_t room = copy->buf_len - copy->data_off;
	uint32_t len = about->len < t->snaplen ? about->len : t->snaplen;
	len = len < room ? len : room;
	uint8_t *to = dp_eth(copy);
	const void *from = rte_pktmbuf_read(m, 0, len, to);
	if (from != to)
		rte_memcpy(to, from, len);
	copy->data_len = (uint16_t)len;
	copy->pkt_len = len;
	*xchg_tap_of(copy) = *about;
	return copy;
}

// The service is the port with a name: the destination of a question, the source of an answer.
static uint16_t service_of(const struct look *k, const struct wire_frame *f)
{
	uint16_t src = base_be16_load(k->romon + f->body_off);
	uint16_t dst = base_be16_load(k->romon + f->body_off + 2);
	bool is_answer = src == WIRE_SERVICE_PING || src == WIRE_SERVICE_SSH || src == WIRE_SERVICE_WINBOX;
	bool is_question = dst == WIRE_SERVICE_PING || dst == WIRE_SERVICE_SSH || dst == WIRE_SERVICE_WINBOX;

	return is_answer && !is_question ? src : dst;
}

static struct xchg_flow flow_make(const struct look *k, uint8_t slot, enum xchg_dir dir)
{
	const struct wire_hdr *h = (const struct wire_hdr *)k->romon;
	struct xchg_flow flow = {.slot = slot,
		.dir = (uint8_t)dir,
		.len = (uint16_t)(k->pkt_len < UINT16_MAX ? k->pkt_len : UINT16_MAX)};
	struct wire_frame f;

	if (!k->is_flat || wire_frame_parse(k->romon, k->romon_len, &f) != WIRE_OK)
		return flow;
	flow.type = f.type;
	flow.id = base_mac_u64(&h->src_id);
	if (f.type == WIRE_TYPE_DATA)
		flow.service = service_of(k, &f);
	return flow;
}

// Note frame i of the burst, which passes slot.
static void frame_note(struct dp_worker *w, uint32_t i, const struct rte_mbuf *m, const struct look *k,
	const struct xchg_tap *about)
{
	const struct snap_tap *t = &w->snap->tap;
	uint64_t slots = about->dir == XCHG_DIR_IN ? t->in : t->out;

	if ((slots >> about->slot & 1) != 0 && snap_tap_wants(t, k->romon, k->romon_len)) {
		w->tap.slot[i] = about->slot;
		w->tap.copy[i] = copy_make(t, m, about);
		if (w->tap.copy[i] != NULL)
			w->tap.copied |= 1ull << i;
		else
			w->tap.lost |= 1ull << i;
	}
	if ((t->torch >> about->slot & 1) != 0) {
		w->tap.flow[i] = flow_make(k, about->slot, (enum xchg_dir)about->dir);
		w->tap.counted |= 1ull << i;
	}
}

static void notes_clear(struct dp_tap *tap)
{
	tap->copied = 0;
	tap->lost = 0;
	tap->counted = 0;
}

// Hand up what was noted of the frames in mask; the rest did not pass after all.
static void notes_post(struct dp_worker *w, uint64_t mask)
{
	struct dp_tap *tap = &w->tap;
	struct rte_mbuf *copies[DP_BURST_MAX];
	struct rte_mbuf *others[DP_BURST_MAX];
	struct xchg_flow flows[DP_BURST_MAX];
	uint32_t n_copies = 0;
	uint32_t n_others = 0;
	uint32_t n_flows = 0;

	DP_FOREACH_BIT (i, tap->copied) {
		if ((mask >> i & 1) != 0)
			copies[n_copies++] = tap->copy[i];
		else
			others[n_others++] = tap->copy[i];
	}
	DP_FOREACH_BIT (i, tap->counted & mask) {
		flows[n_flows++] = tap->flow[i];
	}
	uint32_t n_up = rte_ring_sp_enqueue_burst(w->channel->tap, (void **)copies, n_copies, NULL);
	for (uint32_t k = n_up; k < n_copies; k++)
		dp_count(&w->channel->tap_lost[xchg_tap_of(copies[k])->slot], 1);
	DP_FOREACH_BIT (i, tap->lost & mask) {
		dp_count(&w->channel->tap_lost[tap->slot[i]], 1);
	}
	dp_drop_tapped(copies + n_up, n_copies - n_up);
	dp_drop_tapped(others, n_others);
	n_up = rte_ring_sp_enqueue_burst_elem(w->channel->flows, flows, sizeof(*flows), n_flows, NULL);
	dp_count(&w->channel->flows_lost, n_flows - n_up);
}

void dp_tap_rx(struct dp_worker *w, const struct dp_burst *b, uint32_t n)
{
	const struct snap_dev *dev = b->dev;
	uint64_t tsc = rte_rdtsc();
	uint8_t buf[LOOK_LEN];
	struct look k;

	notes_clear(&w->tap);
	for (uint32_t i = 0; i < n; i++) {
		if (!look_at(&k, b->m[i], buf))
			continue;
		uint8_t slot = k.is_flat ? dp_slot_find(dev, k.vid) : dev->slot_any;
		struct xchg_tap about = {.tsc = tsc,
			.len = k.pkt_len,
			.slot = slot == SNAP_SLOT_NONE ? dev->slot_any : slot, // where it is counted
			.dir = XCHG_DIR_IN};
		frame_note(w, i, b->m[i], &k, &about);
	}
	notes_post(w, ~0ull);
}

void dp_tap_tx_begin(struct dp_worker *w, uint8_t slot, const struct dp_txbuf *t)
{
	const struct snap_tap *tap = &w->snap->tap;
	uint64_t tsc = rte_rdtsc();
	uint8_t buf[LOOK_LEN];
	struct look k;

	notes_clear(&w->tap);
	if (((tap->out | tap->torch) >> slot & 1) == 0)
		return;
	for (uint32_t i = 0; i < t->n; i++) {
		struct xchg_tap about = {
			.tsc = tsc, .len = t->m[i]->pkt_len, .slot = slot, .dir = XCHG_DIR_OUT};

		if (look_at(&k, t->m[i], buf))
			frame_note(w, i, t->m[i], &k, &about);
	}
}

void dp_tap_tx_end(struct dp_worker *w, uint32_t n_sent)
{
	if ((w->tap.copied | w->tap.lost | w->tap.counted) != 0)
		notes_post(w, n_sent == 0 ? 0 : ~0ull >> (DP_BURST_MAX - n_sent));
}
