// SPDX-License-Identifier: BSD-3-Clause
// config-set, config-add, config-remove, config-reset, and what is told of edits. Under app_lock().
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf_edit.h"
#include "conf_tree.h"
#include "conf_value.h"
#include "config_edit.h"
#include "confirm.h"
#include "handlers.h"
#include "overlay.h"

// A command that is being carried out: the edits that hold now, to be changed.
struct editing {
	struct app *app;
	struct conf_edits *edits;
	struct api_error *err;
	uint32_t n_new;
	char what_buf[CONF_KEY_PATH_SIZE]; // the first key
	uint32_t n_keys;
	struct base_text why;
	char why_buf[sizeof(((struct api_error *)NULL)->message)];
};

static bool refuse(struct editing *e, enum api_error_code code, const char *text)
{
	api_fail(e->err, code, "%s", text);
	return false;
}

static bool begin(struct editing *e, struct app *app, struct api_error *err)
{
	*e = (struct editing){.app = app, .err = err};
	base_text_init(&e->why, e->why_buf, sizeof(e->why_buf));
	if (app->conf->text == NULL)
		return refuse(
			e, API_ERROR_FAILED, "what is in force came from no file: there is nothing to edit");
	e->edits = conf_edits_create();
	if (e->edits == NULL || conf_edits_read(app->conf->overlay, e->edits, &e->why) != 0)
		return refuse(e, API_ERROR_FAILED, e->why.len > 0 ? e->why_buf : "out of memory");
	return true;
}

static bool may_edit(struct editing *e, const struct conf_path *path)
{
	const struct api_call *call = e->app->api == NULL ? NULL : api_server_call(e->app->api);
	char key_buf[CONF_KEY_PATH_SIZE];
	struct base_text key;

	base_text_init(&key, key_buf, sizeof(key_buf));
	conf_path_format(path, &key);
	if (e->n_keys++ == 0)
		(void)base_text_copy(e->what_buf, sizeof(e->what_buf), key_buf);
	if (call == NULL || call->peer.tier == API_TIER_ROOT || !conf_path_is_roots(path))
		return true;
	api_fail(e->err, API_ERROR_NOT_PERMITTED,
		"an edit of %s needs the tier %s, which %s have; you have %s", key_buf,
		api_tier_name(API_TIER_ROOT), api_tier_holders(API_TIER_ROOT),
		api_tier_name(call->peer.tier));
	return false;
}

static bool path_find(struct editing *e, const char *key, struct conf_path *path)
{
	if (conf_path_parse(e->app->conf, key, path, &e->why) != 0)
		return refuse(e, API_ERROR_BAD_ARGUMENT, e->why_buf);
	return may_edit(e, path);
}

// ---- values

static struct conf_node *node_of(json_t *value, const struct conf_key *key, struct base_text *why);

static struct conf_node *members_of(json_t *value, struct base_text *why)
{
	struct conf_node *node = conf_node_make(json_is_array(value) ? CONF_NODE_LIST : CONF_NODE_MAP);
	const char *name;
	json_t *member;
	size_t i;
	int err = node == NULL ? -ENOMEM : 0;

	json_array_foreach (value, i, member) {
		struct conf_node *m = err != 0 ? NULL : node_of(member, NULL, why);

		err = m == NULL ? -ENOMEM : conf_node_put(node, NULL, m);
	}
	json_object_foreach (value, name, member) {
		struct conf_node *m = err != 0 ? NULL : node_of(member, NULL, why);

		err = m == NULL ? -ENOMEM : conf_node_put(node, name, m);
	}
	if (err == 0)
		return node;
	conf_node_free(node);
	return NULL;
}

// key: whose value it is; NULL = it stands within one.
static struct conf_node *node_of(json_t *value, const struct conf_key *key, struct base_text *why)
{
	char number[32];

	if (json_is_array(value) || json_is_object(value))
		return members_of(value, why);
	if (json_is_string(value))
		return key == NULL ? conf_node_scalar(json_string_value(value))
				   : conf_value_node(key, json_string_value(value), why);
	if (json_is_boolean(value))
		return conf_node_scalar(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return conf_node_scalar(number);
	}
	base_text_add(why, "expected a text, a whole number, true, false, or a list of these");
	return NULL;
}

static bool put(struct editing *e, enum conf_verb verb, const struct conf_path *path, struct conf_node *value)
{
	if (conf_edits_put(e->edits, verb, path, value) != 0)
		return refuse(e, API_ERROR_FAILED,
			"there are too many edits: `romonctl config save` makes them part of the file");
	e->n_new++;
	return true;
}

