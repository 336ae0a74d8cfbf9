// SPDX-License-Identifier: BSD-3-Clause
// Paths of keys and entries: from what people write, and what they name. Control thread.
#include <string.h>

#include "conf_edit.h"
#include "conf_value.h"

// A map of named entries: what it is called, what its entries are.
struct entries {
	enum conf_scope scope;
	const char *what; // in messages
};

static const struct entries node_ports = {CONF_SCOPE_PORT, "port"};
static const struct entries relay_ports = {CONF_SCOPE_RELAY, "port"};
static const struct entries groups = {CONF_SCOPE_GROUP, "relay group"};
static const struct entries forwards = {CONF_SCOPE_FORWARD, "forward"};

static const struct conf_key *container_of(const struct entries *entries)
{
	switch (entries->scope) {
	case CONF_SCOPE_PORT:
		return conf_key_find(CONF_SCOPE_ROOT, "ports");
	case CONF_SCOPE_GROUP:
		return conf_key_find(CONF_SCOPE_ROOT, "relay-groups");
	case CONF_SCOPE_RELAY:
		return conf_key_find(CONF_SCOPE_GROUP, "ports");
	case CONF_SCOPE_FORWARD:
		return conf_key_find(CONF_SCOPE_ROOT, "forwards");
	case CONF_SCOPE_ROOT:
	case CONF_SCOPE_FILTER:
	case CONF_SCOPE_INVALID:
		break;
	}
	return NULL;
}

// What the entry is whose path has that many names.
static const struct entries *entries_of(const struct conf_path *path)
{
	if (strcmp(path->names[0], "ports") == 0)
		return &node_ports;
	if (strcmp(path->names[0], "forwards") == 0)
		return &forwards;
	return path->n >= 4 ? &relay_ports : &groups;
}

static void name_add(struct conf_path *path, const char *name, size_t len)
{
	memcpy(path->names[path->n], name, len);
	path->names[path->n][len] = '\0';
	path->n++;
}

static bool is_port_there(const struct conf *conf, enum conf_mode mode, const char *group, const char *name)
{
	int idx = conf_port_find(conf, name);

	if (idx < 0 || conf->ports[idx].mode != mode)
		return false;
	return group == NULL || strcmp(conf->groups[conf->ports[idx].group_idx].name, group) == 0;
}

