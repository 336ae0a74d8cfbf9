// SPDX-License-Identifier: BSD-3-Clause
// Which engine, and how messages share its lanes. Any thread; the choice is made once.
#include <stdatomic.h>

#include "auth_md5_engine.h"

const uint32_t auth_md5_init[4] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};

// Messages that share lanes; more of them go in several turns.
#define SHARE_MAX 256
// Fewer messages than this are faster one at a time.
#define LANES_MIN 3

// Set before workers run, or by whoever is first; every thread would choose the same.
static _Atomic int engine_in_use;

bool auth_md5_engine_is_here(enum auth_md5_engine engine)
{
	switch (engine) {
	case AUTH_MD5_SCALAR:
	case AUTH_MD5_SSE2:
		return true;
	case AUTH_MD5_AVX2:
		return __builtin_cpu_supports("avx2") != 0;
	case AUTH_MD5_AVX512:
		return __builtin_cpu_supports("avx512f") != 0;
	case AUTH_MD5_INVALID:
	case AUTH_MD5_N_ENGINES:
		break;
	}
	return false;
}

enum auth_md5_engine auth_md5_engine(void)
{
	int engine = atomic_load_explicit(&engine_in_use, memory_order_relaxed);

	if (engine == AUTH_MD5_INVALID) {
		engine = AUTH_MD5_AVX512;
		while (!auth_md5_engine_is_here((enum auth_md5_engine)engine))
			engine--;
		atomic_store_explicit(&engine_in_use, engine, memory_order_relaxed);
	}
	return (enum auth_md5_engine)engine;
}

int auth_md5_engine_set(enum auth_md5_engine engine)
{
	if (!auth_md5_engine_is_here(engine))
		return base_errno_set(ENOTSUP);
	atomic_store_explicit(&engine_in_use, (int)engine, memory_order_relaxed);
	return 0;
}

const char *auth_md5_engine_name(enum auth_md5_engine engine)
{
	static const char *const names[AUTH_MD5_N_ENGINES] = {
#define X(id, name) [AUTH_MD5_##id] = (name),
		AUTH_MD5_ENGINES(X)
#undef X
	};

	return engine < AUTH_MD5_N_ENGINES && names[engine] != NULL ? names[engine] : "none";
}

void auth_md5_run(struct auth_md5_msg *msgs, uint32_t n)
{
	switch (auth_md5_engine()) {
	case AUTH_MD5_AVX512:
		auth_md5_avx512_run(msgs, n);
		break;
	case AUTH_MD5_AVX2:
		auth_md5_avx2_run(msgs, n);
		break;
	case AUTH_MD5_SSE2:
		auth_md5_sse2_run(msgs, n);
		break;
	case AUTH_MD5_SCALAR:
	case AUTH_MD5_INVALID:
	case AUTH_MD5_N_ENGINES:
		auth_md5_scalar_run(msgs, n);
		break;
	}
}

// Messages by length, the longest first: lanes that share a pass are then nearly equal, and at the end no
// long one runs alone. What is longer than the last of the buckets is not sorted further.
static void order_make(const struct auth_md5_msg *msgs, uint8_t *order, uint32_t n)
{
	enum { N_BUCKETS = 32 };
	uint32_t begin[N_BUCKETS + 1] = {0};
	bool is_even = true;

	for (uint32_t i = 0; i < n; i++) {
		is_even &= msgs[i].n_blocks == msgs[0].n_blocks;
		order[i] = (uint8_t)i;
	}
	if (is_even)
		return;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = msgs[i].n_blocks < N_BUCKETS ? msgs[i].n_blocks : N_BUCKETS - 1;

		begin[N_BUCKETS - len]++;
	}
	for (uint32_t k = 1; k <= N_BUCKETS; k++)
		begin[k] += begin[k - 1];
	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = msgs[i].n_blocks < N_BUCKETS ? msgs[i].n_blocks : N_BUCKETS - 1;

		order[begin[N_BUCKETS - 1 - len]++] = (uint8_t)i;
	}
}

// Give free lanes messages from *next on; returns the lanes that are busy then, moved to the front.
static uint32_t lanes_fill(struct auth_md5_lane *lanes, uint32_t n_busy, uint32_t n_lanes,
	struct auth_md5_msg *msgs, const uint8_t *order, uint32_t n, uint32_t *next)
{
	while (n_busy < n_lanes && *next < n) {
		struct auth_md5_msg *m = &msgs[order[(*next)++]];

		if (m->n_blocks > 0)
			lanes[n_busy++] = (struct auth_md5_lane){m, m->blocks, m->n_blocks};
	}
	return n_busy;
}

// Run the lanes until the first of them is done; returns those that are still busy.
static uint32_t lanes_pass(const struct auth_md5_lanes *width, struct auth_md5_lane *lanes, uint32_t n_busy)
{
	uint32_t n_blocks = lanes[0].n_left;
	uint32_t n_left = 0;

	for (uint32_t l = 1; l < n_busy; l++)
		n_blocks = lanes[l].n_left < n_blocks ? lanes[l].n_left : n_blocks;
	for (uint32_t l = n_busy; l < width->n_lanes; l++)
		lanes[l] = lanes[0]; // does the same work, to the same end
	width->blocks(lanes, n_blocks);
	for (uint32_t l = 0; l < n_busy; l++) {
		lanes[l].blocks += n_blocks;
		lanes[l].n_left -= n_blocks;
		if (lanes[l].n_left > 0)
			lanes[n_left++] = lanes[l];
	}
	return n_left;
}

static void inner_run(
	const struct auth_md5_lanes *width, struct auth_md5_msg *msgs, const uint8_t *order, uint32_t n)
{
	struct auth_md5_lane lanes[AUTH_MD5_LANES_MAX];
	uint32_t next = 0;
	uint32_t n_busy = 0;

	for (;;) {
		n_busy = lanes_fill(lanes, n_busy, width->n_lanes, msgs, order, n, &next);
		if (n_busy < LANES_MIN)
			break;
		n_busy = lanes_pass(width, lanes, n_busy);
	}
	for (uint32_t l = 0; l < n_busy; l++)
		auth_md5_scalar_blocks(lanes[l].msg->state, lanes[l].blocks, lanes[l].n_left);
}

static void outer_run(const struct auth_md5_lanes *width, struct auth_md5_msg *msgs, uint32_t n)
{
	struct auth_md5_lane lanes[AUTH_MD5_LANES_MAX];
	uint32_t n_busy = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (msgs[i].outer != NULL)
			lanes[n_busy++].msg = &msgs[i];
		if (n_busy < width->n_lanes && (i + 1 < n || n_busy < LANES_MIN))
			continue;
		for (uint32_t l = n_busy; l < width->n_lanes; l++)
			lanes[l] = lanes[0];
		width->outer(lanes);
		n_busy = 0;
	}
	for (uint32_t l = 0; l < n_busy; l++)
		auth_md5_scalar_outer(lanes[l].msg);
}

void auth_md5_lanes_run(const struct auth_md5_lanes *width, struct auth_md5_msg *msgs, uint32_t n)
{
	while (n > 0) {
		uint8_t order[SHARE_MAX];
		uint32_t n_now = n < SHARE_MAX ? n : SHARE_MAX;

		order_make(msgs, order, n_now);
		inner_run(width, msgs, order, n_now);
		outer_run(width, msgs, n_now);
		msgs += n_now;
		n -= n_now;
	}
}
