// SPDX-License-Identifier: BSD-3-Clause
// What two nodes know of each other (auth_peer.h), while somebody on the wire loses, delays, repeats and
// reorders what they send, and either restarts whenever the input says so. Beside it runs a model that
// remembers everything: a frame is taken at most once in all lives, never by a life of its receiver that
// began after it was made, and only a Hello opens the way. However the input ends, two seconds of undisturbed
// talk then bring both back.
//
// An input is read as operations of two bytes: what, and how.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_peer.h"
#include "base_hash.h"

#define LOG_MAX   1024
#define SECOND_US 1000000u
#define EPOCH_US  (1700000000ull * SECOND_US)

enum what { DATA, HELLO, SEQ_ERR };

struct frame {
	struct auth_peer_frame f;
	enum what what;
	uint8_t from;
	bool is_taken;
	uint64_t made_us;
	uint64_t counter_min; // SeqErr
};

struct node {
	struct auth_peer peer; // what it knows of the other
	uint64_t counter;
	uint64_t started_us;
	bool has_challenged; // since it started
	bool has_told;       // by a SeqErr
	bool has_answered;
	uint64_t challenged_us;
	uint64_t told_us;
	uint64_t answered_us;
	uint32_t n_taken; // of data
};

static struct {
	uint64_t now_us;
	uint64_t random;
	bool is_lossy; // what is sent only lies on the wire; the input delivers it
	struct node nodes[2];
	struct frame log[LOG_MAX];
	uint32_t n;
} wire;

static void fail(const char *why)
{
	fprintf(stderr, "fuzz_peer: %s\n", why);
	abort();
}

static uint64_t random64(void)
{
	return base_hash_mix(wire.random += 0x9e3779b97f4a7c15u); // splitmix64
}

static void restart(uint32_t who)
{
	wire.nodes[who] = (struct node){.counter = wire.now_us, .started_us = wire.now_us};
}

static void deliver(struct frame *f, uint32_t depth);

// A frame that the node sends now; NULL when the log is full.
static struct frame *frame_new(uint32_t from, enum what what)
{
	struct node *n = &wire.nodes[from];

	if (wire.n == LOG_MAX)
		return NULL;
	wire.now_us += 2; // no node sends a million frames a second
	struct frame *f = &wire.log[wire.n++];
	*f = (struct frame){.what = what, .from = (uint8_t)from, .made_us = wire.now_us};
	f->f.kind = what == HELLO ? AUTH_KIND_HELLO : AUTH_KIND_OTHER;
	f->f.counter = n->counter++;
	return f;
}

static void frame_send(struct frame *f, uint32_t depth)
{
	if (!wire.is_lossy)
		deliver(f, depth + 1);
}

// At most one challenge, one SeqErr and one answer a second: each has its own rate.
static void rate_check(bool *has, uint64_t *last_us)
{
	if (*has && wire.now_us / 1000 - *last_us / 1000 < 1000)
		fail("two replies of a kind within a second");
	*has = true;
	*last_us = wire.now_us;
}

static void reply_send(uint32_t from, const struct auth_peer_reply *r, uint32_t depth)
{
	struct node *n = &wire.nodes[from];

	if (r->has_echo)
		rate_check(&n->has_answered, &n->answered_us);
	else if (r->kind == AUTH_REPLY_SEQ_ERR)
		rate_check(&n->has_told, &n->told_us);
	else
		rate_check(&n->has_challenged, &n->challenged_us);
	struct frame *f = frame_new(from, r->kind == AUTH_REPLY_HELLO ? HELLO : SEQ_ERR);
	if (f == NULL)
		return;
	f->f.has_nonce = r->has_nonce;
	f->f.nonce = r->nonce;
	f->f.has_echo = r->has_echo;
	f->f.echo = r->echo;
	f->counter_min = r->counter_min;
	frame_send(f, depth);
}

