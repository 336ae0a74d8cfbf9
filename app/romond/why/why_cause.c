// SPDX-License-Identifier: BSD-3-Clause
// From the reason for which frames are dropped to its likely cause, and to what mends it. Control thread,
// under app_lock().
#include <inttypes.h>
#include <string.h>

#include "base_be.h"
#include "counters.h"
#include "ports.h"
#include "trend.h"
#include "why.h"
#include "wire_name.h"
#include "wire_parse.h"
#include "xchg_channel.h"

typedef void (*tell_fn)(const struct why_port *p, struct why_text *t);

// The RoMON part of the port's last bad frame, if that was dropped for this reason; else NULL.
static const uint8_t *sample_of(const struct why_port *p, enum dp_reason reason, struct wire_l2 *l2)
{
	const struct app_bad_frame *bad = &p->slot->bad;

	if (bad->reason != reason || wire_l2_parse(bad->bytes, bad->n_kept, l2) != WIRE_OK ||
		bad->n_kept < (uint32_t)(l2->romon_off + WIRE_HDR_LEN))
		return NULL;
	return bad->bytes + l2->romon_off;
}

// " (the last one came from 02:..)", if that is known.
static void sender_add(const struct why_port *p, enum dp_reason reason, struct base_text *t)
{
	const struct app_bad_frame *bad = &p->slot->bad;

	if (bad->reason == reason && bad->n_kept >= WIRE_ETH_LEN)
		base_text_add(t, " (the last one came from %s)",
			why_mac(base_mac_u64(bad->bytes + BASE_MAC_LEN)).text);
}

static void channel_tell(const struct why_port *p, struct why_text *t)
{
	const struct app_foreign *last = &p->slot->trend.foreign[0];
	uint8_t own = p->app->conf->romon.channel;

	for (int i = 1; i < APP_FOREIGN_MAX; i++) {
		if (p->slot->trend.foreign[i].at_ms > last->at_ms)
			last = &p->slot->trend.foreign[i];
	}
	if (last->at_ms == 0) {
		base_text_add(&t->cause, "a neighbor uses another overlay channel than ours, which is %s",
			why_channel(own).text);
		why_text_set(p->app, &t->mend, "romon.channel", "CHANNEL");
		return;
	}
	if (last->channel == own) { // the configuration has changed since
		base_text_add(&t->cause, "%s was on channel %s, and this node was not",
			why_mac(last->mac).text, why_channel(own).text);
		return;
	}
	base_text_add(&t->cause, "wrong channel: %s (id %s) sends on channel %s, this node is on channel %s",
		why_mac(last->mac).text, why_mac(last->id).text, why_channel(last->channel).text,
		why_channel(own).text);
	why_text_set(p->app, &t->mend, "romon.channel", "%s", why_channel(last->channel).text);
	base_text_add(&t->mend, "; or give that node `romon.channel: %s`%s", why_channel(own).text,
		own == 0 ? "" : ", which RouterOS cannot: it speaks channel default only");
}

static void auth_unknown_tell(const struct why_port *p, struct why_text *t)
{
	char key[sizeof(p->key) + 16];

	base_text_add(&t->cause, "secret mismatch: this neighbor signs with a secret that we do not have");
	sender_add(p, DP_DROP_AUTH_UNKNOWN, &t->cause);
	snprintf(key, sizeof(key), "%s.secrets", p->key);
	base_text_add(&t->mend,
		"put that neighbor's secret into `%s` (any place verifies, the first signs), or give it one "
		"of "
		"ours; the list that holds: `romonctl config show`. A RouterOS device may sign in a way that "
		"is "
		"not known yet: docs/auth-probe.md, or carry its frames through a relay group",
		key);
}

static void auth_flood_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause, "more frames with wrong signatures come in than limits.bad-digests, so that "
				 "those of senders that never signed rightly are no longer looked at");
	sender_add(p, DP_DROP_AUTH_UNKNOWN, &t->cause);
	base_text_add(&t->mend,
		"find who sends them: `romonctl torch` and `romonctl capture` of this port; neighbors that "
		"signed rightly before are served meanwhile");
}

static void auth_unsynced_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause,
		"a neighbor signs well, but does not answer our Hello, which asks it whether its "
		"frames are of now");
	sender_add(p, DP_DROP_AUTH_UNSYNCED, &t->cause);
	base_text_add(&t->mend,
		"a few such frames after a start are normal. If they go on: either somebody replays recorded "
		"frames, or that neighbor does not take our Hello: it needs the secret that signs on this "
		"port, "
		"and a way from this port to it (`romonctl why` there)");
}

