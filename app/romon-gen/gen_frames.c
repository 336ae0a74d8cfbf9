// SPDX-License-Identifier: BSD-3-Clause
// Building the images: what a router would send, and what a wire, a relay group or a node makes of it
// (docs/protocol.md sections 5 and 10). Control thread.
#include <stdlib.h>
#include <string.h>

#include "gen_frames.h"
#include "wire_build.h"

#define MADE_UP_LINK 0x1000 // link ids of routers that are not there
#define TLV_MAX      255
#define ADDR_OFF     2 // of the number in an address

// An image under construction, untagged; ports of its own tag come last.
struct draft {
	const struct gen_profile *p;
	const struct gen_flow *f;
	struct gen_image *image;
	uint16_t route_off; // value of the first Route TLV, from the start of the frame
};

static struct base_mac mac_made(uint8_t kind, uint32_t port, uint32_t idx)
{
	struct base_mac mac = {{0x02, (uint8_t)(kind + port)}};

	base_be32_store(mac.b + ADDR_OFF, idx);
	return mac;
}

struct base_mac gen_neighbor_mac(uint32_t port, uint32_t idx)
{
	return mac_made(0x60, port, idx);
}

struct base_mac gen_origin_id(uint32_t port, uint32_t idx)
{
	return mac_made(0xa0, port, idx);
}

static struct base_mac elsewhere_mac(uint32_t idx)
{
	return mac_made(0xe0, 0, idx);
}

static struct wire_hdr *header(struct gen_image *image)
{
	return (struct wire_hdr *)(image->bytes + WIRE_ETH_LEN);
}

static struct wire_hop *hop(struct gen_image *image, uint32_t idx)
{
	return (struct wire_hop *)(image->bytes + WIRE_ETH_LEN + wire_hops_offset(header(image)->type) +
				   idx * WIRE_HOP_LEN);
}

static uint32_t count_of(const struct gen_flow *f, enum gen_patch_kind kind)
{
	return kind == GEN_PATCH_NEIGHBOR ? f->neighbors
	       : kind == GEN_PATCH_ORIGIN ? f->origins
					  : f->stations;
}

// The address at off is that of one of several: its number is written anew for each frame.
static void patch_add(struct draft *d, enum gen_patch_kind kind, const void *mac)
{
	struct gen_image *image = d->image;

	if (count_of(d->f, kind) == 1 || image->n_patches == GEN_PATCHES_MAX)
		return;
	image->patches[image->n_patches++] = (struct gen_patch){
		.off = (uint16_t)((const uint8_t *)mac - image->bytes + ADDR_OFF), .kind = (uint16_t)kind};
}

static uint32_t to_port(const struct gen_flow *f)
{
	return f->to_mask == 0 ? f->from : (uint32_t)__builtin_ctz(f->to_mask);
}

static struct base_mac eth_dst(const struct gen_profile *p, const struct gen_flow *f)
{
	if (f->to_addr == GEN_TO_ADDR_PEER && base_mac_is_unicast(&p->ports[f->from].peer_mac))
		return p->ports[f->from].peer_mac;
	return f->to_addr == GEN_TO_ADDR_STATION ? gen_neighbor_mac(to_port(f), f->addr_base)
						 : wire_group_mac;
}

static void hops_build(const struct draft *d, struct wire_builder *b)
{
	const struct gen_port *from = &d->p->ports[d->f->from];
	const struct gen_port *to = &d->p->ports[to_port(d->f)];
	struct base_mac next = gen_neighbor_mac(to_port(d->f), d->f->addr_base);
	bool is_data = d->f->type == WIRE_TYPE_DATA;
	bool is_resp = d->f->type == WIRE_TYPE_DISCOVER_RESP;

	for (uint32_t i = 0; i < d->f->hops; i++) {
		struct base_mac far = elsewhere_mac(i);

		if (is_data && i == d->f->ptr)
			wire_build_hop(b, MADE_UP_LINK + i,
				base_mac_is_unicast(&from->peer_mac) ? &from->peer_mac : &far);
		else if ((is_data && i == d->f->ptr + 1) || (is_resp && i + 1 == d->f->ptr))
			wire_build_hop(b, to->link_id, &next);
		else
			wire_build_hop(b, MADE_UP_LINK + i, &far);
	}
	wire_build_ptr(b, (uint8_t)d->f->ptr);
}

