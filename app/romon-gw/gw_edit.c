// SPDX-License-Identifier: BSD-3-Clause
// Changes by the tree. Any thread.
#include <string.h>
#include <strings.h>

#include "base_log.h"
#include "gw_edit.h"

LOG_TYPE("change");

#define ITEMS_MAX 64

// How a value goes to romond.
enum form {
	FORM_TEXT,    // as it stands: romond's words are RouterOS's
	FORM_ID,      // zeros: auto
	FORM_SECRETS, // a list with commas
	FORM_SECRET,  // one of them
};

// A property that can be set: its key below the item, or in the configuration.
struct writable {
	const char *name;
	const char *key;
	enum form form;
};

static const struct writable romon_writables[] = {
	{"enabled", "romon.enabled", FORM_TEXT},
	{"id", "romon.id", FORM_ID},
	{"secrets", "romon.secrets", FORM_SECRETS},
	{"secret", "romon.secrets", FORM_SECRET},
	{"channel", "romon.channel", FORM_TEXT},
	{"master-id", "romon.master-id", FORM_TEXT},
	{NULL},
};

static const struct writable identity_writables[] = {{"name", "romon.identity", FORM_TEXT}, {NULL}};

static const struct writable port_writables[] = {
	{"cost", "cost", FORM_TEXT},
	{"forbid", "forbid", FORM_TEXT},
	{"secrets", "secrets", FORM_SECRETS},
	{"comment", "comment", FORM_TEXT},
	{"disabled", "disabled", FORM_TEXT},
	{NULL},
};

static const struct changeable {
	const char *path;
	const struct writable *writables;
	bool is_list;
} changeables[] = {
	{"/tool/romon", romon_writables, false},
	{"/system/identity", identity_writables, false},
	{"/tool/romon/port", port_writables, true},
};

struct changing {
	const struct gw_shared *shared;
	struct gw_edit *c;
	const struct changeable *menu;
	json_t *values; // of config-set: keys and values
	uint32_t n_items;
	char items[ITEMS_MAX][64]; // names of ports
};

static const struct changeable *changeable_find(const struct gw_menu *menu)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(changeables); i++) {
		if (strcmp(changeables[i].path, menu->path) == 0)
			return &changeables[i];
	}
	return NULL;
}

bool gw_edit_is_changeable(const struct gw_menu *menu)
{
	return changeable_find(menu) != NULL;
}

bool gw_edit_is_writable(const struct gw_menu *menu, const char *property)
{
	const struct changeable *c = changeable_find(menu);

	if (c == NULL)
		return false;
	for (const struct writable *w = c->writables; w->name != NULL; w++) {
		if (strcmp(w->name, property) == 0)
			return true;
	}
	return c->is_list && strcmp(property, "interface") == 0;
}

static const char *arg_of(const struct gw_edit *c, const char *name)
{
	for (uint32_t i = c->n_args; i > 0; i--) {
		if (strcmp(c->args[i - 1].name, name) == 0)
			return c->args[i - 1].value;
	}
	return NULL;
}

static enum gw_edit_end fail(struct changing *ch, enum gw_edit_end end, const char *text)
{
	base_text_add(&ch->c->why, "%s", text);
	return end;
}

// romond's own sentence, as RouterOS begins such ones.
static enum gw_edit_end ask(struct changing *ch, const char *cmd, json_t *args)
{
	char buf[512];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	struct gw_ask a = {.cmd = cmd, .args = args, .on_behalf = ch->c->who};
	json_t *answer = args == NULL ? NULL : gw_link_ask_as(ch->shared->link, &a, &why);
	json_decref(args);
	json_decref(a.extra);
	gw_tree_forget(ch->shared->tree);
	if (answer == NULL) {
		base_text_add(&ch->c->why, "failure: %s", why.len == 0 ? "out of memory" : buf);
		return a.code == API_ERROR_INVALID ? GW_EDIT_AWAY : GW_EDIT_FAILED;
	}
	json_decref(answer);
	return GW_EDIT_DONE;
}

// ---- items

// The port of that .id or name, by the rows that clients see.
static bool item_find(struct changing *ch, const char *item, size_t len, char name[64], int *rc)
{
	struct gw_cursor cursor;
	struct gw_row row;
	json_t *json;
	bool is_found = false;

	gw_cursor_open(&cursor, ch->shared->tree, ch->c->menu);
	while (!is_found && (*rc = gw_cursor_next(&cursor, &json, &ch->c->why)) == 1) {
		gw_menu_row(ch->c->menu, json, &row);
		const char *id = gw_row_value(&row, ".id");
		const char *is = gw_row_value(&row, "interface");

		if (id == NULL || is == NULL)
			continue;
		is_found = (strlen(id) == len && strncasecmp(id, item, len) == 0) ||
			   (strlen(is) == len && memcmp(is, item, len) == 0);
		if (is_found)
			(void)base_text_copy(name, 64, is);
	}
	gw_cursor_close(&cursor);
	return is_found;
}

