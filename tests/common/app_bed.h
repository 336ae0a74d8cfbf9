// SPDX-License-Identifier: BSD-3-Clause
// A bed for tests of the daemon's own logic: the whole of romond in this process, from a configuration, by
// its own start table, over ethdevs made of rings. Nothing in it runs by itself: a turn runs its workers and
// a tick of the control loop in the test's thread, and time stands still but for app_bed_advance_ms(). So a
// test is exact, takes milliseconds, and reads the daemon's state as it likes.
//
//	struct app_bed *bed = app_bed_open("ports: { a: { device: net_ring_app0 }, b: { device: net_ring_app1
//} }"); 	app_bed_send(bed, 0, &frame);                       // the wire of device net_ring_app0
//	CU_ASSERT(app_bed_take(bed, 1, &frame));            // what left by net_ring_app1
//	json_t *ports = app_bed_ask(bed, "ports", NULL);    // as romonctl asks
//	app_bed_advance_ms(bed, 60000);
//	CU_ASSERT(app_bed_close(bed));
//
// How: app_bed.c defines base_clock.h's clocks, and DPDK's start, stop and launch of workers, in front of the
// libraries. Whatever goes wrong in the bed itself ends the program. One bed at a time, one thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "app.h"
#include "frames.h"

#define APP_BED_DEVS    6                 // net_ring_app0 to net_ring_app5
#define APP_BED_STEP_MS 50                // at most between two turns while time passes
#define APP_BED_WALL_US 1700000000000000u // when the process begins

struct app_bed_cfg {
	const char *yaml;
	uint32_t n_workers; // 0 = 1
	bool is_kept;       // state.dir: is folder/state
	const char *folder; // of a bed before that was left (app_bed_leave()); NULL = a new one
};

struct app_bed {
	struct app app;
	char folder[32]; // of configuration, state and socket; goes with the bed
	bool is_kept;
	uint32_t n_workers;
	uint32_t n_fds; // open before it
	uint32_t n_fds_inherited;
	struct api_error error; // of the last app_bed_ask() that had no answer
};

// The yaml needs no memory:, limits:, control:, state: or file-prefix: the bed adds what is not there.
struct app_bed *app_bed_open(const char *yaml);
struct app_bed *app_bed_open_cfg(const struct app_bed_cfg *cfg);

// Take what lies in the rings, stop as SIGTERM does, remove the folder. True when every mbuf came back, no
// descriptor was left open, and none was open that a hook would inherit; the test closes its own before.
bool app_bed_close(struct app_bed *bed);
// The same, but folder stays; its name is copied there.
bool app_bed_leave(struct app_bed *bed, char folder[32]);

// What romond gave DPDK when the last bed was opened: how many arguments, and the last one.
int app_bed_eal_args(const char **last);

// One turn of every worker, then one tick of control, at the time that it is; then one more of workers, which
// sends what control had to say.
void app_bed_turn(struct app_bed *bed);
// Let time pass, in steps with a turn in each.
void app_bed_advance_ms(struct app_bed *bed, uint64_t ms);
// The wall clock alone is set, as somebody does by hand.
void app_bed_wall_jump_us(int64_t us);

// Put a frame on the wire of net_ring_app<dev>, without a turn; app_bed_send() makes one.
void app_bed_put(struct app_bed *bed, uint32_t dev, const struct frame *f);
void app_bed_send(struct app_bed *bed, uint32_t dev, const struct frame *f);
// The next frame that left by it; false when there is none.
bool app_bed_take(struct app_bed *bed, uint32_t dev, struct frame *out);
uint32_t app_bed_discard(struct app_bed *bed, uint32_t dev);
// The next frame of that type (enum wire_type) that left by it; others are thrown away.
bool app_bed_take_type(struct app_bed *bed, uint32_t dev, uint8_t type, struct frame *out);

// Pull the cable, or put it in. Noticed within 200 ms.
void app_bed_link_set(struct app_bed *bed, uint32_t dev, bool is_up);

// Ask a command, as the control socket and telemetry do. args: a JSON object as text, or NULL. A new
// reference, or NULL with bed->error.
json_t *app_bed_ask(struct app_bed *bed, const char *command, const char *args);

// A peer of the control socket, for feeds and for what happens when it leaves: connect, send a request line
// (no newline), take the next line of the answer. NULL: none yet. Close it with close().
int app_bed_connect(struct app_bed *bed);
void app_bed_request(struct app_bed *bed, int fd, const char *line);
json_t *app_bed_line(struct app_bed *bed, int fd);

// A made-up node on the wire of a device, which answers the Discover that left last.
struct app_bed_node {
	struct base_mac id; // and its address
	const char *identity;
	const char *master; // NULL = it is none
	uint32_t link_id;
	uint16_t cost;
};

// False when no Discover left by the device (other frames that did are thrown away).
bool app_bed_answer(struct app_bed *bed, uint32_t dev, const struct app_bed_node *node);

// Write another configuration and apply it. 0 or -errno, as reload_apply(); confirm_ms 0: for good.
int app_bed_reload(struct app_bed *bed, const char *yaml, uint64_t confirm_ms);

// The last event of a kind; NULL when there was none. How many there were.
const struct app_event *app_bed_event(const struct app_bed *bed, enum event_kind kind);
uint32_t app_bed_n_events(const struct app_bed *bed, enum event_kind kind);

// The address of a port, by its name.
struct base_mac app_bed_mac(const struct app_bed *bed, const char *port);
