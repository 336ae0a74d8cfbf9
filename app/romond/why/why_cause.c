// SPDX-License-Identifier: BSD-3-Clause
// From the reason for which frames are dropped to its likely cause, and the facts of it. Control thread,
// under app_lock().
#include <string.h>

#include "trend.h"
#include "why.h"
#include "why_other.h"

#define MTU_DEFAULT 1500

typedef void (*tell_fn)(const struct why_port *p, struct why_finding *f);

const struct wire_hdr *why_bad_header(const struct app_bad_frame *bad, struct wire_l2 *l2)
{
	if (bad->reason == DP_DROP_NONE || wire_l2_parse(bad->bytes, bad->n_kept, l2) != WIRE_OK ||
		bad->n_kept < (uint32_t)(l2->romon_off + WIRE_HDR_LEN))
		return NULL;
	return (const struct wire_hdr *)(bad->bytes + l2->romon_off);
}

// The same, if the port's last bad frame was dropped for this reason.
static const struct wire_hdr *sample_of(const struct why_port *p, enum dp_reason reason, struct wire_l2 *l2)
{
	return p->slot->bad.reason == reason ? why_bad_header(&p->slot->bad, l2) : NULL;
}

static void sender_add(const struct why_port *p, enum dp_reason reason, struct why_finding *f)
{
	const struct app_bad_frame *bad = &p->slot->bad;

	if (bad->reason == reason && bad->n_kept >= WIRE_ETH_LEN)
		why_fact_add(f, WHY_FACT_SENDER, base_mac_u64(bad->bytes + BASE_MAC_LEN));
}

static void channel_tell(const struct why_port *p, struct why_finding *f)
{
	const struct app_foreign *last = trend_foreign_last(&p->slot->trend);
	uint8_t own = p->app->conf->romon.channel;

	if (last == NULL) {
		f->cause = WHY_CHANNEL_UNKNOWN;
		why_fact_add(f, WHY_FACT_OWN_CHANNEL, own);
		return;
	}
	why_fact_add(f, WHY_FACT_MAC, last->mac);
	why_fact_add(f, WHY_FACT_CHANNEL, last->channel);
	if (last->channel == own) { // the configuration has changed since
		f->cause = WHY_CHANNEL_BEFORE;
		return;
	}
	why_fact_add(f, WHY_FACT_ID, last->id);
	why_fact_add(f, WHY_FACT_OWN_CHANNEL, own);
	if (own != 0)
		why_fact_add(f, WHY_FACT_IS_SET, 1);
}

static void auth_flood_tell(const struct why_port *p, struct why_finding *f)
{
	sender_add(p, DP_DROP_AUTH_UNKNOWN, f);
}

static void vlan_unknown_tell(const struct why_port *p, struct why_finding *f)
{
	struct wire_l2 l2;

	if (sample_of(p, DP_DROP_VLAN_UNKNOWN, &l2) == NULL)
		return;
	if (l2.vid == 0)
		f->cause = WHY_UNTAGGED;
	else
		why_fact_add(f, WHY_FACT_VLAN, l2.vid);
}

void why_filter_add(struct why_finding *f, const struct conf *conf, int filter)
{
	const char *port = conf->filters[filter].port;

	why_fact_add(f, WHY_FACT_FILTER, (uint64_t)filter);
	why_fact_add_text(f, WHY_FACT_FILTER_PORT, port[0] == '\0' ? "all" : port);
}

// Which filter refused the port's last sample.
static void filtered_tell(const struct why_port *p, struct why_finding *f)
{
	const struct conf *c = p->app->conf;
	const struct app_refused *r = &p->slot->trend.filtered;
	const uint64_t ids[] = {r->src_id, r->dst_id};

	for (int i = 0; i < 4 && r->at_ms != 0; i++) {
		uint64_t id = i < 2 ? ids[i] : 0;
		uint16_t service = i < 2 ? 0 : r->services[3 - i];

		if (id == 0 && service == 0)
			continue;
		int filter = why_filter_find(c, p->slot->name, id, service);
		if (filter < 0)
			filter = why_filter_find(c, NULL, id, service);
		if (filter < 0)
			continue;
		why_filter_add(f, c, filter);
		why_fact_add(f, id != 0 ? WHY_FACT_ID : WHY_FACT_SERVICE, id != 0 ? id : service);
		return;
	}
}

