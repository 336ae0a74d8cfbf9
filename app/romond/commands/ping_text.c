// SPDX-License-Identifier: BSD-3-Clause
// Sentences about pings. Control thread.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base_clock.h"
#include "base_text.h"
#include "discovery.h"
#include "handlers.h"
#include "inject.h"
#include "ping_text.h"
#include "target.h"
#include "why_words.h"

#define NAME_LEN (BASE_MAC_TEXT_LEN + 4 * 64 + 4)

// "02:00:00:00:00:05 (shop)": a long identity is cut.
static const char *node_text(const struct app *app, uint64_t id, char out[NAME_LEN])
{
	const struct topo *t = discovery_topo(app);
	struct topo_node n;

	snprintf(out, NAME_LEN, "%s", why_mac(id).text);
	int64_t row = topo_find(t, id);
	if (row < 0 || !topo_node_at(t, (uint32_t)row, &n) || n.identity[0] == '\0')
		return out;
	size_t len = strlen(out);
	len += (size_t)snprintf(out + len, NAME_LEN - len, " (");
	len += base_text_escape(out + len, NAME_LEN - len - 1, n.identity, strnlen(n.identity, 64));
	snprintf(out + len, NAME_LEN - len, ")");
	return out;
}

// Where the path first takes less than l2mtu bytes: "port east takes 1300 bytes".
static void narrow_text(
	const struct app *app, uint64_t id, const struct node_path *path, uint32_t l2mtu, struct base_text *t)
{
	const struct topo *topo = discovery_topo(app);
	const struct snap_port *port = inject_port(app, path->slot);
	uint64_t ids[TOPO_PATH_MAX];
	char from[NAME_LEN];
	char to[NAME_LEN];
	int64_t row = id == 0 ? -1 : topo_find(topo, id);
	uint32_t n = row < 0 ? 0 : topo_path_ids(topo, (uint32_t)row, ids, BASE_ARRAY_LEN(ids));

	if (port != NULL && port->l2mtu < l2mtu) {
		base_text_add(t, "port %s takes %u", app->slots[path->slot].name, port->l2mtu);
		return;
	}
	for (uint32_t i = 0; i < n && i < path->n; i++) {
		struct topo_node node;

		row = topo_find(topo, ids[i]);
		if (row < 0 || !topo_node_at(topo, (uint32_t)row, &node) || node.l2mtu >= l2mtu)
			continue;
		if (i == 0)
			base_text_add(t, "%s at the other end of port %s takes %u",
				node_text(app, ids[0], to), app->slots[path->slot].name, node.l2mtu);
		else
			base_text_add(t, "link %u of %s, to %s, takes %u", path->hops[i].link_id,
				node_text(app, ids[i - 1], from), node_text(app, ids[i], to), node.l2mtu);
		return;
	}
	base_text_add(t, "the path takes %u", path->l2mtu);
}

static void mtu_tell(struct ping_why *out, const struct app *app, uint64_t id, const struct node_path *path,
	uint32_t size, struct base_text *t)
{
	const struct snap_port *port = inject_port(app, path->slot);
	uint16_t l2mtu = path->l2mtu;
	uint32_t needed =
		size + WIRE_HDR_LEN + path->n * WIRE_HOP_LEN + (uint32_t)sizeof(struct wire_services);

	if (port != NULL && (l2mtu == 0 || port->l2mtu < l2mtu))
		l2mtu = port->l2mtu;
	out->status = "egress-mtu";
	out->size_max = node_payload_max(l2mtu, path->n);
	base_text_add(t, "not sent: it needs an l2mtu of %u, and ", needed);
	narrow_text(app, id, path, needed, t);
	base_text_add(t, ": --size %u fits", out->size_max);
}

void ping_why_unsent(struct ping_why *out, const struct app *app, uint64_t id, const struct node_path *path,
	uint32_t size, int err)
{
	struct base_text t;

	*out = (struct ping_why){.is_known = true};
	base_text_init(&t, out->detail, sizeof(out->detail));
	switch (err) {
	case -EMSGSIZE:
		mtu_tell(out, app, id, path, size, &t);
		break;
	case -ENETUNREACH:
		out->status = "no-path";
		base_text_add(&t, "not sent: no path leads there now; others are asked for one");
		break;
	case -ENOBUFS:
		out->status = "no-buffer";
		base_text_add(&t,
			"not sent: no buffer is free, or the worker does not keep up; `romonctl workers`");
		break;
	default:
		out->status = "port-down";
		base_text_add(&t, "not sent: its port cannot send now; `romonctl ports` says why");
		break;
	}
}

// The row of the inventory. False: never heard of.
static bool node_get(const struct app *app, uint64_t id, struct topo_node *n)
{
	int64_t row = id == 0 ? -ENOENT : topo_find(discovery_topo(app), id);

	return row >= 0 && topo_node_at(discovery_topo(app), (uint32_t)row, n);
}

// "down", "no-path" or "unknown", and "X is down: it last answered 5m ago".
static void state_tell(
	struct ping_why *out, const struct app *app, uint64_t id, const char *name, struct base_text *t)
{
	uint64_t wall_us = base_wall_us();
	char text[NAME_LEN];
	struct topo_node n;

	out->is_known = node_get(app, id, &n);
	if (!out->is_known) {
		out->status = "unknown";
		base_text_add(t, "no node %s is known", name);
		return;
	}
	uint64_t age_ms = wall_us > n.last_seen_us ? (wall_us - n.last_seen_us) / 1000 : 0;
	out->status = n.status == TOPO_DOWN ? "down" : "no-path";
	base_text_add(
		t, "%s is %s: ", node_text(app, id, text), n.status == TOPO_DOWN ? "down" : "not reached");
	if (n.via_master != 0)
		base_text_add(t, "only the master %s hears it, last %s ago", why_mac(n.via_master).text,
			why_age(age_ms).text);
	else
		base_text_add(t, "it last answered %s ago", why_age(age_ms).text);
}

void ping_why_sought(struct ping_why *out, const struct app *app, uint64_t id, const char *name)
{
	struct base_text t;

	*out = (struct ping_why){.is_known = false};
	base_text_init(&t, out->detail, sizeof(out->detail));
	state_tell(out, app, id, name, &t);
	base_text_add(&t, "; asking who is there");
}

void ping_why_lost(
	struct ping_why *out, const struct app *app, uint64_t id, const char *name, uint32_t sought_ms)
{
	char similar[256];
	struct base_text t;

	*out = (struct ping_why){.is_known = false};
	base_text_init(&t, out->detail, sizeof(out->detail));
	state_tell(out, app, id, name, &t);
	base_text_add(&t, ", and did not answer a Discover within %u s", sought_ms / 1000);
	if (!out->is_known && target_similar(app, name, similar, sizeof(similar)))
		base_text_add(&t, "; did you mean %s?", similar);
	else if (!out->is_known)
		base_text_add(&t, "; `romonctl nodes` lists who is known");
	else
		base_text_add(&t, "; `romonctl why %s` says more", why_mac(id).text);
}
