// SPDX-License-Identifier: BSD-3-Clause
// Structs as JSON, by their tables. Any thread.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base_mac.h"
#include "base_text.h"
#include "schema_mem.h"

#define AT(type) (*(const type *)at)

// A pointer to a struct of any table, or to a text.
static const void *pointer_at(const void *at)
{
	const void *p;

	memcpy(&p, at, sizeof(p));
	return p;
}

static json_t *json_at(const void *at)
{
	json_t *value;

	memcpy(&value, at, sizeof(value));
	return value == NULL ? json_null() : json_incref(value);
}

static json_t *text_json(const char *text)
{
	char escaped[4 * SCHEMA_TEXT_MAX + 1];

	base_text_escape(escaped, sizeof(escaped), text, strnlen(text, SCHEMA_TEXT_MAX));
	return json_string(escaped);
}

static json_t *mac_json(uint64_t mac)
{
	struct base_mac m = base_mac_from_u64(mac);
	char text[BASE_MAC_TEXT_LEN];

	return mac == 0 ? json_null() : json_string(base_mac_format(&m, text));
}

const char *schema_time(uint64_t wall_us, char buf[SCHEMA_TIME_LEN])
{
	time_t s = (time_t)(wall_us / 1000000u);
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(buf, SCHEMA_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buf;
}

static json_t *time_json(uint64_t wall_us)
{
	char text[SCHEMA_TIME_LEN];

	return json_string(schema_time(wall_us, text));
}

static json_t *number_json(uint64_t n, const char *zero_word)
{
	if (n == SCHEMA_NONE)
		return json_null();
	if (n == 0 && zero_word != NULL)
		return json_string(zero_word);
	return json_integer((json_int_t)n);
}

// Append value to list, both ours. NULL when one of them is not there.
static bool appended(json_t *list, json_t *value)
{
	return json_array_append_new(list, value) == 0;
}

static json_t *texts_json(const struct schema_texts *texts)
{
	json_t *list = json_array();
	bool is_whole = list != NULL;

	for (size_t i = 0; i < texts->n && is_whole; i++)
		is_whole = appended(list, json_string(texts->rows[i]));
	if (is_whole)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *macs_json(const struct schema_macs *macs)
{
	json_t *list = json_array();
	bool is_whole = list != NULL;

	for (size_t i = 0; i < macs->n && is_whole; i++)
		is_whole = appended(list, mac_json(macs->rows[i]));
	if (is_whole)
		return list;
	json_decref(list);
	return NULL;
}

// The value of a field, a new reference; NULL when there is no memory for it, or no JSON.
static json_t *value_json(const struct schema_field *f, const void *at)
{
	switch (f->type) {
	case SCHEMA_TYPE_NUMBER:
		return number_json(AT(uint64_t), f->zero_word);
	case SCHEMA_TYPE_REAL:
		return isnan(AT(double)) ? json_null() : json_real(AT(double));
	case SCHEMA_TYPE_BOOL:
		return json_boolean(AT(bool));
	case SCHEMA_TYPE_MAYBE:
		return AT(enum schema_maybe) == SCHEMA_MAYBE_NULL
			       ? json_null()
			       : json_boolean(AT(enum schema_maybe) == SCHEMA_MAYBE_YES);
	case SCHEMA_TYPE_TEXT:
		return pointer_at(at) == NULL ? json_null() : text_json(pointer_at(at));
	case SCHEMA_TYPE_OWN:
	case SCHEMA_TYPE_WORD:
		return pointer_at(at) == NULL ? json_null() : json_string(pointer_at(at));
	case SCHEMA_TYPE_MAC:
		return mac_json(AT(uint64_t));
	case SCHEMA_TYPE_TIME:
		return AT(uint64_t) == 0 && f->presence == SCHEMA_NULL ? json_null()
								       : time_json(AT(uint64_t));
	case SCHEMA_TYPE_TEXTS:
		return texts_json(at);
	case SCHEMA_TYPE_MACS:
		return macs_json(at);
	case SCHEMA_TYPE_OBJECT:
		return schema_encode(f->of(), at);
	case SCHEMA_TYPE_POINTER:
		return pointer_at(at) == NULL ? json_null() : schema_encode(f->of(), pointer_at(at));
	case SCHEMA_TYPE_LIST:
		return schema_encode_list(f->of(), at);
	case SCHEMA_TYPE_ANY:
		return json_at(at);
	case SCHEMA_TYPE_PART:
	case SCHEMA_TYPE_EITHER:
	case SCHEMA_TYPE_INVALID:
		break;
	}
	return NULL;
}

static bool members_add(json_t *object, const struct schema_table *table, const void *row);

static bool field_add(json_t *object, const struct schema_field *f, const void *at)
{
	char name[SCHEMA_NAME_LEN];

	if (f->type == SCHEMA_TYPE_PART)
		return members_add(object, f->of(), at);
	if (f->type == SCHEMA_TYPE_EITHER)
		return pointer_at(at) == NULL || members_add(object, f->of(), pointer_at(at));
	json_t *value = value_json(f, at);
	if (f->presence == SCHEMA_ABSENT && json_is_null(value))
		return true;
	return json_object_set_new_nocheck(object, schema_name(f->member, name), value) == 0;
}

static bool members_add(json_t *object, const struct schema_table *table, const void *row)
{
	bool is_whole = true;

	for (size_t i = 0; i < table->n_fields && is_whole; i++)
		is_whole =
			field_add(object, &table->fields[i], (const uint8_t *)row + table->fields[i].offset);
	return is_whole;
}

json_t *schema_encode(const struct schema_table *table, const void *row)
{
	json_t *object = json_object();

	if (object == NULL || members_add(object, table, row))
		return object;
	json_decref(object);
	return NULL;
}

json_t *schema_encode_list(const struct schema_table *table, const void *list)
{
	json_t *array = json_array();
	bool is_whole = array != NULL;
	struct schema_list l;

	memcpy(&l, list, sizeof(l));
	for (size_t i = 0; i < l.n && is_whole; i++)
		is_whole = appended(array, schema_encode(table, (const uint8_t *)l.rows + i * table->size));
	if (is_whole)
		return array;
	json_decref(array);
	return NULL;
}
