// SPDX-License-Identifier: BSD-3-Clause
// Control socket, server side: takes connections, checks who the peer is, reads request lines, calls
// handlers from a table, queues answers. One thread runs a server; nothing in it blocks. The outer loop
// watches one descriptor:
//
//	struct api_server *s = api_server_create(&cfg);
//	add api_server_fd(s) to an epoll set with EPOLLIN (level-triggered);
//	on EPOLLIN: api_server_run_once(s);
//
// Limits: API_CLIENTS_MAX clients, of which API_CLIENTS_ROOT places are for the tier root alone, and
// API_CLIENTS_UID of one user else; who finds no place is told (busy) and closed. For the tier root a place
// is made: who idled longest is closed. A request line of API_LINE_LEN_MAX (one more byte is answered by
// bad-request, and the client closed); API_QUEUE_LEN_MAX bytes of answers that a client did not take (one
// more and it is closed), and API_STUCK_MS in which it takes nothing. Without a feed a client may be quiet
// for API_QUIET_MS. A turn answers at most one request of each client, those of the tier root first, and of
// others for a few milliseconds; of one user API_OPERATE_PER_S commands a second that do something (busy).
//
// A command with an opener answers by a feed (api_feed.h). A further request on the connection cancels
// it, and is then answered; `cancel`, which the server answers itself, does only that.
#pragma once

#include <stdint.h>

#include "api_peer.h"

#define API_CLIENTS_MAX   64
#define API_CLIENTS_ROOT  8
#define API_CLIENTS_UID   16
#define API_QUIET_MS      60000
#define API_STUCK_MS      60000
#define API_OPERATE_PER_S 20 // commands of the tier operate, of one user but root; API_OPERATE_MOST at once
#define API_OPERATE_MOST  40
#define API_FDS_MAX       2 // descriptors that may come with a request, from the tier root
#define API_QUEUE_LEN_MAX (4 * 1024 * 1024)

struct api_server;

struct api_server_cfg {
	const char *path;       // of the socket; its directory must exist
	const char *group;      // members have the tier operate; NULL or "" = only root and the own uid
	const char *read_group; // members have the tier read; NULL or "" = nobody
	struct api_table table;
	uint64_t (*now_ms)(void); // a clock that only goes forward; NULL = base_mono_ms()
	// Says for a test who is at the other end of fd, after the kernel did; NULL = what the kernel said.
	void (*peer_seam)(int fd, struct api_peer *peer);
};

// Who asks, and the descriptors that came with the request, in their order; -1 = none. They are closed when
// the handler has returned.
struct api_call {
	struct api_peer peer;
	const char *on_behalf; // of the request; NULL = of nobody else
	int fds[API_FDS_MAX];
};

// While a handler or an opener runs for a request of the socket; else NULL.
const struct api_call *api_server_call(const struct api_server *s);

// Bind and listen. Copies cfg and its strings, not the command table. A socket file that nobody answers on
// is replaced; anything else at path is left alone. The file has mode 0660 and the group when the group
// exists and may be given, else 0600 (logged); with a read_group that exists it is 0666, and only the server
// tells who may connect. A command without a tier is EINVAL. NULL with errno, and a sentence in the log:
// EADDRINUSE (another process serves this path), EEXIST (path is not a socket), ENAMETOOLONG, …
BASE_MUST_USE struct api_server *api_server_create(const struct api_server_cfg *cfg);

// Close all clients and remove the socket file, if it is still ours. Accepts NULL.
void api_server_destroy(struct api_server *s);

// Readable whenever api_server_run_once() has something to do.
int api_server_fd(const struct api_server *s);

// Do what is ready, without waiting. Handlers run in here.
void api_server_run_once(struct api_server *s);

// About once a second: close who is quiet for too long, or takes nothing.
void api_server_tick(struct api_server *s);

unsigned api_server_clients(const struct api_server *s);
