// SPDX-License-Identifier: BSD-3-Clause
// What the files of the server share: clients, their feeds, and what is read and written of them. Internal
// to the library; the thread that runs the server.
#pragma once

#include "api_buf.h"
#include "api_feed.h"
#include "api_listen.h"
#include "api_server.h"
#include "base_bucket.h"

#define API_SHARES 16

struct api_feed {
	struct api_server *server;
	struct api_conn *client;
	json_t *id;      // of the request, owned
	bool is_closing; // on_close runs
	api_feed_close_fn on_close;
	void *user;
};

struct api_conn {
	int fd; // -1 = free
	struct api_peer peer;
	uint32_t events;    // what epoll watches
	struct api_buf in;  // bytes of requests
	struct api_buf out; // bytes of answers
	size_t scanned;     // bytes of in that are known to hold no newline
	bool has_line;      // in[0..line_len) is a request
	size_t line_len;
	unsigned n_fds; // descriptors that came with the request to be served next
	int fds[API_FDS_MAX];
	bool is_ready;         // has an event in this turn
	bool is_ending;        // reads no more; closes when everything is answered and sent
	int broken;            // -errno of a feed's line that could not be sent: to be closed
	struct api_feed *feed; // open one, or NULL; never with is_ending
	uint64_t quiet_ms;     // since when no request was served and no feed was open
	uint64_t stuck_ms;     // since when it takes none of what waits; 0 = nothing waits
};

struct api_server {
	struct api_listen listen;
	struct api_table table;
	uint64_t (*now_ms)(void);
	void (*peer_seam)(int fd, struct api_peer *peer);
	int epoll_fd;
	int wake_fd;  // eventfd: readable while a client waits for its turn: with a request, or to be closed
	int spare_fd; // given up for a moment when descriptors run out, to take and close a connection
	bool is_awake;
	unsigned n_clients;
	size_t next_turn;     // where the next turn of those begins who are not of the tier root
	bool is_called;       // a handler or an opener runs
	struct api_call call; // of that one
	struct {
		uid_t uid;
		uint64_t used_ms; // 0 = free
		struct base_bucket bucket;
	} shares[API_SHARES]; // of users who operate: those who did lately
	struct base_bucket_rate refusal_rate;
	struct base_bucket refusals;
	struct api_conn clients[API_CLIENTS_MAX];
};

// Keep wake_fd readable, or not.
void api_server_wake(struct api_server *s, bool is_awake);

// May a line about a peer that is refused or dropped be logged? They come as fast as peers connect.
bool api_server_may_tell(struct api_server *s);

// May the peer do one more thing now? The tier root always may.
bool api_server_share_take(struct api_server *s, const struct api_peer *peer);

// api_conn.c: one client. Each returns 0, or -errno: the client is to be closed.
int api_conn_read(struct api_conn *c);                        // what has come, to the end of a request
int api_conn_serve(struct api_server *s, struct api_conn *c); // answer the request that waits
int api_conn_write(struct api_server *s, struct api_conn *c); // what the socket takes
int api_conn_watch(struct api_server *s, struct api_conn *c); // for what it can make progress with
int api_conn_queue(struct api_conn *c, json_t *line);         // line is stolen; NULL = no memory for it
int api_conn_cancel(struct api_conn *c);                      // end its feed, if one is open
void api_conn_close(struct api_server *s, struct api_conn *c);
// Leave the connection, on which nothing waits, to somebody else: its descriptor.
int api_conn_take(struct api_server *s, struct api_conn *c);

// api_feed.c. Open the feed that command answers with: -errno with err set when it was refused.
int api_feed_start(struct api_server *s, struct api_conn *c, const struct api_command *command,
	const struct api_request *req, struct api_error *err);

// Tell the owner, and take the feed off its client. Returns the summary, or NULL.
json_t *api_feed_close(struct api_feed *st, enum api_close why);
