// SPDX-License-Identifier: BSD-3-Clause
// The rows as JSON: for gateways, for tests, and for scripts/check-docs. Any thread.
#include "base_text.h"
#include "schema.h"

#define METRIC_SIZE 96

// A jansson call that ran out of memory gives NULL: that is noted, and the whole becomes NULL.
struct dump {
	json_t *tables; // done so far: name -> array of fields
	bool is_short;
};

static const char *const type_names[] = {
	[SCHEMA_TYPE_INVALID] = NULL,
	[SCHEMA_TYPE_NUMBER] = "number",
	[SCHEMA_TYPE_REAL] = "real",
	[SCHEMA_TYPE_BOOL] = "bool",
	[SCHEMA_TYPE_MAYBE] = "bool",
	[SCHEMA_TYPE_TEXT] = "text",
	[SCHEMA_TYPE_OWN] = "text",
	[SCHEMA_TYPE_WORD] = "word",
	[SCHEMA_TYPE_MAC] = "address",
	[SCHEMA_TYPE_TIME] = "time",
	[SCHEMA_TYPE_TEXTS] = "texts",
	[SCHEMA_TYPE_MACS] = "addresses",
	[SCHEMA_TYPE_OBJECT] = "object",
	[SCHEMA_TYPE_POINTER] = "object",
	[SCHEMA_TYPE_PART] = "part",
	[SCHEMA_TYPE_EITHER] = "either",
	[SCHEMA_TYPE_LIST] = "list",
	[SCHEMA_TYPE_ANY] = "any",
};

static const char *const arg_names[] = {
	[SCHEMA_ARG_INVALID] = NULL,
	[SCHEMA_ARG_NUMBER] = "number",
	[SCHEMA_ARG_MS] = "number",
	[SCHEMA_ARG_FLAG] = "bool",
	[SCHEMA_ARG_TEXT] = "text",
	[SCHEMA_ARG_WORD] = "word",
	[SCHEMA_ARG_PORT] = "port",
	[SCHEMA_ARG_NODE] = "node",
	[SCHEMA_ARG_WHAT] = "port-or-node",
	[SCHEMA_ARG_PATTERN] = "pattern",
	[SCHEMA_ARG_MAC] = "address",
	[SCHEMA_ARG_VALUES] = "values",
	[SCHEMA_ARG_FILE] = "file",
};

static const char *const shape_names[] = {
	[SCHEMA_SHAPE_INVALID] = NULL,
	[SCHEMA_SHAPE_OBJECT] = "object",
	[SCHEMA_SHAPE_LIST] = "list",
	[SCHEMA_SHAPE_FEED] = "feed",
};

static void set(struct dump *d, json_t *object, const char *key, json_t *value)
{
	d->is_short |= json_object_set_new(object, key, value) != 0;
}

static void add(struct dump *d, json_t *list, json_t *value)
{
	d->is_short |= json_array_append_new(list, value) != 0;
}

static void name_set(struct dump *d, json_t *object, const char *key, const char *member)
{
	char name[SCHEMA_NAME_LEN];

	set(d, object, key, json_string(schema_name(member, name)));
}

static json_t *words_json(struct dump *d, const char *words)
{
	json_t *list = json_array();

	while (*words != '\0') {
		size_t n = 0;

		while (words[n] != '\0' && words[n] != ' ')
			n++;
		add(d, list, json_stringn(words, n));
		words += n + (words[n] == ' ');
	}
	return list;
}

static void table_add(struct dump *d, const struct schema_table *table);

