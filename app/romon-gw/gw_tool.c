// SPDX-License-Identifier: BSD-3-Clause
// /tool/romon/ping and /discover. The thread of the session.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "gw_feed.h"
#include "gw_tool.h"
#include "gw_value.h"

#define COUNT_MAX  UINT32_MAX
#define SIZE_MAX_B 1400

struct feed {
	struct api_client *client;
	bool is_once;
	uint64_t begin_ms;
	uint64_t end_ms; // cancel it then; UINT64_MAX = never
	uint32_t section;
	uint32_t n_sent, n_received;
	uint64_t sum_us, min_us, max_us;
	void (*row_tell)(struct feed *f, json_t *data, struct gw_job *job, struct gw_reply *r);
};

static void feed_free(void *ctx)
{
	struct feed *f = ctx;

	gw_feed_close(f->client);
	free(f);
}

// It ended: by itself, by its time, or with an error.
static void feed_end(int rc, const struct api_error *err, const struct gw_job *job, struct gw_reply *r)
{
	if (rc == 0)
		gw_reply_done(r, job->tag, NULL);
	else if (rc == -EREMOTEIO)
		gw_reply_trap(r, job->tag, GW_CATEGORY_GENERAL, err->message);
	else
		gw_reply_trap(r, job->tag, GW_CATEGORY_GENERAL, GW_FEED_AWAY);
}

static bool feed_run(void *ctx, struct gw_job *job, struct gw_reply *r)
{
	struct feed *f = ctx;
	bool is_last = false;
	int rc = 0;

	if (base_mono_ms() >= f->end_ms) {
		f->end_ms = job->next_ms = UINT64_MAX;
		rc = api_client_cancel(f->client, GW_FEED_TIMEOUT_MS); // what still comes is told
	}
	while (rc == 0 && !is_last && !r->is_over) {
		struct api_error err = {0};
		json_t *data;

		rc = api_client_next(f->client, 0, &data, &is_last, &err);
		if (rc == -ETIMEDOUT)
			return false;
		if (rc == 0 && !is_last)
			f->row_tell(f, data, job, r);
		json_decref(data);
		if (rc != 0 || is_last)
			feed_end(rc, &err, job, r);
		json_decref(err.extra);
	}
	return true;
}

static const struct gw_job_kind feed_kind = {feed_run, feed_free};

// Takes args and f.
static void feed_begin(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_tool_ask *ask,
	const char *cmd, json_t *args, struct feed *f)
{
	char buf[256];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	f->client = gw_feed_open(ask->shared->conf->socket, cmd, args, ask->on_behalf, &why);
	json_decref(args);
	if (f->client != NULL) {
		gw_jobs_add(jobs, r, ask->request, &feed_kind, f, api_client_fd(f->client), f->end_ms);
		return;
	}
	gw_reply_trap(r, ask->request->tag, GW_CATEGORY_GENERAL, buf);
	free(f);
}

// A feed that has not begun, or NULL: *r was told why. bad: an argument whose value is none, or NULL.
static struct feed *feed_make(struct gw_reply *r, const struct rosapi_request *q, const char *bad)
{
	struct feed *f = bad == NULL ? calloc(1, sizeof(*f)) : NULL;
	char buf[256];

	snprintf(buf, sizeof(buf), "%s%.200s", bad == NULL ? "out of memory" : "invalid value for ",
		bad == NULL ? "" : bad);
	if (f == NULL) {
		gw_reply_trap(r, q->tag, bad == NULL ? GW_CATEGORY_GENERAL : GW_CATEGORY_ARGUMENT, buf);
		return NULL;
	}
	f->begin_ms = base_mono_ms();
	f->end_ms = UINT64_MAX;
	return f;
}

// ---- ping

static void time_add(struct gw_row *row, const char *name, uint64_t us)
{
	char text[48];

	if (us >= 1000)
		snprintf(text, sizeof(text), "%llums%lluus", (unsigned long long)us / 1000,
			(unsigned long long)us % 1000);
	else
		snprintf(text, sizeof(text), "%lluus", (unsigned long long)us);
	gw_row_add(row, name, text);
}

static void sums_take(struct feed *f, json_t *rtt)
{
	uint64_t us = (uint64_t)json_integer_value(rtt);

	f->n_sent++;
	if (!json_is_integer(rtt))
		return;
	f->min_us = f->n_received == 0 || us < f->min_us ? us : f->min_us;
	f->max_us = us > f->max_us ? us : f->max_us;
	f->sum_us += us;
	f->n_received++;
}

static void sums_add(const struct feed *f, struct gw_row *row)
{
	char text[24];

	snprintf(text, sizeof(text), "%u", f->n_sent);
	gw_row_add(row, "sent", text);
	snprintf(text, sizeof(text), "%u", f->n_received);
	gw_row_add(row, "received", text);
	snprintf(
		text, sizeof(text), "%u", f->n_sent == 0 ? 0 : (f->n_sent - f->n_received) * 100 / f->n_sent);
	gw_row_add(row, "packet-loss", text);
	if (f->n_received == 0)
		return;
	time_add(row, "min-rtt", f->min_us);
	time_add(row, "avg-rtt", f->sum_us / f->n_received);
	time_add(row, "max-rtt", f->max_us);
}

