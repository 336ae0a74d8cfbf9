// SPDX-License-Identifier: BSD-3-Clause
// Reassembly. Pure; one thread.
#include "stream_recv.h"

#include <string.h>

#include "stream_segment.h"

void stream_recv_init(struct stream_recv *r, uint32_t first)
{
	*r = (struct stream_recv){.next = first};
}

static void ranges_cut(struct stream_recv *r, uint32_t first, uint32_t n)
{
	memmove(&r->ranges[first], &r->ranges[first + n], (r->n_ranges - first - n) * sizeof(r->ranges[0]));
	r->n_ranges = (uint8_t)(r->n_ranges - n);
}

// Note that from..to is here, joining what it touches. False: too many pieces, and this would be the
// farthest.
static bool range_add(struct stream_recv *r, uint32_t from, uint32_t to)
{
	uint32_t first = 0;
	uint32_t n = 0; // ranges from first on that touch it

	while (first < r->n_ranges && stream_seq_before(r->ranges[first].to, from))
		first++;
	while (first + n < r->n_ranges && !stream_seq_before(to, r->ranges[first + n].from))
		n++;
	if (n == 0) {
		if (first == STREAM_RECV_RANGES_MAX)
			return false;
		if (r->n_ranges == STREAM_RECV_RANGES_MAX)
			r->n_ranges--; // the farthest makes room and comes again: else the front could be
				       // shut out
		memmove(&r->ranges[first + 1], &r->ranges[first],
			(r->n_ranges - first) * sizeof(r->ranges[0]));
		r->n_ranges++;
		r->ranges[first] = (struct stream_recv_range){from, to};
		return true;
	}
	if (stream_seq_before(r->ranges[first].from, from))
		from = r->ranges[first].from;
	if (stream_seq_before(to, r->ranges[first + n - 1].to))
		to = r->ranges[first + n - 1].to;
	r->ranges[first] = (struct stream_recv_range){from, to};
	ranges_cut(r, first + 1, n - 1);
	return true;
}

// What lies at the front may be read now.
static void front_join(struct stream_recv *r)
{
	if (r->n_ranges == 0 || r->ranges[0].from != r->next)
		return;
	r->buf.len += r->ranges[0].to - r->next;
	r->next = r->ranges[0].to;
	ranges_cut(r, 0, 1);
}

enum stream_recv_verdict stream_recv_take(
	struct stream_recv *r, uint32_t seq, const uint8_t *data, uint32_t len, struct stream_budget *budget)
{
	int32_t off = (int32_t)(seq - r->next); // from what is waited for
	bool is_cut = false;

	if (off < 0) {
		uint32_t had = r->next - seq;
		if (had >= len)
			return STREAM_RECV_OLD;
		data += had;
		len -= had;
		off = 0;
	}
	if (len == 0)
		return STREAM_RECV_OLD;
	uint32_t at = (uint32_t)off;
	if (r->has_fin && stream_seq_before(r->fin, r->next + at + len))
		return STREAM_RECV_LIE;
	if (at + len > STREAM_BUF_MAX - r->buf.len) {
		is_cut = true;
		if (at >= STREAM_BUF_MAX - r->buf.len) {
			r->was_full = true;
			return STREAM_RECV_FULL;
		}
		len = STREAM_BUF_MAX - r->buf.len - at;
	}
	if (!stream_buf_reserve(&r->buf, r->buf.len + at + len, budget) ||
		!range_add(r, r->next + at, r->next + at + len)) {
		r->was_full = true;
		return STREAM_RECV_FULL;
	}
	stream_buf_put(&r->buf, r->buf.len + at, data, len);
	front_join(r);
	r->was_full |= is_cut;
	if (is_cut)
		return STREAM_RECV_FULL;
	return at == 0 ? STREAM_RECV_NEW : STREAM_RECV_EARLY;
}

bool stream_recv_fin(struct stream_recv *r, uint32_t seq)
{
	uint32_t last = r->n_ranges > 0 ? r->ranges[r->n_ranges - 1].to : r->next;

	if (r->has_fin)
		return r->fin == seq;
	if (stream_seq_before(seq, last))
		return false;
	r->has_fin = true;
	r->fin = seq;
	return true;
}

void stream_recv_read(struct stream_recv *r, uint32_t n, struct stream_budget *budget)
{
	stream_buf_drop(&r->buf, n);
	if (r->buf.len == 0 && r->n_ranges == 0)
		stream_buf_free(&r->buf, budget);
}
