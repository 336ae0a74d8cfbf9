// SPDX-License-Identifier: BSD-3-Clause
// Marks: small files in state.dir that tell the next start something. Control thread.
#pragma once

#include <limits.h>
#include <stddef.h>

struct app;

#define STATE_MARK_SIZE 128 // of a text, with its end
#define STATE_MARK_UNSAVED \
	"unsaved" // the configuration in force is in no file: what it is; no such file = it is

// A file in the directory that we started on. "" where nothing is kept, or where another romond has it.
void state_mark_path(const struct app *app, const char *name, char path[PATH_MAX]);

// The first line of a small file, printable; "" when there is none.
void state_mark_read(const char *path, char *out, size_t size);

// The store writes it soon (store_mark_put()). NULL: the file goes. Nothing where nothing is kept.
void state_mark_put(const struct app *app, const char *name, const char *text);
