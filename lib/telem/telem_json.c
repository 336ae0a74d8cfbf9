// SPDX-License-Identifier: BSD-3-Clause
// A JSON tree as DPDK telemetry data. Any thread.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_version.h>

#include "base_text.h"
#include "telem_json.h"

#define KEY_SIZE         RTE_TEL_MAX_STRING_LEN
#define TEXT_SIZE        RTE_TEL_MAX_STRING_LEN
#define ELLIPSIS         "..."
#define ESCAPE_LEN       4  // \\xNN
#define NUMBER_SIZE      24 // digits of a 64-bit integer, sign, quotes
#define PUNCTUATION_SIZE 4  // quotes, colon and comma around a key
#define REAL_SUFFIX      "_x100"
#define LEFT_SUFFIX      "_left"
#define REAL_SCALE       100.0
#define REAL_MAX         9.0e15 // times REAL_SCALE still an int64_t

#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define add_dict_u64  rte_tel_data_add_dict_uint
#define add_array_u64 rte_tel_data_add_array_uint
#define ARRAY_U64     RTE_TEL_UINT_VAL
#else
#define add_dict_u64  rte_tel_data_add_dict_u64
#define add_array_u64 rte_tel_data_add_array_u64
#define ARRAY_U64     RTE_TEL_U64_VAL
#endif

// The daemon sends text that is escaped already; what is beyond ASCII in it is escaped here, since DPDK 22.11
// takes such bytes for negative numbers.
static void text_make(char out[TEXT_SIZE], const char *text)
{
	size_t len = strlen(text);
	size_t need = 0; // characters when escaped

	for (size_t i = 0; i < len; i++)
		need += text[i] >= 0x20 && text[i] <= 0x7e ? 1 : ESCAPE_LEN;
	size_t room = need < TEXT_SIZE ? TEXT_SIZE : TEXT_SIZE - strlen(ELLIPSIS);
	size_t used = base_text_escape_ascii(out, room, text, len);
	if (need >= TEXT_SIZE)
		base_text_copy(out + used, TEXT_SIZE - used, ELLIPSIS);
}

static void key_make(char out[KEY_SIZE], const char *key, const char *suffix)
{
	size_t max = KEY_SIZE - 1 - strlen(suffix);
	size_t n = 0;

	for (; n < max && key[n] != '\0'; n++) {
		char c = key[n];
		bool is_fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		out[n] = is_fine ? c : '_';
	}
	base_text_copy(out + n, KEY_SIZE - n, suffix);
}

static bool is_container(json_t *value)
{
	return json_is_object(value) || json_is_array(value);
}

