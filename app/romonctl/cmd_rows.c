// SPDX-License-Identifier: BSD-3-Clause
// cmd_table: the rows of cmd_table.c, and what they leave out, from the rows of lib/schema: help, type and
// words of arguments, columns of lists. A command of romond's without a row gets one made of its schema
// alone. Main thread.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "schema.h"

#define NAMES_SIZE 16384 // of all texts that are made here

struct cmd cmd_table[CMD_TABLE_MAX];
size_t cmd_table_len;

static struct out_column columns[CMD_COLUMNS_MAX];
static size_t n_columns;
static char names[NAMES_SIZE];
static size_t names_len;

// A text that stays: in lower case or capitals, with `dash` for each "_" and "-".
static const char *name_keep(const char *before, const char *text, bool is_upper, char dash)
{
	char *name = names + names_len;
	size_t n = strlen(before);

	if (names_len + n + strlen(text) + 1 > sizeof(names))
		return text; // the test of the rows finds it
	memcpy(name, before, n);
	for (; *text != '\0'; text++) {
		bool is_letter = *text >= 'a' && *text <= 'z';

		name[n++] = *text == '_' || *text == '-' ? dash
			    : is_upper && is_letter      ? (char)(*text - 'a' + 'A')
							 : *text;
	}
	name[n++] = '\0';
	names_len += n;
	return name;
}

// The help of an argument, and its default, as people write it.
static const char *help_of(const struct schema_arg *a)
{
	char *help = names + names_len;
	size_t room = sizeof(names) - names_len;
	const char *unit = "";
	uint64_t n = a->fallback;

	if ((a->type != SCHEMA_ARG_NUMBER && a->type != SCHEMA_ARG_MS) || n == 0 || n == SCHEMA_NONE)
		return a->help;
	if (a->type == SCHEMA_ARG_MS) {
		unit = n % 1000 == 0 ? "s" : "ms";
		n = n % 1000 == 0 ? n / 1000 : n;
	}
	int len = snprintf(help, room, "%s (default %" PRIu64 "%s)", a->help, n, unit);
	if (len < 0 || (size_t)len >= room)
		return a->help;
	names_len += (size_t)len + 1;
	return help;
}

static enum cmd_value value_of(const struct schema_arg *a)
{
	switch (a->type) {
	case SCHEMA_ARG_NUMBER:
		return CMD_VALUE_NUMBER;
	case SCHEMA_ARG_MS:
		return CMD_VALUE_DURATION;
	case SCHEMA_ARG_FLAG:
		return CMD_VALUE_FLAG;
	case SCHEMA_ARG_WORD:
		return CMD_VALUE_WORD;
	case SCHEMA_ARG_PORT:
		return CMD_VALUE_PORT;
	case SCHEMA_ARG_WHAT:
		return CMD_VALUE_WHAT;
	case SCHEMA_ARG_FILE:
		return CMD_VALUE_FILE;
	case SCHEMA_ARG_NODE:
	case SCHEMA_ARG_PATTERN:
	case SCHEMA_ARG_MAC:
		return CMD_VALUE_ID;
	case SCHEMA_ARG_TEXT:
		return CMD_VALUE_TEXT;
	case SCHEMA_ARG_VALUES: // romonctl has words for these
	case SCHEMA_ARG_INVALID:
		break;
	}
	return CMD_VALUE_INVALID;
}

static void param_settle(struct cmd_param *p, const struct schema_args *args)
{
	const struct schema_arg *a = p->key == NULL || args == NULL ? NULL : schema_arg_find(args, p->key);

	if (a == NULL)
		return;
	if (p->value == CMD_VALUE_INVALID)
		p->value = value_of(a);
	if (p->help == NULL)
		p->help = help_of(a);
	p->words = a->words;
	p->is_any_case = a->is_any_case;
	p->is_required |= p->name[0] != '-' && a->need == SCHEMA_REQUIRED;
}

static enum out_kind kind_of(const struct schema_field *f)
{
	const char *unit = schema_unit(f->member, f->unit);

	switch (f->type) {
	case SCHEMA_TYPE_NUMBER:
		return strcmp(unit, "ms") == 0   ? OUT_KIND_AGE_MS
		       : strcmp(unit, "us") == 0 ? OUT_KIND_US
						 : OUT_KIND_NUMBER;
	case SCHEMA_TYPE_REAL:
		return OUT_KIND_NUMBER;
	case SCHEMA_TYPE_WORD:
		return OUT_KIND_STATE;
	case SCHEMA_TYPE_TEXTS:
	case SCHEMA_TYPE_MACS:
		return OUT_KIND_LIST;
	case SCHEMA_TYPE_BOOL:
	case SCHEMA_TYPE_MAYBE:
	case SCHEMA_TYPE_TEXT:
	case SCHEMA_TYPE_OWN:
	case SCHEMA_TYPE_MAC:
	case SCHEMA_TYPE_TIME:
	case SCHEMA_TYPE_OBJECT:
	case SCHEMA_TYPE_POINTER:
	case SCHEMA_TYPE_PART:
	case SCHEMA_TYPE_EITHER:
	case SCHEMA_TYPE_LIST:
	case SCHEMA_TYPE_ANY:
	case SCHEMA_TYPE_INVALID:
		break;
	}
	return OUT_KIND_TEXT;
}

