// SPDX-License-Identifier: BSD-3-Clause
// Whose voice is an answer? A row shows one node: what it says of itself, heard by one port from one last
// hop. An answer that says something else by another way does not change the row while the first is heard;
// two voices that take turns are two nodes with one id. One thread.
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "topo_private.h"

static bool has_rival(const struct topo_vertex *v)
{
	return v->rival.port < TOPO_PORTS;
}

static bool is_over(const struct topo *t, const struct topo_claim *c, uint32_t after)
{
	return topo_clock_is_over(&t->asking, c->last_ms, after);
}

static bool is_same_way(const struct topo_claim *c, const struct topo_answer *a)
{
	return c->port == a->port && c->from == a->from_mac;
}

static bool text_is(const struct topo *t, uint32_t text, const char *bytes, uint32_t len)
{
	const char *had = topo_text_of(t, text);

	if (bytes == NULL) // nothing is said of it
		return true;
	len = (uint32_t)strnlen(bytes, len);
	return strlen(had) == len && memcmp(had, bytes, len) == 0;
}

// Does the answer say the same as these? The same link of a node has the same MAC.
static bool says(const struct topo *t, const struct topo_claim *c, const struct topo_answer *a,
	uint32_t identity, uint32_t board, const struct wire_version *version)
{
	struct base_mac mac = base_mac_from_u64(a->node_in.mac);

	if (c->link == a->node_in.link_id && !base_mac_equal(&c->mac, &mac))
		return false;
	return text_is(t, identity, a->identity, a->identity_len) &&
	       text_is(t, board, a->board, a->board_len) &&
	       (a->version == NULL || memcmp(version, a->version, sizeof(*version)) == 0);
}

static void way_set(const struct topo *t, struct topo_claim *c, const struct topo_answer *a)
{
	c->last_ms = t->asking.now_ms;
	c->from = a->from_mac;
	c->port = a->port;
	c->link = a->node_in.link_id;
	c->mac = base_mac_from_u64(a->node_in.mac);
}

// From now on the row is heard by this way, and counted for its port.
static void voice_set(struct topo *t, uint32_t row, const struct topo_answer *a)
{
	struct topo_vertex *v = &t->vertices[row];
	bool was_settled = v->since_ms == 0;

	if (v->share != a->port) {
		topo_vertex_list(
			t, row, TOPO_LIST_NONE); // lists may be of a share: topo_vertex_seen() follows
		topo_share_leave(t, row);
		topo_share_enter(t, row, a->port, was_settled);
	}
	way_set(t, &v->voice, a);
}

void topo_claim_first(struct topo *t, uint32_t row, const struct topo_answer *a)
{
	way_set(t, &t->vertices[row].voice, a);
}

void topo_claim_drop(struct topo *t, struct topo_claim *c)
{
	t->counts.n_twins -= c->port < TOPO_PORTS && c->n_turns >= TOPO_TURNS_TWIN;
	topo_text_drop(t, TOPO_SHARE_NONE, &c->identity);
	topo_text_drop(t, TOPO_SHARE_NONE, &c->board);
	*c = (struct topo_claim){.port = TOPO_SHARE_NONE};
}

bool topo_claim_is_twin(const struct topo *t, const struct topo_vertex *v)
{
	return has_rival(v) && v->rival.n_turns >= TOPO_TURNS_TWIN && !is_over(t, &v->rival, t->down_after);
}

static void voice_describe(struct base_text *out, const struct topo *t, const struct topo_claim *c,
	uint32_t identity, uint32_t board)
{
	const char *name = topo_text_of(t, identity);
	const char *what = topo_text_of(t, board);
	char mac[BASE_MAC_TEXT_LEN];
	char text[32];

	base_text_escape(text, sizeof(text), name, strlen(name));
	base_text_add(out, "%s", text[0] != '\0' ? text : "no name");
	base_text_escape(text, sizeof(text), what, strlen(what));
	base_text_add(out, "%s%s at %s", text[0] != '\0' ? " " : "", text, base_mac_format(&c->mac, mac));
}

