// SPDX-License-Identifier: BSD-3-Clause
// OpenAPI 3.1 of /api/v1, from the tree. Any thread.
#include <stdio.h>
#include <string.h>

#include "gw_edit.h"
#include "gw_openapi.h"
#include "gw_openapi_commands.h"
#include "gw_tree.h"

#define JSON    "application/json"
#define CHANGED "changed" // JSON, of what acts

static json_t *type_of(const struct gw_prop *p)
{
	switch (p->kind) {
	case GW_KIND_TEXT:
	case GW_KIND_MAC:
	case GW_KIND_SAID:
		return json_pack("{s:[s,s]}", "type", "string", "null");
	case GW_KIND_TIME:
		return json_pack("{s:[s,s], s:s}", "type", "string", "null", "format", "date-time");
	case GW_KIND_NUMBER:
	case GW_KIND_UPTIME:
		return json_pack("{s:[s,s]}", "type", "integer", "null");
	case GW_KIND_BOOL:
		return json_pack("{s:[s,s]}", "type", "boolean", "null");
	case GW_KIND_SECRETS:
		return json_pack("{s:s}", "type", "boolean");
	case GW_KIND_MACS:
		return json_pack("{s:[s,s], s:{s:s}}", "type", "array", "null", "items", "type", "string");
	}
	return NULL;
}

static json_t *schema_of(const struct gw_menu *menu)
{
	json_t *props = json_object();

	for (const struct gw_prop *p = menu->props; p->name != NULL; p++) {
		if (p->kind == GW_KIND_SAID)
			continue;
		json_t *type = type_of(p);

		json_object_set_new(type, "description", json_string(p->help));
		if (!gw_edit_is_writable(menu, p->name))
			json_object_set_new(type, "readOnly", json_true());
		json_object_set_new(props, p->name, type);
	}
	return json_pack("{s:s, s:o}", "type", "object", "properties", props);
}

// "/tool/romon/port" -> "tool-romon-port"
static void name_make(const struct gw_menu *menu, char *name, size_t size)
{
	snprintf(name, size, "%s", menu->path + 1);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '/' ? '-' : *c;
}

// What an operation may be refused with.
static json_t *errors_of(bool is_change)
{
	json_t *errors = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "401", "description",
		"who asks is not known", "404", "description", "there is none", "429", "description",
		"too many wrong logins", "503", "description", "romond does not run, or does not answer");

	if (is_change)
		json_object_update_new(errors, json_pack("{s:{s:s}, s:{s:s}}", "400", "description",
						       "nothing was changed; detail says why", "403",
						       "description", "the user's group may not"));
	return errors;
}

// schema: of the answer; taken. NULL = it has no body.
static json_t *operation_of(
	const char *name, const char *help, const char *status, const char *type, json_t *schema)
{
	json_t *responses = errors_of(strcmp(type, CHANGED) == 0);
	json_t *answer = json_pack("{s:s}", "description", help);

	if (schema != NULL)
		json_object_set_new(answer, "content",
			json_pack("{s:{s:o}}", strcmp(type, CHANGED) == 0 ? JSON : type, "schema", schema));
	json_object_set_new(responses, status, answer);
	return json_pack("{s:s, s:s, s:o}", "operationId", name, "summary", help, "responses", responses);
}

static json_t *get_of(const char *name, const char *help, const char *type, json_t *schema)
{
	return operation_of(name, help, "200", type, schema);
}

// verb of the menu, with a body that is a row of it (NULL = without).
static json_t *change_of(
	const char *menu, const char *verb, const char *help, const char *status, json_t *row)
{
	char name[96];

	snprintf(name, sizeof(name), "%s-%s", menu, verb);
	json_t *o = operation_of(name, help, status, CHANGED, json_incref(row));
	if (row != NULL)
		json_object_set_new(o, "requestBody",
			json_pack("{s:b, s:{s:{s:O}}}", "required", 1, "content", JSON, "schema", row));
	return o;
}

static void menu_add(json_t *paths, json_t *schemas, const struct gw_menu *menu)
{
	char name[64], path[128], ref[128], one[80];

	name_make(menu, name, sizeof(name));
	snprintf(ref, sizeof(ref), "#/components/schemas/%s", name);
	json_object_set_new(schemas, name, schema_of(menu));
	json_t *row = json_pack("{s:s}", "$ref", ref);
	json_t *whole = json_object(), *item = json_object();
	if (gw_edit_is_changeable(menu)) {
		json_object_set_new(menu->key == NULL ? whole : item, "patch",
			change_of(name, "set", "set what the body names", "200", row));
		if (menu->key != NULL) {
			json_object_set_new(whole, "post", change_of(name, "add", "add one", "201", row));
			json_object_set_new(
				item, "delete", change_of(name, "remove", "remove it", "204", NULL));
		}
	}
	json_object_set_new(paths, menu->path, whole);
	if (menu->key == NULL) {
		json_object_set_new(whole, "get", get_of(name, menu->help, JSON, row));
		json_decref(item);
		return;
	}
	json_t *page = json_pack("{s:s, s:{s:{s:s, s:O}, s:{s:[s,s], s:s}}}", "type", "object", "properties",
		"rows", "type", "array", "items", row, "next", "type", "integer", "null", "description",
		"offset of the next page; null = this was the last");
	json_t *offset = json_pack("{s:s, s:s, s:s, s:{s:s}}", "name", "offset", "in", "query", "description",
		"next of the page before", "schema", "type", "integer");
	json_t *get = get_of(name, menu->help, JSON, page);
	json_object_set_new(get, "parameters", json_pack("[o]", offset));
	json_object_set_new(whole, "get", get);
	snprintf(path, sizeof(path), "%s/{key}", menu->path);
	snprintf(one, sizeof(one), "%s-one", name);
	json_t *key = json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", "key", "in", "path", "required", 1,
		"description", menu->key, "schema", "type", "string");
	json_object_set_new(item, "get", get_of(one, menu->help, JSON, row));
	json_object_set_new(item, "parameters", json_pack("[o]", key));
	json_object_set_new(paths, path, item);
}

static void stream_add(json_t *paths, const char *path, const char *name, const char *help)
{
	json_object_set_new(paths, path,
		json_pack("{s:o}", "get",
			get_of(name, help, "text/event-stream", json_pack("{s:s}", "type", "string"))));
}

void gw_openapi_write(struct gw_out *out)
{
	json_t *paths = json_object(), *schemas = json_object();

	for (const struct gw_menu *m = gw_menus; m->path != NULL; m++)
		menu_add(paths, schemas, m);
	gw_openapi_commands(paths, schemas);
	stream_add(paths, "/events", "events",
		"Server-Sent Events: event (what happened), waiting, back, lost; Last-Event-ID goes on");
	stream_add(paths, "/nodes/stream", "nodes-stream",
		"Server-Sent Events: row, snapshot-end, dead, waiting, back, lost; Last-Event-ID goes on");
	json_t *all =
		json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:[{s:[]}], s:o, s:{s:o, s:{s:{s:s, s:s}}}}",
			"openapi", "3.1.0", "info", "title", "romon-gw", "version", ROMOND_VERSION,
			"description", "what romond knows, with the types of JSON", "servers", "url",
			"/api/v1", "security", "basic", "paths", paths, "components", "schemas", schemas,
			"securitySchemes", "basic", "type", "http", "scheme", "basic");
	gw_out_json(out, all);
	if (all == NULL)
		out->is_bad = true;
	json_decref(all);
}
