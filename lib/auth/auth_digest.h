// SPDX-License-Identifier: BSD-3-Clause
// Digests of frames: secrets made ready, many frames at once, frames read where they lie (docs/protocol.md
// section 7). Pure functions; any thread.
#pragma once

#include "auth_scheme.h"

// A secret made ready for a scheme: what does not depend on the frame is hashed already. Holds the secret and
// what is as good as it: wipe it.
struct auth_key {
	struct auth_scheme scheme;
	uint8_t head_len;               // bytes of secret in front of what is covered, unless hashed already
	uint8_t tail_len;               // bytes of secret behind it
	uint8_t counters;               // auth_scheme_counters()
	uint8_t n_blocks_done;          // blocks that inner has seen
	uint32_t inner[4];              // state to begin with
	uint32_t outer[4];              // HMAC: state of the outer digest
	uint8_t field[AUTH_DIGEST_LEN]; // what stands in the digest field
	uint8_t secret[AUTH_SECRET_LEN_MAX]; // padded with zero bytes
};

// Make key of a secret of len bytes, 1 to AUTH_SECRET_LEN_MAX. The scheme is valid.
void auth_key_init(struct auth_key *key, const struct auth_scheme *s, const void *secret, size_t len);
void auth_key_wipe(struct auth_key *key);

// One digest to make. The frame is read only, and only up to len; its digest field may hold anything.
struct auth_job {
	const struct auth_key *key;
	const uint8_t *eth;   // Ethernet header, of which the two MACs are read: 12 bytes
	const uint8_t *romon; // from the type byte on
	uint32_t len;         // RoMON bytes: what the length field says less 14; at least AUTH_FRAME_LEN_MIN
	uint8_t digest[AUTH_DIGEST_LEN]; // out
};

#define AUTH_FRAME_LEN_MIN (AUTH_OFF + AUTH_LEN)
#define AUTH_FRAME_LEN_MAX 65535

// Make the digests of n jobs, any number, in lanes of one call. About 40 KiB of stack.
void auth_digest_bulk(struct auth_job *jobs, uint32_t n);

// Are two digests equal? Takes the same time wherever they differ.
static inline bool auth_digest_equal(const void *a, const void *b)
{
	uint64_t x[2], y[2];

	__builtin_memcpy(x, a, sizeof(x));
	__builtin_memcpy(y, b, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

// The digest that a signed frame carries.
static inline uint8_t *auth_digest_at(const struct auth_scheme *s, uint8_t *romon)
{
	return romon + AUTH_OFF + s->digest_off;
}
