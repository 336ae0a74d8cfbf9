// SPDX-License-Identifier: BSD-3-Clause
// Signed and unsigned frames through a node whose ports have secrets, by several schemes and lists, which
// change on the way. What the node takes is judged by a reference: an unsigned frame only where the list
// allows it, a signed one only with a digest that OpenSSL makes of it by a secret of the list, and no counter
// of a sender twice. What leaves is signed as the other port's list says.
//
// An input: scheme, list of port a, list of port b, a byte each; then operations: a byte (low 3 bits: what,
// next 2: which station), and that operation's bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_ref.h"
#include "base_be.h"
#include "dp_bed.h"
#include "fuzz_input.h"
#include "station.h"

enum { A, B };

static const char *const schemes[] = {
	"romond-1",
	"digest=8 counter=be32@0 keyed=prefix secret=raw field=secret cover=romon",
	"digest=0 counter=le64@16 keyed=suffix secret=pad16 field=out cover=ethernet",
	"digest=4 counter=be32@0 keyed=both secret=pad64 field=zero cover=source+ethernet",
	"digest=8 counter=none keyed=field secret=raw field=secret cover=romon",
	"digest=8 counter=be64@0 keyed=hmac secret=raw field=zero cover=romon",
};

// No list has the last one.
#define N_SECRETS 6
static const char *const secrets[N_SECRETS] = {"one", "two-of-more-than-sixteen-bytes", "three", "four",
	"five-is-the-longest-that-a-list-may-hold-64-bytes-0123456789abcd", "nobody"};

struct list {
	const char *yaml;
	bool takes_unsigned;
	uint8_t verifies; // bit i: secrets[i]
	int8_t signs;     // index, -1 = unsigned
};

#define TWO  "two-of-more-than-sixteen-bytes"
#define FIVE "five-is-the-longest-that-a-list-may-hold-64-bytes-0123456789abcd"
static const struct list lists[] = {
	{"[]", true, 0, -1},
	{"[\"\", one]", true, 1, -1},
	{"[one]", false, 1, 0},
	{"[" TWO ", \"\"]", true, 2, 1},
	{"[one, " TWO ", three, four]", false, 15, 0},
	{"[" FIVE ", one, \"\"]", true, 17, 4},
};

#define N_SCHEMES  (sizeof(schemes) / sizeof(schemes[0]))
#define N_LISTS    (sizeof(lists) / sizeof(lists[0]))
#define N_STATIONS 4
#define LOG_MAX    64
#define TAKEN_MAX  1024
#define YAML_LEN   2048

struct log_entry {
	uint32_t len;
	uint8_t bytes[300];
};

static struct dp_bed *bed;
static struct dp_bed_mark *mark;
static struct conf *confs[N_SCHEMES][N_LISTS][N_LISTS]; // loaded when first needed
static uint64_t outcome;
static const struct auth_scheme *scheme;
static struct auth_scheme schemes_parsed[N_SCHEMES];
static struct auth_key keys[N_SCHEMES][N_SECRETS]; // made once: each takes a digest or two
static const struct list *list_in;
static const struct list *list_out;
static uint32_t scheme_n;
static struct station stations[N_STATIONS];
static uint8_t secret_of[N_STATIONS];
static struct log_entry sent[LOG_MAX];
static uint32_t n_sent;
static struct {
	uint64_t mac, counter;
} taken[TAKEN_MAX];
static uint32_t n_taken;

static void fail(const char *why)
{
	fprintf(stderr, "fuzz_auth: %s\n", why);
	abort();
}

static struct conf *conf_make(void)
{
	struct conf_issues issues = {0};
	char yaml[YAML_LEN];

	snprintf(yaml, YAML_LEN,
		"romon: { identity: n, id: 02:00:00:00:ff:01, flood-hold: 0s, auth-scheme: \"%s\" }\n"
		"limits: { neighbors: 24, neighbors-per-port: 12, origins: 16, discover-in: none,\n"
		"  answers-per-origin: none, punt: 100000, bad-digests: 20 }\n"
		"ports:\n"
		"  a: { device: d0, link-id: 11, secrets: %s }\n"
		"  b: { device: d1, link-id: 22, secrets: %s }\n",
		schemes[scheme_n], list_in->yaml, list_out->yaml);
	struct conf *conf = conf_load_text(yaml, strlen(yaml), &issues);
	if (conf == NULL)
		fail("a configuration of the tables is not valid");
	return conf;
}