// A Discover names the forwarders that it has passed, Data all those of its way.
static void hop_limit_tell(const struct why_port *p, struct why_finding *f)
{
	uint32_t limit = p->app->conf->romon.hop_limit;
	uint32_t wanted = 2 * limit < WIRE_HOPS_MAX ? 2 * limit : WIRE_HOPS_MAX;
	struct wire_l2 l2;
	const struct wire_hdr *h = sample_of(p, DP_DROP_HOP_LIMIT, &l2);

	why_fact_add(f, WHY_FACT_LIMIT, limit);
	if (h != NULL) {
		bool is_data = h->type == WIRE_TYPE_DATA;
		uint32_t n = is_data && h->n_hops > 0 ? h->n_hops - 1u : h->n_hops;

		why_fact_add(f, WHY_FACT_ID, base_mac_u64(&h->src_id));
		why_fact_add(f, is_data ? WHY_FACT_ON_WAY : WHY_FACT_BEHIND, n);
		wanted = is_data ? n : n + 1;
	}
	if (wanted <= limit && limit < WIRE_HOPS_MAX)
		why_fact_add(f, WHY_FACT_IS_OVER, 1);
	else if (wanted > limit && wanted <= WIRE_HOPS_MAX)
		why_fact_add(f, WHY_FACT_WANTED, wanted);
	why_fact_add(f, WHY_FACT_HOPS_MAX, WIRE_HOPS_MAX);
}

// The ports of a set, and the only one if it is one.
static void ports_add(struct why_finding *f, uint64_t set)
{
	if (set == 0)
		return;
	why_fact_add(f, WHY_FACT_PORTS, set);
	if ((set & (set - 1)) == 0)
		why_fact_add(f, WHY_FACT_THE_PORT, (uint64_t)__builtin_ctzll(set));
}

static void not_up_tell(const struct why_port *p, struct why_finding *f)
{
	ports_add(f, why_others(p, WHY_NOT_UP));
}

static void storm_tell(const struct why_port *p, struct why_finding *f)
{
	const struct conf_group *g = &p->app->conf->groups[p->conf->group_idx];

	why_fact_add(f, WHY_FACT_LIMIT, g->storm_limit_pps);
	why_fact_add(f, WHY_FACT_WANTED, (uint32_t)(2 * g->storm_limit_pps));
}

static void egress_forbidden_tell(const struct why_port *p, struct why_finding *f)
{
	ports_add(f, why_others(p, WHY_STATE(PORT_STATE_FORBIDDEN)));
}

// May a frame that comes in by p leave by that port?
static bool is_exit(const struct why_port *p, uint32_t s)
{
	const struct app_slot *slot = &p->app->slots[s];

	if (!slot->is_used || s == p->s)
		return false;
	const struct conf_port *c = slots_conf(p->app, slot);
	return c->mode == p->conf->mode && (!p->is_relay || c->group_idx == p->conf->group_idx);
}

