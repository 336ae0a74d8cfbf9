// SPDX-License-Identifier: BSD-3-Clause
// The table of commands, made of the rows of schema_commands.h: the roof of this room, which knows every
// handler.
#include "command_table.h"
#include "handlers.h"

static void call_begin(struct schema_call *call, struct api_error *err)
{
	schema_mem_init(&call->mem);
	call->err = err;
}

// What the handler put together as JSON, unless it refused. is_list: out is a list of rows of the table.
static json_t *call_end(struct schema_call *call, schema_table_fn table, bool is_list, const void *out)
{
	json_t *data = NULL;

	if (call->err->code == API_ERROR_INVALID && !call->mem.is_short)
		data = is_list ? schema_encode_list(table(), out) : schema_encode(table(), out);
	schema_mem_fini(&call->mem);
	if (data == NULL && call->err->code == API_ERROR_INVALID)
		api_fail(call->err, API_ERROR_FAILED, "out of memory");
	return data;
}

#define ENCODE_OBJECT(answer) call_end(&call, schema_##answer##_table, false, &out)
#define ENCODE_LIST(answer)   call_end(&call, schema_##answer##_table, true, &out)

// Which argument is root's, of each command that has one.
#define ROOT_ARG(id, args)                                             \
	static const char *root_arg_##id(json_t *given)                \
	{                                                              \
		return schema_root_arg(schema_##args##_args(), given); \
	}

// JSON of a client -> struct of arguments -> handler -> struct of the answer -> JSON.
#define CALL(id, name, tier, shape, args, help)                                   \
	static json_t *call_##id(void *ctx, json_t *given, struct api_error *err) \
	{                                                                         \
		struct schema_##args##_args in = {0};                             \
		HANDLERS_OUT_##shape out = {0};                                   \
		struct schema_call call;                                          \
                                                                                  \
		if (schema_decode(schema_##args##_args(), given, &in, err) != 0)  \
			return NULL;                                              \
		call_begin(&call, err);                                           \
		handle_##id(ctx, &in, &out, &call);                               \
		return ENCODE_##shape;                                            \
	}                                                                         \
	ROOT_ARG(id, args)

#define OPEN(id, name, tier, shape, args, help)                                                           \
	static int open_by_json_##id(void *ctx, struct api_feed *s, json_t *given, struct api_error *err) \
	{                                                                                                 \
		struct schema_##args##_args in = {0};                                                     \
                                                                                                          \
		if (schema_decode(schema_##args##_args(), given, &in, err) != 0)                          \
			return -EINVAL;                                                                   \
		return open_##id(ctx, s, &in, err);                                                       \
	}

SCHEMA_COMMANDS(CALL)
SCHEMA_FEEDS(OPEN)

#define ROW(id, name, tier, shape, args, help)      {name, API_TIER_##tier, call_##id, help, NULL, root_arg_##id},
#define ROW_OPEN(id, name, tier, shape, args, help) {name, API_TIER_##tier, NULL, help, open_by_json_##id},

const struct api_command command_table[] = {SCHEMA_COMMANDS(ROW) SCHEMA_FEEDS(ROW_OPEN)};

const size_t command_table_len = BASE_ARRAY_LEN(command_table);
