// SPDX-License-Identifier: BSD-3-Clause
// What we know of one sender of signed frames on one port: is it the one of now, and which of its frames were
// seen (docs/protocol.md sections 7 and 8)? Called only with frames whose digest is good. Pure: time and
// randomness are passed in, what is to be sent is handed back. One thread owns a peer.
//
// A peer begins unsynchronised: everything of it is refused, for it may be a recording. We challenge it by a
// nonce; the Hello that echoes it was made just now, and opens the window at its counter. Counters of a peer
// that starts anew begin at its clock, so they lie ahead of what it used before. If not, a SeqErr tells it.
#pragma once

#include "auth_replay.h"
#include "auth_scheme.h"

// How often a peer is challenged, how often it is told that it is behind, and how often its Hellos are
// answered: three rates, so that recordings which use up one leave the others to the peer of now.
#define AUTH_PEER_CHALLENGE_MS 1000
#define AUTH_PEER_ANSWER_MS    1000

// A counter further ahead than this is not taken from the air: the peer is challenged first. Between two
// lives of a peer an hour may pass; but where its clock was set back, frames of a former life lie further
// ahead.
#define AUTH_PEER_JUMP_MAX (1ull << 32)

// A SeqErr never moves a counter of ours further than this ahead of our clock: microseconds, 12.7 days.
#define AUTH_COUNTER_LEAD_MAX (1ull << 40)

// All zero: a peer that was never heard.
struct auth_peer {
	struct auth_replay window; // valid when is_synced
	bool is_synced;
	bool has_floor;      // floor is valid
	bool has_nonce;      // nonce is outstanding
	bool has_echo;       // echo is owed
	bool has_challenged; // challenge_ms is valid
	bool has_told;       // told_ms is valid
	bool has_answered;   // answer_ms is valid
	bool is_met;         // the echo that is owed is to a Hello that the window cannot judge
	uint8_t counters;    // what its counters are, of auth_scheme_counters(); 0 = not known yet
	uint64_t floor;      // the highest counter of a Hello that may be a recording
	uint64_t nonce;      // ours, which only an echo ends
	uint64_t echo;       // the peer's, of the Hello with the highest counter
	uint32_t challenge_ms;
	uint32_t told_ms;
	uint32_t answer_ms;
};

enum auth_kind {
	AUTH_KIND_INVALID,
	AUTH_KIND_HELLO,
	AUTH_KIND_OTHER, // SeqErr too, beside what auth_seq_err_value() says
};

struct auth_peer_frame {
	enum auth_kind kind;
	uint64_t counter;
	bool has_nonce; // of a Hello
	bool has_echo;
	uint64_t nonce;
	uint64_t echo;
};

enum auth_verdict {
	AUTH_VERDICT_INVALID,
	AUTH_FRESH,    // new, and of now: take it
	AUTH_UNSYNCED, // refused: it may be a recording
	AUTH_GREETED,  // a Hello of a peer that is not synchronised: it did its work, and goes no further
	AUTH_REPLAYED, // refused: seen before, or too old
};

enum auth_reply {
	AUTH_REPLY_NONE,
	AUTH_REPLY_HELLO,
	AUTH_REPLY_SEQ_ERR,
};

struct auth_peer_reply {
	enum auth_reply kind;
	bool has_nonce; // Hello
	bool has_echo;
	uint64_t nonce;
	uint64_t echo;
	uint64_t counter_min; // SeqErr
};

// The counters of the next frame, as auth_key.counters says: what is known of counters of another kind does
// not hold for it, neither for nor against the peer.
static inline void auth_peer_scheme(struct auth_peer *p, uint8_t counters)
{
	if (p->counters == counters)
		return;
	if (p->counters != 0)
		*p = (struct auth_peer){.counters = 0};
	p->counters = counters;
}

// Judge a frame with a good digest, and say what to send to the peer: at most one frame, unicast, signed.
// random is unpredictable and used for at most one nonce.
enum auth_verdict auth_peer_take(struct auth_peer *p, const struct auth_peer_frame *f, uint32_t now_ms,
	uint64_t random, struct auth_peer_reply *reply);

// The peer does not sign, but might: ask it now and then, so that it is synchronised before it begins to.
void auth_peer_ask(struct auth_peer *p, uint32_t now_ms, uint64_t random, struct auth_peer_reply *reply);

// For schemes without Hello: the first good frame opens the window.
enum auth_verdict auth_peer_take_plain(struct auth_peer *p, uint64_t counter);

// What a counter of ours becomes by a SeqErr with a good digest: never less, never too far ahead of the
// clock.
static inline uint64_t auth_counter_raised(uint64_t counter, uint64_t counter_min, uint64_t clock_us)
{
	bool is_near = counter_min <= clock_us || counter_min - clock_us <= AUTH_COUNTER_LEAD_MAX;

	return is_near && counter_min > counter ? counter_min : counter;
}
