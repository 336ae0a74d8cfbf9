// SPDX-License-Identifier: BSD-3-Clause
// The commands `streams`, `stream` and `stream-close`. Control thread, under app_lock().
#include "base_clock.h"
#include "handlers.h"
#include "reach.h"

static void row_fill(const struct pipe *p, struct schema_stream *row)
{
	struct stream_facts f;

	stream_facts_get(p->conn, &f);
	*row = (struct schema_stream){.stream = p->number,
		.address = f.peer,
		.service = f.is_ours ? f.there : f.here,
		.direction = f.is_ours ? "out" : "in",
		.state = !f.is_open     ? "opening"
			 : f.is_stalled ? "stalled"
					: "open",
		.age_s = (base_mono_ns() / 1000 - f.opened_us) / 1000000,
		.bytes_in = f.bytes_in,
		.bytes_out = f.bytes_out,
		.rtt_us = f.rtt_us > 0 ? f.rtt_us : SCHEMA_NONE,
		.resent = f.n_resent,
		.window_bytes = f.window,
		.segment_bytes = f.segment,
		.waiting_bytes = f.waiting,
		.uid = p->uid == PIPE_OF_OTHERS ? SCHEMA_NONE : p->uid};
}

void handle_streams(struct app *app, const struct schema_nothing_args *in, struct schema_stream_list *out,
	struct schema_call *call)
{
	(void)in;
	for (const struct pipe *p = reach_next(app, 0); p != NULL; p = reach_next(app, p->number))
		row_fill(p, schema_add(&call->mem, out));
}

void handle_stream(struct app *app, const struct schema_stream_args *in, struct schema_stream_state *out,
	struct schema_call *call)
{
	const struct pipe *p = reach_next(app, (uint32_t)in->stream - 1);
	enum stream_end end = reach_ended(app, (uint32_t)in->stream);

	*out = (struct schema_stream_state){.stream = in->stream, .end = stream_end_name(end)};
	if ((p == NULL || p->number != in->stream) && end == STREAM_END_NONE)
		api_fail(call->err, API_ERROR_NOT_FOUND, "no stream %u is open, nor ended lately",
			(uint32_t)in->stream);
}

void handle_stream_close(struct app *app, const struct schema_stream_args *in,
	struct schema_stream_state *out, struct schema_call *call)
{
	*out = (struct schema_stream_state){.stream = in->stream, .end = stream_end_name(STREAM_END_ABORTED)};
	if (reach_close(app, (uint32_t)in->stream) != 0)
		api_fail(call->err, API_ERROR_NOT_FOUND,
			"no stream %u is open: `romonctl streams` lists them", (uint32_t)in->stream);
}
