// SPDX-License-Identifier: BSD-3-Clause
// MD5 compression of many messages at once, one per SIMD lane: the one way to be fast with 64 steps that each
// wait for the one before. Messages are blocks wherever they lie; padding and lengths are the caller's.
// Pure C, no allocation; any thread. The engine is chosen once, before threads use it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_err.h"

#define AUTH_MD5_BLOCK_LEN 64

// A row of blocks to run through the compression function, from a state to a state.
struct auth_md5_msg {
	uint32_t state[4];            // in and out; the bytes of a digest as they are
	const uint8_t *const *blocks; // n_blocks pointers to 64 bytes each, at any alignment
	uint32_t n_blocks;            // 0 leaves the state as it is
	const uint32_t *outer; // NULL; or, for HMAC: the outer state, from which the digest of state goes on
};

// X(id, name)
#define AUTH_MD5_ENGINES(X) \
	X(SCALAR, "scalar") \
	X(SSE2, "sse2")     \
	X(AVX2, "avx2")     \
	X(AVX512, "avx512")

#define X(id, name) AUTH_MD5_##id,
enum auth_md5_engine { AUTH_MD5_INVALID, AUTH_MD5_ENGINES(X) AUTH_MD5_N_ENGINES };
#undef X

// The state that RFC 1321 begins with.
extern const uint32_t auth_md5_init[4];

// Run n messages of any mix of lengths; a lane that is done takes the next message. The engines with lanes
// leave one or two messages to the scalar one.
void auth_md5_run(struct auth_md5_msg *msgs, uint32_t n);

// The engine in use: the best that this CPU has, unless set.
enum auth_md5_engine auth_md5_engine(void);
bool auth_md5_engine_is_here(enum auth_md5_engine engine);
// For tests and measurements; -ENOTSUP when this CPU does not have it. No other thread may be in
// auth_md5_run() meanwhile.
BASE_MUST_USE int auth_md5_engine_set(enum auth_md5_engine engine);
const char *auth_md5_engine_name(enum auth_md5_engine engine); // "avx2"