static bool value_put(struct editing *e, const struct conf_path *path, json_t *value)
{
	if (path->is_entry) {
		conf_path_format(path, &e->why);
		base_text_add(&e->why, ": has no value: name one of its keys");
		return refuse(e, API_ERROR_BAD_ARGUMENT, e->why_buf);
	}
	conf_path_format(path, &e->why);
	base_text_add(&e->why, ": ");
	size_t len = e->why.len;
	struct conf_node *node = node_of(value, path->key, &e->why);
	if (node == NULL)
		return refuse(e, e->why.len > len ? API_ERROR_BAD_ARGUMENT : API_ERROR_FAILED,
			e->why.len > len ? e->why_buf : "out of memory");
	base_text_init(&e->why, e->why_buf, sizeof(e->why_buf));
	return put(e, CONF_VERB_SET, path, node);
}

// ---- in force

static void fill(struct app *app, const struct reload_result *r, uint64_t confirm_ms,
	struct schema_config_edited *out, struct schema_mem *mem)
{
	handlers_applied_fill(app, r, confirm_ms, &out->applied, mem);
	out->is_kept = confirm_ms == 0 && overlay_is_kept(app);
}

// The first error is the answer: it names the key, and the file is not to blame.
static void invalid(struct editing *e, const struct reload_result *r)
{
	const char *text = conf_issues_error(&r->issues);

	api_fail(e->err, API_ERROR_INVALID_CONFIG, "%s", text[0] == '\0' ? "invalid" : text);
	if (r->issues.n > 1)
		handlers_issues_tell(e->err, &r->issues);
}

static void end(
	struct editing *e, uint64_t confirm_ms, struct schema_config_edited *out, struct schema_call *call)
{
	char by[API_PEER_TEXT_SIZE];
	char what[CONF_KEY_PATH_SIZE + 16];
	struct reload_result *r = malloc(sizeof(*r));
	struct config_edit edit = {.edits = e->edits,
		.n_new = e->n_new,
		.what = what,
		.by = caller_name(e->app, by),
		.confirm_ms = confirm_ms};

	snprintf(what, sizeof(what), e->n_keys > 1 ? "%.80s and %u more" : "%.80s", e->what_buf,
		e->n_keys - 1);
	int res = r == NULL ? -ENOMEM : config_edit_apply(e->app, &edit, r);
	if (res == 0)
		fill(e->app, r, confirm_ms, out, &call->mem);
	else if (r != NULL && r->issues.n_errors > 0)
		invalid(e, r);
	else if (res == -EBUSY)
		handlers_trial_refuse(e->app, e->err);
	else
		api_fail(e->err, API_ERROR_FAILED,
			"%s: the edit cannot be kept, and is not in force: %s; the log says more", what,
			strerror(-res));
	free(r);
}

void handle_config_set(struct app *app, const struct schema_config_set_args *in,
	struct schema_config_edited *out, struct schema_call *call)
{
	struct editing e;
	const char *key;
	json_t *value;

	bool is_good = begin(&e, app, call->err);
	if (is_good && json_object_size(in->values) == 0)
		is_good =
			refuse(&e, API_ERROR_BAD_ARGUMENT, "values: expected at least one key and its value");
	json_object_foreach (in->values, key, value) {
		struct conf_path path;

		is_good = is_good && path_find(&e, key, &path);
		if (is_good && !conf_path_is_there(app->conf, &path)) {
			conf_path_format(&path, &e.why);
			base_text_add(&e.why, ": no such entry; `romonctl config add` makes one");
			is_good = refuse(&e, API_ERROR_NOT_FOUND, e.why_buf);
		}
		is_good = is_good && value_put(&e, &path, value);
	}
	if (is_good)
		end(&e, in->confirm_within_ms, out, call);
	conf_edits_destroy(e.edits);
}

void handle_config_add(struct app *app, const struct schema_config_add_args *in,
	struct schema_config_edited *out, struct schema_call *call)
{
	struct editing e;
	struct conf_path entry;
	const char *key;
	json_t *value;