static void auth_replay_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause, "frames come in that are signed well, but were seen before or are too old");
	sender_add(p, DP_DROP_AUTH_REPLAY, &t->cause);
	base_text_add(&t->mend,
		"either somebody replays recorded frames, or a segment repeats them (a loop), or that "
		"neighbor's "
		"clock was set back by more than 12 days: set its clock, then restart its romond");
}

static void auth_missing_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause, "secret mismatch: a neighbor sends unsigned frames");
	sender_add(p, DP_DROP_AUTH_MISSING, &t->cause);
	base_text_add(&t->cause, ", and the secrets of this port forbid that");
	char key[sizeof(p->key) + 16];

	snprintf(key, sizeof(key), "%s.secrets", p->key);
	why_text_set(p->app, &t->mend, key, "[\"\"]");
	base_text_add(&t->mend,
		"; or give the neighbor the secret. RouterOS signs in a way that is not known yet: "
		"docs/auth-probe.md");
}

static void vlan_unknown_tell(const struct why_port *p, struct why_text *t)
{
	struct wire_l2 l2 = {.vid = 0};
	bool is_known = sample_of(p, DP_DROP_VLAN_UNKNOWN, &l2) != NULL;

	if (is_known && l2.vid == 0) {
		base_text_add(&t->cause,
			"RoMON frames without a VLAN tag arrive, and no port of %s serves those",
			p->conf->device);
		base_text_add(&t->mend, "tag them at the switch, or ");
		why_text_set(p->app, &t->mend, "ports", "{ %s-untagged: { device: %s } }", p->slot->name,
			p->conf->device);
		return;
	}
	base_text_add(&t->cause, "RoMON frames of a VLAN%s arrive that no port of %s serves",
		is_known ? "" : " (which one is not known)", p->conf->device);
	if (!is_known) {
		base_text_add(&t->mend,
			"see it by `tcpdump -eni %s ether proto 0x8100`; add a port with that "
			"vlan, or remove the tag at the switch",
			p->conf->device);
		return;
	}
	base_text_add(&t->cause, ": VLAN %u", l2.vid);
	why_text_set(p->app, &t->mend, "ports", "{ %s-vlan%u: { device: %s, vlan: %u } }", p->slot->name,
		l2.vid, p->conf->device, l2.vid);
	base_text_add(&t->mend, "; or remove the tag at the switch");
}

// Which filter refused the port's last sample; its text is added to t.
static void filter_add(const struct why_port *p, const struct app_refused *r, struct why_text *t)
{
	const struct conf *c = p->app->conf;
	const uint64_t ids[] = {r->src_id, r->dst_id};

	for (int i = 0; i < 4; i++) {
		uint64_t id = i < 2 ? ids[i] : 0;
		uint16_t service = i < 2 ? 0 : r->services[3 - i];
		char key[48];

		if (id == 0 && service == 0)
			continue;
		int f = why_filter_find(c, p->slot->name, id, service);
		if (f < 0)
			f = why_filter_find(c, NULL, id, service);
		if (f < 0)
			continue;
		base_text_add(&t->cause, ": filters[%d] (port: %s) denies %s ", f,
			c->filters[f].port[0] == '\0' ? "all" : c->filters[f].port,
			id != 0 ? "the id" : "the service");
		if (id != 0)
			base_text_add(&t->cause, "%s", why_mac(id).text);
		else
			base_text_add(&t->cause, "%u", service);
		snprintf(key, sizeof(key), "filters[%d].%s", f, id != 0 ? "deny-id" : "deny-service");
		base_text_add(&t->mend, "if it is welcome, take it out of `%s`", key);
		why_text_file(p->app, &t->mend);
		return;
	}
}

static void filtered_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause, "a filter refuses frames");
	if (p->slot->trend.filtered.at_ms != 0)
		filter_add(p, &p->slot->trend.filtered, t);
	if (t->mend.len == 0)
		base_text_add(&t->mend, "see the key filters: `romonctl config show`");
}

