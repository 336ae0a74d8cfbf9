// SPDX-License-Identifier: BSD-3-Clause
// Arguments: what a client sent is checked by the rows of its command and becomes a struct. The same sentence
// for the same mistake everywhere. Any thread.
#include <inttypes.h>
#include <string.h>

#include "base_mac.h"
#include "base_suggest.h"
#include "base_text.h"
#include "schema.h"

#define WORD_SHOWN_MAX 64
#define WORDS_SIZE     256

// What was expected of a text, as the end of a sentence.
static const char *text_expected(const struct schema_arg *a, char *buf, size_t size)
{
	switch (a->type) {
	case SCHEMA_ARG_NODE:
		return "a RoMON id (aa:bb:cc:dd:ee:ff) or an identity";
	case SCHEMA_ARG_PORT:
		return "a port; `romonctl ports` lists them";
	case SCHEMA_ARG_WHAT:
		return "a port, a RoMON id or an identity";
	case SCHEMA_ARG_MAC:
		return "an address (aa:bb:cc:dd:ee:ff)";
	case SCHEMA_ARG_WORD:
		return schema_words_list(a->words, buf, size);
	case SCHEMA_ARG_PATTERN:
	case SCHEMA_ARG_TEXT:
	case SCHEMA_ARG_FILE:
	case SCHEMA_ARG_NUMBER:
	case SCHEMA_ARG_MS:
	case SCHEMA_ARG_FLAG:
	case SCHEMA_ARG_INVALID:
		break;
	case SCHEMA_ARG_VALUES:
		return "an object of names and values";
	}
	return "a text";
}

static int expected(const struct schema_arg *a, const char *given, struct api_error *err)
{
	char name[SCHEMA_NAME_LEN];
	char words[WORDS_SIZE];

	schema_name(a->member, name);
	if (a->type == SCHEMA_ARG_NUMBER || a->type == SCHEMA_ARG_MS)
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"%s: expected a number from %" PRIu64 " to %" PRIu64 "%s", name, a->min, a->max,
			a->type == SCHEMA_ARG_MS ? " ms" : "");
	else if (a->type == SCHEMA_ARG_FLAG)
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%s: expected true or false", name);
	else
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%s: expected %s%s%.*s", name,
			text_expected(a, words, sizeof(words)), given == NULL ? "" : ", got ", WORD_SHOWN_MAX,
			given == NULL ? "" : given);
	return base_errno_set(EINVAL);
}

static int number_decode(const struct schema_arg *a, json_t *value, void *at, struct api_error *err)
{
	json_int_t n = json_integer_value(value);

	*(uint64_t *)at = a->fallback;
	if (value == NULL)
		return 0;
	if (!json_is_integer(value) || n < 0 || (uint64_t)n < a->min || (uint64_t)n > a->max)
		return expected(a, NULL, err);
	*(uint64_t *)at = (uint64_t)n;
	return 0;
}

static int flag_decode(const struct schema_arg *a, json_t *value, void *at, struct api_error *err)
{
	if (value != NULL && !json_is_boolean(value))
		return expected(a, NULL, err);
	*(bool *)at = json_is_true(value);
	return 0;
}

static int text_decode(const struct schema_arg *a, json_t *value, void *at, struct api_error *err)
{
	const char *text = json_string_value(value);
	struct base_mac mac;

	*(const char **)at = text;
	if (value == NULL)
		return 0;
	if (text == NULL || (a->type == SCHEMA_ARG_NODE && text[0] == '\0'))
		return expected(a, NULL, err);
	if (a->max > 0 && strlen(text) > a->max) {
		char name[SCHEMA_NAME_LEN];

		api_fail(err, API_ERROR_BAD_ARGUMENT, "%s: longer than any name: %" PRIu64 " bytes at most",
			schema_name(a->member, name), a->max);
		return base_errno_set(EINVAL);
	}
	if ((a->type == SCHEMA_ARG_WORD && !schema_words_have(a->words, text, a->is_any_case)) ||
		(a->type == SCHEMA_ARG_MAC && base_mac_parse(text, &mac) != 0))
		return expected(a, text, err);
	return 0;
}

static int values_decode(const struct schema_arg *a, json_t *value, void *at, struct api_error *err)
{
	*(json_t **)at = value;
	return value == NULL || json_is_object(value) ? 0 : expected(a, NULL, err);
}

static int value_decode(const struct schema_arg *a, json_t *value, void *at, struct api_error *err)
{
	switch (a->type) {
	case SCHEMA_ARG_NUMBER:
	case SCHEMA_ARG_MS:
		return number_decode(a, value, at, err);
	case SCHEMA_ARG_FLAG:
		return flag_decode(a, value, at, err);
	case SCHEMA_ARG_TEXT:
	case SCHEMA_ARG_WORD:
	case SCHEMA_ARG_PORT:
	case SCHEMA_ARG_NODE:
	case SCHEMA_ARG_WHAT:
	case SCHEMA_ARG_PATTERN:
	case SCHEMA_ARG_MAC:
	case SCHEMA_ARG_FILE:
		return text_decode(a, value, at, err);
	case SCHEMA_ARG_VALUES:
		return values_decode(a, value, at, err);
	case SCHEMA_ARG_INVALID:
		break;
	}
	return base_errno_set(EINVAL);
}

// A mistyped argument must not silently do nothing.
static int unknown_refuse(const struct schema_args *args, const char *key, struct api_error *err)
{
	char names[SCHEMA_ARGS_MAX][SCHEMA_NAME_LEN];
	const char *words[SCHEMA_ARGS_MAX];

	for (size_t i = 0; i < args->n; i++)
		words[i] = schema_name(args->list[i].member, names[i]);
	const char *near = base_suggest(key, words, args->n);
	if (near != NULL)
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%.*s: no such argument; did you mean %s?",
			WORD_SHOWN_MAX, key, near);
	else
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%.*s: no such argument", WORD_SHOWN_MAX, key);
	return base_errno_set(EINVAL);
}

int schema_decode(const struct schema_args *args, json_t *given, void *out, struct api_error *err)
{
	json_t *values[SCHEMA_ARGS_MAX] = {NULL};
	const char *key;
	json_t *value;

	json_object_foreach (given, key, value) {
		const struct schema_arg *a = schema_arg_find(args, key);

		if (a == NULL)
			return unknown_refuse(args, key, err);
		if (!json_is_null(value))
			values[a - args->list] = value;
	}
	for (size_t i = 0; i < args->n; i++) {
		const struct schema_arg *a = &args->list[i];

		if (values[i] == NULL && a->need == SCHEMA_REQUIRED)
			return expected(a, NULL, err);
		int rc = value_decode(a, values[i], (uint8_t *)out + a->offset, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

const char *schema_root_arg(const struct schema_args *args, json_t *given)
{
	const char *key;
	json_t *value;

	json_object_foreach (given, key, value) {
		const struct schema_arg *a = schema_arg_find(args, key);

		if (a != NULL && a->need == SCHEMA_FOR_ROOT)
			return key;
	}
	return NULL;
}
