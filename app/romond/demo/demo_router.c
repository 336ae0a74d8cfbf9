// SPDX-License-Identifier: BSD-3-Clause
// The simulated routers' side of the protocol. Control thread.
#include <string.h>

#include "base_be.h"
#include "demo_router.h"
#include "topo_frame.h"
#include "wire_build.h"
#include "wire_parse.h"

#define PING_SIZE      32
#define PING_PORT      6276
#define LINK_ID        2  // a router's label of its port towards romond, or towards the router before it
#define LINK_ID_BEHIND 10 // of its first port towards a router behind it
#define L2MTU          1500
#define COST           100

// The MAC of a router's port towards the router number k behind it.
static struct base_mac inner_mac(const struct demo_router *r, uint32_t k)
{
	struct base_mac mac = r->mac;

	mac.b[3] = (uint8_t)(k + 1);
	return mac;
}

static struct topo_self self_of(const struct demo_router *r)
{
	return (struct topo_self){.id = r->mac,
		.identity = r->identity,
		.identity_len = (uint8_t)strlen(r->identity),
		.board = r->board,
		.board_len = (uint8_t)strlen(r->board),
		.version = {7, 13, 'f', 0}};
}

static struct topo_port port_of(const struct demo_router *r)
{
	return (struct topo_port){.link_id = LINK_ID, .l2mtu = L2MTU, .cost = COST, .mac = r->mac};
}

void demo_router_announce(const struct demo_router *r, demo_send_fn send, void *user)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct topo_self self = self_of(r);
	struct topo_port port = port_of(r);

	send(user, frame, topo_discover_build(frame, sizeof(frame), &self, &port));
}

void demo_router_ping(const struct demo_router *r, const struct base_mac *port_mac, uint32_t to_link_id,
	const struct demo_router *to, uint32_t seq, demo_send_fn send, void *user)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	uint8_t payload[PING_SIZE] = {0};
	struct wire_builder b;
	struct wire_addr addr = {
		.eth_dst = *port_mac, .eth_src = r->mac, .src_id = r->mac, .dst_id = to->mac};

	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DATA, &addr);
	wire_build_hop(&b, LINK_ID, port_mac);
	wire_build_hop(&b, to_link_id, &to->mac);
	wire_build_services(&b, PING_PORT, WIRE_SERVICE_PING);
	base_be32_store(payload, seq);
	wire_build_bytes(&b, payload, sizeof(payload));
	send(user, frame, wire_build_finish(&b));
}

// The Discover as r floods it on to the router number k behind it.
static int reflood_build(uint8_t *out, uint32_t size, const struct demo_router *r, uint32_t k,
	const uint8_t *in, const struct wire_frame *f)
{
	const struct wire_hdr *h = (const struct wire_hdr *)(in + WIRE_ETH_LEN);
	const struct wire_eth *eth = (const struct wire_eth *)in;
	struct base_mac inner = inner_mac(r, k);
	struct wire_route route = {.id = r->mac};
	struct wire_builder b;
	struct wire_addr addr = {.eth_dst = wire_group_mac,
		.eth_src = inner,
		.src_id = h->src_id,
		.dst_id = wire_id_all,
		.channel = f->channel};

	wire_build_begin(&b, out, size, WIRE_TYPE_DISCOVER, &addr);
	for (uint32_t i = 0; i < f->n_hops; i++) {
		const struct wire_hop *hop = wire_hop_at(in + WIRE_ETH_LEN, f, i);

		wire_build_hop(&b, base_be32_load(hop->link_id), &hop->mac);
	}
	wire_build_hop(&b, LINK_ID, &eth->src);
	wire_build_ptr(&b, f->n_hops);
	wire_link_end_set(&route.in, LINK_ID, L2MTU, COST, &r->mac);
	wire_link_end_set(&route.out, LINK_ID_BEHIND + k, L2MTU, COST, &inner);
	wire_build_route(&b, &route);
	return wire_build_finish(&b);
}

