// SPDX-License-Identifier: BSD-3-Clause
// The argument "port". Under app_lock().
#include "slot_arg.h"
#include "slots.h"

int slot_arg_read(const struct app *app, const char *name, struct api_error *err)
{
	if (name == NULL)
		return SNAP_PORTS_MAX;
	int slot = slots_find(app, name);
	if (slot < 0)
		api_fail(err, API_ERROR_NOT_FOUND, "no port %s; `romonctl ports` lists them", name);
	return slot;
}

bool slot_arg_is_asked(const struct app *app, uint32_t s, int only)
{
	return app->slots[s].is_used && (only == SNAP_PORTS_MAX || s == (uint32_t)only);
}
