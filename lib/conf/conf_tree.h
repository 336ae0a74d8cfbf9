// SPDX-License-Identifier: BSD-3-Clause
// Trees that are made, changed and written, beside those that are read. What is made here stands at no line
// (0). Control thread.
#pragma once

#include "base_err.h"
#include "base_text.h"
#include "conf_node.h"

// New nodes; NULL with errno. Free by conf_node_free().
BASE_MUST_USE struct conf_node *conf_node_scalar(const char *text);       // as if it were quoted
BASE_MUST_USE struct conf_node *conf_node_make(enum conf_node_kind kind); // an empty list or map
BASE_MUST_USE struct conf_node *conf_node_copy(const struct conf_node *node);

// The member called key, to be changed, or NULL. A key without a value becomes an empty map first.
struct conf_node *conf_node_member(struct conf_node *map, const char *key);

// Put node, which becomes the tree's or is freed, at key of a map, in the place of what is there; key NULL:
// at the end of a list. 0 or -ENOMEM.
BASE_MUST_USE int conf_node_put(struct conf_node *map, const char *key, struct conf_node *node);

// Take the member out. False: there is none.
bool conf_node_drop(struct conf_node *map, const char *key);

// Write a tree as YAML: a map as lines that begin with depth * 2 blanks, anything else behind what stands
// there.
void conf_node_write(const struct conf_node *node, unsigned depth, struct base_text *out);

// A value in one line, as it may stand anywhere: [a, "b c"].
void conf_node_write_flow(const struct conf_node *node, struct base_text *out);
