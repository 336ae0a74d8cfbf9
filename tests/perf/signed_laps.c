// SPDX-License-Identifier: BSD-3-Clause
// Signed frames through all stages of a worker, verified and signed anew, with the replay check on; and the
// same stages with digests by OpenSSL, one at a time. What scripts/bench reads for its row P5.
//
//	signed_laps [-w data|flood] [-p PORTS] [-l FRAME_BYTES] [-b BURST] [-n TRIALS] [-m TRIAL_MS] [-s
// SIDES]
//
// A lap is 65,536 frames of 100 neighbors in turn, signed beforehand and never sent twice; it is fed and
// drained in bursts, and that is timed too, as a source and a sink would be. Signing the next lap is not. A
// Discover leaves by PORTS ports. Prints one JSON object: frames a second of each trial, by side. Ends with
// an error when a frame is lost, or leaves with another digest than OpenSSL makes of it.
//
// With -x nine of ten frames are signed wrongly, half of them in a neighbor's name: every one of the tenth
// that is not must still leave, and no other.
//
// The switch is the linker's (--wrap): the product has none.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "auth_md5.h"
#include "perf_data.h"
#include "perf_options.h"
#include "station.h"

#define NEIGHBORS     100
#define LAP_FRAMES    65536
#define LEN_MIN       98
#define LEN_MAX       1514
#define PORTS_MAX     15
#define BURST_MAX     64
#define TRIALS_MAX    100
#define ATTACK_PERIOD 10 // with -x one of so many frames is good
#define POOL_MBUFS    8191
#define POOL_CACHE    512 // as romond has one
#define SENT_MAX      512 // frames that one ring can hold

static const char secret[] = "a-secret-of-the-bench";

struct laps {
	bool is_flood;
	bool is_attacked;
	uint32_t n_out; // ports that each frame leaves by
	uint32_t len;
	uint32_t stride;
	uint32_t burst;
	struct dp_bed *bed;
	struct station neighbors[NEIGHBORS];
	uint8_t *frames; // LAP_FRAMES of them
	struct rte_mempool *pool;
	uint32_t n_rings;
	struct rte_ring *rings[DP_BED_DEVS_MAX]; // where frames leave
};

#define CHECK(condition, what)                                      \
	do {                                                        \
		if (!(condition)) {                                 \
			fprintf(stderr, "signed_laps: %s\n", what); \
			exit(1);                                    \
		}                                                   \
	} while (0)

// ---- digests

static EVP_MAC_CTX *openssl_hmac;
static bool is_openssl;

static void openssl_start(void)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t) "MD5", 0),
		OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	CHECK(mac != NULL, "OpenSSL has no HMAC");
	openssl_hmac = EVP_MAC_CTX_new(mac);
	CHECK(openssl_hmac != NULL &&
			EVP_MAC_init(openssl_hmac, (const uint8_t *)secret, strlen(secret), params) == 1,
		"OpenSSL has no HMAC-MD5");
	EVP_MAC_free(mac);
}

// romond-1, from the state that the secret left: nothing is hashed twice, and no frame copied.
static void openssl_digest(struct auth_job *job)
{
	static const uint8_t zero[AUTH_DIGEST_LEN];
	uint32_t off = AUTH_OFF + job->key->scheme.digest_off;
	uint32_t behind = off + AUTH_DIGEST_LEN;
	size_t len;

	bool is_made = EVP_MAC_init(openssl_hmac, NULL, 0, NULL) == 1 &&
		       EVP_MAC_update(openssl_hmac, job->eth + 6, 6) == 1 &&
		       EVP_MAC_update(openssl_hmac, job->romon, off) == 1 &&
		       EVP_MAC_update(openssl_hmac, zero, sizeof(zero)) == 1 &&
		       EVP_MAC_update(openssl_hmac, job->romon + behind, job->len - behind) == 1 &&
		       EVP_MAC_final(openssl_hmac, job->digest, &len, sizeof(job->digest)) == 1;
	CHECK(is_made, "OpenSSL makes no digest");
}

void __real_auth_digest_bulk(struct auth_job *jobs, uint32_t n);
void __wrap_auth_digest_bulk(struct auth_job *jobs, uint32_t n);

