// SPDX-License-Identifier: BSD-3-Clause
// The ports as they are now: by name, by slot, with their device. Under app_lock().
#include <string.h>

#include "slots.h"

int slots_find(const struct app *app, const char *name)
{
	for (int s = 0; s < SNAP_PORTS_MAX; s++) {
		if (app->slots[s].is_used && strcmp(app->slots[s].name, name) == 0)
			return s;
	}
	return -ENOENT;
}

const struct conf_port *slots_conf(const struct app *app, const struct app_slot *slot)
{
	return &app->conf->ports[slot->conf_idx];
}

const struct app_dev *slots_dev(const struct app *app, const struct app_slot *slot)
{
	return slot->dev_idx < 0 ? NULL : &app->devs[slot->dev_idx];
}

enum port_state slots_state(const struct app *app, const struct app_slot *slot)
{
	const struct conf_port *c = slots_conf(app, slot);
	const struct app_dev *d = slots_dev(app, slot);

	if (c->is_disabled || d == NULL)
		return PORT_STATE_DISABLED;
	if (d->dev == NULL || d->is_leaving)
		return PORT_STATE_ABSENT;
	if (c->forbid)
		return PORT_STATE_FORBIDDEN;
	return d->dev->link == PORT_LINK_UP ? PORT_STATE_UP : PORT_STATE_DOWN;
}

const char *slots_state_name(enum port_state state)
{
	switch (state) {
	case PORT_STATE_UP:
		return "up";
	case PORT_STATE_DOWN:
		return "down";
	case PORT_STATE_ABSENT:
		return "absent";
	case PORT_STATE_DISABLED:
		return "disabled";
	case PORT_STATE_FORBIDDEN:
		return "forbidden";
	case PORT_STATE_INVALID:
		break;
	}
	return "invalid";
}

int slots_dev_named(const struct app *app, const char *device)
{
	for (int d = 0; d < SNAP_DEVS_MAX; d++) {
		if (app->devs[d].is_used && strcmp(app->devs[d].device, device) == 0)
			return d;
	}
	return -ENOENT;
}

int slots_dev_find(const struct app *app, const struct conf_port *port)
{
	return port->is_disabled ? -ENOENT : slots_dev_named(app, port->device);
}

// A row that a port's former life left in the table is not that port's neighbor.
bool slots_row_is_current(const struct app *app, const struct nbr_row *row, bool is_source)
{
	const struct app_slot *slot = &app->slots[row->port];

	if (!slot->is_used)
		return false;
	if (is_source)
		return slots_conf(app, slot)->mode == CONF_MODE_RELAY;
	return slots_conf(app, slot)->mode == CONF_MODE_NODE &&
	       nbr_key_tag(row->key) == snap_port_tag((uint8_t)row->port, slot->generation);
}
