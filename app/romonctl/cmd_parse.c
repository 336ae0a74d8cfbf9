// SPDX-License-Identifier: BSD-3-Clause
// Command line -> struct cmd_call, by the rows of cmd_table. Options may stand anywhere; "--" ends them.
// Main thread.
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_suggest.h"
#include "cmd.h"
#include "conf.h"

#define WORDS_MAX    64 // command names and options to suggest from
#define WORDS_SIZE   256
#define DURATION_MAX 1000000000 // of any unit

// Where the parser stands.
struct cursor {
	int argc;
	char **argv;
	int at;
	struct base_text *why;
};

const struct cmd *cmd_find(int argc, char **argv, int *n_words)
{
	for (size_t i = 0; i < cmd_table_len; i++) {
		const char *name = cmd_table[i].name;
		size_t first_len = strcspn(name, " ");
		bool is_first =
			argc > 0 && strlen(argv[0]) == first_len && strncmp(argv[0], name, first_len) == 0;

		*n_words = name[first_len] == ' ' ? 2 : 1;
		if (is_first && *n_words == 1)
			return &cmd_table[i];
		if (is_first && argc > 1 && strcmp(argv[1], name + first_len + 1) == 0)
			return &cmd_table[i];
	}
	return NULL;
}

static void suggestion_add(struct base_text *why, const char *typed, const char *const *words, size_t n)
{
	const char *near = base_suggest(typed, words, n);

	if (near != NULL)
		base_text_add(why, "; did you mean %s?", near);
}

// "config" alone, a mistyped second word, or nothing that we know.
static void unknown_explain(const char *first, const char *second, struct base_text *why)
{
	const char *words[WORDS_MAX];
	char typed[128];
	struct base_text t;
	size_t first_len = strlen(first);
	bool is_group = false;
	size_t n = 0;

	for (size_t i = 0; i < cmd_table_len && n < WORDS_MAX; i++) {
		const char *name = cmd_table[i].name;

		is_group |= strncmp(name, first, first_len) == 0 && name[first_len] == ' ';
		if (!cmd_table[i].is_hidden)
			words[n++] = name;
	}
	base_text_init(&t, typed, sizeof(typed));
	base_text_add(&t, "%s", first);
	if (is_group && second == NULL) {
		base_text_add(why, "%s wants one more word:", first);
		for (size_t i = 0; i < n; i++) {
			if (strncmp(words[i], first, first_len) == 0 && words[i][first_len] == ' ')
				base_text_add(why, " %s", words[i] + first_len + 1);
		}
		return;
	}
	if (is_group)
		base_text_add(&t, " %s", second);
	base_text_add(why, "no command `%s`", typed);
	suggestion_add(why, typed, words, n);
}

int cmd_duration_parse(const char *text, uint64_t *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}};
	char *unit = NULL;

	errno = 0;
	unsigned long long n = strtoull(text, &unit, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0 || n > DURATION_MAX)
		return base_errno_set(EINVAL);
	for (size_t i = 0; i < BASE_ARRAY_LEN(units); i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		*ms = n * units[i].ms;
		return 0;
	}
	return base_errno_set(EINVAL);
}

// A duration, or seconds without a unit: thousandths at most.
static int seconds_parse(const char *text, uint64_t *ms)
{
	size_t n = strspn(text, "0123456789");
	size_t n_after = text[n] == '.' ? strspn(text + n + 1, "0123456789") : 0;
	uint64_t after_ms = 0;

	if (n == 0 || n > 9 || n_after > 3 || text[n + (text[n] == '.') + n_after] != '\0' ||
		(text[n] == '.' && n_after == 0))
		return cmd_duration_parse(text, ms);
	for (size_t i = 0; i < 3; i++)
		after_ms = 10 * after_ms + (i < n_after ? (uint64_t)(text[n + 1 + i] - '0') : 0);
	*ms = strtoull(text, NULL, 10) * 1000 + after_ms;
	return 0;
}

