// SPDX-License-Identifier: BSD-3-Clause
// The steps that lead from one real frame (tests/vectors) to the next, made by the data path itself
// (docs/protocol.md section 5). The nodes of the captures are rebuilt from what the frames say of them.
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "hexfile.h"
#include "suite.h"

#define LIMITS "limits: { neighbors: 100, origins: 64 }\n"

enum { IN, OUT };

static struct hexfile vectors[HEXFILE_N_MAX];
static int n_vectors;

static struct frame vector(const char *name)
{
	struct frame f;

	if (n_vectors == 0)
		n_vectors = hexfile_load_vectors(vectors);
	const struct hexfile *v = hexfile_find(vectors, n_vectors, name);
	if (v == NULL)
		CU_FAIL_FATAL("a vector is missing");
	memcpy(f.bytes, v->bytes, v->len);
	f.len = v->len;
	return f;
}

static struct base_mac mac(const char *text)
{
	struct base_mac m;

	CU_ASSERT_EQUAL_FATAL(base_mac_parse(text, &m), 0);
	return m;
}

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// discover-hop1 is a Discover of 6c:3b:6b:c0:00:ba after one forwarder. Give that forwarder the Discover as
// its origin must have sent it: discover-origin with the ids of discover-hop1.
static void origin_becomes_hop1(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, id: \"6c:3b:6b:4c:3b:9c\" }\n" LIMITS "ports:\n"
			    "  in: { device: d0, link-id: 13 }\n"
			    "  out: { device: d1, link-id: 16 }\n");
	struct base_mac origin = mac("6c:3b:6b:c0:00:ba");
	struct frame f = vector("discover-origin");
	struct frame want = vector("discover-hop1");
	struct frame out;

	bed->in.ports[IN].mac = mac("6c:3b:6b:4c:3b:a0");
	bed->in.ports[IN].mtu = 1598;
	bed->in.ports[OUT].mac = mac("6c:3b:6b:4c:3b:9c");
	bed->in.ports[OUT].mtu = 1594;
	dp_bed_publish(bed);
	memcpy(f.bytes + 6, &origin, 6);
	frame_hdr(&f)->src_id = origin;
	memcpy(f.bytes + WIRE_ETH_LEN + 48 + 2, &origin, 6); // the id in its Route TLV
	dp_bed_send(bed, IN, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, OUT, &out));
	CU_ASSERT_TRUE(frames_equal(&out, &want));
	close_balanced(bed);
}

// The three links of data-ping and data-pong: origin - x - y - z, z being where the ping goes. What the
// frames do not say (x's and y's other ports, z's link id) is made up.
struct path {
	struct dp_bed *x;
	struct dp_bed *y;
	struct dp_bed *z;
};

static void path_open(struct path *p)
{
	p->x = dp_bed_open("romon: { identity: x }\n" LIMITS "ports:\n"
			   "  in: { device: d0, link-id: 27, data-dst: multicast }\n"
			   "  out: { device: d1, link-id: 6, data-dst: multicast }\n");
	p->x->in.ports[IN].mac = mac("6c:3b:6b:c0:00:ba");
	p->x->in.ports[OUT].mac = mac("6c:3b:6b:c0:00:bb");
	dp_bed_publish(p->x);
	p->y = dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = "romon: { identity: y }\n" LIMITS "ports:\n"
							    "  in: { device: d0, link-id: 77 }\n"
							    "  out: { device: d1, link-id: 41 }\n",
		.dev_base = 2,
		.id_base = 1});
	p->y->in.ports[IN].mac = mac("e4:8d:8c:7b:5a:84");
	p->y->in.ports[OUT].mac = mac("e4:8d:8c:7b:5a:85");
	dp_bed_publish(p->y);
	p->z = dp_bed_open_cfg(
		&(struct dp_bed_cfg){.yaml = "romon: { identity: z, id: \"18:fd:74:75:de:23\" }\n" LIMITS
					     "ports: { in: { device: d0, link-id: 88 } }\n",
			.dev_base = 4,
			.id_base = 2});
	p->z->in.ports[IN].mac = mac("18:fd:74:75:de:22");
	dp_bed_publish(p->z);
}

