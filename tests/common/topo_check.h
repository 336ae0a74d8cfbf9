// SPDX-License-Identifier: BSD-3-Clause
// Is a topology sound inside? Lists, indexes and counts agree, and every path is the least one. Tests only.
#pragma once

struct topo;

// NULL, or what is wrong. Looks at everything: linear in nodes and edges.
const char *topo_check(const struct topo *t);
