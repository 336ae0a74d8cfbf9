// SPDX-License-Identifier: BSD-3-Clause
// A peer frame by frame: what each one is, and what is answered, in each state and at each limit.
#include <stdint.h>

#include "auth_peer.h"
#include "suite.h"

static struct auth_peer peer;
static struct auth_peer_reply reply;

static void begin(void)
{
	peer = (struct auth_peer){0};
}

static enum auth_verdict other(uint64_t counter, uint32_t now_ms, uint64_t random)
{
	struct auth_peer_frame f = {.kind = AUTH_KIND_OTHER, .counter = counter};

	return auth_peer_take(&peer, &f, now_ms, random, &reply);
}

// A Hello; a nonce or an echo of 0 is none.
static enum auth_verdict hello(
	uint64_t counter, uint64_t nonce, uint64_t echo, uint32_t now_ms, uint64_t random)
{
	struct auth_peer_frame f = {.kind = AUTH_KIND_HELLO,
		.counter = counter,
		.has_nonce = nonce != 0,
		.nonce = nonce,
		.has_echo = echo != 0,
		.echo = echo};

	return auth_peer_take(&peer, &f, now_ms, random, &reply);
}

static bool is_silence(void)
{
	return reply.kind == AUTH_REPLY_NONE;
}

// 0 is none.
static bool is_hello(uint64_t nonce, uint64_t echo)
{
	return reply.kind == AUTH_REPLY_HELLO && reply.has_nonce == (nonce != 0) && reply.nonce == nonce &&
	       reply.has_echo == (echo != 0) && reply.echo == echo;
}

static bool is_seq_err(uint64_t counter_min)
{
	return reply.kind == AUTH_REPLY_SEQ_ERR && reply.counter_min == counter_min;
}

// Synchronised at this counter, without a nonce outstanding, nothing owed, and no rate used up but long ago.
static void sync_at(uint64_t counter, uint32_t now_ms)
{
	begin();
	CU_ASSERT_EQUAL(other(counter - 1, now_ms - 50000, 77), AUTH_UNSYNCED);
	CU_ASSERT_EQUAL(hello(counter, 0, 77, now_ms - 50000, 1), AUTH_FRESH);
	CU_ASSERT_TRUE(is_silence());
}

static void who_is_not_known_is_challenged_once_a_second_by_one_nonce(void)
{
	begin();
	CU_ASSERT_EQUAL(other(10, 0, 111), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_hello(111, 0));
	CU_ASSERT_EQUAL(other(11, AUTH_PEER_CHALLENGE_MS - 1, 222), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_silence());
	CU_ASSERT_EQUAL(other(11, AUTH_PEER_CHALLENGE_MS, 333), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_hello(111, 0)); // an echo of it may be on its way
	CU_ASSERT_EQUAL(other(12, 2 * AUTH_PEER_CHALLENGE_MS - 1, 444), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_silence());
}

static void who_might_sign_is_asked_once_a_second_until_it_is_synchronised(void)
{
	begin();
	auth_peer_ask(&peer, UINT32_MAX - 100, 111, &reply);
	CU_ASSERT_TRUE(is_hello(111, 0));
	auth_peer_ask(&peer, AUTH_PEER_CHALLENGE_MS - 102, 222, &reply); // milliseconds began anew meanwhile
	CU_ASSERT_TRUE(is_silence());
	auth_peer_ask(&peer, AUTH_PEER_CHALLENGE_MS - 101, 333, &reply);
	CU_ASSERT_TRUE(is_hello(111, 0));
	CU_ASSERT_EQUAL(hello(5, 0, 111, 5000, 444), AUTH_FRESH);
	auth_peer_ask(&peer, 90000, 555, &reply);
	CU_ASSERT_TRUE(is_silence());
}

