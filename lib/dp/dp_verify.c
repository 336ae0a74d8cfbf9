// SPDX-License-Identifier: BSD-3-Clause
// Frames of ports with secrets: the digests of a burst in one pass of lanes, then each frame by what is known
// of its sender (docs/protocol.md section 7). Worker thread.
//
// What a bad frame may cost is bounded. A sender that signed rightly before is tried with the secret that
// fitted last, then with the others while the port's bucket for known senders has tokens; when it has none,
// with one of the others, taken by chance: however many bad frames come in its name, two digests are made of
// each, and a neighbor that changes its secret is taken again after a few frames. All other senders cost as
// many digests as the port has secrets, and are not looked at while the port's bucket for them is empty. So
// whoever makes up senders takes nothing from those who are known, nor the other way round.
#include "dp_signer.h"
#include "dp_worker.h"

// What becomes known of the frames of one burst; index as in the burst.
struct verify {
	uint32_t n_jobs;
	uint64_t key[DP_BURST_MAX]; // of the sender, in the tables
	uint32_t idx[DP_BURST_MAX]; // of the sender's row
	uint8_t fit[DP_BURST_MAX];  // 1 + index of the port's key that fits; 0 = none did
	uint8_t job_frame[DP_JOBS_MAX];
	uint8_t job_key[DP_JOBS_MAX];
};

static void senders_find(struct dp_worker *w, const struct dp_burst *b, uint64_t mask, struct verify *v)
{
	uint64_t keys[DP_BURST_MAX];
	uint32_t idx[DP_BURST_MAX];
	uint32_t n = 0;

	keys[0] = 0; // gcc does not see that mask has a bit
	DP_FOREACH_BIT (i, mask) {
		uint64_t mac = base_mac_u64_inner(dp_eth(b->m[i]) + BASE_MAC_LEN);

		v->key[i] = nbr_key(mac, b->snap->ports[b->slot[i]].tag);
		keys[n++] = v->key[i];
	}
	nbr_table_lookup_bulk(w->signers->table, keys, n, idx);
	n = 0;
	DP_FOREACH_BIT (i, mask)
		v->idx[i] = idx[n++];
}

static void job_add(struct dp_worker *w, const struct dp_burst *b, struct verify *v, uint32_t i, uint32_t key)
{
	struct auth_job *job = &w->jobs[v->n_jobs];

	job->key = &b->snap->secrets[b->slot[i]].keys[key];
	job->eth = dp_eth(b->m[i]);
	job->romon = b->romon[i];
	job->len = b->frame[i].len;
	v->job_frame[v->n_jobs] = (uint8_t)i;
	v->job_key[v->n_jobs++] = (uint8_t)key;
}

static void jobs_run(struct dp_worker *w, struct verify *v)
{
	auth_digest_bulk(w->jobs, v->n_jobs);
	dp_count(&w->counters.digests, v->n_jobs);
	for (uint32_t k = 0; k < v->n_jobs; k++) {
		const struct auth_job *job = &w->jobs[k];
		const uint8_t *given = job->romon + AUTH_OFF + job->key->scheme.digest_off;

		if (auth_digest_equal(job->digest, given))
			v->fit[v->job_frame[k]] = (uint8_t)(v->job_key[k] + 1);
	}
	v->n_jobs = 0;
}

static bool bad_is_affordable(const struct dp_burst *b, const struct base_bucket *bucket)
{
	return base_bucket_has(bucket, &b->snap->bad_digest, b->now_tsc);
}

// The key that fitted last; one that is no longer there is as good as any.
static uint32_t key_last(const struct dp_worker *w, const struct snap_secrets *s, uint32_t idx)
{
	uint32_t key = w->signers->rows[idx].key;

	return key < s->n_keys ? key : 0;
}

// First pass: known senders by their last key, others by all keys if the port can afford it. Returns the
// frames that are looked at.
static uint64_t first_pass(struct dp_worker *w, struct dp_burst *b, uint64_t mask, struct verify *v)
{
	DP_FOREACH_BIT (i, mask) {
		const struct snap_secrets *s = &b->snap->secrets[b->slot[i]];

		if (v->idx[i] != NBR_INDEX_NONE) {
			job_add(w, b, v, i, key_last(w, s, v->idx[i]));
			continue;
		}
		if (unlikely(!bad_is_affordable(b, &w->bad_stranger[b->slot[i]]))) {
			mask &= ~(1ull << i);
			dp_drop(w, b, i, DP_DROP_AUTH_FLOOD);
			continue;
		}
		for (uint32_t k = 0; k < s->n_keys; k++)
			job_add(w, b, v, i, k);
	}
	jobs_run(w, v);
	return mask;
}