static void path_close(struct path *p)
{
	close_balanced(p->z);
	close_balanced(p->y);
	close_balanced(p->x);
}

// One node's step: what came in on one port leaves by the other.
static void step(struct dp_bed *bed, uint8_t in, struct frame *f)
{
	dp_bed_send(bed, in, f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, in == IN ? OUT : IN, f));
}

// The answer: ids and services swapped, the hop list reversed, the pointer at its start.
static struct frame answer_of(const struct frame *ping)
{
	struct frame pong = *ping;
	struct wire_hdr *h = frame_hdr(&pong);
	struct wire_hop *hops = (struct wire_hop *)(pong.bytes + WIRE_ETH_LEN + WIRE_HDR_LEN);
	struct wire_hop first = hops[0];
	uint8_t *services = (uint8_t *)(hops + 3);
	uint8_t port[2];

	memcpy(pong.bytes, ping->bytes + 6, 6);
	memcpy(pong.bytes + 6, ping->bytes, 6);
	struct base_mac src_id = h->src_id;
	h->src_id = h->dst_id;
	h->dst_id = src_id;
	h->ptr = 0;
	hops[0] = hops[2];
	hops[2] = first;
	memcpy(port, services, 2);
	memcpy(services, services + 2, 2);
	memcpy(services + 2, port, 2);
	return pong;
}

static void ping_becomes_pong(void)
{
	struct path p;
	struct frame f = vector("data-ping");
	struct frame want = vector("data-pong");

	path_open(&p);
	step(p.x, IN, &f);
	CU_ASSERT_EQUAL(frame_hdr(&f)->ptr, 1);
	step(p.y, IN, &f);
	CU_ASSERT_EQUAL(frame_hdr(&f)->ptr, 2);
	dp_bed_send(p.z, IN, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(p.z, IN, &f)); // the responder
	step(p.y, OUT, &f);
	step(p.x, OUT, &f);
	CU_ASSERT_TRUE(frames_equal(&f, &want));
	path_close(&p);
}

// Section 5: swapping data-pong's last entry and reversing the list gives the list of data-ping.
static void pong_reversed_is_ping_again(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, id: \"d4:ca:6d:dd:8c:ba\" }\n" LIMITS
					 "ports: { in: { device: d0, link-id: 6 } }\n");
	struct frame f = vector("data-pong");
	struct frame want = vector("data-ping");
	struct dp_bed_punt punt;

	bed->in.ports[IN].mac = mac("d4:ca:6d:dd:8c:ba");
	dp_bed_publish(bed);
	dp_bed_send(bed, IN, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	struct frame again = answer_of(&punt.frame);
	memcpy(again.bytes, want.bytes, 12); // the captures' notes leave the addresses out
	CU_ASSERT_TRUE(frames_equal(&again, &want));
	close_balanced(bed);
}

// An SSH stream's first segment takes the same way as the ping.
static void ssh_syn_crosses_the_path(void)
{
	struct path p;
	struct dp_bed_punt at_z;
	struct frame f = vector("data-ssh-syn");
	struct frame first = f;

	path_open(&p);
	step(p.x, IN, &f);
	step(p.y, IN, &f);
	dp_bed_send(p.z, IN, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(p.z, &at_z));
	CU_ASSERT_EQUAL(at_z.frame.len, first.len);
	uint32_t services = WIRE_ETH_LEN + WIRE_HDR_LEN + 3 * WIRE_HOP_LEN;
	CU_ASSERT_EQUAL(memcmp(at_z.frame.bytes + services, first.bytes + services, first.len - services), 0);
	path_close(&p);
}