static bool is_group_there(const struct conf *conf, const char *name)
{
	for (uint32_t i = 0; i < conf->n_groups; i++) {
		if (strcmp(conf->groups[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool is_forward_there(const struct conf *conf, const char *name)
{
	for (uint32_t i = 0; i < conf->n_forwards; i++) {
		if (strcmp(conf->forwards[i].name, name) == 0)
			return true;
	}
	return false;
}

// An entry by its path, of which name is the last one.
static bool is_entry_there(const struct conf *conf, const struct entries *entries,
	const struct conf_path *above, const char *name)
{
	switch (entries->scope) {
	case CONF_SCOPE_PORT:
		return is_port_there(conf, CONF_MODE_NODE, NULL, name);
	case CONF_SCOPE_RELAY:
		return is_port_there(conf, CONF_MODE_RELAY, above->names[1], name);
	case CONF_SCOPE_GROUP:
		return is_group_there(conf, name);
	case CONF_SCOPE_FORWARD:
		return is_forward_there(conf, name);
	case CONF_SCOPE_ROOT:
	case CONF_SCOPE_FILTER:
	case CONF_SCOPE_INVALID:
		break;
	}
	return false;
}

bool conf_path_is_there(const struct conf *conf, const struct conf_path *path)
{
	struct conf_path above = *path;

	if (!path->is_entry && (path->key == NULL || path->key->scope == CONF_SCOPE_ROOT))
		return true;
	above.n = path->is_entry ? path->n : path->n - 1;
	return is_entry_there(conf, entries_of(&above), &above, above.names[above.n - 1]);
}

// How many bytes of rest are the name of an entry: one that is there, the longest of them; else up to the dot
// before a key.
static size_t name_len(const struct conf *conf, const struct entries *entries, const struct conf_path *above,
	const char *rest)
{
	size_t found = 0;

	for (size_t len = 1; len <= strlen(rest) && len <= CONF_NAME_LEN_MAX; len++) {
		char name[CONF_NAME_LEN_MAX + 1];

		if (rest[len] != '.' && rest[len] != '\0')
			continue;
		memcpy(name, rest, len);
		name[len] = '\0';
		if (is_entry_there(conf, entries, above, name))
			found = len;
	}
	if (found > 0)
		return found;
	const char *dot = strrchr(rest, '.');
	const char *relays = entries == &groups ? strstr(rest, ".ports.") : NULL;
	if (relays != NULL)
		return (size_t)(relays - rest);
	bool is_key = dot != NULL && conf_key_find(entries->scope, dot + 1) != NULL;
	return is_key ? (size_t)(dot - rest) : strlen(rest);
}

static int unknown_key(const char *typed, enum conf_scope scope, const char *key, struct base_text *why)
{
	char near[32];
	char shown[CONF_KEY_PATH_SIZE];

	base_text_escape(shown, sizeof(shown), typed, strlen(typed));
	base_text_add(why, "%s: unknown key", shown);
	if (conf_key_suggest(scope, "", key, near) != NULL)
		base_text_add(why, "; did you mean %s?", near);
	return base_errno_set(EINVAL);
}

static int name_check(const char *name, const char *what, struct base_text *why)
{
	if (conf_name_is_valid(name) && strcmp(name, "all") != 0)
		return 0;
	base_text_add(why, "a %s name has 1..%d characters of A-Z a-z 0-9 _ . -, and is not all", what,
		CONF_NAME_LEN_MAX);
	return base_errno_set(EINVAL);
}

static int entry_add(
	struct conf_path *out, const struct entries *entries, const char *name, struct base_text *why)
{
	int err = name_check(name, entries->what, why);

	if (err != 0)
		return err;
	name_add(out, name, strlen(name));
	out->key = container_of(entries);
	out->is_entry = true;
	return 0;
}

// rest = "NAME" or "NAME.KEY", below a map whose path is in out already.
static int entry_parse(const struct conf *conf, const struct entries *entries, const char *typed,
	const char *rest, struct conf_path *out, struct base_text *why)
{
	char name[CONF_KEY_PATH_SIZE];
	size_t len = name_len(conf, entries, out, rest);

	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, rest, len);
	name[len] = '\0';
	int err = entry_add(out, entries, name, why);
	if (err != 0 || rest[len] == '\0')
		return err;
	const char *key = rest + len + 1;
	if (entries == &groups && strncmp(key, "ports.", 6) == 0) {
		name_add(out, "ports", 5);
		return entry_parse(conf, &relay_ports, typed, key + 6, out, why);
	}
	struct conf_path above = *out;
	return conf_path_below(&above, key, out, why);
}

int conf_path_below(
	const struct conf_path *entry, const char *key, struct conf_path *out, struct base_text *why)
{
	enum conf_scope scope = entries_of(entry)->scope;
	const struct conf_key *row = conf_key_find(scope, key);

	*out = *entry;
	if (row == NULL || conf_type_is_container(row->type)) {
		conf_path_format(entry, why);
		base_text_add(why, ".");
		return unknown_key(key, scope, key, why);
	}
	name_add(out, key, strlen(key));
	out->key = row;
	out->is_entry = false;
	return 0;
}

// A key of the top: its dots part the names of sections.
static int root_parse(const char *text, struct conf_path *out, struct base_text *why)
{
	const struct conf_key *key = conf_key_find(CONF_SCOPE_ROOT, text);
	const char *dot = strrchr(text, '.');

	if (key == NULL || (conf_type_is_container(key->type) && key->type != CONF_TYPE_FILTERS)) {
		char near[32];
		char section[CONF_KEY_PATH_SIZE] = "";
		char shown[CONF_KEY_PATH_SIZE];

		base_text_escape(shown, sizeof(shown), text, strlen(text));
		base_text_add(why, "%s: %s", shown,
			key == NULL ? "unknown key"
				    : "name one of its entries: `romonctl config add` makes one");
		if (dot != NULL && (size_t)(dot - text) < sizeof(section))
			memcpy(section, text, (size_t)(dot - text));
		if (key == NULL &&
			conf_key_suggest(CONF_SCOPE_ROOT, section, dot == NULL ? text : dot + 1, near))
			base_text_add(why, "; did you mean %s?", near);
		return base_errno_set(EINVAL);
	}
	for (const char *at = text; at != NULL; at = strchr(at, '.') == NULL ? NULL : strchr(at, '.') + 1)
		name_add(out, at, strcspn(at, "."));
	out->key = key;
	return 0;
}

int conf_path_parse(const struct conf *conf, const char *text, struct conf_path *out, struct base_text *why)
{
	static const struct {
		const char *prefix;
		const struct entries *entries;
	} maps[] = {{"ports.", &node_ports}, {"relay-groups.", &groups}, {"forwards.", &forwards}};

	*out = (struct conf_path){.n = 0};
	if (strncmp(text, "ports.all.", 10) == 0)
		return root_parse(text, out, why);
	for (size_t i = 0; i < BASE_ARRAY_LEN(maps); i++) {
		size_t len = strlen(maps[i].prefix);

		if (strncmp(text, maps[i].prefix, len) != 0)
			continue;
		name_add(out, text, len - 1);
		return entry_parse(conf, maps[i].entries, text, text + len, out, why);
	}
	return root_parse(text, out, why);
}

int conf_path_entry(const char *map, const char *name, struct conf_path *out, struct base_text *why)
{
	static const char relays[] = ".ports";
	size_t len = strlen(map);
	char group[CONF_NAME_LEN_MAX + 1];

	*out = (struct conf_path){.n = 0};
	if (strcmp(map, "ports") == 0 || strcmp(map, "relay-groups") == 0 || strcmp(map, "forwards") == 0) {
		name_add(out, map, len);
		return entry_add(out, entries_of(out), name, why);
	}
	if (strncmp(map, "relay-groups.", 13) == 0 && len > 13 + sizeof(relays) - 1 &&
		strcmp(map + len - sizeof(relays) + 1, relays) == 0 &&
		len - 13 - sizeof(relays) + 1 < sizeof(group)) {
		memcpy(group, map + 13, len - 13 - sizeof(relays) + 1);
		group[len - 13 - sizeof(relays) + 1] = '\0';
		name_add(out, "relay-groups", 12);
		int err = entry_add(out, &groups, group, why);
		if (err != 0)
			return err;
		name_add(out, "ports", 5);
		return entry_add(out, &relay_ports, name, why);
	}
	base_text_add(why, "expected ports, relay-groups, relay-groups.NAME.ports or forwards, got ");
	char shown[64];
	base_text_escape(shown, sizeof(shown), map, len);
	base_text_add(why, "%s", shown);
	return base_errno_set(EINVAL);
}

void conf_path_format(const struct conf_path *path, struct base_text *out)
{
	for (uint32_t i = 0; i < path->n; i++)
		base_text_add(out, "%s%s", i > 0 ? "." : "", path->names[i]);
}

bool conf_path_names_entry(const struct conf_path *path, uint32_t idx)
{
	const char *top = path->names[0];

	if (strcmp(top, "ports") == 0)
		return idx == 1 && strcmp(path->names[1], "all") != 0;
	if (strcmp(top, "forwards") == 0)
		return idx == 1;
	return strcmp(top, "relay-groups") == 0 && (idx == 1 || idx == 3);
}

bool conf_path_is_roots(const struct conf_path *path)
{
	return path->key == NULL || !path->key->is_operators;
}
