// SPDX-License-Identifier: BSD-3-Clause
// Sessions of capture. Blocks are gathered and sent in messages of up to BATCH_LEN bytes; a client that does
// not read them loses frames, which are counted, and romond loses nothing. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_base64.h"
#include "base_clock.h"
#include "base_text.h"
#include "events.h"
#include "handlers.h"
#include "pcapng_write.h"
#include "ports.h"
#include "tap.h"
#include "target.h"
#include "wire_name.h"

#define BATCH_LEN   (32 * 1024)
#define LAST_LEN    (1024 * 1024)         // what may come up while a session ends
#define STATS_LEN   (SNAP_PORTS_MAX * 72) // of all interfaces, at its very end
#define PENDING_MAX (1024 * 1024)         // bytes that a client has not read
#define IF_NONE     UINT32_MAX

struct capture {
	struct tap_session base; // first
	uint64_t count;          // frames to send; 0 = no limit
	uint64_t n_frames;       // sent
	uint64_t n_left_out;     // because the client does not read
	uint64_t n_told;         // of n_frames, in messages before
	uint64_t n_lost_told;
	bool has_all; // count is reached
	uint32_t n_ifs;
	uint32_t if_of[SNAP_PORTS_MAX];
	uint8_t generation_of[SNAP_PORTS_MAX]; // of the slot, when it got its interface
	uint64_t seen_of[SNAP_PORTS_MAX];
	uint64_t left_out_of[SNAP_PORTS_MAX];
	struct pcapng_writer w;
};

// Interfaces are written when they are first needed; a slot with another port is another interface.
static bool interface_write(struct capture *c, uint32_t slot)
{
	const struct app_slot *s = &c->base.app->slots[slot];

	if (c->if_of[slot] != IF_NONE && c->generation_of[slot] == s->generation)
		return true;
	const struct app_dev *d = slots_dev(c->base.app, s);
	if (!pcapng_write_interface(&c->w, s->name, d == NULL ? NULL : d->device, c->base.filter.snaplen))
		return false;
	c->if_of[slot] = c->n_ifs++;
	c->generation_of[slot] = s->generation;
	return true;
}

static uint64_t lost_sum(const struct capture *c)
{
	uint64_t slots = c->base.filter.in | c->base.filter.out;
	uint64_t n = c->n_left_out;

	for (uint32_t slot = 0; slot < SNAP_PORTS_MAX; slot++) {
		if ((slots >> slot & 1) != 0)
			n += tap_session_lost(&c->base, slot);
	}
	return n;
}

// What was gathered, as text. Ends with the figures of the whole capture, when told so.
static json_t *message_make(struct capture *c, uint64_t frames, uint64_t lost, bool is_end)
{
	char *text = malloc(BASE_BASE64_LEN(c->w.len) + 1);

	if (text == NULL)
		return NULL;
	size_t len = base_base64_encode(text, c->w.buf, c->w.len);
	text[len] = '\0';
	struct schema_capture message = {text, frames, lost};
	struct schema_capture_end end = {text, frames, lost};
	json_t *data = is_end ? schema_encode(schema_capture_end_table(), &end)
			      : schema_encode(schema_capture_table(), &message);
	free(text);
	c->w.len = 0;
	return data;
}

static void batch_send(struct capture *c)
{
	uint64_t lost = lost_sum(c);

	if (c->w.len == 0 || c->base.is_closing)
		return;
	json_t *data = message_make(c, c->n_frames - c->n_told, lost - c->n_lost_told, false);
	c->n_told = c->n_frames;
	c->n_lost_told = lost;
	api_feed_send(c->base.feed, data);
}

static bool frame_write(struct capture *c, const struct tap_frame *f)
{
	uint32_t snaplen = c->base.filter.snaplen;

	if (!interface_write(c, f->about->slot))
		return false;
	struct pcapng_packet p = {.interface = c->if_of[f->about->slot],
		.time_ns = f->time_ns,
		.bytes = f->bytes,
		.captured = f->len < snaplen ? f->len : snaplen,
		.length = f->about->len,
		.dir = f->about->dir == XCHG_DIR_IN ? PCAPNG_DIR_IN : PCAPNG_DIR_OUT};
	return pcapng_write_packet(&c->w, &p);
}

static void capture_frame(struct tap_session *s, const struct tap_frame *f)
{
	struct capture *c = (struct capture *)s;

	if (c->has_all)
		return;
	if (s->is_closing) // nothing is sent any more but the last answer
		c->w.size = LAST_LEN - STATS_LEN;
	c->seen_of[f->about->slot]++;
	bool is_written = api_feed_pending(s->feed) <= PENDING_MAX && frame_write(c, f);
	if (!is_written && !s->is_closing && api_feed_pending(s->feed) <= PENDING_MAX) {
		batch_send(c);
		is_written = frame_write(c, f);
	}
	if (is_written) {
		c->n_frames++;
	} else {
		c->n_left_out++;
		c->left_out_of[f->about->slot]++;
	}
	c->has_all = c->count != 0 && c->n_frames == c->count;
}

