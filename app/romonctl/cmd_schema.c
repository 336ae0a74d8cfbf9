// SPDX-License-Identifier: BSD-3-Clause
// schema: the commands of the control socket, for programs and for people. Asks no romond. Main thread.
#include "cmd.h"
#include "schema.h"

static void schema_print(struct out *o, json_t *data)
{
	static const struct out_column columns[] = {
		{"COMMAND", "name", OUT_KIND_TEXT, false},
		{"TIER", "tier", OUT_KIND_TEXT, false},
		{"ANSWER", "kind", OUT_KIND_TEXT, false},
		{"HELP", "help", OUT_KIND_TEXT, false},
	};
	json_t *command;
	size_t i;

	out_begin(o, columns, BASE_ARRAY_LEN(columns));
	json_array_foreach (json_object_get(data, "commands"), i, command)
		out_row(o, command);
	out_end(o);
}

enum cmd_exit cmd_run_schema(const struct cmd_call *call)
{
	struct out_style style;

	out_style_detect(&style, stdout, call->no_color);
	struct out *out = out_create(call->format, &style);
	json_t *all = out_must(schema_dump());
	out_object(out, all, schema_print);
	json_decref(all);
	out_destroy(out);
	return CMD_EXIT_OK;
}
