// SPDX-License-Identifier: BSD-3-Clause
// Comparison of lib/wire with the reference parser.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "ref_check.h"
#include "ref_parse.h"
#include "wire_parse.h"

// Where the two are compared, and the first difference.
struct check {
	const uint8_t *romon;
	char *why;
	bool is_same;
};

static void number(struct check *c, const char *field, uint32_t wire, uint32_t ref)
{
	if (c->is_same && wire != ref) {
		snprintf(c->why, REF_WHY_LEN, "%s: wire %u, reference %u", field, wire, ref);
		c->is_same = false;
	}
}

static void bytes(struct check *c, const char *field, const void *wire, const void *ref, size_t len)
{
	if (c->is_same && memcmp(wire, ref, len) != 0) {
		snprintf(c->why, REF_WHY_LEN, "%s: other bytes", field);
		c->is_same = false;
	}
}

static void value(
	struct check *c, const char *field, uint16_t wire_off, int wire_len, const struct ref_value *ref)
{
	number(c, field, wire_off, ref->at);
	if (!c->is_same || wire_off == 0)
		return;
	if (wire_len >= 0)
		number(c, field, (uint32_t)wire_len, ref->len);
	bytes(c, field, c->romon + wire_off, ref->bytes, ref->len);
}

static void link_end(
	struct check *c, const char *field, const struct wire_link_end *wire, const struct ref_link_end *ref)
{
	number(c, field, base_be32_load(wire->link_id), ref->link_id);
	number(c, field, base_be16_load(wire->l2mtu), ref->l2mtu);
	number(c, field, base_be16_load(wire->cost), ref->cost);
	bytes(c, field, &wire->mac, ref->mac, sizeof(ref->mac));
}

static void routes(struct check *c, const struct wire_frame *f, const struct ref_frame *ref)
{
	for (uint32_t i = 0; i < 2; i++) {
		number(c, "route_off", f->route_off[i], ref->route_at[i]);
		if (!c->is_same || f->route_off[i] == 0)
			return;
		const struct wire_route *r = (const struct wire_route *)(c->romon + f->route_off[i]);

		bytes(c, "route id", &r->id, ref->routes[i].id, 6);
		link_end(c, "route in-end", &r->in, &ref->routes[i].in);
		link_end(c, "route out-end", &r->out, &ref->routes[i].out);
	}
}

static void header(struct check *c, const struct wire_frame *f, const struct ref_frame *ref)
{
	static const uint8_t zero[24];
	const struct wire_hdr *h = (const struct wire_hdr *)c->romon;

	number(c, "type", f->type, ref->type);
	number(c, "channel", f->channel, ref->channel);
	number(c, "n_hops", f->n_hops, ref->n_hops);
	number(c, "ptr", f->ptr, ref->ptr);
	number(c, "len", f->len + WIRE_ETH_LEN, ref->length);
	number(c, "unsigned", wire_is_unsigned(c->romon), memcmp(ref->auth, zero, sizeof(zero)) == 0);
	bytes(c, "src_id", &h->src_id, ref->src_id, 6);
	bytes(c, "dst_id", &h->dst_id, ref->dst_id, 6);
	number(c, "hops_off", wire_hops_offset(f->type), ref->hops_at);
	number(c, "body_off", f->body_off, ref->body_at);
	for (uint32_t i = 0; c->is_same && i < ref->n_hops; i++) {
		const struct wire_hop *hop = wire_hop_at(c->romon, f, i);

		number(c, "hop link id", base_be32_load(hop->link_id), ref->hops[i].link_id);
		bytes(c, "hop mac", &hop->mac, ref->hops[i].mac, 6);
	}
}

static void body(struct check *c, const struct wire_frame *f, const struct ref_frame *ref)
{
	routes(c, f, ref);
	value(c, "identity", f->identity_off, f->identity_len, &ref->identity);
	value(c, "version", f->version_off, -1, &ref->version);
	value(c, "board", f->board_off, f->board_len, &ref->board);
	value(c, "nonce", f->nonce_off, -1, &ref->nonce);
	value(c, "nonce_echo", f->nonce_echo_off, -1, &ref->nonce_echo);
	value(c, "counter_min", f->counter_min_off, -1, &ref->counter_min);
	if (c->is_same && f->type == WIRE_TYPE_DATA) {
		const struct wire_services *s = (const struct wire_services *)(c->romon + f->body_off);

		number(c, "source port", base_be16_load(s->src_port), ref->src_port);
		number(c, "destination port", base_be16_load(s->dst_port), ref->dst_port);
	}
}

