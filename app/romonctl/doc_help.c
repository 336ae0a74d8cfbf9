// SPDX-License-Identifier: BSD-3-Clause
// --help and the manual page, both from the rows of cmd_table. Main thread.
#include <ctype.h>
#include <string.h>

#include "cmd.h"

#define USAGE_SIZE     256
#define USAGE_OPTS_MAX 8  // of one line
#define USAGE_COLUMN   26 // where help texts start

// "--type": "TYPE".
static const char *word_name(const char *option)
{
	static char name[USAGE_COLUMN];
	size_t n = 0;

	for (option += strspn(option, "-"); *option != '\0' && n + 1 < sizeof(name); option++)
		name[n++] = (char)toupper((unsigned char)*option);
	name[n] = '\0';
	return name;
}

const char *doc_value_name(const struct cmd_param *p)
{
	switch (p->value) {
	case CMD_VALUE_PORT:
		return "PORT";
	case CMD_VALUE_FILE:
		return "FILE";
	case CMD_VALUE_NUMBER:
		return "N";
	case CMD_VALUE_SECONDS:
	case CMD_VALUE_DURATION:
		return "TIME";
	case CMD_VALUE_ID:
		return "ID";
	case CMD_VALUE_WHAT:
		return "WHAT";
	case CMD_VALUE_TEXT:
	case CMD_VALUE_ANY:
		return "TEXT";
	case CMD_VALUE_WORD:
		return word_name(p->name);
	case CMD_VALUE_FORMAT:
		return "FORMAT";
	case CMD_VALUE_SECRET:
		return "SECRET";
	case CMD_VALUE_FLAG:
	case CMD_VALUE_INVALID:
		break;
	}
	return "";
}

// "--since N", "--all"
static void option_add(struct base_text *t, const struct cmd_param *p)
{
	base_text_add(t, "%s%s%s", p->name, p->value == CMD_VALUE_FLAG ? "" : " ", doc_value_name(p));
}

// "drops [PORT] [--all]"; of a command with many options: "capture [OPTION]..."
static void usage_add(struct base_text *t, const struct cmd *cmd)
{
	base_text_add(t, "%s", cmd->name);
	for (size_t i = 0; i < CMD_ARGS_MAX && cmd->args[i].value != CMD_VALUE_INVALID; i++)
		base_text_add(t,
			cmd->args[i].is_required ? " %s"
			: cmd->has_many          ? " [%s]..."
						 : " [%s]",
			cmd->args[i].name);
	if (cmd->opts[USAGE_OPTS_MAX].value != CMD_VALUE_INVALID) {
		base_text_add(t, " [OPTION]...%s", cmd->has_tail ? " -- COMMAND" : "");
		return;
	}
	for (size_t i = 0; i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++) {
		base_text_add(t, " [");
		option_add(t, &cmd->opts[i]);
		base_text_add(t, "]");
	}
}

static void line_print(FILE *file, const char *left, const char *right)
{
	if (strlen(left) > USAGE_COLUMN - 2)
		fprintf(file, "  %s\n  %*s%s\n", left, USAGE_COLUMN, "", right);
	else
		fprintf(file, "  %-*s%s\n", USAGE_COLUMN, left, right);
}

static void globals_print(FILE *file)
{
	fputs("\nOptions of every command:\n", file);
	for (size_t i = 0; i < cmd_globals_len; i++) {
		const struct cmd_global *g = &cmd_globals[i];
		char left[USAGE_SIZE];
		struct base_text t;

		base_text_init(&t, left, sizeof(left));
		if (g->letter != 0)
			base_text_add(&t, "-%c, ", g->letter);
		base_text_add(&t, "%s%s%s", g->name, g->value_name == NULL ? "" : " ",
			g->value_name == NULL ? "" : g->value_name);
		line_print(file, left, g->help);
	}
}

static void help_all_print(FILE *file)
{
	fputs("Usage: romonctl [OPTION]... [COMMAND [ARGUMENT]...]\n"
	      "Show and steer a running romond. Without a command: a shell on a terminal, else commands from\n"
	      "standard input, one a line.\n\nCommands:\n",
		file);
	for (size_t i = 0; i < cmd_table_len; i++) {
		char usage[USAGE_SIZE];
		struct base_text t;

		if (cmd_table[i].is_hidden)
			continue;
		base_text_init(&t, usage, sizeof(usage));
		usage_add(&t, &cmd_table[i]);
		line_print(file, usage, cmd_table[i].help);
	}
	globals_print(file);
	fputs("\nExit codes: 0 ok, 1 failure, 2 usage, 3 not connected, 4 not found, 5 partial.\n"
	      "`romonctl COMMAND --help` tells more of a command.\n",
		file);
}

void doc_help_print(const struct cmd *cmd, FILE *file)
{
	char usage[USAGE_SIZE];
	struct base_text t;

	if (cmd == NULL) {
		help_all_print(file);
		return;
	}
	base_text_init(&t, usage, sizeof(usage));
	usage_add(&t, cmd);
	fprintf(file, "Usage: romonctl %s\n%s.\n", usage, cmd->help);
	if (cmd->details != NULL)
		fprintf(file, "%s\n", cmd->details);
	fputs("\n", file);
	for (size_t i = 0; i < CMD_ARGS_MAX && cmd->args[i].value != CMD_VALUE_INVALID; i++)
		line_print(file, cmd->args[i].name, cmd->args[i].help);
	for (size_t i = 0; i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++) {
		base_text_init(&t, usage, sizeof(usage));
		if (cmd->opts[i].letter != 0)
			base_text_add(&t, "-%c, ", cmd->opts[i].letter);
		option_add(&t, &cmd->opts[i]);
		line_print(file, usage, cmd->opts[i].help);
	}
	globals_print(file);
}