// The sender's Route: it came in by some link unless it is the origin, and leaves by the wire to us.
static void route_build(struct draft *d, struct wire_builder *b)
{
	struct wire_route r = {.id = gen_origin_id(d->f->from, d->f->addr_base)};
	struct base_mac mac = gen_neighbor_mac(d->f->from, d->f->addr_base);
	struct base_mac far = elsewhere_mac(0);

	if (d->f->hops > 0)
		wire_link_end_set(&r.in, MADE_UP_LINK, 1500, 100, &far);
	wire_link_end_set(&r.out, MADE_UP_LINK + 1, 1500, 100, &mac);
	d->route_off = (uint16_t)(b->len + sizeof(struct wire_tlv));
	wire_build_route(b, &r);
}

static void responder_build(struct wire_builder *b)
{
	struct wire_route r = {.id = elsewhere_mac(UINT32_MAX)};
	struct base_mac mac = elsewhere_mac(1);

	wire_link_end_set(&r.in, MADE_UP_LINK + 2, 1500, 100, &mac);
	wire_build_route(b, &r);
}

// Bytes that are not all alike, so that a shift shows.
static void pattern_fill(uint8_t *bytes, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
}

// Up to the flow's size, the stamp last. A TLV takes two bytes, so one byte alone goes in front of the stamp.
static void tail_build(const struct draft *d, struct wire_builder *b, uint32_t size)
{
	uint8_t bytes[WIRE_FRAME_LEN_MAX] = {0};
	bool is_data = d->f->type == WIRE_TYPE_DATA;
	uint32_t tail = GEN_STAMP_LEN + (is_data ? 0 : (uint32_t)sizeof(struct wire_tlv));
	uint32_t rest = size > b->len + tail ? size - b->len - tail : 0;

	pattern_fill(bytes, sizeof(bytes));
	if (is_data) {
		wire_build_bytes(b, bytes, rest + GEN_STAMP_LEN);
		return;
	}
	while (rest > 1) {
		uint32_t len = rest - 2 < TLV_MAX ? rest - 2 : TLV_MAX;

		wire_build_tlv(b, GEN_TAG_FILLER, bytes, len);
		rest -= len + 2;
	}
	wire_build_tlv(b, GEN_TAG_STAMP, bytes, rest + GEN_STAMP_LEN);
}

static int sent_build(struct draft *d, uint32_t size)
{
	const struct gen_flow *f = d->f;
	const struct wire_addr addr = {
		.eth_dst = eth_dst(d->p, f),
		.eth_src = gen_neighbor_mac(f->from, f->addr_base),
		.src_id = gen_origin_id(f->from, f->addr_base),
		.dst_id = f->type == WIRE_TYPE_DISCOVER ? wire_id_all : elsewhere_mac(UINT32_MAX),
		.channel = f->channel,
	};
	struct wire_builder b;

	wire_build_begin(&b, d->image->bytes, WIRE_FRAME_LEN_MAX, f->type, &addr);
	hops_build(d, &b);
	if (f->type == WIRE_TYPE_DATA)
		wire_build_services(&b, 0x4e47, f->service);
	else if (f->type != WIRE_TYPE_SEQ_ERR)
		route_build(d, &b);
	if (f->type == WIRE_TYPE_DISCOVER_RESP)
		responder_build(&b);
	tail_build(d, &b, size);
	int len = wire_build_finish(&b);
	if (len < 0)
		return len;
	d->image->len = (uint16_t)len;
	patch_add(d, GEN_PATCH_NEIGHBOR, d->image->bytes + BASE_MAC_LEN);
	patch_add(d, GEN_PATCH_ORIGIN, &header(d->image)->src_id);
	if (f->to_addr == GEN_TO_ADDR_STATION)
		patch_add(d, GEN_PATCH_STATION, d->image->bytes);
	if (f->type == WIRE_TYPE_DATA && f->ptr + 1 < f->hops)
		patch_add(d, GEN_PATCH_STATION, &hop(d->image, f->ptr + 1)->mac);
	if (f->type == WIRE_TYPE_DISCOVER_RESP && f->ptr > 0)
		patch_add(d, GEN_PATCH_STATION, &hop(d->image, f->ptr - 1)->mac);
	if (d->route_off != 0 && f->type != WIRE_TYPE_DISCOVER_RESP) {
		struct wire_route *r = (struct wire_route *)(d->image->bytes + d->route_off);

		patch_add(d, GEN_PATCH_ORIGIN, &r->id);
		patch_add(d, GEN_PATCH_NEIGHBOR, &r->out.mac);
	}
	return 0;
}

