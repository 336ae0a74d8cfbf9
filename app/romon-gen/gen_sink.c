// SPDX-License-Identifier: BSD-3-Clause
// What comes back: which frame it is, whether it may come out here, whether every byte is as it must be, and
// how long it took. Worker: no lock, no system call, no allocation.
#include <rte_mbuf.h>
#include <string.h>

#include "gen_trial.h"
#include "wire_parse.h"

static void sample_take(struct gen_trial *t, uint16_t flow, uint32_t port, const uint8_t *frame, uint32_t len,
	const struct gen_image *wanted)
{
	struct gen_sample *s = &t->sample;
	uint32_t same = 0;

	if (s->is_set)
		return;
	while (same < len && same < wanted->len && frame[same] == wanted->bytes[same])
		same++;
	*s = (struct gen_sample){
		.is_set = true,
		.flow = flow,
		.port = (uint16_t)port,
		.off = (uint16_t)same,
		.got_len = (uint16_t)len,
		.wanted_len = wanted->len,
	};
	memcpy(s->got, frame, RTE_MIN(len, (uint32_t)GEN_SAMPLE_MAX));
	memcpy(s->wanted, wanted->bytes, RTE_MIN(wanted->len, GEN_SAMPLE_MAX));
}

// Bytes of the frame without padding, and its stamp; false when it has none.
static bool stamp_find(
	const uint8_t *frame, uint32_t len, const struct wire_l2 *l2, uint32_t *end, struct gen_stamp *out)
{
	const struct wire_hdr *h = (const struct wire_hdr *)(frame + l2->romon_off);

	if (len < (uint32_t)l2->romon_off + WIRE_HDR_LEN + GEN_STAMP_LEN)
		return false;
	*end = base_be16_load(h->length) + (uint32_t)l2->romon_off - WIRE_ETH_LEN;
	if (*end > len || *end < (uint32_t)l2->romon_off + WIRE_HDR_LEN + GEN_STAMP_LEN)
		return false;
	return gen_stamp_read(frame + *end - GEN_STAMP_LEN, out);
}

static void foreign_count(
	struct gen_trial *t, const uint8_t *frame, uint32_t len, enum wire_verdict v, uint32_t off)
{
	uint8_t type = v == WIRE_OK && len > off ? frame[off] : 0;

	t->foreign[type < WIRE_N_TYPES ? type : 0]++;
}

static void frame_judge(
	struct gen_trial *t, uint32_t device, const uint8_t *frame, uint32_t len, uint64_t now)
{
	struct wire_l2 l2 = {0};
	struct gen_stamp s;
	uint32_t end;
	enum wire_verdict v = wire_l2_parse(frame, len, &l2);

	if (v != WIRE_OK || !stamp_find(frame, len, &l2, &end, &s) || s.flow >= t->frames->n_flows) {
		foreign_count(t, frame, len, v, l2.romon_off);
		return;
	}
	if (s.run != t->run) {
		t->late++;
		return;
	}
	const struct gen_flow_frames *f = &t->frames->flows[s.flow];
	uint32_t port = t->ports_of_vid[device][l2.vid];
	struct gen_arrivals *a = port == 0 ? NULL : t->arrivals[s.flow][port - 1];
	if (a == NULL) {
		t->flows[s.flow].stray++;
		return;
	}
	struct gen_slice *slice = gen_slice_at(t, s.due);
	uint64_t n_before = a->track.unique;
	gen_track_add(&a->track, s.seq);
	if (slice != NULL)
		slice->returned += a->track.unique - n_before;
	gen_histogram_add(&a->latency, now > s.due ? now - s.due : 0);
	struct gen_image *wanted = gen_template_of(f, s.seq)->out[port - 1];
	gen_image_patch(wanted, f, s.seq, wanted->bytes);
	memcpy(wanted->bytes + wanted->stamp_off, frame + end - GEN_STAMP_LEN, GEN_STAMP_LEN);
	if (end != wanted->len || memcmp(frame, wanted->bytes, end) != 0) {
		a->damaged++;
		sample_take(t, s.flow, port - 1, frame, end, wanted);
	}
}

void gen_sink_take(struct gen_trial *t, uint32_t device, struct rte_mbuf **mbufs, uint16_t n, uint64_t now)
{
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i];

		if (m->nb_segs == 1 || rte_pktmbuf_linearize(m) == 0)
			frame_judge(t, device, rte_pktmbuf_mtod(m, const uint8_t *), rte_pktmbuf_data_len(m),
				now);
		else
			t->foreign[0]++;
	}
	rte_pktmbuf_free_bulk(mbufs, n);
	struct gen_slice *slice = gen_slice_at(t, now);
	if (slice != NULL)
		slice->arrived += n;
	t->last_rx = now;
}