// Whether text can be a value of the parameter; says in why what was expected.
static int value_check(const struct cmd_param *p, const char *text, struct base_text *why)
{
	const char *name = p->name;
	char words[WORDS_SIZE];
	char *end = NULL;
	const char *expected = NULL;
	uint64_t ms;

	switch (p->value) {
	case CMD_VALUE_NUMBER:
		errno = 0;
		if (text[0] < '0' || text[0] > '9' || strtoll(text, &end, 10) < 0 || *end != '\0' ||
			errno != 0)
			expected = "a whole number";
		break;
	case CMD_VALUE_DURATION:
		if (cmd_duration_parse(text, &ms) != 0)
			expected = "a duration such as 200ms, 5s or 2m";
		break;
	case CMD_VALUE_SECONDS:
		if (seconds_parse(text, &ms) != 0)
			expected = "seconds such as 1 or 0.2, or a duration such as 200ms, 5s or 2m";
		break;
	case CMD_VALUE_WORD:
		if (!schema_words_have(p->words, text, p->is_any_case))
			expected = schema_words_list(p->words, words, sizeof(words));
		break;
	case CMD_VALUE_FORMAT:
		if (out_format_parse(text) == OUT_FORMAT_INVALID)
			expected = "table, wide, json or jsonl";
		break;
	case CMD_VALUE_PORT:
	case CMD_VALUE_FILE:
	case CMD_VALUE_ID:
	case CMD_VALUE_WHAT:
	case CMD_VALUE_TEXT:
		if (text[0] == '\0')
			expected = "a text that is not empty";
		break;
	case CMD_VALUE_SECRET:
		if (strlen(text) - 1 < CONF_SECRET_LEN_MAX)
			break;
		base_text_add(why, "%s: expected a secret of 1 to %d bytes", name, CONF_SECRET_LEN_MAX);
		return base_errno_set(EINVAL);
	case CMD_VALUE_FLAG:
	case CMD_VALUE_ANY:
	case CMD_VALUE_INVALID:
		break;
	}
	if (expected == NULL)
		return 0;
	base_text_add(why, "%s: expected %s, got `%s`", name, expected, text);
	return base_errno_set(EINVAL);
}

// The value of the option at the cursor: behind "=", glued to the letter, or the next word.
static int option_value(struct cursor *c, const struct cmd_param *p, const char *glued, const char **out)
{
	if (p->value == CMD_VALUE_FLAG) {
		*out = "";
		if (glued == NULL)
			return 0;
		base_text_add(c->why, "%s takes no value", p->name);
		return base_errno_set(EINVAL);
	}
	*out = glued;
	if (glued == NULL && c->at + 1 < c->argc)
		*out = c->argv[++c->at];
	if (*out != NULL)
		return value_check(p, *out, c->why);
	base_text_add(c->why, "%s wants a value: %s", p->name, doc_value_name(p));
	return base_errno_set(EINVAL);
}

static void global_set(struct cmd_call *call, const struct cmd_global *g, const char *value)
{
	if (strcmp(g->name, "--socket") == 0)
		call->socket = value;
	else if (strcmp(g->name, "--output") == 0)
		call->format = out_format_parse(value);
	else if (strcmp(g->name, "--no-color") == 0)
		call->no_color = true;
	else if (strcmp(g->name, "--help") == 0)
		call->wants_help = true;
	else if (strcmp(g->name, "--version") == 0)
		call->wants_version = true;
}

// "--name" or "--name=value" against a name; *glued is what stands behind "=".
static bool long_matches(const char *word, const char *name, const char **glued)
{
	size_t len = strlen(name);

	if (strncmp(word, name, len) != 0 || (word[len] != '\0' && word[len] != '='))
		return false;
	*glued = word[len] == '=' ? word + len + 1 : NULL;
	return true;
}

static int option_unknown(struct cursor *c, const struct cmd *cmd)
{
	const char *word = c->argv[c->at];
	const char *words[WORDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < cmd_globals_len; i++)
		words[n++] = cmd_globals[i].name;
	for (size_t i = 0; cmd != NULL && i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++)
		words[n++] = cmd->opts[i].name;
	base_text_add(c->why, "no option %s", word);
	if (cmd != NULL)
		base_text_add(c->why, " of `%s`", cmd->name);
	suggestion_add(c->why, word, words, n);
	return base_errno_set(EINVAL);
}

