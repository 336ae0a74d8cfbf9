// SPDX-License-Identifier: BSD-3-Clause
// The tables of signers and strangers: rows, notes, ageing. Worker thread.
#include "dp_signer.h"
#include "auth_md5.h"

#define AGE_BUDGET 64

// A number that nobody can foresee: MD5 of a secret of this worker and a count. No system call.
void dp_signers_random_renew(struct dp_signers *s)
{
	uint8_t block[AUTH_MD5_BLOCK_LEN] = {0};
	const uint8_t *blocks[1] = {block};
	struct auth_md5_msg m = {.blocks = blocks, .n_blocks = 1};

	s->n_randoms++;
	memcpy(block, s->secret, sizeof(s->secret));
	memcpy(block + sizeof(s->secret), &s->n_randoms, sizeof(s->n_randoms));
	memcpy(m.state, auth_md5_init, sizeof(m.state));
	auth_md5_run(&m, 1);
	s->random = (uint64_t)m.state[0] << 32 | m.state[1];
}

struct dp_signer *dp_signer_get(struct dp_worker *w, uint64_t key, uint8_t slot, uint32_t *idx)
{
	struct dp_signers *s = w->signers;
	uint64_t evicted;

	// an earlier frame of the burst may have made the row, or driven it out
	if (*idx == NBR_INDEX_NONE ||
		atomic_load_explicit(&nbr_table_entry(s->table, *idx)->key, memory_order_relaxed) != key)
		*idx = nbr_table_lookup(s->table, key);
	if (*idx != NBR_INDEX_NONE)
		return &s->rows[*idx];
	*idx = nbr_table_add(s->table, key, slot, w->burst.now_ms, &evicted);
	if (*idx == NBR_INDEX_NONE)
		return NULL;
	struct dp_signer *row = &s->rows[*idx];
	uint32_t stranger = nbr_table_lookup(s->strangers, key);
	*row = (struct dp_signer){.key = 0};
	if (stranger != NBR_INDEX_NONE) { // it was asked before it signed: that nonce holds
		row->peer = s->greeted[stranger];
		s->greeted[stranger] = (struct auth_peer){.is_synced = false};
	}
	return row;
}

struct auth_peer *dp_signer_stranger(struct dp_worker *w, uint64_t key, uint8_t slot)
{
	struct dp_signers *s = w->signers;
	uint32_t idx = nbr_table_lookup(s->strangers, key);
	uint64_t evicted;

	if (idx == NBR_INDEX_NONE) {
		if (base_bucket_take(&w->greeting[slot], &w->snap->greeting, w->burst.now_tsc, 1) == 0)
			return NULL;
		idx = nbr_table_add(s->strangers, key, slot, w->burst.now_ms, &evicted);
		if (idx == NBR_INDEX_NONE)
			return NULL;
		s->greeted[idx] = (struct auth_peer){.is_synced = false};
	}
	nbr_table_touch(nbr_table_entry(s->strangers, idx), 1, w->burst.now_ms);
	return &s->greeted[idx];
}

enum auth_verdict dp_signer_take(struct dp_signers *s, struct auth_peer *p, const struct auth_peer_frame *f,
	uint32_t now_ms, struct auth_peer_reply *reply)
{
	enum auth_verdict verdict = auth_peer_take(p, f, now_ms, s->random, reply);

	if (reply->kind == AUTH_REPLY_HELLO)
		dp_signers_random_renew(s);
	return verdict;
}

void dp_signer_ask(struct dp_signers *s, struct auth_peer *p, uint32_t now_ms, struct auth_peer_reply *reply)
{
	auth_peer_ask(p, now_ms, s->random, reply);
	if (reply->kind == AUTH_REPLY_HELLO)
		dp_signers_random_renew(s);
}

// How a note stands in the id of a row, which control reads.
#define NOTE_IS_SIGNED   (1u << 0)
#define NOTE_IS_SYNCED   (1u << 1)
#define NOTE_ENTRY_SHIFT 8
#define NOTE_EPOCH_SHIFT 32

void dp_signer_note(struct dp_signers *s, uint32_t idx, const struct dp_signer_note *note, uint32_t now_ms)
{
	struct nbr_entry *e = nbr_table_entry(s->table, idx);
	uint64_t value = (note->is_signed ? NOTE_IS_SIGNED : 0) | (note->is_synced ? NOTE_IS_SYNCED : 0) |
			 (uint32_t)note->entry << NOTE_ENTRY_SHIFT |
			 (uint64_t)note->epoch << NOTE_EPOCH_SHIFT;

	atomic_store_explicit(&e->id, value, memory_order_relaxed);
	nbr_table_touch(e, 1, now_ms);
}

struct dp_signer_note dp_signer_note_of(const struct nbr_row *row)
{
	return (struct dp_signer_note){.is_signed = (row->id & NOTE_IS_SIGNED) != 0,
		.is_synced = (row->id & NOTE_IS_SYNCED) != 0,
		.entry = (uint8_t)(row->id >> NOTE_ENTRY_SHIFT),
		.epoch = (uint32_t)(row->id >> NOTE_EPOCH_SHIFT)};
}

void dp_signers_age(struct dp_worker *w, uint32_t now_ms)
{
	uint64_t gone[AGE_BUDGET];

	if (w->signers == NULL)
		return;
	nbr_table_age(w->signers->table, now_ms, DP_SIGNER_AGE_MS, AGE_BUDGET, gone);
	nbr_table_age(w->signers->strangers, now_ms, w->snap->neighbor_age_ms, AGE_BUDGET, gone);
}

uint32_t dp_signers_age_looks(const struct dp_worker *w)
{
	return w->signers == NULL ? 0 : nbr_table_rows_end(w->signers->strangers) / AGE_BUDGET;
}
