// SPDX-License-Identifier: BSD-3-Clause
// libedit. Main thread. While a line is typed the terminal sends no signals: Ctrl-C is a key that drops the
// line.
#include <dirent.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_text.h"
#include "out.h"
#include "out_text.h"
#include "shell_line.h"
#include "shell_words.h"

#define HISTORY_LINES  1000
#define CANDIDATES_MAX 1024 // shown; more are counted
#define WORD_SIZE      1024
#define HELP_COLUMN    28

struct candidate {
	char *word;
	char *help;
};

struct shell_line {
	EditLine *el;
	History *history;
	char *history_path;
	const char *prompt;
	shell_line_complete_fn complete;
	void *user;
	struct candidate found[CANDIDATES_MAX];
	size_t n_found;
	size_t n_unlisted;
	struct shell_words words;
};

static char *prompt_give(EditLine *el)
{
	struct shell_line *l = NULL;

	el_get(el, EL_CLIENTDATA, &l);
	return (char *)(uintptr_t)l->prompt; // libedit only reads it
}

static unsigned char interrupt_key(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);

	(void)key;
	el_cursor(el, (int)(line->lastchar - line->cursor));
	line = el_line(el);
	el_deletestr(el, (int)(line->lastchar - line->buffer));
	fputs("^C\n", stdout);
	return CC_REDISPLAY;
}

static void found_add(void *user, const char *word, const char *help)
{
	struct shell_line *l = user;

	if (l->n_found == CANDIDATES_MAX) {
		l->n_unlisted++;
		return;
	}
	struct candidate *c = &l->found[l->n_found++];
	c->word = out_must(strdup(word));
	c->help = out_must(strdup(help));
}

static void found_clear(struct shell_line *l)
{
	for (size_t i = 0; i < l->n_found; i++) {
		free(l->found[i].word);
		free(l->found[i].help);
	}
	l->n_found = 0;
	l->n_unlisted = 0;
}

// Files whose path begins as typed; a folder ends in a slash.
static void files_add(struct shell_line *l, const char *typed)
{
	const char *slash = strrchr(typed, '/');
	size_t dir_len = slash == NULL ? 0 : (size_t)(slash - typed) + 1;
	const char *base = typed + dir_len;
	char path[WORD_SIZE];
	struct dirent *entry;
	struct base_text t;
	struct stat st;

	base_text_init(&t, path, sizeof(path));
	base_text_add(&t, "%.*s", (int)dir_len, typed);
	DIR *dir = opendir(dir_len == 0 ? "." : path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		bool is_hidden = entry->d_name[0] == '.' && base[0] != '.';

		if (is_hidden || strncmp(entry->d_name, base, strlen(base)) != 0)
			continue;
		base_text_init(&t, path, sizeof(path));
		base_text_add(&t, "%.*s%s", (int)dir_len, typed, entry->d_name);
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			base_text_add(&t, "/");
		if (!t.is_cut)
			found_add(l, path, "");
	}
	if (dir != NULL)
		closedir(dir);
}

static int by_word(const void *a, const void *b)
{
	return strcmp(((const struct candidate *)a)->word, ((const struct candidate *)b)->word);
}

// Bytes that all candidates have in common.
static size_t common_len(const struct shell_line *l)
{
	size_t len = strlen(l->found[0].word);

	for (size_t i = 1; i < l->n_found; i++) {
		size_t same = 0;

		while (same < len && l->found[i].word[same] == l->found[0].word[same])
			same++;
		len = same;
	}
	while (len > 0 && ((unsigned char)l->found[0].word[len] & 0xc0) == 0x80)
		len--; // not within a character
	return len;
}

static void found_list(const struct shell_line *l)
{
	fputc('\n', stdout);
	for (size_t i = 0; i < l->n_found; i++) {
		char word[WORD_SIZE];
		char help[WORD_SIZE];

		out_text_clean(
			word, sizeof(word), l->found[i].word, true, false); // names of files are anything
		out_text_clean(help, sizeof(help), l->found[i].help, true, false);
		if (help[0] == '\0')
			printf("  %s\n", word);
		else
			printf("  %-*s%s\n", HELP_COLUMN, word, help);
	}
	if (l->n_unlisted > 0)
		printf("  and %zu more\n", l->n_unlisted);
}

