// SPDX-License-Identifier: BSD-3-Clause
// A RoMON frame as JSON. Whether it is well formed, and where its parts are then, says lib/wire; of a frame
// that lib/wire refuses, the header, the hop list and the raw TLVs are shown as far as they go. Main thread.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base_be.h"
#include "decode.h"
#include "out.h"
#include "wire_name.h"
#include "wire_parse.h"

#define TAG_MASTER   0x83 // ours, in DiscoverResp; to lib/wire a tag like any unknown one
#define SEGMENT_LEN  10
#define SUMMARY_SIZE 256

// A frame on its way to JSON.
struct view {
	const uint8_t *romon;
	uint32_t len; // RoMON bytes at hand
	uint32_t end; // of what the length field covers, at most len
	uint8_t type; // 0: unknown, or no byte of it
	const char *verdict;
	bool is_ok;
	struct wire_frame frame; // valid when is_ok
	json_t *out;
	struct base_text summary;
};

static void put(struct view *v, const char *key, json_t *value)
{
	json_object_set_new(v->out, key, out_must(value));
}

static json_t *mac_json(const void *p)
{
	char text[BASE_MAC_TEXT_LEN];
	struct base_mac mac;

	memcpy(&mac, p, sizeof(mac));
	return json_string(base_mac_format(&mac, text));
}

