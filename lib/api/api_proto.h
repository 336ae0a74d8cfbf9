// SPDX-License-Identifier: BSD-3-Clause
// The words of the control socket (docs/control-socket.md): a request line becomes a struct, an answer
// becomes a line, a command is looked up in a table. No descriptor, no clock. Any thread; one thread per
// object.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base_err.h"

#define API_VERSION      1
#define API_LINE_LEN_MAX (1024 * 1024) // a request without its newline
#define API_FOR_LEN_MAX  80            // of for whom a request is

enum api_error_code {
	API_ERROR_INVALID,
	API_ERROR_BAD_REQUEST,
	API_ERROR_UNKNOWN_COMMAND,
	API_ERROR_BAD_ARGUMENT,
	API_ERROR_NOT_FOUND,
	API_ERROR_INVALID_CONFIG,
	API_ERROR_NOT_PERMITTED,
	API_ERROR_BUSY,   // too many connections
	API_ERROR_FAILED, // keep last: also what a client makes of a code that it does not know
};

// Start from API_ERROR_INIT. extra is an owned reference to an object whose members join the answer's
// "error" (for example "issues"), or NULL. api_error_clear() gives it back.
struct api_error {
	enum api_error_code code;
	char message[512];
	json_t *extra;
};

#define API_ERROR_INIT                      \
	{                                   \
		API_ERROR_INVALID, "", NULL \
	}

// "bad-request" …; never NULL.
const char *api_error_name(enum api_error_code code);
enum api_error_code api_error_parse(const char *name); // API_ERROR_INVALID for any other text

// Fill err with a sentence; returns NULL, so that a handler can `return api_fail(err, …)`. Bytes that are
// no printable UTF-8 are escaped.
void *api_fail(struct api_error *err, enum api_error_code code, const char *fmt, ...) BASE_PRINTF(3, 4);
void api_error_clear(struct api_error *err);

// Who may what. Each tier may what the one before may.
enum api_tier {
	API_TIER_INVALID, // may not even connect
	API_TIER_READ,    // look
	API_TIER_OPERATE, // do what can be undone, by what the administrator wrote
	API_TIER_ROOT,    // choose what romond runs on, and see what others send
	API_N_TIERS,
};

const char *api_tier_name(enum api_tier tier);    // "read", "operate", "root"
const char *api_tier_holders(enum api_tier tier); // who has it, as the end of a sentence

// Answers a command. args is a borrowed object, never NULL. Returns a new reference to the answer's data,
// or NULL with err set.
typedef json_t *(*api_handler_fn)(void *ctx, json_t *args, struct api_error *err);

// Opens a feed (api_feed.h): returns 0 and keeps s, or ended it already; -errno with err set refuses.
// args is borrowed.
struct api_feed;
typedef int (*api_open_fn)(void *ctx, struct api_feed *s, json_t *args, struct api_error *err);

// A command has a handler, an opener, or both: then the control socket opens, api_dispatch() handles.
// tier: who may give it. It stands where it cannot be left out.
struct api_command {
	const char *cmd;
	enum api_tier tier;
	api_handler_fn handler;
	const char *help; // one line, no full stop
	api_open_fn open;
	// The argument given that only API_TIER_ROOT may give, or NULL. NULL = there is none. args may be
	// NULL.
	const char *(*root_arg)(json_t *args);
};

struct api_table {
	const struct api_command *commands;
	size_t n_commands;
	void *ctx; // given to every handler
};

// The row of cmd, or NULL with err (unknown-command) set.
const struct api_command *api_command_find(
	const struct api_table *table, const char *cmd, struct api_error *err);

// May somebody of that tier give the command with these arguments (NULL = none)? 0, or -EPERM with err
// (not-permitted) set.
BASE_MUST_USE int api_command_permit(
	const struct api_command *command, json_t *args, enum api_tier tier, struct api_error *err);

// Call the handler of cmd for somebody of that tier. args may be NULL (no arguments). As a handler returns: a
// new reference, or NULL with err set, also when no such command exists or it is a feed only. Runs in the
// caller's thread and takes no lock.
BASE_MUST_USE json_t *api_dispatch(const struct api_table *table, enum api_tier tier, const char *cmd,
	json_t *args, struct api_error *err);

// A decoded request. Free with api_request_clear(), also after a failed decode.
struct api_request {
	json_t *root;    // owned
	json_t *id;      // in root, or NULL when there was none to echo
	const char *cmd; // in root
	json_t *args;    // in root, or NULL when left out
	const char
		*on_behalf; // in root: for whom, by the word of who asks; printable ASCII. NULL when left out
};

// Decode one line without its newline. -EINVAL with err (bad-request) set when it is not a request;
// req->id is filled whenever it could be read, so that the answer can name it.
BASE_MUST_USE int api_request_decode(
	struct api_request *req, const char *line, size_t len, struct api_error *err);
void api_request_clear(struct api_request *req);

// The answer to a request as one JSON object. id may be NULL (null is sent). data is stolen; with data
// NULL the answer carries err. Returns a new reference, or NULL when out of memory.
BASE_MUST_USE json_t *api_answer_make(json_t *id, json_t *data, const struct api_error *err);

// A line of a feed as one JSON object, with the member mark true: "more" or "cancelled". data is stolen;
// NULL is sent as null.
BASE_MUST_USE json_t *api_message_make(json_t *id, const char *mark, json_t *data);
