// SPDX-License-Identifier: BSD-3-Clause
// A feed for a command whose row names another request: events --follow. Main thread.
#pragma once

#include "cmd.h"

#include "cmd_job.h"

// For a command that shows its rows in a way of its own: row for each message, idle when no more of them
// wait.
struct cmd_feed_hooks {
	void (*row)(void *user, struct cmd_job *job, json_t *row); // row is borrowed
	void (*idle)(void *user, struct cmd_job *job);
	// The summary (JSON null = none), in place of all that is otherwise done with it. NULL = nothing of
	// its own.
	enum cmd_exit (*end)(void *user, struct cmd_job *job, json_t *summary);
	void *user;
};

// As cmd_run_feed(), asking for api_cmd. hooks may be NULL.
enum cmd_exit cmd_feed(const struct cmd_call *call, const char *api_cmd, const struct cmd_feed_hooks *hooks);
