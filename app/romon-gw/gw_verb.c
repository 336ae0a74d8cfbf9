// SPDX-License-Identifier: BSD-3-Clause
// The verbs of menus. Any thread.
#include <string.h>

#include "gw_verb.h"

static const struct gw_verb_row rows[] = {
	{"print", GW_VERB_PRINT, GW_GROUP_READ},
	{"getall", GW_VERB_PRINT, GW_GROUP_READ},
	{"listen", GW_VERB_LISTEN, GW_GROUP_READ},
	{"monitor", GW_VERB_MONITOR, GW_GROUP_READ},
	{"monitor-traffic", GW_VERB_MONITOR, GW_GROUP_READ},
	{"ping", GW_VERB_PING, GW_GROUP_READ},
	{"discover", GW_VERB_DISCOVER, GW_GROUP_READ},
	{"set", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"add", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"remove", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"enable", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"disable", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"move", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"unset", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"comment", GW_VERB_CHANGE, GW_GROUP_WRITE},
	{"export", GW_VERB_EXPORT, GW_GROUP_READ},
	{"ssh", GW_VERB_ELSEWHERE, GW_GROUP_READ,
		"not from here: romon-gw has no keys or passwords of routers; run `romonctl ssh USER@NODE COMMAND`"},
	{"connect", GW_VERB_ELSEWHERE, GW_GROUP_READ,
		"no router is reached by its API through RoMON; run `romonctl ssh USER@NODE COMMAND`, or `romonctl backup`"},
	{NULL},
};

bool gw_verb_is_of(const struct gw_verb_row *verb, const char *path)
{
	switch (verb->verb) {
	case GW_VERB_PING:
	case GW_VERB_DISCOVER:
	case GW_VERB_ELSEWHERE:
		return strcmp(path, "/tool/romon") == 0;
	case GW_VERB_NONE:
	case GW_VERB_PRINT:
	case GW_VERB_LISTEN:
	case GW_VERB_MONITOR:
	case GW_VERB_CHANGE:
	case GW_VERB_EXPORT:
		break;
	}
	return true;
}

const struct gw_verb_row *gw_verb_find(const char *name)
{
	for (const struct gw_verb_row *r = rows; r->name != NULL; r++) {
		if (strcmp(r->name, name) == 0)
			return r;
	}
	return NULL;
}
