// SPDX-License-Identifier: BSD-3-Clause
// The responder over frames of workers. Control thread.
#include <errno.h>

#include <rte_mbuf.h>

#include "app.h"
#include "base_clock.h"
#include "own_node.h"
#include "responder.h"

int responder_start(struct app *app)
{
	struct node_io io = own_node_io(app);

	app->responder = node_responder_create(&io);
	return app->responder == NULL ? -errno : 0;
}

void responder_stop(struct app *app)
{
	node_responder_destroy(app->responder);
	app->responder = NULL;
}

void responder_take(struct app *app, uint8_t slot, const struct rte_mbuf *m)
{
	node_responder_take(
		app->responder, slot, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, base_mono_ms());
}

bool responder_tick(struct app *app, uint64_t now_ms)
{
	return node_responder_tick(app->responder, now_ms);
}