static json_t *hex_json(const uint8_t *p, uint32_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = out_must(malloc(2 * (size_t)len + 1));

	for (uint32_t i = 0; i < len; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	text[2 * (size_t)len] = '\0';
	json_t *value = json_string(text);
	free(text);
	return value;
}

static json_t *text_json(const uint8_t *p, uint8_t len)
{
	char text[4 * UINT8_MAX + 1];

	base_text_escape(text, sizeof(text), p, len);
	return json_string(text);
}

// What lib/wire says, and "cut" where the capture kept too little of the frame for an answer.
static void judge(struct view *v, const struct decode_packet *p)
{
	uint32_t missing = p->length > p->captured ? p->length - p->captured : 0;
	struct wire_l2 l2;

	enum wire_verdict verdict = wire_l2_parse(p->bytes, p->captured, &l2);
	if (verdict == WIRE_OK)
		verdict = wire_frame_parse(v->romon, v->len, &v->frame);
	bool is_short = verdict == WIRE_RUNT && v->len + missing >= WIRE_HDR_LEN;
	if (verdict == WIRE_LENGTH_LONG)
		is_short = base_be16_load(v->romon + 2) <= WIRE_ETH_LEN + v->len + missing;
	v->is_ok = verdict == WIRE_OK;
	v->verdict = is_short ? "cut" : wire_verdict_name(verdict);
}

static void time_put(struct view *v, const struct decode_packet *p)
{
	time_t s = (time_t)(p->time_ns / 1000000000u);
	char text[64];
	struct tm tm;

	if (!p->has_time || gmtime_r(&s, &tm) == NULL) {
		put(v, "time", json_null());
		return;
	}
	size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%09uZ", (unsigned)(p->time_ns % 1000000000u));
	put(v, "time", json_string(text));
}

static void packet_put(struct view *v, const struct decode_packet *p)
{
	uint32_t romon_off = (uint32_t)(v->romon - p->bytes);
	uint32_t tag_len = romon_off - WIRE_ETH_LEN;

	put(v, "number", json_integer((json_int_t)p->number));
	time_put(v, p);
	put(v, "interface", p->interface[0] == '\0' ? json_null() : json_string(p->interface));
	put(v, "direction", p->dir == NULL ? json_null() : json_string(p->dir));
	put(v, "length", json_integer(p->length));
	put(v, "captured", json_integer(p->captured));
	put(v, "eth-src", mac_json(p->bytes + BASE_MAC_LEN));
	put(v, "eth-dst", mac_json(p->bytes));
	put(v, "vlan", json_integer(tag_len == 0 ? 0 : base_be16_load(p->bytes + romon_off - 4) & 0x0fff));
	put(v, "verdict", json_string(v->verdict));
}

// A number of the header, or null when it is not at hand.
static json_t *number_json(const struct view *v, uint32_t off, uint32_t size)
{
	if (v->len < off + size)
		return json_null();
	return json_integer(size == 1 ? v->romon[off] : base_be16_load(v->romon + off));
}

static void header_put(struct view *v)
{
	const struct wire_hdr *h = (const struct wire_hdr *)v->romon;
	bool has_type = v->len > 0;
	bool has_auth = v->len >= offsetof(struct wire_hdr, src_id);

	put(v, "type", has_type ? json_string(wire_type_name(h->type)) : json_null());
	put(v, "type-number", number_json(v, 0, 1));
	put(v, "channel", number_json(v, 1, 1));
	put(v, "frame-length", number_json(v, 2, 2));
	put(v, "auth", has_auth ? hex_json(h->auth, sizeof(h->auth)) : json_null());
	put(v, "signed", has_auth ? json_boolean(!wire_is_unsigned(v->romon)) : json_null());
	put(v, "src", v->len >= 34 ? mac_json(&h->src_id) : json_null());
	put(v, "dst", v->len >= 40 ? mac_json(&h->dst_id) : json_null());
	put(v, "n", number_json(v, offsetof(struct wire_hdr, n_hops), 1));
	put(v, "ptr", number_json(v, offsetof(struct wire_hdr, ptr), 1));
}

// Returns the offset behind the hop list, or 0 when it is cut short.
static uint32_t hops_put(struct view *v)
{
	json_t *list = out_must(json_array());
	uint32_t off = wire_hops_offset(v->type);
	bool is_whole = v->type != WIRE_TYPE_INVALID && off <= v->end;
	uint32_t n = is_whole ? v->romon[offsetof(struct wire_hdr, n_hops)] : 0;

	for (uint32_t i = 0; i < n && is_whole; i++, off += WIRE_HOP_LEN) {
		is_whole = off + WIRE_HOP_LEN <= v->end;
		if (is_whole)
			json_array_append_new(list,
				json_pack("{s:I, s:o}", "link", (json_int_t)base_be32_load(v->romon + off),
					"mac", mac_json(v->romon + off + 4)));
	}
	put(v, "hops", list);
	return is_whole ? off : 0;
}

static json_t *link_end_json(const struct wire_link_end *s)
{
	return json_pack("{s:I, s:i, s:i, s:o}", "link", (json_int_t)base_be32_load(s->link_id), "l2mtu",
		base_be16_load(s->l2mtu), "cost", base_be16_load(s->cost), "mac", mac_json(&s->mac));
}

static void raw_tlvs_put(struct view *v, uint32_t off)
{
	json_t *list = out_must(json_array());
	bool has_tlvs = off > 0 && v->type != WIRE_TYPE_DATA;

	put(v, "tlvs", list);
	while (has_tlvs && v->end - off >= sizeof(struct wire_tlv)) {
		const uint8_t *tlv = v->romon + off;
		uint32_t len = tlv[1];

		off += (uint32_t)sizeof(struct wire_tlv);
		if (v->end - off < len)
			return;
		json_array_append_new(list, json_pack("{s:i, s:i, s:o}", "tag", tlv[0], "length", (int)len,
						    "value", hex_json(v->romon + off, len)));
		if (v->is_ok && v->type == WIRE_TYPE_DISCOVER_RESP && tlv[0] == TAG_MASTER && len > 0 &&
			json_object_get(v->out, "master") == NULL)
			put(v, "master", text_json(v->romon + off, tlv[1]));
		off += len;
	}
}

static json_t *version_json(const uint8_t *p)
{
	return json_pack(
		"{s:i, s:i, s:i, s:i}", "major", p[0], "minor", p[1], "stage", p[2], "revision", p[3]);
}

// What TLVs mean, where lib/wire found them.
static void tlvs_put(struct view *v)
{
	const struct wire_frame *f = &v->frame;
	json_t *routes = out_must(json_array());

	put(v, "routes", routes);
	for (size_t i = 0; i < BASE_ARRAY_LEN(f->route_off) && f->route_off[i] != 0; i++) {
		const struct wire_route *r = (const struct wire_route *)(v->romon + f->route_off[i]);

		json_array_append_new(routes, json_pack("{s:o, s:o, s:o}", "id", mac_json(&r->id), "in",
						      link_end_json(&r->in), "out", link_end_json(&r->out)));
	}
	if (f->identity_off != 0) {
		put(v, "identity", text_json(v->romon + f->identity_off, f->identity_len));
		base_text_add(&v->summary, " \"%s\"", json_string_value(json_object_get(v->out, "identity")));
	}
	if (f->version_off != 0)
		put(v, "version", version_json(v->romon + f->version_off));
	if (f->board_off != 0)
		put(v, "board", text_json(v->romon + f->board_off, f->board_len));
	if (f->nonce_off != 0)
		put(v, "nonce", hex_json(v->romon + f->nonce_off, 8));
	if (f->nonce_echo_off != 0)
		put(v, "echo", hex_json(v->romon + f->nonce_echo_off, 8));
	if (f->counter_min_off != 0) // 64 bits are more than many readers of JSON can hold
		put(v, "counter-min", hex_json(v->romon + f->counter_min_off, 8));
}

static void segment_put(struct view *v, const uint8_t *p, uint32_t len)
{
	static const char *const names[] = {"open", "accept", "data", "ack", "close"};

	if (len < SEGMENT_LEN) {
		base_text_add(&v->summary, ", segment cut short");
		return;
	}
	uint32_t seq = base_be32_load(p + 2);
	uint32_t ack = base_be32_load(p + 6);
	put(v, "segment",
		json_pack("{s:i, s:i, s:I, s:I}", "type", p[0], "flags", p[1], "seq", (json_int_t)seq, "ack",
			(json_int_t)ack));
	put(v, "payload", hex_json(p + SEGMENT_LEN, len - SEGMENT_LEN));
	base_text_add(&v->summary, ", %s, seq %u, ack %u, %u bytes",
		p[0] < BASE_ARRAY_LEN(names) ? names[p[0]] : "unknown segment", seq, ack, len - SEGMENT_LEN);
}

// The service is the port with a name: the destination of a question, the source of an answer.
static void data_put(struct view *v, uint32_t off)
{
	if (v->end - off < sizeof(struct wire_services))
		return;
	uint16_t src = base_be16_load(v->romon + off);
	uint16_t dst = base_be16_load(v->romon + off + 2);
	uint16_t service = wire_service_name(dst) != NULL ? dst : src;
	const char *name = wire_service_name(service);
	const uint8_t *p = v->romon + off + sizeof(struct wire_services);
	uint32_t len = v->end - off - (uint32_t)sizeof(struct wire_services);

	put(v, "src-port", json_integer(src));
	put(v, "dst-port", json_integer(dst));
	put(v, "service", name == NULL ? json_null() : json_string(name));
	base_text_add(&v->summary, " %s %u -> %u", name == NULL ? "service" : name, src, dst);
	if (name == NULL) {
		put(v, "payload", hex_json(p, len));
	} else if (service != WIRE_SERVICE_PING) {
		segment_put(v, p, len);
	} else if (len >= sizeof(uint32_t)) {
		put(v, "ping-seq", json_integer(base_be32_load(p)));
		put(v, "payload", hex_json(p + sizeof(uint32_t), len - (uint32_t)sizeof(uint32_t)));
		base_text_add(&v->summary, ", seq %u", base_be32_load(p));
	}
}

// Where the bytes end that the length field covers; without a whole header there are none.
static uint32_t end_of(const struct view *v)
{
	if (v->len < WIRE_HDR_LEN)
		return 0;
	uint32_t frame_len = base_be16_load(v->romon + 2);
	uint32_t end = frame_len > WIRE_ETH_LEN ? frame_len - WIRE_ETH_LEN : 0;
	return end < v->len ? end : v->len;
}

static void body_put(struct view *v)
{
	uint32_t body = hops_put(v);

	raw_tlvs_put(v, body);
	if (v->type == WIRE_TYPE_DATA && body > 0)
		data_put(v, body);
	else if (v->is_ok)
		tlvs_put(v);
	bool has_padding = v->end >= WIRE_HDR_LEN && v->type != WIRE_TYPE_INVALID;
	put(v, "padding", json_integer(has_padding ? v->len - v->end : 0));
}

json_t *decode_json(const struct decode_packet *p)
{
	char summary[SUMMARY_SIZE + 4 * UINT8_MAX];
	uint32_t off = wire_romon_find(p->bytes, p->captured);
	struct view v = {.romon = p->bytes + off, .len = p->captured - off};

	if (off == 0)
		return NULL;
	v.out = out_must(json_object());
	v.end = end_of(&v);
	if (v.len > 0 && v.romon[0] < WIRE_N_TYPES)
		v.type = v.romon[0];
	base_text_init(&v.summary, summary, sizeof(summary));
	judge(&v, p);
	base_text_add(&v.summary, "%s", v.len > 0 ? wire_type_name(v.type) : "RoMON");
	packet_put(&v, p);
	header_put(&v);
	body_put(&v);
	if (!v.is_ok)
		base_text_add(&v.summary,
			strcmp(v.verdict, "cut") == 0 ? ", %s by the capture" : ", malformed: %s", v.verdict);
	put(&v, "summary", json_string(summary));
	return v.out;
}
