// SPDX-License-Identifier: BSD-3-Clause
// Words of a line. Any thread.
#include <string.h>

#include "shell_words.h"

#define BLANKS  " \t\n"
#define SPECIAL " \t\n'\"\\#"

static bool is_blank(char c)
{
	return c != '\0' && strchr(BLANKS, c) != NULL;
}

// Take one word from line[at..len) to out; returns where it ends. The quote that is left open is in w.
static size_t word_take(struct shell_words *w, const char *line, size_t at, size_t len, size_t *out)
{
	w->quote = 0;
	for (; at < len; at++) {
		char c = line[at];

		if (w->quote == 0 && is_blank(c))
			return at;
		if (c == '\\' && w->quote != '\'' && at + 1 < len) {
			w->text[(*out)++] = line[++at];
		} else if (w->quote != 0 && c == w->quote) {
			w->quote = 0;
		} else if (w->quote == 0 && (c == '\'' || c == '"')) {
			w->quote = c;
		} else {
			w->text[(*out)++] = c;
		}
	}
	return at;
}

int shell_words_split(struct shell_words *w, const char *line, size_t len)
{
	size_t out = 0;
	size_t at = 0;

	w->n = 0;
	w->quote = 0;
	w->ends_in_word = false;
	if (len >= sizeof(w->text) || memchr(line, '\0', len) != NULL)
		return base_errno_set(E2BIG);
	for (;;) {
		while (at < len && is_blank(line[at]))
			at++;
		w->ends_in_word = false;
		if (at == len || line[at] == '#')
			return 0;
		if (w->n == SHELL_WORDS_MAX)
			return base_errno_set(E2BIG);
		w->words[w->n++] = w->text + out;
		at = word_take(w, line, at, len, &out);
		w->text[out++] = '\0'; // fits: a blank or the line's end pays for it
		w->ends_in_word = at == len;
		if (at == len)
			return 0;
	}
}

bool shell_words_quote(char *dst, size_t dst_size, const char *text, char quote)
{
	size_t out = 0;

	for (; *text != '\0'; text++) {
		bool is_special = quote == 0 ? strchr(SPECIAL, *text) != NULL
					     : quote == '"' && (*text == '"' || *text == '\\');

		if (out + 3 > dst_size)
			return false;
		if (is_special)
			dst[out++] = '\\';
		dst[out++] = *text;
	}
	dst[out] = '\0';
	return true;
}
