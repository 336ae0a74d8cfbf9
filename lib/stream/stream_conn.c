// SPDX-License-Identifier: BSD-3-Clause
// A connection from state to state, by what its peer says. One thread.
#include "stream_conn.h"

static void ignored(struct stream_conn *c, enum stream_ignored why)
{
	c->table->counts.ignored[why]++;
}

// An answer is due from the peer, as long as something of ours is not acknowledged.
static bool is_waiting(const struct stream_conn *c)
{
	return c->una != c->nxt || (c->is_close_sent && !stream_recv_is_ended(&c->in));
}

static void heard(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	c->n_heard++;
	c->n_answers += s->kind == STREAM_KIND_ACK;
	c->silent_us = c->resend_us > 0 ? now_us : 0;
}

void stream_conn_over(struct stream_conn *c, enum stream_end why, uint64_t now_us)
{
	struct stream_table *t = c->table;

	if (c->state == STREAM_ACCEPTING)
		t->n_half[c->slot]--;
	if (c->state == STREAM_RESETTING || !c->has_user) {
		stream_conn_free(c);
		return;
	}
	t->counts.ends[why]++;
	c->state = STREAM_OVER;
	c->end = why;
	c->silent_us = 0;
	c->ack_us = 0;
	c->is_deaf = why == STREAM_END_LOST;
	c->resend_us = now_us + (c->is_deaf ? 1 : STREAM_LINGER_MS * 1000ull);
	stream_buf_free(&c->out, &t->budget);
	c->nxt = c->una = c->top;
	stream_news_add(c, STREAM_ENDED);
	stream_out_plan(c);
}

// Both sides said all, and both heard it.
void stream_conn_end_look(struct stream_conn *c, uint64_t now_us)
{
	if (c->state != STREAM_OPEN || !c->is_close_sent || !stream_recv_is_ended(&c->in) ||
		!stream_out_is_all_acked(c))
		return;
	stream_conn_over(c, STREAM_END_CLOSED, now_us);
}

// The path to it carries: it answered what was not sent twice.
static void carries(struct stream_conn *c)
{
	const struct stream_io *io = &c->table->io;

	if (c->is_ours && io->carried != NULL)
		io->carried(io->ctx, c->peer);
}

static void ack_take(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	uint32_t n = s->ack - c->una;
	bool is_stuck = c->rtt.n_backoffs > 0;

	if (n == 0 || stream_seq_before(s->ack, c->una)) {
		if (s->kind != STREAM_KIND_ACK || n != 0 || c->una == c->nxt)
			return;
		// the first answers what was sent again; one more says that there is room now
		if (is_stuck && c->n_heard > 1) {
			c->n_heard = 0;
			stream_out_again(c, now_us);
		} else if (stream_window_dup(&c->window, c->segment, c->una, c->nxt - c->una, c->top)) {
			stream_out_again(c, now_us);
		}
		return;
	}
	if (c->timed_us > 0 && stream_seq_before(c->timed_seq, s->ack)) {
		stream_rtt_take(&c->rtt, now_us - c->timed_us);
		c->timed_us = 0;
		carries(c);
	}
	stream_buf_drop(&c->out, n);
	c->una = s->ack;
	if (stream_seq_before(c->nxt, c->una))
		c->nxt = c->una; // it was sent before the last time-out, and arrived
	c->bytes_out += n;
	c->rtt.n_backoffs = 0;
	c->leaves_way = false;
	c->n_full_timeouts = 0;
	if (c->out.len == 0)
		stream_buf_free(&c->out, &c->table->budget);
	bool is_lost_too = stream_window_acked(&c->window, c->segment, c->una, n);
	c->sent_us = now_us;
	c->resend_us = is_waiting(c) ? now_us + stream_rtt_timeout(&c->rtt) : 0;
	c->silent_us = c->resend_us > 0 ? now_us : 0;
	if (is_lost_too)
		stream_out_again(c, now_us);
	if (c->wants_room && c->out.len <= STREAM_BUF_MAX / 2) {
		c->wants_room = false;
		stream_news_add(c, STREAM_WRITABLE);
	}
}

