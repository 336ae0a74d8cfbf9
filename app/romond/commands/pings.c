// SPDX-License-Identifier: BSD-3-Clause
// Pings (node_pings.h) as feeds of the control socket. Both ends of a round trip are stamped by the TSC:
// the sending here, the answer by the worker that received it. Control thread.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "base_clock.h"
#include "base_text.h"
#include "handlers.h"
#include "own_node.h"
#include "ping_text.h"
#include "pings.h"
#include "ports.h"
#include "target.h"

struct run {
	struct api_feed *feed;
	struct app *app;
	uint32_t run; // its number in lib/node
	uint32_t size;
	char name[TOPO_TEXT_LEN_MAX + 1];
	char link_port[CONF_NAME_LEN_MAX + 1]; // "" = no ping over one link. A reload may give its slot away
};

struct pings {
	struct node_pings *node;
	struct run runs[NODE_PINGS_MAX];
};

static struct run *run_of(void *ctx, uint32_t run)
{
	return &((struct app *)ctx)->pings->runs[run];
}

static uint64_t us_of(uint64_t ns)
{
	return (ns + 500) / 1000;
}

static uint64_t id_of(const struct run *r)
{
	return node_pings_id(r->app->pings->node, r->run);
}

static json_t *summary_json(const struct run *r)
{
	const struct stream_ping *p = node_pings_ping(r->app->pings->node, r->run);
	const uint32_t *refused = node_pings_refused(r->app->pings->node, r->run);
	uint32_t n_judged = p->received + p->lost; // an answer may still be on its way
	bool has_rtt = p->received > 0;
	struct schema_ping_end end = {.address = id_of(r),
		.sent = p->sent,
		.received = p->received,
		.packet_loss = n_judged == 0 ? 0.0 : (double)((uint64_t)p->lost * 10000 / n_judged) / 100,
		.min_rtt_us = has_rtt ? us_of(p->min_ns) : SCHEMA_NONE,
		.avg_rtt_us = has_rtt ? us_of(stream_ping_avg_ns(p)) : SCHEMA_NONE,
		.max_rtt_us = has_rtt ? us_of(p->max_ns) : SCHEMA_NONE,
		.stddev_rtt_us = has_rtt ? us_of(stream_ping_stddev_ns(p)) : SCHEMA_NONE};
	struct schema_mem mem;

	schema_mem_init(&mem);
	for (uint32_t i = 0; i < NODE_N_REFUSED; i++) {
		if (refused[i] > 0)
			*schema_add(&mem, &end.refused) =
				(struct schema_ping_refused){node_refused_name(i), refused[i]};
	}
	json_t *data = schema_encode(schema_ping_end_table(), &end);
	schema_mem_fini(&mem);
	return data;
}

// row has what is its own; the rest is the run's.
static void row_tell(struct run *r, struct schema_ping row)
{
	row.address = id_of(r);
	row.size = r->size;
	api_feed_send(r->feed, schema_encode(schema_ping_table(), &row));
}

// The client went away or had enough: the summary is its last line.
static json_t *run_closed(void *user, enum api_close why)
{
	struct run *r = user;
	json_t *summary = summary_json(r);

	(void)why;
	node_pings_close(r->app->pings->node, r->run);
	return summary;
}

static void unsent_tell(struct run *r, const struct node_ping_news *news)
{
	struct ping_why why;

	ping_why_unsent(&why, r->app, r->link_port[0] != '\0' ? 0 : id_of(r), news->path, r->size, news->err);
	row_tell(r, (struct schema_ping){.seq = news->seq,
			    .status = why.status,
			    .rtt_us = SCHEMA_NONE,
			    .size_max = why.size_max > 0 ? why.size_max : SCHEMA_NONE,
			    .detail = why.detail});
}

static void sought_tell(struct run *r)
{
	struct ping_why why;

	ping_why_sought(&why, r->app, id_of(r), r->name);
	row_tell(r, (struct schema_ping){.seq = SCHEMA_NONE,
			    .status = why.status,
			    .rtt_us = SCHEMA_NONE,
			    .size_max = SCHEMA_NONE,
			    .detail = why.detail});
}

// The run is over, and that is an error.
static void fail(struct run *r, const struct node_ping_news *news)
{
	struct api_error err = API_ERROR_INIT;
	struct ping_why why;

	if (news->what == NODE_PING_NO_LINK) {
		api_fail(&err, API_ERROR_NOT_FOUND, "port %s is gone: a reload took it away", r->link_port);
	} else {
		ping_why_lost(&why, r->app, id_of(r), r->name, NODE_PINGS_FIND_MS);
		api_fail(&err, why.is_known ? API_ERROR_FAILED : API_ERROR_NOT_FOUND, "%s", why.detail);
	}
	api_feed_fail(r->feed, &err);
	api_error_clear(&err);
}

