// SPDX-License-Identifier: BSD-3-Clause
// Ports and devices at run time. Control thread, under app_lock().
//
// A device is handed to workers by a snapshot and taken back by the next one; it is opened before the
// first and closed after the second, so no worker ever polls a device that is not open.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "base_clock.h"
#include "base_text.h"
#include "counters.h"
#include "device.h"
#include "discovery.h"
#include "events.h"
#include "own_node.h"
#include "placement.h"
#include "ports.h"
#include "signers.h"
#include "tap.h"

LOG_TYPE("port");

#define TELL_MS 1500 // a round of discovery at once, and one more in a second

// One queue's worth of descriptors in each direction, a burst in hand, and the pool's per-core caches.
#define MBUFS_PER_DEVICE 4096
#define MBUFS_BASE       8192

uint32_t ports_mbufs(const struct conf *conf)
{
	if (conf->memory.mbufs != 0)
		return conf->memory.mbufs;
	// ports may be added by a reload: the pool is sized for twice what the file names
	return MBUFS_BASE + 2 * MBUFS_PER_DEVICE * (conf->n_ports > 2 ? conf->n_ports : 2);
}

int ports_find(const struct app *app, const char *name)
{
	for (int s = 0; s < SNAP_PORTS_MAX; s++) {
		if (app->slots[s].is_used && strcmp(app->slots[s].name, name) == 0)
			return s;
	}
	return -ENOENT;
}

const struct conf_port *ports_conf(const struct app *app, const struct app_slot *slot)
{
	return &app->conf->ports[slot->conf_idx];
}

const struct app_dev *ports_dev(const struct app *app, const struct app_slot *slot)
{
	return slot->dev_idx < 0 ? NULL : &app->devs[slot->dev_idx];
}

const char *ports_state(const struct app *app, const struct app_slot *slot)
{
	const struct conf_port *c = ports_conf(app, slot);
	const struct app_dev *d = ports_dev(app, slot);

	if (c->is_disabled || d == NULL)
		return "disabled";
	if (d->dev == NULL)
		return "absent";
	if (c->forbid)
		return "forbidden";
	return d->dev->link == PORT_LINK_UP ? "up" : "down";
}

static int dev_find(const struct app *app, const char *device)
{
	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		if (app->devs[d].is_used && strcmp(app->devs[d].device, device) == 0)
			return d;
	}
	return -ENOENT;
}

int ports_dev_find(const struct app *app, const struct conf_port *port)
{
	return port->is_disabled ? -ENOENT : dev_find(app, port->device);
}

static int dev_take(struct app *app, const char *device)
{
	int d = dev_find(app, device);

	for (int i = 0; d < 0 && i < SNAP_DEVS_MAX; i++) {
		if (!app->devs[i].is_used)
			d = i;
	}
	if (d < 0)
		return base_errno_set(ENOSPC);
	if (!app->devs[d].is_used) {
		app->devs[d] = (struct app_dev){.is_used = true};
		base_text_copy(app->devs[d].device, sizeof(app->devs[d].device), device);
	}
	return d;
}

// How the configuration wants a device to be opened.
static struct app_dev dev_wanted(const struct conf *conf, const char *device)
{
	struct app_dev want = {.driver = CONF_DRIVER_AUTO};

	for (uint32_t i = 0; i < conf->n_ports; i++) {
		const struct conf_port *p = &conf->ports[i];

		if (p->is_disabled || strcmp(p->device, device) != 0)
			continue;
		want.is_used = true;
		want.driver = p->driver;
		want.is_promiscuous |= p->mode == CONF_MODE_RELAY;
		want.has_vlans |= p->vlan != 0;
		want.is_dispatched |= p->dispatch == CONF_DISPATCH_NEIGHBOR;
	}
	return want;
}

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
		int d = ports_dev_find(app, &conf->ports[i]);

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
	in->generation = ++app->snap_generation;
	in->own_id = app->own_id;
	in->tsc_hz = rte_get_tsc_hz();
	in->self = (struct snap_input_self){
		.identity = conf->romon.identity, .board = own_node_board(), .version = own_node_version()};
	tap_snap(app, &in->tap);
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		int s = ports_find(app, conf->ports[i].name);
		int d = ports_dev_find(app, &conf->ports[i]);
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
		p->mtu = dev->mtu;
		p->mac = dev->mac;
	}
	struct snap *s = snap_build(in);
	free(in);
	return s;
}

// Publish what is known now. Out of memory leaves the last snapshot in force until the next call.
static int publish(struct app *app, const struct conf *conf)
{
	struct snap *s = snap_of(app, conf);

	if (s == NULL) {
		LOG(ERROR, "out of memory: the last snapshot stays in force");
		return base_errno_set(ENOMEM);
	}
	uint64_t wait_us = snap_publish(app->snaps, s);
	LOG(DEBUG, "snapshot %" PRIu64 " in force after %" PRIu64 " us", app->snap_generation, wait_us);
	return 0;
}