static void ack_owe(struct stream_conn *c, bool is_urgent, uint64_t now_us)
{
	c->n_unacked++;
	if (is_urgent || c->n_unacked >= 2)
		stream_out_ack(c);
	else if (c->ack_us == 0)
		c->ack_us = now_us + STREAM_ACK_DELAY_US;
}

static void data_take(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	bool had_gap = c->in.n_ranges > 0;

	switch (stream_recv_take(&c->in, s->seq, s->data, s->len, &c->table->budget)) {
	case STREAM_RECV_NEW:
		stream_news_add(c, STREAM_READABLE);
		// the same ack again would look like a loss: while the reader is behind, reading acknowledges
		if (had_gap || stream_recv_ack(&c->in) != c->told_ack)
			ack_owe(c, had_gap, now_us);
		return;
	case STREAM_RECV_FULL:
		ignored(c, STREAM_IGNORED_FULL);
		stream_news_add(c, STREAM_READABLE);
		ack_owe(c, true, now_us);
		return;
	case STREAM_RECV_LIE:
		ignored(c, STREAM_IGNORED_SEQ);
		return;
	case STREAM_RECV_OLD:
		// our ack was lost, perhaps by the way that it took: by that of the segment one gets home
		stream_out_ack_back(c);
		return;
	case STREAM_RECV_INVALID:
	case STREAM_RECV_EARLY:
		ack_owe(c, true, now_us);
	}
}

static void end_tell(struct stream_conn *c)
{
	if (!stream_recv_is_ended(&c->in) || c->has_told_end)
		return;
	c->has_told_end = true;
	stream_news_add(c, STREAM_READABLE);
}

static void close_take(struct stream_conn *c, const struct stream_segment *s)
{
	bool is_done = c->is_close_sent && stream_out_is_all_acked(c);
	bool is_repeated = c->in.has_fin;

	if (!stream_recv_fin(&c->in, s->seq)) {
		ignored(c, STREAM_IGNORED_SEQ);
		return;
	}
	// Both are done. Should the peer have missed our close, it repeats its own, and hears it once more.
	if (is_done && (is_repeated || c->told_ack == c->in.next))
		return;
	// "answered by close", when we have said all too; else by an ack, and the peer asks again
	if (c->is_close_sent && c->nxt == c->top)
		stream_out_segment(c, STREAM_KIND_CLOSE, c->nxt, 0);
	else
		stream_out_ack(c);
}

// "I read nothing any more." Believed of who knows exactly what was heard, as nobody does who only guesses
// (RFC 5961); else the peer hears where we are, and says it again if it means it.
static void reset_take(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	bool is_done = c->is_close_sent && stream_recv_is_ended(&c->in);

	if (s->seq != c->in.next && s->seq != c->told_ack) {
		ignored(c, STREAM_IGNORED_SEQ);
		stream_out_ack(c);
		return;
	}
	// both have said all: it has forgotten the connection already
	stream_conn_over(c, is_done ? STREAM_END_CLOSED : STREAM_END_RESET, now_us);
}

static void take_open(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	switch ((enum stream_kind)s->kind) {
	case STREAM_KIND_OPEN: // an old one, or the peer restarted: then it answers by a close that says so
		if (s->seq != c->their_first)
			stream_out_ack(c);
		return;
	case STREAM_KIND_ACCEPT: // it missed our ack
		stream_out_ack(c);
		return;
	case STREAM_KIND_CLOSE:
		if (s->ack == 0) {
			reset_take(c, s, now_us);
			return;
		}
		break;
	case STREAM_KIND_DATA:
	case STREAM_KIND_ACK:
	case STREAM_N_KINDS:
		break;
	}
	if (stream_seq_before(c->top, s->ack) || stream_seq_before(s->ack, c->una - STREAM_BUF_MAX)) {
		ignored(c, STREAM_IGNORED_ACK);
		return;
	}
	heard(c, s, now_us);
	ack_take(c, s, now_us);
	if (s->kind == STREAM_KIND_DATA)
		data_take(c, s, now_us);
	if (s->kind == STREAM_KIND_CLOSE)
		close_take(c, s);
	end_tell(c);
	stream_out_push(c, now_us);
	stream_conn_end_look(c, now_us);
}

