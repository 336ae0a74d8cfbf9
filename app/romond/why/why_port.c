// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a port: its state, what it drops, what it does not hear. Control thread, under
// app_lock().
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base_clock.h"
#include "discovery.h"
#include "ports.h"
#include "topo.h"
#include "trend.h"
#include "why.h"

#define ANSWER_MS     3000  // a neighbor that hears us answers within this time
#define ARRIVE_MS     10000 // frames arrive, if the last one is no older, and nothing else is expected
#define SILENT_MS_MIN 5000  // a shorter silence is told by nobody
// Discovers without an answer that are enough to call a port silent; to say that nobody hears us; rounds in
// which others were heard meanwhile. A single lost frame says nothing.
#define SILENT_ENOUGH 2
#define ASKED_ENOUGH  3
#define HEARD_ENOUGH  2

void why_port_init(struct why_port *out, const struct app *app, uint32_t s, const struct app_totals *totals)
{
	const struct app_slot *slot = &app->slots[s];
	const struct conf_port *c = ports_conf(app, slot);

	*out = (struct why_port){.app = app,
		.s = s,
		.slot = slot,
		.conf = c,
		.dev = ports_dev(app, slot),
		.state = ports_state(app, slot),
		.totals = totals,
		.now_ms = base_mono_ms(),
		.is_relay = c->mode == CONF_MODE_RELAY};
	if (out->is_relay)
		snprintf(out->key, sizeof(out->key), "relay-groups.%s.ports.%s",
			app->conf->groups[c->group_idx].name, slot->name);
	else
		snprintf(out->key, sizeof(out->key), "ports.%s", slot->name);
}

static void finding_add(json_t *list, const struct why_text *t, const char *level)
{
	const struct why_fact fact = {.level = level};

	why_finding_add(list, t, &fact);
}

static void state_add(json_t *list, const struct why_text *t)
{
	static const struct why_fact fact = {.level = "error"};

	why_finding_add(list, t, &fact);
}

static void down_tell(const struct why_port *p, struct why_text *t)
{
	const char *device = p->conf->device;

	if (p->dev->dev->is_admin_down) {
		base_text_add(&t->cause, "no link: the interface %s is set down", device);
		base_text_add(&t->mend, "`ip link set %s up`", device);
		return;
	}
	base_text_add(&t->cause, "no link on %s: the cable, or what is at its other end", device);
	base_text_add(&t->mend,
		"check the cable and the other end (`ethtool %s`; on RouterOS there: "
		"/interface/print where running=no)",
		device);
}

// There is nothing to open, or it is there and cannot be opened: that is not mended by waiting.
static void absent_tell(const struct why_port *p, struct why_text *t)
{
	const char *device = p->conf->device;
	const char *error = p->dev->error;
	bool is_there = p->dev->err != 0 && p->dev->err != ENODEV;

	base_text_add(&t->cause, "%s", error[0] != '\0' ? error : "the device is absent");
	if (!is_there)
		base_text_add(&t->mend, "romond opens %s by itself as soon as it is there: `ip link show %s`",
			device, device);
	else
		base_text_add(&t->mend,
			"%s is there, and cannot be opened: mend what the cause names (`romonctl doctor` "
			"looks at "
			"what romond may do); romond tries again by itself, less and less often",
			device);
}

// An open device of which something keeps frames away: another XDP program, for example.
static void warning_find(const struct why_port *p, json_t *list)
{
	const char *warning = p->dev == NULL || p->dev->dev == NULL ? "" : p->dev->dev->warning;
	struct why_text t;

	if (warning[0] == '\0' || trend_is_now(p->app, &p->slot->trend, p->slot->trend.rx_ms))
		return; // nothing is, or RoMON frames come all the same
	why_text_init(&t);
	base_text_add(&t.cause, "frames may not be heard here: %s", warning);
	base_text_add(&t.mend, "`ip -d link show %s`, `romonctl ports -o wide`", p->conf->device);
	finding_add(list, &t, "warning");
}

static void state_findings(const struct why_port *p, json_t *list)
{
	char key[sizeof(p->key) + 16];
	struct why_text t;

	if (!p->app->conf->romon.is_enabled) {
		why_text_init(&t);
		base_text_add(&t.cause, "RoMON is off on this node");
		why_text_set(p->app, &t.mend, "romon.enabled", "true");
		state_add(list, &t);
	}
	why_text_init(&t);
	if (strcmp(p->state, "disabled") == 0) {
		base_text_add(&t.cause, "the port is disabled");
		snprintf(key, sizeof(key), "%s.disabled", p->key);
		why_text_set(p->app, &t.mend, key, "false");
	} else if (strcmp(p->state, "forbidden") == 0) {
		base_text_add(&t.cause, "RoMON is forbidden on this port");
		snprintf(key, sizeof(key), "%s.forbid", p->key);
		why_text_set(p->app, &t.mend, key, "false");
	} else if (strcmp(p->state, "absent") == 0) {
		absent_tell(p, &t);
	} else if (strcmp(p->state, "down") == 0) {
		down_tell(p, &t);
	} else {
		return;
	}
	state_add(list, &t);
}