// The node of this process is of that scheme and those lists from here on.
static void bed_be(void)
{
	struct conf **conf = &confs[scheme_n][list_in - lists][list_out - lists];

	if (*conf == NULL)
		*conf = conf_make();
	if (bed == NULL) {
		bed = dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
				  "limits: { neighbors: 24, neighbors-per-port: 12, origins: 16 }\n"
				  "ports: { a: { device: d0 }, b: { device: d1 } }\n");
		conf_free(bed->conf);
		bed->conf = *conf;
		mark = dp_bed_mark(bed);
		dp_bed_publish(bed);
	} else if (bed->conf != *conf) {
		dp_bed_conf_set(bed, *conf);
	}
}

static void station_secret(uint32_t s, uint8_t secret)
{
	secret_of[s] = secret % N_SECRETS;
	stations[s].key = keys[scheme_n][secret_of[s]];
}

static void keys_make(void)
{
	for (uint32_t i = 0; i < N_SCHEMES; i++) {
		if (auth_scheme_parse(schemes[i], &schemes_parsed[i], NULL) != 0)
			fail("a scheme of the table is not valid");
		for (uint32_t k = 0; k < N_SECRETS; k++)
			auth_key_init(&keys[i][k], &schemes_parsed[i], secrets[k], strlen(secrets[k]));
	}
	for (uint32_t s = 0; s < N_STATIONS; s++)
		station_init(&stations[s], (uint16_t)(1 + s), "x");
}

static void open_all(struct input *in)
{
	if (bed == NULL)
		keys_make();
	scheme_n = take(in) % N_SCHEMES;
	scheme = &schemes_parsed[scheme_n];
	list_in = &lists[take(in) % N_LISTS];
	list_out = &lists[take(in) % N_LISTS];
	bed_be();
	outcome = 0;
	n_sent = 0;
	n_taken = 0;
	for (uint32_t s = 0; s < N_STATIONS; s++) {
		stations[s].counter = DP_BED_CLOCK_US;
		if (auth_counter_len((enum auth_counter)scheme->counter) == 4)
			stations[s].counter = DP_BED_CLOCK_US / 1000000;
		station_secret(s, (uint8_t)s);
	}
}

// ---- the reference

static bool digest_fits(const struct frame *f, const char *secret)
{
	const uint8_t *romon = f->bytes + WIRE_ETH_LEN;
	uint32_t len = base_be16_load(romon + 2) - WIRE_ETH_LEN;
	uint8_t digest[AUTH_DIGEST_LEN];

	auth_ref_digest(scheme, f->bytes, romon, len, secret, digest);
	return memcmp(digest, romon + AUTH_OFF + scheme->digest_off, sizeof(digest)) == 0;
}

static void taken_note(const struct frame *f)
{
	uint64_t mac = base_mac_u64(f->bytes + 6);
	uint64_t counter = auth_counter_load(scheme, f->bytes + WIRE_ETH_LEN + AUTH_OFF);

	for (uint32_t i = 0; i < n_taken; i++) {
		if (taken[i].mac == mac && taken[i].counter == counter)
			fail("a counter is taken twice");
	}
	if (n_taken < TAKEN_MAX) {
		taken[n_taken].mac = mac;
		taken[n_taken++].counter = counter;
	}
}

static void taken_check(const struct frame *f)
{
	bool fits = false;

	if (wire_is_unsigned(f->bytes + WIRE_ETH_LEN)) {
		if (!list_in->takes_unsigned)
			fail("an unsigned frame is taken");
		return;
	}
	for (uint32_t i = 0; i < N_SECRETS; i++)
		fits |= (list_in->verifies >> i & 1) != 0 && digest_fits(f, secrets[i]);
	if (!fits)
		fail("a frame is taken that none of the secrets signed");
	if (scheme->counter != AUTH_COUNTER_NONE)
		taken_note(f);
}

static void left_check(const struct frame *f)
{
	if (wire_is_unsigned(f->bytes + WIRE_ETH_LEN) != (list_out->signs < 0))
		fail("a frame left as the list does not say");
	if (list_out->signs >= 0 && !digest_fits(f, secrets[list_out->signs]))
		fail("a frame left with a wrong digest");
}

// ---- frames

// Did the node take the frame: sent it on, or handed it up for what it is?
static bool is_taken_now(void)
{
	struct dp_bed_punt punt;
	struct frame f;
	bool is_taken = false;

	while (dp_bed_take(bed, B, &f)) {
		uint8_t type = f.bytes[WIRE_ETH_LEN];

		if (type == WIRE_TYPE_HELLO || type == WIRE_TYPE_SEQ_ERR)
			fail("a Hello left by a port where nobody was heard");
		left_check(&f);
		outcome = fuzz_mix(outcome, f.bytes, f.len);
		is_taken = true;
	}
	while (dp_bed_take_punt(bed, &punt))
		is_taken |= punt.class != XCHG_PUNT_BAD;
	dp_bed_discard(bed, A);
	dp_bed_discard_events(bed);
	return is_taken;
}

