// SPDX-License-Identifier: BSD-3-Clause
// Candidates for the end of a command line. Main thread.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api_client.h"
#include "cmd_complete.h"
#include "out_text.h"

#define LIVE_TIMEOUT_MS 500 // a completion that hangs is worse than one that is empty
#define LIVE_TEXT_SIZE  256
#define NODES_MAX       1000 // asked for; who has more types a letter first

static void add(const struct cmd_complete *c, const char *word, const char *help, const char *typed)
{
	if (strncmp(word, typed, strlen(typed)) == 0)
		c->add(c->user, word, help);
}

// Ask a romond that runs; NULL when it cannot be asked or refuses.
static json_t *live_ask(const struct cmd_complete *c, const char *api_cmd, json_t *args)
{
	struct api_error err = API_ERROR_INIT;
	json_t *data = NULL;

	struct api_client *client = api_client_connect(c->socket, LIVE_TIMEOUT_MS);
	if (client != NULL && api_client_call(client, api_cmd, args, LIVE_TIMEOUT_MS, &data, &err) != 0)
		data = NULL;
	api_error_clear(&err);
	api_client_close(client);
	return data;
}

// A text of romond's as a word or its help; "" when there is none.
static const char *live_text(json_t *row, const char *key, char clean[LIVE_TEXT_SIZE])
{
	const char *text = json_string_value(json_object_get(row, key));

	out_text_clean(clean, LIVE_TEXT_SIZE, text == NULL ? "" : text, true, false);
	return clean;
}

static void ports_add(const struct cmd_complete *c, const char *typed)
{
	json_t *ports = live_ask(c, "ports", NULL);
	json_t *port;
	size_t i;

	json_array_foreach (ports, i, port) {
		char name[LIVE_TEXT_SIZE];
		char state[LIVE_TEXT_SIZE];

		if (live_text(port, "name", name)[0] != '\0')
			add(c, name, live_text(port, "state", state), typed);
	}
	json_decref(ports);
}

// A node, in whatever case it is typed, behind the user who logs in there.
static void node_add(
	const struct cmd_complete *c, const char *word, const char *help, const char *typed, bool has_user)
{
	char whole[2 * LIVE_TEXT_SIZE];
	const char *at = has_user ? strrchr(typed, '@') : NULL;
	const char *name = at != NULL ? at + 1 : typed;

	if (strncasecmp(word, name, strlen(name)) != 0)
		return;
	snprintf(whole, sizeof(whole), "%.*s%s", (int)(name - typed), typed, word);
	c->add(c->user, whole, help);
}

// Ids, and the identities that go with them.
static void nodes_add(const struct cmd_complete *c, const char *typed, bool has_user)
{
	json_t *args = json_pack("{s:i, s:i}", "offset", 0, "count", NODES_MAX);
	json_t *data = live_ask(c, "nodes", args);
	json_t *node;
	size_t i;

	json_array_foreach (json_object_get(data, "rows"), i, node) {
		char id[LIVE_TEXT_SIZE];
		char identity[LIVE_TEXT_SIZE];

		if (live_text(node, "address", id)[0] != '\0')
			node_add(c, id, live_text(node, "identity", identity), typed, has_user);
		if (live_text(node, "identity", identity)[0] != '\0')
			node_add(c, identity, id, typed, has_user);
	}
	json_decref(data);
	json_decref(args);
}

// Words with blanks between.
static void words_add(const struct cmd_complete *c, const char *words, const char *typed)
{
	char word[LIVE_TEXT_SIZE];

	for (size_t n; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		snprintf(word, sizeof(word), "%.*s", (int)n, words);
		add(c, word, "", typed);
	}
}

static void values_add(
	struct cmd_complete *c, const struct cmd *cmd, const struct cmd_param *p, const char *typed)
{
	bool has_dot = cmd != NULL && cmd->has_dot;

