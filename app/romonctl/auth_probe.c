// SPDX-License-Identifier: BSD-3-Clause
// The search of auth-probe. All schemes are tried on a sample of the frames; those that fit one are counted
// on all frames; then on a sample of what is left, until that finds nothing new. Main thread.
#include <stdlib.h>
#include <string.h>

#include "auth_digest.h"
#include "auth_probe.h"
#include "base_be.h"
#include "base_mac.h"
#include "base_secmem.h"
#include "out.h"
#include "wire_parse.h"

#define ETH_KEPT   12 // of the Ethernet header: the two addresses
#define SAMPLE_MAX 256
#define ROUNDS_MAX 16
#define SENDERS    1024 // whose counters are followed, a power of two; of more only some
#define BACK_MAX   10   // one step back in so many: a sender that restarted

// A signed frame in the arena: ETH_KEPT bytes, then the RoMON ones.
struct kept {
	size_t at;
	uint32_t len; // RoMON bytes
	bool is_explained;
};

struct auth_probe {
	uint8_t *secret; // base_secmem
	size_t secret_len;
	uint64_t counts[AUTH_PROBE_N_KINDS];
	uint8_t *arena;
	size_t arena_len;
	size_t arena_size;
	struct kept *frames;
	size_t n_frames;
	size_t frames_size;
	struct auth_probe_fit *fits;
	size_t n_fits;
	bool *is_found; // by index of auth_scheme_at()
};

struct auth_probe *auth_probe_create(const void *secret, size_t len)
{
	struct auth_probe *p = out_must(calloc(1, sizeof(*p)));

	p->secret = out_must(base_secmem_alloc(AUTH_SECRET_LEN_MAX));
	p->secret_len = len;
	memcpy(p->secret, secret, len);
	p->is_found = out_must(calloc(auth_scheme_count(), sizeof(*p->is_found)));
	return p;
}

void auth_probe_destroy(struct auth_probe *p)
{
	if (p == NULL)
		return;
	base_secmem_free(p->secret);
	free(p->arena);
	free(p->frames);
	free(p->fits);
	free(p->is_found);
	free(p);
}

static void frame_keep(struct auth_probe *p, const uint8_t *eth, const uint8_t *romon, uint32_t len)
{
	size_t need = p->arena_len + ETH_KEPT + len;

	if (need > p->arena_size) {
		p->arena_size = 2 * need;
		p->arena = out_must(realloc(p->arena, p->arena_size));
	}
	if (p->n_frames == p->frames_size) {
		p->frames_size = 2 * p->frames_size + 64;
		p->frames = out_must(realloc(p->frames, p->frames_size * sizeof(*p->frames)));
	}
	p->frames[p->n_frames++] = (struct kept){.at = p->arena_len, .len = len};
	memcpy(p->arena + p->arena_len, eth, ETH_KEPT);
	memcpy(p->arena + p->arena_len + ETH_KEPT, romon, len);
	p->arena_len = need;
}

static enum auth_probe_kind kind_of(const uint8_t *bytes, uint32_t captured, uint32_t off, uint32_t *len)
{
	static const uint8_t zero[AUTH_LEN];

	if (off == 0)
		return AUTH_PROBE_OTHER;
	if (captured - off < AUTH_FRAME_LEN_MIN)
		return AUTH_PROBE_BROKEN;
	uint32_t length = base_be16_load(bytes + off + 2); // with the Ethernet header
	if (length < WIRE_ETH_LEN + AUTH_FRAME_LEN_MIN || length - WIRE_ETH_LEN > captured - off)
		return AUTH_PROBE_BROKEN;
	*len = length - WIRE_ETH_LEN;
	return memcmp(bytes + off + AUTH_OFF, zero, AUTH_LEN) == 0 ? AUTH_PROBE_UNSIGNED : AUTH_PROBE_SIGNED;
}

enum auth_probe_kind auth_probe_add(struct auth_probe *p, const uint8_t *bytes, uint32_t captured)
{
	uint32_t off = wire_romon_find(bytes, captured);
	uint32_t len = 0;
	enum auth_probe_kind kind = kind_of(bytes, captured, off, &len);

