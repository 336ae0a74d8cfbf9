// SPDX-License-Identifier: BSD-3-Clause
// A YAML file as a tree of nodes that know their line and column. Only conf_node.c sees libyaml. What the
// values mean is not known here: a scalar is text until the schema says otherwise. Control thread;
// lib/conf, and app/romon-gen for its profiles.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_err.h"
#include "conf_issue.h"

#define CONF_DEPTH_MAX   16    // the schema needs 6
#define CONF_NODES_MAX   65536 // in a file
#define CONF_MEMBERS_MAX 1024  // in one map or list; also bounds the search for duplicates

enum conf_node_kind {
	CONF_NODE_INVALID,
	CONF_NODE_SCALAR,
	CONF_NODE_LIST,
	CONF_NODE_MAP,
	CONF_NODE_REFUSED, // an alias or a tagged value: text says which
};

struct conf_node {
	enum conf_node_kind kind;
	uint32_t line; // of the value, from 1
	uint32_t column;
	uint32_t key_line; // of the name, when this is a member of a map
	uint32_t key_column;
	bool is_plain; // scalar: without quotes
	bool is_clean; // scalar: valid UTF-8 without control characters, so text is all of it
	char *text;    // scalar, refused; never NULL there
	char *key;     // member of a map; bytes that are not clean are '?'
	uint32_t n;    // members of a list or map
	struct conf_node *first;
	struct conf_node *next;
};

// Parse text. Returns the root (conf_node_free), or NULL with an error in place: bad YAML, bytes that are
// not text, or a limit exceeded. An empty file gives an empty map.
BASE_MUST_USE struct conf_node *conf_node_parse(const char *text, size_t len, struct conf_place *place);

void conf_node_free(struct conf_node *node); // wipes text; accepts NULL

// The first member of a map called key, or NULL.
const struct conf_node *conf_node_get(const struct conf_node *map, const char *key);

// A plain "", ~ or null: a key without a value.
bool conf_node_is_null(const struct conf_node *node);

// Bytes at the start of text that are valid UTF-8 and neither control characters nor line separators;
// len when all are. With is_file tabs and line ends count as good, and so does a byte order mark at 0.
size_t conf_text_clean_len(const char *text, size_t len, bool is_file);