// Forget that the address at off is one of several.
static void patch_drop(struct gen_image *image, const void *mac)
{
	uint16_t off = (uint16_t)((const uint8_t *)mac - image->bytes + ADDR_OFF);
	uint16_t n = 0;

	for (uint16_t i = 0; i < image->n_patches; i++) {
		if (image->patches[i].off != off)
			image->patches[n++] = image->patches[i];
	}
	image->n_patches = n;
}

static void bytes_insert(struct draft *d, uint32_t off, uint32_t n)
{
	struct gen_image *image = d->image;

	memmove(image->bytes + off + n, image->bytes + off, image->len - off);
	image->len = (uint16_t)(image->len + n);
	for (uint16_t i = 0; i < image->n_patches; i++) {
		if (image->patches[i].off >= off)
			image->patches[i].off = (uint16_t)(image->patches[i].off + n);
	}
	if (d->route_off >= off)
		d->route_off = (uint16_t)(d->route_off + n);
}

static void node_data(struct draft *d)
{
	struct gen_image *image = d->image;
	struct wire_hop *passed = hop(image, d->f->ptr);

	base_be32_store(passed->link_id, d->p->ports[d->f->from].link_id);
	passed->mac = gen_neighbor_mac(d->f->from, d->f->addr_base);
	patch_add(d, GEN_PATCH_NEIGHBOR, &passed->mac);
	header(image)->ptr++;
	memcpy(image->bytes, &hop(image, d->f->ptr + 1)->mac, BASE_MAC_LEN);
	patch_add(d, GEN_PATCH_STATION, image->bytes);
}

static void node_resp(struct draft *d)
{
	header(d->image)->ptr--;
	memcpy(d->image->bytes, &hop(d->image, d->f->ptr - 1)->mac, BASE_MAC_LEN);
	patch_add(d, GEN_PATCH_STATION, d->image->bytes);
}

static void node_discover(struct draft *d, uint32_t to)
{
	const struct gen_port *in = &d->p->ports[d->f->from];
	const struct gen_port *out = &d->p->ports[to];
	struct gen_image *image = d->image;
	uint32_t n = header(image)->n_hops;
	struct wire_route *r = (struct wire_route *)(image->bytes + d->route_off);

	patch_drop(image, &r->id);
	patch_drop(image, &r->out.mac);
	r->id = d->p->node_id;
	wire_link_end_set(&r->in, in->link_id, in->l2mtu, in->cost, &in->peer_mac);
	wire_link_end_set(&r->out, out->link_id, out->l2mtu, out->cost, &out->peer_mac);
	bytes_insert(d, (uint32_t)((uint8_t *)hop(image, n) - image->bytes), WIRE_HOP_LEN);
	header(image)->n_hops = (uint8_t)(n + 1);
	header(image)->ptr = (uint8_t)(n + 1);
	base_be16_store(header(image)->length, image->len);
	struct wire_hop *added = hop(image, n);
	base_be32_store(added->link_id, in->link_id);
	added->mac = gen_neighbor_mac(d->f->from, d->f->addr_base);
	patch_add(d, GEN_PATCH_NEIGHBOR, &added->mac);
}

static void node_pass(struct draft *d, uint32_t to)
{
	switch (d->f->type) {
	case WIRE_TYPE_DATA:
		node_data(d);
		break;
	case WIRE_TYPE_DISCOVER_RESP:
		node_resp(d);
		break;
	case WIRE_TYPE_DISCOVER:
		node_discover(d, to);
		break;
	case WIRE_TYPE_INVALID: // none of these passes a node: gen_profile_check()
	case WIRE_TYPE_SEQ_ERR:
	case WIRE_TYPE_HELLO:
	case WIRE_N_TYPES:
		break;
	}
	patch_drop(d->image, d->image->bytes + BASE_MAC_LEN);
	memcpy(d->image->bytes + BASE_MAC_LEN, &d->p->ports[to].peer_mac, BASE_MAC_LEN);
}

