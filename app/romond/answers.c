// SPDX-License-Identifier: BSD-3-Clause
// The responder. Control thread.
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <rte_mbuf.h>

#include "answers.h"
#include "base_bucket.h"
#include "base_clock.h"
#include "inject.h"
#include "node_self.h"
#include "refused.h"
#include "topo_frame.h"
#include "wire_parse.h"

// All nodes hear a Discover at about the same time: answers that leave at once would meet in the asker's
// queue.
#define PAUSE_MS_MAX 50
// Answers that wait, and those to askers behind one port; one more leaves without a pause.
#define WAITING_MAX      512
#define WAITING_PORT_MAX 64
// Answers a second to askers behind one port. A Discover is answered by some twice its length.
#define ANSWERS_PER_S 1000

struct waiting {
	uint64_t due_ms;
	uint32_t len;
	uint8_t slot;
	uint8_t frame[WIRE_FRAME_LEN_MAX];
};

struct answers {
	uint64_t random; // xorshift, not 0
	struct answers_counts counts;
	struct base_bucket buckets[SNAP_PORTS_MAX];
	uint16_t n_port[SNAP_PORTS_MAX]; // that wait
	uint32_t n;
	struct waiting waiting[WAITING_MAX];
};

int answers_start(struct app *app)
{
	app->answers = calloc(1, sizeof(*app->answers));
	if (app->answers == NULL)
		return -ENOMEM;
	if (getrandom(&app->answers->random, sizeof(app->answers->random), 0) < 0 ||
		app->answers->random == 0)
		app->answers->random = base_mono_ns() | 1;
	return 0;
}

void answers_stop(struct app *app)
{
	free(app->answers);
	app->answers = NULL;
}

static uint32_t pause_ms(struct answers *a)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return (uint32_t)(a->random >> 33) % (PAUSE_MS_MAX + 1);
}

static void send_now(struct app *app, uint8_t slot, const uint8_t *frame, uint32_t len)
{
	if (inject_send(app, slot, frame, len) == 0)
		app->answers->counts.sent++;
	else
		app->answers->counts.unsent++;
}

static bool is_within_share(struct app *app, uint8_t slot)
{
	struct base_bucket_rate rate = base_bucket_rate_make(1000000, ANSWERS_PER_S, ANSWERS_PER_S);

	if (base_bucket_take(&app->answers->buckets[slot], &rate, base_mono_ms() * 1000, 1) == 1)
		return true;
	refused_count(app, slot, REFUSED_ANSWER_RATE);
	return false;
}

void answers_take(struct app *app, uint8_t slot, const struct rte_mbuf *m)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct snap_port *port = inject_port(app, slot);
	struct answers *a = app->answers;
	struct wire_l2 l2;
	struct wire_frame f;
	struct waiting direct = {.len = 0};

	if (port == NULL || wire_l2_parse(bytes, m->data_len, &l2) != WIRE_OK ||
		wire_frame_parse(bytes + l2.romon_off, m->data_len - l2.romon_off, &f) != WIRE_OK)
		return;
	if (!is_within_share(app, slot))
		return;
	bool has_room = a->n < WAITING_MAX && a->n_port[slot] < WAITING_PORT_MAX;
	struct waiting *w = has_room ? &a->waiting[a->n] : &direct;
	struct topo_self self = node_self(app);
	struct topo_port own = node_port(port);
	const struct base_mac *src = (const struct base_mac *)(bytes + BASE_MAC_LEN);
	int len = topo_resp_build(w->frame, sizeof(w->frame), &self, &own, src, bytes + l2.romon_off, &f);
	if (len < 0) {
		a->counts.unsent++;
		return;
	}
	if (!has_room) {
		send_now(app, slot, w->frame, (uint32_t)len);
		return;
	}
	w->slot = slot;
	w->len = (uint32_t)len;
	w->due_ms = base_mono_ms() + pause_ms(a);
	a->n++;
	a->n_port[slot]++;
}

bool answers_tick(struct app *app, uint64_t now_ms)
{
	struct answers *a = app->answers;

	for (uint32_t i = 0; i < a->n;) {
		struct waiting *w = &a->waiting[i];

		if (w->due_ms > now_ms) {
			i++;
			continue;
		}
		send_now(app, w->slot, w->frame, w->len);
		a->n_port[w->slot]--;
		if (i != --a->n)
			*w = a->waiting[a->n];
	}
	return a->n > 0;
}

struct answers_counts answers_counts(const struct app *app)
{
	return app->answers->counts;
}