static void twin_tell(struct topo *t, uint32_t row)
{
	const struct topo_vertex *v = &t->vertices[row];
	char buf[TOPO_EVENT_TEXT_LEN];
	struct base_text text;

	t->counts.n_twins++;
	base_text_init(&text, buf, sizeof(buf));
	base_text_add(&text, "two nodes answer with this id: ");
	voice_describe(&text, t, &v->voice, v->identity, v->board);
	base_text_add(&text, " and ");
	voice_describe(&text, t, &v->rival, v->rival.identity, v->rival.board);
	topo_event_add(t, TOPO_NODE_TWIN, row, buf);
}

// The rival spoke: for the first time, again, or after the other spoke.
static void rival_speaks(struct topo *t, uint32_t row, const struct topo_answer *a)
{
	struct topo_vertex *v = &t->vertices[row];
	struct topo_claim *r = &v->rival;

	if (r->is_answered && r->n_turns < UINT8_MAX && ++r->n_turns == TOPO_TURNS_TWIN)
		twin_tell(t, row);
	r->is_answered = false;
	way_set(t, r, a);
}

static void rival_set(struct topo *t, uint32_t row, const struct topo_answer *a)
{
	struct topo_claim *r = &t->vertices[row].rival;

	topo_claim_drop(t, r);
	way_set(t, r, a);
	if (a->identity != NULL)
		(void)topo_text_set(t, TOPO_SHARE_NONE, &r->identity, a->identity, a->identity_len);
	if (a->board != NULL)
		(void)topo_text_set(t, TOPO_SHARE_NONE, &r->board, a->board, a->board_len);
	if (a->version != NULL)
		r->version = *a->version;
}

// What the row shows becomes the rival: the answer is what it shows from now on. n_turns: how often they did
// that so far.
static void voices_swap(struct topo *t, uint32_t row, const struct topo_answer *a, uint8_t n_turns)
{
	struct topo_vertex *v = &t->vertices[row];
	struct topo_claim was = v->voice;
	const char *identity = topo_text_of(t, v->identity);
	const char *board = topo_text_of(t, v->board);

	topo_claim_drop(t, &v->rival);
	(void)topo_text_set(t, TOPO_SHARE_NONE, &was.identity, identity, (uint32_t)strlen(identity));
	(void)topo_text_set(t, TOPO_SHARE_NONE, &was.board, board, (uint32_t)strlen(board));
	was.version = v->version;
	was.n_turns = n_turns;
	was.is_answered = true;
	v->rival = was;
	voice_set(t, row, a);
}

bool topo_claim_take(struct topo *t, uint32_t row, const struct topo_answer *a)
{
	struct topo_vertex *v = &t->vertices[row];
	bool is_silent = is_over(t, &v->voice, t->late_after);

	if (v->voice.port >= TOPO_PORTS) { // from the store, or told by another master
		voice_set(t, row, a);
		return true;
	}
	if (has_rival(v) && is_over(t, &v->rival, t->down_after))
		topo_claim_drop(t, &v->rival);
	if (says(t, &v->voice, a, v->identity, v->board, &v->version)) {
		v->rival.is_answered = has_rival(v);
		if (is_same_way(&v->voice, a) || is_silent)
			voice_set(t, row, a);
		return true;
	}
	bool is_known =
		has_rival(v) && says(t, &v->rival, a, v->rival.identity, v->rival.board, &v->rival.version);
	if (is_known)
		rival_speaks(t, row, a);
	bool is_twin = topo_claim_is_twin(t, v);
	if (is_silent || (!is_twin && is_same_way(&v->voice, a))) {
		voices_swap(t, row, a, is_known && !is_silent ? v->rival.n_turns : 0);
		return true;
	}
	if (!is_known && !is_twin)
		rival_set(t, row, a);
	t->counts.claims_refused++;
	return false;
}
