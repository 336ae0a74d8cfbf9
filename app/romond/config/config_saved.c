// SPDX-License-Identifier: BSD-3-Clause
// The configuration file was put in place by somebody. Control thread, under app_lock().
#include <stdlib.h>

#include "app.h"
#include "base_text.h"
#include "config_file.h"
#include "config_saved.h"
#include "events.h"
#include "reload.h"

// The file says by itself what it and edits said: no edit is needed any more.
static int saved_whole(struct app *app, const char *by)
{
	struct reload_request request = {.file = {.path = app->config_path, .fd = -1, .secrets_fd = -1},
		.by = by,
		.drops_overlay = true};
	struct reload_result *r = malloc(sizeof(*r));
	int err = r == NULL ? -ENOMEM : reload_apply(app, &request, r);

	free(r);
	if (err != 0)
		return err;
	events_add(app, EVENT_CONFIG_SAVED, "", 0, "%.64s holds what is in force: saved by %s",
		app->config_path, by);
	return 0;
}

int config_saved(struct app *app, const char *by)
{
	char kept[CONFIG_FILE_NAME_SIZE];

	app->config->look.is_known = false;
	if (app->demo != NULL)
		return base_errno_set(ESTALE);
	const struct config_look *look = config_file_look(app);
	if (app->conf->overlay != NULL && look->error[0] == '\0' && look->n_differing == 0)
		return saved_whole(app, by);
	if (!look->is_same_text || app->conf->overlay != NULL)
		return base_errno_set(ESTALE);
	(void)base_text_copy(kept, sizeof(kept), app->config->source.secrets_file);
	events_add(app, EVENT_CONFIG_SAVED, "", 0, "%.64s holds what is in force: saved by %s",
		app->config_path, by);
	config_file_came(app, NULL, kept[0] == '\0' || !app->config->look.differs ? NULL : kept, by);
	config_file_mark(app);
	return 0;
}
