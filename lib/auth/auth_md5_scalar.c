// SPDX-License-Identifier: BSD-3-Clause
// MD5 one message at a time, in plain C: for CPUs without wide lanes, and for a message or two. Any thread.
#include <string.h>

#include "auth_md5_engine.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as they lie");

#define F(b, c, d) ((((c) ^ (d)) & (b)) ^ (d))
#define G(b, c, d) ((((b) ^ (c)) & (d)) ^ (c))
#define H(b, c, d) ((b) ^ (c) ^ (d))
#define I(b, c, d) ((c) ^ ((b) | ~(d)))
#define ROT(v, s)  ((v) << (s) | (v) >> (32 - (s)))

static inline void compress(uint32_t state[4], const uint32_t x[16])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

#define ROW(f, word, s, sine, p, q, r, t)     \
	p += (x[word] + (sine)) + f(q, r, t); \
	p = ROT(p, s) + q;
	AUTH_MD5_STEPS(ROW)
#undef ROW
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void auth_md5_scalar_blocks(uint32_t state[4], const uint8_t *const *blocks, uint32_t n_blocks)
{
	for (uint32_t k = 0; k < n_blocks; k++) {
		uint32_t x[16];

		memcpy(x, blocks[k], sizeof(x));
		compress(state, x);
	}
}

void auth_md5_scalar_outer(struct auth_md5_msg *msg)
{
	uint32_t x[16] = {
		msg->state[0], msg->state[1], msg->state[2], msg->state[3], 0x80, [14] = AUTH_MD5_OUTER_BITS};

	memcpy(msg->state, msg->outer, sizeof(msg->state));
	compress(msg->state, x);
}

void auth_md5_scalar_run(struct auth_md5_msg *msgs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		auth_md5_scalar_blocks(msgs[i].state, msgs[i].blocks, msgs[i].n_blocks);
		if (msgs[i].outer != NULL)
			auth_md5_scalar_outer(&msgs[i]);
	}
}
