// SPDX-License-Identifier: BSD-3-Clause
// What a connection sends, and when it sends it again. One thread.
#include <assert.h>

#include "stream_conn.h"

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t flight_of(const struct stream_conn *c)
{
	return c->nxt - c->una;
}

bool stream_out_is_all_acked(const struct stream_conn *c)
{
	return c->una == c->top && c->out.len == 0;
}

// What an ack says; 0 is kept for "I read nothing any more".
static uint32_t ack_of(const struct stream_conn *c, enum stream_kind kind)
{
	if (kind == STREAM_KIND_OPEN || c->is_deaf)
		return 0;
	uint32_t ack = stream_recv_ack(&c->in);
	if (kind == STREAM_KIND_CLOSE && ack == 0)
		return UINT32_MAX; // one byte short, which the next segment makes up for
	return ack;
}

// Who opened it is sent to by the path that is known now; who answers goes back as the peer came, unless
// nothing comes of that.
static uint32_t way_len_of(const struct stream_conn *c)
{
	return c->is_ours || (c->leaves_way && c->rtt.n_backoffs % 2 == 0) ? 0 : c->way_len;
}

static void segment_send(struct stream_conn *c, enum stream_kind kind, uint32_t seq, uint32_t n,
	const uint8_t *way, uint32_t way_len)
{
	struct stream_table *t = c->table;
	struct stream_segment s = {.src_port = c->here,
		.dst_port = c->there,
		.kind = (uint8_t)kind,
		.seq = seq,
		.ack = ack_of(c, kind)};

	stream_segment_build(t->payload, &s);
	if (n > 0)
		stream_buf_get(&c->out, seq - c->una, t->payload + STREAM_SEGMENT_HEADER_LEN, n);
	t->counts.segments_out++;
	c->told_ack = s.ack;
	c->n_unacked = 0;
	c->ack_us = 0;
	// what does not leave is lost like what is lost on the way: the timer sends it again
	(void)!t->io.send(t->io.ctx, c->peer, way, way_len, t->payload, STREAM_SEGMENT_HEADER_LEN + n);
}

void stream_out_segment(struct stream_conn *c, enum stream_kind kind, uint32_t seq, uint32_t n)
{
	segment_send(c, kind, seq, n, c->way, way_len_of(c));
}

void stream_out_ack(struct stream_conn *c)
{
	stream_out_segment(c, STREAM_KIND_ACK, c->nxt, 0);
}

void stream_out_ack_back(struct stream_conn *c)
{
	segment_send(c, STREAM_KIND_ACK, c->nxt, 0, c->table->from, c->table->from_len);
}

void stream_out_route(struct stream_conn *c, uint64_t now_us)
{
	struct stream_table *t = c->table;
	struct stream_route r = t->io.route(t->io.ctx, c->peer, c->way, way_len_of(c));
	uint32_t segment = least(r.segment, STREAM_SEGMENT_DATA_MAX);

	if (r.segment == 0)
		return; // it goes on with what it knew until somebody says "lost"
	c->routed_us = now_us;
	if (c->cut > 0 && now_us >= c->cut_until_us)
		c->cut = 0;
	if (c->cut > 0)
		segment = least(segment, c->cut);
	c->segment = segment < STREAM_SEGMENT_MIN ? STREAM_SEGMENT_MIN : segment;
	c->window.limit = r.is_foreign ? c->segment * STREAM_WINDOW_SEGMENTS_FOREIGN : STREAM_WINDOW_MAX;
}

void stream_out_arm(struct stream_conn *c, uint64_t now_us)
{
	c->sent_us = now_us;
	c->resend_us = now_us + stream_rtt_timeout(&c->rtt);
	if (c->silent_us == 0)
		c->silent_us = now_us;
}

static void data_send(struct stream_conn *c, uint32_t n, uint64_t now_us)
{
	bool is_new = c->nxt == c->top;

	stream_out_segment(c, STREAM_KIND_DATA, c->nxt, n);
	if (is_new && c->timed_us == 0) {
		c->timed_seq = c->nxt;
		c->timed_us = now_us;
	}
	c->n_resent += !is_new;
	c->nxt += n;
	if (stream_seq_before(c->top, c->nxt))
		c->top = c->nxt;
}

void stream_out_push(struct stream_conn *c, uint64_t now_us)
{
	bool has_sent = false;

	if (c->state != STREAM_OPEN)
		return;
	for (;;) {
		uint32_t n = least(c->out.len - flight_of(c), c->segment);

		// a window that is not wide enough for one segment lets one through all the same
		if (n == 0 || (flight_of(c) > 0 && flight_of(c) + n > c->window.size))
			break;
		data_send(c, n, now_us);
		has_sent = true;
	}
	if (c->is_close_due && flight_of(c) == c->out.len) {
		stream_out_segment(c, STREAM_KIND_CLOSE, c->nxt, 0);
		c->is_close_due = false;
		c->is_close_sent = true;
		has_sent = true;
	}
	if (has_sent && c->resend_us == 0)
		stream_out_arm(c, now_us);
}

void stream_out_again(struct stream_conn *c, uint64_t now_us)
{
	uint32_t n = least(flight_of(c), c->segment);

	if (n == 0)
		return;
	c->timed_us = 0; // Karn: an answer would not tell which of the two it answers
	c->n_resent++;
	stream_out_segment(c, STREAM_KIND_DATA, c->una, n);
	stream_out_arm(c, now_us);
}

