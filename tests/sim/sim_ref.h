// SPDX-License-Identifier: BSD-3-Clause
// The reference: what an origin may know, from the answers that it got, worked out in full each time, slowly.
// It shares nothing with lib/topo but docs/topology.md. Tests only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ref_parse.h"
#include "sim_graph.h"

struct sim_ref;

// A path, as far as docs/topology.md orders paths.
struct sim_dist {
	bool is_path;
	uint32_t n_stale;
	uint64_t cost;
	uint32_t hops;
	uint16_t l2mtu;
};

struct sim_ref *sim_ref_create(const struct sim_graph *g, uint32_t origin);
void sim_ref_destroy(struct sim_ref *r);

// Take up an answer. False: it describes no edge of the graph.
bool sim_ref_learn(struct sim_ref *r, const struct ref_frame *f, uint64_t now_ms);
// The origin's port with this link id is down.
void sim_ref_port_lost(struct sim_ref *r, uint32_t link_id);

bool sim_ref_has_answered(const struct sim_ref *r, uint32_t node);

// The least paths now, by node: over the edges that were described.
const struct sim_dist *sim_ref_described(struct sim_ref *r, uint64_t now_ms);
// The same over all edges of the graph that are not cut, described or not.
const struct sim_dist *sim_ref_real(struct sim_ref *r);