static void news_tell(void *ctx, uint32_t run, const struct node_ping_news *news)
{
	struct run *r = run_of(ctx, run);

	switch (news->what) {
	case NODE_PING_INVALID:
		break;
	case NODE_PING_ANSWERED:
		row_tell(r, (struct schema_ping){.seq = news->seq,
				    .status = "ok",
				    .rtt_us = us_of(news->rtt_ns),
				    .size_max = SCHEMA_NONE});
		break;
	case NODE_PING_TIMEOUT:
		row_tell(r, (struct schema_ping){.seq = news->seq,
				    .status = "timeout",
				    .rtt_us = SCHEMA_NONE,
				    .size_max = SCHEMA_NONE});
		break;
	case NODE_PING_UNSENT:
		unsent_tell(r, news);
		break;
	case NODE_PING_SOUGHT:
		sought_tell(r);
		break;
	case NODE_PING_NOT_FOUND:
	case NODE_PING_NO_LINK:
		fail(r, news);
		break;
	case NODE_PING_DONE:
		api_feed_end(r->feed, summary_json(r));
		break;
	}
}

static uint64_t named_find(void *ctx, uint32_t run)
{
	return target_sought(ctx, run_of(ctx, run)->name, false);
}

static int link_slot_find(void *ctx, uint32_t run)
{
	return slots_find(ctx, run_of(ctx, run)->link_port);
}

static uint64_t clock_read(void *ctx)
{
	(void)ctx;
	return own_node_ns(rte_rdtsc());
}

int pings_start(struct app *app)
{
	struct node_io io = own_node_io(app);
	struct node_ping_user user = {.ctx = app,
		.tell = news_tell,
		.id_of = named_find,
		.link_slot_of = link_slot_find,
		.now_ns = clock_read};
	struct pings *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	p->node = node_pings_create(&io, app->discovery, &user);
	if (p->node == NULL) {
		free(p);
		return -ENOMEM;
	}
	app->pings = p;
	return 0;
}

void pings_stop(struct app *app)
{
	node_pings_destroy(app->pings->node);
	free(app->pings);
	app->pings = NULL;
}

// port and mac-address: a neighbor over its link alone. Both, or none of them: then *port stays.
static int link_arg(struct app *app, const struct schema_ping_args *in, struct node_ping_cfg *cfg,
	const char **port, struct api_error *err)
{
	struct base_mac mac;

	int slot = slot_arg_read(app, in->port, err);
	if (slot < 0)
		return slot;
	if (in->mac_address == NULL && slot == SNAP_PORTS_MAX)
		return 0;
	if (in->mac_address == NULL || slot == SNAP_PORTS_MAX || base_mac_parse(in->mac_address, &mac) != 0 ||
		cfg->id == 0) {
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"a ping over one link wants port, mac-address and a RoMON id");
		return -EINVAL;
	}
	cfg->is_link = true;
	cfg->link_mac = base_mac_u64(&mac);
	*port = app->slots[slot].name;
	return 0;
}

int open_ping(struct app *app, struct api_feed *s, const struct schema_ping_args *in, struct api_error *err)
{
	const char *link_port = "";
	struct target node;

	if (target_read_other(app, in->id, &node, err) != 0)
		return -EINVAL;
	struct node_ping_cfg cfg = {.id = node.id,
		.count = (uint32_t)in->count,
		.interval_ms =
			in->interval_ms > 0 ? (uint32_t)in->interval_ms : 1, // ping -i 0: as fast as we do
		.timeout_ms = (uint32_t)in->timeout_ms,
		.size = (uint32_t)in->size};
	if (link_arg(app, in, &cfg, &link_port, err) != 0)
		return -EINVAL;
	int run = node_pings_open(app->pings->node, &cfg, caller_places(app, NODE_PINGS_MAX), base_mono_ms());
	if (run < 0) {
		api_fail(err, API_ERROR_FAILED, "%d pings run already: end one of them", NODE_PINGS_MAX);
		return run;
	}
	struct run *r = &app->pings->runs[run];
	*r = (struct run){.feed = s, .app = app, .run = (uint32_t)run, .size = cfg.size};
	base_text_copy(r->name, sizeof(r->name), node.name);
	base_text_copy(r->link_port, sizeof(r->link_port), link_port);
	api_feed_on_close(s, run_closed, r);
	return 0;
}

void pings_take(struct app *app, const struct node_data *in)
{
	node_pings_take(app->pings->node, in, base_mono_ms());
}

bool pings_tick(struct app *app, uint64_t now_ms)
{
	return node_pings_tick(app->pings->node, now_ms);
}
