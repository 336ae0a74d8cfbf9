// SPDX-License-Identifier: BSD-3-Clause
// The table of services: the order of start and stop, of turns, and who takes Data. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "base_log.h"
#include "command_table.h"
#include "confirm_end.h"
#include "demo.h"
#include "discover.h"
#include "discovery.h"
#include "eal.h"
#include "events.h"
#include "events_follow.h"
#include "exec_events.h"
#include "life.h"
#include "links_watch.h"
#include "loop.h"
#include "mbufs.h"
#include "nodes_follow.h"
#include "pings.h"
#include "ports.h"
#include "punts.h"
#include "rates.h"
#include "reach.h"
#include "reach_forward.h"
#include "responder.h"
#include "rosters.h"
#include "services.h"
#include "signing.h"
#include "stall.h"
#include "store.h"
#include "stream_open.h"
#include "stream_roster.h"
#include "supervisor.h"
#include "tap.h"
#include "telemetry.h"
#include "trend.h"
#include "workers.h"

LOG_TYPE("start");

// Whoever is heard can make nodes change and events happen: a disk lives for years at this rate (5 GB a day
// at the very most), and a network of hundreds of nodes fits the burst.
#define STORE_BPS   60000
#define STORE_BURST (512 * 1024)

#define TELL_MS 1500 // a round of discovery at once, and one more in a second

#define BRISK_MS 100 // so long turns are short after a service asked for that

static int loop_row_start(struct app *app)
{
	app->loop = loop_create();
	return app->loop == NULL ? -errno : 0;
}

static void loop_row_stop(struct app *app)
{
	loop_destroy(app->loop);
	app->loop = NULL;
}

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

static bool mbufs_row_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	mbufs_tick(app);
	return false;
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

static bool demo_row_tick(struct app *app, uint64_t now_ms)
{
	if (app->demo != NULL)
		demo_tick(app->demo, now_ms);
	return false;
}

static bool rates_row_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	rates_sample(app);
	return false;
}

static bool events_row_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	events_drain(app);
	return false;
}

static bool signing_row_tick(struct app *app, uint64_t now_ms)
{
	signing_tick(app, now_ms);
	return false;
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

static bool frames_row_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	return punts_drain(app);
}

// Neighbors know a port's old address: a Discover tells them the new one.
static void address_told(void *ctx, const struct app_event *e)
{
	struct app *app = ctx;

	if (e->kind == EVENT_PORT_MAC_CHANGED && app->discovery != NULL)
		discovery_want(app, base_mono_ms() + TELL_MS);
}

static int discovery_row_start(struct app *app)
{
	int err = discovery_start(app);

	if (err == 0)
		events_listen(app, address_told, app);
	return err;
}

// What a request asked for begins at once: a ping leaves before its client sleeps.
static void api_ready(void *ctx)
{
	struct app *app = ctx;

	api_server_run_once(app->api);
	services_tick(app, base_mono_ms(), true);
}

static void api_row_stop(struct app *app)
{
	loop_forget(app->loop, api_server_fd(app->api));
	api_server_destroy(app->api);
	app->api = NULL;
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
	int err = loop_watch(app->loop, api_server_fd(app->api), api_ready, app);
	if (err != 0)
		api_row_stop(app);
	return err;
}

static bool api_row_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	api_server_tick(app->api);
	return false;
}

static bool trial_row_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	confirm_tick(app);
	return false;
}

static bool trend_row_tick(struct app *app, uint64_t now_ms)
{
	(void)now_ms;
	trend_look(app);
	return false;
}