static json_t *field_json(struct dump *d, const struct schema_field *f)
{
	json_t *field = json_object();
	const char *unit = schema_unit(f->member, f->unit);
	char metric[METRIC_SIZE];

	name_set(d, field, "name", f->member);
	set(d, field, "type", json_string(type_names[f->type]));
	if (unit[0] != '\0' && f->type == SCHEMA_TYPE_NUMBER)
		set(d, field, "unit", json_string(unit));
	if (f->words != NULL)
		set(d, field, "words", words_json(d, f->words));
	if (f->zero_word != NULL)
		set(d, field, "zero", json_string(f->zero_word));
	if (f->presence == SCHEMA_KEY)
		set(d, field, "is-key", json_true());
	if (f->presence == SCHEMA_NULL)
		set(d, field, "is-nullable", json_true());
	if (f->presence == SCHEMA_ABSENT)
		set(d, field, "is-optional", json_true());
	if (f->is_counter)
		set(d, field, "is-counter", json_true());
	if (schema_metric(f, metric, sizeof(metric)))
		set(d, field, "metric", json_string(metric));
	if (f->of != NULL) {
		name_set(d, field, "of", f->of()->name);
		table_add(d, f->of());
	}
	set(d, field, "help", json_string(f->help));
	return field;
}

// Members of a part stand among those of its owner, at any depth.
static void fields_add(struct dump *d, json_t *list, const struct schema_table *table)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		if (table->fields[i].type == SCHEMA_TYPE_PART)
			fields_add(d, list, table->fields[i].of());
		else
			add(d, list, field_json(d, &table->fields[i]));
	}
}

static void table_add(struct dump *d, const struct schema_table *table)
{
	char name[SCHEMA_NAME_LEN];
	json_t *fields = json_array();

	if (json_object_get(d->tables, schema_name(table->name, name)) == NULL) {
		set(d, d->tables, name, json_incref(fields)); // first: a table may be met again below
		fields_add(d, fields, table);
	}
	json_decref(fields);
}

static json_t *arg_json(struct dump *d, const struct schema_arg *a)
{
	json_t *arg = json_object();

	name_set(d, arg, "name", a->member);
	set(d, arg, "type", json_string(arg_names[a->type]));
	set(d, arg, "is-required", json_boolean(a->need == SCHEMA_REQUIRED));
	if (a->need == SCHEMA_FOR_ROOT)
		set(d, arg, "tier", json_string(api_tier_name(API_TIER_ROOT)));
	if (a->type == SCHEMA_ARG_NUMBER || a->type == SCHEMA_ARG_MS) {
		set(d, arg, "min", json_integer((json_int_t)a->min));
		set(d, arg, "max", json_integer((json_int_t)a->max));
		if (a->fallback != SCHEMA_NONE)
			set(d, arg, "default", json_integer((json_int_t)a->fallback));
	}
	if (a->type == SCHEMA_ARG_MS)
		set(d, arg, "unit", json_string("ms"));
	if (a->words != NULL)
		set(d, arg, "words", words_json(d, a->words));
	set(d, arg, "help", json_string(a->help));
	return arg;
}

static json_t *command_json(struct dump *d, const struct schema_command *c)
{
	const struct schema_args *args = c->args();
	json_t *command = json_object();
	json_t *list = json_array();

	set(d, command, "name", json_string(c->name));
	set(d, command, "tier", json_string(api_tier_name(c->tier)));
	set(d, command, "kind", json_string(shape_names[c->shape]));
	for (size_t i = 0; i < args->n; i++)
		add(d, list, arg_json(d, &args->list[i]));
	set(d, command, "args", list);
	name_set(d, command, "answer", c->answer()->name);
	table_add(d, c->answer());
	if (c->end != NULL) {
		name_set(d, command, "end", c->end()->name);
		table_add(d, c->end());
	}
	set(d, command, "help", json_string(c->help));
	return command;
}

json_t *schema_dump(void)
{
	struct dump d = {.tables = json_object()};
	json_t *commands = json_array();

	for (size_t i = 0; i < schema_n_commands; i++)
		add(&d, commands, command_json(&d, &schema_commands[i]));
	json_t *all = json_pack("{s:i, s:o, s:o}", "schema-version", SCHEMA_VERSION, "commands", commands,
		"tables", d.tables);
	if (!d.is_short)
		return all;
	json_decref(all);
	return NULL;
}
