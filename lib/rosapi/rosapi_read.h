// SPDX-License-Identifier: BSD-3-Clause
// Reading the RouterOS API: bytes become sentences. A sentence is words, and ends with an empty one; a word
// is its length in one to five bytes, then so many bytes. Hostile input allowed: a length is refused before
// the bytes that it announces come. Any thread; no I/O, no allocation.
//
// Source: MikroTik's documentation of the API ("API", sections API words and API sentences).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base_err.h"

#define ROSAPI_WORDS_MAX 256

// Most of one sentence. Less before somebody has logged in than after.
struct rosapi_limits {
	uint32_t n_words;      // up to ROSAPI_WORDS_MAX
	uint32_t word_len;     // bytes of a word
	uint32_t sentence_len; // bytes of all its words, with their lengths
};

// Points into the bytes that were read. Each word ends with a NUL there, and may hold others.
struct rosapi_sentence {
	uint32_t n;
	char *words[ROSAPI_WORDS_MAX];
	uint32_t lens[ROSAPI_WORDS_MAX];
};

// How far a sentence has been looked at that is not whole yet: all zero at the start.
struct rosapi_reader {
	uint32_t at;
	uint32_t n;
	uint32_t starts[ROSAPI_WORDS_MAX];
	uint32_t lens[ROSAPI_WORDS_MAX];
};

// The sentence at the start of bytes, n of them so far; they are written to, and must be the same again when
// more have come. Returns its length in bytes, with *out filled in (0 words: an empty sentence, which means
// nothing); or
//	-EAGAIN		it is not whole yet
//	-EPROTO		a control byte that nobody has defined: where the next word begins is not known
//	-E2BIG		more words than limits->n_words
//	-EMSGSIZE	longer than limits->word_len or limits->sentence_len
// After the last three the connection is of no use any more.
BASE_MUST_USE int rosapi_read(struct rosapi_reader *r, const struct rosapi_limits *limits, uint8_t *bytes,
	size_t n, struct rosapi_sentence *out);