// One of the keys but the last, by chance: nobody can arrange that a neighbor's frames always meet the wrong
// one.
static uint32_t key_guess(struct dp_worker *w, uint32_t last, uint32_t n_keys)
{
	struct dp_signers *s = w->signers;

	s->guess = s->guess * 6364136223846793005u + (s->random | 1);
	return (last + 1 + (uint32_t)((s->guess >> 32) * (n_keys - 1) >> 32)) % n_keys;
}

// Second pass: known senders whose last key did not fit, by the others.
static void second_pass(struct dp_worker *w, struct dp_burst *b, uint64_t mask, struct verify *v)
{
	DP_FOREACH_BIT (i, mask) {
		const struct snap_secrets *s = &b->snap->secrets[b->slot[i]];

		if (likely(v->fit[i] != 0) || v->idx[i] == NBR_INDEX_NONE || s->n_keys == 1)
			continue;
		uint32_t last = key_last(w, s, v->idx[i]);
		if (base_bucket_take(&w->bad_known[b->slot[i]], &b->snap->bad_digest, b->now_tsc, 1) == 0) {
			job_add(w, b, v, i, key_guess(w, last, s->n_keys));
			continue;
		}
		for (uint32_t k = 0; k < s->n_keys; k++) {
			if (k != last)
				job_add(w, b, v, i, k);
		}
	}
	if (v->n_jobs > 0)
		jobs_run(w, v);
}

static uint64_t value_at(const uint8_t *romon, uint32_t off)
{
	return (uint64_t)base_be32_load(romon + off) << 32 | base_be32_load(romon + off + 4);
}

// What the state of a peer asks of a frame.
static struct auth_peer_frame peer_frame(const struct dp_burst *b, uint32_t i, const struct auth_scheme *s)
{
	const struct wire_frame *f = &b->frame[i];
	struct auth_peer_frame out = {
		.kind = AUTH_KIND_OTHER, .counter = auth_counter_load(s, b->romon[i] + AUTH_OFF)};

	if (likely(f->type != WIRE_TYPE_HELLO))
		return out;
	out.kind = AUTH_KIND_HELLO;
	out.has_nonce = f->nonce_off != 0;
	out.has_echo = f->nonce_echo_off != 0;
	if (out.has_nonce)
		out.nonce = value_at(b->romon[i], f->nonce_off);
	if (out.has_echo)
		out.echo = value_at(b->romon[i], f->nonce_echo_off);
	return out;
}

// A SeqErr with a good digest, of a neighbor that may be a recording: the worst that it can tell is a counter
// that was right once.
static void counter_raise(struct dp_worker *w, const struct dp_burst *b, uint32_t i)
{
	_Atomic uint64_t *counter = &w->signing->counter[b->slot[i]];
	uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
	uint64_t least = value_at(b->romon[i], b->frame[i].counter_min_off);
	uint64_t raised;

	do {
		raised = auth_counter_raised(now, least, dp_sign_clock_us(w, b->now_tsc));
	} while (raised != now && !atomic_compare_exchange_weak_explicit(
					  counter, &now, raised, memory_order_relaxed, memory_order_relaxed));
	if (unlikely(raised < least)) // what is wrong may be our clock: control says so
		atomic_store_explicit(&w->signing->refused[b->slot[i]], least, memory_order_relaxed);
}

static enum auth_verdict peer_judge(struct dp_worker *w, struct dp_burst *b, uint32_t i,
	struct dp_signer *signer, struct auth_peer_reply *reply)
{
	const struct auth_key *key = &b->snap->secrets[b->slot[i]].keys[signer->key];
	const struct auth_scheme *s = &key->scheme;

	reply->kind = AUTH_REPLY_NONE;
	auth_peer_scheme(&signer->peer, key->counters);
	if (unlikely((key->counters & AUTH_COUNTERS_HELLO) == 0)) {
		if (s->counter == AUTH_COUNTER_NONE)
			return AUTH_FRESH;
		return auth_peer_take_plain(&signer->peer, auth_counter_load(s, b->romon[i] + AUTH_OFF));
	}
	struct auth_peer_frame f = peer_frame(b, i, s);
	enum auth_verdict verdict = dp_signer_take(w->signers, &signer->peer, &f, b->now_ms, reply);
	if (unlikely(b->frame[i].type == WIRE_TYPE_SEQ_ERR) && verdict != AUTH_REPLAYED)
		counter_raise(w, b, i);
	return verdict;
}

// The frame did what it came for, and goes no further.
static void consume(struct dp_worker *w, struct dp_burst *b, uint32_t i)
{
	b->alive &= ~(1ull << i);
	dp_count(&w->ports[b->slot[i]].delivered, 1);
	dp_drop_unused(w, b->m[i]);
}

