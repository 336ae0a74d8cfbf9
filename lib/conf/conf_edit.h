// SPDX-License-Identifier: BSD-3-Clause
// Edits of single keys, which stand above a file: set a key, add or remove an entry of a map. An overlay is a
// list of them as YAML, a text that is kept and shared as the text of a file is (docs/operations.md). Control
// thread; reads and writes no file.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_err.h"
#include "base_text.h"
#include "conf.h"
#include "conf_issue.h"
#include "conf_node.h"
#include "conf_schema.h"

#define CONF_OVERLAY_SIZE_MAX (64 * 1024)
#define CONF_PATH_NAMES_MAX   5 // relay-groups.NAME.ports.NAME.device

enum conf_verb {
	CONF_VERB_INVALID,
	CONF_VERB_SET,    // a key, to a value
	CONF_VERB_ADD,    // an entry of a map: with defaults, unless the file has it by now
	CONF_VERB_REMOVE, // an entry, or a key, which has its default then
};

const char *conf_verb_name(enum conf_verb verb); // "set", "add", "remove"

// Where a key or an entry stands. Names of ports may hold dots: so a path is a list of names.
struct conf_path {
	uint32_t n;
	char names[CONF_PATH_NAMES_MAX][CONF_NAME_LEN_MAX + 1];
	const struct conf_key *key; // of an entry: the container that it is in
	bool is_entry;
};

struct conf_edit {
	enum conf_verb verb;
	struct conf_path path;
	struct conf_node *value; // of CONF_VERB_SET
};

struct conf_edits {
	uint32_t n;
	struct conf_edit list[CONF_EDITS_MAX];
};

// A list to be filled, and its end, which wipes it. NULL with errno; accepts NULL.
BASE_MUST_USE struct conf_edits *conf_edits_create(void);
void conf_edits_clear(struct conf_edits *edits); // no edit is in it any more
void conf_edits_destroy(struct conf_edits *edits);

// The edits of an overlay (NULL = none). -EINVAL with what is wrong in why, or -ENOMEM. What was read before
// stays in the list.
BASE_MUST_USE int conf_edits_read(
	const struct conf_text *overlay, struct conf_edits *out, struct base_text *why);

// The overlay of a list; *out is NULL when it is empty. -ENOSPC: larger than an overlay may be; -ENOMEM.
BASE_MUST_USE int conf_edits_write(const struct conf_edits *edits, struct conf_text **out);

// Put one more edit into the list, in the place of those that it makes useless. value becomes the list's, or
// is freed. -ENOSPC: no more of them; -ENOMEM.
BASE_MUST_USE int conf_edits_put(
	struct conf_edits *edits, enum conf_verb verb, const struct conf_path *path, struct conf_node *value);

// Drop the edits of path and below. How many there were.
uint32_t conf_edits_drop(struct conf_edits *edits, const struct conf_path *path);

// Is the name at idx that of an entry: one of its own, which no edit of a key makes?
bool conf_path_names_entry(const struct conf_path *path, uint32_t idx);

// Do the edits of path and below have to be root's?
bool conf_path_is_roots(const struct conf_path *path);

// "ports.e0.cost" as a path. conf tells which names are there already, for they may hold dots. -EINVAL with
// what is wrong in why.
BASE_MUST_USE int conf_path_parse(
	const struct conf *conf, const char *text, struct conf_path *out, struct base_text *why);

// The entry name of a map: "ports", "relay-groups", "relay-groups.NAME.ports" or "forwards". Likewise.
BASE_MUST_USE int conf_path_entry(
	const char *map, const char *name, struct conf_path *out, struct base_text *why);

// A key of an entry. -EINVAL with why: it has none of that name.
BASE_MUST_USE int conf_path_below(
	const struct conf_path *entry, const char *key, struct conf_path *out, struct base_text *why);

// Is the entry that path is, or is below, in conf? Anything else is.
bool conf_path_is_there(const struct conf *conf, const struct conf_path *path);

void conf_path_format(const struct conf_path *path, struct base_text *out);

// The value of a key from one text: lists begin with "[", as in a file; anything else is taken as it stands.
// NULL with errno, and why for EINVAL.
BASE_MUST_USE struct conf_node *conf_value_node(
	const struct conf_key *key, const char *text, struct base_text *why);

// A value for people, without what a secret says.
void conf_edit_value_format(const struct conf_edit *edit, struct base_text *out);

// Does the text of a file itself, without edits, have what path names? -ENOMEM or -EINVAL: not known.
BASE_MUST_USE int conf_text_has(const struct conf_text *text, const struct conf_path *path);

// Put edit into a tree. -ENOENT with why: what it is about is not there; -ENOMEM.
BASE_MUST_USE int conf_edit_merge(
	struct conf_node *root, const struct conf_edit *edit, struct base_text *why);

// Say that an edit does not fit: an error, or a warning that it is left out and how to be rid of it.
void conf_edit_misfit(struct conf_place *place, const struct conf_edit *edit, const char *why, bool is_error);