// A Discover names the forwarders that it has passed, Data all those of its way.
static void hop_limit_tell(const struct why_port *p, struct why_text *t)
{
	uint32_t limit = p->app->conf->romon.hop_limit;
	uint32_t wanted = 2 * limit < WIRE_HOPS_MAX ? 2 * limit : WIRE_HOPS_MAX;
	struct wire_l2 l2;
	const uint8_t *romon = sample_of(p, DP_DROP_HOP_LIMIT, &l2);
	const struct wire_hdr *h = (const struct wire_hdr *)romon;

	base_text_add(&t->cause, "the way is longer than romon.hop-limit, which is %" PRIu32, limit);
	if (romon != NULL) {
		bool is_data = h->type == WIRE_TYPE_DATA;
		uint32_t n = is_data && h->n_hops > 0 ? h->n_hops - 1u : h->n_hops;

		base_text_add(&t->cause, ": the last such frame, of id %s, %s",
			why_mac(base_mac_u64(&h->src_id)).text, is_data ? "has" : "had");
		base_text_add(&t->cause, " %" PRIu32 " forwarders %s", n,
			is_data ? "on its way" : "behind it, and needs one more");
		wanted = is_data ? n : n + 1;
	}
	if (wanted <= limit && limit < WIRE_HOPS_MAX)
		base_text_add(&t->mend, "nothing: romon.hop-limit was lower then");
	else if (wanted > limit && wanted <= WIRE_HOPS_MAX)
		why_text_set(p->app, &t->mend, "romon.hop-limit", "%" PRIu32, wanted);
	else
		base_text_add(&t->mend, "shorten the way: no node takes more than %u hops", WIRE_HOPS_MAX);
}

static const char *other_state_list(
	const struct why_port *p, bool (*wanted)(const struct why_port *other), struct base_text *names)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_slot *slot = &p->app->slots[s];
		struct why_port other;

		if (!slot->is_used || s == p->s)
			continue;
		why_port_init(&other, p->app, s, NULL);
		if (other.is_relay == p->is_relay &&
			(!p->is_relay || other.conf->group_idx == p->conf->group_idx) && wanted(&other))
			base_text_add(names, "%s%s", names->len == 0 ? "" : ", ", slot->name);
	}
	return names->len == 0 ? NULL : names->buf;
}

static bool is_not_up(const struct why_port *p)
{
	return strcmp(p->state, "down") == 0 || strcmp(p->state, "absent") == 0;
}

static bool is_forbidden(const struct why_port *p)
{
	return strcmp(p->state, "forbidden") == 0;
}

static bool is_configured(const struct why_port *p)
{
	return strcmp(p->state, "disabled") != 0;
}

static void relay_alone_tell(const struct why_port *p, struct why_text *t)
{
	char buf[256];
	struct base_text names;

	base_text_init(&names, buf, sizeof(buf));
	const char *down = other_state_list(p, is_not_up, &names);
	base_text_add(&t->cause, "no other port of relay group %s is up%s%s",
		p->app->conf->groups[p->conf->group_idx].name, down == NULL ? "" : ": ",
		down == NULL ? "" : down);
	base_text_add(&t->mend, "`romonctl why %s`", down == NULL || strchr(down, ',') != NULL ? "" : down);
}

static void relay_loop_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause,
		"a loop: a source is heard on this port and on another one of relay group %s, so their "
		"segments "
		"are joined elsewhere too",
		p->app->conf->groups[p->conf->group_idx].name);
	base_text_add(&t->mend, "`romonctl events` names the address and the two ports; remove one of the "
				"two ways, or leave it "
				"as a spare: frames still cross once");
}

static void storm_tell(const struct why_port *p, struct why_text *t)
{
	const struct conf_group *g = &p->app->conf->groups[p->conf->group_idx];
	char key[CONF_NAME_LEN_MAX + 48];

	snprintf(key, sizeof(key), "relay-groups.%s.storm-limit", g->name);
	base_text_add(&t->cause, "a storm: %s brings more than the %" PRIu32 " frames/s of %s", p->slot->name,
		g->storm_limit_pps, key);
	base_text_add(&t->mend,
		"look for a loop or a scanner behind it (`tcpdump -eni %s ether proto 0x88bf`); if "
		"so many are right, ",
		p->conf->device);
	why_text_set(p->app, &t->mend, key, "%" PRIu32, 2 * g->storm_limit_pps);
}

