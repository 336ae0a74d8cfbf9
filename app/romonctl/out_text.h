// SPDX-License-Identifier: BSD-3-Clause
// Text of the daemon made fit for a terminal. Any thread.
#pragma once

#include <stdint.h>

#include "out.h"

// Copy text into dst: control characters, characters that reorder or hide text, and what is not UTF-8
// become \xNN; so does everything beyond ASCII without has_utf8. Newlines stay with keeps_lines. Cut (at
// the border of a character) where dst is full. Returns the length.
size_t out_text_clean(char *dst, size_t dst_size, const char *text, bool has_utf8, bool keeps_lines);

// Columns that a clean text takes on a terminal.
size_t out_text_width(const char *text);

// Shorten a clean text in place to at most width columns, ending in an ellipsis. size: of text's buffer.
void out_text_cut(char *text, size_t size, size_t width, bool has_utf8);

// "350 ms", "3.2 s", "4 min 10 s", "2 h 5 min", "3 d 2 h".
void out_age_format(char *dst, size_t dst_size, uint64_t ms);

// "0", "12.3", "999", "1.23k", "45.6M": three digits and a unit of thousands.
void out_rate_format(char *dst, size_t dst_size, double rate);

// A JSON value as the text of a cell; what is null, absent or empty is "-".
void out_cell_format(
	char *dst, size_t dst_size, const struct out_style *style, enum out_kind kind, json_t *value);

// The colour of a state's word.
enum out_color out_state_color(const char *word);