// The answer of the router number k behind r, as r unwinds it towards romond.
static void behind_answer(const struct demo_router *r, uint32_t k, const uint8_t *in,
	const struct wire_frame *f, demo_send_fn send, void *user)
{
	const struct wire_eth *eth = (const struct wire_eth *)in;
	struct topo_self self = self_of(&r->behind[k]);
	struct topo_port port = port_of(&r->behind[k]);
	struct base_mac inner = inner_mac(r, k);
	uint8_t heard[WIRE_FRAME_LEN_MAX];
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_frame g;

	int len = reflood_build(heard, sizeof(heard), r, k, in, f);
	if (len < 0 || wire_frame_parse(heard + WIRE_ETH_LEN, (uint32_t)len - WIRE_ETH_LEN, &g) != WIRE_OK)
		return;
	len = topo_resp_build(frame, sizeof(frame), &self, &port, &inner, heard + WIRE_ETH_LEN, &g);
	if (len < 0)
		return;
	struct wire_eth *out = (struct wire_eth *)frame;
	out->dst = eth->src;
	out->src = r->mac;
	((struct wire_hdr *)(frame + WIRE_ETH_LEN))->ptr = f->n_hops;
	send(user, frame, len);
}

static void discover_hear(const struct demo_router *r, const uint8_t *in, const struct wire_frame *f,
	demo_send_fn send, void *user)
{
	const struct wire_eth *eth = (const struct wire_eth *)in;
	struct topo_self self = self_of(r);
	struct topo_port port = port_of(r);
	uint8_t frame[WIRE_FRAME_LEN_MAX];

	send(user, frame,
		topo_resp_build(frame, sizeof(frame), &self, &port, &eth->src, in + WIRE_ETH_LEN, f));
	for (uint32_t k = 0; k < r->n_behind; k++)
		behind_answer(r, k, in, f, send, user);
}

// Answer a ping to r itself (behind NULL) or to the router behind it: ids and ports change places, the hop
// list is reversed, and stands as it does on the link from r to romond.
static void pong(const struct demo_router *r, const struct demo_router *behind, const uint8_t *in,
	const struct wire_frame *f, demo_send_fn send, void *user)
{
	const uint8_t *romon = in + WIRE_ETH_LEN;
	const struct wire_hdr *h = (const struct wire_hdr *)romon;
	const struct wire_eth *eth = (const struct wire_eth *)in;
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;
	struct wire_addr addr = {.eth_dst = eth->src,
		.eth_src = r->mac,
		.src_id = behind != NULL ? behind->mac : r->mac,
		.dst_id = h->src_id,
		.channel = f->channel};

	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DATA, &addr);
	if (behind != NULL) {
		wire_build_hop(&b, LINK_ID_BEHIND + (uint32_t)(behind - r->behind), &behind->mac);
		wire_build_ptr(&b, 1);
	}
	wire_build_hop(&b, LINK_ID, &eth->src);
	for (uint32_t i = f->ptr; i > 0; i--) {
		const struct wire_hop *hop = wire_hop_at(romon, f, i - 1);

		wire_build_hop(&b, base_be32_load(hop->link_id), &hop->mac);
	}
	wire_build_services(&b, WIRE_SERVICE_PING, base_be16_load(romon + f->body_off));
	wire_build_bytes(&b, romon + f->body_off + sizeof(struct wire_services),
		f->len - f->body_off - sizeof(struct wire_services));
	send(user, frame, wire_build_finish(&b));
}

static void data_hear(const struct demo_router *r, const uint8_t *in, const struct wire_frame *f,
	demo_send_fn send, void *user)
{
	const uint8_t *romon = in + WIRE_ETH_LEN;
	uint32_t n_left = f->n_hops - 1u - f->ptr; // links behind this one

	if (base_be16_load(romon + f->body_off + 2) != WIRE_SERVICE_PING)
		return;
	if (n_left == 0)
		pong(r, NULL, in, f, send, user);
	if (n_left != 1)
		return;
	uint32_t k = base_be32_load(wire_hop_at(romon, f, f->n_hops - 1u)->link_id) - LINK_ID_BEHIND;
	if (k < r->n_behind)
		pong(r, &r->behind[k], in, f, send, user);
}

void demo_router_hear(
	const struct demo_router *r, const uint8_t *frame, uint32_t len, demo_send_fn send, void *user)
{
	struct wire_frame f;

	if (len < WIRE_ETH_LEN || wire_frame_parse(frame + WIRE_ETH_LEN, len - WIRE_ETH_LEN, &f) != WIRE_OK)
		return;
	if (f.type == WIRE_TYPE_DISCOVER)
		discover_hear(r, frame, &f, send, user);
	else if (f.type == WIRE_TYPE_DATA)
		data_hear(r, frame, &f, send, user);
}