// The table of the rows that an object carries as `rows`, or NULL.
static const struct schema_table *rows_of(const struct schema_table *table)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		if (strcmp(table->fields[i].member, "rows") == 0)
			return table->fields[i].of();
	}
	return NULL;
}

size_t cmd_columns_of(const struct schema_table *table, const struct out_column **out)
{
	size_t first = n_columns;

	for (size_t i = 0; i < table->n_fields; i++) {
		const struct schema_field *f = &table->fields[i];

		if (f->column.where == SCHEMA_HIDE || n_columns == CMD_COLUMNS_MAX)
			continue;
		columns[n_columns++] = (struct out_column){
			.title = f->column.title != NULL ? f->column.title
							 : name_keep("", f->member, true, '-'),
			.key = name_keep("", f->member, false, '-'),
			.kind = kind_of(f),
			.is_wide = f->column.where == SCHEMA_WIDE,
			.width = f->column.width};
	}
	*out = &columns[first];
	return n_columns - first;
}

static void columns_settle(struct cmd *cmd, const struct schema_command *c)
{
	const struct schema_table *rows = c->shape == SCHEMA_SHAPE_LIST ? c->answer() : rows_of(c->answer());

	if (c->shape == SCHEMA_SHAPE_FEED && rows == NULL)
		rows = c->answer();
	if (cmd->print == NULL || c->shape == SCHEMA_SHAPE_FEED) {
		if (rows != NULL && cmd->columns == NULL)
			cmd->n_columns = cmd_columns_of(rows, &cmd->columns);
	}
}

static void settle(struct cmd *cmd)
{
	const struct schema_command *c = cmd->api_cmd == NULL ? NULL : schema_command_find(cmd->api_cmd);

	for (size_t i = 0; i < CMD_ARGS_MAX && cmd->args[i].name != NULL; i++)
		param_settle(&cmd->args[i], c == NULL ? NULL : c->args());
	for (size_t i = 0; i < CMD_OPTS_MAX && cmd->opts[i].name != NULL; i++)
		param_settle(&cmd->opts[i], c == NULL ? NULL : c->args());
	if (c != NULL)
		columns_settle(cmd, c);
}

static bool is_in_rows(const char *api_cmd)
{
	for (size_t i = 0; i < cmd_n_rows; i++) {
		const struct cmd *row = &cmd_rows[i];

		if ((row->api_cmd != NULL && strcmp(row->api_cmd, api_cmd) == 0) ||
			(row->api_also != NULL && strcmp(row->api_also, api_cmd) == 0))
			return true;
	}
	return false;
}

// Its arguments that are required stand by their place, all others are options; pages are romonctl's affair.
static void row_make(struct cmd *cmd, const struct schema_command *c)
{
	const struct schema_args *args = c->args();
	bool is_paged = c->shape == SCHEMA_SHAPE_OBJECT && rows_of(c->answer()) != NULL;
	size_t n_args = 0, n_opts = 0;

	*cmd = (struct cmd){.name = c->name, .api_cmd = c->name, .help = c->help};
	for (size_t i = 0; i < args->n; i++) {
		const struct schema_arg *a = &args->list[i];
		const char *key = name_keep("", a->member, false, '-');

		if (is_paged && (strcmp(key, "offset") == 0 || strcmp(key, "count") == 0))
			continue;
		if (a->need == SCHEMA_REQUIRED && n_args < CMD_ARGS_MAX)
			cmd->args[n_args++] = (struct cmd_param){name_keep("", a->member, true, '-'), key};
		else if (n_opts < CMD_OPTS_MAX)
			cmd->opts[n_opts++] = (struct cmd_param){name_keep("--", a->member, false, '-'), key};
	}
	cmd->run = c->shape == SCHEMA_SHAPE_FEED   ? cmd_run_feed
		   : c->shape == SCHEMA_SHAPE_LIST ? cmd_run_list
		   : is_paged                      ? cmd_run_pages
						   : cmd_run_object;
	if (cmd->run != cmd_run_object)
		cmd->empty = "nothing is there";
	else
		cmd->print = cmd_printer_find(c->name);
}

// Before main(): the table is data for whoever looks at it, tests too.
__attribute__((constructor)) static void table_make(void)
{
	for (size_t i = 0; i < cmd_n_rows; i++)
		cmd_table[cmd_table_len++] = cmd_rows[i];
	for (size_t i = 0; i < schema_n_commands && cmd_table_len < CMD_TABLE_MAX; i++) {
		if (!is_in_rows(schema_commands[i].name))
			row_make(&cmd_table[cmd_table_len++], &schema_commands[i]);
	}
	for (size_t i = 0; i < cmd_table_len; i++)
		settle(&cmd_table[i]);
}
