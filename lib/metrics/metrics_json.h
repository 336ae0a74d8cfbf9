// SPDX-License-Identifier: BSD-3-Clause
// Members of an answer by a path in a text of the table. Any thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// One word of a text: "label=member", or a word that is both.
struct metrics_word {
	const char *name;
	size_t name_len;
	const char *path;
	size_t path_len;
};

// The next word at *at, which moves behind it. False: there is none.
bool metrics_word_next(const char **at, struct metrics_word *word);

// The value at "a.b" of the object; borrowed, NULL = it is not there.
json_t *metrics_json_at(const json_t *object, const char *path, size_t len);
