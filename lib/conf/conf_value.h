// SPDX-License-Identifier: BSD-3-Clause
// The values of keys: from a node of the file into a field of struct conf, and back into text. Control
// thread; lib/conf only.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base_err.h"
#include "conf_issue.h"
#include "conf_node.h"
#include "conf_schema.h"

// Room for the text of any value: a device of 1023 bytes, or 64 MAC addresses.
#define CONF_VALUE_TEXT_SIZE 2048

// Set key's field in the struct at base from node. Everything wrong with the value becomes an error in
// place, whose path is the key's; the field is then unchanged or partly set. 0 or -EINVAL.
BASE_MUST_USE int conf_value_set(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place);

// Set key's field to its default from the row. The rows are ours: a default that does not parse is a bug.
void conf_value_set_default(const struct conf_key *key, void *base);

// The value as people write it, without quotes; secrets as "(2 secrets)". Returns buf.
const char *conf_value_format(const struct conf_key *key, const void *base, char buf[CONF_VALUE_TEXT_SIZE]);

// Do both structs have the same value, secrets included?
bool conf_value_equal(const struct conf_key *key, const void *a, const void *b);

// What the key takes, for messages and documentation: "1..65535", "agent or master". Returns buf.
const char *conf_value_expects(const struct conf_key *key, char *buf, size_t size);

// What a node is, for "expected …, got …": its text, cut, or "a list". Returns buf.
const char *conf_value_got(const struct conf_node *node, char *buf, size_t size);

// 1..31 characters of A-Z a-z 0-9 _ . -
bool conf_name_is_valid(const char *name);

// "credential:NAME": NAME in the directory that systemd names by $CREDENTIALS_DIRECTORY.
bool conf_is_credential(const char *path);

// Read the secrets in the file at path (or credential:NAME): one a line, empty lines are passed over, "" (two
// quotes) is the empty secret. Everything wrong becomes an error in place at node, weak secrets a warning; 0
// or -errno. Refuses files that group or others may read or write, or put another one in the place of. fd:
// the open file, which path only names; -1 = it is opened.
BASE_MUST_USE int conf_secrets_read(const char *path, int fd, struct conf_secrets *out,
	const struct conf_node *node, struct conf_place *place);
