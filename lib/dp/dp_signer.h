// SPDX-License-Identifier: BSD-3-Clause
// Neighbors of ports with secrets: whose frames are recordings, and which secret each used last. lib/dp only;
// worker thread.
//
// A row costs a good digest, so whoever has none of our secrets makes none. Neighbors that do not sign, but
// could, are asked too, before they begin to: they are strangers, in a small table of their own.
#pragma once

#include "dp_worker.h"

struct dp_signer {
	struct auth_peer peer;
	uint8_t key; // index of the port's keys that fitted last; a reload may have changed what stands there
};

struct dp_signers {
	struct nbr_table *table;     // of signers
	struct nbr_table *strangers; // heard unsigned, and greeted
	struct dp_signer *rows;      // by index of table
	struct auth_peer *greeted;   // by index of strangers
	uint64_t random;             // unpredictable, not used yet
	uint64_t n_randoms;
	uint64_t guess; // state of dp_verify's chance
	uint8_t secret[32];
};

// Silence after which a signer is forgotten: long, since it costs a handshake.
#define DP_SIGNER_AGE_MS (24u * 3600 * 1000)

BASE_MUST_USE struct dp_signers *dp_signers_create(const struct dp_worker_cfg *cfg);
void dp_signers_destroy(struct dp_signers *s); // accepts NULL
uint64_t dp_signers_bytes(void);

// Make s->random a number that nobody can foresee; no system call.
void dp_signers_random_renew(struct dp_signers *s);

// The row of a key at idx, or made now when idx is NBR_INDEX_NONE; *idx becomes its place. NULL: no room.
struct dp_signer *dp_signer_get(struct dp_worker *w, uint64_t key, uint8_t slot, uint32_t *idx);

// A stranger's row, made if need be; NULL when none may be made now.
struct auth_peer *dp_signer_stranger(struct dp_worker *w, uint64_t key, uint8_t slot);

// Judge a frame by the peer's state, with an unpredictable number at hand.
enum auth_verdict dp_signer_take(struct dp_signers *s, struct auth_peer *p, const struct auth_peer_frame *f,
	uint32_t now_ms, struct auth_peer_reply *reply);
// Ask a peer that does not sign, if that is due.
void dp_signer_ask(struct dp_signers *s, struct auth_peer *p, uint32_t now_ms, struct auth_peer_reply *reply);

// Note how a frame of the row came, and that it was heard.
void dp_signer_note(struct dp_signers *s, uint32_t idx, const struct dp_signer_note *note, uint32_t now_ms);

void dp_signers_age(struct dp_worker *w, uint32_t now_ms);
uint32_t dp_signers_age_looks(const struct dp_worker *w); // calls of it that look at all strangers
