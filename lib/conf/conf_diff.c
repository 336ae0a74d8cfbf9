// SPDX-License-Identifier: BSD-3-Clause
// What changed between two configurations, from the rows of the schema. Control thread. Ports, groups
// and forwards are the same when their names are; filters when their places in the list are.
#include <string.h>

#include "conf_node.h"
#include "conf_schema.h"
#include "conf_value.h"

static const char absent[] = "(absent)";

struct diff {
	struct conf_change *out;
	size_t max;
	size_t n;
	enum conf_reload worst;
};

// Copy text, cut at a character's border.
static void text_put(char *dst, size_t size, const char *text)
{
	if (base_text_copy(dst, size, text) < 0)
		dst[conf_text_clean_len(dst, strlen(dst), false)] = '\0';
}

static void change_add(struct diff *d, const char *prefix, const char *key, const char *before,
	const char *after, enum conf_reload reload)
{
	if (reload > d->worst)
		d->worst = reload;
	if (d->n < d->max) {
		struct conf_change *change = &d->out[d->n];
		struct base_text name;

		memset(change, 0, sizeof(*change));
		base_text_init(&name, change->key, sizeof(change->key));
		base_text_add(&name, "%s%s", prefix, key);
		text_put(change->before, sizeof(change->before), before);
		text_put(change->after, sizeof(change->after), after);
		change->reload = reload;
	}
	d->n++;
}

static void diff_value(
	struct diff *d, const struct conf_key *key, const char *prefix, const void *before, const void *after)
{
	char text_before[CONF_VALUE_TEXT_SIZE];
	char text_after[CONF_VALUE_TEXT_SIZE];

	if (!conf_value_equal(key, before, after))
		change_add(d, prefix, key->path, conf_value_format(key, before, text_before),
			conf_value_format(key, after, text_after), key->reload);
}

// All values of a scope; containers in it are the caller's.
static void diff_scope(
	struct diff *d, enum conf_scope scope, const char *prefix, const void *before, const void *after)
{
	for (size_t i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope == scope && !conf_type_is_container(conf_keys[i].type))
			diff_value(d, &conf_keys[i], prefix, before, after);
	}
}

// "ports.NAME" or "relay-groups.GROUP.ports.NAME", and tail.
static void port_key(
	const struct conf *conf, const struct conf_port *port, const char *tail, char key[CONF_KEY_PATH_SIZE])
{
	struct base_text text;

	base_text_init(&text, key, CONF_KEY_PATH_SIZE);
	if (port->mode == CONF_MODE_RELAY)
		base_text_add(&text, "relay-groups.%s.", conf->groups[port->group_idx].name);
	base_text_add(&text, "ports.%s%s", port->name, tail);
}

// The port of conf at the same place in the file (mode and group) as port of other, or NULL.
static const struct conf_port *port_match(
	const struct conf *conf, const struct conf *other, const struct conf_port *port)
{
	int idx = conf_port_find(conf, port->name);

	if (idx < 0 || conf->ports[idx].mode != port->mode)
		return NULL;
	bool is_same = port->mode == CONF_MODE_NODE || strcmp(conf->groups[conf->ports[idx].group_idx].name,
							       other->groups[port->group_idx].name) == 0;
	return is_same ? &conf->ports[idx] : NULL;
}

static void diff_ports(
	struct diff *d, const struct conf *before, const struct conf *after, enum conf_mode mode)
{
	enum conf_scope scope = mode == CONF_MODE_NODE ? CONF_SCOPE_PORT : CONF_SCOPE_RELAY;
	char key[CONF_KEY_PATH_SIZE];

	for (uint32_t i = 0; i < before->n_ports; i++) {
		const struct conf_port *port = &before->ports[i];
		const struct conf_port *now = port_match(after, before, port);

		if (port->mode != mode)
			continue;
		port_key(before, port, now == NULL ? "" : ".", key);
		if (now == NULL)
			change_add(d, key, "", port->device, absent, CONF_RELOAD_PORT);
		else
			diff_scope(d, scope, key, port, now);
	}
	for (uint32_t i = 0; i < after->n_ports; i++) {
		const struct conf_port *port = &after->ports[i];

		if (port->mode != mode || port_match(before, after, port) != NULL)
			continue;
		port_key(after, port, "", key);
		change_add(d, key, "", absent, port->device, CONF_RELOAD_PORT);
	}
}

