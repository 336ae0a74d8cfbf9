// SPDX-License-Identifier: BSD-3-Clause
// Cuts what a digest covers into blocks: whole blocks are pointed to in the frame, the first and last ones,
// with secret, pseudo-header, auth bytes and padding, are put together beside it. Any thread.
#include "auth_digest.h"

#include <string.h>

#include "auth_md5.h"

#define BLOCK AUTH_MD5_BLOCK_LEN

// What is in front of the bytes behind the auth field: secret, source, Ethernet header, up to the auth
// field's end.
#define HEAD_LEN_MAX (AUTH_SECRET_LEN_MAX + 6 + 14 + AUTH_FRAME_LEN_MIN)
// Blocks that one job may need beside the frame: the head, filled up; and a rest, the secret, the padding.
#define SIDE_BLOCKS_MAX \
	((HEAD_LEN_MAX + BLOCK - 1) / BLOCK + (63 + AUTH_SECRET_LEN_MAX + 9 + BLOCK - 1) / BLOCK)
#define JOBS_MAX     64 // of one pass
#define POINTERS_MAX 2048

_Static_assert(AUTH_FRAME_LEN_MAX / BLOCK + SIDE_BLOCKS_MAX <= POINTERS_MAX, "any one job fits");

// One pass: messages, their blocks beside the frames, and pointers to all of them.
struct pass {
	bool holds_secrets; // in side: of keys that are not HMAC
	uint32_t n_side;
	uint32_t n_pointers;
	struct auth_md5_msg msgs[JOBS_MAX];
	const uint8_t *pointers[POINTERS_MAX];
	uint8_t side[JOBS_MAX * SIDE_BLOCKS_MAX][BLOCK] __attribute__((aligned(64)));
};

static void block_run(uint32_t state[4], const uint8_t *block)
{
	struct auth_md5_msg m = {.blocks = &block, .n_blocks = 1};

	memcpy(m.state, state, sizeof(m.state));
	auth_md5_run(&m, 1);
	memcpy(state, m.state, sizeof(m.state));
}

// Clear what functions that returned left of secrets on the stack, in copies of the compiler's own.
static __attribute__((noinline)) void stack_wipe(void)
{
	uint8_t below[2048];

	explicit_bzero(below, sizeof(below));
}

// state = the initial one after one block of secret, each byte with mask.
static __attribute__((noinline)) void state_init(uint32_t state[4], const struct auth_key *key, uint8_t mask)
{
	uint8_t block[BLOCK];

	for (uint32_t i = 0; i < BLOCK; i++)
		block[i] = key->secret[i] ^ mask;
	memcpy(state, auth_md5_init, 16);
	block_run(state, block);
	explicit_bzero(block, sizeof(block));
}

static size_t padded_len(enum auth_pad pad, size_t len)
{
	switch (pad) {
	case AUTH_PAD_PAD16:
		return 16;
	case AUTH_PAD_PAD64:
		return 64;
	case AUTH_PAD_RAW:
	case AUTH_PAD_INVALID:
	case AUTH_N_PADS:
		break;
	}
	return len;
}

static bool has_head(const struct auth_scheme *s)
{
	return s->keyed == AUTH_KEYED_PREFIX || s->keyed == AUTH_KEYED_BOTH;
}

static bool has_tail(const struct auth_scheme *s)
{
	return s->keyed == AUTH_KEYED_SUFFIX || s->keyed == AUTH_KEYED_BOTH;
}

void auth_key_init(struct auth_key *key, const struct auth_scheme *s, const void *secret, size_t len)
{
	size_t used = padded_len((enum auth_pad)s->pad, len);

	memset(key, 0, sizeof(*key));
	key->scheme = *s;
	key->counters = auth_scheme_counters(s);
	memcpy(key->secret, secret, len < used ? len : used);
	if (s->field == AUTH_FIELD_SECRET)
		memcpy(key->field, secret, len < sizeof(key->field) ? len : sizeof(key->field));
	key->head_len = has_head(s) ? (uint8_t)used : 0;
	key->tail_len = has_tail(s) ? (uint8_t)used : 0;
	if (s->keyed == AUTH_KEYED_HMAC) {
		state_init(key->inner, key, 0x36);
		state_init(key->outer, key, 0x5c);
		key->n_blocks_done = 1;
	} else if (key->head_len == BLOCK) {
		state_init(key->inner, key, 0);
		key->n_blocks_done = 1;
		key->head_len = 0;
	} else {
		memcpy(key->inner, auth_md5_init, sizeof(key->inner));
	}
	stack_wipe();
}