	if (kind == AUTH_PROBE_SIGNED && p->arena_len + ETH_KEPT + len > AUTH_PROBE_BYTES_MAX)
		kind = AUTH_PROBE_FULL;
	if (kind == AUTH_PROBE_SIGNED)
		frame_keep(p, bytes, bytes + off, len);
	p->counts[kind]++;
	return kind;
}

uint64_t auth_probe_count(const struct auth_probe *p, enum auth_probe_kind kind)
{
	return p->counts[kind];
}

static const uint8_t *frame_romon(const struct auth_probe *p, const struct kept *frame)
{
	return p->arena + frame->at + ETH_KEPT;
}

// Which of n frames (at most SAMPLE_MAX), given by their indexes, are good under key's scheme? Returns how
// many.
static uint32_t frames_check(
	const struct auth_probe *p, const struct auth_key *key, const size_t *idx, uint32_t n, bool *is_good)
{
	static struct auth_job jobs[SAMPLE_MAX];
	uint32_t n_good = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct kept *f = &p->frames[idx[i]];

		jobs[i] = (struct auth_job){
			.key = key, .eth = p->arena + f->at, .romon = frame_romon(p, f), .len = f->len};
	}
	auth_digest_bulk(jobs, n);
	for (uint32_t i = 0; i < n; i++) {
		is_good[i] =
			auth_digest_equal(jobs[i].digest, jobs[i].romon + AUTH_OFF + key->scheme.digest_off);
		n_good += is_good[i];
	}
	return n_good;
}