static void image_finish(struct draft *d, uint16_t vlan)
{
	struct gen_image *image = d->image;

	if (vlan != 0) {
		bytes_insert(d, 12, WIRE_VLAN_LEN);
		base_be16_store(image->bytes + 12, WIRE_ETHERTYPE_VLAN);
		base_be16_store(image->bytes + 14, vlan);
	}
	image->stamp_off = (uint16_t)(image->len - GEN_STAMP_LEN);
}

static int template_build(
	struct gen_template *t, const struct gen_profile *p, const struct gen_flow *f, uint32_t size)
{
	struct draft sent = {.p = p, .f = f, .image = &t->sent};
	int err = sent_build(&sent, size);

	for (uint32_t to = 0; to < p->n_ports && err == 0; to++) {
		if ((f->to_mask & 1u << to) == 0)
			continue;
		struct draft out = sent;

		out.image = t->out[to] = malloc(sizeof(*t->out[to]));
		if (out.image == NULL)
			return base_errno_set(ENOMEM);
		*out.image = t->sent;
		if (p->through == GEN_THROUGH_NODE)
			node_pass(&out, to);
		image_finish(&out, p->ports[p->through == GEN_THROUGH_WIRE ? f->from : to].vlan);
	}
	if (err == 0)
		image_finish(&sent, p->ports[f->from].vlan);
	return err;
}

// Station 0 behind a port is heard there before frames are sent to it. More of them are for a flow of their
// own to make known.
static int intro_build(struct gen_frames *frames, const struct gen_profile *p, const struct gen_flow *f)
{
	bool is_answer =
		p->through == GEN_THROUGH_NODE && f->type == WIRE_TYPE_DISCOVER_RESP && f->to_mask != 0;
	bool is_station = f->to_addr == GEN_TO_ADDR_STATION && f->stations == 1;

	if (!is_answer && !is_station)
		return 0;
	struct gen_flow hello = {
		.type = WIRE_TYPE_HELLO,
		.from = to_port(f),
		.channel = f->channel,
		.origins = 1,
		.neighbors = 1,
		.stations = 1,
		.addr_base = f->addr_base,
		.to_addr = p->through == GEN_THROUGH_NODE ? GEN_TO_ADDR_PEER : GEN_TO_ADDR_GROUP,
	};
	struct gen_intro *intro = &frames->intros[frames->n_intros++];
	struct draft d = {.p = p, .f = &hello, .image = &intro->image};
	intro->port = hello.from;
	int err = sent_build(&d, 0);
	if (err == 0)
		image_finish(&d, p->ports[hello.from].vlan);
	return err;
}

struct gen_frames *gen_frames_create(const struct gen_profile *p)
{
	struct gen_frames *frames = calloc(1, sizeof(*frames));
	int err = 0;

	if (frames == NULL)
		return NULL;
	for (uint32_t i = 0; i < p->n_flows && err == 0; i++) {
		const struct gen_flow *f = &p->flows[i];
		struct gen_flow_frames *out = &frames->flows[i];

		*out = (struct gen_flow_frames){
			.counts = {f->neighbors, f->origins, f->stations},
			.addr_base = f->addr_base,
			.is_random = f->is_random,
			.templates = calloc(f->n_sizes, sizeof(*out->templates)),
		};
		frames->n_flows++;
		if (out->templates == NULL) {
			err = -ENOMEM;
			break;
		}
		out->n_sizes = f->n_sizes;
		for (uint32_t s = 0; s < f->n_sizes && err == 0; s++)
			err = template_build(&out->templates[s], p, f, f->sizes[s]);
		if (err == 0)
			err = intro_build(frames, p, f);
	}
	if (err != 0) {
		gen_frames_destroy(frames);
		return base_errno_null(-err);
	}
	return frames;
}

void gen_frames_destroy(struct gen_frames *frames)
{
	if (frames == NULL)
		return;
	for (uint32_t i = 0; i < frames->n_flows; i++) {
		for (uint32_t s = 0; s < frames->flows[i].n_sizes; s++) {
			for (uint32_t to = 0; to < GEN_PORTS_MAX; to++)
				free(frames->flows[i].templates[s].out[to]);
		}
		free(frames->flows[i].templates);
	}
	free(frames);
}
