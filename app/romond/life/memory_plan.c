// SPDX-License-Identifier: BSD-3-Clause
// The sums of what romond takes. Control thread.
#include <inttypes.h>
#include <stdio.h>

#include "app.h"
#include "base_hugepages.h"
#include "memory_plan.h"
#include "workers.h"

#define MIB (1024 * 1024)

// What EAL and the drivers' own allocations take beside pools and tables.
#define EAL_BYTES (64ull * MIB)

void memory_plan_make(const struct app *app, const struct conf *conf, struct memory_plan *out)
{
	uint64_t devices = 0;

	for (uint32_t i = 0; i < conf->n_ports; i++) {
		const struct conf_port *p = &conf->ports[i];

		if (!p->is_disabled)
			devices += port_dev_bytes(p->device, p->driver, p->vlan != 0);
	}
	*out = (struct memory_plan){.least_bytes = port_pool_bytes(app->n_mbufs) + port_pool_tap_bytes() +
						   workers_bytes(app, conf) + devices};
	// twice what the devices need: a reload may add some, or open one anew before the old one's memory is
	// whole
	out->need_bytes = out->least_bytes + devices + EAL_BYTES;
	if (conf->memory.hugepages != CONF_HUGE_OFF)
		out->huge_bytes = base_hugepages_free(BASE_MEMINFO);
	out->is_huge = out->huge_bytes >= out->need_bytes ||
		       (conf->memory.hugepages == CONF_HUGE_ON && out->huge_bytes > 0);
}

int memory_plan_judge(const struct memory_plan *plan, uint32_t n_mbufs,
	const struct base_cgroup_memory *allowed, char *text, size_t size)
{
	bool is_high = allowed->high.bytes < allowed->max.bytes;
	const struct base_cgroup_limit *limit = is_high ? &allowed->high : &allowed->max;
	bool is_fatal = allowed->max.bytes < plan->least_bytes;

	if (is_fatal) {
		limit = &allowed->max;
		is_high = false;
	}
	if (plan->is_huge || limit->bytes >= plan->need_bytes) // hugepages are not on this account
		return 0;
	snprintf(text, size,
		"memory: romond needs %" PRIu64 " MiB with %u mbufs (%" PRIu64
		" MiB of these at start), and %s allows %" PRIu64
		" MiB: it %s; set memory.mbufs lower, or raise the limit (%s= of the unit, %s of the container)",
		plan->need_bytes / MIB + 1, n_mbufs, plan->least_bytes / MIB + 1, limit->file,
		limit->bytes / MIB,
		is_fatal  ? "would be killed"
		: is_high ? "may be slowed down until it loses frames"
			  : "may be killed when its tables fill",
		is_high ? "MemoryHigh" : "MemoryMax", is_high ? "memory.high" : "--memory");
	return is_fatal ? base_errno_set(ENOMEM) : 1;
}
