// SPDX-License-Identifier: BSD-3-Clause
// Other ports and later frames as witnesses. Control thread, under app_lock().
#include "why_other.h"

uint64_t why_others(const struct why_port *p, uint32_t states)
{
	uint64_t set = 0;

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &p->app->slots[s];

		if (!slot->is_used || s == p->s)
			continue;
		const struct conf_port *c = slots_conf(p->app, slot);
		if ((c->mode == CONF_MODE_RELAY) == p->is_relay &&
			(!p->is_relay || c->group_idx == p->conf->group_idx) &&
			(states & WHY_STATE(slots_state(p->app, slot))) != 0)
			set |= UINT64_C(1) << s;
	}
	return set;
}

bool why_no_egress_matters(const struct why_port *p)
{
	return why_others(p, WHY_CONFIGURED) != 0;
}

bool why_is_all_up(const struct why_port *p, enum dp_reason reason)
{
	(void)reason;
	return why_others(p, WHY_NOT_UP) == 0;
}

bool why_is_any_up(const struct why_port *p, enum dp_reason reason)
{
	(void)reason;
	return why_others(p, WHY_STATE(PORT_STATE_UP)) != 0;
}

// Paths of before a start, or before a link came back, live on for a moment.
bool why_is_brief(const struct why_port *p, enum dp_reason reason)
{
	const struct app_trend *t = &p->slot->trend;

	return t->drops_ms[reason] - t->drops_first_ms[reason] < WHY_BRIEF_MS;
}

// Was a frame of this sender taken since at_ms? It stands in the table of neighbors by what passed only.
static bool is_taken_since(const struct why_port *p, uint64_t mac, uint64_t at_ms)
{
	for (uint32_t k = 0; k < p->app->n_workers; k++) {
		const struct nbr_table *t = dp_worker_neighbors(p->app->workers[k]);
		uint32_t now_ms = dp_worker_now_ms(p->app->workers[k]);

		for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
			struct nbr_row row;

			if (!nbr_table_row(t, i, &row) || row.port != p->s || nbr_key_mac(row.key) != mac)
				continue;
			uint32_t age_ms = (int32_t)(now_ms - row.last_ms) < 0 ? 0 : now_ms - row.last_ms;
			if (age_ms <= p->now_ms - at_ms)
				return true;
		}
	}
	return false;
}

// The first frame of each neighbor after a start is dropped so, and asked back; what counts is whether it was
// taken up then.
bool why_is_synced(const struct why_port *p, enum dp_reason reason)
{
	const struct app_bad_frame *bad = &p->slot->bad;
	uint64_t at_ms = p->slot->trend.drops_ms[reason];

	if (bad->reason == reason && bad->n_kept >= WIRE_ETH_LEN) {
		if (is_taken_since(p, base_mac_u64(bad->bytes + BASE_MAC_LEN), bad->at_ms))
			return true;
		return why_is_brief(p, reason) && p->now_ms - at_ms < WHY_BRIEF_MS;
	}
	return why_is_brief(p, reason);
}
