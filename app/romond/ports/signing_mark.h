// SPDX-License-Identifier: BSD-3-Clause
// A number in a file of state.dir that no signing counter of this node has reached: the next start begins
// there when the clock lies behind it. So counters never come again, also where no battery keeps the clock,
// or where a port signs more than a million frames a second. Control thread.
//
// The file is written ahead: at the start, then only when a counter comes near the mark. A port that sends
// less than a million frames a second does not catch up with the clock, and the file is left alone.
#pragma once

#include <stdint.h>

#define SIGNING_MARK_AHEAD (1ull << 26) // written so far ahead of all counters: 67 s of a clock

// The mark in a state directory; 0 when there is none, or none that can be read.
uint64_t signing_mark_load(const char *dir);

// The line that the store keeps there under this name (store_mark_put()).
#define SIGNING_MARK_NAME      "signing-mark"
#define SIGNING_MARK_TEXT_SIZE 24
void signing_mark_format(uint64_t mark, char text[SIGNING_MARK_TEXT_SIZE]);

// What the mark is to be when the highest counter is at `counter`; the one before while it will do.
uint64_t signing_mark_next(uint64_t mark, uint64_t counter);
