// SPDX-License-Identifier: BSD-3-Clause
// A new configuration for the running daemon: parse, validate, diff, apply as one step. Control thread.
#pragma once

#include "app.h"

#define RELOAD_CHANGES_MAX 512

struct reload_result {
	struct conf_issues issues;
	enum conf_reload reload;
	size_t n_changes; // may exceed what is listed
	struct conf_change changes[RELOAD_CHANGES_MAX];
};

// Compare the file with the running configuration. 0, or -EINVAL when the file is invalid (issues say why).
BASE_MUST_USE int reload_plan(struct app *app, const char *path, struct reload_result *out);

// Log what was found in a file, a line each.
void reload_issues_log(const struct conf_issues *issues, const char *path);

// As reload_plan(), and put it in force. An invalid file changes nothing. -EINVAL, or -errno of what failed.
BASE_MUST_USE int reload_apply(struct app *app, const char *path, struct reload_result *out);
