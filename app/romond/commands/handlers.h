// SPDX-License-Identifier: BSD-3-Clause
// Answers to the control socket's commands (docs/control-socket.md), one file per subject. The same
// handlers answer DPDK telemetry. Called under app_lock() with ctx = struct app; data only in, JSON out.
#pragma once

#include "api_feed.h"
#include "app.h"
#include "caller.h"
#include "schema_commands.h"
#include "slot_arg.h"
#include "why_finding.h"

// A handler fills *out, whose texts and rows may live in call->mem; or it refuses by api_fail(call->err, ..).
// An opener is as in api_feed.h. Each has the name of its command.
#define HANDLERS_OUT_OBJECT(answer) struct schema_##answer
#define HANDLERS_OUT_LIST(answer)   struct schema_##answer##_list
#define HANDLERS_DECLARE(id, name, tier, shape, args, help)                                                 \
	void handle_##id(struct app *app, const struct schema_##args##_args *in, HANDLERS_OUT_##shape *out, \
		struct schema_call *call);
#define HANDLERS_DECLARE_OPEN(id, name, tier, shape, args, help)                                  \
	int open_##id(struct app *app, struct api_feed *s, const struct schema_##args##_args *in, \
		struct api_error *err);

SCHEMA_COMMANDS(HANDLERS_DECLARE)
SCHEMA_FEEDS(HANDLERS_DECLARE_OPEN)

// Add the drops of a port, and the frames of each type that were received. with_zero: every reason.
void handlers_drops_add(struct schema_drop_list *list, struct schema_mem *mem, const char *port,
	const struct app_totals *t, bool with_zero);
void handlers_types_add(struct schema_rx_type_list *list, struct schema_mem *mem, const struct app_totals *t);

// Add findings of `why`, with their sentences.
void handlers_findings_add(struct schema_finding_list *out, struct schema_mem *mem, const struct app *app,
	const struct why_list *list);

// Where what is in force came from.
void handlers_config_source(const struct app *app, struct schema_config_source *out);

struct conf_issues;
struct reload_result;

// Of answers about configurations: what was changed and when it holds; the faults of one, as a member of the
// error; that another one is on trial.
void handlers_applied_fill(struct app *app, const struct reload_result *r, uint64_t confirm_ms,
	struct schema_config_applied *out, struct schema_mem *mem);
void handlers_issues_tell(struct api_error *err, const struct conf_issues *issues);
void handlers_trial_refuse(const struct app *app, struct api_error *err);

// Edits: how many hold, and each of them.
void handlers_overlay_fill(const struct app *app, struct schema_overlay *out, struct schema_mem *mem);
void handlers_edits_add(const struct app *app, struct schema_edit_list *list, struct schema_mem *mem);

// A row of the inventory. False when it has no node.
bool handlers_node_fill(const struct app *app, uint32_t row, struct schema_node *out, struct schema_mem *mem);
json_t *handlers_node_json(const struct app *app, uint32_t row); // the same as an object, or NULL
