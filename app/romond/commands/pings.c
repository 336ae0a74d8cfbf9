// SPDX-License-Identifier: BSD-3-Clause
// Pings (node_pings.h) as streams of the control socket. Both ends of a round trip are stamped by the TSC:
// the sending here, the answer by the worker that received it. Control thread.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "api_args.h"
#include "base_clock.h"
#include "base_text.h"
#include "handlers.h"
#include "own_node.h"
#include "ping_text.h"
#include "pings.h"
#include "ports.h"

#define INTERVAL_MS    1000
#define TIMEOUT_MS     1000 // as RouterOS
#define TIMEOUT_MS_MAX 60000

struct run {
	struct api_stream *stream;
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

static json_t *us_json(uint64_t ns)
{
	return json_integer((json_int_t)((ns + 500) / 1000));
}

static uint64_t id_of(const struct run *r)
{
	return node_pings_id(r->app->pings->node, r->run);
}

static json_t *refused_reasons(const struct run *r)
{
	const uint32_t *refused = node_pings_refused(r->app->pings->node, r->run);
	json_t *reasons = json_object();

	for (uint32_t i = 0; i < NODE_N_REFUSED; i++) {
		if (refused[i] > 0)
			json_object_set_new(reasons, node_refused_name(i), json_integer(refused[i]));
	}
	return reasons;
}

static json_t *summary_json(const struct run *r)
{
	const struct stream_ping *p = node_pings_ping(r->app->pings->node, r->run);
	uint32_t n_judged = p->received + p->lost; // an answer may still be on its way
	bool has_rtt = p->received > 0;

	return json_pack("{s:o, s:I, s:I, s:f, s:o, s:o, s:o, s:o, s:o}", "address", handlers_mac(id_of(r)),
		"sent", (json_int_t)p->sent, "received", (json_int_t)p->received, "packet-loss",
		n_judged == 0 ? 0.0 : (double)((uint64_t)p->lost * 10000 / n_judged) / 100, "min-rtt-us",
		has_rtt ? us_json(p->min_ns) : json_null(), "avg-rtt-us",
		has_rtt ? us_json(stream_ping_avg_ns(p)) : json_null(), "max-rtt-us",
		has_rtt ? us_json(p->max_ns) : json_null(), "stddev-rtt-us",
		has_rtt ? us_json(stream_ping_stddev_ns(p)) : json_null(), "refused", refused_reasons(r));
}

// A row: seq, rtt and size_max are stolen. detail: a sentence, or "".
static void row_tell(
	struct run *r, const char *status, json_t *seq, json_t *rtt, json_t *size_max, const char *detail)
{
	api_stream_send(r->stream, json_pack("{s:o, s:o, s:i, s:s, s:o, s:o, s:o}", "seq", seq, "address",
					   handlers_mac(id_of(r)), "size", (int)r->size, "status", status,
					   "rtt-us", rtt, "size-max", size_max, "detail",
					   detail[0] == '\0' ? json_null() : json_string(detail)));
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
	row_tell(r, why.status, json_integer(news->seq), json_null(),
		why.size_max > 0 ? json_integer(why.size_max) : json_null(), why.detail);
}

static void sought_tell(struct run *r)
{
	struct ping_why why;

	ping_why_sought(&why, r->app, id_of(r), r->name);
	row_tell(r, why.status, json_null(), json_null(), json_null(), why.detail);
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
	api_stream_fail(r->stream, &err);
	api_error_clear(&err);
}

static void news_tell(void *ctx, uint32_t run, const struct node_ping_news *news)
{
	struct run *r = run_of(ctx, run);

	switch (news->what) {
	case NODE_PING_INVALID:
		break;
	case NODE_PING_ANSWERED:
		row_tell(r, "ok", json_integer(news->seq), us_json(news->rtt_ns), json_null(), "");
		break;
	case NODE_PING_TIMEOUT:
		row_tell(r, "timeout", json_integer(news->seq), json_null(), json_null(), "");
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
		api_stream_end(r->stream, summary_json(r));
		break;
	}
}

static uint64_t named_find(void *ctx, uint32_t run)
{
	return handlers_node_named(ctx, run_of(ctx, run)->name, NULL);
}

static int link_slot_find(void *ctx, uint32_t run)
{
	return ports_find(ctx, run_of(ctx, run)->link_port);
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
static int link_arg(
	struct app *app, json_t *args, struct node_ping_cfg *cfg, const char **port, struct api_error *err)
{
	const char *text;
	struct base_mac mac;

	if (api_args_text(args, "mac-address", NULL, &text, err) != 0)
		return -EINVAL;
	int slot = handlers_slot(app, args, err);
	if (slot < 0)
		return slot;
	if (text == NULL && slot == SNAP_PORTS_MAX)
		return 0;
	if (text == NULL || slot == SNAP_PORTS_MAX || base_mac_parse(text, &mac) != 0 || cfg->id == 0) {
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"a ping over one link wants port, mac-address and a RoMON id");
		return -EINVAL;
	}
	cfg->is_link = true;
	cfg->link_mac = base_mac_u64(&mac);
	*port = app->slots[slot].name;
	return 0;
}

int pings_open(void *ctx, struct api_stream *s, json_t *args, struct api_error *err)
{
	static const char *const names[] = {
		"id", "count", "interval", "size", "timeout", "port", "mac-address"};
	struct app *app = ctx;
	const char *link_port = "";
	uint64_t count, interval_ms, size, timeout_ms;
	struct handlers_node node;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_u64(args, "count", 0, UINT32_MAX, 0, &count, err) != 0 ||
		api_args_u64(args, "interval", 0, 3600000, INTERVAL_MS, &interval_ms, err) != 0 ||
		api_args_u64(args, "size", STREAM_PING_SIZE_MIN, STREAM_PING_SIZE_MAX,
			STREAM_PING_SIZE_DEFAULT, &size, err) != 0 ||
		api_args_u64(args, "timeout", 1, TIMEOUT_MS_MAX, TIMEOUT_MS, &timeout_ms, err) != 0 ||
		handlers_node_arg(app, args, &node, err) != 0)
		return -EINVAL;
	struct node_ping_cfg cfg = {.id = node.id,
		.count = (uint32_t)count,
		.interval_ms = interval_ms > 0 ? (uint32_t)interval_ms : 1, // ping -i 0: as fast as we do
		.timeout_ms = (uint32_t)timeout_ms,
		.size = (uint32_t)size};
	if (link_arg(app, args, &cfg, &link_port, err) != 0)
		return -EINVAL;
	int run =
		node_pings_open(app->pings->node, &cfg, handlers_places(app, NODE_PINGS_MAX), base_mono_ms());
	if (run < 0) {
		api_fail(err, API_ERROR_FAILED, "%d pings run already: end one of them", NODE_PINGS_MAX);
		return run;
	}
	struct run *r = &app->pings->runs[run];
	*r = (struct run){.stream = s, .app = app, .run = (uint32_t)run, .size = cfg.size};
	base_text_copy(r->name, sizeof(r->name), node.name);
	base_text_copy(r->link_port, sizeof(r->link_port), link_port);
	api_stream_on_close(s, run_closed, r);
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
