// SPDX-License-Identifier: BSD-3-Clause
// Graphs of simulations. Tests only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "sim_graph.h"
#include "sim_random.h"

#define NODES_MAX       (attach_len + 1) // the largest graph, and a guest
#define SEGS_MAX        (2 * attach_len + 100)
#define ENDS_MAX        (2 * SEGS_MAX)
#define LINE_LEN        12
#define RING_LEN        12
#define GRID_SIDE       10
#define TREE_LEN        31
#define LAN_LEN         16
#define MESH_LEN        8
#define ATTACH_LINKS    2
#define DELAY_NS_MIN    50000
#define DELAY_NS_MAX    1000000
#define FAT_CORES       4 // k = 4: four cores, four pods of two and two switches, two hosts below each
#define FAT_PODS        4
#define FAT_POD_LEN     8 // 2 aggregation, 2 edge, 4 hosts
#define COST_DEFAULT    100
#define MAC_OF_PORT     0xe0
#define MAC_OF_NODE     0x1d
#define LINK_IDS_A_SLOT 2000

static uint32_t attach_len = 1000;

static const char *const shape_names[SIM_N_SHAPES] = {
	[SIM_SHAPE_INVALID] = "invalid",
	[SIM_LINE] = "line",
	[SIM_GRID] = "grid",
	[SIM_RING] = "ring",
	[SIM_TREE] = "tree",
	[SIM_FAT_TREE] = "fat-tree",
	[SIM_TWO_LANS] = "two-lans",
	[SIM_MESH] = "mesh",
	[SIM_ATTACH] = "attach",
};

const char *sim_shape_name(enum sim_shape shape)
{
	return shape_names[shape];
}

void sim_graph_attach_set(uint32_t n_nodes)
{
	attach_len = n_nodes;
}

enum sim_shape sim_shape_find(const char *name)
{
	for (uint32_t s = SIM_LINE; s < SIM_N_SHAPES; s++) {
		if (strcmp(shape_names[s], name) == 0)
			return (enum sim_shape)s;
	}
	return SIM_SHAPE_INVALID;
}

static void *zalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		abort();
	return p;
}

// Byte 1 tells the slot, byte 2 what it is, the last two the node.
static struct base_mac mac_make(uint8_t kind, uint8_t slot, uint32_t node)
{
	struct base_mac mac = {{0x02, slot, kind}};

	base_be16_store(mac.b + 4, (uint16_t)node);
	return mac;
}

static void end_add(struct sim_graph *g, uint32_t node)
{
	struct sim_vertex *v = &g->nodes[node];
	uint32_t e = g->n_ends++;

	if (e >= ENDS_MAX || v->n_ends >= SIM_SLOTS_MAX)
		abort();
	g->ends[e] = (struct sim_end){.node = node,
		.seg = g->n_segs - 1,
		.slot = (uint8_t)v->n_ends,
		.mac = mac_make(MAC_OF_PORT, (uint8_t)v->n_ends, node)};
	g->segs[g->n_segs - 1].n++;
	v->ends[v->n_ends++] = e;
}

static void lan_add(struct sim_graph *g, uint32_t first_node, uint32_t n, uint32_t router)
{
	g->segs[g->n_segs++] = (struct sim_seg){.first = g->n_ends};
	for (uint32_t i = 0; i < n; i++)
		end_add(g, first_node + i);
	end_add(g, router);
}

static void link_add(struct sim_graph *g, uint32_t a, uint32_t b)
{
	lan_add(g, a, 1, b);
}

static void line_build(struct sim_graph *g, uint32_t n)
{
	g->n_nodes = n;
	for (uint32_t i = 1; i < n; i++)
		link_add(g, i - 1, i);
}

static void grid_build(struct sim_graph *g)
{
	g->n_nodes = GRID_SIDE * GRID_SIDE;
	for (uint32_t i = 0; i < g->n_nodes; i++) {
		if (i % GRID_SIDE != 0)
			link_add(g, i - 1, i);
		if (i >= GRID_SIDE)
			link_add(g, i - GRID_SIDE, i);
	}
}

static void fat_tree_build(struct sim_graph *g)
{
	g->n_nodes = FAT_CORES + FAT_PODS * FAT_POD_LEN;
	for (uint32_t p = 0; p < FAT_PODS; p++) {
		uint32_t pod = FAT_CORES + p * FAT_POD_LEN;

		for (uint32_t c = 0; c < FAT_CORES; c++)
			link_add(g, c, pod + c / 2);
		for (uint32_t i = 0; i < 4; i++) {
			link_add(g, pod + i / 2, pod + 2 + i % 2);
			link_add(g, pod + 2 + i / 2, pod + 4 + i);
		}
	}
}

static void mesh_build(struct sim_graph *g)
{
	g->n_nodes = MESH_LEN;
	for (uint32_t i = 0; i < MESH_LEN; i++) {
		for (uint32_t k = 0; k < i; k++)
			link_add(g, k, i);
	}
}

