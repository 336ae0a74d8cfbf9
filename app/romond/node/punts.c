// SPDX-License-Identifier: BSD-3-Clause
// Frames that workers handed up, each to the service that it is for; samples of bad frames are kept for
// `romonctl why`. What no service takes (Data of other services, Hello, SeqErr) ends here. Ports have their
// turns one after the other, and a call no more than its time: a flood by one port delays and costs its own
// frames. Control thread.
#include <string.h>

#include <rte_mbuf.h>

#include "app.h"
#include "base_clock.h"
#include "discovery.h"
#include "node_data.h"
#include "own_node.h"
#include "punts.h"
#include "refused.h"
#include "responder.h"
#include "service.h"
#include "trend.h"
#include "xchg_channel.h"

#define BUSY_MIN  64       // so many at once: look again soon
#define BUDGET_NS 30000000 // for the frames of all workers in one call; those beyond it are lost, and counted

static void sample_keep(struct app *app, const struct rte_mbuf *m)
{
	if (m->port >= SNAP_PORTS_MAX)
		return;
	trend_sample(app, m);
	if (!dp_reason_is_bad_frame((enum dp_reason)xchg_mark_reason(m)))
		return;
	struct app_bad_frame *bad = &app->slots[m->port].bad;

	bad->reason = (enum dp_reason)xchg_mark_reason(m);
	bad->at_ms = base_mono_ms();
	bad->len = m->pkt_len;
	bad->n_kept = m->data_len < APP_BAD_LEN_MAX ? m->data_len : APP_BAD_LEN_MAX;
	memcpy(bad->bytes, rte_pktmbuf_mtod(m, const void *), bad->n_kept);
}

// Data goes to the first service that takes its ports; without one it ends here.
static void data_take(struct app *app, const struct rte_mbuf *m)
{
	struct node_data in;

	if (!node_data_parse(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, (uint8_t)m->port,
		    own_node_ns(xchg_stamp_read(m)), &in))
		return;
	for (size_t i = 0; i < app->services->n; i++) {
		const struct service_take *takes = app->services->rows[i].takes;

		for (int k = 0; k < SERVICE_TAKES_MAX && takes[k].take != NULL; k++) {
			if ((takes[k].src_port == 0 || takes[k].src_port == in.src_port) &&
				(takes[k].dst_port == 0 || takes[k].dst_port == in.dst_port)) {
				takes[k].take(app, &in);
				return;
			}
		}
	}
}

static void punt_take(struct app *app, const struct rte_mbuf *m)
{
	uint8_t slot = (uint8_t)m->port;

	switch ((enum xchg_punt_class)xchg_mark_class(m)) {
	case XCHG_PUNT_DATA:
		data_take(app, m);
		break;
	case XCHG_PUNT_RESP:
		discovery_take(app, slot, m);
		break;
	case XCHG_PUNT_DISCOVER:
		responder_take(app, slot, m);
		sample_keep(app, m);
		break;
	case XCHG_PUNT_BAD:
		sample_keep(app, m);
		break;
	case XCHG_PUNT_HELLO:
	case XCHG_PUNT_INVALID:
	case XCHG_N_PUNTS:
		break;
	}
}

void punts_order(const uint8_t *slots, uint32_t n, uint16_t *order)
{
	uint16_t first[UINT8_MAX + 1]; // of the frames of a slot that wait, + 1; 0 = none
	uint16_t last[UINT8_MAX + 1];
	uint16_t next[XCHG_PUNTS_LEN];
	uint8_t turn[UINT8_MAX + 1]; // slots that have frames, in order of their first one
	uint32_t n_turn = 0;
	uint32_t n_out = 0;

	memset(first, 0, sizeof(first));
	for (uint16_t i = 0; i < n; i++) {
		uint8_t s = slots[i];

		next[i] = 0;
		if (first[s] != 0) {
			next[last[s]] = i + 1;
		} else {
			first[s] = i + 1;
			turn[n_turn++] = s;
		}
		last[s] = i;
	}
	while (n_turn > 0) {
		uint32_t n_left = 0;

		for (uint32_t k = 0; k < n_turn; k++) {
			uint8_t s = turn[k];

			order[n_out++] = first[s] - 1;
			first[s] = next[first[s] - 1];
			if (first[s] != 0)
				turn[n_left++] = s;
		}
		n_turn = n_left;
	}
}

// Returns how many there were.
static uint32_t worker_drain(struct app *app, uint32_t worker, uint64_t end_ns)
{
	struct rte_mbuf *m[XCHG_PUNTS_LEN];
	uint8_t slots[XCHG_PUNTS_LEN];
	uint16_t order[XCHG_PUNTS_LEN];

	uint32_t n = xchg_punts_take(app->channels[worker], m, XCHG_PUNTS_LEN);
	for (uint32_t i = 0; i < n; i++)
		slots[i] = (uint8_t)m[i]->port;
	punts_order(slots, n, order);
	for (uint32_t i = 0; i < n; i++) {
		if (base_mono_ns() < end_ns)
			punt_take(app, m[order[i]]);
		else
			refused_count(app, slots[order[i]], NODE_REFUSED_BUSY);
	}
	rte_pktmbuf_free_bulk(m, n);
	return n;
}

bool punts_wait(const struct app *app)
{
	for (uint32_t w = 0; w < app->n_workers; w++) {
		if (!rte_ring_empty(app->channels[w]->punts))
			return true;
	}
	return false;
}

bool punts_drain(struct app *app)
{
	uint64_t now_ns = base_mono_ns();
	bool is_busy = false;

	for (uint32_t w = 0; w < app->n_workers; w++)
		is_busy |= worker_drain(app, w, now_ns + BUDGET_NS * (w + 1) / app->n_workers) >= BUSY_MIN;
	return is_busy;
}
