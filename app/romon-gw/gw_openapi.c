// SPDX-License-Identifier: BSD-3-Clause
// OpenAPI 3.1 of /api/v1, from the tree. Any thread.
#include <stdio.h>
#include <string.h>

#include "gw_openapi.h"
#include "gw_tree.h"

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

static json_t *get_of(const char *name, const char *help, const char *type, json_t *schema)
{
	return json_pack("{s:s, s:s, s:{s:{s:s, s:{s:{s:o}}}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}}",
		"operationId", name, "summary", help, "responses", "200", "description", help, "content",
		type, "schema", schema, "401", "description", "who asks is not known", "404", "description",
		"there is none", "429", "description", "too many wrong logins", "503", "description",
		"romond does not run, or does not answer");
}

static void menu_add(json_t *paths, json_t *schemas, const struct gw_menu *menu)
{
	char name[64], path[128], ref[128], one[80];

	name_make(menu, name, sizeof(name));
	snprintf(ref, sizeof(ref), "#/components/schemas/%s", name);
	json_object_set_new(schemas, name, schema_of(menu));
	json_t *row = json_pack("{s:s}", "$ref", ref);
	if (menu->key == NULL) {
		json_object_set_new(paths, menu->path,
			json_pack("{s:o}", "get", get_of(name, menu->help, "application/json", row)));
		return;
	}
	json_t *page = json_pack("{s:s, s:{s:{s:s, s:O}, s:{s:[s,s], s:s}}}", "type", "object", "properties",
		"rows", "type", "array", "items", row, "next", "type", "integer", "null", "description",
		"offset of the next page; null = this was the last");
	json_t *offset = json_pack("{s:s, s:s, s:s, s:{s:s}}", "name", "offset", "in", "query", "description",
		"next of the page before", "schema", "type", "integer");
	json_object_set_new(paths, menu->path,
		json_pack("{s:o, s:[o]}", "get", get_of(name, menu->help, "application/json", page),
			"parameters", offset));
	snprintf(path, sizeof(path), "%s/{key}", menu->path);
	snprintf(one, sizeof(one), "%s-one", name);
	json_t *key = json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", "key", "in", "path", "required", 1,
		"description", menu->key, "schema", "type", "string");
	json_object_set_new(paths, path,
		json_pack("{s:o, s:[o]}", "get", get_of(one, menu->help, "application/json", row),
			"parameters", key));
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
