// SPDX-License-Identifier: BSD-3-Clause
// The whole terminal for one command, by ANSI sequences on its alternate screen. Main thread. Whatever ends
// the command, the terminal is given back as it was: SIGINT and SIGTERM are taken by a descriptor meanwhile.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "out.h"

enum out_screen_event {
	OUT_SCREEN_INVALID,
	OUT_SCREEN_TIME,    // the wait is over
	OUT_SCREEN_RESIZED, // rows and columns are new
	OUT_SCREEN_QUIT,    // q, Ctrl-C, the end of input, SIGTERM
};

struct out_screen {
	unsigned rows;
	unsigned columns;
	struct termios old;
	sigset_t old_mask;
	int signal_fd;
};

// Whether standard input and output are a terminal that knows the sequences.
bool out_screen_is_possible(void);

// Take the terminal. 0 or -errno; then it is as it was.
BASE_MUST_USE int out_screen_open(struct out_screen *s);
void out_screen_close(struct out_screen *s);

// Show text, which is clean (colours are allowed) and whose lines end in newlines. Lines behind the last row
// are left out; so is what stands right of the last column.
void out_screen_show(const struct out_screen *s, const char *text);

enum out_screen_event out_screen_wait(struct out_screen *s, uint64_t until_ms);
