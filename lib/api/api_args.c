// SPDX-License-Identifier: BSD-3-Clause
// Arguments of a command. Any thread.
#include <inttypes.h>
#include <string.h>

#include "api_args.h"
#include "base_suggest.h"

#define WORD_SHOWN_MAX 64

static json_t *arg_get(json_t *args, const char *key)
{
	json_t *value = json_object_get(args, key);

	return json_is_null(value) ? NULL : value;
}

int api_args_u64(json_t *args, const char *key, uint64_t min, uint64_t max, uint64_t fallback, uint64_t *out,
	struct api_error *err)
{
	json_t *value = arg_get(args, key);

	*out = fallback;
	if (value == NULL)
		return 0;
	json_int_t n = json_integer_value(value);
	if (!json_is_integer(value) || n < 0 || (uint64_t)n < min || (uint64_t)n > max) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%s: expected a number from %" PRIu64 " to %" PRIu64,
			key, min, max);
		return base_errno_set(EINVAL);
	}
	*out = (uint64_t)n;
	return 0;
}

int api_args_bool(json_t *args, const char *key, bool fallback, bool *out, struct api_error *err)
{
	json_t *value = arg_get(args, key);

	*out = fallback;
	if (value == NULL)
		return 0;
	if (!json_is_boolean(value)) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%s: expected true or false", key);
		return base_errno_set(EINVAL);
	}
	*out = json_is_true(value);
	return 0;
}

int api_args_text(
	json_t *args, const char *key, const char *fallback, const char **out, struct api_error *err)
{
	json_t *value = arg_get(args, key);

	*out = fallback;
	if (value == NULL)
		return 0;
	if (!json_is_string(value)) {
		api_fail(err, API_ERROR_BAD_ARGUMENT, "%s: expected a text", key);
		return base_errno_set(EINVAL);
	}
	*out = json_string_value(value);
	return 0;
}

static bool word_is_in(const char *word, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(word, names[i]) == 0)
			return true;
	}
	return false;
}

int api_args_only(json_t *args, const char *const *names, size_t n, struct api_error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach (args, key, value) {
		if (word_is_in(key, names, n))
			continue;
		const char *near = base_suggest(key, names, n);
		if (near != NULL)
			api_fail(err, API_ERROR_BAD_ARGUMENT, "%.*s: no such argument; did you mean %s?",
				WORD_SHOWN_MAX, key, near);
		else
			api_fail(err, API_ERROR_BAD_ARGUMENT, "%.*s: no such argument", WORD_SHOWN_MAX, key);
		return base_errno_set(EINVAL);
	}
	return 0;
}
