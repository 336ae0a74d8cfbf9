// SPDX-License-Identifier: BSD-3-Clause
// Ports and devices at run time. Control thread, under app_lock().
//
// A device is handed to workers by a snapshot and taken back by the next one; it is opened before the
// first and closed after the second, so no worker ever polls a device that is not open.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "base_text.h"
#include "counters.h"
#include "device.h"
#include "events.h"
#include "placement.h"
#include "ports.h"
#include "ports_state.h"
#include "publish.h"
#include "rates.h"
#include "signers.h"

LOG_TYPE("port");

#define PORTS_MS 200 // between two looks at links

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

static int dev_take(struct app *app, const char *device)
{
	int d = slots_dev_named(app, device);

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

// Close what workers have let go of. Those that no port wants are forgotten. True: none is left to be closed.
static bool leaving_close(struct app *app, const struct conf *conf)
{
	bool may_close = snap_settle(app->snaps, 0) && !app->ports->is_snap_due;
	bool is_over = true;

	for (int i = 0; i < SNAP_DEVS_MAX; i++) {
		struct app_dev *d = &app->devs[i];

		if (!d->is_leaving)
			continue;
		is_over = may_close;
		if (!may_close) {
			base_text_copy(d->error, sizeof(d->error),
				"a worker does not report (`romonctl workers`): the device is closed when it does");
			continue;
		}
		d->is_leaving = false;
		device_close(d);
		if (!dev_wanted(conf, d->device).is_used)
			*d = (struct app_dev){.is_used = false};
	}
	return is_over;
}

// Take the picked devices from the workers, then close them: at once, or when the workers have let go of
// them.
static int devs_withdraw(struct app *app, const struct conf *conf, const bool pick[SNAP_DEVS_MAX])
{
	bool is_any = false;

	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		if (!pick[d])
			continue;
		app->devs[d].is_polled = false;
		app->devs[d].is_leaving = true;
		is_any = true;
	}
	int err = is_any ? publish_conf(app, conf) : 0;
	if (is_any)
		(void)leaving_close(app, conf);
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
		int s = slots_find(app, conf->ports[i].name);

		for (uint32_t k = 0; s < 0 && k < SNAP_PORTS_MAX; k++) {
			if (!app->slots[k].is_used) {
				slot_take(app, k, conf->ports[i].name);
				s = (int)k;
			}
		}
		assert(s >= 0); // as many slots as ports can be configured
		app->slots[s].conf_idx = i;
		app->slots[s].dev_idx = slots_dev_find(app, &conf->ports[i]);
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

		pick[d] = now->is_used && now->dev != NULL && !now->is_leaving &&
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
			if (!d->is_leaving)
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
		d->is_polled = d->dev != NULL && !d->is_leaving;
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
	err = publish_conf(app, conf);
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

// The port takes the new address with the next snapshot. Neighbors know the old one: discovery hears of this
// event.
static void mac_tell(struct app *app, const struct app_dev *d, const struct base_mac *before)
{
	char was[BASE_MAC_TEXT_LEN];
	char now[BASE_MAC_TEXT_LEN];
	char text[80];

	snprintf(text, sizeof(text), "its MAC address was %s and is %s", base_mac_format(before, was),
		base_mac_format(&d->dev->mac, now));
	dev_tell(app, d, EVENT_PORT_MAC_CHANGED, text);
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
		if (!d->is_used || d->dev == NULL || d->is_leaving)
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

int ports_begin(struct app *app)
{
	app->ports = calloc(1, sizeof(*app->ports));
	if (app->ports == NULL)
		return base_errno_set(ENOMEM);
	app->ports->links_fd = -1;
	app->ports->rates = calloc(SNAP_WORKERS_MAX, sizeof(*app->ports->rates));
	if (app->ports->rates == NULL) {
		ports_end(app);
		return base_errno_set(ENOMEM);
	}
	return 0;
}

void ports_end(struct app *app)
{
	if (app->ports != NULL)
		free(app->ports->rates);
	free(app->ports);
	app->ports = NULL;
}

void ports_poll(struct app *app)
{
	bool pick[SNAP_DEVS_MAX];
	bool is_changed = app->ports->is_snap_due;

	(void)leaving_close(app, app->conf);
	open_poll(app, &is_changed, pick);
	if (devs_withdraw(app, app->conf, pick) != 0)
		return;
	absent_poll(app, &is_changed);
	if (is_changed)
		(void)publish_conf(app, app->conf);
}

// Not each 200 ms, but 200 ms after the last look: word of the kernel makes one due at once (links_watch.c).
bool ports_tick(struct app *app, uint64_t now_ms)
{
	if (now_ms - app->ports->polled_ms < PORTS_MS)
		return false;
	app->ports->polled_ms = now_ms;
	ports_poll(app);
	return false;
}

void ports_close(struct app *app)
{
	bool pick[SNAP_DEVS_MAX];

	for (int d = 0; d < SNAP_DEVS_MAX; d++)
		pick[d] = app->devs[d].is_used && app->devs[d].dev != NULL;
	if (app->conf == NULL)
		return;
	(void)devs_withdraw(app, app->conf, pick);
	// the end waits for workers: nothing may be closed under them
	while (!leaving_close(app, app->conf)) {
		if (app->ports->is_snap_due)
			(void)publish_conf(app, app->conf);
		(void)snap_settle(app->snaps, PUBLISH_SETTLE_US);
	}
}
