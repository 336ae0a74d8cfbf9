// SPDX-License-Identifier: BSD-3-Clause
// Marks: small files in state.dir that tell the next start something. Control thread.
#pragma once

#include <limits.h>

#include "app.h"

#define STATE_MARK_SIZE    128       // of a text, with its end
#define STATE_MARK_UNSAVED "unsaved" // what was in force and is in no file

// A file in the directory that we started on. "" where nothing is kept, or where another romond has it.
void state_mark_path(const struct app *app, const char *name, char path[PATH_MAX]);

// The first line of a small file, printable; "" when there is none.
void state_mark_read(const char *path, char *out, size_t size);

// Failures are logged.
void state_mark_write(const char *path, const char *text);

// The configuration in force is not the file's: what it is, for the next start to tell. NULL = it is.
void state_mark_unsaved(const struct app *app, const char *what);
