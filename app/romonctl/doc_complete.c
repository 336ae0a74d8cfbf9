// SPDX-License-Identifier: BSD-3-Clause
// Shell completion. The scripts only pass the words typed so far to `romonctl __complete` and show what
// comes back, so that all shells follow cmd_table. Main thread.
//
// __complete prints a candidate a line, as WORD, a tab, and a help text; or the one line ":file", which asks
// the shell to complete a file name.
#include <string.h>

#include "api_client.h"
#include "base_log.h"
#include "cmd.h"
#include "out_text.h"
#include "wire_frame.h"
#include "wire_name.h"

#define NODES_MAX       1000 // asked for; who has more types a letter first
#define LIVE_TIMEOUT_MS 500  // a completion that hangs is worse than one that is empty

static const char script_bash[] =
	"# bash completion of romonctl; load it with: source <(romonctl completion bash)\n"
	"_romonctl() {\n"
	"\tlocal IFS=$'\\n' word=${COMP_WORDS[COMP_CWORD]}\n"
	"\tlocal -a found\n"
	"\tmapfile -t found < <(romonctl __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"\tif [[ ${found[0]-} == :file ]]; then\n"
	"\t\tcompopt -o filenames\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	"\telse\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"${found[*]%%$'\\t'*}\" -- \"$word\")\n"
	"\tfi\n"
	"}\n"
	"complete -F _romonctl romonctl\n";

static const char script_zsh[] =
	"#compdef romonctl\n"
	"# zsh completion of romonctl; load it with: source <(romonctl completion zsh)\n"
	"_romonctl() {\n"
	"\tlocal -a lines found\n"
	"\tlocal line\n"
	"\tlines=(\"${(@f)$(romonctl __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
	"\tif [[ ${lines[1]} == :file ]]; then\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfor line in $lines; do\n"
	"\t\tfound+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
	"\tdone\n"
	"\t_describe romonctl found\n"
	"}\n"
	"if [[ ${funcstack[1]-} == _romonctl ]]; then\n"
	"\t_romonctl \"$@\"\n"
	"else\n"
	"\tcompdef _romonctl romonctl\n"
	"fi\n";

static const char script_fish[] =
	"# fish completion of romonctl; load it with: romonctl completion fish | source\n"
	"function __romonctl_complete\n"
	"\tset -l words (commandline -opc) (commandline -ct)\n"
	"\tset -l found (romonctl __complete $words[2..-1] 2>/dev/null)\n"
	"\tif test \"$found[1]\" = :file\n"
	"\t\t__fish_complete_path (commandline -ct)\n"
	"\telse\n"
	"\t\tprintf '%s\\n' $found\n"
	"\tend\n"
	"end\n"
	"complete -c romonctl -f -a '(__romonctl_complete)'\n";

enum cmd_exit cmd_run_completion(const struct cmd_call *call)
{
	const char *shell = call->args[0];

	fputs(strcmp(shell, "bash") == 0    ? script_bash
		: strcmp(shell, "zsh") == 0 ? script_zsh
					    : script_fish,
		stdout);
	return CMD_EXIT_OK;
}

static void candidate_print(const char *word, const char *help, const char *typed)
{
	if (strncmp(word, typed, strlen(typed)) == 0)
		printf("%s\t%s\n", word, help);
}

static void ports_print(const char *socket, const char *typed)
{
	struct api_error err = API_ERROR_INIT;
	json_t *ports = NULL;
	json_t *port;
	size_t i;

	struct api_client *client = api_client_connect(socket, LIVE_TIMEOUT_MS);
	if (client == NULL)
		return;
	if (api_client_call(client, "ports", NULL, LIVE_TIMEOUT_MS, &ports, &err) == 0) {
		json_array_foreach (ports, i, port) {
			const char *name = json_string_value(json_object_get(port, "name"));
			const char *state = json_string_value(json_object_get(port, "state"));
			char clean[128];

			if (name == NULL || state == NULL)
				continue;
			out_text_clean(clean, sizeof(clean), name, true, false);
			candidate_print(clean, state, typed);
		}
	}
	json_decref(ports);
	api_error_clear(&err);
	api_client_close(client);
}

static void nodes_print(const char *socket, const char *typed)
{
	struct api_error err = API_ERROR_INIT;
	json_t *args = json_pack("{s:i, s:i}", "offset", 0, "count", NODES_MAX);
	json_t *data = NULL;
	json_t *node;
	size_t i;

	struct api_client *client = api_client_connect(socket, LIVE_TIMEOUT_MS);
	if (client != NULL && api_client_call(client, "nodes", args, LIVE_TIMEOUT_MS, &data, &err) == 0) {
		json_array_foreach (json_object_get(data, "rows"), i, node) {
			const char *id = json_string_value(json_object_get(node, "id"));
			const char *identity = json_string_value(json_object_get(node, "identity"));
			char clean[256];

			if (id == NULL)
				continue;
			out_text_clean(clean, sizeof(clean), identity == NULL ? "" : identity, true, false);
			candidate_print(id, clean, typed);
			if (clean[0] != '\0' && strchr(clean, ' ') == NULL)
				candidate_print(clean, id, typed);
		}
	}
	json_decref(args);
	json_decref(data);
	api_error_clear(&err);
	api_client_close(client);
}

static void words_print(const char *const *words, size_t n, const char *typed)
{
	for (size_t i = 0; i < n; i++)
		candidate_print(words[i], "", typed);
}

