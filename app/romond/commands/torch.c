// SPDX-License-Identifier: BSD-3-Clause
// Sessions of torch: records are summed by flow, and each interval's sums are one message. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "base_random.h"
#include "base_text.h"
#include "handlers.h"
#include "tap.h"
#include "target.h"
#include "wire_name.h"
#include "xchg_channel.h"

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
	uint64_t id;   // of the only node that is asked for; 0 = all
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

	if (t->id != 0 && f->id != t->id)
		return;
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

// Its name, or number; NULL unless Data.
static const char *service_text(const struct torch_flow *f, struct schema_mem *mem)
{
	const char *name = wire_service_name(f->service);

	if (f->type != WIRE_TYPE_DATA)
		return NULL;
	return name != NULL ? name : schema_mem_text(mem, "%u", f->service);
}

static int larger_first(const void *a, const void *b)
{
	const struct torch_flow *x = a;
	const struct torch_flow *y = b;

	return (y->bytes > x->bytes) - (y->bytes < x->bytes);
}

static void flow_fill(
	const struct torch_flow *f, uint64_t ms, struct schema_flow *out, struct schema_mem *mem)
{
	out->direction = f->dir == XCHG_DIR_IN ? "in" : "out";
	out->id = f->id;
	out->type = f->type == WIRE_TYPE_INVALID ? "malformed" : wire_type_name(f->type);
	out->service = service_text(f, mem);
	out->frames = f->frames;
	out->bytes = f->bytes;
	out->frames_per_s = (f->frames * 1000 + ms / 2) / ms;
	out->bytes_per_s = (f->bytes * 1000 + ms / 2) / ms;
}

// The interval until now, and begin the next one.
static void interval_take(struct torch *t, uint64_t now_ms, struct schema_torch *out, struct schema_mem *mem)
{
	uint64_t ms = now_ms > t->begin_ms ? now_ms - t->begin_ms : 1;
	uint64_t lost = tap_session_flows_lost(&t->base);

	qsort(t->flows, t->n_flows, sizeof(t->flows[0]), larger_first);
	for (uint32_t i = 0; i < t->n_flows; i++)
		flow_fill(&t->flows[i], ms, schema_add(mem, &out->rows), mem);
	out->time = base_wall_us();
	out->interval_ms = ms;
	out->lost = lost - t->n_lost_told;
	out->rest = (struct schema_rest){t->rest_frames, t->rest_bytes};
	t->n_lost_told = lost;
	t->rest_frames = 0;
	t->rest_bytes = 0;
	t->n_flows = 0;
	memset(t->index, 0, sizeof(t->index));
	t->begin_ms = now_ms;
}

// A client that does not read gets one long interval when it reads again.
static void torch_tick(struct tap_session *s, uint64_t now_ms)
{
	struct torch *t = (struct torch *)s;

	struct schema_torch interval = {0};
	struct schema_mem mem;

	if (now_ms - t->begin_ms < t->interval_ms || api_feed_pending(s->feed) > PENDING_MAX)
		return;
	schema_mem_init(&mem);
	interval_take(t, now_ms, &interval, &mem);
	api_feed_send(s->feed, schema_encode(schema_torch_table(), &interval));
	schema_mem_fini(&mem);
}

static json_t *torch_finish(struct tap_session *s)
{
	struct torch *t = (struct torch *)s;
	struct schema_torch_end end = {0};
	struct schema_mem mem;

	schema_mem_init(&mem);
	interval_take(t, base_mono_ms(), &end.last, &mem);
	end.frames = t->n_frames;
	end.bytes = t->n_bytes;
	end.lost = t->n_lost_told;
	json_t *data = schema_encode(schema_torch_end_table(), &end);
	schema_mem_fini(&mem);
	return data;
}

static void torch_free(struct tap_session *s)
{
	free(s);
}

static const struct tap_ops torch_ops = {torch_frame, torch_flow, torch_tick, torch_finish, torch_free};

int open_torch(struct app *app, struct api_feed *s, const struct schema_torch_args *in, struct api_error *err)
{
	struct torch *t = calloc(1, sizeof(*t));
	int slot = slot_arg_read(app, in->port, err);

	int rc = slot < 0 ? slot : t == NULL ? -ENOMEM : target_read_filter(app, in->id, &t->id, err);
	if (rc != 0) {
		free(t);
		return rc;
	}
	t->base.ops = &torch_ops;
	t->base.app = app;
	t->base.feed = s;
	t->base.wants_flows = true;
	base_text_copy(t->base.port, sizeof(t->base.port), app->slots[slot].name);
	t->begin_ms = base_mono_ms();
	t->interval_ms = in->interval_ms;
	t->base.end_ms = in->duration_ms == 0 ? UINT64_MAX : t->begin_ms + in->duration_ms;
	base_random_fill(&t->seed, sizeof(t->seed));
	t->seed |= 1;
	rc = tap_session_open(&t->base, err);
	if (rc != 0)
		torch_free(&t->base);
	return rc;
}
