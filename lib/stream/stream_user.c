// SPDX-License-Identifier: BSD-3-Clause
// What the user of a connection does with it, and what may be shown of it. One thread.
#include "stream_conn.h"

uint32_t stream_room(struct stream_conn *c, uint32_t want)
{
	uint32_t left = stream_buf_room(&c->out, &c->table->budget) - c->out.len;

	if (c->is_shut || c->state == STREAM_OVER || c->state == STREAM_RESETTING)
		return 0;
	c->wants_room |= left == 0;
	return want < left ? want : left;
}

uint32_t stream_write(struct stream_conn *c, const uint8_t *bytes, uint32_t len, uint64_t now_us)
{
	uint32_t n = stream_room(c, len);

	if (n == 0 || !stream_buf_reserve(&c->out, c->out.len + n, &c->table->budget))
		return 0;
	stream_buf_put(&c->out, c->out.len, bytes, n);
	c->out.len += n;
	c->wants_room |= n < len;
	stream_out_push(c, now_us);
	stream_out_plan(c);
	return n;
}

void stream_shut(struct stream_conn *c, uint64_t now_us)
{
	if (c->is_shut || c->state == STREAM_OVER || c->state == STREAM_RESETTING)
		return;
	c->is_shut = true;
	c->is_close_due = true;
	stream_out_push(c, now_us);
	stream_conn_end_look(c, now_us);
	stream_out_plan(c);
}

const uint8_t *stream_read(const struct stream_conn *c, uint32_t *len)
{
	return stream_buf_front(&c->in.buf, len);
}

void stream_read_done(struct stream_conn *c, uint32_t n)
{
	stream_recv_read(&c->in, n, &c->table->budget);
	c->bytes_in += n;
	if (c->state != STREAM_OPEN)
		return;
	uint32_t more = stream_recv_ack(&c->in) - c->told_ack;
	bool has_room = c->in.was_full && c->in.buf.len <= STREAM_BUF_MAX / 2;

	// what was kept from the sender while it lay unread
	if (has_room || (c->ack_us == 0 && more > 0 &&
				(more >= 2 * c->segment || c->in.buf.len <= STREAM_RECV_SLACK))) {
		c->in.was_full = false;
		stream_out_ack(c);
		stream_out_plan(c);
	}
}

bool stream_is_read_out(const struct stream_conn *c)
{
	return c->in.buf.len == 0 && (stream_recv_is_ended(&c->in) || c->state == STREAM_OVER);
}

void stream_release(struct stream_conn *c, uint64_t now_us)
{
	switch (c->state) {
	case STREAM_OPENING:
	case STREAM_OPEN:
		c->table->counts.ends[STREAM_END_ABORTED]++;
		c->state = STREAM_RESETTING;
		stream_news_drop(c);
		c->has_user = false;
		c->is_deaf = true;
		c->rtt.n_backoffs = 0;
		stream_buf_free(&c->out, &c->table->budget);
		stream_buf_free(&c->in.buf, &c->table->budget);
		c->una = c->nxt = c->top;
		stream_out_segment(c, STREAM_KIND_CLOSE, c->top, 0);
		c->silent_us = 0; // its time begins now
		stream_out_arm(c, now_us);
		stream_out_plan(c);
		return;
	case STREAM_OVER:
		stream_news_drop(c);
		c->has_user = false;
		if (c->resend_us == 0)
			stream_conn_free(c);
		return;
	case STREAM_ACCEPTING: // nobody holds it yet
	case STREAM_RESETTING: // or any more
	case STREAM_FREE:
		return;
	}
}

void stream_facts_get(const struct stream_conn *c, struct stream_facts *out)
{
	*out = (struct stream_facts){
		.peer = c->peer,
		.opened_us = c->opened_us,
		.bytes_in = c->bytes_in,
		.bytes_out = c->bytes_out,
		.n_resent = c->n_resent,
		.rtt_us = c->rtt.smooth_us,
		.window = c->window.size,
		.segment = c->segment,
		.cut = c->cut,
		.waiting = c->out.len,
		.here = c->here,
		.there = c->there,
		.is_ours = c->is_ours,
		.is_open = c->state == STREAM_OPEN,
		.is_stalled = c->state == STREAM_OPEN && c->una != c->top && c->rtt.n_backoffs > 0,
		.end = c->end,
	};
}

enum stream_end stream_end_of(const struct stream_conn *c)
{
	return c->end;
}

const char *stream_end_name(enum stream_end e)
{
	static const char *const names[STREAM_N_ENDS] = {
		[STREAM_END_NONE] = "open",
		[STREAM_END_CLOSED] = "closed",
		[STREAM_END_NO_PATH] = "no-path",
		[STREAM_END_NO_ANSWER] = "no-answer",
		[STREAM_END_REFUSED] = "refused",
		[STREAM_END_LOST] = "lost",
		[STREAM_END_RESET] = "reset",
		[STREAM_END_ABORTED] = "aborted",
	};

	return names[e];
}

void *stream_user(const struct stream_conn *c)
{
	return c->user;
}

void stream_user_set(struct stream_conn *c, void *user)
{
	c->user = user;
}

void stream_counts_get(const struct stream_table *t, struct stream_counts *out)
{
	*out = t->counts;
	out->buffered = t->budget.used;
	out->n_conns = t->n_conns;
}

const char *stream_ignored_name(enum stream_ignored i)
{
	static const char *const names[STREAM_N_IGNORED] = {
		[STREAM_IGNORED_SHORT] = "short",
		[STREAM_IGNORED_KIND] = "kind",
		[STREAM_IGNORED_ACK] = "ack",
		[STREAM_IGNORED_EARLY] = "early",
		[STREAM_IGNORED_SEQ] = "seq",
		[STREAM_IGNORED_UNKNOWN] = "unknown",
		[STREAM_IGNORED_FULL] = "full",
		[STREAM_IGNORED_LIMIT] = "limit",
	};

	return names[i];
}
