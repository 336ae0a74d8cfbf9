// SPDX-License-Identifier: BSD-3-Clause
// The ports as they are now: by name, by slot, with their device. Under app_lock().
#pragma once

#include "app.h"

// The slot of a port by name, or -ENOENT.
int slots_find(const struct app *app, const char *name);

// The device of that name: its index in app->devs, or -ENOENT when nobody has taken it.
int slots_dev_named(const struct app *app, const char *device);

// The device of a port of any configuration: its index in app->devs, or -ENOENT when the port is disabled or
// nobody has taken the device.
int slots_dev_find(const struct app *app, const struct conf_port *port);

const struct conf_port *slots_conf(const struct app *app, const struct app_slot *slot);
const struct app_dev *slots_dev(const struct app *app, const struct app_slot *slot); // NULL = disabled

enum port_state {
	PORT_STATE_INVALID,
	PORT_STATE_UP,
	PORT_STATE_DOWN,
	PORT_STATE_ABSENT, // there is no such device, or it cannot be opened
	PORT_STATE_DISABLED,
	PORT_STATE_FORBIDDEN,
};

enum port_state slots_state(const struct app *app, const struct app_slot *slot);
const char *slots_state_name(enum port_state state); // "up"

// Is a row of a worker's neighbors (is_source: of its relayed sources) one of the port that has the slot now?
bool slots_row_is_current(const struct app *app, const struct nbr_row *row, bool is_source);