static const struct conf_group *group_find(const struct conf *conf, const char *name)
{
	for (uint32_t i = 0; i < conf->n_groups; i++) {
		if (strcmp(conf->groups[i].name, name) == 0)
			return &conf->groups[i];
	}
	return NULL;
}

static void diff_groups(struct diff *d, const struct conf *before, const struct conf *after)
{
	char prefix[CONF_KEY_PATH_SIZE];
	struct base_text text;

	for (uint32_t i = 0; i < before->n_groups; i++) {
		const struct conf_group *now = group_find(after, before->groups[i].name);

		base_text_init(&text, prefix, sizeof(prefix));
		base_text_add(&text, "relay-groups.%s%s", before->groups[i].name, now == NULL ? "" : ".");
		if (now == NULL)
			change_add(d, prefix, "", "(present)", absent, CONF_RELOAD_PORT);
		else
			diff_scope(d, CONF_SCOPE_GROUP, prefix, &before->groups[i], now);
	}
	for (uint32_t i = 0; i < after->n_groups; i++) {
		if (group_find(before, after->groups[i].name) != NULL)
			continue;
		change_add(d, "relay-groups.", after->groups[i].name, absent, "(present)", CONF_RELOAD_PORT);
	}
	diff_ports(d, before, after, CONF_MODE_RELAY);
}

static void diff_filters(struct diff *d, const struct conf *before, const struct conf *after)
{
	uint32_t n = before->n_filters > after->n_filters ? before->n_filters : after->n_filters;
	char prefix[32];
	struct base_text text;

	for (uint32_t i = 0; i < n; i++) {
		bool was = i < before->n_filters;
		bool is = i < after->n_filters;

		base_text_init(&text, prefix, sizeof(prefix));
		base_text_add(&text, "filters[%u]%s", i, was && is ? "." : "");
		if (was && is)
			diff_scope(d, CONF_SCOPE_FILTER, prefix, &before->filters[i], &after->filters[i]);
		else
			change_add(d, prefix, "", was ? "(present)" : absent, is ? "(present)" : absent,
				CONF_RELOAD_LIVE);
	}
}

static const struct conf_forward *forward_find(const struct conf *conf, const char *name)
{
	for (uint32_t i = 0; i < conf->n_forwards; i++) {
		if (strcmp(conf->forwards[i].name, name) == 0)
			return &conf->forwards[i];
	}
	return NULL;
}

static void diff_forwards(struct diff *d, const struct conf *before, const struct conf *after)
{
	char prefix[CONF_KEY_PATH_SIZE];
	struct base_text text;

	for (uint32_t i = 0; i < before->n_forwards; i++) {
		const struct conf_forward *was = &before->forwards[i];
		const struct conf_forward *now = forward_find(after, was->name);

		base_text_init(&text, prefix, sizeof(prefix));
		base_text_add(&text, "forwards.%s%s", was->name, now == NULL ? "" : ".");
		if (now == NULL)
			change_add(d, prefix, "", was->listen, absent, CONF_RELOAD_LIVE);
		else
			diff_scope(d, CONF_SCOPE_FORWARD, prefix, was, now);
	}
	for (uint32_t i = 0; i < after->n_forwards; i++) {
		if (forward_find(before, after->forwards[i].name) == NULL)
			change_add(d, "forwards.", after->forwards[i].name, absent, after->forwards[i].listen,
				CONF_RELOAD_LIVE);
	}
}

size_t conf_diff(const struct conf *before, const struct conf *after, struct conf_change *out, size_t max,
	enum conf_reload *worst)
{
	struct diff d = {.out = out, .max = max, .worst = CONF_RELOAD_NONE};

	diff_scope(&d, CONF_SCOPE_ROOT, "", before, after);
	diff_ports(&d, before, after, CONF_MODE_NODE);
	diff_groups(&d, before, after);
	diff_filters(&d, before, after);
	diff_forwards(&d, before, after);
	*worst = d.worst;
	return d.n;
}