	bool is_good = begin(&e, app, call->err);
	if (is_good && conf_path_entry(in->map, in->name, &entry, &e.why) != 0)
		is_good = refuse(&e, API_ERROR_BAD_ARGUMENT, e.why_buf);
	is_good = is_good && may_edit(&e, &entry);
	if (is_good && conf_path_is_there(app->conf, &entry)) {
		conf_path_format(&entry, &e.why);
		base_text_add(&e.why, ": there is one already");
		is_good = refuse(&e, API_ERROR_BAD_ARGUMENT, e.why_buf);
	}
	is_good = is_good && put(&e, CONF_VERB_ADD, &entry, NULL);
	json_object_foreach (in->values, key, value) {
		struct conf_path path;

		if (is_good && conf_path_below(&entry, key, &path, &e.why) != 0)
			is_good = refuse(&e, API_ERROR_BAD_ARGUMENT, e.why_buf);
		is_good = is_good && may_edit(&e, &path) && value_put(&e, &path, value);
	}
	if (is_good)
		end(&e, in->confirm_within_ms, out, call);
	conf_edits_destroy(e.edits);
}

void handle_config_remove(struct app *app, const struct schema_config_remove_args *in,
	struct schema_config_edited *out, struct schema_call *call)
{
	struct editing e;
	struct conf_path path;

	bool is_good = begin(&e, app, call->err) && path_find(&e, in->key, &path);
	if (is_good) {
		uint32_t n_dropped = conf_edits_drop(e.edits, &path);
		int has = conf_text_has(app->conf->text, &path);

		if (has < 0)
			is_good = refuse(&e, API_ERROR_FAILED, strerror(-has));
		else if (has > 0)
			is_good = put(&e, CONF_VERB_REMOVE, &path, NULL);
		else if (n_dropped == 0) {
			conf_path_format(&path, &e.why);
			base_text_add(
				&e.why, path.is_entry ? ": no such entry" : ": has its default already");
			is_good = refuse(&e, API_ERROR_NOT_FOUND, e.why_buf);
		}
	}
	if (is_good)
		end(&e, in->confirm_within_ms, out, call);
	conf_edits_destroy(e.edits);
}

// Edits of root's are root's to drop.
static bool all_drop(struct editing *e)
{
	for (uint32_t i = 0; i < e->edits->n; i++) {
		if (!may_edit(e, &e->edits->list[i].path))
			return false;
	}
	conf_edits_clear(e->edits);
	return true;
}

void handle_config_reset(struct app *app, const struct schema_config_reset_args *in,
	struct schema_config_edited *out, struct schema_call *call)
{
	struct editing e;
	struct conf_path path;

	bool is_good = begin(&e, app, call->err);
	if (is_good && in->key == NULL) {
		is_good = all_drop(&e);
		if (e.n_keys == 0)
			(void)base_text_copy(e.what_buf, sizeof(e.what_buf), "nothing");
	} else if (is_good) {
		is_good = path_find(&e, in->key, &path);
		if (is_good && conf_edits_drop(e.edits, &path) == 0) {
			conf_path_format(&path, &e.why);
			base_text_add(&e.why, ": is not edited");
			is_good = refuse(&e, API_ERROR_NOT_FOUND, e.why_buf);
		}
	}
	if (is_good)
		end(&e, in->confirm_within_ms, out, call);
	conf_edits_destroy(e.edits);
}

// ---- told

void handlers_overlay_fill(const struct app *app, struct schema_overlay *out, struct schema_mem *mem)
{
	char path[PATH_MAX];

	overlay_path(app, path);
	out->path = path[0] == '\0' ? NULL : schema_mem_text(mem, "%s", path);
	out->edits = app->conf->n_edits;
	out->left_out = app->conf->n_left_out;
}

void handlers_edits_add(const struct app *app, struct schema_edit_list *list, struct schema_mem *mem)
{
	char buf[CONF_VALUE_TEXT_SIZE];
	struct base_text text;
	struct conf_edits *edits = conf_edits_create();

	base_text_init(&text, buf, sizeof(buf));
	if (edits == NULL || conf_edits_read(app->conf->overlay, edits, &text) != 0) {
		mem->is_short = true;
		conf_edits_destroy(edits);
		return;
	}
	for (uint32_t i = 0; i < edits->n; i++) {
		const struct conf_edit *edit = &edits->list[i];
		struct schema_edit *row = schema_add(mem, list);

		base_text_init(&text, buf, sizeof(buf));
		conf_path_format(&edit->path, &text);
		row->key = schema_mem_text(mem, "%s", buf);
		row->change = conf_verb_name(edit->verb);
		base_text_init(&text, buf, sizeof(buf));
		if (edit->value != NULL)
			conf_edit_value_format(edit, &text);
		row->value = edit->value == NULL ? NULL : schema_mem_text(mem, "%s", buf);
		row->left_out = (app->conf->left_out[i / 64] >> i % 64 & 1) != 0;
	}
	conf_edits_destroy(edits);
}
