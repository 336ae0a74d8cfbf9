// SPDX-License-Identifier: BSD-3-Clause
// Edits of what is in force. Control thread, under app_lock().
//
// The text that is in force, with other edits above it, is loaded as a file would be: so there is one judge
// of what is valid, and one way into force.
#include <stdio.h>

#include "app.h"
#include "conf_edit.h"
#include "config_edit.h"
#include "overlay.h"

static struct reload_request request_make(const struct app *app, const char *what, const char *by)
{
	return (struct reload_request){
		.file = {.path = what,
			.fd = -1,
			.text = app->conf->text,
			.secrets_fd = -1,
			.secrets_of = app->conf},
		.by = by,
		.is_edit = true,
	};
}

int config_edit_apply(struct app *app, const struct config_edit *edit, struct reload_result *out)
{
	char what[128];
	struct conf_text *overlay = NULL;

	out->issues.n = out->issues.n_errors = 0;
	int err = conf_edits_write(edit->edits, &overlay);
	if (err != 0)
		return err;
	snprintf(what, sizeof(what), "edit of %s", edit->what);
	struct reload_request request = request_make(app, what, edit->by);
	request.confirm_ms = edit->confirm_ms;
	request.file.overlay = overlay;
	// no edit may push another one out, if none is left out already
	request.file.n_must = app->conf->n_left_out == 0 ? edit->edits->n : edit->n_new;
	err = reload_apply(app, &request, out);
	conf_text_release(overlay);
	return err;
}

int config_edit_undo(struct app *app, const char *by, struct reload_result *out)
{
	struct conf_text *before = NULL;

	out->issues.n = out->issues.n_errors = 0;
	if (!overlay_undo_pop(app, &before))
		return base_errno_set(ENOENT);
	struct reload_request request = request_make(app, "the edits before", by);
	request.is_undone = true;
	request.file.overlay = before;
	int err = reload_apply(app, &request, out);
	conf_text_release(before);
	return err;
}
