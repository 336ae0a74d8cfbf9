// SPDX-License-Identifier: BSD-3-Clause
// Frames that workers handed up: samples of bad frames are kept for `romonctl why`. No service of this
// build takes Data, DiscoverResp or Hello; they end here, counted as delivered. Control thread.
#include <string.h>

#include <rte_mbuf.h>

#include "base_clock.h"
#include "punts.h"
#include "xchg_channel.h"

#define TAKE_MAX 64

static void bad_frame_keep(struct app *app, const struct rte_mbuf *m)
{
	if (m->port >= SNAP_PORTS_MAX)
		return;
	struct app_bad_frame *bad = &app->slots[m->port].bad;

	bad->reason = (enum dp_reason)xchg_mark_reason(m);
	bad->at_ms = base_mono_ms();
	bad->len = m->pkt_len;
	bad->n_kept = m->data_len < APP_BAD_LEN_MAX ? m->data_len : APP_BAD_LEN_MAX;
	memcpy(bad->bytes, rte_pktmbuf_mtod(m, const void *), bad->n_kept);
}

void punts_drain(struct app *app)
{
	struct rte_mbuf *m[TAKE_MAX];

	for (uint32_t w = 0; w < app->n_workers; w++) {
		uint32_t n = rte_ring_sc_dequeue_burst(app->channels[w]->punts, (void **)m, TAKE_MAX, NULL);

		for (uint32_t i = 0; i < n; i++) {
			if (xchg_mark_class(m[i]) == XCHG_PUNT_BAD)
				bad_frame_keep(app, m[i]);
		}
		rte_pktmbuf_free_bulk(m, n);
	}
}
