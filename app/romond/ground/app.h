// SPDX-License-Identifier: BSD-3-Clause
// The daemon's state, owned by the control thread. Telemetry threads look at it only under app_lock();
// the control thread holds that lock except while it waits for events. Workers never see it.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "api_server.h"
#include "conf.h"
#include "dp.h"
#include "event_kind.h"
#include "node_refused.h"
#include "port.h"
#include "snap.h"
#include "xchg_wake.h"

#define APP_BAD_LEN_MAX 256 // bytes kept of a bad frame

// Sums of one port's counters over all workers.
struct app_totals {
	uint64_t rx_frames;
	uint64_t rx_bytes;
	uint64_t rx_types[WIRE_N_TYPES];
	uint64_t tx_frames;
	uint64_t tx_bytes;
	uint64_t tx_originals;
	uint64_t tx_lost;
	uint64_t delivered;
	uint64_t drops[DP_N_REASONS];
};

// The last frame of a port that was dropped as bad.
struct app_bad_frame {
	enum dp_reason reason; // DP_DROP_NONE: there is none
	uint64_t at_ms;        // monotonic
	uint32_t len;          // of the whole frame
	uint32_t n_kept;
	uint8_t bytes[APP_BAD_LEN_MAX];
};

#define APP_FOREIGN_MAX 8
#define APP_ASKED_MAX   8 // rounds of ours without an answer whose times are kept
#define APP_BEATS_MAX   4 // pauses between frames that a rhythm is judged by

// A sender of another overlay channel than ours, as the last sample of it said.
struct app_foreign {
	uint64_t at_ms; // monotonic; 0 = free
	uint64_t mac;
	uint64_t id; // of the node that sent the frame, where its type tells; else of the one that made it
	uint8_t channel;
};

// The last frame of a port that a filter, or the rate of its origin, refused.
struct app_refused {
	uint64_t at_ms; // monotonic; 0 = none
	uint64_t src_id;
	uint64_t dst_id;
	uint16_t services[2]; // of Data, source and destination; else 0
};

// When what a port counts grew last (monotonic ms, 0 = never): what is wrong now, and what was earlier. See
// trend.h.
struct app_trend {
	uint64_t looked_ms;  // 0 = not yet
	uint64_t changed_ms; // another configuration came into force
	uint64_t generation; // of the configuration at the last look
	uint64_t rx_ms;      // RoMON frames
	uint64_t tx_ms;
	uint64_t types_ms[WIRE_N_TYPES];
	uint64_t drops_ms[DP_N_REASONS];
	uint64_t drops_first_ms[DP_N_REASONS]; // since when they grow, without a pause of a whole window
	uint64_t refused_ms[NODE_N_REFUSED];   // by control, likewise
	uint64_t refused_first_ms[NODE_N_REFUSED];
	uint64_t refused_last[NODE_N_REFUSED]; // counts at the last look
	uint64_t evicted_ms;                   // rows of a table of addresses that had to go, or had no room
	uint64_t n_evicted;
	// Discovers of ours by this port, since the last answer to us that came in by it
	uint64_t n_asked;
	uint64_t n_asked_heard; // of these, before which something was heard since the one before
	uint64_t asked_first_ms;
	uint64_t asked_ms[APP_ASKED_MAX]; // at n_asked % APP_ASKED_MAX stands the next
	uint64_t answered_ms;             // 0 = never
	uint64_t beats_ms[APP_BEATS_MAX]; // the latest pauses between RoMON frames, but for short ones
	uint32_t n_beats;
	uint64_t own_twin_ms; // a stranger answered with our own id here; 0 = never
	char own_twin[EVENT_TEXT_SIZE];
	struct app_totals last; // counters at the last look
	uint64_t rx_pps;        // between two looks, the last that were half a second apart
	uint64_t tx_pps;
	struct app_foreign foreign[APP_FOREIGN_MAX];
	struct app_refused filtered;
	struct app_refused excess;
};

