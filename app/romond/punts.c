// SPDX-License-Identifier: BSD-3-Clause
// Frames that workers handed up, each to the service that it is for; samples of bad frames are kept for
// `romonctl why`. What no service takes (Data of other services, Hello, SeqErr) ends here. Control thread.
#include <string.h>

#include <rte_mbuf.h>

#include "answers.h"
#include "base_clock.h"
#include "discovery.h"
#include "pings.h"
#include "punts.h"
#include "xchg_channel.h"

#define TAKE_MAX  64
#define ROUND_MAX 1024

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

static void punt_take(struct app *app, const struct rte_mbuf *m)
{
	uint8_t slot = (uint8_t)m->port;

	switch ((enum xchg_punt_class)xchg_mark_class(m)) {
	case XCHG_PUNT_DATA:
		(void)pings_take(app, m);
		break;
	case XCHG_PUNT_RESP:
		discovery_take(app, slot, m);
		break;
	case XCHG_PUNT_DISCOVER:
		answers_take(app, slot, m);
		if (dp_reason_is_bad_frame((enum dp_reason)xchg_mark_reason(m)))
			bad_frame_keep(app, m);
		break;
	case XCHG_PUNT_BAD:
		bad_frame_keep(app, m);
		break;
	case XCHG_PUNT_HELLO:
	case XCHG_PUNT_INVALID:
	case XCHG_N_PUNTS:
		break;
	}
}

// No more than ROUND_MAX a worker and call: control has other work too.
bool punts_drain(struct app *app)
{
	struct rte_mbuf *m[TAKE_MAX];
	bool is_busy = false;

	for (uint32_t w = 0; w < app->n_workers; w++) {
		uint32_t n = TAKE_MAX;

		for (uint32_t sum = 0; n == TAKE_MAX && sum < ROUND_MAX; sum += n) {
			n = rte_ring_sc_dequeue_burst(app->channels[w]->punts, (void **)m, TAKE_MAX, NULL);
			for (uint32_t i = 0; i < n; i++)
				punt_take(app, m[i]);
			rte_pktmbuf_free_bulk(m, n);
			is_busy |= n == TAKE_MAX;
		}
	}
	return is_busy;
}
