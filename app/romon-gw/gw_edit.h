// SPDX-License-Identifier: BSD-3-Clause
// Changes by the tree: set, add, remove, enable, disable, comment and unset of both dialects become edits of
// romond's configuration, which romond judges, puts in force and keeps. The texts of refusals are those of
// RouterOS, which clients look for. Any thread.
#pragma once

#include "gw_shared.h"
#include "rosapi_request.h"

enum gw_edit_end {
	GW_EDIT_DONE,
	GW_EDIT_NO_COMMAND, // the menu has no such verb
	GW_EDIT_NO_ITEM,
	GW_EDIT_ARGUMENT, // an argument that is none, or whose value cannot be
	GW_EDIT_FAILED,   // romond refused it
	GW_EDIT_AWAY,     // romond does not answer
};

struct gw_edit {
	const struct gw_menu *menu;
	const char *verb;
	const struct rosapi_arg *args; // ".id" and "numbers" name items: *1, a name, or several with commas
	uint32_t n_args;
	const char *who;      // asks for it, for the logs: ours, and romond's
	char id[GW_ID_LEN];   // out: of what was added, "*1F"; "" = nothing was
	struct base_text why; // out: a sentence; set up by the caller
};

// Can something of the menu be changed; can that property of it be set, at least by who adds?
bool gw_edit_is_changeable(const struct gw_menu *menu);
bool gw_edit_is_writable(const struct gw_menu *menu, const char *property);

enum gw_edit_end gw_edit_run(const struct gw_shared *shared, struct gw_edit *c);
