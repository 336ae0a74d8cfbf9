// SPDX-License-Identifier: BSD-3-Clause
// A bed for tests of lib/node. Tests only.
#include "node_bed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "node_frame.h"
#include "wire_build.h"

#define WALL_US 1700000000000000u

static bool port_get(void *ctx, uint8_t slot, struct node_port *out)
{
	struct node_bed *bed = ctx;

	if (slot >= NODE_PORTS || !bed->has_port[slot])
		return false;
	*out = bed->ports[slot];
	return true;
}

static int slot_find(void *ctx, uint32_t link_id)
{
	const struct node_bed *bed = ctx;

	for (int s = 0; s < NODE_PORTS; s++) {
		if (bed->has_port[s] && bed->ports[s].own.link_id == link_id)
			return s;
	}
	return -ENOENT;
}

static void self_get(void *ctx, struct topo_self *out)
{
	*out = ((struct node_bed *)ctx)->self;
}

static int frame_send(void *ctx, uint8_t slot, const uint8_t *frame, uint32_t len)
{
	struct node_bed *bed = ctx;

	if (bed->send_err != 0)
		return bed->send_err;
	if (slot >= NODE_PORTS || !bed->has_port[slot] || !bed->ports[slot].is_active)
		return -ENETDOWN;
	struct node_bed_frame *f = &bed->sent[bed->n_sent++ % NODE_BED_SENT];
	f->at_ms = bed->now_ms;
	f->slot = slot;
	f->len = len;
	memcpy(f->bytes, frame, len);
	return 0;
}

static void bytes_draw(void *ctx, void *out, size_t len)
{
	struct node_bed *bed = ctx;
	uint8_t *bytes = out;

	for (size_t i = 0; i < len; i++) {
		bed->random = bed->random * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(bed->random >> 56);
	}
}

static void refusal_count(void *ctx, uint8_t slot, enum node_refused why)
{
	((struct node_bed *)ctx)->refused[slot][why]++;
}

struct node_bed *node_bed_open(uint32_t n_ports)
{
	struct node_bed *bed = calloc(1, sizeof(*bed));
	const char *uptime = getenv("NODE_BED_UPTIME_MS");

	if (bed == NULL)
		abort();
	bed->io = (struct node_io){.ctx = bed,
		.port = port_get,
		.slot_of = slot_find,
		.self = self_get,
		.send = frame_send,
		.random = bytes_draw,
		.refuse = refusal_count};
	bed->now_ms = uptime != NULL ? strtoull(uptime, NULL, 10) : 100000;
	bed->random = 4711;
	bed->self = (struct topo_self){
		.id = node_bed_id(0), .identity = "us", .identity_len = 2, .board = "bed", .board_len = 3};
	for (uint32_t s = 0; s < n_ports; s++) {
		bed->has_port[s] = true;
		bed->ports[s].is_active = true;
		bed->ports[s].own = (struct topo_port){
			.link_id = 10 + s, .l2mtu = 1500, .cost = 10, .mac = node_bed_port_mac(0, s)};
	}
	return bed;
}

void node_bed_close(struct node_bed *bed)
{
	free(bed);
}

struct base_mac node_bed_id(uint32_t n)
{
	struct base_mac mac = {{2}};

	base_be32_store(mac.b + 2, n + 1);
	return mac;
}

struct base_mac node_bed_port_mac(uint32_t n, uint32_t k)
{
	struct base_mac mac = node_bed_id(n);

	mac.b[1] = (uint8_t)(0x80 + k);
	return mac;
}

uint64_t node_bed_id_u64(uint32_t n)
{
	struct base_mac mac = node_bed_id(n);

	return base_mac_u64(&mac);
}

uint64_t node_bed_wall_us(const struct node_bed *bed)
{
	return WALL_US + bed->now_ms * 1000;
}

uint32_t node_bed_refused(const struct node_bed *bed, enum node_refused why)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < NODE_PORTS; s++)
		n += bed->refused[s][why];
	return n;
}

static struct topo_port port_of(uint32_t n)
{
	return (struct topo_port){.link_id = 1, .l2mtu = 1500, .cost = 10, .mac = node_bed_port_mac(n, 0)};
}

uint32_t node_bed_discover(uint32_t n, uint8_t out[WIRE_FRAME_LEN_MAX])
{
	struct topo_self self = {.id = node_bed_id(n)};
	struct topo_port port = port_of(n);
	int len = topo_discover_build(out, WIRE_FRAME_LEN_MAX, &self, &port);

	if (len < 0)
		abort();
	return (uint32_t)len;
}

uint32_t node_bed_answer(uint32_t n, const struct node_bed_frame *discover, const char *master,
	uint8_t out[WIRE_FRAME_LEN_MAX])
{
	struct topo_self self = {.id = node_bed_id(n),
		.identity = "n",
		.identity_len = 1,
		.board = "bed",
		.board_len = 3,
		.master = master,
		.master_len = master == NULL ? 0 : (uint8_t)strlen(master)};
	const struct base_mac *src = (const struct base_mac *)(discover->bytes + BASE_MAC_LEN);
	struct topo_port port = port_of(n);
	struct wire_frame f;
	const uint8_t *romon = node_frame_parse(discover->bytes, discover->len, &f);

	int len = romon == NULL ? -EINVAL
				: topo_resp_build(out, WIRE_FRAME_LEN_MAX, &self, &port, src, romon, &f);
	if (len < 0)
		abort();
	return (uint32_t)len;
}

enum node_answer node_bed_hear(
	const struct node_bed *bed, struct node_discovery *d, uint32_t n, uint8_t slot, const char *master)
{
	struct node_bed_frame discover = {.slot = slot};
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	const char *why = "";
	int len = topo_discover_build(
		discover.bytes, sizeof(discover.bytes), &bed->self, &bed->ports[slot].own);

	if (len < 0)
		abort();
	discover.len = (uint32_t)len;
	uint32_t n_bytes = node_bed_answer(n, &discover, master, frame);
	return node_discovery_take(d, slot, frame, n_bytes, bed->now_ms, node_bed_wall_us(bed), &why);
}

uint32_t node_bed_data(
	const struct node_bed *bed, const struct node_bed_data *data, uint8_t out[WIRE_FRAME_LEN_MAX])
{
	const struct topo_port *ours = &bed->ports[data->slot].own;
	struct base_mac from = base_mac_from_u64(data->from_mac);
	struct wire_addr addr = {.eth_dst = ours->mac,
		.eth_src = from,
		.src_id = node_bed_id(data->n),
		.dst_id = bed->self.id,
		.channel = bed->self.channel};
	struct wire_builder b;

	wire_build_begin(&b, out, WIRE_FRAME_LEN_MAX, WIRE_TYPE_DATA, &addr);
	wire_build_hop(&b, ours->link_id, &from); // as our worker leaves it: the way back
	wire_build_services(&b, data->src_port, data->dst_port);
	wire_build_bytes(&b, data->payload, data->len);
	int len = wire_build_finish(&b);
	if (len < 0)
		abort();
	return (uint32_t)len;
}

const struct node_bed_frame *node_bed_last(const struct node_bed *bed, uint8_t type)
{
	for (uint32_t i = bed->n_sent; i > 0 && bed->n_sent - i < NODE_BED_SENT; i--) {
		const struct node_bed_frame *f = &bed->sent[(i - 1) % NODE_BED_SENT];

		if (f->bytes[WIRE_ETH_LEN] == type)
			return f;
	}
	return NULL;
}
