// SPDX-License-Identifier: BSD-3-Clause
// The states of a peer: unsynchronised, challenged, synchronised. One thread owns a peer.
#include "auth_peer.h"

static bool is_due(bool has_been, uint32_t last_ms, uint32_t now_ms, uint32_t every_ms)
{
	return !has_been || now_ms - last_ms >= every_ms;
}

// Our outstanding nonce stays the same until it is echoed: else an echo on its way would miss it.
static void nonce_add(struct auth_peer *p, uint64_t random, struct auth_peer_reply *reply)
{
	if (!p->has_nonce) {
		p->has_nonce = true;
		p->nonce = random;
	}
	reply->has_nonce = true;
	reply->nonce = p->nonce;
}

// Ask who it is, unless that was done just now.
static void challenge(struct auth_peer *p, uint32_t now_ms, uint64_t random, struct auth_peer_reply *reply)
{
	if (!is_due(p->has_challenged, p->challenge_ms, now_ms, AUTH_PEER_CHALLENGE_MS))
		return;
	p->has_challenged = true;
	p->challenge_ms = now_ms;
	reply->kind = AUTH_REPLY_HELLO;
	nonce_add(p, random, reply);
}

// Tell it that it is behind, unless that was done just now. A rate of its own: any recording is behind, and
// whoever replays one must not use up the challenges that bring back the peer of now.
static void behind_tell(
	struct auth_peer *p, uint64_t counter_min, uint32_t now_ms, struct auth_peer_reply *reply)
{
	if (!is_due(p->has_told, p->told_ms, now_ms, AUTH_PEER_CHALLENGE_MS))
		return;
	p->has_told = true;
	p->told_ms = now_ms;
	reply->kind = AUTH_REPLY_SEQ_ERR;
	reply->counter_min = counter_min;
}

// Echo what is owed. Only Hellos that are ahead of all others are ever owed one, so recordings cannot use up
// the rate of the peer that is there now.
static void answer(struct auth_peer *p, uint32_t now_ms, uint64_t random, struct auth_peer_reply *reply)
{
	if (!p->has_echo || reply->kind != AUTH_REPLY_NONE ||
		!is_due(p->has_answered, p->answer_ms, now_ms, AUTH_PEER_ANSWER_MS))
		return;
	p->has_answered = true;
	p->answer_ms = now_ms;
	p->has_echo = false;
	reply->kind = AUTH_REPLY_HELLO;
	reply->has_echo = true;
	reply->echo = p->echo;
	if (!p->is_synced || p->has_nonce || p->is_met)
		nonce_add(p, random, reply);
}

static void echo_owe(struct auth_peer *p, const struct auth_peer_frame *f)
{
	if (!f->has_nonce)
		return;
	p->has_echo = true;
	p->echo = f->nonce;
}

// Is the counter one that the window may judge, not one of another life of the peer?
static bool is_near(const struct auth_peer *p, uint64_t counter)
{
	return p->is_synced && (counter <= p->window.top || counter - p->window.top <= AUTH_PEER_JUMP_MAX);
}

// A Hello that the window took.
static void hello_take(struct auth_peer *p, const struct auth_peer_frame *f)
{
	if (f->has_echo && f->echo == p->nonce)
		p->has_nonce = false;
	p->is_met = false;
	echo_owe(p, f);
}

// A Hello that the window cannot judge: it proves by our nonce that it was made just now, or it is answered
// if it is ahead of all such that came before. *counter_min: what it is behind of, if it is.
static enum auth_verdict hello_meet(
	struct auth_peer *p, const struct auth_peer_frame *f, uint64_t *counter_min)
{
	if (p->has_nonce && f->has_echo && f->echo == p->nonce) {
		auth_replay_open(&p->window, f->counter);
		p->is_synced = true;
		p->has_nonce = false;
		p->has_floor = false;
		p->is_met = false;
		echo_owe(p, f);
		return AUTH_FRESH;
	}
	if (p->has_floor && f->counter <= p->floor) {
		*counter_min = p->floor < UINT64_MAX ? p->floor + 1 : p->floor;
		return AUTH_REPLAYED;
	}
	p->has_floor = true;
	p->floor = f->counter;
	p->is_met = true;
	echo_owe(p, f);
	return AUTH_GREETED;
}

enum auth_verdict auth_peer_take(struct auth_peer *p, const struct auth_peer_frame *f, uint32_t now_ms,
	uint64_t random, struct auth_peer_reply *reply)
{
	enum auth_verdict verdict;
	bool is_hello = f->kind == AUTH_KIND_HELLO;
	uint64_t counter_min = 0; // 0: it is not behind

	*reply = (struct auth_peer_reply){.kind = AUTH_REPLY_NONE};
	if (is_near(p, f->counter)) {
		bool is_new = auth_replay_take(&p->window, f->counter);

		verdict = is_new ? AUTH_FRESH : AUTH_REPLAYED;
		counter_min = is_new ? 0 : auth_replay_next(&p->window);
		if (is_new && is_hello)
			hello_take(p, f);
	} else if (is_hello) {
		verdict = hello_meet(p, f, &counter_min);
	} else {
		verdict = AUTH_UNSYNCED;
	}
	if (counter_min != 0)
		behind_tell(p, counter_min, now_ms, reply);
	else if (verdict == AUTH_UNSYNCED)
		challenge(p, now_ms, random, reply);
	answer(p, now_ms, random, reply);
	return verdict;
}

void auth_peer_ask(struct auth_peer *p, uint32_t now_ms, uint64_t random, struct auth_peer_reply *reply)
{
	*reply = (struct auth_peer_reply){.kind = AUTH_REPLY_NONE};
	if (!p->is_synced)
		challenge(p, now_ms, random, reply);
}

enum auth_verdict auth_peer_take_plain(struct auth_peer *p, uint64_t counter)
{
	if (!p->is_synced) {
		auth_replay_open(&p->window, counter);
		p->is_synced = true;
		return AUTH_FRESH;
	}
	return auth_replay_take(&p->window, counter) ? AUTH_FRESH : AUTH_REPLAYED;
}