// An origin's Discover through x and y to a responder, as two re-floods make it.
static struct frame discover_through(struct path *p, struct base_mac origin)
{
	struct frame f;

	frame_discover(&f, origin, origin, NULL, 0);
	step(p->x, IN, &f);
	step(p->y, IN, &f);
	dp_bed_discard_punts(p->x); // to be answered
	dp_bed_discard_punts(p->y);
	return f;
}

// The responder's answer: the hop list as received or reversed, with the pointer of that reading.
static struct frame answer_to(const struct frame *discover, struct base_mac responder, bool is_swap)
{
	struct frame_hop hops[2];
	struct wire_l2 l2;
	struct wire_frame parsed;
	struct frame f;

	CU_ASSERT_TRUE_FATAL(frame_parse(discover, &l2, &parsed));
	CU_ASSERT_EQUAL_FATAL(parsed.n_hops, 2);
	for (uint32_t i = 0; i < 2; i++) {
		const struct wire_hop *hop = wire_hop_at(discover->bytes + WIRE_ETH_LEN, &parsed, i);

		hops[is_swap ? 1 - i : i] = (struct frame_hop){base_be32_load(hop->link_id), hop->mac};
	}
	struct base_mac origin;
	struct base_mac sender;
	memcpy(&origin, discover->bytes + WIRE_ETH_LEN + 28, 6);
	memcpy(&sender, discover->bytes + 6, 6);
	frame_resp(&f, sender, responder, origin, responder, hops, 2, is_swap ? 0 : parsed.ptr);
	return f;
}

static void resp_goes_home(bool is_swap)
{
	struct path p;
	struct base_mac origin = mac("d4:ca:6d:dd:8c:ba");

	path_open(&p);
	struct frame f = discover_through(&p, origin);
	f = answer_to(&f, mac("18:fd:74:75:de:22"), is_swap);
	step(p.y, OUT, &f);
	CU_ASSERT_EQUAL(frame_hdr(&f)->ptr, 1);
	CU_ASSERT_TRUE(base_mac_equal(f.bytes, &p.x->in.ports[OUT].mac));
	step(p.x, OUT, &f);
	CU_ASSERT_EQUAL(frame_hdr(&f)->ptr, is_swap ? 2 : 0);
	CU_ASSERT_TRUE(base_mac_equal(f.bytes, &wire_group_mac)); // x's ports send to the group
	CU_ASSERT_TRUE(base_mac_equal(f.bytes + 6, &p.x->in.ports[IN].mac));
	path_close(&p);
}

static void resp_goes_home_unwound(void)
{
	resp_goes_home(false);
}

static void resp_goes_home_swapped(void)
{
	resp_goes_home(true);
}

// discover-reply is addressed to its discoverer, whose id it carries first.
static void reply_reaches_its_origin(void)
{
	struct dp_bed *bed = dp_bed_open("romon: { identity: n, id: \"aa:bb:cc:dd:ee:ff\" }\n" LIMITS
					 "ports: { in: { device: d0, link-id: 10 } }\n");
	struct frame f = vector("discover-reply");
	struct dp_bed_punt punt;

	dp_bed_send(bed, IN, &f);
	CU_ASSERT_TRUE_FATAL(dp_bed_take_punt(bed, &punt));
	CU_ASSERT_EQUAL(punt.class, XCHG_PUNT_RESP);
	CU_ASSERT_TRUE(frames_equal(&punt.frame, &f));
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(origin_becomes_hop1),
	SUITE_CASE(ping_becomes_pong),
	SUITE_CASE(pong_reversed_is_ping_again),
	SUITE_CASE(ssh_syn_crosses_the_path),
	SUITE_CASE(resp_goes_home_unwound),
	SUITE_CASE(resp_goes_home_swapped),
	SUITE_CASE(reply_reaches_its_origin),
};

SUITE_MAIN("dp vectors", cases)
