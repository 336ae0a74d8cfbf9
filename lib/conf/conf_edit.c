// SPDX-License-Identifier: BSD-3-Clause
// Lists of edits: as YAML, and one edit more. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_secmem.h"
#include "conf_edit.h"
#include "conf_tree.h"
#include "conf_value.h"

static const char head[] =
	"# Edits of romond's configuration, made while it ran. They hold above its file. romond writes this one:\n"
	"# `romonctl config show` lists them, `romonctl config reset` drops them.\n"
	"edits:\n";

const char *conf_verb_name(enum conf_verb verb)
{
	switch (verb) {
	case CONF_VERB_SET:
		return "set";
	case CONF_VERB_ADD:
		return "add";
	case CONF_VERB_REMOVE:
		return "remove";
	case CONF_VERB_INVALID:
		break;
	}
	return "invalid";
}

struct conf_edits *conf_edits_create(void)
{
	return calloc(1, sizeof(struct conf_edits));
}

void conf_edits_clear(struct conf_edits *edits)
{
	for (uint32_t i = 0; i < edits->n; i++)
		conf_node_free(edits->list[i].value);
	edits->n = 0;
}

void conf_edits_destroy(struct conf_edits *edits)
{
	if (edits != NULL)
		conf_edits_clear(edits);
	free(edits);
}

// ---- from YAML

static bool is_name(const struct conf_node *node)
{
	return node->kind == CONF_NODE_SCALAR && conf_name_is_valid(node->text);
}

// What the names of a path say, by the schema. A key that this romond does not know stays one.
static void path_judge(struct conf_path *path)
{
	struct conf_path found;
	struct conf_path entry;
	char scrap[128];
	struct base_text why;

	base_text_init(&why, scrap, sizeof(scrap));
	bool is_relay = path->n >= 4 && strcmp(path->names[0], "relay-groups") == 0;
	if (!conf_path_names_entry(path, 1)) {
		char text[CONF_PATH_NAMES_MAX * (CONF_NAME_LEN_MAX + 1)];
		struct base_text t;

		base_text_init(&t, text, sizeof(text));
		conf_path_format(path, &t);
		path->key = conf_key_find(CONF_SCOPE_ROOT, text);
		return;
	}
	if (path->n < 2)
		return;
	char map[64];
	struct base_text t;
	base_text_init(&t, map, sizeof(map));
	base_text_add(&t, is_relay ? "relay-groups.%s.ports" : "%s", path->names[is_relay ? 1 : 0]);
	uint32_t n = is_relay ? 4 : 2;
	if (conf_path_entry(map, path->names[n - 1], &entry, &why) != 0)
		return;
	if (path->n == n)
		*path = entry;
	else if (path->n == n + 1 && conf_path_below(&entry, path->names[n], &found, &why) == 0)
		*path = found;
}

static int path_read(const struct conf_node *names, struct conf_path *out)
{
	*out = (struct conf_path){.n = 0};
	if (names->kind != CONF_NODE_LIST || names->n == 0 || names->n > CONF_PATH_NAMES_MAX)
		return base_errno_set(EINVAL);
	for (const struct conf_node *m = names->first; m != NULL; m = m->next) {
		if (!is_name(m))
			return base_errno_set(EINVAL);
		(void)base_text_copy(out->names[out->n++], sizeof(out->names[0]), m->text);
	}
	path_judge(out);
	return 0;
}

// { set: [ports, e0, cost], to: 70 }, { add: [ports, e9] } or { remove: [ports, e3] }
static int edit_read(const struct conf_node *node, struct conf_edit *out)
{
	static const enum conf_verb verbs[] = {CONF_VERB_SET, CONF_VERB_ADD, CONF_VERB_REMOVE};
	const struct conf_node *value = conf_node_get(node, "to");
	const struct conf_node *names = NULL;

	*out = (struct conf_edit){.verb = CONF_VERB_INVALID};
	for (size_t i = 0; i < BASE_ARRAY_LEN(verbs) && names == NULL; i++) {
		names = conf_node_get(node, conf_verb_name(verbs[i]));
		out->verb = verbs[i];
	}
	if (names == NULL || (out->verb == CONF_VERB_SET) != (value != NULL) ||
		node->n != (value == NULL ? 1 : 2) || path_read(names, &out->path) != 0)
		return base_errno_set(EINVAL);
	out->value = value == NULL ? NULL : conf_node_copy(value);
	return value != NULL && out->value == NULL ? base_errno_set(ENOMEM) : 0;
}

static int list_read(const struct conf_node *list, struct conf_edits *out, struct base_text *why)
{
	if (list == NULL || (list->kind != CONF_NODE_LIST && !conf_node_is_null(list))) {
		base_text_add(why, "holds no list of edits");
		return base_errno_set(EINVAL);
	}
	for (const struct conf_node *m = list->first; m != NULL; m = m->next) {
		if (out->n == CONF_EDITS_MAX) {
			base_text_add(why, "has more than %d edits", CONF_EDITS_MAX);
			return base_errno_set(EINVAL);
		}
		int err = edit_read(m, &out->list[out->n]);
		if (err == -EINVAL)
			base_text_add(why, "line %u holds no edit", m->line);
		if (err != 0)
			return err;
		out->n++;
	}
	return 0;
}

