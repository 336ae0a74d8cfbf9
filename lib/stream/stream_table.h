// SPDX-License-Identifier: BSD-3-Clause
// Reliable byte streams over Data frames: all those of one node, ours and others' (docs/protocol.md,
// "Streams").
//
// Pure: time is passed in (microseconds, monotonic), segments leave by a function of the caller's, and
// nothing is called back but that. What happened is asked for: stream_next() gives one connection after
// another that has news. One thread.
//
// Memory: an idle connection takes less than 4 KiB; bytes that wait, at most STREAM_BUF_MAX each way, come
// out of one budget. When it is used up, receivers drop what comes (it is sent again) and writers wait.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "stream_segment.h"

#define STREAM_WAY_MAX   1296  // bytes of a way back: slot, count, 128 hops of 10
#define STREAM_PORT_MIN  16384 // service ports of ours when we open: random, not one of the last minute
#define STREAM_OPEN_MS   6000  // an open that nothing answers for so long has failed
#define STREAM_SILENT_MS 8000  // a peer that answers nothing any more for so long is lost
#define STREAM_LINGER_MS 3000  // an ended connection goes on answering a peer that missed the end
#define STREAM_ANSWERS_S 10    // frames for unknown connections that are answered, a second and peer
#define STREAM_SLOTS     64    // ingress ports

struct stream_table;
struct stream_conn;

// How a peer is reached now.
struct stream_route {
	uint32_t segment; // bytes of data that fit one segment; 0 = there is no way
	bool is_foreign;  // not known to be a romond
};

struct stream_io {
	void *ctx;
	// Send the payload of a Data frame to the peer: back by the way that a frame of its came, of way_len
	// bytes, or, when way_len is 0, by the path that is known now. Returns 0 or -errno; what does not
	// leave counts as lost on the way.
	int (*send)(void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len, const uint8_t *payload,
		uint32_t len);
	struct stream_route (*route)(void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len);
	uint32_t (*random)(void *ctx); // nobody can guess it
	// Both may be NULL. Nothing came from the peer for waited_ms though an answer is due: a reason to
	// look which ways there are. is_by_path: what was sent went by the path that is known now.
	void (*stalled)(void *ctx, uint64_t peer, bool is_by_path, uint32_t waited_ms);
	// What went by the path that is known now was answered.
	void (*carried)(void *ctx, uint64_t peer);
};

struct stream_cfg {
	uint32_t conns_max;     // in all; ended ones that linger give way
	uint32_t peer_max;      // of one peer
	uint32_t half_open_max; // of these, opened by it and not confirmed yet
	uint32_t slot_half_max; // not confirmed yet, of all peers behind one ingress port
	uint32_t opens_peer_s;  // a second, of one peer
	uint32_t opens_slot_s;  // a second, of all behind one ingress port
	uint64_t buffer_max;    // bytes that wait in all connections
};

// What the design says.
extern const struct stream_cfg stream_cfg_default;

// Why a connection ended.
enum stream_end {
	STREAM_END_NONE,      // it has not
	STREAM_END_CLOSED,    // both sides said all, and heard it
	STREAM_END_NO_PATH,   // there is no way to the peer
	STREAM_END_NO_ANSWER, // it did not answer the open
	STREAM_END_REFUSED,   // it does not offer the service, or not to us, or not now
	STREAM_END_LOST,      // it answers no more
	STREAM_END_RESET,     // it knows the connection no more: it restarted, or its end was cut off
	STREAM_END_ABORTED,   // by us
	STREAM_N_ENDS,
};

// What is new with a connection.
enum stream_news {
	STREAM_OPENED = 1,   // ours: accepted. Theirs: the peer proved that it hears us
	STREAM_READABLE = 2, // bytes, or the end of them
	STREAM_WRITABLE = 4, // room again, after stream_write() took less than it was given
	STREAM_ENDED = 8,    // stream_end_of() says why; nothing more will come of it
};

BASE_MUST_USE struct stream_table *stream_table_create(
	const struct stream_cfg *cfg, const struct stream_io *io);
void stream_table_destroy(struct stream_table *t);

// Other limits, but for conns_max, from now on; what is open stays.
void stream_limits_set(struct stream_table *t, const struct stream_cfg *cfg);

// Offer a service port to others. -EEXIST, -ENOSPC.
BASE_MUST_USE int stream_listen(struct stream_table *t, uint16_t port);
void stream_unlisten(struct stream_table *t, uint16_t port); // connections stay

