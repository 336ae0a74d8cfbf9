// SPDX-License-Identifier: BSD-3-Clause
// The reference parser. Slow on purpose: every byte is taken singly, and every take may fail.
#include <string.h>

#include "ref_parse.h"

// Bytes not yet taken. A reader never goes back.
struct reader {
	const uint8_t *next;
	uint32_t left;
	uint32_t at; // taken so far
};

static bool take_bytes(struct reader *r, uint8_t *out, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (r->left == 0)
			return false;
		out[i] = *r->next;
		r->next++;
		r->left--;
		r->at++;
	}
	return true;
}

static bool take_u8(struct reader *r, uint8_t *out)
{
	return take_bytes(r, out, 1);
}

static bool take_u16(struct reader *r, uint16_t *out)
{
	uint8_t b[2];

	if (!take_bytes(r, b, 2))
		return false;
	*out = (uint16_t)(b[0] * 256 + b[1]);
	return true;
}

static bool take_u32(struct reader *r, uint32_t *out)
{
	uint16_t high;
	uint16_t low;

	if (!take_u16(r, &high) || !take_u16(r, &low))
		return false;
	*out = high * 65536u + low;
	return true;
}

static bool take_end(struct reader *r, struct ref_link_end *s)
{
	return take_u32(r, &s->link_id) && take_u16(r, &s->l2mtu) && take_u16(r, &s->cost) &&
	       take_bytes(r, s->mac, 6);
}

// Section 1: one optional 802.1Q tag.
static enum wire_verdict take_l2(struct reader *r, struct ref_frame *f)
{
	uint8_t macs[12];
	uint16_t ethertype;
	uint16_t tci;

	f->vid = 0;
	if (!take_bytes(r, macs, sizeof(macs)) || !take_u16(r, &ethertype))
		return WIRE_RUNT;
	if (ethertype == 0x88a8)
		return WIRE_VLAN_DEPTH;
	if (ethertype == 0x8100) {
		if (!take_u16(r, &tci) || !take_u16(r, &ethertype))
			return WIRE_RUNT;
		if (ethertype == 0x8100 || ethertype == 0x88a8)
			return WIRE_VLAN_DEPTH;
		f->vid = tci % 4096;
	}
	f->n_before = r->at;
	return ethertype == 0x88bf ? WIRE_OK : WIRE_NOT_ROMON;
}

// Section 2, and the four zero bytes of section 3 that every type has.
static bool take_header(struct reader *r, struct ref_frame *f)
{
	uint8_t zero[4];

	return take_u8(r, &f->type) && take_u8(r, &f->channel) && take_u16(r, &f->length) &&
	       take_bytes(r, f->auth, 24) && take_bytes(r, f->src_id, 6) && take_bytes(r, f->dst_id, 6) &&
	       take_u8(r, &f->n_hops) && take_u8(r, &f->ptr) && take_bytes(r, zero, 4);
}

static bool is_station(const uint8_t id[6])
{
	bool is_zero = true;

	for (int i = 0; i < 6; i++)
		is_zero = is_zero && id[i] == 0;
	return !is_zero && id[0] % 2 == 0;
}

// Section 3. The reader ends where the length field says.
static enum wire_verdict take_hops(struct reader *r, struct ref_frame *f)
{
	if (f->n_hops > REF_HOPS_MAX)
		return WIRE_HOP_COUNT;
	f->hops_at = r->at;
	for (int i = 0; i < f->n_hops; i++) {
		if (!take_u32(r, &f->hops[i].link_id) || !take_bytes(r, f->hops[i].mac, 6))
			return WIRE_HOP_TRUNCATED;
	}
	f->body_at = r->at;
	// Data: ptr is the link that the frame is on, 0 to n - 1. Others: forwarders behind it, 0 to n.
	int ptr_max = f->type == 3 ? f->n_hops - 1 : f->n_hops;
	return f->ptr > ptr_max ? WIRE_HOP_POINTER : WIRE_OK;
}

static enum wire_verdict note_route(struct ref_frame *f, const struct ref_value *v)
{
	struct ref_route route;
	struct reader r = {v->bytes, v->len, 0};

	if (v->len != 34)
		return WIRE_ROUTE_LENGTH;
	if (!take_bytes(&r, route.id, 6) || !take_end(&r, &route.in) || !take_end(&r, &route.out))
		return WIRE_ROUTE_LENGTH;
	if (f->n_routes < 2) {
		f->route_at[f->n_routes] = v->at;
		f->routes[f->n_routes] = route;
	}
	f->n_routes++;
	return WIRE_OK;
}

