// SPDX-License-Identifier: BSD-3-Clause
// romond's commands in the OpenAPI description. The rows of the schema say all: they are read as
// schema_dump() gives them to any program. Any thread.
#include <stdio.h>
#include <string.h>

#include "gw_command.h"
#include "gw_openapi_commands.h"

#define NAME_SIZE 96
#define SCHEMAS   "#/components/schemas/romond-"

static const char *text_at(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static json_t *ref_to(const char *table)
{
	char ref[NAME_SIZE];

	snprintf(ref, sizeof(ref), SCHEMAS "%s", table);
	return json_pack("{s:s}", "$ref", ref);
}

// The types of fields and of arguments, as JSON has them; what is not here is an object.
static const struct {
	const char *name, *type, *items, *format;
} types[] = {
	{"number", "integer", NULL, NULL},
	{"real", "number", NULL, NULL},
	{"bool", "boolean", NULL, NULL},
	{"text", "string", NULL, NULL},
	{"word", "string", NULL, NULL},
	{"address", "string", NULL, NULL},
	{"port", "string", NULL, NULL},
	{"node", "string", NULL, NULL},
	{"port-or-node", "string", NULL, NULL},
	{"pattern", "string", NULL, NULL},
	{"time", "string", NULL, "date-time"},
	{"texts", "array", "string", NULL},
	{"addresses", "array", "string", NULL},
};

static json_t *type_of(json_t *row)
{
	const char *name = text_at(row, "type"), *of = text_at(row, "of");
	json_t *type = NULL;

	for (size_t i = 0; i < BASE_ARRAY_LEN(types) && type == NULL; i++) {
		if (strcmp(types[i].name, name) == 0)
			type = json_pack("{s:s, s:s*}", "type", types[i].type, "format", types[i].format);
		if (type != NULL && types[i].items != NULL)
			json_object_set_new(type, "items", json_pack("{s:s}", "type", types[i].items));
	}
	if (type == NULL && strcmp(name, "list") == 0)
		type = json_pack("{s:s, s:o}", "type", "array", "items", ref_to(of));
	else if (type == NULL)
		type = of != NULL ? ref_to(of) : json_pack("{s:s}", "type", "object");
	json_object_set_new(type, "description", json_string(text_at(row, "help")));
	for (const char *const *k =
			(const char *const[]){"minimum", "min", "maximum", "max", "default", "default", NULL};
		*k != NULL; k += 2) {
		if (json_object_get(row, k[1]) != NULL)
			json_object_set(type, k[0], json_object_get(row, k[1]));
	}
	json_t *words = json_object_get(row, "words");
	if (json_array_size(words) > 0 && json_object_get(row, "zero") == NULL &&
		!json_is_true(json_object_get(row, "is-nullable")))
		json_object_set(type, "enum", words);
	if (json_is_true(json_object_get(row, "is-nullable")) && json_object_get(type, "type") != NULL)
		json_object_set_new(type, "type", json_pack("[O,s]", json_object_get(type, "type"), "null"));
	return type;
}

static json_t *object_of(json_t *rows)
{
	json_t *properties = json_object(), *required = json_array(), *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		json_object_set_new(properties, text_at(row, "name"), type_of(row));
		if (json_is_true(json_object_get(row, "is-required")))
			json_array_append(required, json_object_get(row, "name"));
	}
	json_t *object = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
	if (json_array_size(required) > 0)
		json_object_set(object, "required", required);
	json_decref(required);
	return object;
}

static json_t *answer_of(json_t *command)
{
	const char *kind = text_at(command, "kind"), *table = text_at(command, "answer");
	char text[256];

	if (strcmp(kind, "feed") == 0) {
		snprintf(text, sizeof(text),
			"Server-Sent Events: row, of romond-%s; then end, of romond-%s, or error", table,
			text_at(command, "end"));
		return json_pack("{s:s, s:{s:{s:{s:s}}}}", "description", text, "content",
			"text/event-stream", "schema", "type", "string");
	}
	json_t *schema = strcmp(kind, "list") == 0
				 ? json_pack("{s:s, s:o}", "type", "array", "items", ref_to(table))
				 : ref_to(table);
	return json_pack("{s:s, s:{s:{s:o}}}", "description", text_at(command, "help"), "content",
		"application/json", "schema", schema);
}

static json_t *operation_of(json_t *command, const char *method)
{
	char id[NAME_SIZE];

	snprintf(id, sizeof(id), "romond-%s-%s", method, text_at(command, "name"));
	json_t *o = json_pack("{s:s, s:s, s:{s:o, s:{s:s}, s:{s:s}, s:{s:s}}}", "operationId", id, "summary",
		text_at(command, "help"), "responses", "200", answer_of(command), "400", "description",
		"detail says what is wrong", "403", "description", "the user's group may not", "503",
		"description", "romond does not run, or does not answer");
	if (strcmp(method, "post") == 0)
		json_object_set_new(o, "requestBody",
			json_pack("{s:{s:{s:o}}}", "content", "application/json", "schema",
				object_of(json_object_get(command, "args"))));
	return o;
}

void gw_openapi_commands(json_t *paths, json_t *schemas)
{
	json_t *all = schema_dump(), *command, *rows;
	char name[NAME_SIZE];
	const char *table;
	size_t i;

	json_array_foreach (json_object_get(all, "commands"), i, command) {
		const struct schema_command *c = schema_command_find(text_at(command, "name"));

		if (gw_command_group(c) == GW_GROUP_NONE)
			continue;
		snprintf(name, sizeof(name), "/romond/%s", c->name);
		json_t *path = json_pack("{s:o}", "post", operation_of(command, "post"));
		if (c->tier == API_TIER_READ)
			json_object_set_new(path, "get", operation_of(command, "get"));
		json_object_set_new(paths, name, path);
	}
	json_object_foreach (json_object_get(all, "tables"), table, rows) {
		snprintf(name, sizeof(name), "romond-%s", table);
		json_object_set_new(schemas, name, object_of(rows));
	}
	json_decref(all);
}