int conf_edits_read(const struct conf_text *overlay, struct conf_edits *out, struct base_text *why)
{
	struct conf_place place;

	if (overlay == NULL)
		return 0;
	struct conf_issues *issues = calloc(1, sizeof(*issues));
	if (issues == NULL)
		return base_errno_set(ENOMEM);
	conf_place_init(&place, issues);
	struct conf_node *root = conf_node_parse(overlay->bytes, overlay->len, &place);
	int err = root == NULL ? -errno : list_read(conf_node_get(root, "edits"), out, why);
	if (root == NULL && issues->n > 0)
		base_text_add(why, "line %u: %s", issues->list[0].line, issues->list[0].text);
	conf_node_free(root);
	free(issues);
	return err;
}

// ---- to YAML

static void edit_write(const struct conf_edit *edit, struct base_text *out)
{
	base_text_add(out, "- {%s: [", conf_verb_name(edit->verb));
	for (uint32_t i = 0; i < edit->path.n; i++)
		base_text_add(out, "%s\"%s\"", i > 0 ? ", " : "", edit->path.names[i]);
	base_text_add(out, "]");
	if (edit->value != NULL) {
		base_text_add(out, ", to: ");
		conf_node_write_flow(edit->value, out);
	}
	base_text_add(out, "}\n");
}

int conf_edits_write(const struct conf_edits *edits, struct conf_text **out)
{
	struct base_text text;

	*out = NULL;
	if (edits->n == 0)
		return 0;
	char *buf = base_secmem_alloc(CONF_OVERLAY_SIZE_MAX + 1);
	if (buf == NULL)
		return base_errno_set(ENOMEM);
	base_text_init(&text, buf, CONF_OVERLAY_SIZE_MAX + 1);
	base_text_add(&text, "%s", head);
	for (uint32_t i = 0; i < edits->n; i++)
		edit_write(&edits->list[i], &text);
	if (!text.is_cut)
		*out = conf_text_make(buf, text.len);
	base_secmem_free(buf);
	return text.is_cut ? base_errno_set(ENOSPC) : *out == NULL ? base_errno_set(ENOMEM) : 0;
}

// ---- one more

static bool is_below(const struct conf_path *path, const struct conf_path *above)
{
	if (path->n < above->n)
		return false;
	for (uint32_t i = 0; i < above->n; i++) {
		if (strcmp(path->names[i], above->names[i]) != 0)
			return false;
	}
	return true;
}

static void edit_take_out(struct conf_edits *edits, uint32_t idx)
{
	conf_node_free(edits->list[idx].value);
	edits->n--;
	memmove(&edits->list[idx], &edits->list[idx + 1], (edits->n - idx) * sizeof(edits->list[0]));
}

uint32_t conf_edits_drop(struct conf_edits *edits, const struct conf_path *path)
{
	uint32_t n = 0;

	for (uint32_t i = edits->n; i > 0; i--) {
		if (!is_below(&edits->list[i - 1].path, path))
			continue;
		edit_take_out(edits, i - 1);
		n++;
	}
	return n;
}

// An entry that is removed and added again begins with defaults: both edits stay, in this order.
int conf_edits_put(
	struct conf_edits *edits, enum conf_verb verb, const struct conf_path *path, struct conf_node *value)
{
	if (verb != CONF_VERB_ADD)
		(void)conf_edits_drop(edits, path);
	if (edits->n == CONF_EDITS_MAX) {
		conf_node_free(value);
		return base_errno_set(ENOSPC);
	}
	edits->list[edits->n++] = (struct conf_edit){verb, *path, value};
	return 0;
}

// ---- values

// Is it a text for whoever reads the file, whatever it looks like?
static bool is_text(enum conf_type type)
{
	return type == CONF_TYPE_TEXT || type == CONF_TYPE_NAME || type == CONF_TYPE_PATH ||
	       type == CONF_TYPE_SECRETS_FILE || type == CONF_TYPE_ENDPOINT;
}

struct conf_node *conf_value_node(const struct conf_key *key, const char *text, struct base_text *why)
{
	bool is_secrets = key->type == CONF_TYPE_SECRETS;
	bool has_list = is_secrets || key->type == CONF_TYPE_CORES || key->type == CONF_TYPE_SERVICES ||
			key->type == CONF_TYPE_MACS || key->type == CONF_TYPE_FILTERS;

	if (has_list && text[0] == '[') {
		struct conf_place place;
		struct conf_issues *issues = calloc(1, sizeof(*issues));

		if (issues == NULL)
			return base_errno_null(ENOMEM);
		conf_place_init(&place, issues);
		struct conf_node *list = conf_node_parse(text, strlen(text), &place);
		if (list == NULL)
			base_text_add(why, "not a list of YAML such as [a, b]");
		free(issues);
		return list;
	}
	if (!is_secrets && !(has_list && text[0] == '\0')) {
		struct conf_node *node = conf_node_scalar(text);

		if (node != NULL)
			node->is_plain = text[0] != '\0' && !is_text(key->type);
		return node;
	}
	struct conf_node *list = conf_node_make(CONF_NODE_LIST);
	struct conf_node *only = list == NULL || text[0] == '\0' ? NULL : conf_node_scalar(text);
	if (list == NULL || (text[0] != '\0' && (only == NULL || conf_node_put(list, NULL, only) != 0))) {
		conf_node_free(list);
		return base_errno_null(ENOMEM);
	}
	return list;
}

void conf_edit_value_format(const struct conf_edit *edit, struct base_text *out)
{
	const struct conf_key *key = edit->path.key;

	if (key == NULL || key->type == CONF_TYPE_SECRETS)
		base_text_add(out, "(hidden)");
	else if (edit->value->kind == CONF_NODE_SCALAR)
		base_text_add(out, "%s", edit->value->text);
	else
		conf_node_write_flow(edit->value, out);
}
