// SPDX-License-Identifier: BSD-3-Clause
// Rosters as bytes. Pure; any thread.
#include "stream_roster.h"

#include <string.h>

#include "base_be.h"

#define VERSION     1
#define KIND_ASK    1
#define KIND_ANSWER 2

// A row up to the length of its identity. Request and answer begin alike.
struct row_head {
	struct base_mac id;
	struct base_mac parent_id;
	uint8_t status;
	uint8_t hops;
	uint8_t cost[4];
	uint8_t l2mtu[2];
	uint8_t age_s[4];
	struct wire_version version;
} __attribute__((packed));

struct head {
	uint8_t seq[4];
	uint8_t version;
	uint8_t kind;
	uint8_t n[2];      // room, or rows
	uint8_t cursor[4]; // from here, or next
} __attribute__((packed));

_Static_assert(sizeof(struct head) == STREAM_ROSTER_ASK_LEN, "stream_roster.h");
_Static_assert(sizeof(struct row_head) == 28, "stream_roster.h");

#define STATUS_MAX 3

static void head_write(uint8_t *out, uint32_t seq, uint8_t kind, uint16_t n, uint32_t cursor)
{
	struct head *h = (struct head *)out;

	base_be32_store(h->seq, seq);
	h->version = VERSION;
	h->kind = kind;
	base_be16_store(h->n, n);
	base_be32_store(h->cursor, cursor);
}

static const struct head *head_read(const uint8_t *payload, uint32_t len, uint8_t kind)
{
	const struct head *h = (const struct head *)payload;

	return len >= sizeof(*h) && h->version == VERSION && h->kind == kind ? h : NULL;
}

void stream_roster_ask_build(uint8_t out[STREAM_ROSTER_ASK_LEN], const struct stream_roster_ask *ask)
{
	head_write(out, ask->seq, KIND_ASK, ask->room, ask->cursor);
}

bool stream_roster_ask_parse(const uint8_t *payload, uint32_t len, struct stream_roster_ask *out)
{
	const struct head *h = head_read(payload, len, KIND_ASK);

	if (h == NULL)
		return false;
	*out = (struct stream_roster_ask){.seq = base_be32_load(h->seq),
		.room = base_be16_load(h->n),
		.cursor = base_be32_load(h->cursor)};
	return true;
}

void stream_roster_begin(struct stream_roster_writer *w, uint8_t *out, uint32_t size, uint32_t seq)
{
	*w = (struct stream_roster_writer){.out = out, .size = size, .len = sizeof(struct head)};
	head_write(out, seq, KIND_ANSWER, 0, 0);
}

static void text_write(struct stream_roster_writer *w, const char *text, uint8_t len)
{
	w->out[w->len++] = len;
	if (len > 0)
		memcpy(w->out + w->len, text, len);
	w->len += len;
}

bool stream_roster_add(struct stream_roster_writer *w, const struct stream_roster_row *row)
{
	struct row_head *h = (struct row_head *)(w->out + w->len);
	uint32_t need = (uint32_t)sizeof(*h) + 2u + row->identity_len + row->board_len;

	if (need > w->size - w->len || w->n_rows == UINT16_MAX)
		return false;
	h->id = base_mac_from_u64(row->id);
	h->parent_id = base_mac_from_u64(row->parent_id);
	h->status = row->status;
	h->hops = row->hops;
	base_be32_store(h->cost, row->cost);
	base_be16_store(h->l2mtu, row->l2mtu);
	base_be32_store(h->age_s, row->age_s);
	h->version = row->version;
	w->len += (uint32_t)sizeof(*h);
	text_write(w, row->identity, row->identity_len);
	text_write(w, row->board, row->board_len);
	w->n_rows++;
	return true;
}

uint32_t stream_roster_finish(struct stream_roster_writer *w, uint32_t next_cursor)
{
	struct head *h = (struct head *)w->out;

	base_be16_store(h->n, w->n_rows);
	base_be32_store(h->cursor, next_cursor);
	return w->len;
}

bool stream_roster_open(struct stream_roster_reader *r, const uint8_t *payload, uint32_t len)
{
	const struct head *h = head_read(payload, len, KIND_ANSWER);

	if (h == NULL)
		return false;
	*r = (struct stream_roster_reader){.seq = base_be32_load(h->seq),
		.next_cursor = base_be32_load(h->cursor),
		.n_rows = base_be16_load(h->n),
		.at = payload + sizeof(*h),
		.left = len - (uint32_t)sizeof(*h)};
	return true;
}

static bool text_read(struct stream_roster_reader *r, const char **text, uint8_t *len)
{
	if (r->left < 1 || r->left - 1 < r->at[0])
		return false;
	*len = r->at[0];
	*text = (const char *)r->at + 1;
	r->at += 1 + *len;
	r->left -= 1u + *len;
	return true;
}

bool stream_roster_next(struct stream_roster_reader *r, struct stream_roster_row *out)
{
	const struct row_head *h = (const struct row_head *)r->at;

	if (r->n_rows == 0 || r->left < sizeof(*h))
		return false;
	*out = (struct stream_roster_row){.id = base_mac_u64(&h->id),
		.parent_id = base_mac_u64(&h->parent_id),
		.status = h->status,
		.hops = h->hops,
		.l2mtu = base_be16_load(h->l2mtu),
		.cost = base_be32_load(h->cost),
		.age_s = base_be32_load(h->age_s),
		.version = h->version};
	r->at += sizeof(*h);
	r->left -= (uint32_t)sizeof(*h);
	r->n_rows--;
	if (out->status != 0 && out->status <= STATUS_MAX &&
		text_read(r, &out->identity, &out->identity_len) &&
		text_read(r, &out->board, &out->board_len))
		return true;
	r->n_rows = 0;
	return false;
}
