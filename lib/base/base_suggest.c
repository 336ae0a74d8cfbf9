// SPDX-License-Identifier: BSD-3-Clause
// Edit distance with adjacent swaps (optimal string alignment), three rows. Any thread.
#include <string.h>

#include "base_suggest.h"

#define WORD_LEN_MAX 48

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

// Edits that turn a into b; both at most WORD_LEN_MAX long.
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_LEN_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i + 2) % 3];
		const size_t *before_last = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);

			now[j] = min3(last[j] + 1, now[j - 1] + 1, replace);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				before_last[j - 2] + 1 < now[j])
				now[j] = before_last[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *base_suggest(const char *typed, const char *const *words, size_t n_words)
{
	size_t typed_len = strnlen(typed, WORD_LEN_MAX + 1);
	const char *best = NULL;
	size_t best_distance = typed_len / 3 + 1;

	if (typed_len > WORD_LEN_MAX)
		return NULL;
	for (size_t i = 0; i < n_words; i++) {
		size_t len = words[i] == NULL ? WORD_LEN_MAX + 1 : strnlen(words[i], WORD_LEN_MAX + 1);

		if (len > WORD_LEN_MAX)
			continue;
		size_t d = distance(typed, typed_len, words[i], len);
		if (d < best_distance || (d == best_distance && best == NULL)) {
			best = words[i];
			best_distance = d;
		}
	}
	return best;
}
