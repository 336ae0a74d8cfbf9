// SPDX-License-Identifier: BSD-3-Clause
// What the loader finds wrong, and the key path that it stands at. Control thread; lib/conf only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "base_text.h"
#include "conf.h"

// Longest path of valid names is "relay-groups.NAME.ports.NAME.disabled"; longer ones are cut.
#define CONF_KEY_PATH_SIZE 128

// A place in the file and the list that takes what is wrong there. The path is pushed and popped while
// the tree is walked.
struct conf_place {
	struct conf_issues *issues;
	struct base_text path;
	char path_buf[CONF_KEY_PATH_SIZE];
};

void conf_place_init(struct conf_place *place, struct conf_issues *issues);

// Append ".NAME" (hostile text: escaped, cut) or "[idx]" to the path. Return what conf_place_pop() takes.
size_t conf_place_push(struct conf_place *place, const char *name);
size_t conf_place_push_idx(struct conf_place *place, uint32_t idx);
void conf_place_pop(struct conf_place *place, size_t mark);

// Add "PATH: text" at line:column (from 1; 0 = the file as a whole).
void conf_error(struct conf_place *place, uint32_t line, uint32_t column, const char *fmt, ...)
	BASE_PRINTF(4, 5);
void conf_warning(struct conf_place *place, uint32_t line, uint32_t column, const char *fmt, ...)
	BASE_PRINTF(4, 5);

// Put the issues in file order; those of one place keep the order in which they were found.
void conf_issues_sort(struct conf_issues *issues);