// Text for people within the page: marks of scdoc's are no marks there.
static void man_text_print(const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("*_\\", *text) != NULL)
			putchar('\\');
		putchar(*text);
	}
}

static void man_item_print(char mark, const char *name, const char *help)
{
	printf("\n\t%c%s%c: ", mark, name, mark);
	man_text_print(help);
	puts(".");
}

static void man_command_print(const struct cmd *cmd)
{
	char usage[USAGE_SIZE];
	struct base_text t;

	base_text_init(&t, usage, sizeof(usage));
	usage_add(&t, cmd);
	printf("*%s*\n\t", usage);
	man_text_print(cmd->help);
	putchar('.');
	if (cmd->details != NULL) {
		putchar(' ');
		man_text_print(cmd->details);
	}
	puts("");
	for (size_t i = 0; i < CMD_ARGS_MAX && cmd->args[i].value != CMD_VALUE_INVALID; i++)
		man_item_print('_', cmd->args[i].name, cmd->args[i].help);
	for (size_t i = 0; i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++) {
		base_text_init(&t, usage, sizeof(usage));
		if (cmd->opts[i].letter != 0)
			base_text_add(&t, "-%c, ", cmd->opts[i].letter);
		option_add(&t, &cmd->opts[i]);
		man_item_print('*', usage, cmd->opts[i].help);
	}
	puts("");
}

static void man_globals_print(void)
{
	puts("# OPTIONS\n\nThey may stand before or behind the command.\n");
	for (size_t i = 0; i < cmd_globals_len; i++) {
		const struct cmd_global *g = &cmd_globals[i];

		if (g->letter != 0)
			printf("*-%c*, ", g->letter);
		printf("*%s*", g->name);
		if (g->value_name != NULL)
			printf(" _%s_", g->value_name);
		printf("\n\t");
		man_text_print(g->help);
		puts(".\n");
	}
}

enum cmd_exit cmd_run_man(const struct cmd_call *call)
{
	(void)call;
	puts("romonctl(1)\n\n# NAME\n\nromonctl - show and steer a running romond\n\n# SYNOPSIS\n\n"
	     "*romonctl* [_OPTION_]... [_COMMAND_ [_ARGUMENT_]...]\n\n# DESCRIPTION\n\n"
	     "romonctl asks romond, the RoMON forwarding daemon, over its control socket. Root, the user that\n"
	     "romond runs as, and members of the group _romon_ may use it.\n\n"
	     "Without a command it is a shell: it completes with Tab, keeps a history, and stays connected. *help* and\n"
	     "*quit* are its own words; Ctrl-C ends a running command, and not the shell. Words with blanks stand in\n"
	     "quotes, _#_ begins a comment. When standard input is not a terminal, commands are read from it, one a\n"
	     "line, and the exit code is that of the last one that failed.\n\n# COMMANDS\n");
	for (size_t i = 0; i < cmd_table_len; i++) {
		if (!cmd_table[i].is_hidden)
			man_command_print(&cmd_table[i]);
	}
	man_globals_print();
	puts("# OUTPUT\n\n"
	     "_table_ and _wide_ are for people: on a terminal, _table_ cuts long texts to its width, and states\n"
	     "have colours. _json_ is the value that romond answered, an array or an object as\n"
	     "docs/control-socket.md describes it; _jsonl_ writes each element of a list on a line of its own.\n\n"
	     "# EXIT STATUS\n\n"
	     "*0* ok; *1* failure; *2* wrong usage; *3* not connected to romond; *4* what was named does not\n"
	     "exist; *5* the output is not complete.\n\n"
	     "# ENVIRONMENT\n\n*ROMOND_SOCKET*\n\tcontrol socket, when *-s* names none.\n\n"
	     "*NO_COLOR*\n\twhen set and not empty: no colours.\n\n"
	     "*COLUMNS*\n\twidth of the terminal.\n\n"
	     "# FILES\n\n_$XDG_STATE_HOME/romonctl/history_, else _~/.local/state/romonctl/history_\n\tlines typed in the shell.\n\n_~/.editrc_\n\tkeys of the shell, editrc(5).\n\n"
	     "# EXAMPLES\n\nWhat is there, why a node is not reached, and what came by in the last seconds:\n\n"
	     "```\nromonctl ports\nromonctl why DuneGW\nromonctl torch ether1\n```\n\n"
	     "A shell on a node that has no IP address:\n\n```\nromonctl ssh admin@DuneGW\n```\n\n"
	     "A change that takes itself back unless it is confirmed within a minute:\n\n"
	     "```\nromonctl config set ports.ether1.cost 50 --confirm-within 1m\nromonctl config confirm\n```\n\n"
	     "# SEE ALSO\n\n*romond*(8), *romond.yaml*(5), *romon-gw*(8)");
	return CMD_EXIT_OK;
}
