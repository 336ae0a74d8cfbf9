// SPDX-License-Identifier: BSD-3-Clause
// What may stand at the end of a command line, from the rows of cmd_table and, for ports and nodes, from the
// romond that runs. For the completion of shells and of our own one. Main thread; blocks for at most half a
// second.
#pragma once

#include "cmd.h"

struct cmd_complete {
	const char *socket;
	// A word that begins as the typed one does; help may be "". Both are clean text.
	void (*add)(void *user, const char *word, const char *help);
	void *user;
	bool wants_file; // set when a file name may stand there
};

// words[n - 1] is what was typed of the last word, "" when it is not begun.
void cmd_complete(struct cmd_complete *c, int n, char **words);
