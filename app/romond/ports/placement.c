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
		int dev = slots_dev_find(app, p);
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

static uint8_t least_loaded(const uint32_t *n_sets, uint32_t n_workers)
{
	uint8_t least = 0;

	for (uint8_t w = 1; w < n_workers; w++) {
		if (n_sets[w] < n_sets[least])
			least = w;
	}
	return least;
}

// Is it one of the devices of conf?
static bool is_named(const struct app *app, const struct conf *conf, int dev)
{
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (slots_dev_find(app, &conf->ports[i]) == dev)
			return true;
	}
	return false;
}

// Of a set that is named by its root: the worker that an open device of it has already (of the lowest index,
// where they are of several), or n_workers. What conf no longer names is closed, and keeps nobody.
static uint8_t worker_now(
	const struct app *app, const struct conf *conf, const int root[SNAP_DEVS_MAX], int set)
{
	for (int d = set; d < SNAP_DEVS_MAX; d++) {
		if (root[d] == set && app->devs[d].is_used && app->devs[d].dev != NULL &&
			is_named(app, conf, d))
			return app->devs[d].worker;
	}
	return (uint8_t)app->n_workers;
}

void placement_compute(const struct app *app, const struct conf *conf, uint8_t workers[SNAP_DEVS_MAX])
{
	int root[SNAP_DEVS_MAX];
	uint8_t now[SNAP_DEVS_MAX];
	uint32_t n_sets[SNAP_WORKERS_MAX] = {0};

	sets_join(app, conf, root);
	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		workers[d] = app->devs[d].worker;
		now[d] = root[d] == d ? worker_now(app, conf, root, d) : (uint8_t)app->n_workers;
		if (now[d] < app->n_workers)
			n_sets[now[d]]++;
	}
	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		if (root[d] != d || !app->devs[d].is_used || !is_named(app, conf, d))
			continue;
		workers[d] = now[d];
		if (workers[d] < app->n_workers)
			continue;
		workers[d] = least_loaded(n_sets, app->n_workers);
		n_sets[workers[d]]++;
	}
	for (int d = 0; d < SNAP_DEVS_MAX; d++)
		workers[d] = workers[root[d]];
}