void __wrap_auth_digest_bulk(struct auth_job *jobs, uint32_t n)
{
	if (!is_openssl) {
		__real_auth_digest_bulk(jobs, n);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		openssl_digest(&jobs[i]);
}

// ---- frames

static uint8_t *frame_at(const struct laps *l, uint32_t i)
{
	return l->frames + (size_t)i * l->stride;
}

static void frames_make(struct laps *l)
{
	l->frames = calloc(LAP_FRAMES, l->stride);
	CHECK(l->frames != NULL, "no memory");
	for (uint32_t i = 0; i < LAP_FRAMES; i++) {
		struct frame f;

		if (l->is_flood)
			frame_discover(&f, l->neighbors[i % NEIGHBORS].mac,
				frame_mac((uint16_t)(1000 + i % 1024)), NULL, 0);
		else
			perf_data_make(
				l->bed, l->neighbors[i % NEIGHBORS].mac, l->len - PERF_DATA_LEN_MIN, &f);
		CHECK(f.len == l->len, "a frame has another length");
		memcpy(frame_at(l, i), f.bytes, f.len);
	}
}

static bool is_bad(const struct laps *l, uint32_t i)
{
	return l->is_attacked && i % ATTACK_PERIOD != 0;
}

// A wrong digest; from a neighbor, or from one of many that nobody knows.
static void frame_spoil(uint8_t *eth, uint32_t i)
{
	eth[WIRE_ETH_LEN + AUTH_OFF + 8 + i % AUTH_DIGEST_LEN] ^= 0x55;
	if (i % 2 == 0)
		memcpy(eth + 8, &i, sizeof(i));
}

// The next lap: each frame gets its sender's next counter.
static void lap_sign(struct laps *l)
{
	struct auth_job jobs[BURST_MAX];

	for (uint32_t at = 0; at < LAP_FRAMES; at += BURST_MAX) {
		for (uint32_t k = 0; k < BURST_MAX; k++) {
			struct station *s = &l->neighbors[(at + k) % NEIGHBORS];
			uint8_t *eth = frame_at(l, at + k);

			auth_counter_store(&s->key.scheme, eth + WIRE_ETH_LEN + AUTH_OFF, s->counter++);
			jobs[k] = (struct auth_job){.key = &s->key,
				.eth = eth,
				.romon = eth + WIRE_ETH_LEN,
				.len = l->len - WIRE_ETH_LEN};
		}
		__real_auth_digest_bulk(jobs, BURST_MAX);
		for (uint32_t k = 0; k < BURST_MAX; k++) {
			uint8_t *eth = frame_at(l, at + k);

			memcpy(auth_digest_at(&jobs[k].key->scheme, eth + WIRE_ETH_LEN), jobs[k].digest,
				AUTH_DIGEST_LEN);
			if (is_bad(l, at + k))
				frame_spoil(eth, at + k);
		}
	}
}

// Frames that leave, of n that are fed from at on.
static uint32_t n_leaving(const struct laps *l, uint32_t at, uint32_t n)
{
	uint32_t n_good = 0;

	for (uint32_t i = at; i < at + n; i++)
		n_good += !is_bad(l, i);
	return n_good * l->n_out;
}

// ---- laps

static void burst_feed(struct laps *l, uint32_t at)
{
	struct rte_mbuf *m[BURST_MAX];

	CHECK(rte_pktmbuf_alloc_bulk(l->pool, m, l->burst) == 0, "no mbufs");
	for (uint32_t k = 0; k < l->burst; k++) {
		memcpy(rte_pktmbuf_mtod(m[k], void *), frame_at(l, at + k), l->len);
		m[k]->data_len = (uint16_t)l->len;
		m[k]->pkt_len = l->len;
	}
	CHECK(rte_ring_enqueue_bulk(dp_bed_rx_ring(l->bed, 0), (void **)m, l->burst, NULL) == l->burst,
		"the source is full");
}

static uint32_t burst_drain(struct laps *l)
{
	struct rte_mbuf *m[SENT_MAX];
	uint32_t n_sent = 0;

	for (uint32_t r = 0; r < l->n_rings; r++) {
		uint32_t n = rte_ring_dequeue_burst(l->rings[r], (void **)m, SENT_MAX, NULL);

		rte_pktmbuf_free_bulk(m, n);
		n_sent += n;
	}
	return n_sent;
}

// What the timed laps took, and how much of it this thread had the CPU.
static uint64_t laps_ns, laps_cpu_ns;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// One burst whose frames are looked at: all there, and each with the digest that OpenSSL makes.
static void burst_prove(struct laps *l, uint32_t at)
{
	uint32_t n_sent = 0;

	burst_feed(l, at);
	dp_bed_turn(l->bed);
	for (uint32_t r = 0; r < l->n_rings; r++) {
		struct rte_mbuf *m;

		while (rte_ring_dequeue(l->rings[r], (void **)&m) == 0) {
			uint8_t *eth = rte_pktmbuf_mtod(m, uint8_t *);
			uint32_t l2_len = eth[12] == 0x81 ? WIRE_ETH_LEN + WIRE_VLAN_LEN : WIRE_ETH_LEN;
			struct auth_job job = {.key = &l->neighbors[0].key,
				.eth = eth,
				.romon = eth + l2_len,
				.len = m->data_len - l2_len};

			openssl_digest(&job);
			CHECK(memcmp(job.digest, auth_digest_at(&job.key->scheme, eth + l2_len),
				      AUTH_DIGEST_LEN) == 0,
				"a frame left with a wrong digest");
			rte_pktmbuf_free(m);
			n_sent++;
		}
	}
	CHECK(n_sent == n_leaving(l, at, l->burst), "a frame is lost");
}

// Frames a second.
static double trial(struct laps *l, double seconds)
{
	uint64_t ns = 0;
	uint64_t n = 0;

	do {
		uint32_t n_sent = 0;

		lap_sign(l);
		burst_prove(l, 0);
		uint64_t begin_cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
		uint64_t begin = now_ns(CLOCK_MONOTONIC);
		for (uint32_t at = l->burst; at + l->burst <= LAP_FRAMES; at += l->burst) {
			burst_feed(l, at);
			dp_bed_turn(l->bed);
			n_sent += burst_drain(l);
		}
		uint64_t lap_ns = now_ns(CLOCK_MONOTONIC) - begin;
		laps_cpu_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - begin_cpu;
		laps_ns += lap_ns;
		ns += lap_ns;
		uint32_t n_fed = (LAP_FRAMES / l->burst - 1) * l->burst;
		CHECK(n_sent == n_leaving(l, l->burst, n_fed), "frames are lost");
		n += n_fed;
		dp_bed_discard_punts(l->bed);
		dp_bed_discard_events(l->bed);
	} while ((double)ns < seconds * 1e9);
	return (double)n * 1e9 / (double)ns;
}

// ---- sides

struct side {
	const char *name;
	bool is_openssl;
	bool is_scalar;
};

static const struct side sides[] = {
	{"lanes", false, false},
	{"openssl", true, false},
	{"scalar", false, true},
	{"lanes2", false, false},
};
#define N_SIDES (sizeof(sides) / sizeof(sides[0]))

static void side_take(const struct side *side, enum auth_md5_engine best)
{
	is_openssl = side->is_openssl;
	CHECK(auth_md5_engine_set(side->is_scalar ? AUTH_MD5_SCALAR : best) == 0, "no such engine");
}

// ---- the node

// Ports in, and n_out others: one untagged on each of seven devices, then VLANs of them.
static void node_open(struct laps *l)
{
	char yaml[4096];
	char *at = yaml;
	char *end = yaml + sizeof(yaml);

	at += snprintf(at, (size_t)(end - at),
		"romon: { identity: n, id: 02:00:00:00:ff:01, flood-hold: 0s, secrets: [%s] }\n"
		"workers: { burst: %u }\n"
		"limits: { neighbors: 2000, origins: 2000, discover-in: none, answers-per-origin: none }\n"
		"ports:\n  in: { device: d0, link-id: 1 }\n",
		secret, l->burst);
	for (uint32_t k = 0; k < l->n_out; k++) {
		at += snprintf(
			at, (size_t)(end - at), "  out%u: { device: d%u, link-id: %u", k, 1 + k % 7, 2 + k);
		if (k >= 7)
			at += snprintf(at, (size_t)(end - at), ", vlan: %u", 10 + k);
		at += snprintf(at, (size_t)(end - at), " }\n");
	}
	dp_bed_eal();
	l->pool = rte_pktmbuf_pool_create(
		"laps", POOL_MBUFS, POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	CHECK(l->pool != NULL, "no memory for mbufs");
	l->bed = dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = yaml, .is_real_time = true, .pool = l->pool});
	l->n_rings = l->n_out < 7 ? l->n_out : 7;
	for (uint32_t k = 0; k < l->n_rings; k++)
		l->rings[k] = dp_bed_tx_ring(l->bed, (uint8_t)(1 + k));
	for (uint32_t i = 0; i < NEIGHBORS; i++) {
		station_init(&l->neighbors[i], (uint16_t)(100 + i), secret);
		CHECK(station_meet(&l->neighbors[i], l->bed, 0), "a neighbor is not taken");
	}
}

