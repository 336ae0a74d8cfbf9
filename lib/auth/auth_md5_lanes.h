// SPDX-License-Identifier: BSD-3-Clause
// MD5 in SIMD lanes, written once for every width: a template. Include it in a .c file after
//
//	#define LANES_W      8                                  lanes of one vector: 4, 8 or 16
//	#define LANES_TARGET __attribute__((target("avx2")))    what its functions may use, or nothing
//	#define LANES_RUN    auth_md5_avx2_run                  name of the function that it makes
//
// Two vectors run interleaved (LANES_N), so that one works while the other waits for its step before. All
// lanes go through the same number of blocks; a lane that has nothing to do repeats another one's work, reads
// and writes what that one does, and so needs no mask. lib/auth only; any thread.
#include <string.h>

#include "auth_md5_engine.h"

#define LANES_N   2
#define LANES_ALL (LANES_W * LANES_N)
#define LANES_FN  LANES_TARGET static inline __attribute__((always_inline))

typedef uint32_t lanes_v4 __attribute__((vector_size(16)));
typedef uint32_t lanes_v __attribute__((vector_size(LANES_W * 4)));

// A vector of LANES_W / 4 pieces of 16 bytes: the shuffles below work on each piece by itself.
#if LANES_W == 4
#define LANES_LO32(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LANES_HI32(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define LANES_LO64(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define LANES_HI64(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#define LANES_JOIN(p)    ((p)[0])
#elif LANES_W == 8
#define LANES_LO32(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LANES_HI32(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LANES_LO64(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define LANES_HI64(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LANES_JOIN(p)    LANES_JOIN8((p)[0], (p)[1])
#elif LANES_W == 16
#define LANES_LO32(a, b) \
	__builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define LANES_HI32(a, b) \
	__builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LANES_LO64(a, b) \
	__builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define LANES_HI64(a, b) \
	__builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define LANES_JOIN(p)                                                                                       \
	__builtin_shufflevector(LANES_JOIN8((p)[0], (p)[1]), LANES_JOIN8((p)[2], (p)[3]), 0, 1, 2, 3, 4, 5, \
		6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#endif
#define LANES_JOIN8(a, b)  __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)
#define LANES_PIECE(v, at) __builtin_shufflevector(v, v, (at), (at) + 1, (at) + 2, (at) + 3)

// 16 bytes of every lane at at[lane] + off become four vectors of one word of every lane each. In piece q of
// a vector stand lanes 4q to 4q + 3.
LANES_FN void lanes_load4(lanes_v out[4], const void *const *at, uint32_t off)
{
	lanes_v row[4];

	for (uint32_t i = 0; i < 4; i++) {
		lanes_v4 piece[LANES_W / 4];

		for (uint32_t q = 0; q < LANES_W / 4; q++)
			memcpy(&piece[q], (const uint8_t *)at[4 * q + i] + off, sizeof(piece[q]));
		row[i] = LANES_JOIN(piece);
	}
	lanes_v low01 = LANES_LO32(row[0], row[1]);
	lanes_v high01 = LANES_HI32(row[0], row[1]);
	lanes_v low23 = LANES_LO32(row[2], row[3]);
	lanes_v high23 = LANES_HI32(row[2], row[3]);
	out[0] = LANES_LO64(low01, low23);
	out[1] = LANES_HI64(low01, low23);
	out[2] = LANES_LO64(high01, high23);
	out[3] = LANES_HI64(high01, high23);
}

LANES_FN void lanes_piece_store(uint32_t *const *at, uint32_t lane, lanes_v4 piece)
{
	memcpy(at[lane], &piece, sizeof(piece));
}

// The reverse, for states.
LANES_FN void lanes_store4(uint32_t *const *at, const lanes_v in[4])
{
	lanes_v low01 = LANES_LO32(in[0], in[1]);
	lanes_v high01 = LANES_HI32(in[0], in[1]);
	lanes_v low23 = LANES_LO32(in[2], in[3]);
	lanes_v high23 = LANES_HI32(in[2], in[3]);
	lanes_v row[4] = {LANES_LO64(low01, low23), LANES_HI64(low01, low23), LANES_LO64(high01, high23),
		LANES_HI64(high01, high23)};

	for (uint32_t i = 0; i < 4; i++) {
		lanes_piece_store(at, i, LANES_PIECE(row[i], 0));
#if LANES_W >= 8
		lanes_piece_store(at, 4 + i, LANES_PIECE(row[i], 4));
#endif
#if LANES_W == 16
		lanes_piece_store(at, 8 + i, LANES_PIECE(row[i], 8));
		lanes_piece_store(at, 12 + i, LANES_PIECE(row[i], 12));
#endif
	}
}

// RFC 1321's four functions, with as little as can be behind b, which is known last.
#define LANES_F(sum, b, c, d) (sum) + ((((c) ^ (d)) & (b)) ^ (d))
#define LANES_G(sum, b, c, d) ((sum) + ((c) & ~(d))) + ((b) & (d))
#define LANES_H(sum, b, c, d) (sum) + (((c) ^ (d)) ^ (b))
#define LANES_I(sum, b, c, d) (sum) + ((~(d) | (b)) ^ (c))
#define LANES_ROT(v, s)       ((v) << (s) | (v) >> (32 - (s)))
#define LANES_STEP(f, a, b, c, d, x, word, sine, s)     \
	a = LANES_##f(a + (x[word] + (sine)), b, c, d); \
	a = LANES_ROT(a, s) + b;

// One block of every lane: st is the states, x the words. Both vectors take each step together.
LANES_FN void lanes_compress(lanes_v st[LANES_N][4], lanes_v x[LANES_N][16])
{
	lanes_v a0 = st[0][0], b0 = st[0][1], c0 = st[0][2], d0 = st[0][3];
	lanes_v a1 = st[1][0], b1 = st[1][1], c1 = st[1][2], d1 = st[1][3];

#define ROW(f, word, s, sine, p, q, r, t)                          \
	LANES_STEP(f, p##0, q##0, r##0, t##0, x[0], word, sine, s) \
	LANES_STEP(f, p##1, q##1, r##1, t##1, x[1], word, sine, s)
	AUTH_MD5_STEPS(ROW)
#undef ROW
	st[0][0] += a0;
	st[0][1] += b0;
	st[0][2] += c0;
	st[0][3] += d0;
	st[1][0] += a1;
	st[1][1] += b1;
	st[1][2] += c1;
	st[1][3] += d1;
}

// n_blocks blocks of every lane.
LANES_TARGET static void lanes_blocks(const struct auth_md5_lane *lanes, uint32_t n_blocks)
{
	uint32_t *state[LANES_ALL];
	lanes_v st[LANES_N][4];
	lanes_v x[LANES_N][16];

	for (uint32_t l = 0; l < LANES_ALL; l++)
		state[l] = lanes[l].msg->state;
	for (uint32_t g = 0; g < LANES_N; g++)
		lanes_load4(st[g], (const void *const *)&state[g * LANES_W], 0);
	for (uint32_t k = 0; k < n_blocks; k++) {
		const void *at[LANES_ALL];

		for (uint32_t l = 0; l < LANES_ALL; l++)
			at[l] = lanes[l].blocks[k];
		for (uint32_t g = 0; g < LANES_N; g++) {
			for (uint32_t w = 0; w < 4; w++)
				lanes_load4(&x[g][4 * w], &at[g * LANES_W], 16 * w);
		}
		lanes_compress(st, x);
	}
	for (uint32_t g = 0; g < LANES_N; g++)
		lanes_store4(&state[g * LANES_W], st[g]);
}

// The outer digest of HMAC: the one block is the inner digest, which stands in registers once it is loaded,
// and constants.
LANES_TARGET static void lanes_outer(const struct auth_md5_lane *lanes)
{
	uint32_t *state[LANES_ALL];
	const void *outer[LANES_ALL];
	lanes_v st[LANES_N][4];
	lanes_v x[LANES_N][16];

	for (uint32_t l = 0; l < LANES_ALL; l++) {
		state[l] = lanes[l].msg->state;
		outer[l] = lanes[l].msg->outer;
	}
	for (uint32_t g = 0; g < LANES_N; g++) {
		lanes_load4(x[g], (const void *const *)&state[g * LANES_W], 0);
		lanes_load4(st[g], &outer[g * LANES_W], 0);
		for (uint32_t w = 4; w < 16; w++)
			x[g][w] = (lanes_v){0};
		x[g][4] += 0x80;
		x[g][14] += AUTH_MD5_OUTER_BITS;
	}
	lanes_compress(st, x);
	for (uint32_t g = 0; g < LANES_N; g++)
		lanes_store4(&state[g * LANES_W], st[g]);
}

static const struct auth_md5_lanes lanes_width = {
	.n_lanes = LANES_ALL,
	.blocks = lanes_blocks,
	.outer = lanes_outer,
};

void LANES_RUN(struct auth_md5_msg *msgs, uint32_t n)
{
	auth_md5_lanes_run(&lanes_width, msgs, n);
}
