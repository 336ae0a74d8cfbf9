// SPDX-License-Identifier: BSD-3-Clause
// The schema's rows, read the other way round.
#include <string.h>

#include "base_mac.h"
#include "schema_check.h"

#define MEMBERS_MAX 128

// Members of an object that a row stands for.
struct seen {
	const char *names[MEMBERS_MAX];
	size_t n;
};

static bool members_check(
	const struct schema_table *table, json_t *object, struct seen *seen, struct base_text *why);

static bool text_is(json_t *value, bool (*is)(const char *text))
{
	return json_is_string(value) && is(json_string_value(value));
}

static bool is_mac(const char *text)
{
	struct base_mac mac;

	return base_mac_parse(text, &mac) == 0;
}

// "2026-11-30T12:00:00Z"
static bool is_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == 'd' ? !is_digit : text[i] != form[i])
			return false;
	}
	return true;
}

static bool all_are(json_t *list, bool (*is)(const char *text))
{
	json_t *item;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach (list, i, item) {
		if (!(is == NULL ? json_is_string(item) : text_is(item, is)))
			return false;
	}
	return true;
}

static bool rows_check(const struct schema_table *table, json_t *list, struct base_text *why)
{
	json_t *row;
	size_t i;

	if (!json_is_array(list)) {
		base_text_add(why, ": no array");
		return false;
	}
	json_array_foreach (list, i, row) {
		if (!schema_check_object(table, row, why))
			return false;
	}
	return true;
}

static bool number_is(const struct schema_field *f, json_t *value)
{
	if (f->zero_word != NULL && json_is_string(value))
		return strcmp(json_string_value(value), f->zero_word) == 0;
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool word_is(const struct schema_field *f, json_t *value)
{
	return json_is_string(value) && schema_words_have(f->words, json_string_value(value), false);
}

static bool value_check(const struct schema_field *f, json_t *value, struct base_text *why)
{
	switch (f->type) {
	case SCHEMA_TYPE_NUMBER:
		return number_is(f, value);
	case SCHEMA_TYPE_REAL:
		return json_is_real(value);
	case SCHEMA_TYPE_BOOL:
	case SCHEMA_TYPE_MAYBE:
		return json_is_boolean(value);
	case SCHEMA_TYPE_TEXT:
	case SCHEMA_TYPE_OWN:
		return json_is_string(value);
	case SCHEMA_TYPE_WORD:
		return word_is(f, value);
	case SCHEMA_TYPE_MAC:
		return text_is(value, is_mac);
	case SCHEMA_TYPE_TIME:
		return text_is(value, is_time);
	case SCHEMA_TYPE_TEXTS:
		return all_are(value, NULL);
	case SCHEMA_TYPE_MACS:
		return all_are(value, is_mac);
	case SCHEMA_TYPE_OBJECT:
	case SCHEMA_TYPE_POINTER:
		return schema_check_object(f->of(), value, why);
	case SCHEMA_TYPE_LIST:
		return rows_check(f->of(), value, why);
	case SCHEMA_TYPE_ANY:
		return json_is_object(value);
	case SCHEMA_TYPE_PART:
	case SCHEMA_TYPE_EITHER:
	case SCHEMA_TYPE_INVALID:
		break;
	}
	return false;
}

// One of those that stand among an object's members when they are there: it is there if its first member is.
static bool either_check(
	const struct schema_field *f, json_t *object, struct seen *seen, struct base_text *why)
{
	char name[SCHEMA_NAME_LEN];
	const struct schema_table *table = f->of();

	schema_name(table->fields[0].member, name);
	return json_object_get(object, name) == NULL || members_check(table, object, seen, why);
}

static bool field_check(
	const struct schema_field *f, json_t *object, struct seen *seen, struct base_text *why)
{
	char name[SCHEMA_NAME_LEN];

	if (f->type == SCHEMA_TYPE_PART)
		return members_check(f->of(), object, seen, why);
	if (f->type == SCHEMA_TYPE_EITHER)
		return either_check(f, object, seen, why);
	json_t *value = json_object_get(object, schema_name(f->member, name));
	seen->names[seen->n++] = f->member;
	if (value == NULL && f->presence == SCHEMA_ABSENT)
		return true;
	if (value != NULL && json_is_null(value) && f->presence == SCHEMA_NULL)
		return true;
	if (value != NULL && value_check(f, value, why))
		return true;
	base_text_add(why, " < %s%s", name, value == NULL ? " is missing" : "");
	return false;
}

static bool members_check(
	const struct schema_table *table, json_t *object, struct seen *seen, struct base_text *why)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		if (!field_check(&table->fields[i], object, seen, why))
			return false;
	}
	return true;
}

bool schema_check_object(const struct schema_table *table, json_t *object, struct base_text *why)
{
	struct seen seen = {.n = 0};
	const char *key;
	json_t *value;

	if (!json_is_object(object)) {
		base_text_add(why, ": no object of %s", table->name);
		return false;
	}
	if (!members_check(table, object, &seen, why))
		return false;
	json_object_foreach (object, key, value) {
		bool is_known = false;

		for (size_t i = 0; i < seen.n && !is_known; i++) {
			char name[SCHEMA_NAME_LEN];

			is_known = strcmp(schema_name(seen.names[i], name), key) == 0;
		}
		if (!is_known) {
			base_text_add(why, ": %s has no %s", table->name, key);
			return false;
		}
	}
	return true;
}

bool schema_check_answer(
	const struct schema_command *command, json_t *data, bool is_last, struct base_text *why)
{
	if (command->shape == SCHEMA_SHAPE_LIST)
		return rows_check(command->answer(), data, why);
	return schema_check_object(is_last ? command->end() : command->answer(), data, why);
}
