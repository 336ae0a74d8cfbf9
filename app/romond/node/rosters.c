// SPDX-License-Identifier: BSD-3-Clause
// Rosters (node_rosters.h) by the configuration and the clock of the daemon. Control thread.
#include <errno.h>
#include <stdlib.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "own_node.h"
#include "rosters.h"
#include "stream_asks.h"

LOG_TYPE("roster");

#define ENDLESS_LOG_MS 10000 // at most one line in this time

struct rosters {
	struct node_rosters *node;
	uint64_t endless_log_ms;
};

static struct node_rosters_cfg cfg_of(const struct app *app)
{
	const struct conf *c = app->conf;

	return (struct node_rosters_cfg){
		.is_master = c->romon.role == CONF_ROLE_MASTER && c->romon.is_enabled,
		.interval_ms = c->discovery.interval_ms,
		.n_masters = c->discovery.masters.n,
		.masters = c->discovery.masters.id};
}

int rosters_start(struct app *app)
{
	struct node_io io = own_node_io(app);
	struct rosters *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	r->node = node_rosters_create(&io, app->discovery);
	if (r->node == NULL) {
		free(r);
		return -ENOMEM;
	}
	app->rosters = r;
	return 0;
}

void rosters_stop(struct app *app)
{
	node_rosters_destroy(app->rosters->node);
	free(app->rosters);
	app->rosters = NULL;
}

struct node_rosters_counts rosters_counts(const struct app *app)
{
	return node_rosters_counts(app->rosters->node);
}

void rosters_serve(struct app *app, const struct node_data *in)
{
	struct node_rosters_cfg cfg = cfg_of(app);

	node_rosters_serve(app->rosters->node, &cfg, in, base_mono_ms(), base_wall_us());
}

void rosters_take(struct app *app, const struct node_data *in)
{
	struct base_mac master = base_mac_from_u64(in->src_id);
	struct rosters *r = app->rosters;
	uint64_t now_ms = base_mono_ms();
	char text[BASE_MAC_TEXT_LEN];

	if (node_rosters_take(r->node, in, now_ms, base_wall_us()) || now_ms < r->endless_log_ms)
		return;
	r->endless_log_ms = now_ms + ENDLESS_LOG_MS;
	LOG(WARNING,
		"%s: the roster of the master %s does not come to an end: it is not asked for %d min; discovery.masters says whom to ask",
		app->slots[in->slot].name, base_mac_format(&master, text), STREAM_ASKS_HOLD_MS / 60000);
}

bool rosters_tick(struct app *app, uint64_t now_ms)
{
	struct node_rosters_cfg cfg = cfg_of(app);

	return node_rosters_tick(app->rosters->node, &cfg, now_ms);
}
