// SPDX-License-Identifier: BSD-3-Clause
// DPDK telemetry. query() runs in threads of DPDK's: app_lock() keeps them from control's data while control
// works on it.
#include "telemetry.h"
#include "app.h"
#include "telem.h"

static json_t *query(void *ctx, const char *cmd, json_t *args)
{
	struct app *app = ctx;
	struct api_error err = API_ERROR_INIT;

	app_lock(app);
	json_t *data = api_dispatch(&app->api_table, API_TIER_READ, cmd, args, &err);
	app_unlock(app);
	api_error_clear(&err);
	return data;
}

int telemetry_start(struct app *app)
{
	struct telem_cfg cfg = {.query = query, .ctx = app};

	return telem_init(&cfg);
}

void telemetry_stop(struct app *app)
{
	// a query may be waiting for the lock that the control thread holds
	app_unlock(app);
	telem_fini();
	app_lock(app);
}
