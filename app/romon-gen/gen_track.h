// SPDX-License-Identifier: BSD-3-Clause
// What became of the numbered frames of one flow at one port: which came, which came twice, which came out of
// order. It remembers the last GEN_TRACK_WINDOW numbers. One thread.
#pragma once

#include <stdint.h>
#include <string.h>

#define GEN_TRACK_WINDOW (1u << 18) // numbers; 32 KiB

struct gen_track {
	uint64_t unique;     // each number counts once
	uint64_t duplicates; // came again
	uint64_t reordered;  // came after a higher number (RFC 4737)
	uint64_t ancient;    // so late that the window has forgotten it: neither unique nor a duplicate
	uint32_t next;       // one above the highest number heard
	uint64_t window[GEN_TRACK_WINDOW / 64];
};

// Forget what stood in the window for numbers from t->next to seq - 1.
static inline void gen_track_clear(struct gen_track *t, uint32_t seq)
{
	if (seq - t->next >= GEN_TRACK_WINDOW) {
		memset(t->window, 0, sizeof(t->window));
		return;
	}
	for (uint32_t i = t->next; i != seq; i++)
		t->window[i % GEN_TRACK_WINDOW / 64] &= ~(1ull << (i % 64));
}

static inline void gen_track_add(struct gen_track *t, uint32_t seq)
{
	uint64_t *word = &t->window[seq % GEN_TRACK_WINDOW / 64];
	uint64_t bit = 1ull << (seq % 64);

	if (seq >= t->next) {
		gen_track_clear(t, seq);
		t->next = seq + 1;
		*word |= bit;
		t->unique++;
	} else if (t->next - seq > GEN_TRACK_WINDOW) {
		t->ancient++;
	} else if ((*word & bit) != 0) {
		t->duplicates++;
	} else {
		*word |= bit;
		t->unique++;
		t->reordered++;
	}
}
