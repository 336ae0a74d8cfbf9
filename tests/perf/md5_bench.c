// SPDX-License-Identifier: BSD-3-Clause
// Digests a second of lib/auth beside intel-ipsec-mb's HMAC-MD5 and OpenSSL's one at a time, on the same
// frames in one process, in turns. What scripts/bench reads for its row P6. Every side's digests are
// compared.
//
//	md5_bench [-l FRAME_BYTES] [-b BURST] [-n TRIALS] [-m TRIAL_MS]
//
// Prints one JSON object: digests a second of each trial, by side. `lanes2` is `lanes` once more: what two
// equal sides differ by. intel-ipsec-mb gets the Ethernet source and the frame as one piece, which saves it a
// copy; it hashes one byte string a job, and ours reads both where they lie.
#include <intel-ipsec-mb.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth_digest.h"
#include "auth_md5.h"
#include "base_err.h"
#include "perf_options.h"

#define BURST_MAX  256
#define FRAME_MAX  2048
#define TRIALS_MAX 100
#define ETH_LEN    14
#define MAC_LEN    6

static const char secret[] = "a-secret-of-the-bench";

struct bench {
	uint32_t frame_len; // with the Ethernet header
	uint32_t burst;
	struct auth_key key;
	IMB_MGR *imb;
	uint8_t ipad[16];
	uint8_t opad[16];
	uint8_t frames[BURST_MAX][FRAME_MAX];
	uint8_t pieces[BURST_MAX][FRAME_MAX]; // source and RoMON bytes, the digest field zero
	uint8_t digests[BURST_MAX][16];
};

static void frames_make(struct bench *b)
{
	uint64_t x = 88172645463325252ull;

	for (uint32_t i = 0; i < BURST_MAX; i++) {
		for (uint32_t k = 0; k < b->frame_len; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			b->frames[i][k] = (uint8_t)(x >> 32);
		}
		memcpy(b->pieces[i], b->frames[i] + MAC_LEN, MAC_LEN);
		memcpy(b->pieces[i] + MAC_LEN, b->frames[i] + ETH_LEN, b->frame_len - ETH_LEN);
		memset(b->pieces[i] + MAC_LEN + AUTH_OFF + auth_scheme_romond_1.digest_off, 0,
			AUTH_DIGEST_LEN);
	}
}

static uint32_t piece_len(const struct bench *b)
{
	return b->frame_len - ETH_LEN + MAC_LEN;
}

static void lanes_burst(struct bench *b)
{
	struct auth_job jobs[BURST_MAX];

	for (uint32_t i = 0; i < b->burst; i++) {
		jobs[i].key = &b->key;
		jobs[i].eth = b->frames[i];
		jobs[i].romon = b->frames[i] + ETH_LEN;
		jobs[i].len = b->frame_len - ETH_LEN;
	}
	auth_digest_bulk(jobs, b->burst);
	for (uint32_t i = 0; i < b->burst; i++)
		memcpy(b->digests[i], jobs[i].digest, 16);
}

static void imb_burst(struct bench *b)
{
	for (uint32_t i = 0; i < b->burst; i++) {
		IMB_JOB *job = IMB_GET_NEXT_JOB(b->imb);

		job->cipher_mode = IMB_CIPHER_NULL;
		job->cipher_direction = IMB_DIR_ENCRYPT;
		job->chain_order = IMB_ORDER_HASH_CIPHER;
		job->hash_alg = IMB_AUTH_MD5;
		job->src = b->pieces[i];
		job->hash_start_src_offset_in_bytes = 0;
		job->msg_len_to_hash_in_bytes = piece_len(b);
		job->u.HMAC._hashed_auth_key_xor_ipad = b->ipad;
		job->u.HMAC._hashed_auth_key_xor_opad = b->opad;
		job->auth_tag_output = b->digests[i];
		job->auth_tag_output_len_in_bytes = 16;
		IMB_SUBMIT_JOB_NOCHECK(b->imb);
	}
	while (IMB_FLUSH_JOB(b->imb) != NULL)
		;
}

