// SPDX-License-Identifier: BSD-3-Clause
// The rows as data. Constant data.
#define SCHEMA_DEFINE
#include "schema_commands.h"

const struct schema_args *schema_nothing_args(void)
{
	static const struct schema_args args = {NULL, 0, sizeof(struct schema_nothing_args)};

	return &args;
}

#define SHAPE_OBJECT(a)  .shape = SCHEMA_SHAPE_OBJECT, .answer = schema_##a##_table
#define SHAPE_LIST(a)    .shape = SCHEMA_SHAPE_LIST, .answer = schema_##a##_table
#define SHAPE_FEED(a, e) .shape = SCHEMA_SHAPE_FEED, .answer = schema_##a##_table, .end = schema_##e##_table
#define COMMAND(i, n, t, s, a, h) \
	{.name = n, .tier = API_TIER_##t, SHAPE_##s, .args = schema_##a##_args, .help = h},

const struct schema_command schema_commands[] = {SCHEMA_COMMANDS(COMMAND) SCHEMA_FEEDS(COMMAND)};

const size_t schema_n_commands = sizeof(schema_commands) / sizeof(schema_commands[0]);