void auth_key_wipe(struct auth_key *key)
{
	explicit_bzero(key, sizeof(*key));
}

// Up to 64 bytes in moves of constant length, two of which may overlap: a memcpy() of a length that is not
// constant costs more than a block of MD5 in a lane.
static inline uint8_t *put(uint8_t *at, const uint8_t *bytes, uint32_t len)
{
	if (len >= 32) {
		memcpy(at, bytes, 32);
		memcpy(at + len - 32, bytes + len - 32, 32);
	} else if (len >= 16) {
		memcpy(at, bytes, 16);
		memcpy(at + len - 16, bytes + len - 16, 16);
	} else if (len >= 8) {
		memcpy(at, bytes, 8);
		memcpy(at + len - 8, bytes + len - 8, 8);
	} else if (len >= 4) {
		memcpy(at, bytes, 4);
		memcpy(at + len - 4, bytes + len - 4, 4);
	} else {
		for (uint32_t i = 0; i < len; i++)
			at[i] = bytes[i];
	}
	return at + len;
}

// Zero bytes up to end, at least 8 of them.
static inline void zero_put(uint8_t *at, uint8_t *end)
{
	if (end - at < 16) {
		memset(at, 0, 8);
		memset(end - 8, 0, 8);
		return;
	}
	for (; end - at > 16; at += 16)
		memset(at, 0, 16);
	memset(end - 16, 0, 16);
}

static bool covers_source(const struct auth_scheme *s)
{
	return s->cover == AUTH_COVER_SOURCE_ROMON || s->cover == AUTH_COVER_SOURCE_ETHERNET;
}

static bool covers_ethernet(const struct auth_scheme *s)
{
	return s->cover == AUTH_COVER_ETHERNET || s->cover == AUTH_COVER_SOURCE_ETHERNET;
}

// head_put() of romond-1 in moves of constant length: the digest's field goes over what was moved of it; and
// of rest what fills the block.
static inline void head_block_put(uint8_t *at, const struct auth_job *job)
{
	memcpy(at, job->eth + 6, 6);
	memcpy(at + 6, job->romon, 16);
	memcpy(at + 18, job->key->field, AUTH_DIGEST_LEN);
	memcpy(at + 34, job->romon + AUTH_FRAME_LEN_MIN, 30);
}

#define HEAD_BLOCK_REST 30

// Is the above what head_put() does, for this frame?
static inline bool is_head_block(const struct auth_job *job)
{
	const struct auth_scheme *s = &job->key->scheme;

	return s->cover == AUTH_COVER_SOURCE_ROMON && s->digest_off == 8 && s->field != AUTH_FIELD_OUT &&
	       job->key->head_len == 0 && job->len >= AUTH_FRAME_LEN_MIN + HEAD_BLOCK_REST;
}

// Everything that is covered up to the end of the auth bytes, with the secret in front; returns its end.
static uint8_t *head_put(uint8_t *at, const struct auth_job *job)
{
	static const uint8_t ethertype[2] = {0x88, 0xbf};
	const struct auth_key *key = job->key;
	const struct auth_scheme *s = &key->scheme;
	const uint8_t *auth = job->romon + AUTH_OFF;
	uint32_t behind = s->digest_off + AUTH_DIGEST_LEN;

	at = put(at, key->secret, key->head_len);
	if (covers_source(s))
		at = put(at, job->eth + 6, 6);
	if (covers_ethernet(s)) {
		at = put(at, job->eth, 12);
		at = put(at, ethertype, sizeof(ethertype)); // also where a VLAN tag stands
	}
	at = put(at, job->romon, AUTH_OFF + s->digest_off);
	if (s->field != AUTH_FIELD_OUT)
		at = put(at, key->field, sizeof(key->field));
	return put(
		at, auth + behind, (AUTH_LEN - behind) % AUTH_LEN); // the compiler does not know digest_off
}