static enum gw_edit_end items_find(struct changing *ch)
{
	const char *list = arg_of(ch->c, ".id");

	if (list == NULL)
		list = arg_of(ch->c, "numbers");
	if (list == NULL || list[0] == '\0')
		return fail(ch, GW_EDIT_NO_ITEM, "no such item");
	while (*list != '\0') {
		size_t len = strcspn(list, ",");
		int rc = 0;

		if (ch->n_items == ITEMS_MAX)
			return fail(ch, GW_EDIT_ARGUMENT, "too many items");
		if (!item_find(ch, list, len, ch->items[ch->n_items], &rc))
			return rc < 0 ? GW_EDIT_AWAY : fail(ch, GW_EDIT_NO_ITEM, "no such item");
		ch->n_items++;
		list += len + (list[len] == ',');
	}
	return GW_EDIT_DONE;
}

static bool is_default_row(const char *name)
{
	return strcmp(name, "all") == 0;
}

// ---- values

static json_t *secrets_make(const char *list)
{
	json_t *secrets = json_array();

	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		json_array_append_new(secrets, json_stringn(list, len));
		list += len + (list[len] == ',');
	}
	return secrets;
}

static json_t *value_make(enum form form, const char *value)
{
	switch (form) {
	case FORM_TEXT:
		return json_string(value);
	case FORM_ID:
		return json_string(strcmp(value, "00:00:00:00:00:00") == 0 ? "auto" : value);
	case FORM_SECRETS:
		return secrets_make(value);
	case FORM_SECRET:
		return value[0] == '\0' ? json_array() : json_pack("[s]", value);
	}
	return NULL;
}

// Words that are no property: which items, and those of both dialects.
static bool is_about_items(const char *name)
{
	return strcmp(name, ".id") == 0 || strcmp(name, "numbers") == 0 || name[0] == '.';
}

static const struct writable *writable_find(const struct changing *ch, const char *name)
{
	for (const struct writable *w = ch->menu->writables; w->name != NULL; w++) {
		if (strcmp(w->name, name) == 0)
			return w;
	}
	return NULL;
}

// Each argument as a value of out, its key behind prefix. skipped: an argument that is none of these.
static enum gw_edit_end values_read(struct changing *ch, json_t *out, const char *prefix, const char *skipped)
{
	for (uint32_t i = 0; i < ch->c->n_args; i++) {
		const struct rosapi_arg *a = &ch->c->args[i];
		const struct writable *w = writable_find(ch, a->name);
		char key[128];

		if (is_about_items(a->name) || (skipped != NULL && strcmp(a->name, skipped) == 0))
			continue;
		if (w == NULL) {
			base_text_add(&ch->c->why, "unknown parameter %s", a->name);
			return GW_EDIT_ARGUMENT;
		}
		if (strcmp(prefix, "ports.all.") == 0 &&
			(strcmp(w->key, "disabled") == 0 || strcmp(w->key, "comment") == 0))
			return fail(ch, GW_EDIT_FAILED, "failure: the default entry has no such value");
		if ((w->form == FORM_SECRETS || w->form == FORM_SECRET) && strcmp(a->value, GW_HIDDEN) == 0)
			continue; // what was read is written back: they stay as they are
		snprintf(key, sizeof(key), "%s%s", prefix, w->key);
		if (json_object_set_new(out, key, value_make(w->form, a->value)) != 0)
			return fail(ch, GW_EDIT_ARGUMENT, "invalid value: not UTF-8");
	}
	return GW_EDIT_DONE;
}

static enum gw_edit_end values_send(struct changing *ch)
{
	if (json_object_size(ch->values) == 0)
		return GW_EDIT_DONE; // nothing to change is no mistake
	return ask(ch, "config-set", json_pack("{s:O}", "values", ch->values));
}

// ---- verbs

static enum gw_edit_end settings_set(struct changing *ch)
{
	enum gw_edit_end end = values_read(ch, ch->values, "", NULL);

	return end != GW_EDIT_DONE ? end : values_send(ch);
}

// All items at once, so that they are judged and changed as one.
static enum gw_edit_end items_set(struct changing *ch)
{
	enum gw_edit_end end = items_find(ch);

	for (uint32_t i = 0; i < ch->n_items && end == GW_EDIT_DONE; i++) {
		char prefix[96];
		const char *interface = arg_of(ch->c, "interface");

		if (interface != NULL && strcmp(interface, ch->items[i]) != 0)
			return fail(ch, GW_EDIT_FAILED,
				"failure: the interface of an entry stays: remove it and add another");
		snprintf(prefix, sizeof(prefix), "ports.%s.", ch->items[i]);
		end = values_read(ch, ch->values, prefix, "interface");
	}
	return end != GW_EDIT_DONE ? end : values_send(ch);
}