static void seq_err_act(struct node *n, const struct frame *f)
{
	uint64_t raised = auth_counter_raised(n->counter, f->counter_min, wire.now_us);

	if (raised < n->counter)
		fail("a counter went down");
	if (raised > n->counter && raised > wire.now_us + 1)
		fail("a counter went where the clock was never: nobody was told so by a frame of ours");
	n->counter = raised;
}

static void verdict_check(const struct node *n, const struct frame *f, enum auth_verdict v, bool was_synced)
{
	if (v != AUTH_FRESH)
		return;
	if (f->is_taken)
		fail("a frame is taken twice");
	if (f->made_us < n->started_us)
		fail("a frame is taken that is older than its receiver's life");
	if (!was_synced && (f->what != HELLO || !f->f.has_echo))
		fail("a frame is taken before its sender proved that it is there");
}

static void deliver(struct frame *f, uint32_t depth)
{
	uint32_t to = 1u - f->from;
	struct node *n = &wire.nodes[to];
	bool was_synced = n->peer.is_synced;
	struct auth_peer_reply r;

	if (depth > 20)
		fail("they never stop talking");
	enum auth_verdict v = auth_peer_take(&n->peer, &f->f, (uint32_t)(wire.now_us / 1000), random64(), &r);
	verdict_check(n, f, v, was_synced);
	f->is_taken |= v == AUTH_FRESH;
	n->n_taken += v == AUTH_FRESH && f->what == DATA;
	if (f->what == SEQ_ERR && (v == AUTH_FRESH || v == AUTH_UNSYNCED))
		seq_err_act(n, f);
	if (r.kind != AUTH_REPLY_NONE)
		reply_send(to, &r, depth);
}

static void data_send(uint32_t from)
{
	struct frame *f = frame_new(from, DATA);

	if (f != NULL)
		frame_send(f, 0);
}

static void ask(uint32_t who)
{
	struct auth_peer_reply r;

	auth_peer_ask(&wire.nodes[who].peer, (uint32_t)(wire.now_us / 1000), random64(), &r);
	if (r.kind != AUTH_REPLY_NONE)
		reply_send(who, &r, 0);
}

// Of what lies on the wire: all of it in order, or one that is chosen from either end.
static void replay(uint8_t how)
{
	uint32_t n = wire.n;

	if (n == 0)
		return;
	if (how == 255) {
		for (uint32_t i = 0; i < n; i++)
			deliver(&wire.log[i], 0);
	} else {
		deliver(&wire.log[how < 128 ? how % n : n - 1 - (how - 128) % n], 0);
	}
}

static void operation(uint8_t what, uint8_t how)
{
	switch (what % 8) {
	case 0:
		data_send(how & 1);
		break;
	case 1:
		replay(how);
		break;
	case 2:
		restart(how & 1);
		break;
	case 3:
		wire.now_us += 1ull << how % 42;
		break;
	case 4:
		wire.now_us += how * 10000ull;
		break;
	case 5:
		ask(how & 1);
		break;
	case 6:
		wire.is_lossy = (how & 1) != 0;
		break;
	case 7:
		for (uint32_t i = 0; i < how % 64u; i++)
			data_send(how >> 7);
		break;
	}
}

// Both talk each 10 ms; within two seconds each takes what the other sends.
static void both_come_back(void)
{

	wire.is_lossy = false;
	wire.now_us += SECOND_US; // the last reply of each may have been just now
	for (uint32_t ms = 0; ms <= 2000; ms += 10) {
		uint32_t before[2] = {wire.nodes[0].n_taken, wire.nodes[1].n_taken};

		wire.n = 0; // what lay there before is lost
		for (uint32_t who = 0; who < 2; who++)
			data_send(who);
		if (wire.nodes[0].n_taken > before[0] && wire.nodes[1].n_taken > before[1])
			return;
		wire.now_us += 10000;
	}
	fail("two nodes do not find each other again");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&wire, 0, sizeof(wire));
	wire.now_us = EPOCH_US;
	restart(0);
	restart(1);
	for (size_t i = 0; i + 1 < size; i += 2)
		operation(data[i], data[i + 1]);
	both_come_back();
	return 0;
}
