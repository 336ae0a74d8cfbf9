// SPDX-License-Identifier: BSD-3-Clause
// romonctl without a command: a shell on a terminal, else commands line by line from standard input. Main
// thread.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd_complete.h"
#include "cmd_job.h"
#include "out_text.h"
#include "shell_line.h"
#include "shell_words.h"

#define WHY_SIZE         512
#define PATH_SIZE        4096
#define PROMPT_SIZE      128
#define IDENTITY_COLUMNS 32
#define IDENTITY_TIMEOUT_MS \
	500 // a prompt that waits for a romond that hangs is worse than one without its name

struct shell {
	const struct cmd_call *outer; // options that hold for every line
	struct cmd_session session;
	unsigned n_greeted; // as session.n_opened: the connection that identity is of
	char identity[PROMPT_SIZE];
	enum cmd_exit code; // of the last command that failed
	bool is_over;
	struct shell_words words;
};

static bool word_is(const char *word, const char *name)
{
	return strcmp(word, name) == 0;
}

static bool is_help(const char *word)
{
	return word_is(word, "help") || word_is(word, "?");
}

static bool is_quit(const char *word)
{
	return word_is(word, "quit") || word_is(word, "exit");
}

// "help", "help drops", "help config apply".
static enum cmd_exit help_show(int n, char **words)
{
	int n_words = 0;
	const struct cmd *cmd = cmd_find(n, words, &n_words);

	if (n > 0 && cmd == NULL) {
		fprintf(stderr, "romonctl: no command `%s`\n", words[0]);
		return CMD_EXIT_USAGE;
	}
	doc_help_print(cmd, stdout);
	if (cmd == NULL)
		fputs("In the shell also: help [COMMAND], quit. Tab completes, Ctrl-C ends a command.\n",
			stdout);
	return CMD_EXIT_OK;
}

static enum cmd_exit command_run(struct shell *sh, int n, char **words)
{
	char why_buf[WHY_SIZE];
	struct base_text why;
	struct cmd_call call;

	base_text_init(&why, why_buf, sizeof(why_buf));
	if (cmd_parse_within(&call, sh->outer, n, words, &why) != 0) {
		fprintf(stderr, "romonctl: %s\n", why_buf);
		return CMD_EXIT_USAGE;
	}
	call.session = &sh->session;
	if (call.wants_version || call.wants_help || call.cmd == NULL) {
		doc_help_print(call.cmd, stdout);
		return CMD_EXIT_OK;
	}
	return call.cmd->run(&call);
}

// Run a line. Output is complete when it returns.
static void line_run(struct shell *sh, const char *line)
{
	struct shell_words *w = &sh->words;
	enum cmd_exit code;

	if (shell_words_split(w, line, strlen(line)) != 0) {
		fputs("romonctl: the line is too long\n", stderr);
		code = CMD_EXIT_USAGE;
	} else if (w->quote != 0) {
		fprintf(stderr, "romonctl: a closing %c is missing\n", w->quote);
		code = CMD_EXIT_USAGE;
	} else if (w->n == 0) {
		return;
	} else if (is_quit(w->words[0])) {
		sh->is_over = true;
		return;
	} else if (is_help(w->words[0])) {
		code = help_show(w->n - 1, w->words + 1);
	} else {
		code = command_run(sh, w->n, w->words);
	}
	fflush(stdout);
	if (code != CMD_EXIT_OK)
		sh->code = code;
}

// Ask a new connection for its name.
static void greet(struct shell *sh)
{
	struct api_error err = API_ERROR_INIT;
	char text[PROMPT_SIZE];
	struct out_style style;
	json_t *status = NULL;

	bool is_there = cmd_session_open(&sh->session);
	if (is_there && sh->n_greeted == sh->session.n_opened)
		return;
	sh->identity[0] = '\0';
	sh->n_greeted = sh->session.n_opened;
	if (!is_there)
		return;
	int rc = api_client_call(sh->session.client, "status", NULL, IDENTITY_TIMEOUT_MS, &status, &err);
	const char *identity = json_string_value(json_object_get(status, "identity"));
	if (rc == 0 && identity != NULL) {
		out_style_detect(&style, stdout, true);
		out_text_clean(text, sizeof(text), identity, style.has_utf8, false);
		out_text_cut(text, sizeof(text), IDENTITY_COLUMNS, style.has_utf8);
		base_text_copy(sh->identity, sizeof(sh->identity), text);
	}
	if (rc != 0 && rc != -EREMOTEIO)
		cmd_session_close(&sh->session);
	json_decref(status);
	api_error_clear(&err);
}

