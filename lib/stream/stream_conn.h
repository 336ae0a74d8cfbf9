// SPDX-License-Identifier: BSD-3-Clause
// One connection: private to lib/stream. Which files know what: stream_conn.c moves a connection from state
// to state, stream_out.c decides what is sent and when, stream_table.c finds connections and holds limits.
// One thread.
#pragma once

#include "stream_buf.h"
#include "stream_recv.h"
#include "stream_rtt.h"
#include "stream_share.h"
#include "stream_table.h"
#include "stream_window.h"

#define STREAM_SEGMENT_MIN   64    // data of a segment, however small the way is
#define STREAM_ACK_DELAY_US  20000 // every second segment is acknowledged at once, a single one after so long
#define STREAM_PROBE_SIZE_US 60000000 // after a black hole, larger segments are tried again
#define STREAM_CLOSE_ANSWERS 8        // of a connection that is over

enum stream_state {
	STREAM_FREE,
	STREAM_OPENING,   // ours: the open was sent
	STREAM_ACCEPTING, // theirs: our accept was sent, and is not answered yet
	STREAM_OPEN,
	STREAM_RESETTING, // let go by its user; the peer hears of it until it answers
	STREAM_OVER,      // ended, and answers a peer that missed it; STREAM_LINGER_MS
};

struct stream_conn {
	struct stream_table *table;
	struct stream_conn *chain; // in its bucket, or of those that are free
	enum stream_state state;
	enum stream_end end;
	uint64_t peer;
	uint16_t here;
	uint16_t there;
	uint8_t slot; // that the open came in by
	bool is_ours;
	bool is_deaf;  // reads nothing any more, and says so: the ack of its close is 0
	bool has_user; // somebody holds the pointer
	void *user;
	uint32_t news;   // enum stream_news
	uint32_t place;  // in the heap
	uint64_t due_us; // when to look at it
	uint64_t opened_us;

	// what we send
	struct stream_buf out; // from una on
	uint32_t first;        // the open's or accept's sequence number
	uint32_t una;          // oldest byte that is not acknowledged
	uint32_t nxt;          // next to be sent
	uint32_t top;          // behind the last that ever was
	bool is_shut;          // the user has no more
	bool is_close_sent;    // once at least
	bool is_close_due;     // when all bytes are sent
	bool wants_room;       // a write was cut short
	struct stream_window window;
	struct stream_rtt rtt;
	uint32_t timed_seq; // a byte whose answer is measured
	uint64_t timed_us;  // 0 = none
	uint64_t sent_us;   // when the clock for that began
	uint64_t resend_us; // 0 = nothing is under way
	uint64_t routed_us; // when a way to it was known last, as far as that was asked
	uint64_t silent_us; // since when nothing was heard though an answer is due; 0 = none is
	uint32_t n_heard;   // segments of the peer's since the last time-out
	uint32_t n_answers; // of these, acks: it sends them for what it hears, and repeats anything else by
			    // itself
	uint64_t n_resent;
	uint64_t bytes_out;

	// the size of segments
	uint32_t segment; // of data
	uint32_t cut;     // the way lets no more through; 0 = as the route says
	uint64_t cut_until_us;
	uint32_t n_full_timeouts; // of full segments, in a row, with no answer

	// what we receive
	struct stream_recv in;
	uint32_t their_first;
	uint32_t told_ack;  // the last one that was sent
	uint32_t n_unacked; // segments
	uint64_t ack_us;    // a single one is acknowledged then; 0 = nothing is owed
	bool has_told_end;  // READABLE for the end
	uint64_t bytes_in;

	uint8_t n_close_answers;
	bool leaves_way; // theirs: nothing comes of the way back, and a path is known: by turns that is tried
	uint16_t way_len;
	uint8_t way[STREAM_WAY_MAX]; // theirs: back, of the newest frame in order
};

struct stream_table {
	struct stream_cfg cfg;
	struct stream_io io;
	struct stream_budget budget;
	struct stream_conn **heap; // conns_max, the one due first at its root
	uint32_t n_conns;          // in the heap: all that are not free
	struct stream_conn *free;  // memory of connections is used again, and given back at the end
	uint32_t n_buckets;        // a power of two
	struct stream_conn **buckets;
	struct stream_conn **ready; // those with news, each once
	uint32_t n_ready;
	uint16_t listens[16];
	uint32_t n_listens;
	uint32_t n_half[STREAM_SLOTS];                       // ACCEPTING, by ingress port
	uint64_t quarantine[(65536 - STREAM_PORT_MIN) / 64]; // service ports of the last minute or two
	uint64_t quarantine_old[(65536 - STREAM_PORT_MIN) / 64];
	uint64_t quarantine_us;
	struct stream_share opens;
	struct stream_share answers;
	struct stream_counts counts;
	const uint8_t *from; // way of the segment that is being taken
	uint32_t from_len;
	uint8_t payload[STREAM_SEGMENT_HEADER_LEN + STREAM_SEGMENT_DATA_MAX];
};

// stream_table.c
struct stream_conn *stream_conn_new(struct stream_table *t, uint64_t peer, uint16_t here, uint16_t there);
void stream_conn_free(struct stream_conn *c);
void stream_conn_due(struct stream_conn *c, uint64_t due_us); // moves it in the heap
void stream_news_add(struct stream_conn *c, uint32_t news);
void stream_news_drop(struct stream_conn *c); // all of it
struct stream_conn *stream_conn_each(
	struct stream_table *t, struct stream_conn *c); // in any state; NULL begins
void stream_answer_unknown(struct stream_table *t, uint64_t peer, const uint8_t *way, uint32_t way_len,
	const struct stream_segment *s);

// stream_out.c
void stream_out_segment(struct stream_conn *c, enum stream_kind kind, uint32_t seq, uint32_t n);
void stream_out_push(struct stream_conn *c, uint64_t now_us); // whatever may leave now
void stream_out_ack(struct stream_conn *c);                   // an answer at once
void stream_out_ack_back(struct stream_conn *c); // the same, by the way of the segment that is being taken
void stream_out_arm(struct stream_conn *c, uint64_t now_us);   // an answer to what was sent is due
void stream_out_again(struct stream_conn *c, uint64_t now_us); // the oldest segment once more
void stream_out_timer(struct stream_conn *c, uint64_t now_us); // what is due
void stream_out_plan(struct stream_conn *c);                   // when to look next
void stream_out_route(struct stream_conn *c, uint64_t now_us);
bool stream_out_is_all_acked(const struct stream_conn *c);

// stream_conn.c
void stream_conn_take(struct stream_conn *c, const struct stream_segment *s, uint64_t now_us);
void stream_conn_over(struct stream_conn *c, enum stream_end why, uint64_t now_us);
void stream_conn_end_look(
	struct stream_conn *c, uint64_t now_us); // both sides said all, and heard it: it is over
