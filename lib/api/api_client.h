// SPDX-License-Identifier: BSD-3-Clause
// Control socket, client side: one request, one answer or a feed of them, with a time limit. Blocks; one
// thread per client.
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
// After anything but 0 and -EREMOTEIO the connection is of no use any more. Never raises SIGPIPE. A feed
// that is open ends by it: what is left of it is thrown away.
BASE_MUST_USE int api_client_call(struct api_client *c, const char *cmd, json_t *args, int timeout_ms,
	json_t **data, struct api_error *err);

// Descriptors of open files that go with the next request (n of them, API_FDS_MAX at most): what romond is to
// read for the caller, who has the right to. They stay the caller's.
void api_client_attach(struct api_client *c, const int *fds, unsigned n);

// For whom the next request is, in romond's log and events: 1 to API_FOR_LEN_MAX printable characters, which
// must stay until then. NULL: for nobody else.
void api_client_for(struct api_client *c, const char *on_behalf);

// Ask for a feed; api_client_next() gives what comes. 0 or -errno as above: the request was sent, no more.
BASE_MUST_USE int api_client_open(struct api_client *c, const char *cmd, json_t *args, int timeout_ms);

// The next message of the feed. 0 with a new reference in *data: a message, or with *is_last the answer
// that ends the feed (whose data may be JSON null). -EREMOTEIO with err set: the feed ended with an
// error, or was refused. -ETIMEDOUT: no whole message within timeout_ms; ask again. Anything else: the
// connection is of no use any more. -EINVAL: no feed is open.
//
// To wait for more than the feed: call it with timeout_ms 0 until it gives -ETIMEDOUT, then poll
// api_client_fd() for POLLIN.
BASE_MUST_USE int api_client_next(
	struct api_client *c, int timeout_ms, json_t **data, bool *is_last, struct api_error *err);

// Ask for the end of the feed. Then take messages until *is_last: the last one may carry a summary.
BASE_MUST_USE int api_client_cancel(struct api_client *c, int timeout_ms);

int api_client_fd(const struct api_client *c);

// The connection itself, behind the last line of a feed that hands it over (stream-open): its descriptor,
// which blocks, and the bytes that came already in *early (free() it; NULL = none). c is gone.
int api_client_take(struct api_client *c, char **early, size_t *early_len);
