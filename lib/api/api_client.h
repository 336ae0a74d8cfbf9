// SPDX-License-Identifier: BSD-3-Clause
// Control socket, client side: one request, one answer, with a time limit. Blocks; one thread per client.
// Used by romonctl and by tests, never by the daemon's control loop.
#pragma once

#include "api_proto.h"

#define API_ANSWER_LEN_MAX (64 * 1024 * 1024) // far above what a server queues: only a bound

struct api_client;

// Connect to the socket at path. NULL with errno: ENOENT and ECONNREFUSED (nobody serves it), EACCES (not
// permitted), ETIMEDOUT (does not take connections), ENAMETOOLONG, …
BASE_MUST_USE struct api_client *api_client_connect(const char *path, int timeout_ms);
void api_client_close(struct api_client *c); // accepts NULL

// Ask cmd with args (borrowed; NULL = none). 0 with a new reference in *data; else *data is NULL and
//	-EREMOTEIO	romond refused: err has its code and sentence, err->extra the rest of its "error"
//	-ETIMEDOUT	no whole answer in timeout_ms
//	-ECONNRESET	the connection ended before the answer
//	-EPROTO		the answer is not one
//	-EMSGSIZE	the request is longer than API_LINE_LEN_MAX, or the answer than API_ANSWER_LEN_MAX
//	-ENOMEM, …
// After anything but 0 and -EREMOTEIO the connection is of no use any more. Never raises SIGPIPE.
BASE_MUST_USE int api_client_call(struct api_client *c, const char *cmd, json_t *args, int timeout_ms,
	json_t **data, struct api_error *err);