// docs/architecture.md is made from these rows (scripts/check-docs --write).
static const struct service rows[] = {
	{"loop", loop_row_start, loop_row_stop, .starts = "the epoll set that all others add to"},
	{"DPDK", eal_row_start, eal_row_stop, mbufs_row_tick,
		.starts = "derive EAL arguments, `rte_eal_init`",
		.stops = "count the mbufs that are still out, clean up",
		.turns = "tell workers whether mbufs are short"},
	{"demo devices", demo_row_start, demo_row_stop, demo_row_tick, .starts = "only with `--demo`",
		.turns = "let the routers speak"},
	{"workers", workers_start, workers_stop, rates_row_tick, .every_ms = 1000,
		.starts = "empty snapshot, tables, rings, launch",
		.stops = "stop, join, free what rings still hold", .turns = "how busy they were"},
	{"tap", tap_start, tap_stop, tap_tick, .starts = "room for sessions", .stops = "end captures",
		.turns = "copies and records for `capture` and `torch`"},
	{"events", events_start, events_stop, events_row_tick, .starts = "damping",
		.turns = "what workers posted; what was held"},
	{"events.exec", exec_events_start, exec_events_stop, exec_events_tick, .every_ms = 1000,
		.starts = "no program runs yet", .stops = "end what still runs",
		.turns = "programs that take too long"},
	{"store", store_row_start, store_row_stop,
		.starts = "open the file in `state.dir`; without one romond runs all the same",
		.stops = "write what waits, at most 5 s"},
	{"signing mark", signing_start, signing_stop, signing_row_tick,
		.starts = "write ahead where signing counters begin next time",
		.stops = "write where they ended", .turns = "follow the clock"},
	{"ports", ports_row_start, ports_close, ports_tick,
		.starts = "open devices, publish the first real snapshot",
		.stops = "publish one without devices, close them",
		.turns = "each 200 ms: links, devices that came or went"},
	{"word of interfaces", links_watch_start, links_watch_stop,
		.starts = "listen to the kernel: an interface that changed is looked at"},
	{"frames", NULL, NULL, frames_row_tick, .wants_frames = true,
		.turns = "what workers handed up: each frame to its service"},
	{"discovery", discovery_row_start, discovery_stop, discovery_tick, .wants_frames = true,
		.starts = "the inventory, as the store kept it", .stops = "free it",
		.turns = "rounds; what answers changed"},
	{"responder", responder_start, responder_stop, responder_tick, .wants_frames = true,
		.starts = "room for answers that wait", .stops = "drop those",
		.turns = "answers to Discovers whose pause is over"},
	{"nodes followed", nodes_follow_start, nodes_follow_stop, nodes_follow_tick, .wants_frames = true,
		.starts = "nobody follows yet", .turns = "rows for those who follow: all, then what changed"},
	{"discover", discover_start, discover_stop, discover_tick, .wants_frames = true,
		.starts = "room for runs", .stops = "end them", .turns = "who answered"},
	{"ping", pings_start, pings_stop, pings_tick, .wants_frames = true,
		.takes = {{.src_port = WIRE_SERVICE_PING, .take = pings_take}}, .starts = "room for runs",
		.stops = "end them", .turns = "send what is due, tell what came"},
	{"rosters", rosters_start, rosters_stop, rosters_tick, .wants_frames = true,
		.takes = {{.dst_port = STREAM_ROSTER_PORT, .take = rosters_serve},
			{.src_port = STREAM_ROSTER_PORT,
				.dst_port = STREAM_ROSTER_ASKER_PORT,
				.take = rosters_take}},
		.starts = "room for runs", .stops = "end them", .turns = "ask other masters on"},
	{"streams", reach_start, reach_stop, reach_tick, .wants_frames = true,
		.takes = {{.take = reach_take}}, // whatever is left is a stream's, or refused there
		.starts = "no stream is open; services of this machine are offered",
		.stops = "let go of what is open: the far ends hear of it",
		.turns = "bytes both ways; what is sent again"},
	{"forwards", reach_forward_start, reach_forward_stop, reach_forward_tick, .wants_frames = true,
		.starts = "listen on the ports of `forwards`", .stops = "close them",
		.turns = "sessions whose node is looked for"},
	{"streams to be", stream_opens_start, stream_opens_stop, stream_opens_tick, .wants_frames = true,
		.starts = "room for them", .stops = "drop them",
		.turns = "look for nodes that are not known yet"},
	{"control socket", api_row_start, api_row_stop, api_row_tick, .every_ms = 1000,
		.starts = "bind and listen", .stops = "close",
		.turns = "connections that are silent for too long"},
	{"telemetry", telemetry_start, telemetry_stop, .starts = "register the paths",
		.stops = "wait for queries that run"},
	{"trial", NULL, NULL, trial_row_tick, .turns = "has a configuration on trial had its time?"},
	{"trend", NULL, NULL, trend_row_tick, .every_ms = 1000, .turns = "which counters grew, for `why`"},
	{"stall watch", stall_start, stall_stop, .starts = "how the clocks stand"},
	{"life", life_start, life_stop, .starts = "the event `started`, the mark in `state.dir`",
		.stops = "the event `stopped`; the programs of `events.exec` have a second"},
	{"service manager", supervisor_start, supervisor_stop, supervisor_tick,
		.starts = "tell systemd, where it asks: ready", .stops = "tell: stopping",
		.turns = "feed its watchdog, if every worker made a turn"},
};

static void undo_from(struct app *app, size_t n)
{
	while (n > 0) {
		if (rows[--n].stop != NULL)
			rows[n].stop(app);
	}
	free(app->services);
	app->services = NULL;
}

int services_start(struct app *app)
{
	app->services = calloc(1, sizeof(*app->services) + BASE_ARRAY_LEN(rows) * sizeof(uint64_t));
	if (app->services == NULL)
		return base_errno_set(ENOMEM);
	app->services->rows = rows;
	app->services->n = BASE_ARRAY_LEN(rows);
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		int err = rows[i].start == NULL ? 0 : rows[i].start(app);

		if (err == 0)
			continue;
		LOG(ERROR, "%s: %s", rows[i].name, strerror(-err));
		undo_from(app, i);
		return err;
	}
	return 0;
}

void services_stop(struct app *app)
{
	undo_from(app, BASE_ARRAY_LEN(rows));
}

void services_tick(struct app *app, uint64_t now_ms, bool frames_only)
{
	bool is_soon = false;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		uint64_t *ran_ms = &app->services->ran_ms[i];

		if (rows[i].tick == NULL || (frames_only && !rows[i].wants_frames) ||
			now_ms - *ran_ms < rows[i].every_ms)
			continue;
		*ran_ms = now_ms;
		is_soon |= rows[i].tick(app, now_ms);
	}
	if (is_soon)
		app->services->brisk_until_ms = now_ms + BRISK_MS;
}
