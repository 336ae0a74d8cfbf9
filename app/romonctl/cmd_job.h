// SPDX-License-Identifier: BSD-3-Clause
// What a running command holds, and how it asks romond. Main thread; blocks for at most CMD_TIMEOUT_MS an
// answer, 60 s where something is changed. All that goes wrong is said on standard error, and given as an
// exit code.
#pragma once

#include "api_client.h"
#include "cmd.h"

#define CMD_PAGE_ROWS 1000 // the most that romond gives at once (docs/control-socket.md)

struct cmd_job {
	const struct cmd_call *call;
	struct api_client *client;
	json_t *args;
	struct out *out;
	struct out *err;   // standard error, for people
	bool is_lost;      // the connection is of no use any more
	const char *asked; // the command asked last, or NULL; borrowed
};

// Have a connection: the kept one if its other end is still there, else a new one. False, with errno: nobody
// is there.
bool cmd_session_open(struct cmd_session *kept);
void cmd_session_close(struct cmd_session *kept);

// Make the request's args, connect, and make the writers. In a shell the connection may be an old one.
BASE_MUST_USE enum cmd_exit cmd_job_open(struct cmd_job *job, const struct cmd_call *call);

// Frees what cmd_job_open() made, also when it failed. Returns code.
enum cmd_exit cmd_job_close(struct cmd_job *job, enum cmd_exit code);

// Ask once. CMD_EXIT_OK with a new reference in *data.
BASE_MUST_USE enum cmd_exit cmd_job_ask(struct cmd_job *job, json_t **data);
BASE_MUST_USE enum cmd_exit cmd_job_ask_for(
	struct cmd_job *job, const char *api_cmd, json_t *args, json_t **data);

// All rows of a list that comes in pages, added to all; args of each question beside offset and count may be
// NULL.
BASE_MUST_USE enum cmd_exit cmd_job_ask_pages(
	struct cmd_job *job, const char *api_cmd, json_t *args, json_t *all);

// Say what a call or a feed that gave rc means; the exit code for it. Clears err.
enum cmd_exit cmd_job_explain(struct cmd_job *job, int rc, struct api_error *err);

// romond's answer has a form that we do not know. Gives data back.
enum cmd_exit cmd_job_strange(json_t *data);

// Faults of a configuration that came with an answer, as a compiler writes them.
void cmd_job_issues(struct cmd_job *job, json_t *issues);