// Open a connection to a service of a peer; user is the caller's. -EHOSTUNREACH: no way there; -ENOSPC:
// limits.
BASE_MUST_USE int stream_open(struct stream_table *t, uint64_t peer, uint16_t service, void *user,
	uint64_t now_us, struct stream_conn **out);

// Give up a connection at once; what waits is forgotten, the far end hears of it. The pointer is dead. Also
// the way to let go of one that has ended.
void stream_release(struct stream_conn *c, uint64_t now_us);

// Take up to len bytes for the peer; returns how many. 0 after stream_shut() and once it ended.
BASE_MUST_USE uint32_t stream_write(
	struct stream_conn *c, const uint8_t *bytes, uint32_t len, uint64_t now_us);

// How many bytes stream_write() would take now, up to want. After 0 there is STREAM_WRITABLE when that
// changes.
uint32_t stream_room(struct stream_conn *c, uint32_t want);

// Nothing more will be written; reading goes on.
void stream_shut(struct stream_conn *c, uint64_t now_us);

// What may be read now, *len bytes in one piece; there may be more behind it. stream_read_done() takes n of
// them.
const uint8_t *stream_read(const struct stream_conn *c, uint32_t *len);
void stream_read_done(struct stream_conn *c, uint32_t n);
// Everything was read, and nothing more will come.
bool stream_is_read_out(const struct stream_conn *c);

// The payload of a Data frame from a peer, that came in at slot; way as in stream_io. True: it was a segment
// for a stream of ours or was answered as one.
bool stream_input(struct stream_table *t, uint64_t peer, uint8_t slot, const uint8_t *payload, uint32_t len,
	const uint8_t *way, uint32_t way_len, uint64_t now_us);

// Do what is due. Returns when the next is, UINT64_MAX = nothing.
uint64_t stream_tick(struct stream_table *t, uint64_t now_us);

// The way to a peer is another one: what waits for an answer is sent again at once, and a peer that answers
// by the way that we came hears of it though we have nothing to say.
void stream_route_changed(struct stream_table *t, uint64_t peer, uint64_t now_us);

// A connection that has news, and what; NULL: none. What it says is said once.
struct stream_conn *stream_next(struct stream_table *t, uint32_t *news);

// ---- to be shown

struct stream_facts {
	uint64_t peer;
	uint64_t opened_us;
	uint64_t bytes_in;  // given to the reader
	uint64_t bytes_out; // acknowledged by the peer
	uint64_t n_resent;
	uint32_t rtt_us; // smoothed, 0 = not known
	uint32_t window; // bytes
	uint32_t segment;
	uint32_t cut;     // longer segments vanish on the way; 0 = none is known to
	uint32_t waiting; // bytes that the peer has not acknowledged
	uint16_t here;    // service ports
	uint16_t there;
	bool is_ours; // we opened it
	bool is_open;
	bool is_stalled; // nothing got through since the last time-out
	enum stream_end end;
};

void stream_facts_get(const struct stream_conn *c, struct stream_facts *out);
enum stream_end stream_end_of(const struct stream_conn *c);
const char *stream_end_name(enum stream_end e); // "no-answer"
void *stream_user(const struct stream_conn *c);
void stream_user_set(struct stream_conn *c, void *user);

// All connections that are not over, in no order: c = NULL begins, NULL ends.
struct stream_conn *stream_each(struct stream_table *t, struct stream_conn *c);

// Segments that changed nothing, and why.
enum stream_ignored {
	STREAM_IGNORED_SHORT,   // no room for a header
	STREAM_IGNORED_KIND,    // of a later version
	STREAM_IGNORED_ACK,     // acknowledges what was never sent, or long ago
	STREAM_IGNORED_EARLY,   // before the connection was open
	STREAM_IGNORED_SEQ,     // a reset or an end that does not fit what was heard
	STREAM_IGNORED_UNKNOWN, // for no connection, and too many of these to answer
	STREAM_IGNORED_FULL,    // no room, or reader too slow: it will be sent again
	STREAM_IGNORED_LIMIT,   // opens above a limit
	STREAM_N_IGNORED,
};

struct stream_counts {
	uint64_t segments_in;
	uint64_t segments_out;
	uint64_t n_opened; // by us
	uint64_t n_accepted;
	uint64_t ignored[STREAM_N_IGNORED];
	uint64_t ends[STREAM_N_ENDS];
	uint64_t buffered; // bytes of memory that wait now
	uint32_t n_conns;
};

void stream_counts_get(const struct stream_table *t, struct stream_counts *out);
const char *stream_ignored_name(enum stream_ignored i);
