// SPDX-License-Identifier: BSD-3-Clause
// A made-up neighbor that signs. Tests only.
#include <stdlib.h>
#include <string.h>

#include "station.h"

void station_init(struct station *s, uint16_t n, const char *secret)
{
	s->mac = frame_mac(n);
	s->counter = DP_BED_CLOCK_US;
	s->vid = 0;
	auth_key_init(&s->key, &auth_scheme_romond_1, secret, strlen(secret));
}

static struct auth_job job_of(const struct station *s, const struct frame *f)
{
	struct wire_l2 l2 = {.romon_off = WIRE_ETH_LEN};

	if (wire_l2_parse(f->bytes, f->len, &l2) != WIRE_OK)
		abort();
	const uint8_t *romon = f->bytes + l2.romon_off;
	return (struct auth_job){
		.key = &s->key, .eth = f->bytes, .romon = romon, .len = base_be16_load(romon + 2) - 14u};
}

void station_sign_at(const struct station *s, struct frame *f, uint64_t counter)
{
	struct wire_hdr *h = frame_hdr(f);

	auth_counter_store(&s->key.scheme, h->auth, counter);
	struct auth_job job = job_of(s, f);
	auth_digest_bulk(&job, 1);
	memcpy(h->auth + s->key.scheme.digest_off, job.digest, sizeof(job.digest));
}

void station_sign(struct station *s, struct frame *f)
{
	station_sign_at(s, f, s->counter++);
}

bool station_verifies(const struct station *s, const struct frame *f, uint64_t *counter)
{
	struct auth_job job = job_of(s, f);
	const uint8_t *auth = job.romon + AUTH_OFF;

	auth_digest_bulk(&job, 1);
	if (counter != NULL)
		*counter = auth_counter_load(&s->key.scheme, auth);
	return auth_digest_equal(job.digest, auth + s->key.scheme.digest_off);
}

static void value_add(struct wire_builder *b, uint8_t tag, uint64_t value)
{
	uint64_t be = __builtin_bswap64(value);

	wire_build_tlv(b, tag, &be, sizeof(be));
}

static struct wire_addr addr_of(const struct station *s, struct dp_bed *bed, uint8_t slot)
{
	return (struct wire_addr){
		.eth_dst = dp_bed_mac(bed, slot), .eth_src = s->mac, .src_id = s->mac, .dst_id = wire_id_all};
}

void station_hello_to(
	struct station *s, struct base_mac dst, uint64_t nonce, uint64_t echo, struct frame *out)
{
	struct wire_addr addr = {.eth_dst = dst, .eth_src = s->mac, .src_id = s->mac, .dst_id = wire_id_all};
	struct wire_route route = {.id = s->mac};
	struct wire_builder b;

	wire_build_begin(&b, out->bytes, sizeof(out->bytes), WIRE_TYPE_HELLO, &addr);
	if (nonce != 0)
		value_add(&b, WIRE_TAG_NONCE, nonce);
	if (echo != 0)
		value_add(&b, WIRE_TAG_NONCE_ECHO, echo);
	wire_build_route(&b, &route);
	out->len = (uint32_t)wire_build_finish(&b);
	station_sign(s, out);
}

void station_hello(
	struct station *s, struct dp_bed *bed, uint8_t slot, uint64_t nonce, uint64_t echo, struct frame *out)
{
	station_hello_to(s, dp_bed_mac(bed, slot), nonce, echo, out);
}

void station_seq_err(
	struct station *s, struct dp_bed *bed, uint8_t slot, uint64_t counter_min, struct frame *out)
{
	struct wire_addr addr = addr_of(s, bed, slot);
	struct wire_builder b;

	wire_build_begin(&b, out->bytes, sizeof(out->bytes), WIRE_TYPE_SEQ_ERR, &addr);
	value_add(&b, WIRE_TAG_COUNTER_MIN, counter_min);
	out->len = (uint32_t)wire_build_finish(&b);
	station_sign(s, out);
}

static uint64_t value_at(const struct frame *f, uint32_t off)
{
	return off == 0 ? 0
			: (uint64_t)base_be32_load(f->bytes + off) << 32 | base_be32_load(f->bytes + off + 4);
}

bool station_hello_take(struct dp_bed *bed, uint8_t slot, uint64_t *nonce, uint64_t *echo)
{
	struct frame f;

	while (dp_bed_take(bed, slot, &f)) {
		struct wire_l2 l2;
		struct wire_frame parsed;

		if (!frame_parse(&f, &l2, &parsed) || parsed.type != WIRE_TYPE_HELLO)
			continue;
		*nonce = value_at(&f, parsed.nonce_off == 0 ? 0 : l2.romon_off + parsed.nonce_off);
		*echo = value_at(&f, parsed.nonce_echo_off == 0 ? 0 : l2.romon_off + parsed.nonce_echo_off);
		return true;
	}
	return false;
}

static void sent_tagged(const struct station *s, struct dp_bed *bed, uint8_t slot, struct frame *f)
{
	if (s->vid != 0)
		frame_tag(f, s->vid);
	dp_bed_send(bed, slot, f);
}

bool station_meet(struct station *s, struct dp_bed *bed, uint8_t slot)
{
	struct frame f;
	uint64_t nonce, echo;

	frame_discover(&f, s->mac, s->mac, NULL, 0);
	station_sign(s, &f);
	sent_tagged(s, bed, slot, &f);
	if (!station_hello_take(bed, slot, &nonce, &echo) || nonce == 0)
		return false;
	station_hello(s, bed, slot, 0, nonce, &f);
	sent_tagged(s, bed, slot, &f);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	dp_bed_discard_events(bed);
	return true;
}