static void results_print(const struct laps *l, uint32_t n_trials, double rates[N_SIDES][TRIALS_MAX],
	const char *only, enum auth_md5_engine best)
{
	const char *comma = "";

	printf("{\"work\": \"%s\", \"is-attacked\": %s, \"frame-bytes\": %u, \"ports\": %u, \"burst\": %u, "
	       "\"engine\": \"%s\", "
	       "\"share\": %.4f, \"rates\": {",
		l->is_flood ? "flood" : "data", l->is_attacked ? "true" : "false", l->len, l->n_out, l->burst,
		auth_md5_engine_name(best), (double)laps_cpu_ns / (double)laps_ns);
	for (size_t s = 0; s < N_SIDES; s++) {
		if (strstr(only, sides[s].name) == NULL)
			continue;
		printf("%s", comma);
		comma = ", ";
		perf_rates_print(sides[s].name, rates[s], n_trials);
	}
	printf("}}\n");
}

int main(int argc, char **argv)
{
	static struct laps l = {.n_out = 1, .len = 126, .burst = 32};
	static double rates[N_SIDES][TRIALS_MAX];
	const char *only = "lanes,openssl,scalar,lanes2";
	uint32_t n_trials = 10;
	uint32_t trial_ms = 1000;
	const struct perf_number numbers[] = {
		{'p', 1, PORTS_MAX, &l.n_out},
		{'l', LEN_MIN, LEN_MAX, &l.len},
		{'b', 1, BURST_MAX, &l.burst},
		{'n', 1, TRIALS_MAX, &n_trials},
		{'m', 1, UINT32_MAX, &trial_ms},
	};
	int opt;

	while ((opt = perf_option_next(argc, argv, "w:p:l:b:n:m:s:x", numbers, BASE_ARRAY_LEN(numbers))) !=
		-1) {
		if (opt == 'w' && (strcmp(optarg, "data") == 0 || strcmp(optarg, "flood") == 0))
			l.is_flood = optarg[0] == 'f';
		else if (opt == 's')
			only = optarg;
		else if (opt == 'x')
			l.is_attacked = true;
		else
			return 2;
	}
	if (l.is_flood)
		l.len = 98; // as an origin sends it
	l.stride = (l.len + 63) / 64 * 64;
	enum auth_md5_engine best = auth_md5_engine();
	openssl_start();
	node_open(&l);
	frames_make(&l);
	for (uint32_t t = 0; t < n_trials; t++) {
		for (size_t k = 0; k < N_SIDES; k++) {
			size_t s = t % 2 == 0 ? k : N_SIDES - 1 - k; // the order turns round each time

			if (strstr(only, sides[s].name) == NULL)
				continue;
			side_take(&sides[s], best);
			rates[s][t] = trial(&l, trial_ms / 1000.0);
		}
	}
	results_print(&l, n_trials, rates, only, best);
	CHECK(dp_bed_is_balanced(l.bed), "frames without a fate");
	EVP_MAC_CTX_free(openssl_hmac);
	free(l.frames);
	return dp_bed_close(l.bed) ? 0 : 1;
}