// Which port it was is not counted: of those that frames may leave by, the one that takes least.
static void egress_mtu_tell(const struct why_port *p, struct why_finding *f)
{
	uint16_t own_mtu = p->dev != NULL && p->dev->dev != NULL ? p->dev->dev->mtu : 0;
	uint32_t least = WHY_NO_PORT;
	uint16_t least_mtu = 0;

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_dev *d = is_exit(p, s) ? slots_dev(p->app, &p->app->slots[s]) : NULL;

		if (d == NULL || d->dev == NULL || (least != WHY_NO_PORT && d->dev->mtu >= least_mtu))
			continue;
		least = s;
		least_mtu = d->dev->mtu;
	}
	if (least == WHY_NO_PORT)
		return;
	why_fact_add(f, WHY_FACT_THE_PORT, least);
	why_fact_add(f, WHY_FACT_MTU, least_mtu);
	why_fact_add_text(f, WHY_FACT_ITS_DEVICE, slots_conf(p->app, &p->app->slots[least])->device);
	if (own_mtu > least_mtu)
		why_fact_add(f, WHY_FACT_WANTED, own_mtu);
}

// A limit, and twice as much.
static void limit_add(struct why_finding *f, uint32_t limit)
{
	why_fact_add(f, WHY_FACT_LIMIT, limit);
	why_fact_add(f, WHY_FACT_WANTED, (uint32_t)(2 * limit));
}

static void rate_discover_tell(const struct why_port *p, struct why_finding *f)
{
	limit_add(f, p->app->conf->limits.discover_in_pps);
}

static void rate_origin_tell(const struct why_port *p, struct why_finding *f)
{
	const struct app_refused *last = &p->slot->trend.excess;

	limit_add(f, p->app->conf->limits.answers_per_origin_pps);
	if (last->at_ms != 0)
		why_fact_add(f, WHY_FACT_ID, last->src_id);
}

static void rate_punt_tell(const struct why_port *p, struct why_finding *f)
{
	limit_add(f, p->app->conf->limits.punt_pps);
}

static void no_mbuf_tell(const struct why_port *p, struct why_finding *f)
{
	why_fact_add(f, WHY_FACT_MBUFS, p->app->n_mbufs);
	why_fact_add(f, WHY_FACT_WANTED, (uint32_t)(2 * p->app->n_mbufs));
}

static void no_egress_tell(const struct why_port *p, struct why_finding *f)
{
	why_fact_add(f, WHY_FACT_PORTS, why_others(p, WHY_CONFIGURED));
}

void why_grown_add(const struct why_port *p, struct why_finding *f, const char *reason, uint64_t count,
	uint64_t at_ms, struct why_list *findings, struct why_list *earlier)
{
	f->reason = reason;
	f->count = count;
	f->age_ms = p->now_ms - at_ms;
	why_list_add(trend_is_now(p->app, &p->slot->trend, at_ms) ? findings : earlier, f);
}

// Frames that the parser refuses: one finding, whatever is wrong with them.
static void malformed_find(const struct why_port *p, struct why_list *findings, struct why_list *earlier)
{
	const struct app_trend *trend = &p->slot->trend;
	enum dp_reason last = DP_DROP_NONE;
	uint64_t count = 0;
	struct why_finding f;

	for (enum dp_reason r = DP_DROP_NONE + 1; r <= DP_DROP_ROUTE_COUNT; r++) {
		if (r == DP_DROP_NOT_ROMON || r == DP_DROP_VLAN_DEPTH || p->totals->drops[r] == 0)
			continue;
		count += p->totals->drops[r];
		if (last == DP_DROP_NONE || trend->drops_ms[r] > trend->drops_ms[last])
			last = r;
	}
	if (last == DP_DROP_NONE)
		return;
	why_finding_init(&f, WHY_MALFORMED, p->s);
	why_fact_add_text(&f, WHY_FACT_REASON, dp_reason_name(last));
	why_fact_add_text(&f, WHY_FACT_HELP, dp_reason_help(last));
	sender_add(p, last, &f);
	if (last == DP_DROP_LENGTH_LONG)
		why_fact_add(&f, WHY_FACT_MTU,
			p->dev != NULL && p->dev->dev != NULL ? p->dev->dev->mtu : MTU_DEFAULT);
	why_grown_add(p, &f, dp_reason_name(last), count, trend->drops_ms[last], findings, earlier);
}

