// SPDX-License-Identifier: BSD-3-Clause
// The snapshot that workers run on, made of what is now. Control thread, under app_lock().
#include <inttypes.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "about.h"
#include "base_log.h"
#include "ports_state.h"
#include "publish.h"
#include "slots.h"
#include "tap_filter.h"

LOG_TYPE("port");

// The id stays as it is while the configuration says auto: it is this node's name on the overlay.
static void own_id_choose(struct app *app, const struct conf *conf)
{
	if (!conf->romon.id_is_auto) {
		app->own_id = base_mac_u64(&conf->romon.id);
		return;
	}
	if (app->own_id != 0 && (app->conf == NULL || app->conf->romon.id_is_auto))
		return;
	app->own_id = 0;
	for (uint32_t i = 0; i < conf->n_ports && app->own_id == 0; i++) {
		int d = slots_dev_find(app, &conf->ports[i]);

		if (d >= 0 && app->devs[d].dev != NULL)
			app->own_id = base_mac_u64(&app->devs[d].dev->mac);
	}
}

// What a worker knows of a port's neighbors is old once another one served the port, and their signed frames
// would pass a second time: so it does not find those rows again.
static uint8_t slot_generation(struct app_slot *slot, uint8_t worker, bool is_dispatched)
{
	if (slot->worker != worker || slot->is_dispatched != is_dispatched)
		slot->generation++;
	slot->worker = worker;
	slot->is_dispatched = is_dispatched;
	return slot->generation;
}

static struct snap *snap_of(struct app *app, const struct conf *conf)
{
	struct snap_input *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return NULL;
	own_id_choose(app, conf);
	in->conf = conf;
	in->generation = snap_current(app->snaps)->generation + 1;
	in->own_id = app->own_id;
	in->tsc_hz = rte_get_tsc_hz();
	in->self = (struct snap_input_self){
		.identity = conf->romon.identity, .board = about_board(), .version = about_version()};
	tap_snap(app, &in->tap);
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		int s = slots_find(app, conf->ports[i].name);
		int d = slots_dev_find(app, &conf->ports[i]);
		struct snap_input_port *p = &in->ports[i];

		if (s < 0 || d < 0)
			continue;
		p->slot = (uint8_t)s;
		p->secrets_epoch = app->slots[s].secrets_epoch;
		p->worker = app->devs[d].worker;
		p->slot_generation = slot_generation(&app->slots[s], p->worker, app->devs[d].is_dispatched);
		const struct port_dev *dev = app->devs[d].dev;
		p->is_open = dev != NULL && app->devs[d].is_polled;
		if (dev == NULL)
			continue;
		p->is_up = dev->link == PORT_LINK_UP;
		p->ethdev_id = dev->ethdev_id;
		p->n_rxq = dev->n_rxq;
		p->n_txq = dev->n_txq;
		p->rx_fds = dev->tells_of_frames ? dev->rx_fds : NULL;
		p->mtu = dev->mtu;
		p->mac = dev->mac;
	}
	struct snap *s = snap_build(in);
	free(in);
	return s;
}

// Have workers that wait make a turn: there is another snapshot.
static void waiters_wake(struct app *app)
{
	for (uint32_t w = 0; w < app->n_workers; w++)
		xchg_wake_up(&app->channels[w]->wake);
}

// What cannot be published for now is as soon as that works (ports_poll()): nothing that control does waits
// for a worker that is stuck or has no CPU.
int publish_conf(struct app *app, const struct conf *conf)
{
	struct snap *s = snap_of(app, conf);

	if (s == NULL) {
		LOG(ERROR, "out of memory: the last snapshot stays in force for now");
		app->ports->is_snap_due = true;
		return base_errno_set(ENOMEM);
	}
	bool was_due = app->ports->is_snap_due;
	app->ports->is_snap_due = snap_publish(app->snaps, s) != 0;
	if (!app->ports->is_snap_due) {
		waiters_wake(app);
		bool is_settled = snap_settle(app->snaps, PUBLISH_SETTLE_US);

		LOG(DEBUG, "snapshot %" PRIu64 " in force%s", snap_current(app->snaps)->generation,
			is_settled ? "" : ", but for workers that did not report yet");
		return 0;
	}
	snap_free(s);
	if (!was_due)
		LOG(WARNING,
			"a worker does not report: changes come into force when it does (`romonctl workers`)");
	return 0;
}

int ports_publish(struct app *app)
{
	return publish_conf(app, app->conf);
}
