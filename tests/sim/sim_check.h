// SPDX-License-Identifier: BSD-3-Clause
// What must hold in a simulated network. Each check notes what does not as the network's fault. Tests only.
#pragma once

#include "sim_net.h"

// The origin's topology is what the answers that it got describe: rows, paths, costs, hops, MTUs. Each path
// is one of the graph.
void sim_check_described(struct sim_net *net, struct sim_origin *o);

// Each node that can be reached by what is not cut is found. On links between two nodes its path is the
// least.
void sim_check_found(struct sim_net *net, struct sim_origin *o);

// Nodes that no way leads to now are down and have no path, if they were ever known.
void sim_check_apart(struct sim_net *net, struct sim_origin *o);

// How many nodes are not found.
uint32_t sim_check_missing(struct sim_net *net, struct sim_origin *o);

// The last round, after its frames came to rest: each copy came in or was lost on its segment, and who heard
// one passed it on by all other ports; on loss-free links between two nodes not too many were sent.
void sim_check_flood(struct sim_net *net, struct sim_origin *o);

// What was sent came back, or was lost on a segment.
void sim_check_fates(struct sim_net *net, const struct sim_fates *fates, const char *what);

// Tables are within their caps.
void sim_check_caps(struct sim_net *net);

// After everything came to rest: no event, no frame, no mbuf is left, and each frame had one fate.
void sim_check_rest(struct sim_net *net);