// Each new node links to two that are there, the more likely the more links they have; a node whose devices
// are all in use takes no more.
static void attach_build(struct sim_graph *g, uint64_t *random)
{
	g->n_nodes = attach_len;
	link_add(g, 0, 1);
	link_add(g, 0, 2);
	link_add(g, 1, 2);
	for (uint32_t i = 3; i < attach_len; i++) {
		uint32_t n_before = g->n_ends; // of nodes before this one
		uint32_t last = SIM_NONE;

		for (uint32_t k = 0; k < ATTACH_LINKS;) {
			uint32_t other = g->ends[sim_below(random, n_before)].node;

			// one device is kept for a guest
			if (other == last || g->nodes[other].n_ends >= SIM_SLOTS_MAX - 1)
				continue;
			link_add(g, other, i);
			last = other;
			k++;
		}
	}
}

static void shape_build(struct sim_graph *g, uint64_t *random)
{
	switch (g->shape) {
	case SIM_SHAPE_INVALID:
	case SIM_N_SHAPES:
		abort();
	case SIM_LINE:
		line_build(g, LINE_LEN);
		break;
	case SIM_GRID:
		grid_build(g);
		break;
	case SIM_RING:
		line_build(g, RING_LEN);
		link_add(g, RING_LEN - 1, 0);
		break;
	case SIM_TREE:
		g->n_nodes = TREE_LEN;
		for (uint32_t i = 1; i < TREE_LEN; i++)
			link_add(g, (i - 1) / 2, i);
		break;
	case SIM_FAT_TREE:
		fat_tree_build(g);
		break;
	case SIM_TWO_LANS:
		g->n_nodes = 2 * LAN_LEN + 1;
		lan_add(g, 0, LAN_LEN, 2 * LAN_LEN);
		lan_add(g, LAN_LEN, LAN_LEN, 2 * LAN_LEN);
		break;
	case SIM_MESH:
		mesh_build(g);
		break;
	case SIM_ATTACH:
		attach_build(g, random);
		break;
	}
}

// Half of all graphs have the costs and MTUs that a network has whose owner set none.
static void numbers_draw(struct sim_graph *g, uint64_t *random)
{
	bool is_plain = sim_below(random, 2) == 0;

	g->is_p2p = true;
	for (uint32_t s = 0; s < g->n_segs; s++) {
		g->segs[s].delay_ns = sim_between(random, DELAY_NS_MIN, DELAY_NS_MAX);
		g->is_p2p = g->is_p2p && g->segs[s].n == 2;
	}
	for (uint32_t e = 0; e < g->n_ends; e++) {
		struct sim_end *end = &g->ends[e];

		end->link_id = end->slot * LINK_IDS_A_SLOT + sim_between(random, 1, LINK_IDS_A_SLOT);
		end->cost = is_plain ? COST_DEFAULT : (uint16_t)sim_between(random, 1, 300);
		end->l2mtu = is_plain ? 1500 : (uint16_t)sim_between(random, 1400, 1500);
	}
}

struct sim_graph *sim_graph_create(enum sim_shape shape, uint64_t seed, bool has_guest)
{
	struct sim_graph *g = zalloc(1, sizeof(*g));
	uint64_t random = seed;

	g->shape = shape;
	g->nodes = zalloc(NODES_MAX, sizeof(*g->nodes));
	g->segs = zalloc(SEGS_MAX, sizeof(*g->segs));
	g->ends = zalloc(ENDS_MAX, sizeof(*g->ends));
	shape_build(g, &random);
	if (has_guest) {
		link_add(g, sim_below(&random, g->n_nodes), g->n_nodes);
		g->n_nodes++;
	}
	for (uint32_t i = 0; i < g->n_nodes; i++)
		g->nodes[i].id = mac_make(MAC_OF_NODE, 0, i);
	numbers_draw(g, &random);
	return g;
}

void sim_graph_destroy(struct sim_graph *g)
{
	if (g == NULL)
		return;
	free(g->nodes);
	free(g->segs);
	free(g->ends);
	free(g);
}

uint32_t sim_graph_node_of(const struct sim_graph *g, const uint8_t *mac)
{
	uint32_t node = base_be16_load(mac + 4);
	bool is_ours = mac[0] == 0x02 && (mac[2] == MAC_OF_PORT || mac[2] == MAC_OF_NODE) && mac[3] == 0;

	return is_ours && node < g->n_nodes ? node : SIM_NONE;
}

uint32_t sim_graph_end_of(const struct sim_graph *g, const uint8_t *mac)
{
	uint32_t node = mac[2] == MAC_OF_PORT ? sim_graph_node_of(g, mac) : SIM_NONE;

	return node != SIM_NONE && mac[1] < g->nodes[node].n_ends ? g->nodes[node].ends[mac[1]] : SIM_NONE;
}

uint32_t sim_graph_link_of(const struct sim_graph *g, uint32_t node, uint32_t link_id)
{
	for (uint32_t k = 0; k < g->nodes[node].n_ends; k++) {
		uint32_t e = g->nodes[node].ends[k];

		if (g->ends[e].link_id == link_id)
			return e;
	}
	return SIM_NONE;
}