static void scalar_text(char out[TEXT_SIZE], json_t *value)
{
	if (json_is_string(value))
		text_make(out, json_string_value(value));
	else if (json_is_integer(value))
		snprintf(out, TEXT_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(out, TEXT_SIZE, "%.2f", json_real_value(value));
	else
		base_text_copy(
			out, TEXT_SIZE, json_is_boolean(value) ? (json_is_true(value) ? "1" : "0") : "");
}

static bool array_is_of_counts(json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach (array, i, item) {
		if (!json_is_integer(item) || json_integer_value(item) < 0)
			return false;
	}
	return json_array_size(array) > 0;
}

static size_t scalar_size(json_t *value)
{
	char text[TEXT_SIZE];

	if (!json_is_string(value))
		return NUMBER_SIZE;
	text_make(text, json_string_value(value));
	return 2 * strlen(text) + 2; // at worst every character is a quote or a backslash
}

static bool array_has_containers(json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach (array, i, item) {
		if (is_container(item))
			return true;
	}
	return false;
}

// How many items of an array of scalars are sent, and the bytes that they take.
static size_t scalars_fitting(json_t *array, size_t *size)
{
	json_t *item;
	size_t i;

	*size = 2;
	json_array_foreach (array, i, item) {
		size_t more = scalar_size(item) + 1;

		if (*size + more > TELEM_JSON_ARRAY_MAX || i == RTE_TEL_MAX_ARRAY_ENTRIES)
			return i;
		*size += more;
	}
	return json_array_size(array);
}

size_t telem_json_size(json_t *value)
{
	size_t size = 2;
	const char *key;
	json_t *item;
	size_t i;

	if (!is_container(value))
		return scalar_size(value);
	if (json_is_array(value) && !array_has_containers(value)) {
		size_t n = scalars_fitting(value, &size);

		return n == json_array_size(value) ? size : size + KEY_SIZE + PUNCTUATION_SIZE + NUMBER_SIZE;
	}
	json_array_foreach (value, i, item)
		size += NUMBER_SIZE + PUNCTUATION_SIZE + telem_json_size(item);
	json_object_foreach (value, key, item)
		size += strlen(key) + sizeof(REAL_SUFFIX) + PUNCTUATION_SIZE + telem_json_size(item);
	return size;
}

static bool arrays_are_whole(json_t *value)
{
	const char *key;
	json_t *item;
	size_t size;
	size_t i;

	if (json_is_array(value) && !array_has_containers(value))
		return scalars_fitting(value, &size) == json_array_size(value);
	json_array_foreach (value, i, item) {
		if (!arrays_are_whole(item))
			return false;
	}
	json_object_foreach (value, key, item) {
		if (!arrays_are_whole(item))
			return false;
	}
	return true;
}

bool telem_json_is_whole(json_t *value)
{
	return telem_json_size(value) <= TELEM_JSON_SIZE_MAX && arrays_are_whole(value);
}

static int array_fill(struct rte_tel_data *d, json_t *array, size_t n)
{
	bool is_counts = array_is_of_counts(array);
	int rc = rte_tel_data_start_array(d, is_counts ? ARRAY_U64 : RTE_TEL_STRING_VAL);

	for (size_t i = 0; i < n && rc == 0; i++) {
		json_t *item = json_array_get(array, i);
		char text[TEXT_SIZE];

		scalar_text(text, item);
		rc = is_counts ? add_array_u64(d, (uint64_t)json_integer_value(item))
			       : rte_tel_data_add_array_string(d, text);
	}
	return rc;
}

static int array_fill_as_dict(struct rte_tel_data *d, json_t *array);

// Fill a new container from value and hang it into d under key, which is fit already.
static int container_add(struct rte_tel_data *d, const char *key, json_t *value)
{
	struct rte_tel_data *inner = rte_tel_data_alloc();
	char left_key[KEY_SIZE];
	size_t n_left = 0;
	size_t size;
	int rc;

	if (inner == NULL)
		return base_errno_set(ENOMEM);
	if (json_is_object(value)) {
		rc = telem_json_fill(inner, value);
	} else if (array_has_containers(value)) {
		rc = array_fill_as_dict(inner, value);
	} else {
		size_t n = scalars_fitting(value, &size);

		n_left = json_array_size(value) - n;
		rc = array_fill(inner, value, n);
	}
	if (rc == 0)
		rc = rte_tel_data_add_dict_container(d, key, inner, 0);
	if (rc != 0) {
		rte_tel_data_free(inner);
		return rc;
	}
	if (n_left == 0)
		return 0;
	key_make(left_key, key, LEFT_SUFFIX);
	return add_dict_u64(d, left_key, n_left);
}

static int real_add(struct rte_tel_data *d, const char *key, double value)
{
	char scaled_key[KEY_SIZE];
	char text[TEXT_SIZE];

	key_make(scaled_key, key, REAL_SUFFIX);
	if (value >= 0 && value < REAL_MAX)
		return add_dict_u64(d, scaled_key, (uint64_t)(value * REAL_SCALE + 0.5));
	snprintf(text, sizeof(text), "%.2f", value);
	return rte_tel_data_add_dict_string(d, key, text);
}

static int member_add(struct rte_tel_data *d, const char *name, json_t *value)
{
	char key[KEY_SIZE];
	char text[TEXT_SIZE];

	key_make(key, name, "");
	if (is_container(value))
		return container_add(d, key, value);
	if (json_is_real(value))
		return real_add(d, key, json_real_value(value));
	if (json_is_boolean(value))
		return add_dict_u64(d, key, json_is_true(value));
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		return add_dict_u64(d, key, (uint64_t)json_integer_value(value));
	if (json_is_integer(value) && json_integer_value(value) >= INT32_MIN)
		return rte_tel_data_add_dict_int(d, key, (int)json_integer_value(value));
	scalar_text(text, value);
	return rte_tel_data_add_dict_string(d, key, text);
}

static int array_fill_as_dict(struct rte_tel_data *d, json_t *array)
{
	int rc = json_array_size(array) <= RTE_TEL_MAX_DICT_ENTRIES ? rte_tel_data_start_dict(d) : -E2BIG;

	for (size_t i = 0; i < json_array_size(array) && rc == 0; i++) {
		char key[KEY_SIZE];

		snprintf(key, sizeof(key), "%zu", i);
		rc = member_add(d, key, json_array_get(array, i));
	}
	return rc;
}

int telem_json_fill(struct rte_tel_data *d, json_t *object)
{
	const char *key;
	json_t *value;

	if (json_object_size(object) > RTE_TEL_MAX_DICT_ENTRIES)
		return base_errno_set(E2BIG);
	int rc = rte_tel_data_start_dict(d);
	json_object_foreach (object, key, value) {
		if (rc == 0)
			rc = member_add(d, key, value);
	}
	return rc;
}