// Full segments vanish without an answer: perhaps the way lets no such through.
static void black_hole_suspect(struct stream_conn *c, uint64_t now_us)
{
	if (c->n_answers > 0 || least(flight_of(c), c->segment) < c->segment) {
		c->n_full_timeouts = 0;
		return;
	}
	if (++c->n_full_timeouts < 2 || c->segment <= STREAM_SEGMENT_MIN)
		return;
	c->n_full_timeouts = 0;
	c->cut = c->segment / 2 > STREAM_SEGMENT_MIN ? c->segment / 2 : STREAM_SEGMENT_MIN;
	c->cut_until_us = now_us + STREAM_PROBE_SIZE_US;
}

// Nothing came for the whole time-out: whoever knows paths may look for another.
static void stall_tell(struct stream_conn *c, uint64_t now_us)
{
	struct stream_table *t = c->table;

	if (c->n_heard > 0)
		return;
	if (t->io.stalled != NULL)
		t->io.stalled(
			t->io.ctx, c->peer, way_len_of(c) == 0, (uint32_t)((now_us - c->sent_us) / 1000));
	c->leaves_way =
		!c->is_ours && c->rtt.n_backoffs > 0 && t->io.route(t->io.ctx, c->peer, NULL, 0).segment > 0;
}

static void timeout_of_data(struct stream_conn *c, uint64_t now_us)
{
	if (c->una != c->nxt) {
		black_hole_suspect(c, now_us);
		stream_out_route(c, now_us);
		stream_window_timeout(&c->window, c->segment, flight_of(c), c->top);
	} else {
		stream_out_route(c, now_us);
	}
	c->timed_us = 0;
	c->nxt = c->una;
	c->is_close_due = c->is_shut;
	c->n_heard = 0;
	c->n_answers = 0;
	stream_out_push(c, now_us);
	if (c->resend_us == 0)
		c->silent_us = 0;
}

static void resend(struct stream_conn *c, uint64_t now_us)
{
	c->resend_us = 0;
	stall_tell(c, now_us);
	c->rtt.n_backoffs++;
	switch (c->state) {
	case STREAM_OPENING:
		stream_out_route(c, now_us);
		stream_out_segment(c, STREAM_KIND_OPEN, c->first, 0);
		break;
	case STREAM_ACCEPTING:
		stream_out_segment(c, STREAM_KIND_ACCEPT, c->first, 0);
		break;
	case STREAM_OPEN:
		timeout_of_data(c, now_us);
		return;
	case STREAM_RESETTING:
		stream_out_segment(c, STREAM_KIND_CLOSE, c->top, 0);
		break;
	case STREAM_FREE:
	case STREAM_OVER:
		return;
	}
	stream_out_arm(c, now_us);
}

static uint64_t patience_of(const struct stream_conn *c)
{
	return (c->state == STREAM_OPEN ? STREAM_SILENT_MS : STREAM_OPEN_MS) * 1000ull;
}

// A way that was there for a good part of the time, and on which nothing came back, is not what is missing: a
// peer that died has none in the end, too.
static enum stream_end silence_means(const struct stream_conn *c, uint64_t now_us)
{
	struct stream_table *t = c->table;

	if (t->io.route(t->io.ctx, c->peer, c->way, way_len_of(c)).segment == 0 &&
		now_us - c->routed_us > patience_of(c) / 4 * 3)
		return STREAM_END_NO_PATH;
	return c->state == STREAM_OPENING ? STREAM_END_NO_ANSWER : STREAM_END_LOST;
}

// A peer that is thought lost may still be there, and keep its end open for ever: it is told.
static void over_timer(struct stream_conn *c, uint64_t now_us)
{
	if (c->is_deaf && c->n_close_answers < STREAM_CLOSE_ANSWERS) {
		c->n_close_answers++;
		c->resend_us = now_us + STREAM_RTO_FIRST_US;
		stream_out_segment(c, STREAM_KIND_CLOSE, c->top, 0);
	} else if (c->has_user) {
		c->resend_us = 0;
	} else {
		stream_conn_free(c);
	}
}

void stream_out_timer(struct stream_conn *c, uint64_t now_us)
{
	if (c->state == STREAM_OVER) {
		if (now_us < c->resend_us)
			return;
		over_timer(c, now_us);
		if (c->state == STREAM_FREE)
			return;
	} else {
		if (c->silent_us > 0 && now_us - c->silent_us >= patience_of(c)) {
			stream_conn_over(c, silence_means(c, now_us), now_us);
			return;
		}
		if (c->ack_us > 0 && now_us >= c->ack_us)
			stream_out_ack(c);
		if (c->resend_us > 0 && now_us >= c->resend_us)
			resend(c, now_us);
	}
	stream_out_plan(c);
}

void stream_out_plan(struct stream_conn *c)
{
	uint64_t due = UINT64_MAX;

	if (c->resend_us > 0)
		due = c->resend_us;
	if (c->ack_us > 0 && c->ack_us < due)
		due = c->ack_us;
	if (c->silent_us > 0 && c->silent_us + patience_of(c) < due)
		due = c->silent_us + patience_of(c);
	stream_conn_due(c, due);
}
