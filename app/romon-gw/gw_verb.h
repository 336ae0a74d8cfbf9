// SPDX-License-Identifier: BSD-3-Clause
// The verbs of menus, and who may use them. A verb is added by a row. Constant data; any thread.
#pragma once

#include "gw_users.h"

enum gw_verb {
	GW_VERB_NONE,
	GW_VERB_PRINT,
	GW_VERB_LISTEN,
	GW_VERB_MONITOR, // of interfaces
	GW_VERB_PING,    // these two of /tool/romon
	GW_VERB_DISCOVER,
	GW_VERB_CHANGE,
	GW_VERB_EXPORT,    // of every path that is a menu, or above some
	GW_VERB_ELSEWHERE, // that RouterOS, or its guides, have below /tool/romon, and this process cannot do
};

struct gw_verb_row {
	const char *name;
	enum gw_verb verb;
	enum gw_group group; // the least one that may
	const char *refusal; // of GW_VERB_ELSEWHERE: a sentence that says where
};

// The row of that verb, or NULL: it is none.
const struct gw_verb_row *gw_verb_find(const char *name);

// Has the menu of that path the verb, as far as that is not told by what can be changed there?
bool gw_verb_is_of(const struct gw_verb_row *verb, const char *path);

// What whoever may not is told: as RouterOS says it.
#define GW_NO_RIGHTS "not enough permissions (9)"