// Addresses that push each other out of a table.
static void evicted_find(const struct why_port *p, struct why_list *findings, struct why_list *earlier)
{
	const struct app_trend *trend = &p->slot->trend;
	uint32_t most = p->app->boot_conf->limits.neighbors_per_port;
	struct why_finding f;

	if (trend->evicted_ms == 0)
		return;
	why_finding_init(&f, WHY_MANY_ADDRESSES, p->s);
	why_fact_add(&f, WHY_FACT_LIMIT, most);
	why_fact_add(&f, WHY_FACT_WANTED, (uint32_t)(4 * most));
	why_grown_add(p, &f, "evicted", trend->n_evicted, trend->evicted_ms, findings, earlier);
}

// What a drop reason usually means, the likeliest first. Reasons that are normal in a healthy network are
// not listed.
static const struct row {
	enum dp_reason reason;
	enum why_cause cause;
	const char *brief; // what it means for a node whose frames are dropped so; NULL = nothing, or:
	bool is_brief;     // the cause's own sentence says it, which has no facts
	bool names_sender;
	tell_fn tell; // adds the facts, or chooses a nearer cause; NULL = there are none
	bool (*matters)(const struct why_port *p);
	bool (*is_over)(const struct why_port *p, enum dp_reason reason); // though it was a moment ago
	// instead of all those: looks for itself
	void (*find)(const struct why_port *p, struct why_list *findings, struct why_list *earlier);
} rows[] = {
	{DP_DROP_CHANNEL, WHY_CHANNEL, "it uses another overlay channel", .tell = channel_tell},
	{DP_DROP_AUTH_UNKNOWN, WHY_SECRET_UNKNOWN, "it signs with a secret that we do not have",
		.names_sender = true},
	{DP_DROP_AUTH_MISSING, WHY_SECRET_MISSING, "it does not sign, and this port wants that",
		.names_sender = true},
	{DP_DROP_AUTH_FLOOD, WHY_SIGNATURE_FLOOD, .tell = auth_flood_tell},
	{DP_DROP_AUTH_UNSYNCED, WHY_UNSYNCED, "it signs well, but has not shown that its frames are of now",
		.names_sender = true, .is_over = why_is_synced},
	{DP_DROP_AUTH_REPLAY, WHY_REPLAY, "its frames are signed well, but seen before or old",
		.names_sender = true},
	{DP_DROP_FILTERED, WHY_FILTERED, "a filter refuses it", .tell = filtered_tell},
	{DP_DROP_HOP_LIMIT, WHY_TOO_FAR, "it is further away than romon.hop-limit", .tell = hop_limit_tell},
	{DP_DROP_VLAN_UNKNOWN, WHY_VLAN_UNSERVED, "it is in a VLAN that no port serves",
		.tell = vlan_unknown_tell},
	{.find = malformed_find}, // after what is only set otherwise
	{DP_DROP_VLAN_DEPTH, WHY_TWO_TAGS, .is_brief = true},
	{DP_DROP_RELAY_LOOP, WHY_RELAY_LOOP},
	{DP_DROP_STORM_LIMIT, WHY_STORM, .tell = storm_tell},
	{DP_DROP_RELAY_ALONE, WHY_RELAY_ALONE, .tell = not_up_tell, .is_over = why_is_all_up},
	{DP_DROP_EGRESS_DOWN, WHY_EGRESS_DOWN, .tell = not_up_tell, .is_over = why_is_all_up},
	{DP_DROP_EGRESS_FORBIDDEN, WHY_EGRESS_FORBIDDEN, .tell = egress_forbidden_tell},
	{DP_DROP_EGRESS_MTU, WHY_EGRESS_MTU, .tell = egress_mtu_tell},
	{DP_DROP_NO_MBUF, WHY_NO_MBUFS, .tell = no_mbuf_tell},
	{DP_DROP_RATE_DISCOVER, WHY_MANY_DISCOVERS, .tell = rate_discover_tell},
	{DP_DROP_RATE_ORIGIN, WHY_EAGER_ORIGIN, .tell = rate_origin_tell},
	{DP_DROP_RATE_PUNT, WHY_MANY_FOR_US, .tell = rate_punt_tell},
	{DP_DROP_PUNT_FULL, WHY_CONTROL_SLOW, .is_brief = true},
	{DP_DROP_TX_FULL, WHY_DEVICE_SLOW},
	{DP_DROP_ACROSS_FULL, WHY_EGRESS_WORKER_SLOW, .is_brief = true},
	{DP_DROP_DISPATCH_FULL, WHY_DISPATCH_WORKER_SLOW, .is_brief = true},
	{DP_DROP_NO_EGRESS, WHY_NO_EGRESS, .tell = no_egress_tell, .matters = why_no_egress_matters,
		.is_over = why_is_any_up},
	{DP_DROP_HOP_NOT_US, WHY_STALE_PATH, "its path to us is stale", .is_over = why_is_brief},
	{DP_DROP_LINK_UNKNOWN, WHY_STALE_PATH, "its path is stale", .is_over = why_is_brief},
	{DP_DROP_RESP_NO_WAY, WHY_ANSWERS_LOST, .is_brief = true, .is_over = why_is_brief},
	{DP_DROP_TOO_LONG, WHY_TOO_LONG, .is_brief = true},
	{DP_DROP_SRC_OWN, WHY_OWN_SEGMENT, .is_brief = true},
	{DP_DROP_SRC_GROUP, WHY_GROUP_SOURCE, .is_brief = true},
	{DP_DROP_DST_OTHER, WHY_FOR_OTHERS, .is_brief = true},
	{.find = evicted_find},
};

