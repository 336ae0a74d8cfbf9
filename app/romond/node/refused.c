// SPDX-License-Identifier: BSD-3-Clause
// Counting what is refused. Control thread.
#include "refused.h"
#include "app.h"

void refused_count(struct app *app, uint8_t slot, enum node_refused why)
{
	if (slot < SNAP_PORTS_MAX)
		app->slots[slot].refused[why]++;
}
