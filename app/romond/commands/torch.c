// SPDX-License-Identifier: BSD-3-Clause
// Sessions of torch: records are summed by flow, and each interval's sums are one message. Control thread.
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api_args.h"
#include "api_stream.h"
#include "base_clock.h"
#include "base_text.h"
#include "handlers.h"
#include "tap.h"
#include "torch.h"
#include "wire_name.h"
#include "xchg_channel.h"

#define INTERVAL_MS 1000
#define FLOWS_MAX   1024 // of one interval; what is beyond is summed as one
#define INDEX_LEN   4096 // a power of two, several times as many
#define PENDING_MAX (1024 * 1024)

struct torch_flow {
	uint64_t id;
	uint16_t service;
	uint8_t type;
	uint8_t dir;
	uint64_t frames;
	uint64_t bytes;
};

struct torch {
	struct tap_session base; // first
	uint64_t interval_ms;
	uint64_t seed; // random and odd: whoever does not know it cannot choose flows that meet in one place
	uint64_t begin_ms; // of this interval
	uint64_t n_lost_told;
	uint64_t n_frames; // of all intervals
	uint64_t n_bytes;
	uint64_t rest_frames; // of flows that found no room
	uint64_t rest_bytes;
	uint32_t n_flows;
	struct torch_flow flows[FLOWS_MAX];
	uint16_t index[INDEX_LEN]; // 0 = free, else 1 + index of flows
};

static bool is_same(const struct torch_flow *a, const struct xchg_flow *b)
{
	return a->id == b->id && a->service == b->service && a->type == b->type && a->dir == b->dir;
}

// The flow of a record, new if need be; NULL when there is no room.
static struct torch_flow *flow_of(struct torch *t, const struct xchg_flow *f)
{
	uint64_t key = f->id ^ (uint64_t)f->service << 48 ^ (uint64_t)f->type << 40 ^ (uint64_t)f->dir << 36;
	uint32_t at = (uint32_t)(key * t->seed >> 52);

	for (; t->index[at] != 0; at = (at + 1) & (INDEX_LEN - 1)) {
		struct torch_flow *flow = &t->flows[t->index[at] - 1];

		if (is_same(flow, f))
			return flow;
	}
	if (t->n_flows == FLOWS_MAX)
		return NULL;
	struct torch_flow *flow = &t->flows[t->n_flows++];
	t->index[at] = (uint16_t)t->n_flows;
	*flow = (struct torch_flow){.id = f->id, .service = f->service, .type = f->type, .dir = f->dir};
	return flow;
}

static void torch_flow(struct tap_session *s, const struct xchg_flow *f)
{
	struct torch *t = (struct torch *)s;
	struct torch_flow *flow = flow_of(t, f);

	t->n_frames++;
	t->n_bytes += f->len;
	if (flow == NULL) {
		t->rest_frames++;
		t->rest_bytes += f->len;
		return;
	}
	flow->frames++;
	flow->bytes += f->len;
}

static void torch_frame(struct tap_session *s, const struct tap_frame *f)
{
	(void)s; // its slots have no capture
	(void)f;
}

static json_t *service_json(const struct torch_flow *f)
{
	const char *name = wire_service_name(f->service);

	if (f->type != WIRE_TYPE_DATA)
		return json_null();
	return name != NULL ? json_string(name) : json_sprintf("%u", f->service);
}

static int larger_first(const void *a, const void *b)
{
	const struct torch_flow *x = a;
	const struct torch_flow *y = b;

	return (y->bytes > x->bytes) - (y->bytes < x->bytes);
}

static json_t *flow_json(const struct torch_flow *f, uint64_t ms)
{
	return json_pack("{s:s, s:o, s:s, s:o, s:I, s:I, s:I, s:I}", "direction",
		f->dir == XCHG_DIR_IN ? "in" : "out", "id", handlers_mac(f->id), "type",
		f->type == WIRE_TYPE_INVALID ? "malformed" : wire_type_name(f->type), "service",
		service_json(f), "frames", (json_int_t)f->frames, "bytes", (json_int_t)f->bytes,
		"frames-per-s", (json_int_t)((f->frames * 1000 + ms / 2) / ms), "bytes-per-s",
		(json_int_t)((f->bytes * 1000 + ms / 2) / ms));
}

