// SPDX-License-Identifier: BSD-3-Clause
// A service: a part of romond that is started and stopped, has its turns, and may take Data. All of them
// stand in one table (services.c), in the order in which they start. Control thread, under app_lock().
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct node_data;

// Data of these service ports (0 = any) is the service's.
struct service_take {
	uint16_t src_port;
	uint16_t dst_port;
	void (*take)(struct app *app, const struct node_data *in);
};

#define SERVICE_TAKES_MAX 2

struct service {
	const char *name;
	int (*start)(struct app *app);                  // NULL: nothing to start. 0 or -errno
	void (*stop)(struct app *app);                  // NULL: nothing to stop
	bool (*tick)(struct app *app, uint64_t now_ms); // NULL: none. True: it wants the next turn soon
	uint32_t every_ms;                              // between two turns; 0 = at each tick of the loop
	bool wants_frames; // it waits for frames: a turn also as soon as some came up, and after each request
	struct service_take takes[SERVICE_TAKES_MAX];

	// In words, for docs/architecture.md; NULL = nothing
	const char *starts;
	const char *stops;
	const char *turns;
};

// The rows, while they run.
struct service_list {
	const struct service *rows;
	size_t n;
	uint64_t brisk_until_ms; // short ticks until then
	uint64_t ran_ms[];       // of each row, when its turn was last
};
