// SPDX-License-Identifier: BSD-3-Clause
// The TLVs of a RoMON frame (docs/protocol.md sections 4 and 8); what stands before them is parsed inline, in
// wire_parse.h. Any thread.
#include <string.h>

#include "base_be.h"
#include "wire_parse.h"

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

enum wire_verdict wire_tlvs_parse(const uint8_t *romon, struct wire_frame *f)
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