static void egress_down_tell(const struct why_port *p, struct why_text *t)
{
	char buf[256];
	struct base_text names;

	base_text_init(&names, buf, sizeof(buf));
	const char *down = other_state_list(p, is_not_up, &names);
	base_text_add(&t->cause, "frames should leave by a port that has no link%s%s",
		down == NULL ? "" : ": ", down == NULL ? "" : down);
	base_text_add(&t->mend, "`romonctl why%s%s` says what that port lacks",
		down == NULL || strchr(down, ',') != NULL ? "" : " ",
		down == NULL || strchr(down, ',') != NULL ? "" : down);
}

static void egress_forbidden_tell(const struct why_port *p, struct why_text *t)
{
	char buf[256];
	char key[CONF_NAME_LEN_MAX + 32];
	struct base_text names;

	base_text_init(&names, buf, sizeof(buf));
	const char *forbidden = other_state_list(p, is_forbidden, &names);
	base_text_add(&t->cause, "frames should leave by a port where RoMON is forbidden%s%s",
		forbidden == NULL ? "" : ": ", forbidden == NULL ? "" : forbidden);
	snprintf(key, sizeof(key), "ports.%.31s.forbid",
		forbidden == NULL || strchr(forbidden, ',') != NULL ? "PORT" : forbidden);
	why_text_set(p->app, &t->mend, key, "false");
}

// May a frame that comes in by p leave by that port?
static bool is_exit(const struct why_port *p, uint32_t s)
{
	const struct app_slot *slot = &p->app->slots[s];

	if (!slot->is_used || s == p->s)
		return false;
	const struct conf_port *c = ports_conf(p->app, slot);
	return c->mode == p->conf->mode && (!p->is_relay || c->group_idx == p->conf->group_idx);
}

// Which port it was is not counted: of those that frames may leave by, the one that takes least.
static void egress_mtu_tell(const struct why_port *p, struct why_text *t)
{
	uint16_t own_mtu = p->dev != NULL && p->dev->dev != NULL ? p->dev->dev->mtu : 0;
	const struct app_slot *least = NULL;
	uint16_t least_mtu = 0;

	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		const struct app_dev *d = is_exit(p, s) ? ports_dev(p->app, &p->app->slots[s]) : NULL;

		if (d == NULL || d->dev == NULL || (least != NULL && d->dev->mtu >= least_mtu))
			continue;
		least = &p->app->slots[s];
		least_mtu = d->dev->mtu;
	}
	base_text_add(&t->cause, "frames are longer than the port to leave by takes");
	if (least != NULL)
		base_text_add(&t->cause, "; of those that they may leave by %s takes least: its MTU is %u",
			least->name, least_mtu);
	if (least != NULL && own_mtu > least_mtu)
		base_text_add(&t->mend, "`ip link set %s mtu %u`, as that of this port, or lower",
			ports_conf(p->app, least)->device, own_mtu);
	else
		base_text_add(&t->mend, "lower");
	base_text_add(&t->mend, " the MTU of whoever sends");
}

static void rate_discover_tell(const struct why_port *p, struct why_text *t)
{
	uint32_t now_pps = p->app->conf->limits.discover_in_pps;

	base_text_add(&t->cause, "more Discovers arrive than the %" PRIu32 " a second of limits.discover-in",
		now_pps);
	base_text_add(&t->mend,
		"look for a loop or a scanner on this segment: `romonctl neighbors %s`; if so many "
		"are right, ",
		p->slot->name);
	why_text_set(p->app, &t->mend, "limits.discover-in", "%" PRIu32, 2 * now_pps);
}

static void rate_origin_tell(const struct why_port *p, struct why_text *t)
{
	uint32_t now_pps = p->app->conf->limits.answers_per_origin_pps;
	const struct app_refused *last = &p->slot->trend.excess;

	base_text_add(&t->cause,
		"one origin sends more Discovers than the %" PRIu32 " a second of limits.answers-per-origin",
		now_pps);
	if (last->at_ms != 0)
		base_text_add(&t->cause, ": %s", why_mac(last->src_id).text);
	base_text_add(&t->mend, "see what that node does");
	if (last->at_ms != 0)
		base_text_add(&t->mend, ": `romonctl why %s`", why_mac(last->src_id).text);
	base_text_add(&t->mend, "; if so many are right, ");
	why_text_set(p->app, &t->mend, "limits.answers-per-origin", "%" PRIu32, 2 * now_pps);
}