static void a_hello_that_echoes_our_nonce_opens_the_window(void)
{
	begin();
	CU_ASSERT_EQUAL(other(10, 0, 111), AUTH_UNSYNCED);
	CU_ASSERT_EQUAL(hello(20, 0, 112, 10, 1), AUTH_GREETED); // not our nonce
	CU_ASSERT_EQUAL(hello(21, 0, 0, 10, 1), AUTH_GREETED);
	CU_ASSERT_FALSE(peer.is_synced);
	CU_ASSERT_EQUAL(hello(15, 9, 111, 20, 1), AUTH_FRESH); // behind what may have been recordings
	CU_ASSERT_TRUE(is_hello(0, 9));
	CU_ASSERT_EQUAL(other(15, 30, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_seq_err(16));
	CU_ASSERT_EQUAL(other(14, 30, 1), AUTH_REPLAYED);
	CU_ASSERT_EQUAL(other(16, 30, 1), AUTH_FRESH);
	CU_ASSERT_TRUE(is_silence());
}

// An echo counts once, and only while a nonce is outstanding; 0 is a nonce like others.
static void an_echo_is_good_once(void)
{
	struct auth_peer_frame f = {.kind = AUTH_KIND_HELLO, .counter = 5, .has_echo = true, .echo = 0};

	begin();
	CU_ASSERT_EQUAL(auth_peer_take(&peer, &f, 0, 1, &reply), AUTH_GREETED);
	sync_at(100, 60000);
	uint64_t far = 100 + AUTH_PEER_JUMP_MAX + 1;
	CU_ASSERT_EQUAL(hello(far, 0, 77, 60000, 1), AUTH_GREETED);
	CU_ASSERT_EQUAL(other(far + 1, 60000, 88), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_hello(88, 0));
	CU_ASSERT_EQUAL(hello(far + 2, 0, 77, 60000, 1), AUTH_GREETED);
	CU_ASSERT_EQUAL(hello(far + 3, 0, 88, 60000, 1), AUTH_FRESH);
	CU_ASSERT_EQUAL(other(far + 4, 60000, 1), AUTH_FRESH);
}

static void a_hello_is_answered_with_an_echo_and_our_own_nonce(void)
{
	begin();
	CU_ASSERT_EQUAL(hello(10, 9, 0, 0, 111), AUTH_GREETED);
	CU_ASSERT_TRUE(is_hello(111, 9));
	CU_ASSERT_EQUAL(hello(11, 8, 0, AUTH_PEER_ANSWER_MS - 1, 222), AUTH_GREETED);
	CU_ASSERT_TRUE(is_silence());
	CU_ASSERT_EQUAL(hello(12, 7, 0, AUTH_PEER_ANSWER_MS - 1, 222), AUTH_GREETED);
	CU_ASSERT_TRUE(is_silence());
	CU_ASSERT_EQUAL(hello(13, 0, 0, AUTH_PEER_ANSWER_MS, 222), AUTH_GREETED);
	CU_ASSERT_TRUE(is_hello(111, 7)); // the last one is owed, when it may be said
	CU_ASSERT_EQUAL(hello(14, 0, 0, 9 * AUTH_PEER_ANSWER_MS, 222), AUTH_GREETED);
	CU_ASSERT_TRUE(is_silence()); // and once
}

// A challenge goes first; what is owed waits for the next frame.
static void a_challenge_goes_before_an_echo(void)
{
	begin();
	CU_ASSERT_EQUAL(hello(10, 9, 0, 0, 111), AUTH_GREETED);
	CU_ASSERT_EQUAL(hello(11, 8, 0, 500, 222), AUTH_GREETED);
	CU_ASSERT_EQUAL(other(12, 1000, 333), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_hello(111, 0));
	CU_ASSERT_EQUAL(other(13, 1001, 333), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_hello(111, 8));
}

static void a_hello_that_is_behind_is_told_so_once_a_second(void)
{
	begin();
	CU_ASSERT_EQUAL(hello(10, 9, 0, 0, 111), AUTH_GREETED);
	CU_ASSERT_EQUAL(hello(10, 9, 0, 100, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_seq_err(11));
	CU_ASSERT_EQUAL(hello(3, 9, 0, 100 + AUTH_PEER_CHALLENGE_MS - 1, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_silence());
	CU_ASSERT_EQUAL(hello(3, 9, 0, 100 + AUTH_PEER_CHALLENGE_MS, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_seq_err(11));
	CU_ASSERT_EQUAL(hello(11, 8, 0, 5000, 1), AUTH_GREETED);
	begin();
	CU_ASSERT_EQUAL(hello(UINT64_MAX, 0, 0, 0, 1), AUTH_GREETED);
	CU_ASSERT_EQUAL(hello(UINT64_MAX, 0, 0, 0, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_seq_err(UINT64_MAX)); // there is no more
}

// Being told and being challenged have rates of their own.
static void telling_does_not_use_up_the_challenge(void)
{
	sync_at(100, 60000);
	CU_ASSERT_EQUAL(other(100, 60000, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_seq_err(101));
	CU_ASSERT_EQUAL(other(102 + AUTH_PEER_JUMP_MAX, 60000, 55), AUTH_UNSYNCED);
	CU_ASSERT_TRUE(is_hello(55, 0));
	CU_ASSERT_EQUAL(other(100, 60001, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_silence());
}

static void a_counter_may_jump_so_far_and_no_further(void)
{
	sync_at(100, 60000);
	CU_ASSERT_EQUAL(other(100 + AUTH_PEER_JUMP_MAX + 1, 60000, 5), AUTH_UNSYNCED);
	CU_ASSERT_EQUAL(other(100 + AUTH_PEER_JUMP_MAX, 60000, 5), AUTH_FRESH);
	CU_ASSERT_EQUAL(other(101, 60000, 5), AUTH_REPLAYED); // far behind now
}

static void a_synchronised_peers_hello_gets_its_echo_and_no_nonce(void)
{
	sync_at(100, 60000);
	CU_ASSERT_EQUAL(hello(101, 9, 0, 60000, 55), AUTH_FRESH);
	CU_ASSERT_TRUE(is_hello(0, 9));
	CU_ASSERT_EQUAL(hello(102, 0, 0, 90000, 55), AUTH_FRESH); // asks nothing
	CU_ASSERT_TRUE(is_silence());
	CU_ASSERT_EQUAL(hello(101, 8, 0, 120000, 55), AUTH_REPLAYED); // a recording: nothing is owed
	CU_ASSERT_TRUE(is_seq_err(103));
	CU_ASSERT_EQUAL(other(103, 120000, 55), AUTH_FRESH);
	CU_ASSERT_TRUE(is_silence());
}

// Its window cannot judge the Hello of another life: that is asked to prove itself, while the window stands.
static void a_hello_of_another_life_is_asked_to_prove_itself(void)
{
	uint64_t far = 1000 + AUTH_PEER_JUMP_MAX + 1;

	sync_at(100, 60000);
	CU_ASSERT_EQUAL(hello(far, 9, 0, 60000, 55), AUTH_GREETED);
	CU_ASSERT_TRUE(is_hello(55, 9));
	CU_ASSERT_EQUAL(other(101, 60000, 1), AUTH_FRESH);
	CU_ASSERT_EQUAL(hello(far, 9, 0, 60000, 1), AUTH_REPLAYED);
	CU_ASSERT_TRUE(is_seq_err(far + 1));
	CU_ASSERT_EQUAL(hello(102, 8, 0, 70000, 66), AUTH_FRESH);  // the first life, still there
	CU_ASSERT_TRUE(is_hello(55, 8));                           // the nonce is outstanding
	CU_ASSERT_EQUAL(hello(103, 7, 55, 80000, 66), AUTH_FRESH); // now it is not
	CU_ASSERT_TRUE(is_hello(0, 7));
	CU_ASSERT_EQUAL(hello(104, 6, 0, 90000, 66), AUTH_FRESH);
	CU_ASSERT_TRUE(is_hello(0, 6));
}

// What was owed to a Hello that the window could not judge goes with a nonce, unless the window's own peer
// said more since.
static void a_later_hello_of_the_window_takes_the_place_of_what_was_owed(void)
{
	uint64_t far = 1000 + AUTH_PEER_JUMP_MAX + 1;

	for (int with_other = 0; with_other < 2; with_other++) {
		sync_at(100, 60000);
		CU_ASSERT_EQUAL(hello(101, 9, 0, 60000, 1), AUTH_FRESH);
		CU_ASSERT_TRUE(is_hello(0, 9));
		CU_ASSERT_EQUAL(hello(far, 8, 0, 60500, 55), AUTH_GREETED);
		CU_ASSERT_TRUE(is_silence());
		if (with_other == 0) {
			CU_ASSERT_EQUAL(other(102, 61000, 55), AUTH_FRESH);
			CU_ASSERT_TRUE(is_hello(55, 8));
		} else {
			CU_ASSERT_EQUAL(hello(102, 7, 0, 61000, 55), AUTH_FRESH);
			CU_ASSERT_TRUE(is_hello(0, 7));
		}
	}
}

// When a new life was proved, what may have been recordings before it is forgotten.
static void a_new_life_begins_without_a_floor(void)
{
	begin();
	CU_ASSERT_EQUAL(other(1, 0, 111), AUTH_UNSYNCED);
	CU_ASSERT_EQUAL(hello(3 * AUTH_PEER_JUMP_MAX, 0, 0, 0, 1), AUTH_GREETED); // a recording, say
	CU_ASSERT_EQUAL(hello(100, 0, 111, 0, 1), AUTH_FRESH);
	CU_ASSERT_EQUAL(hello(2 * AUTH_PEER_JUMP_MAX, 9, 0, 50000, 66), AUTH_GREETED);
	CU_ASSERT_TRUE(is_hello(66, 9));
}

static void the_kind_of_counters_is_kept_when_it_is_first_known(void)
{
	sync_at(100, 60000);
	auth_peer_scheme(&peer, 3);
	CU_ASSERT_EQUAL(other(101, 60000, 1), AUTH_FRESH);
	auth_peer_scheme(&peer, 3);
	CU_ASSERT_EQUAL(other(102, 60000, 1), AUTH_FRESH);
	auth_peer_scheme(&peer, 4);
	CU_ASSERT_EQUAL(other(103, 60000, 1), AUTH_UNSYNCED);
	CU_ASSERT_EQUAL(peer.counters, 4);
}

static const struct suite_case cases[] = {
	SUITE_CASE(who_is_not_known_is_challenged_once_a_second_by_one_nonce),
	SUITE_CASE(who_might_sign_is_asked_once_a_second_until_it_is_synchronised),
	SUITE_CASE(a_hello_that_echoes_our_nonce_opens_the_window),
	SUITE_CASE(an_echo_is_good_once),
	SUITE_CASE(a_hello_is_answered_with_an_echo_and_our_own_nonce),
	SUITE_CASE(a_challenge_goes_before_an_echo),
	SUITE_CASE(a_hello_that_is_behind_is_told_so_once_a_second),
	SUITE_CASE(telling_does_not_use_up_the_challenge),
	SUITE_CASE(a_counter_may_jump_so_far_and_no_further),
	SUITE_CASE(a_synchronised_peers_hello_gets_its_echo_and_no_nonce),
	SUITE_CASE(a_hello_of_another_life_is_asked_to_prove_itself),
	SUITE_CASE(a_later_hello_of_the_window_takes_the_place_of_what_was_owed),
	SUITE_CASE(a_new_life_begins_without_a_floor),
	SUITE_CASE(the_kind_of_counters_is_kept_when_it_is_first_known),
};
SUITE_MAIN("auth steps", cases)