static enum gw_edit_end item_add(struct changing *ch)
{
	const char *interface = arg_of(ch->c, "interface");

	if (interface == NULL)
		return fail(ch, GW_EDIT_ARGUMENT, "missing value(s) of argument(s) interface");
	enum gw_edit_end end = values_read(ch, ch->values, "", "interface");
	if (end == GW_EDIT_DONE)
		end = ask(ch, "config-add",
			json_pack(
				"{s:s, s:s, s:O}", "map", "ports", "name", interface, "values", ch->values));
	if (end == GW_EDIT_DONE)
		gw_menu_id(interface, ch->c->id);
	return end;
}

static enum gw_edit_end items_remove(struct changing *ch)
{
	enum gw_edit_end end = items_find(ch);

	for (uint32_t i = 0; i < ch->n_items && end == GW_EDIT_DONE; i++) {
		if (is_default_row(ch->items[i]))
			return fail(ch, GW_EDIT_FAILED, "failure: can not remove default entry");
	}
	for (uint32_t i = 0; i < ch->n_items && end == GW_EDIT_DONE; i++)
		end = ask(ch, "config-remove", json_pack("{s:s+}", "key", "ports.", ch->items[i]));
	return end;
}

static enum gw_edit_end items_switch(struct changing *ch, bool is_disabled)
{
	enum gw_edit_end end = items_find(ch);

	for (uint32_t i = 0; i < ch->n_items && end == GW_EDIT_DONE; i++) {
		char key[96];

		if (is_default_row(ch->items[i]))
			return fail(ch, GW_EDIT_FAILED, "failure: can not disable or enable default entry");
		snprintf(key, sizeof(key), "ports.%s.disabled", ch->items[i]);
		json_object_set_new(ch->values, key, json_boolean(is_disabled));
	}
	return end != GW_EDIT_DONE ? end : values_send(ch);
}

// A property that is not set has its default: what the file says is no matter then.
static enum gw_edit_end items_unset(struct changing *ch)
{
	const char *name = arg_of(ch->c, "value-name");
	const struct writable *w = name == NULL ? NULL : writable_find(ch, name);
	enum gw_edit_end end = items_find(ch);

	if (w == NULL)
		return fail(ch, GW_EDIT_ARGUMENT,
			name == NULL ? "missing value(s) of argument(s) value-name"
				     : "unknown parameter value-name");
	for (uint32_t i = 0; i < ch->n_items && end == GW_EDIT_DONE; i++)
		end = ask(ch, "config-remove",
			json_pack("{s:s+++}", "key", "ports.", ch->items[i], ".", w->key));
	return end;
}

static enum gw_edit_end list_change(struct changing *ch)
{
	const char *verb = ch->c->verb;

	if (strcmp(verb, "set") == 0 || strcmp(verb, "comment") == 0)
		return items_set(ch);
	if (strcmp(verb, "add") == 0)
		return item_add(ch);
	if (strcmp(verb, "remove") == 0)
		return items_remove(ch);
	if (strcmp(verb, "enable") == 0 || strcmp(verb, "disable") == 0)
		return items_switch(ch, verb[0] == 'd');
	if (strcmp(verb, "unset") == 0)
		return items_unset(ch);
	return fail(ch, GW_EDIT_NO_COMMAND, "no such command"); // move: ports have no order
}

// Which items and properties, but no values: there are secrets among them.
static void change_log(const struct changing *ch, enum gw_edit_end end)
{
	const struct gw_edit *c = ch->c;
	char buf[256];
	struct base_text text;

	base_text_init(&text, buf, sizeof(buf));
	for (uint32_t i = 0; i < ch->n_items; i++)
		base_text_add(&text, " %s", ch->items[i]);
	for (uint32_t i = 0; i < c->n_args; i++) {
		bool is_name = strcmp(c->args[i].name, "interface") == 0;

		if (!is_about_items(c->args[i].name))
			base_text_add(&text, " %s%s%s", c->args[i].name, is_name ? "=" : "",
				is_name ? c->args[i].value : "");
	}
	LOG(NOTICE, "%s: %s %s%s%s%s", c->who, c->menu->path, c->verb, text.len > 0 ? buf : "",
		end == GW_EDIT_DONE ? "" : ": refused: ", end == GW_EDIT_DONE ? "" : c->why.buf);
}

enum gw_edit_end gw_edit_run(const struct gw_shared *shared, struct gw_edit *c)
{
	struct changing ch = {.shared = shared, .c = c, .menu = changeable_find(c->menu)};
	enum gw_edit_end end;

	c->id[0] = '\0';
	if (ch.menu == NULL || (!ch.menu->is_list && strcmp(c->verb, "set") != 0))
		return fail(&ch, GW_EDIT_NO_COMMAND, "no such command");
	ch.values = json_object();
	end = ch.menu->is_list ? list_change(&ch) : settings_set(&ch);
	json_decref(ch.values);
	change_log(&ch, end);
	return end;
}