// Take the picked devices from the workers, then close them.
static int devs_withdraw(struct app *app, const struct conf *conf, const bool pick[SNAP_DEVS_MAX])
{
	bool is_any = false;

	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		if (!pick[d])
			continue;
		app->devs[d].is_polled = false;
		is_any = true;
	}
	if (!is_any)
		return 0;
	int err = publish(app, conf);
	for (int d = 0; err == 0 && d < SNAP_DEVS_MAX; d++) {
		if (!pick[d])
			continue;
		device_close(&app->devs[d]);
	}
	return err;
}

static void slot_take(struct app *app, uint32_t s, const char *name)
{
	struct app_slot *slot = &app->slots[s];
	uint8_t generation = slot->generation;

	*slot = (struct app_slot){.is_used = true,
		.generation = (uint8_t)(generation + 1),
		.worker = slot->worker,
		.is_dispatched = slot->is_dispatched,
		.dev_idx = -1};
	base_text_copy(slot->name, sizeof(slot->name), name);
	counters_port_raw(app, s, &slot->baseline);
}

// Slots for all ports of conf; those of ports that are gone are free again.
static void slots_assign(struct app *app, const struct conf *conf)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (app->slots[s].is_used && conf_port_find(conf, app->slots[s].name) < 0)
			app->slots[s].is_used = false;
	}
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		int s = ports_find(app, conf->ports[i].name);

		for (uint32_t k = 0; s < 0 && k < SNAP_PORTS_MAX; k++) {
			if (!app->slots[k].is_used) {
				slot_take(app, k, conf->ports[i].name);
				s = (int)k;
			}
		}
		assert(s >= 0); // as many slots as ports can be configured
		app->slots[s].conf_idx = i;
		app->slots[s].dev_idx = ports_dev_find(app, &conf->ports[i]);
	}
}

// Which open devices must be closed for conf: not named any more, to be opened otherwise, or to move to
// another worker.
static void devs_changed(
	const struct app *app, const struct conf *conf, const uint8_t *workers, bool pick[SNAP_DEVS_MAX])
{
	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		const struct app_dev *now = &app->devs[d];
		struct app_dev want = dev_wanted(conf, now->device);

		pick[d] = now->is_used && now->dev != NULL &&
			  (!want.is_used || want.driver != now->driver ||
				  want.is_promiscuous != now->is_promiscuous ||
				  want.has_vlans != now->has_vlans ||
				  want.is_dispatched != now->is_dispatched || workers[d] != now->worker);
	}
}

static int devs_assign(struct app *app, const struct conf *conf)
{
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (!conf->ports[i].is_disabled && dev_take(app, conf->ports[i].device) < 0) {
			LOG(ERROR, "port %s: more than %d devices", conf->ports[i].name, SNAP_DEVS_MAX);
			return base_errno_set(ENOSPC);
		}
	}
	return 0;
}

static void devs_open(struct app *app, const struct conf *conf, const uint8_t *workers)
{
	for (int i = 0; i < SNAP_DEVS_MAX; i++) {
		struct app_dev *d = &app->devs[i];
		struct app_dev want = dev_wanted(conf, d->device);

		if (!d->is_used)
			continue;
		if (!want.is_used) {
			*d = (struct app_dev){.is_used = false};
			continue;
		}
		d->driver = want.driver;
		d->is_promiscuous = want.is_promiscuous;
		d->has_vlans = want.has_vlans;
		d->is_dispatched = want.is_dispatched;
		d->worker = workers[i];
		if (d->dev == NULL)
			device_open(app, d);
		d->is_polled = d->dev != NULL;
	}
}

int ports_apply(struct app *app, struct conf *conf)
{
	uint8_t workers[SNAP_DEVS_MAX];
	bool pick[SNAP_DEVS_MAX];

	int err = devs_assign(app, conf);
	if (err != 0)
		return err;
	placement_compute(app, conf, workers);
	devs_changed(app, conf, workers, pick);
	if (app->conf != NULL)
		err = devs_withdraw(app, app->conf, pick);
	if (err != 0)
		return err;
	devs_open(app, conf, workers);
	slots_assign(app, conf);
	signers_epochs_renew(app, conf);
	err = publish(app, conf);
	struct conf *old = app->conf;
	app->conf = conf;
	conf_free(old);
	return err;
}

// One event a port of the device.
static void dev_tell(struct app *app, const struct app_dev *d, enum event_kind kind, const char *what)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &app->slots[s];

		if (slot->is_used && slot->dev_idx == d - app->devs)
			events_add(
				app, kind, slot->name, 0, "port %s (%.64s): %s", slot->name, d->device, what);
	}
}

