// SPDX-License-Identifier: BSD-3-Clause
// Why a ping does not leave, or a node is not found: a word for programs and a sentence for people. Control
// thread, under app_lock().
#pragma once

#include "node_data.h"

struct app;

struct ping_why {
	const char *status; // "egress-mtu", "no-path", "port-down", "no-buffer"; "unknown", "down", "no-path"
	bool is_known;      // there is such a node, or was
	uint32_t size_max;  // egress-mtu: the payload that would fit; else 0
	char detail[512];
};

// A ping of size bytes to the node (0 = over one link) was not sent: err of node_data_send(), or of finding
// the path, which is then not looked at.
void ping_why_unsent(struct ping_why *out, const struct app *app, uint64_t id, const struct node_path *path,
	uint32_t size, int err);

// It has no path, and is looked for from now on. id 0: only a name is known.
void ping_why_sought(struct ping_why *out, const struct app *app, uint64_t id, const char *name);

// It was looked for in vain for so long.
void ping_why_lost(
	struct ping_why *out, const struct app *app, uint64_t id, const char *name, uint32_t sought_ms);
