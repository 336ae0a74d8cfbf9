// SPDX-License-Identifier: BSD-3-Clause
// The line editor of the shell: libedit with history and completion. Main thread; one at a time.
#pragma once

#include <stddef.h>

#include "base_err.h"

struct shell_line;

// words[n - 1] is what was typed of the last word. As struct cmd_complete: add() is called for each
// candidate; returns true when a file name may stand there.
typedef bool (*shell_line_complete_fn)(
	void *user, int n, char **words, void (*add)(void *, const char *, const char *), void *add_user);

// history: a file, or NULL for none; made when it is absent. NULL with errno.
BASE_MUST_USE struct shell_line *shell_line_open(
	const char *history, shell_line_complete_fn complete, void *user);
void shell_line_close(struct shell_line *l); // accepts NULL

// The next line, valid until the next call; NULL at the end of input. The prompt is clean text.
const char *shell_line_read(struct shell_line *l, const char *prompt);

// Remember a line that was read.
void shell_line_remember(struct shell_line *l, const char *line);
