// SPDX-License-Identifier: BSD-3-Clause
// Answers of made-up nodes, for tests of lib/topo. Tests only.
#pragma once

#include "topo.h"

#define TOPO_BED_US topo_bed_id(0) // our own id

// 02:00:00:xx:xx:xx of a number, in base_mac_u64 form.
uint64_t topo_bed_id(uint32_t n);

// An answer of node that names parent (0 = us): links, each side's cost; L2MTU 1500 on both; MAC of node's
// port = topo_bed_id(0x800000 + node).
struct topo_answer topo_bed_answer(
	uint32_t parent, uint32_t out_link, uint32_t node, uint32_t in_link, uint16_t cost);

// An empty topology of our own that holds nodes_max.
struct topo *topo_bed_create(uint32_t nodes_max);
