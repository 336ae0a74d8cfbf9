// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as a line of the control socket: decode, dispatch, answer. Whatever comes in, what goes out is
// one line of ASCII that is JSON and says ok or an error.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema_ports.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

// Reads the arguments as a command does, and gives them back.
static json_t *echo(void *ctx, json_t *args, struct api_error *err)
{
	struct schema_neighbors_args in;

	(void)ctx;
	if (schema_decode(schema_neighbors_args(), args, &in, err) != 0)
		return NULL;
	require(in.count >= 1 && in.count <= SCHEMA_PAGE_MAX && in.offset <= INT64_MAX);
	return json_incref(args);
}

// Never called: api_dispatch() has no connection to feed to.
static int follow(void *ctx, struct api_feed *s, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)s;
	(void)args;
	(void)err;
	abort();
}

static const struct api_command commands[] = {
	{"echo", API_TIER_READ, echo, "give the arguments back"},
	{"follow", API_TIER_READ, NULL, "a feed", follow},
};
static const struct api_table table = {commands, BASE_ARRAY_LEN(commands), NULL};

static void answer_check(const char *line)
{
	json_t *answer = json_loads(line, 0, NULL);
	json_t *ok = json_object_get(answer, "ok");
	json_t *error = json_object_get(answer, "error");

	require(json_is_boolean(ok) && json_object_get(answer, "id") != NULL);
	require(json_is_true(ok) == (json_object_get(answer, "data") != NULL));
	require(json_is_true(ok) == (error == NULL));
	for (; *line != '\0'; line++)
		require(*line >= 0x20); // jansson sends DEL as it is, and only back to who sent it
	if (error != NULL) {
		const char *code = json_string_value(json_object_get(error, "code"));

		require(code != NULL && api_error_parse(code) != API_ERROR_INVALID);
		require(json_string_length(json_object_get(error, "message")) > 0);
	}
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct api_error err = API_ERROR_INIT;
	struct api_request req;
	json_t *result = NULL;

	if (memchr(data, '\n', size) != NULL || size > API_LINE_LEN_MAX)
		return 0; // the server never passes such a line on
	if (api_request_decode(&req, (const char *)data, size, &err) == 0)
		result = api_dispatch(&table, API_TIER_READ, req.cmd, req.args, &err);
	json_t *answer = api_answer_make(req.id, result, &err);
	require(answer != NULL);
	char *line = json_dumps(answer, JSON_COMPACT | JSON_ENSURE_ASCII);
	require(line != NULL);
	answer_check(line);
	free(line);
	json_decref(answer);
	api_request_clear(&req);
	api_error_clear(&err);
	return 0;
}