static void rate_punt_tell(const struct why_port *p, struct why_text *t)
{
	uint32_t now_pps = p->app->conf->limits.punt_pps;

	base_text_add(&t->cause,
		"more frames for this node itself arrive than the %" PRIu32 " a second of limits.punt",
		now_pps);
	base_text_add(&t->mend, "see who sends them (`romonctl neighbors %s`), or ", p->slot->name);
	why_text_set(p->app, &t->mend, "limits.punt", "%" PRIu32, 2 * now_pps);
}

static void no_mbuf_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause, "the %" PRIu32 " buffers are used up", p->app->n_mbufs);
	why_text_set(p->app, &t->mend, "memory.mbufs", "%" PRIu32, 2 * p->app->n_mbufs);
	base_text_add(&t->mend, " and restart romond");
}

static void tx_full_tell(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->cause, "the device does not send as fast as frames come in");
	base_text_add(&t->mend,
		"lower the load, or give %s a faster driver (`romonctl ports -o wide` says why it has "
		"the one that it has)",
		p->conf->device);
}

static void no_egress_tell(const struct why_port *p, struct why_text *t)
{
	char buf[256];
	struct base_text names;

	base_text_init(&names, buf, sizeof(buf));
	(void)other_state_list(p, is_configured, &names);
	base_text_add(
		&t->cause, "Discovers end here: of the other ports (%s) none is up to pass them on", buf);
	base_text_add(&t->mend, "`romonctl why`");
}

// What such a port lacked is there again.
static bool is_all_up(const struct why_port *p, enum dp_reason reason)
{
	char buf[256];
	struct base_text names;

	(void)reason;
	base_text_init(&names, buf, sizeof(buf));
	return other_state_list(p, is_not_up, &names) == NULL;
}

static bool is_up(const struct why_port *p)
{
	return strcmp(p->state, "up") == 0;
}

static bool is_any_up(const struct why_port *p, enum dp_reason reason)
{
	char buf[256];
	struct base_text names;

	(void)reason;
	base_text_init(&names, buf, sizeof(buf));
	return other_state_list(p, is_up, &names) != NULL;
}

// One port alone has nobody to pass Discovers on to: that is how it should be.
static bool no_egress_matters(const struct why_port *p)
{
	char buf[256];
	struct base_text names;

	base_text_init(&names, buf, sizeof(buf));
	return other_state_list(p, is_configured, &names) != NULL;
}

// Paths of before a start, or before a link came back, live on for a moment.
static bool is_brief(const struct why_port *p, enum dp_reason reason)
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
static bool is_synced(const struct why_port *p, enum dp_reason reason)
{
	const struct app_bad_frame *bad = &p->slot->bad;
	uint64_t at_ms = p->slot->trend.drops_ms[reason];

	if (bad->reason == reason && bad->n_kept >= WIRE_ETH_LEN) {
		if (is_taken_since(p, base_mac_u64(bad->bytes + BASE_MAC_LEN), bad->at_ms))
			return true;
		return is_brief(p, reason) && p->now_ms - at_ms < WHY_BRIEF_MS;
	}
	return is_brief(p, reason);
}

static void stale_tell(const struct why_port *p, struct why_text *t)
{
	(void)p;
	base_text_add(&t->cause,
		"a sender's path is stale: it names a MAC or a link id that this node no longer has "
		"here");
	base_text_add(&t->mend,
		"discover again where the frames come from: `romonctl discover --once`, on RouterOS "
		"/tool/romon/discover");
}