// The interval until now, and begin the next one.
static json_t *interval_take(struct torch *t, uint64_t now_ms)
{
	uint64_t ms = now_ms > t->begin_ms ? now_ms - t->begin_ms : 1;
	uint64_t lost = tap_session_flows_lost(&t->base);
	json_t *rows = json_array();

	qsort(t->flows, t->n_flows, sizeof(t->flows[0]), larger_first);
	for (uint32_t i = 0; i < t->n_flows; i++)
		json_array_append_new(rows, flow_json(&t->flows[i], ms));
	json_t *data = json_pack("{s:o, s:I, s:I, s:{s:I, s:I}, s:o}", "time", handlers_time(base_wall_us()),
		"interval-ms", (json_int_t)ms, "lost", (json_int_t)(lost - t->n_lost_told), "rest", "frames",
		(json_int_t)t->rest_frames, "bytes", (json_int_t)t->rest_bytes, "rows", rows);
	t->n_lost_told = lost;
	t->rest_frames = 0;
	t->rest_bytes = 0;
	t->n_flows = 0;
	memset(t->index, 0, sizeof(t->index));
	t->begin_ms = now_ms;
	return data;
}

// A client that does not read gets one long interval when it reads again.
static void torch_tick(struct tap_session *s, uint64_t now_ms)
{
	struct torch *t = (struct torch *)s;

	if (now_ms - t->begin_ms >= t->interval_ms && api_stream_pending(s->stream) <= PENDING_MAX)
		api_stream_send(s->stream, interval_take(t, now_ms));
}

static json_t *torch_finish(struct tap_session *s)
{
	struct torch *t = (struct torch *)s;
	json_t *last = interval_take(t, base_mono_ms());

	return json_pack("{s:I, s:I, s:I, s:o}", "frames", (json_int_t)t->n_frames, "bytes",
		(json_int_t)t->n_bytes, "lost", (json_int_t)t->n_lost_told, "last", last);
}

static void torch_free(struct tap_session *s)
{
	free(s);
}

static const struct tap_ops torch_ops = {torch_frame, torch_flow, torch_tick, torch_finish, torch_free};

static int args_read(struct torch *t, json_t *args, struct api_error *err)
{
	static const char *const names[] = {"port", "interval", "duration"};
	struct app *app = t->base.app;
	uint64_t duration_ms;

	if (api_args_only(args, names, BASE_ARRAY_LEN(names), err) != 0 ||
		api_args_u64(args, "interval", 100, 3600000, INTERVAL_MS, &t->interval_ms, err) != 0 ||
		api_args_u64(args, "duration", 1, INT32_MAX, 0, &duration_ms, err) != 0)
		return -EINVAL;
	int slot = handlers_slot(app, args, err);
	if (slot < 0)
		return slot;
	if (slot == SNAP_PORTS_MAX) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "port: which one? `romonctl ports` lists them");
		return -EINVAL;
	}
	base_text_copy(t->base.port, sizeof(t->base.port), app->slots[slot].name);
	t->base.end_ms = duration_ms == 0 ? UINT64_MAX : base_mono_ms() + duration_ms;
	return 0;
}

int torch_open(void *ctx, struct api_stream *s, json_t *args, struct api_error *err)
{
	struct torch *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		api_fail(err, API_ERROR_FAILED, "out of memory");
		return -ENOMEM;
	}
	t->base.ops = &torch_ops;
	t->base.app = ctx;
	t->base.stream = s;
	t->base.wants_flows = true;
	t->begin_ms = base_mono_ms();
	if (getrandom(&t->seed, sizeof(t->seed), 0) != (ssize_t)sizeof(t->seed))
		t->seed = base_mono_ns(); // the kernel has none: as good as it gets
	t->seed |= 1;
	int rc = args_read(t, args, err);
	if (rc == 0)
		rc = tap_session_open(&t->base, err);
	if (rc != 0)
		torch_free(&t->base);
	return rc;
}