// len_wanted < 0: any length.
static enum wire_verdict note_once(struct ref_value *place, const struct ref_value *v, int len_wanted)
{
	if (place->at != REF_ABSENT_AT)
		return WIRE_TLV_DUPLICATE;
	if (len_wanted >= 0 && v->len != len_wanted)
		return WIRE_TLV_LENGTH;
	*place = *v;
	return WIRE_OK;
}

// Sections 4 and 8.
static enum wire_verdict note_tlv(struct ref_frame *f, uint8_t tag, const struct ref_value *v)
{
	bool is_link_local = f->type == 4 || f->type == 5;

	if (tag == 1)
		return note_route(f, v);
	if (tag == 3)
		return note_once(&f->identity, v, -1);
	if (tag == 4)
		return note_once(&f->version, v, 4);
	if (tag == 5)
		return note_once(&f->board, v, -1);
	if (tag == 0x80 && is_link_local)
		return note_once(&f->nonce, v, 8);
	if (tag == 0x81 && is_link_local)
		return note_once(&f->nonce_echo, v, 8);
	if (tag == 0x82 && is_link_local)
		return note_once(&f->counter_min, v, 8);
	return WIRE_OK;
}

static enum wire_verdict take_tlvs(struct reader *r, struct ref_frame *f)
{
	static const uint32_t n_routes_wanted[6] = {[1] = 1, [2] = 2, [4] = 0, [5] = 1};

	while (r->left > 0) {
		struct ref_value v;
		uint8_t tag;

		if (!take_u8(r, &tag) || !take_u8(r, &v.len))
			return WIRE_TLV_TRUNCATED;
		v.at = r->at;
		if (!take_bytes(r, v.bytes, v.len))
			return WIRE_TLV_TRUNCATED;
		enum wire_verdict verdict = note_tlv(f, tag, &v);
		if (verdict != WIRE_OK)
			return verdict;
	}
	return f->n_routes == n_routes_wanted[f->type] ? WIRE_OK : WIRE_ROUTE_COUNT;
}

// Forget all fields but what take_l2() found. Values have no need: at says whether they are there.
static void clear(struct ref_frame *f)
{
	f->n_routes = 0;
	f->route_at[0] = REF_ABSENT_AT;
	f->route_at[1] = REF_ABSENT_AT;
	f->identity.at = REF_ABSENT_AT;
	f->version.at = REF_ABSENT_AT;
	f->board.at = REF_ABSENT_AT;
	f->nonce.at = REF_ABSENT_AT;
	f->nonce_echo.at = REF_ABSENT_AT;
	f->counter_min.at = REF_ABSENT_AT;
}

static enum wire_verdict take_romon(struct reader *r, struct ref_frame *f)
{
	uint32_t n_received = r->left;
	uint8_t more_zero[2];

	clear(f);
	if (!take_header(r, f))
		return WIRE_RUNT;
	if (f->type < 1 || f->type > 5)
		return WIRE_TYPE_UNKNOWN;

	uint32_t fixed_len = f->type == 3 ? 46 : 48;
	if (f->length < 14 + fixed_len)
		return WIRE_LENGTH_SHORT;
	uint32_t romon_len = f->length - 14u;
	if (romon_len > n_received)
		return WIRE_LENGTH_LONG;
	r->left = romon_len - r->at; // padding is out of reach from here on
	if (!is_station(f->src_id))
		return WIRE_ID_INVALID;

	if (f->type != 3 && !take_bytes(r, more_zero, 2))
		return WIRE_LENGTH_SHORT;
	enum wire_verdict verdict = take_hops(r, f);
	if (verdict != WIRE_OK)
		return verdict;
	if (f->type != 3)
		return take_tlvs(r, f);
	if (!take_u16(r, &f->src_port) || !take_u16(r, &f->dst_port))
		return WIRE_PAYLOAD_SHORT;
	return WIRE_OK;
}

enum wire_verdict ref_parse_l2(const uint8_t *frame, uint32_t len, struct ref_frame *out)
{
	struct reader r = {frame, len, 0};

	return take_l2(&r, out);
}

enum wire_verdict ref_parse_frame(const uint8_t *frame, uint32_t len, struct ref_frame *out)
{
	struct reader r = {frame, len, 0};
	enum wire_verdict verdict = take_l2(&r, out);

	if (verdict != WIRE_OK)
		return verdict;
	struct reader romon = {r.next, r.left, 0};
	return take_romon(&romon, out);
}
