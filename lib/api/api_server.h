// SPDX-License-Identifier: BSD-3-Clause
// Control socket, server side: takes connections, checks who the peer is, reads request lines, calls
// handlers from a table, queues answers. One thread runs a server; nothing in it blocks. The outer loop
// watches one descriptor:
//
//	struct api_server *s = api_server_create(&cfg);
//	add api_server_fd(s) to an epoll set with EPOLLIN (level-triggered);
//	on EPOLLIN: api_server_run_once(s);
//
// Limits: API_CLIENTS_MAX clients (one more is closed at once); a request line of API_LINE_LEN_MAX (one
// more byte is answered by bad-request, and the client closed); API_QUEUE_LEN_MAX bytes of answers that a
// client did not take (one more and it is closed). A turn answers at most one request of each client.
//
// A command with an opener answers by a stream (api_stream.h). A further request on the connection cancels
// it, and is then answered; `cancel`, which the server answers itself, does only that.
#pragma once

#include "api_proto.h"

#define API_CLIENTS_MAX   64
#define API_QUEUE_LEN_MAX (4 * 1024 * 1024)

struct api_server;

struct api_server_cfg {
	const char *path;  // of the socket; its directory must exist
	const char *group; // members may connect; NULL or "" = only root and the own uid
	struct api_table table;
};

// Bind and listen. Copies cfg and its strings, not the command table. A socket file that nobody answers on
// is replaced; anything else at path is left alone. The file has mode 0660 and the group when the group
// exists and may be given, else 0600 (logged). NULL with errno, and a sentence in the log:
// EADDRINUSE (another process serves this path), EEXIST (path is not a socket), ENAMETOOLONG, …
BASE_MUST_USE struct api_server *api_server_create(const struct api_server_cfg *cfg);

// Close all clients and remove the socket file, if it is still ours. Accepts NULL.
void api_server_destroy(struct api_server *s);

// Readable whenever api_server_run_once() has something to do.
int api_server_fd(const struct api_server *s);

// Do what is ready, without waiting. Handlers run in here.
void api_server_run_once(struct api_server *s);

unsigned api_server_clients(const struct api_server *s);