// Candidates of the shell's own words, and of the commands.
static bool shell_complete(
	void *user, int n, char **words, void (*add)(void *, const char *, const char *), void *add_user)
{
	static const char *const own[][2] = {{"help", "show the commands"}, {"quit", "leave the shell"}};
	struct shell *sh = user;
	struct cmd_complete c = {.socket = sh->outer->socket, .add = add, .user = add_user};

	for (size_t i = 0; n == 1 && i < BASE_ARRAY_LEN(own); i++) {
		if (strncmp(own[i][0], words[0], strlen(words[0])) == 0)
			add(add_user, own[i][0], own[i][1]);
	}
	if (n > 1 && is_help(words[0]))
		cmd_complete(&c, n - 1, words + 1);
	else
		cmd_complete(&c, n, words);
	return c.wants_file;
}

// $XDG_STATE_HOME/romonctl/history, its folders made. False: there is no place.
static bool history_place(char path[PATH_SIZE])
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	struct base_text t;

	base_text_init(&t, path, PATH_SIZE);
	if (state != NULL && state[0] == '/')
		base_text_add(&t, "%s/romonctl/", state);
	else if (home != NULL && home[0] == '/')
		base_text_add(&t, "%s/.local/state/romonctl/", home);
	else
		return false;
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int rc = mkdir(path, 0700);
		*slash = '/';
		if (rc != 0 && errno != EEXIST)
			return false;
	}
	base_text_add(&t, "history");
	return !t.is_cut;
}

static void interrupt_ignore(int signal_number)
{
	(void)signal_number; // a handler, not SIG_IGN: programs that we start get the default back
}

static int terminal_run(struct shell *sh)
{
	struct sigaction ignore = {.sa_handler = interrupt_ignore, .sa_flags = SA_RESTART};
	char prompt[PROMPT_SIZE * 2];
	char path[PATH_SIZE];
	const char *line;

	struct shell_line *l = shell_line_open(history_place(path) ? path : NULL, shell_complete, sh);
	if (l == NULL)
		return -errno;
	sigaction(SIGINT, &ignore, NULL);
	while (!sh->is_over) {
		struct base_text t;

		greet(sh);
		base_text_init(&t, prompt, sizeof(prompt));
		base_text_add(&t, "romonctl%s%s> ", sh->identity[0] == '\0' ? "" : " ", sh->identity);
		line = shell_line_read(l, prompt);
		if (line == NULL)
			break;
		if (strspn(line, " \t\n") < strlen(line))
			shell_line_remember(l, line);
		line_run(sh, line);
	}
	if (!sh->is_over)
		fputc('\n', stdout); // Ctrl-D left the cursor behind the prompt
	shell_line_close(l);
	return 0;
}

static void lines_run(struct shell *sh)
{
	char *line = NULL;
	size_t size = 0;

	while (!sh->is_over && getline(&line, &size, stdin) >= 0)
		line_run(sh, line);
	free(line);
}

enum cmd_exit cmd_shell(const struct cmd_call *outer)
{
	struct shell *sh = out_must(calloc(1, sizeof(*sh)));
	bool is_terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;

	sh->outer = outer;
	sh->session.socket = outer->socket;
	if (!is_terminal || terminal_run(sh) != 0)
		lines_run(sh);
	enum cmd_exit code = is_terminal ? CMD_EXIT_OK : sh->code;
	cmd_session_close(&sh->session);
	free(sh);
	return code;
}