// A well mixed number for each frame: sums of them tell sets apart.
static uint64_t mix(uint64_t x)
{
	x = (x + 1) * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

// Counters of senders, the last one of each: a table that forgets when two share a place.
struct sender {
	uint64_t mac;
	uint64_t value;
	const uint8_t *auth;
};

struct growth {
	uint64_t n_steps;
	uint64_t n_back;
	double travelled; // sum of all steps that grew
};

// How the counter of s behaves over the frames that fit.
static struct growth growth_of(
	const struct auth_probe *p, const struct auth_scheme *s, const bool *is_good, struct sender *senders)
{
	struct growth g = {0};

	memset(senders, 0, SENDERS * sizeof(*senders));
	for (size_t i = 0; i < p->n_frames; i++) {
		const uint8_t *auth = frame_romon(p, &p->frames[i]) + AUTH_OFF;
		uint64_t mac = base_mac_u64((const struct base_mac *)(p->arena + p->frames[i].at + 6));
		struct sender *sender = &senders[mix(mac) % SENDERS];

		if (!is_good[i])
			continue;
		uint64_t value = auth_counter_load(s, auth);
		bool is_copy = sender->mac == mac && sender->auth != NULL &&
			       memcmp(sender->auth, auth, AUTH_LEN) == 0; // seen on two interfaces
		if (sender->mac == mac && sender->auth != NULL && !is_copy) {
			g.n_steps++;
			g.n_back += value <= sender->value;
			g.travelled += value > sender->value ? (double)(value - sender->value) : 0;
		}
		*sender = (struct sender){.mac = mac, .value = value, .auth = auth};
	}
	return g;
}

// The counter: where the 8 free bytes hold a number that grows from frame to frame of each sender, in the
// smallest steps. Wider ones come first and win where the steps are equal.
static void counter_find(const struct auth_probe *p, struct auth_probe_fit *fit, const bool *is_good)
{
	static const enum auth_counter kinds[] = {
		AUTH_COUNTER_BE64, AUTH_COUNTER_LE64, AUTH_COUNTER_BE32, AUTH_COUNTER_LE32};
	struct sender *senders = out_must(calloc(SENDERS, sizeof(*senders)));
	struct auth_scheme none = fit->scheme;
	double best = 0;

	for (size_t k = 0; k < BASE_ARRAY_LEN(kinds); k++) {
		for (uint8_t off = 0; off < AUTH_LEN; off += 4) {
			struct auth_scheme s = none;

			s.counter = (uint8_t)kinds[k];
			s.counter_off = off;
			if (!auth_scheme_is_valid(&s))
				continue;
			struct growth g = growth_of(p, &s, is_good, senders);
			bool grows = g.n_steps > 0 && g.n_back * BACK_MAX <= g.n_steps;
			fit->n_steps = g.n_steps;
			if (!grows || (best > 0 && g.travelled >= best))
				continue;
			best = g.travelled;
			fit->scheme = s;
			fit->n_back = g.n_back;
		}
	}
	free(senders);
}

// Count scheme idx on all frames.
static void fit_count(struct auth_probe *p, uint32_t idx)
{
	struct auth_probe_fit fit = {.scheme = auth_scheme_at(idx), .idx = idx};
	bool *is_good = out_must(calloc(p->n_frames, sizeof(*is_good)));
	size_t which[SAMPLE_MAX];
	struct auth_key key;

	auth_key_init(&key, &fit.scheme, p->secret, p->secret_len);
	for (size_t at = 0; at < p->n_frames; at += SAMPLE_MAX) {
		uint32_t n = (uint32_t)(p->n_frames - at < SAMPLE_MAX ? p->n_frames - at : SAMPLE_MAX);

		for (uint32_t i = 0; i < n; i++)
			which[i] = at + i;
		fit.n_frames += frames_check(p, &key, which, n, is_good + at);
	}
	auth_key_wipe(&key);
	for (size_t i = 0; i < p->n_frames; i++) {
		p->frames[i].is_explained |= is_good[i];
		fit.set += is_good[i] ? mix(i) : 0;
	}
	counter_find(p, &fit, is_good);
	free(is_good);
	p->fits = out_must(realloc(p->fits, (p->n_fits + 1) * sizeof(*p->fits)));
	p->fits[p->n_fits++] = fit;
}

// Frames that no scheme explains, spread over the whole file.
static uint32_t sample_take(const struct auth_probe *p, size_t which[SAMPLE_MAX])
{
	uint64_t n_left = auth_probe_n_unexplained(p);
	uint64_t seen = 0;
	uint32_t n = 0;

	for (size_t i = 0; i < p->n_frames && n < SAMPLE_MAX; i++) {
		if (p->frames[i].is_explained)
			continue;
		if (n_left <= SAMPLE_MAX || seen * SAMPLE_MAX / n_left >= n)
			which[n++] = i;
		seen++;
	}
	return n;
}

static int fit_order(const void *a, const void *b)
{
	const struct auth_probe_fit *x = a;
	const struct auth_probe_fit *y = b;

	if (x->n_frames != y->n_frames)
		return x->n_frames > y->n_frames ? -1 : 1;
	if (x->set != y->set)
		return x->set > y->set ? -1 : 1;
	if (x->scheme.pad != y->scheme.pad)
		return x->scheme.pad < y->scheme.pad ? -1 : 1; // raw is the plainest
	return x->idx < y->idx ? -1 : 1;
}

// One round on a sample. Returns whether it found something.
static bool round_run(struct auth_probe *p, unsigned round, auth_probe_progress_fn progress, void *ctx)
{
	size_t which[SAMPLE_MAX];
	bool is_good[SAMPLE_MAX];
	uint32_t n = sample_take(p, which);
	uint32_t n_schemes = auth_scheme_count();
	size_t n_before = p->n_fits;
	struct auth_key key;

	for (uint32_t idx = 0; n > 0 && idx < n_schemes; idx++) {
		struct auth_scheme s = auth_scheme_at(idx);

		if (progress != NULL)
			progress(ctx, (round * n_schemes + idx) * 1000 / (ROUNDS_MAX * n_schemes));
		if (p->is_found[idx])
			continue;
		auth_key_init(&key, &s, p->secret, p->secret_len);
		p->is_found[idx] = frames_check(p, &key, which, n, is_good) > 0;
		auth_key_wipe(&key);
		if (p->is_found[idx])
			fit_count(p, idx);
	}
	return p->n_fits > n_before;
}

void auth_probe_run(struct auth_probe *p, auth_probe_progress_fn progress, void *ctx)
{
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		if (!round_run(p, round, progress, ctx))
			break;
	}
	if (p->n_fits > 0)
		qsort(p->fits, p->n_fits, sizeof(*p->fits), fit_order);
}

const struct auth_probe_fit *auth_probe_fits(const struct auth_probe *p, size_t *n)
{
	*n = p->n_fits;
	return p->fits;
}

uint64_t auth_probe_n_unexplained(const struct auth_probe *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->n_frames; i++)
		n += !p->frames[i].is_explained;
	return n;
}
