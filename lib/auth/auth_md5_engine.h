// SPDX-License-Identifier: BSD-3-Clause
// Between the engines of auth_md5.h: the 64 steps, and how messages share lanes. lib/auth and its tests only;
// any thread.
#pragma once

#include "auth_md5.h"

// RFC 1321 section 3.4. X(function, word, shift, sine, and the four state words as they rotate)
#define AUTH_MD5_STEPS(X)                     \
	X(F, 0, 7, 0xd76aa478u, a, b, c, d)   \
	X(F, 1, 12, 0xe8c7b756u, d, a, b, c)  \
	X(F, 2, 17, 0x242070dbu, c, d, a, b)  \
	X(F, 3, 22, 0xc1bdceeeu, b, c, d, a)  \
	X(F, 4, 7, 0xf57c0fafu, a, b, c, d)   \
	X(F, 5, 12, 0x4787c62au, d, a, b, c)  \
	X(F, 6, 17, 0xa8304613u, c, d, a, b)  \
	X(F, 7, 22, 0xfd469501u, b, c, d, a)  \
	X(F, 8, 7, 0x698098d8u, a, b, c, d)   \
	X(F, 9, 12, 0x8b44f7afu, d, a, b, c)  \
	X(F, 10, 17, 0xffff5bb1u, c, d, a, b) \
	X(F, 11, 22, 0x895cd7beu, b, c, d, a) \
	X(F, 12, 7, 0x6b901122u, a, b, c, d)  \
	X(F, 13, 12, 0xfd987193u, d, a, b, c) \
	X(F, 14, 17, 0xa679438eu, c, d, a, b) \
	X(F, 15, 22, 0x49b40821u, b, c, d, a) \
	X(G, 1, 5, 0xf61e2562u, a, b, c, d)   \
	X(G, 6, 9, 0xc040b340u, d, a, b, c)   \
	X(G, 11, 14, 0x265e5a51u, c, d, a, b) \
	X(G, 0, 20, 0xe9b6c7aau, b, c, d, a)  \
	X(G, 5, 5, 0xd62f105du, a, b, c, d)   \
	X(G, 10, 9, 0x02441453u, d, a, b, c)  \
	X(G, 15, 14, 0xd8a1e681u, c, d, a, b) \
	X(G, 4, 20, 0xe7d3fbc8u, b, c, d, a)  \
	X(G, 9, 5, 0x21e1cde6u, a, b, c, d)   \
	X(G, 14, 9, 0xc33707d6u, d, a, b, c)  \
	X(G, 3, 14, 0xf4d50d87u, c, d, a, b)  \
	X(G, 8, 20, 0x455a14edu, b, c, d, a)  \
	X(G, 13, 5, 0xa9e3e905u, a, b, c, d)  \
	X(G, 2, 9, 0xfcefa3f8u, d, a, b, c)   \
	X(G, 7, 14, 0x676f02d9u, c, d, a, b)  \
	X(G, 12, 20, 0x8d2a4c8au, b, c, d, a) \
	X(H, 5, 4, 0xfffa3942u, a, b, c, d)   \
	X(H, 8, 11, 0x8771f681u, d, a, b, c)  \
	X(H, 11, 16, 0x6d9d6122u, c, d, a, b) \
	X(H, 14, 23, 0xfde5380cu, b, c, d, a) \
	X(H, 1, 4, 0xa4beea44u, a, b, c, d)   \
	X(H, 4, 11, 0x4bdecfa9u, d, a, b, c)  \
	X(H, 7, 16, 0xf6bb4b60u, c, d, a, b)  \
	X(H, 10, 23, 0xbebfbc70u, b, c, d, a) \
	X(H, 13, 4, 0x289b7ec6u, a, b, c, d)  \
	X(H, 0, 11, 0xeaa127fau, d, a, b, c)  \
	X(H, 3, 16, 0xd4ef3085u, c, d, a, b)  \
	X(H, 6, 23, 0x04881d05u, b, c, d, a)  \
	X(H, 9, 4, 0xd9d4d039u, a, b, c, d)   \
	X(H, 12, 11, 0xe6db99e5u, d, a, b, c) \
	X(H, 15, 16, 0x1fa27cf8u, c, d, a, b) \
	X(H, 2, 23, 0xc4ac5665u, b, c, d, a)  \
	X(I, 0, 6, 0xf4292244u, a, b, c, d)   \
	X(I, 7, 10, 0x432aff97u, d, a, b, c)  \
	X(I, 14, 15, 0xab9423a7u, c, d, a, b) \
	X(I, 5, 21, 0xfc93a039u, b, c, d, a)  \
	X(I, 12, 6, 0x655b59c3u, a, b, c, d)  \
	X(I, 3, 10, 0x8f0ccc92u, d, a, b, c)  \
	X(I, 10, 15, 0xffeff47du, c, d, a, b) \
	X(I, 1, 21, 0x85845dd1u, b, c, d, a)  \
	X(I, 8, 6, 0x6fa87e4fu, a, b, c, d)   \
	X(I, 15, 10, 0xfe2ce6e0u, d, a, b, c) \
	X(I, 6, 15, 0xa3014314u, c, d, a, b)  \
	X(I, 13, 21, 0x4e0811a1u, b, c, d, a) \
	X(I, 4, 6, 0xf7537e82u, a, b, c, d)   \
	X(I, 11, 10, 0xbd3af235u, d, a, b, c) \
	X(I, 2, 15, 0x2ad7d2bbu, c, d, a, b)  \
	X(I, 9, 21, 0xeb86d391u, b, c, d, a)

// What the outer digest of HMAC has seen when it is done, in bits: the key's block and 16 bytes.
#define AUTH_MD5_OUTER_BITS ((64 + 16) * 8)

#define AUTH_MD5_LANES_MAX 32

// A message on a lane: the blocks it has still to go.
struct auth_md5_lane {
	struct auth_md5_msg *msg;
	const uint8_t *const *blocks;
	uint32_t n_left;
};

// An engine of lanes: n_lanes of them work at once, each entry valid, some of them the same.
struct auth_md5_lanes {
	uint32_t n_lanes;
	void (*blocks)(const struct auth_md5_lane *lanes, uint32_t n_blocks);
	void (*outer)(const struct auth_md5_lane *lanes);
};

// auth_md5_run() on lanes.
void auth_md5_lanes_run(const struct auth_md5_lanes *width, struct auth_md5_msg *msgs, uint32_t n);

// The engines, each auth_md5_run() in itself.
void auth_md5_scalar_run(struct auth_md5_msg *msgs, uint32_t n);
void auth_md5_sse2_run(struct auth_md5_msg *msgs, uint32_t n);
void auth_md5_avx2_run(struct auth_md5_msg *msgs, uint32_t n);
void auth_md5_avx512_run(struct auth_md5_msg *msgs, uint32_t n);

// Parts of the scalar one: run what is left of a message, and its outer digest.
void auth_md5_scalar_blocks(uint32_t state[4], const uint8_t *const *blocks, uint32_t n_blocks);
void auth_md5_scalar_outer(struct auth_md5_msg *msg);