// What a drop reason usually means, the likeliest first. Reasons that are normal in a healthy network are
// not listed. A row has either both texts, or a function that makes them.
static const struct cause {
	enum dp_reason reason;
	const char *level;
	tell_fn tell;
	const char *cause;
	const char *mend;
	bool (*matters)(const struct why_port *p);
	bool (*is_over)(const struct why_port *p,
		enum dp_reason reason); // told as earlier, though it was a moment ago; NULL = no
} causes[] = {
	{DP_DROP_CHANNEL, "error", channel_tell, "it uses another overlay channel", NULL, NULL},
	{DP_DROP_AUTH_UNKNOWN, "error", auth_unknown_tell, "it signs with a secret that we do not have", NULL,
		NULL},
	{DP_DROP_AUTH_MISSING, "error", auth_missing_tell, "it does not sign, and this port wants that", NULL,
		NULL},
	{DP_DROP_AUTH_FLOOD, "error", auth_flood_tell, NULL, NULL, NULL},
	{DP_DROP_AUTH_UNSYNCED, "warning", auth_unsynced_tell,
		"it signs well, but has not shown that its frames are of now", NULL, NULL, is_synced},
	{DP_DROP_AUTH_REPLAY, "warning", auth_replay_tell,
		"its frames are signed well, but seen before or old", NULL, NULL},
	{DP_DROP_FILTERED, "warning", filtered_tell, "a filter refuses it", NULL, NULL},
	{DP_DROP_HOP_LIMIT, "error", hop_limit_tell, "it is further away than romon.hop-limit", NULL, NULL},
	{DP_DROP_VLAN_UNKNOWN, "error", vlan_unknown_tell, "it is in a VLAN that no port serves", NULL, NULL},
	{DP_DROP_VLAN_DEPTH, "warning", NULL, "frames carry two VLAN tags",
		"remove the outer tag at the switch", NULL},
	{DP_DROP_RELAY_LOOP, "error", relay_loop_tell, NULL, NULL, NULL},
	{DP_DROP_STORM_LIMIT, "error", storm_tell, NULL, NULL, NULL},
	{DP_DROP_RELAY_ALONE, "error", relay_alone_tell, NULL, NULL, NULL, is_all_up},
	{DP_DROP_EGRESS_DOWN, "error", egress_down_tell, NULL, NULL, NULL, is_all_up},
	{DP_DROP_EGRESS_FORBIDDEN, "error", egress_forbidden_tell, NULL, NULL, NULL},
	{DP_DROP_EGRESS_MTU, "error", egress_mtu_tell, NULL, NULL, NULL},
	{DP_DROP_NO_MBUF, "error", no_mbuf_tell, NULL, NULL, NULL},
	{DP_DROP_RATE_DISCOVER, "warning", rate_discover_tell, NULL, NULL, NULL},
	{DP_DROP_RATE_ORIGIN, "warning", rate_origin_tell, NULL, NULL, NULL},
	{DP_DROP_RATE_PUNT, "warning", rate_punt_tell, NULL, NULL, NULL},
	{DP_DROP_PUNT_FULL, "warning", NULL, "control does not keep up with frames for this node",
		"see who sends so many: `romonctl neighbors`; see the load of this machine: top", NULL},
	{DP_DROP_TX_FULL, "warning", tx_full_tell, NULL, NULL, NULL},
	{DP_DROP_ACROSS_FULL, "warning", NULL, "the worker that sends by the egress port does not keep up",
		"see `romonctl workers`; give it more CPUs by the key workers.cores", NULL},
	{DP_DROP_DISPATCH_FULL, "warning", NULL,
		"the worker that its frames are dispatched to does not keep up",
		"see `romonctl workers`; give it more CPUs by the key workers.cores", NULL},
	{DP_DROP_NO_EGRESS, "warning", no_egress_tell, NULL, NULL, no_egress_matters, is_any_up},
	{DP_DROP_HOP_NOT_US, "warning", stale_tell, "its path to us is stale", NULL, NULL, is_brief},
	{DP_DROP_LINK_UNKNOWN, "warning", stale_tell, "its path is stale", NULL, NULL, is_brief},
	{DP_DROP_RESP_NO_WAY, "warning", NULL,
		"answers to Discovers name no neighbor that is heard here: the way that the Discover took "
		"has changed",
		"discover again where they were asked for: `romonctl discover --once`, on RouterOS "
		"/tool/romon/discover",
		NULL, is_brief},
	{DP_DROP_TOO_LONG, "warning", NULL, "frames arrive that are longer than a buffer",
		"lower the MTU of whoever sends them", NULL},
	{DP_DROP_SRC_OWN, "warning", NULL, "two ports of this box are on one segment and hear each other",
		"keep one of them, or leave it: nothing is lost but bandwidth", NULL},
	{DP_DROP_SRC_GROUP, "warning", NULL, "frames arrive whose source is no station's address",
		"find who makes them up: `tcpdump -eni` on the port's device", NULL},
	{DP_DROP_DST_OTHER, "warning", NULL,
		"frames for another node arrive here: a hub, or a promiscuous segment",
		"nothing, unless the sender's hop list should name this port", NULL},
};

const char *why_cause_text(enum dp_reason reason)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(causes); i++) {
		if (causes[i].reason == reason)
			return causes[i].cause;
	}
	return reason <= DP_DROP_ROUTE_COUNT && reason != DP_DROP_NOT_ROMON ? dp_reason_help(reason) : NULL;
}

