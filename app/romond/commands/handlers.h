// SPDX-License-Identifier: BSD-3-Clause
// Answers to the control socket's commands (docs/control-socket.md), one file per subject. The same
// handlers answer DPDK telemetry. Called under app_lock() with ctx = struct app; data only in, JSON out.
#pragma once

#include "app.h"
#include "caller.h"
#include "json_text.h"
#include "slot_arg.h"

json_t *handle_status(void *ctx, json_t *args, struct api_error *err);
json_t *handle_workers(void *ctx, json_t *args, struct api_error *err);
json_t *handle_ports(void *ctx, json_t *args, struct api_error *err);
json_t *handle_secrets(void *ctx, json_t *args, struct api_error *err);
json_t *handle_neighbors(void *ctx, json_t *args, struct api_error *err);
json_t *handle_drops(void *ctx, json_t *args, struct api_error *err);
json_t *handle_why(void *ctx, json_t *args, struct api_error *err);
json_t *handle_nodes(void *ctx, json_t *args, struct api_error *err);
json_t *handle_node(void *ctx, json_t *args, struct api_error *err);
json_t *handle_node_forget(void *ctx, json_t *args, struct api_error *err);
json_t *handle_links(void *ctx, json_t *args, struct api_error *err);
json_t *handle_config_show(void *ctx, json_t *args, struct api_error *err);
json_t *handle_config_diff(void *ctx, json_t *args, struct api_error *err);
json_t *handle_config_apply(void *ctx, json_t *args, struct api_error *err);
json_t *handle_config_confirm(void *ctx, json_t *args, struct api_error *err);
json_t *handle_config_rollback(void *ctx, json_t *args, struct api_error *err);
json_t *handle_config_save(void *ctx, json_t *args, struct api_error *err);
json_t *handle_reload(void *ctx, json_t *args, struct api_error *err);
json_t *handle_log_level(void *ctx, json_t *args, struct api_error *err);
json_t *handle_events(void *ctx, json_t *args, struct api_error *err);

// Shared by handlers: the drops of a slot as an array; with_zero lists every reason.
json_t *handlers_drops_of(const char *port, const struct app_totals *t, bool with_zero);

// The frames of each type that were received, as an array.
json_t *handlers_types_of(const struct app_totals *t);

// Where what is in force came from, as an object.
json_t *handlers_config_source(const struct app *app);

// A row of the inventory as an object; NULL when it has no node.
json_t *handlers_node_json(const struct app *app, uint32_t row);

// The node that the argument id names: a RoMON id, or the identity of one known node. id stays 0 for a name
// that nobody has (yet). -EINVAL with err set.
struct handlers_node {
	uint64_t id;
	char name[256]; // as it was given
};

int handlers_node_arg(const struct app *app, json_t *args, struct handlers_node *out, struct api_error *err);

// The only node with this identity, or 0; *n_found (NULL = not wanted) tells how many have it. Without one,
// small and capital letters are taken for the same.
uint64_t handlers_node_named(const struct app *app, const char *name, uint32_t *n_found);

// Identities of known nodes like name: "shop or shop-2", escaped. False: there is none.
bool handlers_nodes_similar(const struct app *app, const char *name, char *out, size_t size);
