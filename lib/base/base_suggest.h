// SPDX-License-Identifier: BSD-3-Clause
// "Did you mean …": the nearest of some known words. Any thread.
#pragma once

#include <stddef.h>

// The word of words[0..n_words) nearest to typed, or NULL when none is near enough to be worth saying
// (more than a third of its characters differ). words may hold NULLs, which are passed over.
const char *base_suggest(const char *typed, const char *const *words, size_t n_words);
