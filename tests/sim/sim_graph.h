// SPDX-License-Identifier: BSD-3-Clause
// The graph that a simulation runs on: nodes, their ports ("ends"), and segments that join two or more ends.
// A link between two nodes is a segment with two ends, a LAN one with more. Tests only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_mac.h"

#define SIM_SLOTS_MAX 32 // devices of one node
#define SIM_NONE      UINT32_MAX

enum sim_shape {
	SIM_SHAPE_INVALID,
	SIM_LINE,
	SIM_GRID,
	SIM_RING,
	SIM_TREE,
	SIM_FAT_TREE,
	SIM_TWO_LANS,
	SIM_MESH,
	SIM_ATTACH, // preferential attachment, a thousand nodes or as many as set below
	SIM_N_SHAPES,
};

struct sim_end {
	uint32_t node;
	uint32_t seg;
	uint32_t link_id;
	uint16_t cost;
	uint16_t l2mtu;
	uint8_t slot;
	bool is_cut; // nothing comes in or leaves
	struct base_mac mac;
};

struct sim_seg {
	uint32_t first; // of its ends, which stand together
	uint32_t n;
	uint64_t delay_ns;
};

struct sim_vertex {
	uint32_t n_ends;
	uint32_t ends[SIM_SLOTS_MAX]; // by slot
	struct base_mac id;
};

struct sim_graph {
	enum sim_shape shape;
	uint32_t n_nodes;
	uint32_t n_segs;
	uint32_t n_ends;
	bool is_p2p; // no segment has more than two ends
	struct sim_vertex *nodes;
	struct sim_seg *segs;
	struct sim_end *ends;
};

const char *sim_shape_name(enum sim_shape shape);

// SIM_SHAPE_INVALID when there is none of this name.
enum sim_shape sim_shape_find(const char *name);

// How many nodes SIM_ATTACH has: 1,000 to SIM_ATTACH_MAX.
#define SIM_ATTACH_MAX 20000
void sim_graph_attach_set(uint32_t n_nodes);

// Build one: shape, costs, MTUs, delays and link ids follow from the seed. With has_guest, one node more, the
// last, hangs by one link on a random node. Ends the program without memory.
struct sim_graph *sim_graph_create(enum sim_shape shape, uint64_t seed, bool has_guest);
void sim_graph_destroy(struct sim_graph *g);

// Whose MAC or id is this? SIM_NONE: nobody's.
uint32_t sim_graph_node_of(const struct sim_graph *g, const uint8_t *mac);
// The end with this MAC, or SIM_NONE.
uint32_t sim_graph_end_of(const struct sim_graph *g, const uint8_t *mac);
// The end of a node with this link id, or SIM_NONE.
uint32_t sim_graph_link_of(const struct sim_graph *g, uint32_t node, uint32_t link_id);