static void length_put(uint8_t *end_of_block, uint64_t n_bytes)
{
	uint64_t n_bits = n_bytes * 8;

	memcpy(end_of_block - sizeof(n_bits), &n_bits, sizeof(n_bits));
}

// Cut one job into blocks at the end of the pass.
static void job_cut(struct pass *p, const struct auth_job *job, struct auth_md5_msg *m)
{
	const struct auth_key *key = job->key;
	uint8_t *begin = p->side[p->n_side];
	bool is_block = is_head_block(job);
	uint8_t *at = is_block ? begin + BLOCK - HEAD_BLOCK_REST : head_put(begin, job);
	const uint8_t *rest = job->romon + AUTH_FRAME_LEN_MIN;
	uint32_t rest_len = job->len - AUTH_FRAME_LEN_MIN;
	uint64_t n_bytes = (uint64_t)(at - begin) + rest_len + key->tail_len + key->n_blocks_done * BLOCK;
	uint32_t fill = (uint32_t)(begin - at) % BLOCK;
	const uint8_t **out = &p->pointers[p->n_pointers];

	m->blocks = out;
	p->holds_secrets |= key->head_len + key->tail_len > 0 || key->scheme.field == AUTH_FIELD_SECRET;
	memcpy(m->state, key->inner, sizeof(m->state));
	m->outer = key->scheme.keyed == AUTH_KEYED_HMAC ? key->outer : NULL;
	if (fill <= rest_len) { // the head ends at a block's border, and whole blocks of the frame follow
		if (is_block) {
			head_block_put(begin, job);
			at += HEAD_BLOCK_REST;
		} else {
			at = put(at, rest, fill);
		}
		for (const uint8_t *b = begin; b < at; b += BLOCK)
			*out++ = b;
		for (rest += fill, rest_len -= fill; rest_len >= BLOCK; rest += BLOCK, rest_len -= BLOCK)
			*out++ = rest;
		p->n_side += (uint32_t)(at - begin) / BLOCK;
		begin = at;
	}
	at = put(at, rest, rest_len);
	at = put(at, key->secret, key->tail_len);
	uint32_t n_tail = ((uint32_t)(at - begin) + 9 + BLOCK - 1) / BLOCK;
	uint8_t *end = begin + n_tail * BLOCK;
	*at++ = 0x80;
	zero_put(at, end);
	length_put(end, n_bytes);
	for (const uint8_t *b = begin; b < end; b += BLOCK)
		*out++ = b;
	p->n_side += n_tail;
	m->n_blocks = (uint32_t)(out - m->blocks);
	p->n_pointers += m->n_blocks;
}

// Cut as many jobs as there is room for; returns how many.
static uint32_t pass_fill(struct pass *p, const struct auth_job *jobs, uint32_t n)
{
	uint32_t i = 0;

	p->n_side = 0;
	p->n_pointers = 0;
	while (i < n && i < JOBS_MAX &&
		p->n_pointers + jobs[i].len / BLOCK + SIDE_BLOCKS_MAX <= POINTERS_MAX) {
		job_cut(p, &jobs[i], &p->msgs[i]);
		i++;
	}
	return i;
}

void auth_digest_bulk(struct auth_job *jobs, uint32_t n)
{
	struct pass p;
	uint32_t n_side = 0;

	p.holds_secrets = false;
	while (n > 0) {
		uint32_t n_now = pass_fill(&p, jobs, n);

		auth_md5_run(p.msgs, n_now);
		for (uint32_t i = 0; i < n_now; i++)
			memcpy(jobs[i].digest, p.msgs[i].state, AUTH_DIGEST_LEN);
		n_side = p.n_side > n_side ? p.n_side : n_side;
		jobs += n_now;
		n -= n_now;
	}
	if (p.holds_secrets)
		explicit_bzero(p.side, (size_t)n_side * BLOCK);
}