// wire_data_accept() takes exactly the frames that the reference calls untagged, unsigned Data within n_max
// links, on their channel and on no other.
static void short_way(struct check *c, const uint8_t *frame, uint32_t len, enum wire_verdict verdict,
	const struct ref_frame *ref)
{
	static const uint8_t zero[24];
	bool is_data = verdict == WIRE_OK && ref->type == WIRE_TYPE_DATA && ref->n_before == WIRE_ETH_LEN &&
		       memcmp(ref->auth, zero, sizeof(zero)) == 0;
	uint8_t channel = is_data ? ref->channel : 0;

	for (uint32_t n_max = 0; n_max <= WIRE_HOPS_MAX + 1; n_max += n_max < 4 ? 1 : 62) {
		struct wire_data_want want = wire_data_want_make(channel, n_max);
		struct wire_data_want other = wire_data_want_make((uint8_t)(channel + 1), n_max);

		number(c, "short way", wire_data_accept(frame, len, &want), is_data && ref->n_hops <= n_max);
		if (is_data)
			number(c, "short way, other channel", wire_data_accept(frame, len, &other), false);
	}
}

bool ref_check_frame(const uint8_t *frame, uint32_t len, enum wire_verdict *verdict, char why[REF_WHY_LEN])
{
	struct check c = {.why = why, .is_same = true};
	struct ref_frame ref;
	struct wire_frame f;
	struct wire_l2 l2;

	// what a field held before must not show through
	memset(&f, 0xa5, sizeof(f));
	memset(&l2, 0xa5, sizeof(l2));
	enum wire_verdict l2_verdict = wire_l2_parse(frame, len, &l2);
	enum wire_verdict ref_verdict = ref_parse_l2(frame, len, &ref);
	*verdict = l2_verdict;
	number(&c, "L2 verdict", l2_verdict, ref_verdict);
	if (l2_verdict != WIRE_OK)
		short_way(&c, frame, len, l2_verdict, &ref);
	if (!c.is_same || l2_verdict != WIRE_OK)
		return c.is_same;
	number(&c, "romon_off", l2.romon_off, ref.n_before);
	number(&c, "vid", l2.vid, ref.vid);
	if (!c.is_same)
		return false;

	c.romon = frame + l2.romon_off;
	*verdict = wire_frame_parse(c.romon, len - l2.romon_off, &f);
	ref_verdict = ref_parse_frame(frame, len, &ref);
	if (*verdict != ref_verdict) {
		snprintf(why, REF_WHY_LEN, "verdict: wire %s, reference %s", wire_verdict_name(*verdict),
			wire_verdict_name(ref_verdict));
		return false;
	}
	short_way(&c, frame, len, *verdict, &ref);
	if (*verdict == WIRE_OK) {
		header(&c, &f, &ref);
		body(&c, &f, &ref);
	}
	return c.is_same;
}

bool ref_check_copy(const uint8_t *frame, uint32_t len, enum wire_verdict *verdict)
{
	char why[REF_WHY_LEN];
	uint8_t *copy = calloc(1, len > 0 ? len : 1);

	if (copy == NULL) {
		fprintf(stderr, "no memory for a frame of %u bytes\n", len);
		return false;
	}
	const uint8_t *start = len > 0 ? copy : copy + 1; // of an empty frame no byte may be read
	if (len > 0)
		memcpy(copy, frame, len);
	bool is_same = ref_check_frame(start, len, verdict, why);
	if (!is_same) {
		fprintf(stderr, "parsers differ: %s; frame of %u bytes:", why, len);
		for (uint32_t i = 0; i < len; i++)
			fprintf(stderr, " %02x", frame[i]);
		fprintf(stderr, "\n");
	}
	free(copy);
	return is_same;
}