static void ping_tell(struct feed *f, json_t *data, struct gw_job *job, struct gw_reply *r)
{
	static const struct gw_prop props[] = {{"seq", "seq", GW_KIND_NUMBER, ""},
		{"host", "address", GW_KIND_MAC, ""}, {"size", "size", GW_KIND_NUMBER, ""},
		{"status", "status", GW_KIND_TEXT, ""}, {NULL}};
	char section[16];
	const struct gw_more more[] = {{".section", section}, {NULL}};
	json_t *rtt = json_object_get(data, "rtt-us");
	struct gw_row row;

	gw_row_clear(&row);
	gw_row_fill(&row, props, data);
	if (json_is_integer(rtt))
		time_add(&row, "time", (uint64_t)json_integer_value(rtt));
	if (json_is_integer(json_object_get(data, "seq")))
		sums_take(f, rtt);
	sums_add(f, &row);
	snprintf(section, sizeof(section), "%u", f->section++);
	gw_reply_row(r, job->tag, &row, job->proplist, more);
}

// -> the name of the argument whose value is none, or NULL.
static const char *ping_read(const struct rosapi_request *q, json_t *args, uint32_t *duration_ms)
{
	const char *id = NULL;

	for (uint32_t i = 0; i < q->n_args; i++) {
		const char *name = q->args[i].name, *value = q->args[i].value;
		uint32_t number = 0;
		bool is_good = true;

		if (strcmp(name, "id") == 0 || strcmp(name, "address") == 0) {
			id = value;
		} else if (strcmp(name, "count") == 0) {
			is_good = gw_value_number(value, COUNT_MAX, &number);
			json_object_set_new(args, "count", json_integer(number));
		} else if (strcmp(name, "size") == 0) {
			is_good = gw_value_number(value, SIZE_MAX_B, &number);
			json_object_set_new(args, "size", json_integer(number));
		} else if (strcmp(name, "interval") == 0) {
			is_good = gw_value_duration(value, &number);
			json_object_set_new(args, "interval-ms", json_integer(number));
		} else if (strcmp(name, "duration") == 0) {
			is_good = gw_value_duration(value, duration_ms);
		} else if (strcmp(name, "once") == 0) {
			json_object_set_new(args, "count", json_integer(1));
		} else {
			is_good = strcmp(name, ".proplist") == 0;
		}
		if (!is_good)
			return name;
	}
	json_object_set_new(args, "id", json_string(id == NULL ? "" : id));
	return id == NULL || id[0] == '\0' ? "id" : NULL;
}

void gw_ping(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_tool_ask *ask)
{
	json_t *args = json_object();
	uint32_t duration_ms = 0;
	struct feed *f = feed_make(r, ask->request, ping_read(ask->request, args, &duration_ms));

	if (f == NULL) {
		json_decref(args);
		return;
	}
	f->row_tell = ping_tell;
	if (duration_ms > 0)
		f->end_ms = f->begin_ms + duration_ms;
	feed_begin(jobs, r, ask, "ping", args, f);
}

// ---- discover

static void node_tell(struct feed *f, json_t *data, struct gw_job *job, struct gw_reply *r)
{
	static const struct gw_prop props[] = {{"address", "address", GW_KIND_MAC, ""},
		{"cost", "cost", GW_KIND_NUMBER, ""}, {"hops", "hops", GW_KIND_NUMBER, ""},
		{"path", "path", GW_KIND_MACS, ""}, {"l2mtu", "l2mtu", GW_KIND_NUMBER, ""},
		{"identity", "identity", GW_KIND_TEXT, ""}, {"version", "version", GW_KIND_TEXT, ""},
		{"board", "board", GW_KIND_TEXT, ""}, {NULL}};
	char section[24];
	const struct gw_more more[] = {{".section", section}, {NULL}};
	struct gw_row row;

	gw_row_clear(&row);
	gw_row_fill(&row, props, data);
	snprintf(section, sizeof(section), "%llu", (unsigned long long)(base_mono_ms() - f->begin_ms) / 1000);
	gw_reply_row(r, job->tag, &row, job->proplist, f->is_once ? NULL : more);
}

static const char *discover_read(const struct rosapi_request *q, json_t *args, bool *is_once)
{
	static const char *const others[] = {".proplist", "freeze-frame-interval", "interval", "count"};

	for (uint32_t i = 0; i < q->n_args; i++) {
		const char *name = q->args[i].name;
		uint32_t number = 0;
		bool is_good = true;

		if (strcmp(name, "duration") == 0) {
			is_good = gw_value_duration(q->args[i].value, &number) && number <= 86400000;
			json_object_set_new(args, "duration-ms", json_integer(number));
		} else if (strcmp(name, "once") == 0) {
			*is_once = true;
			json_object_set_new(args, "once", json_true());
		} else {
			is_good = false;
			for (size_t k = 0; k < BASE_ARRAY_LEN(others); k++)
				is_good = is_good || strcmp(name, others[k]) == 0;
		}
		if (!is_good)
			return name;
	}
	return NULL;
}

void gw_discover(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_tool_ask *ask)
{
	json_t *args = json_object();
	bool is_once = false;
	struct feed *f = feed_make(r, ask->request, discover_read(ask->request, args, &is_once));

	if (f == NULL) {
		json_decref(args);
		return;
	}
	f->row_tell = node_tell;
	f->is_once = is_once;
	feed_begin(jobs, r, ask, "discover", args, f);
}
