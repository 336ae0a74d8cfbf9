// SPDX-License-Identifier: BSD-3-Clause
// Answers of made-up nodes. Tests only.
#include "topo_bed.h"
#include "base_be.h"

uint64_t topo_bed_id(uint32_t n)
{
	uint8_t b[6] = {2};

	base_be32_store(b + 2, n);
	return base_mac_u64(b);
}

struct topo_answer topo_bed_answer(
	uint32_t parent, uint32_t out_link, uint32_t node, uint32_t in_link, uint16_t cost)
{
	return (struct topo_answer){
		.parent_id = topo_bed_id(parent),
		.parent_out = {.link_id = out_link,
			.l2mtu = 1500,
			.cost = cost,
			.mac = topo_bed_id(0x800000 + parent)},
		.node_id = topo_bed_id(node),
		.node_in = {.link_id = in_link,
			.l2mtu = 1500,
			.cost = cost,
			.mac = topo_bed_id(0x800000 + node)},
		.n_hops = parent == 0 ? 0 : 1,
	};
}

struct topo *topo_bed_create(uint32_t nodes_max)
{
	return topo_create(&(struct topo_cfg){.own_id = TOPO_BED_US, .nodes_max = nodes_max, .seed = 0x5eed});
}