static uint64_t romon_frames(const struct app_totals *t)
{
	return t->rx_frames - t->drops[DP_DROP_NOT_ROMON] - t->drops[DP_DROP_RUNT];
}

static void ask_add(const struct why_port *p, struct why_text *t)
{
	base_text_add(&t->mend,
		"`romonctl discover --once` asks; on RouterOS at the other end: /tool/romon/set "
		"enabled=yes and /tool/romon/port/print (forbid=no); see what arrives: "
		"`tcpdump -eni %s ether proto 0x88bf`",
		p->conf->device);
}

// Nothing was ever heard: wrong only where somebody was asked, again and again.
static void never_heard_add(const struct why_port *p, json_t *list)
{
	uint64_t n_other = p->totals->drops[DP_DROP_NOT_ROMON];
	bool is_asked = trend_unanswered(&p->slot->trend, p->now_ms) >= ASKED_ENOUGH;
	struct why_text t;

	why_text_init(&t);
	base_text_add(&t.cause,
		"no RoMON frame was ever heard here%s: the other end has RoMON off or forbids it "
		"on its port, a switch between drops 01:80:c2:00:88:bf, or the VLAN is "
		"another",
		is_asked || p->is_relay ? "" : "; if one is due");
	if (n_other > 0)
		base_text_add(&t.cause, "; the link itself works: %" PRIu64 " other frames came", n_other);
	if (p->totals->tx_frames == 0)
		base_text_add(&t.cause, "; this port has asked nobody yet");
	ask_add(p, &t);
	finding_add(list, &t, is_asked ? "error" : "ok");
}

// --- neighbors that are heard, while our Discovers are not answered

// Did this node answer since then, by whatever port? Some answer only the first of several Discovers of ours.
static bool has_answered(const struct app *app, uint64_t id, uint64_t since_ms, uint64_t now_ms)
{
	const struct topo *t = discovery_topo(app);
	uint64_t now_us = base_wall_us();
	int64_t row = topo_find(t, id);
	struct topo_node n;

	return row >= 0 && topo_node_at(t, (uint32_t)row, &n) && n.via_master == 0 &&
	       (n.last_seen_us > now_us || (now_us - n.last_seen_us) / 1000 <= now_ms - since_ms);
}

// Nodes heard by this port since our first Discover without an answer: how many, with the last of them in
// *last; 0 when one of them did answer.
static uint32_t deaf_count(const struct why_port *p, struct nbr_row *last)
{
	const struct app *app = p->app;
	uint64_t since_ms = p->slot->trend.asked_first_ms;
	uint32_t least_ms = UINT32_MAX;
	uint32_t n = 0;

	for (uint32_t k = 0; k < app->n_workers; k++) {
		const struct nbr_table *t = dp_worker_neighbors(app->workers[k]);
		uint32_t now_ms = dp_worker_now_ms(app->workers[k]);

		for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
			struct nbr_row row;

			if (!nbr_table_row(t, i, &row) || row.port != p->s || row.id == 0 ||
				!handlers_neighbor_is_current(app, &row, false))
				continue;
			uint32_t age_ms = (int32_t)(now_ms - row.last_ms) < 0 ? 0 : now_ms - row.last_ms;
			if (age_ms > p->now_ms - since_ms)
				continue;
			if (has_answered(app, row.id, since_ms, p->now_ms))
				return 0;
			n++;
			if (age_ms < least_ms) {
				least_ms = age_ms;
				*last = row;
			}
		}
	}
	return n;
}

static void deaf_find(const struct why_port *p, json_t *list)
{
	const struct app_trend *trend = &p->slot->trend;
	uint64_t n_asked = trend_unanswered(trend, p->now_ms);
	struct nbr_row last = {.id = 0};
	struct why_text t;

	if (n_asked < ASKED_ENOUGH || trend->n_asked_heard < HEARD_ENOUGH)
		return;
	uint32_t n = deaf_count(p, &last);
	if (n == 0)
		return;
	why_text_init(&t);
	base_text_add(&t.cause,
		"heard, but none answers our Discovers: %s (id %s)%s is heard here, and the last "
		"%" PRIu64 " Discovers that this port sent brought no answer: a switch between "
		"may drop 01:80:c2:00:88:bf in our direction",
		why_mac(nbr_key_mac(last.key)).text, why_mac(last.id).text, n > 1 ? " and others" : "",
		n_asked);
	base_text_add(&t.mend,
		"let the switch pass 01:80:c2:00:88:bf from this port too (IGMP snooping, storm control, "
		"filters "
		"for groups); else that node refuses ours: compare channel, secrets and filters there. See "
		"what "
		"leaves: `tcpdump -eni %s ether proto 0x88bf`, and what arrives there",
		p->conf->device);
	finding_add(list, &t, "error");
}

// --- silence

// How long a pause between frames should be here at most; 0 = nobody knows.
static uint64_t pause_ms(const struct why_port *p)
{
	const struct conf *c = p->app->conf;
	bool is_asking = !p->is_relay && c->romon.role == CONF_ROLE_MASTER && p->slot->trend.answered_ms != 0;

	return is_asking ? c->discovery.interval_ms : trend_rhythm_ms(&p->slot->trend);
}