// Type what is certain, and list what is not.
static unsigned char found_use(struct shell_line *l, const char *typed)
{
	size_t typed_len = strlen(typed);
	char rest[WORD_SIZE];
	char quoted[2 * WORD_SIZE];
	struct base_text t;

	size_t len = common_len(l);
	base_text_init(&t, rest, sizeof(rest));
	if (len > typed_len)
		base_text_add(&t, "%.*s", (int)(len - typed_len), l->found[0].word + typed_len);
	bool is_one = l->n_found == 1;
	bool is_folder = is_one && len > 0 && l->found[0].word[len - 1] == '/';
	if (!shell_words_quote(quoted, sizeof(quoted), rest, l->words.quote))
		return CC_ERROR;
	if (quoted[0] != '\0')
		el_insertstr(l->el, quoted);
	if (is_one && !is_folder) {
		char end[] = {l->words.quote, ' ', '\0'};

		el_insertstr(l->el, l->words.quote != 0 ? end : " ");
	}
	if (is_one || quoted[0] != '\0')
		return CC_REFRESH;
	found_list(l);
	return CC_REDISPLAY;
}

static unsigned char complete_key(EditLine *el, int key)
{
	static char empty[] = "";
	const LineInfo *line = el_line(el);
	struct shell_line *l = NULL;

	(void)key;
	el_get(el, EL_CLIENTDATA, &l);
	if (shell_words_split(&l->words, line->buffer, (size_t)(line->cursor - line->buffer)) != 0)
		return CC_ERROR;
	if (!l->words.ends_in_word) {
		if (l->words.n == SHELL_WORDS_MAX)
			return CC_ERROR;
		l->words.words[l->words.n++] = empty;
	}
	const char *typed = l->words.words[l->words.n - 1];
	if (l->complete(l->user, l->words.n, l->words.words, found_add, l))
		files_add(l, typed);
	qsort(l->found, l->n_found, sizeof(l->found[0]), by_word);
	unsigned char what = l->n_found == 0 ? CC_ERROR : found_use(l, typed);
	found_clear(l);
	return what;
}

static void history_open(struct shell_line *l, const char *path)
{
	HistEvent ev;

	l->history = history_init();
	if (l->history == NULL)
		return;
	history(l->history, &ev, H_SETSIZE, HISTORY_LINES);
	history(l->history, &ev, H_SETUNIQUE, 1);
	el_set(l->el, EL_HIST, history, l->history);
	if (path == NULL)
		return;
	l->history_path = out_must(strdup(path));
	history(l->history, &ev, H_LOAD, l->history_path);
}

struct shell_line *shell_line_open(const char *history, shell_line_complete_fn complete, void *user)
{
	struct shell_line *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->complete = complete;
	l->user = user;
	l->prompt = "";
	l->el = el_init("romonctl", stdin, stdout, stderr);
	if (l->el == NULL) {
		free(l);
		return base_errno_null(ENOTTY);
	}
	el_set(l->el, EL_CLIENTDATA, l);
	el_set(l->el, EL_PROMPT, prompt_give);
	el_set(l->el, EL_EDITOR, "emacs");
	el_set(l->el, EL_SIGNAL, 1); // SIGTERM leaves the terminal as it was; SIGWINCH
	history_open(l, history);
	el_source(l->el, NULL); // ~/.editrc
	el_set(l->el, EL_SETTY, "-d", "-isig", NULL);
	// while a command runs: Ctrl-C throws away no output, which may be our next prompt already
	el_set(l->el, EL_SETTY, "-x", "+noflsh", NULL);
	el_set(l->el, EL_ADDFN, "romonctl-complete", "complete the word", complete_key);
	el_set(l->el, EL_BIND, "^I", "romonctl-complete", NULL);
	el_set(l->el, EL_ADDFN, "romonctl-interrupt", "drop the line", interrupt_key);
	el_set(l->el, EL_BIND, "^C", "romonctl-interrupt", NULL);
	el_set(l->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	return l;
}

void shell_line_close(struct shell_line *l)
{
	if (l == NULL)
		return;
	if (l->history != NULL)
		history_end(l->history);
	el_end(l->el);
	free(l->history_path);
	free(l);
}

const char *shell_line_read(struct shell_line *l, const char *prompt)
{
	int n = 0;

	l->prompt = prompt;
	el_set(l->el, EL_PREP_TERM, 1); // before the prompt is seen, so that its first key is a key already
	const char *line = el_gets(l->el, &n);
	return n > 0 ? line : NULL;
}

void shell_line_remember(struct shell_line *l, const char *line)
{
	HistEvent ev;

	if (l->history == NULL || strstr(line, "--secret=") != NULL || strstr(line, "--secret ") != NULL)
		return; // a secret is for this time only
	history(l->history, &ev, H_ENTER, line);
	if (l->history_path == NULL)
		return;
	mode_t old = umask(077); // lines name nodes and files: nobody else's business
	history(l->history, &ev, H_SAVE, l->history_path);
	umask(old);
}
