// SPDX-License-Identifier: BSD-3-Clause
// Edits of single keys of what is in force: judged as a whole configuration, put in force and kept. Control
// thread, under app_lock().
#pragma once

#include "base_err.h"
#include "reload.h"

struct app;
struct conf_edits;

struct config_edit {
	struct conf_edits *edits; // all that are to hold
	uint32_t n_new;           // the last so many of them are new: each must fit
	const char *what;         // "ports.e0.cost", for events
	const char *by;           // who asks
	uint64_t confirm_ms;      // as of struct reload_request
};

// As reload_apply(). -ENOSPC: more edits than an overlay holds.
BASE_MUST_USE int config_edit_apply(
	struct app *app, const struct config_edit *edit, struct reload_result *out);

// Take the last change of edits back. -ENOENT: there is none since the start; else as reload_apply().
BASE_MUST_USE int config_edit_undo(struct app *app, const char *by, struct reload_result *out);
