// SPDX-License-Identifier: BSD-3-Clause
// A new configuration for the running daemon: parse, validate, diff, apply as one step. Control thread.
#pragma once

#include "base_err.h"
#include "conf.h"

struct app;

#define RELOAD_CHANGES_MAX 512

struct reload_result {
	struct conf_issues issues;
	enum conf_reload reload;
	size_t n_changes; // may exceed what is listed
	struct conf_change changes[RELOAD_CHANGES_MAX];
};

// What a command asks for beside the file.
struct reload_request {
	struct conf_source file; // is_judged is set here: where romond opens it by its name
	const char *by;          // who asks
	bool is_edit;       // file is what is in force with other edits, and path says which: no file is read
	bool is_undone;     // it takes edits back, and is not to be taken back itself
	bool drops_overlay; // no edit holds any more
	uint64_t confirm_ms; // go back to what is in force now unless confirmed within so long; 0 = it stays
};

// Compare the file with the running configuration. 0, or -EINVAL when the file is invalid (issues say why).
BASE_MUST_USE int reload_plan(
	struct app *app, const struct reload_request *request, struct reload_result *out);

// Log what was found in a file, a line each.
void reload_issues_log(const struct conf_issues *issues, const char *path);

// As reload_plan(), and put it in force. An invalid file changes nothing. -EINVAL, or -errno of what failed;
// -EBUSY while a configuration waits for its confirmation (confirm.h).
BASE_MUST_USE int reload_apply(
	struct app *app, const struct reload_request *request, struct reload_result *out);

// Put conf in force, which is no file's any more: it becomes the daemon's, or is freed. issues: what was
// found in it when it was loaded. why is part of the event's text. 0 or -errno.
BASE_MUST_USE int reload_restore(
	struct app *app, struct conf *conf, const struct conf_issues *issues, const char *why);
