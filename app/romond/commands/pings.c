// SPDX-License-Identifier: BSD-3-Clause
// Pings. A run holds a source port of its own, by which its answers are told from others'; that an answer is
// one to a ping of ours is told by the ping's token and the way that it took (stream_ping.h). Both ends of a
// round trip are stamped by the TSC: the sending here, the answer by the worker that received it. Control
// thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "api_args.h"
#include "base_clock.h"
#include "base_random.h"
#include "base_text.h"
#include "discovery.h"
#include "handlers.h"
#include "inject.h"
#include "ping_text.h"
#include "pings.h"
#include "ports.h"
#include "refused.h"
#include "stream_ping.h"
#include "topo.h"

#define RUNS_MAX       16
#define PORT_FIRST     49152 // source ports of runs, from here to the end
#define FIND_MS        2000  // a node without a path is looked for so long: two rounds
#define ASK_MS         3000  // how long discovery goes on after a ping was lost
#define SENDS_A_TICK   64
#define INTERVAL_MS    1000
#define TIMEOUT_MS     1000 // as RouterOS
#define TIMEOUT_MS_MAX 60000

struct run {
	struct api_stream *stream; // NULL = free
	struct app *app;
	uint64_t id; // of the node; 0 = a name that nobody has told us yet
	char name[TOPO_TEXT_LEN_MAX + 1];
	uint16_t port;
	bool is_found;       // had a path once
	bool is_sought_told; // that it is looked for
	bool is_link;        // over one link, to link_mac on link_slot
	uint8_t link_slot;
	char link_port[CONF_NAME_LEN_MAX + 1]; // whose slot that is: a reload may give it to another port
	uint64_t link_mac;
	uint64_t find_until_ms;
	uint32_t refused[NODE_N_REFUSED]; // answers that were none
	struct stream_ping ping;
};

struct pings {
	uint16_t next_port;
	struct run runs[RUNS_MAX];
};

static uint64_t tsc_ns(uint64_t tsc)
{
	return (uint64_t)((unsigned __int128)tsc * 1000000000u / rte_get_tsc_hz());
}

int pings_start(struct app *app)
{
	app->pings = calloc(1, sizeof(*app->pings));
	if (app->pings == NULL)
		return -ENOMEM;
	base_random_fill(&app->pings->next_port, sizeof(app->pings->next_port));
	app->pings->next_port |= PORT_FIRST; // its two upper bits: the rest stays random
	return 0;
}

void pings_stop(struct app *app)
{
	free(app->pings);
	app->pings = NULL;
}

static json_t *us_json(uint64_t ns)
{
	return json_integer((json_int_t)((ns + 500) / 1000));
}

static json_t *refused_reasons(const struct run *r)
{
	json_t *reasons = json_object();

	for (uint32_t i = 0; i < NODE_N_REFUSED; i++) {
		if (r->refused[i] > 0)
			json_object_set_new(reasons, node_refused_name(i), json_integer(r->refused[i]));
	}
	return reasons;
}

static json_t *summary_json(const struct run *r)
{
	const struct stream_ping *p = &r->ping;
	uint32_t n_judged = p->received + p->lost; // an answer may still be on its way
	bool has_rtt = p->received > 0;

	return json_pack("{s:o, s:I, s:I, s:f, s:o, s:o, s:o, s:o, s:o}", "address", handlers_mac(r->id),
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
	api_stream_send(r->stream,
		json_pack("{s:o, s:o, s:i, s:s, s:o, s:o, s:o}", "seq", seq, "address", handlers_mac(r->id),
			"size", (int)r->ping.cfg.size, "status", status, "rtt-us", rtt, "size-max", size_max,
			"detail", detail[0] == '\0' ? json_null() : json_string(detail)));
}

static void result_tell(struct run *r, const struct stream_ping_result *result)
{
	if (!r->is_link)
		discovery_path_tell(r->app, r->id, !result->is_timeout, r->ping.cfg.timeout_ms);
	row_tell(r, result->is_timeout ? "timeout" : "ok", json_integer(result->seq),
		result->is_timeout ? json_null() : us_json(result->rtt_ns), json_null(), "");
}

// The client went away or had enough: the summary is its last line.
static json_t *run_closed(void *user, enum api_close why)
{
	struct run *r = user;

	(void)why;
	r->stream = NULL;
	return summary_json(r);
}

static void run_end(struct run *r)
{
	struct api_stream *s = r->stream;

	r->stream = NULL;
	api_stream_end(s, summary_json(r));
}

static bool port_is_used(const struct pings *p, uint16_t port)
{
	for (uint32_t i = 0; i < RUNS_MAX; i++) {
		if (p->runs[i].stream != NULL && p->runs[i].port == port)
			return true;
	}
	return false;
}

static uint16_t port_take(struct pings *p)
{
	do {
		if (p->next_port < PORT_FIRST)
			p->next_port = PORT_FIRST;
	} while (port_is_used(p, p->next_port++));
	return (uint16_t)(p->next_port - 1);
}

// port and mac-address: a neighbor over its link alone. Both, or none of them.
static int link_arg(struct app *app, json_t *args, struct run *r, struct api_error *err)
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
	if (text == NULL || slot == SNAP_PORTS_MAX || base_mac_parse(text, &mac) != 0 || r->id == 0) {
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"a ping over one link wants port, mac-address and a RoMON id");
		return -EINVAL;
	}
	r->is_link = true;
	r->link_slot = (uint8_t)slot;
	base_text_copy(r->link_port, sizeof(r->link_port), app->slots[slot].name);
	r->link_mac = base_mac_u64(&mac);
	return 0;
}