static void frame_send(const struct frame *f)
{
	struct log_entry *e = &sent[n_sent++ % LOG_MAX];

	e->len = f->len < sizeof(e->bytes) ? f->len : sizeof(e->bytes);
	memcpy(e->bytes, f->bytes, e->len);
	dp_bed_send(bed, A, f);
	if (is_taken_now())
		taken_check(f);
}

static void frame_make(struct input *in, uint32_t s, struct frame *f)
{
	struct base_mac here = dp_bed_mac(bed, A);
	struct base_mac own = base_mac_from_u64(bed->in.own_id);
	uint8_t what = take(in);

	switch (what % 6) {
	case 0:
		frame_discover(f, stations[s].mac, stations[s].mac, NULL, 0);
		break;
	case 1:
		frame_resp(f, here, stations[s].mac, own, stations[s].mac, NULL, 0, 0);
		break;
	case 2:
		station_hello(&stations[s], bed, A, what & 64 ? take(in) : 0, what & 128 ? take(in) : 0, f);
		break;
	case 3:
		station_seq_err(&stations[s], bed, A, DP_BED_CLOCK_US + ((uint64_t)take(in) << what % 48), f);
		break;
	default:
		*f = dp_bed_data_to(bed, A, what & 64 ? 22 : 0);
		memcpy(f->bytes + 6, &stations[s].mac, 6);
		break;
	}
}

static void made_send(struct input *in, uint32_t s)
{
	struct frame f;
	uint8_t how = take(in);

	frame_make(in, s, &f);
	if ((how & 1) != 0)
		stations[s].counter += (uint64_t)take(in) << (how >> 2 & 31);
	if ((how & 2) == 0)
		station_sign(&stations[s], &f);
	else
		memset(frame_hdr(&f)->auth, 0, AUTH_LEN);
	for (uint32_t n = how >> 7 ? take(in) % 4 : 0; n > 0; n--)
		f.bytes[take(in) % f.len] ^= take(in);
	frame_send(&f);
}

static void again_send(struct input *in)
{
	struct frame f;
	uint32_t n = n_sent < LOG_MAX ? n_sent : LOG_MAX;

	if (n == 0)
		return;
	const struct log_entry *e = &sent[take(in) % n];
	f.len = e->len;
	memcpy(f.bytes, e->bytes, e->len);
	frame_send(&f);
}

// The station answers what it was asked, as one that lives.
static void meet(uint32_t s)
{
	struct frame f;
	uint64_t nonce, echo;

	dp_bed_discard(bed, A);
	f = dp_bed_data_to(bed, A, 0);
	memcpy(f.bytes + 6, &stations[s].mac, 6);
	station_sign(&stations[s], &f);
	dp_bed_send(bed, A, &f);
	if (station_hello_take(bed, A, &nonce, &echo) && nonce != 0) {
		if (is_taken_now())
			taken_check(&f);
		station_hello(&stations[s], bed, A, 0, nonce, &f);
		frame_send(&f);
	} else if (is_taken_now()) {
		taken_check(&f);
	}
}

static void lists_change(struct input *in)
{
	uint8_t which = take(in);

	list_in = &lists[which % N_LISTS];
	list_out = &lists[which / 16 % N_LISTS];
	bed_be();
}

static void operation(struct input *in)
{
	uint8_t op = take(in);
	uint32_t s = op >> 3 & 3;

	switch (op & 7) {
	case 0:
	case 1:
	case 2:
		made_send(in, s);
		break;
	case 3:
		again_send(in);
		break;
	case 4:
		meet(s);
		break;
	case 5:
		dp_bed_advance_ms(bed, take(in) * 20u);
		break;
	case 6:
		station_secret(s, take(in));
		break;
	default:
		lists_change(in);
		break;
	}
}

uint64_t fuzz_outcome(void)
{
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct dp_bed_totals t;

	open_all(&in);
	while (in.left > 0)
		operation(&in);
	dp_bed_totals(bed, &t);
	outcome = fuzz_mix(outcome, &t, sizeof(t));
	if (t.rx_frames != t.tx_originals + t.delivered + t.n_drops)
		fail("a frame has no fate, or two");
	if (!dp_bed_reset(bed, mark))
		fail("mbufs are missing");
	return 0;
}
