// SPDX-License-Identifier: BSD-3-Clause
// Which worker polls which device. Control thread.
#include "placement.h"
#include "slots.h"

// The set that a port's device must share a worker with: its relay group, or the node. -1 = none: somebody
// who lists CPUs wants the node's ports spread over them.
static int set_of(const struct conf *conf, const struct conf_port *p)
{
	if (p->mode == CONF_MODE_RELAY)
		return (int)p->group_idx;
	return conf->workers.cores_are_auto ? CONF_GROUPS_MAX : -1;
}

// Devices of a set, and sets that share a device, have one root: the lowest index.
static void sets_join(const struct app *app, const struct conf *conf, int root[SNAP_DEVS_MAX])
{
	int set_dev[CONF_GROUPS_MAX + 1];

	for (int d = 0; d < SNAP_DEVS_MAX; d++)
		root[d] = d;
	for (int g = 0; g <= CONF_GROUPS_MAX; g++)
		set_dev[g] = -1;
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		const struct conf_port *p = &conf->ports[i];
		int dev = ports_dev_find(app, p);
		int set = set_of(conf, p);
		if (set < 0 || dev < 0)
			continue;
		if (set_dev[set] < 0)
			set_dev[set] = dev;
		int from = root[dev];
		int to = root[set_dev[set]];
		for (int d = 0; d < SNAP_DEVS_MAX; d++) {
			if (root[d] == from || root[d] == to)
				root[d] = from < to ? from : to;
		}
	}
}

static uint8_t least_loaded(const uint32_t *n_devs, uint32_t n_workers)
{
	uint8_t least = 0;

	for (uint8_t w = 1; w < n_workers; w++) {
		if (n_devs[w] < n_devs[least])
			least = w;
	}
	return least;
}

// Is it one of the devices of conf?
static bool is_named(const struct app *app, const struct conf *conf, int dev)
{
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (ports_dev_find(app, &conf->ports[i]) == dev)
			return true;
	}
	return false;
}

void placement_compute(const struct app *app, const struct conf *conf, uint8_t workers[SNAP_DEVS_MAX])
{
	int root[SNAP_DEVS_MAX];
	uint32_t n_devs[SNAP_WORKERS_MAX] = {0};

	sets_join(app, conf, root);
	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		workers[d] = app->devs[d].worker;
		// what conf no longer names is closed, and keeps its worker busy no longer
		if (app->devs[d].is_used && app->devs[d].dev != NULL && root[d] == d &&
			is_named(app, conf, d))
			n_devs[workers[d]]++;
	}
	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		if (!app->devs[d].is_used || root[d] != d || app->devs[d].dev != NULL)
			continue;
		workers[d] = least_loaded(n_devs, app->n_workers);
		n_devs[workers[d]]++;
	}
	for (int d = 0; d < SNAP_DEVS_MAX; d++)
		workers[d] = workers[root[d]];
}
