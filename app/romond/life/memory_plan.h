// SPDX-License-Identifier: BSD-3-Clause
// How much memory romond will take, from which pages, and whether its control groups allow it. Before EAL.
// Control thread.
#pragma once

#include <stdbool.h>

#include "base_cgroup.h"
#include "base_err.h"

struct app;
struct conf;

struct memory_plan {
	uint64_t need_bytes;  // what is set aside
	uint64_t least_bytes; // of these, what is written at start: pools, tables, mbufs of devices
	uint64_t huge_bytes;  // hugepages that are free and may be used
	bool is_huge;         // hugepages are used
};

// For the planned workers and app->n_mbufs.
void memory_plan_make(const struct app *app, const struct conf *conf, struct memory_plan *out);

// Do the limits of this process's groups allow it? 0; 1 = romond starts, and may be killed or slowed down
// later: a warning; -ENOMEM = it would be killed at start. A sentence in text unless 0.
BASE_MUST_USE int memory_plan_judge(const struct memory_plan *plan, uint32_t n_mbufs,
	const struct base_cgroup_memory *allowed, char *text, size_t size);