// A port of the configuration, at the place that it keeps from reload to reload.
struct app_slot {
	bool is_used;
	uint8_t generation; // of this slot: changes with each new owner, and with the worker
	uint8_t worker;     // whose tables hold the port's neighbors, if they are not dispatched to all
	bool is_dispatched;
	uint32_t secrets_epoch; // changes when the port gets another list of secrets
	char name[CONF_NAME_LEN_MAX + 1];
	uint32_t conf_idx;          // into app.conf->ports
	int dev_idx;                // into app.devs, negative = disabled
	struct app_totals baseline; // counters when the port took the slot
	struct app_bad_frame bad;
	struct app_trend trend;
	uint64_t refused[NODE_N_REFUSED]; // by control, see refused.h
};

// A device that one or more ports use.
struct app_dev {
	bool is_used;
	char device[CONF_DEVICE_LEN_MAX + 1];
	enum conf_driver driver;
	bool is_promiscuous;
	bool has_vlans;
	bool is_dispatched;
	bool is_polled;  // workers may poll it: part of the snapshot
	bool is_leaving; // taken from the workers, and closed as soon as none holds a snapshot that names it
	uint8_t worker;
	struct port_dev *dev; // NULL = absent
	uint64_t retry_at_ms;
	uint32_t n_failures;  // to open it, in a row
	uint64_t fingerprint; // of what the last failure may have come of
	bool is_told;         // the event of the last failure was told
	bool is_touched;      // the kernel told of a change since the last look
	bool is_stale;        // it was closed because it changed under us; error says how
	bool avoids_xdp;      // somebody takes our XDP program off again and again
	uint32_t n_reopens;   // since it changed under us, none a minute after the last
	uint64_t reopened_ms;
	int err; // 0, or why it is absent: ENODEV while there is nothing to open, else a failure
	char error[PORT_ERROR_LEN]; // the same in words, with what to do
};

struct config_state;
struct confirm;
struct control;
struct demo;
struct events;
struct events_follower;
struct exec_hook;
struct life;
struct loop;
struct node_discovery;
struct discover;
struct node_responder;
struct pings;
struct ports_state;
struct service_list;
struct signing;
struct tap;
struct reach;
struct reach_forwards;
struct rosters;
struct stall;
struct supervisor;
struct store;
struct stream_opens;

struct app {
	pthread_mutex_t lock;

	// arguments
	const char *config_path;
	struct demo *demo; // NULL = real ports

	// configuration
	struct conf *conf;
	struct conf *boot_conf;      // as at start: what keys of the class "restart" still run on
	uint64_t generation;         // of the running configuration, from 1
	struct config_state *config; // config_file.h: where it came from, what the file says
	struct confirm *confirm;     // confirm.c: the configuration before, while one is on trial; else NULL
	uint64_t started_ms;
	uint64_t own_id;
	bool is_huge;
	uint64_t memory_bytes; // set aside at start
	uint32_t n_mbufs;

	// ports
	struct app_slot slots[SNAP_PORTS_MAX];
	struct app_dev devs[SNAP_DEVS_MAX];
	struct ports_state *ports; // ports_state.h

	// workers
	uint32_t n_workers;
	uint16_t cores[SNAP_WORKERS_MAX];
	unsigned lcores[SNAP_WORKERS_MAX];
	struct dp_worker *workers[SNAP_WORKERS_MAX];
	struct xchg_channel *channels[SNAP_WORKERS_MAX];
	struct snap_domain *snaps;
	struct signing *signing; // signing.c
	bool is_short_of_mbufs;

	// services of the node, each owned by the file of its name
	struct node_discovery *discovery;
	struct discover *discover;
	struct nodes_follow *nodes_follow;
	struct node_responder *responder;
	struct pings *pings;
	struct tap *tap;
	struct rosters *rosters;
	struct reach *reach;
	struct reach_forwards *forwards;
	struct stream_opens *stream_opens;
	struct store *store; // what survives a restart; NULL = nothing is kept

	// control
	struct api_table api_table;
	struct api_server *api;
	struct loop *loop;
	struct service_list *services; // service.h
	struct xchg_wake wake;         // workers: rw
	struct control *control;       // control_loop.c; NULL = the loop does not run
	struct life *life;             // life.c
	struct stall *stall;           // stall.c
	uint64_t stalled_ms;           // not run for, since the start
	struct supervisor *supervisor; // supervisor.c
	uint32_t tick_ms;              // between two of the loop now

	// events
	struct events *events; // events.c
	struct exec_hook *exec_hook;
	struct events_follower *followers; // events_follow.c
};

void app_lock(struct app *app);
void app_unlock(struct app *app);
