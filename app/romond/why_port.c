// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a port: its state, what it drops, what it does not hear. Control thread, under
// app_lock().
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base_clock.h"
#include "ports.h"
#include "trend.h"
#include "why.h"

#define ANSWER_MS 3000 // a neighbor that hears us answers within this time

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
		base_text_add(
			&t.cause, "%s", p->dev->error[0] != '\0' ? p->dev->error : "the device is absent");
		base_text_add(&t.mend, "romond opens %s by itself as soon as it is there: `ip link show %s`",
			p->conf->device, p->conf->device);
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

// Nothing was ever heard, or nobody answers any more.
static void silence_find(const struct why_port *p, json_t *list)
{
	static const struct why_fact lost = {.level = "warning"};
	const struct app_trend *trend = &p->slot->trend;
	uint64_t n_other = p->totals->drops[DP_DROP_NOT_ROMON];
	struct why_text t;

	why_text_init(&t);
	if (romon_frames(p->totals) == 0) {
		base_text_add(&t.cause,
			"no RoMON frame was ever heard here: the other end has RoMON off or forbids it "
			"on its port, a switch between drops 01:80:c2:00:88:bf, or the VLAN is "
			"another");
		if (n_other > 0)
			base_text_add(
				&t.cause, "; the link itself works: %" PRIu64 " other frames came", n_other);
		if (p->totals->tx_frames == 0)
			base_text_add(&t.cause, "; this port has asked nobody yet");
		ask_add(p, &t);
		state_add(list, &t);
		return;
	}
	if (p->is_relay || trend->tx_ms < trend->rx_ms + ANSWER_MS ||
		trend_is_now(p->app, trend, trend->rx_ms))
		return;
	base_text_add(&t.cause,
		"nobody answers any more: the last RoMON frame came %s ago, and this node has sent "
		"some since",
		why_age(p->now_ms - trend->rx_ms).text);
	ask_add(p, &t);
	why_finding_add(list, &t, &lost);
}

static void ok_add(const struct why_port *p, json_t *list)
{
	static const struct why_fact fact = {.level = "ok"};
	const struct app_trend *trend = &p->slot->trend;
	struct why_text t;

	why_text_init(&t);
	if (trend_is_now(p->app, trend, trend->rx_ms))
		base_text_add(&t.cause, "frames arrive, and none is dropped for a cause that needs care");
	else
		base_text_add(&t.cause, "quiet: the last RoMON frame came %s ago, and nobody has asked since",
			why_age(p->now_ms - trend->rx_ms).text);
	base_text_add(&t.mend, "nothing");
	why_finding_add(list, &t, &fact);
}

void why_port_findings(const struct why_port *p, json_t *findings, json_t *earlier)
{
	state_findings(p, findings);
	why_cause_findings(p, findings, earlier);
	if (json_array_size(findings) == 0)
		silence_find(p, findings);
	if (json_array_size(findings) == 0)
		ok_add(p, findings);
}
