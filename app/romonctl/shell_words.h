// SPDX-License-Identifier: BSD-3-Clause
// A line of romonctl's shell as words: blanks separate, '…' and "…" hold together, a backslash takes the next
// character as it is (but for in '…'); a # that begins a word begins a comment. Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base_err.h"

#define SHELL_WORDS_MAX 64
#define SHELL_LINE_MAX  8192

struct shell_words {
	int n;
	char *words[SHELL_WORDS_MAX]; // in text
	char quote;                   // that is still open at the end: '\'', '"', or 0
	bool ends_in_word;            // no blank stands behind the last word
	char text[SHELL_LINE_MAX];
};

// Split len bytes of line. An open quote is no error here: the line may be half typed. -E2BIG: too many words
// or too long.
BASE_MUST_USE int shell_words_split(struct shell_words *w, const char *line, size_t len);

// Write text as it must be typed behind an open quote (0 = none). False when it does not fit.
bool shell_words_quote(char *dst, size_t dst_size, const char *text, char quote);
