// SPDX-License-Identifier: BSD-3-Clause
// The schema: one row per key. Loader, defaults, diff, show and docs/config.md all follow from these rows;
// a new key is a new row and a field in struct conf. Control thread; lib/conf only; constant data.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"

// Which struct a row's offset is in, and where its key stands in the file.
enum conf_scope {
	CONF_SCOPE_INVALID,
	CONF_SCOPE_ROOT,    // struct conf; path from the top of the file
	CONF_SCOPE_PORT,    // struct conf_port; below ports.NAME
	CONF_SCOPE_GROUP,   // struct conf_group; below relay-groups.NAME
	CONF_SCOPE_RELAY,   // struct conf_port; below relay-groups.NAME.ports.NAME
	CONF_SCOPE_FILTER,  // struct conf_filter; below filters[]
	CONF_SCOPE_FORWARD, // struct conf_forward; below forwards.NAME
};

enum conf_type {
	CONF_TYPE_INVALID,
	CONF_TYPE_BOOL,
	CONF_TYPE_UINT,         // uint8_t, uint16_t or uint32_t by size
	CONF_TYPE_DURATION_MS,  // uint32_t
	CONF_TYPE_DURATION_S,   // uint32_t
	CONF_TYPE_ENUM,         // any enum, by words
	CONF_TYPE_TEXT,         // char[]
	CONF_TYPE_NAME,         // char[], of the characters of a port name
	CONF_TYPE_PATH,         // char[], absolute
	CONF_TYPE_SECRETS_FILE, // char[], absolute, or credential:NAME
	CONF_TYPE_ENDPOINT,     // char[], ADDRESS:PORT
	CONF_TYPE_SERVICE,      // char[], a name or a number
	CONF_TYPE_ID,           // conf.romon.id and id_is_auto
	CONF_TYPE_SECRETS,      // struct conf_secrets
	CONF_TYPE_SCHEME,       // struct auth_scheme
	CONF_TYPE_CORES,        // conf.workers.cores, n_cores and cores_are_auto
	CONF_TYPE_SERVICES,     // conf_filter.deny_services
	CONF_TYPE_MACS,         // struct conf_ids
	CONF_TYPE_PORTS,        // a map of NAME to CONF_SCOPE_PORT, and "all"
	CONF_TYPE_GROUPS,       // a map of NAME to CONF_SCOPE_GROUP
	CONF_TYPE_RELAYS,       // a map of NAME to CONF_SCOPE_RELAY
	CONF_TYPE_FILTERS,      // a list of CONF_SCOPE_FILTER
	CONF_TYPE_FORWARDS,     // a map of NAME to CONF_SCOPE_FORWARD
};

struct conf_word {
	const char *word;
	uint32_t value;
};

struct conf_key {
	enum conf_scope scope;
	enum conf_type type;
	const char *path; // in its scope: "romon.hop-limit", "cost"
	size_t offset;
	size_t size;
	uint32_t min; // numbers and durations in the field's unit; texts in bytes
	uint32_t max;
	const char *unit;              // of numbers, for people
	const char *zero_word;         // what 0 is called: "none", "auto", "default"
	const struct conf_word *words; // CONF_TYPE_ENUM; ends with a NULL word
	const char *fallback;          // the default, as in a file; NULL = empty list or map
	const char *fallback_note;     // what the default stands for, when the text does not say it
	enum conf_reload reload;
	bool is_operators; // members of control.group may edit it too, else root alone (docs/permissions.md)
	const char *not_yet; // warning when the value is not the default
	const char *help;
};

extern const struct conf_word conf_service_words[]; // Data service ports; ends with a NULL word
extern const struct conf_key conf_keys[];
extern const size_t conf_n_keys;

bool conf_type_is_container(enum conf_type type);

// The row at exactly path in scope, or NULL.
const struct conf_key *conf_key_find(enum conf_scope scope, const char *path);

// Is path ("romon") the beginning of some row's path ("romon.id") in scope?
bool conf_key_is_section(enum conf_scope scope, const char *path);

// The nearest name to typed among what may stand below section ("" = the scope itself), or NULL. The
// result is in name.
const char *conf_key_suggest(enum conf_scope scope, const char *section, const char *typed, char name[32]);