int pings_open(void *ctx, struct api_stream *s, json_t *args, struct api_error *err)
{
	static const char *const names[] = {
		"id", "count", "interval", "size", "timeout", "port", "mac-address"};
	struct app *app = ctx;
	struct run *r = NULL;
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
	for (uint32_t i = 0; i < handlers_places(app, RUNS_MAX) && r == NULL; i++) {
		if (app->pings->runs[i].stream == NULL)
			r = &app->pings->runs[i];
	}
	if (r == NULL) {
		api_fail(err, API_ERROR_FAILED, "%d pings run already: end one of them", RUNS_MAX);
		return -EBUSY;
	}
	struct stream_ping_cfg cfg = {.count = (uint32_t)count,
		.interval_ms = interval_ms > 0 ? (uint32_t)interval_ms : 1, // ping -i 0: as fast as we do
		.size = (uint32_t)size,
		.timeout_ms = (uint32_t)timeout_ms};
	base_random_fill(&cfg.first_wire, sizeof(cfg.first_wire));
	memset(r, 0, sizeof(*r));
	r->app = app;
	r->id = node.id;
	if (link_arg(app, args, r, err) != 0)
		return -EINVAL;
	r->stream = s;
	base_text_copy(r->name, sizeof(r->name), node.name);
	r->port = port_take(app->pings);
	r->find_until_ms = base_mono_ms() + FIND_MS;
	stream_ping_init(&r->ping, &cfg, tsc_ns(rte_rdtsc()));
	api_stream_on_close(s, run_closed, r);
	return 0;
}

static int path_find(const struct run *r, struct data_path *path)
{
	return r->is_link ? data_path_link(r->app, r->link_slot, r->link_mac, path)
			  : data_path_find(r->app, r->id, path);
}

// A ping that did not leave: it counts as sent and lost, since for whoever asked it is, and why is told at
// once.
static void unsent_tell(struct run *r, uint32_t seq, const struct data_path *path, int err)
{
	struct ping_why why;

	ping_why_unsent(&why, r->app, r->is_link ? 0 : r->id, path, r->ping.cfg.size, err);
	stream_ping_unsent(&r->ping, seq);
	row_tell(r, why.status, json_integer(seq), json_null(),
		why.size_max > 0 ? json_integer(why.size_max) : json_null(), why.detail);
}

static void ping_send(struct run *r)
{
	uint8_t payload[STREAM_PING_SIZE_MAX];
	uint8_t token[STREAM_PING_TOKEN_LEN];
	struct data_path path;

	base_random_fill(token, sizeof(token));
	int err = path_find(r, &path);
	uint64_t way = err == 0 ? data_path_way(&path) : 0;
	uint32_t seq = stream_ping_send(&r->ping, payload, token, way, tsc_ns(rte_rdtsc()));
	if (err == 0)
		err = data_send(r->app, &path, r->id, r->port, WIRE_SERVICE_PING, payload, r->ping.cfg.size);
	if (err == 0)
		return;
	if (!r->is_link && err == -ENETUNREACH)
		discovery_want(r->app, base_mono_ms() + ASK_MS);
	unsent_tell(r, seq, &path, err);
}

static bool has_path(struct run *r)
{
	struct data_path path;

	if (r->is_link)
		return true;
	if (r->id == 0)
		r->id = handlers_node_named(r->app, r->name, NULL);
	return r->id != 0 && data_path_find(r->app, r->id, &path) == 0;
}