static void openssl_burst(struct bench *b)
{
	unsigned len = 16;

	for (uint32_t i = 0; i < b->burst; i++)
		HMAC(EVP_md5(), secret, (int)strlen(secret), b->pieces[i], piece_len(b), b->digests[i], &len);
}

struct side {
	const char *name;
	void (*burst)(struct bench *b);
	bool is_scalar;
};

static const struct side sides[] = {
	{"lanes", lanes_burst, false},
	{"ipsec-mb", imb_burst, false},
	{"scalar", lanes_burst, true},
	{"lanes2", lanes_burst, false},
	{"openssl", openssl_burst, false},
};
#define N_SIDES (sizeof(sides) / sizeof(sides[0]))

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void engine_for(const struct side *side, enum auth_md5_engine best)
{
	if (auth_md5_engine_set(side->is_scalar ? AUTH_MD5_SCALAR : best) != 0)
		abort();
}

static double rate(struct bench *b, const struct side *side, double trial_s)
{
	double begin = now_s();
	double end = begin;
	uint64_t n = 0;

	while (end - begin < trial_s) {
		for (uint32_t i = 0; i < 64; i++)
			side->burst(b);
		n += 64 * b->burst;
		end = now_s();
	}
	return (double)n / (end - begin);
}

// Do all sides make the digests that OpenSSL makes?
static bool sides_agree(struct bench *b, enum auth_md5_engine best)
{
	static uint8_t want[BURST_MAX][16];

	openssl_burst(b);
	memcpy(want, b->digests, sizeof(want));
	for (size_t s = 0; s < N_SIDES; s++) {
		memset(b->digests, 0, sizeof(b->digests));
		engine_for(&sides[s], best);
		sides[s].burst(b);
		if (memcmp(want, b->digests, b->burst * 16) != 0) {
			fprintf(stderr, "md5_bench: digests of %s are wrong\n", sides[s].name);
			return false;
		}
	}
	return true;
}

static void results_print(const struct bench *b, uint32_t n_trials, double rates[N_SIDES][TRIALS_MAX],
	enum auth_md5_engine best)
{
	printf("{\"frame-bytes\": %u, \"burst\": %u, \"engine\": \"%s\", \"rates\": {", b->frame_len,
		b->burst, auth_md5_engine_name(best));
	for (size_t s = 0; s < N_SIDES; s++) {
		printf("%s", s > 0 ? ", " : "");
		perf_rates_print(sides[s].name, rates[s], n_trials);
	}
	printf("}}\n");
}

static bool imb_start(struct bench *b)
{
	b->imb = alloc_mb_mgr(0);
	if (b->imb == NULL)
		return false;
	init_mb_mgr_auto(b->imb, NULL);
	memcpy(b->ipad, b->key.inner, 16); // states as they lie: what the library wants
	memcpy(b->opad, b->key.outer, 16);
	return true;
}

int main(int argc, char **argv)
{
	static struct bench b = {.frame_len = 126, .burst = 64};
	static double rates[N_SIDES][TRIALS_MAX];
	enum auth_md5_engine best = auth_md5_engine();
	uint32_t n_trials = 10;
	uint32_t trial_ms = 1000;
	const struct perf_number numbers[] = {
		{'l', 60, FRAME_MAX, &b.frame_len},
		{'b', 1, BURST_MAX, &b.burst},
		{'n', 1, TRIALS_MAX, &n_trials},
		{'m', 1, UINT32_MAX, &trial_ms},
	};

	if (perf_option_next(argc, argv, "l:b:n:m:", numbers, BASE_ARRAY_LEN(numbers)) != -1)
		return 2;
	auth_key_init(&b.key, &auth_scheme_romond_1, secret, strlen(secret));
	frames_make(&b);
	if (!imb_start(&b) || !sides_agree(&b, best))
		return 1;
	for (uint32_t t = 0; t < n_trials; t++) {
		for (size_t k = 0; k < N_SIDES; k++) {
			size_t s = t % 2 == 0 ? k : N_SIDES - 1 - k; // the order turns round each time

			engine_for(&sides[s], best);
			rates[s][t] = rate(&b, &sides[s], trial_ms / 1000.0);
		}
	}
	results_print(&b, n_trials, rates, best);
	free_mb_mgr(b.imb);
	return 0;
}
