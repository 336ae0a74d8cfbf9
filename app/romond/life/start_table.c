// SPDX-License-Identifier: BSD-3-Clause
// The order in which the daemon starts, and its exact reverse. Control thread.
#include <string.h>

#include "base_clock.h"
#include "base_log.h"
#include "command_table.h"
#include "control_loop.h"
#include "demo.h"
#include "discover.h"
#include "discovery.h"
#include "eal.h"
#include "events.h"
#include "events_follow.h"
#include "life.h"
#include "pings.h"
#include "ports.h"
#include "punts.h"
#include "responder.h"
#include "rosters.h"
#include "signing.h"
#include "stall.h"
#include "start_table.h"
#include "store.h"
#include "stream_roster.h"
#include "tap.h"
#include "telemetry.h"
#include "workers.h"

LOG_TYPE("start");

// Whoever is heard can make nodes change and events happen: a disk lives for years at this rate (5 GB a day
// at the very most), and a network of hundreds of nodes fits the burst.
#define STORE_BPS   60000
#define STORE_BURST (512 * 1024)

#define TELL_MS 1500 // a round of discovery at once, and one more in a second

static int eal_row_start(struct app *app)
{
	return eal_start(app, app->conf);
}

static void eal_row_stop(struct app *app)
{
	uint32_t n_out = port_pools_fini();

	if (n_out == 0)
		LOG(NOTICE, "0 mbufs out: every buffer came back");
	else
		LOG(ERROR, "%u mbufs out: buffers were lost", n_out);
	eal_stop(app);
}

static int demo_row_start(struct app *app)
{
	return app->demo == NULL ? 0 : demo_start(app->demo, app->n_mbufs);
}

static void demo_row_stop(struct app *app)
{
	if (app->demo != NULL)
		demo_stop(app->demo);
}

// Without a place to keep it romond works all the same: nobody's network waits for a disk.
static int store_row_start(struct app *app)
{
	const struct conf *conf = app->conf;
	struct store_cfg cfg = {.dir = conf->state.dir,
		.history_max = conf->state.history_max,
		.write_bps = STORE_BPS,
		.write_burst = STORE_BURST,
		.nodes_max = conf->discovery.inventory_max};

	if (conf->state.dir[0] == '\0')
		return 0;
	app->store = store_open(&cfg);
	if (app->store == NULL)
		LOG(ERROR, "state.dir: %s: %s: nothing is kept over a restart", conf->state.dir,
			strerror(errno));
	return 0;
}

static void store_row_stop(struct app *app)
{
	store_close(app->store);
	app->store = NULL;
}

// ports_apply() takes ownership of the configuration that it is given: here, of the one in place.
static int ports_row_start(struct app *app)
{
	struct conf *conf = app->conf;

	app->conf = NULL;
	int err = ports_apply(app, conf);
	if (app->conf == NULL)
		app->conf = conf;
	return err;
}

// Neighbors know a port's old address: a Discover tells them the new one.
static void address_told(void *ctx, const struct app_event *e)
{
	struct app *app = ctx;

	if (e->kind == EVENT_PORT_MAC_CHANGED && app->discovery != NULL)
		discovery_want(app, base_mono_ms() + TELL_MS);
}

// Who takes Data of which service ports.
static const struct punts_taker takers[] = {
	{.src_port = WIRE_SERVICE_PING, .take = pings_take},
	{.dst_port = STREAM_ROSTER_PORT, .take = rosters_serve},
	{.src_port = STREAM_ROSTER_PORT, .dst_port = STREAM_ROSTER_ASKER_PORT, .take = rosters_take},
	{.take = NULL},
};

static int discovery_row_start(struct app *app)
{
	int err = discovery_start(app);

	if (err == 0)
		events_listen(app, address_told, app);
	app->takers = takers;
	return err;
}

static int api_row_start(struct app *app)
{
	app->api_table =
		(struct api_table){.commands = command_table, .n_commands = command_table_len, .ctx = app};
	struct api_server_cfg cfg = {.path = app->conf->control.socket,
		.group = app->conf->control.group,
		.read_group = app->conf->control.read_group,
		.table = app->api_table};

	app->api = api_server_create(&cfg);
	if (app->api == NULL)
		return -errno;
	events_listen(app, events_follow_send, app);
	return 0;
}

static void api_row_stop(struct app *app)
{
	api_server_destroy(app->api);
	app->api = NULL;
}

static const struct {
	const char *name;
	int (*start)(struct app *app);
	void (*stop)(struct app *app);
} rows[] = {
	{"DPDK", eal_row_start, eal_row_stop},
	{"demo devices", demo_row_start, demo_row_stop},
	{"workers", workers_start, workers_stop},
	{"tap", tap_start, tap_stop},
	{"events", events_start, events_stop},
	{"store", store_row_start, store_row_stop},
	{"signing mark", signing_start, signing_stop},
	{"ports", ports_row_start, ports_close},
	{"discovery", discovery_row_start, discovery_stop},
	{"responder", responder_start, responder_stop},
	{"discover", discover_start, discover_stop},
	{"ping", pings_start, pings_stop},
	{"rosters", rosters_start, rosters_stop},
	{"control socket", api_row_start, api_row_stop},
	{"telemetry", telemetry_start, telemetry_stop},
	{"control loop", control_loop_start, control_loop_stop},
	{"stall watch", stall_start, stall_stop},
	{"life", life_start, life_stop},
};

static void undo_from(struct app *app, size_t n)
{
	while (n > 0)
		rows[--n].stop(app);
}

int start_table_run(struct app *app)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		int err = rows[i].start(app);

		if (err == 0)
			continue;
		LOG(ERROR, "%s: %s", rows[i].name, strerror(-err));
		undo_from(app, i);
		return err;
	}
	return 0;
}

void start_table_undo(struct app *app)
{
	undo_from(app, BASE_ARRAY_LEN(rows));
}