static void capture_tick(struct tap_session *s, uint64_t now_ms)
{
	struct capture *c = (struct capture *)s;

	(void)now_ms;
	batch_send(c);
	if (c->has_all)
		tap_session_end(s);
}

// There is room for all of them: STATS_LEN.
static void stats_write(struct capture *c)
{
	uint64_t now_ns = base_wall_ns();
	bool is_written = true;

	c->w.size = LAST_LEN;
	for (uint32_t slot = 0; slot < SNAP_PORTS_MAX && is_written; slot++) {
		uint64_t lost = c->has_all ? 0 : tap_session_lost(&c->base, slot);

		if (c->if_of[slot] != IF_NONE)
			is_written = pcapng_write_stats(&c->w, c->if_of[slot], now_ns,
				c->seen_of[slot] + lost, c->left_out_of[slot] + lost);
	}
}

static json_t *capture_finish(struct tap_session *s)
{
	struct capture *c = (struct capture *)s;

	stats_write(c);
	// of what passes behind the last frame that was asked for, nothing is lost
	return message_make(c, c->n_frames, c->has_all ? c->n_lost_told : lost_sum(c), true);
}

static void capture_free(struct tap_session *s)
{
	struct capture *c = (struct capture *)s;

	free(c->w.buf);
	free(c);
}

static void capture_flow(struct tap_session *s, const struct xchg_flow *flow)
{
	(void)s; // its slots have no torch
	(void)flow;
}

static const struct tap_ops capture_ops = {
	capture_frame, capture_flow, capture_tick, capture_finish, capture_free};

// Types of frames as bits; 0 = all.
static uint32_t types_of(const char *name)
{
	uint32_t types = 0;

	for (uint8_t type = WIRE_TYPE_INVALID; type < WIRE_N_TYPES && name != NULL; type++) {
		if (strcasecmp(name, wire_type_name(type)) == 0)
			types = 1u << type;
	}
	return types;
}

_Static_assert(SCHEMA_SNAPLEN == SNAP_TAP_LEN_MAX, "as much as workers copy");

static int args_read(struct capture *c, const struct schema_capture_args *in, struct api_error *err)
{
	struct app *app = c->base.app;

	if (target_read_filter(app, in->id, &c->base.filter.id, err) != 0)
		return -EINVAL;
	int slot = slot_arg_read(app, in->port, err);
	if (slot < 0)
		return slot;
	if (slot < SNAP_PORTS_MAX)
		base_text_copy(c->base.port, sizeof(c->base.port), app->slots[slot].name);
	c->count = in->count;
	c->base.wants_in = in->in || !in->out; // neither: both ways
	c->base.wants_out = in->out || !in->in;
	c->base.filter.types = types_of(in->type);
	c->base.filter.snaplen = (uint32_t)in->snaplen;
	c->base.end_ms = in->duration_ms == 0 ? UINT64_MAX : base_mono_ms() + in->duration_ms;
	return 0;
}

// The head of the file goes out at once: a reader of a quiet port sees that it is one.
static void head_send(struct capture *c)
{
	bool is_written = pcapng_write_section(&c->w, "romond " ROMOND_VERSION);

	for (uint32_t slot = 0; slot < SNAP_PORTS_MAX && is_written; slot++) {
		if (((c->base.filter.in | c->base.filter.out) >> slot & 1) != 0)
			is_written = interface_write(c, slot);
	}
	batch_send(c);
}

// Whoever captures reads what others send to each other: that is told.
static void begin(struct capture *c)
{
	struct app *app = c->base.app;
	char by[API_PEER_TEXT_SIZE];

	events_add(app, EVENT_OPERATED, c->base.port, 0, "capture on %s begun, by %s",
		c->base.port[0] != '\0' ? c->base.port : "all ports", caller_name(app, by));
	head_send(c);
}

int open_capture(
	struct app *app, struct api_feed *s, const struct schema_capture_args *in, struct api_error *err)
{
	struct capture *c = calloc(1, sizeof(*c));
	uint8_t *buf = malloc(LAST_LEN);

	if (c == NULL || buf == NULL) {
		free(c);
		free(buf);
		api_fail(err, API_ERROR_FAILED, "out of memory");
		return -ENOMEM;
	}
	c->base.ops = &capture_ops;
	c->base.app = app;
	c->base.feed = s;
	pcapng_write_init(&c->w, buf, BATCH_LEN);
	for (uint32_t slot = 0; slot < SNAP_PORTS_MAX; slot++)
		c->if_of[slot] = IF_NONE;
	int rc = args_read(c, in, err);
	if (rc == 0)
		rc = tap_session_open(&c->base, err);
	if (rc != 0)
		capture_free(&c->base);
	else
		begin(c);
	return rc;
}