// The port takes the new address with the next snapshot. Neighbors know the old one: a Discover tells them.
static void mac_tell(struct app *app, const struct app_dev *d, const struct base_mac *before)
{
	char was[BASE_MAC_TEXT_LEN];
	char now[BASE_MAC_TEXT_LEN];
	char text[80];

	snprintf(text, sizeof(text), "its MAC address was %s and is %s", base_mac_format(before, was),
		base_mac_format(&d->dev->mac, now));
	dev_tell(app, d, EVENT_PORT_MAC_CHANGED, text);
	if (app->discovery != NULL)
		discovery_want(app, base_mono_ms() + TELL_MS);
}

// An open device: has its link, its MTU or its address changed?
static bool open_look(struct app *app, struct app_dev *d)
{
	enum port_link before = d->dev->link;
	struct base_mac mac = d->dev->mac;
	uint16_t mtu = d->dev->mtu;
	enum port_link now = port_dev_poll(d->dev);
	bool is_other_mac = !base_mac_equal(&mac, &d->dev->mac);

	if (now != before)
		dev_tell(app, d, now == PORT_LINK_UP ? EVENT_PORT_UP : EVENT_PORT_DOWN,
			now == PORT_LINK_GONE ? "device vanished"
			: now == PORT_LINK_UP ? "link up"
					      : "link down");
	if (is_other_mac)
		mac_tell(app, d, &mac);
	return now != before || mtu != d->dev->mtu || is_other_mac;
}

// Open devices: what has changed, and which must be closed, since they vanished or became something else?
static void open_poll(struct app *app, bool *is_changed, bool pick[SNAP_DEVS_MAX])
{
	for (int i = 0; i < SNAP_DEVS_MAX; i++) {
		struct app_dev *d = &app->devs[i];

		pick[i] = false;
		if (!d->is_used || d->dev == NULL)
			continue;
		d->is_touched = false;
		bool has_changed = open_look(app, d);
		pick[i] = d->dev->link == PORT_LINK_GONE || device_must_reopen(d);
		// one that is withdrawn gets a snapshot of its own
		if (!pick[i] && has_changed)
			*is_changed = true;
	}
}

// was_error: why it was absent until now.
static void opened_tell(struct app *app, const struct app_dev *d, bool has_changed, const char *was_error)
{
	bool is_up = d->dev->link == PORT_LINK_UP;
	char text[EVENT_TEXT_SIZE];
	struct base_text t;

	if (!has_changed) {
		dev_tell(app, d, is_up ? EVENT_PORT_UP : EVENT_PORT_DOWN,
			is_up ? "device opened, link up" : "device opened, link down");
		return;
	}
	base_text_init(&t, text, sizeof(text));
	base_text_add(&t, "%s; opened anew: %s", was_error, d->dev->why);
	dev_tell(app, d, EVENT_PORT_CHANGED, text);
}

// Once for each reason. One that is not there is no failure.
static void failure_tell(struct app *app, struct app_dev *d)
{
	if (d->n_failures == 0 || d->err == ENODEV || d->is_told)
		return;
	d->is_told = true;
	dev_tell(app, d, EVENT_PORT_FAILED, d->error);
}

static void absent_poll(struct app *app, bool *is_changed)
{
	for (int i = 0; i < SNAP_DEVS_MAX; i++) {
		struct app_dev *d = &app->devs[i];
		char was_error[PORT_ERROR_LEN];

		if (!d->is_used || d->dev != NULL)
			continue;
		failure_tell(app, d);
		if (!device_is_due(d))
			continue;
		bool has_changed = d->is_stale;
		base_text_copy(was_error, sizeof(was_error), d->error);
		device_open(app, d);
		failure_tell(app, d);
		if (d->dev == NULL)
			continue;
		d->is_polled = true;
		*is_changed = true;
		opened_tell(app, d, has_changed, was_error);
	}
}

void ports_poll(struct app *app)
{
	bool pick[SNAP_DEVS_MAX];
	bool is_changed = false;

	open_poll(app, &is_changed, pick);
	if (devs_withdraw(app, app->conf, pick) != 0)
		return;
	absent_poll(app, &is_changed);
	if (is_changed)
		(void)publish(app, app->conf);
}

int ports_publish(struct app *app)
{
	return publish(app, app->conf);
}

void ports_close(struct app *app)
{
	bool pick[SNAP_DEVS_MAX];

	for (int d = 0; d < SNAP_DEVS_MAX; d++)
		pick[d] = app->devs[d].is_used && app->devs[d].dev != NULL;
	if (app->conf != NULL)
		(void)devs_withdraw(app, app->conf, pick);
}