static void opened(struct stream_conn *c)
{
	c->state = STREAM_OPEN;
	c->resend_us = 0;
	c->silent_us = 0;
	c->rtt.n_backoffs = 0;
	stream_news_add(c, STREAM_OPENED | STREAM_WRITABLE);
}

static void take_opening(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	if (s->ack != c->first || (s->kind != STREAM_KIND_ACCEPT && s->kind != STREAM_KIND_CLOSE)) {
		ignored(c, STREAM_IGNORED_EARLY); // bytes from before the accept come again
		return;
	}
	if (s->kind == STREAM_KIND_CLOSE) {
		stream_conn_over(c, STREAM_END_REFUSED, now_us);
		return;
	}
	if (c->rtt.n_backoffs == 0)
		stream_rtt_take(&c->rtt, now_us - c->opened_us);
	c->their_first = s->seq;
	stream_recv_init(&c->in, s->seq);
	opened(c);
	c->table->counts.n_opened++;
	stream_out_ack(c);
	stream_out_push(c, now_us); // what was written meanwhile
}

static void take_accepting(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	if (s->kind == STREAM_KIND_OPEN) {
		if (s->seq == c->their_first) // our accept was lost
			stream_out_segment(c, STREAM_KIND_ACCEPT, c->first, 0);
		return;
	}
	if (s->kind == STREAM_KIND_CLOSE && s->ack == 0 && s->seq == c->in.next) {
		stream_conn_over(c, STREAM_END_RESET, now_us);
		return;
	}
	if (s->ack != c->first || s->kind == STREAM_KIND_ACCEPT) {
		ignored(c, STREAM_IGNORED_EARLY);
		return;
	}
	if (c->rtt.n_backoffs == 0)
		stream_rtt_take(&c->rtt, now_us - c->opened_us);
	c->table->n_half[c->slot]--;
	c->table->counts.n_accepted++;
	c->has_user = true;
	opened(c);
	take_open(c, s, now_us);
}

// The peer hears of the end until it says that it did.
static void take_resetting(struct stream_conn *c, const struct stream_segment *s)
{
	if (s->kind == STREAM_KIND_CLOSE && s->ack == 0) {
		stream_conn_free(c);
		return;
	}
	if (s->kind == STREAM_KIND_OPEN)
		return;
	c->top = s->ack; // that is where the peer is: the one number that it believes
	stream_out_segment(c, STREAM_KIND_CLOSE, c->top, 0);
}

// The peer missed the end of it.
static void take_over(struct stream_conn *c, const struct stream_segment *s)
{
	if (s->kind == STREAM_KIND_CLOSE && s->ack == 0) {
		c->is_deaf = false; // it knows nothing of it any more
		return;
	}
	if (s->kind == STREAM_KIND_OPEN || s->kind == STREAM_KIND_ACCEPT ||
		c->n_close_answers >= STREAM_CLOSE_ANSWERS)
		return;
	if (c->is_deaf) {
		c->top = s->ack; // where the peer is
	} else if (s->kind == STREAM_KIND_ACK) {
		return;
	}
	c->n_close_answers++;
	if (c->end == STREAM_END_CLOSED || c->is_deaf)
		stream_out_segment(c, STREAM_KIND_CLOSE, c->top, 0);
	else
		stream_answer_unknown(c->table, c->peer, c->table->from, c->table->from_len, s);
}

void stream_conn_take(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us)
{
	if (s->kind >= STREAM_N_KINDS) {
		ignored(c, STREAM_IGNORED_KIND);
		return;
	}
	switch (c->state) {
	case STREAM_OPENING:
		take_opening(c, s, now_us);
		break;
	case STREAM_ACCEPTING:
		take_accepting(c, s, now_us);
		break;
	case STREAM_OPEN:
		take_open(c, s, now_us);
		break;
	case STREAM_RESETTING:
		take_resetting(c, s);
		break;
	case STREAM_OVER:
		take_over(c, s);
		break;
	case STREAM_FREE:
		return;
	}
	if (c->state != STREAM_FREE)
		stream_out_plan(c);
}
