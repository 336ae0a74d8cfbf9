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
};

struct gw_verb_row {
	const char *name;
	enum gw_verb verb;
	enum gw_group group; // the least one that may
};

// The row of that verb, or NULL: it is none.
const struct gw_verb_row *gw_verb_find(const char *name);

// What whoever may not is told: as RouterOS says it.
#define GW_NO_RIGHTS "not enough permissions (9)"
