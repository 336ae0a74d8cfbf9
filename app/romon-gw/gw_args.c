// SPDX-License-Identifier: BSD-3-Clause
// JSON bodies as arguments. One thread.
#include <stdio.h>
#include <string.h>

#include "gw_args.h"

// ["a", "b"] as "a,b". A comma within a text would make two of it. NULL: it cannot be.
static const char *list_join(struct gw_args *args, json_t *list)
{
	char *begin = args->text + args->used;
	json_t *value;
	size_t i;

	json_array_foreach (list, i, value) {
		const char *text = json_string_value(value);
		size_t room = sizeof(args->text) - args->used, len = text == NULL ? 0 : strlen(text);

		if (text == NULL || strchr(text, ',') != NULL || len + 2 > room)
			return NULL;
		if (i > 0)
			args->text[args->used++] = ',';
		memcpy(args->text + args->used, text, len);
		args->used += len;
	}
	if (args->used == sizeof(args->text))
		return NULL;
	args->text[args->used++] = '\0';
	return begin;
}

static const char *value_of(struct gw_args *args, json_t *value, char number[24])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (json_is_array(value))
		return list_join(args, value);
	if (!json_is_integer(value))
		return NULL;
	snprintf(number, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return number;
}

bool gw_args_take(struct gw_args *args, json_t *body)
{
	const char *name;
	json_t *value;

	if (!json_is_object(body))
		return false;
	json_object_foreach (body, name, value) {
		if (args->n == ROSAPI_WORDS_MAX)
			return false;
		struct rosapi_arg *a = &args->list[args->n];

		a->name = name;
		a->value = value_of(args, value, args->numbers[args->n]);
		if (a->value == NULL)
			return false;
		args->n++;
	}
	return true;
}
