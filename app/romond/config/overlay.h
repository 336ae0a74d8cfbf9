// SPDX-License-Identifier: BSD-3-Clause
// The overlay: edits of the configuration (conf_edit.h), kept in a file of state.dir above the file that
// people write, which is never touched. Control thread, under app_lock(); waits for the disk while it writes,
// since an edit is answered when it is there.
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base_err.h"
#include "conf.h"

struct app;

#define OVERLAY_NAME "overlay.yaml"

// At the start: put the edits that are kept above app->conf, which came from its file. What cannot be read is
// said, and no edit holds.
void overlay_start(struct app *app);
void overlay_end(struct app *app);

// Its file; "" where none is kept.
void overlay_path(const struct app *app, char path[PATH_MAX]);

// Have the file hold these edits: on the disk when this returns. 0 also where none is kept, or it holds them
// already; else -errno, said in the log, and the file is as it was.
BASE_MUST_USE int overlay_write(struct app *app, const struct conf_text *overlay);

// Does the file hold the edits that are in force?
bool overlay_is_kept(const struct app *app);

// What config rollback goes back to: the edits before the last change of them, for up to OVERLAY_UNDO_MAX.
void overlay_undo_push(struct app *app, const struct conf_text *before);
BASE_MUST_USE bool overlay_undo_pop(struct app *app, struct conf_text **before); // to be released