// "-x" or "-xVALUE", "--name" or "--name=VALUE".
static bool option_matches(const char *word, const char *name, char letter, const char **glued)
{
	if (letter == 0 || word[1] != letter)
		return long_matches(word, name, glued);
	*glued = word[2] != '\0' ? word + 2 : NULL;
	return true;
}

static int option_parse(struct cmd_call *call, struct cursor *c)
{
	const char *word = c->argv[c->at];
	const char *glued = NULL;
	const char *value;

	// a command's own options first: -o of backup is another one
	for (size_t i = 0; call->cmd != NULL && i < CMD_OPTS_MAX; i++) {
		const struct cmd_param *p = &call->cmd->opts[i];

		if (p->value != CMD_VALUE_INVALID && option_matches(word, p->name, p->letter, &glued))
			return option_value(c, p, glued, &call->opts[i]);
	}
	for (size_t i = 0; i < cmd_globals_len; i++) {
		const struct cmd_global *g = &cmd_globals[i];

		if (!option_matches(word, g->name, g->letter, &glued))
			continue;
		struct cmd_param p = {.name = g->name, .value = g->value};
		int rc = option_value(c, &p, glued, &value);
		if (rc == 0)
			global_set(call, g, value);
		return rc;
	}
	return option_unknown(c, call->cmd);
}

static int word_parse(struct cmd_call *call, struct cursor *c, size_t *n_args)
{
	const char *word = c->argv[c->at];
	int n_words = 0;

	if (call->cmd == NULL) {
		call->cmd = cmd_find(c->argc - c->at, c->argv + c->at, &n_words);
		if (call->cmd == NULL) {
			const char *second = c->at + 1 < c->argc ? c->argv[c->at + 1] : NULL;

			unknown_explain(word, second != NULL && second[0] != '-' ? second : NULL, c->why);
			return base_errno_set(EINVAL);
		}
		c->at += n_words - 1;
		return 0;
	}
	if (call->cmd->has_many) { // moved to the front, where words are done with
		call->rest_argv = c->argv;
		c->argv[call->rest_argc++] = c->argv[c->at];
		return value_check(&call->cmd->args[0], word, c->why);
	}
	if (*n_args == CMD_ARGS_MAX || call->cmd->args[*n_args].value == CMD_VALUE_INVALID) {
		base_text_add(c->why, "`%s` takes no `%s`", call->cmd->name, word);
		return base_errno_set(EINVAL);
	}
	const struct cmd_param *p = &call->cmd->args[*n_args];
	call->args[(*n_args)++] = word;
	return value_check(p, word, c->why);
}

// A format that not every command has.
static int format_check(const struct cmd_call *call, struct base_text *why)
{
	if (call->format != OUT_FORMAT_DOT || call->cmd == NULL || call->cmd->has_dot)
		return 0;
	base_text_add(why, "--output: `%s` draws no graph: expected table, wide, json or jsonl, got `dot`",
		call->cmd->name);
	return base_errno_set(EINVAL);
}

static int required_check(const struct cmd_call *call, struct base_text *why)
{
	for (size_t i = 0; call->cmd != NULL && i < CMD_ARGS_MAX; i++) {
		const struct cmd_param *p = &call->cmd->args[i];

		if (!p->is_required || call->args[i] != NULL)
			continue;
		base_text_add(why, "`%s` wants %s: %s", call->cmd->name, p->name, p->help);
		return base_errno_set(EINVAL);
	}
	return 0;
}

// Parse into a call that has its defaults already.
static int words_parse(struct cmd_call *call, int argc, char **argv, struct base_text *why)
{
	struct cursor c = {argc, argv, 0, why};
	bool has_options = true;
	size_t n_args = 0;

	for (; c.at < argc; c.at++) {
		const char *word = argv[c.at];
		int rc = 0;

		if (call->cmd != NULL && (call->cmd->is_hidden || (call->cmd->rest_from > 0 &&
									  n_args >= call->cmd->rest_from))) {
			call->rest_argc = argc - c.at;
			call->rest_argv = argv + c.at;
			break;
		}
		if (has_options && strcmp(word, "--") == 0 && call->cmd != NULL && call->cmd->has_tail) {
			call->tail_argc = argc - c.at - 1;
			call->tail_argv = argv + c.at + 1;
			break;
		}
		if (has_options && strcmp(word, "--") == 0)
			has_options = false;
		else if (has_options && word[0] == '-' && word[1] != '\0')
			rc = option_parse(call, &c);
		else
			rc = word_parse(call, &c, &n_args);
		if (rc != 0)
			return rc;
	}
	if (call->wants_help || call->wants_version)
		return 0;
	int rc = format_check(call, why);
	return rc != 0 ? rc : required_check(call, why);
}

