// SPDX-License-Identifier: BSD-3-Clause
// Counting what is refused. Control thread.
#include "refused.h"

void refused_count(struct app *app, uint8_t slot, enum node_refused why)
{
	if (slot < SNAP_PORTS_MAX)
		app->slots[slot].refused[why]++;
}

json_t *refused_json(const struct app *app)
{
	json_t *list = json_array();

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &app->slots[s];

		for (uint32_t r = NODE_REFUSED_INVALID + 1; slot->is_used && r < NODE_N_REFUSED; r++) {
			if (slot->refused[r] > 0)
				json_array_append_new(list,
					json_pack("{s:s, s:s, s:I, s:s}", "reason", node_refused_name(r),
						"port", slot->name, "count", (json_int_t)slot->refused[r],
						"help", node_refused_help(r)));
		}
	}
	return list;
}