static void verdict_act(struct dp_worker *w, struct dp_burst *b, uint32_t i, enum auth_verdict verdict)
{
	switch (verdict) {
	case AUTH_FRESH: // from here on it is as if it had not been signed
		memset(b->romon[i] + AUTH_OFF, 0, AUTH_LEN);
		return;
	case AUTH_GREETED:
		consume(w, b, i);
		return;
	case AUTH_UNSYNCED:
		dp_drop(w, b, i, DP_DROP_AUTH_UNSYNCED);
		return;
	case AUTH_REPLAYED:
	case AUTH_VERDICT_INVALID:
		dp_drop(w, b, i, DP_DROP_AUTH_REPLAY);
		return;
	}
}

static void signed_judge(struct dp_worker *w, struct dp_burst *b, uint32_t i, struct verify *v)
{
	uint8_t slot = b->slot[i];
	struct auth_peer_reply reply;

	if (unlikely(v->fit[i] == 0)) {
		if (v->idx[i] == NBR_INDEX_NONE)
			(void)base_bucket_take(&w->bad_stranger[slot], &b->snap->bad_digest, b->now_tsc, 1);
		dp_drop(w, b, i, DP_DROP_AUTH_UNKNOWN);
		return;
	}
	struct dp_signer *signer = dp_signer_get(w, v->key[i], slot, &v->idx[i]);
	if (unlikely(signer == NULL)) {
		dp_drop(w, b, i, DP_DROP_AUTH_UNSYNCED);
		return;
	}
	signer->key = (uint8_t)(v->fit[i] - 1);
	enum auth_verdict verdict = peer_judge(w, b, i, signer, &reply);
	if (likely(verdict == AUTH_FRESH)) {
		struct dp_signer_note note = {.is_signed = true,
			.is_synced = true,
			.entry = b->snap->secrets[slot].entry[signer->key],
			.epoch = b->snap->secrets[slot].epoch};

		dp_signer_note(w->signers, v->idx[i], &note, b->now_ms);
	}
	verdict_act(w, b, i, verdict);
	if (unlikely(reply.kind != AUTH_REPLY_NONE))
		dp_greet(w, slot, nbr_key_mac(v->key[i]), signer->key, &reply);
}

// An unsigned frame that the port takes: its sender is asked at times whether it could sign, so that nothing
// is lost when it begins to.
static void unsigned_judge(struct dp_worker *w, struct dp_burst *b, uint32_t i, struct verify *v)
{
	const struct snap_port *port = &b->snap->ports[b->slot[i]];
	struct auth_peer *peer;

	if (unlikely((port->auth & SNAP_ACCEPT_UNSIGNED) == 0)) {
		dp_drop(w, b, i, DP_DROP_AUTH_MISSING);
		return;
	}
	if ((port->auth & SNAP_HAS_HELLO) == 0)
		return;
	if (v->idx[i] != NBR_INDEX_NONE) {
		struct dp_signer *signer = dp_signer_get(w, v->key[i], b->slot[i], &v->idx[i]);
		struct dp_signer_note note = {.is_synced = signer != NULL && signer->peer.is_synced,
			.epoch = b->snap->secrets[b->slot[i]].epoch};

		if (signer == NULL)
			return;
		dp_signer_note(w->signers, v->idx[i], &note, b->now_ms);
		peer = &signer->peer;
	} else {
		peer = dp_signer_stranger(w, v->key[i], b->slot[i]);
	}
	struct auth_peer_reply reply = {.kind = AUTH_REPLY_NONE};
	if (peer != NULL && !peer->is_synced)
		dp_signer_ask(w->signers, peer, b->now_ms, &reply);
	if (unlikely(reply.kind != AUTH_REPLY_NONE))
		dp_greet(w, b->slot[i], nbr_key_mac(v->key[i]), 0, &reply);
}

void dp_verify(struct dp_worker *w, struct dp_burst *b, uint64_t mask)
{
	struct verify v;
	uint64_t is_signed = 0;

	v.n_jobs = 0;
	memset(v.fit, 0, sizeof(v.fit));
	senders_find(w, b, mask, &v);
	DP_FOREACH_BIT (i, mask) {
		if (likely(!wire_is_unsigned(b->romon[i])))
			is_signed |= 1ull << i;
	}
	uint64_t is_judged = mask;
	if (is_signed != 0) {
		is_judged &= ~is_signed | first_pass(w, b, is_signed, &v);
		second_pass(w, b, is_signed & is_judged, &v);
	}
	DP_FOREACH_BIT (i, is_judged) {
		if ((is_signed >> i & 1) != 0)
			signed_judge(w, b, i, &v);
		else
			unsigned_judge(w, b, i, &v);
	}
}