// Did the port fall silent: was it asked in vain, or did frames come as by a clock, and come no more?
static bool is_silent(const struct why_port *p)
{
	const struct app_trend *trend = &p->slot->trend;
	uint64_t age_ms = p->now_ms - trend->rx_ms;
	uint64_t rhythm_ms = trend_rhythm_ms(trend);

	if (trend->n_asked > 0 && trend->rx_ms <= trend->asked_first_ms + ANSWER_MS &&
		trend_unanswered(trend, p->now_ms) >= SILENT_ENOUGH && age_ms >= SILENT_MS_MIN)
		return true;
	return rhythm_ms != 0 && age_ms > 2 * rhythm_ms + SILENT_MS_MIN;
}

static void silence_find(const struct why_port *p, json_t *list)
{
	const struct app_trend *trend = &p->slot->trend;
	const char *device = p->conf->device;
	struct why_text t;

	if (!is_silent(p))
		return;
	why_text_init(&t);
	base_text_add(&t.cause, "%s: the last RoMON frame came %s ago",
		trend->n_asked > 0 ? "nobody answers any more" : "silent",
		why_age(p->now_ms - trend->rx_ms).text);
	if (trend->n_asked > 0)
		base_text_add(&t.cause, ", and this node has asked %" PRIu64 " times since", trend->n_asked);
	else
		base_text_add(
			&t.cause, ", and they came every %s before", why_age(trend_rhythm_ms(trend)).text);
	base_text_add(&t.cause,
		". It worked till then, so one of the two ends has changed: theirs (off, RoMON off or "
		"forbidden, "
		"another channel, secret or VLAN, the switch between), or ours (the carrier of %s is there, "
		"its "
		"driver is %s)",
		device, p->dev != NULL && p->dev->dev != NULL ? p->dev->dev->driver : "closed");
	base_text_add(&t.mend,
		"ours: `ip -s -d link show %s` (do its counters grow? is the XDP program still ours?) and "
		"`romonctl ports -o wide`; does anything arrive: `tcpdump -eni %s ether proto 0x88bf`; "
		"theirs: "
		"power and RoMON there (RouterOS: /tool/romon/print, /tool/romon/port/print); `romonctl "
		"discover "
		"--once` asks again",
		device, device);
	finding_add(list, &t, "warning");
}

static void ok_add(const struct why_port *p, json_t *list)
{
	const struct app_trend *trend = &p->slot->trend;
	uint64_t age_ms = p->now_ms - trend->rx_ms;
	uint64_t due_ms = pause_ms(p);
	uint64_t now_ms = due_ms > ARRIVE_MS ? due_ms + ANSWER_MS : ARRIVE_MS;
	struct why_text t;

	if (now_ms > trend_window_ms(p->app))
		now_ms = trend_window_ms(p->app);
	why_text_init(&t);
	if (age_ms <= now_ms)
		base_text_add(&t.cause, "frames arrive, and none is dropped for a cause that needs care");
	else if (due_ms != 0)
		base_text_add(&t.cause, "quiet: the last RoMON frame came %s ago, and one is due every %s",
			why_age(age_ms).text, why_age(due_ms).text);
	else
		base_text_add(&t.cause, "quiet: the last RoMON frame came %s ago, and nobody has asked since",
			why_age(age_ms).text);
	base_text_add(&t.mend, "nothing");
	finding_add(list, &t, "ok");
}

static void hearing_findings(const struct why_port *p, json_t *list)
{
	if (romon_frames(p->totals) == 0) {
		never_heard_add(p, list);
		return;
	}
	if (!p->is_relay)
		deaf_find(p, list);
	if (json_array_size(list) == 0)
		silence_find(p, list);
	if (json_array_size(list) == 0)
		ok_add(p, list);
}

#define TWIN_MS 600000 // topo tells of it again and again, but not more often

static void own_twin_find(const struct why_port *p, json_t *list)
{
	const struct app_trend *trend = &p->slot->trend;
	struct why_text t;

	if (trend->own_twin_ms == 0 || trend->own_twin_ms <= trend->changed_ms ||
		p->now_ms - trend->own_twin_ms > TWIN_MS)
		return;
	why_text_init(&t);
	base_text_add(&t.cause, "another node has our own id, %s: %s (%s ago)", why_mac(p->app->own_id).text,
		trend->own_twin, why_age(p->now_ms - trend->own_twin_ms).text);
	base_text_add(&t.mend, "give one of the two another id: ");
	why_text_set(p->app, &t.mend, "romon.id", "ID");
	base_text_add(&t.mend, "; on RouterOS /tool/romon/set id=...");
	finding_add(list, &t, "error");
}

void why_port_findings(const struct why_port *p, json_t *findings, json_t *earlier)
{
	state_findings(p, findings);
	own_twin_find(p, findings);
	warning_find(p, findings);
	why_cause_findings(p, findings, earlier);
	why_refused_findings(p, findings, earlier);
	if (json_array_size(findings) == 0)
		hearing_findings(p, findings);
}
