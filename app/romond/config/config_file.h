// SPDX-License-Identifier: BSD-3-Clause
// What is in force, and what the configuration file says: told apart. Control thread, under app_lock().
#pragma once

#include "base_err.h"
#include "config_state.h"

struct app;

// Before a configuration is loaded, and when none is in use any more.
BASE_MUST_USE int config_file_begin(struct app *app);
void config_file_end(struct app *app);

// The configuration comes from there from now on: path and secrets_file (NULL = the own ones), by whom ("" =
// at the start).
void config_file_came(struct app *app, const char *path, const char *secrets_file, const char *by);

// Look at the configuration file: the look is the app's own.
const struct config_look *config_file_look(struct app *app);

// The warning of status when what is in force is not what a restart would bring. False: there is none.
bool config_file_warning(struct app *app, char *out, size_t size);

// What is in force is another one, for good, or the configuration file is: leave a mark in state.dir when a
// restart would lose what was applied, and none else.
void config_file_mark(struct app *app);

// Write the text in force, with edits counted in, to fd, an empty file, and look whether romond would start
// on what was written. path names it in issues. 0; -EBUSY on trial, -ENOENT without a text, -EINVAL with
// issues, or another -errno.
BASE_MUST_USE int config_file_write(struct app *app, int fd, const char *path, struct conf_issues *issues);