	switch (p->value) {
	case CMD_VALUE_PORT:
		ports_add(c, typed);
		break;
	case CMD_VALUE_ID:
		nodes_add(c, typed, strncmp(p->name, "[USER@]", 7) == 0);
		break;
	case CMD_VALUE_WHAT:
		ports_add(c, typed);
		nodes_add(c, typed, false);
		break;
	case CMD_VALUE_FILE:
		c->wants_file = true;
		break;
	case CMD_VALUE_WORD:
		words_add(c, p->words, typed);
		break;
	case CMD_VALUE_FORMAT:
		words_add(c, has_dot ? "table wide json jsonl dot" : "table wide json jsonl", typed);
		break;
	case CMD_VALUE_TEXT:
	case CMD_VALUE_ANY:
	case CMD_VALUE_SECRET:
	case CMD_VALUE_NUMBER:
	case CMD_VALUE_SECONDS:
	case CMD_VALUE_DURATION:
	case CMD_VALUE_FLAG:
	case CMD_VALUE_INVALID:
		break;
	}
}

// First words of the commands, once each.
static void first_words_add(const struct cmd_complete *c, const char *typed)
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
		add(c, word, name[len] == ' ' ? "" : cmd_table[i].help, typed);
	}
}

static void second_words_add(const struct cmd_complete *c, const char *first, const char *typed)
{
	size_t len = strlen(first);

	for (size_t i = 0; i < cmd_table_len; i++) {
		const char *name = cmd_table[i].name;

		if (strncmp(name, first, len) == 0 && name[len] == ' ')
			add(c, name + len + 1, cmd_table[i].help, typed);
	}
}

static void options_add(const struct cmd_complete *c, const struct cmd *cmd, const char *typed)
{
	for (size_t i = 0; cmd != NULL && i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++)
		add(c, cmd->opts[i].name, cmd->opts[i].help, typed);
	for (size_t i = 0; i < cmd_globals_len; i++)
		add(c, cmd_globals[i].name, cmd_globals[i].help, typed);
}

static bool option_is(const char *word, const char *name, char letter)
{
	bool is_letter = word[0] == '-' && letter != 0 && word[1] == letter && word[2] == '\0';

	return is_letter || strcmp(word, name) == 0;
}

// What the option `word` waits for; its value is CMD_VALUE_INVALID when it waits for none.
static struct cmd_param option_wants(const struct cmd *cmd, const char *word)
{
	for (size_t i = 0; cmd != NULL && i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++) {
		const struct cmd_param *p = &cmd->opts[i];

		if (p->value != CMD_VALUE_FLAG && option_is(word, p->name, p->letter))
			return *p;
	}
	for (size_t i = 0; i < cmd_globals_len; i++) {
		const struct cmd_global *g = &cmd_globals[i];

		if (g->value != CMD_VALUE_FLAG && option_is(word, g->name, g->letter))
			return (struct cmd_param){.name = g->name, .value = g->value};
	}
	return (struct cmd_param){.name = NULL};
}

void cmd_complete(struct cmd_complete *c, int n, char **words)
{
	const char *typed = n > 0 ? words[n - 1] : "";
	const struct cmd *cmd = NULL;
	struct cmd_param wanted = {.name = NULL};
	const char *first = NULL; // word of a command that has two
	size_t n_args = 0;

	for (int i = 0; i + 1 < n; i++) {
		int n_words = 0;

		if (wanted.value != CMD_VALUE_INVALID) {
			if (option_is(words[i - 1], "--socket", 's'))
				c->socket = words[i];
			wanted.value = CMD_VALUE_INVALID;
		} else if (words[i][0] == '-') {
			wanted = option_wants(cmd, words[i]);
		} else if (cmd != NULL) {
			n_args++;
		} else {
			cmd = cmd_find(n - 1 - i, words + i, &n_words);
			first = cmd == NULL ? words[i] : NULL;
			i += cmd == NULL ? 0 : n_words - 1;
		}
	}
	if (wanted.value != CMD_VALUE_INVALID)
		values_add(c, cmd, &wanted, typed);
	else if (typed[0] == '-')
		options_add(c, cmd, typed);
	else if (cmd == NULL && first == NULL)
		first_words_add(c, typed);
	else if (cmd == NULL)
		second_words_add(c, first, typed);
	else if (cmd->has_many || n_args < CMD_ARGS_MAX)
		values_add(c, cmd, &cmd->args[cmd->has_many ? 0 : n_args], typed);
}