bool why_cause_is_over(const struct why_port *p, enum dp_reason reason)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(causes); i++) {
		if (causes[i].reason == reason && causes[i].is_over != NULL)
			return causes[i].is_over(p, reason);
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

void why_grown_add(const struct why_port *p, const struct why_text *t, const char *level, const char *reason,
	uint64_t count, uint64_t at_ms, json_t *findings, json_t *earlier)
{
	struct why_fact fact = {
		.level = level, .reason = reason, .count = count, .age_ms = p->now_ms - at_ms};
	json_t *list = trend_is_now(p->app, &p->slot->trend, at_ms) ? findings : earlier;

	if (list != NULL)
		why_finding_add(list, t, &fact);
}

// Frames that the parser refuses: one finding, whatever is wrong with them.
static void malformed_find(const struct why_port *p, json_t *findings, json_t *earlier)
{
	const struct app_trend *trend = &p->slot->trend;
	enum dp_reason last = DP_DROP_NONE;
	uint64_t count = 0;
	struct why_text t;

	for (enum dp_reason r = DP_DROP_NONE + 1; r <= DP_DROP_ROUTE_COUNT; r++) {
		if (r == DP_DROP_NOT_ROMON || r == DP_DROP_VLAN_DEPTH || p->totals->drops[r] == 0)
			continue;
		count += p->totals->drops[r];
		if (last == DP_DROP_NONE || trend->drops_ms[r] > trend->drops_ms[last])
			last = r;
	}
	if (last == DP_DROP_NONE)
		return;
	why_text_init(&t);
	base_text_add(&t.cause, "malformed RoMON frames arrive: %s, %s", dp_reason_name(last),
		dp_reason_help(last));
	sender_add(p, last, &t.cause);
	base_text_add(&t.mend, "last-bad shows one, decoded; mend or update its sender (on RouterOS: "
			       "/system/package/update/check-for-updates)");
	if (last == DP_DROP_LENGTH_LONG)
		base_text_add(&t.mend,
			", or look for what cuts frames on the way: a tunnel, or an MTU below %u",
			p->dev != NULL && p->dev->dev != NULL ? p->dev->dev->mtu : 1500);
	why_grown_add(p, &t, "error", dp_reason_name(last), count, trend->drops_ms[last], findings, earlier);
}

// Addresses that push each other out of a table.
static void evicted_find(const struct why_port *p, json_t *findings, json_t *earlier)
{
	const struct app_trend *trend = &p->slot->trend;
	uint32_t most = p->app->boot_conf->limits.neighbors_per_port;
	struct why_text t;

	if (trend->evicted_ms == 0)
		return;
	why_text_init(&t);
	base_text_add(&t.cause,
		"more addresses are heard here than a table keeps (limits.neighbors-per-port is "
		"%" PRIu32 "): the oldest are forgotten",
		most);
	base_text_add(&t.mend,
		"look for a loop or somebody who makes up addresses: `romonctl neighbors %s`; if they "
		"are real, ",
		p->slot->name);
	why_text_set(p->app, &t.mend, "limits.neighbors-per-port", "%" PRIu32, 4 * most);
	base_text_add(&t.mend, " and restart romond");
	why_grown_add(p, &t, "warning", "evicted", trend->n_evicted, trend->evicted_ms, findings, earlier);
}

void why_cause_findings(const struct why_port *p, json_t *findings, json_t *earlier)
{
	bool is_malformed_told = false;

	for (size_t i = 0; i < BASE_ARRAY_LEN(causes); i++) {
		const struct cause *c = &causes[i];
		struct why_text t;

		if (c->reason == DP_DROP_VLAN_DEPTH &&
			!is_malformed_told) { // after what is only set otherwise
			malformed_find(p, findings, earlier);
			is_malformed_told = true;
		}
		if (p->totals->drops[c->reason] == 0 || (c->matters != NULL && !c->matters(p)))
			continue;
		why_text_init(&t);
		if (c->tell != NULL) {
			c->tell(p, &t);
		} else {
			base_text_add(&t.cause, "%s", c->cause);
			base_text_add(&t.mend, "%s", c->mend);
		}
		bool is_over = c->is_over != NULL && c->is_over(p, c->reason);
		why_grown_add(p, &t, c->level, dp_reason_name(c->reason), p->totals->drops[c->reason],
			p->slot->trend.drops_ms[c->reason], is_over ? earlier : findings, earlier);
	}
	evicted_find(p, findings, earlier);
}
