// SPDX-License-Identifier: BSD-3-Clause
// A replay window: which counters of a sender were seen (docs/protocol.md section 7). The newest counter and
// the 1,023 before it are told apart one by one; what is older is refused. It saturates: once 2^64 - 1 was
// seen, everything is refused, and nothing wraps. One thread owns a window.
//
// The bits stand in a ring of words, as in RFC 6479: going forward clears words and shifts nothing.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define AUTH_REPLAY_WIDTH 1024
#define AUTH_REPLAY_WORDS 32 // a power of two with room for the width and a word that is begun

// All zero: nothing seen.
struct auth_replay {
	uint64_t top; // the highest counter seen
	uint64_t seen[AUTH_REPLAY_WORDS];
};

_Static_assert((AUTH_REPLAY_WORDS - 1) * 64 >= AUTH_REPLAY_WIDTH, "see above");

// Is this counter new? Then it is seen from now on.
static inline bool auth_replay_take(struct auth_replay *w, uint64_t counter)
{
	uint64_t word = counter / 64;
	uint64_t bit = 1ull << counter % 64;
	uint64_t *seen = &w->seen[word % AUTH_REPLAY_WORDS];

	if (counter > w->top) {
		uint64_t n_words = word - w->top / 64;

		for (uint64_t i = 0; i < n_words && i < AUTH_REPLAY_WORDS; i++)
			w->seen[(word - i) % AUTH_REPLAY_WORDS] = 0;
		w->top = counter;
	} else if (w->top - counter >= AUTH_REPLAY_WIDTH || (*seen & bit) != 0) {
		return false;
	}
	*seen |= bit;
	return true;
}

// Begin anew: this counter was seen, what came before is refused.
static inline void auth_replay_open(struct auth_replay *w, uint64_t counter)
{
	memset(w->seen, 0xff, sizeof(w->seen));
	// the rest of its word is still to come
	w->seen[counter / 64 % AUTH_REPLAY_WORDS] = ~0ull >> (63 - counter % 64);
	w->top = counter;
}

// The lowest counter that is certain to be taken; 0 when none is.
static inline uint64_t auth_replay_next(const struct auth_replay *w)
{
	return w->top + 1;
}