const char *why_cause_text(enum dp_reason reason)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		if (rows[i].find == NULL && rows[i].reason == reason)
			return rows[i].is_brief ? why_sentence_plain(rows[i].cause) : rows[i].brief;
	}
	return reason <= DP_DROP_ROUTE_COUNT && reason != DP_DROP_NOT_ROMON ? dp_reason_help(reason) : NULL;
}

bool why_cause_is_over(const struct why_port *p, enum dp_reason reason)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		if (rows[i].find == NULL && rows[i].reason == reason && rows[i].is_over != NULL)
			return rows[i].is_over(p, reason);
	}
	return false;
}

int why_filter_find(const struct conf *conf, const char *port, uint64_t id, uint16_t service)
{
	for (uint32_t f = 0; f < conf->n_filters; f++) {
		const struct conf_filter *row = &conf->filters[f];

		if (port != NULL && row->port[0] != '\0' && strcmp(row->port, port) != 0)
			continue;
		for (uint32_t i = 0; id != 0 && i < row->deny_ids.n; i++) {
			if (base_mac_u64(&row->deny_ids.id[i]) == id)
				return (int)f;
		}
		for (uint32_t i = 0; service != 0 && i < row->n_deny_services; i++) {
			if (row->deny_services[i] == service)
				return (int)f;
		}
	}
	return -ENOENT;
}

void why_cause_findings(const struct why_port *p, struct why_list *findings, struct why_list *earlier)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct why_finding f;

		if (row->find != NULL) {
			row->find(p, findings, earlier);
			continue;
		}
		if (p->totals->drops[row->reason] == 0 || (row->matters != NULL && !row->matters(p)))
			continue;
		why_finding_init(&f, row->cause, p->s);
		if (row->names_sender)
			sender_add(p, row->reason, &f);
		if (row->tell != NULL)
			row->tell(p, &f);
		bool is_over = row->is_over != NULL && row->is_over(p, row->reason);
		why_grown_add(p, &f, dp_reason_name(row->reason), p->totals->drops[row->reason],
			p->slot->trend.drops_ms[row->reason], is_over ? earlier : findings, earlier);
	}
}
