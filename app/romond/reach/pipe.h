// SPDX-License-Identifier: BSD-3-Clause
// A stream and the descriptor at this end of it: bytes go both ways, an end of either goes over to the other.
// The descriptor is a client of the control socket, or a TCP connection to a service of this machine. Control
// thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "stream_table.h"

#define PIPE_OF_OTHERS UINT32_MAX // in place of a uid: another node opened it

struct pipe_set; // all pipes, their epoll set, and what is remembered of those that ended

struct pipe {
	struct pipe_set *set;
	struct pipe *next; // by number, descending
	struct stream_conn *conn;
	uint32_t number; // for people; never 0
	uint32_t uid;    // who opened it
	int fd;          // -1 = none yet
	uint32_t events; // that epoll watches for
	bool is_watched;
	bool is_connecting;  // a TCP connection that is not there yet
	bool in_ended;       // fd has no more for the peer
	bool out_ended;      // fd was told that the peer has no more
	uint64_t give_up_us; // the user is gone: what is under way may end until then; 0 = it is not
	void (*told)(void *ctx, struct pipe *p, enum stream_end end); // until it is open
	void *ctx;
};

// ended: a pipe goes, for that reason; it must neither close nor make one.
BASE_MUST_USE struct pipe_set *pipe_set_create(struct stream_table *streams,
	void (*ended)(void *ctx, const struct pipe *p, enum stream_end why), void *ctx);
void pipe_set_destroy(struct pipe_set *set);
int pipe_set_fd(const struct pipe_set *set); // readable: pipe_set_run()

// What descriptors ask for.
void pipe_set_run(struct pipe_set *set, uint64_t now_us);

// What became of streams, and who waited too long. Returns when to call again, UINT64_MAX = when something
// happens.
uint64_t pipe_set_news(
	struct pipe_set *set, uint64_t now_us, void (*accepted)(void *ctx, struct pipe *p), void *ctx);

// A pipe for a stream that is being opened or was accepted. NULL: no memory.
BASE_MUST_USE struct pipe *pipe_create(struct pipe_set *set, struct stream_conn *conn, uint32_t uid);

// Join the stream to fd (non-blocking, taken over); is_connecting: it becomes writable when it is connected.
// -errno: the pipe is as it was, and fd the caller's.
BASE_MUST_USE int pipe_bind(struct pipe *p, int fd, bool is_connecting, uint64_t now_us);

// Let go of both at once; the far end hears of it. p is gone.
void pipe_close(struct pipe *p, enum stream_end why, uint64_t now_us);

struct pipe *pipe_find(struct pipe_set *set, uint32_t number);
const struct pipe *pipe_after(const struct pipe_set *set, uint32_t number); // ascending
enum stream_end pipe_ended(const struct pipe_set *set, uint32_t number);

// What became of the newest stream that this node opened to a peer.
struct pipe_past {
	uint16_t service;
	enum stream_end end;
	uint32_t cut; // as in struct stream_facts
	uint64_t at_us;
};
// False: none ended lately.
BASE_MUST_USE bool pipe_past_get(const struct pipe_set *set, uint64_t peer, struct pipe_past *out);
