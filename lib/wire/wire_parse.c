// SPDX-License-Identifier: BSD-3-Clause
// Bounded parsing of RoMON frames (docs/protocol.md sections 1 to 4 and 8). Any thread.
//
// The checks stand in the order of WIRE_VERDICTS; tests/common/ref_parse.c says the same a second time,
// slowly, and every test frame must get one verdict from both.
#include <string.h>

#include "base_be.h"
#include "wire_parse.h"

enum wire_verdict wire_l2_parse(const uint8_t *frame, uint32_t len, struct wire_l2 *out)
{
	if (len < WIRE_ETH_LEN)
		return WIRE_RUNT;
	uint16_t ethertype = base_be16_load(frame + 12);
	out->romon_off = WIRE_ETH_LEN;
	out->vid = 0;
	if (ethertype == WIRE_ETHERTYPE)
		return WIRE_OK;
	if (ethertype == WIRE_ETHERTYPE_QINQ)
		return WIRE_VLAN_DEPTH;
	if (ethertype != WIRE_ETHERTYPE_VLAN)
		return WIRE_NOT_ROMON;

	if (len < WIRE_ETH_LEN + WIRE_VLAN_LEN)
		return WIRE_RUNT;
	ethertype = base_be16_load(frame + 16);
	if (ethertype == WIRE_ETHERTYPE_VLAN || ethertype == WIRE_ETHERTYPE_QINQ)
		return WIRE_VLAN_DEPTH;
	if (ethertype != WIRE_ETHERTYPE)
		return WIRE_NOT_ROMON;
	out->romon_off = WIRE_ETH_LEN + WIRE_VLAN_LEN;
	out->vid = base_be16_load(frame + 14) & 0x0fff;
	return WIRE_OK;
}

// Note the value of a TLV that may stand once. A value length of 0 is a present, empty text.
static enum wire_verdict once(uint16_t *off, uint32_t value_off)
{
	if (*off != 0)
		return WIRE_TLV_DUPLICATE;
	*off = (uint16_t)value_off;
	return WIRE_OK;
}

static enum wire_verdict once_sized(uint16_t *off, uint32_t value_off, uint8_t len, uint8_t len_wanted)
{
	if (*off != 0)
		return WIRE_TLV_DUPLICATE;
	if (len != len_wanted)
		return WIRE_TLV_LENGTH;
	*off = (uint16_t)value_off;
	return WIRE_OK;
}

// The tags from 0x80 on are ours and stand in Hello and SeqErr only. In Discover and DiscoverResp they are
// unknown like any other: a peer's newer software may give them a meaning of its own there.
static enum wire_verdict tlv_note(
	struct wire_frame *f, uint8_t tag, uint8_t len, uint32_t value_off, uint32_t *n_routes)
{
	switch (tag) {
	case WIRE_TAG_ROUTE:
		if (len != WIRE_ROUTE_LEN)
			return WIRE_ROUTE_LENGTH;
		if (*n_routes < BASE_ARRAY_LEN(f->route_off))
			f->route_off[*n_routes] = (uint16_t)value_off;
		*n_routes += 1;
		return WIRE_OK;
	case WIRE_TAG_IDENTITY:
		f->identity_len = len;
		return once(&f->identity_off, value_off);
	case WIRE_TAG_VERSION:
		return once_sized(&f->version_off, value_off, len, sizeof(struct wire_version));
	case WIRE_TAG_BOARD:
		f->board_len = len;
		return once(&f->board_off, value_off);
	}
	if (f->type != WIRE_TYPE_HELLO && f->type != WIRE_TYPE_SEQ_ERR)
		return WIRE_OK; // unknown tags are skipped
	switch (tag) {
	case WIRE_TAG_NONCE:
		return once_sized(&f->nonce_off, value_off, len, 8);
	case WIRE_TAG_NONCE_ECHO:
		return once_sized(&f->nonce_echo_off, value_off, len, 8);
	case WIRE_TAG_COUNTER_MIN:
		return once_sized(&f->counter_min_off, value_off, len, 8);
	}
	return WIRE_OK;
}

static uint32_t routes_wanted(uint8_t type)
{
	switch (type) {
	case WIRE_TYPE_DISCOVER_RESP:
		return 2;
	case WIRE_TYPE_SEQ_ERR:
		return 0;
	}
	return 1;
}

static enum wire_verdict tlvs_parse(const uint8_t *romon, struct wire_frame *f)
{
	uint32_t off = f->body_off;
	uint32_t n_routes = 0;

	while (off < f->len) {
		if (f->len - off < sizeof(struct wire_tlv))
			return WIRE_TLV_TRUNCATED;
		uint8_t tag = romon[off];
		uint8_t len = romon[off + 1];
		off += sizeof(struct wire_tlv);
		if (f->len - off < len)
			return WIRE_TLV_TRUNCATED;
		enum wire_verdict v = tlv_note(f, tag, len, off, &n_routes);
		if (v != WIRE_OK)
			return v;
		off += len;
	}
	return n_routes == routes_wanted(f->type) ? WIRE_OK : WIRE_ROUTE_COUNT;
}

enum wire_verdict wire_frame_parse(const uint8_t *romon, uint32_t len, struct wire_frame *out)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;

	if (len < WIRE_HDR_LEN)
		return WIRE_RUNT;
	out->type = h->type;
	out->channel = h->channel;
	out->n_hops = h->n_hops;
	out->ptr = h->ptr;
	if (h->type == WIRE_TYPE_INVALID || h->type >= WIRE_N_TYPES)
		return WIRE_TYPE_UNKNOWN;

	uint32_t frame_len = base_be16_load(h->length);
	uint32_t hops_off = wire_hops_offset(h->type);
	if (frame_len < WIRE_ETH_LEN + hops_off)
		return WIRE_LENGTH_SHORT;
	uint32_t romon_len = frame_len - WIRE_ETH_LEN;
	if (romon_len > len)
		return WIRE_LENGTH_LONG;
	out->len = (uint16_t)romon_len;
	if (!base_mac_is_unicast(&h->src_id))
		return WIRE_ID_INVALID;

	uint32_t n = h->n_hops;
	if (n > WIRE_HOPS_MAX)
		return WIRE_HOP_COUNT;
	uint32_t body_off = hops_off + n * WIRE_HOP_LEN;
	if (body_off > romon_len)
		return WIRE_HOP_TRUNCATED;
	out->hops_off = (uint16_t)hops_off;
	out->body_off = (uint16_t)body_off;
	memset(out->route_off, 0, sizeof(*out) - offsetof(struct wire_frame, route_off));

	if (h->type == WIRE_TYPE_DATA) {
		if (h->ptr >= n)
			return WIRE_HOP_POINTER;
		return romon_len - body_off < sizeof(struct wire_services) ? WIRE_PAYLOAD_SHORT : WIRE_OK;
	}
	if (h->ptr > n)
		return WIRE_HOP_POINTER;
	return tlvs_parse(romon, out);
}