// Looked for in vain: the run is over.
static void node_give_up(struct run *r)
{
	struct api_error err = API_ERROR_INIT;
	struct ping_why why;

	ping_why_lost(&why, r->app, r->id, r->name, FIND_MS);
	api_fail(&err, why.is_known ? API_ERROR_FAILED : API_ERROR_NOT_FOUND, "%s", why.detail);
	api_stream_fail(r->stream, &err);
	api_error_clear(&err);
	r->stream = NULL;
}

static void node_find(struct run *r, uint64_t now_ms)
{
	struct ping_why why;

	if (has_path(r)) {
		struct stream_ping_cfg cfg = r->ping.cfg;

		r->is_found = true;
		stream_ping_init(&r->ping, &cfg, tsc_ns(rte_rdtsc())); // the search is no part of the run
		return;
	}
	if (now_ms >= r->find_until_ms) {
		node_give_up(r);
		return;
	}
	discovery_want(r->app, r->find_until_ms);
	if (r->is_sought_told)
		return;
	r->is_sought_told = true;
	ping_why_sought(&why, r->app, r->id, r->name);
	row_tell(r, why.status, json_null(), json_null(), json_null(), why.detail);
}

// False: the port of the link went with a reload, and the run is over.
static bool link_find(struct run *r)
{
	struct api_error err = API_ERROR_INIT;
	int slot = ports_find(r->app, r->link_port);

	if (slot >= 0) {
		r->link_slot = (uint8_t)slot;
		return true;
	}
	api_fail(&err, API_ERROR_NOT_FOUND, "port %s is gone: a reload took it away", r->link_port);
	api_stream_fail(r->stream, &err);
	api_error_clear(&err);
	r->stream = NULL;
	return false;
}

static void run_tick(struct run *r, uint64_t now_ms)
{
	struct stream_ping_result result;

	if (r->is_link && !link_find(r))
		return;
	if (!r->is_found)
		node_find(r, now_ms);
	if (!r->is_found)
		return;
	uint64_t now_ns = tsc_ns(rte_rdtsc());
	while (stream_ping_expire(&r->ping, now_ns, &result)) {
		if (!r->is_link)
			discovery_want(r->app, now_ms + ASK_MS); // another path may be there
		result_tell(r, &result);
	}
	for (int i = 0; i < SENDS_A_TICK && stream_ping_is_due(&r->ping, now_ns); i++)
		ping_send(r);
	if (stream_ping_is_done(&r->ping))
		run_end(r);
}

bool pings_tick(struct app *app, uint64_t now_ms)
{
	bool is_any = false;

	for (uint32_t i = 0; i < RUNS_MAX; i++) {
		struct run *r = &app->pings->runs[i];

		if (r->stream != NULL)
			run_tick(r, now_ms);
		is_any |= r->stream != NULL;
	}
	return is_any;
}

// NODE_REFUSED_INVALID: it is an answer, and was told.
static enum node_refused verdict_of(struct run *r, const struct data_in *in)
{
	struct stream_ping_result result;

	if (r->id != in->src_id)
		return NODE_REFUSED_PING_NODE;
	switch (stream_ping_take(
		&r->ping, in->payload, in->len, data_in_way(in), tsc_ns(in->at_tsc), &result)) {
	case STREAM_PING_ANSWER:
		result_tell(r, &result);
		return NODE_REFUSED_INVALID;
	case STREAM_PING_WAY:
		return NODE_REFUSED_PING_WAY;
	case STREAM_PING_TOKEN:
		return NODE_REFUSED_PING_TOKEN;
	case STREAM_PING_LATE:
		return NODE_REFUSED_PING_LATE;
	case STREAM_PING_UNASKED:
	case STREAM_PING_INVALID:
		break;
	}
	return NODE_REFUSED_PING_UNASKED;
}

void pings_take(struct app *app, const struct data_in *in)
{
	for (uint32_t i = 0; i < RUNS_MAX; i++) {
		struct run *r = &app->pings->runs[i];

		if (r->stream == NULL || r->port != in->dst_port)
			continue;
		enum node_refused why = verdict_of(r, in);
		if (why != NODE_REFUSED_INVALID) {
			refused_count(app, in->slot, why);
			r->refused[why]++;
		}
		return;
	}
	refused_count(app, in->slot, NODE_REFUSED_PING_UNASKED);
}