int cmd_parse(struct cmd_call *call, int argc, char **argv, struct base_text *why)
{
	const char *socket = getenv(CMD_SOCKET_ENV);

	*call = (struct cmd_call){.format = OUT_FORMAT_TABLE};
	call->socket = socket != NULL && socket[0] != '\0' ? socket : CMD_SOCKET_DEFAULT;
	return words_parse(call, argc, argv, why);
}

int cmd_parse_within(
	struct cmd_call *call, const struct cmd_call *outer, int argc, char **argv, struct base_text *why)
{
	*call = (struct cmd_call){
		.socket = outer->socket, .format = outer->format, .no_color = outer->no_color};
	return words_parse(call, argc, argv, why);
}

// A path as romond, which stands in another directory, can open it.
static json_t *path_make(const char *text)
{
	char cwd[PATH_MAX];

	if (text[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		return json_string(text);
	return json_sprintf("%s/%s", cwd, text);
}

// NULL when text is not UTF-8: JSON has no way to say it.
static json_t *value_make(enum cmd_value value, const char *text)
{
	uint64_t ms;

	switch (value) {
	case CMD_VALUE_FLAG:
		return json_true();
	case CMD_VALUE_NUMBER:
		return json_integer(strtoll(text, NULL, 10));
	case CMD_VALUE_DURATION:
		return cmd_duration_parse(text, &ms) == 0 ? json_integer((json_int_t)ms) : NULL;
	case CMD_VALUE_SECONDS:
		return seconds_parse(text, &ms) == 0 ? json_integer((json_int_t)ms) : NULL;
	case CMD_VALUE_FILE:
		return path_make(text);
	case CMD_VALUE_INVALID:
	case CMD_VALUE_PORT:
	case CMD_VALUE_ID:
	case CMD_VALUE_WHAT:
	case CMD_VALUE_TEXT:
	case CMD_VALUE_ANY:
	case CMD_VALUE_WORD:
	case CMD_VALUE_FORMAT:
	case CMD_VALUE_SECRET:
		break;
	}
	return json_string(text);
}

static int param_add(json_t *args, const struct cmd_param *p, const char *text)
{
	if (text == NULL || p->key == NULL ||
		json_object_set_new(args, p->key, value_make(p->value, text)) == 0)
		return 0;
	fprintf(stderr, "romonctl: %s: is not UTF-8 text\n", p->name);
	return base_errno_set(EINVAL);
}

json_t *cmd_request_make(const struct cmd_call *call)
{
	json_t *args = out_must(json_object());
	int rc = 0;

	for (size_t i = 0; i < CMD_ARGS_MAX && rc == 0; i++)
		rc = param_add(args, &call->cmd->args[i], call->args[i]);
	for (size_t i = 0; i < CMD_OPTS_MAX && rc == 0; i++)
		rc = param_add(args, &call->cmd->opts[i], call->opts[i]);
	if (rc == 0)
		return args;
	json_decref(args);
	return NULL;
}

const char *cmd_given(const struct cmd_call *call, const char *name)
{
	const struct cmd *cmd = call->cmd;

	for (size_t i = 0; i < CMD_ARGS_MAX && cmd->args[i].value != CMD_VALUE_INVALID; i++) {
		if (strcmp(cmd->args[i].name, name) == 0)
			return call->args[i];
	}
	for (size_t i = 0; i < CMD_OPTS_MAX && cmd->opts[i].value != CMD_VALUE_INVALID; i++) {
		if (strcmp(cmd->opts[i].name, name) == 0)
			return call->opts[i];
	}
	return NULL;
}