static void values_print(enum cmd_value value, const char *socket, const char *typed)
{
	static const char *const shells[] = {"bash", "zsh", "fish"};
	static const char *const statuses[] = {"ok", "late", "down"};
	static const char *const formats[] = {"table", "wide", "json", "jsonl"};

	switch (value) {
	case CMD_VALUE_PORT:
		ports_print(socket, typed);
		break;
	case CMD_VALUE_ID:
		nodes_print(socket, typed);
		break;
	case CMD_VALUE_FILE:
		puts(":file");
		break;
	case CMD_VALUE_TYPE:
		for (uint8_t type = WIRE_TYPE_DISCOVER; type < WIRE_N_TYPES; type++)
			candidate_print(wire_type_name(type), "", typed);
		break;
	case CMD_VALUE_STATUS:
		words_print(statuses, BASE_ARRAY_LEN(statuses), typed);
		break;
	case CMD_VALUE_LEVEL:
		for (enum base_log_level l = BASE_LOG_ERROR; l <= BASE_LOG_DEBUG; l++)
			candidate_print(base_log_level_name(l), "", typed);
		break;
	case CMD_VALUE_SHELL:
		words_print(shells, BASE_ARRAY_LEN(shells), typed);
		break;
	case CMD_VALUE_FORMAT:
		words_print(formats, BASE_ARRAY_LEN(formats), typed);
		break;
	case CMD_VALUE_NUMBER:
	case CMD_VALUE_DURATION:
	case CMD_VALUE_FLAG:
	case CMD_VALUE_INVALID:
		break;
	}
}

// First words of the commands, once each.
static void first_words_print(const char *typed)
{
	for (size_t i = 0; i < cmd_table_len; i++) {
		const char *name = cmd_table[i].name;
		size_t len = strcspn(name, " ");
		bool is_seen = i > 0 && strncmp(cmd_table[i - 1].name, name, len + 1) == 0;
		char word[64];

		if (cmd_table[i].is_hidden || is_seen || len >= sizeof(word))
			continue;
		memcpy(word, name, len);
		word[len] = '\0';
		candidate_print(word, name[len] == ' ' ? "" : cmd_table[i].help, typed);
	}
}

static void second_words_print(const char *first, const char *typed)
{
	size_t len = strlen(first);

	for (size_t i = 0; i < cmd_table_len; i++) {
		const char *name = cmd_table[i].name;

		if (strncmp(name, first, len) == 0 && name[len] == ' ')
			candidate_print(name + len + 1, cmd_table[i].help, typed);
	}
}

static void options_print(const struct cmd *cmd, const char *typed)
{
	for (size_t i = 0; cmd != NULL && i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++)
		candidate_print(cmd->opts[i].name, cmd->opts[i].help, typed);
	for (size_t i = 0; i < cmd_globals_len; i++)
		candidate_print(cmd_globals[i].name, cmd_globals[i].help, typed);
}

// The kind of value that the option `word` waits for; CMD_VALUE_INVALID when it waits for none.
static enum cmd_value option_wants(const struct cmd *cmd, const char *word)
{
	for (size_t i = 0; i < cmd_globals_len; i++) {
		const struct cmd_global *g = &cmd_globals[i];
		bool is_letter = word[0] == '-' && g->letter != 0 && word[1] == g->letter && word[2] == '\0';

		if (g->value != CMD_VALUE_FLAG && (is_letter || strcmp(word, g->name) == 0))
			return g->value;
	}
	for (size_t i = 0; cmd != NULL && i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++) {
		if (cmd->opts[i].value != CMD_VALUE_FLAG && strcmp(word, cmd->opts[i].name) == 0)
			return cmd->opts[i].value;
	}
	return CMD_VALUE_INVALID;
}

enum cmd_exit cmd_run_complete(const struct cmd_call *call)
{
	const char *typed = call->rest_argc > 0 ? call->rest_argv[call->rest_argc - 1] : "";
	const char *socket = call->socket;
	const struct cmd *cmd = NULL;
	enum cmd_value wanted = CMD_VALUE_INVALID;
	const char *first = NULL; // word of a command that has two
	size_t n_args = 0;

	for (int i = 0; i + 1 < call->rest_argc; i++) {
		char *word = call->rest_argv[i];
		int n_words = 0;

		if (wanted != CMD_VALUE_INVALID) {
			if (wanted == CMD_VALUE_FILE && strcmp(call->rest_argv[i - 1], "-s") == 0)
				socket = word;
			wanted = CMD_VALUE_INVALID;
		} else if (word[0] == '-') {
			wanted = option_wants(cmd, word);
		} else if (cmd != NULL) {
			n_args++;
		} else {
			cmd = cmd_find(call->rest_argc - 1 - i, call->rest_argv + i, &n_words);
			first = cmd == NULL ? word : NULL;
			i += cmd == NULL ? 0 : n_words - 1;
		}
	}
	if (wanted != CMD_VALUE_INVALID)
		values_print(wanted, socket, typed);
	else if (typed[0] == '-')
		options_print(cmd, typed);
	else if (cmd == NULL && first == NULL)
		first_words_print(typed);
	else if (cmd == NULL)
		second_words_print(first, typed);
	else if (n_args < CMD_ARGS_MAX)
		values_print(cmd->args[n_args].value, socket, typed);
	return CMD_EXIT_OK;
}
